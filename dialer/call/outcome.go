package call

import (
	"cmp"
	"strings"

	"trunkline/dialer"
)

// End is what is known when a call's channel is gone.
type End struct {
	State    dialer.CallState // the state it was in
	Cause    int              // Q.850 cause of the channel's end; 0: none
	SIPCode  int              // final SIP response (Asterisk's tech_cause); 0: none
	Rang     bool             // 180 or 183 was seen
	FarEnd   bool             // the far end gave a final answer; false: we gave up waiting
	AMD      string           // AMD's verdict: "", HUMAN, MACHINE, NOTSURE, HANGUP, FAX
	AMDCause string
	Carrier  Table         // the carrier's own table; empty: the common one
	Talked   bool          // it was with an agent before, and lost them
	Original dialer.Status // a disposition given already, by an agent or by the dialer
}

// Outcome is the disposition of a call that no agent has disposed of. The SIP
// code decides first, then the Q.850 cause: Asterisk's DialStatus lumps 404,
// 403 and 410 with "no answer", and its OriginateResponse reason knows only
// "timeout" and "failed".
func Outcome(e End) dialer.Status {
	if e.Original != "" {
		return e.Original
	}
	if e.Talked {
		// It had its agent in time, so nobody was abandoned as the law means it.
		switch e.State {
		case dialer.CallWaiting:
			return "" // the agent's to say, who may be back by then
		case dialer.CallDropping:
			return dialer.StatusError // nobody has come
		}
	}
	switch e.State {
	case dialer.CallDropping:
		return dialer.StatusDrop
	case dialer.CallWaiting:
		// It asked for an agent and hung up before it had one: abandoned
		// (47 CFR 64.1200(a)(7) counts any live answer without a representative).
		return dialer.StatusDrop
	case dialer.CallAnswered:
		return cmp.Or(Machine(e.AMD, e.AMDCause), dialer.StatusPDrop)
	case dialer.CallMessage:
		return dialer.StatusMessageCut
	case dialer.CallParked:
		return dialer.StatusParked
	case dialer.CallTalking, dialer.CallHeld, dialer.CallPassed:
		return "" // the agent's to choose
	}
	if !e.FarEnd && e.SIPCode != 0 && e.SIPCode < 500 || !e.FarEnd && e.SIPCode == 0 {
		// Our own ring timeout ends as a locally made 480 and cause 19; without
		// a 180 or 183 before it nobody's phone rang: a dead trunk.
		if e.Rang {
			return dialer.StatusNoAnswer
		}
		return dialer.StatusCongestion
	}
	return refused(e)
}

// Table is what a call that was not answered becomes, by the far end's last
// word: its final SIP response first, then the Q.850 cause.
type Table struct{ SIP, Cause map[int]dialer.Status }

// Common is the table for every carrier (causes after ITU-T Q.850). A carrier
// that speaks otherwise has a table of its own, which is asked first.
var Common = Table{
	SIP: map[int]dialer.Status{
		486: dialer.StatusBusy, 600: dialer.StatusBusy,
		404: dialer.StatusDisconnected, 410: dialer.StatusDisconnected, 484: dialer.StatusDisconnected, 604: dialer.StatusDisconnected,
		408: dialer.StatusNoAnswer, 480: dialer.StatusNoAnswer,
		403: dialer.StatusRejected, 603: dialer.StatusRejected,
	},
	Cause: map[int]dialer.Status{
		17: dialer.StatusBusy,
		1:  dialer.StatusDisconnected, 22: dialer.StatusDisconnected, 28: dialer.StatusDisconnected,
		18: dialer.StatusNoAnswer, 19: dialer.StatusNoAnswer,
		21: dialer.StatusRejected,
	},
}

func (t Table) find(e End) dialer.Status {
	if s := t.SIP[e.SIPCode]; s != "" {
		return s
	}
	return t.Cause[e.Cause]
}

// refused is the status of a call that the far end refused.
func refused(e End) dialer.Status {
	if s := e.Carrier.find(e); s != "" {
		return s
	}
	if e.SIPCode >= 500 && Common.SIP[e.SIPCode] == "" {
		return dialer.StatusCongestion
	}
	return cmp.Or(Common.find(e), dialer.StatusCongestion)
}

// Machine is what AMD's verdict makes of an answered call that no agent got.
// Asterisk says MACHINE of a line that stays silent, too: its cause tells.
func Machine(amd, cause string) dialer.Status {
	switch {
	case amd == "FAX":
		return dialer.StatusFax
	case amd != "MACHINE":
		return ""
	case strings.HasPrefix(cause, "INITIALSILENCE"):
		return dialer.StatusDeadAir
	}
	return dialer.StatusMachine
}
