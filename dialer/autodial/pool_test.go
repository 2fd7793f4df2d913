package autodial

import (
	"testing"
	"time"

	"trunkline/dialer"
)

// TestAgentWhoseCallHasCrossedIsBusy, whatever their server said before.
func TestAgentWhoseCallHasCrossedIsBusy(t *testing.T) {
	at := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	reports := []Report{
		{Server: 1, At: at, Floor: dialer.Floor{Ready: 1, Crossed: []dialer.Crossed{
			{To: 2, At: at.Add(-100 * time.Millisecond)}, {To: 2, At: at.Add(-300 * time.Millisecond)}, {To: 3, At: at.Add(-time.Millisecond)},
		}}},
		{Server: 2, At: at.Add(-200 * time.Millisecond), Floor: dialer.Floor{Ready: 3, Talking: 1}},
		{Server: 3, At: at.Add(-time.Second), Floor: dialer.Floor{}},
	}
	seat(reports)
	for i, want := range [][2]int{{1, 0}, {2, 2}, {0, 0}} {
		if f := reports[i].Floor; f.Ready != want[0] || f.Talking != want[1] {
			t.Errorf("server %d: %d ready and %d talking, want %v", i+1, f.Ready, f.Talking, want)
		}
	}
}

// TestOneTeamTakesEveryTrunk.
func TestOneTeamTakesEveryTrunk(t *testing.T) {
	a, b := Report{Server: 1, Delivered: true}, Report{Server: 2, Delivered: true}
	if !oneTeam([]Report{a, b}) {
		t.Error("all trunks lead somewhere")
	}
	b.Out = []dialer.ServerID{3} // it is dead, and reports nothing
	if !oneTeam([]Report{a, b}) {
		t.Error("a server that does not work the campaign parts no team")
	}
	b.Out = []dialer.ServerID{1}
	if oneTeam([]Report{a, b}) {
		t.Error("2 does not reach 1")
	}
	b.Out, b.Delivered = nil, false
	if oneTeam([]Report{a, b}) {
		t.Error("no call crosses to 2")
	}
}

// TestShareIsUnderWayUntilItsServerTells, however long it takes from a share to the
// calls that come of it: what is taken for void too early is dialed twice.
func TestShareIsUnderWayUntilItsServerTells(t *testing.T) {
	at := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	g := given{Mark{1, 7}, 2, at}
	for _, test := range []struct {
		what string
		said time.Duration // when the server's last report was made
		last Mark          // that it has acted upon
		now  time.Duration
		want bool
	}{
		{"it may act upon it yet", time.Second, Mark{1, 6}, time.Second, true},
		{"it may have acted upon it right after that report, and be busy since", time.Second, Mark{1, 6}, 4 * time.Second, true},
		{"it has told of the calls", 1200 * time.Millisecond, Mark{1, 7}, 1300 * time.Millisecond, false},
		{"the share was void and not acted upon", 1600 * time.Millisecond, Mark{1, 6}, 1700 * time.Millisecond, false},
		{"it is not heard of any more", -time.Second, Mark{1, 6}, 5 * time.Second, false},
	} {
		if got := g.open(Report{At: at.Add(test.said), Acted: test.last}, at.Add(test.now)); got != test.want {
			t.Errorf("%s: open %v", test.what, got)
		}
	}
}
