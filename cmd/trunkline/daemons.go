package main

import (
	"context"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/join"
)

type webCmd struct{}

// Run serves the pages until ctx ends.
func (*webCmd) Run(ctx context.Context, g *globals) error {
	c, err := g.config()
	if err != nil {
		return err
	}
	return app.Web(c, g.log(), join.OnPage).Run(ctx)
}

type keepaliveCmd struct{}

// Run keeps this server working until ctx ends.
func (*keepaliveCmd) Run(ctx context.Context, g *globals) error {
	c, err := g.config()
	if err != nil {
		return err
	}
	return app.Keepalive(c, g.log(), g.flags(c)).Run(ctx)
}

type listenCmd struct{}

// Run carries this Asterisk's calls until ctx ends.
func (*listenCmd) Run(ctx context.Context, g *globals) error {
	c, err := g.config()
	if err != nil {
		return err
	}
	return app.Listen(c, g.log()).Run(ctx)
}

type hopperFillCmd struct{}

// Run keeps the hoppers full until ctx ends.
func (*hopperFillCmd) Run(ctx context.Context, g *globals) error {
	c, err := g.config()
	if err != nil {
		return err
	}
	return app.HopperFill(c, g.log()).Run(ctx)
}
