// Package customfields is the pages of the fields that a list's leads have
// beyond the standard ones.
package customfields

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"trunkline/dialer"
	"trunkline/webui/catalog"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/ui"
)

// Config is what the pages need.
type Config struct {
	Store catalog.Store[facts.SetCustomField]
	Lists func(context.Context) ([]facts.SetList, error)
	// Wrong says what is wrong with a field's definition, "" for nothing, and beside
	// which of the form's fields that belongs.
	Wrong func(dialer.CustomField) (about, sentence string)
	Types []dialer.CustomType
	Now   func() time.Time // the database's clock
	Zone  *time.Location
}

var typeNames = map[dialer.CustomType]string{
	dialer.CustomText: "One line of text", dialer.CustomArea: "Several lines of text", dialer.CustomNumber: "Number", dialer.CustomDate: "Date",
	dialer.CustomTime: "Time of day", dialer.CustomSelect: "One of several options", dialer.CustomMulti: "Any of several options",
	dialer.CustomCheckbox: "Yes or no", dialer.CustomReadonly: "Text that agents see and do not change", dialer.CustomHidden: "Text that agents do not see",
}

// New makes the pages.
func New(c Config) *catalog.Pages[facts.SetCustomField] {
	return catalog.New(catalog.Kind[facts.SetCustomField]{
		Path: "/customfields", Section: "customfields", Name: "Custom fields", One: "custom field", A: "a custom field",
		Says:  "What leads of a list have beyond the standard fields. Imports fill them by their names.",
		Empty: "A field such as tariff or renewal date belongs to one list and is filled by its imports.",
		Key:   func(f facts.SetCustomField) string { return strconv.FormatInt(f.ID, 10) },
		Title: func(f facts.SetCustomField) string { return f.Label },
		Columns: []catalog.Column[facts.SetCustomField]{
			{Name: "Field", Cell: func(f facts.SetCustomField) catalog.Cell { return catalog.Cell{Text: f.Label, Code: f.Name} }},
			{Name: "List", Cell: func(f facts.SetCustomField) catalog.Cell { return catalog.Cell{Text: fmt.Sprintf("List %d", f.ListID)} }},
			{Name: "Holds", Cell: func(f facts.SetCustomField) catalog.Cell {
				return catalog.Cell{Text: typeNames[f.Type], Code: string(f.Type)}
			}},
			{Name: "Required", Wide: true, Cell: func(f facts.SetCustomField) catalog.Cell {
				return catalog.Cell{Text: map[bool]string{true: "Required", false: ""}[f.Required]}
			}},
			{Name: "Place", Number: true, Wide: true, Cell: func(f facts.SetCustomField) catalog.Cell { return catalog.Cell{Text: strconv.Itoa(f.Position)} }},
		},
		Fields: func(ctx context.Context, fresh bool) ([]ui.Field, error) {
			lists, err := c.Lists(ctx)
			var choices, types []ui.Choice
			for _, l := range lists {
				choices = append(choices, ui.Choice{Value: strconv.FormatInt(int64(l.ID), 10), Name: fmt.Sprintf("%d %s", l.ID, l.Name)})
			}
			for _, t := range c.Types {
				types = append(types, ui.Choice{Value: string(t), Name: typeNames[t]})
			}
			return []ui.Field{
				{Name: "list_id", Label: "List", Help: "Its leads have the field.", Kind: ui.Select, Choices: choices, Fixed: !fresh},
				{Name: "name", Label: "Name", Help: "As the columns of lead files call it: lower-case letters, digits and _; for ever.", Needed: true, Mono: true, Fixed: !fresh, Hint: "tariff"},
				{Name: "label", Label: "Label", Help: "As agents see it.", Needed: true},
				{Name: "type", Label: "Holds", Help: "What an import puts in is checked by it; what is in already stays.", Kind: ui.Select, Choices: types},
				{Name: "options", Label: "Options", Help: "Where one or several are to be chosen: one a line.", Kind: ui.Area},
				{Name: "required", Label: "Required", Help: "A row of an import without it is rejected.", Kind: ui.Check},
				{Name: "position", Label: "Place", Help: "Its place among the list's fields, the smallest first.", Kind: ui.Number},
			}, err
		},
		Named: "name",
		Fresh: facts.SetCustomField{Type: dialer.CustomText},
		Parse: func(f *form.Form, was facts.SetCustomField, fresh bool) facts.SetCustomField {
			field := facts.SetCustomField{
				ID: was.ID, ListID: was.ListID, Name: was.Name, Label: f.Needed("label", 80, "Enter a label, such as Tariff."), Type: dialer.CustomType(f.Value("type")),
				Options: f.Area("options", 4000), Required: f.Bool("required"), Position: f.Int("position", 0, 999, ""),
			}
			if fresh {
				field.ListID = dialer.ListID(f.Int("list_id", 1, 1<<31-1, ""))
				field.Name = f.Line("name", 40)
			}
			if about, says := c.Wrong(dialer.CustomField{Name: field.Name, Label: field.Label, Type: field.Type, Options: field.Options}); says != "" {
				f.Fail(about, says)
			}
			return field
		},
		Deletes: func(facts.SetCustomField) string {
			return "Agents and exports no longer show it. What leads hold in it stays in the database, and comes back with a field of the same name."
		},
	}, c.Store, c.Now, c.Zone)
}
