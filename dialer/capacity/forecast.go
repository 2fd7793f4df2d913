package capacity

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"trunkline/dialer"
)

// Bounded is a server with what bounds it.
type Bounded struct {
	ID        dialer.ServerID
	Name      string
	Telephony bool
	MaxLines  int     // calls at once
	MaxCPS    float64 // new calls a second
}

// Use is how full one bound was: at its fullest, and by the hour.
type Use struct {
	Server   string // "": of the whole system
	What     string // in words: lines, new calls a second, processor …
	Share    float64
	At       time.Time // of the fullest minute
	Says     string    // 84 of 100
	Hours    [24]float64
	Seen     bool    // anything was measured
	Agents   int     // on shift on what the bound holds for, in the fullest minute
	FullAt   int     // agents at which it would be full, if it grows with them; 0: not known
	Add      string  // what to add then
	Straight bool    // it grows with agents; the disk grows with time
	Days     float64 // until a disk is full, at the day's pace; 0: not known

	idle *float64 // the least that was used in a minute without agents; nil: there was none
}

// agents is how many it would be full at, if what it is used for beyond its idle
// share grows with them; 0: that does not tell.
func (u *Use) agents() int {
	idle := 0.0
	if u.idle != nil {
		idle = *u.idle
	}
	if u.Share <= idle {
		return 0
	}
	return fullAt(u.Agents, (u.Share-idle)/(1-idle))
}

// Forecast is how full everything is, what runs out first, and when.
type Forecast struct {
	Uses   []Use // fullest first
	Agents int   // most on shift at once, over all servers
	First  *Use  // what runs out first of what grows with agents; nil: nothing was busy enough to tell
	Lean   bool  // less than half of everything is used
	One    bool  // there is one server
}

// busyAgents is how many agents there must have been for a share to say what one
// agent costs.
const busyAgents = 3

// idleFrom is a share below which what is used tells nothing of what an agent costs.
const idleFrom = 0.02

// Look works out a day's forecast from its samples. Hours are those of zone.
func Look(samples []Sample, servers []Bounded, zone *time.Location) Forecast {
	var f Forecast
	f.One = len(servers) <= 1
	by := map[dialer.ServerID]Bounded{}
	for _, s := range servers {
		by[s.ID] = s
	}
	uses := map[string]*Use{}
	total := map[time.Time]load{} // over all servers, by minute
	for _, s := range samples {
		l := total[s.At]
		total[s.At] = load{l.calls + s.Calls, l.agents + s.Agents}
	}
	for _, l := range total {
		f.Agents = max(f.Agents, l.agents)
	}
	note := func(server, what, add string, straight bool, s Sample, share float64, says string, agents int) {
		key := server + "\x00" + what
		u := uses[key]
		if u == nil {
			u = &Use{Server: server, What: what, Add: add, Straight: straight}
			uses[key] = u
		}
		h := s.At.In(zone).Hour()
		u.Hours[h] = max(u.Hours[h], share)
		if agents == 0 && (u.idle == nil || share < *u.idle) {
			u.idle = &share
		}
		if !u.Seen || share > u.Share {
			u.Seen, u.Share, u.At, u.Says, u.Agents = true, share, s.At, says, agents
		}
	}
	for _, s := range samples {
		b, ok := by[s.Server]
		if !ok {
			continue
		}
		if b.Telephony {
			if b.MaxLines > 0 {
				note(b.Name, "lines", "raise the server's lines, if the carrier's contract and the processor allow it, or add a telephony server", true,
					s, float64(s.Lines)/float64(b.MaxLines), fmt.Sprintf("%d of %d lines", s.Lines, b.MaxLines), s.Agents)
			}
			if b.MaxCPS > 0 {
				note(b.Name, "new calls", "raise the server's calls a second, if the carrier takes them, or add a telephony server", true,
					s, s.CPS/b.MaxCPS, fmt.Sprintf("%.1f of %.1f a second", s.CPS, b.MaxCPS), s.Agents)
			}
		}
		carries := s.Agents
		if !b.Telephony {
			carries = total[s.At].agents
		}
		grow := "add a telephony server: trunkline invite"
		if !b.Telephony {
			grow = "add a web server behind the balancer: trunkline invite --roles web"
		}
		note(b.Name, "processor", grow, true, s, s.CPU, percent(s.CPU), carries)
		note(b.Name, "memory", grow+", or memory", true, s, s.Memory, percent(s.Memory), carries)
		if s.DiskSize > 0 {
			used := 1 - float64(s.DiskFree)/float64(s.DiskSize)
			note(b.Name, "disk", "a larger disk for recordings, or keep them for a shorter time: trunkline retention", false, s, used,
				fmt.Sprintf("%.0f GB free of %.0f", float64(s.DiskFree)/(1<<30), float64(s.DiskSize)/(1<<30)), carries)
		}
		if s.DBBound > 0 {
			note("", "database connections", "raise max_connections of the database server", true, s, float64(s.DBConnections)/float64(s.DBBound),
				fmt.Sprintf("%d of %d", s.DBConnections, s.DBBound), total[s.At].agents)
		}
	}
	work(total, func(at time.Time, share float64, says string, agents int) {
		note("", databaseWorks, growDatabase, true, Sample{At: at}, share, says, agents)
	})
	for _, u := range uses {
		if u.Straight && u.Agents >= busyAgents && (u.Share > idleFrom || u.What == databaseWorks) {
			u.FullAt = u.agents()
		}
		f.Uses = append(f.Uses, *u)
	}
	days(f.Uses, samples, by)
	slices.SortFunc(f.Uses, func(a, b Use) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.Server, b.Server), cmp.Compare(a.What, b.What))
	})
	f.Lean = true
	for i, u := range f.Uses {
		f.Lean = f.Lean && u.Share < 0.5
		// What has room for the fewest times as many agents.
		if u.FullAt > 0 && (f.First == nil || u.FullAt*f.First.Agents < f.First.FullAt*u.Agents) {
			f.First = &f.Uses[i]
		}
	}
	return f
}

// days says how long each disk lasts at the day's pace.
func days(uses []Use, samples []Sample, by map[dialer.ServerID]Bounded) {
	first, last := map[string]Sample{}, map[string]Sample{}
	for _, s := range samples {
		name := by[s.Server].Name
		if a, ok := first[name]; !ok || s.At.Before(a.At) {
			first[name] = s
		}
		if z, ok := last[name]; !ok || s.At.After(z.At) {
			last[name] = s
		}
	}
	for i := range uses {
		a, z := first[uses[i].Server], last[uses[i].Server]
		span, eaten := z.At.Sub(a.At), a.DiskFree-z.DiskFree
		if uses[i].What == "disk" && span >= time.Hour && eaten > 0 {
			uses[i].Days = float64(z.DiskFree) / float64(eaten) * span.Hours() / 24
		}
	}
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }
