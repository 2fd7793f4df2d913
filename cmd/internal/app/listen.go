package app

import (
	"context"
	"errors"
	"log/slog"
)

// Listen is the role that carries the calls of this host's Asterisk.
func Listen(cfg Config, log *slog.Logger) Role {
	return Role{
		name: RoleListen, cfg: cfg, log: log,
		need: []string{"asterisk.ami_secret", "asterisk.ari_secret", "asterisk.events_secret"},
		run: func(context.Context, *Duty) error {
			return errors.New("listen is not wired yet")
		},
	}
}
