package campaigns

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/facts"
	"trunkline/webui/ui"
)

// dropLimit is the share of calls that a person answered, in percent, that US law
// lets find no agent (47 CFR 64.1200(a)(7)); its window is 30 days of one campaign.
const dropLimit = 3.0

type listModel struct {
	Frame ui.Frame
	Lines []lineModel
}

type lineModel struct {
	ID, Name, Href, Method, Agents, Calls, Hopper, Lists string
	Active                                               bool
}

func newListModel(f ui.Frame, lines []facts.CampaignLine) listModel {
	m := listModel{Frame: f}
	for _, l := range lines {
		m.Lines = append(m.Lines, lineModel{
			ID: string(l.ID), Name: l.Name, Href: "/campaigns/" + string(l.ID), Active: l.Active,
			Method: string(l.DialMethod) + ", level " + levelText(l.DialLevel),
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
	Settings   []setting
	Level      string // as it stands, or as it was typed
	LevelError string
	Lists      []listLine
	Changes    []changeLine
	Zone       string
}

// setting is one setting with a sentence on its effect.
type setting struct{ Name, Value, Help string }

type listLine struct {
	ID, Name, Total string
	Active          bool
	Statuses        []statusCount
}

type statusCount struct{ Status, Name, Leads string }

type changeLine struct{ When, What string }

func newPageModel(f ui.Frame, c facts.Campaign, lists []facts.ListLine, live facts.CampaignLive, changes []audit.Entry, now time.Time) pageModel {
	zone := now.Location()
	m := pageModel{
		Frame: f, ID: string(c.ID), Name: c.Name, Active: c.Active, Live: newLiveModel(live),
		Settings: settings(c), Level: levelText(c.DialLevel), Zone: zoneText(now),
	}
	for _, l := range lists {
		line := listLine{ID: strconv.FormatInt(int64(l.ID), 10), Name: l.Name, Active: l.Active, Total: count(l.Total)}
		for _, s := range l.Statuses {
			line.Statuses = append(line.Statuses, statusCount{string(s.Status), s.Name, count(s.Leads)})
		}
		m.Lists = append(m.Lists, line)
	}
	for _, ch := range changes {
		m.Changes = append(m.Changes, changeLine{ch.At.In(zone).Format("2 Jan 15:04"), ch.Who + " " + changeText(ch)})
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

func changeText(e audit.Entry) string {
	switch e.Action {
	case "campaign.start":
		return "started dialing"
	case "campaign.stop":
		return "stopped dialing"
	}
	var said []string
	for _, name := range e.After.Names() {
		word := strings.ReplaceAll(name, "_", " ")
		if was := e.Before.Text(name); was != "" {
			said = append(said, word+" from "+was+" to "+e.After.Text(name))
		} else {
			said = append(said, word+" to "+e.After.Text(name))
		}
	}
	if len(said) == 0 {
		return e.Action
	}
	return "set " + strings.Join(said, ", ")
}

func settings(c facts.Campaign) []setting {
	hopper := "worked out"
	if c.HopperLevel > 0 {
		hopper = many(c.HopperLevel, "lead")
	}
	amd := setting{"Answering machines", "every call to an agent", "No detection: agents hear machines too, and nobody waits for a verdict."}
	switch c.AMD {
	case dialer.AMDDrop:
		amd = setting{"Answering machines", "detect and hang up", "A machine gets status A. Detection takes a moment of silence at the start of a call, and is wrong at times."}
	case dialer.AMDMessage:
		amd = setting{"Answering machines", "leave a message", "A machine hears " + c.Voicemail + " after its beep and gets status AL; faxes and silent lines are hung up."}
	case dialer.AMDAgent:
		amd = setting{"Answering machines", "detect, and to an agent", "Agents hear machines too; the verdict is kept with the call. Faxes are hung up."}
	}
	record := setting{"Recording", "off", "No call is recorded."}
	switch c.Record {
	case dialer.RecordDemand:
		record = setting{"Recording", "on demand", "An agent's key starts it."}
	case dialer.RecordAll:
		record = setting{"Recording", "every call", "From the moment the customer meets the agent until the customer hangs up. Agents may pause it while a card number is read out."}
	case dialer.RecordForced:
		record = setting{"Recording", "every call, whole", "From the moment the customer meets the agent until the customer hangs up. Nobody may pause it."}
	}
	safe := c.SafeHarbour
	if safe == "" {
		safe = "built-in message"
	}
	return []setting{
		{"Dial method", string(c.DialMethod), methodHelp(c.DialMethod)},
		{"Ring time", strconv.Itoa(c.DialTimeout) + " s", "How long a phone rings before the call is given up. US rules ask for at least 15 s."},
		{"Wait for an agent", seconds(c.DropMillis), dropHelp(c)},
		{"Safe-harbour message", safe, "Says who called, and offers never to call again."},
		{"Calling hours", clock(c.CallFrom) + " to " + clock(c.CallTo), "By the customer's own clock; where a number may lie in several zones, in all of them."},
		{"Statuses dialed", strings.Join(strings.Fields(c.DialStatuses), ", "), "Leads with any other status are left alone until their list is reset."},
		{"Caller ID", c.CallerID, "The number that customers see and may call back."},
		{"Carrier", c.CarrierName, "The trunk that carries the calls."},
		amd, record,
		{"Hopper", hopper, "Leads kept ready to dial. Worked out from agents and dial level unless set."},
	}
}

// dropHelp says what becomes of an answered call that no agent was free for.
func dropHelp(c facts.Campaign) string {
	const begin = "An answered call that finds no agent in that time counts as dropped and "
	switch {
	case c.DropAction == dialer.DropHangup:
		return begin + "is hung up. US law asks for a message instead."
	case c.DropAction == dialer.DropInGroup && c.DropGroup != "":
		return begin + "waits " + strconv.Itoa(c.DropWait) + " s more, with music, for the agents of " + string(c.DropGroup) + "; then it hears the safe-harbour message."
	}
	return begin + "hears the safe-harbour message. Any key puts the number on the do-not-call list."
}

func methodHelp(m dialer.DialMethod) string {
	switch m {
	case dialer.DialManual:
		return "Nothing is dialed by itself."
	case dialer.DialProgressive:
		return "Places one call for each agent who is ready."
	case dialer.DialPredictive:
		return "Places as many calls as the drop budget carries, learnt from the campaign's own calls."
	case dialer.DialHardLimit, dialer.DialTapered, dialer.DialAverage:
		return "Moves the dial level by itself, as VICIdial does."
	}
	return "Places the dial level's number of calls for each agent who is ready."
}

// liveModel is what changes by itself.
type liveModel struct {
	Active   bool
	Figures  []figure
	Agents   []agentCount
	NoAgents bool
	Drop     dropModel
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

func levelText(level float64) string { return strconv.FormatFloat(level, 'f', -1, 64) }

func seconds(ms int) string { return strconv.FormatFloat(float64(ms)/1000, 'f', -1, 64) + " s" }

// clock is a minute of the day; 1440 is midnight at its end.
func clock(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }
