package mariadb_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"trunkline/dialer"
	"trunkline/dialer/listen"
	"trunkline/dialer/recordings"
	"trunkline/dialer/report"
	"trunkline/dialer/tally"
	"trunkline/sql/mariadb"
)

// shop is a call centre that is made up: its calls and shifts go through listen's
// journal, as the real ones do.
type shop struct {
	t      *testing.T
	db     *mariadb.DB
	server dialer.Server
	rand   *rand.Rand
	calls  map[dialer.CallID]*dialer.Call
	next   dialer.CallID
	shifts map[dialer.UserID]time.Time // until when an agent's time is written
	from   time.Time
	days   int
	files  []recordings.Finished // to be
}

var shopCampaigns = []dialer.CampaignID{"C1", "C2"}

func newShop(t *testing.T, seed uint64, from time.Time, days int) *shop {
	t.Helper()
	db := freshDB(t)
	s := &shop{t: t, db: db, server: join(t, db), rand: rand.New(rand.NewPCG(seed, 1)), calls: map[dialer.CallID]*dialer.Call{}, next: 100, shifts: map[dialer.UserID]time.Time{}, from: from, days: days}
	for _, q := range []string{
		`INSERT INTO carriers (id, name, host, changed_at) VALUES (1, 'north', '127.0.0.2', NOW()), (2, 'south', '127.0.0.3', NOW())`,
		`INSERT INTO campaigns (id, name, active, carrier_id, drop_rule, changed_at) VALUES ('C1', 'One', TRUE, 1, 'us', NOW()), ('C2', 'Two', TRUE, 1, 'uk', NOW())`,
		`INSERT INTO lists (id, campaign_id, name, created_at) VALUES (1, 'C1', 'L', NOW()), (2, 'C1', 'M', NOW()), (3, 'C2', 'N', NOW())`,
		`INSERT INTO users (id, username, full_name, pass_hash, role, created_at) VALUES (1, 'ann', 'Ann', '', 'agent', NOW()), (2, 'bob', 'Bob', '', 'agent', NOW()), (3, 'cid', 'Cid', '', 'agent', NOW())`,
		`INSERT INTO leads (id, list_id, status, called_since_reset, called_count, zone_set, e164, phone_code, phone_number, first_name, last_name, vendor_lead_code, created_at)
			SELECT seq, 1 + seq % 3, ELT(1 + seq % 5, 'NEW', 'NA', 'SALE', 'A', 'DNC'), seq % 3, seq % 7, 1, '+12125550111', '1', '2125550111', CONCAT('Ann', seq), 'Vega', CONCAT('V', seq), NOW() FROM seq_1_to_60`,
		`INSERT INTO hopper (campaign_id, lead_id, list_id, source, claim, added_at) SELECT IF(list_id = 3, 'C2', 'C1'), id, list_id, ELT(1 + id % 5, 'S', 'N', 'R', 'C', 'A'), IF(id % 4 = 0, RPAD(id, 16, 'x'), NULL), NOW() FROM leads WHERE id <= 30`,
		`INSERT INTO agent_sessions (id, live, user_id, campaign_id, server_id, phone_id, state, pause_code, state_since, seen_at, logged_in_at) VALUES
			(7, NULL, 1, 'C1', 1, 1, 'OUT', '', NOW(), NOW(), NOW()), (8, 1, 2, 'C1', 1, 2, 'PAUSED', 'LUNCH', NOW(), NOW(), NOW()), (9, 1, 3, 'C2', 1, 3, 'READY', 'LUNCH', NOW(), NOW(), NOW())`,
	} {
		if err := db.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Exec(t.Context(), `UPDATE agent_sessions SET state_since = ? + INTERVAL user_id * 5 HOUR`, from); err != nil {
		t.Fatal(err)
	}
	err := db.Exec(t.Context(), `INSERT INTO callbacks (open, campaign_id, lead_id, kind, user_id, due_at, zone, state, tries, made_by, created_at, changed_at)
		SELECT IF(id % 5 < 3, 1, NULL), IF(list_id = 3, 'C2', 'C1'), id, IF(id % 2, 'ANYONE', 'USERONLY'), 1 + id % 3, ? + INTERVAL id * 2 HOUR, 'UTC', ELT(1 + id % 5, 'ACTIVE', 'ACTIVE', 'LIVE', 'DONE', 'DEAD'), id % 4, 1, NOW(), NOW() FROM leads`, from)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *shop) write(changes ...listen.Change) {
	s.t.Helper()
	if err := mariadb.NewListen(s.db).Write(s.t.Context(), s.server.ID, changes); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) pick(of ...string) string { return of[s.rand.IntN(len(of))] }

// moment is some time of the shop's, often near the end of a quarter, an hour or
// a day.
func (s *shop) moment() time.Time {
	at := s.from.Add(time.Duration(s.rand.Int64N(int64(s.days) * int64(24*time.Hour))))
	switch s.rand.IntN(4) {
	case 0:
		at = at.Truncate(15 * time.Minute).Add(time.Duration(s.rand.IntN(3)-1) * time.Microsecond)
	case 1:
		at = at.Truncate(24 * time.Hour).Add(time.Duration(s.rand.IntN(3)-1) * time.Millisecond)
	}
	return at.Truncate(time.Microsecond)
}

// dial places a call, and lets it go as far as it comes.
func (s *shop) dial() {
	s.next++
	campaign := shopCampaigns[s.rand.IntN(2)]
	list := dialer.ListID(3)
	if campaign == "C1" {
		list = dialer.ListID(s.rand.IntN(3)) // 0: by hand
	}
	c := &dialer.Call{ID: s.next, State: dialer.CallPlaced, Sent: true, CampaignID: campaign, ListID: list, LeadID: dialer.LeadID(1 + s.rand.IntN(70)), LeadWas: "NEW", E164: "+12125550111",
		ServerID: s.server.ID, CarrierID: dialer.CarrierID(1 + s.rand.IntN(2)), PlacedAt: s.moment(), Manual: s.rand.IntN(5) == 0}
	s.calls[c.ID] = c
	at := c.PlacedAt
	after := func(most time.Duration) *time.Time {
		at = at.Add(time.Duration(s.rand.Int64N(int64(most)))).Truncate(time.Microsecond)
		return new(at)
	}
	if s.rand.IntN(5) > 0 {
		c.RingingAt = after(5 * time.Second)
	}
	if s.rand.IntN(2) == 0 {
		c.AnsweredAt = after(20 * time.Second)
		if s.rand.IntN(3) > 0 {
			c.WantedAt = after(time.Second)
			c.AMDCause = s.pick("", "HUMAN-800-800", "HUMAN-1900-2", "HUMAN-99999-1", "HUMAN-x-1", "TOOLONG")
			if s.rand.IntN(4) > 0 {
				c.BridgedAt = after(3 * time.Second)
				c.UserID, c.SessionID = dialer.UserID(1+s.rand.IntN(3)), 7
			}
			if s.rand.IntN(6) == 0 {
				c.DroppedAt = c.WantedAt
			}
		}
	}
	if s.rand.IntN(8) > 0 {
		s.end(c, *after(5 * time.Minute))
	}
	s.write(listen.Change{At: at, Call: new(*c)})
}

func (s *shop) end(c *dialer.Call, at time.Time) {
	c.State, c.EndedAt = dialer.CallEnded, &at
	c.SIPCode, c.Cause = []int{0, 404, 486, 503}[s.rand.IntN(4)], []int{0, 16, 17, 99}[s.rand.IntN(4)]
	if c.UserID == 0 {
		c.Status = dialer.Status(s.pick("NA", "B", "ADC", "A", "DROP", "DC", "ERI"))
	}
	if c.UserID == 0 && s.rand.IntN(12) == 0 {
		c.Sent = false
	}
}

// change does something to a call of before: its end, its outcome hours later, a
// recording or the end of one.
func (s *shop) change() {
	if len(s.calls) == 0 {
		return
	}
	c := s.calls[101+dialer.CallID(s.rand.IntN(len(s.calls)))]
	switch {
	case !c.Sent:
		return
	case c.State != dialer.CallEnded:
		s.end(c, c.PlacedAt.Add(time.Duration(1+s.rand.IntN(300))*time.Second))
		s.write(listen.Change{At: *c.EndedAt, Call: new(*c)})
	case s.rand.IntN(2) == 0 || c.UserID == 0:
		c.Status = dialer.Status(s.pick("SALE", "NI", "A", "CALLBK", "", "DNC", "GONE"))
		s.write(listen.Change{At: c.EndedAt.Add(7 * time.Hour), Call: new(*c)})
	default:
		file := fmt.Sprintf("%d-%d.wav", c.ID, s.rand.IntN(3))
		s.write(listen.Change{At: *c.EndedAt, Call: new(*c), Recording: &listen.Recording{Call: c.ID, Server: s.server.ID, File: file, At: *c.BridgedAt}})
		s.files = append(s.files, recordings.Finished{Call: c.ID, File: file, State: recordings.Done, At: noon})
	}
}

// finish completes the recordings that are being written, or finds them lost, or
// never begun.
func (s *shop) finish() {
	for _, f := range s.files {
		f.LengthMS = s.rand.Int64N(1e6)
		f.Bytes = 16 * f.LengthMS
		switch s.rand.IntN(8) {
		case 0, 1:
			f = recordings.Finished{Call: f.Call, File: f.File, State: recordings.Lost, At: f.At}
		case 2:
			f = recordings.Finished{Call: f.Call, File: f.File, State: recordings.Short, At: f.At}
		}
		if err := mariadb.NewRecordings(s.db).Finish(s.t.Context(), f); err != nil {
			s.t.Fatal(err)
		}
	}
	s.files = nil
}

// work writes a stretch of an agent's time, from where the last one ended: some
// are long, some none at all.
func (s *shop) work() {
	user := dialer.UserID(1 + s.rand.IntN(3))
	from, ok := s.shifts[user]
	if !ok {
		from = s.from.Add(time.Duration(s.rand.IntN(3600)) * time.Second)
	}
	length := time.Duration(s.rand.Int64N(int64([]time.Duration{time.Minute, 20 * time.Minute, 3 * time.Hour, 30 * time.Hour}[s.rand.IntN(4)])))
	if s.rand.IntN(10) == 0 {
		length = 0
	}
	to := from.Add(length).Truncate(time.Millisecond)
	if s.rand.IntN(3) == 0 {
		to = to.Truncate(15 * time.Minute)
	}
	if to.Before(from) {
		to = from
	}
	state := []dialer.AgentState{dialer.AgentReady, dialer.AgentInCall, dialer.AgentWrapUp, dialer.AgentPaused, dialer.AgentConnecting}[s.rand.IntN(5)]
	s.write(listen.Change{At: to, Period: &listen.Period{Session: 7, User: user, Campaign: shopCampaigns[s.rand.IntN(2)], State: state, PauseCode: s.pick("", "LUNCH", "BREAK"), From: from, To: to}})
	s.shifts[user] = to
	if s.rand.IntN(6) == 0 { // signs out, and comes back later
		s.shifts[user] = to.Add(time.Duration(s.rand.IntN(7200)) * time.Second)
	}
}

func (s *shop) keeper() *tally.Keeper {
	return &tally.Keeper{Holder: "test", Store: mariadb.NewTally(s.db), Lease: mariadb.NewLeases(s.db), Log: slog.New(slog.DiscardHandler)}
}

// count counts until nothing waits.
func (s *shop) count(now time.Time) {
	s.t.Helper()
	for {
		left, err := s.keeper().Step(s.t.Context(), now, time.Minute)
		if err != nil {
			s.t.Fatal(err)
		}
		if n := count(s.t, s.db, `SELECT COUNT(*) FROM report_changes`); n == 0 && !left {
			return
		}
	}
}

// check makes every report of the sums and of a recount of the logs, and wants
// no difference.
func (s *shop) check(now time.Time) {
	s.t.Helper()
	zone, err := time.LoadLocation(s.pick("America/New_York", "Asia/Kathmandu", "UTC", "Australia/Lord_Howe"))
	if err != nil {
		s.t.Skip("no time zones here: ", err)
	}
	sums, log := mariadb.NewReports(s.db), raw{mariadb.NewReports(s.db), s.t, s.db}
	first := s.rand.IntN(s.days)
	y, m, d := s.from.In(zone).Date()
	q := report.Query{
		From: time.Date(y, m, d+first, 0, 0, 0, 0, zone).UTC(), To: time.Date(y, m, d+first+1+s.rand.IntN(s.days-first+2), 0, 0, 0, 0, zone).UTC(),
		Zone: zone, Now: now, Campaigns: shopCampaigns[:1+s.rand.IntN(2)],
	}
	if s.rand.IntN(3) == 0 {
		q.Lists = []dialer.ListID{1, 3}
	}
	if s.rand.IntN(3) == 0 {
		q.Users = []dialer.UserID{2}
	}
	for _, r := range report.All {
		for _, by := range append(slices.Clone(r.Bys), "") {
			if by == "" && len(r.Bys) > 0 {
				continue
			}
			q.By = by
			got, err := r.Make(s.t.Context(), sums, q)
			if err != nil {
				s.t.Fatal(r.Name, err)
			}
			want, err := r.Make(s.t.Context(), log, q)
			if err != nil {
				s.t.Fatal(r.Name, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				s.t.Fatalf("%s by %q, %s to %s %s, is not what the log says (-log +sums):\n%s", r.Name, by, q.From, q.To, zone, diff)
			}
			for _, t := range got.Tables {
				wantSum(s.t, r.Name, t)
			}
		}
	}
}

// wantSum holds a table's foot against its rows.
func wantSum(t *testing.T, name string, table report.Table) {
	t.Helper()
	if table.Foot == nil {
		return
	}
	for i, c := range table.Columns {
		if c.Kind != report.Count {
			continue
		}
		var sum float64
		for _, row := range table.Rows {
			sum += row[i].N
		}
		if sum != table.Foot[i].N {
			t.Errorf("%s, %s: the rows of %s are %v together, the foot says %v", name, table.Key, c.Name, sum, table.Foot[i].N)
		}
	}
}

// Every report equals a recount of the logs, over random calls and shifts with
// outcomes that come late, recordings, hours and days that are added up between,
// a keeper that dies in the middle, and days of several zones.
func TestReportsEqualTheLog(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			// The US clock goes back on November 1, 2026; Lord Howe's by half an hour in
			// April.
			from := time.Date(2026, 10, 30, 0, 0, 0, 0, time.UTC)
			if seed == 1 {
				from = time.Date(2026, 4, 3, 0, 0, 0, 0, time.UTC)
			}
			s := newShop(t, seed, from, 5)
			now := from.Add(30 * time.Hour)
			for round := range 5 {
				s.finish()
				for range 120 {
					switch s.rand.IntN(4) {
					case 0:
						s.change()
					case 1:
						s.work()
					default:
						s.dial()
					}
				}
				if round == 2 {
					// It dies in the middle of a batch; the next one has all to do again.
					dying, kill := context.WithCancel(t.Context())
					k := s.keeper()
					k.Store = &mortal{Tally: mariadb.NewTally(s.db), left: 5, kill: kill}
					_, _ = k.Step(dying, now, time.Minute)
				}
				s.count(now)
				s.check(now)
				now = now.Add(20 * time.Hour)
			}
			// Counted anew from the logs alone, nothing differs.
			s.count(now)
			before := s.sums()
			if err := mariadb.NewTally(s.db).Again(t.Context(), from.AddDate(0, 0, -2), now.AddDate(0, 1, 0)); err != nil {
				t.Fatal(err)
			}
			s.count(now)
			if diff := cmp.Diff(before, s.sums()); diff != "" {
				t.Errorf("counted again, the sums differ:\n%s", diff)
			}
			if n := len(before); n < 500 {
				t.Errorf("%d sums only", n)
			}
		})
	}
}

