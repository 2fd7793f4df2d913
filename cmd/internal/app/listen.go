package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"trunkline/dialer"
	"trunkline/dialer/asterisk"
	"trunkline/dialer/autodial"
	"trunkline/dialer/listen"
	"trunkline/dialer/proc"
	"trunkline/dialer/recordings"
	"trunkline/dialer/retention"
	"trunkline/sql/mariadb"
)

// Listen is the role that carries the calls of this host's Asterisk and dials
// for its agents.
func Listen(cfg Config, log *slog.Logger) Role {
	return Role{
		name: RoleListen, cfg: cfg, log: log,
		need: []string{"asterisk.ami_secret", "asterisk.ari_secret", "asterisk.events_secret"},
		run:  carryCalls,
	}
}

// first is listen's nice value where it has the right to one: between a
// customer's hello and the agent stands nothing but listen and Asterisk, and a
// report or an import on the same host must not make them wait.
const first = -10

func carryCalls(ctx context.Context, d *Duty) error {
	err := proc.Nice(first)
	if err != nil {
		d.Log.Info("listen runs with no priority over other programs; CAP_SYS_NICE, or Nice=-10 in its unit, gives it", "err", err)
	}
	servers := mariadb.NewServers(d.DB)
	server, err := joined(ctx, d, servers)
	if err != nil {
		return err
	}
	err = mariadb.NewVerdicts(d.DB).KeepPacks(ctx)
	if err != nil {
		return err
	}
	clock := new(dialer.Clock)
	err = firstMeasure(ctx, d, clock)
	if err != nil {
		return err
	}
	outbound := d.Asterisk.Events == EventsOutbound
	line, err := asterisk.Dial(asterisk.Access{
		AMI: d.Asterisk.AMI, AMIUser: d.Asterisk.AMIUser, AMISecret: d.Asterisk.AMISecret,
		ARI: d.Asterisk.ARI, ARIUser: d.Asterisk.ARIUser, ARISecret: d.Asterisk.ARISecret,
		Outbound: outbound, EventsListen: d.Asterisk.EventsListen,
		EventsUser: d.Asterisk.EventsUser, EventsSecret: d.Asterisk.EventsSecret,
		Sounds: filepath.Join(d.Asterisk.ConfDir, dialer.SoundsFolder),
	}, d.Log)
	if err != nil {
		return &ConfigError{fmt.Sprintf("configuration %s: %v", d.file, err)}
	}
	store, ids := mariadb.NewListen(d.DB), dialer.NewIDs(server.ID)
	pacing := mariadb.NewPacing(d.DB)
	var floor *listen.Listen
	pacer := autodial.NewPacer(autodial.PacerConfig{
		Server: server.ID, Memory: pacing, Pool: pacing, Zone: time.Local,
		Holder:    autodial.HolderName(server.ID, fmt.Sprintf("%d/%d", os.Getpid(), time.Now().UnixNano())),
		Delivered: func() (bool, []dialer.ServerID) { return floor.Crosses() },
	})
	figures := newFloorFigures()
	floor = listen.New(listen.Config{
		Server: server, Legs: line.PBX, Mixer: line.PBX, Waker: line.PBX,
		Store: store, Journal: timing{store, figures}, IDs: ids, Clock: clock, Log: d.Log, Watch: figures.watching(pacer.Observe),
	})
	figures.standing, figures.up = floor.Standing, line.Up
	d.vitals.MustRegister(figures)
	line.Attach(floor)
	dial := autodial.New(autodial.Config{
		Server: server.ID, Hopper: timedHopper{mariadb.NewHopperStore(d.DB), figures}, Books: timedBooks{mariadb.NewCalls(d.DB), figures},
		Floor: floor, Originator: line.PBX, Pacer: pacer, IDs: ids, Clock: clock, Log: d.Log,
	})

	finisher := recordings.New(recordings.Config{
		Server: server.ID, Dir: d.Asterisk.RecordingsDir, Store: mariadb.NewRecordings(d.DB), Clock: clock, Log: d.Log,
	})

	g, ctx := errgroup.WithContext(ctx)
	old := &retention.Files{Server: server.ID, Dir: d.Asterisk.RecordingsDir, Shelf: mariadb.NewShelf(d.DB), Clock: clock, Log: d.Log}
	g.Go(func() error { return finisher.Run(ctx) })
	g.Go(func() error { return old.Run(ctx) })
	g.Go(func() error { return floor.Run(ctx, d.Pulse.Beat) })
	g.Go(func() error { return line.Run(ctx) })
	g.Go(func() error { return keepTime(ctx, d, clock) })
	g.Go(func() error {
		select {
		case <-ctx.Done():
			return nil
		case <-floor.Ready():
		}
		d.Log.Info("listening", "server", server.Name)
		return dial.Run(ctx)
	})
	g.Go(func() error {
		select {
		case <-ctx.Done():
			return nil
		case <-floor.Ready():
		}
		sayListening(ctx, servers, server.ID, line)
		return nil
	})
	err = g.Wait()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = servers.SetListening(last, server.ID, false, 0) // the beat tells, should this fail
	return err
}

