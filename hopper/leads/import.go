package leads

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"trunkline/dialer"
)

// Store is where an import's rows go.
type Store interface {
	// DoNotCall tells which of the numbers are on a do-not-call list, the system's or
	// that of the list's campaign. It is asked of a batch while the database writes
	// the one before.
	DoNotCall(ctx context.Context, list dialer.ListID, e164s []string) (map[string]dialer.DNCScope, error)
	// AddBatch ends a batch of an import, all or nothing: it finds which of the
	// numbers are known, has the batch settled, and writes leads, rejected rows and
	// the import's new position together. So a
	// batch is done once, whatever becomes of the process. When the import is not
	// this process's to go on with any more (paused, stopped, taken up by another)
	// the error is dialer.ErrConflict. Two imports into one list may run at once.
	AddBatch(ctx context.Context, im dialer.Import, b Batch) error
}

// Batch is a stretch of a file, turned into leads.
type Batch struct {
	From  int // rows dealt with before it
	Leads []NewLead
	Dry   bool // nothing becomes a lead
	// Settle decides what becomes of the rows. It is pure: the store may have to
	// run its transaction again.
	Settle func(known KnownLeads) Settled
}

// KnownLeads are the leads that rows of a batch are about already.
type KnownLeads struct {
	Numbers map[string]Known // by NumberKey
	Lists   []dialer.ListID  // of the campaign, besides the import's own; asked for where rows name other lists
	Codes   map[string]Known // by vendor_lead_code in lower case; asked for where leads are updated by it
	// Statuses are those that a lead may stand in: all but those of a call that
	// goes on. Asked for where rows bring other statuses than NEW.
	Statuses []dialer.Status
}

// NumberKey is by what a lead's number is known: in its list, where that is the
// scope, else by itself.
func NumberKey(scope dialer.DuplicateScope, list dialer.ListID, e164 string) string {
	if scope == dialer.DuplicatesList {
		return fmt.Sprintf("%d %s", list, e164)
	}
	return e164
}

// Known is a lead that is there already.
type Known struct {
	ID    dialer.LeadID
	List  dialer.ListID
	Since time.Time
}

// Update is what a known lead takes over: what is not empty in Lead, and Rank
// where Settled.Ranks says so.
type Update struct {
	ID   dialer.LeadID
	Lead NewLead
}

// Settled is what became of a batch, and what the import comes to with it.
type Settled struct {
	Take     []NewLead // to be added
	Update   []Update  // to be brought up to date
	Ranks    bool      // the file has ranks
	Rejects  []dialer.ImportReject
	Position int
	Counts   dialer.ImportCounts
	Report   dialer.ImportReport
}

// Watcher is told how an import goes on. Both may be nil.
type Watcher struct {
	Progress func(dialer.Import)             // after each batch
	Problem  func(dialer.ImportReject, bool) // each row not taken as it stood, and whether it was taken at all
}

// importBatch is how many rows one transaction adds: large enough that its cost
// is the rows', small enough for Galera's and TiDB's write sets.
const importBatch = 1000

// maxRejects is how many rejected rows are kept for the file of rejects; all are
// counted. A file of nothing but bad rows shall not fill the database.
const maxRejects = 100_000

// Defaults fills in what the options leave open, and checks them. Its error is a
// *dialer.Problem.
func Defaults(o dialer.ImportOptions) (dialer.ImportOptions, error) {
	o.Country = strings.ToUpper(cmp.Or(o.Country, "US"))
	o.Known = cmp.Or(o.Known, dialer.DuplicatesList)
	o.MaxRejects = cmp.Or(o.MaxRejects, maxRejects)
	scopes := []dialer.DuplicateScope{dialer.DuplicatesKept, dialer.DuplicatesFile, dialer.DuplicatesList, dialer.DuplicatesCampaign, dialer.DuplicatesSystem}
	switch {
	case !KnownCountry(o.Country):
		return o, dialer.Explain(nil, fmt.Sprintf("%q is not the code of a country that numbers are known of: write two letters, such as US or GB.", o.Country))
	case !slices.Contains(scopes, o.Known):
		return o, dialer.Explain(nil, fmt.Sprintf("%q is no place to look for duplicates: none, file, list, campaign or system.", o.Known))
	case o.KnownDays < 0 || o.KnownDays > 36500:
		return o, dialer.Explain(nil, "The days in which a number counts as known are from 0 (always) to 36500.")
	case o.Update != dialer.UpdateNothing && o.Update != dialer.UpdateByNumber && o.Update != dialer.UpdateByCode:
		return o, dialer.Explain(nil, fmt.Sprintf("%q is nothing that known leads are updated by: number or vendor_lead_code.", o.Update))
	case o.Update != dialer.UpdateNothing && (o.Known == dialer.DuplicatesKept || o.Known == dialer.DuplicatesFile):
		return o, dialer.Explain(nil, "To update known leads, say where they are looked for: in the list, the campaign or the system.")
	case len(o.Delimiter) > 1:
		return o, dialer.Explain(nil, "A delimiter is one character.")
	case o.Encoding != "" && !slices.Contains([]string{UTF8, UTF16, Windows1252}, o.Encoding):
		return o, dialer.Explain(nil, fmt.Sprintf("%q is no encoding: %s, %s or %s.", o.Encoding, UTF8, UTF16, Windows1252))
	}
	return o, nil
}

