package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/dialer/keepalive"
	"trunkline/dialer/proc"
)

// startRoles starts web and keepalive as the processes that they are in
// production, keepalive starts the others, and all are waited for. Should one of
// the two die it is started again, as systemd would.
func (d *demo) startRoles(ctx context.Context) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	child := func(role string, grace time.Duration) keepalive.Child {
		// What was there before this start says nothing about it.
		_ = os.Remove(app.BeatFile(d.cfg, role))
		return keepalive.Child{
			Name: role, Path: exe, Args: append([]string{role, "--config", d.cfg.File()}, d.Args...), Grace: grace,
			PidFile: app.PidFile(d.cfg, role), BeatFile: app.BeatFile(d.cfg, role), LogFile: app.LogFile(d.cfg, role),
		}
	}
	d.say("Starting keepalive (which starts listen and hopper-fill) and web …")
	d.crew = &keepalive.Supervisor{Log: d.log, Children: []keepalive.Child{
		child(app.RoleWeb, 5*time.Second), child(app.RoleKeepalive, 30*time.Second),
	}}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for {
		err = d.crew.Step(ctx, time.Now())
		if err != nil {
			return err
		}
		missing := d.missing(ctx)
		if missing == "" {
			return nil
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return ctx.Err()
			}
			return fmt.Errorf("%s did not come up within a minute; the end of its log:\n%s", missing, proc.Tail(app.LogFile(d.cfg, missing), 12))
		}
	}
}

// missing is the first role that is not up yet; "" when all are.
func (d *demo) missing(ctx context.Context) string {
	row, err := d.store.Server(ctx, d.server.ID)
	switch {
	case err != nil || row.BeatAt == nil || row.BeatAt.Before(d.joined):
		return app.RoleKeepalive
	case !row.Listening || !alive(d.cfg, app.RoleListen):
		return app.RoleListen
	case !alive(d.cfg, app.RoleHopperFill):
		return app.RoleHopperFill
	case !d.webAnswers(ctx):
		return app.RoleWeb
	}
	return ""
}

func alive(c app.Config, role string) bool {
	_, ok := proc.Find(app.PidFile(c, role))
	return ok
}

func (d *demo) webAnswers(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.cfg.Web.PublicURL+"/login", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// look is one second of a running demo: the crew is looked after, and an engine
// that is gone ends the demo.
func (d *demo) look(ctx context.Context, now time.Time) error {
	err := d.crew.Step(ctx, now)
	if err != nil {
		d.log.Error("supervising", "err", err)
	}
	for name, done := range map[string]<-chan struct{}{
		"MariaDB": d.maria.Done(), "the telephony server's Asterisk": d.pbx.Done(), "the carrier's Asterisk": d.carrier.Done(),
	} {
		select {
		case <-done:
			d.broken = true
			err = fmt.Errorf("%s has ended by itself; its log is under %s", name, d.rel(d.RunDir))
			d.say("Stopping: %v.", err)
			return err
		default:
		}
	}
	return nil
}

// stop ends what the demo started, in the order that loses nothing.
func (d *demo) stop(ctx context.Context) {
	if d.crew != nil {
		if !d.broken {
			d.waitForCalls(ctx, 5*time.Second)
		}
		d.warn("web and keepalive", d.crew.Stop(ctx))
		// Only a keepalive that was killed leaves daemons behind, and only a daemon
		// that was killed its pid file.
		for _, role := range roles {
			path := app.PidFile(d.cfg, role)
			if found, ok := proc.Find(path); ok {
				d.warn(role, found.Stop(ctx, 5*time.Second))
			}
			_ = os.Remove(path)
		}
	}
	if d.carrier != nil {
		d.warn("the carrier", d.carrier.Stop(ctx))
	}
	if d.pbx != nil {
		d.warn("the telephony server", d.pbx.Stop(ctx))
	}
	if d.db != nil {
		err := d.db.Close()
		if !d.broken { // connections to a server that has died do not end well
			d.warn("the database's connections", err)
		}
	}
	if d.maria != nil {
		d.warn("MariaDB", d.maria.Stop(ctx))
	}
	d.say("Stopped. %s keeps the data.", d.rel(filepath.Clean(d.RunDir)))
}

// waitForCalls waits until no call is up, but not longer than limit.
func (d *demo) waitForCalls(ctx context.Context, limit time.Duration) (up int) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	look := time.NewTicker(200 * time.Millisecond)
	defer look.Stop()
	for {
		s, err := d.store.Status(ctx, campaignID, d.began)
		if err == nil {
			up = 0
			for _, n := range s.Calls {
				up += n
			}
			if up == 0 {
				return 0
			}
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return up
		}
	}
}

func (d *demo) warn(what string, err error) {
	if err != nil {
		d.say("Stopping %s: %v", what, err)
	}
}
