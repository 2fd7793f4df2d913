package mariadb

import (
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/listen"
	"trunkline/sql/queries"
)

var (
	qCallReclaim     = queries.Get("call-reclaim")
	qCallReclaimLegs = queries.Get("call-reclaim-legs")
	qCallsReclaimed  = queries.Get("calls-reclaimed")
)

// Reclaim makes a call that another server has, and whose line ours has, our
// server's: if the other gives no sign of life, else ErrConflict. Asked again it
// finds what was done.
func (s *Listen) Reclaim(ctx context.Context, id dialer.FerryID, line dialer.ServerID, met time.Time) (c dialer.Call, err error) {
	var when *time.Time
	if !met.IsZero() {
		when = &met
	}
	err = s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, qCallReclaim, line, when, id.Call, id.To, line); err != nil {
			return kind(err)
		}
		c = dialer.Call{}
		if err := tx.GetContext(ctx, &c, qCallByID, id.Call); err != nil {
			return kind(err)
		}
		if c.ServerID != line || c.State == dialer.CallEnded {
			return dialer.ErrConflict
		}
		_, err := tx.ExecContext(ctx, qCallReclaimLegs, id.Call)
		return kind(err)
	})
	return c, err
}

// reclaimed are the calls among a server's changes that it does not have any
// more: it was taken for dead, and the server with the customer's line has gone on
// with them, or the agent on another. Only calls whose line another has can be, or
// those that lost their agent here, and only of those it is asked.
func (w *journal) reclaimed(changes []listen.Change) map[dialer.CallID]bool {
	var visitors []dialer.CallID
	for _, c := range changes {
		if c.Call == nil || c.Call.ServerID != w.server {
			continue
		}
		visitor := c.Call.LineServer != 0 && c.Call.LineServer != w.server
		bereft := c.Call.State == dialer.CallEnded && c.Call.Status == dialer.StatusError
		if (visitor || bereft) && !slices.Contains(visitors, c.Call.ID) {
			visitors = append(visitors, c.Call.ID)
		}
	}
	if len(visitors) == 0 {
		return nil
	}
	slices.Sort(visitors) // locked in the order of their keys, as they are written
	query, args, err := sqlx.In(qCallsReclaimed, visitors, w.server)
	var gone []dialer.CallID
	if err == nil {
		err = w.tx.SelectContext(w.ctx, &gone, query, args...)
	}
	if err != nil {
		w.err = err
		return nil
	}
	set := make(map[dialer.CallID]bool, len(gone))
	for _, id := range gone {
		set[id] = true
	}
	return set
}
