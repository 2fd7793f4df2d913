package listen

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/call"
	"trunkline/dialer/compliance"
)

// floor is a listen with a PBX of one page's size behind it: channels and
// bridges that remember where they are and tell events, as Asterisk does. The
// real one is met in the call-flow tests; this one fails on demand.
type floor struct {
	t *testing.T
	l *Listen

	mu          sync.Mutex
	channels    map[string]string // channel → bridge it is in
	bridges     map[string]bool
	played      []string
	playErr     error
	rung        []string // agents' phones
	ringErr     error
	music       map[string]bool
	class       string          // of the latest music
	greets      []string        // what Greet played
	greeting    map[string]bool // channels that hear it now
	greetErr    error
	lax         bool // login does not ask where it ends
	records     []string
	recorded    map[string]bool
	silenced    []string
	silenceErr  error
	noticeErr   error
	onNotice    func()
	campaign    dialer.Campaign
	callErr     error
	out         []dialer.Outgoing
	thirds      []dialer.Third
	prospect    Prospect
	placed      []dialer.Call
	givenBack   []dialer.LeadID
	nextLead    time.Duration // what the database takes to find the next lead
	prospectErr error
	placeErr    error           // after the commit
	clicked     time.Duration   // how long ago the intents were written
	mute        map[string]bool // channels from which no sound comes
	packets     map[string]int  // counted of each
	watches     []dialer.Watch
	surveyTakes time.Duration
	joinErr     map[string]error
	beforeJoin  func()
	started     time.Time
	deaf        bool // joins are not told: the connection with the event broke
	hangupErrs  int  // so many hang-ups do not reach the PBX
	hangupTakes time.Duration
	notes       map[dialer.CallID]dialer.Note
	noteErrs    int // so many surveys fail
	forgotten   []dialer.CallID
	keys        []string        // channels whose note says that the callee asked not to be called
	down        map[string]bool // channels that ring
	early       bool            // they send early media instead
	upAt        time.Time       // when those that are up were answered, and asked for us

	sessions []dialer.Session
	calls    []dialer.Call
	intents  []dialer.Intent
	playing  map[string]bool // channels that hear what an earlier listen began to play
	chosen   []dialer.Intent // dispositions, while an earlier listen had the call
	dbAway   bool
	reads    int  // of the intents
	dbHangs  bool // answers nothing until its caller gives up
	holdErr  error
	writeErr func([]Change) error
	written  []Change
	batches  [][]Change           // the same, by transaction
	looks    map[string]int       // at the database, by what was asked
	hung     map[string]time.Time // channels that we hung up

	// Where there is another server.
	server    dialer.ServerID
	world     *world
	far       map[string]string        // the other PBX's end of a channel
	asked     map[string]*dialer.Guest // what its calls ask for
	stuckRead bool                     // the next read of a call's row gets no answer
	stale     bool                     // the database says that every agent here is free
}

func (f *floor) hungAt(channel string) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hung[channel]
}

var errAway = errors.Join(dialer.ErrUnavailable, errors.New("no database"))

