package mariadb

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/dialer/compliance"
	"trunkline/hopper/leads"
	"trunkline/sql/queries"
)

// LeadStore keeps leads: what the import writes.
type LeadStore struct {
	db  *DB
	mu  sync.Mutex
	ids map[compliance.ZoneSet]int // of table zone_sets, whose rows never change
}

// NewLeadStore is the store on a database.
func NewLeadStore(db *DB) *LeadStore { return &LeadStore{db: db, ids: map[compliance.ZoneSet]int{}} }

var (
	listsAll      = queries.Get("lists-all")
	listCampaign  = queries.Get("list-campaign")
	listInsert    = queries.Get("list-insert")
	leadsLockList = queries.Get("leads-lock-list")
	leadsKnown    = queries.Get("leads-known")
	leadsInsert   = queries.Get("leads-insert")
	importNewIDs  = queries.Get("import-new-ids")

	leadPhonesInsert = queries.Get("lead-phones-insert")
	leadCustomInsert = queries.Get("lead-custom-insert")
	zoneSetByZones   = queries.Get("zone-set-by-zones")
	zoneSetInsert    = queries.Get("zone-set-insert")
)

// ListLine is a list with the number of its leads.
type ListLine struct {
	dialer.List
	Leads int `db:"leads"`
}

// Lists gives all lists by their numbers.
func (s *LeadStore) Lists(ctx context.Context) ([]ListLine, error) {
	var lines []ListLine
	err := s.db.x.SelectContext(ctx, &lines, listsAll)
	return lines, kind(err)
}

// AddList makes an active list, with its audit row. by is 0 for the command
// line. A campaign that is not there is dialer.ErrNotFound, a number that is
// taken dialer.ErrConflict.
func (s *LeadStore) AddList(ctx context.Context, list dialer.List, by dialer.UserID, now time.Time) error {
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		var campaign dialer.CampaignID
		err := tx.GetContext(ctx, &campaign, listCampaign, list.CampaignID)
		if err != nil {
			return kind(err)
		}
		_, err = tx.ExecContext(ctx, listInsert, list.ID, campaign, list.Name, now)
		if err != nil {
			return kind(err)
		}
		return note(ctx, tx, audit.By{User: by, At: now}, "list.add", object("campaign", campaign), nil, map[string]string{
			"list": fmt.Sprintf("%d %s", list.ID, list.Name),
		})
	})
}

// AddLeads adds the leads whose number the list does not hold yet, all or
// nothing, and returns the numbers that it does hold. A list that is not there is
// dialer.ErrNotFound.
func (s *LeadStore) AddLeads(ctx context.Context, list dialer.ListID, all []leads.NewLead, now time.Time) (map[string]bool, error) {
	now = now.Truncate(time.Millisecond) // as the column keeps it: the new rows are looked for by it
	sets, err := s.zoneSets(ctx, all)
	if err != nil {
		return nil, err
	}
	numbers := make([]string, len(all))
	for i, l := range all {
		numbers[i] = l.E164
	}
	var known map[string]bool
	err = s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		known = map[string]bool{}
		var id dialer.ListID
		if err := tx.GetContext(ctx, &id, leadsLockList, list); err != nil {
			return kind(err)
		}
		if len(all) == 0 {
			return nil
		}
		query, args, err := sqlx.In(leadsKnown, numbers, list)
		if err != nil {
			return err
		}
		var found []string
		if err := tx.SelectContext(ctx, &found, query, args...); err != nil {
			return kind(err)
		}
		for _, e164 := range found {
			known[e164] = true
		}
		add := slices.DeleteFunc(slices.Clone(all), func(l leads.NewLead) bool { return known[l.E164] })
		return insertLeads(ctx, tx, list, add, sets, 0, now)
	})
	return known, err
}

// insertLeads adds leads with their further numbers and custom fields.
func insertLeads(ctx context.Context, tx *sqlx.Tx, list dialer.ListID, all []leads.NewLead, sets map[compliance.ZoneSet]int, from dialer.ImportID, now time.Time) error {
	if len(all) == 0 {
		return nil
	}
	rows := make([][]any, len(all))
	for i, l := range all {
		rows[i] = []any{cmp.Or(l.ListID, list), l.Status, sets[l.Set], l.E164, l.PhoneCode, l.PhoneNumber, l.VendorLeadCode, l.SourceID, l.Title, l.FirstName,
			l.MiddleInitial, l.LastName, l.Address1, l.Address2, l.Address3, l.City, l.State, l.Province, l.PostalCode, l.CountryCode, l.Gender,
			l.DateOfBirth, l.AltPhone, l.Email, l.SecurityPhrase, l.Comments, l.Rank, l.Owner, l.VerifiedZone, from, now,
			l.CalledCount, l.LastCalledAt}
	}
	query, args := filled(leadsInsert, rows)
	_, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return kind(err)
	}
	return insertBeside(ctx, tx, list, all, sets, now)
}

// filled is an INSERT of many rows without the columns that are empty in all of
// them: these get their default, an empty text or 0. Most lead files have few of
// the columns, and to read the values takes the database a third of the time.
func filled(insert string, rows [][]any) (query string, args []any) {
	table, rest, _ := strings.Cut(insert, "(")
	names, _, _ := strings.Cut(rest, ")")
	var columns []string
	var kept []int
	for i, name := range strings.Split(names, ",") {
		if slices.ContainsFunc(rows, func(row []any) bool { return !empty(row[i]) }) {
			columns, kept = append(columns, strings.TrimSpace(name)), append(kept, i)
		}
	}
	args = make([]any, 0, len(kept)*len(rows))
	for _, row := range rows {
		for _, i := range kept {
			args = append(args, row[i])
		}
	}
	one := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(kept)), ", ") + ")"
	return table + "(" + strings.Join(columns, ", ") + ")\nVALUES " + one + strings.Repeat(", "+one, len(rows)-1), args
}

