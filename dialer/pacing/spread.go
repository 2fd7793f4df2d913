package pacing

import (
	"math"
	"slices"

	"trunkline/dialer"
)

// Spread decides for a campaign that several servers work: one Input per
// server, with that server's own agents, calls, channels and calls a second;
// what is the campaign's is taken from the first.
//
// Where an answered call can be delivered to an agent of any server, the agents
// are one team, and its dials go first to the servers with free agents, then to
// those with agents, then to any with room: a call that is answered beside its
// agent need not cross. Where it cannot, each
// server dials for its own agents alone: a call of one is of no use to the
// other's. What is learnt, the drop ledgers, the dial level and the leads are
// shared either way.
func Spread(servers []Input, delivered bool) []Decision {
	switch {
	case len(servers) == 0:
		return nil
	case len(servers) == 1:
		return []Decision{Decide(servers[0])}
	case delivered:
		return together(servers)
	}
	return apart(servers)
}

// together decides for one team and deals its dials out by room.
func together(servers []Input) []Decision {
	whole := pooled(servers)
	d := Decide(whole)
	rooms := make([]int, len(servers))
	for i, s := range servers {
		rooms[i] = min(max(s.Channels, 0), int(number(s.CPSLeft, 0, 10_000)+1e-9))
	}
	all := make([]Decision, len(servers))
	for i := range all {
		all[i] = d
		all[i].Place = 0
	}
	left := d.Place
	for _, part := range []func() []int{
		func() []int {
			return each(servers, rooms, func(s Input) int { return s.Ready - s.Dialing - s.Waiting })
		},
		func() []int {
			team := whole.Ready + whole.Talking + whole.WrapUp
			return each(servers, rooms, func(s Input) int {
				return (left*(s.Ready+s.Talking+s.WrapUp) + team - 1) / max(team, 1)
			})
		},
		func() []int { return rooms },
	} {
		for i, n := range deal(left, part()) {
			all[i].Place += n
			rooms[i] -= n
			left -= n
		}
	}
	return all
}

// each is what a server is to get at most, within its room.
func each(servers []Input, rooms []int, most func(Input) int) []int {
	got := make([]int, len(servers))
	for i, s := range servers {
		got[i] = min(rooms[i], max(0, most(s.sane())))
	}
	return got
}

// apart decides for each server's own team with what the campaign shares.
func apart(servers []Input) []Decision {
	whole := pooled(servers)
	common := whole.Adapt
	if adaptive(whole.Method) {
		common = adapt(whole.sane())
	}
	air := make([]float64, len(servers))
	if m := whole.Model; m != nil && whole.Method == dialer.DialPredictive {
		m.advance(whole)
		for i, s := range servers {
			s = s.sane()
			s.Grace = whole.Grace
			air[i] = m.outlook(s).drops()
		}
	}
	all := make([]Decision, len(servers))
	leads := whole.Leads
	for i, s := range servers {
		in := whole.campaign()
		in.floor(s)
		in.Channels, in.CPSLeft, in.Leads = s.Channels, s.CPSLeft, leads
		in.Adapt = common
		in.Adapt.PlacedAt, in.Adapt.Owed = s.Adapt.PlacedAt, s.Adapt.Owed
		for j, drops := range air {
			if j != i {
				in.Elsewhere += drops
			}
		}
		d := Decide(in)
		air[i] = d.Air
		if leads >= 0 {
			leads -= d.Place
		}
		all[i] = d
	}
	return all
}

// pooled is the campaign as if one server worked it.
func pooled(servers []Input) Input {
	whole := servers[0].campaign()
	whole.Adapt = servers[0].Adapt
	whole.Channels, whole.CPSLeft = 0, 0
	for _, s := range servers {
		s = s.sane()
		whole.Ready += s.Ready
		whole.Talking += s.Talking
		whole.WrapUp += s.WrapUp
		whole.Paused += s.Paused
		whole.Dialing += s.Dialing
		whole.Waiting += s.Waiting
		whole.Flights = append(whole.Flights, s.Flights[:min(len(s.Flights), s.Dialing+s.Waiting)]...)
		whole.Busy = append(whole.Busy, s.Busy[:min(len(s.Busy), s.Talking+s.WrapUp)]...)
		whole.Channels += s.Channels
		whole.CPSLeft += math.Floor(s.CPSLeft + 1e-9) // a server cannot send half a call
	}
	return whole
}

// campaign is the part of an Input that all servers have in common.
func (in Input) campaign() Input {
	in.floor(Input{})
	in.Adapt, in.Channels, in.CPSLeft = Adapt{}, 0, 0
	return in
}

// floor takes another's agents and calls.
func (in *Input) floor(s Input) {
	in.Ready, in.Talking, in.WrapUp, in.Paused = s.Ready, s.Talking, s.WrapUp, s.Paused
	in.Dialing, in.Waiting, in.Flights, in.Busy = s.Dialing, s.Waiting, s.Flights, s.Busy
}

// deal gives n to servers in proportion to their rooms and within them, by
// largest remainders. What has no room is left out.
func deal(n int, rooms []int) []int {
	total := 0
	for _, r := range rooms {
		total += max(r, 0)
	}
	got := make([]int, len(rooms))
	n = min(n, total)
	if n <= 0 {
		return got
	}
	order := make([]int, len(rooms))
	rest := make([]float64, len(rooms))
	left := n
	for i, r := range rooms {
		part := float64(n) * float64(max(r, 0)) / float64(total)
		got[i] = int(part)
		rest[i], order[i] = part-float64(got[i]), i
		left -= got[i]
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case rest[a] > rest[b]:
			return -1
		case rest[a] < rest[b]:
			return 1
		}
		return 0
	})
	// Fewer are left than there are servers with a remainder, and each of these
	// has room for one more.
	for _, i := range order {
		if left > 0 && got[i] < rooms[i] {
			got[i]++
			left--
		}
	}
	return got
}