// run starts a listen inside a synctest bubble, after prepare.
func run(t *testing.T, prepare func(*floor), test func(*floor)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := &floor{
			t: t, channels: map[string]string{}, bridges: map[string]bool{}, joinErr: map[string]error{},
			started: time.Now().Add(-time.Hour), notes: map[dialer.CallID]dialer.Note{}, recorded: map[string]bool{}, mute: map[string]bool{}, music: map[string]bool{}, greeting: map[string]bool{},
			campaign: campaign, looks: map[string]int{},
		}
		f.l = New(Config{
			Server: dialer.Server{ID: 1, Name: "tel1"}, Legs: f, Mixer: f, Store: f, Journal: f,
			IDs: dialer.NewIDs(1), Clock: new(dialer.Clock), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
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
	ID: "C1", DropMillis: 2000, DialTimeout: 26, Record: dialer.RecordAll, SafeHarbour: "sorry", CarrierID: 1, CallTo: 1440, AMD: dialer.AMDOff,
}

// login brings an agent to READY.
func (f *floor) login(id dialer.SessionID) {
	f.t.Helper()
	f.mu.Lock()
	f.sessions = append(f.sessions, dialer.Session{
		ID: id, UserID: dialer.UserID(id), CampaignID: "C1", ServerID: max(f.server, 1), State: dialer.AgentConnecting, SeenAt: time.Now().Add(time.Hour),
	})
	f.mu.Unlock()
	f.arrive(id.Channel(1))
	f.settle(time.Second)
	f.want(id, dialer.IntentReady, dialer.IntentArgs{})
	if !f.lax {
		f.agent(id, dialer.AgentReady)
	}
}

// dial places a call and has it answered and handed over.
func (f *floor) dial(id dialer.CallID) {
	f.l.Place([]dialer.Call{{ID: id, State: dialer.CallPlaced, Sent: true, CampaignID: "C1", LeadID: dialer.LeadID(id) + 1000, E164: "+12125550100", ServerID: 1, CarrierID: 1, PlacedAt: time.Now()}}, f.campaign)
	f.mu.Lock()
	f.notes[id] = dialer.Note{Sent: true}
	f.mu.Unlock()
	if f.world != nil {
		f.world.commit(dialer.Call{ID: id, State: dialer.CallPlaced, Sent: true, CampaignID: "C1", LeadID: dialer.LeadID(id) + 1000, E164: "+12125550100", ServerID: 1, CarrierID: 1, PlacedAt: time.Now()})
	}
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
	f.tell(dialer.LegHungUp, channel)
	f.cut(channel, cause, sip)
}

// cut ends a channel as this side would.
func (f *floor) cut(channel string, cause, sip int) {
	f.mu.Lock()
	delete(f.channels, channel)
	f.mu.Unlock()
	f.l.Leg(dialer.LegEvent{Kind: dialer.LegEnded, Channel: channel, At: time.Now(), Cause: cause, SIPCode: sip})
}

var nextIntent dialer.IntentID

func (f *floor) want(s dialer.SessionID, kind dialer.IntentKind, args dialer.IntentArgs) dialer.IntentID {
	f.mu.Lock()
	nextIntent++
	id := dialer.IntentID(time.Now().Add(-f.clicked).Sub(dialer.IntentID(0).At()).Milliseconds()<<13) + nextIntent&8191
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
	f.settle(apart + 10*time.Millisecond) // the journal has written it by then
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

func (f *floor) Play(_ context.Context, channel, sound string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.channels[channel]; !ok {
		return dialer.ErrNotFound
	}
	if f.playErr != nil {
		return f.playErr
	}
	f.played = append(f.played, sound)
	return nil
}

func (f *floor) Playing(_ context.Context, channel string) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.playing[channel], nil
}

func (f *floor) Ring(_ context.Context, session dialer.SessionID, channel, login string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rung = append(f.rung, session.String()+" "+channel+" "+login)
	return f.ringErr
}

func (f *floor) Music(_ context.Context, channel, class string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.music[channel], f.class = true, class
	return nil
}

func (f *floor) Greet(_ context.Context, channel, sound string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.greets = append(f.greets, sound)
	f.greeting[channel] = true
	return f.greetErr
}

// Hush tells of the end of what Greet plays, as Asterisk does.
func (f *floor) Hush(_ context.Context, channel string) error {
	f.mu.Lock()
	f.music[channel] = false
	cut := f.greeting[channel]
	delete(f.greeting, channel)
	f.mu.Unlock()
	if cut {
		f.l.Leg(dialer.LegEvent{Kind: dialer.LegPlayed, Channel: channel, At: time.Now()})
	}
	return nil
}

func (f *floor) Record(_ context.Context, _, file string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.records = append(f.records, file)
	return nil
}

func (f *floor) Recorded(_ context.Context, channel string) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.recorded[channel], nil
}

func (f *floor) FollowSound(context.Context, string) error { return nil }

func (f *floor) SilenceRecording(_ context.Context, channel string, silent bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.silenced = append(f.silenced, fmt.Sprint(channel, " ", silent))
	return f.silenceErr
}

func (f *floor) Outcomes(context.Context) (map[dialer.CarrierID]call.Table, error) {
	return map[dialer.CarrierID]call.Table{9: {SIP: map[int]dialer.Status{503: "DC"}}}, nil
}

func (f *floor) Call(_ context.Context, o dialer.Outgoing) error {
	f.mu.Lock()
	err := f.callErr
	if err == nil && !f.bridges[o.Bridge] {
		err = dialer.ErrNotFound
	}
	if err == nil {
		f.channels[o.Channel] = o.Bridge
		f.out = append(f.out, o)
	}
	f.mu.Unlock()
	if err == nil {
		f.l.Leg(dialer.LegEvent{Kind: dialer.LegArrived, Channel: o.Channel, At: time.Now()})
		f.l.Leg(dialer.LegEvent{Kind: dialer.LegJoined, Channel: o.Channel, Bridge: o.Bridge, At: time.Now()})
	}
	return err
}

func (f *floor) Mute(_ context.Context, channel string, on bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.silenced = append(f.silenced, fmt.Sprint("mute ", channel, " ", on))
	return f.silenceErr
}

func (f *floor) Digits(_ context.Context, channel, digits string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.played = append(f.played, channel+" "+digits)
	return nil
}

func (f *floor) Snoop(_ context.Context, channel, snoop string, whisper bool) error {
	f.mu.Lock()
	_, ok := f.channels[channel]
	f.mu.Unlock()
	if !ok {
		return dialer.ErrNotFound
	}
	f.mu.Lock()
	f.played = append(f.played, fmt.Sprint("snoop ", channel, " ", whisper))
	f.mu.Unlock()
	f.arrive(snoop)
	return nil
}

func (f *floor) LiveWatches(context.Context, dialer.ServerID) ([]dialer.Watch, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looks["watches"]++
	return append([]dialer.Watch(nil), f.watches...), nil
}

func (f *floor) Received(_ context.Context, channel string) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.packets == nil {
		f.packets = map[string]int{}
	}
	if !f.mute[channel] {
		f.packets[channel] += 50
	}
	return f.packets[channel], nil
}

