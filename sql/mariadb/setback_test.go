package mariadb_test

import (
	"fmt"
	"testing"
	"time"

	"trunkline/hopper"
	"trunkline/sql/mariadb"
)

// A database whose clock was wrong by an hour is set right: what was noted before
// lies ahead now, and nothing may wait until it is past.

// TestFillAfterTheClockWasSetBack: a campaign that rested for three seconds does
// not rest for an hour.
func TestFillAfterTheClockWasSetBack(t *testing.T) {
	h := newHopperDB(t)
	h.add(101, numbers(212, 1100)...)
	h.exec(`INSERT INTO dnc (campaign_id, e164, source, added_at) SELECT '', e164, 'x', NOW() FROM leads`)
	memory := hopper.NewMemory()
	fill := func(at time.Time) hopper.Filled {
		t.Helper()
		f, err := hopper.Fill(t.Context(), h.store, hopper.RulesAt(h.state("C1", at), h.sets(), at), hopper.Fence{}, memory)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	fill(noonEast)
	h.exec(`DELETE FROM dnc`)
	if f := fill(noonEast.Add(time.Second)); f.Inserted != 0 || !f.More {
		t.Fatalf("it does not rest: %+v", f)
	}
	if f := fill(noonEast.Add(-time.Hour)); f.Inserted != 100 {
		t.Errorf("after the clock was set back: %+v", f)
	}
}

// TestNewsAfterTheClockWasSetBack: an edit is news though others were made at a
// time that is still to come.
func TestNewsAfterTheClockWasSetBack(t *testing.T) {
	h := newHopperDB(t)
	h.add(101, numbers(212, 1100)...)
	h.exec(`INSERT INTO lead_filters (id, conditions, changed_at) VALUES ('F', '{"where":[{"field":"last_name","op":"is","values":["Somebody"]}]}', NOW())`)
	h.exec(`UPDATE campaigns SET lead_filter = 'F'`)
	h.exec(`UPDATE leads SET changed_at = ? WHERE id = 1`, noonEast.Add(time.Hour))
	memory := hopper.NewMemory()
	fill := func(at time.Time) hopper.Filled {
		t.Helper()
		f, err := hopper.Fill(t.Context(), h.store, hopper.RulesAt(h.state("C1", at), h.sets(), at), hopper.Fence{}, memory)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	fill(noonEast)
	h.exec(`UPDATE leads SET last_name = 'Somebody', changed_at = ? WHERE id = 7`, noonEast.Add(500*time.Millisecond))
	if f := fill(noonEast.Add(time.Second)); f.Inserted != 1 {
		t.Errorf("an edit: %+v", f)
	}
}

// TestClaimOfATimeToComeIsFreed: its owner would have called by now.
func TestClaimOfATimeToComeIsFreed(t *testing.T) {
	h := newHopperDB(t)
	h.add(101, numbers(212, 1)...)
	h.fill("C1", noonEast)
	if got, err := h.store.Claim(t.Context(), "C1", 1, 1, noonEast.Add(time.Hour)); err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	if s := h.sweep(noonEast); s.Freed != 1 {
		t.Errorf("%+v", s)
	}
	if got, err := h.store.Claim(t.Context(), "C1", 1, 1, noonEast.Add(time.Second)); err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	if s := h.sweep(noonEast); s.Freed != 0 {
		t.Errorf("a claim of a clock that is a second ahead: %+v", s)
	}
}

// TestLeaseThatRunsOnForTooLong, since the clock was set back: its holder keeps it
// by renewing it, and from a dead one it passes on in the usual time.
func TestLeaseThatRunsOnForTooLong(t *testing.T) {
	h := newHopperDB(t)
	hold := func(holder string, epoch int64) int64 {
		t.Helper()
		got, err := h.lease.Hold(t.Context(), "fill", holder, epoch, 4*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	left := func() int { return h.count(`SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(3), expires_at) FROM leases`) }
	hold("a", 0)
	h.exec(`UPDATE leases SET expires_at = expires_at + INTERVAL 1 HOUR`)
	if e := hold("b", 0); e != 0 {
		t.Fatalf("the lease of a holder that may live was taken, to epoch %d", e)
	}
	if s := left(); s > 4 {
		t.Errorf("it is held for %d s more", s)
	}
	if e := hold("a", 1); e != 1 {
		t.Errorf("its holder renewed it to epoch %d", e)
	}
	h.exec(`UPDATE leases SET expires_at = UTC_TIMESTAMP(3) + INTERVAL 7 SECOND`)
	hold("b", 0)
	if s := left(); s < 5 {
		t.Errorf("a lease of a usual length was cut to %d s", s)
	}
}

// TestDialingAfterTheClockWasSetBack: settings are read anew.
func TestDialingAfterTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	db, server := stocked(t, 3, "+121255501%02d")
	if err := db.Exec(t.Context(), `UPDATE campaigns SET active = FALSE`); err != nil {
		t.Fatal(err)
	}
	c := newCounter(3)
	a := autodialOf(db, server.ID, c)
	if err := a.Step(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	if err := db.Exec(t.Context(), `UPDATE campaigns SET active = TRUE`); err != nil {
		t.Fatal(err)
	}
	if err := a.Step(t.Context(), noon.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if len(c.sent) == 0 {
		t.Error("a campaign that was started after the clock was set back is not dialed")
	}
}

// TestSkewIsSaidByTheSecond: a sentence that changed with each look would be logged
// with each.
func TestSkewIsSaidByTheSecond(t *testing.T) {
	t.Parallel()
	db, server := stocked(t, 1, "+121255501%02d")
	for _, skew := range []int{-3600012, -3599987} {
		if err := db.Exec(t.Context(), fmt.Sprintf(`UPDATE servers SET skew_ms = %d`, skew)); err != nil {
			t.Fatal(err)
		}
		l, err := mariadb.NewCalls(db).Limits(t.Context(), server.ID)
		if err != nil || l.Stopped != "its clock is -1h0m0s off the database's" {
			t.Errorf("%q, %v", l.Stopped, err)
		}
	}
}
