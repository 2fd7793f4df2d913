package liveboard

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"trunkline/dialer"
	"trunkline/webui/board"
	"trunkline/webui/facts"
	"trunkline/webui/ui"
)

// rowPrefix begins the id of an agent's row.
const rowPrefix = "a-"

// part is drawn each time and compared; row only when what it shows has changed.
func part(id string, c templ.Component) board.Part {
	return board.Part{ID: id, HTML: func() string { return html(c) }}
}

func html(c templ.Component) string {
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		return "" // a buffer takes everything, and our templates return no errors
	}
	return b.String()
}

// ownPauses are the reasons to pause that nobody chooses, in the desk's words.
var ownPauses = map[string]string{"PARK": "customer parked", "PHONE": "phone was away", "LAGGED": "page was away"}

// pauseOf is an agent's reason to pause, as the desk says it.
func pauseOf(a facts.BoardAgent) string {
	return strings.ToLower(cmp.Or(a.PauseName, ownPauses[a.PauseCode], a.PauseCode))
}

// looks are the agents' states as every page shows them: a sign and a word.
var looks = map[dialer.AgentState]struct{ class, word string }{
	dialer.AgentConnecting: {"ringing", "Connecting"},
	dialer.AgentPaused:     {"paused", "Paused"},
	dialer.AgentReady:      {"ready", "Ready"},
	dialer.AgentInCall:     {"call", "On call"},
	dialer.AgentWrapUp:     {"wrapup", "Wrap-up"},
}

// row is an agent's row. It is comparable, and holds nothing that changes with
// time alone: the browser counts seconds from Since.
type row struct {
	ID, Session, Name     string
	Class, Word           string
	Campaign, Server      string // "" where the board shows one campaign
	CampaignID            dialer.CampaignID
	Since                 int64 // ms since 1970
	Look, Over            int   // s; 0: never
	Number, Sound, Pauses string
	Away                  bool
	OnCall                bool
	Calls, Sales          int
}

func newRow(p *board.Picture, a facts.BoardAgent, several bool) row {
	look := looks[a.State]
	limits := p.LimitsOf(a.Campaign)
	tally := p.Tallies[a.User]
	r := row{
		ID: rowPrefix + a.Session.String(), Session: a.Session.String(), Name: a.Name(), Class: look.class, Word: look.word,
		CampaignID: a.Campaign, Since: a.Shown.UnixMilli(), Away: a.Away, Calls: tally.Calls, Sales: tally.Sales, OnCall: a.State == dialer.AgentInCall,
	}
	if several {
		r.Campaign = string(a.Campaign)
	}
	if len(p.Servers) > 1 {
		r.Server = a.ServerName
	}
	switch a.State {
	case dialer.AgentReady:
		r.Look, r.Over = limits.Ready, limits.ReadyOver
	case dialer.AgentWrapUp:
		r.Look, r.Over, r.Number = limits.WrapUp, limits.WrapUpOver, ui.Phone(a.Number)
	case dialer.AgentPaused:
		r.Look, r.Over = limits.Paused, limits.PausedOver
		if a.PauseCode != "" {
			r.Word += ", " + pauseOf(a)
		}
	case dialer.AgentInCall:
		r.Look, r.Over, r.Number = limits.Call, limits.CallOver, ui.Phone(a.Number)
		if a.CallState == dialer.CallHeld {
			r.Class, r.Word, r.Look, r.Over = "hold", "Hold", limits.Hold, limits.HoldOver
			if since, known := p.Held[a.Session]; known {
				r.Since = since.UnixMilli()
			}
		}
	}
	if a.PauseNext != "" {
		r.Pauses = a.PauseNext
	}
	if a.NoSound != "" {
		r.Sound = "No sound from the " + a.NoSound
	}
	return r
}

// over tells that a time is too long, or the agent needs a look for another
// reason: the wallboard says so in words.
func (r row) over(now time.Time) bool {
	return r.Sound != "" || r.Away || r.Over > 0 && now.UnixMilli()-r.Since >= int64(r.Over)*1000
}

