package ui

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/facts"
	"trunkline/webui/form"
)

// Link is somewhere to go.
type Link struct{ Name, Href string }

// Tab is one of the pages that a thing has.
type Tab struct {
	Name, Href string
	Count      int // of what stands on it; 0: nothing is said
	Current    bool
}

// Kind is what control a field has.
type Kind int

// The kinds of control.
const (
	Line     Kind = iota // one line of text; Choices are offered for it, and others are taken
	Number               // a number, right of which its unit stands
	Password             // never shown again
	Area                 // several lines
	Select               // one of Choices, from a list
	Radio                // one of Choices, all in sight with their help
	Check                // yes or no: Label stands beside the box, Help below
	Checks               // any of Choices
	Clock                // a time of day
	Date                 // a day as 2006-01-02, chosen from a calendar
	File                 // a file to send; the form needs enctype multipart/form-data
)

// Choice is one of several answers. Those of one Group follow each other, and
// stand under its name.
type Choice struct{ Value, Name, Help, Group string }

// headed tells that a choice is the first of a group.
func (d Field) headed(i int) bool {
	return d.Choices[i].Group != "" && (i == 0 || d.Choices[i-1].Group != d.Choices[i].Group)
}

// byGroup are the choices of a list, those of one group together.
func (d Field) byGroup() [][]Choice {
	var all [][]Choice
	for i, c := range d.Choices {
		if i == 0 || d.Choices[i-1].Group != c.Group {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], c)
	}
	return all
}

// Field is one question of a form: its label, its control and one sentence on
// its effect. What was typed, and what is wrong with it, comes from form.Form.
type Field struct {
	Name    string // in the form, and the control's id
	Label   string
	Help    string // one sentence on the effect
	Kind    Kind
	Choices []Choice
	Unit    string // of a Number: s, %, leads
	Needed  bool   // must be answered
	Fixed   bool   // shown, not to be changed
	Mono    bool   // text that machines read
	Hint    string // shown in the empty control, such as 614 555 0100
	Auto    string // autocomplete; off if ""
	Beside  *Field // a second control of the same question, right of the first; its Label is read out, its Help not shown
}

func (d Field) auto() string {
	if d.Auto == "" {
		return "off"
	}
	return d.Auto
}

// unsent tells whether what was typed is not in the field any more: left so, the
// password that was there before would stay.
func (d Field) unsent(f *form.Form) bool { return d.Kind == Password && f.Asked(d.Name) }

func (d Field) describedBy(f *form.Form) string {
	var ids []string
	if f.Error(d.Name) != "" || f.Doubts(d.Name) != "" || d.unsent(f) {
		ids = append(ids, d.Name+"-error")
	}
	if d.Help != "" {
		ids = append(ids, d.Name+"-help")
	}
	return strings.Join(ids, " ")
}

func (d Field) class() string {
	c := "input"
	switch d.Kind {
	case Number, Clock:
		c += " short num"
	case Date:
		c += " fit num"
	case Select:
		c += " fit"
	}
	if d.Mono {
		c += " mono"
	}
	return c
}

func (d Field) inputType(f *form.Form) string {
	switch d.Kind {
	case Password:
		return "password"
	case File:
		return "file"
	case Date:
		return DateType(f.Value(d.Name))
	}
	return "text"
}

// DateType is the type of a control for a day. A browser's own shows nothing of
// what is no day: such text stands in one that takes anything, so that it stays
// to be corrected.
func DateType(value string) string {
	if _, err := time.Parse(time.DateOnly, value); err != nil && value != "" {
		return "text"
	}
	return "date"
}

// Unbroken is the class of a name in a table: one word, as names of servers and
// carriers are, stays on its line, hyphens and all.
func Unbroken(name string) string {
	if len(name) <= 32 && !strings.Contains(name, " ") {
		return "nowrap"
	}
	return ""
}

// Statuses are statuses to choose from, under their groups.
func Statuses(all []facts.SetStatus) []Choice {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b facts.SetStatus) int {
		if (a.GroupID == 0) != (b.GroupID == 0) {
			return cmp.Compare(b.GroupID, a.GroupID) // those without a group are last
		}
		return cmp.Or(cmp.Compare(a.GroupPlace, b.GroupPlace), cmp.Compare(a.GroupID, b.GroupID))
	})
	var choices []Choice
	for _, s := range all {
		c := Choice{Value: string(s.Status), Name: s.Name + " (" + string(s.Status) + ")", Group: s.Group}
		if c.Group == "" && all[0].Group != "" {
			c.Group = "Other"
		}
		choices = append(choices, c)
	}
	return choices
}

// Sounds are those that were uploaded, as what a setting offers.
func Sounds(all []facts.Sound) []Choice {
	var choices []Choice
	for _, s := range all {
		choices = append(choices, Choice{Value: dialer.SoundPrefix + s.ID, Name: s.Name + ", " + Length(s.LengthMS)})
	}
	return choices
}

