package ui

import (
	"fmt"
	"math"
	"strconv"

	"trunkline/webui/facts"
)

// Ledger is how a law counts a campaign's dropped calls, in words.
type Ledger struct{ Name, Since, Drops, Share, Upper, Limit, Class, Word, Source string }

// BoundWord names what kept the number of calls from being more.
func BoundWord(bound string) string {
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

// LedgerOf puts a drop ledger into words.
func LedgerOf(d facts.DropLedger) Ledger {
	l := Ledger{
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
		return Count(int(r))
	}
	return strconv.FormatFloat(x, 'f', 1, 64)
}
