package e2e

import (
	"testing"

	"trunkline/ami/ari"
	"trunkline/dialer"
)

// dropRow is how a call was given up.
type dropRow struct {
	action   string
	waitedMS int // from asking for an agent until it was given up
}

func (s *stage) dropped(t *testing.T, call string) (r dropRow) {
	t.Helper()
	err := s.sql.QueryRowContext(t.Context(),
		"SELECT drop_action, TIMESTAMPDIFF(MICROSECOND, wanted_at, dropped_at) DIV 1000 FROM calls WHERE id = ? AND dropped_at IS NOT NULL", call).
		Scan(&r.action, &r.waitedMS)
	if err != nil {
		t.Fatalf("call %s was not given up: %v", call, err)
	}
	return r
}

// TestOptOutByKey: whoever presses a key in the safe-harbour message is never
// called again, and has the line free at once.
func TestOptOutByKey(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	const limitMS = 1500
	// The quiet one answers at once and has the only agent; the other rings for
	// three seconds.
	c := s.campaign(t, []string{"24", "33"}, func(c *dialer.Campaign) {
		c.DialLevel, c.DropMillis, c.SafeHarbour = 2, limitMS, "demo-congrats" // half a minute long
	})
	h := c.hand(t)
	h.ready()
	c.start(t)
	h.untilState(dialer.AgentInCall)
	// Whether a message is still being played is what a listen asks that comes when
	// another has died.
	a := s.cfg.Asterisk
	pbx, err := ari.New(ari.Options{URL: a.ARI, User: a.ARIUser, Password: a.ARISecret})
	if err != nil {
		t.Fatal(err)
	}
	playing := func(id string) (bool, error) {
		_, err := pbx.Playback(t.Context(), "tl-p-tl-c-"+id)
		if ari.IsNotFound(err) {
			return false, nil
		}
		return err == nil, err
	}
	looks, heard := 0, false
	r := c.row(t, "33", "over", func(r callRow) bool {
		if r.state == dialer.CallDropping {
			on, err := playing(r.id)
			looks, heard = looks+1, heard || on && err == nil
		}
		return !r.live
	})
	if looks > 5 && !heard { // the first may come before the message has begun
		t.Errorf("in %d looks Asterisk was playing nothing", looks)
	}
	s.until(t, "the end of the message", func() (bool, error) {
		on, err := playing(r.id)
		return !on, err
	})
	if r.status != dialer.StatusDNC || r.lead != dialer.StatusDNC || r.endedBy != dialer.ByLead || r.bridged || r.user != 0 {
		t.Errorf("%+v", r)
	}
	var source string
	err = s.sql.QueryRowContext(t.Context(), "SELECT source FROM dnc WHERE e164 = ?", c.e164("33")).Scan(&source)
	if err != nil || source != "key" {
		t.Errorf("the number is on the DNC by %q (%v)", source, err)
	}
	if d := s.dropped(t, r.id); d.action != "message" || d.waitedMS < limitMS || r.waitedMS < 4500 {
		t.Errorf("%+v, ended after %d ms: the key came five seconds after the answer", d, r.waitedMS)
	}
	h.onCall("hangup")
	h.untilState(dialer.AgentWrapUp)
	h.dispose("NI", "pause")
	c.settledRows(t, 2)
	c.audit(t)
	h.logout()
}

// twoForOne has two tones answer at once for one agent, and tells the suffix of
// the one that the agent has and of the one left over, with their tones.
func (c *campaign) twoForOne(t *testing.T, h *hand) (kept, left string) {
	t.Helper()
	h.ready()
	c.start(t)
	kept = suffix(h.untilState(dialer.AgentInCall))
	return kept, map[string]string{"30": "32", "32": "30"}[kept]
}

