package campaigns

import (
	"fmt"
	"math"
	"strconv"

	"trunkline/webui/facts"
)

// paceModel is why so many calls are placed and no more, and what the laws'
// drop ledgers have left.
type paceModel struct {
	Lines   []paceLine
	Silent  string // nobody decides, and for how long
	Ledgers []ledgerLine
}

type paceLine struct{ Server, Bound, Reason string }

type ledgerLine struct{ Name, Since, Drops, Share, Upper, Limit, Class, Word, Source string }

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
			m.Lines = append(m.Lines, paceLine{p.Server, boundWord(p.Bound), p.Reason})
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
		m.Ledgers = append(m.Ledgers, newLedger(d))
	}
	return m
}

// boundWord names what kept the number of calls from being more.
func boundWord(bound string) string {
	switch bound {
	case "agents":
		return "agents"
	case "risk":
		return "drop risk"
	case "budget":
		return "drop budget"
	case "period":
		return "dial loop"
	case "leads":
		return "leads"
	case "channels":
		return "trunks"
	case "cps":
		return "calls a second"
	case "closed":
		return "calling hours"
	case "method":
		return "dial method"
	case "holder":
		return "waiting"
	}
	return bound
}

func newLedger(d facts.DropLedger) ledgerLine {
	l := ledgerLine{
		Name: d.Name, Source: d.Source, Since: d.From.Format("2 Jan 15:04") + " UTC", Share: "none yet",
		Drops: fmt.Sprintf("%s of %s", decimals(d.Drops), decimals(d.Calls)), Limit: "none", Upper: "–",
	}
	if d.Calls > 0 {
		l.Share = fmt.Sprintf("%.2f %%", 100*d.Drops/d.Calls)
		l.Upper = fmt.Sprintf("%.2f %%", 100*d.Upper)
	}
	if d.Limit <= 0 {
		return l
	}
	l.Limit = strconv.FormatFloat(100*d.Limit, 'f', -1, 64) + " %"
	switch {
	case d.Drops > d.Limit*d.Calls+1e-9:
		l.Class, l.Word = "bad", "Over its limit"
	case d.Calls > 0 && d.Upper > d.Limit:
		l.Class, l.Word = "watch", "Within, too few calls to be sure"
	default:
		l.Class, l.Word = "good", "Within its limit"
	}
	if d.Binds {
		l.Name += ", this campaign's"
	}
	return l
}

// decimals is a count, with a tenth where it is an estimate.
func decimals(x float64) string {
	if r := math.Round(x); math.Abs(x-r) < 0.05 {
		return count(int(r))
	}
	return strconv.FormatFloat(x, 'f', 1, 64)
}
