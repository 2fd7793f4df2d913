package mariadb

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/hopper"
	"trunkline/sql/queries"
)

var (
	hopperRows      = queries.Get("hopper-rows")
	hopperGroups    = queries.Get("hopper-groups")
	hopperDrawn     = queries.Get("hopper-drawn")
	hopperWeigh     = queries.Get("hopper-weigh")
	hopperSorted    = queries.Get("hopper-sorted")
	hopperJudge     = queries.Get("hopper-judge")
	hopperPassing   = queries.Get("hopper-passing")
	hopperLatest    = queries.Get("hopper-latest")
	hopperCame      = queries.Get("hopper-came")
	hopperEdited    = queries.Get("hopper-edited")
	hopperCallbacks = queries.Get("hopper-callbacks")

	hopperAlternates     = queries.Get("hopper-alternates")
	hopperAlternatesSaid = queries.Get("hopper-alternates-said")

	// By index, whether it is read backwards, and whether it is a tie.
	hopperSpans = map[spanKind]string{
		{hopper.IndexLead, false, false}: queries.Get("hopper-span-lead"),
		{hopper.IndexLead, true, false}:  queries.Get("hopper-span-lead-down"),
		{hopper.IndexRank, false, false}: queries.Get("hopper-span-rank"),
		{hopper.IndexRank, true, false}:  queries.Get("hopper-span-rank-down"),
		{hopper.IndexRank, false, true}:  queries.Get("hopper-tie-rank"),
		{hopper.IndexRank, true, true}:   queries.Get("hopper-tie-rank-down"),
		{hopper.IndexCall, false, false}: queries.Get("hopper-span-call"),
		{hopper.IndexCall, true, false}:  queries.Get("hopper-span-call-down"),
		{hopper.IndexCall, false, true}:  queries.Get("hopper-tie-call"),
		{hopper.IndexCall, true, true}:   queries.Get("hopper-tie-call-down"),
	}
)

type spanKind struct {
	index     hopper.Index
	down, tie bool
}

// spansAtOnce is how many ranges one statement reads: each is a subquery to
// parse.
const spansAtOnce = 200

// union joins as many of one statement as there are rows of arguments.
const union = "\nUNION ALL\n"

// Rows fills hopper.Store.
func (s *HopperStore) Rows(ctx context.Context, campaign dialer.CampaignID) ([]hopper.Row, error) {
	var rows []hopper.Row
	err := s.db.x.SelectContext(ctx, &rows, hopperRows, campaign)
	return rows, kind(err)
}

// Groups fills hopper.Store.
func (s *HopperStore) Groups(ctx context.Context, lists []dialer.ListID, statuses []dialer.Status) ([]hopper.Extent, error) {
	var all []hopper.Extent
	for part := range slices.Chunk(lists, spansAtOnce) {
		var args []any
		for _, list := range part {
			args = append(args, list, statuses)
		}
		query, args, err := sqlx.In(hopperGroups+strings.Repeat(union+hopperGroups, len(part)-1), args...)
		if err != nil {
			return nil, err
		}
		var found []hopper.Extent
		if err := s.db.x.SelectContext(ctx, &found, query, args...); err != nil {
			return nil, kind(err)
		}
		all = append(all, found...)
	}
	return all, nil
}

// Read fills hopper.Store.
func (s *HopperStore) Read(ctx context.Context, spans []hopper.Span) ([]hopper.Entry, error) {
	var all []hopper.Entry
	for from := 0; from < len(spans); from += spansAtOnce {
		part := spans[from:min(from+spansAtOnce, len(spans))]
		var parts []string
		args := make([]any, 0, 8*len(part))
		for i, span := range part {
			text, with := spanSQL(span)
			parts = append(parts, text)
			args = append(append(args, from+i), with...)
		}
		var found []hopper.Entry
		if err := s.db.x.SelectContext(ctx, &found, strings.Join(parts, union), args...); err != nil {
			return nil, kind(err)
		}
		all = append(all, found...)
	}
	return all, nil
}

func spanSQL(s hopper.Span) (string, []any) {
	args := []any{s.List, s.Round, s.Status}
	down := s.Down
	switch {
	case s.Index == hopper.IndexLead:
		args = append(args, s.ZoneSet, s.Calls, s.After)
	case s.Tie:
		down = s.IDDown
		args = append(args, keyValue(s.Index, s.Key), s.After)
	default:
		args = append(args, keyValue(s.Index, s.Key))
		if s.Index == hopper.IndexCall && !s.Down {
			until := s.Until
			if until == 0 {
				until = math.MaxInt64
			}
			args = append(args, keyValue(s.Index, until))
		}
	}
	return hopperSpans[spanKind{s.Index, down, s.Tie}], append(args, s.Limit)
}

// keyValue is a key as its column holds it.
func keyValue(index hopper.Index, key int64) any {
	switch {
	case index == hopper.IndexRank:
		return max(min(key, math.MaxInt32), math.MinInt32)
	case key == hopper.Never:
		return nil
	case key == math.MaxInt64:
		return "9999-12-31 00:00:00"
	case key == math.MinInt64:
		return "1000-01-01 00:00:00"
	}
	return time.UnixMilli(key).UTC()
}

