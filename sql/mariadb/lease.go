package mariadb

import (
	"context"
	"errors"
	"time"

	"trunkline/dialer"
	"trunkline/sql/queries"
)

// Leases decide which of several processes does what only one may do. All times
// are the database's own, so that no host's clock has a say.
type Leases struct{ db *DB }

// NewLeases is the store on a database.
func NewLeases(db *DB) *Leases { return &Leases{db} }

var (
	leaseRenew   = queries.Get("lease-renew")
	leaseTake    = queries.Get("lease-take")
	leaseInherit = queries.Get("lease-inherit")
	leaseCreate  = queries.Get("lease-create")
	leaseRead    = queries.Get("lease-read")
	leaseShorten = queries.Get("lease-shorten")
	leaseEnd     = queries.Get("lease-end")
	leaseEndOf   = queries.Get("lease-end-of")
)

// Hold renews the lease, where holder still has it with that epoch, or takes it
// where it is free. It returns the epoch under which holder has it, 0 when
// another does. Epochs grow with every new holder: who writes under a lease lets
// the statement compare the epoch, so that a holder that slept through its end
// changes nothing.
func (s *Leases) Hold(ctx context.Context, name, holder string, epoch int64, ttl time.Duration) (int64, error) {
	if epoch != 0 {
		n, err := s.exec(ctx, leaseRenew, ttl.Microseconds(), name, holder, epoch)
		if err != nil || n > 0 {
			return epoch, err
		}
	}
	n, err := s.exec(ctx, leaseTake, holder, ttl.Microseconds(), name)
	if err != nil {
		return 0, err
	}
	if n == 0 {
		return s.create(ctx, name, holder, ttl)
	}
	var row leaseRow
	err = s.db.x.GetContext(ctx, &row, leaseRead, name)
	if err != nil || row.Holder != holder {
		return 0, kind(err)
	}
	return row.Epoch, nil
}

// Inherit takes a lease from a holder whose name begins with place, whether it
// has run out or not: for who knows that the one before in that place is dead.
// It returns the new epoch, 0 when nobody of that place holds it.
func (s *Leases) Inherit(ctx context.Context, name, place, holder string, ttl time.Duration) (int64, error) {
	n, err := s.exec(ctx, leaseInherit, holder, ttl.Microseconds(), name, place+"%", holder)
	if err != nil || n == 0 {
		return 0, err
	}
	var row leaseRow
	err = s.db.x.GetContext(ctx, &row, leaseRead, name)
	if err != nil || row.Holder != holder {
		return 0, kind(err)
	}
	return row.Epoch, nil
}

type leaseRow struct {
	Holder  string    `db:"holder"`
	Epoch   int64     `db:"epoch"`
	Expires time.Time `db:"expires_at"`
	Now     time.Time `db:"now"`
}

func (s *Leases) create(ctx context.Context, name, holder string, ttl time.Duration) (int64, error) {
	var row leaseRow
	err := kind(s.db.x.GetContext(ctx, &row, leaseRead, name))
	switch {
	case err == nil && row.Expires.Sub(row.Now) > 2*ttl:
		_, err = s.exec(ctx, leaseShorten, ttl.Microseconds(), name, 2*ttl.Microseconds())
		return 0, err
	case !errors.Is(err, dialer.ErrNotFound):
		return 0, err // somebody's
	}
	_, err = s.exec(ctx, leaseCreate, name, holder, ttl.Microseconds())
	if errors.Is(err, dialer.ErrConflict) {
		return 0, nil // another was first
	}
	if err != nil {
		return 0, err
	}
	return 1, nil
}

// End gives the lease back, for another to take at once.
func (s *Leases) End(ctx context.Context, name, holder string, epoch int64) error {
	_, err := s.exec(ctx, leaseEnd, name, holder, epoch)
	return err
}

// EndOf ends a lease whose holder's name begins with place, for who knows that
// holder to be dead: the next one need not wait until it runs out.
func (s *Leases) EndOf(ctx context.Context, name, place string) error {
	_, err := s.exec(ctx, leaseEndOf, name, place, place)
	return err
}

func (s *Leases) exec(ctx context.Context, query string, args ...any) (int64, error) {
	for try := 1; ; try++ {
		result, err := s.db.x.ExecContext(ctx, query, args...)
		switch {
		case retryable(err) && try < 3: // Galera: another committed first
		case err != nil:
			return 0, kind(err)
		default:
			return result.RowsAffected()
		}
	}
}
