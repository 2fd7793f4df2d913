package hopper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
)

// world is all that a filler needs, in memory: one campaign whose list holds
// the candidates.
type world struct {
	campaigns  []Campaign
	sets       []ZoneSet
	candidates []Candidate
	inserted   []dialer.LeadID
	fences     []Fence
	swept      atomic.Int32
	purged     atomic.Int32
	old        atomic.Int32 // events past their life
	down       atomic.Bool  // the database does not answer
	hangs      atomic.Bool  // it takes questions and says nothing
	asked      atomic.Int32

	sessionsPurged atomic.Int32
	attempts       map[string][]compliance.Attempt // by number

	mu       sync.Mutex // guards the lease
	holder   string
	epoch    int64
	expires  time.Time
	renewals int
}

func (w *world) Now(ctx context.Context) (time.Time, error) {
	w.asked.Add(1)
	if w.hangs.Load() {
		<-ctx.Done()
		return time.Time{}, ctx.Err()
	}
	if w.down.Load() {
		return time.Time{}, errors.New("no database")
	}
	return time.Now().UTC(), nil
}

func (w *world) Campaigns(context.Context, time.Time) ([]Campaign, error) {
	return w.campaigns, nil
}
func (w *world) ZoneSets(context.Context) ([]ZoneSet, error) { return w.sets, nil }

func (w *world) Rows(context.Context, dialer.CampaignID) ([]Row, error) {
	rows := make([]Row, len(w.inserted))
	for i, id := range w.inserted {
		rows[i] = Row{ID: int64(id), Lead: id, Source: Standard}
		for _, c := range w.candidates {
			if c.ID == id {
				rows[i].Number, rows[i].ZoneSet = c.E164, c.ZoneSet
			}
		}
	}
	return rows, nil
}

func (w *world) Groups(_ context.Context, lists []dialer.ListID, statuses []dialer.Status) ([]Extent, error) {
	var all []Extent
	for _, s := range w.sets {
		e := Extent{Group: Group{List: lists[0], Status: statuses[0], ZoneSet: s.ID}}
		for _, c := range w.candidates {
			if c.ZoneSet == s.ID {
				if e.First == 0 {
					e.First = c.ID
				}
				e.Last = c.ID
			}
		}
		if e.First > 0 {
			all = append(all, e)
		}
	}
	return all, nil
}

func (w *world) Read(_ context.Context, spans []Span) ([]Entry, error) {
	var all []Entry
	for i, span := range spans {
		n := 0
		for _, c := range w.candidates {
			if c.ZoneSet == span.ZoneSet && c.ID > span.After && n < span.Limit {
				all = append(all, Entry{Span: i, ID: c.ID, ZoneSet: c.ZoneSet})
				n++
			}
		}
	}
	return all, nil
}

func (w *world) GroupsOf(context.Context, []dialer.LeadID) (map[dialer.LeadID]Group, error) {
	panic("not asked in these tests")
}
func (w *world) Weigh(context.Context, []Group) ([]int, error) { panic("not asked in these tests") }
func (w *world) Sorted(context.Context, Set, Order, int) ([]dialer.LeadID, error) {
	panic("not asked in these tests")
}
func (w *world) Latest(context.Context) (Latest, error) { return Latest{}, nil }

func (w *world) News(context.Context, *Rules, Latest, Latest, int) ([]dialer.LeadID, error) {
	return nil, nil
}

func (w *world) Passing(context.Context, Filter, []dialer.LeadID) ([]dialer.LeadID, error) {
	panic("not asked in these tests")
}
func (w *world) Callbacks(context.Context, dialer.CampaignID, time.Time, int) ([]dialer.LeadID, error) {
	return nil, nil
}

func (w *world) Alternates(context.Context, dialer.CampaignID, []dialer.Status, int, int, time.Time) ([]FurtherNumber, error) {
	panic("not asked in these tests")
}
func (w *world) AlternatesSaid(context.Context, dialer.CampaignID, []dialer.Status, int, int, time.Time, time.Time) ([]FurtherNumber, error) {
	panic("not asked in these tests")
}
func (w *world) DNC(context.Context, dialer.CampaignID, []string) (map[string]bool, error) {
	panic("not asked in these tests")
}

func (w *world) Judge(_ context.Context, _ Campaign, leads []dialer.LeadID) ([]Candidate, error) {
	var all []Candidate
	for _, c := range w.candidates {
		if slices.Contains(leads, c.ID) {
			c.List, c.Status = 101, "NEW"
			all = append(all, c)
		}
	}
	return all, nil
}

