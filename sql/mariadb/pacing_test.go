package mariadb_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/autodial"
	"trunkline/dialer/lab"
	"trunkline/dialer/pacing"
	"trunkline/sql/mariadb"
)

func TestPacingKeepsItsModel(t *testing.T) {
	t.Parallel()
	db, server := stocked(t, 1, "+121255501%02d")
	store := mariadb.NewPacing(db)
	_, err := store.Model(t.Context(), "C1")
	if !errors.Is(err, dialer.ErrNotFound) {
		t.Fatalf("nothing was kept: %v", err)
	}
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	r := autodial.Record{Share: autodial.Share{Campaign: "C1", Server: server.ID, Place: 3, Bound: pacing.BoundRisk, Reason: "3 dials"}}
	for i, model := range []string{"", `{"a":1}`, "", `{"a":2}`} {
		r.At = at.Add(time.Duration(i) * time.Second)
		r.Learnt, r.Input = nil, nil
		if model != "" {
			r.Learnt, r.Input = &autodial.Learnt{Model: []byte(model), Adapt: []byte(`{}`)}, []byte(`{}`)
		}
		err := store.Keep(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
	}
	got, err := store.Model(t.Context(), "C1")
	if err != nil || string(got.Model) != `{"a":2}` || string(got.Adapt) != `{}` {
		t.Errorf("%q, %v", got, err)
	}
	logged, err := store.Logged(t.Context(), "C1", at, at.Add(time.Hour), 10)
	if err != nil || len(logged) != 2 || logged[0].Share.Reason != "3 dials" || logged[0].Share.At != at.Add(3*time.Second) {
		t.Fatalf("%+v, %v", logged, err)
	}
	one, err := store.LoggedByID(t.Context(), logged[0].ID)
	if err != nil || string(one.Model) != `{"a":2}` || string(one.Input) != `{}` {
		t.Errorf("%+v, %v", one, err)
	}
}

func TestPacingLedger(t *testing.T) {
	t.Parallel()
	db, _ := stocked(t, 1, "+121255501%02d")
	store := mariadb.NewPacing(db)
	const wanted, soon, after, late = "'2026-01-05 10:00:10'", "'2026-01-05 10:00:10.4'", "'2026-01-05 10:00:11.5'", "'2026-01-05 10:00:13'"
	for i, c := range []struct{ answered, wanted, bridged, ended, status string }{
		{wanted, wanted, soon, late, "SALE"},   // a person
		{wanted, wanted, soon, late, "A"},      // a machine that AMD missed
		{wanted, wanted, soon, late, "ERI"},    // its agent's desk vanished: who knows
		{wanted, wanted, soon, "NULL", ""},     // still talking
		{wanted, wanted, "NULL", late, "DROP"}, // no agent
		{wanted, wanted, late, late, "SALE"},   // an agent too late
		{wanted, "NULL", "NULL", late, "A"},    // AMD's machine
		{"NULL", "NULL", "NULL", late, "NA"},   // nobody
		{wanted, wanted, "NULL", "NULL", ""},   // waits now
		{wanted, wanted, after, late, "SALE"},  // 2.3 s after the greeting, which AMD has listened to
	} {
		err := db.Exec(t.Context(), fmt.Sprintf(`INSERT INTO calls (id, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, placed_at,
			answered_at, wanted_at, bridged_at, ended_at, status) VALUES (%d, 'ENDED', 'C1', 1, 1, '', 1, 1, '2026-01-05 10:00:00', %s, %s, %s, %s, '%s')`,
			i+1, c.answered, c.wanted, c.bridged, c.ended, c.status))
		if err != nil {
			t.Fatal(err)
		}
	}
	err := db.Exec(t.Context(), `UPDATE calls SET amd = 'HUMAN', amd_cause = 'HUMAN-800-800' WHERE bridged_at = `+after)
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	l, err := store.Ledger(t.Context(), "C1", day, day.Add(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	got := l.Sum(day, day.Add(24*time.Hour))
	if got.Attempts != 10 || got.Answered != 9 || got.Dropped != 3 || got.Humans != 1 || got.Machines != 1 {
		t.Errorf("%+v", got)
	}
	humans, err := store.HumanStatuses(t.Context())
	if err != nil || !humans["SALE"] || humans["A"] {
		t.Errorf("%v, %v", humans, err)
	}
}

// TestPredictiveRemembers: a campaign on PREDICTIVE dials one call per waiting
// agent while it is young, and its successor finds what it has learnt.
func TestPredictiveRemembers(t *testing.T) {
	t.Parallel()
	db, server := stocked(t, 20, "+121255501%02d")
	err := db.Exec(t.Context(), `UPDATE campaigns SET dial_method = 'PREDICTIVE'`)
	if err != nil {
		t.Fatal(err)
	}
	c := newCounter(3)
	now := time.Date(2026, 1, 7, 17, 0, 0, 0, time.UTC)
	store := mariadb.NewPacing(db)
	pacer := autodial.NewPacer(autodial.PacerConfig{Server: server.ID, Memory: store, Pool: store, Holder: "one"})
	dial := autodialWith(db, server.ID, c, pacer)
	err = dial.Step(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.sent) != 3 {
		t.Errorf("%d calls for three waiting agents of a young campaign", len(c.sent))
	}
	for range 50 {
		pacer.Observe("C1", pacing.Event{At: now, Kind: pacing.TalkEnd, Talked: time.Minute}, "")
	}
	c.ready = 0
	err = dial.Step(t.Context(), now.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	learnt, err := store.Model(t.Context(), "C1")
	if err != nil {
		t.Fatal(err)
	}
	_, err = pacing.Restore(learnt.Model)
	if err != nil {
		t.Error(err)
	}
	live, err := mariadb.NewWebCampaigns(db).CampaignLive(t.Context(), "C1", now)
	if err != nil {
		t.Fatal(err)
	}
	if len(live.Pacing) != 1 || !strings.HasPrefix(live.Pacing[0].Reason, "0 dials, 0 ready") || live.Pacing[0].Bound != "budget" {
		t.Errorf("the page says %+v", live.Pacing)
	}
	if len(live.Ledgers) != 8 || live.Ledgers[2].Name != "US FCC, 30 days" || !live.Ledgers[2].Binds || live.Ledgers[0].Binds || live.Ledgers[2].Limit != 0.03 {
		t.Errorf("the page's ledgers: %+v", live.Ledgers)
	}
}

// TestLoggedDecisionIsMadeAgain: what is logged is enough to come to the same
// decision, sentence and all.
func TestLoggedDecisionIsMadeAgain(t *testing.T) {
	t.Parallel()
	db, server := stocked(t, 90, "+121255501%02d")
	err := db.Exec(t.Context(), `UPDATE campaigns SET dial_method = 'PREDICTIVE'`)
	if err != nil {
		t.Fatal(err)
	}
	c := newCounter(3)
	now := time.Date(2026, 1, 7, 17, 0, 0, 0, time.UTC)
	store := mariadb.NewPacing(db)
	pacer := autodial.NewPacer(autodial.PacerConfig{Server: server.ID, Memory: store, Pool: store, Holder: "one"})
	dial := autodialWith(db, server.ID, c, pacer)
	for i := range 302 {
		at := now.Add(time.Duration(i) * time.Second)
		c.ready = 0 // the hopper has leads for the decisions that are logged
		if i == 0 || i >= 300 {
			c.ready = 3
		}
		pacer.Observe("C1", pacing.Event{At: at, Kind: pacing.Asked, Setup: time.Second, Rang: time.Duration(i%20) * time.Second, Rung: true, Answered: true}, "")
		pacer.Observe("C1", pacing.Event{At: at, Kind: pacing.TalkEnd, Talked: time.Duration(i%90) * time.Second}, "")
		pacer.Observe("C1", pacing.Event{At: at, Kind: pacing.WrapEnd, Talked: time.Duration(i%90) * time.Second, Wrapped: 5 * time.Second, Human: true}, "SALE")
		err = dial.Step(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
	}
	logged, err := store.Logged(t.Context(), "C1", now, now.Add(time.Hour), 10)
	if err != nil || len(logged) != 2 {
		t.Fatalf("%d decisions logged in 5 minutes, %v", len(logged), err)
	}
	for _, l := range logged {
		was, err := store.LoggedByID(t.Context(), l.ID)
		if err != nil {
			t.Fatal(err)
		}
		again, err := autodial.Again(was.Input, was.Model)
		if err != nil {
			t.Fatal(err)
		}
		if again.Place != was.Share.Place || again.Bound != was.Share.Bound || again.Reason != was.Share.Reason {
			t.Errorf("then %q, now %q", was.Share.Reason, again.Reason)
		}
		t.Log(again.Reason)
	}
	day, err := store.Day(t.Context(), "C1", now, now.Add(time.Hour))
	if err != nil || len(day.Told) != 2 {
		t.Fatalf("of 2 decisions the day has what %d were told, %v", len(day.Told), err)
	}
	// The first knew of no lead until when it may be called.
	first, second := day.Told[0], day.Told[1]
	if first.At != 0 || first.End != 0 || first.Leads < 80 || second.At < 300 || second.End <= second.At || second.End > 24*3600 || second.Leads >= first.Leads || second.Leads <= 0 {
		t.Errorf("told %+v", day.Told)
	}
}

func TestPacingDay(t *testing.T) {
	t.Parallel()
	db, _ := stocked(t, 1, "+121255501%02d")
	for _, s := range []string{
		`INSERT INTO calls (id, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, session_id, placed_at, ringing_at, answered_at, wanted_at, bridged_at, ended_at, status)
			VALUES (1, 'ENDED', 'C1', 1, 1, '', 1, 1, 7, '2026-01-05 10:00:00', '2026-01-05 10:00:02', '2026-01-05 10:00:12', '2026-01-05 10:00:14', '2026-01-05 10:00:15', '2026-01-05 10:01:15', 'SALE')`,
		`INSERT INTO calls (id, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, placed_at, ended_at, status)
			VALUES (2, 'ENDED', 'C1', 1, 1, '', 1, 1, '2026-01-05 10:00:01', '2026-01-05 10:00:03', 'DC')`,
		`INSERT INTO agent_log (session_id, user_id, campaign_id, state, call_id, from_at, to_at) VALUES
			(7, 1, 'C1', 'PAUSED', NULL, '2026-01-05 09:00:00', '2026-01-05 09:05:00'),
			(7, 1, 'C1', 'WRAPUP', 1, '2026-01-05 10:01:15', '2026-01-05 10:01:35')`,
	} {
		err := db.Exec(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
	}
	from := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	day, err := mariadb.NewPacing(db).Day(t.Context(), "C1", from, from.Add(12*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	want := []lab.RecordedCall{
		{At: 3600, Setup: 2, Ring: 10, Screen: 2, Waited: 1, Talk: 60, Wrap: 20, Rung: true, Answered: true, Asked: true, Human: true},
		{At: 3601, Setup: 2},
	}
	if !slices.Equal(day.Calls, want) {
		t.Errorf("%+v", day.Calls)
	}
	if len(day.Agents) != 1 || day.Agents[0].From != 0 || day.Agents[0].To != 3695 || len(day.Agents[0].Pauses) != 1 || day.Agents[0].Pauses[0] != (lab.Pause{Long: 300}) {
		t.Errorf("%+v", day.Agents)
	}
	_, err = lab.Replay("C1", day)
	if err != nil {
		t.Error(err)
	}
}

// TestLedgerKnowsWhenItsCampaignBegan: of a campaign that began before the log
// that is read, the TSR's second 30 days begin 30 days after its first call, and
// not 30 days after the first one read.
func TestLedgerKnowsWhenItsCampaignBegan(t *testing.T) {
	t.Parallel()
	db, _ := stocked(t, 1, "+121255501%02d")
	began := time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)
	now := began.Add(50 * 24 * time.Hour)
	for _, s := range []string{
		`INSERT INTO call_sums VALUES ('C1', 0, '2026-01-05 10:00:00', 1, 'NA', 0, 1, 0, 0, 0, 0, 0, 0, 0), ('C1', 0, '2026-02-05 10:00:00', 1, 'NA', 0, 1, 0, 0, 0, 0, 0, 0, 0)`,
		fmt.Sprintf(`INSERT INTO calls (id, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, placed_at, ended_at, status)
			VALUES (1, 'ENDED', 'C1', 1, 1, '', 1, 1, '%[1]s', '%[1]s', 'NA')`, now.Add(-25*24*time.Hour).Format(time.DateTime)),
	} {
		if err := db.Exec(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	l, err := mariadb.NewPacing(db).Ledger(t.Context(), "C1", now.Add(-31*24*time.Hour), now)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range l.Report(now, time.UTC) {
		if want := began.Add(30 * 24 * time.Hour); line.Regime.Key == "us-tsr" && !line.From.Equal(want) {
			t.Errorf("the TSR's window begins at %v, want %v", line.From, want)
		}
	}
}
