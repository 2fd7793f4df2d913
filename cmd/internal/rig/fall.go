package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	asteriskconf "trunkline/asterisk-conf"
)

// Fall is an end of one of the two Asterisks.
type Fall struct {
	Name   string // "asterisk", the telephony server's, or "carrier"
	Pid    int
	At     time.Time      // this host's clock
	How    string         // as "signal: segmentation fault (core dumped)"
	Signal syscall.Signal // that ended it; 0: it ended by itself
	Core   string         // where its core file lies, or why there is none
	Site   string         // where in its program it fell; "": not known
}

// restartAfter is how long systemd waits: RestartSec of trunkline-asterisk.service,
// and of the asterisk.service that Debian packs.
const restartAfter = time.Second

// Watchmen are told of the Asterisks that Keep looks after.
type Watchmen struct {
	Fell func(Fall)        // it has ended, and nothing is done yet
	Back func(Fall, error) // it is up again; the error: it does not come up, and is left alone
}

// Keep starts either Asterisk again a second after it has ended, as systemd would,
// until ctx ends. What an Asterisk of its own accord does in mid-run befalls
// operators as well.
func (r *Rig) Keep(ctx context.Context, name string, w Watchmen) {
	again, current := r.StartPBX, r.PBX
	if name == "carrier" {
		again, current = r.startCarrier, r.carrierNow
	}
	for {
		was := current()
		select {
		case <-ctx.Done():
			return
		case <-was.Done():
		}
		f := r.fall(name, was)
		w.Fell(f)
		select {
		case <-ctx.Done():
			return
		case <-time.After(restartAfter):
		}
		err := again(ctx)
		w.Back(f, err)
		if err != nil {
			return
		}
	}
}

// fall is what can be said of an end.
func (r *Rig) fall(name string, was *asteriskconf.Running) Fall {
	f := Fall{Name: name, Pid: was.Pid, At: time.Now(), How: "exit code 0"}
	if err := was.Err(); err != nil {
		f.How = err.Error()
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
				f.Signal = status.Signal()
			}
		}
	}
	f.Core = r.keepCore(f, was.Instance.Dir)
	f.Site, _ = site(f.Core, r.rt.Root()) // the core file is named, whatever can be told of it
	return f
}

// keepCore moves a core file out of the rig's folder, which the next run removes.
// Where the kernel hands core files to a program, that program has it.
func (r *Rig) keepCore(f Fall, dir string) string {
	found, _ := filepath.Glob(filepath.Join(dir, "core*"))
	if len(found) == 0 {
		pattern, _ := os.ReadFile("/proc/sys/kernel/core_pattern")
		return fmt.Sprintf("none in %s; kernel.core_pattern is %q", dir, strings.TrimSpace(string(pattern)))
	}
	to := filepath.Join(filepath.Dir(r.Dir), fmt.Sprintf("%s.%d.core", f.Name, f.Pid))
	if err := os.Rename(found[0], to); err != nil {
		return found[0]
	}
	return to
}

// startCarrier starts the carrier again, on the ledger that it has.
func (r *Rig) startCarrier(ctx context.Context) error {
	carrier, err := asteriskconf.Start(ctx, r.rt, r.Carrier.Instance)
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.laterCarrier = carrier
	r.mu.Unlock()
	return nil
}

// carrierNow is the carrier's Asterisk, which may be another than the first.
func (r *Rig) carrierNow() *asteriskconf.Running {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.laterCarrier != nil {
		return r.laterCarrier
	}
	return r.Carrier
}
