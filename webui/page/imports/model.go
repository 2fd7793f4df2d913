package imports

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/ui"
)

type listModel struct {
	Frame ui.Frame
	Lists []ui.Choice
	List  string
	Into  string // the list whose imports are shown alone; "": of all
	Rows  []importRow
	// Problem is what is wrong with the file that was sent.
	Problem string
}

type importRow struct{ ID, Href, File, List, State, Class, Rows, Accepted, Rejected, Day, Clock string }

func newList(frame ui.Frame, lists []facts.SetList, list dialer.ListID, imports []dialer.Import, zone *time.Location) listModel {
	m := listModel{Frame: frame, List: num(list)}
	names := map[dialer.ListID]string{}
	for _, l := range lists {
		names[l.ID] = l.Name
		m.Lists = append(m.Lists, ui.Choice{Value: num(l.ID), Name: num(l.ID) + " " + l.Name})
	}
	if name, mine := names[list]; mine {
		m.Into = num(list) + " " + name
	}
	for _, im := range imports {
		name, mine := names[im.ListID]
		if !mine {
			continue
		}
		s := states[im.State]
		m.Rows = append(m.Rows, importRow{
			num(im.ID), "/imports/" + num(im.ID), im.FileName, num(im.ListID) + " " + name, s.name, s.class, ui.Count(im.Position),
			ui.Count(im.Counts.Accepted), ui.Count(im.Counts.Rejected), im.CreatedAt.In(zone).Format("2 Jan 2006,"), im.CreatedAt.In(zone).Format("15:04"),
		})
	}
	return m
}

func num[N ~int64](n N) string { return strconv.FormatInt(int64(n), 10) }

type stateWords struct{ name, class string }

var states = map[dialer.ImportState]stateWords{
	dialer.ImportNew: {"Columns to choose", "watch"}, dialer.ImportChecking: {"Dry run", "info"}, dialer.ImportChecked: {"Dry run done", "watch"},
	dialer.ImportRunning: {"Importing", "info"}, dialer.ImportPaused: {"Paused", "paused"}, dialer.ImportDone: {"Imported", "good"},
	dialer.ImportFailed: {"Failed", "bad"}, dialer.ImportUndoing: {"Being undone", "info"}, dialer.ImportUndone: {"Undone", "neutral"},
}

type model struct {
	Frame    ui.Frame
	Href     string
	File     string
	List     string
	ListHref string
	Campaign string // whose leads they become: its last step before dialing
	Steps    []step
	State    string
	Class    string
	Says     string // about the state
	Problem  string

	Choosing bool // columns may be chosen
	Working  bool // a process is at it, or to be
	Pauses   bool
	Resumes  bool
	Undoes   bool
	Starts   bool // after a dry run
	Undo     ui.Confirm
	Started  bool // there are counts to show
	Dry      bool // of a dry run

	Done, All int
	Progress  string
	Counts    []count
	Reasons   []reason
	Rejected  int
	Rejects   string
	Rules     [][2]string

	Preview preview
}

type step struct {
	Name          string
	Done, Current bool
}

type count struct{ Name, Class, N string }

type reason struct{ What, Do, Rows, Class string }

type preview struct {
	Form    *form.Form
	Facts   string
	Columns []column
	Rows    []previewRow
	Problem string
	Rules   []ui.Field
	N       string
	ShownBy string // the delimiter that was chosen when the columns were shown
}

type column struct {
	N, Name, Sample, Field string
	Choices                []ui.Choice
}

type previewRow struct {
	Row, Number, Name, Where, Says, Class string
}

