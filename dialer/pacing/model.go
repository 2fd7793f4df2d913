package pacing

import (
	"math"
	"time"
)

// Kind is what an event of a campaign is.
type Kind uint8

// The kinds of event a Model learns from.
const (
	Asked     Kind = iota + 1 // a call wants an agent: Setup, Rang, Screened
	Lost                      // a call that will never want one: Setup; Rang where it rang; Screened where it was answered
	Connected                 // a call has its agent
	Abandoned                 // a call had no agent in time, once per call
	TalkEnd                   // a call with an agent ended: Talked, Rang
	WrapEnd                   // its wrap-up ended: Talked, Wrapped, Human, Paused
)

// Event is one thing that happened in a campaign, with its durations.
type Event struct {
	At       time.Time
	Kind     Kind
	Setup    time.Duration // from the originate to the first ringing, or to the end of a call that never rang
	Rang     time.Duration // from the first ringing to the answer, or to the end
	Screened time.Duration // from the answer to AMD's verdict, or to the end
	Talked   time.Duration
	Wrapped  time.Duration
	Rung     bool // the call rang
	Answered bool // the call was answered
	Human    bool // the agent's disposition says a person
	Paused   bool // the agent went to pause, or out, after the wrap-up
}

// Resolution of what is learnt, and how fast it is forgotten (in events: shape
// changes slowly, the level of answers is the filter's affair).
const (
	ringBins, ringWidth     = 160, 0.5
	dialBins, dialWidth     = 64, 0.25
	screenBins, screenWidth = 48, 0.25

	totalMost = 4000 // events that count as "much is known"

	keepCalls  = 1 - 1.0/4000
	keepAsks   = 1 - 1.0/1500
	keepAgents = 1 - 1.0/1500
)

// gapLeast is the time without a decision that counts as an absence, s.
const gapLeast = 15

// graceMost bounds the lawful wait for an agent, s.
const graceMost = 6

// wrapClasses are the classes of wrap-up by the length of the call before it,
// by octaves from 5 s: a wrong number is wrapped up sooner than a sale.
const wrapClasses = 6

func wrapClass(talked float64) int {
	c := 0
	for edge := 5.0; c < wrapClasses-1 && talked >= edge; edge *= 2 {
		c++
	}
	return c
}

// talkClasses are the classes of talk by how long the call rang: what answers at
// once or after the fourth ring is likely a machine, and a short talk.
const talkClasses = 4

func talkClass(rang float64) int {
	switch {
	case rang < 2:
		return 0
	case rang < 10:
		return 1
	case rang < 18:
		return 2
	}
	return 3
}

// Model is what PREDICTIVE knows of a campaign: how long calls of each kind
// ring and are listened to, how long talks and wrap-ups last, what share of
// dials asks for an agent at present, and how much risk the drop ledger has
// turned out to bear. It belongs to one goroutine. Everything in it is learnt
// from weak priors; nothing is set per campaign.
type Model struct {
	at    time.Time // its clock: goes back only where the host's was set back
	seen  float64   // events since the tables were made
	total float64
	grace float64 // s that a call may wait for an agent in law

	setup      hist // dial to ringing
	deadSetup  hist // dial to end, never rang
	askRing    hist // ringing to answer of calls that asked
	lostRing   hist // ringing to end, not answered
	mutedRing  hist // ringing to answer of calls that never asked
	askScreen  hist // answer to ask
	lostScreen hist // answer to end without an ask
	talk       [talkClasses]hazard
	wrap       [wrapClasses]hazard
	pauses     float64 // wrap-ups that ended in a pause
	wraps      float64
	level      level
	steer      steer

	tables tables
	work   workspace
}

// NewModel is a model that has seen nothing.
func NewModel() *Model {
	m := &Model{
		setup: newHist(dialBins, dialWidth), deadSetup: newHist(dialBins, dialWidth),
		askRing: newHist(ringBins, ringWidth), lostRing: newHist(ringBins, ringWidth), mutedRing: newHist(ringBins, ringWidth),
		askScreen: newHist(screenBins, screenWidth), lostScreen: newHist(screenBins, screenWidth),
		level: level{weight: levelPrior(), risk: make([]float64, ringBins)},
		steer: newSteer(),
	}
	for i := range m.talk {
		m.talk[i] = newHazard()
	}
	for i := range m.wrap {
		m.wrap[i] = newHazard()
	}
	m.retable()
	return m
}

