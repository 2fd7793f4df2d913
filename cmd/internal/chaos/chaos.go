package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/demo"
	"trunkline/cmd/internal/rig"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
)

// Options are what can be asked of a run.
type Options struct {
	Dir      string // where everything lies
	Asterisk string // folder with an Asterisk root, for hosts without Asterisk
	Seed     uint64
	For      time.Duration // of the storm
	Agents   int
	CPS      float64
	Every    time.Duration // between two blows, on average; 0: 5 s
	Only     string        // blows whose name contains it; "": all
	Outbound bool          // Asterisk connects to listen for its events, not listen to Asterisk
	Restarts bool          // Asterisk is restarted after the storm
	Crashes  int           // Asterisk is ended by SIGSEGV in the storm, so often, and nobody is told
	Strict   bool          // a slow restart is a fault
	Args     []string
	Out      io.Writer
}

// ErrLost is the verdict on a run in which something was lost.
var ErrLost = errors.New("something was lost")

// chaos is a run.
type chaos struct {
	Options
	rig      *rig.Rig
	log      *slog.Logger
	counts   map[string]int // of blows
	restarts []restart
	resets   []time.Time
	seated   map[string]int // goroutines of each role, with everybody at the desk and no call up
	sizes    growth
	began    time.Time // the storm

	striking sync.Mutex // held while a blow is dealt and until all is back, and while an Asterisk that died comes back

	mu      sync.Mutex
	deaths  []death
	falls   []fallen
	downing bool // restartAsterisk is ending it
	shot    int  // the process that shoot has ended
	found   faults
	hungUp  map[string]bool
	offLine map[string]time.Time // agents whose page last showed the phone off the line, and when
	pages   map[string]demo.Snapshot
}

// goodbye is how long the agents get to finish their call and log out.
const goodbye = 20 * time.Second

// Run breaks a system for a while and tells what became of the calls. The error
// wraps ErrLost when something was lost.
func Run(ctx context.Context, o Options) error {
	c, closeLog, err := prepare(o)
	if err != nil {
		return err
	}
	defer closeLog()
	c.say("seed %d, %s, %g calls a second, %d agents", o.Seed, o.For, o.CPS, o.Agents)
	c.rig, err = rig.Start(ctx, c.rigOptions(dialer.Campaign{
		ID: "CHAOS", Name: "Under fire", DialMethod: dialer.DialRatio, DialLevel: 12, DialTimeout: 10,
		DropMillis: 2000, CallerID: "+12125550100", AMD: dialer.AMDDrop, Record: dialer.RecordAll,
		CallFrom: 0, CallTo: 1440, DialStatuses: string(dialer.StatusNew), HopperLevel: 200,
	}))
	if err != nil {
		return err
	}
	err = c.run(ctx)
	stopped := c.rig.Stop(context.WithoutCancel(ctx))
	if err == nil && stopped != nil {
		return fmt.Errorf("stopping: %w", stopped)
	}
	return err
}

// prepare opens the run's own log.
func prepare(o Options) (c *chaos, closeLog func(), err error) {
	err = os.MkdirAll(o.Dir, 0o755)
	if err != nil {
		return nil, nil, err
	}
	logs, err := os.Create(filepath.Join(o.Dir, "chaos.log"))
	if err != nil {
		return nil, nil, err
	}
	return &chaos{
		Options: o, log: app.NewLog(logs, slog.LevelInfo, "text"),
		counts: map[string]int{}, hungUp: map[string]bool{}, offLine: map[string]time.Time{}, pages: map[string]demo.Snapshot{},
	}, func() { _ = logs.Close() }, nil
}

// rigOptions are those of the run's system.
func (c *chaos) rigOptions(campaign dialer.Campaign) rig.Options {
	return rig.Options{
		Dir: filepath.Join(c.Dir, "rig"), Asterisk: c.Asterisk, Agents: c.Agents, CPS: c.CPS, Trunks: 300, Args: c.Args, Outbound: c.Outbound,
		Campaign: campaign,
		Say:      func(line string) { c.say("%s", line) },
		Log:      c.log,
	}
}

// crowd are the run's agents.
func (c *chaos) crowd() demo.Crowd {
	crowd := demo.Crowd{
		Base: c.rig.Cfg.Web.PublicURL, Campaign: c.rig.Campaign.ID, Seed: c.Seed,
		Ledger: c.rig.Carrier.Instance.LedgerFile(), Log: c.log, Clicked: c.clicked, Shown: c.shown,
		Brisk: 3, // or the agents would not keep up with the calls
	}
	for _, l := range c.rig.Logins {
		crowd.Agents = append(crowd.Agents, demo.Credentials(l))
	}
	return crowd
}

func (c *chaos) say(format string, args ...any) { fmt.Fprintf(c.Out, format+"\n", args...) }

