package mariadb

import (
	"context"
	"encoding/json"

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
	filterSet        = queries.Get("filter-set")
	filterExists     = queries.Get("filter-exists")
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
	return s.change(ctx, by, campaign, "campaign.recycle", map[string]string{"status": string(r.Status), "delay": r.Delay.String()}, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, recycleSet, campaign, r.Status, int(r.Delay.Seconds()), r.MaxAttempts)
		return kind(err)
	})
}

// RemoveRecycle ends the recycling of a status; one that is not there is
// dialer.ErrNotFound.
func (s *Selection) RemoveRecycle(ctx context.Context, by audit.By, campaign dialer.CampaignID, status dialer.Status) error {
	return s.change(ctx, by, campaign, "campaign.recycle", map[string]string{"status": string(status), "delay": "none"}, func(tx *sqlx.Tx) error {
		r, err := tx.ExecContext(ctx, recycleRemove, campaign, status)
		if err != nil {
			return kind(err)
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return dialer.ErrNotFound
		}
		return nil
	})
}

// SetFilter saves a filter under a name; campaigns that use it go by it at once.
func (s *Selection) SetFilter(ctx context.Context, by audit.By, name string, f hopper.Filter) error {
	if err := f.Check(); err != nil {
		return err
	}
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, filterSet, name, text, by.At); err != nil {
			return kind(err)
		}
		return note(ctx, tx, by, "filter.save", object("filter", name), nil, map[string]json.RawMessage{"conditions": text})
	})
}

// UseFilter has a campaign dial only the leads that pass the filter; "": all. A
// filter that is not there is dialer.ErrInvalid.
func (s *Selection) UseFilter(ctx context.Context, by audit.By, campaign dialer.CampaignID, name string) error {
	return s.change(ctx, by, campaign, "campaign.filter", map[string]string{"lead_filter": name}, func(tx *sqlx.Tx) error {
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
	return s.change(ctx, by, campaign, "campaign.order", map[string]string{"order_then": then}, func(tx *sqlx.Tx) error {
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
	return s.change(ctx, by, campaign, "campaign.alternates", map[string]string{"auto_alt": string(which), "auto_alt_statuses": after}, func(tx *sqlx.Tx) error {
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
	parsed := make([]hopper.Step, len(steps))
	for i, st := range steps {
		if st.Order == "" {
			steps[i].Order = "DOWN"
		}
		order, err := hopper.ParseOrder(steps[i].Order, "")
		if err != nil {
			return err
		}
		parsed[i] = hopper.Step{N: i + 1, List: st.List, Percent: st.Percent, Order: order}
	}
	if method != hopper.MixNone {
		if err := hopper.CheckMix(parsed); err != nil {
			return err
		}
	}
	return s.change(ctx, by, campaign, "campaign.mix", map[string]any{"method": method, "steps": steps}, func(tx *sqlx.Tx) error {
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

// change runs a change of a campaign with its audit row. The campaign's time of
// change moves, so that the filler looks at all its leads again.
func (s *Selection) change(ctx context.Context, by audit.By, campaign dialer.CampaignID, action string, after any, do func(*sqlx.Tx) error) error {
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		var id dialer.CampaignID
		if err := tx.GetContext(ctx, &id, selectionLock, campaign); err != nil {
			return kind(err)
		}
		if err := do(tx); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, selectionChanged, by.At, campaign); err != nil {
			return kind(err)
		}
		return note(ctx, tx, by, action, object("campaign", campaign), nil, after)
	})
}
