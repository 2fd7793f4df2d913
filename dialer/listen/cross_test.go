package listen

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/dialer"
)

// world is the database and the wire between two listens, A (server 1) and B
// (server 2).
type world struct {
	t     *testing.T
	a, b  *floor
	mu    sync.Mutex
	calls map[dialer.CallID]dialer.Call // the database's rows
	wire  bool
	dead  bool // B has given no sign of life for five seconds
	stop  map[*floor]context.CancelFunc
	end   map[*floor]chan error
}

// two runs two listens with a wire between their PBXs.
func two(t *testing.T, test func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, calls: map[dialer.CallID]dialer.Call{}, wire: true, stop: map[*floor]context.CancelFunc{}, end: map[*floor]chan error{}}
		for id := dialer.ServerID(1); id <= 2; id++ {
			f := &floor{
				t: t, channels: map[string]string{}, bridges: map[string]bool{}, joinErr: map[string]error{}, server: id, world: w,
				started: time.Now().Add(-time.Hour), notes: map[dialer.CallID]dialer.Note{}, recorded: map[string]bool{}, mute: map[string]bool{}, music: map[string]bool{}, greeting: map[string]bool{}, looks: map[string]int{},
				campaign: campaign, far: map[string]string{}, asked: map[string]*dialer.Guest{},
			}
			if id == 1 {
				w.a = f
			} else {
				w.b = f
			}
			w.start(f)
		}
		test(w)
		for _, f := range []*floor{w.a, w.b} {
			if w.stop[f] != nil {
				w.kill(f)
			}
		}
	})
}

// start is a listen's start, the first or another in the place of one that was
// killed; Asterisk and the database have what they had.
func (w *world) start(f *floor) {
	f.l = New(Config{
		Server: dialer.Server{ID: f.server, Name: "tel", SIPAddr: "192.0.2.1:5060"}, Legs: f, Mixer: f, Store: f, Journal: f,
		IDs: dialer.NewIDs(f.server), Clock: new(dialer.Clock), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	ctx, stop := context.WithCancel(w.t.Context())
	w.stop[f], w.end[f] = stop, make(chan error, 1)
	go func() { w.end[f] <- f.l.Run(ctx, func() {}) }()
	f.l.Live(ctx)
	<-f.l.Ready()
}

// kill ends a listen.
func (w *world) kill(f *floor) {
	w.stop[f]()
	if err := <-w.end[f]; err != nil {
		w.t.Error(err)
	}
	delete(w.stop, f)
}

func (w *world) commit(c dialer.Call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls[c.ID] = c
}

func (w *world) call(id dialer.CallID) dialer.Call {
	time.Sleep(100 * time.Millisecond)
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls[id]
}

func (w *world) callsOf(id dialer.ServerID) (all []dialer.Call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.calls {
		if c.ServerID == id && c.State != dialer.CallEnded {
			all = append(all, c)
		}
	}
	return all
}

// cut takes the wire away between the two PBXs.
func (w *world) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wire = false
}

func (w *world) wired() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.wire
}

func (w *world) other(f *floor) *floor {
	if f == w.a {
		return w.b
	}
	return w.a
}

func (w *world) session(id dialer.SessionID) (state dialer.AgentState, call dialer.CallID) {
	synctest.Wait()
	w.b.look(func() {
		if s := w.b.l.shifts[id]; s != nil {
			state, call = s.State, s.CallID
		}
	})
	return state, call
}

