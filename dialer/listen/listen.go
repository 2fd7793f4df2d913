// Package listen runs every call and every agent's leg of one Asterisk: events
// of the PBX and clicks of agents come in, the tables of dialer/call and
// dialer/agent say what they mean, commands go to the PBX and changes to the
// journal.
//
//	PBX events ─┐                       ┌─▶ commands, in order per leg ─▶ PBX
//	intents ────┼─▶ one goroutine, ─────┤
//	timers ─────┘   all state in memory └─▶ changes, in order ─▶ one transaction a batch
//
// One goroutine owns all state, so a decision never waits: not for the
// database (a call that is answered while MariaDB is away still gets its
// agent), not for the PBX. Exactly one listen writes an Asterisk's calls and
// agents; should it die, the next one adopts what the PBX has.
//
// Legs are known by ids of ours (dialer.CallID.Channel and its like), so that
// what is found can be placed:
//
//	tl-c-CALL         the customer: the call's one row, from dialing to its end
//	tl-a-SESSION-LEG  an agent's phone, in the bridge tl-b-SESSION all shift
//	tl-y-CALL-TO-N    a leg to another server, whose agent has the call
//	tl-t-CALL-N       a third party, with a row of its own (call_legs)
//	tl-s-WATCH-LEG    a supervisor's phone, and tl-n-WATCH-N, its snoop, in
//	                  the bridge tl-w-WATCH; their row is in watches
//
// A call that goes on without its agent moves to a bridge of its own, tl-x-CALL.
package listen

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/call"
	"trunkline/dialer/pacing"
)

// Legs commands single channels. Every command has a deadline of its own, may
// come to a channel that is gone (dialer.ErrNotFound), and comes again when its
// answer was lost.
type Legs interface {
	Hangup(ctx context.Context, channel string, cause int) error
	Play(ctx context.Context, channel, sound string) error // a LegPlayed event tells its end
	// Playing tells whether what Play began goes on.
	Playing(ctx context.Context, channel string) (bool, error)
	Music(ctx context.Context, channel, music string) error // on hold, for a channel in no bridge: a sound of ours or a class; "": the default
	Greet(ctx context.Context, channel, sound string) error // a LegPlayed event tells its end; Hush may be it
	Hush(ctx context.Context, channel string) error         // ends music, and what Greet plays
	Record(ctx context.Context, channel, file string) error // unless it is being recorded
	// Recorded tells whether a recording of the channel was started.
	Recorded(ctx context.Context, channel string) (bool, error)
	// SilenceRecording has the recording go on with silence, or with sound.
	SilenceRecording(ctx context.Context, channel string, silent bool) error
	// FollowSound has the recording of a channel, if there is one, hear a new
	// source of sound. Hold, Resume and TakeOut do so by themselves.
	FollowSound(ctx context.Context, channel string) error
	// Call makes a leg, puts it into its bridge and dials it.
	Call(ctx context.Context, o dialer.Outgoing) error
	// Ring calls an agent's phone by its endpoint's name; the leg arrives when it
	// has answered.
	Ring(ctx context.Context, session dialer.SessionID, channel, login string) error
	Mute(ctx context.Context, channel string, on bool) error
	Digits(ctx context.Context, channel, digits string) error
	// Snoop makes a channel that hears both sides of another and, whispering,
	// is heard by that one's own side only. It arrives as any leg.
	Snoop(ctx context.Context, channel, snoop string, whisper bool) error
	// Received counts the packets of sound from a channel's far end.
	Received(ctx context.Context, channel string) (int, error)
	Survey(ctx context.Context) (dialer.Survey, error)
	// NoteKey has the note that the PBX keeps of a call say that its callee has
	// asked never to be called again.
	NoteKey(ctx context.Context, channel string) error
	// Forget removes that note.
	Forget(ctx context.Context, call dialer.CallID) error
	// Cross calls another server for one of its agents; the leg arrives when the
	// agent has been had.
	Cross(ctx context.Context, c dialer.Crossing) error
	// Take answers another server's call, which came over that trunk, and puts it
	// into its agent's bridge.
	Take(ctx context.Context, bridge, channel, trunk string) error
}

// Mixer commands agents' bridges.
type Mixer interface {
	Bridge(ctx context.Context, bridge string) error // makes it unless it is there
	Join(ctx context.Context, bridge, channel string) error
	Hold(ctx context.Context, bridge, channel, music string) error // out of the bridge, with music as Legs.Music has it
	Resume(ctx context.Context, bridge, channel string) error
	Destroy(ctx context.Context, bridge string) error
	// TakeOut takes a channel out of its bridge, or from its music.
	TakeOut(ctx context.Context, bridge, channel string, held bool) error
	Announce(ctx context.Context, bridge, sound string) error // to everybody in it
	// Notice does so for a channel in it; a LegPlayed event of that channel
	// tells the end.
	Notice(ctx context.Context, bridge, channel, sound string) error
}

