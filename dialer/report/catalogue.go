package report

import (
	"context"
	"slices"
)

// Report is one of the reports.
type Report struct {
	Name  string // in addresses and on the command line
	Title string
	Says  string // a sentence on what it answers
	Group string // the heading it stands under
	Bys   []By   // how its rows may be had, the first by default; nil: in one way only
	Lists bool   // may be narrowed to lists
	Users bool   // may be narrowed to agents
	Now   bool   // tells how things stand, not what happened between two days
	Make  func(ctx context.Context, s Source, q Query) (Result, error)
}

// All are the reports, in the order in which they are offered.
var All = []Report{
	{Name: "outbound", Title: "Outbound calls", Group: "Calls", Lists: true, Users: true, Bys: []By{ByDay, ByHour, ByWeekday, ByList, ByCampaign}, Make: outbound,
		Says: "How many calls were placed, what they met, and what came of them."},
	{Name: "hourly", Title: "Hour by hour", Group: "Calls", Lists: true, Users: true, Bys: []By{ByHourOfDay, ByHour, ByWeekday}, Make: hourly,
		Says: "At which hours people answer, buy and are dropped."},
	{Name: "outcomes", Title: "Campaign and list outcomes", Group: "Calls", Lists: true, Users: true, Bys: []By{ByList, ByCampaign, ByDay, ByWeekday}, Make: outcomes,
		Says: "Each outcome of calls, list by list or campaign by campaign."},
	{Name: "drops", Title: "Drops and compliance", Group: "Calls", Lists: true, Bys: []By{ByDay, ByHour, ByHourOfDay, ByList, ByCampaign}, Make: drops,
		Says: "People who found no agent in time, against the limits of each law."},
	{Name: "carriers", Title: "Carriers and causes", Group: "Calls", Make: carriers,
		Says: "What each carrier did with the calls it got, and why calls failed."},
	{Name: "calls", Title: "Call log", Group: "Calls", Lists: true, Users: true, Make: callLog,
		Says: "Every call on a line of its own, to look at and to take away."},
	{Name: "agent-time", Title: "Agent time", Group: "Agents", Users: true, Make: agentTime,
		Says: "Where the agents' shifts went, each adding up to 100 %."},
	{Name: "agent-performance", Title: "Agent performance", Group: "Agents", Lists: true, Users: true, Make: agentPerformance,
		Says: "Calls, people and sales of each agent, and what they took."},
	{Name: "agent-outcomes", Title: "Agent outcomes", Group: "Agents", Lists: true, Users: true, Make: agentOutcomes,
		Says: "Which outcomes each agent chose."},
	{Name: "recordings", Title: "Recordings made", Group: "Agents", Lists: true, Users: true, Bys: []By{ByDay, ByWeekday, ByCampaign}, Make: recordings,
		Says: "How many calls were recorded, how long and how large, what was lost, and what was too short."},
	{Name: "lists", Title: "Lists and leads", Group: "Leads", Lists: true, Now: true, Make: lists,
		Says: "How far each list has been worked, and what its leads are now."},
	{Name: "hopper", Title: "Hopper and dialable leads", Group: "Leads", Now: true, Make: hopper,
		Says: "What is ready to be dialed, and what could follow it."},
	{Name: "callbacks", Title: "Callbacks", Group: "Leads", Users: true, Make: callbacks,
		Says: "Calls that were promised for these days: kept, waiting and late."},
}

// Find is the report of that name.
func Find(name string) (Report, bool) {
	i := slices.IndexFunc(All, func(r Report) bool { return r.Name == name })
	if i < 0 {
		return Report{}, false
	}
	return All[i], true
}
