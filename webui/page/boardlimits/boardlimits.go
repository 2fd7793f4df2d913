// Package boardlimits is the pages that say from when on a time on the live
// board is coloured: for every campaign, or for one.
package boardlimits

import (
	"context"
	"fmt"
	"time"

	"trunkline/dialer"
	"trunkline/webui/catalog"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/ui"
)

// Config is what the pages need.
type Config struct {
	Store     catalog.Store[facts.BoardLimits]
	Campaigns func(context.Context) ([]facts.CampaignChoice, error)
	Now       func() time.Time // the database's clock
	Zone      *time.Location
}

// pair is the two limits of one state.
type pair struct {
	name, over, label string // fields of the form; the state
	at                func(*facts.BoardLimits) (look, over *int)
}

var pairs = []pair{
	{"ready_s", "ready_over_s", "Ready", func(l *facts.BoardLimits) (*int, *int) { return &l.Ready, &l.ReadyOver }},
	{"call_s", "call_over_s", "On a call", func(l *facts.BoardLimits) (*int, *int) { return &l.Call, &l.CallOver }},
	{"hold_s", "hold_over_s", "On hold", func(l *facts.BoardLimits) (*int, *int) { return &l.Hold, &l.HoldOver }},
	{"wrapup_s", "wrapup_over_s", "Wrap-up", func(l *facts.BoardLimits) (*int, *int) { return &l.WrapUp, &l.WrapUpOver }},
	{"paused_s", "paused_over_s", "Paused", func(l *facts.BoardLimits) (*int, *int) { return &l.Paused, &l.PausedOver }},
}

// New makes the pages.
func New(c Config) *catalog.Pages[facts.BoardLimits] {
	columns := []catalog.Column[facts.BoardLimits]{{Name: "Campaign", Cell: func(l facts.BoardLimits) catalog.Cell { return catalog.Cell{Text: title(l)} }}}
	for _, p := range pairs {
		columns = append(columns, catalog.Column[facts.BoardLimits]{Name: p.label, Number: true, Wide: p.name != "ready_s", Cell: func(l facts.BoardLimits) catalog.Cell {
			look, over := p.at(&l)
			return catalog.Cell{Text: clock(*look) + " / " + clock(*over)}
		}})
	}
	campaigns := catalog.Campaigns{All: c.Campaigns, Right: dialer.RightRun}
	return catalog.New(catalog.Kind[facts.BoardLimits]{
		Path: "/boardlimits", Section: "boardlimits", Name: "Board colours", One: "set of limits", A: "limits for a campaign",
		Says:  "From when on a time on the live board is worth a look, and from when on it is too long. A campaign without limits of its own goes by those of every campaign.",
		Empty: "Without limits no time is coloured.",
		Key:   facts.BoardLimits.Key,
		Title: title, Columns: columns, Named: "campaign_id",
		Fields: func(ctx context.Context, fresh bool) ([]ui.Field, error) {
			choices, err := campaigns.Choices(ctx)
			if !fresh {
				choices = append(choices, ui.Choice{Value: "", Name: "Every other campaign"})
			}
			fields := []ui.Field{{Name: "campaign_id", Label: "Campaign", Help: "Whose agents are judged by it.", Kind: ui.Select, Choices: choices, Fixed: !fresh}}
			for _, p := range pairs {
				fields = append(fields,
					ui.Field{Name: p.name, Label: p.label + ", worth a look after", Kind: ui.Number, Unit: "s", Help: "Its time is marked from then on; 0 never marks it."},
					ui.Field{Name: p.over, Label: p.label + ", too long after", Kind: ui.Number, Unit: "s", Help: "The agent stands among those who need a look; 0 never."})
			}
			return fields, err
		},
		Fresh: facts.BoardLimits{Ready: 60, ReadyOver: 300, Call: 900, CallOver: 1800, Hold: 60, HoldOver: 180, WrapUp: 60, WrapUpOver: 300, Paused: 600, PausedOver: 900},
		Parse: func(f *form.Form, was facts.BoardLimits, fresh bool) facts.BoardLimits {
			l := facts.BoardLimits{Campaign: was.Campaign}
			if fresh {
				l.Campaign = dialer.CampaignID(f.Value("campaign_id"))
			}
			for _, p := range pairs {
				look, over := p.at(&l)
				*look, *over = f.Int(p.name, 0, 86400, "s"), f.Int(p.over, 0, 86400, "s")
				if *over > 0 && *look > *over {
					f.Fail(p.name, "What is worth a look comes before what is too long: enter at most "+fmt.Sprint(*over)+".")
				}
			}
			return l
		},
		Check: func(ctx context.Context, _ dialer.User, f *form.Form, l facts.BoardLimits) error {
			if l.Campaign == "" {
				return nil // there once and for all: the database refuses a second
			}
			return campaigns.Check(ctx, f, l.Campaign)
		},
		May: func(user dialer.User, l facts.BoardLimits) bool { return campaigns.May(user, l.Campaign) },
		Deletes: func(l facts.BoardLimits) string {
			if l.Campaign == "" {
				return ""
			}
			return "The campaign goes by the limits of every campaign then."
		},
	}, c.Store, c.Now, c.Zone)
}

func title(l facts.BoardLimits) string {
	if l.Campaign == "" {
		return "Every campaign"
	}
	return string(l.Campaign)
}

// clock is seconds as minutes, as the board shows them.
func clock(s int) string {
	if s == 0 {
		return "never"
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
