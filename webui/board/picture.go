package board

import (
	"maps"
	"slices"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
)

// Picture is how everything stands at one moment. A view draws what it shows of
// it, and changes nothing in it.
type Picture struct {
	Now time.Time // by the database's clock
	facts.BoardFloor
	facts.BoardPace
	facts.BoardAround
	Held     map[dialer.SessionID]time.Time       // since when a customer is on hold, as far as it was seen
	Tallies  map[dialer.UserID]facts.BoardTally   // since the day began
	Days     map[dialer.CampaignID]facts.BoardDay // since the day began
	Carriers []facts.BoardCarrier                 // what became of the calls of the last CarrierSpan
	Waits    map[dialer.CampaignID]float64        // average wait of agents for a call, s, over the last WaitSpan
	Hour     []Sample                             // the agents of the last hour, the oldest first
}

const (
	// CarrierSpan is over how long a carrier's answers count.
	CarrierSpan = 5 * time.Minute
	// WaitSpan is over how long agents' waits count.
	WaitSpan = 15 * time.Minute
	// sampleEvery and samples are the grid of Picture.Hour.
	sampleEvery = time.Minute
	samples     = 60
)

// Sample is how many agents of each campaign were in each state at a moment.
type Sample struct {
	At     time.Time
	Agents map[dialer.CampaignID]map[dialer.AgentState]int
}

func (s Sample) add(campaign dialer.CampaignID, state dialer.AgentState) {
	if s.Agents[campaign] == nil {
		s.Agents[campaign] = map[dialer.AgentState]int{}
	}
	s.Agents[campaign][state]++
}

// sampleOf counts the agents who are on shift.
func sampleOf(at time.Time, agents []facts.BoardAgent) Sample {
	s := Sample{at, map[dialer.CampaignID]map[dialer.AgentState]int{}}
	for _, a := range agents {
		s.add(a.Campaign, a.State)
	}
	return s
}

// past makes the samples of the hour before now, from the states that agents
// have left since and from those that they are in.
func past(now time.Time, spells []facts.BoardSpell, agents []facts.BoardAgent) []Sample {
	last := now.Truncate(sampleEvery)
	all := make([]Sample, samples)
	for i := range all {
		all[i] = Sample{last.Add(-time.Duration(samples-1-i) * sampleEvery), map[dialer.CampaignID]map[dialer.AgentState]int{}}
	}
	count := func(campaign dialer.CampaignID, state dialer.AgentState, from, to time.Time) {
		for i := range all {
			if at := all[i].At; !at.Before(from) && at.Before(to) {
				all[i].add(campaign, state)
			}
		}
	}
	for _, s := range spells {
		count(s.Campaign, s.State, s.From, s.To)
	}
	for _, a := range agents {
		count(a.Campaign, a.State, a.Since, now.Add(time.Second))
	}
	return all
}

// sampled takes a sample if the next one is due.
func sampled(hour []Sample, now time.Time, agents []facts.BoardAgent) []Sample {
	at := now.Truncate(sampleEvery)
	if len(hour) == 0 || !at.After(hour[len(hour)-1].At) {
		return hour
	}
	hour = append(slices.Clip(hour), sampleOf(at, agents))
	return hour[max(0, len(hour)-samples):]
}

// held keeps since when customers are on hold: the tables say only that they
// are.
func held(before map[dialer.SessionID]time.Time, now time.Time, agents []facts.BoardAgent) map[dialer.SessionID]time.Time {
	after := map[dialer.SessionID]time.Time{}
	for _, a := range agents {
		if a.CallState != dialer.CallHeld {
			continue
		}
		after[a.Session] = now
		if since, known := before[a.Session]; known {
			after[a.Session] = since
		}
	}
	return after
}

// working are the campaigns that dial, or have agents on shift.
func (p *Picture) working() []dialer.CampaignID {
	all := map[dialer.CampaignID]bool{}
	for _, c := range p.Campaigns {
		if c.Active {
			all[c.ID] = true
		}
	}
	for _, a := range p.Agents {
		all[a.Campaign] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// LimitsOf are a campaign's limits of times, or those of every campaign.
func (p *Picture) LimitsOf(campaign dialer.CampaignID) facts.BoardLimits {
	var general facts.BoardLimits
	for _, l := range p.Limits {
		switch l.Campaign {
		case campaign:
			return l
		case "":
			general = l
		}
	}
	return general
}
