package listen

import (
	"context"

	"trunkline/dialer"
	"trunkline/dialer/call"
)

// load reads what the database knows of this server's calls and agents.
func (l *Listen) load(ctx context.Context) error {
	var calls []dialer.Call
	var sessions []dialer.Session
	var thirds []dialer.Third
	var chosen []dialer.Intent
	err := l.untilDone(ctx, "reading this server's calls and agents", func() error {
		var err error
		l.dnc, err = l.Store.DNCStatuses(ctx)
		if err != nil {
			return err
		}
		l.outcomes, l.carriers, err = l.settings(ctx)
		if err != nil {
			return err
		}
		thirds, err = l.Store.LiveThirds(ctx, l.Server.ID)
		if err != nil {
			return err
		}
		calls, err = l.Store.LiveCalls(ctx, l.Server.ID)
		if err != nil {
			return err
		}
		sessions, err = l.Store.LiveSessions(ctx, l.Server.ID)
		if err != nil {
			return err
		}
		chosen, err = l.Store.Chosen(ctx, l.Server.ID)
		return err
	})
	if err != nil {
		return err
	}
	campaigns := map[dialer.CampaignID]dialer.Campaign{}
	for _, c := range calls {
		if _, ok := campaigns[c.CampaignID]; !ok {
			err := l.untilDone(ctx, "reading campaign "+string(c.CampaignID), func() error {
				camp, err := l.Store.Campaign(ctx, c.CampaignID)
				campaigns[c.CampaignID] = camp
				return err
			})
			if err != nil {
				return err
			}
		}
		l.calls[c.ID] = &liveCall{Call: c, campaign: campaigns[c.CampaignID], found: true, gapped: true}
	}
	for _, s := range sessions {
		sh := &shift{Session: s}
		if c := l.calls[s.CallID]; c != nil && s.State == dialer.AgentWrapUp {
			sh.last = c // it has ended, or goes on without its agent
		}
		l.shifts[s.ID] = sh
	}
	for _, in := range chosen {
		l.recall(in)
	}
	for id, c := range l.calls {
		if c.State == dialer.CallEnded {
			delete(l.calls, id)
		}
	}
	for _, t := range thirds {
		if c := l.calls[t.Call]; c != nil {
			c.third, c.thirds = &t, max(c.thirds, t.N)
		}
	}
	if len(calls)+len(sessions) > 0 {
		l.Log.Info("adopting what an earlier listen left", "calls", len(calls), "agents", len(sessions))
	}
	return nil
}

// recall takes up what an agent chose while the call was up, and of which only a
// listen that is dead knew: it counts when the call ends. A call that was parked
// since gets its outcome from whoever took it back.
func (l *Listen) recall(in dialer.Intent) {
	s := l.shifts[in.SessionID]
	switch {
	case s == nil:
	case in.Kind == dialer.IntentPark:
		s.disposal = nil
	case in.Kind == dialer.IntentDispose && in.Args.CallID == s.CallID && in.Args.Status != "":
		s.disposal = new(disposalOf(in.Args))
	}
}

// settings reads what admins change and every call asks.
func (l *Listen) settings(ctx context.Context) (map[dialer.CarrierID]call.Table, map[dialer.CarrierID]dialer.Carrier, error) {
	outcomes, err := l.Store.Outcomes(ctx)
	if err != nil {
		return nil, nil, err
	}
	all, err := l.Store.Carriers(ctx)
	carriers := make(map[dialer.CarrierID]dialer.Carrier, len(all))
	for _, c := range all {
		carriers[c.ID] = c
	}
	return outcomes, carriers, err
}
