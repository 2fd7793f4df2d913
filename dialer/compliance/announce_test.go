package compliance

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

var asking = strings.Fields("CA DE FL IL MD MA MT NV NH PA WA CT MI OR")

// TestAnnounceByState goes through every area code of the table: a number of a
// state that asks is told so, and a number of any other is not.
func TestAnnounceByState(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	told := map[string]bool{}
	for npa, a := range areas {
		want := ""
		for _, place := range a.places {
			if state, ok := strings.CutPrefix(place, "US-"); ok && slices.Contains(asking, state) {
				want, told[state] = place+"-REC", true
			}
		}
		if got := Announce("+1"+npa+"2340000", "", now); got != want {
			t.Errorf("+1 %s, of %v: %q, want %q", npa, a.places, got, want)
		}
	}
	if got := slices.Sorted(maps.Keys(told)); !slices.Equal(got, slices.Sorted(slices.Values(asking))) {
		t.Errorf("area codes of %v were tried", got)
	}
}

func TestAnnounceToTheStricterSide(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct{ number, state, want string }{
		"New York":                       {"+12122340000", "", ""},
		"moved to Florida":               {"+12122340000", "FL", "US-FL-REC"},
		"moved to Florida, as written":   {"+12122340000", " fl ", "US-FL-REC"},
		"moved from California":          {"+12132340000", "TX", "US-CA-REC"},
		"a number that rings nobody":     {"+12135550100", "", "US-CA-REC"},
		"toll-free: may be anywhere":     {"+18002340000", "", "US-CA-REC"},
		"toll-free, of somebody in Ohio": {"+18002340000", "OH", ""},
		"toll-free, in Oregon":           {"+18002340000", "OR", "US-OR-REC"},
		"Toronto":                        {"+14162340000", "", ""},
		"London; CA is no state there":   {"+442079460000", "CA", ""},
	} {
		if got := Announce(test.number, test.state, now); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
		q := Question{E164: test.number, State: test.state, To: 1440, CallerID: "15550001111", History: new(History), Now: now}
		if got := GroundsOf(q, Check(q)).Notice; got != test.want {
			t.Errorf("%s: with the call %q is kept, want %q", name, got, test.want)
		}
	}
}

// TestAnnounceByPack: an operator who records from a state that asks has
// everybody told by a row of its own, and switches off what it has had read.
func TestAnnounceByPack(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	files, err := read(fstest.MapFS{"own.json": {Data: []byte(`{"pack": "own", "version": "2026-11-01",
		"rules": [{"id": "OWN-REC", "jurisdiction": "*", "kind": "recording", "status": "on", "citation": "we sit in California", "says": "everybody is told", "effective_from": "2026-11-24"}],
		"set": [{"rule": "US-OR-REC", "status": "off", "why": "read by counsel"}]}`)}}, ".")
	if err != nil {
		t.Fatal(err)
	}
	p, err := shipped.with(files)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		number string
		now    time.Time
		want   string
	}{
		"switched off":       {"+15032340000", now, ""},
		"before its day":     {"+12122340000", now, ""},
		"everybody":          {"+12122340000", now.AddDate(0, 0, 1), "OWN-REC"},
		"abroad":             {"+442079460000", now.AddDate(0, 0, 1), "OWN-REC"},
		"the others go on":   {"+12132340000", now, "US-CA-REC"},
		"toll-free, as well": {"+18002340000", now, "US-CA-REC"},
	} {
		if got := p.announce(test.number, "", test.now); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
