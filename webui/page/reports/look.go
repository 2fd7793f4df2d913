package reports

import (
	"fmt"
	"slices"

	"trunkline/dialer/report"
	"trunkline/webui/ui"
)

// look is the class of a chart's series, as reports.ts has it.
func look(i int, s report.Series) string {
	if s.Look != "" {
		return s.Look
	}
	return fmt.Sprintf("d%d", i%4+1)
}

// shown is a value as the pages write it.
func shown(k report.Kind, v report.Value) string {
	if k == report.Phone {
		return ui.Phone(v.Text)
	}
	return report.Shown(k, v)
}

// faint tells that a value is nothing.
func faint(c report.Column, v report.Value) bool {
	return v.None || c.Kind.Number() && v.N == 0
}

// paired tells that tables are narrow enough to stand beside each other.
func paired(tables []tableFile) bool {
	return len(tables) > 1 && !slices.ContainsFunc(tables, func(t tableFile) bool { return len(t.Columns) > 7 })
}

// explained tells that a table's columns need words.
func explained(t report.Table) bool {
	return slices.ContainsFunc(t.Columns, func(c report.Column) bool { return c.Help != "" })
}
