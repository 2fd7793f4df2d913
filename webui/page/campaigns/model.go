package campaigns

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/webui/counts"
	"trunkline/webui/facts"
	"trunkline/webui/ui"
)

// dropLimit is the share of calls that a person answered, in percent, that US law
// lets find no agent (47 CFR 64.1200(a)(7)); its window is 30 days of one campaign.
const dropLimit = 3.0

type listModel struct {
	Frame  ui.Frame
	Lines  []lineModel
	NoLine bool // there is neither a campaign nor a carrier
}

type lineModel struct {
	ID, Name, Href, Method, Agents, Calls, Hopper, Lists string
	Active                                               bool
	Archived                                             bool
}

func newListModel(f ui.Frame, lines []facts.CampaignLine) listModel {
	m := listModel{Frame: f}
	for _, l := range lines {
		m.Lines = append(m.Lines, lineModel{
			ID: string(l.ID), Name: l.Name, Href: "/campaigns/" + string(l.ID), Active: l.Active, Archived: l.Archived,
			Method: methodText(l.DialMethod, l.DialLevel),
			Agents: count(l.Agents), Calls: count(l.Calls), Hopper: count(l.Hopper), Lists: count(l.Lists),
		})
	}
	return m
}

type pageModel struct {
	Frame      ui.Frame
	ID, Name   string
	Active     bool
	Live       liveModel
	Tabs       []ui.Tab
	Archived   bool
	Manage     bool // may change, copy and archive it
	Changes    []ui.ChangeLine
	Level      string // as it stands, or as it was typed
	LevelError string
	Levelled   bool // the dial method goes by it
	Method     string
	Lists      listsModel
	Zone       string
	Findings   []facts.Finding // what the rules leave to its operator
}

// listsModel is the campaign's lists.
type listsModel struct {
	Lines []listLine
	Known bool   // how many leads there are
	Age   string // since when, if that is no moment ago
	Again string // where the part is fetched whose count is under way
	Wait  string // the page that waits for it
	Ready string // the page that leads to an import
}

type listLine struct {
	ID, Name, Total string
	Active          bool
	Statuses        []statusCount
}

func newLists(id dialer.CampaignID, all []facts.ListLine, c counts.Count[[]facts.StatusCount]) listsModel {
	at := "/campaigns/" + string(id)
	m := listsModel{Known: c.Known, Wait: at + "?wait=1", Ready: at + "/ready"}
	if c.Newer {
		m.Again = at + "/leads"
	}
	if c.Known && (c.Newer || c.Age > 5*time.Second) {
		m.Age = "Counted " + ui.Ago(c.Age) + "."
	}
	for _, l := range all {
		line, total := listLine{ID: strconv.FormatInt(int64(l.ID), 10), Name: l.Name, Active: l.Active}, 0
		for _, s := range c.Value {
			if s.List == l.ID {
				line.Statuses = append(line.Statuses, statusCount{string(s.Status), s.Name, count(s.Leads)})
				total += s.Leads
			}
		}
		line.Total = count(total)
		m.Lines = append(m.Lines, line)
	}
	return m
}

type statusCount struct{ Status, Name, Leads string }

func newPageModel(f ui.Frame, c facts.Campaign, lists listsModel, live facts.CampaignLive, changes []ui.ChangeLine, now time.Time) pageModel {
	m := pageModel{
		Frame: f, ID: string(c.ID), Name: c.Name, Active: c.Active, Live: newLiveModel(live),
		Archived: c.Archived, Manage: f.User.May(dialer.RightCampaigns, c.ID), Tabs: Tabs(f.User, c.ID, ""), Changes: changes,
		Level: levelText(c.DialLevel), Levelled: c.DialMethod.Levelled(), Method: string(c.DialMethod), Zone: zoneText(now), Lists: lists,
	}
	return m
}

// zoneText names a zone as clocks there show it now; the zone's own name may be
// no more than Local, and its abbreviation no more than its offset.
func zoneText(now time.Time) string {
	abbreviation, offset := now.Zone()
	switch {
	case offset == 0 && abbreviation == "UTC":
		return "UTC"
	case strings.ContainsAny(abbreviation, "+-"):
		return "UTC" + now.Format("-07:00")
	}
	return abbreviation + " (UTC" + now.Format("-07:00") + ")"
}

