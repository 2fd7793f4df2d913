package mariadb

import (
	"cmp"
	"context"
	"encoding/json"
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
	selectionGroups  = queries.Get("selection-recycle-groups")
	selectionFilters = queries.Get("selection-filters")
	filterMatches    = queries.Get("filter-matches")
)

// SelectionPages is the selection as the pages show and change it.
type SelectionPages struct{ s *Selection }

// NewSelectionPages is the store on a database.
func NewSelectionPages(db *DB) *SelectionPages { return &SelectionPages{NewSelection(db)} }

// Selection is what a campaign's choice of leads goes by.
func (p *SelectionPages) Selection(ctx context.Context, id dialer.CampaignID) (facts.Selection, error) {
	var all facts.Selection
	x := p.s.db.x
	var err error
	if all.Seen, err = p.s.db.seen(ctx, object("campaign", id)); err != nil {
		return all, err
	}
	if err := x.GetContext(ctx, &all, selectionOf, id); err != nil {
		return all, kind(err)
	}
	var recycles []recycleRow
	var recycled []recycledGroup
	var groups []groupName
	var mix []mixRow
	var filters []filterRow
	err = errors.Join(
		x.SelectContext(ctx, &all.Lists, selectionLists, id), x.SelectContext(ctx, &recycles, selectionRecycle, id),
		x.SelectContext(ctx, &recycled, selectionGroups, id), x.SelectContext(ctx, &groups, statusGroupNames),
		x.SelectContext(ctx, &mix, selectionMix, id), x.SelectContext(ctx, &filters, selectionFilters),
	)
	if err != nil {
		return all, kind(err)
	}
	if all.Filter != "" {
		if all.FilterSeen, err = p.s.db.seen(ctx, object("filter", all.Filter)); err != nil {
			return all, err
		}
	}
	for _, r := range recycles {
		all.Recycles = append(all.Recycles, facts.Recycle{Status: r.Status, Delay: time.Duration(r.Delay) * time.Second, Max: r.Max})
	}
	for _, r := range recycled {
		all.Recycles = append(all.Recycles, facts.Recycle{Group: r.Name, Delay: time.Duration(r.Delay) * time.Second, Max: r.Max})
	}
	names := map[string]string{}
	for _, g := range groups {
		all.Groups, names[g.ID] = append(all.Groups, g.Name), g.Name
	}
	for _, m := range mix {
		all.Mix = append(all.Mix, facts.MixLine{List: m.List, Percent: m.Percent, Order: m.Order, Statuses: m.Statuses})
	}
	for _, f := range filters {
		all.Filters = append(all.Filters, f.ID)
		if f.ID == all.Filter {
			all.Conditions = shownFilter(f, names)
		}
	}
	return all, nil
}

type recycledGroup struct {
	Group int64  `db:"group_id"`
	Name  string `db:"name"`
	Delay int    `db:"delay_s"`
	Max   int    `db:"max_attempts"`
}

// shownFilter is a filter as a form shows it; names are those of the status
// groups by their ids.
func shownFilter(row filterRow, names map[string]string) facts.LeadFilter {
	f, err := hopper.ParseFilter(row.Conditions)
	if err == nil {
		f, err = f.Renamed(func(id string) (string, error) { return cmp.Or(names[id], "deleted"), nil })
	}
	shown := shownGroup(f)
	shown.Name, shown.Broken = row.ID, err != nil
	return shown
}

func shownGroup(f hopper.Filter) facts.LeadFilter {
	shown := facts.LeadFilter{Any: f.Any}
	for _, c := range f.Where {
		if c.Group != nil {
			group := shownGroup(*c.Group)
			shown.Where = append(shown.Where, facts.LeadCondition{Group: &group})
			continue
		}
		shown.Where = append(shown.Where, facts.LeadCondition{Field: c.Field, Op: string(c.Op), Values: joinValues(c.Values)})
	}
	return shown
}

