package mariadb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/hopper"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

var (
	selectionOf      = queries.Get("selection-of")
	selectionLists   = queries.Get("selection-lists")
	selectionOthers  = queries.Get("selection-others")
	selectionMix     = queries.Get("selection-mix")
	selectionRecycle = queries.Get("selection-recycles")
	selectionFilters = queries.Get("selection-filters")
)

// SelectionPages is the selection as the pages show and change it.
type SelectionPages struct{ s *Selection }

// NewSelectionPages is the store on a database.
func NewSelectionPages(db *DB) *SelectionPages { return &SelectionPages{NewSelection(db)} }

// Selection is what a campaign's choice of leads goes by.
func (p *SelectionPages) Selection(ctx context.Context, id dialer.CampaignID) (facts.Selection, error) {
	var all facts.Selection
	x := p.s.db.x
	if err := x.GetContext(ctx, &all, selectionOf, id); err != nil {
		return all, kind(err)
	}
	var recycles []recycleRow
	var mix []mixRow
	var filters []filterRow
	err := errors.Join(
		x.SelectContext(ctx, &all.Lists, selectionLists, id), x.SelectContext(ctx, &recycles, selectionRecycle, id),
		x.SelectContext(ctx, &mix, selectionMix, id), x.SelectContext(ctx, &filters, selectionFilters),
	)
	if err != nil {
		return all, kind(err)
	}
	for _, r := range recycles {
		all.Recycles = append(all.Recycles, facts.Recycle{Status: r.Status, Delay: time.Duration(r.Delay) * time.Second, Max: r.Max})
	}
	for _, m := range mix {
		all.Mix = append(all.Mix, facts.MixLine{List: m.List, Percent: m.Percent, Order: m.Order, Statuses: m.Statuses})
	}
	for _, f := range filters {
		all.Filters = append(all.Filters, f.ID)
		if f.ID == all.Filter {
			all.Conditions = shownFilter(f)
		}
	}
	return all, nil
}

// shownFilter is a filter as a form shows it.
func shownFilter(row filterRow) facts.LeadFilter {
	f, err := hopper.ParseFilter(row.Conditions)
	shown := facts.LeadFilter{Name: row.ID, Any: f.Any, Deep: err != nil}
	for _, c := range f.Where {
		if c.Group != nil || strings.Contains(strings.Join(c.Values, ""), ",") {
			shown.Deep = true
		}
		shown.Where = append(shown.Where, facts.LeadCondition{Field: c.Field, Op: string(c.Op), Values: strings.Join(c.Values, ", ")})
	}
	return shown
}

// FilterFields are what a filter may test, and FilterOps by what.
func FilterFields() []string { return hopper.Fields() }

// FilterOps are the tests of a field.
func FilterOps(field string) []string {
	var all []string
	for _, op := range hopper.Ops(field) {
		all = append(all, string(op))
	}
	return all
}

// SetRecycle has leads of a status dialed again.
func (p *SelectionPages) SetRecycle(ctx context.Context, by audit.By, id dialer.CampaignID, r facts.Recycle) error {
	return p.s.SetRecycle(ctx, by, id, hopper.Recycle{Status: r.Status, Delay: r.Delay, MaxAttempts: r.Max})
}

// RemoveRecycle ends the recycling of a status.
func (p *SelectionPages) RemoveRecycle(ctx context.Context, by audit.By, id dialer.CampaignID, status dialer.Status) error {
	return p.s.RemoveRecycle(ctx, by, id, status)
}

// SaveFilter saves a filter under its name and has the campaign go by it.
func (p *SelectionPages) SaveFilter(ctx context.Context, by audit.By, id dialer.CampaignID, shown facts.LeadFilter) error {
	f := hopper.Filter{Any: shown.Any}
	for _, c := range shown.Where {
		var values []string
		for v := range strings.SplitSeq(c.Values, ",") {
			if v = strings.TrimSpace(v); v != "" {
				values = append(values, v)
			}
		}
		f.Where = append(f.Where, hopper.Condition{Field: c.Field, Op: hopper.Op(c.Op), Values: values})
	}
	if len(f.Where) == 0 {
		return dialer.Explain(dialer.ErrInvalid, "A filter without conditions lets all leads through: choose none instead.")
	}
	if err := p.s.SetFilter(ctx, by, shown.Name, f); err != nil {
		return err
	}
	return p.s.UseFilter(ctx, by, id, shown.Name)
}

// UseFilter has the campaign go by a filter; "": none.
func (p *SelectionPages) UseFilter(ctx context.Context, by audit.By, id dialer.CampaignID, name string) error {
	return p.s.UseFilter(ctx, by, id, name)
}

// SetMix replaces the list mix; "" and no lines end it.
func (p *SelectionPages) SetMix(ctx context.Context, by audit.By, id dialer.CampaignID, method string, lines []facts.MixLine) error {
	steps := make([]MixStep, len(lines))
	for i, l := range lines {
		steps[i] = MixStep{List: l.List, Percent: l.Percent, Order: l.Order, Statuses: l.Statuses}
	}
	return p.s.SetMix(ctx, by, id, hopper.MixMethod(method), steps)
}

// SetOthers changes the rest: the second order, further numbers, caller id and
// callbacks.
func (p *SelectionPages) SetOthers(ctx context.Context, by audit.By, id dialer.CampaignID, is facts.Selection) error {
	if _, err := hopper.ParseOrder("DOWN", is.Then); err != nil {
		return err
	}
	if err := hopper.CheckAutoAlt(hopper.AutoAlt(is.AutoAlt)); err != nil {
		return err
	}
	after := map[string]string{
		"order_then": is.Then, "auto_alt": is.AutoAlt, "auto_alt_statuses": is.AltAfter, "custom_caller_id": fmt.Sprint(is.CustomCallerID),
		"callback_release_min": fmt.Sprint(is.CallbackRelease),
	}
	return p.s.change(ctx, by, id, "campaign.selection", after, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, selectionOthers, is.Then, is.AutoAlt, is.AltAfter, is.CustomCallerID, is.CallbackRelease, id)
		return kind(err)
	})
}
