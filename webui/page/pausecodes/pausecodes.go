// Package pausecodes is the pages of the reasons for which agents pause.
package pausecodes

import (
	"context"
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
	Store     catalog.Store[facts.SetPauseCode]
	Campaigns func(context.Context) ([]facts.CampaignChoice, error)
	Now       func() time.Time // the database's clock
	Zone      *time.Location
}

var codeForm = regexp.MustCompile(`^[A-Z0-9]{1,6}$`)

// New makes the pages.
func New(c Config) *catalog.Pages[facts.SetPauseCode] {
	campaigns := catalog.Campaigns{All: c.Campaigns, Right: dialer.RightCampaigns, Every: "Every campaign"}
	return catalog.New(catalog.Kind[facts.SetPauseCode]{
		Path: "/pausecodes", Section: "pausecodes", Name: "Pause codes", One: "pause code", A: "a pause code",
		Says:  "The reasons for which agents pause; the time under each is in the reports.",
		Empty: "Without any, agents pause without saying why.",
		Key:   func(p facts.SetPauseCode) string { return p.Code + "." + string(p.Campaign) },
		Title: func(p facts.SetPauseCode) string { return p.Code },
		Columns: []catalog.Column[facts.SetPauseCode]{
			{Name: "Reason", Cell: func(p facts.SetPauseCode) catalog.Cell { return catalog.Cell{Text: p.Name, Code: p.Code} }},
			{Name: "Campaign", Cell: func(p facts.SetPauseCode) catalog.Cell { return campaigns.Cell(p.Campaign) }},
			{Name: "Place", Number: true, Cell: func(p facts.SetPauseCode) catalog.Cell { return catalog.Cell{Text: strconv.Itoa(p.Position)} }},
		},
		Fields: func(ctx context.Context, fresh bool) ([]ui.Field, error) {
			choices, err := campaigns.Choices(ctx)
			return []ui.Field{
				{Name: "code", Label: "Code", Help: "Up to 6 capital letters and digits, as reports have it; for ever.", Needed: true, Mono: true, Fixed: !fresh},
				{Name: "name", Label: "Name", Help: "What stands on the agent's button.", Needed: true},
				{Name: "campaign_id", Label: "Campaign", Help: "Agents of this campaign are offered it.", Kind: ui.Select, Choices: choices, Fixed: !fresh},
				{Name: "position", Label: "Place", Help: "Its place among the reasons, the smallest first.", Kind: ui.Number},
			}, err
		},
		Named: "code",
		Parse: func(f *form.Form, was facts.SetPauseCode, fresh bool) facts.SetPauseCode {
			p := facts.SetPauseCode{
				Code: was.Code, Campaign: was.Campaign,
				Name: f.Needed("name", 40, "Enter a name, such as Lunch."), Position: f.Int("position", 0, 999, ""),
			}
			if fresh {
				f.Set("code", strings.ToUpper(strings.TrimSpace(f.Value("code"))))
				p.Code = f.Match("code", codeForm, "Enter 1 to 6 capital letters and digits, such as LUNCH.")
				p.Campaign = dialer.CampaignID(f.Value("campaign_id"))
			}
			return p
		},
		Check: func(ctx context.Context, _ dialer.User, f *form.Form, p facts.SetPauseCode) error {
			return campaigns.Check(ctx, f, p.Campaign)
		},
		May: func(user dialer.User, p facts.SetPauseCode) bool { return campaigns.May(user, p.Campaign) },
		Deletes: func(p facts.SetPauseCode) string {
			return "Agents can no longer choose it. Time that was paused under it stays in the reports."
		},
	}, c.Store, c.Now, c.Zone)
}
