package facts

import "time"

// Invite is a host's invitation, as it is listed.
type Invite struct {
	Server    string     `db:"server"`
	Roles     string     `db:"roles"` // separated by commas
	By        string     `db:"made_by"`
	MadeAt    time.Time  `db:"made_at"`
	ExpiresAt time.Time  `db:"expires_at"`
	UsedAt    *time.Time `db:"used_at"` // nil: not yet
	UsedFrom  string     `db:"used_from"`
}

// Invitation asks for a host to be let in.
type Invitation struct {
	Server   string
	Roles    []string
	From     string // the address from which the database sees it come
	Database string // host:port at which it reaches the database
	Life     time.Duration
	By       string
}

// Invited is an invitation that was made.
type Invited struct {
	Command string // for the new host; it holds the token, which stands nowhere
	// SQL makes the host's account of the database: for MariaDB's root. Empty: the
	// account is there.
	SQL []string
}
