package keepalive

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
)

// The clock skew that is worth an alarm, and the one beyond which the server
// must not dial: calling hours and drop times would be wrong.
const (
	SkewAlarm = time.Second
	SkewStop  = 5 * time.Second
)

// Cluster is what the heart needs of the database.
type Cluster interface {
	// Now is the database's clock.
	Now(ctx context.Context) (time.Time, error)
	// Beat says that the server lives, in the database's time.
	Beat(ctx context.Context, server dialer.ServerID, now time.Time, v Vitals) error
}

// Vitals are how a host does.
type Vitals struct {
	Skew    time.Duration // its clock's, ahead of the database's
	Version string
	Load    float64 // processes that run or want to, over the last minute
	Cores   int
}

// Heart beats the server's row and measures the host's clock against the
// database's.
type Heart struct {
	Server  dialer.ServerID
	Version string
	Cluster Cluster
	Web     bool // the host places no calls: its clock stops nothing
	Log     *slog.Logger

	level   int  // of the last alarm, so that each change is said once
	failing bool // the last step failed
}

// Run beats each second until ctx ends.
func (h *Heart) Run(ctx context.Context) error {
	every(ctx, time.Second, func(now time.Time) {
		step, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		err := h.Step(step, time.Now)
		switch {
		case ctx.Err() != nil:
		case err != nil && !h.failing:
			h.Log.Error("the server's row does not beat; trying again every second", "err", err)
		case err == nil && h.failing:
			h.Log.Info("the server's row beats again")
		}
		h.failing = err != nil
	})
	return nil
}

// Step measures the skew with the local clock and beats once.
func (h *Heart) Step(ctx context.Context, local func() time.Time) error {
	before := local()
	theirs, err := h.Cluster.Now(ctx)
	if err != nil {
		return fmt.Errorf("the database's time: %w", err)
	}
	trip := local().Sub(before)
	skew := before.Add(trip / 2).Sub(theirs)
	// The answer left the database at some moment of the trip: what the trip
	// may explain is no skew.
	switch {
	case skew.Abs() <= trip/2:
		skew = 0
	case skew > 0:
		skew -= trip / 2
	default:
		skew += trip / 2
	}
	h.alarm(skew)
	err = h.Cluster.Beat(ctx, h.Server, theirs, Vitals{skew, h.Version, load(), runtime.NumCPU()})
	if err != nil {
		return fmt.Errorf("the server's row: %w", err)
	}
	return nil
}

// load is the host's over a minute; 0 where it does not say.
func load() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), " ")
	l, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return 0
	}
	return l
}

func (h *Heart) alarm(skew time.Duration) {
	level := 0
	switch {
	case skew.Abs() > SkewStop:
		level = 2
	case skew.Abs() > SkewAlarm:
		level = 1
	}
	if level == h.level {
		return
	}
	h.level = level
	switch {
	case level > 0 && h.Web:
		h.Log.Warn("this host's clock is off; the pages go by the database's, this log does not", "ahead_of_database", skew.Round(time.Millisecond))
	case level == 2:
		h.Log.Error("this host's clock is off; dialing stops until it is right", "ahead_of_database", skew.Round(time.Millisecond))
	case level == 1:
		h.Log.Warn("this host's clock is off", "ahead_of_database", skew.Round(time.Millisecond))
	default:
		h.Log.Info("this host's clock agrees with the database's", "ahead_of_database", skew.Round(time.Millisecond))
	}
}
