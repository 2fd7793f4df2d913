package ui

import (
	"slices"

	"trunkline/dialer"
)

// Entry is one line of the side navigation.
type Entry struct {
	Key   string // what a page's Frame.Section says
	Name  string
	Href  string
	Right dialer.Right // who lacks it does not see the entry
}

// Group is a task, and the pages that serve it.
type Group struct {
	Name    string // "" for the first, which needs no heading
	Label   string // how assistive technology calls it
	Entries []Entry
	Open    bool // its entries are seen; the others wait behind their heading
	Kept    bool // open because the reader keeps it so
}

// Nav is the side navigation, by task. A page that people go to by themselves
// has its entry here.
var Nav = []Group{
	{Label: "Watch", Entries: []Entry{
		{"board", "Live board", "/board", dialer.RightWatch},
		{"wallboard", "Wallboard", "/wallboard", dialer.RightWatch},
		{"watch", "Listen in", "/watch", dialer.RightWatch},
	}},
	{Name: "Dial", Label: "Dial", Entries: []Entry{
		{"campaigns", "Campaigns", "/campaigns", dialer.RightRun},
		{"why", "Why not dialed", "/why", dialer.RightRun},
		{"lists", "Lists", "/lists", dialer.RightLeads},
		{"leads", "Leads", "/leads", dialer.RightLeads},
		{"imports", "Import leads", "/imports", dialer.RightLeads},
		{"customfields", "Custom fields", "/customfields", dialer.RightLeads},
		{"callbacks", "Callbacks", "/callbacks", dialer.RightLeads},
		{"dnc", "Do not call", "/dnc", dialer.RightLeads},
	}},
	{Name: "People", Label: "People", Entries: []Entry{
		{"users", "Users", "/users", dialer.RightUsers},
		{"groups", "User groups", "/groups", dialer.RightSystem},
		{"scripts", "Scripts", "/scripts", dialer.RightCampaigns},
		{"webforms", "Web forms", "/webforms", dialer.RightCampaigns},
		{"sounds", "Sounds", "/sounds", dialer.RightCampaigns},
		{"ingroups", "In-groups", "/ingroups", dialer.RightCampaigns},
		{"presets", "Transfer presets", "/presets", dialer.RightCampaigns},
		{"statuses", "Statuses", "/statuses", dialer.RightSystem},
		{"statusgroups", "Status groups", "/statusgroups", dialer.RightSystem},
		{"pausecodes", "Pause codes", "/pausecodes", dialer.RightCampaigns},
		{"boardlimits", "Board colours", "/boardlimits", dialer.RightRun},
	}},
	{Name: "Reports", Label: "Reports", Entries: []Entry{
		{"report-outbound", "Outbound calls", "/reports/outbound", dialer.RightReports},
		{"report-agent-time", "Agent time", "/reports/agent-time", dialer.RightReports},
		{"reports", "All reports", "/reports", dialer.RightReports},
		{"recordings", "Recordings", "/recordings", dialer.RightHear},
	}},
	{Name: "System", Label: "System", Entries: []Entry{
		{"calltimes", "Call times", "/calltimes", dialer.RightCampaigns},
		{"holidays", "Holidays", "/holidays", dialer.RightSystem},
		{"rules", "Calling rules", "/rules", dialer.RightRun},
		{"servers", "Servers", "/servers", dialer.RightSystem},
		{"capacity", "Capacity", "/capacity", dialer.RightSystem},
		{"retention", "Retention", "/retention", dialer.RightSystem},
		{"carriers", "Carriers", "/carriers", dialer.RightSystem},
		{"phones", "Phones", "/phones", dialer.RightSystem},
		{"tokens", "API tokens", "/tokens", dialer.RightSystem},
		{"audit", "Audit log", "/audit", dialer.RightSystem},
	}},
}

// openAtFirst are the groups that stand open for who has not yet opened or
// closed any: all of them together are longer than a screen is high.
var openAtFirst = []string{"Dial", "Reports"}

// nav is the navigation that the user sees: no entry that would be refused, no
// heading without entries, and always open where the page is.
func (f Frame) nav() []Group {
	var seen []Group
	for _, g := range Nav {
		mine := Group{Name: g.Name, Label: g.Label, Kept: slices.Contains(f.Open, g.Name)}
		mine.Open = mine.Kept
		for _, e := range g.Entries {
			if f.User.May(e.Right, "") {
				mine.Entries = append(mine.Entries, e)
				mine.Open = mine.Open || e.Key == f.Section
			}
		}
		if len(mine.Entries) > 0 {
			seen = append(seen, mine)
		}
	}
	return seen
}
