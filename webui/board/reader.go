// Package board keeps one picture of all agents and calls for a whole web
// process, and sends the live boards what changes in it. The database is asked
// by one reader, while at least one board is open: how many are makes no
// difference to it. Boards that show the same campaigns share a view, whose
// parts are drawn once for all of them.
package board

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/tail"
)

// Store reads how things stand.
type Store interface {
	Floor(ctx context.Context) (facts.BoardFloor, error)
	Pace(ctx context.Context) (facts.BoardPace, error)
	Around(ctx context.Context) (facts.BoardAround, error)
	// Tallies counts what some agents have done since a day began.
	Tallies(ctx context.Context, agents []dialer.UserID, since time.Time) (map[dialer.UserID]facts.BoardTally, error)
	// CallsOfDay counts the calls that campaigns placed since a day began.
	CallsOfDay(ctx context.Context, campaigns []dialer.CampaignID, since time.Time) (map[dialer.CampaignID]facts.BoardDay, error)
	// Carriers counts what became of campaigns' calls since a moment.
	Carriers(ctx context.Context, campaigns []dialer.CampaignID, since time.Time) ([]facts.BoardCarrier, error)
	// Spells are the states that agents have left since a moment.
	Spells(ctx context.Context, campaigns []dialer.CampaignID, since time.Time) ([]facts.BoardSpell, error)
	// Waits are how long agents waited for a call on average, s.
	Waits(ctx context.Context, campaigns []dialer.CampaignID, since time.Time) (map[dialer.CampaignID]float64, error)
}

const (
	// floorRest is the least time between two looks at the floor: what happens
	// within it comes together. A look that takes long is followed by a rest of
	// twice its time, but for no longer than floorMost: a change that just missed a
	// slow look would be more than the promised 250 ms behind.
	floorRest = 50 * time.Millisecond
	floorMost = 100 * time.Millisecond
	// floorEvery is how often the floor is looked at when nothing happens: that an
	// agent's page has gone is no event.
	floorEvery  = 2 * time.Second
	paceEvery   = 200 * time.Millisecond
	aroundEvery = time.Second
	dayEvery    = 5 * time.Second
	waitEvery   = 30 * time.Second
	// linger is how long the reader, and a view, go on without a board: a page's
	// stream, and one that is loaded again, find them at work and drawn.
	linger = 10 * time.Second
	readIn = 5 * time.Second
)

// away is told while the database does not answer.
const away = "The database does not answer. Calls that are up go on; this board comes back by itself."

// Reader keeps the picture.
type Reader struct {
	store   Store
	hub     *tail.Hub
	now     func() time.Time // the database's clock
	day     func(time.Time) time.Time
	log     *slog.Logger
	running context.Context
	end     context.CancelFunc

	mu      sync.Mutex // of all below; views have their own, taken after it
	views   map[string]*View
	open    int           // pages
	left    time.Time     // when the last one went
	first   chan struct{} // closed once there is a picture; nil: nobody reads
	picture Picture
	trouble map[string]string      // by what could not be read
	stale   map[dialer.UserID]bool // whose calls are to be counted
	today   time.Time              // when the day began from which they are
}

// New makes a reader that reads nothing yet; day says when the day of a moment
// began.
func New(store Store, hub *tail.Hub, now func() time.Time, day func(time.Time) time.Time, log *slog.Logger) *Reader {
	r := &Reader{store: store, hub: hub, now: now, day: day, log: log, views: map[string]*View{}}
	r.running, r.end = context.WithCancel(context.Background())
	return r
}

// Close ends the reading.
func (r *Reader) Close() { r.end() }

// errLate is told when there is no picture in time.
var errLate = dialer.Explain(dialer.ErrUnavailable, "The database does not answer. Calls that are up go on; load the page again in a moment.")

// Open begins to view: boards of one key show the same, drawn by the draw of
// the first. It waits for the first picture.
func (r *Reader) Open(ctx context.Context, key string, draw Draw) (*Viewer, error) {
	r.mu.Lock()
	if r.first == nil {
		r.first = make(chan struct{})
		r.picture, r.trouble, r.stale = Picture{}, map[string]string{}, map[dialer.UserID]bool{}
		r.left = time.Now()
		go r.run(r.first)
	}
	first := r.first
	r.open++
	r.mu.Unlock()
	leave := sync.OnceFunc(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.open--
		r.left = time.Now()
	})
	ctx, cancel := context.WithTimeout(ctx, readIn)
	defer cancel()
	select {
	case <-first:
	case <-ctx.Done():
		leave()
		return nil, errLate
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	view := r.views[key]
	if view == nil {
		view = newView(draw)
		view.update(&r.picture, r.says())
		r.views[key] = view
	}
	viewer := &Viewer{view: view, wake: make(chan struct{}, 1)}
	viewer.close = func() {
		view.leave(viewer)
		leave()
	}
	view.join(viewer)
	return viewer, nil
}

