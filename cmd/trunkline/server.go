package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/mariadb"
)

type serverCmd struct {
	Remove serverRemoveCmd `cmd:"" help:"Take a server that has left for good out of the cluster."`
}

type serverRemoveCmd struct {
	Name string `arg:"" help:"Its name."`
}

// Help is what --help says beside.
func (*serverRemoveCmd) Help() string {
	return "Takes those of a server's roles away that have stopped, as the page Servers does: nothing asks for them any more. Its calls stay in every report, and a host that joins under its name comes back. Refused while it is at work, while calls or shifts stand in its books, and while SIP phones are set up on it alone."
}

// Run removes a server.
func (c *serverRemoveCmd) Run(ctx context.Context, g *globals) error {
	_, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	now, err := db.Now(ctx)
	if err != nil {
		return err
	}
	roles, err := mariadb.NewHosts(db).Remove(ctx, audit.By{User: commandLine, At: now}, c.Name)
	var said *dialer.Problem
	if errors.Is(err, dialer.ErrNotFound) && !errors.As(err, &said) {
		return dialer.Explain(dialer.ErrNotFound, "No server is called "+c.Name+": the page Servers lists them.")
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(g.stdout, "%s is removed as %s server.\n", c.Name, strings.Join(roles, " and "))
	return nil
}