// counts are the agents and calls of a scope.
type counts struct {
	agents                    map[string]int // by class of look
	all                       int
	ringing, waiting, talking int
	lines, trunks             int
}

func count(p *board.Picture, s scope) counts {
	c := counts{agents: map[string]int{}}
	for _, a := range p.Agents {
		if !s.has(a.Campaign) {
			continue
		}
		c.all++
		class := looks[a.State].class
		if a.State == dialer.AgentInCall && a.CallState == dialer.CallHeld {
			class = "hold"
		}
		c.agents[class]++
	}
	for _, l := range p.Lines {
		if !s.has(l.Campaign) {
			continue
		}
		c.lines += l.N
		switch l.State {
		case dialer.CallPlaced, dialer.CallRinging:
			c.ringing += l.N
		case dialer.CallWaiting:
			c.waiting += l.N
		case dialer.CallTalking, dialer.CallHeld:
			c.talking += l.N
		}
	}
	for _, v := range p.Servers {
		c.trunks += v.Trunks
	}
	return c
}

type figure struct {
	Name, Value, Unit, Than string
	Since                   int64 // ms; 0: none. A time that the browser counts, behind Than
}

func figures(p *board.Picture, s scope, c counts) []figure {
	talking := c.agents["call"] + c.agents["hold"]
	day, wait, weight := facts.BoardDay{}, 0.0, 0
	for _, one := range p.Campaigns {
		if !s.has(one.ID) {
			continue
		}
		day = day.Plus(p.Days[one.ID])
		agents := 0
		for _, a := range p.Agents {
			if a.Campaign == one.ID {
				agents++
			}
		}
		if seconds, known := p.Waits[one.ID]; known {
			wait += seconds * float64(max(agents, 1))
			weight += max(agents, 1)
		}
	}
	all := []figure{
		{Name: "Agents talking", Value: ui.Count(talking), Unit: "of " + ui.Count(c.all), Than: share(talking, c.all, "nobody is on shift") + free(c.agents["ready"])},
		{Name: "Lines ringing", Value: ui.Count(c.ringing), Than: ui.Count(c.lines) + " lines in use"},
		{Name: "Calls waiting", Value: ui.Count(c.waiting), Than: "nobody waits"},
		{Name: "Agents wait", Value: "–", Than: "no wait ended in 15 minutes"},
		{Name: "Answered by people", Value: ui.Count(day.People), Than: "of " + ui.Count(day.Placed) + " calls today"},
		{Name: "Sales today", Value: ui.Count(day.Sales), Than: share(day.Sales, day.People, "no live answer yet") + of(day.People, " of live answers")},
	}
	if c.trunks > 0 {
		all[1].Than = ui.Count(c.lines) + " of " + ui.Count(c.trunks) + " lines in use"
	}
	if longest := waitingOf(p, s); len(longest) > 0 {
		all[2].Than, all[2].Since = "the longest for ", longest[0].Since.UnixMilli()
	}
	if weight > 0 {
		all[3].Value, all[3].Unit, all[3].Than = strconv.Itoa(int(wait/float64(weight)+0.5)), "s", "on average, last 15 minutes"
	}
	if day.Placed > 0 {
		all[4].Than = share(day.People, day.Placed, "") + " of " + ui.Count(day.Placed) + " calls today"
	}
	return all
}

func free(ready int) string { return ", " + ui.Count(ready) + " ready" }

func of(whole int, words string) string {
	if whole == 0 {
		return ""
	}
	return words
}

func share(part, whole int, none string) string {
	if whole == 0 {
		return none
	}
	return fmt.Sprintf("%.0f %%", 100*float64(part)/float64(whole))
}

func waitingOf(p *board.Picture, s scope) []facts.BoardWaiting {
	return slices.DeleteFunc(slices.Clone(p.Waiting), func(w facts.BoardWaiting) bool {
		if s.has(w.Campaign) {
			return false
		}
		return !slices.ContainsFunc(strings.Fields(string(w.Takers)), func(id string) bool { return s.has(dialer.CampaignID(id)) })
	})
}

