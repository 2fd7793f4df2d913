// Package holidays is the pages of the days that call times keep: no calls, or at
// hours of their own.
package holidays

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"trunkline/webui/catalog"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/ui"
)

// Config is what the pages need.
type Config struct {
	Store catalog.Store[facts.Holiday]
	Wrong func(line string) string // what is wrong with a line of a call time, or ""
	// CallTimes are all of them: those that keep the holidays are who heeds a day.
	CallTimes func(context.Context) ([]facts.CallTime, error)
	Now       func() time.Time // the database's clock
	Zone      *time.Location
}

// New makes the pages.
func New(c Config) *catalog.Pages[facts.Holiday] {
	return catalog.New(catalog.Kind[facts.Holiday]{
		Path: "/holidays", Section: "holidays", Name: "Holidays", One: "holiday", A: "a holiday",
		Says:  "Days on which the call times that keep holidays place no calls, or fewer. What the law forbids on its own holidays is forbidden anyhow: see Calling rules.",
		Empty: "Add the days on which nobody is to be called, such as Christmas.",
		Key:   func(h facts.Holiday) string { return strconv.FormatInt(h.ID, 10) },
		Title: func(h facts.Holiday) string { return h.Name + ", " + h.Day },
		Columns: []catalog.Column[facts.Holiday]{
			{Name: "Day", Cell: func(h facts.Holiday) catalog.Cell { return catalog.Cell{Text: h.Day} }},
			{Name: "Name", Cell: func(h facts.Holiday) catalog.Cell { return catalog.Cell{Text: h.Name} }},
			{Name: "Calls", Cell: func(h facts.Holiday) catalog.Cell {
				if h.Hours == "" {
					return catalog.Cell{Text: "none"}
				}
				return catalog.Cell{Text: h.Hours}
			}},
		},
		Fields: func(context.Context, bool) ([]ui.Field, error) {
			return []ui.Field{
				{Name: "day", Label: "Day", Help: "Where the customer is.", Kind: ui.Date, Needed: true},
				{Name: "name", Label: "Name", Help: "How it is named where it holds calls back, such as Christmas.", Needed: true},
				{Name: "hours", Label: "Calls from … to", Help: "Where calls are placed on that day all the same. Empty: none.", Mono: true, Hint: "9:00-12:00"},
			}, nil
		},
		Named: "day",
		Parse: func(f *form.Form, was facts.Holiday, _ bool) facts.Holiday {
			h := facts.Holiday{ID: was.ID, Day: f.Line("day", 10), Name: f.Needed("name", 80, "Enter a name, such as Christmas."), Hours: strings.Join(strings.Fields(f.Line("hours", 80)), " ")}
			if day, err := time.Parse(time.DateOnly, h.Day); err != nil || day.Year() < 2000 || day.Year() > 2100 {
				f.Fail("day", "Enter a day such as 2026-12-25.")
			}
			if strings.ContainsAny(h.Name, "#\n") {
				f.Fail("name", "Leave out the sign #.")
			}
			if says := c.Wrong("Mon " + h.Hours); h.Hours != "" && says != "" {
				f.Fail("hours", says)
			}
			return h
		},
		Beside: func(ctx context.Context, _ facts.Holiday) (templ.Component, error) {
			times, err := c.CallTimes(ctx)
			if slices.ContainsFunc(times, func(t facts.CallTime) bool { return t.Holidays && (t.Campaigns != "" || t.Lists > 0) }) {
				return templ.NopComponent, err
			}
			return unkept(), err
		},
		Deletes: func(facts.Holiday) string { return "On this day calls are placed as on its weekday." },
	}, c.Store, c.Now, c.Zone)
}
