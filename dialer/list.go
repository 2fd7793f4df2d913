package dialer

import "time"

// ListReset is a reset of a list: its leads may be dialed again.
type ListReset struct {
	ID        int64      `db:"id"`
	ListID    ListID     `db:"list_id"`
	UserID    UserID     `db:"user_id"`
	Source    string     `db:"source"` // hand, timed
	Leads     int        `db:"leads"`  // made dialable so far
	StartedAt time.Time  `db:"started_at"`
	DoneAt    *time.Time `db:"done_at"` // nil: under way
}

// TimedList is a list that is reset by the clock.
type TimedList struct {
	ID        ListID     `db:"id"`
	Times     string     `db:"reset_times"` // HH:MM of the office's day, space-separated
	ResetAt   *time.Time `db:"reset_at"`    // nil: never
	ChangedAt *time.Time `db:"changed_at"`  // when its settings were saved
}
