package autodial

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/pacing"
)

// Pool is how the servers that work a campaign agree, through the database, on
// who decides for it and on what each may place.
//
//	follower ─Report─▶ pacing_reports ─▶ holder ─Allot─▶ pacing_states ─▶ follower
//	  agents, calls, room, lessons        decides          its share        dials it, once
//
// The holder of the campaign's lease alone has its model, its ledger and its
// level, and decides for all. It dies, or the database is out of its reach: its
// lease runs out in 3 s, another takes it with what was last kept, and starts
// from what all report now, and from what the books have in the air; a share that
// is older than 1.5 s is void, and one that may still be acted upon counts as
// dialed. So a takeover places nothing twice, and takes 5 s at most. A server that cannot reach the database places
// nothing: it could not claim a lead either.
type Pool interface {
	// Hold renews or takes a lease; see mariadb.Leases. Epoch 0: another's.
	Hold(ctx context.Context, name, holder string, epoch int64, ttl time.Duration) (int64, error)
	End(ctx context.Context, name, holder string, epoch int64) error
	// Inherit takes a lease from a dead holder whose name begins with place.
	Inherit(ctx context.Context, name, place, holder string, ttl time.Duration) (int64, error)
	Report(ctx context.Context, r Report) error
	// Reports are those of a campaign that are not older than since.
	Reports(ctx context.Context, campaign dialer.CampaignID, since time.Time) ([]Report, error)
	// Allot writes shares, unless another has taken the lease since: then it
	// fails with dialer.ErrConflict.
	Allot(ctx context.Context, lease string, s Share) error
	// Shares are the campaign's, of all servers, however old.
	Shares(ctx context.Context, campaign dialer.CampaignID) ([]Share, error)
	// InAir tells how many of a campaign's calls are on their way to an agent, by
	// the server that has them.
	InAir(ctx context.Context, campaign dialer.CampaignID) (map[dialer.ServerID]int, error)
	// ShareOf is one server's, however old; dialer.ErrNotFound: it never had one.
	ShareOf(ctx context.Context, campaign dialer.CampaignID, server dialer.ServerID) (Share, error)
}

// Report is what one server has of a campaign.
type Report struct {
	Campaign dialer.CampaignID `json:"-"`
	Server   dialer.ServerID   `json:"-"`
	At       time.Time         `json:"-"`
	Floor    dialer.Floor
	Channels int     // outbound channels still free
	CPSLeft  float64 // originates it may send now; it may commit more at once, see room
	CPS      float64 // how many more it may each second
	Burst    int     // and at most at once
	Acted    Mark    // the last share it has acted upon
	Lessons  []Lesson
	Horizon  Horizon
	// Delivered: a call answered here can reach the agents of all servers but those
	// that are Out of reach.
	Delivered bool
	Out       []dialer.ServerID
}

// oneTeam says whether each server's calls can reach every other's agents.
func oneTeam(reports []Report) bool {
	for _, r := range reports {
		if !r.Delivered {
			return false
		}
		for _, o := range reports {
			if slices.Contains(r.Out, o.Server) {
				return false
			}
		}
	}
	return true
}

// cpsLeft is how many originates another server may send when it acts upon a
// share of now, which it does within a tick of its own: else what it may send meanwhile
// would be lost to it, with each share. It places no more than it may then.
func (r Report) cpsLeft(now time.Time) float64 {
	left := r.CPSLeft
	if r.CPS > 0 {
		left = max(left, min(float64(r.Burst), left+r.CPS*(now.Sub(r.At)+every).Seconds()))
	}
	return left
}

// agents are those signed in.
func (r Report) agents() int {
	return r.Floor.Ready + r.Floor.Talking + r.Floor.WrapUp + r.Floor.Paused
}

// idle says that a server has nothing of a campaign.
func (r Report) idle() bool { return r.agents()+r.Floor.Dialing+r.Floor.Waiting == 0 }

// Lesson is what happened in a campaign, on its way to the server that learns.
type Lesson struct {
	N      int64 // grows with each of a server's
	Event  pacing.Event
	Status dialer.Status // the agent's disposition, at the end of a wrap-up
}

// Mark orders shares: by the lease's epoch, then by number.
type Mark struct{ Epoch, Seq int64 }

// after says whether m is newer than o.
func (m Mark) after(o Mark) bool { return m.Epoch > o.Epoch || m.Epoch == o.Epoch && m.Seq > o.Seq }

