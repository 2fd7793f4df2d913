// Package capacity knows how full each server is, minute by minute (Sampler),
// and which of its bounds is reached first as agents are added (Forecast).
package capacity

import (
	"time"

	"trunkline/dialer"
)

// Sample is how full a host was in one minute.
type Sample struct {
	Server dialer.ServerID `db:"server_id"`
	At     time.Time       `db:"at"` // the minute's begin, the database's clock
	// Of the host. Shares are from 0 to 1.
	CPU      float64 `db:"cpu"`    // of all cores
	Memory   float64 `db:"memory"` // not available to programs
	DiskFree int64   `db:"disk_free"`
	DiskSize int64   `db:"disk_size"` // bytes, where recordings are
	// Of the telephony role.
	Lines  int     `db:"lines_up"` // calls up, at the minute's fullest look
	Agents int     `db:"agents"`   // on shift, at the fullest look
	Calls  int     `db:"calls"`    // placed within the minute
	CPS    float64 `db:"cps"`      // placed a second, in the minute's busiest 5 s
	// Of the database server, as this host sees it.
	DBQuestions   float64 `db:"db_questions"`   // statements a second, of all its clients
	DBRunning     int     `db:"db_running"`     // statements at work at once, at the fullest look
	DBConnections int     `db:"db_connections"` // open, at the fullest look
	DBBound       int     `db:"db_bound"`       // connections it takes
	DBBytes       int64   `db:"db_bytes"`       // of tables and indexes
}

// Floor is what a telephony server carries, by the books.
type Floor struct {
	Lines  int `db:"lines_up"`
	Agents int `db:"agents"`
	Placed int `db:"placed"` // calls within a stretch of time
}

// Database is how a database server stands at one moment.
type Database struct {
	Questions   int64 // since its start
	Running     int
	Connections int
	Bound       int
	Bytes       int64
}
