package mariadb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/hopper/leads"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

var (
	leadCustomOne       = queries.Get("lead-custom-one")
	webDeskLeadsID      = queries.Get("web-desk-leads-by-id")
	webDeskLeadsNumber  = queries.Get("web-desk-leads-by-number")
	webDeskLeadsVendor  = queries.Get("web-desk-leads-by-vendor")
	webDeskLeadsByNames = queries.Get("web-desk-leads-by-name")
)

// WebCustomers is the leads as agents see and edit them at the desk.
type WebCustomers struct{ *LeadPages }

// NewWebCustomers is the store on a database.
func NewWebCustomers(db *DB) WebCustomers { return WebCustomers{NewLeadPages(db)} }

// Customer is a lead with its list's own fields, but for those hidden from
// agents.
func (s WebCustomers) Customer(ctx context.Context, lead dialer.LeadID) (facts.Customer, error) {
	var c facts.Customer
	err := s.db.x.GetContext(ctx, &c.Lead, leadEditOne, lead)
	if err != nil {
		return c, kind(err)
	}
	c.Fields, err = s.CustomFields(ctx, c.Lead.ListID)
	if err != nil {
		return c, err
	}
	c.Custom, err = customOf(ctx, s.db.x, lead)
	if err != nil {
		return c, err
	}
	c.Fields = slices.DeleteFunc(c.Fields, func(f dialer.CustomField) bool {
		if f.Type == dialer.CustomHidden {
			delete(c.Custom, f.Name)
			return true
		}
		return false
	})
	return c, nil
}

// customOf are the values of a lead's custom fields by name.
func customOf(ctx context.Context, q sqlx.QueryerContext, lead dialer.LeadID, locked ...string) (map[string]string, error) {
	query := leadCustomOne
	for _, more := range locked {
		query += " " + more
	}
	values := map[string]string{}
	var raw []byte
	err := sqlx.GetContext(ctx, q, &raw, query, lead)
	if errors.Is(err, sql.ErrNoRows) {
		return values, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &values)
	}
	return values, kind(err)
}

// EditField changes a lead by what change does to it, whatever the dialer writes
// of it at the same time: its row is held from before change looks at it. An
// error of change leaves all as it was.
func (s WebCustomers) EditField(ctx context.Context, by audit.By, lead dialer.LeadID, change func(*facts.SetLead) error) (facts.SetLead, error) {
	var is facts.SetLead
	err := s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		var was facts.SetLead
		if err := tx.GetContext(ctx, &was, leadEditOne+" FOR UPDATE", lead); err != nil {
			return kind(err)
		}
		is = was
		err := change(&is)
		if err != nil || is == was {
			return err
		}
		is, err = s.write(ctx, tx, is, by)
		if err != nil {
			return kind(err)
		}
		return note(ctx, tx, by, "lead.save", object("lead", int64(lead)), was, is)
	})
	return is, err
}

// SetOwn writes one custom field of a lead and leaves the others as they are. A
// value that the field's type does not take is a *dialer.Problem, a field that
// agents do not change ErrForbidden. Where it is no longer was, nor value, it gives
// what it is and a dialer.ErrConflict with a sentence.
func (s WebCustomers) SetOwn(ctx context.Context, by audit.By, l facts.SetLead, name, was, value string) (string, error) {
	fields, err := s.CustomFields(ctx, l.ListID)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(fields, func(f dialer.CustomField) bool { return f.Name == name })
	if i < 0 {
		return "", dialer.ErrNotFound
	}
	f := fields[i]
	if f.Type == dialer.CustomReadonly || f.Type == dialer.CustomHidden {
		return "", dialer.ErrForbidden
	}
	kept, says := leads.CheckCustom(f, value, "US")
	if says == "" && kept == "" && f.Required {
		says = f.Label + " is required. Fill it in."
	}
	if says != "" {
		return "", dialer.Explain(dialer.ErrInvalid, says)
	}
	err = s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		var row facts.SetLead
		if err := tx.GetContext(ctx, &row, leadEditOne+" FOR UPDATE", l.ID); err != nil {
			return kind(err)
		}
		values, err := customOf(ctx, tx, l.ID, "FOR UPDATE")
		if err != nil {
			return err
		}
		if now := values[name]; now != was && now != kept {
			kept = now
			return facts.Overtaken(f.Label, now)
		}
		before := map[string]string{name: values[name]}
		if values[name] = kept; kept == "" {
			delete(values, name)
		}
		if err := putCustom(ctx, tx, l.ID, values); err != nil {
			return err
		}
		return note(ctx, tx, by, "lead.custom", object("lead", int64(l.ID)), before, map[string]string{name: kept})
	})
	return kept, err
}

// Search looks for leads of a campaign by one of id, number, vendor code and
// names; a query of nothing finds nothing.
func (s WebCustomers) Search(ctx context.Context, campaign dialer.CampaignID, q facts.LeadQuery) ([]facts.LeadLine, error) {
	var query string
	args := []any{campaign}
	switch {
	case q.ID != 0:
		query, args = webDeskLeadsID, append(args, q.ID)
	case q.E164 != "":
		query, args = webDeskLeadsNumber, append(args, q.E164, q.Limit)
	case q.Vendor != "":
		query, args = webDeskLeadsVendor, append(args, q.Vendor, q.Limit)
	case q.Last != "":
		query, args = webDeskLeadsByNames, append(args, like(q.Last), like(q.First), q.Limit)
	default:
		return nil, nil
	}
	var lines []facts.LeadLine
	err := s.db.x.SelectContext(ctx, &lines, query, args...)
	return lines, kind(err)
}