func (w *world) Histories(_ context.Context, e164s []string, _ time.Time) (map[string]*compliance.History, error) {
	known := map[string]*compliance.History{}
	for _, e := range e164s {
		known[e] = &compliance.History{Attempts: w.attempts[e]}
	}
	return known, nil
}

func (w *world) Insert(_ context.Context, _ dialer.CampaignID, picks []Pick, fence Fence, _ time.Time) (int, error) {
	for _, p := range picks {
		w.inserted = append(w.inserted, p.ID)
	}
	w.fences = append(w.fences, fence)
	return len(picks), nil
}

func (w *world) RemoveStopped(context.Context) (int, error) { return 0, nil }
func (w *world) RemoveStale(context.Context, *Rules) (int, error) {
	w.swept.Add(1)
	return 0, nil
}
func (w *world) RemoveRows(_ context.Context, ids []int64) (int, error) {
	w.inserted = slices.DeleteFunc(w.inserted, func(id dialer.LeadID) bool { return slices.Contains(ids, int64(id)) })
	return len(ids), nil
}
func (w *world) ReleaseCallbacks(context.Context, time.Time) (int, error)      { return 0, nil }
func (w *world) FreeClaims(context.Context, time.Time, time.Time) (int, error) { return 0, nil }
func (w *world) PurgeEvents(_ context.Context, _ time.Time, limit int) (int, error) {
	w.purged.Add(1)
	n := min(int(w.old.Load()), limit)
	w.old.Add(int32(-n))
	return n, nil
}
func (w *world) PurgeIntents(context.Context, time.Time, int) (int, error) { return 0, nil }
func (w *world) PurgeSessions(context.Context, time.Time, int) (int, error) {
	w.sessionsPurged.Add(1)
	return 0, nil
}

// Hold is the lease as the database keeps it, on the bubble's clock.
func (w *world) Hold(_ context.Context, _, holder string, epoch int64, ttl time.Duration) (int64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch now := time.Now(); {
	case w.holder == holder && w.epoch == epoch && epoch != 0:
		w.renewals++
		w.expires = now.Add(ttl)
	case !now.Before(w.expires):
		w.holder, w.expires = holder, now.Add(ttl)
		w.epoch++
	default:
		return 0, nil
	}
	return w.epoch, nil
}

func (w *world) End(_ context.Context, _, holder string, epoch int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.holder == holder && w.epoch == epoch {
		w.expires = time.Now()
	}
	return nil
}

// lease is who holds it, under which epoch, until when, and how often it was
// renewed.
func (w *world) lease() (holder string, epoch int64, expires time.Time, renewals int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.holder, w.epoch, w.expires, w.renewals
}

// line is a filler's connection to the lease, which can be cut.
type line struct {
	*world
	cut atomic.Bool
}

func (l *line) Hold(ctx context.Context, name, holder string, epoch int64, ttl time.Duration) (int64, error) {
	if l.cut.Load() {
		return 0, errors.New("cut off")
	}
	return l.world.Hold(ctx, name, holder, epoch, ttl)
}

func (l *line) End(ctx context.Context, name, holder string, epoch int64) error {
	if l.cut.Load() {
		return errors.New("cut off")
	}
	return l.world.End(ctx, name, holder, epoch)
}

func (w *world) filler(holder string, log *slog.Logger) *Filler {
	return New(Config{Holder: holder, Campaigns: w, Store: w, Sweeper: w, Old: w, Lease: w, Clock: w, Log: log})
}

func inSet(zone int) Facts { return Facts{Group: Group{ZoneSet: zone}} }

var quiet = slog.New(slog.DiscardHandler)

func campaign() Campaign {
	return Campaign{Campaign: dialer.Campaign{ID: "C1", Active: true, CallerID: "12125550100", DialLevel: 1, DialTimeout: 30, HopperLevel: 5, CallTo: 1440, DialStatuses: "NEW"}, Lists: []List{{ID: 101, Active: true}}, Ready: 1}
}

func TestLevel(t *testing.T) {
	for _, test := range []struct {
		c    dialer.Campaign
		agts int
		want int
	}{
		{dialer.Campaign{HopperLevel: 7, DialLevel: 5, DialTimeout: 30}, 100, 7},
		{dialer.Campaign{DialLevel: 3, DialTimeout: 25}, 0, 50},
		{dialer.Campaign{DialLevel: 3, DialTimeout: 25}, 20, 144},
		{dialer.Campaign{DialLevel: 3, DialTimeout: 26}, 20, 139}, // 138.46 rounded up
		{dialer.Campaign{DialLevel: 0, DialTimeout: 30}, 40, 80},
		{dialer.Campaign{DialLevel: 20, DialTimeout: 0}, 1000, 20000},
	} {
		if got := Level(Campaign{Campaign: test.c, Agents: test.agts}); got != test.want {
			t.Errorf("%+v with %d agents: level %d, want %d", test.c, test.agts, got, test.want)
		}
	}
}

