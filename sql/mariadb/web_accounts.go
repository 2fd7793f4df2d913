package mariadb

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

// WebAccounts keeps who is signed in on which browser.
type WebAccounts struct{ db *DB }

// NewWebAccounts is the store on a database.
func NewWebAccounts(db *DB) *WebAccounts { return &WebAccounts{db} }

var (
	webUserByName     = queries.Get("web-user-by-name")
	webSessionAdd     = queries.Get("web-session-add")
	webSessionPurge   = queries.Get("web-session-purge")
	webSessionByToken = queries.Get("web-session-by-token")
	webSessionTouch   = queries.Get("web-session-touch")
	webSessionEnd     = queries.Get("web-session-end")
)

// UserByName is the user of that name, active or not.
func (a *WebAccounts) UserByName(ctx context.Context, username string) (dialer.User, error) {
	var u dialer.User
	err := a.db.x.GetContext(ctx, &u, webUserByName, username)
	return u, kind(err)
}

// StartWebSession keeps a session under the hash of its token, and forgets those
// that have expired.
func (a *WebAccounts) StartWebSession(ctx context.Context, token [32]byte, user dialer.UserID, ip string, now, expires time.Time) error {
	return a.db.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, webSessionPurge, now); err != nil {
			return kind(err)
		}
		_, err := tx.ExecContext(ctx, webSessionAdd, token[:], user, now, now, expires, ip)
		return kind(err)
	})
}

// WebSession is the session of a token, of an active user, not yet expired.
func (a *WebAccounts) WebSession(ctx context.Context, token [32]byte, now time.Time) (facts.WebSession, error) {
	var row struct {
		dialer.User
		SeenAt    time.Time `db:"seen_at"`
		ExpiresAt time.Time `db:"expires_at"`
	}
	err := a.db.x.GetContext(ctx, &row, webSessionByToken, token[:], now)
	return facts.WebSession{User: row.User, SeenAt: row.SeenAt, ExpiresAt: row.ExpiresAt}, kind(err)
}

// TouchWebSession notes that the session was used.
func (a *WebAccounts) TouchWebSession(ctx context.Context, token [32]byte, now time.Time) error {
	_, err := a.db.x.ExecContext(ctx, webSessionTouch, now, token[:])
	return kind(err)
}

// EndWebSession forgets a session.
func (a *WebAccounts) EndWebSession(ctx context.Context, token [32]byte) error {
	_, err := a.db.x.ExecContext(ctx, webSessionEnd, token[:])
	return kind(err)
}
