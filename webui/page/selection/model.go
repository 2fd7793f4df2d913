package selection

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/ui"
)

type model struct {
	Frame    ui.Frame
	ID, Name string
	Href     string
	Active   bool
	Part     string   // that is shown, of the parts
	Tabs     []ui.Tab // of the campaign
	Parts    []ui.Tab

	Recycles    []recycleLine
	RecycleForm *form.Form
	Recycle     []ui.Field

	Filter     string
	Was        string // the filter whose changes the form of the conditions has seen
	Use        ui.Field
	FilterForm *form.Form
	NameField  []ui.Field
	Broken     bool // the filter in use cannot be read
	Fields     []ui.Choice
	Ops        []ui.Choice
	Nodes      []string // of the tree of conditions
	Tree       node

	MixForm *form.Form
	Method  ui.Field
	Lists   []ui.Choice
	MixRows []mixRow
	NoLists bool

	OthersForm *form.Form
	Others     []ui.Field

	// How many changes each part's form has seen, and what its part met.
	Seen    map[string]int
	Clashes map[string][]ui.ClashLine
}

// met puts in how many changes the forms have seen; of the one that was sent, as
// it said, or what it met.
func (m *model) met(part string, f *form.Form, met *audit.Conflict, zone *time.Location) {
	if part == "filter" && f != nil && f.Bool("save") {
		part = "conditions"
	}
	m.Was = m.Filter
	if f == nil {
		return
	}
	if f.Sent(form.SeenField) {
		m.Seen[part] = f.Seen()
		if part == "conditions" {
			m.Was = f.Value("was")
		}
	}
	if met == nil {
		return
	}
	m.Seen[part] = met.Seen
	if part == "conditions" {
		m.Was = f.Value("name")
	}
	words := []ui.Field{{Name: "lead_filter", Label: "the filter in use"}, {Name: "conditions", Label: "the filter's conditions"}, {Name: "mix", Label: "the list mix"}}
	for _, d := range m.Others {
		d.Name = map[string]string{"then": "order_then", "alt_after": "auto_alt_statuses", "callback_release": "callback_release_min"}[d.Name]
		words = append(words, d)
	}
	words = append(words, m.Others...)
	m.Clashes[part] = ui.Clashes(met, words, func(e audit.Entry) string { return "at " + e.At.In(zone).Format("15:04") })
}

type recycleLine struct{ Name, Code, Value, Wait, Max string }

func newModel(frame ui.Frame, c facts.Campaign, is facts.Selection, statuses []facts.SetStatus, fields, ops []string, part string, typed *form.Form) model {
	m := model{
		Frame: frame, ID: string(c.ID), Name: c.Name, Href: "/campaigns/" + string(c.ID) + "/selection", Active: c.Active, Part: part, Filter: is.Filter,
		Seen: map[string]int{"filter": is.Seen, "conditions": is.FilterSeen, "mix": is.Seen, "others": is.Seen}, Clashes: map[string][]ui.ClashLine{},
	}
	formOf := func(name string, filled map[string]string) *form.Form {
		if part == name && typed != nil {
			return typed
		}
		return form.Of(filled)
	}
	names := map[string]string{}
	for _, s := range statuses {
		names[string(s.Status)] = s.Name
	}
	choices := ui.Statuses(statuses)
	m.recycling(is, names, choices, formOf)
	m.filter(is, fields, ops, formOf)
	m.mix(is, formOf)
	m.others(is, choices, formOf)
	if part != "others" || typed == nil {
		m.OthersForm.Set("alt_after", strings.Fields(is.AltAfter)...)
	}
	many := map[string]int{"recycle": len(is.Recycles), "filter": len(is.Conditions.Where), "mix": len(is.Mix)}
	for _, p := range parts {
		m.Parts = append(m.Parts, ui.Tab{Name: p.Name, Href: address(c.ID, p.Key), Count: many[p.Key], Current: p.Key == part})
	}
	return m
}

// parts are the pages that this one is made of, in their order.
var parts = []struct{ Key, Name string }{{"recycle", "Recycling"}, {"filter", "Filter"}, {"mix", "List mix"}, {"others", "Further numbers, callbacks"}}

// address is where a part is shown: the first is the page itself.
func address(id dialer.CampaignID, part string) string {
	at := "/campaigns/" + string(id) + "/selection"
	if part == parts[0].Key {
		return at
	}
	return at + "/" + part
}

func (m *model) recycling(is facts.Selection, names map[string]string, choices []ui.Choice, formOf func(string, map[string]string) *form.Form) {
	for _, r := range is.Recycles {
		line := recycleLine{Name: cmp.Or(names[string(r.Status)], string(r.Status)), Code: string(r.Status), Value: string(r.Status), Wait: wait(r.Delay), Max: strconv.Itoa(r.Max)}
		if r.Group != "" {
			line.Name, line.Code, line.Value = r.Group, "all of the group", groupMark+r.Group
		}
		m.Recycles = append(m.Recycles, line)
	}
	choices = append([]ui.Choice{{Value: "", Name: "Choose"}}, choices...)
	for _, g := range is.Groups {
		choices = append(choices, ui.Choice{Value: groupMark + g, Name: "All of " + g, Group: "Status groups"})
	}
	m.RecycleForm = formOf("recycle", map[string]string{"delay": "120", "max": "3"})
	m.Recycle = []ui.Field{
		{Name: "status", Label: "Status of the last call", Kind: ui.Select, Choices: choices, Help: "One that is recycled already gets the new numbers. A group is whatever statuses are in it then; what is set for one of them by itself goes before."},
		{Name: "delay", Label: "Again after", Kind: ui.Number, Unit: "min", Help: "Since the last call, by the clock: the night counts, and who was due in it is called when calling hours begin. 2 minutes to 30 days (43,200)."},
		{Name: "max", Label: "At most", Kind: ui.Number, Unit: "calls", Help: "Beyond the first, until the list is reset; 1 to 20."},
	}
}

