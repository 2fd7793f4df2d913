package mariadb

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-sql-driver/mysql"

	"trunkline/dialer"

	"trunkline/sql/queries"
)

// Operating is what somebody who runs the system asks of the database server.
type Operating struct{ db *DB }

// NewOperating is the store on a database.
func NewOperating(db *DB) *Operating { return &Operating{db} }

var (
	databaseVersion = queries.Get("database-version")
	databaseGrants  = queries.Get("database-grants")
	databaseRoom    = queries.Get("database-room")
	serversVersions = queries.Get("servers-versions")
	serversSilent   = queries.Get("servers-silent")
)

// Version is what the server says of itself, such as 10.11.19-MariaDB-0+deb12u1.
func (o *Operating) Version(ctx context.Context) (version string, err error) {
	err = o.db.x.GetContext(ctx, &version, databaseVersion)
	return version, kind(err)
}

// Grants are the rights of our account, as SHOW GRANTS writes them.
func (o *Operating) Grants(ctx context.Context) (lines []string, err error) {
	err = o.db.x.SelectContext(ctx, &lines, databaseGrants)
	return lines, kind(err)
}

// Run carries out statements such as those of `trunkline grants`, which may hold
// passwords: an error does not repeat them. One that the account may not do gives
// dialer.ErrForbidden.
func (o *Operating) Run(ctx context.Context, statements []string) error {
	for i, statement := range statements {
		_, err := o.db.x.ExecContext(ctx, statement)
		var refused *mysql.MySQLError
		if errors.As(err, &refused) && (refused.Number == 1227 || refused.Number == 1142 || refused.Number == 1044 || refused.Number == 1045 || refused.Number == 1410) {
			return fmt.Errorf("%w: making accounts", dialer.ErrForbidden)
		}
		if err != nil {
			return fmt.Errorf("statement %d of %d: %w", i+1, len(statements), kind(err))
		}
	}
	return nil
}

// Room is what bounds a database server.
type Room struct {
	MaxConnections int   `db:"max_connections"`
	BufferPool     int64 `db:"buffer_pool"` // bytes
}

// Room gives the server's bounds.
func (o *Operating) Room(ctx context.Context) (r Room, err error) {
	err = o.db.x.GetContext(ctx, &r, databaseRoom)
	return r, kind(err)
}

// HostVersion is which version a host runs.
type HostVersion struct {
	Name    string `db:"name"`
	Version string `db:"version"`
}

// SilentRole is a role of a host that has stopped beating.
type SilentRole struct {
	Name    string `db:"name"`
	Role    string `db:"role"`    // telephony, web
	Seconds int64  `db:"seconds"` // since its last beat
}

// Silent are the roles of hosts that are not where they should be.
func (o *Operating) Silent(ctx context.Context) (all []SilentRole, err error) {
	err = o.db.x.SelectContext(ctx, &all, serversSilent)
	return all, kind(err)
}

// Versions are those of the hosts that live.
func (o *Operating) Versions(ctx context.Context) (all []HostVersion, err error) {
	err = o.db.x.SelectContext(ctx, &all, serversVersions)
	return all, kind(err)
}
