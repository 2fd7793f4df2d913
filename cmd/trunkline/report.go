package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/report"
	"trunkline/hopper/leads"
	"trunkline/sql/mariadb"
	"trunkline/webui/sheet"
)

type reportCmd struct {
	Show  reportShowCmd  `cmd:"" default:"withargs" help:"Print a report, as the pages show it."`
	List  reportListCmd  `cmd:"" help:"Name the reports."`
	Again reportAgainCmd `cmd:"" help:"Have the sums of some days counted anew from the logs."`
}

type reportListCmd struct{}

// Run names the reports.
func (*reportListCmd) Run(g *globals) error {
	w := tabwriter.NewWriter(g.stdout, 0, 0, 2, ' ', 0)
	for _, r := range report.All {
		fmt.Fprintf(w, "%s\t%s\n", r.Name, r.Says)
	}
	return w.Flush()
}

type reportShowCmd struct {
	Name     string `arg:"" help:"Which; trunkline report list names them."`
	From     string `help:"First day, as 2026-11-28; six days before --to by default." placeholder:"DAY"`
	To       string `help:"Last day, included; today by default." placeholder:"DAY"`
	Campaign string `help:"Of one campaign; of all by default." placeholder:"ID"`
	List     int64  `help:"Of one list." placeholder:"ID"`
	Agent    string `help:"Of one agent, by user name." placeholder:"NAME"`
	By       string `help:"What the rows are: day, hour, dayhour, weekday, list or campaign." placeholder:"ROWS"`
	Table    string `help:"One of the report's tables, by its key; the first by default." placeholder:"KEY"`
	CSV      bool   `name:"csv" xor:"form" help:"As CSV; of the report calls, every call."`
	JSON     bool   `name:"json" xor:"form" help:"As JSON, all tables."`
}

// Help is printed below the flags.
func (*reportShowCmd) Help() string {
	return "Days are those of this host's time zone."
}

// Run prints the report.
func (c *reportShowCmd) Run(ctx context.Context, g *globals) error {
	one, ok := report.Find(c.Name)
	if !ok {
		return fmt.Errorf("there is no report %s; `trunkline report list` names them", c.Name)
	}
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	store := mariadb.NewReports(db)
	words, err := store.Words(ctx)
	if err != nil {
		return err
	}
	now, err := db.Now(ctx)
	if err != nil {
		return err
	}
	q, err := c.query(one, words, now)
	if err != nil {
		return err
	}
	if c.CSV && one.Name == "calls" {
		out, err := sheet.NewCSV(g.stdout, q.CallColumns(), leads.Guarded)
		if err != nil {
			return err
		}
		if _, err := report.ExportCalls(ctx, store, words, q, out.Row); err != nil {
			return err
		}
		return out.Close()
	}
	result, err := one.Make(ctx, store, q)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(result.Tables, func(t report.Table) bool { return c.Table == "" || t.Key == c.Table })
	if i < 0 {
		return fmt.Errorf("the report %s has no table %s", c.Name, c.Table)
	}
	switch {
	case c.JSON:
		return printJSON(g.stdout, q, result)
	case c.CSV:
		out, err := sheet.NewCSV(g.stdout, result.Tables[i].Columns, leads.Guarded)
		if err != nil {
			return err
		}
		for _, row := range result.Tables[i].Rows {
			if err := out.Row(row); err != nil {
				return err
			}
		}
		return out.Close()
	}
	if c.Table != "" {
		result.Tables = result.Tables[i : i+1]
	}
	return printTables(g.stdout, result)
}

