package mariadb

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/report"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

var (
	dayLog     = queries.Get("day-log")
	dayUp      = queries.Get("day-up")
	daySums    = queries.Get("day-sums")
	dayWaiting = queries.Get("day-waiting")
)

const (
	// dayFresh is how old a call is at most that is counted from the log: its sum
	// would be counted anew every few seconds.
	dayFresh = 15 * time.Minute
	// dayWaits is of how many quarters of an hour of a campaign the sums may be out
	// of date until all of its day is counted from the log.
	dayWaits = 8
)

type dayRow struct {
	Campaign dialer.CampaignID `db:"campaign_id"`
	Quarter  int64             `db:"quarter"` // since 1970; 0: of any
	facts.BoardDay
}

// quarter is one of a campaign's.
type quarter struct {
	campaign dialer.CampaignID
	n        int64 // since 1970
}

func (q quarter) at() time.Time { return time.Unix(900*q.n, 0).UTC() }

// days counts what became of the calls that campaigns placed since a day began,
// as the log has them at this moment. It reads the log of the last quarter of an
// hour or two, and of what is older the reports' sums, but for quarters of an hour whose sums are out
// of date: a page does not read a day's calls again and again.
func (db *DB) days(ctx context.Context, campaigns []dialer.CampaignID, since time.Time) (map[dialer.CampaignID]facts.BoardDay, error) {
	all := map[dialer.CampaignID]facts.BoardDay{}
	if len(campaigns) == 0 {
		return all, nil
	}
	now, err := db.Now(ctx)
	if err != nil {
		return nil, err
	}
	// One moment for all: a call that ends meanwhile is in one of them.
	tx, err := db.x.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return nil, kind(err)
	}
	defer tx.Rollback() //nolint:errcheck // there is nothing to undo
	read := func(query string, of []dialer.CampaignID, from, to time.Time) (rows []dayRow, err error) {
		query, args, err := sqlx.In(query, of, from, to)
		if err == nil {
			err = kind(tx.SelectContext(ctx, &rows, query, args...))
		}
		return rows, err
	}
	add := func(rows []dayRow, err error) error {
		for _, r := range rows {
			all[r.Campaign] = all[r.Campaign].Plus(r.BoardDay)
		}
		return err
	}
	recent, end := report.Quarter.Start(now.Add(-dayFresh)), now.Add(time.Hour)
	if recent.Before(since) {
		recent = since
	}
	if err := add(read(dayLog, campaigns, recent, end)); err != nil || !since.Before(recent) {
		return all, err
	}
	late, err := read(dayWaiting, campaigns, since, recent)
	if err != nil {
		return nil, fmt.Errorf("what has not been summed up: %w", err)
	}
	waiting, waits := map[quarter]bool{}, map[dialer.CampaignID]int{}
	for _, r := range late {
		waiting[quarter{r.Campaign, r.Quarter}] = true
		waits[r.Campaign]++
	}
	for q := range waiting {
		if waits[q.campaign] > dayWaits {
			continue
		}
		if err := add(read(dayLog, []dialer.CampaignID{q.campaign}, q.at(), q.at().Add(report.Quarter.Length()))); err != nil {
			return nil, err
		}
	}
	for campaign, n := range waits {
		if n > dayWaits {
			if err := add(read(dayLog, []dialer.CampaignID{campaign}, since, recent)); err != nil {
				return nil, err
			}
		}
	}
	for _, query := range []string{daySums, dayUp} {
		rows, err := read(query, campaigns, since, recent)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if waits[r.Campaign] <= dayWaits && !waiting[quarter{r.Campaign, r.Quarter}] {
				all[r.Campaign] = all[r.Campaign].Plus(r.BoardDay)
			}
		}
	}
	return all, nil
}
