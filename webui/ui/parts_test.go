package ui

import (
	"strings"
	"testing"

	"trunkline/webui/form"
)

// A day is chosen from the browser's calendar. What is no day stays as it was
// typed, which such a control would not show.
func TestADaysControlKeepsWhatWasTyped(t *testing.T) {
	for typed, kind := range map[string]string{"": "date", "2026-12-25": "date", "2026-13-25": "text", "Christmas": "text", "25.12.2026": "text"} {
		var b strings.Builder
		f := form.Of(map[string]string{"day": typed})
		if err := FieldOf(f, Field{Name: "day", Label: "Day", Kind: Date}).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), `type="`+kind+`"`) || !strings.Contains(b.String(), `value="`+typed+`"`) {
			t.Errorf("%q: no %s with it in %s", typed, kind, b.String())
		}
	}
}

// A unit stands on the line of its number.
func TestAUnitStandsBesideItsNumber(t *testing.T) {
	var b strings.Builder
	if err := FieldOf(form.Of(map[string]string{"days": "30"}), Field{Name: "days", Label: "For", Kind: Number, Unit: "days"}).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	row, _, _ := strings.Cut(b.String()[strings.Index(b.String(), `<span class="row">`):], "</span>")
	if !strings.Contains(row, "<input") || !strings.Contains(row, "days") {
		t.Errorf("one row has not both: %s", b.String())
	}
}

func TestNamesStayOnTheirLine(t *testing.T) {
	for name, want := range map[string]string{"north-1": "nowrap", "tel-1.example.com": "nowrap", "Autumn energy review": "", strings.Repeat("x", 60): ""} {
		if got := Unbroken(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
