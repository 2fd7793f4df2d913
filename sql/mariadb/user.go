package mariadb

import (
	"context"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/sql/queries"
)

// Users keeps who may sign in, and their phones.
type Users struct{ db *DB }

// NewUsers is the store on a database.
func NewUsers(db *DB) *Users { return &Users{db} }

var (
	userInsert        = queries.Get("user-insert")
	userByUsername    = queries.Get("user-by-username")
	usersAll          = queries.Get("users-all")
	usersWithoutPhone = queries.Get("users-without-phone")
	phoneInsert       = queries.Get("phone-insert")
	phonesChanged     = queries.Get("phones-changed")
)

// Add enters a user with the phones that phones makes for the new id. A name
// that is taken is dialer.ErrConflict.
func (u *Users) Add(ctx context.Context, user dialer.User, phones func(dialer.UserID) []dialer.Phone) (dialer.UserID, error) {
	var id dialer.UserID
	err := u.db.Tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.NamedExecContext(ctx, userInsert, user)
		if err != nil {
			return kind(err)
		}
		n, err := res.LastInsertId()
		if err != nil {
			return err
		}
		id = dialer.UserID(n)
		for _, phone := range phones(id) {
			_, err = tx.NamedExecContext(ctx, phoneInsert, phone)
			if err != nil {
				return kind(err)
			}
		}
		return changedPhones(ctx, tx)
	})
	return id, err
}

// ByUsername is the user of that name.
func (u *Users) ByUsername(ctx context.Context, username string) (dialer.User, error) {
	var user dialer.User
	err := u.db.x.GetContext(ctx, &user, userByUsername, username)
	return user, kind(err)
}

// All gives every user by name.
func (u *Users) All(ctx context.Context) ([]dialer.User, error) {
	var users []dialer.User
	err := u.db.x.SelectContext(ctx, &users, usersAll)
	return users, kind(err)
}

// WithoutPhone gives the users who have no phone on a server.
func (u *Users) WithoutPhone(ctx context.Context, server dialer.ServerID) ([]dialer.User, error) {
	var users []dialer.User
	err := u.db.x.SelectContext(ctx, &users, usersWithoutPhone, server)
	return users, kind(err)
}

// AddPhone enters a phone.
func (u *Users) AddPhone(ctx context.Context, phone dialer.Phone) error {
	return u.db.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.NamedExecContext(ctx, phoneInsert, phone); err != nil {
			return kind(err)
		}
		return changedPhones(ctx, tx)
	})
}

// changedPhones ends a transaction that changes phones: the telephony servers see
// by it that there is something new for their Asterisks.
func changedPhones(ctx context.Context, tx *sqlx.Tx) error {
	_, err := tx.ExecContext(ctx, phonesChanged)
	return kind(err)
}
