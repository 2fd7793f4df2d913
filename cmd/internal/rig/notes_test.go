package rig

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"trunkline/ami"
	"trunkline/ami/ari"
	asteriskconf "trunkline/asterisk-conf"
	"trunkline/dialer/asterisk"
	"trunkline/sql/private"
)

// TestAsteriskTakesNotes: the probe tells an Asterisk that notes its calls from
// one that lacks a module for it, and leaves nothing behind.
func TestAsteriskTakesNotes(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: it starts Asterisk")
	}
	built, err := filepath.Abs(filepath.Join("..", "..", "..", ".run"))
	if err != nil {
		t.Fatal(err)
	}
	rt, err := asteriskconf.Find(built)
	private.Missing(t, err)
	pbx, err := asteriskconf.Start(t.Context(), rt, asteriskconf.Instance{Kind: asteriskconf.PBX, RunDir: t.TempDir(), DiesWithParent: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pbx.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	in := pbx.Instance
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	a := ami.New(ami.Config{Addr: in.AMI(), User: asteriskconf.UserListen, Secret: in.Secrets.Listen, EventMask: "call", Log: log})
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- a.Run(ctx) }()
	defer func() {
		stop()
		if err := <-over; err != nil {
			t.Error(err)
		}
	}()
	rest, err := ari.New(ari.Options{URL: in.ARI(), User: asteriskconf.UserARI, Password: in.Secrets.ARI})
	if err != nil {
		t.Fatal(err)
	}
	p := asterisk.NewPBX(a, rest, log)
	for _, c := range []struct {
		before string
		notes  bool
	}{{"", true}, {"module unload func_db.so", false}, {"module load func_db.so", true}} {
		if c.before != "" {
			if err := Command(ctx, in, c.before); err != nil {
				t.Fatal(err)
			}
			awaitModule(t, a, "func_db.so", c.notes)
		}
		if err := p.ProbeNotes(ctx); err != nil {
			t.Fatal(err)
		}
		s, err := p.Survey(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if (s.Notes != nil) != c.notes || len(s.Notes) > 0 {
			t.Errorf("after %q: notes %v", c.before, s.Notes)
		}
	}
	limit, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		s, err := p.Survey(limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Legs) == 0 {
			return
		}
	}
}

// awaitModule waits until a module is loaded, or is not: the command line answers
// before it has done what it was told.
func awaitModule(t *testing.T, a *ami.Client, module string, loaded bool) {
	t.Helper()
	limit := time.After(30 * time.Second)
	for {
		_, err := a.Action(t.Context(), "ModuleCheck", ami.Header{Name: "Module", Value: module})
		if refused := new(ami.ActionError); err != nil && !errors.As(err, &refused) {
			t.Fatal(err)
		}
		if (err == nil) == loaded {
			return
		}
		select {
		case <-limit:
			t.Fatalf("%s: loaded %t, want %t", module, err == nil, loaded)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
