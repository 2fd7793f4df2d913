package mariadb

import (
	"context"
	"database/sql"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/report"
	"trunkline/dialer/tally"
	"trunkline/sql/queries"
)

// Tally keeps the reports' sums.
type Tally struct {
	db     *DB
	listed bool // the sums by agent know their lists
}

// NewTally is the store on a database.
func NewTally(db *DB) *Tally { return &Tally{db: db} }

var (
	qReportChanged     = queries.Get("report-changed")
	qReportChangedCall = queries.Get("report-changed-call")

	qTallyChanges      = queries.Get("tally-changes")
	qTallyDone         = queries.Get("tally-done")
	qTallyState        = queries.Get("tally-state")
	qTallyLock         = queries.Get("tally-lock")
	qTallyRolled       = queries.Get("tally-rolled")
	qTallySeeded       = queries.Get("tally-seeded")
	qTallyCampaigns    = queries.Get("tally-campaigns")
	qTallyUsers        = queries.Get("tally-users")
	qTallyFirstCall    = queries.Get("tally-first-call")
	qTallySeedCalls    = queries.Get("tally-seed-calls")
	qTallyListless     = queries.Get("tally-listless")
	qTallyFirstStretch = queries.Get("tally-first-stretch")
	qTallySeedTime     = queries.Get("tally-seed-time")
	qTallyBefore       = queries.Get("tally-before")
	qTallyStretches    = queries.Get("tally-stretches")
	qTallyTimeClear    = queries.Get("tally-time-clear")
	qTallyTime         = queries.Get("tally-time")
)

// sumTable is one of the tables of sums that are counted from calls, or (no
// clear and count) from agent_log.
type sumTable struct{ clear, count, unroll, roll string }

var callTables = []sumTable{
	{queries.Get("tally-calls-clear"), queries.Get("tally-calls"), queries.Get("tally-calls-unroll"), queries.Get("tally-calls-roll")},
	{queries.Get("tally-causes-clear"), queries.Get("tally-causes"), queries.Get("tally-causes-unroll"), queries.Get("tally-causes-roll")},
	{queries.Get("tally-agents-clear"), queries.Get("tally-agents"), queries.Get("tally-agents-unroll"), queries.Get("tally-agents-roll")},
}

var timeTable = sumTable{unroll: queries.Get("tally-time-unroll"), roll: queries.Get("tally-time-roll")}

// changed are what the reports have to count anew after this batch: calls that
// have ended, or had before, and stretches of agents' time.
func (w *journal) changed() []tally.Change {
	var all []tally.Change
	type key struct {
		campaign dialer.CampaignID
		quarter  time.Time
	}
	seen := map[key]bool{}
	for _, c := range w.calls {
		k := key{c.CampaignID, report.Quarter.Start(c.PlacedAt)}
		if c.State == dialer.CallEnded && !seen[k] {
			seen[k] = true
			all = append(all, tally.Change{Kind: tally.Call, Campaign: c.CampaignID, From: c.PlacedAt, To: c.PlacedAt})
		}
	}
	for _, p := range w.logs {
		all = append(all, tally.Change{Kind: tally.Stretch, Campaign: p.CampaignID, User: p.UserID, From: p.From, To: p.To})
	}
	return all
}

type tallyState struct {
	report.Rolled
	Seeded bool `db:"seeded"`
}

