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

// measure looks at the sizes every second, and prints them every minute.
func (c *chaos) measure(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for printed := time.Duration(0); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		after := time.Since(c.began)
		c.sizes.take(after, c.look())
		if after-printed >= time.Minute {
			printed = after.Truncate(time.Minute)
			c.say("%s: %s", printed, c.sizesNow())
		}
	}
}

// look is what each process has now; one that is away is left out.
func (c *chaos) look() map[string]sample {
	now := map[string]sample{}
	put := func(name string, pid, goroutines int) {
		if kb := resident(pid); kb > 0 {
			now[name] = sample{pid: pid, kb: kb, goroutines: goroutines}
		}
	}
	for _, role := range rig.Roles {
		put(role, c.rig.Pid(role), c.goroutines(role))
	}
	put("asterisk", c.rig.PBX().Pid, 0)
	put("mariadbd", c.rig.Pid("mariadbd"), 0)
	return now
}

// sizesNow are the memory and the goroutines of each daemon.
func (c *chaos) sizesNow() string {
	now := c.look()
	var all []string
	for _, role := range rig.Roles {
		all = append(all, fmt.Sprintf("%s %s %d goroutines", role, now[role], now[role].goroutines))
	}
	return strings.Join(append(all, "asterisk "+now["asterisk"].String(), "mariadbd "+now["mariadbd"].String()), ", ")
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
	c.say("at rest: %s", c.sizesNow())
	return err
}

// resident is a process' memory in kB; 0: it is away.
func resident(pid int) int {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		name, value, _ := strings.Cut(line, ":")
		if name == "VmRSS" {
			kb, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
			return kb
		}
	}
	return 0
}
