package dnc

import (
	"fmt"
	"net/url"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/ui"
)

type model struct {
	Frame     ui.Frame
	Form      *form.Form
	Query     string
	Campaign  string
	Whose     string
	Campaigns []ui.Choice
	Number    string // one number was asked for
	Rows      []row
	Log       []logLine
	Registers []register
	Choices   []ui.Choice // of registers
	More      string
}

func (m model) fields() []ui.Field {
	return []ui.Field{
		{Name: "number", Label: "Number", Help: "Or an area code such as 999*, which blocks all of its numbers.", Needed: true, Mono: true, Hint: "(614) 555-0142"},
		{Name: "campaign", Label: "For", Kind: ui.Select, Choices: m.Campaigns},
		{Name: "note", Label: "Note", Help: "Who asked, and how."},
	}
}

type register struct{ Name, Rule, Says, Class string }

// registers notes each register with how old its last comparison is.
func (m *model) registers(all []facts.Register, now time.Time, zone *time.Location) {
	for _, r := range all {
		line := register{Name: r.Name, Rule: fmt.Sprintf("%s: every %d days", r.Rule, r.Days), Says: "Never, as far as is known", Class: "watch"}
		if !r.Last.IsZero() {
			line.Says, line.Class = r.Last.In(zone).Format("2 Jan 2006"), "good"
			if days := int(now.Sub(r.Last) / (24 * time.Hour)); days >= r.Days {
				line.Says, line.Class = line.Says+fmt.Sprintf(", %d days ago", days), "watch"
			}
		}
		m.Registers = append(m.Registers, line)
		m.Choices = append(m.Choices, ui.Choice{Value: r.Name, Name: r.Name})
	}
	if !m.Form.Sent("day") {
		m.Form.Set("day", now.In(zone).Format(time.DateOnly))
		m.Form.Set("numbers", "0")
	}
}

func (m model) scrubFields() []ui.Field {
	return []ui.Field{
		{Name: "register", Label: "Compared with", Kind: ui.Select, Choices: m.Choices},
		{Name: "day", Label: "Day of the register's data", Kind: ui.Date},
		{Name: "numbers", Label: "Numbers found", Kind: ui.Number, Help: "That were taken off the lists; 0 if none was registered."},
		{Name: "scrub_note", Label: "Note", Help: "Who compared, and where the proof lies."},
	}
}

type row struct{ Number, Whose, Source, Added, Note, Remove string }

type logLine struct{ At, Action, Number, Whose, Source, Who, Note string }

// by is how it came about, and through whom.
func (l logLine) by() string {
	if l.Who == "" {
		return l.Source
	}
	return l.Source + ", " + l.Who
}

var sources = map[string]string{"agent": "Agent's outcome", "key": "Key press in the safe-harbour message", "import": "Import", "admin": "By hand", "api": "API"}

func source(s string) string {
	if name := sources[s]; name != "" {
		return name
	}
	return s
}

func whose(c dialer.CampaignID) string {
	if c == "" {
		return "Every campaign"
	}
	return string(c)
}

func newRow(e dialer.DNCEntry, zone *time.Location) row {
	q := url.Values{"campaign": {string(e.CampaignID)}, "number": {e.E164}}
	return row{e.E164, whose(e.CampaignID), source(e.Source), e.AddedAt.In(zone).Format("2 Jan 2006, 15:04"), e.Note, "/dnc/remove?" + q.Encode()}
}

func lines(log []facts.DNCLogLine, zone *time.Location) []logLine {
	var all []logLine
	for _, l := range log {
		action := map[string]string{"add": "Put on", "remove": "Taken off"}[l.Action]
		all = append(all, logLine{l.At.In(zone).Format("2 Jan 2006, 15:04"), action, l.E164, whose(l.Campaign), source(l.Source), l.Who, l.Note})
	}
	return all
}
