package keepalive

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
)

type cluster struct {
	ahead time.Duration // how far the host's clock is ahead
	now   time.Time
	skew  time.Duration
	beats int
}

func (c *cluster) Now(context.Context) (time.Time, error) { return c.now.Add(-c.ahead), nil }

func (c *cluster) Beat(_ context.Context, _ dialer.ServerID, _ time.Time, v Vitals) error {
	c.skew = v.Skew
	c.beats++
	return nil
}

func TestSkewIsMeasuredAndAlarmedOnce(t *testing.T) {
	text := &logText{}
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	c := &cluster{now: at}
	h := &Heart{Server: 1, Cluster: c, Log: slog.New(slog.NewTextHandler(text, nil))}
	for _, s := range []struct {
		ahead time.Duration
		says  int // lines of log so far
	}{
		{0, 0}, {900 * time.Millisecond, 0}, {1100 * time.Millisecond, 1}, {1200 * time.Millisecond, 1},
		{-6 * time.Second, 2}, {-6 * time.Second, 2}, {-2 * time.Second, 3}, {0, 4},
	} {
		c.ahead = s.ahead
		err := h.Step(t.Context(), func() time.Time { return at })
		if err != nil {
			t.Fatal(err)
		}
		if c.skew != s.ahead {
			t.Errorf("clock ahead by %v measured as %v", s.ahead, c.skew)
		}
		if got := strings.Count(text.String(), "\n"); got != s.says {
			t.Errorf("at %v: %d lines of log, want %d", s.ahead, got, s.says)
		}
	}
	if c.beats != 8 {
		t.Errorf("%d beats", c.beats)
	}
}

func TestSlowAnswerIsNoSkew(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	c := &cluster{now: at.Add(3 * time.Second)} // answered at the end of a trip of 3 s
	h := &Heart{Server: 1, Cluster: c, Log: slog.New(slog.DiscardHandler)}
	trip := []time.Time{at, at.Add(3 * time.Second)}
	err := h.Step(t.Context(), func() time.Time { now := trip[0]; trip = trip[1:]; return now })
	if err != nil || c.skew != 0 {
		t.Errorf("skew %v, %v", c.skew, err)
	}
}

type described struct {
	edition   Edition
	written   int
	read      int
	registers bool
	kept      []string // how the registrations stood, each time they were kept
}

func (d *described) Registered(_ context.Context, _ dialer.ServerID, all []dialer.Registration) error {
	d.kept = append(d.kept, fmt.Sprint(all))
	return nil
}

func (d *described) Edition(context.Context) (Edition, error) { return d.edition, nil }
func (d *described) Plan(context.Context, dialer.ServerID) (dialer.PBXPlan, error) {
	d.read++
	return dialer.PBXPlan{Phones: make([]dialer.Phone, d.edition.Phones), Carriers: []dialer.Carrier{{Name: "north", Registers: d.registers}}}, nil
}
func (d *described) Written(context.Context, dialer.ServerID) error { d.written++; return nil }

type conf struct {
	err    error
	phones []int
	state  string // of the registration with north
	asked  int
}

func (c *conf) Registrations(context.Context) ([]dialer.Registration, error) {
	c.asked++
	return []dialer.Registration{{Carrier: "north", State: c.state}}, nil
}

func (c *conf) Apply(_ context.Context, p dialer.PBXPlan) (bool, error) {
	if c.err != nil {
		return false, c.err
	}
	c.phones = append(c.phones, len(p.Phones))
	return true, nil
}

// How registrations stand is kept when it changes, and asked only where there are
// some.
func TestReconcilerKeepsRegistrations(t *testing.T) {
	d, c := &described{}, &conf{state: "Unregistered"}
	r := &Reconciler{Server: 1, Described: d, Conf: c, Log: slog.New(slog.DiscardHandler)}
	now := time.Now()
	step := func(states ...string) {
		t.Helper()
		for _, c.state = range states {
			now = now.Add(2 * time.Second)
			if err := r.Step(t.Context(), now); err != nil {
				t.Fatal(err)
			}
		}
	}
	step("x", "x", "x")
	if c.asked != 0 || len(d.kept) != 1 || d.kept[0] != "[]" {
		t.Errorf("asked %d times without any, kept %v", c.asked, d.kept)
	}
	d.registers, d.edition.Carriers = true, 1
	step("Unregistered", "Unregistered", "Registered", "Registered", "Rejected")
	want := []string{"[]", "[{north Unregistered}]", "[{north Registered}]", "[{north Rejected}]"}
	if !slices.Equal(d.kept, want) {
		t.Errorf("kept %v, want %v", d.kept, want)
	}
}

func TestReconcilerWritesWhatChanged(t *testing.T) {
	d, c := &described{edition: Edition{Phones: 1}}, &conf{}
	r := &Reconciler{Server: 1, Described: d, Conf: c, Log: slog.New(slog.DiscardHandler)}
	now := time.Now()
	run := func(fail bool) {
		t.Helper()
		now = now.Add(2 * time.Second)
		err := r.Step(t.Context(), now)
		if (err != nil) != fail {
			t.Fatal(err)
		}
	}
	run(false)
	run(false) // nothing new
	d.edition.Phones = 2
	c.err = errors.New("Asterisk is away")
	run(true)
	c.err = nil
	run(false) // what failed is tried again though nothing changed since
	now = now.Add(again)
	run(false) // now and then in any case, and nothing is read for it
	if d.read != 3 {
		t.Errorf("the plan was read %d times, want 3", d.read)
	}
	if want := []int{1, 2, 2}; !slices.Equal(c.phones, want) || d.written != 3 {
		t.Errorf("applied %v (written %d), want %v", c.phones, d.written, want)
	}
	// Nor is it in minutes, but for what nobody has counted.
	for end := now.Add(reread - again - 10*time.Second); now.Before(end); {
		run(false)
	}
	if d.read != 3 {
		t.Errorf("the plan was read %d times in %s without a change", d.read-3, reread)
	}
	now = now.Add(again)
	run(false)
	if d.read != 4 {
		t.Errorf("the plan was not read in more than %s", reread)
	}
}
