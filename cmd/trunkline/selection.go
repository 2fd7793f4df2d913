package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/hopper"
	"trunkline/sql/mariadb"
)

type hopperRecycleCmd struct {
	Campaign string        `required:"" placeholder:"ID" help:"Campaign."`
	Status   string        `required:"" xor:"of" placeholder:"STATUS" help:"Status of the last call, such as NA."`
	Group    string        `required:"" xor:"of" placeholder:"NAME" help:"Or a status group: whichever statuses are in it."`
	Delay    time.Duration `help:"How long after the last call, such as 2h." placeholder:"DURATION"`
	Max      int           `placeholder:"N" help:"Calls beyond the first, until the list is reset."`
	Remove   bool          `help:"End the recycling of this status or group."`
}

// Run sets or ends a recycling.
func (h *hopperRecycleCmd) Run(ctx context.Context, g *globals) error {
	return selection(ctx, g, h.Campaign, func(s *mariadb.Selection, by audit.By, id dialer.CampaignID) (string, error) {
		again := fmt.Sprintf("are called again after %s, %d times at most.", h.Delay, h.Max)
		if h.Group != "" && h.Remove {
			return fmt.Sprintf("Leads of the group %s are not recycled any more.", h.Group), s.RemoveRecycleGroup(ctx, by, id, h.Group)
		}
		if h.Group != "" {
			err := s.SetRecycleGroup(ctx, by, id, h.Group, hopper.Recycle{Delay: h.Delay, MaxAttempts: h.Max})
			return fmt.Sprintf("Leads of the group %s %s", h.Group, again), err
		}
		status := dialer.Status(strings.ToUpper(h.Status))
		if h.Remove {
			err := s.RemoveRecycle(ctx, by, id, status)
			return fmt.Sprintf("Leads of status %s are not recycled any more.", status), err
		}
		err := s.SetRecycle(ctx, by, id, hopper.Recycle{Status: status, Delay: h.Delay, MaxAttempts: h.Max})
		return fmt.Sprintf("Leads of status %s %s", status, again), err
	})
}

type hopperFilterCmd struct {
	Save hopperFilterSaveCmd `cmd:"" help:"Save a filter from a JSON file."`
	Use  hopperFilterUseCmd  `cmd:"" help:"Have a campaign dial only the leads that pass a filter."`
}

type hopperFilterSaveCmd struct {
	Name string `arg:"" help:"Name of the filter, up to 20 letters."`
	File string `arg:"" type:"existingfile" help:"JSON file."`
}

// Help is printed below the flags.
func (*hopperFilterSaveCmd) Help() string {
	return `The file holds conditions, all of which a lead must meet ("any": true: one of them):

  {"where": [
    {"field": "state", "op": "is", "values": ["TX", "OK"]},
    {"field": "last_called_at", "op": "more than days ago", "values": ["7"]},
    {"group": {"any": true, "where": [
      {"field": "custom.plan", "op": "is empty"},
      {"field": "lead_rank", "op": "more than", "values": ["50"]}]}}]}

Fields are ` + strings.Join(hopper.Fields(), ", ") + `,
and custom.NAME; status_group takes the names of status groups. Tests are is, is not, starts with, contains, is empty, is filled,
less than, more than, between, before, on or after, more than days ago, at most days ago.`
}

// Run saves the filter.
func (h *hopperFilterSaveCmd) Run(ctx context.Context, g *globals) error {
	if h.Name == "" || len(h.Name) > 20 {
		return fmt.Errorf("a filter's name has 1 to 20 letters, not %d", len(h.Name))
	}
	text, err := os.ReadFile(h.File)
	if err != nil {
		return err
	}
	f, err := hopper.ParseFilter(string(text))
	if err != nil {
		return err
	}
	return selection(ctx, g, "", func(s *mariadb.Selection, by audit.By, _ dialer.CampaignID) (string, error) {
		return fmt.Sprintf("Saved filter %s; trunkline hopper filter use --campaign ID %s applies it.", h.Name, h.Name), s.SetFilter(ctx, by, h.Name, f)
	})
}

type hopperFilterUseCmd struct {
	Campaign string `required:"" placeholder:"ID" help:"Campaign."`
	Name     string `arg:"" optional:"" help:"Filter; none: all leads."`
}