func newModel(frame ui.Frame, im dialer.Import, list facts.SetList, now time.Time, zone *time.Location) model {
	s := states[im.State]
	m := model{
		Frame: frame, Href: "/imports/" + num(im.ID), File: im.FileName, List: num(im.ListID) + " " + list.Name, ListHref: "/lists/" + num(im.ListID), Campaign: string(list.Campaign),
		State: s.name, Class: s.class, Problem: im.Problem, Done: im.Position, All: max(im.TotalRows, im.Position), Undo: undoing(im),
	}
	m.Choosing = im.Host != "" && (im.State == dialer.ImportNew || im.State == dialer.ImportChecked || im.State == dialer.ImportFailed && im.Counts.Accepted == 0)
	m.Working = im.State == dialer.ImportChecking || im.State == dialer.ImportRunning || im.State == dialer.ImportUndoing
	m.Pauses = im.State == dialer.ImportRunning
	m.Resumes = im.State == dialer.ImportPaused && im.Host != ""
	m.Starts = im.State == dialer.ImportChecked && im.Host != ""
	m.Undoes = im.Host != "" && im.Counts.Accepted > 0 &&
		slices.Contains([]dialer.ImportState{dialer.ImportRunning, dialer.ImportPaused, dialer.ImportDone, dialer.ImportFailed}, im.State)
	m.Dry = im.State == dialer.ImportChecking || im.State == dialer.ImportChecked
	m.Started = im.State != dialer.ImportNew
	at := map[dialer.ImportState]int{dialer.ImportNew: 1, dialer.ImportChecking: 2, dialer.ImportChecked: 2}
	current, known := at[im.State]
	if !known {
		current = 3
	}
	for i, name := range []string{"File", "Columns", "Dry run", "Import"} {
		m.Steps = append(m.Steps, step{name, i < current || im.State == dialer.ImportDone, i == current})
	}
	m.Says = says(im, now, zone)
	switch {
	case m.Working && m.All == 0:
		m.Progress = "Opening the file …"
	case m.Working:
		m.Progress = ui.Count(m.Done) + " of about " + ui.Count(m.All) + " rows"
	default:
		m.Progress = ui.Count(m.Done) + " of " + ui.Count(m.All) + " rows"
	}
	c := im.Counts
	accepted := map[bool]string{true: "Would be accepted", false: "Accepted"}[m.Dry]
	m.Counts = []count{{accepted, "good", ui.Count(c.Accepted)}}
	if im.Options.Update != dialer.UpdateNothing {
		m.Counts = append(m.Counts, count{map[bool]string{true: "Would be updated", false: "Updated"}[m.Dry], "good", ui.Count(c.Updated)})
	}
	m.Counts = append(m.Counts, []count{{"Already known", "info", ui.Count(c.Duplicates)}, {"Do not call", "mute", ui.Count(c.DNC)}, {"Rejected", "bad", ui.Count(c.Rejected)}}...)
	for _, r := range im.Report.Reasons {
		class := map[string]string{dialer.RejectedRow: "bad", dialer.DuplicateRow: "info", dialer.DNCRow: "mute", dialer.NotedRow: "neutral"}[r.Kind]
		what := r.What
		if what == "" {
			what = r.Code
		}
		m.Reasons = append(m.Reasons, reason{what, fmt.Sprintf("%s First in row %s.", r.Do, ui.Count(r.First)), ui.Count(r.Rows), class})
	}
	m.Rejected = c.Rejected + c.Duplicates + c.DNC
	m.Rejects = m.Href + "/rejects.csv"
	m.Rules = rules(im.Options)
	return m
}

// says is a sentence about where the import stands.
func says(im dialer.Import, now time.Time, zone *time.Location) string {
	switch {
	case im.Host == "" && (im.State == dialer.ImportRunning || im.State == dialer.ImportPaused) && silent(im, now):
		return "It was cut off. Run trunkline leads import with the same file again: it goes on where it was, without doubles."
	case im.State == dialer.ImportRunning || im.State == dialer.ImportChecking:
		if im.StartedAt == nil {
			return "It begins in a moment."
		}
		rate := float64(im.Position) / max(now.Sub(*im.StartedAt).Seconds(), 0.5)
		left := ""
		if rate > 0 && im.TotalRows > im.Position {
			left = fmt.Sprintf(", about %s left", duration(float64(im.TotalRows-im.Position)/rate))
		}
		return fmt.Sprintf("%s a second%s. You can leave this page; after a crash it goes on where it was, without doubles.", ui.Count(int(rate)), left)
	case im.DoneAt != nil && im.StartedAt != nil:
		return fmt.Sprintf("In %s, on %s.", duration(im.DoneAt.Sub(*im.StartedAt).Seconds()), im.DoneAt.In(zone).Format("2 Jan 2006, 15:04"))
	}
	return ""
}

