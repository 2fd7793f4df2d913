package main

import (
	"context"
	"errors"
	"sync"
)

// chain is steps that follow one another.
type chain struct{ steps []func(context.Context) error }

func (c *chain) add(step func(context.Context) error) { c.steps = append(c.steps, step) }

// chains run side by side.
type chains []chain

// do runs all chains; the first failure stops the others, and it alone is told.
func (all chains) do(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var group sync.WaitGroup
	for _, c := range all {
		group.Go(func() {
			for _, step := range c.steps {
				if ctx.Err() != nil {
					return
				}
				if err := step(ctx); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	group.Wait()
	err := context.Cause(ctx)
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted; run it again to go on")
	}
	return err
}
