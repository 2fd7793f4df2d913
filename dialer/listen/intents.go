package listen

import (
	"context"
	"slices"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/agent"
	"trunkline/dialer/call"
)

// clicked reads the open intents, beside the loop: one statement for a click.
// Those of shifts and watches that are not known yet wait for poll.
func (l *Listen) clicked(ctx context.Context) {
	if l.polling {
		l.clickSoon = true
		return
	}
	l.polling, l.clickSoon = true, false
	go func() {
		brief, cancel := context.WithTimeout(ctx, pollLimit)
		defer cancel()
		intents, err := l.Store.OpenIntents(brief, l.Server.ID)
		l.inbox.put(func() {
			l.polling = false
			if l.clickSoon {
				defer l.clicked(ctx)
			}
			if err != nil {
				return // poll tries again
			}
			for _, in := range intents {
				if l.knows(in) {
					l.intent(in)
				} else {
					l.pollSoon = true
				}
			}
		})
	}()
}

// knows tells whether what a click is about has been read.
func (l *Listen) knows(in dialer.Intent) bool {
	if in.Kind == dialer.IntentWatch || in.Kind == dialer.IntentUnwatch {
		return l.watches[in.Args.Watch] != nil
	}
	return l.shifts[in.SessionID] != nil
}

// poll asks, beside the loop, whether the database has something for us: clicks,
// watches, new shifts, and now and then what admins change. What is in the clicks
// and watches is read when there are any that we do not know.
func (l *Listen) poll(ctx context.Context) {
	if l.polling {
		l.pollSoon = true
		return
	}
	asked := l.Clock.Now()
	q := question{server: l.Server.ID, store: l.Store, known: l.known(asked)}
	q.list = l.pollSoon || asked.Sub(l.listed) >= listEvery
	q.shifts = make(map[dialer.SessionID]bool, len(l.shifts))
	for id := range l.shifts {
		q.shifts[id] = true
	}
	reread := asked.Sub(l.reread) >= outcomesEvery
	l.polling, l.pollSoon, l.clickSoon = true, false, false
	go func() {
		ctx, cancel := context.WithTimeout(ctx, pollLimit)
		defer cancel()
		a, err := q.ask(ctx)
		var outcomes map[dialer.CarrierID]call.Table
		var carriers map[dialer.CarrierID]dialer.Carrier
		if err == nil && reread {
			outcomes, carriers, err = l.settings(ctx)
		}
		l.inbox.put(func() {
			l.polling = false
			if err != nil {
				return // the journal says it; the next poll tries again
			}
			if asked.Sub(l.sighted) > blindAfter {
				l.resighted = asked
			}
			if reread {
				l.outcomes, l.carriers, l.reread = outcomes, carriers, asked
			}
			l.sighted = asked
			if a.listed {
				l.listed = asked
				l.refresh(a.sessions, a.calls)
			}
			l.refreshWatches(a.watches)
			for _, in := range a.intents {
				l.intent(in)
			}
		})
	}()
}

// known are the clicks and watches that need not be read: carried out lately, and
// perhaps not closed in the database yet.
func (l *Listen) known(now time.Time) (n News) {
	const lately = 10 * time.Second
	for id, at := range l.closed {
		if now.Sub(at) < lately {
			n.Intents = append(n.Intents, id)
		}
	}
	for id := range l.watches {
		n.Watches = append(n.Watches, id)
	}
	for id, at := range l.unwatched {
		if now.Sub(at) < lately {
			n.Watches = append(n.Watches, id)
		}
	}
	return n
}

// question is what poll asks.
type question struct {
	server dialer.ServerID
	store  Store
	known  News
	shifts map[dialer.SessionID]bool // that are known
	list   bool                      // the shifts are due
}

// answer is what the database says to it.
type answer struct {
	listed   bool
	sessions []dialer.Session
	calls    []dialer.Call // that shifts brought along
	intents  []dialer.Intent
	watches  []dialer.Watch
}

