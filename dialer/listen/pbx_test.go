package listen

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/dialer"
)

// floor is a listen with a PBX of one page's size behind it: channels and
// bridges that remember where they are and tell events, as Asterisk does. The
// real one is met in the call-flow tests; this one fails on demand.
type floor struct {
	t *testing.T
	l *Listen

	mu         sync.Mutex
	channels   map[string]string // channel → bridge it is in
	bridges    map[string]bool
	played     []string
	records    []string
	joinErr    map[string]error
	beforeJoin func()
	started    time.Time

	sessions []dialer.Session
	calls    []dialer.Call
	intents  []dialer.Intent
	dbAway   bool
	dbHangs  bool // answers nothing until its caller gives up
	holdErr  error
	writeErr func([]Change) error
	written  []Change
}

var errAway = errors.Join(dialer.ErrUnavailable, errors.New("no database"))

// run starts a listen inside a synctest bubble, after prepare.
func run(t *testing.T, prepare func(*floor), test func(*floor)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := &floor{
			t: t, channels: map[string]string{}, bridges: map[string]bool{}, joinErr: map[string]error{},
			started: time.Now().Add(-time.Hour),
		}
		f.l = New(Config{
			Server: dialer.Server{ID: 1, Name: "tel1"}, Legs: f, Mixer: f, Store: f, Journal: f, History: true,
			Clock: new(dialer.Clock), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		})
		if prepare != nil {
			prepare(f)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- f.l.Run(ctx, func() {}) }()
		defer func() {
			stop()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}()
		f.l.Live(ctx)
		<-f.l.Ready()
		test(f)
	})
}

var campaign = dialer.Campaign{
	ID: "C1", DropMillis: 2000, DialTimeout: 26, Record: true, SafeHarbour: "sorry", AMD: dialer.AMDOff,
}

// login brings an agent to READY.
func (f *floor) login(id dialer.SessionID) {
	f.t.Helper()
	f.mu.Lock()
	f.sessions = append(f.sessions, dialer.Session{
		ID: id, UserID: dialer.UserID(id), CampaignID: "C1", ServerID: 1, State: dialer.AgentConnecting, SeenAt: time.Now().Add(time.Hour),
	})
	f.mu.Unlock()
	f.arrive(id.Channel(1))
	f.settle(time.Second)
	f.want(id, dialer.IntentReady, dialer.IntentArgs{})
	f.agent(id, dialer.AgentReady)
}

// dial places a call and has it answered and handed over.
func (f *floor) dial(id dialer.CallID) {
	f.l.Place([]dialer.Call{{ID: id, State: dialer.CallPlaced, Sent: true, CampaignID: "C1", LeadID: dialer.LeadID(id) + 1000, E164: "+12125550100", ServerID: 1, PlacedAt: time.Now()}}, campaign)
	f.tell(dialer.LegCreated, id.Channel())
	f.tell(dialer.LegRinging, id.Channel())
}

func (f *floor) answer(id dialer.CallID) {
	f.tell(dialer.LegAnswered, id.Channel())
	f.arrive(id.Channel(), "", "")
}

func (f *floor) arrive(channel string, args ...string) {
	f.mu.Lock()
	f.channels[channel] = ""
	f.mu.Unlock()
	f.l.Leg(dialer.LegEvent{Kind: dialer.LegArrived, Channel: channel, At: time.Now(), Args: args})
}

func (f *floor) tell(kind dialer.LegKind, channel string) {
	f.l.Leg(dialer.LegEvent{Kind: kind, Channel: channel, At: time.Now()})
}

// gone ends a channel as its far end would.
func (f *floor) gone(channel string, cause, sip int) {
	f.mu.Lock()
	delete(f.channels, channel)
	f.mu.Unlock()
	f.l.Leg(dialer.LegEvent{Kind: dialer.LegEnded, Channel: channel, At: time.Now(), Cause: cause, SIPCode: sip})
}

var nextIntent dialer.IntentID

func (f *floor) want(s dialer.SessionID, kind dialer.IntentKind, args dialer.IntentArgs) dialer.IntentID {
	f.mu.Lock()
	nextIntent++
	id := nextIntent
	f.intents = append(f.intents, dialer.Intent{ID: id, ServerID: 1, SessionID: s, Kind: kind, Args: args})
	f.mu.Unlock()
	f.l.Poke(f.t.Context())
	f.settle(100 * time.Millisecond)
	return id
}

