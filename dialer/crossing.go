package dialer

import (
	"fmt"
	"strconv"
	"strings"
)

// A call crosses from the server that dialed it to one whose agent is free: over
// a leg (tl-y-CALL-SERVER-N) from Asterisk to Asterisk. On the dialing server it
// is the call's ferry, on the agent's its guest.

const ferryPrefix = "tl-y-"

// FerryID is one try to bring a call to another server.
type FerryID struct {
	Call CallID
	To   ServerID
	N    int
}

// Channel is the channel id of the leg.
func (id FerryID) Channel() string {
	return fmt.Sprintf("%s%d-%d-%d", ferryPrefix, id.Call, id.To, id.N)
}

// FerryOfChannel is the try whose leg the channel is.
func FerryOfChannel(channel string) (FerryID, bool) {
	rest, ok := strings.CutPrefix(channel, ferryPrefix)
	if !ok {
		return FerryID{}, false
	}
	call, rest, ok := strings.Cut(rest, "-")
	to, n, ok2 := strings.Cut(rest, "-")
	if !ok || !ok2 {
		return FerryID{}, false
	}
	var id FerryID
	c, err := strconv.ParseInt(call, 10, 64)
	if err != nil {
		return id, false
	}
	s, err := strconv.ParseInt(to, 10, 64)
	if err != nil {
		return id, false
	}
	id.N, err = strconv.Atoi(n)
	id.Call, id.To = CallID(c), ServerID(s)
	return id, err == nil
}

// Guest is what a leg that comes from another server asks for.
type Guest struct {
	Session SessionID // the agent
	Call    CallID
	Peer    string // the trunk over which it comes
}

// Crossing is a leg to be sent to another server's agent.
type Crossing struct {
	ID       FerryID
	Session  SessionID
	CallerID string
}

// FreeAgent is an agent of another server who waits for a call.
type FreeAgent struct {
	Session SessionID `db:"id"`
	Server  ServerID  `db:"server_id"`
}

// Peer is a telephony server as the others' Asterisks reach it.
type Peer struct {
	ID      ServerID `db:"id"`
	SIPAddr string   `db:"sip_addr"`   // host:port
	Secret  string   `db:"sip_secret"` // what they say there
}

// Trunk is the name of the PJSIP endpoint that leads to a server.
func (id ServerID) Trunk() string { return peerPrefix + strconv.FormatInt(int64(id), 10) }

// ServerOfTrunk is the server to which an endpoint leads.
func ServerOfTrunk(endpoint string) (ServerID, bool) {
	n, ok := numberAfter(peerPrefix, endpoint)
	return ServerID(n), ok
}

const peerPrefix = "tl-peer-"

// PBXPlan is what a server's Asterisk is to know, beside what never changes.
type PBXPlan struct {
	Server   ServerID
	Phones   []Phone
	Carriers []Carrier
	Peers    []Peer   // this server among them, if calls cross to it
	Music    []string // ids of the sounds of ours, each of which is music on hold too
}