func TestCallCrosses(t *testing.T) {
	two(t, func(w *world) {
		w.b.login(7)
		w.a.dial(100)
		began := time.Now()
		w.a.answer(100)
		w.b.settle(time.Second)
		if state, call := w.session(7); state != dialer.AgentInCall || call != 100 {
			t.Fatalf("the agent of the other server is %s with call %d", state, call)
		}
		c := w.call(100)
		if c.ServerID != 2 || c.LineServer != 1 || c.State != dialer.CallTalking || c.SessionID != 7 || c.BridgedAt == nil || c.BridgedAt.Sub(began) > 200*time.Millisecond {
			t.Errorf("the books: %+v", c)
		}
		guest := w.b.guest()
		if w.b.in(guest) != "tl-b-7" || w.a.in("tl-c-100") != "tl-x-100" || len(w.b.records) != 1 || len(w.a.records) != 0 {
			t.Errorf("the guest is in %q, the customer in %q; %d and %d recordings", w.b.in(guest), w.a.in("tl-c-100"), len(w.a.records), len(w.b.records))
		}
		var live int
		w.a.look(func() { live = w.a.l.lines() })
		if live != 1 {
			t.Errorf("%d lines on the server that dialed, want the customer's", live)
		}
		w.b.look(func() { live = w.b.l.lines() })
		if live != 0 {
			t.Errorf("%d lines on the agent's server, which holds none", live)
		}

		// Hold, and the agent's hang-up, are the agent's server's.
		w.b.want(7, dialer.IntentHold, dialer.IntentArgs{CallID: 100})
		if w.call(100).State != dialer.CallHeld || w.b.in(guest) != "" {
			t.Error("the guest is not on hold")
		}
		w.b.want(7, dialer.IntentResume, dialer.IntentArgs{CallID: 100})
		w.b.want(7, dialer.IntentHangup, dialer.IntentArgs{CallID: 100})
		w.b.settle(time.Second)
		if state, _ := w.session(7); state != dialer.AgentWrapUp {
			t.Errorf("the agent is %s after the call", state)
		}
		if c := w.call(100); c.State != dialer.CallEnded || c.EndedBy != dialer.ByAgent || c.ServerID != 2 {
			t.Errorf("the books: %+v", c)
		}
		w.a.empty("tl-c-100")
		w.b.empty(guest)
		w.b.want(7, dialer.IntentDispose, dialer.IntentArgs{CallID: 100, Status: "SALE"})
		if c := w.call(100); c.Status != "SALE" {
			t.Errorf("status %s", c.Status)
		}
	})
}

// TestGuestWhoseRowIsStuck: of the first look at the row there is no answer, the
// connection with the database being dead. The next is on another.
func TestGuestWhoseRowIsStuck(t *testing.T) {
	two(t, func(w *world) {
		w.b.login(7)
		w.b.mu.Lock()
		w.b.stuckRead = true
		w.b.mu.Unlock()
		w.a.dial(100)
		w.a.answer(100)
		w.b.settle(2 * time.Second)
		if state, call := w.session(7); state != dialer.AgentInCall || call != 100 {
			t.Errorf("the agent who hears the customer is %s with call %d", state, call)
		}
	})
}

func TestCustomerOfAnotherServerHangsUp(t *testing.T) {
	two(t, func(w *world) {
		w.b.login(7)
		w.a.dial(100)
		w.a.answer(100)
		w.b.settle(time.Second)
		w.a.gone("tl-c-100", 16, 0)
		w.b.settle(time.Second)
		if state, _ := w.session(7); state != dialer.AgentWrapUp {
			t.Errorf("the agent is %s", state)
		}
		if c := w.call(100); c.State != dialer.CallEnded || c.EndedBy != dialer.ByLead || c.Cause != 16 {
			t.Errorf("the books: %+v", c)
		}
		w.a.look(func() {
			if len(w.a.l.ferries) != 0 || len(w.a.l.calls) != 0 {
				t.Error("the server that dialed still has the call")
			}
		})
	})
}

// TestAgentIsTakenMeanwhile: the database says that an agent is free who is not
// any more. The call waits on, and is dropped as any call.
func TestAgentIsTakenMeanwhile(t *testing.T) {
	two(t, func(w *world) {
		w.b.login(7)
		w.b.want(7, dialer.IntentPause, dialer.IntentArgs{Code: "LUNCH"})
		w.b.stale = true // as the database is for a moment
		w.a.dial(100)
		w.a.answer(100)
		w.a.settle(500 * time.Millisecond)
		if c := w.call(100); c.State != dialer.CallWaiting || c.ServerID != 1 {
			t.Fatalf("the books: %+v", c)
		}
		w.b.want(7, dialer.IntentReady, dialer.IntentArgs{})
		w.b.settle(1200 * time.Millisecond)
		if state, call := w.session(7); state != dialer.AgentInCall || call != 100 {
			t.Errorf("the agent who has come back is %s with call %d", state, call)
		}
		w.a.dial(101)
		w.a.answer(101)
		w.a.settle(3 * time.Second)
		if c := w.call(101); c.State != dialer.CallDropping && c.State != dialer.CallEnded || c.DroppedAt == nil || c.ServerID != 1 {
			t.Errorf("a call that no agent is free for: %+v", c)
		}
	})
}

