package mariadb

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
	"trunkline/sql/queries"
)

var qKnownOfNumbers = queries.Get("known-of-numbers")

// factRow is one thing that is known of a number; what it is says which of the
// columns count.
type factRow struct {
	What string `db:"what"` // D: an entry of a DNC; C: a call; S: what its owner said

	attemptRow
	Campaign dialer.CampaignID `db:"campaign_id"`
	Kind     compliance.Said   `db:"kind"`
	Level    compliance.Level  `db:"level"`
	N        int64             `db:"n"` // orders what was said
}

// Known is DNC and Histories in one question: a dialer asks both of every few
// calls, and waits for the answer before it dials.
func (s *HopperStore) Known(ctx context.Context, campaign dialer.CampaignID, e164s []string, now time.Time) (dnc map[string]bool, histories map[string]*compliance.History, err error) {
	dnc, histories = map[string]bool{}, make(map[string]*compliance.History, len(e164s))
	for _, e := range e164s {
		histories[e] = &compliance.History{}
	}
	since := now.AddDate(0, 0, -compliance.HistoryDays)
	for batch := range slices.Chunk(e164s, historyBatch) {
		query, args, err := sqlx.In(qKnownOfNumbers, dncKeys(batch), campaign, batch, since, historyRows+1, batch)
		if err != nil {
			return nil, nil, err
		}
		var rows []factRow
		if err := s.db.x.SelectContext(ctx, &rows, query, args...); err != nil {
			return nil, nil, kind(err)
		}
		var listed []dialer.DNCEntry
		var attempts []attemptRow
		var said []factRow
		for _, r := range rows {
			switch r.What {
			case "D":
				listed = append(listed, dialer.DNCEntry{CampaignID: r.Campaign, E164: r.E164})
			case "C":
				attempts = append(attempts, r.attemptRow)
			default:
				said = append(said, r)
			}
		}
		for e164 := range dncScopes(batch, listed) {
			dnc[e164] = true
		}
		if len(attempts) > historyRows {
			if err := s.db.attemptsInto(ctx, histories, batch, now); err != nil { // number by number
				return nil, nil, err
			}
		} else {
			addAttempts(histories, attempts)
		}
		slices.SortFunc(said, func(a, b factRow) int { return cmp.Compare(a.N, b.N) })
		for _, r := range said {
			h := histories[r.E164]
			h.Consent = h.Consent.Fold(compliance.ConsentRow{At: r.PlacedAt, Kind: r.Kind, Level: r.Level})
		}
	}
	return dnc, histories, nil
}
