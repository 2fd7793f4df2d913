package mariadb

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

// Invites are made by an operator, for hosts that are to join.
type Invites struct{ db *DB }

// NewInvites is the store on a database.
func NewInvites(db *DB) *Invites { return &Invites{db} }

var (
	inviteAdd    = queries.Get("invite-add")
	inviteTake   = queries.Get("invite-take")
	inviteRead   = queries.Get("invite-read")
	inviteForget = queries.Get("invite-forget")
	invitesAll   = queries.Get("invites-all")
	inviteRevoke = queries.Get("invite-revoke")
)

// NewInvite is an invitation of a host.
type NewInvite struct {
	ID      string // SHA-256 of the token, in hex
	Server  string
	Roles   string
	Payload []byte // sealed by the token
	By      string
	Life    time.Duration
}

// Add keeps an invitation. It ends the host's earlier ones: their password of the
// database is no longer the account's.
func (s *Invites) Add(ctx context.Context, by audit.By, i NewInvite) error {
	return s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, inviteRevoke, i.Server)
		if err != nil {
			return kind(err)
		}
		_, err = tx.ExecContext(ctx, inviteAdd, i.ID, i.Server, i.Roles, i.Payload, i.By, int64(i.Life.Seconds()))
		if err != nil {
			return kind(err)
		}
		return note(ctx, tx, by, "server.invite", object("server", i.Server), nil, map[string]string{"roles": i.Roles, "for": i.Life.String()})
	})
}

// All are the newest ones.
func (s *Invites) All(ctx context.Context) (all []facts.Invite, err error) {
	err = s.db.x.SelectContext(ctx, &all, invitesAll)
	return all, kind(err)
}

// Revoke ends a host's open invitations and says how many there were.
func (s *Invites) Revoke(ctx context.Context, by audit.By, server string) (n int, err error) {
	err = s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, inviteRevoke, server)
		if err != nil {
			return kind(err)
		}
		rows, err := result.RowsAffected()
		n = int(rows)
		if err != nil || n == 0 {
			return err
		}
		return note(ctx, tx, by, "server.uninvite", object("server", server), nil, map[string]int{"invitations": n})
	})
	return n, err
}

// Joins lets hosts in that hold a token.
type Joins struct{ db *DB }

// NewJoins is the store on a database.
func NewJoins(db *DB) *Joins { return &Joins{db} }

// Redeem uses an invitation up and gives what it holds. A *dialer.Problem says
// why there is nothing to be had.
func (s *Joins) Redeem(ctx context.Context, id, from string) (payload []byte, err error) {
	err = s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, inviteTake, from, id)
		if err != nil {
			return kind(err)
		}
		taken, err := result.RowsAffected()
		if err != nil {
			return err
		}
		var row struct {
			Server    string     `db:"server"`
			Roles     string     `db:"roles"`
			Payload   []byte     `db:"payload"`
			ExpiresAt time.Time  `db:"expires_at"`
			UsedAt    *time.Time `db:"used_at"`
		}
		err = kind(tx.GetContext(ctx, &row, inviteRead, id))
		switch {
		case err != nil && taken == 0:
			return dialer.Explain(dialer.ErrNotFound, "This token is not known here. Ask for a new one: trunkline invite.")
		case err != nil:
			return err
		case taken == 0 && row.UsedAt != nil:
			return dialer.Explain(dialer.ErrConflict, "This token has been used already. Ask for a new one: trunkline invite.")
		case taken == 0:
			return dialer.Explain(dialer.ErrConflict, "This token's time is over. Ask for a new one: trunkline invite.")
		}
		payload = row.Payload
		_, err = tx.ExecContext(ctx, inviteForget, id)
		if err != nil {
			return kind(err)
		}
		now := row.UsedAt
		return note(ctx, tx, audit.By{IP: from, At: *now}, "server.join", object("server", row.Server), nil, map[string]string{"roles": row.Roles})
	})
	return payload, err
}
