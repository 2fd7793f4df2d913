package mariadb

import (
	"context"

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
	keepaliveWritten  = queries.Get("keepalive-written")
)

// Edition tells the present state of a server's phones and of the carriers from
// others.
func (k *Keepalive) Edition(ctx context.Context, server dialer.ServerID) (keepalive.Edition, error) {
	var e keepalive.Edition
	err := k.x.GetContext(ctx, &e, keepaliveEdition, server)
	return e, kind(err)
}

// Phones gives the phones of a server.
func (k *Keepalive) Phones(ctx context.Context, server dialer.ServerID) ([]dialer.Phone, error) {
	var phones []dialer.Phone
	err := k.x.SelectContext(ctx, &phones, keepalivePhones, server)
	return phones, kind(err)
}

// Carriers gives the carriers that are switched on.
func (k *Keepalive) Carriers(ctx context.Context) ([]dialer.Carrier, error) {
	var carriers []dialer.Carrier
	err := k.x.SelectContext(ctx, &carriers, keepaliveCarriers)
	return carriers, kind(err)
}

// Written notes that the server's Asterisk has the configuration.
func (k *Keepalive) Written(ctx context.Context, server dialer.ServerID) error {
	_, err := k.x.ExecContext(ctx, keepaliveWritten, server)
	return kind(err)
}
