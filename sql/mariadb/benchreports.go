package mariadb

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/sql/queries"
)

// BenchReports arranges the logs of a measurement of the reports.
type BenchReports struct{ db *DB }

// NewBenchReports is the store on a database of its own.
func NewBenchReports(db *DB) *BenchReports { return &BenchReports{db} }

var (
	benchCallsDropKeys = queries.Get("bench-calls-drop-keys")
	benchCallsAddKeys  = queries.Get("bench-calls-add-keys")
	benchCalls         = queries.Get("bench-calls")
	benchRecordings    = queries.Get("bench-recordings")
	benchShifts        = queries.Get("bench-shifts")
	benchReportNames   = []string{queries.Get("bench-report-names"), queries.Get("bench-report-lists"), queries.Get("bench-report-users")}
	benchReportLeads   = queries.Get("bench-report-leads")
	benchCallCount     = queries.Get("bench-call-count")
	benchSumRows       = queries.Get("bench-sum-rows")
	benchRecount       = queries.Get("bench-recount")
)

// CallsADay is how many calls the measured logs have a day, of 100 agents.
const CallsADay = 111_111

// manyLeads is how many leads there are beside.
const manyLeads = 1_000_000

// Calls is how many the log has.
func (b *BenchReports) Calls(ctx context.Context) (int, error) {
	var n int
	err := b.db.x.GetContext(ctx, &n, benchCallCount)
	return n, kind(err)
}

// Fill makes calls from first on, CallsADay a day, the agents' shifts of those
// days, recordings and a million leads; said hears how many calls there are so
// far.
func (b *BenchReports) Fill(ctx context.Context, calls int, first time.Time, said func(int)) error {
	// Some of this takes longer than a connection waits for an answer.
	x := sqlx.NewDb(sql.OpenDB(b.db.patient), "mysql")
	defer x.Close()
	exec := func(query string, args ...any) error {
		_, err := x.ExecContext(ctx, query, args...)
		return kind(err)
	}
	for _, q := range append(benchReportNames, benchCallsDropKeys) {
		if err := exec(q); err != nil {
			return err
		}
	}
	for n := 0; n < calls; n += benchBatch {
		if err := exec(benchCalls, n, n, CallsADay, n, n, n, CallsADay, n, CallsADay, CallsADay, first, calls); err != nil {
			return err
		}
		if err := exec(benchRecordings, n, n+benchBatch); err != nil {
			return err
		}
		said(min(n+benchBatch, calls))
	}
	for day := 0; day*CallsADay < calls; day++ {
		at := first.AddDate(0, 0, day)
		if err := exec(benchShifts, day*100, at, at); err != nil {
			return err
		}
	}
	for n := 0; n < manyLeads; n += benchBatch {
		if err := exec(benchReportLeads, n, n, n); err != nil {
			return err
		}
	}
	return exec(benchCallsAddKeys)
}

// SumRows says how many rows the sums have, by table.
func (b *BenchReports) SumRows(ctx context.Context) (map[string]int, error) {
	var rows struct {
		Calls  int `db:"calls"`
		Causes int `db:"causes"`
		Agents int `db:"agents"`
		Times  int `db:"times"`
	}
	err := b.db.x.GetContext(ctx, &rows, benchSumRows)
	return map[string]int{"calls": rows.Calls, "causes": rows.Causes, "agents": rows.Agents, "times": rows.Times}, kind(err)
}

// Recount counts the log itself.
func (b *BenchReports) Recount(ctx context.Context, campaigns []dialer.CampaignID, from, to time.Time) (calls, sales int64, err error) {
	query, args, err := sqlx.In(benchRecount, campaigns, from, to)
	if err != nil {
		return 0, 0, err
	}
	x := sqlx.NewDb(sql.OpenDB(b.db.patient), "mysql")
	defer x.Close()
	var row struct {
		Calls int64 `db:"calls"`
		Sales int64 `db:"sales"`
	}
	if err := x.GetContext(ctx, &row, query, args...); err != nil {
		return 0, 0, fmt.Errorf("counting the log: %w", kind(err))
	}
	return row.Calls, row.Sales, nil
}
