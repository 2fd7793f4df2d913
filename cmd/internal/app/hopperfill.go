package app

import (
	"context"
	"errors"
	"log/slog"
)

// HopperFill is the role that keeps the hoppers full.
func HopperFill(cfg Config, log *slog.Logger) Role {
	return Role{
		name: RoleHopperFill, cfg: cfg, log: log,
		run: func(context.Context, *Duty) error {
			return errors.New("hopper-fill is not wired yet")
		},
	}
}
