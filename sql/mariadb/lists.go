package mariadb

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

// Lists keeps what is set for lists, and does to their leads what is done to all
// of them: reset and move.
type Lists struct {
	*Catalog[facts.SetList]
	db *DB
}

// NewLists is the store on a database.
func NewLists(db *DB) *Lists {
	c := catalog(db, "list", false, func(l facts.SetList) string { return strconv.FormatInt(int64(l.ID), 10) },
		"The list holds leads, such as %s. Move them to another list first, or switch the list off.")
	return &Lists{c, db}
}

// NewCustomFields keeps the fields of lists' own.
func NewCustomFields(db *DB) *Catalog[facts.SetCustomField] {
	return catalog(db, "customfield", true, func(f facts.SetCustomField) string { return strconv.FormatInt(f.ID, 10) }, "")
}

var (
	listStatuses   = queries.Get("list-statuses")
	resetLockList  = queries.Get("reset-lock-list")
	resetSince     = queries.Get("reset-since")
	resetAdd       = queries.Get("reset-add")
	resetMark      = queries.Get("reset-mark")
	resetsOpen     = queries.Get("resets-open")
	resetsOfList   = queries.Get("resets-of-list")
	resetFind      = queries.Get("reset-find")
	resetLeads     = queries.Get("reset-leads")
	resetCount     = queries.Get("reset-count")
	resetDone      = queries.Get("reset-done")
	listsTimed     = queries.Get("lists-timed")
	listMoveFind   = queries.Get("list-move-find")
	listMoveLeads  = queries.Get("list-move-leads")
	listMoveHopper = queries.Get("list-move-hopper")

	callbacksFollow     = queries.Get("callbacks-follow")
	callbacksFollowList = queries.Get("callbacks-follow-list")
)

// One is a list; only a number names one.
func (s *Lists) One(ctx context.Context, key string) (audit.Record[facts.SetList], error) {
	if !number(key) {
		return audit.Record[facts.SetList]{}, dialer.ErrNotFound
	}
	return s.Catalog.One(ctx, key)
}

// Save brings a list to what was typed. Into another campaign it takes along what
// its leads were promised.
func (s *Lists) Save(ctx context.Context, key string, e audit.Edit[facts.SetList]) error {
	if !number(key) {
		return dialer.ErrNotFound
	}
	if err := s.Catalog.Save(ctx, key, e); err != nil {
		return err
	}
	_, err := s.db.atOnce(ctx, callbacksFollowList, key)
	return err
}

// Delete deletes a list without leads.
func (s *Lists) Delete(ctx context.Context, by audit.By, key string) error {
	if !number(key) {
		return dialer.ErrNotFound
	}
	return s.Catalog.Delete(ctx, by, key)
}

func number(key string) bool {
	n, err := strconv.ParseUint(key, 10, 32)
	return err == nil && strconv.FormatUint(n, 10) == key
}

// Statuses are how many leads a list has of each status.
func (s *Lists) Statuses(ctx context.Context, list dialer.ListID) ([]facts.ListStatus, error) {
	var lines []facts.ListStatus
	err := s.db.x.SelectContext(ctx, &lines, listStatuses, list)
	return lines, kind(err)
}

// Resets are a list's latest resets, the newest first.
func (s *Lists) Resets(ctx context.Context, list dialer.ListID, limit int) ([]dialer.ListReset, error) {
	var rows []dialer.ListReset
	err := s.db.x.SelectContext(ctx, &rows, resetsOfList, list, limit)
	return rows, kind(err)
}

// Reset begins a reset: the leads that were called before now may be dialed
// again. One at a time, and no more a day than the list allows; day is when the
// office's day began. The work is done by GoOn.
func (s *Lists) Reset(ctx context.Context, list dialer.ListID, source string, by audit.By, day time.Time) error {
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		var row struct {
			ID    dialer.ListID `db:"id"`
			Limit int           `db:"reset_limit"`
		}
		if err := tx.GetContext(ctx, &row, resetLockList, list); err != nil {
			return kind(err)
		}
		var today int
		if err := tx.GetContext(ctx, &today, resetSince, list, day); err != nil {
			return kind(err)
		}
		if row.Limit > 0 && today >= row.Limit {
			return dialer.Explain(dialer.ErrConflict, fmt.Sprintf("List %d was reset %d times today, which is all that it allows. Raise its limit, or wait for tomorrow.", list, today))
		}
		_, err := tx.ExecContext(ctx, resetAdd, list, by.User, source, by.At)
		if duplicate(err) {
			return dialer.Explain(dialer.ErrConflict, fmt.Sprintf("A reset of list %d is under way already; one is enough.", list))
		}
		if err != nil {
			return kind(err)
		}
		if _, err := tx.ExecContext(ctx, resetMark, by.At, list); err != nil {
			return kind(err)
		}
		return note(ctx, tx, by, "list.reset", object("list", list), nil, map[string]string{"reset": source})
	})
}