func (f *floor) TakeOut(_ context.Context, _, channel string, _ bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.channels[channel] = ""
	return nil
}

func (f *floor) Announce(_ context.Context, bridge, sound string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.played = append(f.played, bridge+" "+sound)
	return nil
}

func (f *floor) Notice(_ context.Context, bridge, channel, sound string) error {
	if f.onNotice != nil {
		f.onNotice()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.noticeErr == nil {
		f.played = append(f.played, fmt.Sprint(bridge, " ", channel, " ", sound, " after recordings ", len(f.records)))
	}
	return f.noticeErr
}

func (f *floor) Survey(context.Context) (dialer.Survey, error) {
	s, err := f.survey()
	f.mu.Lock()
	slow := f.surveyTakes
	f.mu.Unlock()
	time.Sleep(slow) // what has happened since is not in it
	return s, err
}

func (f *floor) survey() (dialer.Survey, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.noteErrs > 0 {
		f.noteErrs--
		return dialer.Survey{}, dialer.ErrUnavailable
	}
	s := dialer.Survey{Started: f.started, Notes: maps.Clone(f.notes)}
	for c, b := range f.channels {
		s.Legs = append(s.Legs, dialer.Leg{Channel: c, Up: !f.down[c], Ringing: f.down[c] && !f.early, Bridge: b, Arrived: !f.down[c] || f.asked[c] != nil, Guest: f.asked[c], UpAt: f.upAt, AskedAt: f.upAt})
	}
	for b := range f.bridges {
		s.Bridges = append(s.Bridges, b)
	}
	return s, nil
}

func (f *floor) NoteKey(_ context.Context, channel string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, up := f.channels[channel]; !up {
		return dialer.ErrNotFound
	}
	f.keys = append(f.keys, channel)
	return nil
}

func (f *floor) Forget(_ context.Context, id dialer.CallID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.notes, id)
	f.forgotten = append(f.forgotten, id)
	return nil
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
	tell := err == nil && !f.deaf
	f.mu.Unlock()
	if tell {
		f.l.Leg(dialer.LegEvent{Kind: dialer.LegJoined, Channel: channel, Bridge: bridge, At: time.Now()})
	}
	return err
}