// Run reads a lead file into the import's list, or only judges it when the
// import is CHECKING: CSV with comma, tab, pipe or semicolon, in UTF-8, UTF-16
// or windows-1252, or XLSX. It begins after im.Position rows, so an import that
// was cut off goes on where it was. Rows that are no lead are reported, one
// sentence each, and the others are kept. A file that cannot be read at all
// (empty, no table, no column for the phone number) is a *dialer.Problem and
// leaves the list as it was. Memory does not grow with the file. The import
// comes back as far as it got, with the error that stopped it.
func Run(ctx context.Context, store Store, im dialer.Import, f File, custom []dialer.CustomField, w Watcher) (dialer.Import, error) {
	var err error
	if im.Options, err = Defaults(im.Options); err != nil {
		return im, err
	}
	if im.CreatedAt.IsZero() {
		return im, errors.New("importing leads: no time given")
	}
	source, err := open(f, im.Options)
	if err != nil {
		return im, err
	}
	defer source.close()
	head, first, err := readHeader(source, im.Options, custom)
	if err != nil {
		return im, err
	}
	imp := importer{im: im, store: store, source: source, head: head, watcher: w, reasons: newReasons(im.Report.Reasons)}
	if head.data {
		imp.back = []row{first}
	}
	if imp.im.State == dialer.ImportChecking {
		imp.seen = map[string]struct{}{}
	}
	r := &imp.im.Report
	r.Header, r.Columns, r.Ignored, r.Repeated = head.first, head.names(), head.ignored, head.repeated
	r.Encoding, r.Delimiter = source.encoding(), source.separator()
	if imp.im.TotalRows == 0 {
		imp.im.TotalRows = estimate(f, source)
	}
	err = imp.run(ctx)
	imp.im.Report.Encoding = source.encoding()
	return imp.im, err
}

type importer struct {
	im      dialer.Import
	store   Store
	source  source
	head    header
	back    []row // read already
	watcher Watcher
	reasons reasons
	seen    map[string]struct{} // of a dry run: the file's numbers so far
}

// seenMost bounds a dry run's memory: of a longer file, the numbers of its later
// part are not compared with each other.
const seenMost = 3_000_000

// chunk is a batch on its way: rows, then what became of them.
type chunk struct {
	from  int // rows dealt with before it
	rows  []row
	ready chan struct{} // closed when the rest is there

	dnc    map[string]dialer.DNCScope // of the leads' numbers
	failed error                      // why dnc is not there
	leads  []NewLead                  // of the rows that are one, in their order
	wrongs map[int]problem
	notes  map[int][]problem
}

// run reads ahead, converts rows and looks for their numbers on the do-not-call
// lists while the database writes the batch before.
func (imp *importer) run(ctx context.Context) error {
	workers := max(1, min(4, runtime.GOMAXPROCS(0)-1))
	ordered := make(chan *chunk, 2)
	work := make(chan *chunk, 2)
	var unread error             // why the file ended early; what was read before is added all the same
	dealtWith := imp.im.Position // it grows while the file is read on
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(ordered)
		defer close(work)
		unread = imp.read(ctx, dealtWith, ordered, work)
		return nil
	})
	for range workers {
		g.Go(func() error {
			c := newConverter(imp.im.Options, imp.im.ListID, imp.head, imp.im.CreatedAt)
			for ch := range work {
				ch.convert(c)
				ch.dnc, ch.failed = imp.doNotCall(ctx, ch.leads)
				close(ch.ready)
			}
			return nil
		})
	}
	g.Go(func() error {
		for ch := range ordered {
			select {
			case <-ch.ready:
			case <-ctx.Done():
				return ctx.Err() // of whoever failed the error came first, and counts
			}
			if err := imp.add(ctx, ch); err != nil {
				return err
			}
		}
		return nil
	})
	if err := g.Wait(); err != nil {
		return err
	}
	if unread != nil {
		return unread
	}
	imp.im.TotalRows = imp.im.Position // no estimate any more
	return nil
}

