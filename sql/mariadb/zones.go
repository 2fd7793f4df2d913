package mariadb

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
	"trunkline/sql/queries"
)

var (
	zonesBegin      = queries.Get("zones-begin")
	zonesLock       = queries.Get("zones-lock")
	zonesState      = queries.Get("zones-state")
	zonesMove       = queries.Get("zones-move")
	zonesLeads      = queries.Get("zones-leads")
	zonesPhones     = queries.Get("zones-phones")
	zonesRenew      = queries.Get("zones-renew")
	zonesRenewPhone = queries.Get("zones-renew-phone")
)

// zonesBatch is how many leads a transaction renews.
const zonesBatch = 2000

type renewalRow struct {
	Places  string        `db:"places"`
	After   dialer.LeadID `db:"after_lead"`
	Renewed int64         `db:"renewed"`
	DoneAt  *time.Time    `db:"done_at"`
}

type zoneRow struct {
	ID       dialer.LeadID `db:"id"`
	N        int           `db:"n"` // of a further number
	E164     string        `db:"e164"`
	State    string        `db:"state"`
	Postal   string        `db:"postal_code"`
	Verified string        `db:"verified_zone"`
	Set      int           `db:"zone_set"`
}

// RenewZones brings the zone sets of the next leads, and of their further
// numbers, to the calling rules in use, where these name other states with hours
// of their own than the sets were made by. It says whether the end was reached,
// and how many leads have changed since the beginning. What of the hopper is
// about these leads is swept and judged anew.
func (s *Lists) RenewZones(ctx context.Context, now time.Time) (done bool, renewed int64, err error) {
	places := compliance.PlacesHash()
	var is renewalRow
	if err := kind(s.db.x.GetContext(ctx, &is, zonesState)); err == nil && is.Places == places && is.DoneAt != nil {
		return true, is.Renewed, nil
	}
	if _, err := s.db.x.ExecContext(ctx, zonesBegin); err != nil {
		return false, 0, kind(err)
	}
	leads := NewLeadStore(s.db)
	err = s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		if err := tx.GetContext(ctx, &is, zonesLock); err != nil {
			return kind(err)
		}
		if is.Places != places {
			is = renewalRow{Places: places}
		}
		var rows []zoneRow
		if err := tx.SelectContext(ctx, &rows, zonesLeads, is.After, zonesBatch); err != nil {
			return kind(err)
		}
		if len(rows) == 0 {
			is.DoneAt = &now
		} else {
			n, err := leads.renewZones(ctx, tx, rows)
			if err != nil {
				return err
			}
			is.After, is.Renewed = rows[len(rows)-1].ID, is.Renewed+int64(n)
		}
		_, err := tx.ExecContext(ctx, zonesMove, is.Places, is.After, is.Renewed, is.DoneAt)
		return kind(err)
	})
	return is.DoneAt != nil, is.Renewed, err
}

// renewZones sets what has changed of some leads, and says of how many.
func (s *LeadStore) renewZones(ctx context.Context, tx *sqlx.Tx, rows []zoneRow) (int, error) {
	type change struct{ from, to int }
	changed := map[change][]dialer.LeadID{}
	byID := make(map[dialer.LeadID]zoneRow, len(rows))
	ids := make([]dialer.LeadID, len(rows))
	n := 0
	for i, r := range rows {
		byID[r.ID], ids[i] = r, r.ID
		to, err := s.zoneSet(ctx, compliance.SetFor(compliance.Address{E164: r.E164, State: r.State, PostalCode: r.Postal, VerifiedZone: r.Verified}))
		if err != nil {
			return 0, err
		}
		if to != r.Set {
			changed[change{r.Set, to}] = append(changed[change{r.Set, to}], r.ID)
			n++
		}
	}
	for c, leads := range changed {
		if _, err := inTx(ctx, tx, zonesRenew, c.to, leads, c.from); err != nil {
			return 0, err
		}
	}
	return n, s.renewPhones(ctx, tx, ids, byID)
}

// renewPhones sets the zone sets of the leads' further numbers that have changed
// with the leads' addresses or the rules.
func (s *LeadStore) renewPhones(ctx context.Context, tx *sqlx.Tx, ids []dialer.LeadID, byID map[dialer.LeadID]zoneRow) error {
	query, args, err := sqlx.In(zonesPhones, ids)
	if err != nil {
		return err
	}
	var phones []zoneRow
	if err := tx.SelectContext(ctx, &phones, query, args...); err != nil {
		return kind(err)
	}
	for _, p := range phones {
		l := byID[p.ID]
		to, err := s.zoneSet(ctx, compliance.SetFor(compliance.Address{E164: p.E164, State: l.State, PostalCode: l.Postal, VerifiedZone: l.Verified}))
		if err != nil {
			return err
		}
		if to == p.Set {
			continue
		}
		if _, err := tx.ExecContext(ctx, zonesRenewPhone, to, p.ID, p.N, p.Set); err != nil {
			return kind(err)
		}
	}
	return nil
}
