package mariadb_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/sql/queries"
)

// TestNoFullScan keeps the plans: no statement of the hopper may read all of
// leads, dnc or events, and the ranges are found by skipping through the index.
func TestNoFullScan(t *testing.T) {
	h := newHopperDB(t)
	for list := range 5 {
		if list > 0 {
			h.exec(`INSERT INTO lists (id, campaign_id, name, active, created_at) VALUES (?, 'C1', 'more', TRUE, UTC_TIMESTAMP(3))`, 101+list)
		}
		for _, npa := range []int{212, 310, 312, 808} {
			h.add(dialer.ListID(101+list), numbers(npa, 1000)...)
		}
	}
	h.exec(`INSERT INTO dnc (campaign_id, e164, source, added_at) SELECT DISTINCT '', e164, 'import', UTC_TIMESTAMP(3) FROM leads WHERE id % 7 = 0`)
	h.fill("C1", noonEast)
	h.exec(`ANALYZE TABLE leads, hopper, dnc, events`)
	one := queries.Get("hopper-candidates")
	for name, test := range map[string]struct {
		query string
		args  []any
		extra string
	}{
		"ranges":     {queries.Get("hopper-ranges"), []any{101}, "Using index for group-by"},
		"candidates": {one + " UNION ALL " + one, []any{0, "C1", "C1", 101, "NEW", 1, 0, 50, 1, "C1", "C1", 102, "NEW", 2, 0, 50}, ""},
		"insert":     {queries.Get("hopper-insert"), []any{"C1", noonEast, "C1", []int{1, 2, 3}, []string{"NEW"}, 0, "x", 0}, ""},
		"stale":      {queries.Get("hopper-stale"), []any{"C1", []string{"NEW"}, []int{1, 2}}, ""},
		"dnc":        {queries.Get("dnc-find"), []any{[]string{"+12122340001", "+1212*"}, "C1"}, ""},
		"known":      {queries.Get("leads-known"), []any{[]string{"+12122340001", "+12122340002"}, 101}, ""},
		"purge":      {queries.Get("hopper-purge-events"), []any{noonEast, 1000}, ""},
	} {
		query, args, err := sqlx.In("EXPLAIN "+test.query, test.args...)
		if err != nil {
			t.Fatal(name, err)
		}
		rows, err := h.raw.Queryx(query, args...)
		if err != nil {
			t.Fatal(name, err)
		}
		extra := ""
		for rows.Next() {
			plan := map[string]any{}
			if err := rows.MapScan(plan); err != nil {
				t.Fatal(err)
			}
			col := func(c string) string { b, _ := plan[c].([]byte); return string(b) }
			extra += col("Extra")
			table := col("table")
			big := slices.Contains([]string{"l", "leads", "d", "w", "dnc"}, table)
			if kind := col("type"); big && (kind == "ALL" || kind == "index") {
				t.Errorf("%s: %s is read as a whole (%s)", name, table, kind)
			}
			if strings.Contains(col("Extra"), "filesort") && name == "candidates" {
				t.Errorf("%s: %s is sorted", name, table)
			}
		}
		rows.Close()
		if !strings.Contains(extra, test.extra) {
			t.Errorf("%s: the plan says %q, want %q", name, extra, test.extra)
		}
	}
}