// Share is what the holder lets one server place, once.
type Share struct {
	Campaign dialer.CampaignID
	Server   dialer.ServerID
	Mark
	At     time.Time
	Place  int
	Bound  pacing.Bound
	Reason string
	Heard  int64 // lessons up to that number have been learnt
}

// Timing of the agreement.
const (
	holdFor    = 3 * time.Second        // a lease's life
	holdMargin = 500 * time.Millisecond // before its end its holder decides no more
	renewEvery = time.Second
	tryEvery   = 500 * time.Millisecond  // a server with agents tries to take the lease
	tryIdle    = 2 * time.Second         // one without
	shareLife  = 1500 * time.Millisecond // an older share is void
	reportLife = 3 * time.Second         // what an older report tells is gone
	lookAlone  = time.Second             // a holder that is alone looks for others
	reportIdle = time.Second             // an unchanged report is repeated
	mostUntold = 5000                    // lessons kept for a holder that does not hear them
)

// HolderName is a name for a process on a server, by which its successor there
// knows its leases.
func HolderName(server dialer.ServerID, process string) string { return place(server) + process }

func place(server dialer.ServerID) string { return fmt.Sprintf("%d/", server) }

func leaseName(id dialer.CampaignID) string { return "pacing-" + string(id) }

// hold is this server's grip on a campaign's lease.
type hold struct {
	epoch   int64     // 0: another's
	renewed time.Time // this host's clock: the lease is a matter of real time
	tried   time.Time
	unread  bool // what was learnt before is still to be read
	alone   bool // there is no pool
}

// ours says whether this server decides.
func (h hold) ours() bool {
	return h.alone || h.epoch != 0 && time.Since(h.renewed) < holdFor-holdMargin
}

// team is what the agreement needs of a campaign's other servers.
type team struct {
	seq    int64 // shares given under the present epoch
	looked time.Time
	all    []Report
	heard  map[dialer.ServerID]int64
	given  map[dialer.ServerID][]given // not known to have been acted upon

	// As a follower.
	acted  Mark
	since  time.Time // shares from before that are not for us
	untold []Lesson
	told   Report
}

type given struct {
	Mark
	n  int
	at time.Time
}

// open tells whether a share may still become calls, or has become some that its
// server has not told of: said is what it told last. A busy server may take
// seconds from a share to the report that has its calls; only one that it has
// made without the share, when that was void, says that nothing comes of it.
func (g given) open(said Report, now time.Time) bool {
	return g.after(said.Acted) && said.At.Sub(g.at) <= shareLife && now.Sub(g.at) <= shareLife+reportLife
}

// silent stand for the servers that have calls under way and no report that counts:
// they get none besides.
func (t *team) silent(reports []Report, own Report) (all []Report) {
	for server := range t.given {
		if t.underWay(server) > 0 && !slices.ContainsFunc(reports, func(r Report) bool { return r.Server == server }) {
			all = append(all, Report{Campaign: own.Campaign, Server: server, At: own.At, Delivered: own.Delivered})
		}
	}
	slices.SortFunc(all, func(a, b Report) int { return cmp.Compare(a.Server, b.Server) })
	return all
}

// share numbers a decision.
func (t *team) share(campaign dialer.CampaignID, server dialer.ServerID, epoch int64, at time.Time, d pacing.Decision) Share {
	t.seq++
	return Share{campaign, server, Mark{epoch, t.seq}, at, d.Place, d.Bound, d.Reason, t.heard[server]}
}

// underWay are the calls that a server was given and may not have reported yet.
func (t *team) underWay(server dialer.ServerID) (n int) {
	for _, g := range t.given[server] {
		n += g.n
	}
	return n
}