// Seed writes a change for all that the logs hold, once: a system that was
// upgraded has years of them, and none in report_changes. And it does so, at its
// first time, for the sums by agent that know no list, of an older Trunkline.
func (s *Tally) Seed(ctx context.Context) error {
	var state tallyState
	err := s.db.x.GetContext(ctx, &state, qTallyState)
	if err != nil {
		return kind(err)
	}
	if !state.Seeded {
		if err := s.Again(ctx, time.Date(1971, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
			return err
		}
		_, err = s.db.x.ExecContext(ctx, qTallySeeded)
		if err != nil {
			return kind(err)
		}
	}
	if s.listed {
		return nil
	}
	err = s.listless(ctx)
	s.listed = err == nil
	return err
}

// listless has sums by agent without their lists counted anew. Those of calls that
// have been deleted since stay as they are, and so does the quarter of the oldest
// call that is left: others of it may be gone.
func (s *Tally) listless(ctx context.Context) error {
	var campaigns []string
	if err := s.db.x.SelectContext(ctx, &campaigns, qTallyCampaigns); err != nil {
		return kind(err)
	}
	for _, id := range campaigns {
		var first sql.NullTime
		err := s.db.x.GetContext(ctx, &first, qTallyFirstCall, id, time.Date(1971, 1, 1, 0, 0, 0, 0, time.UTC))
		if err != nil {
			return kind(err)
		}
		if !first.Valid {
			continue
		}
		if _, err := s.db.x.ExecContext(ctx, qTallyListless, id, first.Time); err != nil {
			return kind(err)
		}
	}
	return nil
}

// Again has all that the logs hold from one moment to another counted anew, by
// the keeper. Sums whose calls have been deleted stay as they are.
func (s *Tally) Again(ctx context.Context, from, to time.Time) error {
	for _, log := range []struct{ owners, first, seed string }{{qTallyCampaigns, qTallyFirstCall, qTallySeedCalls}, {qTallyUsers, qTallyFirstStretch, qTallySeedTime}} {
		var owners []string
		if err := s.db.x.SelectContext(ctx, &owners, log.owners); err != nil {
			return kind(err)
		}
		for _, owner := range owners {
			if err := s.again(ctx, log.first, log.seed, owner, from, to); err != nil {
				return err
			}
		}
	}
	return nil
}

// again goes by days, skipping those without anything.
func (s *Tally) again(ctx context.Context, first, seed, owner string, from, to time.Time) error {
	for {
		var at sql.NullTime
		err := s.db.x.GetContext(ctx, &at, first, owner, from)
		if err != nil || !at.Valid || !at.Time.Before(to) {
			return kind(err)
		}
		day := report.Day.Start(at.Time)
		end := day.Add(report.Day.Length())
		if to.Before(end) {
			end = to
		}
		if _, err := s.db.x.ExecContext(ctx, seed, owner, at.Time, end); err != nil {
			return kind(err)
		}
		from = end
	}
}

// Changes are the newest changes that wait, at most so many.
func (s *Tally) Changes(ctx context.Context, most int) ([]tally.Change, error) {
	var all []tally.Change
	err := s.db.x.SelectContext(ctx, &all, qTallyChanges, most)
	return all, kind(err)
}

// Count counts a batch anew and takes its changes out.
func (s *Tally) Count(ctx context.Context, b tally.Batch) error {
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		var state tallyState
		if err := tx.GetContext(ctx, &state, qTallyLock); err != nil {
			return kind(err)
		}
		w := summing{ctx: ctx, tx: tx, rolled: state.Rolled}
		w.calls(b)
		w.time(b)
		for ids := b.Changes; len(ids) > 0 && w.err == nil; {
			n := min(len(ids), 1000)
			w.do(qTallyDone, ids[:n])
			ids = ids[n:]
		}
		return w.err
	})
}

// summing is one transaction of Count or Roll; after an error it does nothing
// more.
type summing struct {
	ctx    context.Context
	tx     *sqlx.Tx
	rolled report.Rolled
	err    error
}

func (w *summing) do(query string, args ...any) {
	if w.err == nil {
		_, w.err = execIn(w.ctx, w.tx, query, args...)
	}
}

func (w *summing) calls(b tally.Batch) {
	for _, q := range b.Calls {
		for _, t := range callTables {
			w.do(t.clear, b.Campaign, q)
			w.do(t.count, q, b.Campaign, q, q.Add(report.Quarter.Length()))
		}
	}
	w.again(callTables, b, b.Calls)
}

