package lists

import (
	"strconv"
	"time"

	"trunkline/dialer"
	"trunkline/webui/counts"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/ui"
)

type besideModel struct {
	Href          string
	Known         bool   // how many leads there are
	Leads         string // or that they are being counted
	Age           string // since when, if that is no moment ago
	Again         string // where the part is fetched whose count is under way
	Lines         []line
	Resets        []string
	Reset         ui.Confirm
	Import, Field string
}

type line struct{ Name, Code, Leads, Fresh, Find string }

func newBeside(l facts.SetList, c counts.Count[[]facts.ListStatus], resets []dialer.ListReset, zone *time.Location) besideModel {
	id := strconv.FormatInt(int64(l.ID), 10)
	m := besideModel{Href: "/lists/" + id, Reset: resetConfirm(l), Import: "/imports?list=" + id, Field: "/customfields?q=list+" + id, Known: c.Known}
	if c.Newer {
		m.Again = m.Href + "/leads"
	}
	if c.Known && (c.Newer || c.Age > 5*time.Second) {
		m.Age = "Counted " + ui.Ago(c.Age) + "."
	}
	total := 0
	for _, s := range c.Value {
		total += s.Leads
		m.Lines = append(m.Lines, line{s.Name, string(s.Status), ui.Count(s.Leads), ui.Count(s.Fresh), "/leads?list=" + id + "&status=" + string(s.Status)})
	}
	if m.Leads = ui.Count(total) + " leads"; !c.Known {
		m.Leads = "Leads"
	}
	for _, r := range resets {
		says := r.StartedAt.In(zone).Format("Mon 2 Jan, 15:04") + ": " + ui.Count(r.Leads) + " leads"
		if r.DoneAt == nil {
			says += " so far, under way"
		}
		if r.Source == "timed" {
			says += ", by the clock"
		}
		m.Resets = append(m.Resets, says)
	}
	return m
}

func resetConfirm(l facts.SetList) ui.Confirm {
	at := "/lists/" + strconv.FormatInt(int64(l.ID), 10)
	return ui.Confirm{
		ID: "reset", Open: "Reset", Title: "Reset list " + l.Name + "?", Harmless: true,
		Says: "All leads of the list that were called may be dialed again, if their status is one that the campaign dials. Calls that are up stay as they are.",
		Do:   "Reset the list", Keep: "Leave it", Action: at + "/reset", Page: at + "/reset", Back: at,
	}
}

func newDelete(frame ui.Frame, l facts.SetList, statuses []facts.ListStatus, f *form.Form) moveModel {
	choices, total := []ui.Choice{{Value: "", Name: "Choose"}}, 0
	for _, s := range statuses {
		total += s.Leads
		choices = append(choices, ui.Choice{Value: string(s.Status), Name: s.Name + ": " + ui.Count(s.Leads)})
	}
	choices = append(choices, ui.Choice{Value: everyStatus, Name: "All: " + ui.Count(total)})
	id := strconv.FormatInt(int64(l.ID), 10)
	return moveModel{
		Frame: frame, List: l.Name, Href: "/lists/" + id, Form: f,
		Fields: []ui.Field{
			{Name: "status", Label: "Leads", Help: "All of the list that have this status.", Kind: ui.Select, Choices: choices},
			{Name: "sure", Label: "The list's number", Help: "Type " + id + " to say that you mean it.", Mono: true, Needed: true},
		},
	}
}

type moveModel struct {
	Frame  ui.Frame
	List   string
	Href   string
	Form   *form.Form
	Fields []ui.Field
}

func newMove(frame ui.Frame, l facts.SetList, statuses []facts.ListStatus, others []ui.Choice, f *form.Form) moveModel {
	var choices []ui.Choice
	for _, s := range statuses {
		choices = append(choices, ui.Choice{Value: string(s.Status), Name: s.Name + ": " + ui.Count(s.Leads)})
	}
	help := "Their history and callbacks go along."
	if len(others) == 0 {
		help = "There is no other list yet. Make one under Lists first."
	}
	return moveModel{
		Frame: frame, List: l.Name, Href: "/lists/" + strconv.FormatInt(int64(l.ID), 10), Form: f,
		Fields: []ui.Field{
			{Name: "status", Label: "Leads", Help: "All of the list that have this status.", Kind: ui.Select, Choices: choices},
			{Name: "to", Label: "To list", Help: help, Kind: ui.Select, Choices: append([]ui.Choice{{Value: "", Name: "Choose"}}, others...)},
		},
	}
}