// GroupsOf fills hopper.Store.
func (s *HopperStore) GroupsOf(ctx context.Context, leads []dialer.LeadID) (map[dialer.LeadID]hopper.Group, error) {
	return groupsOf(ctx, s.db.x, leads)
}

func groupsOf(ctx context.Context, from sqlx.QueryerContext, leads []dialer.LeadID) (map[dialer.LeadID]hopper.Group, error) {
	query, args, err := sqlx.In(hopperDrawn, leads)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		ID dialer.LeadID `db:"id"`
		hopper.Group
	}
	if err := sqlx.SelectContext(ctx, from, &rows, query, args...); err != nil {
		return nil, kind(err)
	}
	groups := make(map[dialer.LeadID]hopper.Group, len(rows))
	for _, r := range rows {
		groups[r.ID] = r.Group
	}
	return groups, nil
}

// Weigh fills hopper.Store.
func (s *HopperStore) Weigh(ctx context.Context, groups []hopper.Group) ([]int, error) {
	weights := make([]int, 0, len(groups))
	for part := range slices.Chunk(groups, spansAtOnce) {
		args := make([]any, 0, 5*len(part))
		for _, g := range part {
			args = append(args, g.List, g.Round, g.Status, g.ZoneSet, g.Calls)
		}
		rows, err := s.db.x.QueryxContext(ctx, "EXPLAIN "+hopperWeigh+strings.Repeat(union+hopperWeigh, len(part)-1), args...)
		if err != nil {
			return nil, kind(err)
		}
		for range part {
			plan := map[string]any{}
			if !rows.Next() {
				break
			}
			if err := rows.MapScan(plan); err != nil {
				rows.Close()
				return nil, kind(err)
			}
			n := 1
			switch v := plan["rows"].(type) {
			case int64:
				n = int(v)
			case []byte:
				fmt.Sscan(string(v), &n) //nolint:errcheck // what is no number counts as 1
			}
			weights = append(weights, n)
		}
		if err := rows.Close(); err != nil {
			return nil, kind(err)
		}
	}
	if len(weights) != len(groups) {
		return nil, fmt.Errorf("the server estimated %d of %d groups of leads", len(weights), len(groups))
	}
	return weights, nil
}

// sortColumns are the columns that an order may sort by; nothing else gets into
// the statement.
var sortColumns = map[hopper.Key]string{
	hopper.ByLead: "l.id", hopper.ByRank: "l.lead_rank", hopper.ByCount: "l.called_count", hopper.ByCall: "l.last_called_at",
	hopper.ByLastName: "l.last_name", hopper.ByPhone: "l.e164", hopper.ByOwner: "l.owner", hopper.ByVendor: "l.vendor_lead_code",
	hopper.ByTimezone: "ELT(FIELD(l.zone_set, ?), ?) + 0", hopper.ByRandom: "RAND()",
}

// Sorted fills hopper.Store.
func (s *HopperStore) Sorted(ctx context.Context, set hopper.Set, o hopper.Order, limit int) ([]dialer.LeadID, error) {
	calls := set.Limit
	if calls == 0 {
		calls = math.MaxInt32
	}
	direction := map[bool]string{true: " DESC", false: ""}
	args := []any{set.Lists, set.Statuses, set.Open, calls}
	if o.Key == hopper.ByTimezone {
		args = append(args, set.Open, set.Ahead)
	}
	query, args, err := sqlx.In(hopperSorted+"\nORDER BY "+sortColumns[o.Key]+direction[o.Up]+", "+sortColumns[o.Then]+direction[o.ThenUp]+", l.id LIMIT ?",
		append(args, limit)...)
	if err != nil {
		return nil, err
	}
	var ids []dialer.LeadID
	err = s.db.x.SelectContext(ctx, &ids, query, args...)
	return ids, kind(err)
}

type judgedRow struct {
	hopper.Group
	ID          dialer.LeadID `db:"id"`
	LastCall    *time.Time    `db:"last_called_at"`
	E164        string        `db:"e164"`
	State       string        `db:"state"`
	Phrase      string        `db:"security_phrase"`
	InHopper    bool          `db:"in_hopper"`
	Promised    bool          `db:"promised"`
	Due         *time.Time    `db:"due_at"`
	Promise     string        `db:"promise"`
	DNC         bool          `db:"dnc"`
	CampaignDNC bool          `db:"campaign_dnc"`
	Filtered    bool          `db:"filtered"`
}

// Judge fills hopper.Store.
func (s *HopperStore) Judge(ctx context.Context, c hopper.Campaign, leads []dialer.LeadID) ([]hopper.Candidate, error) {
	return judge(ctx, s.db.x, c, leads)
}

