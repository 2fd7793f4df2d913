// Package ingroups is the pages of in-groups: queues of callers for the agents of
// some campaigns.
package ingroups

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

// Store keeps the in-groups.
type Store interface {
	catalog.Store[dialer.InGroup]
	// Feeders are the campaigns that hand calls to an in-group.
	Feeders(ctx context.Context, id dialer.InGroupID) ([]dialer.CampaignID, error)
}

// Config is what the pages need.
type Config struct {
	Store     Store
	Campaigns func(context.Context) ([]facts.CampaignChoice, error)
	Sounds    func(context.Context) ([]facts.Sound, error)
	Now       func() time.Time // the database's clock
	Zone      *time.Location
}

var (
	idForm    = regexp.MustCompile(`^[A-Z0-9][A-Z0-9_-]{1,19}$`)
	soundForm = regexp.MustCompile(`^([A-Za-z0-9_./&-]{1,120})?$`)
	musicForm = regexp.MustCompile(`^((trunkline/)?[A-Za-z0-9_.-]{1,60})?$`)
)

var endings = []ui.Choice{
	{Value: string(dialer.DropMessage), Name: "Play the message"},
	{Value: string(dialer.DropHangup), Name: "Hang up (not allowed in the US)"},
}

// New makes the pages.
func New(c Config) *catalog.Pages[dialer.InGroup] {
	campaigns := catalog.Campaigns{All: c.Campaigns, Right: dialer.RightCampaigns}
	return catalog.New(catalog.Kind[dialer.InGroup]{
		Path: "/ingroups", Section: "ingroups", Name: "In-groups", One: "in-group", A: "an in-group",
		Says:  "Queues of callers for the agents of some campaigns. A campaign hands its calls to one when no agent is free in time; each agent is given waiting callers before outbound calls.",
		Empty: "Add one, say whose agents take its calls, then choose it in a campaign's settings under No agent free.",
		Key:   func(g dialer.InGroup) string { return string(g.ID) },
		Title: func(g dialer.InGroup) string { return g.Name },
		Columns: []catalog.Column[dialer.InGroup]{
			{Name: "In-group", Cell: func(g dialer.InGroup) catalog.Cell { return catalog.Cell{Text: g.Name, Code: string(g.ID)} }},
			{Name: "Agents of", Cell: func(g dialer.InGroup) catalog.Cell {
				return catalog.Cell{Text: strings.Join(strings.Fields(string(g.Campaigns)), ", ")}
			}},
			{Name: "Longest wait", Number: true, Cell: func(g dialer.InGroup) catalog.Cell { return catalog.Cell{Text: strconv.Itoa(g.Wait) + " s"} }},
			{Name: "Priority", Number: true, Wide: true, Cell: func(g dialer.InGroup) catalog.Cell { return catalog.Cell{Text: strconv.Itoa(g.Priority)} }},
			{Name: "State", Cell: func(g dialer.InGroup) catalog.Cell {
				if g.Archived {
					return catalog.Cell{Text: "archived", State: "paused"}
				}
				return catalog.Cell{Text: "in use", State: "good"}
			}},
		},
		Fields: func(ctx context.Context, fresh bool) ([]ui.Field, error) {
			choices, err := campaigns.Choices(ctx)
			if err != nil {
				return nil, err
			}
			ours, err := c.Sounds(ctx)
			voices := ui.Sounds(ours)
			all := []ui.Field{
				{Name: "id", Label: "Code", Help: "Short and for ever: 2 to 20 capital letters, digits and dashes, such as SALES.", Needed: true, Mono: true, Fixed: !fresh},
				{Name: "name", Label: "Name", Help: "Agents see it with the call, supervisors on the live board.", Needed: true},
				{Name: "campaigns", Label: "Campaigns whose agents take its calls", Help: "The agent who has been free the longest gets the call. The agents of the campaign that dialed it may have it too.", Kind: ui.Checks, Choices: choices},
				{Name: "priority", Label: "Priority", Help: "-99 to 99: calls of a higher one are handed out first, of the same those that have waited longest.", Kind: ui.Number},
				{Name: "announcement", Label: "Announcement", Mono: true, Hint: "none", Choices: voices, Help: "The sound, one of yours or of Asterisk's, that the caller hears on coming in, before the music: who called, that an agent is sought, and that any key takes the number off the list."},
				{Name: "music", Label: "Music on hold", Mono: true, Hint: "default", Choices: voices, Help: "What the caller hears meanwhile: one of your sounds, played over and over, or a class of Asterisk's music on hold by its name. Empty: Asterisk's default."},
				{Name: "wait_s", Label: "Longest wait", Kind: ui.Number, Unit: "s", Help: "1 to 3600. Whoever presses a key meanwhile is put on the do-not-call list and let go."},
				{Name: "after_wait", Label: "Then", Kind: ui.Select, Choices: endings, Help: "What happens to a caller who waited in vain."},
				{Name: "message", Label: "Message", Mono: true, Hint: "the campaign's", Choices: voices, Help: "The sound, one of yours or of Asterisk's, that says who called and offers never to call again. Empty: the safe-harbour message of the campaign that dialed."},
			}
			if !fresh {
				all = append(all, ui.Field{Name: "archived", Label: "Archived", Kind: ui.Check, Help: "No campaign can choose it any more; its calls of the past keep its name."})
			}
			return all, err
		},
		Named: "id",
		Fresh: dialer.InGroup{Wait: 60, After: dialer.DropMessage},
		Parse: func(f *form.Form, was dialer.InGroup, fresh bool) dialer.InGroup {
			g := dialer.InGroup{
				ID: was.ID, Name: f.Needed("name", 80, "Enter a name, such as Sales line."),
				Campaigns:    dialer.Scope(strings.Join(f.All("campaigns"), " ")),
				Priority:     f.Int("priority", -99, 99, ""),
				Announcement: f.Match("announcement", soundForm, "Enter the name of a sound, such as custom/hold-on, without its ending."),
				Music:        f.Match("music", musicForm, "Choose one of your sounds, or enter the name of a class: letters, digits, dots and dashes."),
				Wait:         f.Int("wait_s", 1, 3600, "s"),
				After:        dialer.DropAction(f.Choice("after_wait", ui.Values(endings)...)),
				Message:      f.Match("message", soundForm, "Enter the name of a sound, such as custom/sorry, without its ending."),
				Archived:     !fresh && f.Bool("archived"),
			}
			if fresh {
				f.Set("id", strings.ToUpper(strings.TrimSpace(f.Value("id"))))
				g.ID = dialer.InGroupID(f.Match("id", idForm, "Enter 2 to 20 capital letters, digits and dashes, such as SALES."))
			}
			if g.Campaigns == "" {
				f.Fail("campaigns", "Choose at least one campaign: without one nobody takes its calls.")
			}
			return g
		},
		Check: func(ctx context.Context, _ dialer.User, f *form.Form, g dialer.InGroup) error {
			if err := campaigns.CheckScope(ctx, f, g.Campaigns); err != nil {
				return err
			}
			if err := c.sounds(ctx, f, g); err != nil || !g.Archived {
				return err
			}
			feeders, err := c.Store.Feeders(ctx, g.ID)
			if len(feeders) > 0 {
				names := make([]string, len(feeders))
				for i, id := range feeders {
					names[i] = string(id)
				}
				f.Fail("archived", "These campaigns hand calls to it: "+strings.Join(names, ", ")+". Choose something else in their settings first.")
			}
			return err
		},
		// Who says what the agents of a campaign take has to do with that campaign.
		May:     func(user dialer.User, g dialer.InGroup) bool { return g.Campaigns.Within(user.Reach()) },
		Deletes: func(dialer.InGroup) string { return "" },
	}, c.Store, c.Now, c.Zone)
}

// sounds refuses names of sounds of ours that are not there. Which of its own
// Asterisk has, the telephony servers know alone.
func (c Config) sounds(ctx context.Context, f *form.Form, g dialer.InGroup) error {
	ours, err := c.Sounds(ctx)
	there := ui.Sounds(ours)
	for name, sounds := range map[string]string{"announcement": g.Announcement, "music": g.Music, "message": g.Message} {
		for _, s := range strings.Split(sounds, "&") {
			if strings.HasPrefix(s, dialer.SoundPrefix) && !ui.Offers(there, s) {
				f.Fail(name, "There is no such sound. Choose one of those offered, or upload it under Sounds first.")
			}
		}
	}
	return err
}
