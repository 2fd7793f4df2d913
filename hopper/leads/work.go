package leads

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"trunkline/dialer"
)

// Jobs keeps imports as work that one process at a time does.
type Jobs interface {
	Store
	// Claim makes an import this process's, under an epoch of its own;
	// dialer.ErrConflict when another is at it and was heard of within silence, or
	// nothing is to be done. All below refuse what an earlier epoch writes.
	Claim(ctx context.Context, id dialer.ImportID, holder string, silence time.Duration) (dialer.Import, error)
	// Beat says that the holder lives.
	Beat(ctx context.Context, im dialer.Import) error
	// Release gives it back before its end.
	Release(ctx context.Context, im dialer.Import) error
	// End writes how it ended.
	End(ctx context.Context, im dialer.Import, state dialer.ImportState, problem string, now time.Time) error
	CustomFields(ctx context.Context, list dialer.ListID) ([]dialer.CustomField, error)
	// UndoBatch takes back what an import added, lead after lead.
	UndoBatch(ctx context.Context, im dialer.Import, after dialer.LeadID, limit int) (removed, kept int, last dialer.LeadID, err error)
}

// Silence is how long the holder of an import may say nothing before it counts as
// dead; beatEvery is how often it says something. Who was only slow loses its
// work to another, and not a row: its next batch is refused.
const (
	Silence   = 6 * time.Second
	beatEvery = time.Second
)

// Opener opens the file of an import, to be read for as long as ctx lives.
type Opener func(ctx context.Context, im dialer.Import) (File, error)

// Work does what an import waits for: the dry run, the import or its undoing.
// now is the database's clock. When ctx ends the import is given back as far as
// it came, and whoever works on it next goes on from there. A file that cannot be
// imported makes the import FAILED with a sentence; that is no error of Work's,
// and comes back in Import.Problem.
func Work(ctx context.Context, jobs Jobs, id dialer.ImportID, holder string, open Opener, now func(context.Context) (time.Time, error), w Watcher) (dialer.Import, error) {
	im, err := jobs.Claim(ctx, id, holder, Silence)
	if err != nil {
		return im, err
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	go beat(working, jobs, im)
	state := map[dialer.ImportState]dialer.ImportState{
		dialer.ImportChecking: dialer.ImportChecked, dialer.ImportRunning: dialer.ImportDone, dialer.ImportUndoing: dialer.ImportUndone,
	}[im.State]
	problem := ""
	if im.State == dialer.ImportUndoing {
		problem, err = undo(ctx, jobs, im)
	} else {
		im, err = read(working, jobs, im, open, w)
	}
	stop()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	var known *dialer.Problem
	switch {
	case errors.Is(err, dialer.ErrConflict): // paused or stopped by somebody
		return im, err
	case errors.Is(err, dialer.ErrUnavailable), err != nil && ctx.Err() != nil: // what is whole is ended all the same
		return im, errors.Join(err, jobs.Release(last, im))
	case errors.As(err, &known):
		state, problem = dialer.ImportFailed, known.Sentence
	case err != nil:
		state, problem = dialer.ImportFailed, fmt.Sprintf("After row %d: %v", im.Position+1, err)
	}
	at, nowErr := now(last)
	if nowErr != nil {
		return im, errors.Join(err, nowErr)
	}
	if endErr := jobs.End(last, im, state, problem, at); endErr != nil {
		return im, errors.Join(err, endErr)
	}
	im.State, im.Problem = state, problem
	return im, err
}

func read(ctx context.Context, jobs Jobs, im dialer.Import, open Opener, w Watcher) (dialer.Import, error) {
	custom, err := jobs.CustomFields(ctx, im.ListID)
	if err != nil {
		return im, err
	}
	f, err := open(ctx, im)
	if err != nil {
		return im, err
	}
	return Run(ctx, jobs, im, f, custom, w)
}

// undoBatch is how many leads a transaction takes back.
const undoBatch = 1000

// undo takes back what an import added. What was called meanwhile stays, and the
// sentence says how much.
func undo(ctx context.Context, jobs Jobs, im dialer.Import) (string, error) {
	stayed, gone := 0, 0
	for after := dialer.LeadID(0); ; {
		removed, kept, last, err := jobs.UndoBatch(ctx, im, after, undoBatch)
		if err != nil {
			return "", err
		}
		stayed, gone = stayed+kept, gone+removed
		if last == 0 {
			break
		}
		after = last
	}
	if stayed > 0 {
		return fmt.Sprintf("%d leads were taken out of the list again. %d had been called, and stay.", gone, stayed), nil
	}
	return fmt.Sprintf("%d leads were taken out of the list again.", gone), nil
}

func beat(ctx context.Context, jobs Jobs, im dialer.Import) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_ = jobs.Beat(ctx, im) // the batches say what is wrong
		}
	}
}

// Digest tells whether a file is the same again: by its length, its beginning and
// its end, for to read two gigabytes twice would take as long as importing them.
func Digest(f File) ([32]byte, error) {
	const part = 1 << 20
	h := sha256.New()
	size := f.Size()
	if err := binary.Write(h, binary.BigEndian, size); err != nil {
		return [32]byte{}, err
	}
	for _, from := range []int64{0, max(0, size-part)} {
		if _, err := io.Copy(h, io.NewSectionReader(f, from, min(part, size-from))); err != nil {
			return [32]byte{}, err
		}
	}
	return [32]byte(h.Sum(nil)), nil
}
