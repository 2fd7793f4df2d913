package mariadb_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/autodial"
	"trunkline/sql/mariadb"
)

// counter is a floor with so many agents ready, and an originator that keeps
// what it was sent.
type counter struct {
	mu      sync.Mutex
	ready   int
	refuse  error
	away    bool
	placed  map[dialer.CallID]dialer.Call
	sent    []dialer.Origin
	failed  []dialer.CallID
	doubts  []dialer.CallID
	unknown int // originates of calls that the floor had not been told of
}

func (c *counter) Look(context.Context, dialer.CampaignID) (dialer.Floor, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return dialer.Floor{Ready: c.ready}, nil
}

func (c *counter) Place(calls []dialer.Call, _ dialer.Campaign) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, call := range calls {
		c.placed[call.ID] = call
	}
}

func (c *counter) Failed(id dialer.CallID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed = append(c.failed, id)
}

func (c *counter) Doubt(id dialer.CallID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.doubts = append(c.doubts, id)
}

func (c *counter) Changed() <-chan struct{} { return nil }

func (c *counter) Reachable() bool { return !c.away }

func (c *counter) Originate(_ context.Context, o dialer.Origin) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.placed[o.Call]; !ok {
		c.unknown++
	}
	if c.refuse != nil {
		return c.refuse
	}
	c.sent = append(c.sent, o)
	return nil
}

func newCounter(ready int) *counter {
	return &counter{ready: ready, placed: map[dialer.CallID]dialer.Call{}}
}

func autodialOf(db *mariadb.DB, server dialer.ServerID, c *counter) *autodial.Autodial {
	return autodialWith(db, server, c, nil)
}

func autodialWith(db *mariadb.DB, server dialer.ServerID, c *counter, p *autodial.Pacer) *autodial.Autodial {
	return autodialOn(db, server, c, p)
}

// line is both sides of an autodial.
type line interface {
	autodial.Floor
	autodial.Originator
}

func autodialOn(db *mariadb.DB, server dialer.ServerID, c line, p *autodial.Pacer) *autodial.Autodial {
	return autodial.New(autodial.Config{
		Pacer:  p,
		Server: server, Hopper: mariadb.NewHopperStore(db), Books: mariadb.NewCalls(db), Floor: c, Originator: c,
		IDs: dialer.NewIDs(server), Clock: new(dialer.Clock), Log: slog.New(slog.DiscardHandler),
	})
}

