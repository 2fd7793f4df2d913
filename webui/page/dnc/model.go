package dnc

import (
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
	More      string
}

func (m model) fields() []ui.Field {
	return []ui.Field{
		{Name: "number", Label: "Number", Help: "Or an area code such as 999*, which blocks all of its numbers.", Needed: true, Mono: true, Hint: "(614) 555-0142"},
		{Name: "campaign", Label: "For", Kind: ui.Select, Choices: m.Campaigns},
		{Name: "note", Label: "Note", Help: "Who asked, and how."},
	}
}

type row struct{ Number, Whose, Source, Added, Note, Remove string }

type logLine struct{ At, Action, Number, Whose, Source, Who, Note string }

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
