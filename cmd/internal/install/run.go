package install

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/app"
	"trunkline/dialer/keepalive"
	"trunkline/dialer/proc"
	"trunkline/sql/mariadb"
	"trunkline/sql/private"
)

// RunMariaDB runs this host's own database until ctx ends. At its start the
// roles' accounts get what this version of their roles needs.
func RunMariaDB(ctx context.Context, c app.Config, state string, log *slog.Logger) error {
	release, err := proc.Self(app.PidFile(c, "mariadb"))
	if err != nil {
		return err
	}
	defer release()
	options := Database(state)
	options.DieWithParent = true
	if os.Geteuid() != 0 {
		options.User = ""
	}
	options.Notify = func(s string) { log.Info(s) }
	server, err := private.Start(ctx, options)
	if err != nil {
		return err
	}
	err = app.Regrant(ctx, c, server)
	if err != nil {
		log.Warn("the roles' accounts have not been brought up to date; `trunkline grants` prints what they need", "err", err)
	}
	proc.Notify("READY=1")
	log.Info("MariaDB is up", "socket", server.Socket)
	select {
	case <-ctx.Done():
		proc.Notify("STOPPING=1")
		return server.Stop(context.WithoutCancel(ctx))
	case <-server.Done():
		return fmt.Errorf("MariaDB has ended by itself; see %s", server.Log)
	}
}

// RunAsterisk runs this host's own Asterisk until ctx ends.
func RunAsterisk(ctx context.Context, c app.Config, root, state string, log *slog.Logger) error {
	release, err := proc.Self(app.PidFile(c, "asterisk"))
	if err != nil {
		return err
	}
	defer release()
	rt, err := asteriskconf.Find(root)
	if err != nil {
		return err
	}
	in := Asterisk(c, state)
	in.DiesWithParent = true
	running, err := asteriskconf.Start(ctx, rt, in)
	if err != nil {
		return err
	}
	if running.Instance.AMI() != c.Asterisk.AMI {
		_ = running.Stop(context.WithoutCancel(ctx))
		return fmt.Errorf("%s is somebody else's: end that, or set asterisk.ami to another port", c.Asterisk.AMI)
	}
	proc.Notify("READY=1")
	log.Info("Asterisk is up", "runtime", rt.String(), "sip", running.Instance.SIP())
	select {
	case <-ctx.Done():
		proc.Notify("STOPPING=1")
		return running.Stop(context.WithoutCancel(ctx))
	case <-running.Done():
		return fmt.Errorf("Asterisk has ended by itself (%v); its log is %s, a core file of a crash lies in %s", running.Err(), running.Instance.LogFile(), running.Instance.Dir)
	}
}

// Supervise does what systemd else does, in the foreground: it starts all that
// the host has, restarts what dies, and says through up when every role serves.
func Supervise(ctx context.Context, r Result, state string, args []string, log *slog.Logger, up func()) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	c := r.Config
	commands := map[string][]string{
		"trunkline-mariadb": {"engine", "mariadb"}, "trunkline-asterisk": {"engine", "asterisk"}, "trunkline-keepalive": {app.RoleKeepalive}, "trunkline-web": {app.RoleWeb},
	}
	s := &keepalive.Supervisor{Log: log, Stale: 365 * 24 * time.Hour}
	uid, gid, err := account(ctx)
	if err != nil {
		return err
	}
	roles := &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	for _, unit := range r.Units {
		name := commands[unit][len(commands[unit])-1]
		s.Children = append(s.Children, keepalive.Child{
			Name: name, Path: exe, Args: append(append([]string{}, commands[unit]...), args...), Grace: 40 * time.Second,
			PidFile: app.PidFile(c, name), BeatFile: app.BeatFile(c, name), LogFile: filepath.Join(state, name+".log"),
			As: map[bool]*syscall.Credential{true: roles}[commands[unit][0] != "engine"], // the engines give root up by themselves
		})
	}
	go func() {
		if serving(ctx, c) == nil {
			up()
		}
	}()
	return s.Run(ctx)
}

// serving waits until every role of the host serves.
func serving(ctx context.Context, c app.Config) error {
	db, err := mariadb.Open(c.Database.DSN)
	if err != nil {
		return err
	}
	defer db.Close()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if serves(ctx, c, db) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func serves(ctx context.Context, c app.Config, db *mariadb.DB) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if c.Does(app.HostTelephony) {
		lines, err := mariadb.NewHosts(db).Lines(ctx)
		ready := false
		for _, l := range lines {
			ready = ready || l.Name == c.Server && l.Listening
		}
		if err != nil || !ready {
			return false
		}
	}
	if c.Does(app.HostWeb) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.Web.Listen+"/readyz", nil)
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
	return true
}