// Servers are the telephony servers of the last picture.
func (r *Reader) Servers() []facts.BoardServer {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.picture.Servers
}

// View is the view that a viewer shares.
func (v *Viewer) View() *View { return v.view }

// says is why the picture is not up to date, or "". It needs the lock.
func (r *Reader) says() string {
	if len(r.trouble) > 0 {
		return away
	}
	return ""
}

// run reads until nobody has looked for a while.
func (r *Reader) run(first chan struct{}) {
	ctx, cancel := context.WithCancel(r.running)
	defer cancel()
	if !r.begin(ctx, first) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { r.floor(ctx, cancel) })
	both.Go(func() { r.around(ctx) })
	both.Wait()
}

// begin reads the first picture; it tries until it has one or nobody waits.
func (r *Reader) begin(ctx context.Context, first chan struct{}) bool {
	for {
		err := r.bounded(ctx, func(ctx context.Context) error {
			floor, err := r.store.Floor(ctx)
			if err != nil {
				return err
			}
			pace, err := r.store.Pace(ctx)
			if err != nil {
				return err
			}
			around, err := r.store.Around(ctx)
			if err != nil {
				return err
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			r.took(floor)
			r.picture.BoardPace, r.picture.BoardAround = pace, around
			return nil
		})
		if err == nil {
			close(first)
			return true
		}
		if ctx.Err() == nil {
			r.log.Warn("the live boards cannot be read: they are told and wait", "err", err)
		}
		if r.idle() || !pause(ctx, time.Second) {
			return false
		}
	}
}

// idle ends the reading if nobody has looked for a while.
func (r *Reader) idle() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open > 0 || time.Since(r.left) < linger {
		return false
	}
	r.first = nil
	clear(r.views) // what is drawn is of a picture that nobody keeps any more
	return true
}

// floor follows what events tell of, and the pace.
func (r *Reader) floor(ctx context.Context, end context.CancelFunc) {
	defer end()
	sub := r.hub.Floor()
	defer sub.Close()
	looked, paced := time.Now(), time.Now()
	rest, woken := floorRest, true // something may have happened since the first look
	for ctx.Err() == nil {
		if now := time.Now(); woken && now.Sub(looked) >= rest || now.Sub(looked) >= floorEvery {
			woken, looked = false, now
			r.take(ctx, "the floor", func(ctx context.Context) (func(*Picture), error) {
				f, err := r.store.Floor(ctx)
				return func(*Picture) { r.took(f) }, err
			})
			rest = min(max(floorRest, 2*time.Since(now)), floorMost)
		}
		if now := time.Now(); now.Sub(paced) >= paceEvery {
			paced = now
			r.take(ctx, "the pace", func(ctx context.Context) (func(*Picture), error) {
				pace, err := r.store.Pace(ctx)
				return func(p *Picture) { p.BoardPace = pace }, err
			})
			if r.idle() {
				return
			}
		}
		due := paceEvery - time.Since(paced)
		if woken {
			due = min(due, rest-time.Since(looked))
		}
		wait := time.NewTimer(max(due, time.Millisecond))
		select {
		case <-ctx.Done():
		case <-wait.C:
		case <-sub.Changed():
			woken = true
		}
		wait.Stop()
	}
}

// took takes in the floor; it needs the lock.
func (r *Reader) took(f facts.BoardFloor) {
	before := map[dialer.SessionID]dialer.AgentState{}
	for _, a := range r.picture.Agents {
		before[a.Session] = a.State
	}
	for _, a := range f.Agents {
		if was, known := before[a.Session]; !known || was != a.State {
			r.stale[a.User] = true
		}
	}
	now := r.now()
	if day := r.day(now); !day.Equal(r.today) { // midnight: everybody begins with none
		r.today = day
		for _, a := range f.Agents {
			r.stale[a.User] = true
		}
	}
	r.picture.BoardFloor = f
	r.picture.Held = held(r.picture.Held, now, f.Agents)
	r.picture.Hour = sampled(r.picture.Hour, now, f.Agents)
}

