package mariadb

import (
	"context"
	"database/sql"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
	"trunkline/sql/queries"
)

// Bench arranges the tables of a measurement of the hopper.
type Bench struct{ db *DB }

// NewBench is the store on a database of its own.
func NewBench(db *DB) *Bench { return &Bench{db} }

var (
	benchDropKeys  = queries.Get("bench-drop-keys")
	benchAddKeys   = queries.Get("bench-add-keys")
	benchLeads     = queries.Get("bench-leads")
	benchOwnFields = queries.Get("bench-own-fields")
	benchOwnNames  = queries.Get("bench-own-names")
	benchLists     = queries.Get("bench-lists")
	benchCampaign  = queries.Get("bench-campaign")
	benchOrder     = queries.Get("bench-order")
	benchDNC       = queries.Get("bench-dnc")
	benchRecycle   = queries.Get("bench-recycle")
	benchNoRecycle = queries.Get("bench-no-recycle")
	benchListEach  = queries.Get("bench-list-each")
	benchCloses    = queries.Get("bench-close-state")
	benchOpens     = queries.Get("bench-open-state")
	benchWarm      = queries.Get("bench-warm")
	benchWarmKeys  = queries.Get("bench-warm-keys")
	benchUnimport  = queries.Get("bench-unimport")
	benchClear     = queries.Get("bench-clear")
	benchHopper    = queries.Get("bench-hopper")
)

// benchBatch is how many leads one statement makes.
const benchBatch = 100_000

// Leads makes leads of all the area codes in lists of the campaign, as of now;
// said hears how many there are so far.
func (b *Bench) Leads(ctx context.Context, campaign dialer.CampaignID, leads, lists, dnc int, areaCodes []string, now time.Time, said func(int)) error {
	store := NewLeadStore(b.db)
	sets := make([]int, len(areaCodes))
	for i, npa := range areaCodes {
		id, err := store.zoneSet(ctx, compliance.SetOf("+1"+npa+"2340000", ""))
		if err != nil {
			return err
		}
		sets[i] = id
	}
	if _, err := b.db.x.ExecContext(ctx, benchLists, campaign, now, lists); err != nil {
		return kind(err)
	}
	if _, err := b.db.x.ExecContext(ctx, benchDropKeys); err != nil {
		return kind(err)
	}
	for from := 0; from < leads; from += benchBatch {
		n := len(areaCodes)
		query, args, err := sqlx.In(benchLeads, (leads+lists-1)/lists, now, n, sets, n, areaCodes, n, areaCodes, now, from, from, leads)
		if err != nil {
			return err
		}
		if _, err := b.db.x.ExecContext(ctx, query, args...); err != nil {
			return kind(err)
		}
		said(min(from+benchBatch, leads))
	}
	// It takes minutes, far longer than a connection waits for an answer.
	patient := sqlx.NewDb(sql.OpenDB(b.db.patient), "mysql")
	defer patient.Close()
	if _, err := patient.ExecContext(ctx, benchAddKeys); err != nil {
		return kind(err)
	}
	_, err := b.db.x.ExecContext(ctx, benchDNC, now, leads, max(1, leads/dnc))
	return kind(err)
}

// OwnFields gives each of the first leads two fields of its list's own and one more.
func (b *Bench) OwnFields(ctx context.Context, leads int) error {
	if _, err := b.db.x.ExecContext(ctx, benchOwnNames); err != nil {
		return kind(err)
	}
	for from := 0; from < leads; from += benchBatch {
		if _, err := b.db.x.ExecContext(ctx, benchOwnFields, from, min(from+benchBatch, leads)); err != nil {
			return kind(err)
		}
	}
	return nil
}

// Campaign makes an active campaign that calls around the clock.
func (b *Bench) Campaign(ctx context.Context, id dialer.CampaignID, level int, now time.Time) error {
	_, err := b.db.x.ExecContext(ctx, benchCampaign, id, level, now)
	return kind(err)
}

// Order sets the order in which a campaign dials.
func (b *Bench) Order(ctx context.Context, id dialer.CampaignID, order string) error {
	_, err := b.db.x.ExecContext(ctx, benchOrder, order, id)
	return kind(err)
}

// Recycle has a campaign recycle NA after an hour, three times; "" ends that.
func (b *Bench) Recycle(ctx context.Context, id dialer.CampaignID) error {
	if id == "" {
		_, err := b.db.x.ExecContext(ctx, benchNoRecycle)
		return kind(err)
	}
	_, err := b.db.x.ExecContext(ctx, benchRecycle, id)
	return kind(err)
}

// ListEach gives each list to a campaign of its own: B1, B2 and so on.
func (b *Bench) ListEach(ctx context.Context) error {
	_, err := b.db.x.ExecContext(ctx, benchListEach)
	return kind(err)
}

// CloseState has a call time of the campaign's close California around the clock,
// where one lead in nine is; "" ends that.
func (b *Bench) CloseState(ctx context.Context, id dialer.CampaignID, now time.Time) error {
	if id == "" {
		_, err := b.db.x.ExecContext(ctx, benchOpens)
		return kind(err)
	}
	_, err := b.db.x.ExecContext(ctx, benchCloses, id, now)
	return kind(err)
}

// Warm brings the leads and their indexes into memory.
func (b *Bench) Warm(ctx context.Context) error {
	patient := sqlx.NewDb(sql.OpenDB(b.db.patient), "mysql")
	defer patient.Close()
	var n int64
	for _, query := range []string{benchWarm, benchWarmKeys} {
		if err := patient.GetContext(ctx, &n, query); err != nil {
			return kind(err)
		}
	}
	return nil
}

// Unimport deletes what was imported beside the leads that were made: a census of
// a million of them counts no more.
func (b *Bench) Unimport(ctx context.Context, leads int) error {
	for {
		result, err := b.db.x.ExecContext(ctx, benchUnimport, leads)
		if err != nil {
			return kind(err)
		}
		if n, err := result.RowsAffected(); n == 0 || err != nil {
			return kind(err)
		}
	}
}

// Clear empties the hopper.
func (b *Bench) Clear(ctx context.Context) error {
	_, err := b.db.x.ExecContext(ctx, benchClear)
	return kind(err)
}

// Stock puts leads into the hopper without asking anything, those with the ids
// after the given one.
func (b *Bench) Stock(ctx context.Context, id dialer.CampaignID, after dialer.LeadID, n int, now time.Time) error {
	_, err := b.db.x.ExecContext(ctx, benchHopper, id, now, after, n)
	return kind(err)
}
