package campaigns

import (
	"fmt"

	"trunkline/webui/facts"
	"trunkline/webui/ui"
)

// paceModel is why so many calls are placed and no more, and what the laws'
// drop ledgers have left.
type paceModel struct {
	Lines   []paceLine
	Silent  string // nobody decides, and for how long
	Ledgers []ui.Ledger
}

type paceLine struct{ Server, Bound, Reason string }

// paceFresh is how old a decision may be that is said to be of now, s: one that
// does not change is written again every ten.
const paceFresh = 15

func newPace(l facts.CampaignLive, nobody bool) paceModel {
	var m paceModel
	newest := -1
	for _, p := range l.Pacing {
		if newest < 0 || p.Age < newest {
			newest = p.Age
		}
		if l.Active && p.Age <= paceFresh {
			m.Lines = append(m.Lines, paceLine{p.Server, ui.BoundWord(p.Bound), p.Reason})
		}
	}
	if len(m.Lines) == 1 {
		m.Lines[0].Server = ""
	}
	if l.Active && !nobody && len(m.Lines) == 0 {
		m.Silent = "No server has decided about calls yet: they begin within seconds where listen and Asterisk are up."
		if newest >= 0 {
			m.Silent = fmt.Sprintf("No server has decided about calls for %s: look at the servers' listen and Asterisk.", many(newest, "second"))
		}
	}
	for _, d := range l.Ledgers {
		m.Ledgers = append(m.Ledgers, ui.LedgerOf(d))
	}
	return m
}
