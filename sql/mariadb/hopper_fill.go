package mariadb

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/hopper"
	"trunkline/sql/queries"
)

var (
	hopperCampaigns       = queries.Get("hopper-campaigns")
	hopperCampaign        = queries.Get("hopper-campaign")
	hopperLists           = queries.Get("hopper-lists")
	hopperRecycles        = queries.Get("hopper-recycles")
	hopperStatusGroups    = queries.Get("hopper-status-groups")
	hopperFilters         = queries.Get("hopper-filters")
	hopperMix             = queries.Get("hopper-mix")
	hopperZoneSets        = queries.Get("hopper-zone-sets")
	hopperInsert          = queries.Get("hopper-insert")
	hopperStopped         = queries.Get("hopper-stopped")
	hopperStale           = queries.Get("hopper-stale")
	hopperRemoveUnclaimed = queries.Get("hopper-remove-unclaimed")
	callbacksToRelease    = queries.Get("callbacks-to-release")
	callbacksRelease      = queries.Get("callbacks-release")
	hopperFree            = queries.Get("hopper-free")
	hopperPurgeEvents     = queries.Get("hopper-purge-events")
	hopperPurgeIntents    = queries.Get("hopper-purge-intents")
	hopperPurgeSessions   = queries.Get("hopper-purge-sessions")
)

// hopperCampaignRow is a hopper.Campaign as the query gives it.
type hopperCampaignRow struct {
	dialer.Campaign
	Agents int `db:"agents"`
	Ready  int `db:"ready"`
	Rows   int `db:"free_rows"`
}

// Campaigns gives the active campaigns with all that their selection goes by.
func (s *HopperStore) Campaigns(ctx context.Context, now time.Time) ([]hopper.Campaign, error) {
	var rows []hopperCampaignRow
	err := s.db.x.SelectContext(ctx, &rows, hopperCampaigns, now.Add(-time.Minute))
	if err != nil {
		return nil, kind(err)
	}
	return s.withSettings(ctx, rows)
}

// Campaign gives one campaign in the same way, active or not: an operator's
// single fill names it.
func (s *HopperStore) Campaign(ctx context.Context, id dialer.CampaignID, now time.Time) (hopper.Campaign, error) {
	var row hopperCampaignRow
	err := s.db.x.GetContext(ctx, &row, hopperCampaign, now.Add(-time.Minute), id)
	if err != nil {
		return hopper.Campaign{}, kind(err)
	}
	all, err := s.withSettings(ctx, []hopperCampaignRow{row})
	if err != nil {
		return hopper.Campaign{}, err
	}
	return all[0], nil
}

type recycleRow struct {
	Campaign dialer.CampaignID `db:"campaign_id"`
	Status   dialer.Status     `db:"status"`
	Delay    int               `db:"delay_s"`
	Max      int               `db:"max_attempts"`
}

type filterRow struct {
	ID         string `db:"id"`
	Conditions string `db:"conditions"`
}

type mixRow struct {
	Campaign dialer.CampaignID `db:"campaign_id"`
	N        int               `db:"n"`
	List     dialer.ListID     `db:"list_id"`
	Percent  int               `db:"percent"`
	Order    string            `db:"lead_order"`
	Statuses string            `db:"statuses"`
}

// groupedStatus is a status that is in a group.
type groupedStatus struct {
	Group  int64  `db:"group_id"`
	Status string `db:"status"`
}

// byGroup are the statuses of each group by its id, as a filter names it.
func byGroup(all []groupedStatus) map[string][]string {
	of := map[string][]string{}
	for _, s := range all {
		id := strconv.FormatInt(s.Group, 10)
		of[id] = append(of[id], s.Status)
	}
	return of
}

