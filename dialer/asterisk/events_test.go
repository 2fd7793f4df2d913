package asterisk

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"trunkline/ami/ari"
	"trunkline/dialer"
)

func TestEventsInOurWords(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	const customer, agent = "tl-c-100", "tl-a-7-1"
	for name, tc := range map[string]struct {
		in   ari.Event
		want dialer.LegEvent // no Kind: none of our business
	}{
		"created":         {ari.Event{Type: "ChannelCreated", ChannelID: customer}, dialer.LegEvent{Kind: dialer.LegCreated}},
		"ringing":         {ari.Event{Type: "ChannelStateChange", ChannelState: "Ringing", ChannelID: customer}, dialer.LegEvent{Kind: dialer.LegRinging}},
		"early media":     {ari.Event{Type: "Dial", DialStatus: "PROGRESS", ChannelID: customer}, dialer.LegEvent{Kind: dialer.LegRinging}},
		"dial begins":     {ari.Event{Type: "Dial", ChannelID: customer}, dialer.LegEvent{}},
		"up":              {ari.Event{Type: "ChannelStateChange", ChannelState: "Up", ChannelID: customer}, dialer.LegEvent{Kind: dialer.LegAnswered}},
		"answer":          {ari.Event{Type: "Dial", DialStatus: "ANSWER", ChannelID: customer}, dialer.LegEvent{Kind: dialer.LegAnswered}},
		"busy":            {ari.Event{Type: "Dial", DialStatus: "BUSY", ChannelID: customer}, dialer.LegEvent{Kind: dialer.LegRefused}},
		"arrived":         {ari.Event{Type: "StasisStart", ChannelID: customer, Args: []string{"call", "100", "HUMAN", "x"}}, dialer.LegEvent{Kind: dialer.LegArrived, Args: []string{"HUMAN", "x"}}},
		"agent arrived":   {ari.Event{Type: "StasisStart", ChannelID: agent, Args: []string{"agent", "7"}}, dialer.LegEvent{Kind: dialer.LegArrived}},
		"guest":           {ari.Event{Type: "StasisStart", ChannelID: "1764.7", Args: []string{"cross", "7", "100", "tl-peer-2"}}, dialer.LegEvent{Kind: dialer.LegArrived, Args: []string{"100", "tl-peer-2"}, Guest: &dialer.Guest{Session: 7, Call: 100, Peer: "tl-peer-2"}}},
		"no guest":        {ari.Event{Type: "StasisStart", ChannelID: "1764.7", Args: []string{"cross", "7", ""}}, dialer.LegEvent{Kind: dialer.LegArrived, Args: []string{""}}},
		"joined":          {ari.Event{Type: "ChannelEnteredBridge", ChannelID: customer, BridgeID: "tl-b-7"}, dialer.LegEvent{Kind: dialer.LegJoined, Bridge: "tl-b-7"}},
		"digit":           {ari.Event{Type: "ChannelDtmfReceived", ChannelID: customer, Digit: "9"}, dialer.LegEvent{Kind: dialer.LegDigit, Digit: "9"}},
		"played":          {ari.Event{Type: "PlaybackFinished", PlaybackTarget: "channel:" + customer}, dialer.LegEvent{Kind: dialer.LegPlayed}},
		"told":            {ari.Event{Type: "PlaybackFinished", PlaybackID: "tl-n-" + customer, PlaybackTarget: "bridge:tl-b-7"}, dialer.LegEvent{Kind: dialer.LegPlayed}},
		"told nothing":    {ari.Event{Type: "PlaybackFinished", PlaybackID: "tl-n-" + customer, PlaybackTarget: "bridge:tl-b-7", PlaybackState: "failed"}, dialer.LegEvent{Kind: dialer.LegPlayed, Args: []string{dialer.PlayFailed}}},
		"played a bridge": {ari.Event{Type: "PlaybackFinished", PlaybackTarget: "bridge:tl-b-7"}, dialer.LegEvent{}},
		"ended":           {ari.Event{Type: "ChannelDestroyed", ChannelID: customer, Cause: 17, TechCause: 486}, dialer.LegEvent{Kind: dialer.LegEnded, Cause: 17, SIPCode: 486}},
		"hung up":         {ari.Event{Type: "ChannelHangupRequest", ChannelID: customer, Cause: 16}, dialer.LegEvent{Kind: dialer.LegHungUp}},
		"cut by us":       {ari.Event{Type: "ChannelHangupRequest", ChannelID: customer, Cause: 32, Soft: true}, dialer.LegEvent{}},
		"going down":      {ari.Event{Type: "ChannelHangupRequest", ChannelID: customer, Cause: 4, Soft: true}, dialer.LegEvent{Kind: dialer.LegDoomed}},
		"agent's leg out": {ari.Event{Type: "StasisEnd", ChannelID: agent}, dialer.LegEvent{Kind: dialer.LegEnded}},
		"customer out":    {ari.Event{Type: "StasisEnd", ChannelID: customer}, dialer.LegEvent{}}, // its end follows, with the cause
		"unknown":         {ari.Event{Type: "SomethingNew", ChannelID: customer}, dialer.LegEvent{}},
		"no channel":      {ari.Event{Type: "ChannelCreated"}, dialer.LegEvent{}},
	} {
		tc.in.Time = at
		got, ok := leg(tc.in)
		if ok != (tc.want.Kind != "") {
			t.Errorf("%s: taken %v", name, ok)
			continue
		}
		if !ok {
			continue
		}
		tc.want.At, tc.want.Channel = at, got.Channel
		if d := cmp.Diff(tc.want, got); d != "" || got.Channel == "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}