// Store is what listen reads.
type Store interface {
	LiveSessions(ctx context.Context, server dialer.ServerID) ([]dialer.Session, error)
	// LiveCalls are the calls that have not ended, and those that an agent
	// has in wrap-up.
	LiveCalls(ctx context.Context, server dialer.ServerID) ([]dialer.Call, error)
	OpenIntents(ctx context.Context, server dialer.ServerID) ([]dialer.Intent, error)
	// Chosen are the dispositions that agents chose while their call was up, and
	// the clicks that parked a call, oldest first: of the shifts that are in a call
	// or its wrap-up, and carried out already.
	Chosen(ctx context.Context, server dialer.ServerID) ([]dialer.Intent, error)
	// News tells in one question whether there is any need for OpenIntents and
	// LiveWatches.
	News(ctx context.Context, server dialer.ServerID) (News, error)
	Campaign(ctx context.Context, id dialer.CampaignID) (dialer.Campaign, error)
	DNCStatuses(ctx context.Context) (map[dialer.Status]bool, error) // dispositions that put a number on the DNC
	// Outcomes are the carriers' own tables of what a failed call becomes.
	Outcomes(ctx context.Context) (map[dialer.CarrierID]call.Table, error)
	Carriers(ctx context.Context) ([]dialer.Carrier, error)
	// LiveThirds are the third parties of a server's calls that have not ended.
	LiveThirds(ctx context.Context, server dialer.ServerID) ([]dialer.Third, error)
	// LiveWatches are the supervisors' ears at a server's agents.
	LiveWatches(ctx context.Context, server dialer.ServerID) ([]dialer.Watch, error)

	// Prospect is the lead of that id, or of that number in the campaign's
	// lists, with what the rules have to know.
	Prospect(ctx context.Context, campaign dialer.CampaignID, server dialer.ServerID, lead dialer.LeadID, e164 string, now time.Time) (Prospect, error)
	// PlaceByHand commits a call that an agent dials, counts it on its lead
	// (a number without one gets one) and takes the lead out of the hopper.
	PlaceByHand(ctx context.Context, c dialer.Call) (dialer.Call, error)
	NextLead(ctx context.Context, campaign dialer.CampaignID, server dialer.ServerID, now time.Time) (dialer.LeadID, error)
	GiveBack(ctx context.Context, lead dialer.LeadID) error

	// FreeElsewhere are agents of other servers who wait for a call of these
	// campaigns, the longest first.
	FreeElsewhere(ctx context.Context, server dialer.ServerID, campaigns []dialer.CampaignID) ([]dialer.FreeAgent, error)
	CallByID(ctx context.Context, id dialer.CallID) (dialer.Call, error)
	// Reclaim makes a call that another server has, and whose line is ours, our
	// own: if that server gives no sign of life, else ErrConflict. met is when the
	// customer met the agent, should the books not know.
	Reclaim(ctx context.Context, id dialer.FerryID, line dialer.ServerID, met time.Time) (dialer.Call, error)
}

// News are what the database has for a listen, by ids: clicks that nobody has
// closed, and watches that go on.
type News struct {
	Intents []dialer.IntentID
	Watches []dialer.WatchID
}

// Waker hints the web role that events were written, so that screens need not
// wait for its next look. Losing a hint costs a tenth of a second.
type Waker interface{ Wake(ctx context.Context) }

// Config is what a listen needs.
type Config struct {
	Server  dialer.Server
	Legs    Legs
	Mixer   Mixer
	Store   Store
	Journal Journal
	Waker   Waker
	IDs     *dialer.IDs // of calls by hand
	Clock   *dialer.Clock
	Log     *slog.Logger
	Watch   func(dialer.CampaignID, pacing.Event, dialer.Status) // lets pacing learn; must not block; nil: nobody does
}

