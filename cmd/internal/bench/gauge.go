package bench

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/rig"
	"trunkline/sql/mariadb"
)

// reading is what the counters say at a moment.
type reading struct {
	at    time.Time
	all   int64                       // SQL statements of every role, the agents' pages included
	asked int64                       // those of listen
	roles map[string]map[string]int64 // what every role has asked, by verb and table
	cpu   map[string]time.Duration    // by program
}

// Programs whose share of the machine is told, beside the roles.
const (
	progPBX     = "asterisk"
	progCarrier = "carrier"
	progMariaDB = "mariadb"
	progBench   = "bench" // the agents' hands, and the bare client
)

// programs are all that work at the measured calls, by their processes.
func programs(r *rig.Rig) map[string]int {
	all := map[string]int{
		progPBX: r.PBX().Pid, progCarrier: r.Carrier.Pid, progMariaDB: r.MariaDB().Pid(), progBench: os.Getpid(),
	}
	for _, role := range rig.Roles {
		all[role] = r.Pid(role)
	}
	return all
}

// share is how much of a core each program has taken between two readings, in
// percent.
func share(before, after reading) map[string]float64 {
	all := map[string]float64{}
	for name, used := range after.cpu {
		all[name] = 100 * (used - before.cpu[name]).Seconds() / after.at.Sub(before.at).Seconds()
	}
	return all
}

func gauge(ctx context.Context, r *rig.Rig) (reading, error) {
	counters, err := mariadb.NewRig(r.DB).Counters(ctx, "Com_select", "Com_insert", "Com_update", "Com_delete")
	if err != nil {
		return reading{}, err
	}
	all := int64(0)
	for _, n := range counters {
		all += n
	}
	cpu := map[string]time.Duration{}
	for name, pid := range programs(r) {
		cpu[name], err = cpuOf(pid)
		if err != nil {
			return reading{}, err
		}
	}
	roles := map[string]map[string]int64{}
	for _, role := range rig.Roles {
		roles[role] = r.Asked.Kinds(r.Pid(role))
	}
	return reading{time.Now(), all, r.Asked.Of(r.Pid(app.RoleListen)), roles, cpu}, nil
}

// more is by how much each kind has grown between two counts, as a share of by.
func more(before, after map[string]int64, by float64) map[string]float64 {
	all := map[string]float64{}
	for kind, asked := range after {
		if n := asked - before[kind]; n > 0 {
			all[kind] = float64(n) / by
		}
	}
	return all
}

// cpuOf is the user and system time of a process.
func cpuOf(pid int) (time.Duration, error) {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, err
	}
	// The name in parentheses may hold blanks.
	_, rest, ok := strings.Cut(string(raw), ") ")
	f := strings.Fields(rest)
	if !ok || len(f) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat has an unknown form", pid)
	}
	ticks := int64(0)
	for _, field := range f[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	const perSecond = 100 // USER_HZ, on every architecture that Go and Linux share
	return time.Duration(ticks) * time.Second / perSecond, nil
}

// shares names the programs, the hungriest first.
func shares(cpu map[string]float64) string {
	names := slices.SortedFunc(maps.Keys(cpu), func(a, b string) int {
		return cmp.Or(cmp.Compare(cpu[b], cpu[a]), cmp.Compare(a, b))
	})
	total := 0.0
	for i, name := range names {
		total += cpu[name]
		names[i] = fmt.Sprintf("%s %.0f", name, cpu[name])
	}
	return fmt.Sprintf("%s; together %.0f of %d", strings.Join(names, ", "), total, 100*runtime.NumCPU())
}
