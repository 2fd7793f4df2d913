package mariadb_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/hopper"
	"trunkline/sql/mariadb"
)

func TestSweepRemovesAtOnce(t *testing.T) {
	h := newHopperDB(t)
	for _, test := range []struct{ name, change string }{
		{"DNC of the system", `INSERT INTO dnc (campaign_id, e164, source, added_at) VALUES ('', '+12122340000', 'agent', UTC_TIMESTAMP(3))`},
		{"DNC of the campaign", `INSERT INTO dnc (campaign_id, e164, source, added_at) VALUES ('C1', '+12122340000', 'agent', UTC_TIMESTAMP(3))`},
		{"list off", `UPDATE lists SET active = FALSE WHERE id = 101`},
		{"list moved", `UPDATE lists SET campaign_id = 'C9' WHERE id = 101`},
		{"campaign stopped", `UPDATE campaigns SET active = FALSE WHERE id = 'C1'`},
		{"campaign gone", `DELETE FROM campaigns WHERE id = 'C1'`},
		{"lead disposed of", `UPDATE leads SET status = 'SALE' WHERE id = 1`},
		{"lead called", `UPDATE leads SET called_since_reset = 1 WHERE id = 1`},
		{"lead gone", `DELETE FROM leads WHERE id = 1`},
		{"no dial statuses", `UPDATE campaigns SET dial_statuses = '' WHERE id = 'C1'`},
		{"calling hours over", `UPDATE campaigns SET call_to_min = 720 WHERE id = 'C1'`},
	} {
		t.Run(test.name, func(t *testing.T) {
			h.T = t
			h.exec(`TRUNCATE leads; TRUNCATE hopper; TRUNCATE dnc; TRUNCATE lists; TRUNCATE campaigns`)
			h.campaign("C1", 101)
			h.campaign("C2", 202)
			h.add(101, "+12122340000")
			h.add(202, "+12122340001")
			h.fill("C1", noonEast)
			h.fill("C2", noonEast)
			if s := h.sweep(noonEast); s != (hopper.Swept{}) {
				t.Fatalf("swept %+v while all was well", s)
			}
			h.exec(test.change)
			if s := h.sweep(noonEast); s.Removed != 1 {
				t.Errorf("swept %+v, want one row", s)
			}
			if got := h.inHopper(); !slices.Equal(got, []string{"+12122340001"}) {
				t.Errorf("left: %v", got)
			}
		})
	}
}

func (h hopperDB) sweep(now time.Time) hopper.Swept {
	h.Helper()
	campaigns, err := h.store.Campaigns(h.Context(), now)
	if err != nil {
		h.Fatal(err)
	}
	s, err := hopper.Sweep(h.Context(), h.store, campaigns, h.sets(), now)
	if err != nil {
		h.Fatal(err)
	}
	return s
}

func TestSweepWhenTheWindowCloses(t *testing.T) {
	h := newHopperDB(t)
	h.add(101, "+12122340000", "+13102340001")
	h.fill("C1", noonEast)
	h.sweep(time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)) // 21:00 in New York
	if got := h.inHopper(); !slices.Equal(got, []string{"+13102340001"}) {
		t.Errorf("left at nine in the evening: %v", got)
	}
}

func TestSweepFreesClaimsOfTheDead(t *testing.T) {
	h := newHopperDB(t)
	h.add(101, numbers(212, 2)...)
	h.fill("C1", noonEast)
	claim := func(now time.Time) []dialer.Lead {
		leads, err := h.store.Claim(t.Context(), "C1", 1, 1, now)
		if err != nil {
			t.Fatal(err)
		}
		return leads
	}
	first := claim(noonEast)
	claim(noonEast.Add(5 * time.Second))
	if s := h.sweep(noonEast.Add(hopper.ClaimLife)); s.Freed != 0 {
		t.Errorf("freed %d claims within their life", s.Freed)
	}
	now := noonEast.Add(hopper.ClaimLife + time.Millisecond)
	if s := h.sweep(now); s.Freed != 1 {
		t.Errorf("freed %d claims, want the older one", s.Freed)
	}
	if again := claim(now); len(again) != 1 || again[0].ID != first[0].ID {
		t.Errorf("claimed %v after it was freed, want lead %d", again, first[0].ID)
	}
}

