package rig

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"trunkline/cmd/internal/app"
)

// Daemon lets a test binary be what a rig starts: called with the program's
// arguments, it runs the role that they name, if they do, and says how it ended.
// So the daemons under test carry the test's race detector.
func Daemon(args []string) (code int, ok bool) {
	if len(args) < 2 || !slices.Contains(Roles, args[1]) {
		return 0, false
	}
	role := args[1]
	flags := flag.NewFlagSet(role, flag.ContinueOnError)
	file := flags.String("config", "", "")
	flags.String("log-level", "", "") // as Trunkline's own keepalive hands them on
	flags.String("log-format", "", "")
	if err := flags.Parse(args[2:]); err != nil {
		return 2, true
	}
	cfg, err := app.Load(*file)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2, true
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := app.NewLog(os.Stderr, slog.LevelInfo, "text")
	run := map[string]func() app.Role{
		app.RoleWeb:        func() app.Role { return app.Web(cfg, log, nil) },
		app.RoleKeepalive:  func() app.Role { return app.Keepalive(cfg, log, args[2:]) },
		app.RoleListen:     func() app.Role { return app.Listen(cfg, log) },
		app.RoleHopperFill: func() app.Role { return app.HopperFill(cfg, log) },
	}[role]
	if err := run().Run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1, true
	}
	return 0, true
}
