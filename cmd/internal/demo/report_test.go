package demo

import (
	"strings"
	"testing"
	"time"

	asteriskconf "trunkline/asterisk-conf"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func at(ms int) time.Time { return noon.Add(time.Duration(ms) * time.Millisecond) }

func call(id int, number string, ms int) mariadb.DemoCall {
	end := at(ms + 5000)
	return mariadb.DemoCall{ID: dialer.CallID(id), LeadID: dialer.LeadID(id), E164: number, Sent: true, PlacedAt: at(ms), EndedAt: &end, Status: dialer.StatusNoAnswer}
}

func connected(id int, number string, ms, wait int) mariadb.DemoCall {
	c := call(id, number, ms)
	answered, bridged := at(ms+1000), at(ms+1000+wait)
	c.AnsweredAt, c.BridgedAt, c.Status = &answered, &bridged, "NI"
	return c
}

func invite(c mariadb.DemoCall, behaviour string) asteriskconf.Entry {
	return asteriskconf.Entry{Number: strings.TrimPrefix(c.E164, "+"), Call: c.ID.String(), Behaviour: behaviour}
}

func TestReportCounts(t *testing.T) {
	a, b, c := connected(1, "+12125550150", 0, 2), connected(2, "+12125550151", 100, 40), call(3, "+12125550152", 1050)
	early, late := at(900), at(1135)
	a.ReadyAt, b.ReadyAt = &early, &late // b waited 35 ms for its agent
	c.Status = dialer.StatusBusy
	d := call(4, "+12125550153", 3000)
	answered := at(3500)
	d.AnsweredAt, d.Status = &answered, dialer.StatusDrop
	unsent := call(5, "+12125550154", 0)
	unsent.Sent = false
	r := compare([]mariadb.DemoCall{a, b, c, d, unsent},
		[]asteriskconf.Entry{invite(a, "human"), invite(b, "machine"), invite(c, "busy"), invite(d, "early")}, nil)
	r.Wrong = nil
	want := Report{
		CallsPlaced: 4, CarrierInvites: 4, Answered: 3, Humans: 2, Machines: 1, Busy: 1, Connected: 2, Abandoned: 1,
		AnswerToAgent: Quantiles{2, 40}, Handover: Quantiles{2, 5}, CPSPeak: 2, Unsent: 1,
	}
	if got := r; got.verdict() != "" || !same(got, want) {
		t.Errorf("got  %+v\nwant %+v\nverdict %q", got, want, got.verdict())
	}
}

func same(a, b Report) bool {
	a.Wrong, b.Wrong = nil, nil
	return a.CallsPlaced == b.CallsPlaced && a.CarrierInvites == b.CarrierInvites && a.Answered == b.Answered && a.Humans == b.Humans &&
		a.Machines == b.Machines && a.Busy == b.Busy && a.Connected == b.Connected && a.Abandoned == b.Abandoned &&
		a.AnswerToAgent == b.AnswerToAgent && a.Handover == b.Handover && a.CPSPeak == b.CPSPeak && a.Unsent == b.Unsent && a.Duplicates == b.Duplicates && a.Lost == b.Lost
}

func TestDuplicatesAndLost(t *testing.T) {
	a, b := connected(1, "+12125550150", 0, 2), connected(2, "+12125550151", 10, 2)
	again := connected(3, "+12125550150", 5000, 2)
	again.LeadID = a.LeadID
	stranger := asteriskconf.Entry{Number: "13125550177", Call: "77"}
	for name, c := range map[string]struct {
		calls            []mariadb.DemoCall
		ledger           []asteriskconf.Entry
		resets           []time.Time
		duplicates, lost int
	}{
		"as it should be":             {[]mariadb.DemoCall{a, b}, []asteriskconf.Entry{invite(b, ""), invite(a, "")}, nil, 0, 0},
		"an INVITE twice":             {[]mariadb.DemoCall{a, b}, []asteriskconf.Entry{invite(a, ""), invite(a, ""), invite(b, "")}, nil, 1, 0},
		"an INVITE without row":       {[]mariadb.DemoCall{a}, []asteriskconf.Entry{invite(a, ""), stranger}, nil, 0, 1},
		"a row without INVITE":        {[]mariadb.DemoCall{a, b}, []asteriskconf.Entry{invite(a, "")}, nil, 0, 1},
		"one of each hides no other":  {[]mariadb.DemoCall{a, b}, []asteriskconf.Entry{invite(a, ""), invite(a, "")}, nil, 1, 1},
		"a lead twice":                {[]mariadb.DemoCall{a, again}, []asteriskconf.Entry{invite(a, ""), invite(again, "")}, nil, 1, 0},
		"a lead again after a reset":  {[]mariadb.DemoCall{a, again}, []asteriskconf.Entry{invite(a, ""), invite(again, "")}, []time.Time{at(3000)}, 0, 0},
		"a lead twice after a reset":  {[]mariadb.DemoCall{a, again}, []asteriskconf.Entry{invite(a, ""), invite(again, "")}, []time.Time{at(-10)}, 1, 0},
		"nothing at all at a carrier": {[]mariadb.DemoCall{a, b}, nil, nil, 0, 2},
	} {
		t.Run(name, func(t *testing.T) {
			r := compare(c.calls, c.ledger, c.resets)
			if r.Duplicates != c.duplicates || r.Lost != c.lost {
				t.Errorf("duplicates %d, lost %d; want %d, %d", r.Duplicates, r.Lost, c.duplicates, c.lost)
			}
			if (r.verdict() != "") != (c.duplicates+c.lost > 0) || (len(r.Wrong) > 0) != (c.duplicates+c.lost > 0) {
				t.Errorf("verdict %q, numbers %v", r.verdict(), r.Wrong)
			}
		})
	}
}

func TestARunWithoutConnectedCallsFails(t *testing.T) {
	if why := compare(nil, nil, nil).verdict(); why == "" {
		t.Error("nothing was connected, and the verdict is good")
	}
}

func TestPercentile(t *testing.T) {
	var all []time.Duration
	for i := range 100 {
		all = append(all, time.Duration(100-i))
	}
	for p, want := range map[int]time.Duration{50: 50, 99: 99, 100: 100, 1: 1} {
		if got := percentile(all, p); got != want {
			t.Errorf("p%d is %d, want %d", p, got, want)
		}
	}
	if percentile(nil, 50) != 0 || percentile(all[:1], 99) != 100 {
		t.Error("of nothing, or of one")
	}
}

// TestFewCallsTellLittle: after a short run nobody is frightened by a simulated
// abandonment of twenty per cent.
func TestFewCallsTellLittle(t *testing.T) {
	for _, c := range []struct {
		run, simulated int
		few            bool
	}{{2, 1, true}, {500, 99, true}, {100, 100, false}} {
		p := Pace{Live: c.run}
		p.Predicted.Live = c.simulated
		if got := strings.Contains(p.show(), "means little"); got != c.few {
			t.Errorf("of %d and %d live answers: %t\n%s", c.run, c.simulated, got, p.show())
		}
	}
}