// withSettings adds what stands in tables of its own. A setting that cannot be
// read breaks its campaign alone.
func (s *HopperStore) withSettings(ctx context.Context, rows []hopperCampaignRow) ([]hopper.Campaign, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	var lists []hopper.List
	var recycles []recycleRow
	var filters []filterRow
	var mixes []mixRow
	var grouped []groupedStatus
	for query, into := range map[string]any{hopperLists: &lists, hopperRecycles: &recycles, hopperStatusGroups: &grouped, hopperFilters: &filters, hopperMix: &mixes} {
		if err := s.db.x.SelectContext(ctx, into, query); err != nil {
			return nil, kind(err)
		}
	}
	filter := map[string]string{}
	for _, f := range filters {
		filter[f.ID] = f.Conditions
	}
	campaigns := make([]hopper.Campaign, len(rows))
	for i, r := range rows {
		c := hopper.Campaign{Campaign: r.Campaign, Agents: r.Agents, Ready: r.Ready, Rows: r.Rows}
		for _, l := range lists {
			if l.Campaign == c.ID {
				c.Lists = append(c.Lists, l)
			}
		}
		for _, rc := range recycles {
			if rc.Campaign == c.ID {
				c.Recycles = append(c.Recycles, hopper.Recycle{Status: rc.Status, Delay: time.Duration(rc.Delay) * time.Second, MaxAttempts: rc.Max})
			}
		}
		c.Order, c.Broken = hopper.ParseOrder(r.LeadOrder, r.OrderThen)
		if r.LeadFilter != "" && c.Broken == nil {
			text, ok := filter[r.LeadFilter]
			if c.Filter, c.Broken = hopper.ParseFilter(text); !ok {
				c.Broken = dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("There is no lead filter %q.", r.LeadFilter))
			}
			c.Filter = c.Filter.Resolved(byGroup(grouped))
		}
		if c.MixMethod != "" && c.Broken == nil {
			c.Mix, c.Broken = mixOf(c.Campaign, mixes)
		}
		campaigns[i] = c
	}
	return campaigns, nil
}

func mixOf(c dialer.Campaign, rows []mixRow) ([]hopper.Step, error) {
	var steps []hopper.Step
	for _, m := range rows {
		if m.Campaign != c.ID {
			continue
		}
		order, err := hopper.ParseOrder(m.Order, c.OrderThen)
		if err != nil {
			return nil, err
		}
		step := hopper.Step{N: m.N, List: m.List, Percent: m.Percent, Order: order}
		for _, status := range strings.Fields(m.Statuses) {
			step.Statuses = append(step.Statuses, dialer.Status(status))
		}
		steps = append(steps, step)
	}
	return steps, hopper.CheckMix(steps)
}

// ZoneSets gives all zone sets that any lead was ever given.
func (s *HopperStore) ZoneSets(ctx context.Context) ([]hopper.ZoneSet, error) {
	var sets []hopper.ZoneSet
	err := s.db.x.SelectContext(ctx, &sets, hopperZoneSets)
	return sets, kind(err)
}

// hopperInsertRow is the row of values that an insert repeats, without the names
// of its columns.
const hopperInsertRow = " UNION ALL SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"

// Insert fills hopper.Store.
func (s *HopperStore) Insert(ctx context.Context, campaign dialer.CampaignID, picks []hopper.Pick, fence hopper.Fence, now time.Time) (int, error) {
	if len(picks) == 0 {
		return 0, nil
	}
	head, tail, _ := strings.Cut(hopperInsert, "\n) v")
	query := head + strings.Repeat(hopperInsertRow, len(picks)-1) + "\n) v" + tail
	args := append(make([]any, 0, 10*len(picks)+5), now)
	for i, p := range picks {
		args = append(args, i, p.ID, p.Status, p.Round, p.Priority, p.Source, p.Number, p.Phone, p.Zone, p.Step)
	}
	args = append(args, campaign, fence.Epoch, fence.Name, fence.Epoch)
	var rows int64
	err := s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, query, args...)
		if err != nil {
			return kind(err)
		}
		rows, err = result.RowsAffected()
		return err
	})
	return int(rows), err
}

// sweepBatch bounds a transaction of the sweep.
const sweepBatch = 1000

// RemoveStopped fills hopper.Sweeper.
func (s *HopperStore) RemoveStopped(ctx context.Context) (int, error) {
	removed := 0
	for {
		var ids []int64
		err := s.db.x.SelectContext(ctx, &ids, hopperStopped, sweepBatch)
		if err != nil || len(ids) == 0 {
			return removed, kind(err)
		}
		n, err := s.in(ctx, hopperRemoveUnclaimed, ids)
		removed += int(n)
		if err != nil || n == 0 { // none: all were claimed meanwhile
			return removed, err
		}
	}
}

