// Package calltimes is the pages of named calling hours, which campaigns and
// lists keep.
package calltimes

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/webui/catalog"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/ui"
)

// Config is what the pages need.
type Config struct {
	Store     catalog.Store[facts.CallTime]
	Campaigns func(context.Context) ([]facts.CampaignChoice, error)
	Wrong     func(line string) string // what is wrong with a line of a call time, or ""
	Now       func() time.Time         // the database's clock
	Zone      *time.Location
}

var idForm = regexp.MustCompile(`^[A-Z0-9][A-Z0-9_-]{1,19}$`)

// week are the days as the form has them.
var week = []struct {
	field, name, day string
	of               func(*facts.CallTime) *string
}{
	{"mon", "Monday", "Mon", func(k *facts.CallTime) *string { return &k.Mon }},
	{"tue", "Tuesday", "Tue", func(k *facts.CallTime) *string { return &k.Tue }},
	{"wed", "Wednesday", "Wed", func(k *facts.CallTime) *string { return &k.Wed }},
	{"thu", "Thursday", "Thu", func(k *facts.CallTime) *string { return &k.Thu }},
	{"fri", "Friday", "Fri", func(k *facts.CallTime) *string { return &k.Fri }},
	{"sat", "Saturday", "Sat", func(k *facts.CallTime) *string { return &k.Sat }},
	{"sun", "Sunday", "Sun", func(k *facts.CallTime) *string { return &k.Sun }},
}

// New makes the pages.
func New(c Config) *catalog.Pages[facts.CallTime] {
	return catalog.New(catalog.Kind[facts.CallTime]{
		Path: "/calltimes", Section: "calltimes", Name: "Call times", One: "call time", A: "a call time",
		Says:  "Hours of the week in the customer's own time, which campaigns and lists keep besides their first and last minute. They only narrow: the law's hours always hold.",
		Empty: "Make one where a campaign calls at other hours on Saturdays, pauses at noon, or keeps holidays.",
		Key:   func(k facts.CallTime) string { return k.ID },
		Title: func(k facts.CallTime) string { return k.Name },
		Columns: []catalog.Column[facts.CallTime]{
			{Name: "Call time", Cell: func(k facts.CallTime) catalog.Cell { return catalog.Cell{Text: k.Name, Code: k.ID} }},
			{Name: "Week", Cell: func(k facts.CallTime) catalog.Cell { return catalog.Cell{Text: weekOf(k)} }},
			{Name: "Campaigns", Cell: func(k facts.CallTime) catalog.Cell { return catalog.Cell{Text: campaignsOf(k)} }},
			{Name: "Lists", Number: true, Wide: true, Cell: func(k facts.CallTime) catalog.Cell { return catalog.Cell{Text: strconv.Itoa(k.Lists)} }},
		},
		Fields: c.fields,
		Named:  "id",
		Fresh: facts.CallTime{
			Mon: "9:00-20:00", Tue: "9:00-20:00", Wed: "9:00-20:00", Thu: "9:00-20:00", Fri: "9:00-20:00", Sat: "10:00-16:00", Holidays: true,
		},
		Parse: c.parse,
		Check: func(ctx context.Context, user dialer.User, f *form.Form, k facts.CallTime) error {
			return c.campaigns().CheckScope(ctx, f, k.Campaigns)
		},
		// Who sets hours for a campaign has to do with that campaign.
		May: func(u dialer.User, k facts.CallTime) bool { return k.Campaigns.Within(u.Reach()) },
		Deletes: func(facts.CallTime) string {
			return "The campaigns that keep it call at their own hours, within the law's."
		},
	}, c.Store, c.Now, c.Zone)
}

func (c Config) campaigns() catalog.Campaigns {
	return catalog.Campaigns{All: c.Campaigns, Right: dialer.RightCampaigns, Every: "Every campaign, those to come included", Stands: dialer.AllCampaigns}
}

