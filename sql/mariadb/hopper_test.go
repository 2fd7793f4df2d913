package mariadb_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
	"trunkline/hopper"
	"trunkline/hopper/leads"
	"trunkline/sql/mariadb"
	"trunkline/sql/migrated"
)

// noonEast is a Monday 12:30 in New York, 09:30 in Los Angeles, 07:30 in
// Honolulu.
var noonEast = time.Date(2026, 11, 23, 17, 30, 0, 0, time.UTC)

// hopperDB is a fresh schema with the campaign C1 (all day, list 101) and a
// second connection for what the stores do not offer.
type hopperDB struct {
	*testing.T
	raw   *sqlx.DB
	db    *mariadb.DB
	store *mariadb.HopperStore
	leads *mariadb.LeadStore
	lease *mariadb.Leases
}

func newHopperDB(t *testing.T) hopperDB {
	t.Helper()
	t.Parallel()
	dsn := migrated.Database(t)
	db, err := mariadb.Open(dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	sep := "?"
	if strings.Contains(dsn, "?") {
		sep = "&"
	}
	raw, err := sqlx.Open("mysql", dsn+sep+"parseTime=true&multiStatements=true&interpolateParams=true")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	h := hopperDB{t, raw, db, mariadb.NewHopperStore(db), mariadb.NewLeadStore(db), mariadb.NewLeases(db)}
	h.campaign("C1", 101)
	return h
}

func (h hopperDB) exec(query string, args ...any) {
	h.Helper()
	if _, err := h.raw.Exec(query, args...); err != nil {
		h.Fatalf("%s: %v", query, err)
	}
}

func (h hopperDB) count(query string, args ...any) (n int) {
	h.Helper()
	if err := h.raw.Get(&n, query, args...); err != nil {
		h.Fatalf("%s: %v", query, err)
	}
	return n
}

func (h hopperDB) campaign(id string, lists ...int) {
	h.exec(`INSERT INTO campaigns (id, name, active, dial_level, carrier_id, hopper_level, call_from_min, call_to_min, dial_statuses, caller_id, changed_at)
		VALUES (?, ?, TRUE, 2, 1, 100, 0, 1440, 'NEW NA', '12125550100', UTC_TIMESTAMP(3))`, id, id)
	for _, l := range lists {
		h.exec(`INSERT INTO lists (id, campaign_id, name, active, created_at) VALUES (?, ?, 'list', TRUE, UTC_TIMESTAMP(3))`, l, id)
	}
}

// add puts numbers into a list, in order.
func (h hopperDB) add(list dialer.ListID, numbers ...string) {
	h.Helper()
	for part := range slices.Chunk(numbers, 1000) {
		batch := make([]leads.NewLead, len(part))
		for i, n := range part {
			batch[i] = leads.NewLead{Set: compliance.SetOf(n, ""), Lead: dialer.Lead{Status: "NEW", E164: n, PhoneCode: n[1:2], PhoneNumber: n[2:], FirstName: "Ann"}}
		}
		known, err := h.leads.AddLeads(h.Context(), list, batch, noonEast)
		if err != nil || len(known) > 0 {
			h.Fatalf("adding leads: %v, known %v", err, known)
		}
	}
}

// numbers are n numbers in an area code.
func numbers(npa, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("+1%d%07d", npa, 2_340_000+i)
	}
	return all
}

func (h hopperDB) state(id dialer.CampaignID, now time.Time) hopper.Campaign {
	h.Helper()
	c, err := h.store.Campaign(h.Context(), id, now)
	if err != nil {
		h.Fatal(err)
	}
	return c
}

