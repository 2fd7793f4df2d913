package leads

import (
	"bytes"
	"io"
	"slices"

	"trunkline/dialer"
)

// words are what is wrong with a row and what to do about it, for the summary of
// an import.
var words = map[string]struct{ what, do string }{
	"empty":        {"No phone number", "Fill the column, or leave the rows out."},
	"rounded":      {"Number turned into 4.15E+09", "A spreadsheet did this, and the digits are gone. Export the column as text."},
	"short":        {"Too few digits", "Correct them in the file of rejects and import it."},
	"number":       {"Not a phone number", "Correct them in the file of rejects and import it."},
	"code":         {"Calling code does not exist", "Correct phone_code, or leave it empty for the import's country."},
	"state":        {"State does not exist", "Write its two letters."},
	"birth":        {"Date of birth is no date", "Write it as 1980-12-31, or leave it empty."},
	"zone":         {"Time zone does not exist", "Write it as America/Chicago, or leave it empty."},
	"rank":         {"Rank is no whole number", "Write a number from -32768 to 32767."},
	"status":       {"Status is none of ours", "Make it on the page Statuses, or write one that is there."},
	"calls":        {"Number of calls is no number", "Write a number from 0, or leave it empty."},
	"called":       {"Last call is no past moment", "Write it as 2026-01-31 15:04:05, in UTC, or leave it empty."},
	"long":         {"Value too long", "Shorten it: a part of it would be another value."},
	"custom":       {"Custom field holds something else", "Correct the value, or the field's type and options."},
	"quote":        {"Quotation mark never closed", "Close it in the file of rejects and import that."},
	"afterquote":   {"Text after a closing quotation mark", "Double the marks that belong to the value."},
	"values":       {"More values than columns", "A delimiter stands within a value: put the value in quotation marks."},
	"zero":         {"Row is damaged", "Export the table again."},
	"longrow":      {"Row too long", "A lead has a few hundred characters. Check the line ends."},
	"duplicate":    {"Same number twice in the file", "The first row of each counts."},
	"known":        {"Number is known already", "The lead that has it stays as it is."},
	"list":         {"List is not the campaign's", "Correct list_id, or import the rows into a list of their own campaign."},
	"others":       {"Number belongs to another lead", "Correct the number or the vendor_lead_code."},
	"dnc-system":   {"On the system's do-not-call list", "Left out."},
	"dnc-campaign": {"On the campaign's do-not-call list", "Left out."},
	"cut":          {"Value was cut", "Taken with what fits."},
	"alt":          {"Alternate number is no phone number", "Taken; the alternate will not be dialed."},
	"zip":          {"ZIP code without its first zero", "Taken with the zero."},
	"nodate":       {"Spreadsheet's empty date (1900)", "Taken without a date of birth."},
}

// reasons count why rows were not taken as they stood.
type reasons struct{ all []dialer.ImportReason }

func newReasons(so []dialer.ImportReason) reasons { return reasons{so} }

func (r reasons) clone() *reasons { return &reasons{slices.Clone(r.all)} }

func (r *reasons) count(code, kind string, row int) {
	for i := range r.all {
		if r.all[i].Code == code {
			r.all[i].Rows++
			r.all[i].First = min(r.all[i].First, row)
			return
		}
	}
	w := words[code]
	r.all = append(r.all, dialer.ImportReason{Code: code, Kind: kind, What: w.what, Do: w.do, Rows: 1, First: row})
}

// list is the reasons, the most frequent first.
func (r *reasons) list() []dialer.ImportReason {
	slices.SortStableFunc(r.all, func(a, b dialer.ImportReason) int { return b.Rows - a.Rows })
	return r.all
}

// estimate is about how many rows a file has, for a progress bar: its line ends,
// or what a workbook says of its sheet. 0: unknown.
func estimate(f File, s source) int {
	if book, ok := s.(*workbook); ok {
		return book.size()
	}
	lines, buf := 0, make([]byte, 256<<10)
	in := io.NewSectionReader(f, 0, f.Size())
	for {
		n, err := in.Read(buf)
		lines += bytes.Count(buf[:n], []byte{'\n'})
		if err != nil {
			return lines
		}
	}
}
