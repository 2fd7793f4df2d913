package mariadb

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
	"trunkline/hopper"
	"trunkline/sql/queries"
)

var (
	censusGroups        = queries.Get("census-groups")
	censusTooSoon       = queries.Get("census-too-soon")
	censusHopper        = queries.Get("census-hopper")
	censusCallbacks     = queries.Get("census-callbacks")
	censusDNC           = queries.Get("census-dnc")
	censusWildcards     = queries.Get("census-wildcards")
	censusUnderWildcard = queries.Get("census-under-wildcard")
	censusCalled        = queries.Get("census-called")
	censusRevoked       = queries.Get("census-revoked")
	censusConsented     = queries.Get("census-consented")
	censusPhrased       = queries.Get("census-phrased")
)

// asideWait is how long a census waits for a second connection before it does with
// one.
const asideWait = 20 * time.Millisecond

// View reads the books as of one moment: what other transactions commit
// meanwhile does not show in it. Where a second connection is free, the leads of
// which there is more to know are read by that beside the counting.
func (s *HopperStore) View(ctx context.Context, read func(hopper.View) error) error {
	tx, err := s.db.x.BeginTxx(ctx, snapshot)
	if err != nil {
		return kind(err)
	}
	defer tx.Rollback() //nolint:errcheck // there is nothing to undo
	v := &hopperView{tx: tx, db: s.db, find: s.census}
	// Within a time, for who holds one connection and waits for another may wait for
	// somebody who does the same.
	soon, cancel := context.WithTimeout(ctx, asideWait)
	conn, err := s.db.x.Connx(soon)
	cancel()
	if err == nil {
		defer conn.Close() //nolint:errcheck // back to the pool
		aside, err := conn.BeginTxx(ctx, snapshot)
		if err != nil {
			return kind(err)
		}
		defer aside.Rollback() //nolint:errcheck // likewise
		v.aside = aside
	}
	return read(v)
}

// snapshot reads as of the moment of its first statement.
var snapshot = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}

type hopperView struct {
	db   *DB
	find censusRuns

	mu      sync.Mutex // of tx, where there is no aside
	tx      *sqlx.Tx
	besides sync.Mutex // of aside
	aside   *sqlx.Tx   // for Special and Barred; nil: tx

	// What wildcards found, for both of them: of the one that second gave them to.
	wild  []dialer.DNCEntry
	asked bool
}

// tallyRow is how many leads there are of a group.
type tallyRow struct {
	hopper.Group
	Leads   int           `db:"leads"`
	TooSoon bool          `db:"too_soon"`
	Place   hopper.Place  `db:"place"`
	Passed  bool          `db:"-"`        // hopper.Facts.Passed
	First   dialer.LeadID `db:"first_id"` // known where extents was asked
	Last    dialer.LeadID `db:"last_id"`
}

// Tally fills hopper.View.
func (v *hopperView) Tally(ctx context.Context, r *hopper.Rules) ([]hopper.Tally, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var groups []tallyRow
	for _, l := range r.Campaign.Lists {
		var of []tallyRow
		if err := v.tx.SelectContext(ctx, &of, censusGroups, l.ID); err != nil {
			return nil, kind(err)
		}
		groups = append(groups, of...)
	}
	split, filtered := v.tooSoon, false
	switch {
	case len(r.Filter.Where) > 0:
		// What passes is counted; what is left of a group does not.
		split, filtered = v.passing, true
	case placesOf(r).where != "":
		// What may be in a closed state or waits for its delay is counted.
		split = v.passing
	}
	parts, err := split(ctx, r, groups)
	if err != nil {
		return nil, err
	}
	var all []hopper.Tally
	left := make(map[hopper.Facts]int, len(groups))
	for _, g := range groups {
		left[r.Told(hopper.Facts{Group: g.Group})] += g.Leads
	}
	for _, p := range parts {
		f := r.Told(hopper.Facts{Group: p.Group, Passed: p.Passed})
		n := min(p.Leads, left[f]) // two connections may see what is some milliseconds apart
		left[f] -= n
		f.TooSoon, f.Place = p.TooSoon, p.Place
		all = append(all, hopper.Tally{Facts: f, Leads: n})
	}
	for f, n := range left {
		if n > 0 {
			f.Filtered = f.Passed && filtered
			all = append(all, hopper.Tally{Facts: f, Leads: n})
		}
	}
	return all, nil
}

