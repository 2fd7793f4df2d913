package liveboard

import (
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/webui/board"
	"trunkline/webui/facts"
)

// TestWallSaysWhenTooManyAreDropped: a drop rate above what the law allows is not "All
// well"; one that binds nobody, or is kept, is.
func TestWallSaysWhenTooManyAreDropped(t *testing.T) {
	for name, c := range map[string]struct {
		ledger facts.DropLedger
		well   bool
	}{
		"over the limit":       {facts.DropLedger{Name: "US FCC, 30 days", Drops: 9, Calls: 193, Limit: 0.03, Binds: true}, false},
		"within it":            {facts.DropLedger{Name: "US FCC, 30 days", Drops: 1, Calls: 193, Limit: 0.03, Binds: true}, true},
		"of a law for others":  {facts.DropLedger{Name: "UK, 24 hours", Drops: 9, Calls: 193, Limit: 0.03}, true},
		"nobody was there yet": {facts.DropLedger{Name: "US FCC, 30 days", Limit: 0.03, Binds: true}, true},
	} {
		p := &board.Picture{Now: time.Now()}
		p.Campaigns = []facts.BoardCampaign{{ID: "C1", Name: "One"}}
		p.Ledgers = map[dialer.CampaignID][]facts.DropLedger{"C1": {c.ledger}}
		look := ""
		for _, part := range wallParts(p, scope{campaign: "C1"}, time.UTC) {
			if part.ID == "w-look" {
				look = part.HTML()
			}
		}
		if strings.Contains(look, "All well") != c.well || strings.Contains(look, "US FCC, 30 days: 1.66 % over the limit") == c.well {
			t.Errorf("%s: %s", name, look)
		}
	}
}