func judge(ctx context.Context, from sqlx.QueryerContext, c hopper.Campaign, leads []dialer.LeadID) ([]hopper.Candidate, error) {
	query, args := filteredSQL(hopperJudge, c.Filter)
	query, args, err := sqlx.In(query, append(args, c.ID, c.ID, leads)...)
	if err != nil {
		return nil, err
	}
	var rows []judgedRow
	if err := sqlx.SelectContext(ctx, from, &rows, query, args...); err != nil {
		return nil, kind(err)
	}
	found := make([]hopper.Candidate, len(rows))
	for i, r := range rows {
		found[i] = hopper.Candidate{ID: r.ID, E164: r.E164, State: r.State, Phrase: r.Phrase, LastCall: r.LastCall, Due: r.Due, Promise: dialer.CallbackKind(r.Promise), Facts: hopper.Facts{
			Group: r.Group, InHopper: r.InHopper, Promised: r.Promised, DNC: r.DNC, CampaignDNC: r.CampaignDNC, Filtered: r.Filtered,
		}}
	}
	return found, nil
}

// Passing fills hopper.Store.
func (s *HopperStore) Passing(ctx context.Context, f hopper.Filter, leads []dialer.LeadID) ([]dialer.LeadID, error) {
	query, filter := passingSQL(hopperPassing, f)
	query, args, err := sqlx.In(query, append([]any{leads}, filter...)...)
	if err != nil {
		return nil, err
	}
	var ids []dialer.LeadID
	err = s.db.x.SelectContext(ctx, &ids, query, args...)
	return ids, kind(err)
}

// How many leads one look at the news takes: more than come in within it while an
// import runs at full speed, and than are brought up to date.
const (
	newsCame   = 100_000
	newsEdited = 40_000
)

// Latest fills hopper.Store.
func (s *HopperStore) Latest(ctx context.Context) (hopper.Latest, error) {
	var latest hopper.Latest
	err := s.db.x.GetContext(ctx, &latest, hopperLatest)
	return latest, kind(err)
}

// News fills hopper.Store.
func (s *HopperStore) News(ctx context.Context, r *hopper.Rules, since, latest hopper.Latest, limit int) ([]dialer.LeadID, error) {
	lists, dial, recycled := r.Wanted()
	rounds := 0
	for _, rc := range r.Recycles {
		rounds = max(rounds, rc.MaxAttempts)
	}
	wanted := []any{listsOrNone(lists), statusesOrNone(append(dial, recycled...)), rounds}
	var all []dialer.LeadID
	look := func(query string, bounds ...any) error {
		query, filter := passingSQL(query, r.Filter)
		query, args, err := sqlx.In(query, slices.Concat(bounds, wanted, filter, []any{limit})...)
		if err != nil {
			return err
		}
		var ids []dialer.LeadID
		if err := s.db.x.SelectContext(ctx, &ids, query, args...); err != nil {
			return kind(err)
		}
		all = append(all, ids...)
		slices.Sort(all)
		all = slices.Compact(all)
		return nil
	}
	if latest.ID > since.ID {
		if err := look(hopperCame, max(since.ID, latest.ID-newsCame), latest.ID); err != nil {
			return nil, err
		}
	}
	if latest.Edited == nil || since.Edited != nil && !latest.Edited.After(*since.Edited) {
		return all, nil
	}
	from := time.Unix(0, 0)
	if since.Edited != nil {
		from = *since.Edited
	}
	return all, look(hopperEdited, from, newsEdited)
}

// Callbacks fills hopper.Store.
func (s *HopperStore) Callbacks(ctx context.Context, campaign dialer.CampaignID, now time.Time, limit int) ([]dialer.LeadID, error) {
	var ids []dialer.LeadID
	err := s.db.x.SelectContext(ctx, &ids, hopperCallbacks, campaign, now, limit)
	return ids, kind(err)
}

// Alternates fills hopper.Store.
func (s *HopperStore) Alternates(ctx context.Context, campaign dialer.CampaignID, after []dialer.Status, from, to int, since time.Time) ([]hopper.FurtherNumber, error) {
	return s.further(ctx, hopperAlternates, from, to, campaign, since, statusesOrNone(after))
}

// longestShift is how far back the shifts began whose agents may still say what
// became of a call.
const longestShift = 24 * time.Hour

// AlternatesSaid fills hopper.Store.
func (s *HopperStore) AlternatesSaid(ctx context.Context, campaign dialer.CampaignID, after []dialer.Status, from, to int, since, until time.Time) ([]hopper.FurtherNumber, error) {
	first := dialer.FirstCallAt(since.Add(-longestShift)) // a shift's id is made as a call's
	return s.further(ctx, hopperAlternatesSaid, from, to, first, campaign, since, until, statusesOrNone(after))
}

func (s *HopperStore) further(ctx context.Context, query string, args ...any) ([]hopper.FurtherNumber, error) {
	query, args, err := sqlx.In(query, args...)
	if err != nil {
		return nil, err
	}
	var all []hopper.FurtherNumber
	err = s.db.x.SelectContext(ctx, &all, query, args...)
	return all, kind(err)
}
