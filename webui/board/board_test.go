package board

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/tail"
)

// floor is a database with agents, which counts what it is asked.
type floor struct {
	mu     sync.Mutex
	agents []facts.BoardAgent
	days   int
	asked  int
	since  time.Time // of the calls that were counted last
	down   error
}

func (f *floor) ask() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	return f.down
}

func (f *floor) Floor(context.Context) (facts.BoardFloor, error) {
	err := f.ask()
	f.mu.Lock()
	defer f.mu.Unlock()
	return facts.BoardFloor{Agents: slices.Clone(f.agents)}, err
}

func (f *floor) Pace(context.Context) (facts.BoardPace, error) {
	return facts.BoardPace{Campaigns: []facts.BoardCampaign{{ID: "AUTUMN", Active: true}}}, f.ask()
}

func (f *floor) Around(context.Context) (facts.BoardAround, error) {
	return facts.BoardAround{}, f.ask()
}

func (f *floor) Tallies(_ context.Context, all []dialer.UserID, since time.Time) (map[dialer.UserID]facts.BoardTally, error) {
	err := f.ask()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.since = since
	t := map[dialer.UserID]facts.BoardTally{}
	for _, id := range all {
		t[id] = facts.BoardTally{Calls: int(id) + since.Day() - 1}
	}
	return t, err
}

func (f *floor) CallsOfDay(_ context.Context, all []dialer.CampaignID, since time.Time) (map[dialer.CampaignID]facts.BoardDay, error) {
	err := f.ask()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.days++
	d := map[dialer.CampaignID]facts.BoardDay{}
	for _, c := range all {
		d[c] = facts.BoardDay{Placed: int(time.Since(since).Minutes())}
	}
	return d, err
}

func (f *floor) Carriers(context.Context, []dialer.CampaignID, time.Time) ([]facts.BoardCarrier, error) {
	return nil, f.ask()
}

func (f *floor) Spells(context.Context, []dialer.CampaignID, time.Time) ([]facts.BoardSpell, error) {
	return nil, f.ask()
}

func (f *floor) Waits(context.Context, []dialer.CampaignID, time.Time) (map[dialer.CampaignID]float64, error) {
	return nil, f.ask()
}

func (f *floor) set(agents ...facts.BoardAgent) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.agents = agents
}

func (f *floor) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked
}

// rows draws each agent with the calls of the day.
func rows(p *Picture) []Part {
	var all []Part
	for _, a := range p.Agents {
		key := fmt.Sprint(a.Session, a.State, p.Tallies[a.User].Calls)
		all = append(all, Part{ID: a.Session.String(), Key: key, HTML: func() string { return key }})
	}
	return all
}

func reader(t *testing.T, f *floor) (*Reader, *tail.Hub) {
	t.Helper()
	hub := tail.NewHub()
	r := New(f, hub, time.Now, func(now time.Time) time.Time { return now.Truncate(24 * time.Hour) }, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { r.Close(); synctest.Wait() })
	return r, hub
}