func TestFillMergesByIDAndAsksCompliance(t *testing.T) {
	now := time.Date(2026, 11, 23, 17, 30, 0, 0, time.UTC) // 12:30 in New York, 07:30 in Honolulu
	w := &world{
		sets: []ZoneSet{{1, "America/New_York;US"}, {2, "America/Los_Angeles;US"}, {3, "Pacific/Honolulu;US"}},
	}
	for i := range 200 {
		c := Candidate{ID: dialer.LeadID(i + 1), E164: fmt.Sprintf("+1212234%04d", i)}
		c.ZoneSet = 1
		if i%3 == 1 {
			c.E164, c.ZoneSet = fmt.Sprintf("+1310234%04d", i), 2
		}
		if i%50 == 0 {
			c.E164, c.ZoneSet = fmt.Sprintf("+1808234%04d", i), 3
		}
		w.candidates = append(w.candidates, c)
	}
	// A lead whose set says New York but whose number is none that can be called:
	// compliance sees it.
	w.candidates[1].State, w.candidates[1].E164, w.candidates[1].ZoneSet = "HI", "bad", 1
	// Another lead of the same number waits for its turn.
	w.candidates[5].E164 = w.candidates[2].E164
	c := campaign()
	c.HopperLevel = 80
	f, err := Fill(t.Context(), w, RulesAt(c, w.sets, now), Fence{}, nil)
	if err != nil || f.Inserted != 80 || f.Held[BadNumber] != 1 || f.Held[InHopper] != 1 {
		t.Errorf("%+v, %v", f, err)
	}
	if len(w.inserted) != 80 || !slices.IsSorted(w.inserted) || w.inserted[0] != 3 || slices.Contains(w.inserted, 51) || w.inserted[79] != 84 {
		t.Errorf("inserted %v", w.inserted)
	}
	if f, err := Fill(t.Context(), w, RulesAt(c, w.sets, now), Fence{}, nil); err != nil || f.Inserted != 0 || f.Seen != 0 {
		t.Errorf("a full hopper: %+v, %v", f, err)
	}
}

func TestOneFillerWorksAndAnotherTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{campaigns: []Campaign{campaign()}, sets: []ZoneSet{{1, "America/New_York;FICTION-555,US"}}}
		start := func(holder string) (l *line, stop func()) {
			l = &line{world: w}
			f := w.filler(holder, quiet)
			f.Lease = l
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { done <- f.Run(ctx) }()
			return l, func() {
				cancel()
				if err := <-done; err != nil {
					t.Errorf("%s ended with %v", holder, err)
				}
			}
		}
		lineA, stopA := start("a")
		time.Sleep(time.Second)
		_, stopB := start("b")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		holder, epoch, _, before := w.lease()
		if holder != "a" || epoch != 1 {
			t.Fatalf("%s holds epoch %d", holder, epoch)
		}
		if n, p := w.swept.Load(), w.purged.Load(); n < 8 || n > 14 || p < 1 || p > 2 {
			t.Errorf("%d rounds in 11 seconds, %d times purged", n, p)
		}
		// a is cut off just after a renewal: it cannot renew nor give back.
		for renewals := before; renewals == before; _, _, _, renewals = w.lease() {
			time.Sleep(10 * time.Millisecond)
		}
		lineA.cut.Store(true)
		died := time.Now()
		for holder == "a" && time.Since(died) < time.Minute {
			time.Sleep(10 * time.Millisecond)
			holder, _, _, _ = w.lease()
		}
		if d := time.Since(died); d > 5*time.Second {
			t.Errorf("taken over after %v", d)
		}
		lineA.cut.Store(false)
		time.Sleep(2 * time.Second)
		stopA()
		holder, epoch, expires, _ := w.lease()
		if holder != "b" || epoch != 2 || !time.Now().Before(expires) {
			t.Errorf("the one that was overtaken disturbed its successor: %s holds epoch %d until %v", holder, epoch, expires)
		}
		stopB()
		if _, _, expires, _ = w.lease(); time.Now().Before(expires) {
			t.Error("a filler that stopped in good order kept its lease")
		}
	})
}

func TestFillerGoesOnAfterErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		w := &world{}
		w.down.Store(true)
		var steps atomic.Int32
		f := w.filler("a", slog.New(slog.NewTextHandler(&log, nil)))
		f.Stepped = func() { steps.Add(1) }
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- f.Run(ctx) }()
		time.Sleep(5 * time.Second)
		if steps.Load() != 0 {
			t.Error("steps without a database")
		}
		w.down.Store(false)
		time.Sleep(3 * time.Second)
		if steps.Load() == 0 {
			t.Error("no step once the database was back")
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if n := strings.Count(log.String(), "no database"); n != 1 || !strings.Contains(log.String(), "works again") {
			t.Errorf("said %d times:\n%s", n, &log)
		}
	})
}

// A database that hangs (a stopped process, a dead network) does not hold the
// filler up: each round ends by its deadline, and the first after it works.
func TestFillerEndsARoundThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		w := &world{}
		var steps atomic.Int32
		f := w.filler("a", slog.New(slog.NewTextHandler(&log, nil)))
		f.Stepped = func() { steps.Add(1) }
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- f.Run(ctx) }()
		time.Sleep(2 * time.Second)
		w.hangs.Store(true)
		time.Sleep(roundLimit)
		for range 5 {
			before := w.asked.Load()
			time.Sleep(roundLimit + 2*time.Second)
			if w.asked.Load() == before {
				t.Error("no round within 5 seconds: a supervisor would take it for stuck")
			}
		}
		w.hangs.Store(false)
		before := steps.Load()
		time.Sleep(roundLimit + 2*time.Second)
		if steps.Load() == before {
			t.Error("no step once the database answered again")
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if n := strings.Count(log.String(), "deadline exceeded"); n != 1 {
			t.Errorf("said %d times:\n%s", n, &log)
		}
	})
}

func TestFillerPurgesRarelyWhatNoIndexLeadsTo(t *testing.T) {
	w := &world{}
	f := w.filler("a", quiet)
	now := time.Date(2026, 11, 23, 17, 30, 0, 0, time.UTC)
	for _, after := range []time.Duration{0, time.Second, purgeRarely - time.Second, purgeRarely} {
		if err := f.Step(t.Context(), now.Add(after)); err != nil {
			t.Fatal(err)
		}
	}
	if w.purged.Load() != 3 || w.sessionsPurged.Load() != 2 {
		t.Errorf("events purged %d times and sessions %d times, want 3 and 2", w.purged.Load(), w.sessionsPurged.Load())
	}
}

// TestFillerRestsFromPurging: where little is old it looks every ten seconds, and
// with each step while there is more than a batch.
func TestFillerRestsFromPurging(t *testing.T) {
	w := &world{}
	f := w.filler("a", quiet)
	now := time.Date(2026, 11, 23, 17, 30, 0, 0, time.UTC)
	step := func() int {
		before := w.purged.Load()
		if err := f.Step(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Second)
		return int(w.purged.Load() - before)
	}
	w.old.Store(2500)
	for second, want := range []int{3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0} {
		if got := step(); got != want {
			t.Errorf("second %d: %d batches, want %d", second, got, want)
		}
	}
	now = now.Add(-time.Hour) // the clock was set
	if step() != 1 {
		t.Error("it waits for a time that is an hour away")
	}
}