// around follows what is slower, or costs more.
func (r *Reader) around(ctx context.Context) {
	var looked, counted, waited time.Time
	seeded := false
	for {
		now := time.Now()
		r.mu.Lock()
		campaigns := r.picture.working()
		r.mu.Unlock()
		if now.Sub(looked) >= aroundEvery {
			looked = now
			r.take(ctx, "what is around", func(ctx context.Context) (func(*Picture), error) {
				a, err := r.store.Around(ctx)
				return func(p *Picture) { p.BoardAround = a }, err
			})
			r.tally(ctx)
		}
		if now.Sub(counted) >= dayEvery {
			counted = now
			r.take(ctx, "the day's calls", func(ctx context.Context) (func(*Picture), error) {
				moment := r.now()
				days, err := r.store.CallsOfDay(ctx, campaigns, r.day(moment))
				if err != nil {
					return nil, err
				}
				carriers, err := r.store.Carriers(ctx, campaigns, moment.Add(-CarrierSpan))
				return func(p *Picture) { p.Days, p.Carriers = days, carriers }, err
			})
		}
		if now.Sub(waited) >= waitEvery {
			waited = now
			r.take(ctx, "the agents' waits", func(ctx context.Context) (func(*Picture), error) {
				w, err := r.store.Waits(ctx, campaigns, r.now().Add(-WaitSpan))
				return func(p *Picture) { p.Waits = w }, err
			})
		}
		if !seeded {
			r.take(ctx, "the last hour", func(ctx context.Context) (func(*Picture), error) {
				moment := r.now()
				spells, err := r.store.Spells(ctx, campaigns, moment.Add(-samples*sampleEvery))
				seeded = err == nil
				return func(p *Picture) { p.Hour = past(moment, spells, p.Agents) }, err
			})
		}
		if !pause(ctx, aroundEvery-time.Since(now)) {
			return
		}
	}
}

// tallyMost is how many agents' calls are counted with one statement.
const tallyMost = 200

// tally counts the calls of the agents whose state has changed since.
func (r *Reader) tally(ctx context.Context) {
	r.mu.Lock()
	day := r.today
	var agents []dialer.UserID
	for id := range r.stale {
		if len(agents) < tallyMost {
			agents = append(agents, id)
			delete(r.stale, id) // before it is read: what changes meanwhile is read again
		}
	}
	r.mu.Unlock()
	if len(agents) == 0 {
		return
	}
	r.take(ctx, "the agents' calls", func(ctx context.Context) (func(*Picture), error) {
		tallies, err := r.store.Tallies(ctx, agents, day)
		if err != nil {
			r.mu.Lock()
			defer r.mu.Unlock()
			for _, id := range agents {
				r.stale[id] = true
			}
			return nil, err
		}
		return func(p *Picture) {
			all := map[dialer.UserID]facts.BoardTally{}
			for _, a := range p.Agents {
				all[a.User] = p.Tallies[a.User]
			}
			for _, id := range agents {
				if _, there := all[id]; there {
					all[id] = tallies[id]
				}
			}
			p.Tallies = all
		}, nil
	})
}

// take reads something, puts it into the picture and draws all views.
func (r *Reader) take(ctx context.Context, what string, read func(context.Context) (func(*Picture), error)) {
	var put func(*Picture)
	err := r.bounded(ctx, func(ctx context.Context) (err error) {
		put, err = read(ctx)
		return err
	})
	if ctx.Err() != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	_, before := r.trouble[what]
	if err != nil {
		if !before {
			r.log.Warn("the live boards cannot be read: they are told and wait", "what", what, "err", err)
		}
		r.trouble[what] = err.Error()
	} else {
		delete(r.trouble, what)
		put(&r.picture)
	}
	r.picture.Now = r.now()
	for key, view := range r.views {
		if view.unseen() >= linger {
			delete(r.views, key)
			continue
		}
		view.update(&r.picture, r.says())
	}
}

func (r *Reader) bounded(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, readIn)
	defer cancel()
	err := do(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.Join(dialer.ErrUnavailable, err)
	}
	return err
}

// pause waits, and tells whether there is anything to go on for.
func pause(ctx context.Context, d time.Duration) bool {
	wait := time.NewTimer(max(d, 0))
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-wait.C:
		return true
	}
}
