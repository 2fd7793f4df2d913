package e2e

import (
	"strings"
	"testing"

	"trunkline/dialer"
)

// TestMessageOnMachine: the message is played after the greeting and its beep,
// and only to machines; a parameter of the campaign changes the verdict.
func TestMessageOnMachine(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	want := map[string]struct {
		status dialer.Status
		amd    string
		cause  string
	}{
		"01": {dialer.StatusMessage, "MACHINE", "LONGGREETING"},
		"06": {dialer.StatusFax, "FAX", "CED"},
		"17": {dialer.StatusDeadAir, "MACHINE", "INITIALSILENCE"},
		"19": {"NI", "HUMAN", ""}, // talkative, and forgiven by this campaign's parameters
	}
	c := s.campaign(t, suffixes(want), func(c *dialer.Campaign) {
		c.AMD, c.Voicemail, c.DialLevel = dialer.AMDMessage, "vm-goodbye", 10
		// The fourth, the time for all of it, is one that no busy machine reaches: AMD()
		// counts it by the wall clock, also while sound is late in coming.
		c.AMDParams = "2500,2500,600,60000,100,50,9,256"
	})
	h := c.hand(t)
	h.ready()
	c.start(t)
	if got := h.untilState(dialer.AgentInCall); suffix(got) != "19" {
		t.Errorf("%s reached the agent", suffix(got))
	}
	h.onCall("hangup")
	h.untilState(dialer.AgentWrapUp)
	h.dispose("NI", "pause")
	for suffix, r := range c.settledRows(t, len(want)) {
		w := want[suffix]
		if r.status != w.status || r.lead != w.status || r.amd != w.amd || !strings.HasPrefix(r.amdCause, w.cause) {
			t.Errorf("%s: %s, lead %s, judged %q by %q; want %+v", suffix, r.status, r.lead, r.amd, r.amdCause, w)
		}
		// The greeting takes 6 s and the beep half a second: whoever spoke
		// earlier spoke to nobody.
		if suffix == "01" && r.upMS < 6500 {
			t.Errorf("the message was over after %d ms", r.upMS)
		}
	}
	c.audit(t)
	h.logout()
}

// TestMachinesToAgents: the verdict is kept with the call, and the agent gets it.
func TestMachinesToAgents(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	c := s.campaign(t, []string{"01"}, func(c *dialer.Campaign) { c.AMD = dialer.AMDAgent })
	h := c.hand(t)
	h.ready()
	c.start(t)
	h.untilState(dialer.AgentInCall)
	h.onCall("hangup")
	h.untilState(dialer.AgentWrapUp)
	h.dispose("A", "pause")
	if r := c.settledRows(t, 1)["01"]; r.amd != "MACHINE" || r.amdCause == "" || r.status != "A" || !r.bridged {
		t.Errorf("%+v", r)
	}
	h.logout()
}