func campaignsOf(p *board.Picture, s scope) []facts.BoardCampaign {
	return slices.DeleteFunc(slices.Clone(p.Campaigns), func(c facts.BoardCampaign) bool { return !s.has(c.ID) })
}

// paceFresh is how old a decision may be that is said to be of now: one that
// does not change is written again every ten seconds.
const paceFresh = 15 * time.Second

type paceLine struct{ Server, Reason, Bound string }

type paceModel struct {
	Campaign facts.BoardCampaign
	Lines    []paceLine
	Silent   string
	Agents   int
	Calls    int
	Hopper   int
}

func newPace(p *board.Picture, c facts.BoardCampaign) paceModel {
	m := paceModel{Campaign: c, Hopper: p.Hopper[c.ID]}
	for _, a := range p.Agents {
		if a.Campaign == c.ID {
			m.Agents++
		}
	}
	for _, l := range p.Lines {
		if l.Campaign == c.ID {
			m.Calls += l.N
		}
	}
	decided := false
	for _, l := range p.Pacing {
		if l.Campaign != c.ID {
			continue
		}
		decided = true
		if c.Active && p.Now.Sub(l.At) <= paceFresh {
			m.Lines = append(m.Lines, paceLine{l.Server, l.Reason, ui.BoundWord(l.Bound)})
		}
	}
	if len(m.Lines) == 1 {
		m.Lines[0].Server = ""
	}
	switch {
	case !c.Active:
		m.Silent = "Stopped: no calls are placed until you start it."
	case m.Agents == 0:
		m.Silent = "Nobody is signed in: calls begin when an agent is ready."
	case len(m.Lines) == 0 && decided:
		m.Silent = "No server decides about calls: look at the servers' listen and Asterisk."
	case len(m.Lines) == 0:
		m.Silent = "No server has decided about calls yet: they begin within seconds where listen and Asterisk are up."
	}
	return m
}

// gauge is a drop ledger as a bar of 300, whose limit stands at 260.9.
type gauge struct {
	ui.Ledger
	Title            string
	Share, At, Upper string // "2.50 % of 3 %"; lengths
	Bar              string
	Left             string
	LeftClass        string
}

const limitAt = 260.9

func gaugesOf(p *board.Picture, s scope) []gauge {
	var all []gauge
	for _, c := range campaignsOf(p, s) {
		for _, d := range inOrder(p.Ledgers[c.ID]) {
			g := gauge{Ledger: ui.LedgerOf(d), Title: d.Name, Bar: "offline", At: "0", Upper: "0"}
			if s.campaign == "" {
				g.Title = string(c.ID) + ": " + d.Name
			}
			g.Share = g.Ledger.Share
			if d.Limit > 0 {
				g.Share += " of " + g.Limit
			}
			if d.Limit > 0 && d.Calls > 0 {
				share := d.Drops / d.Calls
				g.At, g.Upper = length(share/d.Limit), length(d.Upper/d.Limit)
				switch left := d.Limit - share; {
				case !d.Binds:
					g.Left = "does not bind this campaign"
				case left < 0:
					g.Bar, g.Left, g.LeftClass = "bad", fmt.Sprintf("%.2f %% over the limit: nothing is placed ahead of agents", -100*left), "over"
				case share > 0.8*d.Limit:
					g.Bar, g.Left, g.LeftClass = "watch", fmt.Sprintf("%.2f %% left: holds pacing back", 100*left), "late"
				default:
					g.Bar, g.Left = "good", fmt.Sprintf("%.2f %% left", 100*left)
				}
			}
			all = append(all, g)
		}
	}
	return all
}

