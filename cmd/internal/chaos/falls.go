package chaos

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"trunkline/cmd/internal/rig"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
)

// An Asterisk may end in mid-run without our doing. The one that Debian packs as
// 22.10 does so, rarely, on a loaded machine, when an outgoing call ends that the
// far end has refused or hung up: it reads the call's queue of tasks after it has
// freed it, and ends by SIGSEGV. That is github.com/asterisk/asterisk issue 1985,
// which pull request 2030 has mended for later versions. Operators have it, too, and
// so the run goes on as theirs does: Asterisk is started again as by systemd, the
// calls that were up on it are excused, and everything else is held.
const knownFault = "github.com/asterisk/asterisk issue 1985, a race in the hang-up of outgoing calls, mended by its pull request 2030"

// atKnownFault tells whether a fall was at the place that the fault is known by, as
// the core file of that Asterisk has it: taskprocessor_push, which the packaged
// program does not name, is the last function before ast_tps_init.
func atKnownFault(f rig.Fall) bool { return strings.HasSuffix(f.Site, " and ast_tps_init") }

// fallsAllowed is how many ends by themselves are that rare fault, and not a new one.
func (c *chaos) fallsAllowed() int { return 1 + int(c.For/(5*time.Minute)) }

// fallen is an end of an Asterisk that a run has seen.
type fallen struct {
	rig.Fall
	ours bool // it was killed here, for a crash that nobody expects
}

// keep looks after both Asterisks until it is told that all is over.
func (c *chaos) keep(ctx context.Context) (over func()) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	for _, name := range []string{"asterisk", "carrier"} {
		all.Go(func() {
			since := 0
			c.rig.Keep(ctx, name, rig.Watchmen{
				Fell: func(f rig.Fall) { since = c.fell(ctx, f) },
				Back: func(f rig.Fall, err error) { c.rose(ctx, f, since, err) },
			})
		})
	}
	return func() {
		cancel()
		all.Wait()
	}
}

// expected is the number of a fall that restartAsterisk has brought about, and
// itself looks after.
const expected = -1

// fell notes an end of an Asterisk, and gives its number.
func (c *chaos) fell(ctx context.Context, f rig.Fall) int {
	from := c.moment(ctx, f.At)
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.Name == "asterisk" && c.downing {
		c.downing = false
		return expected
	}
	ours := f.Pid == c.shot
	if ours {
		_ = os.Remove(f.Core) // of use to nobody
	}
	c.falls = append(c.falls, fallen{Fall: f, ours: ours})
	c.deaths = append(c.deaths, death{from: from, to: from.Add(againWithin), carrier: f.Name == "carrier"})
	c.log.Error("Asterisk has ended by itself", "which", f.Name, "pid", f.Pid, "how", f.How, "site", f.Site, "core", f.Core, "simulated", ours)
	if !ours {
		c.say("ASTERISK HAS DIED BY ITSELF: %s (pid %d), %s, at %s; core file: %s", f.Name, f.Pid, f.How, cmp.Or(f.Site, "an unknown place"), f.Core)
	}
	return len(c.deaths) - 1
}

