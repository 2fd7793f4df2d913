package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/dialer"
	"trunkline/dialer/proc"
)

// The names under which the demo's things stand in the database.
const (
	campaignID  dialer.CampaignID = "DEMO"
	carrierName string            = "simulated"
)

// Options are what can be asked of a demo.
type Options struct {
	RunDir    string        // where everything lies
	Asterisk  string        // folder with an Asterisk root, for hosts without Asterisk; "": RunDir
	Agents    int           // with simulated phones and hands
	For       time.Duration // 0: until ctx ends
	Report    string        // file for the report of a run with For; "": to ReportOut
	Leads     string        // CSV of leads; "": one is generated
	DialLevel float64       // 0: as the campaign has it
	WebListen string        // where the pages are; another port if it is taken
	Seed      uint64        // of the simulated agents' habits
	Args      []string      // log flags for the daemons

	Out       io.Writer // progress and the status line
	ReportOut io.Writer
	Width     func() int // Out is a terminal so many columns wide: the status line is rewritten in place; nil: it is none
}

// Run runs a demo until ctx ends or its time is over, and then stops all that it
// started. The error of an unattended run may be its verdict.
func Run(ctx context.Context, o Options) error {
	run, err := filepath.Abs(o.RunDir)
	if err != nil {
		return err
	}
	o.RunDir, o.Asterisk = run, cmp.Or(o.Asterisk, run)
	err = os.MkdirAll(run, 0o755)
	if err != nil {
		return err
	}
	err = writable(o.Report)
	if err != nil {
		return err
	}
	release, err := proc.Self(filepath.Join(run, "demo.pid"))
	if errors.Is(err, proc.ErrRunning) {
		return fmt.Errorf("a demo is running in %s already: stop it there with Ctrl-C, or start this one in another directory", run)
	}
	if err != nil {
		return err
	}
	defer release()
	logs, err := os.OpenFile(filepath.Join(run, "demo.log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer logs.Close()
	d := &demo{Options: o, log: app.NewLog(logs, slog.LevelInfo, "text"), started: time.Now()}
	force, over := d.force(ctx)
	defer over()
	err = d.clearLeftovers(force)
	if err != nil {
		return err
	}
	err = d.run(ctx, force)
	d.stop(force)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// force is the context of all that has to be ended in good order: it outlives
// ctx until somebody asks a second time.
func (d *demo) force(ctx context.Context) (context.Context, context.CancelFunc) {
	force, cancel := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		select {
		case <-ctx.Done():
		case <-force.Done():
			return
		}
		d.say("Stopping; once more to stop at once …")
		again := make(chan os.Signal, 1)
		signal.Notify(again, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
		defer signal.Stop(again)
		select {
		case <-again:
			cancel()
		case <-force.Done():
		}
	}()
	return force, cancel
}

// run is the demo's life up to the moment at which all is to be stopped.
func (d *demo) run(ctx, force context.Context) error {
	err := d.startEngines(ctx)
	if err != nil {
		return err
	}
	err = d.seed(ctx)
	if err != nil {
		return err
	}
	err = d.startRoles(ctx)
	if err != nil {
		return err
	}
	d.began, err = d.db.Now(ctx)
	if err != nil {
		return err
	}
	floor := d.openFloor(force)
	defer func() { floor.Close(force, d.farewell()) }()
	err = d.store.SetActive(ctx, campaignID, true)
	if err != nil {
		return fmt.Errorf("starting the campaign: %w", err)
	}
	defer d.stopCampaign(force)
	d.welcome()
	if d.For == 0 {
		return d.watch(ctx)
	}
	return d.measure(ctx, force)
}

func (d *demo) stopCampaign(ctx context.Context) {
	select {
	case <-d.maria.Done():
		return // a demo begins with its campaign stopped, whatever the last one left
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	err := d.store.SetActive(ctx, campaignID, false)
	if err != nil {
		d.log.Error("stopping the campaign", "err", err)
	}
}

// farewell is how long the agents get to finish their call and log out: no time
// where there are no calls, and maybe no database that would take it down.
func (d *demo) farewell() time.Duration {
	if d.broken {
		return 0
	}
	return 10 * time.Second
}

// welcome says what somebody at the browser needs.
func (d *demo) welcome() {
	d.say("Ready after %s.", time.Since(d.started).Round(100*time.Millisecond))
	d.say("")
	d.say("  Open     %s", d.cfg.Web.PublicURL)
	for _, l := range d.logins.people() {
		d.say("  %-8s user %-8s password %s", l.what, l.name, l.password)
	}
	d.say("")
	if d.For == 0 {
		d.say("The logins are kept in %s. Ctrl-C stops everything.", d.rel(d.logins.path))
	}
}

// say prints one line of progress.
func (d *demo) say(format string, args ...any) {
	d.line.mu.Lock()
	defer d.line.mu.Unlock()
	d.line.clear(d.Out)
	fmt.Fprintf(d.Out, format+"\n", args...)
}

// rel is a path as somebody in the working directory would type it.
func (d *demo) rel(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	short, err := filepath.Rel(wd, path)
	if err != nil || strings.HasPrefix(short, "..") {
		return path
	}
	return short
}

// roles in the order in which the demo ends them.
var roles = []string{app.RoleWeb, app.RoleKeepalive, app.RoleListen, app.RoleHopperFill}
