package reports

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/report"
	"trunkline/webui/sheet"
	"trunkline/webui/signin"
)

// sendIn is how long a file may take on its way.
const sendIn = 30 * time.Minute

// logName is the report that is a log: its file has every row, not the first.
const logName = "calls"

// CSV serves GET /reports/NAME/csv: the form's fields, and `table`, the key of
// one of the report's tables, the first by default.
func (h *Handler) CSV(one report.Report) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		var f form
		q, err := h.query(r.Context(), r, one, &f)
		if err != nil {
			return err
		}
		if one.Name == logName {
			if err := h.noted(r, q, "CSV"); err != nil {
				return err
			}
			return h.logCSV(r.Context(), w, q)
		}
		result, err := one.Make(r.Context(), h.Store, q)
		if err != nil {
			return err
		}
		i := 0
		if key := r.FormValue("table"); key != "" {
			i = slices.IndexFunc(result.Tables, func(t report.Table) bool { return t.Key == key })
		}
		if i < 0 {
			return dialer.Explain(dialer.ErrNotFound, "This report has no such table. Go back to the report and take the file from there.")
		}
		t := result.Tables[i]
		begin(w, "text/csv; charset=utf-8", fileName(one.Name, t.Key, q, "csv"))
		out, err := sheet.NewCSV(w, t.Columns, h.Guarded)
		if err != nil {
			return err
		}
		for _, row := range t.Rows {
			if err := out.Row(row); err != nil {
				return err
			}
		}
		return out.Close()
	}
}

func (h *Handler) logCSV(ctx context.Context, w http.ResponseWriter, q report.Query) error {
	words, err := h.Store.Words(ctx)
	if err != nil {
		return err
	}
	begin(w, "text/csv; charset=utf-8", fileName(logName, "", q, "csv"))
	out, err := sheet.NewCSV(w, q.CallColumns(), h.Guarded)
	if err != nil {
		return err
	}
	if _, err := report.ExportCalls(ctx, h.Store, words, q, out.Row); err != nil {
		return err
	}
	return out.Close()
}

// XLSX serves GET /reports/NAME/xlsx: each of the report's tables on a sheet of
// its own.
func (h *Handler) XLSX(one report.Report) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx := r.Context()
		var f form
		q, err := h.query(ctx, r, one, &f)
		if err != nil {
			return err
		}
		book, err := sheet.NewBook()
		if err != nil {
			return err
		}
		// It is sent once it is whole, which may take longer than a page may.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(sendIn)) // unsupported by tests' writers only
		if one.Name == logName {
			err = h.logXLSX(r, book, q)
		} else {
			err = h.tablesXLSX(ctx, book, one, q)
		}
		if err != nil {
			return err
		}
		begin(w, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", fileName(one.Name, "", q, "xlsx"))
		return book.Write(w)
	}
}

func (h *Handler) tablesXLSX(ctx context.Context, book *sheet.Book, one report.Report, q report.Query) error {
	result, err := one.Make(ctx, h.Store, q)
	if err != nil {
		return err
	}
	for _, t := range result.Tables {
		s, err := book.Sheet(t.Title, t.Columns)
		if err != nil {
			return err
		}
		rows := t.Rows
		if t.Foot != nil {
			rows = append(slices.Clone(rows), t.Foot)
		}
		for _, row := range rows {
			if err := s.Row(row); err != nil {
				return err
			}
		}
		if err := s.Close(); err != nil {
			return err
		}
	}
	return nil
}

func (h *Handler) logXLSX(r *http.Request, book *sheet.Book, q report.Query) error {
	ctx := r.Context()
	sums, err := h.Store.Calls(ctx, report.Ask{Query: q, Bounds: []time.Time{q.From}})
	if err != nil {
		return err
	}
	var n int64
	for _, s := range sums {
		n += s.Calls.Calls
	}
	if n > sheet.MaxRows {
		return tooMany(n)
	}
	if err := h.noted(r, q, "XLSX"); err != nil {
		return err
	}
	words, err := h.Store.Words(ctx)
	if err != nil {
		return err
	}
	s, err := book.Sheet("Calls", q.CallColumns())
	if err != nil {
		return err
	}
	written := int64(0)
	_, err = report.ExportCalls(ctx, h.Store, words, q, func(row []report.Value) error {
		if written++; written > sheet.MaxRows {
			return tooMany(n)
		}
		return s.Row(row)
	})
	if err != nil {
		return err
	}
	return s.Close()
}

func tooMany(n int64) error {
	return dialer.Explain(nil, fmt.Sprintf("An XLSX file holds %s rows, and there are %s calls. Take the CSV file, which holds any number, or choose fewer days.",
		report.Grouped(sheet.MaxRows), report.Grouped(n)))
}

// noted writes down who takes away the numbers of the people who were called.
func (h *Handler) noted(r *http.Request, q report.Query, file string) error {
	return h.Store.Exported(r.Context(), signin.By(r, h.Now()), q, file)
}

// begin writes the heads of a file.
func begin(w http.ResponseWriter, kind, name string) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(sendIn)) // unsupported by tests' writers only
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	w.Header().Set("Cache-Control", "no-store")
}

// fileName is made of words of ours and days: nothing that was typed.
func fileName(name, table string, q report.Query, ending string) string {
	if table != "" {
		name += "-" + table
	}
	return fmt.Sprintf("%s-%s-%s.%s", name, q.From.In(q.Zone).Format("20060102"), q.To.In(q.Zone).AddDate(0, 0, -1).Format("20060102"), ending)
}
