package mariadb

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/hopper"
	"trunkline/sql/queries"
)

// Selection changes what a campaign's selection goes by beside its columns:
// recyclings, filters and the list mix. Each change has its audit row.
type Selection struct{ db *DB }

// NewSelection is the store on a database.
func NewSelection(db *DB) *Selection { return &Selection{db} }

var (
	selectionLock    = queries.Get("selection-lock")
	selectionChanged = queries.Get("selection-changed")
	recycleSet       = queries.Get("recycle-set")
	recycleRemove    = queries.Get("recycle-remove")
	recycleGroupSet  = queries.Get("recycle-group-set")
	recycleGroupEnd  = queries.Get("recycle-group-remove")
	statusGroupNames = queries.Get("selection-status-groups")
	customFieldNames = queries.Get("custom-field-names")
	filterSet        = queries.Get("filter-set")
	filterExists     = queries.Get("filter-exists")
	filterConditions = queries.Get("filter-conditions")
	filterUse        = queries.Get("filter-use")
	orderThenSet     = queries.Get("order-then-set")
	mixClear         = queries.Get("mix-clear")
	mixAdd           = queries.Get("mix-add")
	alternatesSet    = queries.Get("alternates-set")
	mixMethod        = queries.Get("mix-method")
)

// SetRecycle has leads of a status dialed again. A campaign that is not there is
// dialer.ErrNotFound, a recycling that makes no sense dialer.ErrInvalid.
func (s *Selection) SetRecycle(ctx context.Context, by audit.By, campaign dialer.CampaignID, r hopper.Recycle) error {
	if err := r.Check(); err != nil {
		return err
	}
	return s.change(ctx, by, campaign, "campaign.recycle", func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, recycleSet, campaign, r.Status, int(r.Delay.Seconds()), r.MaxAttempts)
		return kind(err)
	})
}

// RemoveRecycle ends the recycling of a status; one that is not there is
// dialer.ErrNotFound.
func (s *Selection) RemoveRecycle(ctx context.Context, by audit.By, campaign dialer.CampaignID, status dialer.Status) error {
	return s.change(ctx, by, campaign, "campaign.recycle", func(tx *sqlx.Tx) error {
		return deleteOne(ctx, tx, recycleRemove, campaign, status)
	})
}

// deleteOne deletes a row that must be there: else it is dialer.ErrNotFound.
func deleteOne(ctx context.Context, tx *sqlx.Tx, query string, args ...any) error {
	r, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return kind(err)
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return dialer.ErrNotFound
	}
	return nil
}

// SetRecycleGroup has leads of a status group's statuses dialed again, whichever
// statuses are in it then; what is said of one of them by SetRecycle goes before.
// r.Status is not asked. A group that is not there is dialer.ErrInvalid.
func (s *Selection) SetRecycleGroup(ctx context.Context, by audit.By, campaign dialer.CampaignID, group string, r hopper.Recycle) error {
	if err := r.CheckTimes("the group " + group); err != nil {
		return err
	}
	id, err := s.statusGroup(ctx, group)
	if err != nil {
		return err
	}
	return s.change(ctx, by, campaign, "campaign.recycle", func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, recycleGroupSet, campaign, id, int(r.Delay.Seconds()), r.MaxAttempts)
		return kind(err)
	})
}

// RemoveRecycleGroup ends the recycling of a status group; one that is not there
// is dialer.ErrNotFound.
func (s *Selection) RemoveRecycleGroup(ctx context.Context, by audit.By, campaign dialer.CampaignID, group string) error {
	id, err := s.statusGroup(ctx, group)
	if err != nil {
		return err
	}
	return s.change(ctx, by, campaign, "campaign.recycle", func(tx *sqlx.Tx) error {
		return deleteOne(ctx, tx, recycleGroupEnd, campaign, id)
	})
}

// groupName is a status group.
type groupName struct {
	ID   string `db:"id"`
	Name string `db:"name"`
}

// statusGroup is the id of the group of that name, in whatever case.
func (s *Selection) statusGroup(ctx context.Context, name string) (string, error) {
	var all []groupName
	if err := s.db.x.SelectContext(ctx, &all, statusGroupNames); err != nil {
		return "", kind(err)
	}
	names := make([]string, len(all))
	for i, g := range all {
		if strings.EqualFold(g.Name, strings.TrimSpace(name)) {
			return g.ID, nil
		}
		names[i] = g.Name
	}
	return "", dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("There is no status group %q. Those there are: %s.", name, cmp.Or(strings.Join(names, ", "), "none")))
}

// byID is a filter that people wrote as it is kept: status groups by their ids, so
// that it goes on when one gets another name.
func (s *Selection) byID(ctx context.Context, f hopper.Filter) (hopper.Filter, error) {
	return f.Renamed(func(name string) (string, error) { return s.statusGroup(ctx, name) })
}

