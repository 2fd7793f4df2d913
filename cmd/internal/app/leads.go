package app

import (
	"context"
	"errors"
	"fmt"
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
		return hopper.Report{}, fmt.Errorf("the lead file cannot be read: %w", err)
	}
	defer f.Close()
	o.Now, err = db.Now(ctx)
	if err != nil {
		return hopper.Report{}, err
	}
	began := time.Now()
	report, err := hopper.Import(ctx, mariadb.NewLeadStore(db), f, o)
	report.Seconds = time.Since(began).Seconds()
	if errors.Is(err, dialer.ErrNotFound) {
		return report, fmt.Errorf("there is no list %d", o.List)
	}
	return report, err
}
