package demo

import (
	"math"
	"slices"
	"strings"
	"time"

	asteriskconf "trunkline/asterisk-conf"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
)

// Report is what a measured run says. The counts of answered, connected and so
// on are ours; CarrierInvites, Humans and Machines are the carrier's.
type Report struct {
	CallsPlaced    int       `json:"calls_placed"`
	CarrierInvites int       `json:"carrier_invites"`
	Answered       int       `json:"answered"`
	Humans         int       `json:"humans"`   // answered by somebody
	Machines       int       `json:"machines"` // answered by something: a machine, a fax, a tone
	Busy           int       `json:"busy"`
	NoAnswer       int       `json:"no_answer"`
	Failed         int       `json:"failed"`
	Connected      int       `json:"connected"`
	Abandoned      int       `json:"abandoned"` // answered, and no agent in time
	Duplicates     int       `json:"duplicates"`
	Lost           int       `json:"lost"`
	AnswerToAgent  Quantiles `json:"answer_to_agent_ms"`
	Handover       Quantiles `json:"handover_ms"` // the same from when caller and agent both were there: without the wait for somebody to be free
	Agents         int       `json:"agents"`
	CPSPeak        int       `json:"cps_peak"`
	Seconds        float64   `json:"seconds"`
	Unended        int       `json:"unended"` // calls that were still up when the run gave up waiting
	Unsent         int       `json:"unsent"`  // calls that never left for the carrier, and say so
	Wrong          []string  `json:"wrong"`   // numbers behind Duplicates and Lost, at most 20
	Pace           *Pace     `json:"pace"`    // beside the simulator's
	Version        string    `json:"version"`
	Began          time.Time `json:"began"`
}

// Quantiles are of a duration, in milliseconds.
type Quantiles struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
}

// verdict is why the run failed, or "".
func (r Report) verdict() string {
	var why []string
	if r.Duplicates > 0 {
		why = append(why, "numbers were dialed twice")
	}
	if r.Lost > 0 {
		why = append(why, "calls are missing at the carrier or in our books")
	}
	if r.Connected == 0 {
		why = append(why, "no call reached an agent")
	}
	return strings.Join(why, ", and ")
}

// compare makes a report of our calls and the carrier's ledger of the same
// run. resets are the moments at which the list was reset: a lead may be dialed
// once in each stretch between them.
func compare(calls []mariadb.DemoCall, ledger []asteriskconf.Entry, resets []time.Time) Report {
	r := Report{Wrong: []string{}}
	r.count(calls, ledger)
	r.match(calls, ledger)
	r.twice(calls, resets)
	return r
}

func (r *Report) count(calls []mariadb.DemoCall, ledger []asteriskconf.Entry) {
	heard := make(map[string]asteriskconf.Entry, len(ledger)) // by call id
	for _, e := range ledger {
		heard[e.Call] = e
	}
	var waits, handovers []time.Duration
	var placed []time.Time
	for _, c := range calls {
		if !c.Sent {
			r.Unsent++
			continue
		}
		r.CallsPlaced++
		placed = append(placed, c.PlacedAt)
		if c.EndedAt == nil {
			r.Unended++
		}
		if c.AnsweredAt != nil {
			r.Answered++
			switch heard[c.ID.String()].Behaviour {
			case "machine", "announcement", "fax", "tone", "tone500", "tone1000", "tone2000":
				r.Machines++
			default:
				r.Humans++
			}
		}
		if c.BridgedAt != nil {
			r.Connected++
			if c.AnsweredAt != nil {
				waits = append(waits, c.BridgedAt.Sub(*c.AnsweredAt))
				handovers = append(handovers, c.BridgedAt.Sub(later(*c.AnsweredAt, c.ReadyAt)))
			}
		}
		switch c.Status {
		case dialer.StatusBusy:
			r.Busy++
		case dialer.StatusNoAnswer:
			r.NoAnswer++
		case dialer.StatusDrop:
			r.Abandoned++
		case dialer.StatusDisconnected, dialer.StatusCongestion, dialer.StatusRejected, dialer.StatusError:
			if c.AnsweredAt == nil {
				r.Failed++
			}
		}
	}
	r.CarrierInvites = len(ledger)
	r.CPSPeak = peak(placed)
	r.AnswerToAgent, r.Handover = quantiles(waits), quantiles(handovers)
}

func quantiles(all []time.Duration) Quantiles {
	tenths := func(d time.Duration) float64 { return math.Round(float64(d)/1e5) / 10 } // the database's clock tells no more
	return Quantiles{P50: tenths(percentile(all, 50)), P99: tenths(percentile(all, 99))}
}

// later is the later of two moments; the second may be unknown.
func later(a time.Time, b *time.Time) time.Time {
	if b != nil && b.After(a) {
		return *b
	}
	return a
}

// match compares number by number: as many INVITEs as calls that say they were
// sent. One too many is a duplicate, unless nobody here knows of the number at
// all; one too few is lost.
func (r *Report) match(calls []mariadb.DemoCall, ledger []asteriskconf.Entry) {
	type count struct{ sent, rows, invites int }
	numbers := map[string]*count{}
	at := func(number string) *count {
		number = strings.TrimPrefix(number, "+")
		if numbers[number] == nil {
			numbers[number] = &count{}
		}
		return numbers[number]
	}
	for _, c := range calls {
		n := at(c.E164)
		n.rows++
		if c.Sent {
			n.sent++
		}
	}
	for _, e := range ledger {
		at(e.Number).invites++
	}
	for number, n := range numbers {
		switch {
		case n.invites > n.sent && n.rows > 0:
			r.Duplicates += n.invites - n.sent
		case n.invites > n.sent:
			r.Lost += n.invites
		case n.invites < n.sent:
			r.Lost += n.sent - n.invites
		default:
			continue
		}
		r.wrong("+" + number)
	}
}

// twice counts leads that were dialed again without a reset in between.
func (r *Report) twice(calls []mariadb.DemoCall, resets []time.Time) {
	type stretch struct {
		lead  dialer.LeadID
		after int // resets before it
	}
	dialed := map[stretch]int{}
	for _, c := range calls {
		if !c.Sent {
			continue
		}
		after := 0
		for _, at := range resets {
			if at.Before(c.PlacedAt) {
				after++
			}
		}
		s := stretch{c.LeadID, after}
		dialed[s]++
		if dialed[s] > 1 {
			r.Duplicates++
			r.wrong(c.E164)
		}
	}
}

func (r *Report) wrong(number string) {
	if len(r.Wrong) < 20 && !slices.Contains(r.Wrong, number) {
		r.Wrong = append(r.Wrong, number)
		slices.Sort(r.Wrong)
	}
}

// peak is the most of the moments that lie within one second.
func peak(at []time.Time) int {
	slices.SortFunc(at, time.Time.Compare)
	most, first := 0, 0
	for i, t := range at {
		for t.Sub(at[first]) >= time.Second {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}
