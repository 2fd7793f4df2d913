package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"time"

	"trunkline/dialer"
	"trunkline/hopper"
	"trunkline/sql/mariadb"
)

// ImportLeads reads a lead file into a list.
func ImportLeads(ctx context.Context, db *mariadb.DB, o hopper.ImportOptions, path string) (hopper.Report, error) {
	f, err := os.Open(path)
	if err != nil {
		var why *fs.PathError
		if errors.As(err, &why) {
			err = why.Err
		}
		return hopper.Report{}, fmt.Errorf("the lead file %s cannot be read: %w", path, err)
	}
	defer f.Close()
	o.Now, err = db.Now(ctx)
	if err != nil {
		return hopper.Report{}, err
	}
	began := time.Now()
	report, err := hopper.Import(ctx, mariadb.NewLeadStore(db), f, o)
	report.Seconds = Seconds(time.Since(began))
	if errors.Is(err, dialer.ErrNotFound) {
		return report, fmt.Errorf("there is no list %d; `trunkline list list` shows them, and `trunkline list add %d NAME --campaign ID` makes it", o.List, o.List)
	}
	return report, err
}

// Seconds is a duration for a report: a clock's nanoseconds would only feign
// precision.
func Seconds(d time.Duration) float64 { return math.Round(d.Seconds()*1000) / 1000 }