// ask reads no more than is needed. A click's shift has been read before it is
// carried out: it is there before the click.
func (q question) ask(ctx context.Context) (a answer, err error) {
	n, err := q.store.News(ctx, q.server)
	if err != nil {
		return a, err
	}
	clicks := slices.ContainsFunc(n.Intents, func(id dialer.IntentID) bool { return !slices.Contains(q.known.Intents, id) })
	ears := slices.ContainsFunc(n.Watches, func(id dialer.WatchID) bool { return !slices.Contains(q.known.Watches, id) })
	if q.list || clicks || ears {
		a.listed = true
		a.sessions, err = q.store.LiveSessions(ctx, q.server)
	}
	if err == nil {
		a.calls, err = q.brought(ctx, a.sessions)
	}
	if err == nil && clicks {
		a.intents, err = q.store.OpenIntents(ctx, q.server)
	}
	if err == nil && ears {
		a.watches, err = q.store.LiveWatches(ctx, q.server)
	}
	return a, err
}

// refresh takes in new shifts and the moments when pages were last seen. All
// else of a shift is ours: the database only follows.
func (l *Listen) refresh(rows []dialer.Session, brought []dialer.Call) {
	for _, row := range rows {
		s := l.shifts[row.ID]
		if s == nil {
			if _, out := l.left[row.ID]; out {
				continue // the journal has not written it yet
			}
			s = &shift{Session: row, last: broughtBy(row, brought)}
			l.shifts[row.ID] = s
			delete(l.unsaid, row.CallID) // its agent is here to say it
		}
		s.SeenAt = row.SeenAt
		l.match(s)
	}
	l.endMoved(rows)
	for channel := range l.early {
		id, _ := dialer.SessionOfChannel(channel)
		if s := l.shifts[id]; s != nil {
			delete(l.early, channel)
			l.seat(s, channel)
		}
	}
}

// sameMoment is how far the clocks behind a click and behind the PBX's events may
// be apart; no agent reacts faster to a customer who hangs up.
const sameMoment = 200 * time.Millisecond

// calls are the clicks that make somebody's phone ring, or hear something.
// Found only long after it was made (listen was away), such a click is not
// carried out: the agent has given up on it, and may not be looking.
var calls = map[dialer.IntentKind]bool{
	dialer.IntentDial: true, dialer.IntentConsult: true, dialer.IntentInvite: true, dialer.IntentPass: true, dialer.IntentMessage: true,
}

const staleAfter = 15 * time.Second

// intent carries out one click, once.
func (l *Listen) intent(in dialer.Intent) {
	if _, done := l.closed[in.ID]; done {
		return
	}
	now := l.Clock.Now()
	l.closed[in.ID] = now
	// Both name the call that they are about, and do nothing to any other.
	twice := in.Args.CallID != 0 && (in.Kind == dialer.IntentHangup || in.Kind == dialer.IntentDispose)
	with := Change{At: now, Intent: &IntentResult{ID: in.ID, Session: in.SessionID, Twice: twice}}
	if in.Kind == dialer.IntentWatch || in.Kind == dialer.IntentUnwatch {
		l.watch(in, with)
		return
	}
	s := l.shifts[in.SessionID]
	if s == nil {
		l.refuse(with, "Your shift has ended. Sign in again.")
		return
	}
	if calls[in.Kind] && now.Sub(in.ID.At()) > staleAfter {
		l.refuse(with, "The server was away when you asked for that, so nobody was called. Try again.")
		return
	}
	switch in.Kind {
	case dialer.IntentReady:
		l.goReady(s, with)
	case dialer.IntentPause:
		l.wantPause(s, in.Args.Code, with)
	case dialer.IntentHold:
		l.hold(s, in, with)
	case dialer.IntentResume:
		l.resume(s, in, with)
	case dialer.IntentRecord:
		l.record(s, in, with)
	case dialer.IntentRecHold:
		l.pauseRecording(s, in, with)
	case dialer.IntentDial:
		l.dial(s, in, with)
	case dialer.IntentPreview:
		l.preview(s, in.Args.LeadID, with)
	case dialer.IntentSkip:
		l.skip(s, with)
	case dialer.IntentConsult:
		l.dialThird(s, in, dialer.ThirdConsult, with)
	case dialer.IntentInvite:
		l.dialThird(s, in, dialer.ThirdInvite, with)
	case dialer.IntentPass:
		l.dialThird(s, in, dialer.ThirdTransfer, with)
	case dialer.IntentJoin:
		l.joinThree(s, in, with)
	case dialer.IntentLeave:
		l.leave(s, in, with)
	case dialer.IntentDropOut:
		l.dropThird(s, in, with)
	case dialer.IntentHangAll:
		l.hangAll(s, in, with)
	case dialer.IntentPark:
		l.park(s, in, with)
	case dialer.IntentTake:
		l.takeBack(s, in, with)
	case dialer.IntentMessage:
		l.dropMessage(s, in, with)
	case dialer.IntentMute, dialer.IntentUnmute:
		l.mute(s, in.Kind == dialer.IntentMute, with)
	case dialer.IntentDigits:
		l.digits(s, in, with)
	case dialer.IntentHangup:
		if c := l.onLine(s, in); c != nil {
			l.hangup(c, dialer.ByAgent)
		} else if c := s.last; c != nil && c.ID == in.Args.CallID && c.EndedBy == dialer.ByLead && in.ID.At().Before(c.EndedAt.Add(sameMoment)) {
			// The web role's own hang-up was faster than the click's row.
			c.EndedBy = dialer.ByAgent
			with.Call, with.Session = l.row(c), new(s.Session)
		}
		l.put(with) // a call that has ended meanwhile is what was asked for
	case dialer.IntentDispose:
		l.wantDispose(s, in, with)
	case dialer.IntentRing:
		l.ringPhone(s, in, with)
	case dialer.IntentLogout:
		l.logOut(s, with)
	default:
		l.refuse(with, "This server does not know that action. It may run an older version.")
	}
}

