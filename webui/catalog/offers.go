package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// Campaigns is the campaigns that a thing may belong to, in the field
// "campaign_id". A form offers those in which its reader has the right, so that
// nothing can be chosen and typed for that is refused in the end.
type Campaigns struct {
	All   func(context.Context) ([]facts.CampaignChoice, error)
	Right dialer.Right
	// Every is what a thing is said to belong to that has no campaign, such as "Every
	// campaign"; only who sees all of them sets up such. "": each thing has its own.
	Every string
	// Stands is the value of the choice of Every.
	Stands dialer.Scope
}

// Choices are offered to who asks.
func (c Campaigns) Choices(ctx context.Context) ([]ui.Choice, error) {
	all, err := c.All(ctx)
	user := signin.User(ctx)
	var choices []ui.Choice
	if c.Every != "" && c.May(user, "") {
		choices = append(choices, ui.Choice{Value: string(c.Stands), Name: c.Every})
	}
	for _, one := range all {
		if c.May(user, one.ID) {
			choices = append(choices, ui.Choice{Value: string(one.ID), Name: one.Name})
		}
	}
	return choices, err
}

// CheckScope puts beside the field "campaigns" which of several is not offered.
func (c Campaigns) CheckScope(ctx context.Context, f *form.Form, chosen dialer.Scope) error {
	choices, err := c.Choices(ctx)
	if err != nil {
		return err
	}
	for _, one := range strings.Fields(string(chosen)) {
		switch {
		case ui.Offers(choices, one):
		case one == string(dialer.AllCampaigns):
			f.Fail("campaigns", "Choose among those that are offered.")
		default:
			f.Fail("campaigns", "There is no campaign "+one+" any more. Choose among those that are offered.")
		}
	}
	return nil
}

// Check puts beside the field that a campaign is none of those that are offered.
func (c Campaigns) Check(ctx context.Context, f *form.Form, id dialer.CampaignID) error {
	choices, err := c.Choices(ctx)
	if err == nil && !ui.Offers(choices, string(id)) {
		f.Fail("campaign_id", "Choose one of the campaigns.")
	}
	return err
}

// May tells whether a thing of the campaign ("": of none) concerns a user.
func (c Campaigns) May(user dialer.User, id dialer.CampaignID) bool {
	if id == "" {
		return user.Reach() == dialer.AllCampaigns
	}
	return user.May(c.Right, id)
}

// Cell is a thing's campaign as the list of things shows it.
func (c Campaigns) Cell(id dialer.CampaignID) Cell {
	if id == "" {
		return Cell{Text: c.Every}
	}
	return Cell{Text: string(id)}
}

// Lists are offered to who asks, by their names: those in use first, and of these
// the newest, which leads most likely are for.
func Lists(ctx context.Context, all []facts.SetList) []ui.Choice {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b facts.SetList) int {
		if a.Active != b.Active {
			return map[bool]int{true: -1, false: 1}[a.Active]
		}
		return cmp.Compare(b.ID, a.ID)
	})
	user := signin.User(ctx)
	var choices []ui.Choice
	for _, l := range all {
		if !user.May(dialer.RightLeads, l.Campaign) {
			continue
		}
		off := ""
		if !l.Active {
			off = ", switched off"
		}
		choices = append(choices, ui.Choice{Value: strconv.FormatInt(int64(l.ID), 10), Name: fmt.Sprintf("%s (%d, %s%s)", l.Name, l.ID, l.Campaign, off)})
	}
	return choices
}
