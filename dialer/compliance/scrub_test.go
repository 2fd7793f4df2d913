package compliance

import (
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
)

func TestScrubsThatAreTooOldAreFound(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	const us, tps, ctps = "US National Registry", "TPS", "CTPS"
	for _, test := range []struct {
		law  dialer.DropRule
		last map[string]time.Time
		want []string // in the findings, one each
	}{
		{dialer.DropUS, nil, []string{"No comparison with US National Registry"}},
		{dialer.DropUS, map[string]time.Time{us: now.AddDate(0, 0, -31).Add(time.Second)}, nil},
		{dialer.DropUS, map[string]time.Time{us: now.AddDate(0, 0, -31)}, []string{"31 days old, of 28 October 2026"}},
		{dialer.DropUK, map[string]time.Time{us: now, tps: now.AddDate(0, 0, -28)}, []string{"28 days old", "No comparison with CTPS"}},
		{dialer.DropUK, map[string]time.Time{tps: now, ctps: now}, nil},
		{dialer.DropCA, nil, []string{"National DNCL"}},
	} {
		found := ScrubFindings(dialer.Campaign{PacingSettings: dialer.PacingSettings{DropRule: test.law}}, test.last, now)
		if len(found) != len(test.want) {
			t.Errorf("%s, %v: found %+v", test.law, test.last, found)
			continue
		}
		for i, want := range test.want {
			if !strings.Contains(found[i].Says, want) || found[i].Setting != ScrubSetting || found[i].Rule == "" {
				t.Errorf("%s: %+v, want %q", test.law, found[i], want)
			}
		}
	}
}