func (l *Listen) refuse(with Change, sentence string) {
	if with.Intent == nil {
		return // nobody asked
	}
	with.Intent.Refusal = sentence
	l.put(with)
}

// onLine is the agent's call, if it is the one the click was meant for.
func (l *Listen) onLine(s *shift, in dialer.Intent) *liveCall {
	c := l.calls[s.CallID]
	if c == nil || in.Args.CallID != 0 && in.Args.CallID != c.ID {
		return nil
	}
	return c
}

func (l *Listen) goReady(s *shift, with Change) {
	switch s.State {
	case dialer.AgentConnecting:
		l.refuse(with, "Your phone is not connected yet. Wait for it, or reload the page.")
	case dialer.AgentInCall, dialer.AgentWrapUp:
		s.PauseNext = "" // takes back a pause that was asked for
		with.Session = new(s.Session)
		l.put(with)
	default:
		l.moveAgent(s, agent.GoesReady, with.At, with)
	}
}

func (l *Listen) wantPause(s *shift, code string, with Change) {
	switch {
	case s.State == dialer.AgentConnecting:
		if s.broke.state == "" {
			l.refuse(with, "Your phone is not connected yet: you are not being given calls.")
			return
		}
		if s.broke.state != dialer.AgentPaused || s.broke.code != code {
			s.broke = broken{dialer.AgentPaused, code, s.Since, with.At}
		}
		l.put(with)
	case s.State == dialer.AgentInCall, s.State == dialer.AgentWrapUp, s.offered != 0:
		s.PauseNext = code
		with.Session = new(s.Session)
		l.put(with)
	default:
		l.pause(s, code, with.At, with)
	}
}

func (l *Listen) hold(s *shift, in dialer.Intent, with Change) {
	music := ""
	if c := l.onLine(s, in); c != nil {
		music = c.holdMusic()
	}
	put := func(ctx context.Context, bridge, channel string) error {
		return l.Mixer.Hold(ctx, bridge, channel, music)
	}
	l.turn(s, in, call.Holds, with, put, "The call is on hold already.", "The call could not be put on hold; the customer still hears you. Try again.")
}

// holdMusic is what the customer hears on hold: what the in-group plays from
// which the call came, else the campaign's.
func (c *liveCall) holdMusic() string {
	if c.group != nil && c.group.Music != "" {
		return c.group.Music
	}
	return c.campaign.HoldMusic
}

func (l *Listen) resume(s *shift, in dialer.Intent, with Change) {
	l.turn(s, in, call.Resumes, with, l.Mixer.Resume, "The call is not on hold.", "The customer could not be taken back from hold. Try again.")
}

