package report

import (
	"trunkline/dialer"
)

// CallSum is ended calls of one kind.
type CallSum struct {
	Campaign dialer.CampaignID `db:"campaign_id"` // "" unless asked for, as List
	Group    int               `db:"grp"`         // of Query.Bounds
	List     dialer.ListID     `db:"list_id"`
	Status   dialer.Status     `db:"status"`
	Manual   bool              `db:"manual"` // dialed by its agent: no law's drop count knows it
	Calls
}

// Calls is how many calls there were and what became of them.
type Calls struct {
	Calls     int64 `db:"calls"`     // placed and sent
	Answered  int64 `db:"answered"`  // by anybody or anything (calls.answered_at)
	Asked     int64 `db:"asked"`     // for an agent: judged a person, or nobody judged (calls.wanted_at)
	Connected int64 `db:"connected"` // to an agent (calls.bridged_at)
	Dropped   int64 `db:"dropped"`   // of Asked: no agent within two seconds of the greeting's end (47 CFR 64.1200(a)(7)), late ones included
	RingMS    int64 `db:"ring_ms"`   // from the originate to the answer, or to the end
	WaitMS    int64 `db:"wait_ms"`   // of those Connected, from asking for an agent to having one
	TalkMS    int64 `db:"talk_ms"`   // of those Connected, from then to the end
}

// Add adds other calls.
func (c Calls) Add(d Calls) Calls {
	return Calls{
		c.Calls + d.Calls, c.Answered + d.Answered, c.Asked + d.Asked, c.Connected + d.Connected,
		c.Dropped + d.Dropped, c.RingMS + d.RingMS, c.WaitMS + d.WaitMS, c.TalkMS + d.TalkMS,
	}
}

// InTime is the calls that asked for an agent and had one within the law's two
// seconds.
func (c Calls) InTime() int64 { return c.Asked - c.Dropped }

// CauseSum is ended calls of one carrier that ended in one way.
type CauseSum struct {
	Campaign dialer.CampaignID `db:"campaign_id"`
	Group    int               `db:"grp"`
	Carrier  dialer.CarrierID  `db:"carrier_id"`
	Status   dialer.Status     `db:"status"`
	SIPCode  int               `db:"sip_code"` // final response; 0: none
	Cause    int               `db:"cause"`    // Q.850; 0: unknown
	Calls    int64             `db:"calls"`
	Answered int64             `db:"answered"`
	Rang     int64             `db:"rang"`     // ringing, or early media
	DelayMS  int64             `db:"delay_ms"` // of those, from the originate until they rang: post-dial delay
	LineMS   int64             `db:"line_ms"`  // of those Answered, from the answer to the end: what a carrier bills
}

// AgentSum is the ended calls that an agent had, of one outcome.
type AgentSum struct {
	Campaign dialer.CampaignID `db:"campaign_id"`
	Group    int               `db:"grp"`
	User     dialer.UserID     `db:"user_id"`
	Status   dialer.Status     `db:"status"`
	Manual   bool              `db:"manual"`
	Calls    int64             `db:"calls"`
	TalkMS   int64             `db:"talk_ms"`
	Recorded int64             `db:"recorded"`  // calls with at least one of Files
	Files    int64             `db:"files"`     // recordings; a call may have several
	Lost     int64             `db:"lost"`      // of those, not complete
	TooShort int64             `db:"too_short"` // not among Files: the call ended as its recorder began
	RecMS    int64             `db:"rec_ms"`    // their length
	RecBytes int64             `db:"rec_bytes"` //
}

// Outcome is a status as the reports need it.
type Outcome struct {
	Status dialer.Status `db:"status"`
	Name   string        `db:"name"`
	Human  bool          `db:"human"` // a person was on the line
	Gone   bool          `db:"-"`     // it was deleted since: what it meant is not known
	Sale   bool          `db:"sale"`
	Group  string        `db:"group_name"`     // the heading it stands under; "": none
	Place  int           `db:"group_position"` // of that among the others
}

// Tells says whether the outcome tells who answered. It does not where the agent
// gave none, where the call was lost sight of, or hung up before anybody judged
// it, and where the outcome was deleted since.
func (o Outcome) Tells() bool {
	if o.Human {
		return true
	}
	switch o.Status {
	case "", dialer.StatusError, dialer.StatusPDrop:
		return false
	}
	return !o.Gone
}

