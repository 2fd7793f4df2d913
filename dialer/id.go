package dialer

import (
	"strconv"
	"strings"
	"sync"
	"time"
)

// The ids of the nouns. Campaigns are named by people (up to 8 letters and
// digits, as VICIdial's users know them); the others are numbers.
type (
	UserID     int64
	PhoneID    int64
	CarrierID  int64
	ServerID   int64
	CampaignID string
	ListID     int64
	LeadID     int64
	CallID     int64
	SessionID  int64 // one agent's shift, from login to logout
	IntentID   int64 // one click of an agent or a supervisor
)

// IDs makes ids for calls, sessions and intents: made by us, so that a channel
// can carry its call's id before the database has seen it, and unique over all
// servers without asking anybody. An id is 53 bits (JavaScript's exact
// integers): 40 of milliseconds since 2026-01-01 (34 years), 7 of the server,
// 6 of a sequence. They are no order of time across servers.
type IDs struct {
	mu     sync.Mutex
	server int64
	last   int64 // milliseconds<<6 | sequence: never goes back, even if the clock does
}

var idEpoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// NewIDs makes ids for one server. Servers past 127 wrap round; the caller
// refuses those at join.
func NewIDs(server ServerID) *IDs { return &IDs{server: int64(server) & 127} }

// Next gives the next id, never the same twice in one process.
func (g *IDs) Next(now time.Time) int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last = max(g.last+1, now.Sub(idEpoch).Milliseconds()<<6)
	return g.last>>6<<13 | g.server<<6 | g.last&63
}

// FirstCallAt is the least id that a call made at that moment can have, on any
// server: the calls of a stretch of time are a range of the primary key.
func FirstCallAt(at time.Time) CallID { return CallID(max(at.Sub(idEpoch).Milliseconds(), 0) << 13) }

// At is the moment at which the click was written down, by the database's clock.
func (id IntentID) At() time.Time { return idEpoch.Add(time.Duration(id>>13) * time.Millisecond) }

// Channel ids are chosen by us and tell whose leg a channel is, so that a
// restarted listen can adopt what it finds.
const (
	callPrefix   = "tl-c-"
	agentPrefix  = "tl-a-"
	bridgePrefix = "tl-b-"
)

// Channel is the channel id of a call's customer leg.
func (id CallID) Channel() string { return callPrefix + strconv.FormatInt(int64(id), 10) }

// String is the id in decimal.
func (id CallID) String() string { return strconv.FormatInt(int64(id), 10) }

// String is the id in decimal.
func (id SessionID) String() string { return strconv.FormatInt(int64(id), 10) }

// Channel is the channel id of an agent's leg. A shift may see several legs
// (a reloaded page, a phone that lost its network); leg tells them apart.
func (id SessionID) Channel(leg int64) string {
	return agentPrefix + id.String() + "-" + strconv.FormatInt(leg, 10)
}

// Bridge is the id of the bridge in which an agent sits all shift.
func (id SessionID) Bridge() string { return bridgePrefix + id.String() }

// CallOfChannel is the call whose customer leg the channel is.
func CallOfChannel(channel string) (CallID, bool) {
	n, ok := numberAfter(callPrefix, channel)
	return CallID(n), ok
}

// SessionOfChannel is the agent's session whose leg the channel is.
func SessionOfChannel(channel string) (SessionID, bool) {
	id, _, ok := strings.Cut(strings.TrimPrefix(channel, agentPrefix), "-")
	if !ok || !strings.HasPrefix(channel, agentPrefix) {
		return 0, false
	}
	n, err := strconv.ParseInt(id, 10, 64)
	return SessionID(n), err == nil
}

// SessionOfBridge is the agent's session whose bridge it is.
func SessionOfBridge(bridge string) (SessionID, bool) {
	n, ok := numberAfter(bridgePrefix, bridge)
	return SessionID(n), ok
}

func numberAfter(prefix, s string) (int64, bool) {
	rest, ok := strings.CutPrefix(s, prefix)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(rest, 10, 64)
	return n, err == nil
}
