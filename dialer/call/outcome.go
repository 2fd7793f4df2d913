package call

import "trunkline/dialer"

// End is what is known when a call's channel is gone.
type End struct {
	State    dialer.CallState // the state it was in
	Cause    int              // Q.850 cause of the channel's end; 0: none
	SIPCode  int              // final SIP response (Asterisk's tech_cause); 0: none
	Rang     bool             // 180 or 183 was seen
	FarEnd   bool             // the far end gave a final answer; false: we gave up waiting
	AMD      string           // AMD's verdict: "", HUMAN, MACHINE, NOTSURE, HANGUP
	Original dialer.Status    // a disposition given already, by an agent or by the dialer
}

// Outcome is the disposition of a call that no agent has disposed of. The SIP
// code decides first, then the Q.850 cause: Asterisk's DialStatus lumps 404,
// 403 and 410 with "no answer", and its OriginateResponse reason knows only
// "timeout" and "failed".
func Outcome(e End) dialer.Status {
	if e.Original != "" {
		return e.Original
	}
	switch e.State {
	case dialer.CallDropping:
		return dialer.StatusDrop
	case dialer.CallWaiting:
		// It asked for an agent and hung up before it had one: abandoned
		// (47 CFR 64.1200(a)(7) counts any live answer without a representative).
		return dialer.StatusDrop
	case dialer.CallAnswered:
		if e.AMD == "MACHINE" {
			return dialer.StatusMachine
		}
		return dialer.StatusPDrop
	case dialer.CallTalking, dialer.CallHeld:
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
	if s := bySIP(e.SIPCode); s != "" {
		return s
	}
	return byCause(e.Cause)
}

func bySIP(code int) dialer.Status {
	switch code {
	case 486, 600:
		return dialer.StatusBusy
	case 404, 410, 484, 604:
		return dialer.StatusDisconnected
	case 408, 480:
		return dialer.StatusNoAnswer
	case 403, 603:
		return dialer.StatusRejected
	}
	if code >= 500 {
		return dialer.StatusCongestion
	}
	return ""
}

// byCause follows ITU-T Q.850.
func byCause(cause int) dialer.Status {
	switch cause {
	case 17:
		return dialer.StatusBusy
	case 1, 22, 28:
		return dialer.StatusDisconnected
	case 18, 19:
		return dialer.StatusNoAnswer
	case 21:
		return dialer.StatusRejected
	}
	return dialer.StatusCongestion
}