// Met is what a call came upon.
type Met int

// What calls meet: each call meets exactly one.
const (
	Person   Met = iota // its status says that a person was on the line; a drop counts so
	Machine             // answered, and no person: machines, faxes, dead air, and what agents found to be none
	NoAnswer            // it rang in vain (NA)
	Failed              // not answered: busy, refused, out of service, congested, or lost sight of
	Unknown             // answered, and nobody said by whom (Outcome.Tells)
	metKinds
)

// MetNames are the words for what calls meet, in the order of Met.
var MetNames = [metKinds]string{"People", "Machines", "No answer", "Failed", "Unknown"}

// MetOf takes calls of one status apart by what they met. The parts are all of
// them: nothing is counted twice or left out.
func MetOf(o Outcome, c Calls) (met [metKinds]int64) {
	if o.Human {
		met[Person] = c.Calls
		return met
	}
	if o.Tells() {
		met[Machine] = c.Answered
	} else {
		met[Unknown] = c.Answered
	}
	rest := c.Calls - c.Answered
	if o.Status == dialer.StatusNoAnswer {
		met[NoAnswer] = rest
	} else {
		met[Failed] = rest
	}
	return met
}

// Tally is calls of any outcomes together.
type Tally struct {
	Calls
	Met    [metKinds]int64 // what they met; their sum is Calls.Calls
	Sales  int64           // their status counts as a sale
	Dial   Calls           // of those that the dialer dialed: what the laws' drop counts know
	Human  int64           // of Dial: an agent in time, and a person by its outcome
	Other  int64           // of Dial: an agent in time, and no person by its outcome
	Untold int64           // of Dial: an agent in time, and nobody said who it was: neither to the laws
}

// Take adds calls of one outcome.
func (t *Tally) Take(o Outcome, s CallSum) {
	t.Calls = t.Calls.Add(s.Calls)
	for i, n := range MetOf(o, s.Calls) {
		t.Met[i] += n
	}
	if o.Sale {
		t.Sales += s.Calls.Calls
	}
	if s.Manual {
		return
	}
	t.Dial = t.Dial.Add(s.Calls)
	switch {
	case !o.Tells():
		t.Untold += s.InTime()
	case o.Human:
		t.Human += s.InTime()
	default:
		t.Other += s.InTime()
	}
}

// People is how many calls met a person.
func (t Tally) People() int64 { return t.Met[Person] }

// DropRate is the share of drops among the calls that met a person and that the
// dialer dialed, 0 to 1, as the US law counts: drops over drops and people who
// had an agent in time. ok is false when there were none.
func (t Tally) DropRate() (rate float64, ok bool) {
	return Share(t.Dial.Dropped, t.Dial.Dropped+t.Human)
}

// Share is n of all, 0 to 1; not ok when there is nothing.
func Share(n, all int64) (share float64, ok bool) {
	if all <= 0 {
		return 0, false
	}
	return float64(n) / float64(all), true
}

// Mean is a duration's mean over n, in seconds; not ok when there is nothing.
func Mean(ms, n int64) (seconds float64, ok bool) {
	if n <= 0 {
		return 0, false
	}
	return float64(ms) / float64(n) / 1000, true
}

// Percents are parts as percent of their sum with one digit behind the point,
// rounded so that they are 100.0 together: each is cut, and the tenths that are
// missing go to those that were cut the most (the method of largest
// remainders). All are 0 when the sum is.
func Percents(parts ...int64) []float64 {
	var sum int64
	for _, p := range parts {
		sum += p
	}
	tenths := make([]int64, len(parts))
	if sum <= 0 {
		return make([]float64, len(parts))
	}
	left := int64(1000)
	rest := make([]float64, len(parts))
	for i, p := range parts {
		exact := float64(p) * 1000 / float64(sum)
		tenths[i] = int64(exact)
		rest[i] = exact - float64(tenths[i])
		left -= tenths[i]
	}
	for ; left > 0; left-- {
		most := 0
		for i := range rest {
			if rest[i] > rest[most] {
				most = i
			}
		}
		tenths[most]++
		rest[most]--
	}
	out := make([]float64, len(parts))
	for i, t := range tenths {
		out[i] = float64(t) / 10
	}
	return out
}
