package autodial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/call"
	"trunkline/dialer/pacing"
	"trunkline/dialer/pacing/ledger"
)

// Memory keeps what pacing learns, so that it survives a restart, and tells
// what the laws' ledgers hold.
type Memory interface {
	Model(ctx context.Context, campaign dialer.CampaignID) (Learnt, error)
	Keep(ctx context.Context, r Record) error
	Ledger(ctx context.Context, campaign dialer.CampaignID, from, to time.Time) (*ledger.Ledger, error)
	HumanStatuses(ctx context.Context) (map[dialer.Status]bool, error)
}

// Learnt is what a campaign's pacing carries over a restart.
type Learnt struct {
	Model []byte // of PREDICTIVE, JSON
	Adapt []byte // the ADAPT methods' level, JSON

	Ledgers []byte // where the drop counts stand, for the pages; written, never read back here
}

// LedgerLine is one regime's account, for the pages.
type LedgerLine struct {
	Name, Source string
	From, To     time.Time
	Drops, Calls float64
	Upper        float64 // upper 95 % bound of the underlying share, 0 to 1
	Limit        float64 // 0: none
	Binds        bool    // the campaign must keep it
}

// Record is one decision to be kept.
type Record struct {
	Share         // for the server that keeps it
	Lease  string // under which it was decided
	Input  []byte // what it rested on, JSON; nil: not sampled
	Learnt *Learnt
}

// PacerConfig is what a Pacer needs.
type PacerConfig struct {
	Server dialer.ServerID
	Memory Memory         // nil: nothing survives, and there is no ledger: PREDICTIVE stays progressive
	Pool   Pool           // nil: no other server works its campaigns
	Holder string         // of this process and no other, for the leases; see HolderName
	Zone   *time.Location // of the server: when its days begin; nil: UTC
	// Delivered says that a call answered here can reach the agents of all servers
	// but those that are out of reach; nil: it cannot. Unless it can on all that work a campaign, each server dials
	// for its own agents alone.
	Delivered func() (crosses bool, out []dialer.ServerID)
}

// Pacer asks pacing for every campaign of a server: it carries what happens on
// the floor to the campaign's model and ledger, and what they say to Decide.
//
//	listen ─Observe─▶ queue ─▶ model, ledger ─┐
//	listen.Look ─────▶ floor ─────────────────┼─▶ pacing.Spread ─▶ Autodial
//	Memory ──────────▶ ledger of 31 days ─────┘
//
// Of the servers that work a campaign one decides for all; see Pool.
type Pacer struct {
	PacerConfig

	mu      sync.Mutex
	lessons []observed

	// Owned by the goroutine of Autodial.
	campaigns map[dialer.CampaignID]*paced
	humans    map[dialer.Status]bool
	started   int64 // numbers of lessons begin there
}

type observed struct {
	campaign dialer.CampaignID
	Lesson
}

// paced is one campaign's state.
type paced struct {
	hold hold
	team team

	// While this server decides.
	model  *pacing.Model // nil: to be read
	ledger *ledger.Ledger
	adapts map[dialer.ServerID]pacing.Adapt
	read   time.Time // when the ledger was read from the database
	kept   time.Time
	saved  time.Time
	logged time.Time
	said   string
}

// How often what is kept is written, and the ledger is read again: what was
// missed here counts too.
const (
	rereadLedger = 2 * time.Minute
	tryLedger    = 5 * time.Second
	keepSentence = time.Second
	keepModel    = 10 * time.Second
	keepSample   = 5 * time.Minute
	mostLessons  = 100_000
)

// bridging is the usual way of a call into its agent's bridge.
const bridging = 150 * time.Millisecond

// NewPacer is a pacer that has seen nothing.
func NewPacer(c PacerConfig) *Pacer {
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	return &Pacer{PacerConfig: c, campaigns: map[dialer.CampaignID]*paced{}, started: time.Now().UnixMilli() << 20}
}

// setBack forgets the moments that were noted by a clock that was set back to now.
func (p *Pacer) setBack(now time.Time) {
	for _, s := range p.campaigns {
		s.read, s.kept, s.saved, s.logged = time.Time{}, time.Time{}, time.Time{}, time.Time{}
		s.team.since, s.team.looked, s.team.told = now, time.Time{}, Report{}
		clear(s.team.given)
	}
}

// crosses tells whether calls of other servers may reach agents of this one.
func (p *Pacer) crosses() bool {
	if p.Delivered == nil {
		return false
	}
	crosses, _ := p.Delivered()
	return crosses
}

// Observe takes what happened in a campaign; status is the agent's disposition
// at the end of a wrap-up. It never blocks for long and may be called from any
// goroutine.
func (p *Pacer) Observe(campaign dialer.CampaignID, e pacing.Event, status dialer.Status) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.lessons) < mostLessons {
		p.lessons = append(p.lessons, observed{campaign, Lesson{Event: e, Status: status}})
	}
}

