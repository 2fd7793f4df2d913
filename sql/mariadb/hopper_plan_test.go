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
	group := []any{0, 101, 0, "NEW", 1, 0}
	class := []any{0, 101, 0, "NEW"}
	twice := func(name string, args ...any) (string, []any) {
		one := queries.Get(name)
		return one + " UNION ALL " + one, append(args, args...)
	}
	filtered := func(name string) string {
		return strings.Replace(queries.Get(name), "AND TRUE", "AND l.state = 'NY'", 1)
	}
	type statement struct {
		name  string
		query string
		args  []any
		extra string
	}
	all := []statement{
		{"insert", queries.Get("hopper-insert"), []any{noonEast, 0, 1, "NEW", 0, 0, "S", "+12122340001", 0, 1, 0, "C1", 0, "x", 0}, ""},
		{"stale", queries.Get("hopper-stale"), []any{"C1", []int{101}, []string{"NEW"}, []string{"NA"}}, ""},
		{"judge", queries.Get("hopper-judge"), []any{"C1", "C1", []int{1, 2, 3}}, ""},
		{"hopper-free-rows", queries.Get("hopper-free-rows"), []any{"C1", 100}, "Using index"},
		{"hopper-free-count", queries.Get("hopper-free-count"), []any{"C1"}, "Using index"},
		{"hopper-claim", queries.Get("hopper-claim"), []any{make([]byte, 16), 1, noonEast, []int{1, 2, 3}}, ""},
		{"callbacks to release", queries.Get("callbacks-to-release"), []any{noonEast, noonEast, 100}, ""},
		{"census-groups", queries.Get("census-groups"), []any{101}, "Using index"},
		{"census-extents", queries.Get("census-extents"), []any{[]int{101, 102}}, "Using index for group-by"},
		{"census-too-soon", queries.Get("census-too-soon"), []any{101, 1, "NA", noonEast}, "Using index"},
		{"census-passing-run", filtered("census-passing-run"), []any{1, 3000, []int{101, 102, 103}, []string{"NEW", "NA"}, 0}, ""},
		{"census-passing-own", filtered("census-passing-own"), []any{1, 3000, []int{101, 102, 103}, []string{"NEW", "NA"}, 0}, ""},
		{"census-passing-rest", filtered("census-passing-rest"), []any{101, 3, []string{"NEW", "NA"}, 1000, 2000}, "Using index condition"},
		{"census-hopper", queries.Get("census-hopper"), []any{"C1", []int{101, 102}}, ""},
		{"census-callbacks", queries.Get("census-callbacks"), []any{"C1", []int{101, 102}}, ""},
		{"census-dnc", queries.Get("census-dnc"), []any{"C1", []int{101, 102}, "+1999%"}, ""},
		{"census-wildcards", queries.Get("census-wildcards"), []any{[]string{"+1212*", "+1310*"}, "C1"}, ""},
		{"census-under-wildcard", queries.Get("census-under-wildcard"), []any{"C1", "+1212%", []int{101, 102}}, ""},
		{"census-called", queries.Get("census-called"), []any{"C1", noonEast, []int{101}, []string{"NEW"}}, ""},
		{"census-revoked", queries.Get("census-revoked"), []any{"C1", []int{101}, []string{"NEW"}}, ""},
		{"census-consented", queries.Get("census-consented"), []any{"C1", []int{101}, []string{"NEW"}, []int{1}}, ""},
		{"census-phrased", queries.Get("census-phrased"), []any{"C1", []int{101}, []string{"NEW"}}, ""},
		{"alternates", queries.Get("hopper-alternates"), []any{1, 9, "C1", noonEast, []string{"NA"}}, ""},
		{"alternates said", queries.Get("hopper-alternates-said"), []any{1, 9, 5, "C1", noonEast, noonEast, []string{"NA"}}, ""},
		{"passing", filtered("hopper-passing"), []any{[]int{1, 2, 3}}, ""},
		{"latest", queries.Get("hopper-latest"), nil, "Select tables optimized away"},
		{"came", filtered("hopper-came"), []any{100, 200, []int{101, 102}, []string{"NEW", "NA"}, 0, 900}, ""},
		{"edited", filtered("hopper-edited"), []any{noonEast, 40_000, []int{101, 102}, []string{"NEW", "NA"}, 0, 900}, "Using index"},
		{"drawn", queries.Get("hopper-drawn"), []any{[]int{1, 2, 3, 500, 900}}, ""},
		{"callbacks", queries.Get("hopper-callbacks"), []any{"C1", noonEast, 100}, ""},
		{"rows", queries.Get("hopper-rows"), []any{"C1"}, ""},
		{"dnc", queries.Get("dnc-find"), []any{[]string{"+12122340001", "+12122340002"}, "C1"}, ""},
		{"known", queries.Get("leads-known"), []any{[]string{"+12122340001", "+12122340002"}, 101}, ""},
		{"purge", queries.Get("hopper-purge-events"), []any{noonEast, 1000}, ""},
	}
	query, args := twice("hopper-groups", 101, []string{"NEW", "NA"})
	all = append(all, statement{"groups", query, args, "Using index for group-by"})
	for name, more := range map[string][]any{
		"hopper-span-lead": {0, 50}, "hopper-span-lead-down": {999999, 50},
		"hopper-span-rank": {-1, 50}, "hopper-span-rank-down": {50, 50}, "hopper-tie-rank": {0, 500, 50}, "hopper-tie-rank-down": {0, 999999, 50},
		"hopper-span-call": {noonEast.AddDate(0, 0, -9), noonEast, 50}, "hopper-span-call-down": {noonEast, 50},
		"hopper-tie-call": {nil, 500, 50}, "hopper-tie-call-down": {nil, 999999, 50},
	} {
		first := class
		if strings.Contains(name, "lead") {
			first = group
		}
		query, args := twice(name, slices.Concat(first, more)...)
		// The index alone answers, in its own order.
		all = append(all, statement{name, query, args, "Using index"})
	}
	for _, test := range all {
		name := test.name
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
			big := slices.Contains([]string{"l", "leads", "d", "w", "dnc", "hopper"}, table)
			big = big && (table != "hopper" || strings.HasPrefix(name, "hopper-"))
			if kind := col("type"); big && (kind == "ALL" || kind == "index") {
				t.Errorf("%s: %s is read as a whole (%s)", name, table, kind)
			}
			if strings.Contains(col("Extra"), "filesort") && strings.HasPrefix(name, "hopper-") {
				t.Errorf("%s: %s is sorted", name, table)
			}
		}
		rows.Close()
		if !strings.Contains(extra, test.extra) {
			t.Errorf("%s: the plan says %q, want %q", name, extra, test.extra)
		}
	}
}
