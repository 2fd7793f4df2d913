package hopper

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
)

// NewLead is a lead on its way into a list.
type NewLead struct {
	dialer.Lead
	Set compliance.ZoneSet
}

// LeadStore is where imported leads go.
type LeadStore interface {
	// AddLeads adds the leads whose number the list does not hold yet, all or
	// nothing, and returns the numbers that it does hold. Two imports into one
	// list may run at once. Without leads it only says whether there is such a
	// list: dialer.ErrNotFound.
	AddLeads(ctx context.Context, list dialer.ListID, leads []NewLead, now time.Time) (known map[string]bool, err error)
}

// ImportOptions say where the leads go and how the file is to be read.
type ImportOptions struct {
	List     dialer.ListID
	Country  string    // ISO 3166 code of numbers that do not say theirs; "": US
	Now      time.Time // the database's clock; required
	Progress func(Report)
	Problem  func(Problem) // told each problem at once; the Report keeps the first MaxProblems
}

// Report says what became of a file.
type Report struct {
	Rows       int       `json:"rows"`       // rows read, without the header and empty ones
	Accepted   int       `json:"accepted"`   // leads added
	Rejected   int       `json:"rejected"`   // rows that are no lead
	Duplicates int       `json:"duplicates"` // rows whose number the list, or a row before, already has
	Columns    []string  `json:"columns"`    // fields found in the header
	Ignored    []string  `json:"ignored"`    // columns of the header that are no field of ours
	Repeated   []string  `json:"repeated"`   // columns of a field that another column gives
	Encoding   string    `json:"encoding"`   // UTF-8, UTF-16 or windows-1252
	Delimiter  string    `json:"delimiter"`
	Problems   []Problem `json:"problems"` // the first MaxProblems
	Seconds    float64   `json:"seconds"`  // left to the caller, who has a clock
}

// MaxProblems is how many problems a Report keeps, so that a file of nothing but
// bad rows does not fill the memory.
const MaxProblems = 1000

// Problem is one line of the report.
type Problem struct {
	Row      int    `json:"row"`    // counted as a spreadsheet does: the header is row 1
	Column   string `json:"column"` // our name of the field; "": the whole row
	Sentence string `json:"sentence"`
	Kept     bool   `json:"kept"` // the row was taken all the same
}

// String is the line: Row 17: phone_number "12x" is not a phone number.
func (p Problem) String() string { return fmt.Sprintf("Row %d: %s", p.Row, p.Sentence) }

// importBatch is how many rows one transaction adds: large enough that its cost
// is the rows', small enough for Galera's and TiDB's write sets.
const importBatch = 1000

// Import reads a lead file into a list: text with a header row, separated by
// comma, tab, pipe or semicolon, in UTF-8, UTF-16 or windows-1252. Rows that
// are no lead are reported, one sentence each, and the others are kept. A file
// that cannot be read at all (empty, no text, no column for the phone number)
// is a *dialer.Problem and leaves the list as it was. Rows go in by batches of
// 1000; an import that was cut off is run again with the same file, and what is
// in the list already counts as a duplicate. Memory does not grow with the file.
func Import(ctx context.Context, store LeadStore, r io.Reader, o ImportOptions) (Report, error) {
	o.Country = strings.ToUpper(cmp.Or(o.Country, "US"))
	if !phonenumbers.GetSupportedRegions()[o.Country] {
		return Report{}, dialer.Explain(nil, fmt.Sprintf("%q is not the code of a country that numbers are known of.", o.Country))
	}
	if o.Now.IsZero() {
		return Report{}, errors.New("importing leads: no time given")
	}
	text, err := readText(r)
	if err != nil {
		return Report{}, err
	}
	rows := newRows(text.lines)
	head, err := readHeader(rows)
	if err != nil {
		return Report{}, err
	}
	if _, err := store.AddLeads(ctx, o.List, nil, o.Now); err != nil {
		if errors.Is(err, dialer.ErrNotFound) {
			err = dialer.Explain(err, fmt.Sprintf("There is no list %d.", o.List))
		}
		return Report{}, err
	}
	imp := importer{opts: o, store: store, head: head, rows: rows, sets: map[string]compliance.ZoneSet{}}
	imp.report = Report{Columns: head.names(), Ignored: head.ignored, Repeated: head.repeated, Delimiter: string(head.delimiter)}
	err = imp.run(ctx)
	imp.report.Encoding = text.encoding()
	return imp.report, err
}

