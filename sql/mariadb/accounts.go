package mariadb

import (
	"context"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

// Accounts keeps users as the admin pages and their own account page change
// them. Users are never deleted: calls and the audit log refer to them.
type Accounts struct {
	*Catalog[facts.Account]
	// phone makes the phone in a new user's browser on one server.
	phone func(user dialer.UserID, username string, server dialer.Server) dialer.Phone
}

// NewAccounts is the store on a database.
func NewAccounts(db *DB, phone func(dialer.UserID, string, dialer.Server) dialer.Phone) *Accounts {
	return &Accounts{catalog(db, "user", true, func(a facts.Account) string { return strconv.FormatInt(int64(a.ID), 10) }, neverDeleted), phone}
}

var (
	userLock        = queries.Get("user-lock")
	userSetPassword = queries.Get("user-set-password")
	userEndSessions = queries.Get("user-end-sessions")
	userSetTOTP     = queries.Get("user-set-totp")
	userTOTP        = queries.Get("user-totp")
	userTakeTOTP    = queries.Get("user-take-totp")
	userSessions    = queries.Get("user-sessions")
)

// Create enters a user with a phone in the browser on each telephony server.
func (a *Accounts) Create(ctx context.Context, by audit.By, account facts.Account) (string, error) {
	servers, err := NewServers(a.db).Telephony(ctx)
	if err != nil {
		return "", err
	}
	var key string
	err = a.db.Tx(ctx, func(tx *sqlx.Tx) error {
		key, err = a.insert(ctx, tx, by, account)
		if err != nil {
			return err
		}
		id, err := strconv.ParseInt(key, 10, 64)
		if err != nil {
			return err
		}
		for _, server := range servers {
			if _, err := tx.NamedExecContext(ctx, phoneInsert, a.phone(dialer.UserID(id), account.Username, server)); err != nil {
				return kind(err)
			}
		}
		return changedPhones(ctx, tx)
	})
	return key, err
}

// secrets are what an account hides.
type secrets struct {
	PassHash string `db:"pass_hash"`
	Secret   string `db:"totp_secret"`
	Step     int64  `db:"totp_step"`
}

// change changes what an account hides, with a line in the audit log that says
// that it was changed, and not to what.
func (a *Accounts) change(ctx context.Context, by audit.By, id dialer.UserID, action string, do func(*sqlx.Tx, secrets) error) error {
	return a.db.Tx(ctx, func(tx *sqlx.Tx) error {
		var was secrets
		if err := tx.GetContext(ctx, &was, userLock, id); err != nil {
			return kind(err)
		}
		if err := do(tx, was); err != nil {
			return kind(err)
		}
		return note(ctx, tx, by, action, object("user", id), nil, map[string]string{})
	})
}

// ResetPassword changes a user's password and signs the user out everywhere;
// keep is the token of a browser that stays signed in, or nil.
func (a *Accounts) ResetPassword(ctx context.Context, by audit.By, id dialer.UserID, hash string, keep []byte) error {
	return a.change(ctx, by, id, "user.password", func(tx *sqlx.Tx, _ secrets) error {
		if _, err := tx.ExecContext(ctx, userSetPassword, hash, id); err != nil {
			return err
		}
		return endSessions(ctx, tx, id, keep)
	})
}

// EndSessions signs a user out in all browsers but the one whose token is kept.
func (a *Accounts) EndSessions(ctx context.Context, by audit.By, id dialer.UserID, keep []byte) error {
	return a.change(ctx, by, id, "user.signout", func(tx *sqlx.Tx, _ secrets) error { return endSessions(ctx, tx, id, keep) })
}

func endSessions(ctx context.Context, tx *sqlx.Tx, id dialer.UserID, keep []byte) error {
	if keep == nil {
		keep = []byte{}
	}
	_, err := tx.ExecContext(ctx, userEndSessions, id, keep)
	return err
}

// SetTOTP begins or, with "", ends the second factor; step is the last code's.
func (a *Accounts) SetTOTP(ctx context.Context, by audit.By, id dialer.UserID, secret string, step int64) error {
	action := "user.two_steps_on"
	if secret == "" {
		action = "user.two_steps_off"
	}
	return a.change(ctx, by, id, action, func(tx *sqlx.Tx, _ secrets) error {
		_, err := tx.ExecContext(ctx, userSetTOTP, secret, step, id)
		return err
	})
}

// TOTP is a user's second factor; "" for none.
func (a *Accounts) TOTP(ctx context.Context, id dialer.UserID) (secret string, err error) {
	var s secrets
	err = a.db.x.GetContext(ctx, &s, userTOTP, id)
	return s.Secret, kind(err)
}

// TakeTOTP takes the code of a step, once: false if it, or a later one, has been
// taken.
func (a *Accounts) TakeTOTP(ctx context.Context, id dialer.UserID, step int64) (bool, error) {
	res, err := a.db.x.ExecContext(ctx, userTakeTOTP, step, id, step)
	if err != nil {
		return false, kind(err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// Sessions are the browsers in which a user is signed in; this is the token of
// the one that asks.
func (a *Accounts) Sessions(ctx context.Context, id dialer.UserID, this []byte, now time.Time) ([]facts.Browser, error) {
	if this == nil {
		this = []byte{}
	}
	var all []facts.Browser
	err := a.db.x.SelectContext(ctx, &all, userSessions, this, id, now)
	return all, kind(err)
}
