package mariadb

import (
	"context"
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
	hopperZoneSets        = queries.Get("hopper-zone-sets")
	hopperRanges          = queries.Get("hopper-ranges")
	hopperCandidates      = queries.Get("hopper-candidates")
	hopperInsert          = queries.Get("hopper-insert")
	hopperStopped         = queries.Get("hopper-stopped")
	hopperStale           = queries.Get("hopper-stale")
	hopperRemoveUnclaimed = queries.Get("hopper-remove-unclaimed")
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

// Campaigns gives the active campaigns with what their hopper's level hangs on.
func (s *HopperStore) Campaigns(ctx context.Context, now time.Time) ([]hopper.Campaign, error) {
	var rows []hopperCampaignRow
	err := s.db.x.SelectContext(ctx, &rows, hopperCampaigns, now.Add(-time.Minute))
	if err != nil {
		return nil, kind(err)
	}
	return s.withLists(ctx, rows)
}

// Campaign gives one campaign in the same way, active or not: an operator's
// single fill names it.
func (s *HopperStore) Campaign(ctx context.Context, id dialer.CampaignID, now time.Time) (hopper.Campaign, error) {
	var row hopperCampaignRow
	err := s.db.x.GetContext(ctx, &row, hopperCampaign, now.Add(-time.Minute), id)
	if err != nil {
		return hopper.Campaign{}, kind(err)
	}
	all, err := s.withLists(ctx, []hopperCampaignRow{row})
	if err != nil {
		return hopper.Campaign{}, err
	}
	return all[0], nil
}

func (s *HopperStore) withLists(ctx context.Context, rows []hopperCampaignRow) ([]hopper.Campaign, error) {
	var lists []dialer.List
	err := s.db.x.SelectContext(ctx, &lists, hopperLists)
	if err != nil {
		return nil, kind(err)
	}
	of := map[dialer.CampaignID][]dialer.ListID{}
	for _, l := range lists {
		of[l.CampaignID] = append(of[l.CampaignID], l.ID)
	}
	campaigns := make([]hopper.Campaign, len(rows))
	for i, r := range rows {
		campaigns[i] = hopper.Campaign{Campaign: r.Campaign, Agents: r.Agents, Ready: r.Ready, Lists: of[r.ID], Rows: r.Rows}
	}
	return campaigns, nil
}

// ZoneSets gives all zone sets that any lead was ever given.
func (s *HopperStore) ZoneSets(ctx context.Context) ([]hopper.ZoneSet, error) {
	var sets []hopper.ZoneSet
	err := s.db.x.SelectContext(ctx, &sets, hopperZoneSets)
	return sets, kind(err)
}

// Ranges fills hopper.Store.
func (s *HopperStore) Ranges(ctx context.Context, lists []dialer.ListID, statuses []dialer.Status) ([]hopper.Range, error) {
	wanted := map[dialer.Status]bool{}
	for _, status := range statuses {
		wanted[status] = true
	}
	var all []hopper.Range
	for _, list := range lists {
		var found []hopper.Range
		err := s.db.x.SelectContext(ctx, &found, hopperRanges, list)
		if err != nil {
			return nil, kind(err)
		}
		for _, r := range found {
			if wanted[r.Status] {
				all = append(all, r)
			}
		}
	}
	return all, nil
}

// candidateRanges is how many index ranges one statement reads: each is a
// subquery to parse.
const candidateRanges = 100

// Candidates fills hopper.Store.
func (s *HopperStore) Candidates(ctx context.Context, campaign dialer.CampaignID, ranges []hopper.Range, each int) ([]hopper.Candidate, error) {
	var all []hopper.Candidate
	for from := 0; from < len(ranges); from += candidateRanges {
		part := ranges[from:min(from+candidateRanges, len(ranges))]
		args := make([]any, 0, 8*len(part))
		for i, r := range part {
			args = append(args, from+i, campaign, campaign, r.List, r.Status, r.ZoneSet, r.After, each)
		}
		query := strings.Repeat(hopperCandidates+"\nUNION ALL\n", len(part)-1) + hopperCandidates
		var found []hopper.Candidate
		if err := s.db.x.SelectContext(ctx, &found, query, args...); err != nil {
			return nil, kind(err)
		}
		all = append(all, found...)
	}
	return all, nil
}

// Insert fills hopper.Store.
func (s *HopperStore) Insert(ctx context.Context, c hopper.Campaign, leads []dialer.LeadID, fence hopper.Fence, now time.Time) (int, error) {
	if len(leads) == 0 {
		return 0, nil
	}
	n, err := s.in(ctx, hopperInsert, c.ID, now, c.ID, leads, strings.Fields(c.DialStatuses), fence.Epoch, fence.Name, fence.Epoch)
	return int(n), err
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
func (s *HopperStore) RemoveStale(ctx context.Context, c hopper.Campaign, open []int) (int, error) {
	statuses := strings.Fields(c.DialStatuses)
	if len(statuses) == 0 {
		statuses = []string{""} // none may be dialed
	}
	if len(open) == 0 {
		open = []int{0} // no set has this id: all are closed
	}
	query, args, err := sqlx.In(hopperStale, c.ID, statuses, open)
	if err != nil {
		return 0, err
	}
	var ids []int64
	if err := s.db.x.SelectContext(ctx, &ids, query, args...); err != nil {
		return 0, kind(err)
	}
	removed := 0
	for from := 0; from < len(ids); from += sweepBatch {
		n, err := s.in(ctx, hopperRemoveUnclaimed, ids[from:min(from+sweepBatch, len(ids))])
		removed += int(n)
		if err != nil {
			return removed, err
		}
	}
	return removed, nil
}

// FreeClaims fills hopper.Sweeper.
func (s *HopperStore) FreeClaims(ctx context.Context, before time.Time) (int, error) {
	n, err := s.in(ctx, hopperFree, before)
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