// Observe learns from one event. Events may come late or out of order; what
// they say of durations counts all the same.
func (m *Model) Observe(e Event) {
	setup, rang, screened := seconds(e.Setup), seconds(e.Rang), seconds(e.Screened)
	switch e.Kind {
	case Asked:
		if e.Rung {
			m.setup.decay(keepCalls)
			m.setup.counts[m.setup.bin(setup)]++
		}
		m.level.asked(m.askRing.bin(rang))
		m.askRing.decay(keepAsks)
		m.askScreen.decay(keepAsks)
		m.askRing.counts[m.askRing.bin(rang)]++
		m.askScreen.counts[m.askScreen.bin(screened)]++
	case Lost:
		for _, h := range []hist{m.deadSetup, m.lostRing, m.mutedRing, m.lostScreen} {
			h.decay(keepCalls)
		}
		if e.Rung {
			m.setup.decay(keepCalls)
			m.setup.counts[m.setup.bin(setup)]++
		}
		if !e.Rung && m.silent() {
			e.Rung, rang = true, setup
		}
		switch {
		case e.Answered:
			m.mutedRing.counts[m.mutedRing.bin(rang)]++
			m.lostScreen.counts[m.lostScreen.bin(screened)]++
		case e.Rung:
			m.lostRing.counts[m.lostRing.bin(rang)]++
		default:
			m.deadSetup.counts[m.deadSetup.bin(setup)]++
		}
	case TalkEnd:
		m.talk[talkClass(rang)].see(seconds(e.Talked), keepAgents)
	case WrapEnd:
		m.wrap[wrapClass(seconds(e.Talked))].see(seconds(e.Wrapped), keepAgents)
		m.wraps, m.pauses = m.wraps*keepAgents+1, m.pauses*keepAgents
		if e.Paused {
			m.pauses++
		}
		if e.Human {
			m.steer.live(e.At)
		}
	case Abandoned:
		m.steer.abandoned(e.At)
	default:
		return
	}
	m.seen++
	m.total = min(m.total+1, totalMost)
	if m.seen > 10+m.total/40 {
		m.retable()
	}
}

// advance moves the clock and counts the seconds that ringing calls were at
// risk of being answered.
func (m *Model) advance(in Input) {
	grace := number(in.Grace.Seconds(), 0, graceMost-1)
	if grace != m.grace {
		m.grace = grace
		m.retable()
	}
	if m.at.IsZero() {
		m.at = in.Now
		return
	}
	passed := in.Now.Sub(m.at).Seconds()
	if passed < -gapLeast {
		// Were the old time waited for, answers would be learnt until then and
		// the seconds without one would not.
		m.at = in.Now
		m.level.idle(gapLeast)
		return
	}
	if passed <= 0 {
		return
	}
	m.at = in.Now
	if passed > gapLeast {
		// After a gap (a restart, a stalled host, a night) nobody knows what
		// rang in it, nor whether answers are as frequent as before.
		m.level.idle(passed)
		m.steer.pass(passed)
		return
	}
	for _, f := range in.Flights {
		if m.stage(f) == StageRinging {
			m.level.risk[m.askRing.bin(seconds(f.In))] += passed
		}
	}
	m.level.pass(passed)
	m.steer.pass(passed)
}

// silent says that the carrier tells of no ringing: then all the time before
// the answer is ringing.
func (m *Model) silent() bool {
	return m.setup.counts[0] > 1 && m.setup.counts[0] > m.setup.total()/2
}

func (m *Model) stage(f Flight) Stage {
	if f.Stage == StageDialing && m.silent() {
		return StageRinging
	}
	return f.Stage
}

// seconds of a duration, never negative.
func seconds(d time.Duration) float64 { return max(0, d.Seconds()) }

// Theta is the risk of a drop that one more dial may run at present, 0 to 1.
func (m *Model) Theta() float64 { return math.Exp(m.steer.Log) }

// Share is the share of dials that is believed to ask for an agent at present.
func (m *Model) Share() float64 { return m.level.mean() }