// inOrder puts the windows that bind a campaign first, and what no law limits last.
func inOrder(all []facts.DropLedger) []facts.DropLedger {
	rank := func(d facts.DropLedger) int {
		switch {
		case d.Binds:
			return 0
		case d.Limit > 0:
			return 1
		}
		return 2
	}
	return slices.SortedStableFunc(slices.Values(all), func(a, b facts.DropLedger) int { return cmp.Compare(rank(a), rank(b)) })
}

func length(of float64) string {
	return strconv.FormatFloat(min(300, max(0, of*limitAt)), 'f', 1, 64)
}

type carrierLine struct{ Name, Class, Word, Lines, Answer, Says string }

// A carrier that refuses this share of its calls needs a look, or is bad; fewer
// refusals than that say nothing.
const (
	refusals    = 3
	refusesSome = 0.02
	refusesMany = 0.2
)

func carriersOf(p *board.Picture) (lines []carrierLine, says []string) {
	for _, c := range p.Carriers {
		up := 0
		for _, l := range p.Lines {
			if l.Carrier == c.ID {
				up += l.N
			}
		}
		l := carrierLine{Name: c.Name, Class: "mute", Word: "No calls", Lines: ui.Count(up), Answer: "–"}
		if c.Placed > 0 {
			l.Class, l.Word, l.Answer = "good", "Good", share(c.Answered, c.Placed, "")
			refused := float64(c.Refused) / float64(c.Placed)
			if c.Refused >= refusals && refused >= refusesSome {
				l.Class, l.Word = "watch", "Refusing "+share(c.Refused, c.Placed, "")
				with := ""
				if c.Code > 0 {
					with = ", by SIP " + strconv.Itoa(c.Code) + " among others"
				}
				says = append(says, c.Name+" refused "+ui.Count(c.Refused)+" of "+ui.Count(c.Placed)+" calls of the last 5 minutes"+with+".")
			}
			if c.Refused >= refusals && refused >= refusesMany {
				l.Class = "bad"
			}
		}
		if !c.Active {
			l.Word += ", switched off"
		}
		lines = append(lines, l)
	}
	return lines, says
}

// hourPoint is every second sample: half an hour's rows are read at a glance.
type hourPoint struct {
	At                                  string
	UnixS                               int64
	Talking, WrapUp, Ready, Paused, All int
}

func hourOf(p *board.Picture, s scope, zone *time.Location) []hourPoint {
	var all []hourPoint
	for i, sample := range p.Hour {
		if (len(p.Hour)-1-i)%2 != 0 {
			continue
		}
		h := hourPoint{At: sample.At.In(zone).Format("15:04"), UnixS: sample.At.Unix()}
		for campaign, states := range sample.Agents {
			if !s.has(campaign) {
				continue
			}
			h.Talking += states[dialer.AgentInCall]
			h.WrapUp += states[dialer.AgentWrapUp]
			h.Ready += states[dialer.AgentReady]
			h.Paused += states[dialer.AgentPaused] + states[dialer.AgentConnecting]
		}
		h.All = h.Talking + h.WrapUp + h.Ready + h.Paused
		all = append(all, h)
	}
	return all
}

// alerts are what needs a look beside agents.
func alerts(p *board.Picture, s scope) []string {
	var all []string
	for _, v := range p.Servers {
		if !v.Up {
			all = append(all, "Server "+v.Name+" is down: its listen or its Asterisk does not answer. Its agents get no calls.")
		}
	}
	for _, name := range p.WebAway {
		all = append(all, "Web server "+name+" is away: pages come from another one, where the balancer leads there. Calls go on.")
	}
	_, carriers := carriersOf(p)
	return append(all, carriers...)
}

