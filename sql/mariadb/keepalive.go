package mariadb

import (
	"context"
	"fmt"

	"trunkline/dialer"
	"trunkline/dialer/keepalive"
	"trunkline/sql/queries"
)

// Keepalive is what keepalive asks of the database: the clock and the servers'
// rows for its heart, the phones and carriers for its reconciler.
type Keepalive struct {
	*DB
	*Servers
}

// NewKeepalive is the store on a database.
func NewKeepalive(db *DB) *Keepalive { return &Keepalive{db, NewServers(db)} }

var (
	keepaliveEdition  = queries.Get("keepalive-edition")
	keepalivePhones   = queries.Get("keepalive-phones")
	keepaliveCarriers = queries.Get("keepalive-carriers")
	keepalivePeers    = queries.Get("keepalive-peers")
	keepaliveWritten  = queries.Get("keepalive-written")
)

// Edition tells the present state of a server's plan from others.
func (k *Keepalive) Edition(ctx context.Context, server dialer.ServerID) (keepalive.Edition, error) {
	var e keepalive.Edition
	err := k.x.GetContext(ctx, &e, keepaliveEdition, server)
	return e, kind(err)
}

// Plan gives the phones of a server, the carriers that are switched on, and the
// servers between which calls cross.
func (k *Keepalive) Plan(ctx context.Context, server dialer.ServerID) (dialer.PBXPlan, error) {
	p := dialer.PBXPlan{Server: server}
	err := k.x.SelectContext(ctx, &p.Phones, keepalivePhones, server)
	if err != nil {
		return p, fmt.Errorf("reading the phones: %w", kind(err))
	}
	err = k.x.SelectContext(ctx, &p.Carriers, keepaliveCarriers)
	if err != nil {
		return p, fmt.Errorf("reading the carriers: %w", kind(err))
	}
	err = k.x.SelectContext(ctx, &p.Peers, keepalivePeers)
	if err != nil {
		return p, fmt.Errorf("reading the other servers: %w", kind(err))
	}
	return p, nil
}

// Written notes that the server's Asterisk has the configuration.
func (k *Keepalive) Written(ctx context.Context, server dialer.ServerID) error {
	_, err := k.x.ExecContext(ctx, keepaliveWritten, server)
	return kind(err)
}
