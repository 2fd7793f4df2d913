package mariadb_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/sql/queries"
)

// TestReportPlans keeps the plans: what the reports and their sums read of calls,
// agent_log and the sums are ranges of the index that is named for it, and never
// all of a table.
func TestReportPlans(t *testing.T) {
	t.Parallel()
	s := newShop(t, 3, time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), 4)
	for range 200 {
		s.dial()
		s.work()
	}
	s.count(s.from.AddDate(0, 0, 9))
	for _, q := range []string{
		// Enough of another campaign and other agents that a whole table is no bargain.
		`INSERT INTO calls (id, live, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, placed_at, ended_at)
			SELECT 1000000 + seq, NULL, 'ENDED', CONCAT('X', seq % 9), 1, seq, '+12125550100', 1, 1, '2026-10-01' + INTERVAL seq MINUTE, '2026-10-01' + INTERVAL seq MINUTE FROM seq_1_to_50000`,
		`INSERT INTO agent_log (session_id, user_id, campaign_id, state, from_at, to_at) SELECT 1, 1 + seq % 20, 'C1', 'READY', '2026-10-01' + INTERVAL seq MINUTE, '2026-10-01' + INTERVAL seq + 1 MINUTE FROM seq_1_to_50000`,
		`INSERT INTO call_sums SELECT CONCAT('X', seq % 9), seq % 3, '2026-10-01' + INTERVAL seq * 15 MINUTE, 1, 'NA', 0, 1, 1, 1, 1, 1, 1, 1, 1 FROM seq_1_to_20000`,
		`INSERT INTO leads (id, list_id, zone_set, e164, phone_code, phone_number, created_at) SELECT 1000 + seq, 1 + seq % 50, 1, '+12125550100', '1', '2125550100', NOW() FROM seq_1_to_20000`,
		`INSERT INTO recordings (call_id, server_id, file, started_at) SELECT 1000000 + seq, 1, 'x', NOW() FROM seq_1_to_20000`,
		`ANALYZE TABLE recordings, calls, agent_log, call_sums, cause_sums, agent_call_sums, agent_time_sums, leads`,
	} {
		if err := s.db.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	from, to := s.from.AddDate(0, 0, 1), s.from.AddDate(0, 0, 2)
	campaigns, bounds := []dialer.CampaignID{"C1", "C2"}, []int64{from.Unix(), to.Unix()}
	spans := []any{from, from.Add(time.Hour), from.Add(time.Hour), to, to, to, to, to, to, to.Add(time.Hour)}
	sums := func(flags int, more ...any) []any {
		args := []any{bounds}
		for range flags {
			args = append(args, true)
		}
		return append(append(append(args, campaigns), spans...), more...)
	}
	for name, c := range map[string]struct {
		args []any
		key  string // by which the big table is read
		kind string // how, at best
	}{
		"report-calls":     {sums(2, true, []int{0}), "PRIMARY", "range"},
		"report-causes":    {sums(1), "PRIMARY", "range"},
		"report-agents":    {sums(4, true, []int{0}, true, []int{0}), "PRIMARY", "range"},
		"report-times":     {sums(1, true, []int{0}), "PRIMARY", "range"},
		"report-leads":     {[]any{[]int{1, 2, 3}}, "leads_dialable", "range"},
		"report-call-rows": {[]any{"C1", from, to, from, 0, true, []int{0}, 2000}, "calls_campaign", "range"},
		// What one agent had is read by agent and time, whatever the campaign.
		"report-call-rows-of": {[]any{[]int{1}, "C1", from, to, from, 0, true, []int{0}, 2000}, "calls_user", "range"},
		"report-calls-of":     {sums(2, true, []int{0}, []int{1}), "PRIMARY", "range"},
		"day-sums":            {[]any{campaigns, from, to}, "PRIMARY", "range"},
		"day-log":             {[]any{campaigns, from, to}, "calls_campaign", "range"},
		"tally-before":        {[]any{1, from}, "", ""}, // optimized away: the index's last entry
		"tally-stretches":     {[]any{1, from, to, from, "C1"}, "agent_log_user", "range"},
		"tally-calls":         {[]any{from, "C1", from, to}, "calls_campaign", "range"},
		"tally-causes":        {[]any{from, "C1", from, to}, "calls_campaign", "range"},
		"tally-agents":        {[]any{from, "C1", from, to}, "calls_campaign", "range"},
		"tally-calls-roll":    {[]any{1, from, campaigns, 0, from, from.Add(time.Hour)}, "PRIMARY", "range"},
		"tally-time-roll":     {[]any{1, from, campaigns, 0, from, from.Add(time.Hour)}, "PRIMARY", "range"},
		"tally-time-clear":    {[]any{"C1", from, to, []int{1, 2}}, "PRIMARY", "range"},
		"tally-seed-calls":    {[]any{"C1", from, to}, "calls_campaign", "range"},
		"tally-listless":      {[]any{"C1", from}, "PRIMARY", "range"},
		"tally-seed-time":     {[]any{1, from, to}, "agent_log_user", "range"},
		"tally-first-call":    {[]any{"C1", from}, "", ""},
	} {
		query, args, err := sqlx.In("EXPLAIN "+queries.Get(name), c.args...)
		if err != nil {
			t.Fatal(name, err)
		}
		var plan []struct {
			ID         int     `db:"id"`
			SelectType string  `db:"select_type"`
			Table      *string `db:"table"`
			Type       *string `db:"type"`
			Possible   *string `db:"possible_keys"`
			Key        *string `db:"key"`
			KeyLen     *string `db:"key_len"`
			Ref        *string `db:"ref"`
			Rows       *int64  `db:"rows"`
			Extra      *string `db:"Extra"`
		}
		if err := s.db.Select(t.Context(), &plan, query, args...); err != nil {
			t.Fatal(name, err)
		}
		found := false
		for _, p := range plan {
			text := func(s *string) string {
				if s == nil {
					return ""
				}
				return *s
			}
			table, kind, key := text(p.Table), text(p.Type), text(p.Key)
			if strings.HasPrefix(table, "<") || table == "" {
				continue // of a table in between
			}
			if p.SelectType == "INSERT" {
				continue
			}
			if kind == "ALL" || kind == "index" {
				t.Errorf("%s: %s is read as a whole (%s)", name, table, kind)
			}
			if key == c.key && kind == c.kind {
				found = true
			}
		}
		if c.key == "" {
			if e := plan[0].Extra; e == nil || !strings.Contains(*e, "optimized away") {
				t.Errorf("%s is not read from the index's end", name)
			}
			continue
		}
		if !found {
			t.Errorf("%s is not read by a range of %s: %+v", name, c.key, plan)
		}
	}
}
