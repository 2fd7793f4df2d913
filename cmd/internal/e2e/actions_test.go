package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"

	"trunkline/ami"
	"trunkline/ami/ari"
	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
)

// hangup ends a channel as nobody of the system would: by hand.
func (s *stage) hangup(t *testing.T, channel string) {
	t.Helper()
	a := s.cfg.Asterisk
	c := ami.New(ami.Config{Addr: a.AMI, User: a.AMIUser, Secret: a.AMISecret})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() { _ = c.Run(ctx) }()
	s.until(t, "the end of "+channel, func() (bool, error) { return c.Connected() && c.Hangup(ctx, channel, 16) == nil, nil })
}

func not(f func(sound) bool) func(sound) bool { return func(s sound) bool { return !f(s) } }

func both(f, g func(sound) bool) func(sound) bool {
	return func(s sound) bool { return f(s) && g(s) }
}

// trio is a customer, an agent and somebody else, each with a tone of its own:
// the customer 1000 Hz, the agent 500 Hz, the third party 2000 Hz.
type trio struct {
	*stage
	c                      *campaign
	h                      *toneHand
	call                   string
	customer, agent, third string // what each hears
	file                   string // the recording
}

func (s *stage) trio(t *testing.T, shape func(*dialer.Campaign)) *trio {
	t.Helper()
	c := s.campaign(t, []string{"31"}, shape)
	h := c.toneHand(t, "30")
	h.ready()
	c.start(t)
	got := h.untilState(dialer.AgentInCall)
	tr := &trio{
		stage: s, c: c, h: h, call: got.Call.ID, agent: h.ear,
		customer: s.far().HeardFile(c.e164("31")[1:]), third: s.far().HeardFile(c.e164("32")[1:]),
	}
	tr.hears(t, tr.agent, "the customer", 3, has(1000))
	tr.hears(t, tr.customer, "the agent", 3, has(500))
	s.noted(t, tr.call, "sent")
	return tr
}

func (tr *trio) untilThird(state dialer.CallState) {
	tr.h.until("the third party "+string(state), func(s demo.Snapshot) bool {
		return s.Call != nil && s.Call.Third != nil && s.Call.Third.State == state
	})
}

func (tr *trio) untilCall(state dialer.CallState) {
	tr.h.until("the call "+string(state), func(s demo.Snapshot) bool { return s.Call != nil && s.Call.State == state })
}

// TestAttendedTransfer: the third party is asked first, then talks with both,
// then with the customer alone. Each hears who it should, and the recording
// goes on to the end.
func TestAttendedTransfer(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	tr := s.trio(t, nil)
	h := tr.h
	tr.file = s.recording(t, tr.call)
	h.onCall("consult", "number", tr.c.e164("32"))
	tr.untilThird(dialer.CallTalking)
	tr.untilCall(dialer.CallHeld)
	tr.hears(t, tr.agent, "the third party alone", 3, both(has(2000), not(has(1000))))
	tr.hears(t, tr.third, "the agent alone", 3, both(has(500), not(has(1000))))
	tr.hears(t, tr.customer, "music", 3, both(loud, not(has(500))))

	h.onCall("join")
	tr.untilCall(dialer.CallTalking)
	tr.hears(t, tr.agent, "both", 3, both(has(1000), has(2000)))
	tr.hears(t, tr.customer, "both", 3, both(has(500), has(2000)))
	tr.hears(t, tr.third, "both", 3, both(has(500), has(1000)))

	h.onCall("leave")
	h.untilState(dialer.AgentWrapUp)
	tr.hears(t, tr.customer, "the third party alone", 3, both(has(2000), not(has(500))))
	tr.hears(t, tr.third, "the customer alone", 3, both(has(1000), not(has(500))))
	tr.hears(t, tr.agent, "nobody", 3, quiet)
	tr.hears(t, tr.file, "both, in the recording", 3, both(has(1000), has(2000)))
	h.dispose("SALE", "pause")
	r := tr.c.row(t, "31", "passed on", func(r callRow) bool { return r.state == dialer.CallPassed })
	if !r.live || r.status != "SALE" {
		t.Errorf("while they talk: %+v", r)
	}
	s.hangup(t, "tl-t-"+tr.call+"-1")
	r = tr.c.row(t, "31", "ended", func(r callRow) bool { return !r.live })
	if r.status != "SALE" || r.lead != "SALE" || s.periods(t, r.id) != "INCALL WRAPUP" {
		t.Errorf("%+v, periods %s", r, s.periods(t, r.id))
	}
	s.finished(t, tr.call)
	s.gone(t, tr.call)
	h.logout()
}

