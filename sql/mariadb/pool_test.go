package mariadb_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/autodial"
	"trunkline/dialer/pacing"
	"trunkline/sql/mariadb"
)

// room is a server's floor: agents who wait, and calls that ring until they are
// let go. Its originator takes every call.
type room struct {
	*counter
	gone   int // of the placed calls
	looked int
}

func (r *room) looks() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.looked
}

func (r *room) Look(context.Context, dialer.CampaignID) (dialer.Floor, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.looked++
	return dialer.Floor{Ready: r.ready, Dialing: len(r.placed) - r.gone, Live: len(r.placed) - r.gone}, nil
}

// end lets the calls go, as if nobody had answered.
func (r *room) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gone = len(r.placed)
}

// up are the calls that have not been let go.
func (r *room) up() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.placed) - r.gone
}

func (r *room) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.placed)
}

// member is one server of a campaign: its autodial, its floor, its pacer.
type member struct {
	*room
	dial  *autodial.Autodial
	pacer *autodial.Pacer
	pool  *severed
}

// severed is the way to the other servers, which can be cut.
type severed struct {
	*mariadb.Pacing
	cut atomic.Bool
}

func (s *severed) Hold(ctx context.Context, name, holder string, epoch int64, ttl time.Duration) (int64, error) {
	if s.cut.Load() {
		return 0, dialer.ErrUnavailable
	}
	return s.Pacing.Hold(ctx, name, holder, epoch, ttl)
}

func (s *severed) Report(ctx context.Context, r autodial.Report) error {
	if s.cut.Load() {
		return dialer.ErrUnavailable
	}
	return s.Pacing.Report(ctx, r)
}

func (s *severed) Reports(ctx context.Context, id dialer.CampaignID, since time.Time) ([]autodial.Report, error) {
	if s.cut.Load() {
		return nil, dialer.ErrUnavailable
	}
	return s.Pacing.Reports(ctx, id, since)
}

func (s *severed) Allot(ctx context.Context, lease string, share autodial.Share) error {
	if s.cut.Load() {
		return dialer.ErrUnavailable
	}
	return s.Pacing.Allot(ctx, lease, share)
}

func (s *severed) Shares(ctx context.Context, id dialer.CampaignID) ([]autodial.Share, error) {
	if s.cut.Load() {
		return nil, dialer.ErrUnavailable
	}
	return s.Pacing.Shares(ctx, id)
}

// teamOf is a campaign on PROGRESSIVE with so many agents on each server.
func teamOf(t *testing.T, db *mariadb.DB, first dialer.Server, delivered bool, ready ...int) []member {
	t.Helper()
	err := db.Exec(t.Context(), `UPDATE campaigns SET dial_method = 'PROGRESSIVE'`)
	if err != nil {
		t.Fatal(err)
	}
	cut := make([]severed, len(ready))
	var team []member
	for i, n := range ready {
		server := first
		if i > 0 {
			server, err = mariadb.NewServers(db).Join(t.Context(), dialer.Server{Name: fmt.Sprint("tel", i+1)})
			if err != nil {
				t.Fatal(err)
			}
		}
		cut[i].Pacing = mariadb.NewPacing(db)
		m := member{room: &room{counter: newCounter(n)}, pool: &cut[i], pacer: autodial.NewPacer(autodial.PacerConfig{
			Server: server.ID, Memory: cut[i].Pacing, Pool: &cut[i], Holder: autodial.HolderName(server.ID, "one"), Delivered: func() (bool, []dialer.ServerID) { return delivered, nil },
		})}
		m.dial = autodialOn(db, server.ID, m.room, m.pacer)
		team = append(team, m)
	}
	return team
}

// run steps a member, often, until stop is closed.
func (m member) run(t *testing.T, wg *sync.WaitGroup, stop chan struct{}) {
	wg.Go(func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case now := <-tick.C:
				err := m.dial.Step(t.Context(), now.UTC())
				if err != nil && t.Context().Err() == nil {
					t.Log(err)
				}
			}
		}
	})
}

// until waits for a condition.
func until(t *testing.T, what string, ok func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Since(began) > time.Minute {
			t.Fatalf("never: %s", what)
		}
		<-tick.C
	}
	return time.Since(began)
}

// TestServersShareACampaign: one server decides, each dials for its own agents,
// and nobody more than once.
func TestServersShareACampaign(t *testing.T) {
	t.Parallel()
	db, first := stocked(t, 90, "+121255501%02d")
	team := teamOf(t, db, first, false, 3, 5)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for _, m := range team {
		m.run(t, &wg, stop)
	}
	defer func() { close(stop); wg.Wait() }()
	until(t, "both have dialed for their agents", func() bool { return team[0].count() == 3 && team[1].count() == 5 })
	for round := 2; round <= 4; round++ {
		for _, m := range team {
			m.end()
		}
		until(t, "both have dialed again", func() bool { return team[0].count() >= 3*round && team[1].count() >= 5*round })
		for i, want := range []int{3 * round, 5 * round} {
			if got := team[i].count(); got != want {
				t.Errorf("round %d: server %d has placed %d, want %d", round, i, got, want)
			}
		}
	}
	if n := count(t, db, `SELECT COUNT(*) FROM leases WHERE name = 'pacing-C1' AND expires_at > UTC_TIMESTAMP(3)`); n != 1 {
		t.Errorf("%d leases", n)
	}
	if n := count(t, db, `SELECT COUNT(DISTINCT epoch) FROM pacing_states`); n != 1 {
		t.Errorf("shares under %d epochs", n)
	}
}

