package mariadb

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

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

	keepaliveRegistered   = queries.Get("keepalive-registered")
	keepaliveUnregistered = queries.Get("keepalive-unregistered")
	keepalivePeers        = queries.Get("keepalive-peers")
	keepaliveWritten      = queries.Get("keepalive-written")
)

// Edition tells the present state of servers' plans from others.
func (k *Keepalive) Edition(ctx context.Context) (keepalive.Edition, error) {
	var e keepalive.Edition
	err := k.x.GetContext(ctx, &e, keepaliveEdition)
	return e, kind(err)
}

// Plan gives the phones of a server, the carriers that are switched on, the
// servers between which calls cross, and the sounds that may be music on hold.
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
	var sounds []dialer.SoundFile
	err = k.x.SelectContext(ctx, &sounds, soundFiles)
	for _, s := range sounds {
		p.Music = append(p.Music, s.ID)
	}
	if err != nil {
		return p, fmt.Errorf("reading the sounds: %w", kind(err))
	}
	return p, nil
}

// Registered keeps how the server's registrations with carriers stand.
func (k *Keepalive) Registered(ctx context.Context, server dialer.ServerID, all []dialer.Registration) error {
	names := []string{""}
	for _, r := range all {
		names = append(names, r.Carrier)
		if _, err := k.x.ExecContext(ctx, keepaliveRegistered, server, r.State, r.Carrier); err != nil {
			return kind(err)
		}
	}
	query, args, err := sqlx.In(keepaliveUnregistered, server, names)
	if err != nil {
		return err
	}
	_, err = k.x.ExecContext(ctx, query, args...)
	return kind(err)
}

// Written notes that the server's Asterisk has the configuration.
func (k *Keepalive) Written(ctx context.Context, server dialer.ServerID) error {
	_, err := k.x.ExecContext(ctx, keepaliveWritten, server)
	return kind(err)
}
