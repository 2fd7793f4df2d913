package catalog

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"trunkline/dialer/audit"
	"trunkline/webui/form"
	"trunkline/webui/ui"
)

type listModel struct {
	Frame                        ui.Frame
	Name, Says, Path, New, Empty string
	Query                        string
	Any                          bool // there are some that the user may see, found or not
	Found                        int
	Heads                        []head
	Rows                         []row
	Next                         string // key after which the next page begins
	last                         string
}

type head struct {
	Name         string
	Number, Wide bool
}

func (h head) class() string {
	c := ""
	if h.Number {
		c = "n"
	}
	if h.Wide {
		c += " wide"
	}
	return c
}

type row struct {
	ID, Href string
	Cells    []Cell
}

type formModel struct {
	Frame                          ui.Frame
	Path, Crumb, Title, Action, Do string
	Form                           *form.Form
	Fields                         []ui.Field
	Seen                           int
	Shown                          string // what it showed; "": the changes tell
	Fresh                          bool
	Changes                        []ui.ChangeLine
	Clashes                        []ui.ClashLine
	Delete                         *ui.Confirm
	Kept                           string // why it was not deleted; "": nobody asked
	Beside                         templ.Component
}

// Fill fills a form with a thing's fields, which have the JSON names of the
// thing's. Of several choices the thing has one text, separated by spaces.
func Fill(thing any, fields []ui.Field) (*form.Form, error) {
	stored, err := audit.FieldsOf(thing)
	if err != nil {
		return nil, err
	}
	f := form.Of(nil)
	for _, d := range fields {
		raw := stored[d.Name]
		var yes bool
		switch {
		case json.Unmarshal(raw, &yes) == nil:
			f.Set(d.Name, form.BoolText(yes))
		case d.Kind == ui.Clock:
			minutes, _ := strconv.Atoi(string(raw))
			f.Set(d.Name, form.ClockText(minutes))
		case d.Kind == ui.Checks:
			f.Set(d.Name, strings.Fields(audit.Text(raw))...)
		default:
			f.Set(d.Name, audit.Text(raw))
		}
	}
	return f, nil
}
