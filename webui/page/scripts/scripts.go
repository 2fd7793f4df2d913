// Package scripts is the pages of what agents say.
package scripts

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/a-h/templ"

	"trunkline/dialer"
	"trunkline/webui/catalog"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/script"
	"trunkline/webui/ui"
)

// Config is what the pages need.
type Config struct {
	Store     catalog.Store[facts.Script]
	Campaigns func(context.Context) ([]facts.CampaignChoice, error)
	// Own names the fields that lists have of their own.
	Own  func(context.Context) ([]string, error)
	Now  func() time.Time // the database's clock
	Zone *time.Location
}

var idForm = regexp.MustCompile(`^[A-Z0-9][A-Z0-9_-]{1,19}$`)

// New makes the pages.
func New(c Config) *catalog.Pages[facts.Script] {
	campaigns := catalog.Campaigns{All: c.Campaigns, Right: dialer.RightCampaigns, Every: "Any campaign"}
	return catalog.New(catalog.Kind[facts.Script]{
		Path: "/scripts", Section: "scripts", Name: "Scripts", One: "script", A: "a script",
		Says:  "What agents say, with the customer's data in it. A campaign shows the one that its settings name.",
		Empty: "Write down the first sentences: new agents read them aloud.",
		Key:   func(s facts.Script) string { return s.ID },
		Title: func(s facts.Script) string { return s.Name },
		Columns: []catalog.Column[facts.Script]{
			{Name: "Script", Cell: func(s facts.Script) catalog.Cell { return catalog.Cell{Text: s.Name, Code: s.ID} }},
			{Name: "Campaign", Cell: func(s facts.Script) catalog.Cell { return campaigns.Cell(s.Campaign) }},
			{Name: "Begins", Wide: true, Cell: func(s facts.Script) catalog.Cell { return catalog.Cell{Text: beginning(s.Body)} }},
		},
		Fields: func(ctx context.Context, fresh bool) ([]ui.Field, error) {
			choices, err := campaigns.Choices(ctx)
			return []ui.Field{
				{Name: "id", Label: "Code", Help: "2 to 20 capital letters, digits and dashes, such as OPENING; for ever.", Needed: true, Mono: true, Fixed: !fresh},
				{Name: "name", Label: "Name", Help: "How campaigns choose it.", Needed: true},
				{Name: "campaign_id", Label: "Campaign", Help: "Who may use it; one for any campaign is written by those who see all of them.", Kind: ui.Select, Choices: choices},
				{Name: "body", Label: "Text", Help: "A blank line begins a paragraph. {first_name} becomes the customer's first name; --A--first_name--B-- does too. Simple HTML stays: b, i, h3, ul, li, table, a.", Kind: ui.Area, Needed: true},
			}, err
		},
		Named: "id",
		Parse: func(f *form.Form, was facts.Script, fresh bool) facts.Script {
			s := facts.Script{
				ID: was.ID, Name: f.Needed("name", 80, "Enter a name, such as Opening."),
				Campaign: dialer.CampaignID(f.Value("campaign_id")), Body: f.Area("body", script.Most),
			}
			if fresh {
				f.Set("id", strings.ToUpper(strings.TrimSpace(f.Value("id"))))
				s.ID = f.Match("id", idForm, "Enter 2 to 20 capital letters, digits and dashes, such as OPENING.")
			}
			if s.Body == "" {
				f.Fail("body", "Enter what agents say.")
			}
			return s
		},
		Check: func(ctx context.Context, _ dialer.User, f *form.Form, s facts.Script) error {
			own, err := c.Own(ctx)
			if err != nil {
				return err
			}
			if unknown := script.Unknown(s.Body, own...); len(unknown) > 0 {
				f.Fail("body", fmt.Sprintf("There is no variable %s. Those that exist stand beside.", unknown[0]))
			}
			return campaigns.Check(ctx, f, s.Campaign)
		},
		May: func(user dialer.User, s facts.Script) bool { return campaigns.May(user, s.Campaign) },
		Deletes: func(facts.Script) string {
			return "Its text is gone, but for the audit log. A script that campaigns show is not deleted."
		},
		Beside: func(ctx context.Context, s facts.Script) (templ.Component, error) {
			own, err := c.Own(ctx)
			return beside(script.HTML(s.Body, script.Sample), own), err
		},
		Guide: func(ctx context.Context) (templ.Component, error) {
			own, err := c.Own(ctx)
			return script.Variables(own), err
		},
	}, c.Store, c.Now, c.Zone)
}

func beginning(body string) string {
	text := []rune(strings.Join(strings.Fields(body), " "))
	if len(text) > 60 {
		return string(text[:60]) + "…"
	}
	return string(text)
}