// turn takes the customer in or out of the agent's bridge. The state follows
// the PBX: what the screen says must be what the customer hears.
func (l *Listen) turn(s *shift, in dialer.Intent, ev call.Event, with Change,
	do func(ctx context.Context, bridge, channel string) error, out, failed string) {
	c := l.onLine(s, in)
	if c == nil {
		l.refuse(with, "The customer has hung up.")
		return
	}
	if _, err := call.Next(c.State, ev); err != nil {
		l.refuse(with, out)
		return
	}
	bridge, channel := s.ID.Bridge(), c.channel()
	l.ask(channel, func(ctx context.Context) error { return do(ctx, bridge, channel) }, func(err error) {
		with.At = l.Clock.Now()
		switch {
		case l.calls[c.ID] == nil:
			l.refuse(with, "The customer has hung up.")
		case err != nil:
			l.Log.Warn("the PBX refused", "command", string(ev), "call", c.ID, "err", err)
			l.refuse(with, failed)
		case l.moveCall(c, ev):
			with.Call, with.Session = l.row(c), new(s.Session)
			l.put(with)
		default:
			l.put(with) // clicked twice
		}
	})
}

func (l *Listen) wantDispose(s *shift, in dialer.Intent, with Change) {
	d := disposalOf(in.Args)
	switch {
	case d.status == "":
		l.refuse(with, "Choose an outcome first.")
	case l.owed[d.call] != nil:
		l.disposition(&with, l.owed[d.call], d, s.UserID)
		delete(l.owed, d.call)
		l.put(with)
	case s.CallID == 0 || d.call != 0 && d.call != s.CallID:
		l.put(with) // disposed of already: the same click twice
	case s.State == dialer.AgentInCall:
		d.call = s.CallID
		s.disposal = &d // counts when the call ends
		l.put(with)
	default:
		l.put(with)
		l.dispose(s, d, with.At)
	}
}

// dispose gives the call in wrap-up its disposition and frees the agent.
func (l *Listen) dispose(s *shift, d disposal, at time.Time) {
	ev := agent.DisposesReady
	if d.pause || s.PauseNext != "" {
		ev = agent.DisposesPause
	}
	next, err := agent.Next(s.State, ev)
	went := next
	if err == nil && s.Leg == "" {
		next, err = agent.Next(next, agent.LegLost) // the phone went away in the call
	}
	if err != nil {
		l.refused("agent", err, "session", s.ID)
		return
	}
	ch := Change{At: at}
	if c := s.last; c != nil && c.ID == s.CallID {
		l.disposition(&ch, c, d, s.UserID)
	}
	ch.Period = l.period(s, at)
	l.tellWrapped(s, next, d.status, at)
	s.broke = broken{went, s.PauseNext, at, at}
	s.enter(next, ch.Period.To)
	s.PauseCode = ""
	if next == dialer.AgentPaused {
		s.PauseCode = s.PauseNext
	}
	s.CallID, s.PauseNext, s.last, s.disposal = 0, "", nil, nil
	ch.Session = new(s.Session)
	l.put(ch)
	l.match(s)
}

// disposition writes what an agent says of a call.
func (l *Listen) disposition(ch *Change, c *liveCall, d disposal, by dialer.UserID) {
	c.Status = d.status
	ch.Call = l.row(c)
	ch.Lead = &LeadChange{ID: c.LeadID, Status: d.status, Comments: d.comments}
	if l.dnc[d.status] {
		ch.DNC = &DNC{c.E164, "agent"}
	}
	if ask := d.callback; ask != nil {
		ch.Callback = &dialer.Callback{
			CampaignID: c.CampaignID, LeadID: c.LeadID, Kind: ask.Kind, UserID: by, DueAt: ask.DueAt, Zone: ask.Zone,
			State: dialer.CallbackActive, Comments: d.comments, MadeBy: by, CreatedAt: ch.At, ChangedAt: ch.At,
		}
	}
}

func (l *Listen) logOut(s *shift, with Change) {
	switch s.State {
	case dialer.AgentInCall:
		l.refuse(with, "You have a customer on the line. Hang up first.")
		return
	case dialer.AgentWrapUp:
		l.refuse(with, "Choose the outcome of your last call first.")
		return
	}
	if s.offered != 0 {
		l.refuse(with, "A call is reaching you just now.")
		return
	}
	leg, joining, bridge := s.Leg, s.joining, s.ID.Bridge()
	s.Leg = ""
	if with.Out == "" {
		with.Out = "logged out"
	}
	if !l.moveAgent(s, agent.LogsOut, with.At, with) {
		return
	}
	l.command(bridge, "leave", func(ctx context.Context) error {
		for _, channel := range []string{leg, joining} {
			if channel != "" {
				_ = l.Legs.Hangup(ctx, channel, 16) // gone already, maybe
			}
		}
		return l.Mixer.Destroy(ctx, bridge)
	}, nil)
}