// learn takes the lessons in, or keeps them for the server that decides.
func (p *Pacer) learn() {
	p.mu.Lock()
	lessons := p.lessons
	p.lessons = nil
	p.mu.Unlock()
	for _, l := range lessons {
		s := p.campaigns[l.campaign]
		switch {
		case s == nil: // not active here; the ledger is read when it is
		case s.hold.epoch != 0:
			p.take(s, l.Lesson)
		default:
			p.started++
			l.N = p.started
			s.team.untold = append(s.team.untold, l.Lesson)
			s.team.untold = s.team.untold[max(0, len(s.team.untold)-mostUntold):]
		}
	}
}

// take learns one lesson.
func (p *Pacer) take(s *paced, l Lesson) {
	e, counts := l.Event, ledger.Counts{}
	switch e.Kind {
	case pacing.WrapEnd:
		person := e.Human && p.humans[l.Status]
		switch {
		case person:
			counts.Humans = 1
		case e.Human && l.Status != "" && l.Status != dialer.StatusError: // else nobody said who it was
			counts.Machines = 1
		}
		e.Human = person
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
	if s.model != nil {
		s.model.Observe(e)
	}
	if s.ledger != nil {
		s.ledger.Add(e.At, counts)
	}
}

// decide says how many calls a campaign places now on this server, whose agents
// and calls own tells. It returns an error for what could not be read or kept
// beside a decision that is safe all the same. Only who decides for the campaign
// has its leads counted, by free.
func (p *Pacer) decide(ctx context.Context, c dialer.Campaign, own Report, free func(context.Context, dialer.CampaignID) (int, error)) (pacing.Decision, error) {
	s := p.campaigns[c.ID]
	if s == nil {
		s = &paced{}
		s.team.since = own.At
		p.campaigns[c.ID] = s
	}
	if p.Delivered != nil {
		own.Delivered, own.Out = p.Delivered()
	}
	failed := p.holds(ctx, c.ID, s, own)
	p.learn()
	if !s.hold.ours() {
		d, err := p.follow(ctx, s, own)
		return d, errors.Join(failed, err)
	}
	d, err := p.lead(ctx, c, s, own, free)
	return d, errors.Join(failed, err)
}

// lead decides for every server that works the campaign.
func (p *Pacer) lead(ctx context.Context, c dialer.Campaign, s *paced, own Report, free func(context.Context, dialer.CampaignID) (int, error)) (pacing.Decision, error) {
	known, failed := p.refresh(ctx, c.ID, s, own.At)
	reports := []Report{own}
	if p.Pool != nil {
		others, err := p.others(ctx, c.ID, s, own.At)
		failed = errors.Join(failed, err)
		reports = append(reports, others...)
		reports = append(reports, s.team.silent(reports, own)...)
	}
	leads := -1 // not counted
	if slices.ContainsFunc(reports, func(r Report) bool { return r.Floor.Ready+r.Floor.Talking+r.Floor.WrapUp > 0 }) {
		var err error
		leads, err = free(ctx, c.ID)
		if err != nil {
			return pacing.Decision{}, errors.Join(failed, fmt.Errorf("counting the hopper: %w", err))
		}
	}
	inputs := make([]pacing.Input, len(reports))
	var horizon Horizon
	for _, r := range reports {
		horizon = horizon.with(r.Horizon)
	}
	delivered := oneTeam(reports)
	seat(reports)
	for i, r := range reports {
		inputs[i] = p.input(c, s, r, own.At)
		inputs[i].DialEnd = horizon.end(own.At)
		inputs[i].Leads = leads
	}
	var sample []byte
	if c.DialMethod == dialer.DialPredictive && own.At.Sub(s.logged) >= keepSample {
		var err error
		sample, err = json.Marshal(Sample{inputs, delivered})
		failed = errors.Join(failed, err)
	}
	var before *Learnt
	if known && (sample != nil || own.At.Sub(s.saved) >= keepModel) {
		before = s.learnt(p.Server)
		before.Ledgers = p.accounts(c, s, own.At)
	}
	decisions := pacing.Spread(inputs, delivered)
	for i, r := range reports {
		s.adapts[r.Server] = decisions[i].Adapt
	}
	failed = errors.Join(failed, p.allot(ctx, c.ID, s, reports[1:], decisions[1:], own.At))
	return decisions[0], errors.Join(failed, p.keep(ctx, s, Record{
		Share: s.team.share(c.ID, p.Server, s.hold.epoch, own.At, decisions[0]), Lease: leaseName(c.ID), Input: sample, Learnt: before,
	}))
}

// Sample is what a logged decision rested on, beside the model: it can be made
// again.
type Sample struct {
	Servers   []pacing.Input
	Delivered bool
}

// Again makes a logged decision again, for the server that logged it.
func Again(input, model []byte) (pacing.Decision, error) {
	var s Sample
	err := json.Unmarshal(input, &s)
	if err != nil {
		return pacing.Decision{}, fmt.Errorf("reading the decision's input: %w", err)
	}
	if len(s.Servers) == 0 {
		return pacing.Decision{}, fmt.Errorf("the decision's input names no server")
	}
	m, err := pacing.Restore(model)
	if err != nil {
		return pacing.Decision{}, err
	}
	for i := range s.Servers {
		s.Servers[i].Model = m
	}
	return pacing.Spread(s.Servers, s.Delivered)[0], nil
}

// input is what pacing asks of one server.
func (p *Pacer) input(c dialer.Campaign, s *paced, r Report, now time.Time) pacing.Input {
	_, offset := now.In(p.Zone).Zone()
	left := r.CPSLeft
	if r.Server != p.Server {
		left = r.cpsLeft(now)
	}
	in := pacing.Input{
		Now: now, Offset: offset, Method: c.DialMethod, Settings: pacing.SettingsOf(c),
		Ready: r.Floor.Ready, Talking: r.Floor.Talking, WrapUp: r.Floor.WrapUp, Paused: r.Floor.Paused,
		Dialing: r.Floor.Dialing + s.team.underWay(r.Server), Waiting: r.Floor.Waiting,
		Channels: r.Channels, CPSLeft: room(left, r.CPS), Grace: grace(c), Model: s.model, Adapt: s.adapts[r.Server],
	}
	age := max(0, now.Sub(r.At))
	for _, f := range r.Floor.Flights {
		in.Flights = append(in.Flights, pacing.Flight{Stage: stages[f.State], In: f.In + age, Rang: f.Rang})
	}
	for _, b := range r.Floor.Busy {
		in.Busy = append(in.Busy, pacing.Busy{WrapUp: b.WrapUp, In: b.In + age, Rang: b.Rang, Talked: b.Talked})
	}
	if s.ledger != nil {
		p.budgets(c, s, &in)
	}
	return in
}

// grace is how long a call may wait for its agent: what the law gives it at
// most, less what AMD has spent of it before the call asks, and less its way into
// the bridge.
func grace(c dialer.Campaign) time.Duration {
	wait := min(time.Duration(c.DropMillis)*time.Millisecond, dialer.LawfulWait)
	if c.AMD != dialer.AMDOff && c.AMD != "" {
		wait -= call.UsualSilence(c.AMDParams)
	}
	return max(0, wait-bridging)
}

var stages = map[dialer.CallState]pacing.Stage{
	dialer.CallPlaced: pacing.StageDialing, dialer.CallRinging: pacing.StageRinging,
	dialer.CallAnswered: pacing.StageScreening, dialer.CallWaiting: pacing.StageWaiting,
}

// refresh reads what the decision of a campaign rests on, where it is due.
// known is false while what has been learnt before cannot be read: then nothing
// is overwritten.
func (p *Pacer) refresh(ctx context.Context, id dialer.CampaignID, s *paced, now time.Time) (known bool, failed error) {
	if s.adapts == nil {
		s.adapts = map[dialer.ServerID]pacing.Adapt{}
	}
	if s.model == nil {
		s.model = pacing.NewModel()
		s.hold.unread = p.Memory != nil
	}
	if s.hold.unread {
		failed = p.remember(ctx, id, s)
		if failed != nil {
			return false, failed
		}
	}
	if p.Memory == nil || now.Sub(s.read) < rereadLedger && now.Sub(s.read) >= 0 {
		return true, nil
	}
	humans, err := p.Memory.HumanStatuses(ctx)
	if err == nil {
		p.humans = humans
		err = p.reread(ctx, id, s, now)
	}
	s.read = now
	if err != nil {
		s.read = now.Add(tryLedger - rereadLedger)
		failed = fmt.Errorf("reading the drop ledger: %w", err)
	}
	return true, failed
}

// remember reads what was learnt before.
func (p *Pacer) remember(ctx context.Context, id dialer.CampaignID, s *paced) error {
	learnt, err := p.Memory.Model(ctx, id)
	switch {
	case errors.Is(err, dialer.ErrNotFound):
		s.hold.unread = false
		return nil
	case err != nil:
		return fmt.Errorf("reading what pacing has learnt: %w", err)
	}
	s.hold.unread = false
	var failed error
	if len(learnt.Model) > 0 {
		model, err := pacing.Restore(learnt.Model)
		if err == nil {
			s.model = model
		}
		failed = err
	}
	if len(learnt.Adapt) > 0 {
		var a pacing.Adapt
		err = json.Unmarshal(learnt.Adapt, &a)
		if err == nil {
			s.adapts[p.Server] = a
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

// learnt is what is carried over.
func (s *paced) learnt(server dialer.ServerID) *Learnt {
	a := s.adapts[server]
	a.Owed = 0 // a restart begins without a burst
	text, err := json.Marshal(a)
	if err != nil {
		text = nil
	}
	return &Learnt{Model: s.model.Snapshot(), Adapt: text}
}

// reread brings the ledger up to date: all of it once, then the last hours. A
// call counts at the minute it asked, which may be some after it was placed.
func (p *Pacer) reread(ctx context.Context, id dialer.CampaignID, s *paced, now time.Time) error {
	const lately, late = 2 * time.Hour, 5 * time.Minute
	if s.ledger == nil {
		l, err := p.Memory.Ledger(ctx, id, now.Add(-ledger.Keeps), now.Add(time.Minute))
		if err == nil {
			s.ledger = l
		}
		return err
	}
	l, err := p.Memory.Ledger(ctx, id, now.Add(-lately-late), now.Add(time.Minute))
	if err == nil {
		s.ledger.Replace(now.Add(-lately), l)
		s.ledger.Forget(now)
	}
	return err
}

// budgets tells pacing what the ledgers hold: those of the campaign's own law,
// and the day's, so that no day stands out.
func (p *Pacer) budgets(c dialer.Campaign, s *paced, in *pacing.Input) {
	s.ledger.Mistaken = mistaken(c)
	lines := s.ledger.Report(in.Now, p.Zone)
	in.Budgets = budgetsOf(c, lines, s.ledger.Mistaken > 0)
	for _, line := range lines {
		if line.Regime.Key == ledger.Day {
			day := s.ledger.Sum(line.From, in.Now.Add(time.Minute))
			in.Day = pacing.Tally{Calls: int(day.Attempts), Answers: int(line.Denominator), Drops: int(line.Numerator)}
		}
	}
	last := s.ledger.Sum(in.Now.Add(-time.Minute), in.Now.Add(time.Minute))
	in.Minute = pacing.Tally{Calls: int(last.Attempts), Answers: int(last.Dropped + last.Humans), Drops: int(last.Dropped)}
}

// mistaken is the share of people whom a campaign's AMD hangs up on, 0 to 1.
func mistaken(c dialer.Campaign) float64 {
	if c.AMD == dialer.AMDDrop || c.AMD == dialer.AMDMessage {
		return c.AMDMistaken / 100
	}
	return 0
}

// Budgets are the drop ledgers that pacing keeps for a campaign whose calls up
// to now l holds: its own law's, and the day's, which is zone's.
func Budgets(c dialer.Campaign, l *ledger.Ledger, now time.Time, zone *time.Location) []pacing.Budget {
	l.Mistaken = mistaken(c)
	return budgetsOf(c, l.Report(now, zone), l.Mistaken > 0)
}

func budgetsOf(c dialer.Campaign, lines []ledger.Line, amd bool) (all []pacing.Budget) {
	own := c.DropPercent / 100
	if !(own > 0) {
		own = 0.03
	}
	for _, line := range lines {
		limit := own
		switch {
		case line.Regime.Binds(string(c.DropRule), amd):
			limit = min(line.Regime.Limit, own)
		case line.Regime.Key != ledger.Day:
			continue
		}
		all = append(all, pacing.Budget{Name: line.Regime.Brief, Limit: limit, Live: line.Denominator, Drops: line.Numerator})
	}
	return all
}

// accounts are where the campaign's drop counts stand by every regime.
func (p *Pacer) accounts(c dialer.Campaign, s *paced, now time.Time) []byte {
	if s.ledger == nil {
		return nil
	}
	var lines []LedgerLine
	for _, l := range s.ledger.Report(now, p.Zone) {
		lines = append(lines, LedgerLine{
			Name: l.Regime.Name, Source: l.Regime.Source, From: l.From, To: l.To, Drops: l.Numerator, Calls: l.Denominator,
			Upper: l.Upper, Limit: l.Regime.Limit, Binds: l.Regime.Binds(string(c.DropRule), s.ledger.Mistaken > 0),
		})
	}
	text, err := json.Marshal(lines)
	if err != nil {
		return nil
	}
	return text
}

// keep writes what is due.
func (p *Pacer) keep(ctx context.Context, s *paced, r Record) error {
	due := r.Learnt != nil || r.Input != nil || r.Reason != s.said && r.At.Sub(s.kept) >= keepSentence
	if p.Memory == nil || !due {
		return nil
	}
	s.said, s.kept = r.Reason, r.At
	if r.Learnt != nil {
		s.saved = r.At // tried: a database that is away is not asked each time
	}
	if r.Input != nil {
		s.logged = r.At
	}
	err := p.Memory.Keep(ctx, r)
	if err != nil {
		return fmt.Errorf("keeping what pacing has learnt: %w", err)
	}
	return nil
}
