// Package groups is the pages of user groups: which campaigns concern whom.
package groups

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
	Store     catalog.Store[facts.Group]
	Campaigns func(context.Context) ([]facts.CampaignChoice, error)
	Now       func() time.Time // the database's clock
	Zone      *time.Location
}

var idForm = regexp.MustCompile(`^[A-Z0-9][A-Z0-9_-]{1,19}$`)

// New makes the pages.
func New(c Config) *catalog.Pages[facts.Group] {
	campaigns := func(ctx context.Context) ([]ui.Choice, error) {
		all, err := c.Campaigns(ctx)
		choices := []ui.Choice{{Value: string(dialer.AllCampaigns), Name: "Every campaign, those to come included"}}
		for _, one := range all {
			choices = append(choices, ui.Choice{Value: string(one.ID), Name: one.Name})
		}
		return choices, err
	}
	return catalog.New(catalog.Kind[facts.Group]{
		Path: "/groups", Section: "groups", Name: "User groups", One: "group", A: "a group",
		Says:  "A group says which campaigns concern its people; what they may do there is their role's.",
		Empty: "Without a group nobody sees a campaign.",
		Key:   func(g facts.Group) string { return g.ID },
		Title: func(g facts.Group) string { return g.Name },
		Columns: []catalog.Column[facts.Group]{
			{Name: "Group", Cell: func(g facts.Group) catalog.Cell { return catalog.Cell{Text: g.Name, Code: g.ID} }},
			{Name: "Campaigns", Cell: func(g facts.Group) catalog.Cell { return catalog.Cell{Text: campaignsOf(g)} }},
			{Name: "People", Number: true, Cell: func(g facts.Group) catalog.Cell { return catalog.Cell{Text: strconv.Itoa(g.People)} }},
		},
		Fields: func(ctx context.Context, fresh bool) ([]ui.Field, error) {
			choices, err := campaigns(ctx)
			return []ui.Field{
				{Name: "id", Label: "Code", Help: "Short and for ever: 2 to 20 capital letters, digits and dashes, such as EARLY.", Needed: true, Mono: true, Fixed: !fresh},
				{Name: "name", Label: "Name", Help: "How people choose it, such as Early team.", Needed: true},
				{Name: "campaigns", Label: "Campaigns", Help: "Its people see these and no others: agents sign in to them, supervisors watch them, managers change them.", Kind: ui.Checks, Choices: choices},
			}, err
		},
		Named: "id",
		Parse: func(f *form.Form, was facts.Group, fresh bool) facts.Group {
			g := facts.Group{ID: was.ID, Name: f.Needed("name", 80, "Enter a name, such as Early team.")}
			if fresh {
				f.Set("id", strings.ToUpper(strings.TrimSpace(f.Value("id"))))
				g.ID = f.Match("id", idForm, "Enter 2 to 20 capital letters, digits and dashes, such as EARLY.")
			}
			g.Campaigns = dialer.Scope(strings.Join(f.All("campaigns"), " "))
			if f.Has("campaigns", string(dialer.AllCampaigns)) {
				g.Campaigns = dialer.AllCampaigns
			}
			return g
		},
		Check: func(ctx context.Context, _ dialer.User, f *form.Form, g facts.Group) error {
			choices, err := campaigns(ctx)
			for _, chosen := range strings.Fields(string(g.Campaigns)) {
				if !ui.Offers(choices, chosen) {
					f.Fail("campaigns", "There is no campaign "+chosen+" any more. Choose among those that are offered.")
				}
			}
			return err
		},
		Deletes: func(g facts.Group) string {
			return "Nobody can be put into it any more. A group that has people in it is not deleted."
		},
	}, c.Store, c.Now, c.Zone)
}

func campaignsOf(g facts.Group) string {
	switch g.Campaigns {
	case "":
		return "none"
	case dialer.AllCampaigns:
		return "every campaign"
	}
	return strings.Join(strings.Fields(string(g.Campaigns)), ", ")
}