// read cuts the file into chunks, after the rows that were dealt with before.
func (imp *importer) read(ctx context.Context, dealtWith int, ordered, work chan<- *chunk) error {
	at := 0
	for {
		ch := &chunk{ready: make(chan struct{})}
		var err error
		for len(ch.rows) < importBatch {
			var r row
			if r, err = imp.next(); err != nil {
				break
			}
			if r.blank() {
				continue
			}
			if at++; at <= dealtWith {
				if at%importBatch == 0 && ctx.Err() != nil {
					return ctx.Err()
				}
				continue
			}
			ch.rows = append(ch.rows, r)
		}
		ch.from = at - len(ch.rows)
		if len(ch.rows) > 0 {
			for _, to := range []chan<- *chunk{work, ordered} {
				select {
				case to <- ch:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("reading the file, after row %d: %w", at+1, err)
		}
	}
}

func (imp *importer) next() (row, error) {
	if len(imp.back) > 0 {
		r := imp.back[0]
		imp.back = imp.back[1:]
		return r, nil
	}
	return imp.source.next()
}

// convert makes leads of the chunk's rows.
func (ch *chunk) convert(c *converter) {
	ch.wrongs, ch.notes = map[int]problem{}, map[int][]problem{}
	ch.leads = make([]NewLead, 0, len(ch.rows))
	for i, r := range ch.rows {
		lead, notes, wrong := c.lead(r)
		if wrong.code != "" {
			ch.wrongs[i] = wrong
			continue
		}
		if len(notes) > 0 {
			ch.notes[i] = notes
		}
		ch.leads = append(ch.leads, lead)
	}
}

// doNotCall tells which of the leads' numbers may not be called; nothing, where
// that is not asked.
func (imp *importer) doNotCall(ctx context.Context, all []NewLead) (map[string]dialer.DNCScope, error) {
	if imp.im.Options.IgnoreDNC || len(all) == 0 {
		return nil, nil
	}
	numbers := make([]string, len(all))
	for i, l := range all {
		numbers[i] = l.E164
	}
	return imp.store.DoNotCall(ctx, imp.im.ListID, numbers)
}

// add puts a chunk into the list and takes over what the import comes to.
func (imp *importer) add(ctx context.Context, ch *chunk) error {
	var last Settled
	var told []told
	err := ch.failed
	if err == nil {
		err = imp.store.AddBatch(ctx, imp.im, Batch{
			From: ch.from, Leads: ch.leads, Dry: imp.im.State == dialer.ImportChecking,
			Settle: func(known KnownLeads) Settled {
				last, told = imp.settle(ch, known)
				return last
			},
		})
	}
	if err != nil {
		return fmt.Errorf("adding leads, after row %d: %w", ch.from+1, err)
	}
	imp.im.Position, imp.im.Counts, imp.im.Report = last.Position, last.Counts, last.Report
	imp.reasons = newReasons(last.Report.Reasons)
	if imp.seen != nil {
		for _, l := range ch.leads {
			if len(imp.seen) < seenMost {
				imp.seen[NumberKey(imp.im.Options.Known, l.ListID, l.E164)] = struct{}{}
			}
		}
	}
	if imp.watcher.Problem != nil {
		for _, t := range told {
			imp.watcher.Problem(t.reject, t.taken)
		}
	}
	if imp.watcher.Progress != nil {
		imp.watcher.Progress(imp.im)
	}
	return nil
}

// told is a sentence about a row.
type told struct {
	reject dialer.ImportReject
	taken  bool
}

// settle decides what becomes of each row: it is no lead, or known and perhaps
// brought up to date, or may not be called, or is taken.
func (imp *importer) settle(ch *chunk, known KnownLeads) (Settled, []told) {
	o := imp.im.Options
	s := Settled{Position: ch.from + len(ch.rows), Counts: imp.im.Counts, Report: imp.im.Report, Ranks: slices.Contains(imp.im.Report.Columns, "rank")}
	why := imp.reasons.clone()
	room := o.MaxRejects - (imp.im.Counts.Rejected + imp.im.Counts.Duplicates + imp.im.Counts.DNC)
	var all []told
	say := func(i int, kind string, p problem) {
		r := ch.rows[i]
		reject := dialer.ImportReject{Row: r.number, Kind: kind, Reason: cut(p.sentence, 255)}
		why.count(p.code, kind, r.number)
		if kind != dialer.NotedRow && room > 0 {
			room--
			kept := reject
			kept.Record = record(r.values)
			s.Rejects = append(s.Rejects, kept)
		}
		all = append(all, told{reject, kind == dialer.NotedRow})
	}
	firsts := make(map[string]int, len(ch.leads))
	updated := map[dialer.LeadID]int{} // in which row
	n := 0
	for i := range ch.rows {
		if wrong, is := ch.wrongs[i]; is {
			s.Counts.Rejected++
			say(i, dialer.RejectedRow, wrong)
			continue
		}
		l := ch.leads[n]
		n++
		if l.ListID != imp.im.ListID && !slices.Contains(known.Lists, l.ListID) {
			s.Counts.Rejected++
			say(i, dialer.RejectedRow, problem{code: "list", sentence: fmt.Sprintf("list_id %d is no list of this campaign.", l.ListID)})
			continue
		}
		if l.Status != dialer.StatusNew && !slices.Contains(known.Statuses, l.Status) {
			s.Counts.Rejected++
			say(i, dialer.RejectedRow, problem{code: "status", sentence: fmt.Sprintf("status %q is none that a lead may stand in here.", show(string(l.Status)))})
			continue
		}
		key := NumberKey(o.Known, l.ListID, l.E164)
		first, twice := firsts[key]
		k, isKnown := known.Numbers[key]
		_, inFile := imp.seen[key]
		about, isAbout := known.about(l, key, o.Update)
		if isAbout && about.Since.Equal(imp.im.CreatedAt) {
			isAbout = false // an earlier row made it
		}
		switch {
		case isAbout && updated[about.ID] > 0:
			s.Counts.Duplicates++
			say(i, dialer.DuplicateRow, problem{code: "duplicate", sentence: fmt.Sprintf("The lead that the row is about stands in row %d already.", updated[about.ID])})
			continue
		case isAbout && isKnown && k.ID != about.ID:
			s.Counts.Duplicates++
			say(i, dialer.DuplicateRow, problem{code: "others", sentence: fmt.Sprintf("phone_number %s belongs to another lead in list %d; vendor_lead_code %s is lead %d.", l.E164, k.List, show(l.VendorLeadCode), about.ID)})
			continue
		case isAbout && !twice:
			firsts[key], updated[about.ID] = ch.rows[i].number, ch.rows[i].number
			s.Counts.Updated++
			s.Update = append(s.Update, Update{about.ID, l})
			for _, note := range ch.notes[i] {
				say(i, dialer.NotedRow, note)
			}
			continue
		case o.Known == dialer.DuplicatesKept:
		case twice:
			s.Counts.Duplicates++
			say(i, dialer.DuplicateRow, problem{code: "duplicate", sentence: fmt.Sprintf("phone_number %s stands in row %d already.", l.E164, first)})
			continue
		case inFile, isKnown && k.List == l.ListID && k.Since.Equal(imp.im.CreatedAt):
			s.Counts.Duplicates++
			say(i, dialer.DuplicateRow, problem{code: "duplicate", sentence: fmt.Sprintf("phone_number %s stands in an earlier row of the file.", l.E164)})
			continue
		case isKnown:
			s.Counts.Duplicates++
			say(i, dialer.DuplicateRow, problem{code: "known", sentence: fmt.Sprintf("phone_number %s is in list %d already.", l.E164, k.List)})
			continue
		}
		firsts[key] = ch.rows[i].number
		if scope := ch.dnc[l.E164]; scope != "" {
			s.Counts.DNC++
			whose := map[dialer.DNCScope]string{dialer.DNCSystem: "the system's", dialer.DNCCampaign: "the campaign's"}[scope]
			say(i, dialer.DNCRow, problem{code: "dnc-" + string(scope), sentence: fmt.Sprintf("phone_number %s is on %s do-not-call list.", l.E164, whose)})
			continue
		}
		s.Counts.Accepted++
		s.Take = append(s.Take, l)
		for _, note := range ch.notes[i] {
			say(i, dialer.NotedRow, note)
		}
	}
	s.Report.Reasons = why.list()
	return s, all
}

// about is the known lead that a row is to bring up to date.
func (k KnownLeads) about(l NewLead, key string, by dialer.UpdateBy) (Known, bool) {
	switch {
	case by == dialer.UpdateByNumber:
		lead, ok := k.Numbers[key]
		return lead, ok
	case by == dialer.UpdateByCode && l.VendorLeadCode != "":
		lead, ok := k.Codes[strings.ToLower(l.VendorLeadCode)]
		return lead, ok
	}
	return Known{}, false
}

// record is a row as CSV, for the file of rejects; what is not worth keeping
// whole is cut.
func record(values []string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	if err := w.Write(values); err != nil {
		return ""
	}
	w.Flush()
	return cut(strings.TrimSuffix(b.String(), "\n"), 16_000)
}

// cut shortens s to so many bytes, between characters.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}
