package mariadb

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/tally"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

var (
	webShiftMoved    = queries.Get("web-shift-moved")
	webShiftMovedLog = queries.Get("web-shift-moved-log")
	webCallAlong     = queries.Get("web-call-along")
	webUndecided     = queries.Get("web-call-undecided")
	webIntentAlong   = queries.Get("web-intent-along")
	webIntentMove    = queries.Get("web-intent-move")
)

// MoveShift ends the user's shift, whose server is down, and begins another in
// the same campaign on a server that is up. The call that the agent had goes
// along, to be wrapped up there, and with it an outcome that was chosen and not
// written yet: who says what became of a call is its agent, and nobody else can.
// While another server has still to say whether its customer is there it is
// facts.ErrUndecided, and nothing has been done.
func (d *WebDesk) MoveShift(ctx context.Context, n facts.NewShift, now time.Time) (facts.Shift, error) {
	var shift facts.Shift
	err := d.db.Tx(ctx, func(tx *sqlx.Tx) error {
		was, err := liveShift(ctx, tx, n.User)
		if err != nil {
			return err
		}
		old := was.Session
		up, err := serverUp(ctx, tx, old.ServerID)
		if err != nil {
			return err
		}
		if up {
			return dialer.Explain(dialer.ErrConflict, "Your server is up again, and your shift goes on there.")
		}
		at, err := placeOf(ctx, tx, n.User, old.ServerID)
		if err != nil {
			return err
		}
		if err := decided(ctx, tx, old); err != nil {
			return err
		}
		along, err := takeAlong(ctx, tx, old, at.Server, now)
		if err != nil {
			return err
		}
		for _, query := range []string{webShiftMovedLog, webShiftMoved} {
			if _, err := tx.ExecContext(ctx, query, now, old.ID); err != nil {
				return kind(err)
			}
		}
		stretch := tally.Change{Kind: tally.Stretch, Campaign: old.CampaignID, User: old.UserID, From: old.Since, To: now}
		if _, err := tx.NamedExecContext(ctx, qReportChanged, stretch); err != nil {
			return kind(err)
		}
		n.Campaign = old.CampaignID
		if err := addShift(ctx, tx, n, at, along, now); err != nil {
			return err
		}
		if along != 0 {
			if err := moveOutcome(ctx, tx, old, n.ID, at.Server); err != nil {
				return err
			}
		}
		shift, err = liveShift(ctx, tx, n.User)
		return err
	})
	return shift, err
}

// decided is facts.ErrUndecided as long as nobody can know whether a shift's call
// goes along.
func decided(ctx context.Context, tx *sqlx.Tx, old dialer.Session) error {
	if old.CallID == 0 {
		return nil
	}
	var n int
	if err := tx.GetContext(ctx, &n, webUndecided, old.ServerID, old.CallID, old.ID); err != nil {
		return kind(err)
	}
	if n > 0 {
		return facts.ErrUndecided
	}
	return nil
}

// takeAlong makes a shift's call one of another server's, in wrap-up; 0: there is
// none, or it goes on without its agent.
func takeAlong(ctx context.Context, tx *sqlx.Tx, old dialer.Session, to dialer.ServerID, now time.Time) (dialer.CallID, error) {
	if old.CallID == 0 {
		return 0, nil
	}
	res, err := tx.ExecContext(ctx, webCallAlong, now, to, old.CallID, old.ServerID, old.ID)
	if err != nil {
		return 0, kind(err)
	}
	if n, err := res.RowsAffected(); n == 0 || err != nil {
		return 0, kind(err)
	}
	_, err = tx.ExecContext(ctx, qReportChangedCall, old.CallID)
	return old.CallID, kind(err)
}

// moveOutcome hands the outcome that the agent chose on the old server, if there
// is one, to the listen of the new one, which finds the call in wrap-up.
func moveOutcome(ctx context.Context, tx *sqlx.Tx, old dialer.Session, to dialer.SessionID, server dialer.ServerID) error {
	var intent dialer.IntentID
	err := kind(tx.GetContext(ctx, &intent, webIntentAlong, old.ID, strconv.FormatInt(int64(old.CallID), 10)))
	if errors.Is(err, dialer.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, webIntentMove, server, to, intent)
	return kind(err)
}
