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
	webSessionsStill  = queries.Get("web-sessions-still")
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

// TouchWebSessions notes that sessions are in use.
func (a *WebAccounts) TouchWebSessions(ctx context.Context, tokens [][32]byte, now time.Time) error {
	query, args, err := sqlx.In(webSessionTouch, now, hashes(tokens))
	if err == nil {
		_, err = a.db.x.ExecContext(ctx, query, args...)
	}
	return kind(err)
}

// StillIn gives those of the sessions that have not ended, with when each was
// last known to be in use.
func (a *WebAccounts) StillIn(ctx context.Context, tokens [][32]byte, now time.Time) (map[[32]byte]time.Time, error) {
	query, args, err := sqlx.In(webSessionsStill, hashes(tokens), now)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		Token  []byte    `db:"token_hash"`
		SeenAt time.Time `db:"seen_at"`
	}
	if err := a.db.x.SelectContext(ctx, &rows, query, args...); err != nil {
		return nil, kind(err)
	}
	in := make(map[[32]byte]time.Time, len(rows))
	for _, r := range rows {
		in[[32]byte(r.Token)] = r.SeenAt
	}
	return in, nil
}

func hashes(tokens [][32]byte) [][]byte {
	all := make([][]byte, len(tokens))
	for i := range tokens {
		all[i] = tokens[i][:]
	}
	return all
}

// EndWebSession forgets a session.
func (a *WebAccounts) EndWebSession(ctx context.Context, token [32]byte) error {
	_, err := a.db.x.ExecContext(ctx, webSessionEnd, token[:])
	return kind(err)
}