// Listen is the state of one Asterisk's calls and agents.
type Listen struct {
	Config
	inbox   queue[func()]
	lanes   lanes
	changed chan struct{}
	journal *writer

	// Owned by the goroutine of Run.
	calls     map[dialer.CallID]*liveCall
	shifts    map[dialer.SessionID]*shift
	watches   map[dialer.WatchID]*watching
	unwatched map[dialer.WatchID]time.Time // watches that have ended, perhaps not in the database yet
	dnc       map[dialer.Status]bool
	outcomes  map[dialer.CarrierID]call.Table
	carriers  map[dialer.CarrierID]dialer.Carrier
	closed    map[dialer.IntentID]time.Time  // intents carried out, perhaps not in the database yet
	owed      map[dialer.CallID]*liveCall    // calls whose agent has another already, and whose disposition is still to come
	left      map[dialer.SessionID]time.Time // shifts that have ended, perhaps not in the database yet
	unwritten map[dialer.CallID]bool         // calls that have ended, whose end is not in the database yet
	early     map[string]earlyLeg            // agents' legs that arrived before their session was read
	strays    map[string]bool                // channels without a place in the books at the last survey
	polling   bool
	pollSoon  bool
	clickSoon bool
	stepped   time.Time // the last step's
	listed    time.Time // when the shifts were read
	sighted   time.Time // when the database last told what it has
	resighted time.Time // the same, for the first time after it could not
	reread    time.Time // when the carriers' tables were read
	sounded   time.Time // when the packets of sound were counted last
	sounding  bool      // they are being counted
	second    bool      // a second survey is due soon
	asking    bool      // a survey is under way
	mum       bool      // the PBX did not answer the last one
	surveyed  time.Time // when the PBX was last asked what it has, this host's clock
	illegal   int       // refused transitions, for the log

	fates   map[string]int // what has become of how many calls, to be said together
	fatesAt time.Time      // since then

	ferries   map[dialer.CallID]*ferry       // calls that are with another server's agent
	lost      map[*ferry]bool                // those whose customers have hung up, not long ago
	unsaid    map[dialer.CallID]unsaid       // calls whose agents may still say what became of them
	guests    map[string]*guest              // other servers' legs whose calls are not ours yet, by channel
	visitors  map[string]visitor             // and those whose calls are
	shy       map[dialer.SessionID]time.Time // other servers' agents not to be asked until then
	avoid     map[dialer.ServerID]time.Time  // nor servers
	crossed   map[dialer.CampaignID][]dialer.Crossed
	gonePeers map[dialer.ServerID]time.Time     // servers to which the trunk leads nowhere, since then
	parted    atomic.Pointer[[]dialer.ServerID] // the same, for others to read

	ready     chan struct{} // closed once what the PBX has is adopted
	readyOnce sync.Once
}

type earlyLeg struct {
	channel string
	at      time.Time
}

// Timing that is ours to choose.
const (
	tickEvery      = 50 * time.Millisecond
	pollLimit      = 1200 * time.Millisecond
	blindAfter     = 2 * time.Second        // without a look at the database
	pollEvery      = 500 * time.Millisecond // whether there are clicks; a UserEvent brings each at once
	listEvery      = time.Second            // the shifts, with when their pages were seen
	surveyEvery    = time.Minute
	unseenRoute    = 5 * time.Second  // no calls to an agent whose page has been away longer
	unseenPause    = 30 * time.Second // then paused with code LAGGED
	unseenOut      = 10 * time.Minute // a shift that nobody is at ends
	failGuard      = 3 * time.Second  // after a failed originate, for the channel's own end to tell the cause
	messageLimit   = 30 * time.Second // longest safe-harbour message
	remember       = time.Hour        // what the database may not have been told yet
	settle         = 3 * time.Second  // a survey says nothing of calls younger than this
	unsentAfter    = 20 * time.Second // an originate that made no channel by then never will: 5 s to commit it, 5 for those before it, 5 for its answer
	orphanAfter    = 10 * time.Second // the same, when who would have sent it is dead
	outcomesEvery  = 5 * time.Second  // an admin's change of a carrier is taken up within that
	voicemailLimit = 3 * time.Minute  // longest message left on a machine
	insist         = 5 * time.Second  // a command that did not reach the PBX is sent again for so long
	insistEvery    = 100 * time.Millisecond
)

// causeLost is the Q.850 cause of an end that nobody told the cause of:
// temporary failure.
const causeLost = 41

// builtInMessage are Asterisk's own sounds, for a campaign that names no
// safe-harbour message. It cannot name the business: to dial in the US a
// campaign needs its own (47 CFR 64.1200(a)(7)(i)).
const builtInMessage = "sorry&goodbye"

// lagged is VICIdial's pause code for an agent whose page went away.
const lagged = "LAGGED"