func (w *summing) time(b tally.Batch) {
	var touched []time.Time
	for _, u := range b.Time {
		var periods []report.Period
		for _, user := range u.Users {
			periods = append(periods, w.stretches(b.Campaign, user, u.From, u.To)...)
		}
		w.do(qTallyTimeClear, b.Campaign, u.From, u.To, u.Users)
		sums := report.Quarters(periods, u.From, u.To)
		for len(sums) > 0 && w.err == nil {
			n := min(len(sums), 1000)
			_, err := w.tx.NamedExecContext(w.ctx, qTallyTime, sums[:n])
			w.err, sums = kind(err), sums[n:]
		}
		for at := u.From; at.Before(u.To); at = at.Add(report.Quarter.Length()) {
			touched = append(touched, at)
		}
	}
	w.again([]sumTable{timeTable}, b, touched)
}

// stretches are what an agent did in a campaign from one moment to another.
func (w *summing) stretches(campaign dialer.CampaignID, user dialer.UserID, from, to time.Time) []report.Period {
	var before sql.NullTime
	if w.err == nil {
		w.err = kind(w.tx.GetContext(w.ctx, &before, qTallyBefore, user, from))
	}
	first := from
	if before.Valid {
		first = before.Time
	}
	var all []report.Period
	if w.err == nil {
		w.err = kind(w.tx.SelectContext(w.ctx, &all, qTallyStretches, user, first, to, from, campaign))
	}
	return all
}

// again adds up the hours and the day of quarters that were counted anew, where
// they have sums already.
func (w *summing) again(tables []sumTable, b tally.Batch, quarters []time.Time) {
	done := map[time.Time]bool{}
	for _, q := range quarters {
		hour := report.Hour.Start(q)
		if done[hour] || !hour.Before(w.rolled.Hours) {
			continue
		}
		done[hour] = true
		w.roll(tables, report.Hour, hour, []dialer.CampaignID{b.Campaign})
	}
	if len(quarters) > 0 && b.Day.Before(w.rolled.Days) {
		w.roll(tables, report.Day, b.Day, []dialer.CampaignID{b.Campaign})
	}
}

func (w *summing) roll(tables []sumTable, span report.Span, at time.Time, campaigns []dialer.CampaignID) {
	for _, t := range tables {
		w.do(t.unroll, campaigns, span, at)
		w.do(t.roll, span, at, campaigns, span-1, at, at.Add(span.Length()))
	}
}

// grace is how long after its end an hour or day is added up: what comes later
// has it added up again.
const grace = 10 * time.Minute

// rollHours is how many hours one step of Roll adds up.
const rollHours = 24

// Roll adds up the hours and days that are over and have no sums yet, some of
// them at a time.
func (s *Tally) Roll(ctx context.Context, now time.Time) (more bool, err error) {
	until := report.Hour.Start(now.Add(-grace))
	var state tallyState
	if err := s.db.x.GetContext(ctx, &state, qTallyState); err != nil {
		return false, kind(err)
	}
	if !state.Hours.Before(until) {
		return false, nil
	}
	err = s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		var state tallyState
		if err := tx.GetContext(ctx, &state, qTallyLock); err != nil {
			return kind(err)
		}
		if state.Hours.Before(time.Unix(1, 0)) {
			// Nothing has been summed up yet: each quarter's count adds up its hour and
			// day, if they are over.
			_, err := tx.ExecContext(ctx, qTallyRolled, until, report.Day.Start(until))
			return kind(err)
		}
		var campaigns []dialer.CampaignID
		if err := tx.SelectContext(ctx, &campaigns, qTallyCampaigns); err != nil {
			return kind(err)
		}
		w := summing{ctx: ctx, tx: tx}
		tables := append(callTables[:len(callTables):len(callTables)], timeTable)
		for n := 0; n < rollHours && state.Hours.Before(until); n++ {
			if len(campaigns) > 0 {
				w.roll(tables, report.Hour, state.Hours, campaigns)
			}
			state.Hours = state.Hours.Add(time.Hour)
		}
		for end := report.Day.Start(state.Hours); state.Days.Before(end); state.Days = state.Days.Add(report.Day.Length()) {
			if len(campaigns) > 0 {
				w.roll(tables, report.Day, state.Days, campaigns)
			}
		}
		w.do(qTallyRolled, state.Hours, state.Days)
		more = state.Hours.Before(until)
		return w.err
	})
	return more, err
}
