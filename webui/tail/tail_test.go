package tail

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"trunkline/dialer"
	"trunkline/webui/facts"
)

// table is the table of events, in which rows appear in any order.
type table struct {
	mu    sync.Mutex
	rows  []dialer.Event
	err   error
	reads int
	seen  [][]dialer.SessionID
	state []facts.ServerState
}

func (b *table) LastEventID(context.Context) (last int64, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.rows {
		last = max(last, e.ID)
	}
	return last, b.err
}

func (b *table) EventsAfter(_ context.Context, id int64, limit int) (after []dialer.Event, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reads++
	for _, e := range b.rows {
		if e.ID > id {
			after = append(after, e)
		}
	}
	slices.SortFunc(after, func(x, y dialer.Event) int { return int(x.ID - y.ID) })
	return after[:min(limit, len(after))], b.err
}

func (b *table) Seen(_ context.Context, sessions []dialer.SessionID, _ time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen = append(b.seen, sessions)
	return b.err
}

func (b *table) ServerStates(context.Context) ([]facts.ServerState, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state, b.err
}

func (b *table) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

func (b *table) add(id int64, session dialer.SessionID) {
	b.rows = append(b.rows, dialer.Event{ID: id, SessionID: session})
}

func newTail(b *table) *Tail {
	return New(NewHub(), b, b, time.Now, slog.New(slog.DiscardHandler))
}

func woken(s *Sub) bool {
	select {
	case <-s.Changed():
		return true
	default:
		return false
	}
}

// Whatever the order in which ids become visible, each is told once.
func TestEveryIDIsSeenOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.Int64Range(1, 60), 1, 40, rapid.ID).Draw(t, "ids")
		var p progress
		told := map[int64]int{}
		visible := []int64{}
		at := time.Unix(0, 0)
		for _, id := range ids {
			visible = append(visible, id)
			slices.Sort(visible)
			from := p.from()
			for _, v := range visible {
				if v > from && p.see(v, at) {
					told[v]++
				}
			}
		}
		for _, id := range ids {
			if told[id] != 1 {
				t.Fatalf("%d was told %d times; order %v", id, told[id], ids)
			}
		}
	})
}

func TestHolesAreGivenUp(t *testing.T) {
	var p progress
	at := time.Unix(0, 0)
	p.see(1, at)
	p.see(1_000_000, at) // ids that jump cost one range, not a million entries
	if p.from() != 1 || len(p.holes) != 1 {
		t.Fatalf("from %d, holes %v", p.from(), p.holes)
	}
	p.forget(at.Add(patience - time.Millisecond))
	if p.from() != 1 {
		t.Error("given up too early")
	}
	p.forget(at.Add(patience))
	if p.from() != 1_000_000 {
		t.Errorf("still reading from %d", p.from())
	}
}

func TestMoreEventsThanAPage(t *testing.T) {
	b := &table{}
	r := newTail(b)
	if err := r.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.add(1, 1) // id 2 is a hole: reading begins again from there each time
	for id := int64(3); id < 3*page; id++ {
		b.add(id, 7)
	}
	b.add(3*page, 8)
	sub := r.hub.Session(8)
	if err := r.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !woken(sub) || sub.Last() != 3*page {
		t.Errorf("the last of three pages was not told; last %d", sub.Last())
	}
}