// boardParts are the parts of the supervisors' board.
func boardParts(p *board.Picture, s scope, zone *time.Location) []board.Part {
	c := count(p, s)
	campaigns := campaignsOf(p, s)
	var paces []paceModel
	for _, one := range campaigns {
		paces = append(paces, newPace(p, one))
	}
	lines, _ := carriersOf(p)
	hopper := 0
	for _, one := range campaigns {
		hopper += p.Hopper[one.ID]
	}
	parts := []board.Part{
		part("b-alerts", alertsPart(alerts(p, s))),
		part("b-figs", figuresPart(figures(p, s, c))),
		part("b-legend", legendPart(c)),
		part("b-waiting", waitingPart(waitingOf(p, s))),
		part("b-ledgers", ledgersPart(gaugesOf(p, s))),
		part("b-carriers", carriersPart(lines)),
		part("b-hopper", hopperPart(paces, hopper, s.campaign == "")),
		part("b-hour", hourPart("b-hour", hourOf(p, s, zone))),
	}
	if s.campaign == "" {
		parts = append(parts, part("b-pacing", campaignsPart(paces)))
	} else {
		for _, one := range paces {
			parts = append(parts, part("b-pacing", pacingPart(one)), part("b-do", doPart(one)))
		}
	}
	for _, a := range p.Agents {
		if !s.has(a.Campaign) {
			continue
		}
		r := newRow(p, a, s.campaign == "")
		parts = append(parts, board.Part{ID: r.ID, Key: r, HTML: func() string { return html(rowPart(r)) }})
	}
	return parts
}

type wallModel struct {
	Counts      counts
	Sales, Than string
	Wait        figure
	Drop        *gauge
	Looks       []string
}

// looksMost is how many things that need a look stand on a wallboard.
const looksMost = 4

// wallParts are the parts of the wallboard.
func wallParts(p *board.Picture, s scope, zone *time.Location) []board.Part {
	c := count(p, s)
	figs := figures(p, s, c)
	m := wallModel{Counts: c, Sales: figs[5].Value, Than: figs[5].Than, Wait: figs[3], Looks: alerts(p, s)}
	for _, g := range gaugesOf(p, s) {
		if m.Drop == nil || worse(g, *m.Drop) {
			m.Drop = &g
		}
	}
	if m.Drop != nil && m.Drop.LeftClass == "over" {
		m.Looks = append(m.Looks, "Dropped calls, "+m.Drop.Title+": "+m.Drop.Left+".")
	}
	for _, a := range p.Agents {
		if !s.has(a.Campaign) {
			continue
		}
		switch r := newRow(p, a, false); {
		case r.Sound != "":
			m.Looks = append(m.Looks, r.Name+": "+strings.ToLower(r.Sound[:1])+r.Sound[1:]+".")
		case r.Away:
			m.Looks = append(m.Looks, r.Name+"'s page is not there: no calls go to that desk.")
		case r.over(p.Now):
			m.Looks = append(m.Looks, fmt.Sprintf("%s: %s for %d minutes, limit %d.", r.Name, strings.ToLower(r.Word[:1])+r.Word[1:], int(p.Now.Sub(time.UnixMilli(r.Since)).Minutes()), r.Over/60))
		}
	}
	if len(m.Looks) > looksMost {
		m.Looks = append(m.Looks[:looksMost-1:looksMost-1], "And "+ui.Count(len(m.Looks)-looksMost+1)+" more: see the live board.")
	}
	hour := hourOf(p, s, zone)
	return []board.Part{
		part("w-states", wallStates(m)), part("w-main", wallMain(m)), part("w-look", wallLooks(m)), part("w-hour", hourPart("w-hour", hour)),
		part("w-agents", wallAgents(c.all)),
	}
}

// worse tells whether a ledger stands nearer to its limit; those that bind go
// first.
func worse(a, b gauge) bool {
	if binds := a.LeftClass != "" || a.Bar == "good"; binds != (b.LeftClass != "" || b.Bar == "good") {
		return binds
	}
	x, _ := strconv.ParseFloat(a.At, 64)
	y, _ := strconv.ParseFloat(b.At, 64)
	return x > y
}

// method is a dial method, with its level where it goes by one.
func method(m dialer.DialMethod, n float64) string {
	if !m.Levelled() {
		return string(m)
	}
	return string(m) + ", level " + level(n)
}

func level(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
