package mariadb

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
	"trunkline/hopper/leads"
	"trunkline/sql/queries"
)

var (
	leadsAddresses    = queries.Get("leads-addresses")
	leadsUpdateKnown  = queries.Get("leads-update-known")
	leadPhonesReplace = queries.Get("lead-phones-replace")
	leadCustomMerge   = queries.Get("lead-custom-merge")
)

type addressRow struct {
	ID       dialer.LeadID `db:"id"`
	State    string        `db:"state"`
	Postal   string        `db:"postal_code"`
	Verified string        `db:"verified_zone"`
}

// updateLeads brings known leads up to date with the rows of an import that are
// about them, their further numbers and custom fields as well.
func (s *LeadStore) updateLeads(ctx context.Context, tx *sqlx.Tx, im dialer.Import, done leads.Settled) error {
	if len(done.Update) == 0 {
		return nil
	}
	ids := make([]dialer.LeadID, len(done.Update))
	for i, u := range done.Update {
		ids[i] = u.ID
	}
	query, args, err := sqlx.In(leadsAddresses, ids)
	if err != nil {
		return err
	}
	var rows []addressRow
	if err := tx.SelectContext(ctx, &rows, query, args...); err != nil {
		return kind(err)
	}
	address := make(map[dialer.LeadID]addressRow, len(rows))
	for _, r := range rows {
		address[r.ID] = r
	}
	if len(address) != len(ids) {
		return fmt.Errorf("%w: %d leads were removed while they were brought up to date", dialer.ErrConflict, len(ids)-len(address))
	}
	before, rest, _ := strings.Cut(leadsUpdateKnown, "VALUES ")
	row, after, _ := strings.Cut(rest, "\nON DUPLICATE")
	args = make([]any, 0, 30*len(done.Update)+1)
	var phones []phoneRow
	var customs []customRow
	now := make(map[dialer.LeadID]zoneRow, len(ids))
	for _, u := range done.Update {
		l := u.Lead
		// The place is that of both together: what the row does not say stays.
		known := address[u.ID]
		is := zoneRow{State: cmp.Or(l.State, known.State), Postal: cmp.Or(l.PostalCode, known.Postal), Verified: cmp.Or(l.VerifiedZone, known.Verified)}
		now[u.ID] = is
		zoneSet := func(e164 string) (int, error) {
			return s.zoneSet(ctx, compliance.SetFor(compliance.Address{E164: e164, State: is.State, PostalCode: is.Postal, VerifiedZone: is.Verified}))
		}
		set, err := zoneSet(l.E164)
		if err != nil {
			return err
		}
		args = append(args, u.ID, im.ListID, set, l.E164, l.PhoneCode, l.PhoneNumber, l.VendorLeadCode, l.SourceID, l.Title, l.FirstName,
			l.MiddleInitial, l.LastName, l.Address1, l.Address2, l.Address3, l.City, l.State, l.Province, l.PostalCode, l.CountryCode, l.Gender,
			l.DateOfBirth, l.AltPhone, l.Email, l.SecurityPhrase, l.Comments, l.Rank, l.Owner, l.VerifiedZone, im.CreatedAt)
		for _, p := range l.Phones {
			if set, err = zoneSet(p.E164); err != nil {
				return err
			}
			phones = append(phones, phoneRow{u.ID, p.N, p.Label, p.E164, p.PhoneCode, p.PhoneNumber, set})
		}
		if len(l.Custom) > 0 {
			vals, err := json.Marshal(l.Custom)
			if err != nil {
				return err
			}
			customs = append(customs, customRow{u.ID, vals})
		}
	}
	query = before + "VALUES " + row + strings.Repeat(", "+row, len(done.Update)-1) + "\nON DUPLICATE" + after
	if _, err := tx.ExecContext(ctx, query, append(args, done.Ranks)...); err != nil {
		return kind(err)
	}
	if len(phones) > 0 {
		if _, err := tx.NamedExecContext(ctx, leadPhonesReplace, phones); err != nil {
			return kind(err)
		}
	}
	if len(customs) > 0 {
		if _, err := tx.NamedExecContext(ctx, leadCustomMerge, customs); err != nil {
			return kind(err)
		}
	}
	// Those that the file does not name have moved along with the address.
	return s.renewPhones(ctx, tx, ids, now)
}