func TestHubWakesWhomItConcerns(t *testing.T) {
	h := NewHub()
	session, other, campaign := h.Session(1), h.Session(2), h.Campaign("AUTUMN")
	session.Follow(50, 4)
	h.Publish([]dialer.Event{{ID: 9, CallID: 50, CampaignID: "WINTER"}})
	if !woken(session) || woken(other) || woken(campaign) {
		t.Error("a call's event is for the desk that shows the call")
	}
	h.Publish([]dialer.Event{{ID: 10, CampaignID: "AUTUMN"}, {ID: 11, CampaignID: "AUTUMN"}})
	if !woken(campaign) || woken(campaign) || woken(session) || campaign.Last() != 11 {
		t.Error("two events of a campaign wake its page once")
	}
	h.Servers([]facts.ServerState{{ID: 4, Up: false}})
	if woken(session) {
		t.Error("a desk that has shown nothing of its server yet")
	}
	session.Showed(true)
	h.Servers([]facts.ServerState{{ID: 4, Up: false}, {ID: 5, Up: true}})
	if !woken(session) || woken(other) {
		t.Error("that a server is down is for the desks that show it as up")
	}
	session.Showed(false)
	h.Servers([]facts.ServerState{{ID: 4, Up: false}, {ID: 5, Up: true}})
	if woken(session) {
		t.Error("a desk shows its server as down, and is told of it again")
	}
	session.Close()
	h.Publish([]dialer.Event{{ID: 12, SessionID: 1}})
	if woken(session) || !slices.Equal(h.Seen(), []dialer.SessionID{2}) {
		t.Error("a page that was closed is still there")
	}
	if fresh := h.Session(1); fresh.Last() != 12 {
		t.Errorf("a new page starts at %d", fresh.Last())
	}
}

func TestAPageThatAnswersIsSeenWhileItDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub()
		plain, page := h.Session(1), h.Session(2)
		defer plain.Close()
		page.Answers(7)
		check := func(when string, want ...dialer.SessionID) {
			t.Helper()
			if got := h.Seen(); !slices.Equal(got, want) {
				t.Errorf("%s: %v are seen, not %v", when, got, want)
			}
		}
		check("at the start", 1, 2)
		for range 3 {
			time.Sleep(confirmedFor - time.Second)
			if !h.Beat(2, 7) || h.Beat(2, 8) || h.Beat(3, 7) {
				t.Error("beats of one's own page count, others do not")
			}
		}
		check("while it beats", 1, 2)
		time.Sleep(confirmedFor + time.Millisecond)
		check("its stream is open, it is silent", 1)
		if h.Beat(2, 7) {
			t.Error("a beat after a silence was not asked again whose it is")
		}
		h.Admit(2, 7)
		h.Admit(3, 9) // its stream is at another web server
		check("it is back", 1, 2, 3)
		page.Close()
		check("it was closed", 1, 3)
	})
}

func TestRunTellsOfTheDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &table{state: []facts.ServerState{{ID: 4, Up: true}}}
		r := newTail(b)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		sub := r.hub.Session(1)
		sub.Follow(0, 4)
		sub.Showed(true)
		go r.Run(ctx) //nolint:errcheck // it gives none
		time.Sleep(2*beatEvery + time.Millisecond)
		late := r.hub.Session(2)
		defer late.Close()
		time.Sleep(2 * beatEvery)
		synctest.Wait()
		// All every second beat; who comes in between at the next one.
		if woken(sub) || !slices.EqualFunc(b.seen, [][]dialer.SessionID{{1}, {1, 2}}, slices.Equal) {
			t.Errorf("quiet: woken, or told %v in 4 s", b.seen)
		}
		third := r.hub.Session(3)
		defer third.Close()
		time.Sleep(beatEvery)
		synctest.Wait()
		fourth := r.hub.Session(4)
		defer fourth.Close()
		time.Sleep(beatEvery)
		synctest.Wait()
		if !slices.EqualFunc(b.seen[2:], [][]dialer.SessionID{{1, 2, 3}, {4}}, slices.Equal) {
			t.Errorf("of pages that come: told %v", b.seen[2:])
		}
		b.fail(errors.New("away"))
		time.Sleep(2 * lookEvery)
		synctest.Wait()
		if !woken(sub) || !r.hub.Down() {
			t.Error("the page was not told that the database is away")
		}
		b.fail(nil)
		time.Sleep(2 * lookEvery)
		synctest.Wait()
		if !woken(sub) || r.hub.Down() {
			t.Error("the page was not told that it is back")
		}
		b.mu.Lock()
		b.state = []facts.ServerState{{ID: 4, Up: false}}
		b.mu.Unlock()
		time.Sleep(beatEvery)
		synctest.Wait()
		if !woken(sub) {
			t.Error("the page was not told that its server is down")
		}
	})
}