// gone: nothing of a call is left, neither legs nor its bridge, nor a live row.
func (s *stage) gone(t *testing.T, call string) {
	t.Helper()
	s.until(t, "the end of all legs of call "+call, func() (bool, error) {
		var n int
		err := s.sql.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM call_legs WHERE call_id = ? AND live = 1", call).Scan(&n)
		return n == 0, err
	})
	a := s.cfg.Asterisk
	pbx, err := ari.New(ari.Options{URL: a.ARI, User: a.ARIUser, Password: a.ARISecret})
	if err != nil {
		t.Fatal(err)
	}
	of := func(id string) bool { return strings.HasSuffix(id, "-"+call) || strings.Contains(id, "-"+call+"-") }
	var left []string
	s.until(t, "Asterisk without a channel or bridge of call "+call, func() (bool, error) {
		left = nil
		channels, err := pbx.Channels(t.Context())
		if err != nil {
			return false, err
		}
		bridges, err := pbx.Bridges(t.Context())
		for _, c := range channels {
			left = append(left, c.ID)
		}
		for _, b := range bridges {
			left = append(left, b.ID)
		}
		left = slices.DeleteFunc(left, func(id string) bool { return !of(id) })
		return len(left) == 0, err
	})
}

// TestThreeWay: somebody is called into the talk and hung up again.
func TestThreeWay(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	tr := s.trio(t, nil)
	h := tr.h
	h.onCall("invite", "number", tr.c.e164("32"))
	tr.untilThird(dialer.CallTalking)
	tr.hears(t, tr.agent, "both", 3, both(has(1000), has(2000)))
	tr.hears(t, tr.customer, "both", 3, both(has(500), has(2000)))
	tr.hears(t, tr.third, "both", 3, both(has(500), has(1000)))
	h.onCall("drop3")
	tr.untilThird(dialer.CallEnded)
	tr.hears(t, tr.customer, "the agent alone", 3, both(has(500), not(has(2000))))
	// A third party that is busy: the agent hears it and reads it, the customer
	// is still there.
	h.onCall("consult", "number", tr.c.e164("02"))
	tr.hears(t, tr.agent, "the reason", 2, both(loud, not(has(1000))))
	h.until("the reason", func(s demo.Snapshot) bool {
		return s.Call != nil && s.Call.Third != nil && s.Call.Third.Reason == "The line is busy."
	})
	h.onCall("resume")
	tr.untilCall(dialer.CallTalking)
	tr.hears(t, tr.customer, "the agent again", 3, has(500))
	h.onCall("invite", "number", tr.c.e164("32"))
	tr.untilThird(dialer.CallTalking)
	h.onCall("hangall")
	h.untilState(dialer.AgentWrapUp)
	h.dispose("NI", "pause")
	s.gone(t, tr.call)
	h.logout()
}

// TestBlindTransfer: the agent is free at once, the customer talks to somebody
// else.
func TestBlindTransfer(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	tr := s.trio(t, nil)
	h := tr.h
	h.onCall("transfer", "number", tr.c.e164("32"))
	h.untilState(dialer.AgentWrapUp)
	tr.hears(t, tr.agent, "nobody", 3, quiet)
	tr.hears(t, tr.customer, "the third party alone", 3, both(has(2000), not(has(500))))
	tr.hears(t, tr.third, "the customer alone", 3, both(has(1000), not(has(500))))
	h.dispose("SALE", "ready")
	s.hangup(t, "tl-c-"+tr.call)
	if r := tr.c.row(t, "31", "ended", func(r callRow) bool { return !r.live }); r.status != "SALE" {
		t.Errorf("%+v", r)
	}
	s.gone(t, tr.call)
	h.untilState(dialer.AgentReady)
	h.logout()
}