// TestTakeover: the deciding server dies; another goes on within 5 s, knows the
// calls that are up, and places none twice.
func TestTakeover(t *testing.T) {
	t.Parallel()
	db, first := stocked(t, 90, "+121255501%02d")
	team := teamOf(t, db, first, false, 2, 4)
	var wg sync.WaitGroup
	alive, stop := make(chan struct{}), make(chan struct{})
	team[0].run(t, &wg, alive)
	until(t, "the first decides", func() bool { return team[0].count() == 2 })
	team[1].run(t, &wg, stop)
	defer func() { close(stop); wg.Wait() }()
	until(t, "the second follows", func() bool { return team[1].count() == 4 })
	close(alive) // it neither renews nor gives back
	if n := count(t, db, `SELECT COUNT(*) FROM leases WHERE name = 'pacing-C1' AND expires_at <= UTC_TIMESTAMP(3) + INTERVAL 3 SECOND`); n != 1 {
		t.Error("the lease lives longer than 3 s")
	}
	team[1].end()
	took := until(t, "the second dials again", func() bool { return team[1].count() > 4 })
	t.Logf("the second decided %.1f s after the first had died", took.Seconds())
	until(t, "its share is dialed", func() bool { return team[1].count() >= 8 })
	if epoch := count(t, db, `SELECT COALESCE(MAX(epoch), 0) FROM leases WHERE name = 'pacing-C1'`); epoch != 2 {
		t.Errorf("epoch %d after one takeover", epoch)
	}
	// Rounds in which all its agents have a call under way.
	looks := team[1].looks()
	until(t, "more rounds", func() bool { return team[1].looks() > looks+8 })
	if got := team[1].count(); got != 8 {
		t.Errorf("a burst: %d calls for four agents twice", got)
	}
}