func watch(t *testing.T, r *Reader, key string) *Viewer {
	t.Helper()
	v, err := r.Open(t.Context(), key, rows)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func next(t *testing.T, v *Viewer) Message {
	t.Helper()
	select {
	case <-v.Changed():
	default: // time would go on for ever in a bubble that waits
		t.Fatal("nothing was sent")
	}
	text, err := v.Next()
	if err != nil {
		t.Fatal(err)
	}
	var m Message
	if text != nil {
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// What the database is asked does not depend on how many look: one board or two
// hundred, of one scope or of several, in the same time with the same events.
func TestBoardsShareOneReader(t *testing.T) {
	asked := func(viewers int) int {
		f := &floor{agents: []facts.BoardAgent{{Session: 1, Campaign: "AUTUMN", State: dialer.AgentReady}}}
		synctest.Test(t, func(t *testing.T) {
			r, hub := reader(t, f)
			for i := range viewers {
				defer watch(t, r, fmt.Sprint("scope ", i%4)).Close()
			}
			for i := range 600 {
				time.Sleep(100 * time.Millisecond)
				hub.Publish([]dialer.Event{{ID: int64(i + 1), Kind: dialer.EventAgent, SessionID: 1}})
			}
			r.Close()
			synctest.Wait()
		})
		return f.count()
	}
	one, many := asked(1), asked(200)
	// Of two timers that end in the same moment either may be first: a look more
	// or less within the minute.
	if many > one+one/50 || one == 0 {
		t.Errorf("a minute of one board asks %d times, of 200 boards %d times", one, many)
	}
}

// A viewer is sent everything first, then what has changed; one who is slow is
// sent all that has changed since, once.
func TestOnlyWhatChangedIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		agent := func(id dialer.SessionID, state dialer.AgentState) facts.BoardAgent {
			return facts.BoardAgent{Session: id, User: dialer.UserID(id), Campaign: "AUTUMN", State: state}
		}
		f := &floor{agents: []facts.BoardAgent{agent(1, dialer.AgentReady), agent(2, dialer.AgentReady)}}
		r, hub := reader(t, f)
		quick, slow := watch(t, r, "all"), watch(t, r, "all")
		time.Sleep(5 * time.Second) // the tallies come
		synctest.Wait()
		if m := next(t, quick); !m.All || len(m.Set) != 2 {
			t.Fatalf("first %+v", m)
		}
		next(t, slow)
		change := func(agents ...facts.BoardAgent) {
			f.set(agents...)
			hub.Publish([]dialer.Event{{ID: 1, SessionID: 1}})
			time.Sleep(floorRest + time.Millisecond) // within that it is sent
			synctest.Wait()
		}
		change(agent(1, dialer.AgentInCall), agent(2, dialer.AgentReady))
		if m := next(t, quick); m.All || len(m.Set) != 1 || m.Set["1"] == "" || m.Gone != nil {
			t.Errorf("after a change %+v", m)
		}
		change(agent(1, dialer.AgentInCall))
		if m := next(t, quick); len(m.Set) != 0 || !slices.Equal(m.Gone, []string{"2"}) {
			t.Errorf("after one has left %+v", m)
		}
		if m := next(t, slow); m.All || len(m.Set) != 1 || m.Set["1"] != "1INCALL1" && m.Set["1"] != "1 INCALL 1" || !slices.Equal(m.Gone, []string{"2"}) {
			t.Errorf("the slow one is sent %+v", m)
		}
		if text, err := slow.Next(); text != nil || err != nil {
			t.Errorf("and again %s %v", text, err)
		}
		change(agent(1, dialer.AgentInCall), agent(2, dialer.AgentPaused))
		if m := next(t, quick); len(m.Set) != 1 || m.Set["2"] == "" || m.Gone != nil {
			t.Errorf("after one has come back %+v", m)
		}
	})
}

// At midnight the agents' calls are counted from the new day on, also of those to
// whom nothing happens.
func TestAgentsCallsAreOfTheDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &floor{agents: []facts.BoardAgent{{Session: 7, User: 1, Campaign: "AUTUMN", State: dialer.AgentPaused}}}
		began := time.Now().Truncate(24 * time.Hour)
		time.Sleep(time.Until(began.Add(24*time.Hour - 10*time.Second)))
		r, _ := reader(t, f)
		v := watch(t, r, "all")
		for _, want := range []string{"7PAUSED1", "7PAUSED2"} {
			time.Sleep(5 * time.Second)
			synctest.Wait()
			if m := next(t, v); m.Set["7"] != want {
				t.Errorf("at %s the board shows %q, want %q", time.Now().Format(time.TimeOnly), m.Set["7"], want)
			}
			time.Sleep(7 * time.Second)
		}
		if want := began.Add(24 * time.Hour); !f.since.Equal(want) {
			t.Errorf("counted since %s, want %s", f.since, want)
		}
	})
}

// Without a database the boards are told, and go on by themselves; nobody's
// looking ends the reading.
func TestBoardsOutliveTheDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &floor{agents: []facts.BoardAgent{{Session: 1, Campaign: "AUTUMN"}}}
		r, _ := reader(t, f)
		v := watch(t, r, "all")
		time.Sleep(3 * time.Second)
		next(t, v)
		gone := func(err error) {
			f.mu.Lock()
			f.down = err
			f.mu.Unlock()
			time.Sleep(40 * time.Second)
		}
		gone(errors.New("away"))
		if m := next(t, v); m.Trouble == "" || len(m.Set) != 0 {
			t.Errorf("without a database %+v", m)
		}
		gone(nil)
		if m := next(t, v); m.Trouble != "" {
			t.Errorf("with it again %+v", m)
		}
		v.Close()
		time.Sleep(2 * linger)
		before := f.count()
		time.Sleep(time.Minute)
		if after := f.count(); after != before {
			t.Errorf("without a board the database was asked %d times", after-before)
		}
		// And the next board begins anew.
		if m := next(t, watch(t, r, "all")); !m.All || len(m.Set) != 1 {
			t.Errorf("a board after that %+v", m)
		}
	})
}