// holds renews the campaign's lease, or tries to take it, when that is due.
func (p *Pacer) holds(ctx context.Context, id dialer.CampaignID, s *paced, own Report) error {
	if p.Pool == nil {
		s.hold.alone, s.hold.epoch = true, 1
		return nil
	}
	h, now := &s.hold, time.Now()
	wait := renewEvery
	switch {
	case h.epoch == 0 && own.agents() > 0:
		wait = tryEvery
	case h.epoch == 0:
		wait = tryIdle
	}
	if now.Sub(h.tried) < wait {
		return nil
	}
	first := h.tried.IsZero()
	h.tried = now
	if h.epoch != 0 && own.idle() && s.team.staffed() {
		// Who has the agents decides fastest.
		err := p.Pool.End(ctx, leaseName(id), p.Holder, h.epoch)
		p.lose(s)
		return err
	}
	var epoch int64
	var err error
	if first { // the listen before this one, on this server, is dead
		epoch, err = p.Pool.Inherit(ctx, leaseName(id), place(p.Server), p.Holder, holdFor)
	}
	if epoch == 0 && err == nil {
		epoch, err = p.Pool.Hold(ctx, leaseName(id), p.Holder, h.epoch, holdFor)
	}
	if err != nil {
		return fmt.Errorf("the lease %s: %w", leaseName(id), err)
	}
	switch {
	case epoch == 0:
		p.lose(s)
	case epoch != h.epoch:
		h.epoch, h.renewed = epoch, now
		return p.win(ctx, id, s, own.At)
	default:
		h.renewed = now
	}
	return nil
}

// staffed says whether another server has agents.
func (t *team) staffed() bool {
	for _, r := range t.all {
		if r.agents() > 0 {
			return true
		}
	}
	return false
}

// lose lets go of what the holder alone has.
func (p *Pacer) lose(s *paced) {
	if s.hold.epoch == 0 {
		return
	}
	s.hold.epoch, s.model, s.ledger, s.adapts, s.read = 0, nil, nil, nil, time.Time{}
	s.team.all, s.team.given, s.team.heard = nil, nil, nil
}

// win begins to decide: what the one before has given and may still be acted
// upon counts as dialed.
func (p *Pacer) win(ctx context.Context, id dialer.CampaignID, s *paced, now time.Time) error {
	t := &s.team
	t.seq, t.heard, t.given, t.looked = 0, map[dialer.ServerID]int64{}, map[dialer.ServerID][]given{}, time.Time{}
	untold := t.untold
	t.untold = nil
	s.model, s.ledger, s.read = nil, nil, time.Time{}
	shares, err := p.Pool.Shares(ctx, id)
	if err != nil {
		// Nothing is decided before it is known.
		p.lose(s)
		t.untold = untold
		return fmt.Errorf("reading the shares before: %w", err)
	}
	for _, sh := range shares {
		t.heard[sh.Server] = sh.Heard
		if now.Sub(sh.At).Abs() <= shareLife && sh.Server != p.Server {
			t.given[sh.Server] = append(t.given[sh.Server], given{sh.Mark, sh.Place, sh.At})
		}
	}
	err = p.inAir(ctx, id, t, now)
	if err != nil {
		p.lose(s)
		t.untold = untold
		return fmt.Errorf("reading the calls that are in the air: %w", err)
	}
	_, err = p.refresh(ctx, id, s, now)
	for _, l := range untold {
		p.take(s, l)
	}
	return err
}

// placed marks what is known to be dialed: no report acts upon it, and the first
// one has it.
var placed = Mark{Epoch: math.MaxInt64}

// inAir counts calls of other servers that none of their reports has: who decided
// until now has reported nothing for as long as it did.
func (p *Pacer) inAir(ctx context.Context, id dialer.CampaignID, t *team, now time.Time) error {
	air, err := p.Pool.InAir(ctx, id)
	if err != nil {
		return err
	}
	reports, err := p.Pool.Reports(ctx, id, now.Add(-reportLife))
	if err != nil {
		return err
	}
	for _, r := range reports {
		air[r.Server] -= r.Floor.Dialing + r.Floor.Waiting
	}
	for server, n := range air {
		if server != p.Server && n > 0 {
			t.given[server] = append(t.given[server], given{placed, n, now.Add(-shareLife)})
		}
	}
	return nil
}

// Release gives the leases back, for other servers to go on at once.
func (p *Pacer) Release(ctx context.Context) error {
	var failed error
	for id, s := range p.campaigns {
		if p.Pool != nil && s.hold.epoch != 0 {
			failed = errors.Join(failed, p.Pool.End(ctx, leaseName(id), p.Holder, s.hold.epoch))
			p.lose(s)
		}
	}
	return failed
}

