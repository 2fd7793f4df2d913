package mariadb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/hopper/leads"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

var (
	leadsByID       = queries.Get("leads-by-id")
	leadsByNumber   = queries.Get("leads-by-number")
	leadsByFurther  = queries.Get("leads-by-further-number")
	leadsByVendor   = queries.Get("leads-by-vendor")
	leadsByName     = queries.Get("leads-by-name")
	leadsByList     = queries.Get("leads-by-list")
	leadEditOne     = queries.Get("lead-edit-one")
	leadEditSave    = queries.Get("lead-edit-save")
	leadEditStates  = queries.Get("lead-edit-statuses")
	leadFacts       = queries.Get("lead-facts")
	leadPhonesOf    = queries.Get("lead-phones-of")
	leadPhonesClear = queries.Get("lead-phones-clear")
	leadPhoneActive = queries.Get("lead-phone-active")
	leadCustomPut   = queries.Get("lead-custom-put")
	leadChanged     = queries.Get("lead-changed")
	leadsExport     = queries.Get("leads-export")
)

// LeadPages is the leads as people look for, read and edit them.
type LeadPages struct {
	db    *DB
	leads *LeadStore
}

// NewLeadPages is the store on a database.
func NewLeadPages(db *DB) *LeadPages { return &LeadPages{db, NewLeadStore(db)} }

// Find looks leads up by an index each: a query of nothing finds nothing.
func (s *LeadPages) Find(ctx context.Context, q facts.LeadQuery) ([]facts.LeadLine, error) {
	var query string
	var args []any
	switch {
	case q.ID != 0:
		query, args = leadsByID, []any{q.ID}
	case q.E164 != "":
		query, args = leadsByNumber, []any{q.E164, q.After, q.Limit}
	case q.Vendor != "":
		query, args = leadsByVendor, []any{q.Vendor, q.After, q.Limit}
	case q.Last != "":
		query, args = leadsByName, []any{like(q.Last), like(q.First), q.After, q.Limit}
	case q.List != 0 && q.Status != "":
		query, args = leadsByList, []any{q.List, q.Status, q.After, q.Limit}
	default:
		return nil, nil
	}
	var lines []facts.LeadLine
	err := s.db.x.SelectContext(ctx, &lines, query, args...)
	if err != nil || q.E164 == "" || len(lines) > 0 {
		return lines, kind(err)
	}
	err = s.db.x.SelectContext(ctx, &lines, leadsByFurther, q.E164, q.After, q.Limit)
	return lines, kind(err)
}

// like is a beginning for LIKE.
func like(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s) + "%"
}

// All are none: leads are looked for, not listed.
func (s *LeadPages) All(context.Context) ([]facts.SetLead, error) { return nil, nil }

// One is a lead with how many changes it has seen.
func (s *LeadPages) One(ctx context.Context, key string) (audit.Record[facts.SetLead], error) {
	id, err := strconv.ParseInt(key, 10, 64)
	if err != nil {
		return audit.Record[facts.SetLead]{}, dialer.ErrNotFound
	}
	return readRecord(ctx, s.db, object("lead", id), func() (facts.SetLead, error) {
		var l facts.SetLead
		err := s.db.x.GetContext(ctx, &l, leadEditOne, id)
		return l, kind(err)
	})
}

// Create adds a lead to its list; a number that the list has is ErrConflict.
func (s *LeadPages) Create(ctx context.Context, by audit.By, l facts.SetLead) (string, error) {
	checked, _, err := recheck(l, by)
	if err != nil {
		return "", err
	}
	known, err := s.leads.AddLeads(ctx, l.ListID, []leads.NewLead{checked}, by.At)
	if err != nil {
		return "", err
	}
	if known[checked.E164] {
		return "", dialer.ErrConflict
	}
	lines, err := s.Find(ctx, facts.LeadQuery{E164: checked.E164, Limit: 1000})
	if err != nil {
		return "", err
	}
	key := ""
	for _, line := range lines {
		if line.ListID == l.ListID {
			key = strconv.FormatInt(int64(line.ID), 10)
		}
	}
	err = s.db.Tx(ctx, func(tx *sqlx.Tx) error { return note(ctx, tx, by, "lead.create", object("lead", key), nil, l) })
	return key, err
}

// recheck judges a lead's fields together; of a *dialer.Problem, field is the one
// that it is about.
func recheck(l facts.SetLead, by audit.By) (checked leads.NewLead, field string, err error) {
	checked, field, says := leads.Recheck(leads.NewLead{Lead: dialer.Lead{
		ID: l.ID, ListID: l.ListID, Status: l.Status, PhoneCode: l.PhoneCode, PhoneNumber: l.PhoneNumber, VendorLeadCode: l.VendorLeadCode,
		SourceID: l.SourceID, Title: l.Title, FirstName: l.FirstName, MiddleInitial: l.MiddleInitial, LastName: l.LastName, Address1: l.Address1,
		Address2: l.Address2, Address3: l.Address3, City: l.City, State: l.State, Province: l.Province, PostalCode: l.PostalCode, CountryCode: l.CountryCode,
		Gender: l.Gender, DateOfBirth: l.DateOfBirth, AltPhone: l.AltPhone, Email: l.Email, SecurityPhrase: l.SecurityPhrase, Comments: l.Comments,
		Rank: l.Rank, Owner: l.Owner,
	}, VerifiedZone: l.VerifiedZone}, "US", by.At)
	if says != "" {
		return checked, field, dialer.Explain(dialer.ErrInvalid, says)
	}
	return checked, "", nil
}

