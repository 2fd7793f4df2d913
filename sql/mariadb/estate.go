package mariadb

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/keepalive"
	"trunkline/sql/queries"
)

// Estate is the books of servers, for closing those of the dead.
type Estate struct{ db *DB }

// NewEstate is the store on a database.
func NewEstate(db *DB) *Estate { return &Estate{db} }

var (
	estateSigns      = queries.Get("estate-signs")
	estateRinging    = queries.Get("estate-ringing")
	estateAnswered   = queries.Get("estate-answered")
	estateEnd        = queries.Get("estate-end")
	estateLeads      = queries.Get("estate-leads")
	estateLegs       = queries.Get("estate-legs")
	estateWatches    = queries.Get("estate-watches")
	estateWrapUps    = queries.Get("estate-wrapups")
	estateUnsaid     = queries.Get("estate-unsaid")
	estateUnsaidLead = queries.Get("estate-unsaid-lead")
	estateShiftsLog  = queries.Get("estate-shifts-log")

	estateCallsChanged  = queries.Get("estate-calls-changed")
	estateShiftsChanged = queries.Get("estate-shifts-changed")

	estateShifts = queries.Get("estate-shifts")
)

// Signs are when the telephony servers last gave signs of life.
func (s *Estate) Signs(ctx context.Context) ([]keepalive.Sign, error) {
	var all []keepalive.Sign
	err := s.db.x.SelectContext(ctx, &all, estateSigns)
	return all, kind(err)
}

// orphan is a call of a dead server's.
type orphan struct {
	ID       dialer.CallID     `db:"id"`
	Lead     dialer.LeadID     `db:"lead_id"`
	Was      dialer.Status     `db:"lead_was"`
	Campaign dialer.CampaignID `db:"campaign_id"`
}

// CloseBooks ends what a dead server had. What is ended already stays as it is.
func (s *Estate) CloseBooks(ctx context.Context, server dialer.ServerID) (closed keepalive.Closed, err error) {
	now, err := s.db.Now(ctx)
	if err != nil {
		return closed, err
	}
	err = s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		closed = keepalive.Closed{}
		var ringing, answered []orphan
		err := tx.SelectContext(ctx, &ringing, estateRinging, server)
		if err == nil {
			err = tx.SelectContext(ctx, &answered, estateAnswered, server)
		}
		if err != nil {
			return kind(err)
		}
		for _, c := range ringing {
			// Before the call's own row is ended: that tells whether it was done.
			res, err := tx.ExecContext(ctx, qCallLeadAgain, c.Was, c.Lead, c.ID)
			if err != nil {
				return kind(err)
			}
			n, _ := res.RowsAffected()
			closed.Leads += int(n)
		}
		err = endOrphans(ctx, tx, append(ringing, answered...), answered, now, server, &closed)
		if err != nil {
			return err
		}
		for _, query := range []string{estateLegs, estateWatches} {
			if _, err := tx.ExecContext(ctx, query, now, server); err != nil {
				return kind(err)
			}
		}
		var unsaid []dialer.CallID
		if err := tx.SelectContext(ctx, &unsaid, estateWrapUps, server); err != nil {
			return kind(err)
		}
		for _, id := range unsaid {
			if err := leaveUnsaid(ctx, tx, id); err != nil {
				return err
			}
		}
		for _, query := range []string{estateShiftsLog, estateShiftsChanged} {
			if _, err := tx.ExecContext(ctx, query, server); err != nil {
				return kind(err)
			}
		}
		res, err := tx.ExecContext(ctx, estateShifts, now, server)
		if err != nil {
			return kind(err)
		}
		n, _ := res.RowsAffected()
		closed.Shifts = int(n)
		return nil
	})
	return closed, err
}

// leaveUnsaid closes a call in wrap-up whose agent will not say what became of
// it.
func leaveUnsaid(ctx context.Context, tx *sqlx.Tx, id dialer.CallID) error {
	res, err := tx.ExecContext(ctx, estateUnsaid, id)
	if err != nil {
		return kind(err)
	}
	if n, err := res.RowsAffected(); n == 0 || err != nil {
		return kind(err)
	}
	if _, err = tx.ExecContext(ctx, estateUnsaidLead, id); err != nil {
		return kind(err)
	}
	_, err = tx.ExecContext(ctx, qReportChangedCall, id)
	return kind(err)
}

func endOrphans(ctx context.Context, tx *sqlx.Tx, all, answered []orphan, now time.Time, server dialer.ServerID, closed *keepalive.Closed) error {
	if len(all) == 0 {
		return nil
	}
	ids := make([]dialer.CallID, len(all))
	events := make([]dialer.Event, len(all))
	for i, c := range all {
		ids[i] = c.ID
		events[i] = dialer.Event{At: now, ServerID: server, Kind: dialer.EventCall, CallID: c.ID, CampaignID: c.Campaign}
	}
	n, err := execIn(ctx, tx, estateEnd, now, ids, server)
	if err != nil {
		return err
	}
	closed.Calls = int(n)
	if _, err := execIn(ctx, tx, estateCallsChanged, ids); err != nil {
		return err
	}
	if len(answered) > 0 {
		leads := make([]dialer.LeadID, len(answered))
		for i, c := range answered {
			leads[i] = c.Lead
		}
		if _, err := execIn(ctx, tx, estateLeads, leads); err != nil {
			return err
		}
	}
	_, err = tx.NamedExecContext(ctx, qEventAdd, events)
	return kind(err)
}
