package autodial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/pacing"
	"trunkline/dialer/pacing/ledger"
)

// Memory keeps what pacing learns, so that it survives a restart, and tells
// what the laws' ledgers hold.
type Memory interface {
	Model(ctx context.Context, campaign dialer.CampaignID, server dialer.ServerID) ([]byte, error)
	Keep(ctx context.Context, r Record) error
	Ledger(ctx context.Context, campaign dialer.CampaignID, from, to time.Time) (*ledger.Ledger, error)
	HumanStatuses(ctx context.Context) (map[dialer.Status]bool, error)
}

// Record is one decision to be kept.
type Record struct {
	Campaign dialer.CampaignID
	Server   dialer.ServerID
	At       time.Time
	Decision pacing.Decision
	Input    []byte // what it rested on, JSON; nil: not sampled
	Model    []byte // the model, JSON; nil: as it was kept last
}

// Pacer asks pacing for every campaign of a server: it carries what happens on
// the floor to the campaign's model and ledger, and what they say to Decide.
//
//	listen ─Observe─▶ queue ─▶ model, ledger ─┐
//	listen.Look ─────▶ floor ─────────────────┼─▶ pacing.Decide ─▶ Autodial
//	Memory ──────────▶ ledger of 31 days ─────┘
type Pacer struct {
	server dialer.ServerID
	memory Memory

	mu      sync.Mutex
	lessons []lesson

	// Owned by the goroutine of Autodial.
	campaigns map[dialer.CampaignID]*paced
	humans    map[dialer.Status]bool
}

type lesson struct {
	campaign dialer.CampaignID
	event    pacing.Event
	status   dialer.Status
}

// paced is one campaign's state.
type paced struct {
	model  *pacing.Model
	ledger *ledger.Ledger
	adapt  pacing.Adapt
	read   time.Time // when the ledger was read from the database
	kept   time.Time
	saved  time.Time
	logged time.Time
	said   string
}

// How often what is kept is written, and the ledger is read again: other
// servers' calls count too, and what was missed here.
const (
	rereadLedger = 2 * time.Minute
	tryLedger    = 5 * time.Second
	keepSentence = time.Second
	keepModel    = 30 * time.Second
	keepSample   = 5 * time.Minute
	mostLessons  = 100_000
)

// Regimes whose ledgers must hold: the US' 30 days, and the day, which is the
// UK's and leaves no day above the limit anywhere.
var regimes = map[string]bool{"us-fcc": true, "uk": true}

// NewPacer is a pacer that has seen nothing. Without a memory nothing survives
// it, and there is no ledger: PREDICTIVE stays progressive.
func NewPacer(server dialer.ServerID, memory Memory) *Pacer {
	return &Pacer{server: server, memory: memory, campaigns: map[dialer.CampaignID]*paced{}}
}

// Observe takes what happened in a campaign; status is the agent's disposition
// at the end of a wrap-up. It never blocks for long and may be called from any
// goroutine.
func (p *Pacer) Observe(campaign dialer.CampaignID, e pacing.Event, status dialer.Status) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.lessons) < mostLessons {
		p.lessons = append(p.lessons, lesson{campaign, e, status})
	}
}

// learn takes the lessons in.
func (p *Pacer) learn() {
	p.mu.Lock()
	lessons := p.lessons
	p.lessons = nil
	p.mu.Unlock()
	for _, l := range lessons {
		c := p.campaigns[l.campaign]
		if c == nil {
			continue // not active here; the ledger is read when it is
		}
		e, counts := l.event, ledger.Counts{}
		switch e.Kind {
		case pacing.WrapEnd:
			e.Human = e.Human && p.humans[l.status]
			switch {
			case e.Human:
				counts.Humans = 1
			case l.event.Human:
				counts.Machines = 1
			}
		case pacing.Abandoned:
			counts.Dropped = 1
		case pacing.Asked:
			counts.Answered, counts.Attempts = 1, 1
		case pacing.Lost:
			counts.Attempts = 1
			if e.Answered {
				counts.Answered = 1
			}
		}
		c.model.Observe(e)
		if c.ledger != nil {
			c.ledger.Add(e.At, counts)
		}
	}
}

