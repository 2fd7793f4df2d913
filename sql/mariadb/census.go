package mariadb

import (
	"context"
	"database/sql"
	"fmt"
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
	censusFiltered      = queries.Get("census-filtered")
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

// View reads the books as of one moment: what other transactions commit
// meanwhile does not show in it.
func (s *HopperStore) View(ctx context.Context, read func(hopper.View) error) error {
	tx, err := s.db.x.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return kind(err)
	}
	defer tx.Rollback() //nolint:errcheck // there is nothing to undo
	return read(&hopperView{tx: tx, db: s.db})
}

type hopperView struct {
	tx *sqlx.Tx
	db *DB
}

type tallyRow struct {
	hopper.Group
	Leads    int  `db:"leads"`
	Filtered bool `db:"filtered"`
	TooSoon  bool `db:"too_soon"`
}

// Tally fills hopper.View.
func (v *hopperView) Tally(ctx context.Context, r *hopper.Rules) ([]hopper.Tally, error) {
	var all []hopper.Tally
	apart := map[hopper.Group]int{} // counted by their facts already
	add := func(rows []tallyRow) {
		for _, t := range rows {
			all = append(all, hopper.Tally{Facts: hopper.Facts{Group: t.Group, Filtered: t.Filtered, TooSoon: t.TooSoon}, Leads: t.Leads})
			apart[t.Group] += t.Leads
		}
	}
	for _, l := range r.Campaign.Lists {
		for _, a := range r.Apart(l.ID) {
			rows, err := v.apart(ctx, r, l.ID, a)
			if err != nil {
				return nil, err
			}
			add(rows)
		}
		var rows []tallyRow
		if err := v.tx.SelectContext(ctx, &rows, censusGroups, l.ID); err != nil {
			return nil, kind(err)
		}
		for _, t := range rows {
			if n := t.Leads - apart[t.Group]; n > 0 {
				all = append(all, hopper.Tally{Facts: hopper.Facts{Group: t.Group}, Leads: n})
			}
		}
	}
	return all, nil
}

// apart counts the leads of one status in some rounds by their own facts: all of
// them when a filter has to be asked, else those whose delay is not over.
func (v *hopperView) apart(ctx context.Context, r *hopper.Rules, list dialer.ListID, a hopper.Apart) ([]tallyRow, error) {
	var all []tallyRow
	if len(r.Filter.Where) > 0 {
		query, args := filteredSQL(censusFiltered, r.Filter)
		query, args, err := sqlx.In(query, append(args, a.Since, list, a.From, a.To, a.Status)...)
		if err != nil {
			return nil, err
		}
		err = v.tx.SelectContext(ctx, &all, query, args...)
		return all, kind(err)
	}
	for round := max(1, a.From); round <= a.To; round++ {
		var rows []tallyRow
		if err := v.tx.SelectContext(ctx, &rows, censusTooSoon, list, round, a.Status, a.Since); err != nil {
			return nil, kind(err)
		}
		for i := range rows {
			rows[i].TooSoon = true
		}
		all = append(all, rows...)
	}
	return all, nil
}

// Special fills hopper.View.
func (v *hopperView) Special(ctx context.Context, r *hopper.Rules) ([]hopper.Special, error) {
	var lists []dialer.ListID
	for _, l := range r.Campaign.Lists {
		lists = append(lists, l.ID)
	}
	if len(lists) == 0 {
		return nil, nil
	}
	var all []hopper.Special
	at := map[dialer.LeadID]int{}
	add := func(query string, args ...any) error {
		query, args, err := sqlx.In(query, args...)
		if err != nil {
			return err
		}
		var found []hopper.Special
		if err := v.tx.SelectContext(ctx, &found, query, args...); err != nil {
			return kind(err)
		}
		for _, l := range found {
			i, known := at[l.ID]
			if !known {
				at[l.ID] = len(all)
				all = append(all, l)
				continue
			}
			was := &all[i]
			was.InHopper, was.Promised = was.InHopper || l.InHopper, was.Promised || l.Promised
			was.DNC, was.CampaignDNC = was.DNC || l.DNC, was.CampaignDNC || l.CampaignDNC
		}
		return nil
	}
	_, dial, recycled := r.Wanted()
	dialed := statusesOrNone(append(dial, recycled...))
	consent, phrase := r.Unsure()
	type question struct {
		asked bool
		query string
		args  []any
	}
	questions := []question{
		{true, censusHopper, []any{lists}}, {true, censusCallbacks, []any{lists}}, {true, censusDNC, []any{r.ID, lists}},
		{true, censusCalled, []any{r.Now().AddDate(0, 0, -compliance.HistoryDays), lists, dialed}}, {true, censusRevoked, []any{lists, dialed}},
		{len(consent) > 0, censusConsented, []any{lists, dialed, consent}}, {phrase, censusPhrased, []any{lists, dialed}},
	}
	wildcards, err := v.wildcards(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	for _, w := range wildcards {
		questions = append(questions, question{true, censusUnderWildcard, []any{w.CampaignID == "", w.CampaignID != "", w.E164[:len(w.E164)-1] + "%", lists}})
	}
	for _, q := range questions {
		if !q.asked {
			continue
		}
		if err := add(q.query, q.args...); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// wildcards are those of the system's do-not-call list and the campaign's.
func (v *hopperView) wildcards(ctx context.Context, campaign dialer.CampaignID) ([]dialer.DNCEntry, error) {
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
		if err := v.tx.SelectContext(ctx, &found, query, args...); err != nil {
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
