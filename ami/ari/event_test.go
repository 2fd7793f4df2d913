package ari

import (
	"testing"
	"time"

	arilib "github.com/CyCoreSystems/ari/v6"
)

func parse(t *testing.T, raw string) Event {
	t.Helper()
	e, odd, err := parseEvent([]byte(raw))
	if err != nil || odd {
		t.Fatalf("%s: odd %v, %v", raw, odd, err)
	}
	return e
}

func TestEventFields(t *testing.T) {
	e := parse(t, `{"type":"ChannelDestroyed","application":"app","timestamp":"2026-11-23T13:00:00.250+0100",
		"cause":17,"cause_txt":"User busy","tech_cause":486,"asterisk_id":"x",
		"channel":`+channelJSON+`}`)
	must(t, e.Cause == 17 && e.CauseText == "User busy" && e.TechCause == 486, "causes %+v", e)
	must(t, e.ChannelID == "c1" && e.ChannelState == "Up" && e.CallerNumber == "1" && e.Exten == "s", "channel %+v", e)
	must(t, e.Time.Equal(time.Date(2026, 11, 23, 12, 0, 0, 250e6, time.UTC)), "time %v", e.Time)
	typed, err := e.Decode()
	destroyed, ok := typed.(*arilib.ChannelDestroyed)
	must(t, err == nil && ok && destroyed.Cause == 17 && destroyed.Channel.ID == "c1", "typed %T %v", typed, err)

	e = parse(t, `{"type":"Dial","dialstatus":"RINGING","peer":{"id":"p","name":"PJSIP/t-1","state":"Ringing"},"caller":{"id":"c"}}`)
	must(t, e.ChannelID == "p" && e.ChannelState == "Ringing" && e.CallerID == "c" && e.DialStatus == "RINGING", "dial %+v", e)
	e = parse(t, `{"type":"Dial","dialstatus":"","peer":{"id":"p"},"caller":null}`)
	must(t, e.ChannelID == "p" && e.CallerID == "", "dial %+v", e)
	e = parse(t, `{"type":"PeerStatusChange","endpoint":{"technology":"PJSIP","resource":"100","state":"online"},"peer":{"peer_status":"Reachable"}}`)
	must(t, e.Endpoint == "PJSIP/100" && e.EndpointState == "online", "peer %+v", e)
	e = parse(t, `{"type":"CallBroadcast","channel":{"id":"c"},"caller":"555","called":"100"}`)
	must(t, e.ChannelID == "c", "broadcast %+v", e)
	e = parse(t, `{"type":"StasisStart","args":["call","7"],"channel":{"id":"c","channelvars":{"A":"1"}},"replace_channel":{"id":"r"}}`)
	must(t, len(e.Args) == 2 && e.Args[1] == "7" && e.ReplacedID == "r" && e.ChannelVars["A"] == "1", "start %+v", e)
	e = parse(t, `{"type":"ChannelDtmfReceived","digit":"#","duration_ms":90,"channel":{"id":"c"}}`)
	must(t, e.Digit == "#" && e.Duration == 90*time.Millisecond, "digit %+v", e)
	e = parse(t, `{"type":"PlaybackFinished","playback":{"id":"p","state":"failed","target_uri":"channel:c"}}`)
	must(t, e.PlaybackID == "p" && e.PlaybackState == "failed" && e.PlaybackTarget == "channel:c", "playback %+v", e)
	e = parse(t, `{"type":"ChannelEnteredBridge","bridge":{"id":"b","name":"n","channels":["c","d"]},"channel":{"id":"c"}}`)
	must(t, e.BridgeID == "b" && e.BridgeName == "n" && len(e.BridgeChannels) == 2, "bridge %+v", e)
	e = parse(t, `{"type":"ChannelUserevent","eventname":"wake","userevent":{"a":"b"}}`)
	must(t, e.UserEvent == "wake", "user event %+v", e)
	e = parse(t, `{"type":"RecordingFailed","recording":{"name":"r","state":"failed","duration":3}}`)
	must(t, e.Recording == "r" && e.RecordingState == "failed", "recording %+v", e)
	e = parse(t, `{"type":"ContactStatusChange","contact_info":{"contact_status":"Removed"},"endpoint":{"technology":"PJSIP","resource":"1"}}`)
	must(t, e.ContactStatus == "Removed" && e.Endpoint == "PJSIP/1", "contact %+v", e)
	_, err = parse(t, `{"type":"ApplicationRegistered","application":"app"}`).Decode()
	must(t, err != nil, "ari/v6 knows ApplicationRegistered now: use its type")
}

// No message crashes the decoder, and none becomes an event without a type.
func FuzzEvent(f *testing.F) {
	f.Add([]byte(`{"type":"ChannelDestroyed","cause":17,"tech_cause":486,"channel":` + channelJSON + `}`))
	f.Add([]byte(`{"type":"Dial","peer":{"id":"p"},"caller":null,"dialstatus":"BUSY"}`))
	f.Add([]byte(`{"type":"StasisStart","args":["a",1],"channel":7,"timestamp":"x"}`))
	f.Add([]byte(`{"type":"PlaybackFinished","playback":{"id":"p","target_uri":"channel:c"}}`))
	f.Add([]byte(`[{"type":"x"}]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, _, err := parseEvent(raw)
		if err != nil {
			return
		}
		if e.Type == "" || string(e.Raw) != string(raw) {
			t.Fatalf("%q became %+v", raw, e)
		}
		_, _ = e.Decode() // must not panic either
	})
}