func (h hopperDB) sets() []hopper.ZoneSet {
	h.Helper()
	sets, err := h.store.ZoneSets(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	return sets
}

func (h hopperDB) fill(id dialer.CampaignID, now time.Time) hopper.Filled {
	h.Helper()
	f, err := hopper.Fill(h.Context(), h.store, hopper.RulesAt(h.state(id, now), h.sets(), now), hopper.Fence{}, nil)
	if err != nil {
		h.Fatal(err)
	}
	return f
}

func (h hopperDB) inHopper() []string {
	h.Helper()
	var got []string
	if err := h.raw.Select(&got, `SELECT l.e164 FROM hopper h JOIN leads l ON l.id = h.lead_id ORDER BY h.id`); err != nil {
		h.Fatal(err)
	}
	return got
}

func TestFillTakesWhatMayBeCalledInOrderOfIDs(t *testing.T) {
	h := newHopperDB(t)
	h.campaign("C2", 202)
	h.exec(`INSERT INTO lists (id, campaign_id, name, active, created_at) VALUES (102, 'C1', 'off', FALSE, UTC_TIMESTAMP(3)), (103, 'C1', 'on', TRUE, UTC_TIMESTAMP(3))`)
	h.add(101, "+12122340001", "+18082340002", "+13102340003", "+12122340004", "+12122340005") // the second is in Honolulu: 07:30
	h.add(102, "+12122340006")
	h.add(103, "+13102340007", "+12122340008", "+12122340009", "+12122340010")
	h.add(202, "+12122340011")
	h.exec(`UPDATE leads SET status = 'NA' WHERE e164 = '+12122340004'`)
	h.exec(`UPDATE leads SET status = 'SALE' WHERE e164 = '+12122340005'`)
	h.exec(`UPDATE leads SET called_since_reset = 1 WHERE e164 = '+12122340008'`)
	h.exec(`INSERT INTO dnc (campaign_id, e164, source, added_at) VALUES ('', '+12122340009', 'agent', UTC_TIMESTAMP(3)), ('C1', '+12122340010', 'agent', UTC_TIMESTAMP(3)), ('C2', '+13102340007', 'agent', UTC_TIMESTAMP(3))`)

	f := h.fill("C1", noonEast)
	want := []string{"+12122340001", "+13102340003", "+12122340004", "+13102340007"}
	if got := h.inHopper(); !slices.Equal(got, want) {
		t.Errorf("hopper holds %v, want %v", got, want)
	}
	if f.Inserted != 4 || f.Level != 100 {
		t.Errorf("filled: %+v", f)
	}
	if want := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC); !f.Opens.Equal(want) {
		t.Errorf("Honolulu opens at %v, want %v", f.Opens, want)
	}
	if f := h.fill("C1", noonEast); f.Inserted != 0 {
		t.Errorf("a second fill inserted %d rows", f.Inserted)
	}
}

func TestFillKeepsTheLevelAcrossManyRanges(t *testing.T) {
	h := newHopperDB(t)
	h.add(101, numbers(212, 700)...)
	h.add(101, numbers(310, 30)...)
	h.add(101, numbers(312, 700)...)
	h.exec(`UPDATE campaigns SET hopper_level = 900`)
	if f := h.fill("C1", noonEast); f.Inserted != 900 {
		t.Fatalf("filled %+v", f)
	}
	want := slices.Concat(numbers(212, 700), numbers(310, 30), numbers(312, 170))
	if got := h.inHopper(); !slices.Equal(got, want) {
		t.Errorf("the hopper is not the first 900 leads by id: %d rows", len(got))
	}
	h.exec(`DELETE FROM hopper ORDER BY id LIMIT 10`)
	h.exec(`UPDATE leads SET status = 'QUEUE', called_since_reset = 1 ORDER BY id LIMIT 10`)
	if f := h.fill("C1", noonEast); f.Inserted != 10 {
		t.Errorf("after ten calls %d rows were refilled", f.Inserted)
	}
}