// TestOwnAgentsFirst: who is free on the call's own server gets it.
func TestOwnAgentsFirst(t *testing.T) {
	two(t, func(w *world) {
		w.b.login(7)
		w.a.login(6)
		w.a.dial(100)
		w.a.answer(100)
		w.a.settle(time.Second)
		if c := w.call(100); c.SessionID != 6 || c.ServerID != 1 {
			t.Errorf("the books: %+v", c)
		}
		if w.b.guest() != "" {
			t.Error("the other server was called")
		}
	})
}

// TestListensDieAroundACrossing kills either listen at each moment of a crossing
// that the fakes can hold: the call has one agent, and one owner, in the end.
func TestListensDieAroundACrossing(t *testing.T) {
	for name, blow := range map[string]func(w *world){
		"A before its last word": func(w *world) {
			w.a.holdWrites(true)
			w.a.answer(100)
			w.a.settle(300 * time.Millisecond)
			w.kill(w.a)
			w.a.holdWrites(false)
			w.start(w.a)
		},
		"A after it": func(w *world) {
			w.a.answer(100)
			w.a.settle(time.Second)
			w.kill(w.a)
			w.start(w.a)
		},
		"B before it has read it": func(w *world) {
			w.a.holdWrites(true)
			w.a.answer(100)
			w.b.settle(300 * time.Millisecond)
			w.kill(w.b)
			w.a.holdWrites(false)
			w.start(w.b)
		},
		"B after it": func(w *world) {
			w.a.answer(100)
			w.b.settle(time.Second)
			w.kill(w.b)
			w.start(w.b)
		},
	} {
		t.Run(name, func(t *testing.T) {
			two(t, func(w *world) {
				w.b.login(7)
				w.a.dial(100)
				blow(w)
				w.a.settle(5 * time.Second)
				if state, call := w.session(7); state != dialer.AgentInCall || call != 100 {
					t.Fatalf("the agent is %s with call %d", state, call)
				}
				if c := w.call(100); c.ServerID != 2 || c.State != dialer.CallTalking {
					t.Errorf("the books: %+v", c)
				}
				if w.a.in("tl-c-100") != "tl-x-100" || w.b.in(w.b.guest()) != "tl-b-7" {
					t.Error("customer and agent are not joined any more")
				}
				w.a.settle(3 * time.Minute) // surveys find no stray
				w.a.mu.Lock()
				if !w.a.bridges["tl-x-100"] {
					t.Error("a survey has taken the bridge down in which the customer is")
				}
				w.a.mu.Unlock()
				w.a.gone("tl-c-100", 16, 0)
				w.b.settle(time.Second)
				if state, _ := w.session(7); state != dialer.AgentWrapUp {
					t.Errorf("the agent is %s after the customer's end", state)
				}
			})
		})
	}
}

// TestServerBehindTheTrunkIsGone: no trunk leads there, and the database has its
// signs of life. Nobody says goodbye for it.
func TestServerBehindTheTrunkIsGone(t *testing.T) {
	two(t, func(w *world) {
		w.b.login(7)
		w.a.dial(100)
		w.a.answer(100)
		w.b.settle(time.Second)
		w.cut()
		w.a.l.Peer(2, false, time.Now())
		w.b.l.Peer(1, false, time.Now())
		w.a.settle(peerGone / 2)
		if state, _ := w.session(7); state != dialer.AgentInCall {
			t.Errorf("the agent is %s after a short cut", state)
		}
		w.a.settle(peerGone)
		if state, _ := w.session(7); state != dialer.AgentWrapUp {
			t.Errorf("the agent is %s, and the customer's server is gone", state)
		}
		if len(w.a.played) == 0 {
			t.Error("the customer hears nothing")
		}
		w.a.settle(messageLimit)
		w.a.empty("tl-c-100")
	})
}