func empty(v any) bool {
	switch v := v.(type) {
	case string:
		return v == ""
	case int:
		return v == 0
	case dialer.ImportID:
		return v == 0
	case *time.Time:
		return v == nil
	}
	return false
}

type newID struct {
	ID   dialer.LeadID `db:"id"`
	List dialer.ListID `db:"list_id"`
	E164 string        `db:"e164"`
}

// ofLead is by what new leads are told apart: list and number.
type ofLead struct {
	list dialer.ListID
	e164 string
}

type phoneRow struct {
	LeadID      dialer.LeadID `db:"lead_id"`
	N           int           `db:"n"`
	Label       string        `db:"label"`
	E164        string        `db:"e164"`
	PhoneCode   string        `db:"phone_code"`
	PhoneNumber string        `db:"phone_number"`
	ZoneSet     int           `db:"zone_set"`
}

type customRow struct {
	LeadID dialer.LeadID `db:"lead_id"`
	Vals   []byte        `db:"vals"`
}

// insertBeside adds what of new leads stands in tables of its own. Their ids are
// read, not counted on: a cluster's need not be consecutive. Leads of one number
// got theirs in their order.
func insertBeside(ctx context.Context, tx *sqlx.Tx, list dialer.ListID, all []leads.NewLead, sets map[compliance.ZoneSet]int, now time.Time) error {
	var numbers []string
	var lists []dialer.ListID
	key := func(l leads.NewLead) ofLead { return ofLead{cmp.Or(l.ListID, list), l.E164} }
	for _, l := range all {
		if id := key(l).list; !slices.Contains(lists, id) {
			lists = append(lists, id)
		}
		if len(l.Phones) > 0 || len(l.Custom) > 0 {
			numbers = append(numbers, l.E164)
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	query, args, err := sqlx.In(importNewIDs, numbers, lists, now)
	if err != nil {
		return err
	}
	var found []newID
	if err := tx.SelectContext(ctx, &found, query, args...); err != nil {
		return kind(err)
	}
	ids := map[ofLead][]dialer.LeadID{}
	for _, f := range found {
		ids[ofLead{f.List, f.E164}] = append(ids[ofLead{f.List, f.E164}], f.ID)
	}
	// An earlier batch of the same import may have added the same numbers, where
	// duplicates are kept: the last ids are this one's.
	of := map[ofLead]int{}
	for _, l := range all {
		of[key(l)]++
	}
	for k, n := range of {
		if have := ids[k]; len(have) > n {
			ids[k] = have[len(have)-n:]
		}
	}
	var phones []phoneRow
	var customs []customRow
	for _, l := range all {
		mine := ids[key(l)]
		if len(mine) == 0 {
			continue
		}
		id := mine[0]
		ids[key(l)] = mine[1:]
		for _, p := range l.Phones {
			phones = append(phones, phoneRow{id, p.N, p.Label, p.E164, p.PhoneCode, p.PhoneNumber, sets[p.Set]})
		}
		if len(l.Custom) > 0 {
			vals, err := json.Marshal(l.Custom)
			if err != nil {
				return err
			}
			customs = append(customs, customRow{id, vals})
		}
	}
	if len(phones) > 0 {
		if _, err := tx.NamedExecContext(ctx, leadPhonesInsert, phones); err != nil {
			return kind(err)
		}
	}
	if len(customs) > 0 {
		if _, err := tx.NamedExecContext(ctx, leadCustomInsert, customs); err != nil {
			return kind(err)
		}
	}
	return nil
}

// zoneSets are the ids of the sets of leads and their further numbers.
func (s *LeadStore) zoneSets(ctx context.Context, all []leads.NewLead) (map[compliance.ZoneSet]int, error) {
	sets := map[compliance.ZoneSet]int{}
	want := func(set compliance.ZoneSet, e164 string) error {
		if _, have := sets[set]; have {
			return nil
		}
		id, err := s.zoneSet(ctx, set)
		if err != nil {
			return fmt.Errorf("zone set of %s: %w", e164, err)
		}
		sets[set] = id
		return nil
	}
	for _, l := range all {
		if err := want(l.Set, l.E164); err != nil {
			return nil, err
		}
		for _, p := range l.Phones {
			if err := want(p.Set, p.E164); err != nil {
				return nil, err
			}
		}
	}
	return sets, nil
}

// zoneSet is the id of a zone set, made where it is new.
func (s *LeadStore) zoneSet(ctx context.Context, set compliance.ZoneSet) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id, ok := s.ids[set]; ok {
		return id, nil
	}
	var id int
	err := kind(s.db.x.GetContext(ctx, &id, zoneSetByZones, string(set)))
	if errors.Is(err, dialer.ErrNotFound) {
		_, err = s.db.x.ExecContext(ctx, zoneSetInsert, string(set))
		if err != nil && !duplicate(err) { // a duplicate: another import was first
			return 0, kind(err)
		}
		err = kind(s.db.x.GetContext(ctx, &id, zoneSetByZones, string(set)))
	}
	if err != nil {
		return 0, err
	}
	s.ids[set] = id
	return id, nil
}