func silent(im dialer.Import, now time.Time) bool {
	return im.BeatAt == nil || now.Sub(*im.BeatAt) > 20*time.Second
}

func duration(seconds float64) string {
	if seconds < 90 {
		return fmt.Sprintf("%.0f s", max(seconds, 1))
	}
	return fmt.Sprintf("%.0f min", seconds/60)
}

var scopes = map[dialer.DuplicateScope]string{
	dialer.DuplicatesKept: "Every row becomes a lead", dialer.DuplicatesFile: "Same number earlier in the file", dialer.DuplicatesList: "Same number in the list",
	dialer.DuplicatesCampaign: "Same number in the campaign", dialer.DuplicatesSystem: "Same number in any list",
}

var updates = map[dialer.UpdateBy]string{
	dialer.UpdateNothing: "Left as they are", dialer.UpdateByNumber: "Updated, found by number", dialer.UpdateByCode: "Updated, found by vendor_lead_code",
}

func rules(o dialer.ImportOptions) [][2]string {
	known := scopes[o.Known]
	if known == "" {
		known = scopes[dialer.DuplicatesList]
	}
	if o.KnownDays > 0 {
		known += fmt.Sprintf(", last %d days", o.KnownDays)
	}
	dnc := "Left out"
	if o.IgnoreDNC {
		dnc = "Taken, and not dialed"
	}
	return [][2]string{{"Known means", known}, {"Known leads", updates[o.Update]}, {"Do not call", dnc}}
}

func undoing(im dialer.Import) ui.Confirm {
	at := "/imports/" + num(im.ID)
	open := "Undo the import"
	if im.State == dialer.ImportRunning {
		open = "Stop and undo"
	}
	return ui.Confirm{
		ID: "undo", Open: open, Title: "Take back the leads of " + im.FileName + "?", Do: open, Keep: "Keep them",
		Says:   fmt.Sprintf("%s leads were added by it so far. They are taken out of the list again, but for those that were called meanwhile.", ui.Count(im.Counts.Accepted)),
		Action: at + "/undo", Page: at + "/undo", Back: at,
	}
}

