package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"trunkline/dialer/compliance"
	"trunkline/sql/mariadb"
)

type consentImportCmd struct {
	File     string `arg:"" type:"existingfile" help:"CSV: a number in each row and, if it is not the same for all, where its proof lies."`
	Level    string `default:"written" enum:"express,written" help:"express or written."`
	Evidence string `placeholder:"TEXT" help:"Where the proofs lie whose rows do not say so."`
	At       string `placeholder:"TIME" help:"When they were given, 2026-11-23T15:04:05Z; default: now."`
}

// Help is printed below the flags.
func (*consentImportCmd) Help() string {
	return `Every row is looked at before the first is recorded: with one that is wrong, none is.
A first row without a digit is taken for headings. Nothing takes a number off a
do-not-call list, and who took consent back later stays uncalled.`
}

// consentBatch is how many rows are recorded together.
const consentBatch = 1000

// Run records the consents.
func (c *consentImportCmd) Run(ctx context.Context, g *globals) error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	at, err := saidAt(ctx, db, c.At)
	if err != nil {
		return err
	}
	rows, err := readConsents(f, compliance.ConsentRow{At: at, Kind: compliance.SaidConsent, Level: compliance.Level(c.Level), Source: "cli", Evidence: c.Evidence})
	if err != nil {
		return err
	}
	ledger, done := mariadb.NewConsents(db), 0
	for batch := range slices.Chunk(rows, consentBatch) {
		if err := ledger.Add(ctx, batch...); err != nil {
			return fmt.Errorf("after %d of %d consents: %w", done, len(rows), err)
		}
		done += len(batch)
	}
	fmt.Fprintf(g.stdout, "Recorded: %s consent of %d numbers.\n", c.Level, done)
	return nil
}

// mostWrong is how many wrong rows are named.
const mostWrong = 10

// readConsents reads a file of numbers; each row is said as like, with its own
// number and perhaps its own evidence. Its error names the wrong rows.
func readConsents(file io.Reader, like compliance.ConsentRow) ([]compliance.ConsentRow, error) {
	r := csv.NewReader(file)
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	var rows []compliance.ConsentRow
	var wrong []string
	for n := 1; ; n++ {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("the file is no CSV: %w", err)
		}
		text := strings.TrimSpace(strings.TrimPrefix(fields[0], "\ufeff"))
		if text == "" || n == 1 && !strings.ContainsAny(text, "0123456789") {
			continue
		}
		row := like
		if len(fields) > 1 {
			row.Evidence = cmp.Or(strings.TrimSpace(fields[1]), like.Evidence)
		}
		if row.E164, err = typedNumber(text); err == nil {
			err = row.Check()
		}
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("row %d: %v", n, err))
		}
		rows = append(rows, row)
	}
	switch {
	case len(wrong) > mostWrong:
		return nil, fmt.Errorf("nothing is recorded; %d rows are wrong, among them\n  %s", len(wrong), strings.Join(wrong[:mostWrong], "\n  "))
	case len(wrong) > 0:
		return nil, fmt.Errorf("nothing is recorded, for\n  %s", strings.Join(wrong, "\n  "))
	case len(rows) == 0:
		return nil, errors.New("the file has no numbers")
	}
	return rows, nil
}

// saidAt is the moment that was typed, or now by the database's clock.
func saidAt(ctx context.Context, db *mariadb.DB, typed string) (time.Time, error) {
	now, err := db.Now(ctx)
	if err != nil || typed == "" {
		return now, err
	}
	at, err := time.Parse(time.RFC3339, typed)
	switch {
	case err != nil:
		return at, fmt.Errorf("%q is not a time such as 2026-11-23T15:04:05Z", typed)
	case at.After(now.Add(time.Minute)):
		return at, fmt.Errorf("%s is still to come", typed)
	}
	return at, nil
}
