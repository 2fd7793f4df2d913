package listen

import (
	"cmp"
	"context"
	"errors"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/agent"
	"trunkline/dialer/call"
	"trunkline/dialer/compliance"
)

// Prospect is somebody whom an agent wants to dial by hand.
type Prospect struct {
	Lead    dialer.Lead // ID 0: a number that no list of the campaign has
	DNC     bool        // on the system's or the campaign's DNC
	History *compliance.History
	Stopped string // why this server may not dial now; "": it may
}

// prepareLimit bounds what the database may take before an agent's call.
const prepareLimit = 5 * time.Second

// dial places a call for an agent, who hears it ring: create, the agent's
// bridge, dial. The rules are asked as for any call, beside the loop, since it
// takes the database; until they have answered the agent gets no other call.
func (l *Listen) dial(s *shift, in dialer.Intent, with Change) {
	if sentence := l.busy(s); sentence != "" {
		l.refuse(with, sentence)
		return
	}
	lead, number := s.PreviewID, in.Args.Number
	if number != "" {
		lead = 0
	}
	if lead == 0 && number == "" {
		l.refuse(with, "Type a number, or ask for the next lead.")
		return
	}
	s.dialing = true
	now := l.Clock.Now()
	c := dialer.Call{
		ID: dialer.CallID(l.IDs.Next(now)), State: dialer.CallPlaced, Sent: true, CampaignID: s.CampaignID,
		ServerID: l.Server.ID, SessionID: s.ID, UserID: s.UserID, PlacedAt: now, Manual: true,
	}
	var campaign dialer.Campaign
	l.ask(s.ID.Bridge(), func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, prepareLimit)
		defer cancel()
		var err error
		c, campaign, err = l.prepare(ctx, c, lead, number)
		return err
	}, func(err error) {
		s.dialing = false
		switch {
		case err != nil:
			l.refuse(with, l.sentence(err, "The number could not be dialed just now. Try again in a moment."))
			var p *dialer.Problem
			if c.E164 != "" && !errors.As(err, &p) {
				// The answer may be what was lost, and not the commit: then the call is in
				// the books, live and never sent, and its number could not be dialed again.
				l.unsent(&liveCall{Call: c, campaign: campaign}, l.Clock.Now())
			}
			l.match(s)
		case l.shifts[s.ID] != s || l.busy(s) != "":
			live := &liveCall{Call: c, campaign: campaign}
			l.refuse(with, "Your phone was lost before the call went out. Try again.")
			l.unsent(live, l.Clock.Now())
		default:
			l.dialed(s, c, campaign, with)
		}
	})
}

// busy says why an agent cannot take up a call now.
func (l *Listen) busy(s *shift) string {
	switch {
	case s.State == dialer.AgentInCall:
		return "You have a customer on the line. Hang up first."
	case s.State == dialer.AgentWrapUp:
		return "Choose the outcome of your last call first."
	case s.Leg == "":
		return "Your phone is not connected yet. Wait for it, or reload the page."
	case s.offered != 0:
		return "A call is reaching you just now."
	case s.dialing:
		return "A number is being dialed already."
	}
	return ""
}

// sentence is what an agent is told of an error.
func (l *Listen) sentence(err error, otherwise string) string {
	var p *dialer.Problem
	if errors.As(err, &p) {
		return p.Sentence
	}
	l.Log.Warn("an agent's action failed", "err", err)
	return otherwise
}

// prepare asks the rules and commits the call.
func (l *Listen) prepare(ctx context.Context, c dialer.Call, lead dialer.LeadID, number string) (dialer.Call, dialer.Campaign, error) {
	campaign, err := l.Store.Campaign(ctx, c.CampaignID)
	if err != nil {
		return c, campaign, err
	}
	p, err := l.Store.Prospect(ctx, c.CampaignID, l.Server.ID, lead, number, c.PlacedAt)
	if err != nil {
		return c, campaign, err
	}
	if p.Stopped != "" {
		return c, campaign, dialer.Explain(dialer.ErrUnavailable, "This server does not dial: "+p.Stopped+". Tell your supervisor.")
	}
	q := compliance.Ask(p.Lead, campaign, p.DNC, p.History, c.PlacedAt)
	q.LiveAgent = true
	v := compliance.Check(q)
	if !v.Allowed {
		return c, campaign, dialer.Explain(dialer.ErrForbidden, "Not dialed: "+v.Reason)
	}
	c.LeadID, c.ListID, c.E164, c.CarrierID = p.Lead.ID, p.Lead.ListID, p.Lead.E164, campaign.CarrierID
	c.LeadWas = cmp.Or(p.Lead.Status, dialer.StatusNew)
	c.Grounds = compliance.GroundsOf(q, v)
	c.CallerID = q.CallerID
	if p.History != nil {
		c.Known = len(p.History.Attempts)
	}
	c, err = l.Store.PlaceByHand(ctx, c)
	return c, campaign, err
}