// sums are all rows of the sums.
func (s *shop) sums() []string {
	s.t.Helper()
	var all []string
	for _, q := range []string{
		`SELECT CONCAT_WS(' ', campaign_id, span, at, list_id, status, manual, calls, answered, asked, connected, dropped, ring_ms, wait_ms, talk_ms) FROM call_sums`,
		`SELECT CONCAT_WS(' ', campaign_id, span, at, carrier_id, status, sip_code, cause, calls, answered, rang, delay_ms, line_ms) FROM cause_sums`,
		`SELECT CONCAT_WS(' ', campaign_id, span, at, user_id, list_id, status, manual, calls, answered, asked, connected, dropped, ring_ms, wait_ms, talk_ms, recorded, files, lost, too_short, rec_ms, rec_bytes) FROM agent_call_sums`,
		`SELECT CONCAT_WS(' ', campaign_id, span, at, user_id, state, pause_code, stretches, ms) FROM agent_time_sums`,
	} {
		var some []string
		if err := s.db.Select(s.t.Context(), &some, q); err != nil {
			s.t.Fatal(err)
		}
		slices.Sort(some)
		all = append(all, some...)
	}
	return all
}

// mortal is a store whose user dies.
type mortal struct {
	*mariadb.Tally
	left int
	kill func()
}

