package mariadb_test

import (
	"testing"

	"trunkline/hopper"
)

// Drawing by lot is fair, whatever gaps there are between the leads' ids: each
// of two thousand leads is drawn about as often as any other.
func TestRandomOrderIsFair(t *testing.T) {
	for _, test := range []struct {
		name, spread string
		statement    string  // that shows which way leads are drawn
		halves       float64 // how far a half's share may be from 1/2
	}{
		// The first thousand ids in a row, then one lead for every ten ids: whoever
		// drew the next lead after an id would draw the second half ten times as often.
		{"ids that are leads more often than not", `UPDATE leads SET id = IF(id <= 1000, id, 1000 + (id - 1000) * 10) ORDER BY id DESC`, "hopper-drawn", 0.025},
		// One lead for every fifty ids: drawn by group, with its neighbours.
		{"ids that are seldom leads", `UPDATE leads SET id = id * 50 ORDER BY id DESC`, "hopper-weigh", 0.06},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newHopperDB(t)
			h.add(101, numbers(212, 1000)...)
			h.add(101, numbers(310, 1000)...)
			h.exec(test.spread)
			h.exec(`UPDATE campaigns SET lead_order = 'RANDOM', hopper_level = 100`)
			h.exec(`CREATE TABLE drawn (lead_id BIGINT UNSIGNED NOT NULL)`)
			r := hopper.RulesAt(h.state("C1", noonEast), h.sets(), noonEast)
			const fills = 100
			for range fills {
				f, err := hopper.Fill(t.Context(), h.store, r, hopper.Fence{}, nil)
				if err != nil || f.Inserted != 100 {
					t.Fatalf("filled %+v, %v", f, err)
				}
				h.exec(`INSERT INTO drawn SELECT lead_id FROM hopper; DELETE FROM hopper`)
			}
			var leads []struct {
				Half  int `db:"half"`
				Times int `db:"times"`
			}
			if err := h.raw.Select(&leads, `SELECT l.e164 LIKE '+1310%' AS half, COUNT(d.lead_id) AS times FROM leads l LEFT JOIN drawn d ON d.lead_id = l.id GROUP BY l.id`); err != nil {
				t.Fatal(err)
			}
			const each = fills * 100 / 2000.0
			second, chi := 0, 0.0
			for _, l := range leads {
				second += l.Half * l.Times
				chi += (float64(l.Times) - each) * (float64(l.Times) - each) / each
			}
			if share := float64(second) / (fills * 100); share < 0.5-test.halves || share > 0.5+test.halves {
				t.Errorf("the second half of the leads was drawn %.1f %% of the time", 100*share)
			}
			// Chi squared of 1999 degrees of freedom has 2000 ± 63. Whoever draws with
			// neighbours favours who has gaps before them, a little.
			if most := map[bool]float64{true: 2400, false: 3200}[test.statement == "hopper-drawn"]; chi > most {
				t.Errorf("chi squared is %.0f, at most %.0f for a fair draw", chi, most)
			}
			if h.count(`SELECT COUNT(DISTINCT lead_id) FROM drawn`) < 1950 {
				t.Errorf("only %d of 2000 leads were ever drawn", h.count(`SELECT COUNT(DISTINCT lead_id) FROM drawn`))
			}
		})
	}
}
