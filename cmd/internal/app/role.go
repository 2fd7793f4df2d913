package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"trunkline/dialer/proc"
	"trunkline/sql/mariadb"
)

// Names of the roles that run as daemons, as their files and log lines say them.
const (
	RoleWeb        = "web"
	RoleListen     = "listen"
	RoleHopperFill = "hopper-fill"
	RoleKeepalive  = "keepalive"
)

// Role is one duty of a host, run as a process of its own.
type Role struct {
	name string
	cfg  Config
	log  *slog.Logger
	need []string // keys without which it cannot run
	run  func(ctx context.Context, d *Duty) error
}

// Duty is what a running role has in hand.
type Duty struct {
	Config
	DB    *mariadb.DB // answers, and has the schema of this binary
	Log   *slog.Logger
	Pulse *Pulse

	vitals *vitals
}

// Run does the role's duty until ctx ends or it cannot go on. It waits for the
// database, however long that takes, and says so.
func (r Role) Run(ctx context.Context) error {
	err := r.cfg.Need(append([]string{dsnKey(r.name)}, r.need...)...)
	if err != nil {
		return err
	}
	err = os.MkdirAll(r.cfg.RunDir, 0o755)
	if err != nil {
		return &ConfigError{fmt.Sprintf("configuration %s: run_dir cannot be made: %v", r.cfg.file, err)}
	}
	release, err := proc.Self(PidFile(r.cfg, r.name))
	if err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	defer release()
	db, err := mariadb.Open(r.cfg.Database.of(r.name))
	if err != nil {
		return &ConfigError{fmt.Sprintf("configuration %s: %v", r.cfg.file, err)}
	}
	defer db.Close()
	db.LogTo(r.log)
	pulse := newPulse(BeatFile(r.cfg, r.name), func() int { return db.Pool().Open })
	defer pulse.end()
	v := newVitals(r.name, db, pulse)
	if address := r.cfg.Metrics.of(r.name); address != "" && address != MetricsOff {
		telling, told := context.WithCancel(context.WithoutCancel(ctx))
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			v.serve(telling, address, r.cfg.RunDir, r.log)
		}()
		defer func() { told(); <-ended }() // a role that drains can still be asked
	}
	// To wait for what is not there yet is progress: a restart would not make
	// it come sooner.
	waiting, waited := context.WithCancel(ctx)
	go pulse.every(waiting)
	err = waitForSchema(ctx, db, r.log)
	waited()
	if err != nil {
		return stopped(ctx, err)
	}
	err = r.run(ctx, &Duty{Config: r.cfg, DB: db, Log: r.log, Pulse: pulse, vitals: v})
	return stopped(ctx, err)
}

// dsnKey is the key under which a role's way into the database stands.
func dsnKey(role string) string {
	if role == RoleWeb {
		return "database.web_dsn"
	}
	return "database.dsn"
}

// stopped takes the error that a requested end brings for the end itself.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func waitForSchema(ctx context.Context, db *mariadb.DB, log *slog.Logger) error {
	said := time.Time{}
	for {
		err := db.Wait(ctx, log)
		if err != nil {
			return err
		}
		have, want, err := db.Schema(ctx)
		if err == nil && have >= want {
			return nil
		}
		if time.Since(said) > 5*time.Second {
			if err != nil {
				log.Warn("waiting for the database's schema, whose version cannot be read", "err", err)
			} else {
				log.Warn("waiting for the database's schema; `trunkline migrate` brings it up to date", "have", have, "want", want)
			}
			said = time.Now()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// PidFile is where a role's process is named.
func PidFile(c Config, role string) string { return filepath.Join(c.RunDir, role+".pid") }

// BeatFile is what a role touches while it makes progress.
func BeatFile(c Config, role string) string { return filepath.Join(c.RunDir, role+".beat") }

// LogFile is where a role's output goes when keepalive or the demo starts it.
func LogFile(c Config, role string) string { return filepath.Join(c.RunDir, role+".log") }