func (m *mortal) Count(ctx context.Context, b tally.Batch) error {
	if m.left--; m.left == 0 {
		m.kill()
	}
	return m.Tally.Count(ctx, b)
}

// A system that has logs from before the sums gets them all.
func TestSumsOfOldLogs(t *testing.T) {
	t.Parallel()
	s := newShop(t, 9, time.Date(2026, 10, 30, 0, 0, 0, 0, time.UTC), 4)
	for range 150 {
		s.dial()
		s.work()
	}
	if err := s.db.Exec(t.Context(), `DELETE FROM report_changes`); err != nil {
		t.Fatal(err)
	}
	now := s.from.AddDate(0, 0, 6)
	s.count(now)
	for range 5 {
		s.check(now)
	}
}

// Sums by agent that an older Trunkline has made, of all lists together, are
// counted anew; not those whose calls have been deleted since.
func TestSumsWithoutLists(t *testing.T) {
	t.Parallel()
	s := newShop(t, 13, time.Date(2026, 10, 30, 0, 0, 0, 0, time.UTC), 4)
	for range 200 {
		s.dial()
		s.change()
	}
	s.finish()
	now := s.from.AddDate(0, 0, 6)
	s.count(now)
	before := s.sums()
	exec := func(query string, args ...any) {
		t.Helper()
		if err := s.db.Exec(t.Context(), query, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`CREATE TABLE older AS SELECT campaign_id, span, at, user_id, status, manual, SUM(calls) AS calls, SUM(talk_ms) AS talk_ms, SUM(recorded) AS recorded,
		SUM(files) AS files, SUM(lost) AS lost, SUM(too_short) AS too_short, SUM(rec_ms) AS rec_ms, SUM(rec_bytes) AS rec_bytes FROM agent_call_sums GROUP BY 1, 2, 3, 4, 5, 6`)
	forget := func() {
		exec(`DELETE FROM agent_call_sums`)
		exec(`INSERT INTO agent_call_sums (campaign_id, span, at, user_id, status, manual, calls, talk_ms, recorded, files, lost, too_short, rec_ms, rec_bytes) SELECT * FROM older`)
	}
	// The oldest calls are nobody's.
	exec(`INSERT INTO calls (id, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, placed_at, ended_at, status, sent)
		SELECT 1 + (id = 'C2'), 'ENDED', id, 1, 1, '+12125550111', ?, 1, ?, ?, 'NA', TRUE FROM campaigns WHERE id IN ('C1', 'C2')`, s.server.ID, s.from.AddDate(0, 0, -1), s.from.AddDate(0, 0, -1))
	forget()
	s.count(now)
	if diff := cmp.Diff(before, s.sums()); diff != "" {
		t.Errorf("the sums of an older Trunkline are not counted anew (-want +got):\n%s", diff)
	}
	forget()
	gone := s.from.AddDate(0, 0, 2)
	exec(`DELETE FROM calls WHERE placed_at < ?`, gone)
	s.count(now)
	for _, c := range []struct {
		what string
		sql  string
	}{
		{"calls", `SELECT SUM(calls) FROM agent_call_sums WHERE span = 0`},
		{"calls by the day", `SELECT SUM(calls) FROM agent_call_sums WHERE span = 2`},
		{"bytes", `SELECT SUM(rec_bytes) FROM agent_call_sums WHERE span = 0`},
	} {
		if got, want := count(t, s.db, c.sql), count(t, s.db, strings.Replace(c.sql, "agent_call_sums", "older", 1)); got != want {
			t.Errorf("%d %s when the oldest had been deleted, %d before", got, c.what, want)
		}
	}
	if n := count(t, s.db, `SELECT COUNT(*) FROM agent_call_sums WHERE list_id = 4294967295 AND at >= ?`, gone.AddDate(0, 0, 1)); n != 0 {
		t.Errorf("%d sums of calls that are there know no list", n)
	}
}

// What calls met equals a count of the log that knows nothing of the reports: only
// what somebody found to be no person is a machine.
func TestWhatCallsMet(t *testing.T) {
	t.Parallel()
	s := newShop(t, 17, time.Date(2026, 10, 30, 0, 0, 0, 0, time.UTC), 4)
	for range 200 {
		s.dial()
		s.change()
	}
	now := s.from.AddDate(0, 0, 6)
	s.count(now)
	r, err := report.All[0].Make(t.Context(), mariadb.NewReports(s.db), report.Query{From: s.from.AddDate(0, 0, -1), To: now, Zone: time.UTC, Now: now, Campaigns: shopCampaigns, By: report.ByDay})
	if err != nil {
		t.Fatal(err)
	}
	days := r.Tables[0]
	for name, where := range map[string]string{
		"Calls":     `TRUE`,
		"People":    `s.human`,
		"Machines":  `c.answered_at IS NOT NULL AND NOT s.human AND s.status NOT IN ('ERI', 'PDROP')`,
		"No answer": `c.answered_at IS NULL AND c.status = 'NA'`,
		"Failed":    `c.answered_at IS NULL AND c.status <> 'NA' AND NOT COALESCE(s.human, FALSE)`,
		"Unknown":   `c.answered_at IS NOT NULL AND (s.status IS NULL OR s.status IN ('ERI', 'PDROP'))`,
	} {
		want := count(t, s.db, `SELECT COUNT(*) FROM calls c LEFT JOIN statuses s ON s.status = c.status WHERE c.ended_at IS NOT NULL AND c.sent AND `+where)
		i := slices.IndexFunc(days.Columns, func(c report.Column) bool { return c.Name == name })
		if got := int(days.Foot[i].N); got != want || want == 0 {
			t.Errorf("%s: %d, the log has %d", name, got, want)
		}
	}
}

// Two who sum up at the same time do no harm.
func TestTwoKeepers(t *testing.T) {
	t.Parallel()
	s := newShop(t, 11, time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), 2)
	now := s.from.AddDate(0, 0, 1)
	for range 3 {
		for range 60 {
			s.dial()
			s.work()
		}
		both := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := s.keeper().Step(t.Context(), now, time.Minute)
				both <- err
			}()
		}
		for range 2 {
			if err := <-both; err != nil {
				t.Fatal(err)
			}
		}
		s.count(now)
		s.check(now)
	}
}

// Who asks for nothing gets nothing: no campaign is not every campaign.
func TestNoCampaignIsNone(t *testing.T) {
	t.Parallel()
	s := newShop(t, 12, time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), 1)
	for range 20 {
		s.dial()
		s.work()
	}
	s.count(s.from.AddDate(0, 0, 1))
	for _, r := range report.All {
		q := report.Query{From: s.from, To: s.from.AddDate(0, 0, 2), Zone: time.UTC, Now: s.from.AddDate(0, 0, 1)}
		if len(r.Bys) > 0 {
			q.By = r.Bys[0]
		}
		got, err := r.Make(t.Context(), mariadb.NewReports(s.db), q)
		if err != nil {
			t.Fatal(r.Name, err)
		}
		if !got.Empty() {
			t.Errorf("%s for no campaign: %+v", r.Name, got.Tables)
		}
	}
}
