package campaigns

import (
	"strings"
	"testing"
	"time"

	"trunkline/webui/facts"
)

// TestPace: the page says what was decided, by which bound, and when nobody
// decides.
func TestPace(t *testing.T) {
	said := facts.PacingLine{Server: "tel1", Age: 2, Bound: "risk", Reason: "3 dials: 2.1 agents expected free in 6 s"}
	old := facts.PacingLine{Server: "tel2", Age: 40, Bound: "agents", Reason: "0 dials, 0 ready"}
	for name, c := range map[string]struct {
		live   facts.CampaignLive
		nobody bool
		want   string
		lacks  string
	}{
		"one server":     {facts.CampaignLive{Active: true, Pacing: []facts.PacingLine{said}}, false, "3 dials: 2.1 agents expected free in 6 s <span class=\"small muted\">Held by: drop risk.", "tel1"},
		"one is old":     {facts.CampaignLive{Active: true, Pacing: []facts.PacingLine{said, old}}, false, "3 dials", "0 ready"},
		"all are old":    {facts.CampaignLive{Active: true, Pacing: []facts.PacingLine{old}}, false, "for 40 seconds", "0 ready"},
		"none yet":       {facts.CampaignLive{Active: true}, false, "within seconds", "Held by"},
		"nobody there":   {facts.CampaignLive{Active: true, Pacing: []facts.PacingLine{old}}, true, "", "pacing-silent"},
		"it is stopped":  {facts.CampaignLive{Pacing: []facts.PacingLine{said}}, false, "", "3 dials"},
		"a law's ledger": {facts.CampaignLive{Ledgers: []facts.DropLedger{{Name: "US FCC, 30 days", From: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), Drops: 29, Calls: 1000, Upper: 0.0389, Limit: 0.03, Binds: true}}}, true, "this campaign&#39;s", "Over"},
		"over":           {facts.CampaignLive{Ledgers: []facts.DropLedger{{Drops: 31, Calls: 1000, Upper: 0.04, Limit: 0.03}}}, true, "Over its limit", "Within"},
		"far below":      {facts.CampaignLive{Ledgers: []facts.DropLedger{{Drops: 10.5, Calls: 10000, Upper: 0.002, Limit: 0.03}}}, true, "10.5 of 10,000", "Over"},
	} {
		var b strings.Builder
		err := pace(newPace(c.live, c.nobody)).Render(t.Context(), &b)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), c.want) || strings.Contains(b.String(), c.lacks) {
			t.Errorf("%s: %s", name, b.String())
		}
	}
}
