// Package retention deletes what is older than the operator wants it kept. What
// nobody has set is kept for ever, and a recording that is on hold is kept
// whatever is set.
//
// Rows are deleted by one process of the cluster, under a lease (Keeper). Files
// of recordings lie on the server that made them, and its listen deletes them
// (Files): of a server there is one.
package retention

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"trunkline/dialer"
)

// What can be kept for a time.
type What string

const (
	Recordings What = "recordings" // files; their rows stay, with the hash and the day of deletion
	Calls      What = "calls"      // rows of calls whose recordings are gone or never were
	AgentLog   What = "agent_log"  // rows of agents' states
	Samples    What = "samples"    // rows of how full servers were
)

// All are all of them, in the order in which they are told.
var All = []What{Recordings, Calls, AgentLog, Samples}

// Least is the shortest time that may be set, in days. The drop ledgers of the
// law look back 30 days, and the counting of calls to a number as long.
var Least = map[What]int{Recordings: 1, Calls: 60, AgentLog: 60, Samples: 7}

// Default is what holds where nobody has set anything: 0 is for ever.
var Default = map[What]int{Samples: 400}

// Rule is for how many days something is kept; 0 is for ever.
type Rule struct {
	What     What              `db:"what"`
	Campaign dialer.CampaignID `db:"campaign_id"` // "": every campaign without a rule of its own; recordings only may name one
	Days     int               `db:"days"`
}

// Loss is what a rule would delete at once.
type Loss struct {
	Rows   int        `db:"n"`      // recordings, or rows
	Bytes  int64      `db:"bytes"`  // of recordings
	Oldest *time.Time `db:"oldest"` // nil: nothing
}

// Hold is a call that is kept whatever is set, with its recordings.
type Hold struct {
	Call   dialer.CallID `db:"call_id"`
	Reason string        `db:"reason"`
	By     string        `db:"by_"`
	At     time.Time     `db:"at"`
}

// Check says what is wrong with a rule, as a *dialer.Problem.
func (r Rule) Check() error {
	least, known := Least[r.What]
	switch {
	case !known:
		return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("%q is nothing that is kept: recordings, calls, agent_log and samples are.", r.What))
	case r.Campaign != "" && r.What != Recordings:
		return dialer.Explain(dialer.ErrInvalid, "Only recordings are kept by campaign.")
	case r.Days != 0 && r.Days < least:
		return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("%s are kept for at least %d days, or 0 for ever.", r.What, least))
	case r.Days > 36500:
		return dialer.Explain(dialer.ErrInvalid, "More than 36500 days is for ever: set 0.")
	}
	return nil
}

// Expired is a recording whose time is over.
type Expired struct {
	Call      dialer.CallID `db:"call_id"`
	File      string        `db:"file"` // below the server's folder
	StartedAt time.Time     `db:"started_at"`
}

// Shelf is what Files asks of the database.
type Shelf interface {
	// Expired are recordings of a server whose time is over and that are not on
	// hold, the oldest first.
	Expired(ctx context.Context, server dialer.ServerID, now time.Time, limit int) ([]Expired, error)
	// Gone notes that files have been deleted, in the audit log too. One that was
	// put on hold meanwhile was not in time.
	Gone(ctx context.Context, server dialer.ServerID, deleted []Expired, now time.Time) error
	// Held tells which of them are on hold now.
	Held(ctx context.Context, of []Expired) (map[dialer.CallID]bool, error)
}

// Files deletes a server's recordings whose time is over.
type Files struct {
	Server dialer.ServerID
	Dir    string // the server's folder of recordings
	Shelf  Shelf
	Clock  *dialer.Clock
	Log    *slog.Logger
}

const (
	filesEvery = 5 * time.Minute
	filesBatch = 200
)

// Run looks every few minutes until ctx ends.
func (f *Files) Run(ctx context.Context) error {
	return every(ctx, filesEvery, f.Log, "recordings whose time is over are not deleted", func(ctx context.Context) error {
		for {
			n, err := f.Step(ctx, f.Clock.Now())
			if err != nil || n < filesBatch {
				return err
			}
		}
	})
}

// Step deletes a batch and says how many its database named. The hold is looked
// at once more right before a file goes; the row is written after it, so that a
// file that could not be deleted is tried again.
func (f *Files) Step(ctx context.Context, now time.Time) (int, error) {
	expired, err := f.Shelf.Expired(ctx, f.Server, now, filesBatch)
	if err != nil || len(expired) == 0 {
		return 0, err
	}
	held, err := f.Shelf.Held(ctx, expired)
	if err != nil {
		return 0, err
	}
	var gone []Expired
	var errs []error
	for _, e := range expired {
		if held[e.Call] || !filepath.IsLocal(e.File) {
			continue
		}
		err := os.Remove(filepath.Join(f.Dir, e.File))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
			continue
		}
		gone = append(gone, e)
	}
	if len(gone) > 0 {
		errs = append(errs, f.Shelf.Gone(ctx, f.Server, gone, now))
		f.Log.Info("recordings were deleted, their time being over", "files", len(gone), "oldest", gone[0].StartedAt.Format(time.DateOnly))
	}
	if len(errs) > 0 {
		return 0, errors.Join(errs...) // the same come again at the next look
	}
	return len(expired), nil
}

// every does something at once and then each while until ctx ends; what fails is
// logged once until it works again.
func every(ctx context.Context, d time.Duration, log *slog.Logger, what string, step func(context.Context) error) error {
	tick := time.NewTicker(d)
	defer tick.Stop()
	failing := false
	for {
		err := step(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			log.Warn(what+"; trying again", "err", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