func (m *model) filter(is facts.Selection, fields, ops []string, formOf func(string, map[string]string) *form.Form) {
	uses := []ui.Choice{{Value: "", Name: "None: all leads"}}
	for _, f := range is.Filters {
		uses = append(uses, ui.Choice{Value: f, Name: f})
	}
	m.Use = ui.Field{Name: "use", Label: "In use", Kind: ui.Select, Choices: uses, Help: "Filters are shared by all campaigns; the conditions of the one in use stand below."}
	filled := map[string]string{"use": is.Filter, "name": is.Filter, "any": anyWord(is.Conditions.Any)}
	if m.Broken = is.Conditions.Broken; m.Broken {
		filled["name"] = ""
	}
	m.Nodes = spread(is.Conditions, "", filled)
	if len(m.Nodes) == 0 {
		m.Nodes = []string{"c0"}
	}
	m.FilterForm = formOf("filter", filled)
	if m.FilterForm.Sent("node") || m.FilterForm.Bool("save") {
		m.Nodes = nodesOf(m.FilterForm)
		m.FilterForm.Set("use", is.Filter) // it is chosen in a form of its own
	}
	m.Tree = treeOf(m.Nodes, "")
	m.NameField = []ui.Field{
		{Name: "name", Label: "Filter", Help: "Its name. A name that is there already changes that filter, for every campaign that uses it.", Hint: "Texas only", Needed: true},
		{Name: "any", Label: "A lead passes when", Kind: ui.Select, Choices: []ui.Choice{{Value: "all", Name: "all conditions hold"}, {Value: "any", Name: "one condition holds"}}},
	}
	m.Fields = []ui.Choice{{Value: "", Name: "No condition"}}
	for _, f := range fields {
		m.Fields = append(m.Fields, ui.Choice{Value: f, Name: strings.ReplaceAll(f, "_", " ")})
	}
	for _, op := range ops {
		m.Ops = append(m.Ops, ui.Choice{Value: op, Name: op})
	}
}

func (m *model) others(is facts.Selection, choices []ui.Choice, formOf func(string, map[string]string) *form.Form) {
	m.OthersForm = formOf("others", map[string]string{
		"then": is.Then, "auto_alt": is.AutoAlt, "custom_caller_id": form.BoolText(is.CustomCallerID), "callback_release": strconv.Itoa(is.CallbackRelease),
	})
	called := slices.DeleteFunc(slices.Clone(choices), func(c ui.Choice) bool { return slices.Contains([]string{"NEW", "QUEUE", "INCALL", "DNC"}, c.Value) })
	m.Others = []ui.Field{
		{Name: "auto_alt", Label: "Further numbers", Kind: ui.Select, Choices: []ui.Choice{
			{Value: "", Name: "Only the lead's own number"}, {Value: "ALT", Name: "The alternate phone (ALT)"}, {Value: "ADDR3", Name: "The number in address 3 (ADDR3)"},
			{Value: "BOTH", Name: "Both"}, {Value: "ALL", Name: "Every further number, in their order"},
		}, Help: "Dialed by themselves, one after the other, when a call has reached nobody."},
		{Name: "alt_after", Label: "After calls that ended as", Kind: ui.Checks, Choices: called, Help: "Then the lead's next number is dialed at once."},
		{Name: "then", Label: "Among equal leads", Kind: ui.Select, Choices: []ui.Choice{
			{Value: "LEAD_ASCEND", Name: "Oldest lead first"}, {Value: "LEAD_DESCEND", Name: "Newest lead first"}, {Value: "CALLTIME_ASCEND", Name: "Longest not called first"},
			{Value: "CALLTIME_DESCEND", Name: "Last called first"}, {Value: "VENDOR_ASCEND", Name: "Vendor lead code, A to Z"}, {Value: "VENDOR_DESCEND", Name: "Vendor lead code, Z to A"}, {Value: "RANDOM", Name: "By lot"},
		}, Help: "For leads that the lead order takes for equal, such as those of one rank. All but the first two sort the campaign's leads as a whole."},
		{Name: "custom_caller_id", Label: "Caller ID from the lead", Kind: ui.Check, Help: "Where the security phrase of a lead is a phone number, its callee is shown that. A list's own caller ID comes first, the campaign's last."},
		{Name: "callback_release", Label: "An agent's callback is anyone's after", Kind: ui.Number, Unit: "min", Help: "Counted from its time; 0: it waits for its agent. That of an agent who has no account any more is anyone's at its time in any case."},
	}
}

// wait is a delay in words.
func wait(d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0:
		return fmt.Sprintf("%d d", d/(24*time.Hour))
	case d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d min", d/time.Minute)
}
