package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"trunkline/cmd/internal/app"
	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/hopper/leads"
	"trunkline/sql/mariadb"
)

type leadsCmd struct {
	Import leadsImportCmd `cmd:"" help:"Read a lead file into a list: CSV, tab, pipe or XLSX, with a header row of VICIdial's column names."`
	Export leadsExportCmd `cmd:"" help:"Write a list's leads to a file, CSV or XLSX, that import reads again."`
}

type leadsExportCmd struct {
	File   string `arg:"" help:"File to write, by its ending .csv or .xlsx; - writes CSV to the standard output. A file that is there is left alone." type:"path"`
	List   int64  `required:"" placeholder:"ID" help:"Number of the list."`
	Status string `help:"Only leads of this status." placeholder:"STATUS"`
}

// Run exports the leads. What fails leaves no half a file.
func (l *leadsExportCmd) Run(ctx context.Context, g *globals) error {
	export := leads.Export
	switch ending := strings.ToLower(filepath.Ext(l.File)); {
	case l.File == "-":
	case ending == ".xlsx":
		export = leads.ExportXLSX
	case ending != ".csv":
		return fmt.Errorf("the file's name ends with .csv or .xlsx, not %q", ending)
	}
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	list, status, shelves := dialer.ListID(l.List), dialer.Status(strings.ToUpper(l.Status)), mariadb.NewLeadPages(db)
	if _, err := mariadb.NewLists(db).One(ctx, strconv.FormatInt(l.List, 10)); errors.Is(err, dialer.ErrNotFound) {
		return fmt.Errorf("there is no list %d", l.List)
	} else if err != nil {
		return err
	}
	now, err := db.Now(ctx)
	if err != nil {
		return err
	}
	ending := cmp.Or(strings.TrimPrefix(strings.ToLower(filepath.Ext(l.File)), "."), "csv")
	if err := mariadb.NewLists(db).Exported(ctx, audit.By{At: now}, list, status, ending); err != nil {
		return err
	}
	told := toldShelves{Shelves: shelves, out: g.stderr}
	if l.File == "-" {
		_, err := export(ctx, &told, g.stdout, list, status)
		return err
	}
	file, err := newFile(l.File)
	if err != nil {
		return err
	}
	n, err := export(ctx, &told, file, list, status)
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(l.File))
	}
	_, err = fmt.Fprintf(g.stdout, "%d leads of list %d written to %s.\n", n, l.List, l.File)
	return err
}

// often is after how many rows a command says how far it has come.
const often = 100_000

// toldShelves says how many leads were read, often.
type toldShelves struct {
	leads.Shelves
	out  io.Writer
	read int
}

// ExportPage fills leads.Shelves.
func (c *toldShelves) ExportPage(ctx context.Context, list dialer.ListID, status dialer.Status, after dialer.LeadID, limit int) ([]leads.ExportRow, error) {
	page, err := c.Shelves.ExportPage(ctx, list, status, after, limit)
	if was := c.read; len(page) > 0 {
		c.read += len(page)
		if c.read/often > was/often {
			fmt.Fprintf(c.out, "%d leads so far\n", c.read)
		}
	}
	return page, err
}

// newFile makes a file of people's data, which is nobody else's to read.
func newFile(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("%s is there already and is left alone; name another file", path)
	}
	return file, err
}

type leadsImportCmd struct {
	File      string   `arg:"" help:"Lead file, up to 1 GB." type:"path"`
	List      int64    `required:"" placeholder:"ID" help:"Number of the list."`
	Country   string   `help:"Country of numbers that do not say theirs, as ISO 3166." default:"US"`
	Columns   []string `help:"What each column is, in their order: a field's name, custom:NAME, phone:LABEL for a further number, - for none. Without it the header says." placeholder:"FIELD,…"`
	NoHeader  bool     `help:"The first row is a lead already; needs --columns."`
	Delimiter string   `help:"Character between two values; else found out." placeholder:"CHAR"`
	Encoding  string   `help:"UTF-8, UTF-16 or windows-1252; else found out." placeholder:"NAME"`
	Known     string   `help:"Where a number is looked for before its row becomes a lead: none, file, list, campaign or system." enum:"none,file,list,campaign,system" default:"list"`
	KnownDays int      `help:"Only leads of the last so many days count as known." placeholder:"DAYS"`
	Update    string   `help:"Bring known leads up to date, found by number or by vendor_lead_code; their status and calls stay. Else they are left as they are." enum:",number,vendor_lead_code" default:"" placeholder:"FIELD"`
	Past      bool     `help:"Take status, called_count and last_called_at (or last_local_call_time, UTC) from the columns of these names as well: for a list that is moved here from another dialer."`
	IgnoreDNC bool     `name:"ignore-dnc" help:"Take numbers on a do-not-call list, too; they are not dialed."`
	DryRun    bool     `help:"Judge every row and write no lead."`
	Rejects   string   `help:"Write the rows that were not taken, each with its reason, to this file: corrected, it is imported again." type:"path" placeholder:"FILE"`
	JSON      bool     `help:"Print the report as one JSON object."`
}

