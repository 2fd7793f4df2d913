package capacity

import (
	"strings"
	"testing"
	"time"

	"trunkline/dialer/capacity"
)

// The page says plainly that one box is enough while it is, and what to add when
// it is not.
func TestTheAdvice(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	box := []capacity.Bounded{{ID: 1, Name: "box", Telephony: true, MaxLines: 100, MaxCPS: 20}}
	use := func(lines, agents int) model {
		return newModel(capacity.Look([]capacity.Sample{{Server: 1, At: at, Lines: lines, Agents: agents, CPU: 0.1, Memory: 0.1, DBBound: 100, DBConnections: 10}}, box, time.UTC), time.UTC)
	}
	for _, c := range []struct {
		m     model
		look  string
		words []string
	}{
		{use(20, 10), "good", []string{"One box is enough.", "lines of box", "about 50 agents", "add a telephony server"}},
		{use(75, 30), "watch", []string{"The lines of box run out first, at about 40 agents.", "30 agents used 75 of 100 lines"}},
		{use(95, 38), "bad", []string{"The lines of box are at their bound now.", "add a telephony server"}},
		{newModel(capacity.Look([]capacity.Sample{{Server: 1, At: at, Agents: 30, CPU: 0.8}}, box, time.UTC), time.UTC), "watch", []string{"The processor of box runs out first, at about 37 agents."}},
		{newModel(capacity.Look([]capacity.Sample{{Server: 1, At: at, Agents: 30, CPU: 0.95}}, box, time.UTC), time.UTC), "bad", []string{"The processor of box is at its bound now."}},
		{use(5, 0), "good", []string{"One box is enough.", "Too few agents"}},
		{newModel(capacity.Look(nil, box, time.UTC), time.UTC), "info", []string{"Nothing was measured"}},
	} {
		if c.m.Look != c.look {
			t.Errorf("%q is shown as %s, want %s", c.m.Head, c.m.Look, c.look)
		}
		for _, w := range c.words {
			if !strings.Contains(c.m.Head+" "+c.m.Says, w) {
				t.Errorf("%q is not in: %s %s", w, c.m.Head, c.m.Says)
			}
		}
	}
	m := use(95, 38)
	if r := m.Rows[0]; r.What != "lines" || r.Full != "40 agents" || r.Class != "bad" || r.Add == "" || r.Hours[9].Share != "95 %" || r.Hours[8].H != "0" {
		t.Errorf("%+v", r)
	}
	disk := newModel(capacity.Look([]capacity.Sample{
		{Server: 1, At: at, Agents: 5, DiskFree: 50 << 30, DiskSize: 100 << 30}, {Server: 1, At: at.Add(time.Hour), Agents: 5, DiskFree: 40 << 30, DiskSize: 100 << 30},
	}, box, time.UTC), time.UTC)
	for _, r := range disk.Rows {
		if r.What == "disk" && r.Full != "within a day" {
			t.Errorf("a disk that is full in four hours: %q", r.Full)
		}
	}
}