// tooSoon counts the leads whose delay is not over, where there may be some.
func (v *hopperView) tooSoon(ctx context.Context, r *hopper.Rules, groups []tallyRow) ([]tallyRow, error) {
	type class struct {
		list   dialer.ListID
		round  int
		status dialer.Status
	}
	asked := map[class]bool{}
	var all []tallyRow
	for _, g := range groups {
		for _, a := range r.Apart() {
			c := class{g.List, g.Round, g.Status}
			if a.Status != g.Status || g.Round < a.From || g.Round > a.To || asked[c] || !r.Undecided(g.Group) {
				continue
			}
			asked[c] = true
			var rows []tallyRow
			if err := v.tx.SelectContext(ctx, &rows, censusTooSoon, c.list, c.round, c.status, a.Since); err != nil {
				return nil, kind(err)
			}
			for i := range rows {
				rows[i].TooSoon = true
			}
			all = append(all, rows...)
		}
	}
	return all, nil
}

// Special fills hopper.View.
func (v *hopperView) Special(ctx context.Context, r *hopper.Rules) ([]hopper.Special, error) {
	tx, done := v.second()
	defer done()
	lists := listsOf(r)
	if len(lists) == 0 {
		return nil, nil
	}
	wildcards, err := v.wildcards(ctx, tx, r.ID)
	if err != nil {
		return nil, err
	}
	_, dial, recycled := r.Wanted()
	dialed := statusesOrNone(append(dial, recycled...))
	consent, phrase := r.Unsure()
	places := placesOf(r)
	type question struct {
		asked bool
		also  hopper.Special // what is true of all that it finds
		query string
		args  []any
	}
	questions := []question{{query: censusHopper, args: []any{lists}, asked: true}, {query: censusCallbacks, args: []any{lists}, asked: true}}
	for _, w := range wildcards {
		questions = append(questions, question{true, hopper.Special{DNC: w.CampaignID == "", CampaignDNC: w.CampaignID != ""}, censusUnderWildcard, []any{under(w), lists}})
	}
	byNumber := len(questions) // of those on a do-not-call list, Barred counts the rest
	questions = append(questions,
		question{query: censusCalled, args: []any{r.Now().AddDate(0, 0, -compliance.HistoryDays), lists, dialed}, asked: true},
		question{query: censusRevoked, args: []any{lists, dialed}, asked: true},
		question{query: censusConsented, args: []any{lists, dialed, consent}, asked: len(consent) > 0},
		question{query: censusPhrased, args: []any{lists, dialed}, asked: phrase},
	)
	var all []hopper.Special
	at := map[dialer.LeadID]int{}
	for n, q := range questions {
		if !q.asked {
			continue
		}
		query, args := filteredSQL(q.query, r.Filter)
		query, args, err := sqlx.In(places.in(query), slices.Concat(args, places.args, []any{r.ID}, q.args)...)
		if err != nil {
			return nil, err
		}
		var found []hopper.Special
		if err := tx.SelectContext(ctx, &found, query, args...); err != nil {
			return nil, kind(err)
		}
		for _, l := range found {
			i, known := at[l.ID]
			if !known {
				if n >= byNumber && (l.DNC || l.CampaignDNC) {
					continue
				}
				i = len(all)
				at[l.ID] = i
				all = append(all, l)
			}
			was := &all[i]
			was.InHopper, was.Promised = was.InHopper || l.InHopper, was.Promised || l.Promised
			was.DNC, was.CampaignDNC = was.DNC || q.also.DNC, was.CampaignDNC || q.also.CampaignDNC
		}
	}
	return all, nil
}