func (f *floor) empty(channel string) {
	f.t.Helper()
	synctest.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	if b, there := f.channels[channel]; there {
		f.t.Errorf("%s is still there, in bridge %q", channel, b)
	}
}

// guest is the channel of another server's call; "": there is none.
func (f *floor) guest() string {
	synctest.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	for channel := range maps.Keys(f.asked) {
		if _, up := f.channels[channel]; up {
			return channel
		}
	}
	return ""
}

// holdWrites keeps a listen's journal out of the database.
func (f *floor) holdWrites(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dbAway = on
}

// The wire.

func (f *floor) Cross(_ context.Context, c dialer.Crossing) error {
	leg, guest, other := c.ID.Channel(), "1764.1-"+c.ID.Channel(), f.world.other(f)
	f.mu.Lock()
	if f.down == nil {
		f.down = map[string]bool{}
	}
	f.channels[leg], f.down[leg], f.far[leg] = "", true, guest
	f.mu.Unlock()
	other.mu.Lock()
	other.channels[guest], other.far[guest] = "", leg
	g := &dialer.Guest{Session: c.Session, Call: c.ID.Call, Peer: f.server.Trunk()}
	other.asked[guest] = g
	other.mu.Unlock()
	other.l.Leg(dialer.LegEvent{Kind: dialer.LegArrived, Channel: guest, At: time.Now(), Guest: g})
	return nil
}

func (f *floor) Take(ctx context.Context, bridge, channel, _ string) error {
	f.mu.Lock()
	leg, other := f.far[channel], f.world.other(f)
	f.mu.Unlock()
	other.mu.Lock()
	delete(other.down, leg)
	other.mu.Unlock()
	other.l.Leg(dialer.LegEvent{Kind: dialer.LegArrived, Channel: leg, At: time.Now()})
	return f.Join(ctx, bridge, channel)
}

// bye is told at the other end of a channel that was hung up.
func (f *floor) bye(channel string, cause int) {
	f.mu.Lock()
	far, ok := f.far[channel]
	delete(f.far, channel)
	f.mu.Unlock()
	if !ok || !f.world.wired() {
		return
	}
	other := f.world.other(f)
	other.mu.Lock()
	delete(other.far, far)
	other.mu.Unlock()
	other.gone(far, cause, 0)
}

func (f *floor) FreeElsewhere(context.Context, dialer.ServerID, []dialer.CampaignID) (all []dialer.FreeAgent, err error) {
	if f.world == nil {
		return nil, nil
	}
	other := f.world.other(f)
	other.mu.Lock()
	defer other.mu.Unlock()
	for _, s := range other.sessions {
		ready := other.stale
		for _, ch := range other.written {
			if ch.Session != nil && ch.Session.ID == s.ID && !other.stale {
				ready = ch.Session.State == dialer.AgentReady
			}
		}
		if ready {
			all = append(all, dialer.FreeAgent{Session: s.ID, Server: other.server})
		}
	}
	return all, nil
}

func (f *floor) CallByID(ctx context.Context, id dialer.CallID) (dialer.Call, error) {
	f.mu.Lock()
	stuck := f.stuckRead
	f.stuckRead = false
	f.mu.Unlock()
	if stuck {
		select { // the connection is dead, which its own limit finds out
		case <-ctx.Done():
		case <-time.After(30 * time.Second):
		}
		return dialer.Call{}, errAway
	}
	if f.world == nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, c := range f.calls {
			if c.ID == id {
				return c, nil
			}
		}
		return dialer.Call{}, dialer.ErrNotFound
	}
	f.world.mu.Lock()
	defer f.world.mu.Unlock()
	c, ok := f.world.calls[id]
	if !ok {
		return c, dialer.ErrNotFound
	}
	return c, nil
}