// moment is a moment of this host's clock by the database's, which may be away for
// a while.
func (c *chaos) moment(ctx context.Context, at time.Time) time.Time {
	for ctx.Err() == nil {
		now, err := c.rig.DB.Now(ctx)
		if err == nil {
			return now.Add(-time.Since(at))
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
	return at.UTC()
}

// rose holds an Asterisk that is up again to what is asked after a restart: its
// calls have ended with a cause, its agents were told and are back, its leads may
// be dialed.
func (c *chaos) rose(ctx context.Context, f rig.Fall, number int, err error) {
	if err != nil && ctx.Err() == nil {
		c.late(f.Name+" does not start again", "%v", err)
	}
	if err != nil || number == expected {
		return
	}
	// Until a blow that is being dealt is over nothing can be said of how long it took.
	undisturbed := c.striking.TryLock()
	if !undisturbed {
		c.striking.Lock()
	}
	defer c.striking.Unlock()
	c.mu.Lock()
	died := c.deaths[number]
	c.mu.Unlock()
	back := c.moment(ctx, time.Now())
	c.mu.Lock()
	c.deaths[number].to = back
	c.mu.Unlock()
	if died.carrier {
		return // whom it talked to waits for somebody to hang up: nobody says that a carrier is gone
	}
	up, oldest, err := c.upAt(ctx, died.from)
	if err == nil {
		err = c.rig.Await(ctx, againWithin, func() string { return c.goneWith(ctx, up, oldest) })
	}
	ended := time.Since(f.At)
	if err == nil && undisturbed && ended > endsWithin && c.Strict {
		c.late("calls that went down with Asterisk ended late", "it died by itself: after %s", ended.Round(time.Millisecond))
	}
	if err == nil {
		err = c.rig.Await(ctx, againWithin, func() string { return c.backOnLine(ctx, f.At) })
	}
	if ctx.Err() != nil {
		return // the run is over
	}
	if err != nil {
		c.late("what has to follow when Asterisk dies by itself", "%v", err)
		return
	}
	c.say("Asterisk died (%s) under %d calls: ended in the books after %s, all agents on the line again after %s", f.How, len(up),
		ended.Round(time.Millisecond), time.Since(f.At).Round(time.Millisecond))
}

// upAt are the calls that were up at a moment, by the books, and when the oldest
// of them was placed.
func (c *chaos) upAt(ctx context.Context, at time.Time) (up map[dialer.CallID]mariadb.RigCall, oldest time.Time, err error) {
	all, err := mariadb.NewRig(c.rig.DB).Calls(ctx)
	if err != nil {
		return nil, at, err
	}
	up, oldest = map[dialer.CallID]mariadb.RigCall{}, at
	for _, call := range all {
		if call.PlacedAt.Before(at) && (call.EndedAt == nil || call.EndedAt.After(at)) {
			up[call.ID] = call
			if call.PlacedAt.Before(oldest) {
				oldest = call.PlacedAt
			}
		}
	}
	return up, oldest, nil
}

// late notes a fault that another goroutine than the run's finds.
func (c *chaos) late(kind, format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.found.add(kind, format, args...)
}

// shoot ends the telephony server's Asterisk as a fault in it would, at moments of
// the storm that nobody knows of, o.Crashes times: by SIGSEGV, and nobody is told.
func (c *chaos) shoot(ctx context.Context) {
	rng := rand.New(rand.NewPCG(c.Seed, 2))
	for n := range c.Crashes {
		// In the middle of its part of the storm: what follows is to have its time.
		part := c.For / time.Duration(c.Crashes)
		at := time.Duration(n)*part + part/4 + time.Duration(rng.Int64N(int64(part/2)))
		select {
		case <-ctx.Done():
			return
		case <-time.After(at - time.Since(c.began)):
		}
		pid := c.rig.PBX().Pid
		c.mu.Lock()
		c.shot = pid
		c.mu.Unlock()
		_ = syscall.Kill(pid, syscall.SIGSEGV)
	}
}

// tellFalls says how often an Asterisk ended without being told to, and returns what is
// not excused by that: more ends than a rare fault brings about, or of another kind.
func (c *chaos) tellFalls(e evidence) *faults {
	f := &faults{}
	by := map[string]int{}
	for _, fall := range c.falls {
		if fall.ours {
			by["shot"]++
			continue
		}
		by[fall.Name]++
		if atKnownFault(fall.Fall) {
			by["known"]++
		}
		if fall.Signal != syscall.SIGSEGV {
			f.add("Asterisk has ended by itself, and not by the fault that is known", "%s: %s; core file: %s", fall.Name, fall.How, fall.Core)
		}
	}
	excused := 0
	for _, call := range e.calls {
		if e.wentDown(call) {
			excused++
		}
	}
	if n := by["shot"]; n > 0 {
		c.say("Asterisk was ended by SIGSEGV %d times, of which nobody was told", n)
	}
	if n := by["asterisk"]; n > 0 {
		c.say("ASTERISK DIED BY ITSELF %d times, %d of them at the place of a known fault of it (%s); look into the other core files", n, by["known"], knownFault)
		if n > c.fallsAllowed() {
			f.add("Asterisk dies by itself too often for a fault that is rare", "%d times in %s", n, c.For)
		}
	}
	if n := by["carrier"]; n > 0 {
		c.say("THE CARRIER'S ASTERISK DIED BY ITSELF %d times: a fault of this rig, not of Trunkline", n)
	}
	if len(e.deaths) > 0 {
		c.say("%d calls were up on an Asterisk when it went down, and are not judged by how they ended", excused)
	}
	return f
}

// sentence is the run's last word about an Asterisk that died by itself.
func (c *chaos) sentence() string {
	n := 0
	for _, fall := range c.falls {
		if !fall.ours {
			n++
		}
	}
	if n == 0 {
		return "Nothing was lost."
	}
	return fmt.Sprintf("Nothing was lost, though Asterisk died by itself %d times; known for that is %s.", n, knownFault)
}
