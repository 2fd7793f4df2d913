package reports

import (
	"testing"

	"trunkline/dialer/report"
)

// A table stands beside its chart only where all its columns fit there; a long
// name in it counts as much as a heading.
func TestWideTables(t *testing.T) {
	columns := func(names ...string) report.Table {
		var t report.Table
		for _, n := range names {
			t.Columns = append(t.Columns, report.Column{Name: n})
		}
		return t
	}
	carriers := columns("Carrier", "Calls", "Answered", "Answer rate", "Rang", "Until it rang", "Line time", "Mean call")
	days := columns("Day", "Calls", "People", "Machines", "No answer", "Failed", "Unknown", "Dropped", "Sales")
	if !wide(carriers) || wide(days) {
		t.Errorf("carriers %v, days %v", wide(carriers), wide(days))
	}
	row := make([]report.Value, len(days.Columns))
	row[0].Text = "Autumn energy review of the northern counties"
	days.Rows = append(days.Rows, row)
	if !wide(days) {
		t.Error("a long name is taken for a short one")
	}
}
