// Package statuses is the pages of dispositions: what became of a call.
package statuses

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/webui/catalog"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/ui"
)

// Config is what the pages need.
type Config struct {
	Store  catalog.Store[facts.SetStatus]
	Groups func(context.Context) ([]facts.StatusGroup, error)
	Now    func() time.Time // the database's clock
	Zone   *time.Location
}

var (
	codeForm = regexp.MustCompile(`^[A-Z0-9]{1,6}$`)
	keyForm  = regexp.MustCompile(`^[0-9AIJUYZ]?$`)
)

// New makes the pages.
func New(c Config) *catalog.Pages[facts.SetStatus] {
	return catalog.New(catalog.Kind[facts.SetStatus]{
		Path: "/statuses", Section: "statuses", Name: "Statuses", One: "status", A: "a status",
		Says:  "What became of a call. Agents choose among those that are offered; the dialer gives the others by itself.",
		Empty: "Without statuses no call can be disposed of.",
		Key:   func(s facts.SetStatus) string { return string(s.Status) },
		Title: func(s facts.SetStatus) string { return string(s.Status) },
		Columns: []catalog.Column[facts.SetStatus]{
			{Name: "Status", Cell: func(s facts.SetStatus) catalog.Cell { return catalog.Cell{Text: s.Name, Code: string(s.Status)} }},
			{Name: "Who gives it", Cell: func(s facts.SetStatus) catalog.Cell {
				if s.Selectable {
					return catalog.Cell{Text: "Agents", State: "good"}
				}
				return catalog.Cell{Text: "The dialer", State: "mute"}
			}},
			{Name: "Group", Cell: func(s facts.SetStatus) catalog.Cell { return catalog.Cell{Text: s.Group} }},
			{Name: "Place", Number: true, Wide: true, Cell: func(s facts.SetStatus) catalog.Cell {
				if !s.Selectable {
					return catalog.Cell{}
				}
				return catalog.Cell{Text: strconv.Itoa(s.Position)}
			}},
			{Name: "Key", Wide: true, Cell: func(s facts.SetStatus) catalog.Cell {
				switch {
				case !s.Selectable:
					return catalog.Cell{}
				case s.Hotkey == "":
					return catalog.Cell{Text: "the next free"}
				}
				return catalog.Cell{Text: s.Hotkey}
			}},
			{Name: "Counts as", Wide: true, Cell: func(s facts.SetStatus) catalog.Cell { return catalog.Cell{Text: countsAs(s)} }},
		},
		Fields: func(ctx context.Context, fresh bool) ([]ui.Field, error) {
			groups, err := c.groups(ctx)
			return []ui.Field{
				{Name: "status", Label: "Code", Help: "Up to 6 capital letters and digits, as reports and exports have it; for ever.", Needed: true, Mono: true, Fixed: !fresh},
				{Name: "name", Label: "Name", Help: "What agents and reports read.", Needed: true},
				{Name: "selectable", Label: "Agents may choose it", Help: "It stands on the desk after a call.", Kind: ui.Check},
				{Name: "group_id", Label: "Group", Help: "The heading under which it stands on the desk and in reports; the page Status groups has them and their order.", Kind: ui.Select, Choices: groups},
				{Name: "position", Label: "Place", Help: "Its place within its group on the desk, the smallest first; keys that are free are given in this order.", Kind: ui.Number},
				{Name: "hotkey", Label: "Key", Help: "The key that chooses it on the desk: a digit, or one of the letters A I J U Y Z, which no action has. Empty: the next that is free, 1 to 9 and 0 first; after the letters O and a letter.", Mono: true, Hint: "1"},
				{Name: "human", Label: "A person answered", Help: "Counts among the live answers of which the law lets 3 % find no agent. Wrongly set, it falsifies that share.", Kind: ui.Check},
				{Name: "sale", Label: "A sale", Help: "Counts as a sale in reports and on the agent's own screen.", Kind: ui.Check},
				{Name: "dnc", Label: "Never call again", Help: "Puts the number on the do-not-call list at once.", Kind: ui.Check},
			}, err
		},
		Named: "status",
		Fresh: facts.SetStatus{Selectable: true, Human: true},
		Parse: func(f *form.Form, was facts.SetStatus, fresh bool) facts.SetStatus {
			f.Set("hotkey", strings.ToUpper(strings.TrimSpace(f.Value("hotkey"))))
			s := facts.SetStatus{
				Status: was.Status, BuiltIn: was.BuiltIn,
				Name: f.Needed("name", 40, "Enter a name, such as Not interested."), Position: f.Int("position", 0, 999, ""),
				Hotkey:     f.Match("hotkey", keyForm, "Enter one digit, or one of the letters A I J U Y Z: the others are the desk's own."),
				Selectable: f.Bool("selectable"), Human: f.Bool("human"), Sale: f.Bool("sale"), DNC: f.Bool("dnc"),
			}
			s.GroupID, _ = strconv.ParseInt(f.Value("group_id"), 10, 64) // Check sees whether it is one of those offered
			if fresh {
				f.Set("status", strings.ToUpper(strings.TrimSpace(f.Value("status"))))
				s.Status = dialer.Status(f.Match("status", codeForm, "Enter 1 to 6 capital letters and digits, such as NOTINT."))
			}
			if s.DNC && s.Sale {
				f.Fail("dnc", "A sale is no wish never to be called again. Choose one of the two.")
			}
			return s
		},
		Check: func(ctx context.Context, _ dialer.User, f *form.Form, s facts.SetStatus) error {
			groups, err := c.groups(ctx)
			if err != nil {
				return err
			}
			if !ui.Offers(groups, strconv.FormatInt(s.GroupID, 10)) {
				f.Fail("group_id", "Choose one of the groups. It may have been deleted meanwhile.")
			}
			all, err := c.Store.All(ctx)
			for _, other := range all {
				if s.Hotkey != "" && s.Selectable && other.Selectable && other.Hotkey == s.Hotkey && other.Status != s.Status {
					f.Fail("hotkey", fmt.Sprintf("%s has that key already. Choose another, or change it there first.", other.Name))
				}
			}
			return err
		},
		Deletes: func(s facts.SetStatus) string {
			if s.BuiltIn {
				return ""
			}
			return "Agents can no longer choose it. Leads that have it keep its code; a status that calls ended with is not deleted."
		},
	}, c.Store, c.Now, c.Zone)
}

func (c Config) groups(ctx context.Context) ([]ui.Choice, error) {
	all, err := c.Groups(ctx)
	choices := []ui.Choice{{Value: "0", Name: "No group"}}
	for _, g := range all {
		choices = append(choices, ui.Choice{Value: strconv.FormatInt(g.ID, 10), Name: g.Name})
	}
	return choices, err
}

func countsAs(s facts.SetStatus) string {
	var words []string
	for _, w := range []struct {
		on   bool
		word string
	}{{s.Human, "person"}, {s.Sale, "sale"}, {s.DNC, "do not call"}} {
		if w.on {
			words = append(words, w.word)
		}
	}
	return strings.Join(words, ", ")
}