// decide says how many calls a campaign places now. It returns an error for
// what could not be read or kept beside a decision that is safe all the same.
func (p *Pacer) decide(ctx context.Context, c dialer.Campaign, floor dialer.Floor, in pacing.Input) (pacing.Decision, error) {
	p.learn()
	s, failed := p.campaign(ctx, c.ID, in.Now)
	in.Model, in.Adapt = s.model, s.adapt
	in.Grace = max(0, time.Duration(c.DropMillis)*time.Millisecond-bridging)
	for _, f := range floor.Flights {
		in.Flights = append(in.Flights, pacing.Flight{Stage: stages[f.State], In: f.In, Rang: f.Rang})
	}
	for _, b := range floor.Busy {
		in.Busy = append(in.Busy, pacing.Busy{WrapUp: b.WrapUp, In: b.In, Talked: b.Talked})
	}
	if s.ledger != nil {
		p.budgets(s, &in)
	}
	var sample []byte
	if c.DialMethod == dialer.DialPredictive && in.Now.Sub(s.logged) >= keepSample {
		var err error
		sample, err = json.Marshal(in)
		failed = errors.Join(failed, err)
	}
	var before []byte
	if sample != nil || in.Now.Sub(s.saved) >= keepModel {
		before = s.model.Snapshot()
	}
	d := pacing.Decide(in)
	s.adapt = d.Adapt
	return d, errors.Join(failed, p.keep(ctx, c.ID, s, Record{c.ID, p.server, in.Now, d, sample, before}))
}

// bridging is the usual way of a call into its agent's bridge.
const bridging = 150 * time.Millisecond

var stages = map[dialer.CallState]pacing.Stage{
	dialer.CallPlaced: pacing.StageDialing, dialer.CallRinging: pacing.StageRinging,
	dialer.CallAnswered: pacing.StageScreening, dialer.CallWaiting: pacing.StageWaiting,
}

// campaign is a campaign's state, read from memory at its first use.
func (p *Pacer) campaign(ctx context.Context, id dialer.CampaignID, now time.Time) (*paced, error) {
	s := p.campaigns[id]
	var failed error
	if s == nil {
		s = &paced{model: pacing.NewModel()}
		if p.memory != nil {
			text, err := p.memory.Model(ctx, id, p.server)
			switch {
			case errors.Is(err, dialer.ErrNotFound):
			case err != nil:
				// It will be there when the database is: until then nothing
				// is known and nothing is overwritten.
				return s, fmt.Errorf("reading what pacing has learnt: %w", err)
			default:
				model, err := pacing.Restore(text)
				if err == nil {
					s.model = model
				}
				failed = err
			}
		}
		p.campaigns[id] = s
	}
	if p.memory == nil || now.Sub(s.read) < rereadLedger {
		return s, failed
	}
	humans, err := p.memory.HumanStatuses(ctx)
	if err == nil {
		p.humans = humans
		err = p.reread(ctx, id, s, now)
	}
	s.read = now
	if err != nil {
		s.read = now.Add(tryLedger - rereadLedger)
		failed = errors.Join(failed, fmt.Errorf("reading the drop ledger: %w", err))
	}
	return s, failed
}

// reread brings the ledger up to date: all of it once, then the last hours. A
// call counts at the minute it asked, which may be some after it was placed.
func (p *Pacer) reread(ctx context.Context, id dialer.CampaignID, s *paced, now time.Time) error {
	const lately, late = 2 * time.Hour, 5 * time.Minute
	if s.ledger == nil {
		l, err := p.memory.Ledger(ctx, id, now.Add(-ledger.Keeps), now.Add(time.Minute))
		if err == nil {
			s.ledger = l
		}
		return err
	}
	l, err := p.memory.Ledger(ctx, id, now.Add(-lately-late), now.Add(time.Minute))
	if err == nil {
		s.ledger.Replace(now.Add(-lately), l)
		s.ledger.Forget(now)
	}
	return err
}

// budgets tells pacing what the ledgers hold.
func (p *Pacer) budgets(s *paced, in *pacing.Input) {
	for _, line := range s.ledger.Report(in.Now, time.UTC) {
		switch {
		case regimes[line.Regime.Key]:
			in.Budgets = append(in.Budgets, pacing.Budget{Name: line.Regime.Key, Limit: line.Regime.Limit, Live: line.Denominator, Drops: line.Numerator})
		case line.Regime.Key == "vicidial":
			day := s.ledger.Sum(line.From, in.Now.Add(time.Minute))
			in.Day = pacing.Tally{Calls: int(day.Attempts), Answers: int(line.Denominator), Drops: int(line.Numerator)}
		}
	}
	last := s.ledger.Sum(in.Now.Add(-time.Minute), in.Now.Add(time.Minute))
	in.Minute = pacing.Tally{Calls: int(last.Attempts), Answers: int(last.Dropped + last.Humans), Drops: int(last.Dropped)}
}

// keep writes what is due.
func (p *Pacer) keep(ctx context.Context, id dialer.CampaignID, s *paced, r Record) error {
	due := r.Model != nil || r.Input != nil || r.Decision.Reason != s.said && r.At.Sub(s.kept) >= keepSentence
	if p.memory == nil || !due || p.campaigns[id] != s {
		return nil
	}
	s.said, s.kept = r.Decision.Reason, r.At
	if r.Model != nil {
		s.saved = r.At // tried: a database that is away is not asked each time
	}
	if r.Input != nil {
		s.logged = r.At
	}
	err := p.memory.Keep(ctx, r)
	if err != nil {
		return fmt.Errorf("keeping what pacing has learnt: %w", err)
	}
	return nil
}
