// Package presets is the pages of those to whom agents pass calls on: a name on a
// button in place of a number to type.
package presets

import (
	"context"
	"errors"
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
	Store     catalog.Store[facts.TransferPreset]
	Campaigns func(context.Context) ([]facts.CampaignChoice, error)
	// Number makes what was typed E.164; its error is a *dialer.Problem.
	Number func(typed string) (string, error)
	Now    func() time.Time // the database's clock
	Zone   *time.Location
}

// New makes the pages.
func New(c Config) *catalog.Pages[facts.TransferPreset] {
	campaigns := catalog.Campaigns{All: c.Campaigns, Right: dialer.RightCampaigns, Every: "Every campaign"}
	return catalog.New(catalog.Kind[facts.TransferPreset]{
		Path: "/presets", Section: "presets", Name: "Transfer presets", One: "transfer preset", A: "a transfer preset",
		Says:  "To whom agents pass calls on, or take in for a three-way call: a button in place of a number to type.",
		Empty: "Add the numbers that agents need every day, such as verification or billing.",
		Key:   func(p facts.TransferPreset) string { return strconv.FormatInt(p.ID, 10) },
		Title: func(p facts.TransferPreset) string { return p.Name },
		Columns: []catalog.Column[facts.TransferPreset]{
			{Name: "Name", Cell: func(p facts.TransferPreset) catalog.Cell { return catalog.Cell{Text: p.Name} }},
			{Name: "Number", Cell: func(p facts.TransferPreset) catalog.Cell { return catalog.Cell{Text: ui.Phone(p.E164)} }},
			{Name: "Campaign", Cell: func(p facts.TransferPreset) catalog.Cell { return campaigns.Cell(p.Campaign) }},
			{Name: "Place", Number: true, Wide: true, Cell: func(p facts.TransferPreset) catalog.Cell { return catalog.Cell{Text: strconv.Itoa(p.Position)} }},
		},
		Fields: func(ctx context.Context, _ bool) ([]ui.Field, error) {
			choices, err := campaigns.Choices(ctx)
			return []ui.Field{
				{Name: "name", Label: "Name", Help: "What stands on the agent's button, such as Verification.", Needed: true},
				{Name: "e164", Label: "Number", Help: "With its area code; one of another country begins with + and its code. It is dialed over the campaign's carrier.", Needed: true, Mono: true, Hint: "614 555 0100"},
				{Name: "campaign_id", Label: "Campaign", Help: "Agents of this campaign are offered it.", Kind: ui.Select, Choices: choices},
				{Name: "position", Label: "Place", Help: "Its place in the panel, the smallest first; the first ten have the keys 1 to 9 and 0 while the panel is open.", Kind: ui.Number},
			}, err
		},
		Named: "name",
		Parse: func(f *form.Form, was facts.TransferPreset, _ bool) facts.TransferPreset {
			p := facts.TransferPreset{
				ID: was.ID, Name: f.Needed("name", 40, "Enter a name, such as Verification."), Campaign: dialer.CampaignID(f.Value("campaign_id")),
				Position: f.Int("position", 0, 999, ""),
			}
			typed := strings.TrimSpace(f.Needed("e164", 40, "Enter a number with its area code, such as 614 555 0100."))
			if f.Error("e164") != "" {
				return p
			}
			e164, err := c.Number(typed)
			if err != nil {
				says := "That is no phone number. Enter one with its area code, such as 614 555 0100."
				var problem *dialer.Problem
				if errors.As(err, &problem) {
					says = problem.Sentence
				}
				f.Fail("e164", says)
			}
			p.E164 = e164
			return p
		},
		Check: func(ctx context.Context, _ dialer.User, f *form.Form, p facts.TransferPreset) error {
			return campaigns.Check(ctx, f, p.Campaign)
		},
		May: func(user dialer.User, p facts.TransferPreset) bool { return campaigns.May(user, p.Campaign) },
		Deletes: func(facts.TransferPreset) string {
			return "Agents can no longer choose it; they can still type its number."
		},
	}, c.Store, c.Now, c.Zone)
}