func TestReadOfManyRanges(t *testing.T) {
	h := newHopperDB(t)
	h.add(101, numbers(212, 3)...)
	h.add(101, numbers(310, 3)...)
	spans := make([]hopper.Span, 250)
	for i := range spans {
		spans[i] = hopper.Span{Group: hopper.Group{List: 101, Status: "NEW", ZoneSet: 999}, Limit: 2}
	}
	spans[20].ZoneSet, spans[220].ZoneSet, spans[220].After = 1, 2, 4
	got, err := h.store.Read(t.Context(), spans)
	if err != nil {
		t.Fatal(err)
	}
	want := []hopper.Entry{{Span: 20, ID: 1, ZoneSet: 1}, {Span: 20, ID: 2, ZoneSet: 1}, {Span: 220, ID: 5, ZoneSet: 2}, {Span: 220, ID: 6, ZoneSet: 2}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestInsertJudgesAgain(t *testing.T) {
	h := newHopperDB(t)
	h.add(101, numbers(212, 5)...)
	var picks []hopper.Pick
	for i := range 5 {
		p := hopper.Pick{Source: hopper.Standard, Number: numbers(212, 5)[i], Zone: 1}
		p.ID, p.Status = dialer.LeadID(5-i), "NEW"
		picks = append(picks, p)
	}
	h.exec(`UPDATE leads SET called_since_reset = 1 WHERE id = 1`)
	h.exec(`INSERT INTO hopper (campaign_id, lead_id, list_id, added_at) VALUES ('C1', 2, 101, UTC_TIMESTAMP(3))`)
	h.exec(`UPDATE leads SET status = 'SALE' WHERE id = 3`)
	h.exec(`INSERT INTO leases (name, holder, epoch, expires_at) VALUES ('hopper-fill', 'me', 7, UTC_TIMESTAMP(3))`)
	for epoch, want := range map[int64]int{6: 0, 7: 2} {
		n, err := h.store.Insert(t.Context(), "C1", picks, hopper.Fence{Name: "hopper-fill", Epoch: epoch}, noonEast)
		if err != nil || n != want {
			t.Errorf("under epoch %d of 7: %d rows, %v; want %d", epoch, n, err, want)
		}
	}
	var order []int
	if err := h.raw.Select(&order, `SELECT lead_id FROM hopper WHERE lead_id <> 2 ORDER BY id`); err != nil || !slices.Equal(order, []int{5, 4}) {
		t.Errorf("they stand as %v, want as they were given, %v", order, err)
	}
	h.exec(`DELETE FROM hopper`)
	h.exec(`UPDATE campaigns SET active = FALSE`)
	if n, err := h.store.Insert(t.Context(), "C1", picks, hopper.Fence{}, noonEast); n != 0 || err != nil {
		t.Errorf("a stopped campaign got %d rows, %v", n, err)
	}
}

func TestFillersAtOnceMakeNoDoubles(t *testing.T) {
	h := newHopperDB(t)
	h.add(101, numbers(212, 3000)...)
	h.exec(`UPDATE campaigns SET hopper_level = 2000`)
	c, sets := h.state("C1", noonEast), h.sets()
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if _, err := hopper.Fill(t.Context(), h.store, hopper.RulesAt(c, sets, noonEast), hopper.Fence{}, nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n, d := h.count(`SELECT COUNT(*) FROM hopper`), h.count(`SELECT COUNT(DISTINCT lead_id) FROM hopper`); n < 2000 || d != n {
		// More than the level may come: without a lease, each fills by its own
		// count of the rows.
		t.Errorf("%d rows of %d leads, want 2000 or more", n, d)
	}
}

func TestCampaignsCountAgents(t *testing.T) {
	h := newHopperDB(t)
	session := func(id int, state string, since time.Time, live any) {
		h.exec(`INSERT INTO agent_sessions (id, live, user_id, campaign_id, server_id, phone_id, state, state_since, seen_at, logged_in_at)
			VALUES (?, ?, ?, 'C1', 1, 1, ?, ?, ?, ?)`, id, live, id, state, since, since, since)
	}
	session(1, "READY", noonEast, 1)
	session(2, "INCALL", noonEast, 1)
	session(3, "PAUSED", noonEast.Add(-59*time.Second), 1)
	session(4, "PAUSED", noonEast.Add(-61*time.Second), 1)
	session(5, "OUT", noonEast, nil)
	campaigns, err := h.store.Campaigns(t.Context(), noonEast)
	if err != nil || len(campaigns) != 1 {
		t.Fatal(campaigns, err)
	}
	if c := campaigns[0]; c.Agents != 3 || c.Ready != 1 || len(c.Lists) != 1 || c.Lists[0].ID != 101 || c.DialStatuses != "NEW NA" {
		t.Errorf("campaign came as %+v", c)
	}
}

func TestPurge(t *testing.T) {
	h := newHopperDB(t)
	for i := range 30 {
		h.exec(`INSERT INTO events (at, server_id, kind) VALUES (?, 1, 'call')`, noonEast.Add(-time.Duration(i)*10*time.Minute))
	}
	for _, age := range []time.Duration{49 * time.Hour, 25 * time.Hour, 23 * time.Hour, time.Hour} {
		for _, open := range []any{1, nil} {
			h.exec(`INSERT INTO intents (id, server_id, session_id, kind, created_at, open) VALUES (?, 1, 1, 'ready', ?, ?)`,
				dialer.NewIDs(100).Next(noonEast.Add(-age))+map[bool]int64{true: 1}[open == nil], noonEast.Add(-age), open)
		}
	}
	for _, age := range []time.Duration{49 * time.Hour, 25 * time.Hour, 23 * time.Hour} {
		h.exec(`INSERT INTO call_drafts (call_id, version, status, note, callback_at, callback_mine) VALUES (?, 1, 'SALE', 'half a word', '', 0)`, dialer.NewIDs(100).Next(noonEast.Add(-age)))
	}
	for i, token := range []string{"a", "b", "c"} {
		h.exec(`INSERT INTO web_sessions (token_hash, user_id, created_at, seen_at, expires_at) VALUES (?, 1, ?, ?, ?)`,
			token, noonEast, noonEast, noonEast.Add(time.Duration(i-1)*time.Hour))
	}
	n, err := hopper.Purge(t.Context(), h.store, noonEast, false)
	if left := h.count(`SELECT COUNT(*) FROM events`); err != nil || n != 25 || left != 7 {
		t.Errorf("purged %d and left %d events, %v", n, left, err)
	}
	if open, closed := h.count(`SELECT COUNT(*) FROM intents WHERE open = 1`), h.count(`SELECT COUNT(*) FROM intents WHERE open IS NULL`); open != 4 || closed != 2 {
		t.Errorf("%d open clicks are left, want all 4, and %d closed ones, want the day's 2", open, closed)
	}
	if n := h.count(`SELECT COUNT(*) FROM web_sessions`); n != 3 {
		t.Errorf("%d sessions are left though it was not their turn", n)
	}
	if n, err := hopper.Purge(t.Context(), h.store, noonEast, true); n != 3 || err != nil {
		t.Errorf("purged %d rows, want the one session that has expired and the drafts of two old calls; %v", n, err)
	}
	if n := h.count(`SELECT COUNT(*) FROM call_drafts`); n != 1 {
		t.Errorf("%d drafts are left, want that of the call of this day", n)
	}
}