type importer struct {
	opts   ImportOptions
	store  LeadStore
	head   header
	rows   *rows
	report Report
	sets   map[string]compliance.ZoneSet // by the digits a zone set hangs on, and the state
}

// batch is a stretch of the file: its leads, and what is wrong with the others.
type batch struct {
	leads    []NewLead
	rowOf    map[string]int // number → the row it stands in
	problems []Problem
	rows     int
	rejected int
	twice    int // numbers that stand in the batch more than once
}

// run reads ahead by one batch while the database takes the one before.
func (imp *importer) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	batches := make(chan batch)
	failed := make(chan error, 1)
	go func() {
		defer close(batches)
		for {
			b, err := imp.read()
			if b.rows > 0 {
				select {
				case batches <- b:
				case <-ctx.Done():
					failed <- ctx.Err()
					return
				}
			}
			if err != nil {
				if err != io.EOF {
					failed <- err
				}
				return
			}
		}
	}()
	var err error
	for b := range batches {
		if err == nil {
			if err = imp.add(ctx, b); err != nil {
				cancel() // and drain, so that the reader has ended when we return
			}
		}
	}
	cancel()
	select {
	case readErr := <-failed:
		if err == nil {
			err = fmt.Errorf("reading the file, after row %d: %w", imp.report.Rows+1, readErr)
		}
	default:
	}
	return err
}

// read takes the next batch from the file; io.EOF comes with the last one.
func (imp *importer) read() (batch, error) {
	b := batch{rowOf: map[string]int{}}
	for len(b.leads) < importBatch && b.rows < 10*importBatch {
		row, err := imp.rows.next()
		if err != nil {
			return b, err
		}
		if row.blank() {
			continue
		}
		b.rows++
		lead, problems, ok := imp.lead(row)
		if ok {
			if first, twice := b.rowOf[lead.E164]; twice {
				b.twice++
				problems = []Problem{{Row: row.number, Column: "phone_number",
					Sentence: fmt.Sprintf("phone_number %s stands in row %d already.", lead.E164, first)}}
			} else {
				b.rowOf[lead.E164] = row.number
				b.leads = append(b.leads, lead)
			}
		} else {
			b.rejected++
		}
		b.problems = append(b.problems, problems...)
	}
	return b, nil
}

// add puts a batch into the list and into the report.
func (imp *importer) add(ctx context.Context, b batch) error {
	known := map[string]bool{}
	if len(b.leads) > 0 {
		var err error
		known, err = imp.store.AddLeads(ctx, imp.opts.List, b.leads, imp.opts.Now)
		if err != nil {
			return fmt.Errorf("adding leads, after row %d: %w", imp.report.Rows+1, err)
		}
	}
	for e164 := range known {
		b.problems = append(b.problems, Problem{Row: b.rowOf[e164], Column: "phone_number",
			Sentence: fmt.Sprintf("phone_number %s is in list %d already.", e164, imp.opts.List)})
	}
	slices.SortStableFunc(b.problems, func(x, y Problem) int { return cmp.Compare(x.Row, y.Row) })
	r := &imp.report
	r.Rows += b.rows
	r.Accepted += len(b.leads) - len(known)
	r.Rejected += b.rejected
	r.Duplicates += len(known) + b.twice
	for _, p := range b.problems {
		if len(r.Problems) < MaxProblems {
			r.Problems = append(r.Problems, p)
		}
		if imp.opts.Problem != nil {
			imp.opts.Problem(p)
		}
	}
	if imp.opts.Progress != nil {
		imp.opts.Progress(*r)
	}
	return nil
}

// setOf is compliance.SetOf, remembered: for a +1 number all but the last four
// digits decide, except in the exchange that holds numbers for fiction.
func (imp *importer) setOf(e164, state string) compliance.ZoneSet {
	if len(e164) != 12 || e164[:2] != "+1" || e164[5:8] == "555" {
		return compliance.SetOf(e164, state)
	}
	key := e164[:8] + state
	set, ok := imp.sets[key]
	if !ok {
		if len(imp.sets) >= 100_000 {
			clear(imp.sets)
		}
		set = compliance.SetOf(e164, state)
		imp.sets[key] = set
	}
	return set
}