// offered tells that choices are offered for a line which takes others too.
func (d Field) offered() bool { return d.Kind == Line && len(d.Choices) > 0 }

// grouped tells that the control is several, which need a group around them.
func (d Field) grouped() bool { return d.Kind == Radio || d.Kind == Checks }

// Confirm is a question before something that cannot be undone, or hurts: what
// will happen, and the form that does it. Confirmed shows it in a dialog, and
// without scripts ConfirmPage is the page that asks.
type Confirm struct {
	ID       string // of the dialog
	Open     string // the button that asks: "Delete"
	Title    string // the question: "Delete carrier north-1?"
	Says     string // what will happen
	Do       string // the button that does it: "Delete carrier"
	Keep     string // the button that does not: "Keep it"
	Action   string // where the form goes by POST
	Page     string // GET address of the same question as a page
	Back     string // where "Keep it" leads on that page
	Hidden   map[string]string
	Harmless bool // not red
}

// Page is where a reader of a long table stands: keyset paging, never by number.
// Newer and Older are addresses, "" where there is nothing more.
type Page struct {
	Newer, Older string
	Says         string // "50 of 12,480, the newest first"
}

// ClashLine is one field that somebody else changed meanwhile.
type ClashLine struct{ Who, When, Label, Theirs, Yours string }

// Clashes are the sentences for an edit that met another's. label names a field
// as the form does; what it does not know is named by itself.
func Clashes(c *audit.Conflict, fields []Field, when func(audit.Entry) string) []ClashLine {
	var lines []ClashLine
	for _, clash := range c.Clashes {
		l := ClashLine{Who: clash.Entry.Who, When: when(clash.Entry), Label: strings.ReplaceAll(clash.Field, "_", " "), Theirs: audit.Text(clash.Theirs), Yours: audit.Text(clash.Yours)}
		for _, d := range fields {
			if d.Name == clash.Field {
				l.Label, l.Theirs, l.Yours = d.Label, d.Word(l.Theirs), d.Word(l.Yours)
			}
		}
		switch {
		case clash.Entry.N == 0: // without an entry in the log
			l.Who, l.When = "A call or an import", "since you opened it"
		case l.Who == "":
			l.Who = "Somebody"
		}
		lines = append(lines, l)
	}
	return lines
}

// Word is how a value reads in the form.
func (d Field) Word(value string) string {
	for _, c := range d.Choices {
		if c.Value == value {
			return c.Name
		}
	}
	switch {
	case value == "":
		return "nothing"
	case d.Unit != "":
		return value + " " + d.Unit
	}
	return value
}

// Labels names fields for Wrong's links.
func label(fields []Field, name string) string {
	for _, d := range fields {
		if d.Name == name {
			return d.Label
		}
		if d.Beside != nil && d.Beside.Name == name {
			return d.Beside.Label
		}
	}
	return name
}

// ChangeLine is one change in a list of them.
type ChangeLine struct{ When, Who, What string }

// ChangeOf puts an audited change into words; fields name what changed as their
// form does, where they know it.
func ChangeOf(e audit.Entry, fields []Field, zone *time.Location) ChangeLine {
	l := ChangeLine{When: e.At.In(zone).Format("2 Jan 15:04"), Who: e.Who}
	_, verb, _ := strings.Cut(e.Action, ".")
	switch verb {
	case "create", "add":
		l.What = "created it"
		return l
	case "delete":
		l.What = "deleted it"
		return l
	case "password":
		l.What = "set a new password"
		return l
	case "signout":
		l.What = "signed them out everywhere"
		return l
	case "two_steps_on":
		l.What = "switched the second step on"
		return l
	case "two_steps_off":
		l.What = "switched the second step off"
		return l
	case "save", "level", "filter", "recycle", "mix", "others": // the fields say it
	default:
		l.What = strings.ReplaceAll(verb, "_", " ")
	}
	var said []string
	for _, name := range e.After.Names() {
		d := Field{Label: strings.ReplaceAll(name, "_", " ")}
		for _, known := range fields {
			if known.Name == name {
				d = known
			}
		}
		said = append(said, strings.ToLower(d.Label[:1])+d.Label[1:]+" from "+short(d.Word(e.Before.Text(name)))+" to "+short(d.Word(e.After.Text(name))))
	}
	l.What = strings.TrimSpace(l.What + " " + strings.Join(said, "; "))
	return l
}

// short cuts a long value: the audit log has it whole.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:57]) + "…"
	}
	return s
}

// Offers tells whether a value is among the choices.
func Offers(choices []Choice, value string) bool {
	return slices.ContainsFunc(choices, func(c Choice) bool { return c.Value == value })
}

// Values are the choices' values.
func Values(choices []Choice) []string {
	var values []string
	for _, c := range choices {
		values = append(values, c.Value)
	}
	return values
}