// known refuses a filter that asks for a field which no list has: no lead would pass.
func (s *Selection) known(ctx context.Context, f hopper.Filter) error {
	asked := f.Own()
	if len(asked) == 0 {
		return nil
	}
	var names []string
	if err := s.db.x.SelectContext(ctx, &names, customFieldNames); err != nil {
		return kind(err)
	}
	for _, name := range asked {
		if !slices.Contains(names, name) {
			if len(names) == 0 {
				return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("There is no field %q: no list has fields of its own yet. The page Custom fields makes them.", name))
			}
			return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("No list has a field %q of its own. Those there are: %s.", name, strings.Join(names, ", ")))
		}
	}
	return nil
}

// SetFilter saves a filter, which has status groups by their names, under a name
// of its own; campaigns that use it go by it at once.
func (s *Selection) SetFilter(ctx context.Context, by audit.By, name string, f hopper.Filter) error {
	return s.setFilter(ctx, by, name, f, -1)
}

// UseFilter has a campaign dial only the leads that pass the filter; "": all. A
// filter that is not there is dialer.ErrInvalid.
func (s *Selection) UseFilter(ctx context.Context, by audit.By, campaign dialer.CampaignID, name string) error {
	return s.useFilter(ctx, by, campaign, name, nil)
}

func (s *Selection) useFilter(ctx context.Context, by audit.By, campaign dialer.CampaignID, name string, m *meant) error {
	return s.edit(ctx, by, campaign, "campaign.filter", m, func(tx *sqlx.Tx, is audit.Fields) error {
		if m != nil {
			name = is.Text("lead_filter") // another's choice, where this one made none
		}
		var id string
		if err := tx.GetContext(ctx, &id, filterExists, name); name != "" && err != nil {
			return dialer.Explain(dialer.ErrInvalid, "There is no lead filter "+name+"; trunkline hopper filter save makes it.")
		}
		_, err := tx.ExecContext(ctx, filterUse, name, by.At, campaign)
		return kind(err)
	})
}

// SetThen sets the order among leads that are equal by the campaign's order.
func (s *Selection) SetThen(ctx context.Context, by audit.By, campaign dialer.CampaignID, then string) error {
	if _, err := hopper.ParseOrder("DOWN", then); err != nil {
		return err
	}
	return s.change(ctx, by, campaign, "campaign.order", func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, orderThenSet, then, by.At, campaign)
		return kind(err)
	})
}

// SetAlternates says which further numbers of a lead are dialed by themselves,
// and after calls that ended in which statuses.
func (s *Selection) SetAlternates(ctx context.Context, by audit.By, campaign dialer.CampaignID, which hopper.AutoAlt, after string) error {
	if err := hopper.CheckAutoAlt(which); err != nil {
		return err
	}
	return s.change(ctx, by, campaign, "campaign.alternates", func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, alternatesSet, which, after, by.At, campaign)
		return kind(err)
	})
}

// MixStep is a step of a list mix as a file says it.
type MixStep struct {
	List     dialer.ListID `json:"list"`
	Percent  int           `json:"percent"`
	Order    string        `json:"order"`    // "": DOWN
	Statuses string        `json:"statuses"` // in place of the campaign's; "": those
}

// SetMix replaces a campaign's list mix. No steps and no method end it.
func (s *Selection) SetMix(ctx context.Context, by audit.By, campaign dialer.CampaignID, method hopper.MixMethod, steps []MixStep) error {
	return s.setMix(ctx, by, campaign, method, steps, -1)
}

// setMix: seen as in meant, below 0 by a command.
func (s *Selection) setMix(ctx context.Context, by audit.By, campaign dialer.CampaignID, method hopper.MixMethod, steps []MixStep, seen int) error {
	parsed := make([]hopper.Step, len(steps))
	for i, st := range steps {
		order, err := hopper.ParseOrder(cmp.Or(st.Order, "DOWN"), "")
		if err != nil {
			return err
		}
		steps[i].Order = order.String() // as a page offers it, however it was written
		parsed[i] = hopper.Step{N: i + 1, List: st.List, Percent: st.Percent, Order: order}
	}
	if method != hopper.MixNone {
		if err := hopper.CheckMix(parsed); err != nil {
			return err
		}
	}
	typed := mixLine(string(method), steps)
	var m *meant
	if seen >= 0 {
		m = &meant{seen, map[string]string{"mix": typed}}
	}
	return s.edit(ctx, by, campaign, "campaign.mix", m, func(tx *sqlx.Tx, is audit.Fields) error {
		if m != nil && is.Text("mix") != typed {
			return nil // not touched in the form, and another's by now
		}
		if _, err := tx.ExecContext(ctx, mixClear, campaign); err != nil {
			return kind(err)
		}
		for i, st := range steps {
			if _, err := tx.ExecContext(ctx, mixAdd, campaign, i+1, st.List, st.Percent, st.Order, st.Statuses); err != nil {
				return kind(err)
			}
		}
		_, err := tx.ExecContext(ctx, mixMethod, method, by.At, campaign)
		return kind(err)
	})
}

// inMinutes is how people read the time until a lead is recycled.
func inMinutes(d time.Duration) string { return fmt.Sprintf("%.0f min", d.Minutes()) }