// TestTakeoverKnowsWhatIsInTheAir: calls that the deciding server has placed, for
// any server's agents, count though it never reported them; not for longer than
// it would take to.
func TestTakeoverKnowsWhatIsInTheAir(t *testing.T) {
	t.Parallel()
	db, first := stocked(t, 20, "+121255501%02d")
	team := teamOf(t, db, first, true, 0, 3)
	for i, state := range []dialer.CallState{dialer.CallRinging, dialer.CallWaiting, dialer.CallTalking} {
		if err := db.Exec(t.Context(), fmt.Sprintf(`INSERT INTO calls (id, live, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, placed_at)
			VALUES (%d, 1, '%s', 'C1', 1, %d, '+1212555019%d', %d, 1, NOW())`, i+1, state, 100+i, i, first.ID)); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct{ after, want int }{{0, 1}, {2, 1}, {4, 3}} {
		if err := team[1].dial.Step(t.Context(), noon.Add(time.Duration(step.after)*time.Second)); err != nil {
			t.Fatal(err)
		}
		if got := team[1].count(); got != step.want {
			t.Errorf("%d s after the takeover it has placed %d calls for three agents, want %d", step.after, got, step.want)
		}
	}
}

// TestPartition: a server that is cut off from the others, be it the one that
// decides, stops when its lease has run out, and follows when the way is back.
func TestPartition(t *testing.T) {
	t.Parallel()
	db, first := stocked(t, 90, "+121255501%02d")
	team := teamOf(t, db, first, false, 2, 4)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	defer func() { close(stop); wg.Wait() }()
	team[0].run(t, &wg, stop)
	until(t, "the first decides", func() bool { return team[0].count() == 2 })
	team[1].run(t, &wg, stop)
	until(t, "the second follows", func() bool { return team[1].count() == 4 })

	team[0].pool.cut.Store(true)
	until(t, "the second decides", func() bool {
		return count(t, db, `SELECT COALESCE(MAX(epoch), 0) FROM leases WHERE name = 'pacing-C1'`) == 2
	})
	before := team[0].count()
	team[0].end()
	team[1].end()
	looks := team[0].looks()
	until(t, "the second dials", func() bool { return team[1].count() == 8 && team[0].looks() > looks+10 })
	if got := team[0].count(); got != before {
		t.Errorf("a server that is cut off has placed %d calls", got-before)
	}
	team[0].pool.cut.Store(false)
	until(t, "the first follows", func() bool { return team[0].count() == before+2 })
	if epoch := count(t, db, `SELECT MAX(epoch) FROM leases WHERE name = 'pacing-C1'`); epoch != 2 {
		t.Errorf("epoch %d: the one that came back has taken the lease", epoch)
	}
}

// TestOneTeam: where calls are delivered to any server, dials go to the server
// with the agents, and those that have no room there to another.
func TestOneTeam(t *testing.T) {
	t.Parallel()
	db, first := stocked(t, 90, "+121255501%02d")
	team := teamOf(t, db, first, true, 6, 0)
	err := db.Exec(t.Context(), fmt.Sprintf(`UPDATE servers SET cps = 200, max_trunks = IF(id = %d, 4, 20)`, first.ID))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for _, m := range team {
		m.run(t, &wg, stop)
	}
	defer func() { close(stop); wg.Wait() }()
	until(t, "six calls are placed", func() bool { return team[0].count()+team[1].count() >= 6 })
	// Which of the two decides is open, and when it first hears of the other.
	for team[0].count()+team[1].count() < 80 && team[1].count() == 0 || team[0].count() == 0 {
		want := team[0].count() + team[1].count() + 6
		until(t, "a report of the other", func() bool {
			return count(t, db, `SELECT COUNT(*) FROM pacing_reports`) > 0
		})
		team[0].end()
		team[1].end()
		until(t, "six more", func() bool { return team[0].count()+team[1].count() >= want })
		looks := team[0].looks() + team[1].looks()
		until(t, "more rounds", func() bool { return team[0].looks()+team[1].looks() > looks+10 })
		if up := team[0].up(); up > 4 {
			t.Errorf("%d calls on a server with room for 4", up)
		}
		if got := team[0].count() + team[1].count(); got != want {
			t.Errorf("%d calls for one team of six, want %d", got, want)
		}
	}
	if team[0].count() == 0 || team[1].count() == 0 {
		t.Errorf("of a team's calls one server has placed %d, the other %d", team[0].count(), team[1].count())
	}
}

// TestSuccessor: a listen that is started in the place of a killed one decides
// at once, and a server elsewhere does not take what is not its own.
func TestSuccessor(t *testing.T) {
	t.Parallel()
	db, server := stocked(t, 10, "+121255501%02d")
	store := mariadb.NewPacing(db)
	epoch, err := store.Hold(t.Context(), "pacing-C1", autodial.HolderName(server.ID, "killed"), 0, time.Hour)
	if err != nil || epoch != 1 {
		t.Fatal(epoch, err)
	}
	epoch, err = store.Inherit(t.Context(), "pacing-C1", autodial.HolderName(server.ID+10, ""), autodial.HolderName(server.ID+10, "other"), time.Hour)
	if err != nil || epoch != 0 {
		t.Fatalf("another server's listen has inherited: epoch %d, %v", epoch, err)
	}
	c := newCounter(3)
	pacer := autodial.NewPacer(autodial.PacerConfig{Server: server.ID, Memory: store, Pool: store, Holder: autodial.HolderName(server.ID, "next")})
	err = autodialWith(db, server.ID, c, pacer).Step(t.Context(), noon)
	if err != nil || len(c.sent) != 3 {
		t.Errorf("%d calls at the successor's first step, %v", len(c.sent), err)
	}
	if n := count(t, db, `SELECT epoch FROM leases WHERE name = 'pacing-C1'`); n != 2 {
		t.Errorf("epoch %d", n)
	}
}

// TestOvertaken: who slept through the end of the lease gives nothing any more.
func TestOvertaken(t *testing.T) {
	t.Parallel()
	db, server := stocked(t, 1, "+121255501%02d")
	store := mariadb.NewPacing(db)
	epoch, err := store.Hold(t.Context(), "pacing-C1", "one", 0, time.Minute)
	if err != nil || epoch != 1 {
		t.Fatal(epoch, err)
	}
	share := autodial.Share{Campaign: "C1", Server: server.ID, Mark: autodial.Mark{Epoch: 1, Seq: 1}, At: noon, Place: 2, Bound: pacing.BoundRisk, Reason: "2 dials"}
	err = store.Allot(t.Context(), "pacing-C1", share)
	if err != nil {
		t.Fatal(err)
	}
	err = store.End(t.Context(), "pacing-C1", "one", 1)
	if err != nil {
		t.Fatal(err)
	}
	epoch, err = store.Hold(t.Context(), "pacing-C1", "two", 0, time.Minute)
	if err != nil || epoch != 2 {
		t.Fatal(epoch, err)
	}
	share.Seq, share.Place = 2, 9
	err = store.Allot(t.Context(), "pacing-C1", share)
	if !errors.Is(err, dialer.ErrConflict) {
		t.Errorf("the overtaken holder's share: %v", err)
	}
	err = store.Keep(t.Context(), autodial.Record{Share: share, Lease: "pacing-C1", Learnt: &autodial.Learnt{Model: []byte("old"), Adapt: []byte{}}})
	if !errors.Is(err, dialer.ErrConflict) {
		t.Errorf("the overtaken holder's model: %v", err)
	}
	all, err := store.Shares(t.Context(), "C1")
	if err != nil || len(all) != 1 || all[0].Place != 2 {
		t.Errorf("%+v, %v", all, err)
	}
}
