package bench

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/rig"
	"trunkline/sql/mariadb"
)

// reading is what the counters say at a moment.
type reading struct {
	at     time.Time
	all    int64 // SQL statements of every role, the agents' pages included
	asked  int64 // those of listen
	kinds  map[string]int64
	listen time.Duration // CPU of listen
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
	pid := r.Pid(app.RoleListen)
	cpu, err := cpuOf(pid)
	return reading{time.Now(), all, r.Asked.Of(pid), r.Asked.Kinds(pid), cpu}, err
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