// meantFilter is a filter as a form gave it; groups without conditions are left
// out.
func meantFilter(shown facts.LeadFilter) hopper.Filter {
	f := hopper.Filter{Any: shown.Any}
	for _, c := range shown.Where {
		if c.Group != nil {
			if group := meantFilter(*c.Group); len(group.Where) > 0 {
				f.Where = append(f.Where, hopper.Condition{Group: &group})
			}
			continue
		}
		f.Where = append(f.Where, hopper.Condition{Field: c.Field, Op: hopper.Op(c.Op), Values: splitValues(c.Values)})
	}
	return f
}

// joinValues puts commas between values, and quotation marks around those that
// would be taken for something else.
func joinValues(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		if strings.Contains(v, ",") || strings.HasPrefix(v, `"`) || strings.TrimSpace(v) != v {
			v = `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
		}
		quoted[i] = v
	}
	return strings.Join(quoted, ", ")
}

// splitValues is the way back. A quotation mark that is not closed is one like
// any other letter.
func splitValues(text string) []string {
	var values []string
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimSpace(rest) {
		if value, after, ok := quoted(rest); ok {
			values, rest = append(values, value), after
			continue
		}
		value, after, _ := strings.Cut(rest, ",")
		if value = strings.TrimSpace(value); value != "" {
			values = append(values, value)
		}
		rest = after
	}
	return values
}

// quoted takes a value in quotation marks off a text's beginning, with the comma
// behind it.
func quoted(text string) (value, rest string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		return "", "", false
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] != '"':
			b.WriteByte(text[i])
		case i+1 < len(text) && text[i+1] == '"':
			b.WriteByte('"')
			i++
		default:
			rest = strings.TrimSpace(text[i+1:])
			if rest != "" && rest[0] != ',' {
				return "", "", false
			}
			return b.String(), strings.TrimPrefix(rest, ","), true
		}
	}
	return "", "", false
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

// SetRecycle has leads of a status, or of those of a group, dialed again.
func (p *SelectionPages) SetRecycle(ctx context.Context, by audit.By, id dialer.CampaignID, r facts.Recycle) error {
	if r.Group != "" {
		return p.s.SetRecycleGroup(ctx, by, id, r.Group, hopper.Recycle{Delay: r.Delay, MaxAttempts: r.Max})
	}
	return p.s.SetRecycle(ctx, by, id, hopper.Recycle{Status: r.Status, Delay: r.Delay, MaxAttempts: r.Max})
}

// RemoveRecycle ends the recycling of a status, or of a group.
func (p *SelectionPages) RemoveRecycle(ctx context.Context, by audit.By, id dialer.CampaignID, r facts.Recycle) error {
	if r.Group != "" {
		return p.s.RemoveRecycleGroup(ctx, by, id, r.Group)
	}
	return p.s.RemoveRecycle(ctx, by, id, r.Status)
}

// SaveFilter saves a filter under its name and has the campaign go by it.
func (p *SelectionPages) SaveFilter(ctx context.Context, by audit.By, id dialer.CampaignID, shown facts.LeadFilter, seen int) error {
	f, err := checkedFilter(shown)
	if err != nil {
		return err
	}
	if err := p.s.setFilter(ctx, by, shown.Name, f, seen); err != nil {
		return err
	}
	return p.s.UseFilter(ctx, by, id, shown.Name)
}

func checkedFilter(shown facts.LeadFilter) (hopper.Filter, error) {
	f := meantFilter(shown)
	if len(f.Where) == 0 {
		return f, dialer.Explain(dialer.ErrInvalid, "A filter without conditions lets all leads through: choose none instead.")
	}
	return f, f.Check()
}

// countWithin is how long a count of a filter's leads may take: somebody waits
// for the page.
const countWithin = 5 * time.Second

// Matches counts the leads of the campaign's lists that pass a filter, and all of
// them. A count that takes too long is a *dialer.Problem that is no ErrInvalid.
func (p *SelectionPages) Matches(ctx context.Context, id dialer.CampaignID, shown facts.LeadFilter) (pass, of int, err error) {
	f, err := checkedFilter(shown)
	if err == nil {
		f, err = p.s.byID(ctx, f)
	}
	if err == nil {
		err = p.s.known(ctx, f)
	}
	if err != nil {
		return 0, 0, err
	}
	return p.matches(ctx, id, f)
}

func (p *SelectionPages) matches(ctx context.Context, id dialer.CampaignID, f hopper.Filter) (pass, of int, err error) {
	within, cancel := context.WithTimeout(ctx, countWithin)
	defer cancel()
	var grouped []groupedStatus
	if err := p.s.db.x.SelectContext(ctx, &grouped, hopperStatusGroups); err != nil {
		return 0, 0, kind(err)
	}
	query, args := filteredSQL(filterMatches, f.Resolved(byGroup(grouped)))
	query, args, err = sqlx.In(query, append(args, id)...)
	if err != nil {
		return 0, 0, err
	}
	var row struct {
		Leads  int `db:"leads"`
		Passed int `db:"passed"`
	}
	err = p.s.db.x.GetContext(within, &row, query, args...)
	if within.Err() != nil && ctx.Err() == nil {
		return 0, 0, dialer.Explain(within.Err(), fmt.Sprintf("Counting takes more than %.0f s with so many leads; the page Why not dialed counts them.", countWithin.Seconds()))
	}
	return row.Passed, row.Leads, kind(err)
}

// Passes is the same of a filter by its name; one that is not there passes none.
func (p *SelectionPages) Passes(ctx context.Context, id dialer.CampaignID, name string) (pass, of int, err error) {
	var filters []filterRow
	if err := p.s.db.x.SelectContext(ctx, &filters, selectionFilters); err != nil {
		return 0, 0, kind(err)
	}
	for _, row := range filters {
		if row.ID == name {
			f, err := hopper.ParseFilter(row.Conditions)
			if err != nil {
				return 0, 0, err
			}
			return p.matches(ctx, id, f)
		}
	}
	return 0, 0, dialer.ErrNotFound
}

// UseFilter has the campaign go by a filter; "": none.
func (p *SelectionPages) UseFilter(ctx context.Context, by audit.By, id dialer.CampaignID, name string, seen int) error {
	if seen < 0 {
		return p.s.UseFilter(ctx, by, id, name)
	}
	return p.s.useFilter(ctx, by, id, name, &meant{seen, map[string]string{"lead_filter": name}})
}

// SetMix replaces the list mix; "" and no lines end it.
func (p *SelectionPages) SetMix(ctx context.Context, by audit.By, id dialer.CampaignID, method string, lines []facts.MixLine, seen int) error {
	steps := make([]MixStep, len(lines))
	for i, l := range lines {
		steps[i] = MixStep{List: l.List, Percent: l.Percent, Order: l.Order, Statuses: l.Statuses}
	}
	return p.s.setMix(ctx, by, id, hopper.MixMethod(method), steps, seen)
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
	typed := map[string]any{
		"order_then": is.Then, "auto_alt": is.AutoAlt, "auto_alt_statuses": is.AltAfter, "custom_caller_id": is.CustomCallerID, "callback_release_min": is.CallbackRelease,
	}
	var m *meant
	if is.Seen >= 0 {
		m = &meant{is.Seen, typed}
	}
	return p.s.edit(ctx, by, id, "campaign.selection", m, func(tx *sqlx.Tx, together audit.Fields) error {
		to := selectionState{Then: is.Then, AutoAlt: is.AutoAlt, AltAfter: is.AltAfter, CustomCallerID: is.CustomCallerID, CallbackRelease: is.CallbackRelease}
		if m != nil {
			text, err := json.Marshal(together)
			if err == nil {
				err = json.Unmarshal(text, &to)
			}
			if err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, selectionOthers, to.Then, to.AutoAlt, to.AltAfter, to.CustomCallerID, to.CallbackRelease, id)
		return kind(err)
	})
}