func TestStepInsertsUnderItsFence(t *testing.T) {
	now := time.Date(2026, 11, 23, 17, 30, 0, 0, time.UTC)
	w := &world{campaigns: []Campaign{campaign()}, sets: []ZoneSet{{1, "America/New_York;US"}}, candidates: []Candidate{{ID: 1, E164: "+12122340000", Facts: inSet(1)}}}
	f := w.filler("a", quiet)
	if err := f.Step(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(w.fences, []Fence{{LeaseName, 1}}) {
		t.Errorf("inserted under %v", w.fences)
	}
	b := w.filler("b", quiet)
	if err := b.Step(t.Context(), now); err != nil || len(w.fences) != 1 {
		t.Errorf("one without the lease inserted, %v", err)
	}
}

func TestDryHopperIsSaidOnce(t *testing.T) {
	now := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	var log bytes.Buffer
	w := &world{campaigns: []Campaign{campaign()}}
	f := w.filler("a", slog.New(slog.NewTextHandler(&log, nil)))
	step := func(want string, times int) {
		t.Helper()
		for range 3 {
			if err := f.Step(t.Context(), now); err != nil {
				t.Fatal(err)
			}
		}
		if n := strings.Count(log.String(), want); n != times {
			t.Errorf("%q was said %d times, want %d:\n%s", want, n, times, &log)
		}
	}
	w.campaigns[0].Lists = nil
	step("no active list", 1)
	w.campaigns[0].Lists = []List{{ID: 101, Active: true}}
	step("No lead of its active lists", 1)
	w.sets = []ZoneSet{{1, "America/New_York;US"}}
	w.candidates = []Candidate{{ID: 1, E164: "+12122340000", Facts: inSet(1)}}
	step("outside calling hours for every lead; the next may be called at Mon 13:00 UTC", 1)
	now = now.Add(10 * time.Hour)
	step("agents are ready", 3) // there is something to dial: nothing new to say
	now = now.Add(-10 * time.Hour)
	w.inserted = nil // swept
	step("outside calling hours", 2)
	w.campaigns[0].Ready = 0
	w.campaigns[0].DialStatuses = ""
	step("agents are ready", 4) // nobody waits: nothing to say
}

func TestWindowsOfListsWithTheSameHoursStandTogether(t *testing.T) {
	sets := []ZoneSet{{3, compliance.ZoneSet("America/New_York;US")}, {4, "Pacific/Honolulu;US"}, {9, "America/Los_Angeles;US"}}
	c := campaign()
	from := 10 * 60
	c.Lists = append(c.Lists, List{ID: 102, Active: true, CallFrom: &from}, List{ID: 103})
	got := RulesAt(c, sets, time.Date(2026, 11, 23, 17, 30, 0, 0, time.UTC)).Windows()
	want := []Window{{Lists: []dialer.ListID{101, 103}, Open: []int{3, 9}}, {Lists: []dialer.ListID{102}, Open: []int{3}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestFillKnowsTheNumbers(t *testing.T) {
	now := time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC)
	w := &world{
		sets: []ZoneSet{{1, "America/New_York;US"}},
		candidates: []Candidate{{ID: 1, E164: "+12122340001", Facts: inSet(1)}, {ID: 2, E164: "+12122340002", Facts: inSet(1)},
			{ID: 3, E164: "+12122340002", Facts: inSet(1)}, {ID: 4, E164: "+12122340003", Facts: Facts{Group: Group{ZoneSet: 1, Calls: 5}}}},
		attempts: map[string][]compliance.Attempt{"+12122340001": {{At: now.Add(-time.Hour), Ended: now.Add(-time.Hour)}}},
	}
	c := campaign()
	c.MaxPer24h, c.MaxAttempts = 1, 5
	f, err := Fill(t.Context(), w, RulesAt(c, w.sets, now), Fence{}, nil)
	if err != nil || !slices.Equal(w.inserted, []dialer.LeadID{2}) || f.Held[NumberHeld] != 1 || f.Held[InHopper] != 1 || f.Held[LimitUsed] != 1 {
		t.Errorf("inserted %v of %+v, %v; want lead 2 alone: 1 was called, 3 has the number of 2, 4 was called often enough", w.inserted, f, err)
	}
}

// TestListEndsByTheCalleesClock: a list's last day is over where the callee is, not
// where the dialer is. A callee who may be in two zones has seen it end in the first.
func TestListEndsByTheCalleesClock(t *testing.T) {
	sets := []ZoneSet{{1, "Europe/London;GB"}, {2, "America/New_York;US"}, {3, "America/Chicago,America/New_York;US"}, {4, "Pacific/Honolulu;US"}, {5, ";CA,US"}}
	last := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	c := campaign()
	c.Lists = []List{{ID: 101, Active: true, ExpiresOn: &last}}
	for now, want := range map[string][]int{
		"2026-11-23T12:00:00Z": nil,
		"2026-11-23T23:59:59Z": nil,
		"2026-11-24T00:00:00Z": {1},
		"2026-11-24T04:00:00Z": {1, 5}, // in Puerto Rico, where an unknown number may be
		"2026-11-24T05:00:00Z": {1, 2, 3, 5},
		"2026-11-24T09:30:00Z": {1, 2, 3, 5}, // half past nine in London: nobody there is called any more
		"2026-11-24T10:00:00Z": {1, 2, 3, 4, 5},
		"2026-11-24T12:00:00Z": {1, 2, 3, 4, 5},
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		r := RulesAt(c, sets, at)
		var ended []int
		for _, s := range sets {
			reason := r.Why(Facts{Group: Group{List: 101, Status: "NEW", ZoneSet: s.ID}})
			if reason == ListEnded {
				ended = append(ended, s.ID)
			}
			if lists, _, _ := r.Wanted(); len(lists) > 0 && slices.Contains(r.Windows()[0].Open, s.ID) && reason == ListEnded {
				t.Errorf("%s: the sweep leaves set %d in the hopper", now, s.ID)
			}
		}
		if !slices.Equal(ended, want) {
			t.Errorf("%s: the list has ended for the sets %v, want %v", now, ended, want)
		}
	}
}
