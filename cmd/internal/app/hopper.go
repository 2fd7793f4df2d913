package app

import (
	"context"
	"errors"
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
	meter, err := mariadb.NewMeter(ctx, db)
	if err != nil {
		return FillReport{}, err
	}
	began := time.Now()
	r, store, err := rulesAt(ctx, db, id, at)
	if err != nil {
		return FillReport{}, err
	}
	f, err := hopper.Fill(ctx, store, r, hopper.Fence{}, nil)
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

// Explain counts what holds a campaign's leads back, and says how long that took.
// at is the time to judge by; zero: the database's.
func Explain(ctx context.Context, db *mariadb.DB, id dialer.CampaignID, at time.Time) (hopper.Census, time.Duration, error) {
	began := time.Now()
	r, store, err := rulesAt(ctx, db, id, at)
	if err != nil {
		return hopper.Census{}, 0, err
	}
	var c hopper.Census
	err = store.View(ctx, func(v hopper.View) error {
		c, err = r.Count(ctx, v)
		return err
	})
	if err != nil {
		return c, time.Since(began), err
	}
	found, err := Findings(ctx, db, r.Campaign.Campaign)
	for _, f := range found {
		c.Asks = append(c.Asks, hopper.Ask{Rule: f.Rule, Says: f.Says})
	}
	return c, time.Since(began), err
}

// ErrNoLead is that none of the campaign's lists has the lead.
var ErrNoLead = errors.New("no such lead")

// ExplainLead says what holds one lead back.
func ExplainLead(ctx context.Context, db *mariadb.DB, id dialer.CampaignID, lead dialer.LeadID, at time.Time) (hopper.Answer, error) {
	r, store, err := rulesAt(ctx, db, id, at)
	if err != nil {
		return hopper.Answer{}, err
	}
	var a hopper.Answer
	err = store.View(ctx, func(v hopper.View) error {
		a, err = r.Ask(ctx, v, lead)
		return err
	})
	if errors.Is(err, dialer.ErrNotFound) {
		err = ErrNoLead
	}
	return a, err
}

func rulesAt(ctx context.Context, db *mariadb.DB, id dialer.CampaignID, at time.Time) (*hopper.Rules, *mariadb.HopperStore, error) {
	if at.IsZero() {
		now, err := db.Now(ctx)
		if err != nil {
			return nil, nil, err
		}
		at = now
	}
	store := mariadb.NewHopperStore(db)
	c, err := store.Campaign(ctx, id, at)
	if err != nil {
		return nil, nil, err
	}
	sets, err := store.ZoneSets(ctx)
	if err != nil {
		return nil, nil, err
	}
	return hopper.RulesAt(c, sets, at), store, nil
}
