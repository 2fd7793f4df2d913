package asteriskconf

import (
	"strings"
	"testing"
)

// TestNotesOfCalls: what becomes of a call is written down by Asterisk itself, with nobody attached to hear of it.
func TestNotesOfCalls(t *testing.T) {
	t.Parallel()
	rt := needAsterisk(t)
	p := startPair(t, rt, t.TempDir())
	place := func(suffix string, more ...string) {
		id := "n" + suffix
		p.call("49305550"+suffix, id, append([]string{
			"Timeout", "3000", "Variable", "DB(trunkline/" + id + ")=sent", "Variable", `CHANNEL(hangup_handler_push)=trunkline-note\,s\,1`,
		}, more...)...)
	}
	// State, cause and last SIP response; then whether the dialplan got the answered call and asked for the dialer; AMD's
	// verdict.
	want := map[string]string{
		"02": "Down|17|486|||", "03": "Ringing|19|180|||", "04": "Down|34|503|||", "05": "Down|1|404|||", "11": "Down|19|183|||",
		"12": "Down|21|603|||", "13": "Ringing|19|480|||", "20": "Down|19|100|||", "09": "Up|16|200|up|asked|", "00": "Up|16|200|up|asked|HUMAN",
	}
	for suffix := range want {
		if suffix == "00" {
			place(suffix, "Variable", "TL_AMD=1")
			continue
		}
		place(suffix)
	}
	// One that no dialer takes hears the message, and presses a key in it.
	p.listen.must("Originate", "Channel", "PJSIP/4930555033@sim", "Context", "trunkline-out", "Exten", "s", "Priority", "lost", "Async", "true",
		"ChannelId", "n33", "CallerID", "4930555", "Variable", "TL_CALL=n33", "Variable", "TL_SAFE_HARBOUR=demo-congrats",
		"Variable", "DB(trunkline/n33)=sent", "Variable", `CHANNEL(hangup_handler_push)=trunkline-note\,s\,1`)
	// Nobody takes the answered ones: the dialplan asks again and again.
	asked := func(id string) bool {
		return p.listen.send("Getvar", "Channel", p.listen.channel(id), "Variable", "TL_ASKED").Get("Value") != ""
	}
	eventually(t, "a human's call that wants a dialer", func() bool { return asked("n00") })
	if got := p.notes(); got["n00"] != "sent" {
		t.Errorf("while it is up: %q", got["n00"])
	}
	p.listen.must("Hangup", "Channel", "n00", "Cause", "16")
	p.call("493055524", "agent") // who is older than the call, and so tells with whom it was
	eventually(t, "the agent's channel", func() bool { return p.listen.channel("agent") != "agent" })
	place("24")
	app := attach(t, p.pbx.Instance)
	app.wait(t, "StasisStart", "agent")
	app.wait(t, "StasisStart", "n24")
	app.post(t, "/bridges/b?type=mixing,dtmf_events")
	app.post(t, "/bridges/b/addChannel?channel=agent,n24")
	app.wait(t, "ChannelEnteredBridge", "agent") // the answer to addChannel comes before they are in
	app.wait(t, "ChannelEnteredBridge", "n24")
	app.hangup(t, "n24")
	eventually(t, "the end of every call", func() bool { return len(p.listen.find("Hangup")) == len(want)+2 })
	got := p.notes()
	if f := strings.Split(got["n33"], "|"); len(f) != 11 || f[2] != "Up" || f[10] != "9" {
		t.Errorf("of a call whose callee pressed a key in the message: %q", got["n33"])
	}
	if f := strings.Split(got["n24"], "|"); len(f) != 11 || f[9] != "agent" {
		t.Errorf("of a call that was in a bridge with an agent: %q", got["n24"])
	}
	for suffix, w := range want {
		f := strings.Split(got["n"+suffix], "|")
		if len(f) != 11 || f[0] != "sent" || f[1] == "" || f[9] != "n"+suffix || f[10] != "" {
			t.Errorf("%s: %q", suffix, got["n"+suffix])
			continue
		}
		for i, word := range map[int]string{5: "up", 6: "asked"} {
			if f[i] != "" {
				f[i] = word
			}
		}
		if g := strings.Join(f[2:8], "|"); g != w {
			t.Errorf("%s: %q, want %q", suffix, g, w)
		}
	}
}

// notes are the entries that Asterisk keeps of calls.
func (p *pair) notes() map[string]string {
	p.listen.t.Helper()
	before := len(p.listen.find("DBGetTreeComplete"))
	skip := len(p.listen.find("DBGetTreeResponse"))
	p.listen.must("DBGetTree", "Family", "trunkline")
	eventually(p.listen.t, "the notes", func() bool { return len(p.listen.find("DBGetTreeComplete")) > before })
	all := map[string]string{}
	for _, e := range p.listen.find("DBGetTreeResponse")[skip:] {
		all[strings.TrimPrefix(e.Get("Key"), "/trunkline/")] = e.Get("Val")
	}
	return all
}

// channel is the name of the channel with an id.
func (a *amiConn) channel(id string) string {
	a.t.Helper()
	skip, before := len(a.find("CoreShowChannel")), len(a.find("CoreShowChannelsComplete"))
	a.must("CoreShowChannels")
	eventually(a.t, "the channels", func() bool { return len(a.find("CoreShowChannelsComplete")) > before })
	for _, e := range a.find("CoreShowChannel")[skip:] {
		if e.Get("Uniqueid") == id {
			return e.Get("Channel")
		}
	}
	return id
}
