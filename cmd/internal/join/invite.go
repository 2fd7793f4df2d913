package join

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"trunkline/cmd/internal/app"
	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/grants"
	"trunkline/sql/mariadb"
	"trunkline/webui/facts"
)

// Invitation asks for a host to be let in.
type Invitation struct {
	Server   string // its name
	Roles    []string
	From     string // its IP address: the database sees it come from there, and the web role finds its Asterisk there
	Database string // host:port at which it reaches the database; "": as this host does, if that is by a port
	Life     time.Duration
	By       string
}

// Made is an invitation that was made.
type Made struct {
	Token Token
	// SQL makes the host's account of the database; it was not carried out because
	// the operator's own account may not. Empty: it was.
	SQL []string
}

var serverForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,31}$`)

// Invite makes a token, and the database account of the host with it.
func Invite(ctx context.Context, c app.Config, db *mariadb.DB, by audit.By, i Invitation) (Made, error) {
	var m Made
	if !serverForm.MatchString(i.Server) {
		return m, dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("%q cannot be a server's name: up to 32 letters, digits and dashes.", i.Server))
	}
	if net.ParseIP(i.From) == nil {
		return m, dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("%q is no address: name the one from which the database sees %s come, such as 192.0.2.7 (--from).", i.From, i.Server))
	}
	own, err := mysql.ParseDSN(c.Database.Admin())
	if err != nil {
		return m, err
	}
	if i.Database == "" && own.Net == "tcp" {
		i.Database = own.Addr
	}
	if _, _, err := net.SplitHostPort(i.Database); err != nil {
		return m, dialer.Explain(dialer.ErrInvalid, "Name the address at which the new host reaches the database, such as 192.0.2.1:3306 (--database): this host uses a socket.")
	}
	host, _, err := net.SplitHostPort(i.Database)
	if ip := net.ParseIP(host); err == nil && (ip.IsLoopback() || host == "localhost") && !net.ParseIP(i.From).IsLoopback() {
		return m, dialer.Explain(dialer.ErrInvalid, i.Database+" is this host itself to every host: name the database's address in your network (--database).")
	}
	// Two hosts of one name would write one row. A host that is rebuilt is silent.
	alive, err := mariadb.NewServers(db).Alive(ctx, i.Server)
	if err != nil {
		return m, err
	}
	if alive {
		return m, dialer.Explain(dialer.ErrConflict, i.Server+" is at work already: choose another name. To set up the same host anew, stop its units first and wait half a minute.")
	}
	account := grants.Account{Database: own.DBName, User: accountName(i.Server), Hosts: []string{i.From}, Password: app.Secret() + app.Secret(), Roles: i.Roles}
	statements, err := account.SQL()
	if err != nil {
		return m, err
	}
	err = mariadb.NewOperating(db).Run(ctx, statements)
	switch {
	case errors.Is(err, dialer.ErrForbidden):
		m.SQL = statements
	case err != nil:
		return m, err
	}
	next := hostConfig(c, i, account)
	m.Token = NewToken()
	sealed, err := m.Token.Seal(next)
	if err != nil {
		return m, err
	}
	return m, mariadb.NewInvites(db).Add(ctx, by, mariadb.NewInvite{
		ID: m.Token.ID(), Server: i.Server, Roles: strings.Join(i.Roles, ","), Payload: sealed, By: i.By, Life: i.Life,
	})
}

// accountName is the database account of a host.
func accountName(server string) string {
	return "trunkline_" + strings.ToLower(strings.ReplaceAll(server, "-", "_"))
}

// hostConfig is what the new host is told. Its secrets are its own.
func hostConfig(c app.Config, i Invitation, account grants.Account) app.Config {
	next := app.Default()
	next.Server, next.Roles = i.Server, i.Roles
	dsn := mysql.NewConfig()
	dsn.User, dsn.Passwd, dsn.Net, dsn.Addr, dsn.DBName = account.User, account.Password, "tcp", i.Database, account.Database
	next.Database.DSN = dsn.FormatDSN()
	next.Web.PublicURL = c.Web.PublicURL
	a := &next.Asterisk
	a.AMISecret, a.KeepaliveAMISecret, a.WebAMISecret, a.ARISecret, a.EventsSecret = app.Secret(), app.Secret(), app.Secret(), app.Secret(), app.Secret()
	if next.Does(app.HostTelephony) {
		// The web role commands this Asterisk from another host, by this address.
		a.AMI = net.JoinHostPort(i.From, "5038")
		a.WSURL = "wss://" + net.JoinHostPort(i.From, "8089") + "/ws"
	}
	return next
}

// OnPage is Invite for the web role, whose account makes no others: the SQL of the
// host's account is always for MariaDB's root.
func OnPage(ctx context.Context, c app.Config, db *mariadb.DB, by audit.By, i facts.Invitation) (facts.Invited, error) {
	made, err := Invite(ctx, c, db, by, Invitation{Server: i.Server, Roles: i.Roles, From: i.From, Database: i.Database, Life: i.Life, By: i.By})
	return facts.Invited{Command: Command(c, made.Token), SQL: made.SQL}, err
}

// Command is what is typed on the new host.
func Command(c app.Config, t Token) string {
	web := c.Web.PublicURL
	if web == "" {
		web = "https://YOUR-WEB-SERVER"
	}
	return "trunkline join " + web + " " + string(t)
}
