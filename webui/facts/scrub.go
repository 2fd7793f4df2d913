package facts

import (
	"time"

	"trunkline/dialer"
)

// Scrub is one comparison of lists with a do-not-call register.
type Scrub struct {
	Register string        `db:"register"`
	At       time.Time     `db:"at"`      // of what day the register's data was
	Numbers  int           `db:"numbers"` // that it had and were put on the do-not-call list
	User     dialer.UserID `db:"user_id"`
	Note     string        `db:"note"`
	NotedAt  time.Time     `db:"noted_at"`
}

// Register is a register that the calling rules name, and when lists were last
// compared with it.
type Register struct {
	Name    string
	Rule    string
	Country string    // ISO 3166
	Days    int       // that a comparison is good for
	Last    time.Time // zero: none on record
}
