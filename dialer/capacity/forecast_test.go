package capacity

import (
	"testing"
	"time"
)

var nine = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func day(agents int, of func(i int, s *Sample)) (all []Sample) {
	for i := range 120 {
		s := Sample{Server: 1, At: nine.Add(time.Duration(i) * time.Minute), Agents: agents, DiskSize: 100 << 30, DiskFree: 80 << 30, DBBound: 150, DBConnections: 15}
		of(i, &s)
		all = append(all, s)
	}
	return all
}

var one = []Bounded{{ID: 1, Name: "box", Telephony: true, MaxLines: 100, MaxCPS: 20}}

func TestWhatRunsOutFirstAndAtHowManyAgents(t *testing.T) {
	f := Look(day(20, func(i int, s *Sample) {
		s.Lines, s.CPS, s.CPU, s.Memory = 40, 4, 0.25, 0.3
		if i == 30 {
			s.Lines = 50 // the fullest minute
		}
	}), one, time.UTC)
	if f.First == nil || f.First.What != "lines" || f.First.FullAt != 40 || f.First.Says != "50 of 100 lines" || !f.First.At.Equal(nine.Add(30*time.Minute)) {
		t.Errorf("%+v", f.First)
	}
	if f.Lean || !f.One || f.Agents != 20 {
		t.Errorf("%+v", f)
	}
	if h := f.First.Hours; h[9] != 0.5 || h[10] != 0.4 || h[8] != 0 {
		t.Errorf("by hour %v", h)
	}
}

func TestAQuietBoxIsEnough(t *testing.T) {
	f := Look(day(5, func(_ int, s *Sample) { s.Lines, s.CPU, s.Memory = 10, 0.05, 0.2 }), one, time.UTC)
	if !f.Lean || f.First == nil || f.First.What != "memory" || f.First.FullAt != 25 {
		t.Errorf("%+v", f)
	}
	// Nobody at work says nothing of what an agent costs.
	f = Look(day(0, func(_ int, s *Sample) { s.CPU = 0.4 }), one, time.UTC)
	if f.First != nil {
		t.Errorf("%+v", f.First)
	}
	if f := Look(nil, one, time.UTC); f.First != nil || len(f.Uses) != 0 || !f.Lean {
		t.Errorf("%+v", f)
	}
}

// What is used while nobody is at work is no agent's.
func TestWhatIsUsedWithoutAgentsIsLeftOut(t *testing.T) {
	f := Look(day(0, func(i int, s *Sample) {
		s.Memory, s.CPU, s.DBBound, s.DBConnections = 0.4, 0.02, 100, 20
		if i%4 == 2 {
			s.Memory = 0.43 // something else was done
		}
		if i%2 == 1 {
			s.Agents, s.Memory, s.CPU, s.DBConnections, s.Lines = 10, 0.46, 0.31, 20, 20
		}
	}), one, time.UTC)
	full := map[string]int{}
	for _, u := range f.Uses {
		full[u.What] = u.FullAt
	}
	// 6 of the 60 % that are left of the memory, 29 of 98 % of the processor.
	if full["memory"] != 100 || full["processor"] != 33 || full["lines"] != 50 || full["database connections"] != 0 {
		t.Errorf("full at %v", full)
	}
	if f.First == nil || f.First.What != "processor" {
		t.Errorf("first %+v, though the memory is fuller", f.First)
	}
}

// Two servers have bounds of their own; a web server's load is all agents'.
func TestEachServerHasItsOwnBounds(t *testing.T) {
	servers := []Bounded{{ID: 1, Name: "tel-1", Telephony: true, MaxLines: 100}, {ID: 2, Name: "tel-2", Telephony: true, MaxLines: 10}, {ID: 3, Name: "web"}}
	var all []Sample
	for id, lines := range map[int]int{1: 20, 2: 9, 3: 0} {
		for _, s := range day(10, func(_ int, s *Sample) { s.Lines = lines }) {
			s.Server = servers[id-1].ID
			if id == 3 {
				s.Agents, s.CPU = 0, 0.5
			}
			all = append(all, s)
		}
	}
	f := Look(all, servers, time.UTC)
	if f.Agents != 20 || f.First == nil || f.First.Server != "tel-2" || f.First.FullAt != 11 || f.One {
		t.Errorf("%+v of %d agents", f.First, f.Agents)
	}
	for _, u := range f.Uses {
		if u.Server == "web" && u.What == "processor" && u.FullAt != 40 {
			t.Errorf("the web server is full at %d agents, want 40", u.FullAt)
		}
		if u.Server == "web" && u.What == "lines" {
			t.Error("a web server has no lines")
		}
	}
}

func TestADiskLastsAsLongAsItIsFilled(t *testing.T) {
	f := Look(day(5, func(i int, s *Sample) { s.DiskFree = (80 << 30) - int64(i)<<23 }), one, time.UTC) // 119 times 8 MB in 119 minutes
	for _, u := range f.Uses {
		if u.What == "disk" && (u.Days < 6.9 || u.Days > 7.1) {
			t.Errorf("the disk lasts %.2f days, want 7", u.Days)
		}
	}
}

// The database's work is known by call and agent: at the measured pace it is full
// at the measured number of agents, however few there are now.
func TestWhenTheDatabaseIsFull(t *testing.T) {
	agents, cores, pace := DatabaseFull()
	if agents != 3100 || cores != 2 || pace != 24*time.Second {
		t.Errorf("%d agents on %d cores at a call every %s: docs/cluster.md says otherwise", agents, cores, pace)
	}
	two := []Bounded{{ID: 1, Name: "tel-1", Telephony: true}, {ID: 2, Name: "tel-2", Telephony: true}}
	var all []Sample
	for _, s := range two {
		// 24 agents on both, a call every 24 s for each: 60 a minute in all.
		for _, m := range day(12, func(_ int, m *Sample) { m.Calls = 30 }) {
			m.Server = s.ID
			all = append(all, m)
		}
	}
	for _, u := range Look(all, two, time.UTC).Uses {
		if u.What != databaseWorks {
			continue
		}
		if u.FullAt < 3100 || u.FullAt > 3200 || u.Agents != 24 || u.Says != "1.0 calls a second, 24 agents, on 2 cores" || u.Hours[9] != u.Share {
			t.Errorf("%+v", u)
		}
		return
	}
	t.Error("the database's work is not there")
}

func TestTheHostIsRead(t *testing.T) {
	busy, all := ticks([]byte("cpu  100 20 30 800 50 5 5 10 7 7\ncpu0 1 1 1 1\n"))
	if busy != 170 || all != 1020 {
		t.Errorf("%d of %d ticks", busy, all)
	}
	if m := memory([]byte("MemTotal:       1000 kB\nMemFree: 1 kB\nMemAvailable:    250 kB\n")); m != 0.75 {
		t.Errorf("memory %v", m)
	}
	h := &Host{Dir: t.TempDir()}
	if u := h.Look(); u.CPU != 0 || u.DiskSize == 0 || u.Memory <= 0 {
		t.Errorf("the first look: %+v", u)
	}
}
