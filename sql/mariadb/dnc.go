package mariadb

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

// DNC keeps the do-not-call lists, the system's and the campaigns'.
type DNC struct{ db *DB }

// NewDNC is the store on a database.
func NewDNC(db *DB) *DNC { return &DNC{db} }

var (
	dncFind   = queries.Get("dnc-find")
	dncLogAdd = queries.Get("dnc-log-add")
)

// dncBatch is how many numbers one statement looks up.
const dncBatch = 1000

// Find tells whose list holds each of the numbers, by itself or by its wildcard;
// a number that may be called is absent. The system's list goes before the
// campaign's. Each number costs two look-ups in the primary key, the wildcards
// of a batch being few and shared.
func (s *DNC) Find(ctx context.Context, campaign dialer.CampaignID, e164s []string) (map[string]dialer.DNCScope, error) {
	return dncFindIn(ctx, s.db.x, campaign, e164s)
}

// dncFindIn is Find within a transaction, or without one.
func dncFindIn(ctx context.Context, q sqlx.QueryerContext, campaign dialer.CampaignID, e164s []string) (map[string]dialer.DNCScope, error) {
	found := map[string]dialer.DNCScope{}
	for batch := range slices.Chunk(e164s, dncBatch) {
		query, args, err := sqlx.In(dncFind, dncKeys(batch), campaign)
		if err != nil {
			return nil, err
		}
		var rows []dialer.DNCEntry
		if err := sqlx.SelectContext(ctx, q, &rows, query, args...); err != nil {
			return nil, kind(err)
		}
		maps.Copy(found, dncScopes(batch, rows))
	}
	return found, nil
}

// dncKeys are the entries that would block numbers: they themselves and their
// wildcards.
func dncKeys(e164s []string) []string {
	keys := make([]string, 0, len(e164s)+16)
	wild := map[string]bool{}
	for _, e164 := range e164s {
		keys = append(keys, e164)
		if w := dialer.DNCWildcard(e164); w != "" && !wild[w] {
			wild[w] = true
			keys = append(keys, w)
		}
	}
	return keys
}

// dncScopes tells which of the numbers the entries block.
func dncScopes(e164s []string, rows []dialer.DNCEntry) map[string]dialer.DNCScope {
	found := map[string]dialer.DNCScope{}
	if len(rows) == 0 {
		return found
	}
	listed := map[string]dialer.DNCScope{}
	for _, r := range rows {
		switch {
		case r.CampaignID == "":
			listed[r.E164] = dialer.DNCSystem
		case listed[r.E164] == "":
			listed[r.E164] = dialer.DNCCampaign
		}
	}
	for _, e164 := range e164s {
		own, wild := listed[e164], listed[dialer.DNCWildcard(e164)]
		switch {
		case own == dialer.DNCSystem || wild == dialer.DNCSystem:
			found[e164] = dialer.DNCSystem
		case own != "" || wild != "":
			found[e164] = dialer.DNCCampaign
		}
	}
	return found
}

var (
	dncList      = queries.Get("dnc-list")
	dncOfNumber  = queries.Get("dnc-of-number")
	dncAddAll    = queries.Get("dnc-add-all")
	dncKnown     = queries.Get("dnc-known")
	dncRemove    = queries.Get("dnc-remove")
	dncLogAddAll = queries.Get("dnc-log-add-all")
	dncLog       = queries.Get("dnc-log")
	dncLogOf     = queries.Get("dnc-log-of")

	leadsFreed    = queries.Get("leads-freed")
	leadsFreedAll = queries.Get("leads-freed-all")
	leadsUnder    = queries.Get("leads-under")
)

// List are the entries of the system's list or a campaign's, by number, after one
// and with a beginning.
func (s *DNC) List(ctx context.Context, campaign dialer.CampaignID, after, beginning string, limit int) ([]dialer.DNCEntry, error) {
	var rows []dialer.DNCEntry
	err := s.db.x.SelectContext(ctx, &rows, dncList, campaign, after, like(beginning), limit)
	return rows, kind(err)
}