func TestDropByHangUp(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	c := s.campaign(t, []string{"30", "32"}, func(c *dialer.Campaign) {
		c.DialLevel, c.DropMillis, c.DropAction = 2, 1500, dialer.DropHangup
	})
	h := c.hand(t)
	_, left := c.twoForOne(t, h)
	r := c.row(t, left, "over", func(r callRow) bool { return !r.live })
	if d := s.dropped(t, r.id); r.status != dialer.StatusDrop || r.endedBy != dialer.ByDialer || d.action != "hangup" || d.waitedMS < 1500 {
		t.Errorf("%+v, %+v", r, d)
	}
	heard, err := readSound(s.far().HeardFile(c.e164(left)[1:]))
	if err != nil || heard.windows(loud) > 0 {
		t.Errorf("it heard %d windows of something (%v)", heard.windows(loud), err)
	}
	h.onCall("hangup")
	h.untilState(dialer.AgentWrapUp)
	h.dispose("NI", "pause")
	c.settledRows(t, 2)
	c.audit(t)
	h.logout()
}

// TestDropToInGroup: the call that found no agent waits in the in-group, hears
// its announcement, then the agent of another campaign; it counts as dropped all
// the same. Whoever presses a key there is never called again.
func TestDropToInGroup(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	group := s.campaign(t, nil, nil)
	// The announcement is half a minute long: an agent who becomes free cuts it.
	_, err := s.sql.ExecContext(t.Context(), `INSERT INTO in_groups (id, name, announcement, wait_s, campaigns, changed_at)
		VALUES ('SALES', 'Sales line', 'demo-congrats', 120, ?, UTC_TIMESTAMP(3))`, group.id)
	if err != nil {
		t.Fatal(err)
	}
	c := s.campaign(t, []string{"30", "32", "33"}, func(c *dialer.Campaign) {
		c.DialLevel, c.DropMillis = 3, 1000
		c.DropAction, c.InGroup.ID = dialer.DropInGroup, "SALES"
	})
	h, other := c.hand(t), group.toneHand(t, "31")
	_, left := c.twoForOne(t, h)
	tone := map[string]float64{"30": 500, "32": 2000}[left]
	customer := s.far().HeardFile(c.e164(left)[1:])
	r := c.row(t, left, "waiting on", func(r callRow) bool { return r.live && r.answered })
	s.until(t, "the announcement", func() (bool, error) { heard, err := readSound(customer); return heard.windows(loud) >= 5, err })
	if d := s.dropped(t, r.id); d.action != "ingroup" || d.waitedMS < 1000 {
		t.Errorf("%+v", d)
	}
	// The third rings for three seconds, and presses a key five seconds after its
	// answer, while it waits.
	if r := c.row(t, "33", "over", func(r callRow) bool { return !r.live }); r.status != dialer.StatusDNC || r.lead != dialer.StatusDNC || r.endedBy != dialer.ByLead || r.bridged {
		t.Errorf("who pressed a key while waiting: %+v", r)
	}
	other.ready()
	got := other.untilState(dialer.AgentInCall)
	if got.Call.ID != r.id {
		t.Errorf("the group's agent has call %s, want %s", got.Call.ID, r.id)
	}
	if got.Call.InGroup != "Sales line" {
		t.Errorf("the desk says in-group %q", got.Call.InGroup)
	}
	s.hears(t, customer, "the group's agent", 3, mostly(1000))
	s.hears(t, other.ear, "the customer", 3, has(tone))
	for _, one := range []*hand{h, other.hand} {
		one.onCall("hangup")
		one.untilState(dialer.AgentWrapUp)
		one.dispose("SALE", "pause")
		one.logout()
	}
	rows := c.settledRows(t, 3)
	if r := rows[left]; r.status != "SALE" || r.lead != "SALE" || !r.bridged {
		t.Errorf("%+v", r)
	}
	var late int
	err = s.sql.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM calls WHERE campaign_id = ? AND in_group = 'SALES' AND dropped_at IS NOT NULL AND bridged_at > dropped_at", c.id).Scan(&late)
	if err != nil || late != 1 {
		t.Errorf("%d calls had their agent too late (%v)", late, err)
	}
	c.audit(t)
}