// query is what the flags ask for.
func (c *reportShowCmd) query(one report.Report, words report.Words, now time.Time) (report.Query, error) {
	q := report.Query{Zone: time.Local, Now: now, By: report.By(c.By)}
	if c.By == "" && len(one.Bys) > 0 {
		q.By = one.Bys[0]
	}
	if c.By != "" && !slices.Contains(one.Bys, q.By) {
		return q, fmt.Errorf("the report %s has its rows by %v, not by %s", one.Name, one.Bys, c.By)
	}
	for _, w := range words.Campaigns {
		if c.Campaign == "" || string(w.ID) == c.Campaign {
			q.Campaigns = append(q.Campaigns, w.ID)
		}
	}
	if c.Campaign != "" && len(q.Campaigns) == 0 {
		return q, noCampaign(c.Campaign)
	}
	if c.List != 0 {
		if !one.Lists {
			return q, fmt.Errorf("the report %s cannot be narrowed to a list", one.Name)
		}
		q.Lists = []dialer.ListID{dialer.ListID(c.List)}
	}
	if c.Agent != "" {
		i := slices.IndexFunc(words.Users, func(u report.User) bool { return strings.EqualFold(u.Username, c.Agent) })
		switch {
		case !one.Users:
			return q, fmt.Errorf("the report %s cannot be narrowed to an agent", one.Name)
		case i < 0:
			return q, fmt.Errorf("there is no user %s", c.Agent)
		}
		q.Users = []dialer.UserID{words.Users[i].ID}
	}
	from, to, err := span(c.From, c.To, now)
	q.From, q.To = from, to
	if err != nil {
		return q, err
	}
	return q, q.Check()
}

// span is the moments between which days of this host lie; a week that ends
// today where they are not given.
func span(from, to string, now time.Time) (begin, end time.Time, err error) {
	y, m, d := now.In(time.Local).Date()
	last := time.Date(y, m, d, 0, 0, 0, 0, time.Local)
	if to != "" {
		if last, err = time.ParseInLocation(time.DateOnly, to, time.Local); err != nil {
			return begin, end, fmt.Errorf("--to is a day as 2026-11-28, not %s", to)
		}
	}
	first := last.AddDate(0, 0, -6)
	if from != "" {
		if first, err = time.ParseInLocation(time.DateOnly, from, time.Local); err != nil {
			return begin, end, fmt.Errorf("--from is a day as 2026-11-28, not %s", from)
		}
	}
	return first.UTC(), last.AddDate(0, 0, 1).UTC(), nil
}

func printTables(w io.Writer, r report.Result) error {
	for _, f := range r.Figures {
		fmt.Fprintf(w, "%s: %s %s (%s)\n", f.Name, f.Value, f.Unit, f.Than)
	}
	for _, t := range r.Tables {
		fmt.Fprintf(w, "\n%s\n", t.Title)
		if len(t.Rows) == 0 {
			fmt.Fprintln(w, "  nothing of this kind")
			continue
		}
		out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		line := func(cell func(i int, c report.Column) string) {
			for i, c := range t.Columns {
				fmt.Fprint(out, cell(i, c), "\t")
			}
			fmt.Fprintln(out)
		}
		line(func(_ int, c report.Column) string { return c.Name })
		for _, row := range t.Rows {
			line(func(i int, c report.Column) string { return report.Shown(c.Kind, row[i]) })
		}
		if t.Foot != nil {
			line(func(i int, c report.Column) string { return report.Shown(c.Kind, t.Foot[i]) })
		}
		if err := out.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// printJSON prints each table as objects of its columns' names, with raw values.
func printJSON(w io.Writer, q report.Query, r report.Result) error {
	tables := map[string][]map[string]string{}
	for _, t := range r.Tables {
		tables[t.Key] = []map[string]string{}
		for _, row := range t.Rows {
			one := map[string]string{}
			for i, c := range t.Columns {
				one[c.Heading()] = report.Raw(c.Kind, row[i])
			}
			tables[t.Key] = append(tables[t.Key], one)
		}
	}
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(map[string]any{"from": q.From, "to": q.To, "tables": tables})
}

type reportAgainCmd struct {
	From string `required:"" help:"First day, as 2026-11-28." placeholder:"DAY"`
	To   string `required:"" help:"Last day, included." placeholder:"DAY"`
}

// Help is printed below the flags.
func (*reportAgainCmd) Help() string {
	return `The sums keep up with the logs by themselves. This is for a log that was changed by hand. Days whose calls have
been deleted keep their sums; of a quarter of an hour of which only some calls are left, the sums will be of those.`
}

// Run notes what is to be counted; hopper-fill does it.
func (c *reportAgainCmd) Run(ctx context.Context, g *globals) error {
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	from, to, err := span(c.From, c.To, time.Now())
	if err != nil {
		return err
	}
	if err := mariadb.NewTally(db).Again(ctx, from, to); err != nil {
		return err
	}
	waiting, err := mariadb.NewReports(db).Waiting(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.stdout, "%d changes wait to be counted; hopper-fill counts them.\n", waiting)
	return err
}