// ResetTimed begins the reset that the clock asks for; day is when the office's
// day began.
func (s *Lists) ResetTimed(ctx context.Context, list dialer.ListID, now, day time.Time) error {
	return s.Reset(ctx, list, "timed", audit.By{At: now}, day)
}

// OpenResets are the resets that have not reached their end.
func (s *Lists) OpenResets(ctx context.Context) ([]dialer.ListReset, error) {
	var rows []dialer.ListReset
	err := s.db.x.SelectContext(ctx, &rows, resetsOpen)
	return rows, kind(err)
}

// resetBatch is how many leads a transaction resets.
const resetBatch = 2000

// GoOn resets the next leads of a reset; done when there were no more. It may
// stop and go on at any place, and several may do it at once.
func (s *Lists) GoOn(ctx context.Context, r dialer.ListReset, now time.Time) (done bool, err error) {
	err = s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		var ids []dialer.LeadID
		if err := tx.SelectContext(ctx, &ids, resetFind, r.ListID, r.StartedAt, resetBatch); err != nil {
			return kind(err)
		}
		if done = len(ids) == 0; done {
			_, err := tx.ExecContext(ctx, resetDone, now, r.ID)
			return kind(err)
		}
		n, err := inTx(ctx, tx, resetLeads, ids, r.StartedAt)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, resetCount, n, r.ID)
		return kind(err)
	})
	return done, err
}

// Timed are the active lists that are reset by the clock.
func (s *Lists) Timed(ctx context.Context) ([]dialer.TimedList, error) {
	var rows []dialer.TimedList
	err := s.db.x.SelectContext(ctx, &rows, listsTimed)
	return rows, kind(err)
}

// Move brings the leads of one status from a list to another, batch by batch, and
// says how many. What of them is in the hopper leaves it, unless it is claimed. What
// was moved stands in the audit log, also where the rest failed.
func (s *Lists) Move(ctx context.Context, from, to dialer.ListID, status dialer.Status, by audit.By) (int, error) {
	moved, err := s.moveOf(ctx, from, to, status)
	return moved, s.noted(ctx, err, moved, by, "list.move", from, map[string]string{
		"moved": fmt.Sprintf("%d leads of status %s to list %d", moved, status, to),
	})
}

func (s *Lists) moveOf(ctx context.Context, from, to dialer.ListID, status dialer.Status) (moved int, err error) {
	for _, calls := range [][2]int{{0, 0}, {1, 65535}} { // never called since the reset, then the others: each a stretch of the index
		for {
			n, err := s.moveBatch(ctx, from, to, status, calls[0], calls[1])
			moved += n
			if err != nil {
				return moved, err
			}
			if n == 0 {
				break
			}
		}
	}
	return moved, nil
}

// noted writes into the audit log what was done to leads of a list, some of them
// perhaps before it failed: whoever asked for it may have left meanwhile.
func (s *Lists) noted(ctx context.Context, failed error, leads int, by audit.By, action string, list dialer.ListID, what map[string]string) error {
	if failed != nil && leads == 0 {
		return failed
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(failed, s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		return note(ctx, tx, by, action, object("list", list), nil, what)
	}))
}

func (s *Lists) moveBatch(ctx context.Context, from, to dialer.ListID, status dialer.Status, least, most int) (moved int, err error) {
	err = s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		moved = 0
		var target dialer.ListID
		if err := tx.GetContext(ctx, &target, leadsLockList, to); err != nil {
			return kind(err)
		}
		var ids []dialer.LeadID
		if err := tx.SelectContext(ctx, &ids, listMoveFind, from, status, least, most, 1000); err != nil || len(ids) == 0 {
			return kind(err)
		}
		n, err := inTx(ctx, tx, listMoveLeads, to, ids, from)
		if err != nil {
			return err
		}
		moved = int(n)
		if _, err := inTx(ctx, tx, callbacksFollow, ids); err != nil {
			return err
		}
		_, err = inTx(ctx, tx, listMoveHopper, ids)
		return err
	})
	if errors.Is(err, dialer.ErrNotFound) {
		err = dialer.Explain(dialer.ErrNotFound, fmt.Sprintf("There is no list %d to move leads to.", to))
	}
	return moved, err
}

// Exported writes into the audit log that somebody takes leads away.
func (s *Lists) Exported(ctx context.Context, by audit.By, list dialer.ListID, status dialer.Status, file string) error {
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		return note(ctx, tx, by, "list.export", object("list", list), nil, map[string]string{"file": file, "status": string(status)})
	})
}