func (f *floor) Hold(_ context.Context, _, channel, music string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.class = music
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
	f.looks["shifts"]++
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
	all := append([]dialer.Session(nil), f.sessions...)
	if f.world != nil {
		for i := range all {
			for _, ch := range f.written {
				if ch.Session != nil && ch.Session.ID == all[i].ID {
					seen := all[i].SeenAt
					all[i] = *ch.Session
					all[i].SeenAt = seen
				}
			}
		}
	}
	return all, nil
}

func (f *floor) LiveCalls(context.Context, dialer.ServerID) ([]dialer.Call, error) {
	if f.world != nil {
		return f.world.callsOf(f.server), nil
	}
	return f.calls, nil
}

func (f *floor) OpenIntents(context.Context, dialer.ServerID) ([]dialer.Intent, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	f.looks["clicks"]++
	if f.dbAway {
		return nil, errAway
	}
	return append([]dialer.Intent(nil), f.intents...), nil // closed ones too: as if nothing were written yet
}

func (f *floor) Chosen(context.Context, dialer.ServerID) ([]dialer.Intent, error) {
	return f.chosen, nil
}

func (f *floor) News(ctx context.Context, _ dialer.ServerID) (n News, err error) {
	f.mu.Lock()
	f.looks["news"]++
	hangs, away := f.dbHangs, f.dbAway
	for _, in := range f.intents {
		n.Intents = append(n.Intents, in.ID)
	}
	for _, w := range f.watches {
		n.Watches = append(n.Watches, w.ID)
	}
	f.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return n, ctx.Err()
	}
	if away {
		err = errAway
	}
	return n, err
}

func (f *floor) Campaign(context.Context, dialer.CampaignID) (dialer.Campaign, error) {
	return f.campaign, nil
}

func (f *floor) Carriers(context.Context) ([]dialer.Carrier, error) {
	return []dialer.Carrier{{ID: 1, Name: "sim", Active: true}}, nil
}

func (f *floor) LiveThirds(context.Context, dialer.ServerID) ([]dialer.Third, error) {
	return f.thirds, nil
}

func (f *floor) Prospect(_ context.Context, _ dialer.CampaignID, _ dialer.ServerID, lead dialer.LeadID, e164 string, _ time.Time) (Prospect, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.prospectErr != nil {
		return Prospect{}, f.prospectErr
	}
	p := f.prospect
	if p.Lead.E164 == "" {
		p.Lead = dialer.Lead{ID: lead, E164: cmp.Or(e164, "+12125550199")}
	}
	p.History = cmp.Or(p.History, new(compliance.History))
	return p, nil
}

func (f *floor) PlaceByHand(_ context.Context, c dialer.Call) (dialer.Call, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c.LeadID = max(c.LeadID, 1)
	f.placed = append(f.placed, c)
	return c, f.placeErr
}

func (f *floor) GiveBack(_ context.Context, lead dialer.LeadID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.givenBack = append(f.givenBack, lead)
	return nil
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
	f.batches = append(f.batches, changes)
	if f.world != nil {
		for _, ch := range changes {
			if ch.Call != nil {
				f.world.commit(*ch.Call)
			}
		}
	}
	return nil
}
