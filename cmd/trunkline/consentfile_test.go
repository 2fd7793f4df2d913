package main

import (
	"strings"
	"testing"
	"time"

	"trunkline/dialer/compliance"
)

// TestConsentsOfAFile: each row is a number with its proof; with one that is wrong
// none is taken, and the rows are named.
func TestConsentsOfAFile(t *testing.T) {
	like := compliance.ConsentRow{At: time.Unix(1, 0), Kind: compliance.SaidConsent, Level: compliance.LevelWritten, Source: "cli", Evidence: "box 3"}
	rows, err := readConsents(strings.NewReader("\ufeffPhone,Proof\n(405) 234-0001, form 7\n\n+14052340002\n+14052340003,\n"), like)
	if err != nil || len(rows) != 3 {
		t.Fatalf("%+v, %v", rows, err)
	}
	for i, want := range []string{"+14052340001 form 7", "+14052340002 box 3", "+14052340003 box 3"} {
		if got := rows[i].E164 + " " + rows[i].Evidence; got != want || rows[i].Level != compliance.LevelWritten {
			t.Errorf("row %d is %q, want %q", i, got, want)
		}
	}
	for text, says := range map[string]string{
		"+14052340001\n12\n":             "row 2: \"12\" is no number",
		"":                               "no numbers",
		"phone\n":                        "no numbers",
		"+14052340001,\"form\n":          "no CSV",
		strings.Repeat("4.05E+09\n", 11): "11 rows are wrong",
		"+14052340001," + strings.Repeat("x", 256): "longer than 255",
	} {
		if _, err := readConsents(strings.NewReader(text), like); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.30q: %v, want %q", text, err, says)
		}
	}
	like.Evidence = ""
	if _, err := readConsents(strings.NewReader("+14052340001\n"), like); err == nil || !strings.Contains(err.Error(), "where the proof") {
		t.Errorf("without a proof: %v", err)
	}
}
