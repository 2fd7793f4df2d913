package capacity

import (
	"fmt"
	"math"
	"time"
)

// What a MariaDB has to do for calls and agents, as `make bench-growth` measured
// it on the database's own count of processor time (docs/cluster.md, "When one
// MariaDB is full"). It is the same for every call however many servers there are.
const (
	databaseCall  = 3800 * time.Microsecond // of a core, for a call placed, with all that follows
	databaseAgent = 280 * time.Microsecond  // of a core each second, for an agent on shift
	databaseCores = 2                       // of the database that was measured
	databaseRoom  = 0.7                     // share of them; beyond that a busy minute finds no room
	databasePace  = 24 * time.Second        // a call placed for each agent: a conversation a minute, two and a half calls for it
)

// databaseWorks is that bound's name, as the page shows it.
const databaseWorks = "database work"

const growDatabase = "give the database a host of its own with more cores and a fast disk, then measure it: make bench-growth ARGS=\"--parts full\"; what is more than the largest host carries goes to a second system with campaigns of its own"

// DatabaseFull is at how many agents one MariaDB of the measured size is full, if
// a call is placed for each of them every pace.
func DatabaseFull() (agents, cores int, pace time.Duration) {
	each := databaseCall.Seconds()/databasePace.Seconds() + databaseAgent.Seconds()
	return int(databaseRoom*databaseCores/each/100) * 100, databaseCores, databasePace
}

// databaseWork is what calls placed within a minute and agents on shift ask of the
// database, as a share of what the measured one can do.
func databaseWork(calls, agents int) float64 {
	return (float64(calls)/60*databaseCall.Seconds() + float64(agents)*databaseAgent.Seconds()) / (databaseRoom * databaseCores)
}

// load is what all servers together carried in a minute.
type load struct{ calls, agents int }

// work notes each minute's work of the database. It grows with calls and agents
// alone, so that few of them tell as well as many when it will be full.
func work(total map[time.Time]load, note func(at time.Time, share float64, says string, agents int)) {
	for at, l := range total {
		if l.calls == 0 && l.agents == 0 {
			continue
		}
		note(at, databaseWork(l.calls, l.agents),
			fmt.Sprintf("%.1f calls a second, %d agents, on %d cores", float64(l.calls)/60, l.agents, databaseCores), l.agents)
	}
}

// fullAt is the number of agents at which a share that grows with them is 1.
func fullAt(agents int, share float64) int { return int(math.Floor(float64(agents) / share)) }
