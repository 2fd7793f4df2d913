package app

import (
	"context"
	"fmt"

	"github.com/go-sql-driver/mysql"

	"trunkline/sql/grants"
	"trunkline/sql/private"
)

// RoleAccounts gives each role an account of its own on a private server, with
// the rights that it needs and no other, so that whatever runs there shows that
// they suffice. The database's tables are there.
func RoleAccounts(ctx context.Context, server *private.Server, database string) (telephonyDSN, webDSN string, err error) {
	dsn := map[string]string{}
	for _, role := range grants.Roles {
		dsn[role], err = RoleAccount(ctx, server, database, database+"_"+role, role)
		if err != nil {
			return "", "", err
		}
	}
	return dsn[grants.Telephony], dsn[grants.Web], nil
}

// RoleAccount makes an account of a private server with the rights that a role
// needs in a database, and is its way in.
func RoleAccount(ctx context.Context, server *private.Server, database, user, role string) (dsn string, err error) {
	account := grants.Account{Database: database, User: user, Password: Secret(), Roles: []string{role}, Hosts: server.Hosts()}
	statements, err := account.SQL()
	if err == nil {
		err = server.Run(ctx, statements)
	}
	if err != nil {
		return "", fmt.Errorf("the database account of role %s: %w", role, err)
	}
	return server.DSNAs(account.User, account.Password, database), nil
}

// Regrant gives the accounts that the configuration names what this version of
// their roles needs. The accounts are there and keep their passwords.
func Regrant(ctx context.Context, c Config, server *private.Server) error {
	for role, dsn := range map[string]string{grants.Telephony: c.Database.DSN, grants.Web: c.Database.WebDSN} {
		database, user := AccountOf(dsn)
		if database == "" || user == "root" {
			continue
		}
		statements, err := grants.Account{Database: database, User: user, Roles: []string{role}, Hosts: server.Hosts()}.SQL()
		if err == nil {
			err = server.Run(ctx, statements)
		}
		if err != nil {
			return fmt.Errorf("role %s: %w", role, err)
		}
	}
	return nil
}

// AccountOf is the database and the account of a data source name; "" of none.
func AccountOf(dsn string) (database, user string) {
	c, err := mysql.ParseDSN(dsn)
	if err != nil || dsn == "" {
		return "", ""
	}
	return c.DBName, c.User
}

// AnyPorts lets each role take any free port for its metrics: for systems of
// which several run on one machine.
func AnyPorts() Metrics {
	const any = "127.0.0.1:0"
	return Metrics{Web: any, Keepalive: any, Listen: any, HopperFill: any}
}

// AddressOf is where the server of a data source name is; both "" of none that can
// be read.
func AddressOf(dsn string) (network, address string) {
	c, err := mysql.ParseDSN(dsn)
	if err != nil {
		return "", ""
	}
	return c.Net, c.Addr
}
