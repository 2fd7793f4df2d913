package app

import (
	"context"
	"errors"
	"log/slog"
)

// Web is the role that serves the pages.
func Web(cfg Config, log *slog.Logger) Role {
	return Role{
		name: RoleWeb, cfg: cfg, log: log,
		run: func(context.Context, *Duty) error {
			return errors.New("web is not wired yet")
		},
	}
}