// completed is the lead with what recheck has made of its fields.
func completed(l facts.SetLead, checked leads.NewLead) facts.SetLead {
	l.E164, l.PhoneCode, l.PhoneNumber, l.State, l.PostalCode, l.DateOfBirth = checked.E164, checked.PhoneCode, checked.PhoneNumber, checked.State, checked.PostalCode, checked.DateOfBirth
	return l
}

// CheckLead judges a lead's fields together and completes them. Of a
// *dialer.Problem, field is the one that it is about.
func CheckLead(l facts.SetLead, by audit.By) (is facts.SetLead, field string, err error) {
	checked, field, err := recheck(l, by)
	if err != nil {
		return l, field, err
	}
	return completed(l, checked), "", nil
}

type savedLead struct {
	facts.SetLead
	ZoneSet   int `db:"zone_set"`
	ChangedAt any `db:"changed_at"`
}

// Save brings a lead to what was typed, with its zone set and further numbers. Its
// row in the hopper, unless it is claimed, goes: the filler judges it anew.
func (s *LeadPages) Save(ctx context.Context, key string, e audit.Edit[facts.SetLead]) error {
	id, err := strconv.ParseInt(key, 10, 64)
	if err != nil {
		return dialer.ErrNotFound
	}
	return edit(ctx, s.db, e, "lead.save", object("lead", id),
		func(tx *sqlx.Tx) (facts.SetLead, error) {
			var l facts.SetLead
			return l, tx.GetContext(ctx, &l, leadEditOne+" FOR UPDATE", id)
		},
		func(tx *sqlx.Tx, _, is facts.SetLead) error {
			_, err := s.write(ctx, tx, is, e.By)
			return err
		})
}

// write writes a lead whose row the transaction holds, and gives it as it stands
// now.
func (s *LeadPages) write(ctx context.Context, tx *sqlx.Tx, is facts.SetLead, by audit.By) (facts.SetLead, error) {
	checked, _, err := recheck(is, by)
	if err != nil {
		return is, err
	}
	is = completed(is, checked)
	sets, err := s.leads.zoneSets(ctx, []leads.NewLead{checked})
	if err != nil {
		return is, err
	}
	if _, err := tx.NamedExecContext(ctx, leadEditSave, savedLead{is, sets[checked.Set], by.At}); err != nil {
		return is, err
	}
	var phones []phoneRow
	kept := []int{0} // no number is 0
	for _, p := range checked.Phones {
		phones, kept = append(phones, phoneRow{is.ID, p.N, p.Label, p.E164, p.PhoneCode, p.PhoneNumber, sets[p.Set]}), append(kept, p.N)
	}
	if _, err := inTx(ctx, tx, leadPhonesClear, is.ID, kept); err != nil {
		return is, err
	}
	if len(phones) > 0 {
		if _, err := tx.NamedExecContext(ctx, leadPhonesReplace, phones); err != nil {
			return is, err
		}
	}
	address := zoneRow{State: checked.State, Postal: checked.PostalCode, Verified: checked.VerifiedZone}
	if err := s.leads.renewPhones(ctx, tx, []dialer.LeadID{is.ID}, map[dialer.LeadID]zoneRow{is.ID: address}); err != nil {
		return is, err
	}
	if _, err := inTx(ctx, tx, callbacksFollow, []dialer.LeadID{is.ID}); err != nil {
		return is, err
	}
	_, err = inTx(ctx, tx, listMoveHopper, []dialer.LeadID{is.ID})
	return is, err
}

// Changes are a lead's latest changes, the newest first.
func (s *LeadPages) Changes(ctx context.Context, key string) ([]audit.Entry, error) {
	return s.db.latest(ctx, object("lead", key))
}

// Facts is what is known of a lead beside its fields.
func (s *LeadPages) Facts(ctx context.Context, l facts.SetLead) (facts.LeadFacts, error) {
	var f facts.LeadFacts
	seen, err := s.db.seen(ctx, object("lead", int64(l.ID)))
	if err != nil {
		return f, err
	}
	if err := s.db.x.GetContext(ctx, &f, leadFacts, l.ID); err != nil {
		return f, kind(err)
	}
	f.Seen = seen
	if len(f.CustomJSON) > 0 {
		if err := json.Unmarshal(f.CustomJSON, &f.Custom); err != nil {
			return f, err
		}
	}
	err = s.db.x.SelectContext(ctx, &f.Phones, leadPhonesOf, l.ID)
	var errs [4]error
	f.Fields, errs[0] = NewImports(s.db).CustomFields(ctx, l.ListID)
	f.Callbacks, errs[1] = NewCallbacks(s.db).OfLead(ctx, l.ID)
	f.Calls, errs[2] = NewWebDesk(s.db).LeadHistory(ctx, l.ID, 0)
	found, dncErr := NewDNC(s.db).Find(ctx, l.Campaign, []string{l.E164})
	f.DNC, errs[3] = found[l.E164], dncErr
	return f, kind(errors.Join(append(errs[:], err)...))
}