// choose fills in what is chosen for the columns, and what came of it. What was
// typed into f stays as it is.
func (m *model) choose(p dialer.ImportPreview, o dialer.ImportOptions, f *form.Form) {
	v := preview{Form: f, Problem: p.Problem, N: strconv.Itoa(len(p.Columns))}
	header := "first row is a heading"
	if p.NoHeader {
		header = "without a heading"
	}
	delimiter := delimiterName(p.Delimiter)
	var known []string
	for _, fact := range []string{delimiter, p.Encoding, header} {
		if fact != "" {
			known = append(known, fact)
		}
	}
	v.Facts = strings.Join(known, ", ")
	for i, c := range p.Columns {
		if i < len(o.Columns) { // of columns that cannot be so, the preview knows the first only
			c.Field = o.Columns[i]
		}
		col := column{N: strconv.Itoa(i), Name: c.Name, Sample: c.Sample, Field: c.Field, Choices: []ui.Choice{{Value: "-", Name: "Not imported"}}}
		if strings.HasPrefix(c.Field, "phone:") {
			col.Field = "phone"
		}
		for _, f := range p.Fields {
			col.Choices = append(col.Choices, ui.Choice{Value: f, Name: fieldName(f)})
		}
		col.Choices = append(col.Choices, ui.Choice{Value: "phone", Name: "Further phone number"})
		v.Columns = append(v.Columns, col)
	}
	for _, r := range p.Rows {
		out := previewRow{Row: strconv.Itoa(r.Row), Number: ui.Phone(r.E164), Name: r.Name, Where: r.Where, Says: r.Reason, Class: "good"}
		if !r.Taken {
			out.Class = "bad"
		}
		v.Rows = append(v.Rows, out)
	}
	v.ShownBy = delimiterName(o.Delimiter)
	v.Form.Set("no_header", form.BoolText(p.NoHeader))
	v.Form.Set("delimiter", v.ShownBy)
	if !f.Sent("columns") {
		v.Form.Set("ignore_dnc", form.BoolText(o.IgnoreDNC))
		v.Form.Set("country", orElse(o.Country, "US"))
		v.Form.Set("known", orElse(string(o.Known), string(dialer.DuplicatesList)))
		v.Form.Set("known_days", strconv.Itoa(o.KnownDays))
		v.Form.Set("update", string(o.Update))
		v.Form.Set("encoding", o.Encoding)
	}
	var choices []ui.Choice
	for _, s := range []dialer.DuplicateScope{dialer.DuplicatesList, dialer.DuplicatesCampaign, dialer.DuplicatesSystem, dialer.DuplicatesFile, dialer.DuplicatesKept} {
		choices = append(choices, ui.Choice{Value: string(s), Name: scopes[s]})
	}
	v.Rules = []ui.Field{
		{Name: "known", Label: "A number is known when", Help: "What becomes of such rows says the next.", Kind: ui.Select, Choices: choices},
		{Name: "update", Label: "Known leads", Help: "Updated, a lead takes over what its row holds: empty values change nothing, status and calls stay. That is not taken back when the import is.", Kind: ui.Select, Choices: []ui.Choice{
			{Value: "", Name: updates[dialer.UpdateNothing]}, {Value: string(dialer.UpdateByNumber), Name: updates[dialer.UpdateByNumber]}, {Value: string(dialer.UpdateByCode), Name: updates[dialer.UpdateByCode]},
		}},
		{Name: "known_days", Label: "Only leads of the last", Help: "0: however old.", Kind: ui.Number, Unit: "days"},
		{Name: "country", Label: "Country of the numbers", Help: "Two letters, for numbers that do not say theirs.", Mono: true},
		{Name: "encoding", Label: "Encoding", Help: "When names look wrong in the preview.", Kind: ui.Select, Choices: []ui.Choice{{Value: "", Name: "Found out"}, {Value: "UTF-8", Name: "UTF-8"}, {Value: "windows-1252", Name: "Western European (windows-1252)"}, {Value: "UTF-16", Name: "UTF-16"}}},
		{Name: "delimiter", Label: "Between two values", Help: "When the columns look wrong.", Kind: ui.Select, Choices: []ui.Choice{{Value: "", Name: "Found out"}, {Value: "comma", Name: "Comma"}, {Value: "semicolon", Name: "Semicolon"}, {Value: "tab", Name: "Tab"}, {Value: "pipe", Name: "Pipe (|)"}}},
		{Name: "no_header", Label: "The first row is a lead, not a heading", Kind: ui.Check},
		{Name: "ignore_dnc", Label: "Take numbers on a do-not-call list, too", Help: "They are not dialed as long as they stand there.", Kind: ui.Check},
	}
	m.Preview = v
}

// delimiterName is a delimiter as the form names it; "" for none of those.
func delimiterName(d string) string {
	for name, one := range delimiters {
		if one == d {
			return name
		}
	}
	return ""
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func fieldName(f string) string {
	name, custom := strings.CutPrefix(f, "custom:")
	words := strings.ReplaceAll(name, "_", " ")
	words = strings.ToUpper(words[:1]) + words[1:]
	if custom {
		return "Custom: " + name
	}
	return words
}