// RemoveStale fills hopper.Sweeper.
func (s *HopperStore) RemoveStale(ctx context.Context, r *hopper.Rules) (int, error) {
	where, more := staleHours(r)
	filter, filterArgs, custom := filterSQL(r.Filter)
	query := strings.TrimSuffix(hopperStale, ")") + where
	if filter != "" {
		query += "\n    OR (h.source IN ('S', 'N', 'R') AND NOT COALESCE(" + filter + ", FALSE))"
		more = append(more, filterArgs...)
	}
	query += ")"
	if custom {
		query = strings.Replace(query, "\nWHERE ", leadCustomJoin+"\nWHERE ", 1)
	}
	lists, dial, recycled := r.Wanted()
	query, args, err := sqlx.In(query, append([]any{r.ID, listsOrNone(lists), statusesOrNone(dial), statusesOrNone(recycled)}, more...)...)
	if err != nil {
		return 0, err
	}
	var ids []int64
	if err := s.db.x.SelectContext(ctx, &ids, query, args...); err != nil {
		return 0, kind(err)
	}
	return s.RemoveRows(ctx, ids)
}

// RemoveRows fills hopper.Sweeper.
func (s *HopperStore) RemoveRows(ctx context.Context, ids []int64) (int, error) {
	removed := 0
	for part := range slices.Chunk(ids, sweepBatch) {
		n, err := s.in(ctx, hopperRemoveUnclaimed, part)
		removed += int(n)
		if err != nil {
			return removed, err
		}
	}
	return removed, nil
}

// staleHours is the condition on the zone sets: those of lists with the same
// hours are named once.
func staleHours(r *hopper.Rules) (string, []any) {
	var text strings.Builder
	var args []any
	for _, w := range r.Windows() {
		open := w.Open
		if len(open) == 0 {
			open = []int{0} // no set has this id: all are closed
		}
		text.WriteString("\n    OR (li.id IN (?) AND h.zone_set NOT IN (?))")
		args = append(args, w.Lists, open)
	}
	return text.String(), args
}

func listsOrNone(ids []dialer.ListID) []dialer.ListID {
	if len(ids) == 0 {
		return []dialer.ListID{0}
	}
	return ids
}

func statusesOrNone(all []dialer.Status) []dialer.Status {
	if len(all) == 0 {
		return []dialer.Status{""}
	}
	return all
}

// ReleaseCallbacks fills hopper.Sweeper.
func (s *HopperStore) ReleaseCallbacks(ctx context.Context, now time.Time) (int, error) {
	var ids []dialer.CallbackID
	err := s.db.x.SelectContext(ctx, &ids, callbacksToRelease, now, now, sweepBatch)
	if err != nil || len(ids) == 0 {
		return 0, kind(err)
	}
	n, err := s.in(ctx, callbacksRelease, now, ids)
	return int(n), err
}

// FreeClaims fills hopper.Sweeper.
func (s *HopperStore) FreeClaims(ctx context.Context, before, after time.Time) (int, error) {
	n, err := s.in(ctx, hopperFree, before, after)
	return int(n), err
}

// PurgeEvents fills hopper.Purger.
func (s *HopperStore) PurgeEvents(ctx context.Context, before time.Time, limit int) (int, error) {
	n, err := s.in(ctx, hopperPurgeEvents, before, limit)
	return int(n), err
}

// PurgeIntents fills hopper.Purger.
func (s *HopperStore) PurgeIntents(ctx context.Context, before time.Time, limit int) (int, error) {
	n, err := s.in(ctx, hopperPurgeIntents, dialer.NewIDs(0).Next(before), limit) // no id of that time is smaller
	return int(n), err
}

// PurgeSessions fills hopper.Purger.
func (s *HopperStore) PurgeSessions(ctx context.Context, before time.Time, limit int) (int, error) {
	n, err := s.in(ctx, hopperPurgeSessions, before, limit)
	return int(n), err
}

// zonesOnly is the part of a zone set that names zones (compliance.ZoneSet).
func zonesOnly(set string) string {
	zones, _, _ := strings.Cut(set, ";")
	return zones
}
