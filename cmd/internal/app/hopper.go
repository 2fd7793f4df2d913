package app

import (
	"context"
	"math"
	"time"

	"trunkline/dialer"
	"trunkline/hopper"
	"trunkline/sql/mariadb"
)

// FillReport is what one fill of a campaign's hopper did.
type FillReport struct {
	Campaign dialer.CampaignID     `json:"campaign"`
	Level    int                   `json:"level"`
	Inserted int                   `json:"inserted"`
	Seen     int                   `json:"eligible_seen"` // leads whose rows were read
	Looked   int                   `json:"index_entries"` // entries of an index that were looked at
	Held     map[hopper.Reason]int `json:"held"`          // of those, the ones held back, by reason
	MS       float64               `json:"ms"`
	Count    int64                 `json:"statements"`
	RowsRead int64                 `json:"rows_read"` // by the server's count
}

// FillOnce fills a campaign's hopper once, as the filler does each second. The
// database has one connection afterwards. at is the time to judge by; zero: the
// database's.
func FillOnce(ctx context.Context, db *mariadb.DB, id dialer.CampaignID, at time.Time) (FillReport, error) {
	if at.IsZero() {
		now, err := db.Now(ctx)
		if err != nil {
			return FillReport{}, err
		}
		at = now
	}
	store := mariadb.NewHopperStore(db)
	meter, err := mariadb.NewMeter(ctx, db)
	if err != nil {
		return FillReport{}, err
	}
	began := time.Now()
	c, err := store.Campaign(ctx, id, at)
	if err != nil {
		return FillReport{}, err
	}
	sets, err := store.ZoneSets(ctx)
	if err != nil {
		return FillReport{}, err
	}
	f, err := hopper.Fill(ctx, store, hopper.RulesAt(c, sets, at), hopper.Fence{}, nil)
	took := time.Since(began)
	if err != nil {
		return FillReport{}, err
	}
	statements, rows, err := meter.Count(ctx)
	return FillReport{Campaign: id, Level: f.Level, Inserted: f.Inserted, Seen: f.Seen, Looked: f.Looked, Held: f.Held,
		MS: Millis(took), Count: statements, RowsRead: rows}, err
}

// Millis is a duration for a report, to a hundredth of a millisecond.
func Millis(d time.Duration) float64 { return math.Round(float64(d.Microseconds())/10) / 100 }
