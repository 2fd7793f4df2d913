package asterisk

import (
	"context"
	"strconv"
	"time"

	"trunkline/ami/ari"
	"trunkline/dialer"
)

// crossFor is how long another server's Asterisk may take to answer, in the
// whole seconds that ARI knows: its listen decides in milliseconds.
const crossFor = 2 * time.Second

// Cross calls another server for one of its agents, whose shift is the number
// that is called. The leg arrives once that server has the agent.
func (p *PBX) Cross(ctx context.Context, c dialer.Crossing) error {
	trunk := c.ID.To.Trunk()
	err := p.subscribe(ctx, trunk) // else nothing would be told of a refusal
	if err != nil {
		return err
	}
	call := c.ID.Call.String()
	_, err = p.ari.Originate(ctx, ari.OriginateRequest{
		Endpoint: "PJSIP/" + c.Session.String() + "@" + trunk, App: App, AppArgs: roleFerry + "," + call,
		ChannelID: c.ID.Channel(), CallerID: c.CallerID, Timeout: int(crossFor / time.Second), Formats: "ulaw,alaw",
		Variables: map[string]string{"TL_CALL": call, "PJSIP_HEADER(add," + headerCall + ")": call},
	})
	return kind(err)
}

// Take answers a leg that another server sent, and puts it into its agent's
// bridge.
func (p *PBX) Take(ctx context.Context, bridge, channel, trunk string) error {
	if _, ok := dialer.ServerOfTrunk(trunk); ok {
		err := p.subscribe(ctx, trunk) // the leg's end is told with its cause
		if err != nil {
			return err
		}
	}
	err := p.ari.Answer(ctx, channel)
	if err != nil {
		return kind(err)
	}
	return p.Join(ctx, bridge, channel)
}

const (
	roleFerry  = "ferry" // our leg to another server
	roleCross  = "cross" // another server's leg to us
	headerCall = "X-Trunkline-Call"
)

// guest reads what the dialplan says of another server's leg: cross, the shift,
// the call, the trunk.
func guest(args []string) *dialer.Guest {
	if len(args) < 3 || args[0] != roleCross {
		return nil
	}
	session, err := strconv.ParseInt(args[1], 10, 64)
	call, err2 := strconv.ParseInt(args[2], 10, 64)
	if err != nil || err2 != nil {
		return nil
	}
	g := &dialer.Guest{Session: dialer.SessionID(session), Call: dialer.CallID(call)}
	if len(args) > 3 {
		g.Peer = args[3]
	}
	return g
}