// Statuses are those that a lead may be given by hand.
func (s *LeadPages) Statuses(ctx context.Context) ([]facts.StatusChoice, error) {
	var all []facts.StatusChoice
	err := s.db.x.SelectContext(ctx, &all, leadEditStates)
	return all, kind(err)
}

// SetCustom writes a lead's custom fields, each checked by its type; a value that
// cannot be one is a *dialer.Problem.
func (s *LeadPages) SetCustom(ctx context.Context, by audit.By, l facts.SetLead, values map[string]string) error {
	return s.SaveCustom(ctx, l, audit.Edit[map[string]string]{By: by, Seen: math.MaxInt32, Record: values})
}

// SaveCustom is SetCustom by a form, together with what others changed since it was
// drawn: it may return *audit.Conflict.
func (s *LeadPages) SaveCustom(ctx context.Context, l facts.SetLead, e audit.Edit[map[string]string]) error {
	fields, err := NewImports(s.db).CustomFields(ctx, l.ListID)
	if err != nil {
		return err
	}
	kept, wrong, err := s.CheckCustom(ctx, l.ListID, e.Record)
	if err != nil {
		return err
	}
	for _, f := range fields {
		if says := wrong[f.Name]; says != "" {
			return dialer.Explain(dialer.ErrInvalid, says)
		}
	}
	// Each field there is, also the empty ones: what is emptied is a change, too.
	whole := func(values map[string]string) map[string]string {
		all := map[string]string{}
		for _, f := range fields {
			all[f.Name] = values[f.Name]
		}
		return all
	}
	e.Record = whole(kept)
	var stored map[string]string
	return edit(ctx, s.db, e, "lead.custom", object("lead", int64(l.ID)),
		func(tx *sqlx.Tx) (map[string]string, error) {
			var was facts.SetLead
			if err := tx.GetContext(ctx, &was, leadEditOne+" FOR UPDATE", l.ID); err != nil {
				return nil, kind(err)
			}
			values, err := customOf(ctx, tx, l.ID, "FOR UPDATE")
			stored = values
			return whole(values), err
		},
		func(tx *sqlx.Tx, _, is map[string]string) error {
			full := maps.Clone(stored) // what it holds in fields that were deleted comes back with them
			maps.Copy(full, is)
			maps.DeleteFunc(full, func(_, value string) bool { return value == "" })
			return putCustom(ctx, tx, l.ID, full)
		})
}

// putCustom writes the custom fields of a lead that the transaction holds.
func putCustom(ctx context.Context, tx *sqlx.Tx, lead dialer.LeadID, values map[string]string) error {
	text, err := json.Marshal(values)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, leadCustomPut, lead, text); err != nil {
		return kind(err)
	}
	_, err = tx.ExecContext(ctx, leadChanged, lead)
	return kind(err)
}

// CheckCustom gives custom fields as they are kept, and of those that cannot be a
// sentence that says why.
func (s *LeadPages) CheckCustom(ctx context.Context, list dialer.ListID, values map[string]string) (kept, wrong map[string]string, err error) {
	fields, err := NewImports(s.db).CustomFields(ctx, list)
	if err != nil {
		return nil, nil, err
	}
	kept, wrong = map[string]string{}, map[string]string{}
	for _, f := range fields {
		value, says := leads.CheckCustom(f, values[f.Name], "US")
		if says == "" && value == "" && f.Required {
			says = f.Label + " is required. Fill it in."
		}
		if says != "" {
			wrong[f.Name] = says
		} else if value != "" {
			kept[f.Name] = value
		}
	}
	return kept, wrong, nil
}

// SetPhone switches a further number on or off.
func (s *LeadPages) SetPhone(ctx context.Context, by audit.By, lead dialer.LeadID, n int, active bool) error {
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		changed, err := tx.ExecContext(ctx, leadPhoneActive, active, lead, n)
		if err != nil {
			return kind(err)
		}
		if rows, err := changed.RowsAffected(); err != nil || rows == 0 {
			return err // as it is already
		}
		name := fmt.Sprintf("number %d is dialed", n)
		return note(ctx, tx, by, "lead.phone", object("lead", int64(lead)), map[string]bool{name: !active}, map[string]bool{name: active})
	})
}

// ExportPage fills leads.Shelves.
func (s *LeadPages) ExportPage(ctx context.Context, list dialer.ListID, status dialer.Status, after dialer.LeadID, limit int) ([]leads.ExportRow, error) {
	var rows []leads.ExportRow
	err := s.db.x.SelectContext(ctx, &rows, leadsExport, list, after, status, status, limit)
	return rows, kind(err)
}

// CustomFields fills leads.Shelves.
func (s *LeadPages) CustomFields(ctx context.Context, list dialer.ListID) ([]dialer.CustomField, error) {
	return NewImports(s.db).CustomFields(ctx, list)
}