func (c *chaos) run(ctx context.Context) error {
	floor := demo.OpenFloor(ctx, c.crowd())
	closed := false
	defer func() {
		if !closed {
			floor.Close(context.WithoutCancel(ctx), goodbye)
		}
	}()
	keeping := c.keep(context.WithoutCancel(ctx))
	defer keeping()
	err := c.settled(ctx, fillWithin)
	if err != nil {
		return fmt.Errorf("the agents did not sit down: %w", err)
	}
	c.sit(ctx)
	err = c.rig.Dial(ctx, true)
	if err != nil {
		return err
	}
	timed, cancel := context.WithTimeout(ctx, c.For)
	defer cancel()
	var refreshing sync.WaitGroup
	refreshing.Go(func() { c.refresh(timed) })
	c.began = time.Now()
	refreshing.Go(func() { c.measure(timed) })
	refreshing.Go(func() { c.shoot(timed) })
	err = c.storm(timed)
	cancel()
	refreshing.Wait()
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	c.say("after:  %s", c.sizesNow())
	f := &faults{}
	for _, what := range c.sizes.grown(c.For >= longForm) {
		f.add("a process grows", "%s", what)
	}
	if c.Restarts {
		c.restartAsterisk(ctx, f)
	}
	c.end(ctx, f, floor)
	closed = true
	keeping()
	return c.report(ctx, f)
}

// sit notes how the daemons are with everybody at the desk: the highest of some
// seconds, for the last beat may be of a daemon that was still starting.
func (c *chaos) sit(ctx context.Context) {
	c.seated = map[string]int{}
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for range 12 {
		for _, role := range rig.Roles {
			c.seated[role] = max(c.seated[role], c.goroutines(role))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
	c.say("before: %s", c.sizesNow())
}

// end lets the calls come to their end and everybody go home.
func (c *chaos) end(ctx context.Context, f *faults, floor *demo.Floor) {
	c.say("Waiting for the calls that are up …")
	for _, step := range []struct {
		fault string
		do    func() error
	}{
		{"the campaign does not stop", func() error { return c.rig.Dial(ctx, false) }},
		{"a channel is left", func() error { return c.rig.Quiet(ctx) }},
		{"an agent is not in a true state", func() error { return c.settled(ctx, time.Minute) }},
		{"", func() error { floor.Close(ctx, goodbye); return nil }},
		{"something is left at the end", func() error { return c.empty(ctx, 30*time.Second) }},
		{"goroutines are left", func() error { return c.rested(ctx) }},
	} {
		err := step.do()
		if err != nil {
			f.add(step.fault, "%v", err)
		}
	}
}

// clicked notes which calls the agents hang up themselves.
func (c *chaos) clicked(what, call string) {
	if what != "hangup" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hungUp[call] = true
}

// shown notes what the agents see.
func (c *chaos) shown(user string, s demo.Snapshot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pages[user] = s
	if !s.Phone.Connected {
		c.offLine[user] = time.Now()
	}
}

// refresh resets the list when few of its leads are left to dial.
func (c *chaos) refresh(ctx context.Context) {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		fresh, err := c.rig.Store.Fresh(ctx, c.rig.List)
		if err != nil || fresh > 500 {
			continue
		}
		at, err := c.rig.DB.Now(ctx)
		if err == nil {
			// Noted even if the answer is lost: a reset more forgives less than a
			// reset that happened and is not known accuses.
			c.resets = append(c.resets, at)
			err = c.rig.Store.Reset(ctx, c.rig.List)
		}
		c.log.Info("the list is reset", "err", err)
	}
}

// report prints what happened, and returns the verdict.
func (c *chaos) report(ctx context.Context, f *faults) error {
	store := mariadb.NewRig(c.rig.DB)
	e := evidence{resets: c.resets, hungUp: c.hungUp, deaths: c.deaths}
	var err error
	if e.ledger, err = c.rig.Carrier.Ledger(); err != nil {
		return err
	}
	if e.calls, err = store.Calls(ctx); err != nil {
		return err
	}
	if e.stuck, err = store.Stuck(ctx); err != nil {
		return err
	}
	if e.records, err = store.Unrecorded(ctx); err != nil {
		return err
	}
	f.join(&c.found)
	f.join(judge(e))
	c.tell(e)
	f.join(c.tellFalls(e))
	for _, r := range c.restarts {
		if r.took > r.within && c.Strict {
			f.add("a daemon was away too long", "%s: %s", r.what, r.took.Round(time.Millisecond))
		}
	}
	for _, kind := range f.kinds {
		c.say("FAULT: %s (%d)", kind, f.count[kind])
		for _, example := range f.examples[kind] {
			c.say("    %s", example)
		}
	}
	if len(f.kinds) > 0 {
		return fmt.Errorf("%w: %d kinds of fault; seed %d, logs in %s", ErrLost, len(f.kinds), c.Seed, c.Dir)
	}
	c.say("%s", c.sentence())
	return nil
}