func TestClaimReturnsWholeLeadsByPriority(t *testing.T) {
	h := newHopperDB(t)
	h.add(101, numbers(423, 5)...)
	h.fill("C1", noonEast)
	h.exec(`UPDATE hopper SET priority = 50 WHERE lead_id IN (4, 5)`)
	h.exec(`UPDATE leads SET state = 'TN', city = 'Chattanooga', lead_rank = 3, last_called_at = '2026-11-01 10:00:00' WHERE id = 4`)
	h.exec(`INSERT INTO call_times (id, name, states, campaigns, hours, changed_at) VALUES ('EARLY', 'Early', '', '', 'Mon-Fri 9:00-20:00', NOW())`)
	h.exec(`UPDATE lists SET call_from_min = 600, call_to_min = 1110, call_time_id = 'EARLY', caller_id = '+12125550100' WHERE id = 101`)
	leads, err := h.store.Claim(t.Context(), "C1", 3, 3, noonEast)
	if err != nil || len(leads) != 3 {
		t.Fatalf("claimed %v, %v", leads, err)
	}
	if leads[0].ID != 4 || leads[1].ID != 5 {
		t.Errorf("claimed %d and %d first, want those of priority 50", leads[0].ID, leads[1].ID)
	}
	l := leads[0]
	if l.Zones != "America/Chicago,America/New_York" || l.State != "TN" || l.ListID != 101 || l.E164 != "+14232340003" ||
		l.FirstName != "Ann" || l.City != "Chattanooga" || l.Rank != 3 || l.LastCalledAt == nil {
		t.Errorf("lead came as %+v", l)
	}
	if l.ListCallerID != "+12125550100" || l.ListFrom == nil || *l.ListFrom != 600 || l.ListTo == nil || *l.ListTo != 1110 || l.ListCallTime != "Mon-Fri 9:00-20:00" {
		t.Errorf("its list came as %+v", l)
	}
	if n := h.count(`SELECT COUNT(*) FROM hopper WHERE claimed_by = 3 AND claim IS NOT NULL AND claimed_at = ?`, noonEast); n != 3 {
		t.Errorf("%d rows bear the claim", n)
	}

	if err := h.store.Release(t.Context(), []dialer.LeadID{4}); err != nil {
		t.Fatal(err)
	}
	if err := h.store.Remove(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	rest, err := h.store.Claim(t.Context(), "C1", 3, 10, noonEast)
	if err != nil || len(rest) != 3 || rest[0].ID != 4 {
		t.Errorf("after release and removal claimed %d leads, %v", len(rest), err)
	}
	if more, err := h.store.Claim(t.Context(), "C1", 3, 10, noonEast); len(more) != 0 || err != nil {
		t.Errorf("an empty hopper gave %d leads, %v", len(more), err)
	}
	if f := h.fill("C1", noonEast); f.Inserted != 1 {
		t.Errorf("the removed lead did not come again: %+v", f)
	}
}

// A claimant that slept past its claims' life wakes up and gives back, or takes
// out, what another has claimed since: nothing happens to those rows.
func TestReleaseAndRemoveTouchNobodyElsesClaim(t *testing.T) {
	h := newHopperDB(t)
	h.add(101, numbers(212, 2)...)
	h.fill("C1", noonEast)
	sleeper, other := mariadb.NewHopperStore(h.db), mariadb.NewHopperStore(h.db)
	claim := func(s *mariadb.HopperStore, server dialer.ServerID, now time.Time) {
		t.Helper()
		leads, err := s.Claim(t.Context(), "C1", server, 2, now)
		if err != nil || len(leads) != 2 {
			t.Fatalf("server %d claimed %v, %v", server, leads, err)
		}
	}
	claim(sleeper, 1, noonEast)
	later := noonEast.Add(hopper.ClaimLife + time.Second)
	h.sweep(later)
	claim(other, 2, later)
	if err := sleeper.Release(t.Context(), []dialer.LeadID{1}); err != nil {
		t.Fatal(err)
	}
	if err := sleeper.Remove(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if n := h.count(`SELECT COUNT(*) FROM hopper WHERE claimed_by = 2`); n != 2 {
		t.Errorf("server 2 has %d of its 2 claims left", n)
	}
	if err := other.Release(t.Context(), []dialer.LeadID{1, 2}); err != nil {
		t.Fatal(err)
	}
	if n := h.count(`SELECT COUNT(*) FROM hopper WHERE claim IS NULL`); n != 2 {
		t.Errorf("%d rows are free after their owner's release, want 2", n)
	}
}

func TestClaimersAtOnceGetEachLeadOnce(t *testing.T) {
	h := newHopperDB(t)
	const rows = 4000
	h.add(101, numbers(212, rows)...)
	h.exec(`UPDATE campaigns SET hopper_level = ?`, rows)
	h.fill("C1", noonEast)
	var mu sync.Mutex
	claimed := map[dialer.LeadID]int{}
	var wg sync.WaitGroup
	for server := range 8 {
		wg.Go(func() {
			for {
				leads, err := h.store.Claim(context.WithoutCancel(t.Context()), "C1", dialer.ServerID(server+1), 25, noonEast)
				if err != nil {
					t.Error(err)
					return
				}
				if len(leads) == 0 {
					return
				}
				mu.Lock()
				for _, l := range leads {
					claimed[l.ID]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for id, n := range claimed {
		if n > 1 {
			t.Errorf("lead %d was claimed %d times", id, n)
		}
	}
	if left := h.count(`SELECT COUNT(*) FROM hopper WHERE claim IS NULL`); len(claimed)+left != rows || left > 0 {
		t.Errorf("%d claimed and %d left of %d", len(claimed), left, rows)
	}
}

func TestDNC(t *testing.T) {
	h := newHopperDB(t)
	h.exec(`INSERT INTO dnc (campaign_id, e164, source, added_at) VALUES ('', '+12122340001', 'key', UTC_TIMESTAMP(3)), ('C1', '+12122340002', 'agent', UTC_TIMESTAMP(3)), ('C2', '+12122340003', 'agent', UTC_TIMESTAMP(3))`)
	got, err := h.store.DNC(t.Context(), "C1", []string{"+12122340001", "+12122340002", "+12122340003", "+12122340004"})
	if err != nil || len(got) != 2 || !got["+12122340001"] || !got["+12122340002"] {
		t.Errorf("DNC says %v, %v", got, err)
	}
}
