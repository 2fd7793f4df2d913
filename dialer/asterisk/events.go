package asterisk

import (
	"strings"

	"trunkline/ami/ari"
	"trunkline/dialer"
)

// softShutdown is the "cause" of a soft hang-up by an Asterisk that goes down
// (AST_SOFTHANGUP_SHUTDOWN): each channel is told so before its end.
const softShutdown = 4

// leg is an event of Asterisk in our words; false: none of our business.
//
// Calls that AMI originates are told of by the carrier endpoint's subscription
// until they enter Stasis, and by the channel's own from then on, in one
// ordered stream. An answer may come as a state change, a Dial event or both.
func leg(e ari.Event) (dialer.LegEvent, bool) {
	out := dialer.LegEvent{Channel: e.ChannelID, At: e.Time}
	if e.Time.IsZero() {
		out.At = e.Received
	}
	switch e.Type {
	case "ChannelCreated":
		out.Kind = dialer.LegCreated
	case "ChannelStateChange":
		switch e.ChannelState {
		case "Ringing":
			out.Kind = dialer.LegRinging
		case "Up":
			out.Kind = dialer.LegAnswered
		}
	case "Dial":
		switch e.DialStatus {
		case "":
		case "RINGING", "PROGRESS", "PROCEEDING":
			out.Kind = dialer.LegRinging
		case "ANSWER":
			out.Kind = dialer.LegAnswered
		default:
			// BUSY, NOANSWER, CONGESTION …: the far end has spoken. Our own
			// timeout ends without one.
			out.Kind = dialer.LegRefused
		}
	case "StasisStart":
		// Args: what the leg is, its id, and what the dialplan found out.
		out.Kind = dialer.LegArrived
		if len(e.Args) > 2 {
			out.Args = e.Args[2:]
		}
		out.Guest = guest(e.Args)
	case "ChannelEnteredBridge":
		out.Kind, out.Bridge = dialer.LegJoined, e.BridgeID
	case "ChannelLeftBridge":
		out.Kind, out.Bridge = dialer.LegLeft, e.BridgeID
	case "ChannelDtmfReceived":
		out.Kind, out.Digit = dialer.LegDigit, e.Digit
	case "PlaybackFinished":
		channel, ok := strings.CutPrefix(e.PlaybackTarget, "channel:")
		if !ok {
			channel, ok = strings.CutPrefix(e.PlaybackID, noticePlayback)
		}
		if ok {
			out.Kind, out.Channel = dialer.LegPlayed, channel
			if e.PlaybackState == "failed" {
				out.Args = []string{dialer.PlayFailed}
			}
		}
	case "StasisEnd":
		// An agent's leg leaves us only by its end, and nothing else may tell of
		// it: with StasisEnd the application's subscription to a channel ends,
		// and nobody subscribes to phones as to carriers.
		// A supervisor's phone is rung in the same way.
		_, agent := dialer.SessionOfChannel(e.ChannelID)
		_, snoop, watcher := dialer.WatchOfChannel(e.ChannelID)
		if agent || watcher && !snoop {
			out.Kind = dialer.LegEnded
		}
	case "ChannelHangupRequest":
		switch {
		case !e.Soft:
			out.Kind = dialer.LegHungUp
		case e.Cause == softShutdown:
			out.Kind = dialer.LegDoomed
		}
	case "ChannelDestroyed":
		out.Kind, out.Cause, out.SIPCode = dialer.LegEnded, e.Cause, e.TechCause
	}
	return out, out.Kind != "" && out.Channel != ""
}