// A page's stream, and a page that is loaded again, find what was drawn; what
// nobody has looked at for a while is not drawn any more, though others look at
// something else.
func TestWhatWasDrawnStaysForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &floor{agents: []facts.BoardAgent{{Session: 1, Campaign: "AUTUMN"}}}
		r, hub := reader(t, f)
		drawn := 0
		open := func() *Viewer {
			v, err := r.Open(t.Context(), "one", func(p *Picture) []Part {
				all := rows(p)
				for i, html := range all {
					all[i].HTML = func() string { drawn++; return html.HTML() }
				}
				return all
			})
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		defer watch(t, r, "others").Close()
		v := open()
		time.Sleep(3 * time.Second) // the calls of the shifts are counted by then
		v.Close()
		before := drawn
		time.Sleep(linger / 2)
		v = open()
		if m := next(t, v); drawn != before || !m.All || len(m.Set) != 1 {
			t.Errorf("a board that is loaded again was drawn %d times again, and has %+v", drawn-before, m)
		}
		time.Sleep(2 * linger)
		v.Close()
		time.Sleep(linger + time.Second)
		before = drawn
		f.set(facts.BoardAgent{Session: 1, Campaign: "AUTUMN", State: dialer.AgentReady})
		hub.Publish([]dialer.Event{{ID: 1, SessionID: 1}})
		time.Sleep(3 * time.Second)
		if drawn != before {
			t.Errorf("a board that nobody looks at was drawn %d times", drawn-before)
		}
		if m := next(t, open()); len(m.Set) != 1 || drawn != before+1 {
			t.Errorf("after that it was drawn %d times, and has %+v", drawn-before, m)
		}
	})
}

// The day's calls are those since the office's midnight, and counted again and
// again.
func TestDayBeginsAtMidnight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(9*time.Hour + 17*time.Minute) // into a day, which begins at midnight in a bubble
		f := &floor{agents: []facts.BoardAgent{{Session: 1, Campaign: "AUTUMN"}}}
		r, _ := reader(t, f)
		defer watch(t, r, "all").Close()
		time.Sleep(20*time.Minute + time.Second)
		r.mu.Lock()
		defer r.mu.Unlock()
		// A call a minute.
		now := time.Now()
		if got, want := r.picture.Days["AUTUMN"].Placed, int(now.Sub(now.Truncate(24*time.Hour)).Minutes()); got < want-1 || got > want {
			t.Errorf("%d calls of the day, want %d", got, want)
		}
	})
}

// The hour before is made of the states that agents have left and of those they
// are in.
func TestPastHour(t *testing.T) {
	now := time.Date(2026, 11, 23, 15, 0, 30, 0, time.UTC)
	at := func(minutes int) time.Time {
		return now.Truncate(time.Minute).Add(-time.Duration(minutes) * time.Minute)
	}
	hour := past(now, []facts.BoardSpell{{Campaign: "AUTUMN", State: dialer.AgentReady, From: at(10), To: at(5)}},
		[]facts.BoardAgent{{Campaign: "AUTUMN", State: dialer.AgentInCall, Since: at(5)}})
	if len(hour) != samples || !hour[samples-1].At.Equal(at(0)) {
		t.Fatalf("%d samples, the last at %v", len(hour), hour[len(hour)-1].At)
	}
	for minutes, want := range map[int]dialer.AgentState{0: dialer.AgentInCall, 5: dialer.AgentInCall, 6: dialer.AgentReady, 10: dialer.AgentReady} {
		states := hour[samples-1-minutes].Agents["AUTUMN"]
		if len(states) != 1 || states[want] != 1 {
			t.Errorf("%d minutes ago: %v, want %s", minutes, states, want)
		}
	}
	if before := hour[samples-1-11].Agents["AUTUMN"]; len(before) != 0 {
		t.Errorf("11 minutes ago: %v", before)
	}
}
