package bench

import (
	"errors"
	"fmt"
)

// claim is what is said of Trunkline's speed, and whether this run bears it out.
type claim struct {
	What  string  `json:"what"`
	Value float64 `json:"value"`
	Limit float64 `json:"limit"`
	Least bool    `json:"at_least"` // the limit is the least that will do; else the most
	Holds bool    `json:"holds"`
}

// String is a line of the table.
func (c claim) String() string {
	word, sign := "holds", "at most"
	if !c.Holds {
		word = "DOES NOT HOLD"
	}
	if c.Least {
		sign = "at least"
	}
	return fmt.Sprintf("%-66s %7.2f, %s %g: %s", c.What, c.Value, sign, c.Limit, word)
}

func most(what string, value, limit float64) claim {
	return claim{What: what, Value: value, Limit: limit, Holds: value <= limit}
}

// ErrClaim says that what was measured breaks what is claimed.
var ErrClaim = errors.New("what is claimed does not hold in this run: see the table")

// broken is ErrClaim if one of the claims does not hold.
func broken(all []claim) error {
	for _, c := range all {
		if !c.Holds {
			return ErrClaim
		}
	}
	return nil
}

// judged is the rate at which listen's share of the processor is judged.
const judged = 20

// judge compares what was measured with what is claimed. Claims of which nothing
// was measured are left out.
func (f Figures) judge() []claim {
	var all []claim
	for _, a := range f.Calls {
		all = append(all, most(fmt.Sprintf("answer to agent, 99th percentile beside a bare client, %g calls/s", a.CPS), a.Ratio, 2))
		all = append(all, most(fmt.Sprintf("SQL statements of listen for an answered call, %g calls/s", a.CPS), a.SQL, 10))
		if a.CPS == judged {
			all = append(all, most("listen, percent of a core", a.ListenCPU, 30))
		}
	}
	if f.Without {
		all = append(all, most("SQL statements between answer and agent: the database was cut off", 0, 1))
	}
	if o := f.Originate; o.Calls > 0 {
		all = append(all, claim{"originates beside a bare AMI loop", o.Ratio, 0.9, true, o.Ratio >= 0.9})
	}
	if len(f.Costs) == len(ways) {
		all = append(all,
			most("Asterisk's CPU for a bridged call beside ConfBridge's", f.Costs[0].Mean/f.Costs[1].Mean, 0.5),
			most("Asterisk's CPU for a recorded call beside ConfBridge + MixMonitor's", f.Costs[2].Mean/f.Costs[3].Mean, 1))
	}
	return all
}
