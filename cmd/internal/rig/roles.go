package rig

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
	"trunkline/sql/mariadb"
)

// Roles are the daemons, in the order in which they are ended.
var Roles = []string{app.RoleWeb, app.RoleKeepalive, app.RoleListen, app.RoleHopperFill}

func (r *Rig) pidFile(name string) string { return filepath.Join(r.Dir, name+".pid") }

func (r *Rig) find(name string) (*proc.Found, bool) { return proc.Find(r.pidFile(name)) }

// Pid is the process of a role, 0 when there is none.
func (r *Rig) Pid(role string) int {
	p, ok := r.find(role)
	if !ok {
		return 0
	}
	return p.Pid
}

// Kill ends a role, or "mariadbd" or "asterisk", as a crash would, and tells
// which process it was; 0: there was none.
func (r *Rig) Kill(name string) (int, error) {
	p, ok := r.find(name)
	if !ok {
		return 0, nil
	}
	p.Kill()
	return p.Pid, nil
}

// startRoles starts web and keepalive and looks after them, as systemd would;
// keepalive starts the others.
func (r *Rig) startRoles(ctx context.Context) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	child := func(role string, grace time.Duration) keepalive.Child {
		return keepalive.Child{
			Name: role, Path: exe, Args: append([]string{role, "--config", r.Cfg.File()}, r.Args...), Grace: grace,
			PidFile: app.PidFile(r.Cfg, role), BeatFile: app.BeatFile(r.Cfg, role), LogFile: app.LogFile(r.Cfg, role),
		}
	}
	r.Say("Starting keepalive (which starts listen and hopper-fill) and web …")
	r.crew = &keepalive.Supervisor{Log: r.Log, Children: []keepalive.Child{
		child(app.RoleWeb, 5*time.Second), child(app.RoleKeepalive, 30*time.Second),
	}}
	watching, over := context.WithCancel(context.WithoutCancel(ctx))
	r.over = over
	r.watch.Go(func() {
		look := time.NewTicker(100 * time.Millisecond)
		defer look.Stop()
		for {
			select {
			case <-watching.Done():
				return
			case now := <-look.C:
				err := r.crew.Step(watching, now)
				if err != nil {
					r.Log.Error("supervising", "err", err)
				}
			}
		}
	})
	return r.Await(ctx, time.Minute, func() string { return r.missing(ctx) })
}

// Await asks until nothing is missing, or says what was after the limit.
func (r *Rig) Await(ctx context.Context, limit time.Duration, missing func() string) error {
	return Await(ctx, 25*time.Millisecond, limit, missing)
}

// Await asks every so often until nothing is missing, or says what was after the
// limit. Its error is ctx's if that was cancelled.
func Await(ctx context.Context, every, limit time.Duration, missing func() string) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	look := time.NewTicker(every)
	defer look.Stop()
	for {
		what := missing()
		if what == "" {
			return nil
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return ctx.Err()
			}
			return fmt.Errorf("after %s: %s", limit, what)
		}
	}
}

// missing is the first role that is not at work yet.
func (r *Rig) missing(ctx context.Context) string {
	for _, role := range Roles {
		if !r.AtWork(ctx, role) {
			return fmt.Sprintf("%s is not at work; the end of its log:\n%s", role, proc.Tail(app.LogFile(r.Cfg, role), 12))
		}
	}
	return ""
}

// AtWork tells whether a role does what it is for: listen says in the server's
// row that it knows what Asterisk has, and web answers.
func (r *Rig) AtWork(ctx context.Context, role string) bool {
	if r.Pid(role) == 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	switch role {
	case app.RoleListen:
		row, err := r.Store.Server(ctx, r.Server.ID)
		return err == nil && row.Listening
	case app.RoleWeb:
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.Cfg.Web.PublicURL+"/login", nil)
		if err != nil {
			return false
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	}
	return true
}

// Unlisten takes a killed listen's word out of the server's row, so that the
// next one's can be waited for.
func (r *Rig) Unlisten(ctx context.Context) error {
	return mariadb.NewServers(r.DB).SetListening(ctx, r.Server.ID, false, 0)
}
