// Package statusgroups is the pages of the headings under which statuses stand,
// on the desk and in reports.
package statusgroups

import (
	"context"
	"strconv"
	"time"

	"trunkline/webui/catalog"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/ui"
)

// Config is what the pages need.
type Config struct {
	Store catalog.Store[facts.StatusGroup]
	Now   func() time.Time // the database's clock
	Zone  *time.Location
}

// New makes the pages.
func New(c Config) *catalog.Pages[facts.StatusGroup] {
	return catalog.New(catalog.Kind[facts.StatusGroup]{
		Path: "/statusgroups", Section: "statusgroups", Name: "Status groups", One: "status group", A: "a status group",
		Says:  "Headings for statuses, which VICIdial calls categories: outcomes stand under them on the desk, reports add up the calls of each. Which group a status is in stands with the status.",
		Empty: "Without groups all outcomes stand under one another on the desk.",
		Key:   func(g facts.StatusGroup) string { return strconv.FormatInt(g.ID, 10) },
		Title: func(g facts.StatusGroup) string { return g.Name },
		Columns: []catalog.Column[facts.StatusGroup]{
			{Name: "Group", Cell: func(g facts.StatusGroup) catalog.Cell { return catalog.Cell{Text: g.Name} }},
			{Name: "Place", Number: true, Cell: func(g facts.StatusGroup) catalog.Cell { return catalog.Cell{Text: strconv.Itoa(g.Position)} }},
			{Name: "Statuses", Number: true, Cell: func(g facts.StatusGroup) catalog.Cell { return catalog.Cell{Text: strconv.Itoa(g.Statuses)} }},
		},
		Fields: func(context.Context, bool) ([]ui.Field, error) {
			return []ui.Field{
				{Name: "name", Label: "Name", Help: "The heading as agents and reports read it, unlike all others.", Needed: true, Hint: "Talked"},
				{Name: "position", Label: "Place", Help: "0 to 999: its place among the groups, the smallest first. Outcomes keep their keys wherever their group stands.", Kind: ui.Number},
			}, nil
		},
		Named: "name",
		Parse: func(f *form.Form, was facts.StatusGroup, _ bool) facts.StatusGroup {
			return facts.StatusGroup{ID: was.ID, Name: f.Needed("name", 40, "Enter a name, such as Talked."), Position: f.Int("position", 0, 999, "")}
		},
		Deletes: func(facts.StatusGroup) string {
			return "It is only deleted when no status is in it any more."
		},
	}, c.Store, c.Now, c.Zone)
}