func (c Config) fields(ctx context.Context, fresh bool) ([]ui.Field, error) {
	choices, err := c.campaigns().Choices(ctx)
	all := []ui.Field{
		{Name: "id", Label: "Code", Help: "Short and for ever: 2 to 20 capital letters, digits and dashes, such as OFFICE.", Needed: true, Mono: true, Fixed: !fresh},
		{Name: "name", Label: "Name", Help: "How people choose it, such as Office hours.", Needed: true},
	}
	for i, d := range week {
		f := ui.Field{Name: d.field, Label: d.name, Mono: true, Hint: "closed"}
		if i == 0 {
			f.Help = "By the customer's own clock, such as 9:00-12:30 13:30-20:00. Empty: no calls on that day."
		}
		all = append(all, f)
	}
	return append(all,
		ui.Field{Name: "states", Label: "In these states", Kind: ui.Area, Mono: true, Hint: "FL Mon-Fri 10:00-19:00\nFL Sat,Sun closed", Help: "One a line: the state, days, and hours or closed. It narrows the week for numbers and addresses of that state."},
		ui.Field{Name: "holidays", Label: "Keeps the holidays", Kind: ui.Check, Help: "The days of the page Holidays take the place of their weekday."},
		ui.Field{Name: "campaigns", Label: "Campaigns", Kind: ui.Checks, Choices: choices, Help: "They call at these hours only, as far as their own settings and the law allow. A list keeps one by its own page."},
	), err
}

func (c Config) parse(f *form.Form, was facts.CallTime, fresh bool) facts.CallTime {
	k := facts.CallTime{ID: was.ID, Name: f.Needed("name", 80, "Enter a name, such as Office hours."), Holidays: f.Bool("holidays")}
	if fresh {
		f.Set("id", strings.ToUpper(strings.TrimSpace(f.Value("id"))))
		k.ID = f.Match("id", idForm, "Enter 2 to 20 capital letters, digits and dashes, such as OFFICE.")
	}
	for _, d := range week {
		hours := strings.Join(strings.Fields(f.Line(d.field, 80)), " ")
		if hours == "closed" {
			hours = ""
		}
		if hours != "" && f.Error(d.field) == "" {
			if says := c.Wrong(d.day + " " + hours); says != "" {
				f.Fail(d.field, says)
			}
		}
		*d.of(&k) = hours
	}
	var lines []string
	for n, line := range strings.Split(f.Area("states", 8000), "\n") {
		line = strings.Join(strings.Fields(line), " ")
		if line == "" {
			continue
		}
		says := c.Wrong(line)
		if word, _, _ := strings.Cut(line, " "); says == "" && len(word) != 2 {
			says = "Begin with a state, such as FL."
		}
		if says != "" {
			f.Fail("states", fmt.Sprintf("Line %d: %s", n+1, says))
		}
		lines = append(lines, line)
	}
	k.States = strings.Join(lines, "\n")
	k.Campaigns = dialer.Scope(strings.Join(f.All("campaigns"), " "))
	if f.Has("campaigns", string(dialer.AllCampaigns)) {
		k.Campaigns = dialer.AllCampaigns
	}
	return k
}

// weekOf is the week in short: days with the same hours together.
func weekOf(k facts.CallTime) string {
	var parts []string
	for i := 0; i < len(week); {
		hours, j := *week[i].of(&k), i
		for j+1 < len(week) && *week[j+1].of(&k) == hours {
			j++
		}
		days := week[i].day
		if j > i {
			days += "–" + week[j].day
		}
		if hours == "" {
			hours = "closed"
		}
		parts = append(parts, days+" "+hours)
		i = j + 1
	}
	return strings.Join(parts, ", ")
}

func campaignsOf(k facts.CallTime) string {
	switch k.Campaigns {
	case "":
		return "none"
	case dialer.AllCampaigns:
		return "every campaign"
	}
	return strings.Join(strings.Fields(string(k.Campaigns)), ", ")
}
