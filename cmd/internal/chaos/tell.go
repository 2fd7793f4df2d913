package chaos

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/rig"
)

// join takes over another list.
func (f *faults) join(other *faults) {
	for _, kind := range other.kinds {
		for _, example := range other.examples[kind] {
			f.add(kind, "%s", example)
		}
		f.count[kind] += other.count[kind] - len(other.examples[kind])
	}
}

// tell prints the run's numbers.
func (c *chaos) tell(e evidence) {
	sent, answered, talked, dropped, unsent, died := 0, 0, 0, 0, 0, 0
	for _, call := range e.calls {
		if !call.Sent {
			unsent++
			continue
		}
		sent++
		if call.AnsweredAt != nil {
			answered++
		}
		if call.BridgedAt != nil {
			talked++
		}
		if call.Status == "DROP" {
			dropped++
		}
		if call.Cause == causeLost {
			died++
		}
	}
	c.say("%d calls in the books: %d sent, %d never sent and said so; %d INVITEs at the carrier", len(e.calls), sent, unsent, len(e.ledger))
	c.say("%d answered, %d with an agent, %d dropped, %d that went down with Asterisk; %d resets of the list", answered, talked, dropped, died, len(e.resets))
	var all []string
	for _, name := range slices.Sorted(maps.Keys(c.counts)) {
		all = append(all, fmt.Sprintf("%d × %s", c.counts[name], name))
	}
	c.say("blows: %s", strings.Join(all, ", "))
	took := map[string][]time.Duration{}
	for _, r := range c.restarts {
		took[r.what] = append(took[r.what], r.took)
	}
	for _, what := range slices.Sorted(maps.Keys(took)) {
		d := took[what]
		slices.Sort(d)
		c.say("at work again after %s: median %s, longest %s", what, d[len(d)/2].Round(time.Millisecond), d[len(d)-1].Round(time.Millisecond))
	}
}

// measure prints the sizes every minute.
func (c *chaos) measure(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	began := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			c.say("%s: %s", time.Since(began).Round(time.Minute), c.sizes())
		}
	}
}

// sizes are the memory and the goroutines of each daemon.
func (c *chaos) sizes() string {
	var all []string
	for _, role := range rig.Roles {
		all = append(all, fmt.Sprintf("%s %s %d goroutines", role, size(c.rig.Pid(role)), c.goroutines(role)))
	}
	return strings.Join(append(all, "asterisk "+size(c.rig.PBX().Pid), "mariadbd "+size(c.rig.Pid("mariadbd"))), ", ")
}

// goroutines are those of a daemon, by its last beat; 0: not known.
func (c *chaos) goroutines(role string) int {
	beat, _ := os.ReadFile(app.BeatFile(c.rig.Cfg, role))
	n, _, _ := strings.Cut(string(beat), " ")
	count, err := strconv.Atoi(n)
	if err != nil {
		return 0
	}
	return count
}

// rested waits until no daemon has more goroutines than it had with everybody
// at the desk and no call up, and says which keeps some.
func (c *chaos) rested(ctx context.Context) error {
	err := c.rig.Await(ctx, 30*time.Second, func() string {
		for _, role := range rig.Roles {
			if now, seated := c.goroutines(role), c.seated[role]; now > seated {
				return fmt.Sprintf("%s has %d goroutines, %d when everybody had sat down", role, now, seated)
			}
		}
		return ""
	})
	c.say("at rest: %s", c.sizes())
	return err
}

// size is a process' memory.
func size(pid int) string {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return "away"
	}
	for line := range strings.Lines(string(raw)) {
		name, value, _ := strings.Cut(line, ":")
		if name == "VmRSS" {
			kb, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
			if err == nil {
				return fmt.Sprintf("%d MB", kb/1024)
			}
		}
	}
	return "?"
}
