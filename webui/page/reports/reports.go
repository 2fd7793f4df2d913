// Package reports is the pages of the reports, and the files that are made of
// them. What they count is package dialer/report's.
package reports

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/dialer/report"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// Store gives what reports are made of, and notes who takes calls away.
type Store interface {
	report.Source
	// Waiting is how many changes of the logs are not in the sums yet.
	Waiting(ctx context.Context) (int, error)
	// Exported writes into the audit log that somebody takes the call log away.
	Exported(ctx context.Context, by audit.By, q report.Query, file string) error
}

// Config is what the pages need.
type Config struct {
	Store   Store
	Guarded func([]string) []string // keeps a spreadsheet from taking a value for a formula
	Now     func() time.Time        // the database's clock
	Zone    *time.Location
}

// Handler serves the pages.
type Handler struct{ Config }

// New makes the pages.
func New(c Config) *Handler { return &Handler{c} }

type indexModel struct {
	Frame  ui.Frame
	Groups []group
}

type group struct {
	Name    string
	Reports []report.Report
}

// Index serves GET /reports.
func (h *Handler) Index(w http.ResponseWriter, r *http.Request) error {
	m := indexModel{Frame: ui.AdminFrame(r, "Reports", "reports")}
	for _, one := range report.All {
		if n := len(m.Groups); n == 0 || m.Groups[n-1].Name != one.Group {
			m.Groups = append(m.Groups, group{Name: one.Group})
		}
		last := &m.Groups[len(m.Groups)-1]
		last.Reports = append(last.Reports, one)
	}
	return ui.Render(w, r, http.StatusOK, indexPage(m))
}

// asked is what a reader asked for, as it was typed.
type asked struct {
	From, To, Campaign, List, Agent, By string
}

func (a asked) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"from": a.From, "to": a.To, "campaign": a.Campaign, "list": a.List, "agent": a.Agent, "by": a.By} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

// form is the choices of a report's form.
type form struct {
	asked
	Campaigns, Lists, Bys []ui.Choice
	Quick                 []ui.Link
}

type model struct {
	Frame  ui.Frame
	Report report.Report
	Form   form
	Says   string // which days, and of what
	Error  string
	Result report.Result
	Chart  string // of the first table, JSON; "": none
	Wide   bool   // the first table wants the page's whole width
	State  string // how far the sums are
	Late   bool   // they are far behind
	CSV    string
	XLSX   string
	Tables []tableFile
}

// tableFile is a table with the address of its file.
type tableFile struct {
	report.Table
	CSV string
}

const day = "2006-01-02"

// MaxAnswer bounds how long the database may take for a page: nobody waits
// longer, and no report works on after its reader has gone.
const MaxAnswer = 20 * time.Second

// Page serves GET /reports/NAME: `from` and `to` (days, the last included),
// `campaign`, `list`, `agent` (user name), `by`.
func (h *Handler) Page(one report.Report) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx, cancel := context.WithTimeout(r.Context(), MaxAnswer)
		defer cancel()
		section := "reports"
		if one.Name == "outbound" || one.Name == "agent-time" {
			section = "report-" + one.Name
		}
		m := model{Frame: ui.FrameOf(r, one.Title, section, "reports.js"), Report: one}
		q, err := h.query(ctx, r, one, &m.Form)
		if problem, ok := err.(*dialer.Problem); ok && problem.Kind == nil {
			m.Error = problem.Sentence
			return ui.Render(w, r, http.StatusUnprocessableEntity, page(m))
		}
		if err != nil {
			return err
		}
		began := time.Now()
		m.Result, err = one.Make(ctx, h.Store, q)
		if err != nil {
			return err
		}
		took := time.Since(began)
		waiting, err := h.Store.Waiting(ctx)
		if err != nil {
			return err
		}
		m.Says = h.says(one, q)
		m.State, m.Late = state(one, took, waiting)
		again := m.Form.asked.values()
		m.CSV, m.XLSX = "/reports/"+one.Name+"/csv?"+again.Encode(), "/reports/"+one.Name+"/xlsx?"+again.Encode()
		for _, t := range m.Result.Tables {
			again.Set("table", t.Key)
			m.Tables = append(m.Tables, tableFile{t, "/reports/" + one.Name + "/csv?" + again.Encode()})
		}
		if c := m.Result.Chart; c != nil && len(c.Labels) > 0 && len(c.Labels) <= 800 {
			text, err := json.Marshal(c)
			if err != nil {
				return err
			}
			m.Chart = string(text)
		}
		m.Wide = len(m.Result.Tables) > 0 && wide(m.Result.Tables[0])
		return ui.Render(w, r, http.StatusOK, page(m))
	}
}