// New makes a listen; Run starts it.
func New(c Config) *Listen {
	return &Listen{
		Config:    c,
		inbox:     newQueue[func()](),
		changed:   make(chan struct{}, 1),
		calls:     map[dialer.CallID]*liveCall{},
		shifts:    map[dialer.SessionID]*shift{},
		watches:   map[dialer.WatchID]*watching{},
		unwatched: map[dialer.WatchID]time.Time{},
		closed:    map[dialer.IntentID]time.Time{},
		owed:      map[dialer.CallID]*liveCall{},
		left:      map[dialer.SessionID]time.Time{},
		unwritten: map[dialer.CallID]bool{},
		fates:     map[string]int{},
		early:     map[string]earlyLeg{},
		ferries:   map[dialer.CallID]*ferry{},
		guests:    map[string]*guest{},
		visitors:  map[string]visitor{},
		shy:       map[dialer.SessionID]time.Time{},
		avoid:     map[dialer.ServerID]time.Time{},
		crossed:   map[dialer.CampaignID][]dialer.Crossed{},
		gonePeers: map[dialer.ServerID]time.Time{}, lost: map[*ferry]bool{}, unsaid: map[dialer.CallID]unsaid{},
		ready: make(chan struct{}),
	}
}

// Run runs until ctx ends. Beat is called as long as the loop makes progress.
// What the database has of this server is read first; then events count.
func (l *Listen) Run(ctx context.Context, beat func()) error {
	l.lanes = newLanes(ctx)
	l.journal = newWriter(l.Journal, l.Log, func(batch []Change) {
		if l.Waker != nil {
			l.Waker.Wake(ctx)
		}
		l.inbox.put(func() { l.wrote(batch) })
	})
	ended, written := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(written)
		l.journal.run(ended)
	}()
	defer func() {
		l.sayFates()
		close(ended)
		<-written
	}()

	err := l.load(ctx)
	if err != nil {
		return err
	}
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	var polled time.Time
	l.surveyed = time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-l.inbox.waiting():
			for _, f := range l.inbox.take() {
				f()
			}
		case now := <-tick.C:
			beat()
			l.step(l.Clock.At(now))
			l.listenIn(ctx, l.Clock.At(now))
			if now.Sub(polled) >= pollEvery || l.pollSoon {
				polled = now
				l.poll(ctx)
			} else if l.clickSoon {
				l.clicked(ctx)
			}
			due := now.Sub(l.surveyed) >= surveyEvery || l.second && now.Sub(l.surveyed) > time.Second
			if due && (l.isReady() || l.mum) {
				l.second = false
				l.survey(ctx)
			}
		}
	}
}

// Changed rings after calls or agents have changed, for pacing to look again.
func (l *Listen) Changed() <-chan struct{} { return l.changed }

func (l *Listen) ring() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

// Ready is closed once listen knows what the PBX has; dialing waits for it.
func (l *Listen) Ready() <-chan struct{} { return l.ready }

func (l *Listen) isReady() bool {
	select {
	case <-l.ready:
		return true
	default:
		return false
	}
}

// Leg takes an event of the PBX. It never blocks.
func (l *Listen) Leg(e dialer.LegEvent) {
	e.At = l.Clock.At(e.At)
	l.inbox.put(func() { l.leg(e) })
}

// Poke makes listen look at the open intents now. It never blocks.
func (l *Listen) Poke(ctx context.Context) { l.inbox.put(func() { l.clicked(ctx) }) }

// Click takes an intent whose row is in the database and need not be read: all of
// it came with the hint. It never blocks. One that may have others before it is
// read with them, in their order.
func (l *Listen) Click(ctx context.Context, in dialer.Intent) {
	in.ServerID = l.Server.ID
	l.inbox.put(func() {
		if l.polling || l.clickSoon || l.pollSoon || !l.knows(in) {
			l.clicked(ctx)
			return
		}
		l.intent(in)
	})
}

// Gap says that events may have been lost. It comes before those that are told
// afterwards.
func (l *Listen) Gap() {
	l.inbox.put(func() {
		for _, c := range l.calls {
			c.gapped = true
		}
	})
}

// Live says that the event stream is attached and that what it told so far was
// history: now the PBX is asked what it has.
func (l *Listen) Live(ctx context.Context) { l.inbox.put(func() { l.survey(ctx) }) }

// Missed says that something may have happened of which nothing was told: the
// PBX is asked soon what it has. It never blocks.
func (l *Listen) Missed() { l.inbox.put(func() { l.second = true }) }