// TestPark: another agent takes the customer back.
func TestPark(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	tr := s.trio(t, nil)
	h := tr.h
	h.onCall("park")
	h.until("the pause", func(s demo.Snapshot) bool {
		return s.State == dialer.AgentPaused && s.PauseCode == "PARK" && len(s.Parked) == 1
	})
	tr.hears(t, tr.customer, "music", 3, both(loud, not(has(500))))
	tr.hears(t, tr.agent, "nobody", 3, quiet)
	other := tr.c.toneHand(t, "32")
	got := other.until("the parked call", func(s demo.Snapshot) bool { return len(s.Parked) == 1 })
	other.click("takeback", values(demo.Snapshot{}, "call", got.Parked[0].ID))
	other.untilState(dialer.AgentInCall)
	tr.hears(t, tr.customer, "the other agent", 3, has(2000))
	tr.hears(t, other.ear, "the customer", 3, has(1000))
	other.onCall("hangup")
	other.untilState(dialer.AgentWrapUp)
	other.dispose("SALE", "pause")
	if r := tr.c.settledRows(t, 1)["31"]; r.status != "SALE" || s.periods(t, r.id) != "INCALL INCALL WRAPUP" {
		t.Errorf("%+v, periods %s", r, s.periods(t, r.id))
	}
	h.logout()
	other.logout()
}

// TestMessageByKey: the agent is free while the machine still listens.
func TestMessageByKey(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	tr := s.trio(t, func(c *dialer.Campaign) { c.Voicemail = "demo-congrats" }) // half a minute long
	tr.h.onCall("message")
	tr.h.untilState(dialer.AgentReady)
	r := tr.c.row(t, "31", "with the message", func(r callRow) bool { return r.state == dialer.CallMessage })
	if !r.live || r.status != dialer.StatusMessage {
		t.Errorf("while the message is played: %+v", r)
	}
	tr.hears(t, tr.customer, "the message", 5, both(loud, not(has(500))))
	tr.hears(t, tr.agent, "nobody", 3, quiet)
	if r := tr.c.settledRows(t, 1)["31"]; r.lead != dialer.StatusMessage || r.endedBy != dialer.ByDialer {
		t.Errorf("%+v", r)
	}
	tr.h.logout()
}

func TestMute(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	tr := s.trio(t, nil)
	tr.h.click("mute", nil)
	tr.h.until("the mute", func(s demo.Snapshot) bool { return s.Muted })
	tr.hears(t, tr.customer, "nobody", 3, quiet)
	tr.hears(t, tr.agent, "the customer all the same", 3, has(1000))
	tr.h.click("unmute", nil)
	tr.h.until("the end of the mute", func(s demo.Snapshot) bool { return !s.Muted })
	tr.hears(t, tr.customer, "the agent", 3, has(500))
	tr.h.onCall("hangup")
	tr.h.untilState(dialer.AgentWrapUp)
	tr.h.dispose("NI", "pause")
	tr.h.logout()
}

func TestDigits(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	c := s.campaign(t, []string{"16"}, nil)
	h := c.hand(t)
	h.ready()
	c.start(t)
	h.untilState(dialer.AgentInCall)
	h.onCall("digits", "digits", "19*#")
	s.until(t, "the digits at the carrier", func() (bool, error) {
		return slices.ContainsFunc(c.invites(t), func(e asteriskconf.Entry) bool { return e.Digits == "19*#" }), nil
	})
	h.onCall("hangup")
	h.untilState(dialer.AgentWrapUp)
	h.dispose("NI", "pause")
	h.logout()
}
