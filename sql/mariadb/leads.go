package mariadb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/dialer/compliance"
	"trunkline/hopper"
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
	listsAll       = queries.Get("lists-all")
	listCampaign   = queries.Get("list-campaign")
	listInsert     = queries.Get("list-insert")
	leadsLockList  = queries.Get("leads-lock-list")
	leadsKnown     = queries.Get("leads-known")
	leadsInsert    = queries.Get("leads-insert")
	zoneSetByZones = queries.Get("zone-set-by-zones")
	zoneSetInsert  = queries.Get("zone-set-insert")
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

// AddLeads fills hopper.LeadStore.
func (s *LeadStore) AddLeads(ctx context.Context, list dialer.ListID, leads []hopper.NewLead, now time.Time) (map[string]bool, error) {
	sets := make([]int, len(leads))
	numbers := make([]string, len(leads))
	for i, l := range leads {
		id, err := s.zoneSet(ctx, l.Set)
		if err != nil {
			return nil, fmt.Errorf("zone set of %s: %w", l.E164, err)
		}
		sets[i], numbers[i] = id, l.E164
	}
	var known map[string]bool
	err := s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		known = map[string]bool{}
		var id dialer.ListID
		if err := tx.GetContext(ctx, &id, leadsLockList, list); err != nil {
			return kind(err)
		}
		if len(leads) == 0 {
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
		return insertLeads(ctx, tx, list, leads, sets, known, now)
	})
	return known, err
}

func insertLeads(ctx context.Context, tx *sqlx.Tx, list dialer.ListID, leads []hopper.NewLead, sets []int, known map[string]bool, now time.Time) error {
	head, row, _ := strings.Cut(leadsInsert, "VALUES ")
	var args []any
	n := 0
	for i, l := range leads {
		if known[l.E164] {
			continue
		}
		n++
		args = append(args, list, l.Status, sets[i], l.E164, l.PhoneCode, l.PhoneNumber, l.VendorLeadCode, l.SourceID, l.Title, l.FirstName,
			l.MiddleInitial, l.LastName, l.Address1, l.Address2, l.Address3, l.City, l.State, l.Province, l.PostalCode, l.CountryCode, l.Gender,
			l.DateOfBirth, l.AltPhone, l.Email, l.SecurityPhrase, l.Comments, l.Rank, l.Owner, now)
	}
	if n == 0 {
		return nil
	}
	query := head + "VALUES " + row + strings.Repeat(", "+row, n-1)
	_, err := tx.ExecContext(ctx, query, args...)
	return kind(err)
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
