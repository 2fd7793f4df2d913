package mariadb

import (
	"context"
	"strconv"

	"github.com/jmoiron/sqlx"

	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

var callTimeHours = queries.Get("calltime-hours")

// NewCallTimes keeps the named calling hours.
func NewCallTimes(db *DB) *Catalog[facts.CallTime] {
	c := catalog(db, "calltime", false, func(k facts.CallTime) string { return k.ID }, "These keep it: %s. Give them other hours first.")
	c.after = writeHours
	return c
}

// NewHolidays keeps the holidays.
func NewHolidays(db *DB) *Catalog[facts.Holiday] {
	c := catalog(db, "holiday", true, func(h facts.Holiday) string { return strconv.FormatInt(h.ID, 10) }, "")
	c.after = writeHours
	return c
}

// writeHours writes what dialing reads of the call times.
func writeHours(ctx context.Context, tx *sqlx.Tx) error {
	_, err := tx.ExecContext(ctx, callTimeHours)
	return kind(err)
}
