package mariadb

import (
	"context"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
	"trunkline/sql/queries"
)

var (
	qConsentHead    = queries.Get("consent-head")
	qConsentHeadSet = queries.Get("consent-head-set")
	qConsentLast    = queries.Get("consent-last")
	qConsentAdd     = queries.Get("consent-add")
	qConsentsAfter  = queries.Get("consents-after")
	qConsentsOf     = queries.Get("consents-of")
	qConsentsOfMany = queries.Get("consents-of-numbers")
)

// Consents is the ledger of consents and revocations.
type Consents struct{ db *DB }

// NewConsents is the store on a database.
func NewConsents(db *DB) *Consents { return &Consents{db} }

// Add appends rows, all or none. A revocation puts its number on the system's
// DNC in the same transaction; a consent takes nothing off it. The hopper is told of
// the leads whose owner consented: where a rule asks for that, they wait for it.
func (s *Consents) Add(ctx context.Context, rows ...compliance.ConsentRow) error {
	for _, r := range rows {
		if err := r.Check(); err != nil {
			return err
		}
	}
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		var consented []string
		for _, r := range rows {
			if r.Kind != compliance.SaidRevoke {
				consented = append(consented, r.E164)
				continue
			}
			if _, err := tx.ExecContext(ctx, qDNCAdd, r.E164, r.Source, r.User, r.At); err != nil {
				return kind(err)
			}
			if _, err := tx.ExecContext(ctx, dncLogAdd, r.At, "add", "", r.E164, r.Source, r.User, "consent revoked"); err != nil {
				return kind(err)
			}
		}
		for numbers := range slices.Chunk(consented, historyBatch) {
			if _, err := inTx(ctx, tx, leadsFreedAll, numbers); err != nil {
				return err
			}
		}
		return appendConsents(ctx, tx, rows)
	})
}

// appendConsents appends rows to the ledger. It takes the lock of its end, which
// is held until the commit: whoever does other things in the transaction does
// them first, so that nobody who holds it waits for anybody.
func appendConsents(ctx context.Context, tx *sqlx.Tx, rows []compliance.ConsentRow) error {
	if len(rows) == 0 {
		return nil
	}
	var head struct {
		N    int64  `db:"n"`
		Hash string `db:"hash"`
	}
	if err := tx.GetContext(ctx, &head, qConsentHead); err != nil {
		return fmt.Errorf("the end of the ledger of consents: %w", kind(err))
	}
	chained := make([]compliance.ConsentRow, len(rows))
	for i, r := range rows {
		chained[i] = r.Chained(head.N, head.Hash)
		head.N, head.Hash = chained[i].N, chained[i].Hash
	}
	if _, err := tx.NamedExecContext(ctx, qConsentAdd, chained); err != nil {
		return kind(err)
	}
	_, err := tx.ExecContext(ctx, qConsentHeadSet, head.N, head.Hash)
	return kind(err)
}

// Of is all that was said of a number, the oldest first.
func (s *Consents) Of(ctx context.Context, e164 string) ([]compliance.ConsentRow, error) {
	var rows []compliance.ConsentRow
	err := s.db.x.SelectContext(ctx, &rows, qConsentsOf, e164)
	return rows, kind(err)
}

// verifyBatch is how many rows are read at once.
const verifyBatch = 5000

// Verify reads the whole ledger and says how many rows it has. An error that is
// dialer.ErrConflict names the first row that is not as it was written.
func (s *Consents) Verify(ctx context.Context) (rows int64, err error) {
	// The end is read first: rows that are appended meanwhile are not missed.
	var head compliance.Chain
	if err := s.db.x.QueryRowContext(ctx, qConsentLast).Scan(&head.N, &head.Hash); err != nil {
		return 0, kind(err)
	}
	var chain compliance.Chain
	at := int64(-1)
	for at != chain.N {
		at = chain.N
		var batch []compliance.ConsentRow
		if err := s.db.x.SelectContext(ctx, &batch, qConsentsAfter, chain.N, verifyBatch); err != nil {
			return chain.N, kind(err)
		}
		for _, r := range batch {
			if err := chain.Next(r); err != nil {
				return chain.N, dialer.Explain(dialer.ErrConflict, "The ledger of consents is broken: "+err.Error()+".")
			}
			if r.N == head.N && r.Hash != head.Hash {
				return chain.N, dialer.Explain(dialer.ErrConflict, fmt.Sprintf("The ledger of consents is broken: row %d is not the one that was written last.", r.N))
			}
		}
	}
	if chain.N < head.N {
		return chain.N, dialer.Explain(dialer.ErrConflict, fmt.Sprintf("The ledger of consents is broken: row %d is missing; it ends at row %d and had %d.", chain.N+1, chain.N, head.N))
	}
	return chain.N, nil
}

// consentsInto adds to histories what the numbers' owners said last.
func (db *DB) consentsInto(ctx context.Context, known map[string]*compliance.History, e164s []string) error {
	for batch := range slices.Chunk(e164s, historyBatch) {
		query, args, err := sqlx.In(qConsentsOfMany, batch)
		if err != nil {
			return err
		}
		var rows []compliance.ConsentRow
		if err := db.x.SelectContext(ctx, &rows, query, args...); err != nil {
			return kind(err)
		}
		for _, r := range rows {
			h := known[r.E164]
			h.Consent = h.Consent.Fold(r)
		}
	}
	return nil
}
