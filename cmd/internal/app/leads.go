package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"trunkline/dialer"
	"trunkline/hopper/leads"
	"trunkline/sql/mariadb"
)

// LeadImport is what the command line, the demo and tests ask of an import.
type LeadImport struct {
	List    dialer.ListID
	Options dialer.ImportOptions
	DryRun  bool
	Watch   leads.Watcher
}

// LeadReport says what became of a file.
type LeadReport struct {
	Rows int `json:"rows"` // rows read, without the header and empty ones
	dialer.ImportCounts
	Seconds   float64               `json:"seconds"`
	Import    dialer.ImportID       `json:"import"`     // its number on the admin pages
	DryRun    bool                  `json:"dry_run"`    // nothing was written
	ResumedAt int                   `json:"resumed_at"` // rows that an import of the same file, cut off, had dealt with; in the counts
	Columns   []string              `json:"columns"`    // fields found in the header
	Ignored   []string              `json:"ignored"`    // columns that are no field of ours
	Repeated  []string              `json:"repeated"`   // columns of a field that another column gives
	Encoding  string                `json:"encoding"`   // UTF-8, UTF-16, windows-1252 or XLSX
	Delimiter string                `json:"delimiter"`
	Reasons   []dialer.ImportReason `json:"reasons"`  // why rows were not taken as they stood, with how many
	Problems  []LeadProblem         `json:"problems"` // the first 1,000
}

// LeadProblem is a sentence about a row.
type LeadProblem struct {
	Row      int    `json:"row"` // counted as a spreadsheet does: the header is row 1
	Kind     string `json:"kind"`
	Sentence string `json:"sentence"`
	Kept     bool   `json:"kept"` // the row was taken all the same
}

// maxProblems is how many sentences a report keeps, so that a file of nothing but
// bad rows does not fill the memory.
const maxProblems = 1000

// LeadFile opens a file for an import.
func LeadFile(path string) (leads.File, func(), error) {
	f, err := os.Open(path)
	if err == nil {
		var info fs.FileInfo
		if info, err = f.Stat(); err == nil && info.IsDir() {
			err = errors.New("it is a folder")
		}
		if err == nil {
			return io.NewSectionReader(f, 0, info.Size()), func() { f.Close() }, nil
		}
		f.Close()
	}
	var why *fs.PathError
	if errors.As(err, &why) {
		err = why.Err
	}
	return nil, nil, fmt.Errorf("the lead file %s cannot be read: %w", path, err)
}

// ImportLeads reads a lead file into a list. An import of the same file that was
// cut off, with the same options, goes on where it was.
func ImportLeads(ctx context.Context, db *mariadb.DB, want LeadImport, path string) (LeadReport, error) {
	var report LeadReport
	began := time.Now()
	f, done, err := LeadFile(path)
	if err != nil {
		return report, err
	}
	defer done()
	want.Options, err = leads.Defaults(want.Options)
	if err != nil {
		return report, err
	}
	store := mariadb.NewImports(db)
	im, err := findOrAdd(ctx, db, store, want, f, path)
	if errors.Is(err, dialer.ErrNotFound) {
		return report, fmt.Errorf("there is no list %d; `trunkline list list` shows them, and `trunkline list add %d NAME --campaign ID` makes it", want.List, want.List)
	}
	if err != nil {
		return report, err
	}
	report.ResumedAt = im.Position
	watch := want.Watch
	watch.Problem = func(r dialer.ImportReject, kept bool) {
		if len(report.Problems) < maxProblems {
			report.Problems = append(report.Problems, LeadProblem{r.Row, r.Kind, r.Reason, kept})
		}
		if want.Watch.Problem != nil {
			want.Watch.Problem(r, kept)
		}
	}
	host, err := os.Hostname()
	if err != nil {
		host = "?"
	}
	open := func(context.Context, dialer.Import) (leads.File, error) { return f, nil }
	im, err = leads.Work(ctx, store, im.ID, fmt.Sprintf("command line, %s/%d", host, os.Getpid()), open, db.Now, watch)
	if errors.Is(err, dialer.ErrConflict) {
		err = dialer.Explain(err, fmt.Sprintf("Another process imports this file into list %d, or it was stopped on the admin page. If that process has died, ask again in %.0f seconds: the import goes on where it stood.",
			want.List, leads.Silence.Seconds()))
	}
	r := im.Report
	report.Rows, report.ImportCounts, report.Import, report.DryRun = im.Position, im.Counts, im.ID, want.DryRun
	report.Columns, report.Ignored, report.Repeated, report.Encoding, report.Delimiter, report.Reasons = r.Columns, r.Ignored, r.Repeated, r.Encoding, r.Delimiter, r.Reasons
	report.Seconds = Seconds(time.Since(began))
	return report, err
}

// WriteRejects writes the rows that an import did not take, each with its reason.
func WriteRejects(ctx context.Context, db *mariadb.DB, id dialer.ImportID, w io.Writer) error {
	store := mariadb.NewImports(db)
	im, err := store.Import(ctx, id)
	if err != nil {
		return err
	}
	return leads.RejectFile(ctx, w, im, store.Rejects)
}

// findOrAdd is the import to work on: one that was cut off, or a new one.
func findOrAdd(ctx context.Context, db *mariadb.DB, store *mariadb.Imports, want LeadImport, f leads.File, path string) (dialer.Import, error) {
	digest, err := leads.Digest(f)
	if err != nil {
		return dialer.Import{}, err
	}
	state := dialer.ImportRunning
	if want.DryRun {
		state = dialer.ImportChecking
	} else if im, err := store.CutOff(ctx, want.List, digest, f.Size()); err == nil && sameOptions(im.Options, want.Options) {
		if im.State == dialer.ImportPaused {
			err = store.Switch(ctx, im.ID, dialer.ImportRunning, dialer.ImportPaused)
		}
		return im, err
	} else if err != nil && !errors.Is(err, dialer.ErrNotFound) {
		return im, err
	}
	now, err := db.Now(ctx)
	if err != nil {
		return dialer.Import{}, err
	}
	im := dialer.Import{ListID: want.List, FileName: filepath.Base(path), Bytes: f.Size(), Digest: digest, Options: want.Options, CreatedAt: now}
	im.ID, err = store.Add(ctx, im)
	if err != nil {
		return im, err
	}
	return im, store.Begin(ctx, im.ID, state, want.Options, now)
}

func sameOptions(a, b dialer.ImportOptions) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// Seconds is a duration for a report: a clock's nanoseconds would only feign
// precision.
func Seconds(d time.Duration) float64 { return math.Round(d.Seconds()*1000) / 1000 }