// Of are the entries that block a number, on any list, and what the log says of
// it, the newest first.
func (s *DNC) Of(ctx context.Context, e164 string) ([]dialer.DNCEntry, []facts.DNCLogLine, error) {
	keys := []string{e164, dialer.DNCWildcard(e164)}
	var rows []dialer.DNCEntry
	query, args, err := sqlx.In(dncOfNumber, keys)
	if err != nil {
		return nil, nil, err
	}
	if err := s.db.x.SelectContext(ctx, &rows, query, args...); err != nil {
		return nil, nil, kind(err)
	}
	if query, args, err = sqlx.In(dncLogOf, keys); err != nil {
		return nil, nil, err
	}
	var log []facts.DNCLogLine
	err = s.db.x.SelectContext(ctx, &log, query, args...)
	return rows, log, kind(err)
}

// Log is the do-not-call log, the newest first, before an id (0: all).
func (s *DNC) Log(ctx context.Context, before int64, limit int) ([]facts.DNCLogLine, error) {
	if before == 0 {
		before = 1 << 62
	}
	var log []facts.DNCLogLine
	err := s.db.x.SelectContext(ctx, &log, dncLog, before, limit)
	return log, kind(err)
}

type dncLogRow struct {
	At     time.Time `db:"at"`
	Action string    `db:"action"`
	dialer.DNCEntry
}

// Add puts entries of one list on it, each with its line in the log, and says how
// many were new. Numbers already there keep their source.
func (s *DNC) Add(ctx context.Context, entries []dialer.DNCEntry) (added int, err error) {
	for batch := range slices.Chunk(entries, dncBatch) {
		n := 0
		err := s.db.Tx(ctx, func(tx *sqlx.Tx) error {
			numbers := make([]string, len(batch))
			for i, e := range batch {
				numbers[i] = e.E164
			}
			query, args, err := sqlx.In(dncKnown, numbers, batch[0].CampaignID)
			if err != nil {
				return err
			}
			var known []string
			if err := tx.SelectContext(ctx, &known, query, args...); err != nil {
				return kind(err)
			}
			seen := map[string]bool{}
			for _, k := range known {
				seen[k] = true
			}
			var fresh []dialer.DNCEntry
			var log []dncLogRow
			for _, e := range batch {
				if !seen[e.E164] {
					seen[e.E164] = true
					fresh = append(fresh, e)
					log = append(log, dncLogRow{e.AddedAt, "add", e})
				}
			}
			if n = len(fresh); n == 0 {
				return nil
			}
			if _, err := tx.NamedExecContext(ctx, dncAddAll, fresh); err != nil {
				return kind(err)
			}
			_, err = tx.NamedExecContext(ctx, dncLogAddAll, log)
			return kind(err)
		})
		if err != nil {
			return added, err
		}
		added += n
	}
	return added, nil
}

// Remove takes an entry off its list, with a line in the log that says who did it
// and why. One that is not there is dialer.ErrNotFound. The hopper is told of the
// leads that had it.
func (s *DNC) Remove(ctx context.Context, e dialer.DNCEntry) error {
	err := s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, dncRemove, e.E164, e.CampaignID)
		if err != nil {
			return kind(err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return cmp.Or(err, dialer.ErrNotFound)
		}
		if _, err := tx.ExecContext(ctx, dncLogAdd, e.AddedAt, "remove", e.CampaignID, e.E164, e.Source, e.UserID, e.Note); err != nil {
			return kind(err)
		}
		_, err = tx.ExecContext(ctx, leadsFreed, e.E164)
		return kind(err)
	})
	if beginning, wild := strings.CutSuffix(e.E164, "*"); wild && err == nil {
		_ = s.freed(ctx, beginning) // the entry is off: the fill comes by all the same, later
	}
	return err
}

// freedMost is of how many leads under a wildcard the hopper is told: a part of
// what it looks at in one go. The others wait until the fill comes by.
const freedMost = newsEdited / 2

// freed tells the hopper of the leads whose numbers begin so, batch by batch: there
// may be hundreds of thousands of them, for which nobody may wait.
func (s *DNC) freed(ctx context.Context, beginning string) error {
	for n, after := 0, beginning; n < freedMost; {
		var numbers []string
		if err := s.db.x.SelectContext(ctx, &numbers, leadsUnder, after, beginning+"~", dncBatch); err != nil {
			return kind(err)
		}
		if len(numbers) == 0 {
			return nil
		}
		if _, err := s.db.atOnce(ctx, leadsFreedAll, numbers); err != nil {
			return err
		}
		n, after = n+len(numbers), numbers[len(numbers)-1]
	}
	return nil
}