// besideChart is how many characters across a table has that stands beside its
// chart in a window of 1280 pixels; a column's edges take two.
const besideChart = 74

// wide tells that a table wants the page's whole width, so that none of its
// columns is cut.
func wide(t report.Table) bool {
	across := 0
	for i, c := range t.Columns {
		most := utf8.RuneCountInString(c.Name)
		for _, row := range t.Rows[:min(len(t.Rows), 100)] {
			most = max(most, utf8.RuneCountInString(report.Shown(c.Kind, row[i])))
		}
		across += most + 2
	}
	return across > besideChart
}

// state says how current the figures are.
func state(one report.Report, took time.Duration, waiting int) (says string, late bool) {
	says = fmt.Sprintf("Made in %.1f s. ", max(took.Seconds(), 0.1))
	switch {
	case one.Now || one.Name == "callbacks" || one.Name == "calls":
		return says + "Read from the tables as they are now.", false
	case waiting == 0:
		return says + "Every call that has ended is counted.", false
	case waiting < 2000:
		return says + fmt.Sprintf("%s changes of the last seconds are being counted.", report.Grouped(int64(waiting))), false
	}
	return says + fmt.Sprintf("The sums are catching up with the logs: %s changes wait, the newest days are counted first. Older days may show too little until then.", report.Grouped(int64(waiting))), true
}

// says names the days and what they are of.
func (h *Handler) says(one report.Report, q report.Query) string {
	if one.Now {
		return "As it is now, " + q.Now.In(q.Zone).Format("2 January 2006 15:04 MST") + "."
	}
	from, last := q.From.In(q.Zone), q.To.In(q.Zone).AddDate(0, 0, -1)
	span := from.Format("2 January 2006")
	if from.Format(day) != last.Format(day) {
		span = from.Format("2 January") + " to " + last.Format("2 January 2006")
		if from.Year() != last.Year() {
			span = from.Format("2 January 2006") + " to " + last.Format("2 January 2006")
		}
	}
	return span + ", days of the office (" + q.ZoneName() + ")."
}