// Barred fills hopper.View.
func (v *hopperView) Barred(ctx context.Context, r *hopper.Rules) ([]hopper.Tally, error) {
	tx, done := v.second()
	defer done()
	lists := listsOf(r)
	if len(lists) == 0 {
		return nil, nil
	}
	wildcards, err := v.wildcards(ctx, tx, r.ID)
	if err != nil {
		return nil, err
	}
	query, args := filteredSQL(censusDNC, r.Filter)
	d, places := delaysOf(r, nil), placesOf(r)
	query, args = places.in(d.in(query)), slices.Concat(args, d.args, places.args, []any{r.ID, lists})
	const not = "\nAND l.e164 NOT LIKE ?"
	query = strings.Replace(query, not, strings.Repeat(not, len(wildcards)), 1)
	for _, w := range wildcards {
		args = append(args, under(w))
	}
	query, args, err = sqlx.In(query, args...)
	if err != nil {
		return nil, err
	}
	var found []struct {
		tallyRow
		Filtered    bool `db:"filtered"`
		DNC         bool `db:"dnc"`
		CampaignDNC bool `db:"campaign_dnc"`
	}
	if err := tx.SelectContext(ctx, &found, query, args...); err != nil {
		return nil, kind(err)
	}
	all := make([]hopper.Tally, len(found))
	for i, f := range found {
		all[i] = hopper.Tally{Facts: hopper.Facts{Group: f.Group, Filtered: f.Filtered, TooSoon: f.TooSoon, Place: f.Place, DNC: f.DNC, CampaignDNC: f.CampaignDNC}, Leads: f.Leads}
	}
	return all, nil
}

// second is the connection beside that of Tally, where there is one, until done.
func (v *hopperView) second() (tx *sqlx.Tx, done func()) {
	if v.aside == nil {
		v.mu.Lock()
		return v.tx, v.mu.Unlock
	}
	v.besides.Lock()
	return v.aside, v.besides.Unlock
}

func listsOf(r *hopper.Rules) []dialer.ListID {
	var lists []dialer.ListID
	for _, l := range r.Campaign.Lists {
		lists = append(lists, l.ID)
	}
	return lists
}

// under is the pattern of the numbers under a wildcard.
func under(w dialer.DNCEntry) string { return w.E164[:len(w.E164)-1] + "%" }

// wildcards are those of the system's do-not-call list and the campaign's, looked for
// once: for whoever has the connection of second.
func (v *hopperView) wildcards(ctx context.Context, tx *sqlx.Tx, campaign dialer.CampaignID) ([]dialer.DNCEntry, error) {
	if v.asked {
		return v.wild, nil
	}
	all, err := wildcards(ctx, tx, campaign)
	v.wild, v.asked = all, err == nil
	return all, err
}

func wildcards(ctx context.Context, tx *sqlx.Tx, campaign dialer.CampaignID) ([]dialer.DNCEntry, error) {
	var all []dialer.DNCEntry
	for first := 1000; first < 10000; first += 900 {
		var keys []string
		for n := first; n < first+900; n++ {
			keys = append(keys, fmt.Sprintf("+%d*", n))
		}
		query, args, err := sqlx.In(censusWildcards, keys, campaign)
		if err != nil {
			return nil, err
		}
		var found []dialer.DNCEntry
		if err := tx.SelectContext(ctx, &found, query, args...); err != nil {
			return nil, kind(err)
		}
		all = append(all, found...)
	}
	return all, nil
}

// Judge fills hopper.View.
func (v *hopperView) Judge(ctx context.Context, c hopper.Campaign, leads []dialer.LeadID) ([]hopper.Candidate, error) {
	return judge(ctx, v.tx, c, leads)
}

// Histories fills hopper.View. The calls of the last moment are in it too: no
// harm, for a number being called is held back by its lead as well.
func (v *hopperView) Histories(ctx context.Context, e164s []string, now time.Time) (map[string]*compliance.History, error) {
	return v.db.histories(ctx, e164s, now)
}