// untilDone tries until it works or ctx ends, with a pause that grows to 2 s.
func (l *Listen) untilDone(ctx context.Context, what string, try func() error) error {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		err := try()
		if err == nil {
			return nil
		}
		l.Log.Warn("waiting: "+what, "err", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// leg routes an event to its call or its agent.
func (l *Listen) leg(e dialer.LegEvent) {
	if e.Guest != nil {
		l.guestArrived(e)
		return
	}
	if g := l.guests[e.Channel]; g != nil {
		l.guestLeg(g, e)
		return
	}
	if v, ok := l.visitors[e.Channel]; ok {
		l.callLeg(v.Call, e)
		if e.Kind == dialer.LegEnded {
			delete(l.visitors, e.Channel)
		}
		return
	}
	if id, ok := dialer.FerryOfChannel(e.Channel); ok {
		l.ferryLeg(id, e)
		return
	}
	if id, ok := dialer.CallOfChannel(e.Channel); ok {
		l.callLeg(id, e)
		return
	}
	if id, ok := dialer.SessionOfChannel(e.Channel); ok {
		l.agentLeg(id, e)
		return
	}
	if id, ok := dialer.ThirdOfChannel(e.Channel); ok {
		l.thirdLeg(id, e)
		return
	}
	if id, snoop, ok := dialer.WatchOfChannel(e.Channel); ok {
		l.watchLeg(id, snoop, e)
	}
}

// step does what time asks for.
func (l *Listen) step(now time.Time) {
	if by := l.stepped.Sub(now); by > setBackBy {
		l.setBack(by)
	}
	l.stepped = now
	if now.Sub(l.fatesAt) >= time.Second {
		l.sayFates()
	}
	for _, c := range l.calls {
		l.callTimers(c, now)
		l.crossTimers(c, now)
	}
	l.guestTimers(now)
	l.peerTimers(now)
	l.lostTimers(now)
	l.unsaidTimers(now)
	for _, s := range l.shifts {
		l.shiftTimers(s, now)
	}
	for _, w := range l.watches {
		if l.shifts[w.SessionID] == nil && w.CallID == 0 {
			l.endWatch(w, now)
		} else if !w.again.IsZero() && now.After(w.again) {
			l.hear(w)
		}
	}
	forget := func(at time.Time) bool { return now.Sub(at) > remember }
	maps.DeleteFunc(l.shy, func(_ dialer.SessionID, until time.Time) bool { return now.After(until) })
	maps.DeleteFunc(l.closed, func(_ dialer.IntentID, at time.Time) bool { return forget(at) })
	maps.DeleteFunc(l.left, func(_ dialer.SessionID, at time.Time) bool { return forget(at) })
	maps.DeleteFunc(l.unwatched, func(_ dialer.WatchID, at time.Time) bool { return forget(at) })
	for channel, e := range l.early {
		if now.Sub(e.at) > 10*time.Second {
			delete(l.early, channel)
			l.Log.Warn("an agent's phone arrived for a shift that is not there; hanging it up", "channel", channel)
			l.command(channel, "hang up", func(ctx context.Context) error { return l.Legs.Hangup(ctx, channel, 16) }, nil)
		}
	}
}

// command sends the PBX a command in the lane of key: lanes keep their order
// and do not wait for each other. While the PBX cannot be reached it is sent
// again: a customer must not stay on the line because a connection broke when
// the hang-up was on its way. failed, when given, runs in the loop.
func (l *Listen) command(key, what string, do func(context.Context) error, failed func(error)) {
	l.lanes.put(key, func(ctx context.Context) {
		err := do(ctx)
		for tried := time.Now(); errors.Is(err, dialer.ErrUnavailable) && time.Since(tried) < insist; err = do(ctx) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(insistEvery):
			}
		}
		if err == nil || ctx.Err() != nil {
			return
		}
		if failed == nil {
			l.Log.Debug("the PBX refused", "command", what, "for", key, "err", err)
			return
		}
		l.inbox.put(func() { failed(err) })
	})
}

// ask is a command whose outcome matters either way: then runs in the loop.
func (l *Listen) ask(key string, do func(context.Context) error, then func(error)) {
	l.lanes.put(key, func(ctx context.Context) {
		err := do(ctx)
		if ctx.Err() == nil {
			l.inbox.put(func() { then(err) })
		}
	})
}

// together says what may become of all calls at once: each by itself for whoever
// looks for it, and those of a second in one warning.
func (l *Listen) together(what string, c *liveCall) {
	if len(l.fates) == 0 {
		l.fatesAt = l.Clock.Now()
	}
	l.fates[what]++
	l.Log.Info(what, "call", c.ID, "state", c.State)
}

func (l *Listen) sayFates() {
	for what, n := range l.fates {
		l.Log.Warn(what, "calls", n)
	}
	clear(l.fates)
}

func (l *Listen) refused(what string, err error, args ...any) {
	l.illegal++
	l.Log.Warn("event out of place: "+what, append(args, "err", err, "so_far", l.illegal)...)
}