// joined is this host's row, once keepalive has entered it.
func joined(ctx context.Context, d *Duty, servers *mariadb.Servers) (dialer.Server, error) {
	said := false
	for {
		server, err := servers.ByName(ctx, d.Server)
		if err == nil && server.Telephony {
			return server, nil
		}
		if err != nil && !errors.Is(err, dialer.ErrNotFound) {
			return server, fmt.Errorf("reading the row of server %q: %w", d.Server, err)
		}
		if !said {
			d.Log.Warn("waiting for keepalive to enter this host among the telephony servers", "server", d.Server)
			said = true
		}
		d.Pulse.Beat()
		select {
		case <-ctx.Done():
			return server, ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// longestTrip is how long the database's clock may be on its way to us. The
// answer was true at some moment of the trip, most likely its middle; one that
// was held up would set our clock wrong by half of that.
const longestTrip = 400 * time.Millisecond

// measure reads the database's clock into c.
func measure(ctx context.Context, d *Duty, c *dialer.Clock) error {
	ctx, cancel := context.WithTimeout(ctx, longestTrip)
	defer cancel()
	asked := time.Now()
	now, err := d.DB.Now(ctx)
	if err != nil {
		return fmt.Errorf("reading the database's clock: %w", err)
	}
	trip := time.Since(asked)
	if trip > longestTrip {
		return fmt.Errorf("reading the database's clock took %s", trip.Round(time.Millisecond))
	}
	c.Set(now, asked.Add(trip/2))
	return nil
}

// firstMeasure waits for a measurement: without one nothing may be dated.
func firstMeasure(ctx context.Context, d *Duty, c *dialer.Clock) error {
	for {
		err := measure(ctx, d, c)
		if err == nil {
			return nil
		}
		d.Log.Warn("waiting for the database's clock", "err", err)
		d.Pulse.Beat()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// sayListening keeps the server's row telling whether agents can be seated
// here: as long as Asterisk takes commands and tells its events.
func sayListening(ctx context.Context, servers *mariadb.Servers, id dialer.ServerID, line *asterisk.Line) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	said, at := false, time.Time{}
	for {
		if up := line.Up(); up != said || time.Since(at) > 5*time.Second {
			brief, cancel := context.WithTimeout(ctx, time.Second)
			channels, err := line.Channels(brief)
			if err != nil {
				channels = 0 // it does not answer, and the row says so
			}
			if servers.SetListening(brief, id, up, channels) == nil {
				said, at = up, time.Now()
			}
			cancel()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// stepSeen is a step of the host's clock after which it is measured at once.
const stepSeen = 200 * time.Millisecond

// keepTime measures every few seconds, for clocks drift, and at once after a step.
func keepTime(ctx context.Context, d *Duty, c *dialer.Clock) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		step := c.Stepped()
		if n%5 != 0 && step.Abs() < stepSeen {
			continue
		}
		if step.Abs() >= stepSeen {
			d.Log.Warn("this host's clock was stepped, or the host slept", "by", step.Round(time.Millisecond))
		}
		err := measure(ctx, d, c)
		if err != nil && ctx.Err() == nil {
			d.Log.Debug("the clock was not measured", "err", err)
		}
	}
}
