// Package recordings finishes the files that Asterisk has recorded: once a
// call has ended and its file is complete, the file is measured and hashed, and
// its row says so.
//
//	WRITING ──call ended, file complete──▶ DONE (bytes, length, SHA-256)
//	   ├────call ended, no file for a minute, or one without sound──▶ LOST, and an alarm in the log
//	   └────the same, and less than a second to record──▶ SHORT
//
// A row is written with the join of the two parties, and Asterisk's recorder
// begins some milliseconds later: of a customer who hangs up in between there is
// no file, or no more of one than its header, and nothing went wrong.
//
// Nothing is kept in memory between two steps, so a finisher that is killed at
// any moment begins again where the rows stand. Files are named by their call:
// one whose row was never written (listen was killed between the start of the
// recording and its transaction) is found by its name and gets its row.
package recordings

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
)

// State is where a recording stands.
type State string

// The states of a recording.
const (
	Writing State = "WRITING" // Asterisk writes it, or has just ended
	Done    State = "DONE"
	Short   State = "SHORT" // the call ended as its recorder began: there is no file
	Lost    State = "LOST"  // the row is there, and no file or no sound in it
)

// Recording is one file with its row.
type Recording struct {
	Call      dialer.CallID   `db:"call_id"`
	Server    dialer.ServerID `db:"server_id"`
	File      string          `db:"file"`       // below the server's folder
	StartedAt time.Time       `db:"started_at"` // from when it had to be recorded
	EndedAt   time.Time       `db:"ended_at"`   // the call's end
}

// Finished is what a recording became.
type Finished struct {
	Call     dialer.CallID `db:"call_id"`
	File     string        `db:"file"`
	State    State         `db:"state"`
	Bytes    int64         `db:"bytes"`
	LengthMS int64         `db:"length_ms"`
	SHA256   string        `db:"sha256"`
	At       time.Time     `db:"done_at"`
}

// Store keeps the rows.
type Store interface {
	// Unfinished are a server's recordings whose call has ended.
	Unfinished(ctx context.Context, server dialer.ServerID) ([]Recording, error)
	Finish(ctx context.Context, f Finished) error
	// Rowless are those of the calls that have no recording's row.
	Rowless(ctx context.Context, calls []dialer.CallID) ([]dialer.CallID, error)
	// Found gives a file its row, if its call is one of the server's.
	Found(ctx context.Context, server dialer.ServerID, call dialer.CallID, file string) error
}

// Config is what a finisher needs.
type Config struct {
	Server dialer.ServerID
	Dir    string // the server's folder of recordings
	Store  Store
	Clock  *dialer.Clock
	Log    *slog.Logger
}

// Finisher finishes one server's recordings.
type Finisher struct {
	Config
	swept time.Time
}

// New makes a finisher; Run starts it.
func New(c Config) *Finisher { return &Finisher{Config: c} }

const (
	every      = 2 * time.Second
	sweepEvery = time.Minute
	// stale is how long a file without its final header must have been left
	// alone: then whoever wrote it has died.
	stale = 20 * time.Second
	// lostAfter is how long after the call's end a file may be missing.
	lostAfter = time.Minute
	// tooShort is what there must be to record for a file to be missed. The
	// recorder has begun within some milliseconds of the join, and has a second
	// for it on a machine that is busy.
	tooShort = time.Second
	// sweepBack is how many days back files without a row are looked for.
	sweepBack = 2
)

// Run steps until ctx ends. Errors are logged and the next step tries again.
func (f *Finisher) Run(ctx context.Context) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			err := f.Step(ctx, f.Clock.At(now))
			if err != nil && ctx.Err() == nil && !errors.Is(err, dialer.ErrUnavailable) {
				f.Log.Warn("recordings are not finished", "err", err)
			}
		}
	}
}

