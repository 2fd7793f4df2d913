package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/dialer/proc"
)

// reaper is the name by which the test binary waits to clean up.
const reaper = "reap"

// TestMain lets the test binary be a daemon of the stage, and ends the stage
// when the tests are over. The arguments of a test run all begin with a dash.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case app.RoleWeb, app.RoleKeepalive, app.RoleListen, app.RoleHopperFill:
			os.Exit(daemon(os.Args[1], os.Args[2:]))
		case reaper:
			reap(os.Args[2])
			os.Exit(0)
		}
	}
	sideBySide()
	code := m.Run()
	if theStage.started() {
		if err := theStage.end(); err != nil {
			fmt.Fprintln(os.Stderr, "FAIL: the stage:", err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// sideBySide has more tests run at once than there are cores, unless somebody
// said how many: most of a test here is phones that ring and people who talk.
func sideBySide() {
	flag.Parse()
	said := false
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "test.parallel" })
	if !said && runtime.GOMAXPROCS(0) < 4 {
		_ = flag.Set("test.parallel", "4")
	}
}

// daemon runs a role until it is told to end.
func daemon(role string, args []string) int {
	flags := flag.NewFlagSet(role, flag.ContinueOnError)
	file := flags.String("config", "", "")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	cfg, err := app.Load(*file)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := app.NewLog(os.Stderr, slog.LevelDebug, "text")
	roles := map[string]app.Role{
		app.RoleWeb: app.Web(cfg, log, nil), app.RoleKeepalive: app.Keepalive(cfg, log, args),
		app.RoleListen: app.Listen(cfg, log), app.RoleHopperFill: app.HopperFill(cfg, log),
	}
	if err := roles[role].Run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// startReaper has dir cleared when this process is gone: keepalive's daemons
// outlive their parents by design, and a test binary may be killed.
func startReaper(dir string) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(exe, reaper, dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is not for it
	pipe, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return fmt.Errorf("arranging that %s is removed: %w", dir, err)
	}
	go func() {
		_ = cmd.Wait()
		_ = pipe.Close() // named here, so that the collector does not close it earlier
	}()
	return nil
}

// reap waits until its standard input closes, ends the processes that are named
// in dir and removes dir. What starts others ends first.
func reap(dir string) {
	_, _ = io.Copy(io.Discard, os.Stdin)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, name := range []string{
		app.RoleKeepalive, app.RoleWeb, app.RoleListen, app.RoleHopperFill, "asterisk", "carrier", "mariadbd",
	} {
		if found, ok := proc.Find(filepath.Join(dir, runDir, name+".pid")); ok {
			_ = found.Stop(ctx, 0) // nothing here is worth a good end
		}
	}
	for os.RemoveAll(dir) != nil && ctx.Err() == nil {
		<-time.After(100 * time.Millisecond) // somebody was still writing
	}
}

// races gives what the race detector found in the daemons.
func races(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "race.*"))
	for _, name := range files {
		text, readErr := os.ReadFile(name)
		err = errors.Join(err, readErr, fmt.Errorf("%s:\n%s", filepath.Base(name), text))
	}
	return err
}