// Run imports the file and says what became of each row that was not taken as
// it stood. Cut off, it goes on where it was when it is run again.
func (l *leadsImportCmd) Run(ctx context.Context, g *globals) error {
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	want := app.LeadImport{List: dialer.ListID(l.List), DryRun: l.DryRun, Options: dialer.ImportOptions{
		Country: l.Country, Columns: l.Columns, NoHeader: l.NoHeader, Delimiter: l.delimiter(), Encoding: l.Encoding,
		Known: dialer.DuplicateScope(l.Known), KnownDays: l.KnownDays, Update: dialer.UpdateBy(l.Update), IgnoreDNC: l.IgnoreDNC, Past: l.Past,
	}}
	if !l.JSON {
		want.Watch.Problem = func(r dialer.ImportReject, _ bool) { fmt.Fprintf(g.stdout, "Row %d: %s\n", r.Row, r.Reason) }
	}
	said := 0
	want.Watch.Progress = func(im dialer.Import) {
		if im.Position/often > said {
			said = im.Position / often
			fmt.Fprintf(g.stderr, "%d of about %d rows\n", im.Position, im.TotalRows)
		}
	}
	var rejects *os.File
	if l.Rejects != "" {
		if rejects, err = newFile(l.Rejects); err != nil { // before any row is read
			return err
		}
		defer rejects.Close() //nolint:errcheck // asked where it was written
	}
	report, err := app.ImportLeads(ctx, db, want, l.File)
	if err != nil {
		if rejects != nil {
			err = errors.Join(err, os.Remove(l.Rejects))
		}
		if ctx.Err() != nil {
			return l.interrupted()
		}
		return err
	}
	if rejects != nil {
		if err := errors.Join(app.WriteRejects(ctx, db, report.Import, rejects), rejects.Close()); err != nil {
			return err
		}
	}
	if l.JSON {
		return json.NewEncoder(g.stdout).Encode(report)
	}
	return tellImport(g.stdout, report)
}

// interrupted says what became of an import that somebody ended by Ctrl-C.
func (l *leadsImportCmd) interrupted() error {
	if l.DryRun {
		return errors.New("interrupted; a dry run writes no lead")
	}
	return errors.New("interrupted; the leads of the rows so far are in the list, and the same command goes on where it was")
}

// delimiter takes the words for characters that a shell makes hard to type.
func (l *leadsImportCmd) delimiter() string {
	words := map[string]string{"tab": "\t", "pipe": "|", "comma": ",", "semicolon": ";", `\t`: "\t"}
	if d, ok := words[l.Delimiter]; ok {
		return d
	}
	return l.Delimiter
}

func tellImport(w io.Writer, r app.LeadReport) error {
	for i, name := range r.Ignored {
		if i == 10 && len(r.Ignored) > 11 {
			fmt.Fprintf(w, "So were %d further columns, up to %q.\n", len(r.Ignored)-i, r.Ignored[len(r.Ignored)-1])
			break
		}
		if leads.Past(name) {
			fmt.Fprintf(w, "Column %q says what became of the leads elsewhere and was ignored; --past takes it.\n", name)
			continue
		}
		fmt.Fprintf(w, "Column %q is no field of a lead and was ignored.\n", name)
	}
	for _, name := range r.Repeated {
		fmt.Fprintf(w, "Column %q stands twice, under this or another name of the same field, and was ignored.\n", name)
	}
	if r.ResumedAt > 0 {
		fmt.Fprintf(w, "Went on after the %d rows that an import of this file, cut off, had dealt with.\n", r.ResumedAt)
	}
	if r.Rows == 0 {
		_, err := fmt.Fprintln(w, "The file has a heading and no row below it: nothing was imported. Save the table with its leads and import it again; or, if its first row is a lead, add --no-header and --columns.")
		return err
	}
	verb := "added"
	if r.DryRun {
		verb = "would be added"
	}
	_, err := fmt.Fprintf(w, "%s (%s): %s %s, %d updated, %d rejected, %d known already, %d on a do-not-call list, in %.1f s.\n",
		counted(r.Rows, "row"), r.Encoding, counted(r.Accepted, "lead"), verb, r.Updated, r.Rejected, r.Duplicates, r.DNC, r.Seconds)
	return err
}

// counted is a number with its noun: 1 row, 2 rows.
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprint(n, " ", noun)
}
