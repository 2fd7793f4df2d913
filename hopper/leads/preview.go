package leads

import (
	"errors"
	"io"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"trunkline/dialer"
)

// previewRows is how many rows of a file are shown before it is imported.
const previewRows = 20

// Preview reads the beginning of a lead file and says how it would be imported
// with these options. A file that is no table at all is a *dialer.Problem; one
// whose columns are not right yet says so in Problem.
func Preview(f File, o dialer.ImportOptions, custom []dialer.CustomField, now time.Time) (dialer.ImportPreview, error) {
	var p dialer.ImportPreview
	o, err := Defaults(o)
	if err != nil {
		return p, err
	}
	source, err := open(f, o)
	if err != nil {
		return p, err
	}
	defer source.close()
	first, err := firstRow(source)
	if err != nil {
		return p, err
	}
	p.NoHeader = o.NoHeader
	if o.Columns == nil && !o.NoHeader {
		p.NoHeader = headless(first.values, o, custom)
	}
	o.NoHeader = p.NoHeader
	p.Fields = FieldNames()
	for _, c := range custom {
		p.Fields = append(p.Fields, "custom:"+c.Name)
	}
	head, err := mapHeader(first.values, o, custom)
	if err != nil {
		var why *dialer.Problem
		if !errors.As(err, &why) {
			return p, err
		}
		p.Problem = why.Sentence
		if o.NoHeader && o.Columns == nil {
			p.Problem = "The first row seems to be a lead, not a header. Choose what each column is."
		}
	}
	var rows []row
	if o.NoHeader {
		rows = append(rows, first)
	}
	for len(rows) < previewRows {
		r, err := source.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return p, err
		}
		if !r.blank() {
			rows = append(rows, r)
		}
	}
	if len(rows) == 0 && p.Problem == "" {
		p.Problem = "The file has a heading and no row below it: there is nothing to import. Save the table with its leads and send it again; or, if its first row is a lead, say so in the rules of this import."
	}
	p.Encoding, p.Delimiter = source.encoding(), source.separator()
	for i, name := range first.values {
		c := dialer.ImportColumn{Name: show(name)}
		if o.NoHeader {
			c.Name, _ = excelize.ColumnNumberToName(i + 1)
		}
		for _, r := range rows {
			if i < len(r.values) && strings.TrimSpace(r.values[i]) != "" {
				c.Sample = show(r.values[i])
				break
			}
		}
		if i < len(head.fields) && head.fields[i] != nil {
			c.Field = head.fields[i].name
		}
		p.Columns = append(p.Columns, c)
	}
	if p.Problem != "" {
		return p, nil
	}
	convert := newConverter(o, 0, head, now)
	for _, r := range rows {
		lead, notes, wrong := convert.lead(r)
		out := dialer.ImportPreviewRow{Row: r.number, E164: lead.E164, Name: lead.Name(), Reason: wrong.sentence, Taken: wrong.code == ""}
		if out.Taken {
			out.Where = strings.Trim(lead.State+", "+strings.ReplaceAll(lead.Zones, ",", " or "), ", ")
			for _, n := range notes {
				out.Reason += n.sentence + " "
			}
		}
		p.Rows = append(p.Rows, out)
	}
	return p, nil
}

// headless tells a first row that is a lead: no column has a field's name, and
// one holds a phone number.
func headless(values []string, o dialer.ImportOptions, custom []dialer.CustomField) bool {
	n := newNumbers(o.Country)
	number := false
	for _, v := range values {
		if named(v, true, custom) != nil || named(v, false, custom) != nil {
			return false
		}
		if _, wrong := n.parse(strings.TrimSpace(v), "", "", "it"); wrong.code == "" {
			number = true
		}
	}
	return number
}
