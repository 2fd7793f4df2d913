package mariadb

import (
	"context"
	"slices"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/sql/queries"
)

// DNC keeps the do-not-call lists, the system's and the campaigns'.
type DNC struct{ db *DB }

// NewDNC is the store on a database.
func NewDNC(db *DB) *DNC { return &DNC{db} }

var (
	dncFind   = queries.Get("dnc-find")
	dncLogAdd = queries.Get("dnc-log-add")
)

// dncBatch is how many numbers one statement looks up.
const dncBatch = 1000

// Find tells whose list holds each of the numbers, by itself or by its wildcard;
// a number that may be called is absent. The system's list goes before the
// campaign's. Each number costs two look-ups in the primary key, the wildcards
// of a batch being few and shared.
func (s *DNC) Find(ctx context.Context, campaign dialer.CampaignID, e164s []string) (map[string]dialer.DNCScope, error) {
	return dncFindIn(ctx, s.db.x, campaign, e164s)
}

// dncFindIn is Find within a transaction, or without one.
func dncFindIn(ctx context.Context, q sqlx.QueryerContext, campaign dialer.CampaignID, e164s []string) (map[string]dialer.DNCScope, error) {
	found := map[string]dialer.DNCScope{}
	for batch := range slices.Chunk(e164s, dncBatch) {
		keys := make([]string, 0, len(batch)+16)
		wild := map[string]bool{}
		for _, e164 := range batch {
			keys = append(keys, e164)
			if w := dialer.DNCWildcard(e164); w != "" && !wild[w] {
				wild[w] = true
				keys = append(keys, w)
			}
		}
		query, args, err := sqlx.In(dncFind, keys, campaign)
		if err != nil {
			return nil, err
		}
		var rows []dialer.DNCEntry
		if err := sqlx.SelectContext(ctx, q, &rows, query, args...); err != nil {
			return nil, kind(err)
		}
		if len(rows) == 0 {
			continue
		}
		listed := map[string]dialer.DNCScope{}
		for _, r := range rows {
			switch {
			case r.CampaignID == "":
				listed[r.E164] = dialer.DNCSystem
			case listed[r.E164] == "":
				listed[r.E164] = dialer.DNCCampaign
			}
		}
		for _, e164 := range batch {
			own, wild := listed[e164], listed[dialer.DNCWildcard(e164)]
			switch {
			case own == dialer.DNCSystem || wild == dialer.DNCSystem:
				found[e164] = dialer.DNCSystem
			case own != "" || wild != "":
				found[e164] = dialer.DNCCampaign
			}
		}
	}
	return found, nil
}