// settle lets d pass and everything that follows from it happen.
func (f *floor) settle(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (f *floor) agent(id dialer.SessionID, want dialer.AgentState) {
	f.t.Helper()
	synctest.Wait()
	got := dialer.AgentState("")
	f.look(func() {
		if s := f.l.shifts[id]; s != nil {
			got = s.State
		}
	})
	if got != want {
		f.t.Errorf("agent %d is %q, want %s", id, got, want)
	}
}

// look runs in the loop.
func (f *floor) look(fn func()) {
	done := make(chan struct{})
	f.l.inbox.put(func() { fn(); close(done) })
	<-done
}

// last is the newest row that the journal has of a call.
func (f *floor) last(id dialer.CallID) dialer.Call {
	f.settle(100 * time.Millisecond)
	f.mu.Lock()
	defer f.mu.Unlock()
	var c dialer.Call
	for _, ch := range f.written {
		if ch.Call != nil && ch.Call.ID == id {
			c = *ch.Call
		}
	}
	return c
}

func (f *floor) find(match func(Change) bool) (found []Change) {
	f.settle(100 * time.Millisecond)
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, ch := range f.written {
		if match(ch) {
			found = append(found, ch)
		}
	}
	return found
}

// The PBX.

func (f *floor) Hangup(_ context.Context, channel string, cause int) error {
	f.mu.Lock()
	_, ok := f.channels[channel]
	f.mu.Unlock()
	if !ok {
		return dialer.ErrNotFound
	}
	f.gone(channel, cause, 0)
	return nil
}

func (f *floor) Play(_ context.Context, channel, sound string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.channels[channel]; !ok {
		return dialer.ErrNotFound
	}
	f.played = append(f.played, sound)
	return nil
}

func (f *floor) Record(_ context.Context, _, file string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.records = append(f.records, file)
	return nil
}

func (f *floor) Survey(context.Context) (dialer.Survey, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := dialer.Survey{Started: f.started}
	for c, b := range f.channels {
		s.Legs = append(s.Legs, dialer.Leg{Channel: c, Up: true, Bridge: b})
	}
	for b := range f.bridges {
		s.Bridges = append(s.Bridges, b)
	}
	return s, nil
}

func (f *floor) Bridge(_ context.Context, bridge string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bridges[bridge] = true
	return nil
}

func (f *floor) Join(_ context.Context, bridge, channel string) error {
	f.mu.Lock()
	hook := f.beforeJoin
	f.beforeJoin = nil
	f.mu.Unlock()
	if hook != nil {
		hook()
	}
	f.mu.Lock()
	err := f.joinErr[channel]
	_, ok := f.channels[channel]
	switch {
	case err != nil:
	case !ok:
		err = dialer.ErrNotFound
	case !f.bridges[bridge]:
		err = dialer.ErrConflict
	}
	if err == nil {
		f.channels[channel] = bridge
	}
	f.mu.Unlock()
	if err == nil {
		f.l.Leg(dialer.LegEvent{Kind: dialer.LegJoined, Channel: channel, Bridge: bridge, At: time.Now()})
	}
	return err
}

func (f *floor) Hold(_ context.Context, _, channel string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.holdErr != nil {
		return f.holdErr
	}
	f.channels[channel] = ""
	return nil
}

func (f *floor) Resume(ctx context.Context, bridge, channel string) error {
	return f.Join(ctx, bridge, channel)
}

func (f *floor) Destroy(_ context.Context, bridge string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.bridges, bridge)
	return nil
}

// The database.

func (f *floor) LiveSessions(ctx context.Context, _ dialer.ServerID) ([]dialer.Session, error) {
	f.mu.Lock()
	hangs := f.dbHangs
	f.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dbAway {
		return nil, errAway
	}
	return append([]dialer.Session(nil), f.sessions...), nil
}

func (f *floor) LiveCalls(context.Context, dialer.ServerID) ([]dialer.Call, error) {
	return f.calls, nil
}

func (f *floor) OpenIntents(context.Context, dialer.ServerID) ([]dialer.Intent, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]dialer.Intent(nil), f.intents...), nil // closed ones too: as if nothing were written yet
}

func (f *floor) Campaign(context.Context, dialer.CampaignID) (dialer.Campaign, error) {
	return campaign, nil
}

func (f *floor) DNCStatuses(context.Context) (map[dialer.Status]bool, error) {
	return map[dialer.Status]bool{"DNC": true}, nil
}

func (f *floor) Write(_ context.Context, _ dialer.ServerID, changes []Change) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dbAway {
		return errAway
	}
	if f.writeErr != nil {
		return f.writeErr(changes)
	}
	f.written = append(f.written, changes...)
	return nil
}
