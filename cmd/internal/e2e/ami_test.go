package e2e

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"trunkline/ami"
)

// TestTenThousandRoundTrips asks the real Asterisk ten thousand questions at
// once over one connection, each with an answer of its own, while events with
// and without our ActionIDs come in between.
func TestTenThousandRoundTrips(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	const questions, events = 10_000, 1_000
	var heard sync.Map
	var echoes atomic.Int64
	a := s.cfg.Asterisk
	c := ami.New(ami.Config{
		Addr: a.AMI, User: a.AMIUser, Secret: a.AMISecret, EventMask: "call,user,system", ActionTimeout: limit,
		OnEvent: func(e ami.Event) {
			if e.Get("UserEvent") != "TenThousand" {
				return
			}
			if _, twice := heard.LoadOrStore(e.Get("Number"), true); twice {
				t.Errorf("event %s came twice", e.Get("Number"))
			}
			echoes.Add(1)
		},
	})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	over := make(chan error, 1)
	go func() { over <- c.Run(ctx) }()
	if err := c.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	var all sync.WaitGroup
	var wrong atomic.Int64
	for i := range questions {
		all.Go(func() {
			r, err := c.Action(ctx, "Getvar", ami.Header{Name: "Variable", Value: fmt.Sprintf("MATH(%d+1,int)", i)})
			if want := fmt.Sprint(i + 1); err != nil || r.Get("Value") != want {
				wrong.Add(1)
				t.Errorf("question %d: %v, %v", i, r, err)
			}
		})
		if i%(questions/events) == 0 {
			all.Go(func() {
				if err := c.UserEvent(ctx, "TenThousand", map[string]string{"Number": fmt.Sprint(i)}); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	t.Logf("%d round trips and %d events in %s, %d wrong", questions, events, time.Since(began).Round(time.Millisecond), wrong.Load())
	s.until(t, "all events", func() (bool, error) { return echoes.Load() == events, nil })
	if odd := c.Stats().Odd; odd != 0 {
		t.Errorf("%d messages that nobody asked for", odd)
	}
	stop()
	if err := <-over; err != nil {
		t.Error(err)
	}
}