// Step finishes what is complete at now.
func (f *Finisher) Step(ctx context.Context, now time.Time) error {
	var errs []error
	if now.Sub(f.swept) >= sweepEvery {
		err := f.sweep(ctx, now)
		if err == nil {
			f.swept = now
		}
		errs = append(errs, err)
	}
	all, err := f.Store.Unfinished(ctx, f.Server)
	errs = append(errs, err)
	for _, r := range all {
		err := f.finish(ctx, r, now)
		if err != nil {
			errs = append(errs, fmt.Errorf("the recording %s: %w", r.File, err))
		}
	}
	return errors.Join(errs...)
}

func (f *Finisher) finish(ctx context.Context, r Recording, now time.Time) error {
	if !filepath.IsLocal(r.File) {
		return f.missing(ctx, r, now, absent)
	}
	path := filepath.Join(f.Dir, r.File)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if now.Sub(r.EndedAt) < lostAfter {
			return nil
		}
		return f.missing(ctx, r, now, absent)
	case err != nil:
		return err
	}
	m, err := measure(path)
	if err != nil {
		return err
	}
	if !m.complete {
		// Asterisk writes the lengths into the header when it closes the file;
		// one that was killed never does. File times are this host's.
		if time.Since(info.ModTime()) < stale || now.Sub(r.EndedAt) < stale {
			return nil
		}
		if m.size <= headerSize {
			return f.missing(ctx, r, now, path)
		}
		f.Log.Warn("a recording was not closed: its header is set right", "call", r.Call, "file", r.File)
		err = repair(path, m)
		if err == nil {
			m, err = measure(path)
		}
		if err != nil {
			return err
		}
	}
	sum, err := hash(ctx, path)
	if err != nil {
		return err
	}
	return f.Store.Finish(ctx, Finished{
		Call: r.Call, File: r.File, State: Done, Bytes: m.size, LengthMS: m.length.Milliseconds(), SHA256: sum, At: now,
	})
}

// absent is missing's path of a file that is not there.
const absent = ""

// missing writes what a recording became whose file is not there or, at path,
// holds no sound, and says it once it is written: until then the next step comes
// here again. A bare header of a call that was too short goes.
func (f *Finisher) missing(ctx context.Context, r Recording, now time.Time, path string) error {
	state, length := Lost, r.EndedAt.Sub(r.StartedAt)
	if length < tooShort && filepath.IsLocal(r.File) {
		state = Short
	}
	if state == Short && path != absent {
		err := os.Remove(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	err := f.Store.Finish(ctx, Finished{Call: r.Call, File: r.File, State: state, At: now})
	switch {
	case err != nil:
		return err
	case state == Short:
		f.Log.Info("a call was too short to be recorded", "call", r.Call, "length", length)
	case path != absent:
		f.Log.Error("a recording is lost: there is no sound in its file; unless Asterisk died in that call, see that the disk has room and that sound comes from phones and carrier", "call", r.Call, "folder", f.Dir, "file", r.File, "length", length)
	default:
		f.Log.Error("a recording is lost: its file is not there; unless Asterisk died in that call, see that it may write into the folder and that the disk has room", "call", r.Call, "folder", f.Dir, "file", r.File, "length", length)
	}
	return nil
}

// sweep gives files without a row theirs.
func (f *Finisher) sweep(ctx context.Context, now time.Time) error {
	files := map[dialer.CallID]string{}
	var calls []dialer.CallID
	for back := range sweepBack {
		day := now.UTC().AddDate(0, 0, -back).Format(time.DateOnly)
		entries, err := os.ReadDir(filepath.Join(f.Dir, day))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, e := range entries {
			number, ok := strings.CutSuffix(e.Name(), ".wav")
			number, _, _ = strings.Cut(number, "-") // of a call that crossed: and the server
			id, err := strconv.ParseInt(number, 10, 64)
			if ok && err == nil {
				files[dialer.CallID(id)] = day + "/" + e.Name()
				calls = append(calls, dialer.CallID(id))
			}
		}
	}
	for len(calls) > 0 {
		n := min(len(calls), 500)
		rowless, err := f.Store.Rowless(ctx, calls[:n])
		if err != nil {
			return err
		}
		for _, id := range rowless {
			err := f.Store.Found(ctx, f.Server, id, files[id])
			if err != nil {
				return err
			}
		}
		calls = calls[n:]
	}
	return nil
}