// query reads what is asked for; a *dialer.Problem without a kind is for the
// reader.
func (h *Handler) query(ctx context.Context, r *http.Request, one report.Report, f *form) (report.Query, error) {
	user, now := signin.User(ctx), h.Now().In(h.Zone)
	f.asked = asked{
		From: r.FormValue("from"), To: r.FormValue("to"), Campaign: r.FormValue("campaign"), List: r.FormValue("list"),
		Agent: strings.TrimSpace(r.FormValue("agent")), By: r.FormValue("by"),
	}
	if f.From == "" && f.To == "" {
		f.From, f.To = now.AddDate(0, 0, -6).Format(day), now.Format(day)
	}
	if f.To == "" {
		f.To = now.Format(day)
	}
	if f.From == "" {
		f.From = f.To
	}
	words, err := h.Store.Words(ctx)
	if err != nil {
		return report.Query{}, err
	}
	q := report.Query{Zone: h.Zone, Now: h.Now()}
	f.Campaigns = []ui.Choice{{Value: "", Name: "All of yours"}}
	for _, c := range words.Campaigns {
		if !user.May(dialer.RightReports, c.ID) {
			continue
		}
		name := c.Name
		if c.Archived {
			name += " (archived)"
		}
		f.Campaigns = append(f.Campaigns, ui.Choice{Value: string(c.ID), Name: name})
		if f.Campaign == "" || f.Campaign == string(c.ID) {
			q.Campaigns = append(q.Campaigns, c.ID)
		}
	}
	f.Lists = []ui.Choice{{Value: "", Name: "All"}}
	for _, l := range words.Lists {
		if slices.Contains(q.Campaigns, l.Campaign) {
			f.Lists = append(f.Lists, ui.Choice{Value: strconv.FormatInt(int64(l.ID), 10), Name: fmt.Sprintf("%d %s", l.ID, l.Name)})
		}
	}
	for _, by := range report.ByNames {
		if slices.Contains(one.Bys, by.By) {
			f.Bys = append(f.Bys, ui.Choice{Value: string(by.By), Name: by.Name})
		}
	}
	f.Quick = quick(one, f.asked, now)
	if f.By == "" && len(one.Bys) > 0 {
		f.By = string(one.Bys[0])
	}
	if err := narrow(&q, one, f, words); err != nil {
		return q, err
	}
	for _, d := range []struct {
		text string
		into *time.Time
		add  int
	}{{f.From, &q.From, 0}, {f.To, &q.To, 1}} {
		at, err := time.ParseInLocation(day, d.text, h.Zone)
		if err != nil || at.Year() < 1990 || at.Year() > 2200 {
			return q, dialer.Explain(nil, "Enter days as 2026-11-28.")
		}
		*d.into = at.AddDate(0, 0, d.add).UTC()
	}
	return q, q.Check()
}

// narrow takes in what the report may be narrowed to, and nothing else.
func narrow(q *report.Query, one report.Report, f *form, words report.Words) error {
	if !ui.Offers(f.Campaigns, f.Campaign) {
		return dialer.Explain(nil, "Choose one of your campaigns.")
	}
	if len(one.Bys) == 0 {
		f.By = ""
	} else if !ui.Offers(f.Bys, f.By) {
		return dialer.Explain(nil, "This report has its rows by "+strings.ToLower(names(f.Bys))+".")
	}
	q.By = report.By(f.By)
	if !one.Lists {
		f.List = ""
	}
	if !ui.Offers(f.Lists, f.List) {
		return dialer.Explain(nil, "Choose one of the campaign's lists.")
	}
	if f.List != "" {
		n, _ := strconv.ParseInt(f.List, 10, 64) // it is one of those offered
		q.Lists = []dialer.ListID{dialer.ListID(n)}
	}
	if !one.Users {
		f.Agent = ""
	}
	if f.Agent != "" {
		i := slices.IndexFunc(words.Users, func(u report.User) bool { return strings.EqualFold(u.Username, f.Agent) })
		if i < 0 {
			return dialer.Explain(nil, "Nobody has that user name. Enter it as the agent signs in, such as nadia.")
		}
		q.Users = []dialer.UserID{words.Users[i].ID}
	}
	return nil
}

func names(all []ui.Choice) string {
	var words []string
	for _, c := range all {
		words = append(words, c.Name)
	}
	return strings.Join(words, ", ")
}

// quick are the spans that are asked for most.
func quick(one report.Report, a asked, now time.Time) []ui.Link {
	y, m, _ := now.Date()
	first := time.Date(y, m, 1, 0, 0, 0, 0, now.Location())
	monday := now.AddDate(0, 0, -(int(now.Weekday())+6)%7)
	var all []ui.Link
	for _, s := range []struct {
		name     string
		from, to time.Time
	}{
		{"Today", now, now}, {"Yesterday", now.AddDate(0, 0, -1), now.AddDate(0, 0, -1)}, {"This week", monday, now}, {"Last week", monday.AddDate(0, 0, -7), monday.AddDate(0, 0, -1)},
		{"This month", first, now}, {"Last month", first.AddDate(0, -1, 0), first.AddDate(0, 0, -1)},
	} {
		a.From, a.To = s.from.Format(day), s.to.Format(day)
		all = append(all, ui.Link{Name: s.name, Href: "/reports/" + one.Name + "?" + a.values().Encode()})
	}
	return all
}
