// Package webforms is the pages of addresses elsewhere, such as of an order form,
// that agents open with the customer's data in them.
package webforms

import (
	"context"
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
	Store     catalog.Store[facts.WebForm]
	Campaigns func(context.Context) ([]facts.CampaignChoice, error)
	// Own names the fields that lists have of their own.
	Own  func(context.Context) ([]string, error)
	Now  func() time.Time // the database's clock
	Zone *time.Location
}

var idForm = regexp.MustCompile(`^[A-Z0-9][A-Z0-9_-]{1,19}$`)

// New makes the pages.
func New(c Config) *catalog.Pages[facts.WebForm] {
	campaigns := catalog.Campaigns{All: c.Campaigns, Right: dialer.RightCampaigns, Every: "Every campaign"}
	return catalog.New(catalog.Kind[facts.WebForm]{
		Path: "/webforms", Section: "webforms", Name: "Web forms", One: "web form", A: "a web form",
		Says:  "Pages elsewhere, such as of your CRM, that agents open from the desk with the customer's data in the address.",
		Empty: "Put in the address of your order form: agents then open it filled in.",
		Key:   func(f facts.WebForm) string { return f.ID },
		Title: func(f facts.WebForm) string { return f.Name },
		Columns: []catalog.Column[facts.WebForm]{
			{Name: "Web form", Cell: func(f facts.WebForm) catalog.Cell { return catalog.Cell{Text: f.Name, Code: f.ID} }},
			{Name: "Campaign", Cell: func(f facts.WebForm) catalog.Cell { return campaigns.Cell(f.Campaign) }},
			{Name: "Opens", Cell: func(f facts.WebForm) catalog.Cell {
				if f.ByItself {
					return catalog.Cell{Text: "With the call"}
				}
				return catalog.Cell{Text: "By the agent"}
			}},
			{Name: "Address", Wide: true, Cell: func(f facts.WebForm) catalog.Cell { return catalog.Cell{Text: beginning(f.URL)} }},
		},
		Fields: func(ctx context.Context, fresh bool) ([]ui.Field, error) {
			choices, err := campaigns.Choices(ctx)
			return []ui.Field{
				{Name: "id", Label: "Code", Help: "2 to 20 capital letters, digits and dashes, such as ORDER; for ever.", Needed: true, Mono: true, Fixed: !fresh},
				{Name: "name", Label: "Name", Help: "What stands on the agent's button, such as Order form.", Needed: true},
				{Name: "campaign_id", Label: "Campaign", Help: "Agents of this campaign have it on their desk.", Kind: ui.Select, Choices: choices},
				{Name: "url", Label: "Address", Help: "Begins with https:// or http://. {lead_id} becomes the customer's lead, escaped so that no data adds anything to the address; --A--lead_id--B-- does too.", Kind: ui.Area, Needed: true, Mono: true, Hint: "https://crm.example.com/order?lead={lead_id}&name={last_name}"},
				{Name: "by_itself", Label: "Opens with the call", Help: "In a tab of its own as the call reaches the agent. The browser must allow this site to open windows; the desk says so where it does not.", Kind: ui.Check},
				{Name: "position", Label: "Place", Help: "Its place on the desk, the smallest first; the first three have the keys W, E and F.", Kind: ui.Number},
			}, err
		},
		Named: "id",
		Parse: func(f *form.Form, was facts.WebForm, fresh bool) facts.WebForm {
			w := facts.WebForm{
				ID: was.ID, Name: f.Needed("name", 40, "Enter a name, such as Order form."), Campaign: dialer.CampaignID(f.Value("campaign_id")),
				URL: strings.Join(strings.Fields(f.Area("url", script.MostAddress)), ""), ByItself: f.Bool("by_itself"), Position: f.Int("position", 0, 999, ""),
			}
			if fresh {
				f.Set("id", strings.ToUpper(strings.TrimSpace(f.Value("id"))))
				w.ID = f.Match("id", idForm, "Enter 2 to 20 capital letters, digits and dashes, such as ORDER.")
			}
			return w
		},
		Check: func(ctx context.Context, _ dialer.User, f *form.Form, w facts.WebForm) error {
			own, err := c.Own(ctx)
			if err != nil {
				return err
			}
			if says := script.WrongAddress(w.URL, own...); says != "" && f.Error("url") == "" {
				f.Fail("url", says)
			}
			return campaigns.Check(ctx, f, w.Campaign)
		},
		May:     func(user dialer.User, w facts.WebForm) bool { return campaigns.May(user, w.Campaign) },
		Deletes: func(facts.WebForm) string { return "Agents can no longer open it from their desk." },
		Beside: func(ctx context.Context, w facts.WebForm) (templ.Component, error) {
			own, err := c.Own(ctx)
			return beside(script.Address(w.URL, script.Sample), own), err
		},
		Guide: func(ctx context.Context) (templ.Component, error) {
			own, err := c.Own(ctx)
			return script.Variables(own), err
		},
	}, c.Store, c.Now, c.Zone)
}

func beginning(address string) string {
	if text := []rune(address); len(text) > 60 {
		return string(text[:60]) + "…"
	}
	return address
}
