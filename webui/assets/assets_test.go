package assets

import (
	"bytes"
	"regexp"
	"testing"
)

func TestDenseStyles(t *testing.T) {
	for sheet, want := range map[string]string{
		"a b > c,\n d { margin: 0 auto; color: red; }\n\n/* why;\n {so} */ .x::after { content: \" ;  /* kept */ \"; }": `a b > c,d{margin: 0 auto;color: red;}.x::after{content: " ;  /* kept */ ";}`,
		"@media (max-width: 40rem) and (pointer: coarse) { p { width: calc(1rem * 2); } }":                              "@media (max-width: 40rem) and (pointer: coarse){p{width: calc(1rem * 2);}}",
		":root { --a: light-dark(#fff, #000);   /* edges */\n  --b: 1px; }":                                             ":root{--a: light-dark(#fff,#000);--b: 1px;}",
	} {
		if got := string(bytes.TrimSpace(dense([]byte(sheet)))); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// What is served holds every rule of the files.
func TestNoRuleIsLost(t *testing.T) {
	served := all().byURL[URL("trunkline.css")].data
	rule := regexp.MustCompile(`\{`)
	comments := regexp.MustCompile(`(?s)/\*.*?\*/`)
	rules := 0
	for _, name := range []string{"css/tokens.css", "css/trunkline.css"} {
		text, err := styles.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rules += len(rule.FindAll(comments.ReplaceAll(text, nil), -1))
	}
	if n := len(rule.FindAll(served, -1)); n != rules || n < 100 {
		t.Errorf("%d rules are served, of %d", n, rules)
	}
}
