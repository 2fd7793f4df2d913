package facts

import (
	"time"

	"trunkline/dialer"
)

// TokenID names an API token.
type TokenID int64

// Token is an API token as the admin pages show and change one.
type Token struct {
	ID         TokenID       `db:"id" json:"-"`
	Name       string        `db:"name" json:"name"`
	UserID     dialer.UserID `db:"user_id" json:"user_id"` // for whom it acts
	Rights     string        `db:"rights" json:"rights"`   // of the user's, separated by spaces
	Campaigns  dialer.Scope  `db:"campaigns" json:"campaigns"`
	Active     bool          `db:"active" json:"active"`
	ExpiresOn  string        `db:"expires_on" json:"expires_on"` // YYYY-MM-DD, the last day (UTC) on which it works
	UsedAt     *time.Time    `db:"used_at" json:"-"`             // nil: never
	UsedIP     string        `db:"used_ip" json:"-"`
	Username   string        `db:"username" json:"-"`
	UserActive bool          `db:"user_active" json:"-"`
	Hash       []byte        `db:"token_hash" json:"-"` // SHA-256 of the token, to create one
	Secret     string        `db:"-" json:"-"`          // the token itself, while it is shown
}

// Bearer is who asks with a token: the user, narrowed to what the token may.
type Bearer struct {
	Token  TokenID
	Name   string
	User   dialer.User
	UsedAt *time.Time
}

// Answered is what became of a request with an idempotency key.
type Answered struct {
	Request []byte    `db:"request"` // SHA-256 of what was asked
	At      time.Time `db:"at"`
	Status  int       `db:"status"` // 0: it is being done, or was broken off
	Body    string    `db:"body"`
}

// HopperAdd is what became of a lead that a program wants called next.
type HopperAdd struct {
	In    bool // it is in the hopper
	Says  string
	Rule  string
	Until *time.Time
}

// Said is what somebody said about being called, as the ledger of consents has it.
type Said struct {
	At       time.Time     `json:"at"`
	Number   string        `json:"number"` // E.164
	Kind     string        `json:"kind"`   // consent, revoke
	Level    string        `json:"level"`  // of a consent: express, written
	Source   string        `json:"source"`
	Evidence string        `json:"evidence"`
	User     dialer.UserID `json:"-"`
}