// liveModel is what changes by itself.
type liveModel struct {
	Active   bool
	Figures  []figure
	Agents   []agentCount
	NoAgents bool
	Drop     dropModel
	Pace     paceModel
}

type figure struct{ ID, Name, Value, Of, Than string }

type agentCount struct{ Class, Word, Count string }

// dropModel is the share of dropped calls and its limit, as lengths of a bar of
// 1000.
type dropModel struct {
	Text, Detail, Class string
	Width, Limit        string
}

func newLiveModel(l facts.CampaignLive) liveModel {
	m := liveModel{Active: l.Active}
	agents := 0
	for _, n := range l.Agents {
		agents += n
	}
	calls := 0
	for _, n := range l.Calls {
		calls += n
	}
	ringing := l.Calls[dialer.CallPlaced] + l.Calls[dialer.CallRinging]
	talking := l.Calls[dialer.CallTalking] + l.Calls[dialer.CallHeld]
	waiting := l.Calls[dialer.CallWaiting] + l.Calls[dialer.CallAnswered]
	m.Figures = []figure{
		{"agents", "Agents talking", count(l.Agents[dialer.AgentInCall]), "of " + count(agents), count(l.Agents[dialer.AgentReady]) + " ready"},
		{"calls", "Calls in progress", count(calls), "", count(ringing) + " ringing, " + count(talking) + " talking, " + count(waiting) + " waiting"},
		{"hopper", "Hopper", count(l.Hopper), noun(l.Hopper, "lead"), "may be called now"},
		{"placed", "Placed today", count(l.Placed), "", share(l.Answered, l.Placed) + " answered"},
		{"answered", "Answered today", count(l.Answered), "", "of " + count(l.Placed) + " placed"},
		{"connected", "Connected today", count(l.Connected), "", share(l.Connected, l.Answered) + " of answered"},
	}
	for _, s := range []struct {
		state       dialer.AgentState
		class, word string
	}{
		{dialer.AgentReady, "ready", "Ready"}, {dialer.AgentInCall, "call", "On call"}, {dialer.AgentWrapUp, "wrapup", "Wrap-up"},
		{dialer.AgentPaused, "paused", "Paused"}, {dialer.AgentConnecting, "ringing", "Connecting"},
	} {
		m.Agents = append(m.Agents, agentCount{s.class, s.word, count(l.Agents[s.state])})
	}
	m.NoAgents = agents == 0
	m.Drop = newDrop(l)
	m.Pace = newPace(l, m.NoAgents)
	return m
}

func newDrop(l facts.CampaignLive) dropModel {
	if l.People == 0 {
		return dropModel{Text: "none yet", Detail: "No live answers today. The law counts 30 days.", Class: "good", Width: "0", Limit: "750"}
	}
	p := 100 * float64(l.Dropped) / float64(l.People)
	d := dropModel{
		Text:   fmt.Sprintf("%.2f %% of %.0f %%", p, dropLimit),
		Detail: count(l.Dropped) + " of " + many(l.People, "live answer") + " today. Machines do not count. The law counts 30 days.",
		Class:  "good", Limit: "750", // the bar ends a third beyond the limit
		Width: strconv.Itoa(min(1000, int(p/dropLimit*750))),
	}
	switch {
	case p > dropLimit:
		d.Class = "bad"
	case p > 0.8*dropLimit:
		d.Class = "watch"
	}
	return d
}

func share(part, whole int) string {
	if whole == 0 {
		return "none"
	}
	return fmt.Sprintf("%.0f %%", 100*float64(part)/float64(whole))
}

// count groups a number's digits by threes.
func count(n int) string {
	s := strconv.Itoa(n)
	var groups []string
	for len(s) > 3 {
		groups = append(groups, s[len(s)-3:])
		s = s[:len(s)-3]
	}
	groups = append(groups, s)
	slices.Reverse(groups)
	return strings.Join(groups, ",")
}

// many is a number and what there are that many of.
func many(n int, what string) string { return count(n) + " " + noun(n, what) }

func noun(n int, what string) string {
	if n == 1 {
		return what
	}
	return what + "s"
}

// methodText is a dial method, with its level where it goes by one.
func methodText(m dialer.DialMethod, level float64) string {
	if !m.Levelled() {
		return string(m)
	}
	return string(m) + ", level " + levelText(level)
}

func levelText(level float64) string { return strconv.FormatFloat(level, 'f', -1, 64) }