// dialed: the call is committed and its agent still there. It goes out.
func (l *Listen) dialed(s *shift, row dialer.Call, campaign dialer.Campaign, with Change) {
	c := &liveCall{Call: row, campaign: campaign}
	l.calls[c.ID] = c
	carrier := l.carriers[c.CarrierID]
	period := l.period(s, with.At)
	next, err := agent.Next(s.State, agent.TakesUp)
	if err != nil {
		l.refused("agent", err, "session", s.ID)
		return
	}
	s.enter(next, period.To)
	s.PauseCode, s.CallID = "", c.ID
	s.PreviewID, s.PreviewSince = 0, nil
	with.Period, with.Session, with.Call = period, new(s.Session), l.row(c)
	l.put(with)
	out := dialer.Outgoing{
		Channel: c.ID.Channel(), Bridge: s.ID.Bridge(), Call: c.ID, E164: c.E164, Carrier: carrier, CallerID: row.CallerID,
		Timeout: campaign.Backstop(), Role: "call",
	}
	l.command(out.Channel, "dial", func(ctx context.Context) error { return l.Legs.Call(ctx, out) }, func(err error) {
		l.Log.Warn("a call by hand was refused", "call", c.ID, "err", err)
		c.failedAt = l.Clock.Now()
	})
}

// handAnswered: the far end of a call by hand is there, and has been in the
// agent's bridge all along.
func (l *Listen) handAnswered(c *liveCall, e dialer.LegEvent) {
	if c.BridgedAt != nil || !l.moveCall(c, call.Connects) {
		return
	}
	c.BridgedAt = new(e.At)
	with := Change{At: e.At}
	if c.campaign.Record.FromStart() {
		l.startRecording(c)
		with.Recording = l.recording(c)
	}
	l.put(l.both(c, with))
}

// handEnds sets what Outcome cannot know of a call by hand: ARI tells of no
// final Dial event, so that we tell our own giving up from the far end's word; and a call that its agent gave up was not answered.
func (l *Listen) handEnds(c *liveCall, e dialer.LegEvent) {
	if !c.Manual || c.AnsweredAt != nil {
		return
	}
	c.farEnd = e.SIPCode != 0 && !c.gaveUp && e.At.Sub(c.PlacedAt) < c.campaign.Backstop()-time.Second/2
	if c.endedBy == dialer.ByAgent && c.Status == "" {
		c.Status = dialer.StatusNoAnswer
	}
}

// reasons are what an agent hears when a call by hand fails: of the sounds that
// come with every Asterisk.
var reasons = map[dialer.Status]string{
	dialer.StatusBusy:         "telephone-number&is-in-use",
	dialer.StatusDisconnected: "ss-noservice",
	dialer.StatusNoAnswer:     "number-not-answering",
	dialer.StatusRejected:     "cannot-complete-as-dialed",
	dialer.StatusCongestion:   "all-circuits-busy-now",
}

// tellReason plays the reason of a failed call into its agent's bridge.
func (l *Listen) tellReason(s *shift, status dialer.Status) {
	sound, ok := reasons[status]
	if !ok || s.Leg == "" {
		return
	}
	bridge := s.ID.Bridge()
	l.command(bridge, "tell", func(ctx context.Context) error { return l.Mixer.Announce(ctx, bridge, sound) }, nil)
}

// preview shows an agent a lead that was chosen, or the next one. A chosen lead
// is not claimed: that nobody is called twice is asked when it is dialed.
func (l *Listen) preview(s *shift, chosen dialer.LeadID, with Change) {
	switch sentence := l.busy(s); {
	case sentence != "":
		l.refuse(with, sentence)
		return
	case chosen != 0:
		l.giveBack(s)
		s.PreviewID, s.PreviewSince = chosen, new(l.Clock.Now())
		with.Session = new(s.Session)
		l.put(with)
		return
	case s.PreviewID != 0:
		l.put(with) // the same click twice
		return
	}
	s.dialing = true
	var lead dialer.LeadID
	l.ask(s.ID.Bridge(), func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, prepareLimit)
		defer cancel()
		var err error
		lead, err = l.Store.NextLead(ctx, s.CampaignID, l.Server.ID, l.Clock.Now())
		return err
	}, func(err error) {
		s.dialing = false
		if err != nil {
			l.refuse(with, l.sentence(err, "There is no lead to be had just now. Try again in a moment."))
			return
		}
		s.PreviewID, s.PreviewSince = lead, new(l.Clock.Now())
		if l.shifts[s.ID] != s {
			l.giveBack(s)
			l.refuse(with, "Your shift has ended. Sign in again.")
			return
		}
		with.Session = new(s.Session)
		l.put(with)
	})
}

// skip gives the previewed lead back to the hopper.
func (l *Listen) skip(s *shift, with Change) {
	l.giveBack(s)
	with.Session = new(s.Session)
	l.put(with)
}

func (l *Listen) giveBack(s *shift) {
	lead := s.PreviewID
	if lead == 0 {
		return
	}
	s.PreviewID, s.PreviewSince = 0, nil
	l.command(s.ID.Bridge(), "give back", func(ctx context.Context) error { return l.Store.GiveBack(ctx, lead) }, nil)
}