// stocked is a database whose hopper holds n leads of New York, on fictional
// numbers or on real-looking ones.
func stocked(t *testing.T, n int, number string) (*mariadb.DB, dialer.Server) {
	t.Helper()
	db := freshDB(t)
	server := join(t, db)
	var leads, hopper []string
	for i := range n {
		leads = append(leads, fmt.Sprintf("(%d, 1, 1, '"+number+"', '1', '', NOW())", i+1, i))
		hopper = append(hopper, fmt.Sprintf("('C1', %d, 1, NOW(), 'NEW', '"+number+"', 1)", i+1, i))
	}
	for _, s := range []string{
		`UPDATE servers SET cps = 200`,
		`INSERT INTO carriers (id, name, host, changed_at) VALUES (1, 'sim', '127.0.0.2', NOW())`,
		`INSERT INTO campaigns (id, name, active, carrier_id, caller_id, call_from_min, call_to_min, changed_at) VALUES ('C1', 'One', TRUE, 1, '12125550100', 0, 1440, NOW())`,
		`INSERT INTO lists (id, campaign_id, name, created_at) VALUES (1, 'C1', 'L', NOW())`,
		`INSERT INTO zone_sets (id, zones) VALUES (1, 'America/New_York;US')`,
		`INSERT INTO leads (id, list_id, zone_set, e164, phone_code, phone_number, created_at) VALUES ` + strings.Join(leads, ","),
		`INSERT INTO hopper (campaign_id, lead_id, list_id, added_at, status, e164, zone_set) VALUES ` + strings.Join(hopper, ","),
	} {
		if err := db.Exec(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	return db, server
}

// TestNobodyIsDialedTwice lets four autodials, as of four servers, empty one
// hopper together.
func TestNobodyIsDialedTwice(t *testing.T) {
	t.Parallel()
	const leads = 100
	db, first := stocked(t, leads, "+121255501%02d")
	servers := mariadb.NewServers(db)
	var autodials []*autodial.Autodial
	var counters []*counter
	for i := range 4 {
		server := first
		if i > 0 {
			var err error
			server, err = servers.Join(t.Context(), dialer.Server{Name: fmt.Sprint("tel", i+1)})
			if err != nil {
				t.Fatal(err)
			}
		}
		c := newCounter(3)
		counters, autodials = append(counters, c), append(autodials, autodialOf(db, server.ID, c))
	}
	var wg sync.WaitGroup
	for _, a := range autodials {
		wg.Go(func() {
			for step := range 60 {
				if err := a.Step(t.Context(), noon.Add(time.Duration(step)*time.Second)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	sent := map[string]int{}
	for _, c := range counters {
		for _, o := range c.sent {
			sent[o.E164]++
		}
		if c.unknown > 0 {
			t.Errorf("%d calls were sent before listen knew them", c.unknown)
		}
	}
	for number, n := range sent {
		if n != 1 {
			t.Errorf("%s was dialed %d times", number, n)
		}
	}
	if len(sent) != leads {
		t.Errorf("%d leads dialed, want %d", len(sent), leads)
	}
	if n := count(t, db, `SELECT COUNT(*) FROM calls`); n != leads {
		t.Errorf("%d calls in the books", n)
	}
	if n := count(t, db, `SELECT COUNT(*) FROM hopper`); n != 0 {
		t.Errorf("%d rows left in the hopper", n)
	}
}

// TestComplianceIsAskedAgain: what changed while a lead sat in the hopper
// counts at the moment of dialing.
func TestComplianceIsAskedAgain(t *testing.T) {
	t.Parallel()
	t.Run("DNC", func(t *testing.T) {
		t.Parallel()
		db, server := stocked(t, 3, "+121255501%02d")
		if err := db.Exec(t.Context(), `INSERT INTO dnc (e164, source, added_at) VALUES ('+12125550101', 'agent', NOW())`); err != nil {
			t.Fatal(err)
		}
		c := newCounter(10)
		if err := autodialOf(db, server.ID, c).Step(t.Context(), noon); err != nil {
			t.Fatal(err)
		}
		if len(c.sent) != 2 {
			t.Errorf("%d calls, want 2: one number is on the DNC", len(c.sent))
		}
		for _, o := range c.sent {
			if o.E164 == "+12125550101" {
				t.Error("a number on the DNC was dialed")
			}
		}
		if n := count(t, db, `SELECT COUNT(*) FROM hopper`); n != 0 {
			t.Errorf("%d rows left: the refused lead stays in the way", n)
		}
	})
	t.Run("hours", func(t *testing.T) {
		t.Parallel()
		db, server := stocked(t, 3, "+121225501%02d") // not a fictional exchange
		c := newCounter(10)
		night := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) // 03:00 in New York
		if err := autodialOf(db, server.ID, c).Step(t.Context(), night); err != nil {
			t.Fatal(err)
		}
		if len(c.sent) != 0 || count(t, db, `SELECT COUNT(*) FROM calls`) != 0 {
			t.Errorf("%d calls to New York at three in the morning", len(c.sent))
		}
		if n := count(t, db, `SELECT SUM(called_count) FROM leads`); n != 0 {
			t.Error("leads that were not called count as called")
		}
	})
}

// lostAnswer commits, or not, and in both cases gives no answer.
type lostAnswer struct {
	*mariadb.Calls
	commits bool
	losing  bool
}

func (b *lostAnswer) Commit(ctx context.Context, calls []dialer.Call) ([]dialer.LeadID, error) {
	if b.losing && !b.commits {
		return nil, dialer.ErrUnavailable
	}
	late, err := b.Calls.Commit(ctx, calls)
	if b.losing && err == nil {
		return nil, dialer.ErrUnavailable
	}
	return late, err
}

// TestCommitWithoutAnswer: the calls may be in the books and are not sent; the
// floor is told of each, for the PBX to be asked.
func TestCommitWithoutAnswer(t *testing.T) {
	t.Parallel()
	for name, commits := range map[string]bool{"committed": true, "not committed": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, server := stocked(t, 3, "+121255501%02d")
			c, books := newCounter(10), &lostAnswer{mariadb.NewCalls(db), commits, true}
			a := autodial.New(autodial.Config{
				Server: server.ID, Hopper: mariadb.NewHopperStore(db), Books: books, Floor: c, Originator: c,
				IDs: dialer.NewIDs(server.ID), Clock: new(dialer.Clock), Log: slog.New(slog.DiscardHandler),
			})
			if err := a.Step(t.Context(), noon); !errors.Is(err, dialer.ErrUnavailable) || len(c.sent) != 0 {
				t.Fatalf("%d calls sent without a commit's answer, %v", len(c.sent), err)
			}
			if len(c.doubts) != 3 || len(c.placed) != 3 {
				t.Errorf("the floor knows %d calls and doubts %d, want 3", len(c.placed), len(c.doubts))
			}
			books.losing = false
			if err := a.Step(t.Context(), noon.Add(2*time.Second)); err != nil {
				t.Fatal(err)
			}
			want := 3
			if commits {
				want = 0 // theirs was the hopper's row
			}
			if len(c.sent) != want {
				t.Errorf("%d calls sent in the end, want %d", len(c.sent), want)
			}
		})
	}
}

func TestDialingStopsAndSaysSo(t *testing.T) {
	t.Parallel()
	db, server := stocked(t, 40, "+121255501%02d")
	c := newCounter(10)
	a := autodialOf(db, server.ID, c)

	c.away = true
	if err := a.Step(t.Context(), noon); err != nil || len(c.placed) != 0 {
		t.Fatalf("without Asterisk %d calls were committed, %v", len(c.placed), err)
	}
	c.away = false
	if err := db.Exec(t.Context(), `UPDATE servers SET skew_ms = -6000`); err != nil {
		t.Fatal(err)
	}
	if err := a.Step(t.Context(), noon.Add(2*time.Second)); err != nil || len(c.placed) != 0 {
		t.Fatalf("with a clock 6 s off %d calls were committed, %v", len(c.placed), err)
	}
	if err := db.Exec(t.Context(), `UPDATE servers SET skew_ms = 0, cps = 8`); err != nil {
		t.Fatal(err)
	}
	if err := a.Step(t.Context(), noon.Add(4*time.Second)); err != nil || len(c.sent) != 8 {
		t.Fatalf("at 8 calls a second one step sent %d, want a second's worth; %v", len(c.sent), err)
	}
	c.refuse = errors.New("no such endpoint")
	if err := a.Step(t.Context(), noon.Add(6*time.Second)); err != nil || len(c.failed) == 0 {
		t.Fatalf("a refused originate is not told to the floor; %v", err)
	}
	before := len(c.placed)
	if err := a.Step(t.Context(), noon.Add(8*time.Second)); err != nil || len(c.placed) != before {
		t.Errorf("the campaign does not rest after a refusal, %v", err)
	}
	if err := a.Step(t.Context(), noon.Add(12*time.Second)); err != nil || len(c.placed) == before {
		t.Errorf("the campaign rests for ever, %v", err)
	}
}

// TestOriginateWithoutAnAnswer is no refusal: the campaign goes on.
func TestOriginateWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	db, server := stocked(t, 4, "+121255501%02d")
	c := newCounter(10)
	c.refuse = dialer.ErrInDoubt
	if err := autodialOf(db, server.ID, c).Step(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	if len(c.failed) != 0 || len(c.doubts) == 0 || len(c.doubts) != len(c.placed) {
		t.Errorf("%d failed, %d in doubt of %d", len(c.failed), len(c.doubts), len(c.placed))
	}
}

// TestTwoBatchesOfAStep: while a campaign's calls are sent the next campaign's
// are prepared, and what became of either is told.
func TestTwoBatchesOfAStep(t *testing.T) {
	t.Parallel()
	db, server := stocked(t, 8, "+121255501%02d")
	for _, s := range []string{
		`INSERT INTO campaigns (id, name, active, carrier_id, call_from_min, call_to_min, changed_at) VALUES ('C2', 'Two', TRUE, 1, 0, 1440, NOW())`,
		`INSERT INTO lists (id, campaign_id, name, created_at) VALUES (2, 'C2', 'L', NOW())`,
		`UPDATE leads SET list_id = 2 WHERE id > 4`,
		`UPDATE hopper SET campaign_id = 'C2', list_id = 2 WHERE lead_id > 4`,
	} {
		if err := db.Exec(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	c := newCounter(10)
	c.refuse = errors.New("no such endpoint")
	if err := autodialOf(db, server.ID, c).Step(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	campaigns := map[dialer.CampaignID]int{}
	for _, id := range c.failed {
		campaigns[c.placed[id].CampaignID]++
	}
	if len(c.failed) != len(c.placed) || campaigns["C1"] == 0 || campaigns["C2"] == 0 {
		t.Errorf("%d of %d calls failed to the floor's knowledge, by campaign %v", len(c.failed), len(c.placed), campaigns)
	}
}

// TestPacingKnowsTheEndOfTheDay: until when the leads that were dialed may be
// called is what pacing takes for the end of dialing.
func TestPacingKnowsTheEndOfTheDay(t *testing.T) {
	t.Parallel()
	db, server := stocked(t, 40, "+121225501%02d") // New York's hours hold: no fiction
	if err := db.Exec(t.Context(), `UPDATE campaigns SET dial_method = 'PREDICTIVE', call_from_min = 540, call_to_min = 1200`); err != nil {
		t.Fatal(err)
	}
	memory := mariadb.NewPacing(db)
	pacer := autodial.NewPacer(autodial.PacerConfig{Server: server.ID, Memory: memory, Pool: memory, Holder: autodial.HolderName(server.ID, "one")})
	c := newCounter(2)
	a := autodialWith(db, server.ID, c, pacer)
	at := time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC) // noon there
	for _, at := range []time.Time{at, at.Add(6 * time.Minute)} {
		if err := a.Step(t.Context(), at); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.sent) == 0 {
		t.Fatal("nobody was dialed")
	}
	all, err := memory.Logged(t.Context(), "C1", at.Add(-time.Hour), at.Add(time.Hour), 10)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(all) // the first comes last
	var ends []time.Time
	for _, d := range all {
		d, err := memory.LoggedByID(t.Context(), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		var sample autodial.Sample
		if err := json.Unmarshal(d.Input, &sample); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, sample.Servers[0].DialEnd)
	}
	want := time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC) // eight in the evening there
	if len(ends) != 2 || !ends[0].IsZero() || !ends[1].Equal(want) {
		t.Errorf("the day ends at %v in what was decided upon; before the first call nobody knows, then it is %s", ends, want)
	}
}

// TestNothingLeavesAfterItsWindow: the last calls of a batch are sent up to a
// second after the rules were asked, and the window ends within it.
func TestNothingLeavesAfterItsWindow(t *testing.T) {
	t.Parallel()
	for before, want := range map[time.Duration]int{2 * time.Second: 1, 500 * time.Millisecond: 0} {
		db, server := stocked(t, 1, "+121255501%02d")
		if err := db.Exec(t.Context(), `UPDATE campaigns SET call_to_min = 720`); err != nil {
			t.Fatal(err)
		}
		c := newCounter(1)
		if err := autodialOf(db, server.ID, c).Step(t.Context(), noon.Add(-before)); err != nil {
			t.Fatal(err)
		}
		if len(c.sent) != want {
			t.Errorf("%s before the window's end: %d were sent, want %d", before, len(c.sent), want)
		}
	}
}

// TestCampaignsTakeTurns: two campaigns want more than the server may place, and
// each gets its share.
func TestCampaignsTakeTurns(t *testing.T) {
	t.Parallel()
	db, server := stocked(t, 20, "+121255501%02d")
	for _, query := range []string{
		`INSERT INTO campaigns (id, name, active, dial_method, dial_level, carrier_id, caller_id, call_from_min, call_to_min, dial_statuses, changed_at)
			SELECT 'C2', name, active, dial_method, dial_level, carrier_id, caller_id, call_from_min, call_to_min, dial_statuses, changed_at FROM campaigns WHERE id = 'C1'`,
		`UPDATE servers SET cps = 2`,
		`INSERT INTO lists (id, campaign_id, name, active, created_at) VALUES (2, 'C2', 'other', TRUE, NOW())`,
		`UPDATE leads SET list_id = 2 WHERE id > 10`,
		`UPDATE hopper SET campaign_id = 'C2', list_id = 2 WHERE lead_id > 10`,
	} {
		if err := db.Exec(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	c := newCounter(20)
	a := autodialOf(db, server.ID, c)
	for i := range 6 {
		if err := a.Step(t.Context(), noon.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	for _, campaign := range []string{"C1", "C2"} {
		if n := count(t, db, `SELECT COUNT(*) FROM calls WHERE campaign_id = ?`, campaign); n < 4 {
			t.Errorf("%s placed %d of %d calls", campaign, n, count(t, db, `SELECT COUNT(*) FROM calls`))
		}
	}
}