// Run applies the filter.
func (h *hopperFilterUseCmd) Run(ctx context.Context, g *globals) error {
	return selection(ctx, g, h.Campaign, func(s *mariadb.Selection, by audit.By, id dialer.CampaignID) (string, error) {
		if h.Name == "" {
			return "All leads may be dialed.", s.UseFilter(ctx, by, id, "")
		}
		return fmt.Sprintf("Only leads that pass %s are dialed.", h.Name), s.UseFilter(ctx, by, id, h.Name)
	})
}

type hopperThenCmd struct {
	Campaign string `required:"" placeholder:"ID" help:"Campaign."`
	Order    string `arg:"" help:"LEAD_ASCEND, LEAD_DESCEND, CALLTIME_ASCEND, CALLTIME_DESCEND, VENDOR_ASCEND, VENDOR_DESCEND or RANDOM."`
}

// Run sets the second order.
func (h *hopperThenCmd) Run(ctx context.Context, g *globals) error {
	return selection(ctx, g, h.Campaign, func(s *mariadb.Selection, by audit.By, id dialer.CampaignID) (string, error) {
		return fmt.Sprintf("Leads equal by the order go by %s.", h.Order), s.SetThen(ctx, by, id, strings.ToUpper(h.Order))
	})
}

type hopperAltCmd struct {
	Campaign string `required:"" placeholder:"ID" help:"Campaign."`
	Numbers  string `arg:"" enum:"ALT,ADDR3,BOTH,ALL,NONE" help:"ALT: the alternate phone; ADDR3: the number in address 3; BOTH; ALL: every further number; NONE."`
	After    string `default:"B N NA DC" help:"Statuses after which the next number is dialed." placeholder:"STATUSES"`
}

// Run sets which further numbers are dialed.
func (h *hopperAltCmd) Run(ctx context.Context, g *globals) error {
	return selection(ctx, g, h.Campaign, func(s *mariadb.Selection, by audit.By, id dialer.CampaignID) (string, error) {
		which, said := hopper.AutoAlt(h.Numbers), fmt.Sprintf("After %s the next number of a lead is dialed.", h.After)
		if h.Numbers == "NONE" {
			which, said = hopper.AltNone, "Only a lead's own number is dialed."
		}
		return said, s.SetAlternates(ctx, by, id, which, strings.ToUpper(h.After))
	})
}

type hopperMixCmd struct {
	Campaign string `required:"" placeholder:"ID" help:"Campaign."`
	Method   string `default:"EVEN" enum:"EVEN,IN_ORDER,RANDOM" help:"How the steps' leads follow each other: EVEN, IN_ORDER or RANDOM."`
	File     string `arg:"" optional:"" type:"existingfile" help:"JSON file with the steps; none: end the mix."`
}

// Help is printed below the flags.
func (*hopperMixCmd) Help() string {
	return `The file holds the steps, whose shares of the hopper are 100 per cent together:

  [{"list": 101, "percent": 70, "order": "DOWN COUNT"},
   {"list": 102, "percent": 30, "order": "UP RANK", "statuses": "NEW NA"}]`
}

// Run sets or ends the mix.
func (h *hopperMixCmd) Run(ctx context.Context, g *globals) error {
	var steps []mariadb.MixStep
	method := hopper.MixNone
	if h.File != "" {
		text, err := os.ReadFile(h.File)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, &steps); err != nil {
			return fmt.Errorf("%s holds no list of steps: %w", h.File, err)
		}
		method = hopper.MixMethod(h.Method)
	}
	return selection(ctx, g, h.Campaign, func(s *mariadb.Selection, by audit.By, id dialer.CampaignID) (string, error) {
		said := "The list mix is ended."
		if method != hopper.MixNone {
			said = fmt.Sprintf("The hopper mixes %d steps.", len(steps))
		}
		return said, s.SetMix(ctx, by, id, method, steps)
	})
}

// selection makes a change of what a campaign dials, as the command line.
func selection(ctx context.Context, g *globals, campaign string, do func(*mariadb.Selection, audit.By, dialer.CampaignID) (string, error)) error {
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	now, err := db.Now(ctx)
	if err != nil {
		return err
	}
	said, err := do(mariadb.NewSelection(db), audit.By{User: commandLine, At: now}, dialer.CampaignID(campaign))
	if errors.Is(err, dialer.ErrNotFound) {
		return fmt.Errorf("there is no campaign %q, or nothing of that to end; `trunkline campaign list` shows the campaigns", campaign)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(g.stdout, said)
	return err
}