// others are the reports of the campaign's other servers, with what they tell
// of lessons and of shares acted upon taken in.
func (p *Pacer) others(ctx context.Context, id dialer.CampaignID, s *paced, now time.Time) ([]Report, error) {
	t := &s.team
	if len(t.all) == 0 && now.Sub(t.looked) < lookAlone && now.Sub(t.looked) >= 0 {
		return nil, nil
	}
	t.looked = now
	all, err := p.Pool.Reports(ctx, id, now.Add(-reportLife))
	if err != nil {
		return nil, fmt.Errorf("reading the other servers' reports: %w", err)
	}
	t.all = all[:0]
	for _, r := range all {
		if r.Server == p.Server || r.At.Sub(now) > reportLife { // its clock was set back since, and it was heard of no more
			continue
		}
		for _, l := range r.Lessons {
			if l.N > t.heard[r.Server] {
				p.take(s, l)
				t.heard[r.Server] = l.N
			}
		}
		t.all = append(t.all, r)
	}
	for server, open := range t.given {
		said := Report{}
		for _, r := range t.all {
			if r.Server == server {
				said = r
			}
		}
		t.given[server] = slices.DeleteFunc(open, func(g given) bool { return !g.open(said, now) })
	}
	return t.all, nil
}

// allot gives the other servers their shares.
func (p *Pacer) allot(ctx context.Context, id dialer.CampaignID, s *paced, reports []Report, decisions []pacing.Decision, now time.Time) error {
	var failed error
	for i, r := range reports {
		sh := s.team.share(id, r.Server, s.hold.epoch, now, decisions[i])
		err := p.Pool.Allot(ctx, leaseName(id), sh)
		if errors.Is(err, dialer.ErrConflict) {
			p.lose(s)
			return fmt.Errorf("another server decides for campaign %s now", id)
		}
		if sh.Place > 0 { // an error may hide a share that was written
			s.team.given[r.Server] = append(s.team.given[r.Server], given{sh.Mark, sh.Place, now})
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

// follow reports what this server has and takes its share.
func (p *Pacer) follow(ctx context.Context, s *paced, own Report) (pacing.Decision, error) {
	t := &s.team
	if own.idle() && len(t.untold) == 0 && !own.Delivered {
		return pacing.Decision{Bound: pacing.BoundAgents, Reason: "0 dials: nobody is signed in on this server"}, nil
	}
	own.Acted, own.Lessons = t.acted, t.untold
	var failed error
	if own.differs(t.told) || own.At.Sub(t.told.At) >= reportIdle {
		failed = p.Pool.Report(ctx, own)
		if failed == nil {
			t.told = own
		}
	}
	sh, err := p.Pool.ShareOf(ctx, own.Campaign, own.Server)
	if err != nil && !errors.Is(err, dialer.ErrNotFound) {
		return pacing.Decision{Bound: pacing.BoundHolder, Reason: "0 dials: the deciding server's share cannot be read"}, errors.Join(failed, err)
	}
	if err == nil {
		for len(t.untold) > 0 && t.untold[0].N <= sh.Heard {
			t.untold = t.untold[1:]
		}
		if sh.after(t.acted) && own.At.Sub(sh.At).Abs() <= shareLife && sh.At.After(t.since) {
			t.acted = sh.Mark
			return pacing.Decision{Place: max(0, min(sh.Place, own.Channels, int(room(own.CPSLeft, own.CPS)+1e-9))), Bound: sh.Bound, Reason: sh.Reason}, failed
		}
	}
	return pacing.Decision{Bound: pacing.BoundHolder, Reason: "0 dials: the deciding server has given no share"}, failed
}

// differs says whether a report tells more than that time has gone by.
func (r Report) differs(o Report) bool {
	a, b := r.Floor, o.Floor
	return a.Ready != b.Ready || a.Talking != b.Talking || a.WrapUp != b.WrapUp || a.Paused != b.Paused ||
		a.Dialing != b.Dialing || a.Waiting != b.Waiting || r.Acted != o.Acted || r.Delivered != o.Delivered || !slices.Equal(r.Out, o.Out) || len(r.Lessons) > len(o.Lessons)
}

// pooled says whether other servers work one of the campaigns with this one:
// then what they do is looked at four times a second.
func (p *Pacer) pooled() bool {
	for _, s := range p.campaigns {
		if len(s.team.all) > 0 || !s.hold.ours() && !s.team.told.At.IsZero() {
			return true
		}
	}
	return false
}

// seat takes agents for busy whose call has crossed to them since their server
// reported: else they would be dialed for twice.
func seat(reports []Report) {
	for i := range reports {
		for _, from := range reports {
			for _, x := range from.Floor.Crossed {
				if f := &reports[i].Floor; x.To == reports[i].Server && x.At.After(reports[i].At) && f.Ready > 0 {
					f.Ready--
					f.Talking++
				}
			}
		}
	}
}
