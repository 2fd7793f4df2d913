package rig

import (
	"context"
	"fmt"
	"time"

	"trunkline/dialer"
)

// Quiet waits until no call is up, by the books and by Asterisk.
func (r *Rig) Quiet(ctx context.Context) error {
	return r.Await(ctx, 2*time.Minute, func() string {
		step, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		s, err := r.Store.Status(step, r.Campaign.ID, r.Began)
		if err != nil {
			return err.Error()
		}
		for state, n := range s.Calls {
			if n > 0 {
				return fmt.Sprintf("%d calls are %s in the books", n, state)
			}
		}
		channels, err := r.ARI.Channels(step)
		if err != nil {
			return err.Error()
		}
		for _, c := range channels {
			if _, ok := dialer.CallOfChannel(c.ID); ok {
				return "Asterisk has the channel of call " + c.ID
			}
		}
		return ""
	})
}

// Silent waits until Asterisk has no channel at all.
func (r *Rig) Silent(ctx context.Context) error {
	return r.Await(ctx, 2*time.Minute, func() string {
		step, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		channels, err := r.ARI.Channels(step)
		if err != nil {
			return err.Error()
		}
		if len(channels) > 0 {
			return fmt.Sprintf("Asterisk has %d channels, %s among them", len(channels), channels[0].Name)
		}
		return ""
	})
}
