package mariadb_test

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"trunkline/hopper"
)

// filler is the daemon's step on the database.
func (h hopperDB) filler() *hopper.Filler {
	return hopper.New(hopper.Config{Holder: "test", Campaigns: h.store, Store: h.store, Sweeper: h.store, Old: h.store,
		Lease: h.lease, Clock: h.db, Log: slog.New(slog.DiscardHandler)})
}

// TestAChangeEmptiesAtOnce: what a changed setting forbids is out of the hopper
// with the filler's next step, and nothing else is; so is, after half a minute,
// what other campaigns' calls have brought to its limit.
func TestAChangeEmptiesAtOnce(t *testing.T) {
	h := newHopperDB(t)
	for _, test := range []struct {
		name, change string
		after        time.Duration // of the step that must find it
		unchanged    bool          // the campaign's settings are
	}{
		{"calls of a number in a day", `UPDATE campaigns SET max_per_day = 1`, time.Second, false},
		{"calls of a number in 24 hours", `UPDATE campaigns SET max_per_24h = 1`, time.Second, false},
		{"calls of a lead ever", `UPDATE campaigns SET max_attempts = 2`, time.Second, false},
		{"rest after a drop", `UPDATE campaigns SET drop_lockout_h = 2`, time.Second, false},
		{"filter", `UPDATE campaigns SET lead_filter = 'F'`, time.Second, false},
		{"filter's words", `UPDATE lead_filters SET conditions = '{"where":[{"field":"last_name","op":"is","values":["Free"]}]}' WHERE id = 'G'`, time.Second, false},
		{"list's last day", `UPDATE lists SET expires_on = '2026-11-01' WHERE id = 102`, time.Second, false},
		{"list's hours", `UPDATE lists SET call_from_min = 13 * 60 WHERE id = 102`, time.Second, false},
		{"list mix", `UPDATE campaigns SET mix_method = 'EVEN'`, time.Second, false},
		{"callees called by others", `INSERT INTO calls (id, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, placed_at, ended_at, status, sent)
			SELECT 10 + n, 'ENDED', 'C2', 202, 99, '+12122340000', 1, 1, '2026-11-23 17:00:00', '2026-11-23 17:01:00', 'NA', 1 FROM
			(SELECT 1 AS n UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7) k`, 31 * time.Second, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			h.T = t
			h.exec(`DELETE FROM leads; DELETE FROM hopper; DELETE FROM lists; DELETE FROM campaigns; DELETE FROM calls; DELETE FROM lead_filters; DELETE FROM list_mix; DELETE FROM leases`)
			h.campaign("C1", 101, 102)
			h.add(102, "+12122340000")
			h.add(101, "+12122340001")
			h.exec(`UPDATE leads SET status = 'NA', called_count = 2, last_name = IF(list_id = 102, 'Held', 'Free') WHERE list_id = 102`)
			h.exec(`UPDATE leads SET last_name = 'Free' WHERE list_id = 101`)
			h.call(1, "+12122340000", noonEast.Add(-time.Hour), false, "dropped_at = placed_at")
			h.exec(`INSERT INTO lead_filters (id, conditions, changed_at) VALUES ('F', '{"where":[{"field":"last_name","op":"is","values":["Free"]}]}', NOW()),
				('G', '{"where":[{"field":"last_name","op":"is","values":["Free","Held"]}]}', NOW())`)
			h.exec(`INSERT INTO list_mix (campaign_id, n, list_id, percent, lead_order, statuses) VALUES ('C1', 1, 101, 100, 'DOWN', '')`)
			if test.unchanged {
				h.exec(`UPDATE campaigns SET max_per_day = 5`)
			}
			h.exec(`UPDATE campaigns SET lead_filter = 'G', changed_at = ?`, noonEast)
			f := h.filler()
			for _, at := range []time.Duration{0, test.after} {
				if at > 0 {
					h.exec(test.change)
					if !test.unchanged {
						h.exec(`UPDATE campaigns SET changed_at = changed_at + INTERVAL 1 SECOND`)
					}
				}
				if err := f.Step(t.Context(), noonEast.Add(at)); err != nil {
					t.Fatal(err)
				}
				if got := h.inHopper(); at == 0 && len(got) != 2 {
					t.Fatalf("%s: in the hopper: %v", at, got)
				}
			}
			if got := h.inHopper(); !slices.Equal(got, []string{"+12122340001"}) {
				t.Errorf("left: %v", got)
			}
		})
	}
}

// TestLookingInVainRests: where a filter lets nothing through, it alone is asked
// of most leads, and they are not looked at again at once; what is imported is in
// the hopper within five seconds all the same, and what a change lets through at
// once.
func TestLookingInVainRests(t *testing.T) {
	h := newHopperDB(t)
	h.exec(`INSERT INTO lead_filters (id, conditions, changed_at) VALUES ('F', '{"where":[{"field":"last_name","op":"is","values":["Somebody"]}]}', NOW())`)
	h.exec(`UPDATE campaigns SET lead_filter = 'F', hopper_level = 500`)
	h.add(101, numbers(212, 3000)...)
	memory := hopper.NewMemory()
	fill := func(after time.Duration) hopper.Filled {
		t.Helper()
		now := noonEast.Add(after)
		f, err := hopper.Fill(t.Context(), h.store, hopper.RulesAt(h.state("C1", now), h.sets(), now), hopper.Fence{}, memory)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	if f := fill(0); f.Seen+f.Sifted != 3000 || f.Seen > 1000 || f.Inserted != 0 || f.Held[hopper.Filtered] != 3000 {
		t.Fatalf("the first look: %+v", f)
	}
	if f := fill(time.Second); f.Looked != 0 || !f.More {
		t.Errorf("a second later: %+v", f)
	}
	h.add(101, "+12122350001", "+12122350002")
	h.exec(`UPDATE leads SET last_name = 'Somebody' WHERE e164 = '+12122350001'`)
	if f := fill(1500 * time.Millisecond); f.Inserted != 1 || f.Looked != 0 || f.Seen != 1 {
		t.Errorf("what was imported while it rests: %+v", f)
	}
	h.exec(`UPDATE leads SET last_name = 'Somebody' WHERE e164 = '+12122350002'`)
	if f := fill(4 * time.Second); f.Inserted != 1 || f.Seen+f.Sifted != 3001 {
		t.Errorf("when the rest is over: %+v", f)
	}
	if f := fill(5 * time.Second); f.Inserted != 0 || f.Looked != 3002 {
		t.Errorf("once more: %+v", f)
	}
	h.exec(`UPDATE leads SET last_name = 'Anybody' WHERE id <= 10`)
	h.exec(`UPDATE lead_filters SET conditions = '{"where":[{"field":"last_name","op":"is filled"}]}'`)
	if f := fill(6 * time.Second); f.Inserted != 10 {
		t.Errorf("what the changed filter lets through: %+v", f)
	}
}
