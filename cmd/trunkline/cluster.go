package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/user"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/join"
	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/grants"
	"trunkline/sql/mariadb"
)

type grantsCmd struct {
	Role       []string `help:"Of which roles: web, telephony, database, or several; else this host's." placeholder:"ROLE,ROLE" sep:","`
	Only       string   `help:"Print only sql, firewall or asterisk." enum:",sql,firewall,asterisk" default:"" placeholder:"PART"`
	User       string   `help:"The database account; else the configuration's." placeholder:"NAME"`
	From       []string `help:"From where the account comes, as MariaDB writes hosts; else as the database knows it." placeholder:"HOST" sep:","`
	Password   string   `help:"A password for an account that is to be made; else it is there and keeps its own." placeholder:"PASSWORD"`
	Web        []string `help:"Addresses of the web servers." placeholder:"IP" sep:","`
	Telephony  []string `help:"Addresses of the telephony servers." placeholder:"IP" sep:","`
	Carriers   []string `help:"Addresses of the carriers." placeholder:"IP" sep:","`
	Phones     []string `help:"Addresses or networks of SIP phones on desks, where there are any; phones in browsers need none." placeholder:"IP" sep:","`
	Balancers  []string `help:"Addresses of the TLS proxies or balancers on other hosts, where web.listen is not on loopback." placeholder:"IP" sep:","`
	Prometheus []string `help:"Addresses from which Prometheus asks, where the metrics are not on loopback." placeholder:"IP" sep:","`
	RTP        string   `help:"Ports of sound, as rtp.conf has them." default:"10000-20000" placeholder:"FIRST-LAST"`
}

// Help is what --help says beside.
func (*grantsCmd) Help() string {
	return "Prints the exact rights that this host's roles need, and no more: the database account, table by table (run it as MariaDB's root, after trunkline migrate, and again after an upgrade: trunkline grants --only sql | mariadb), the firewall's rules for nftables (trunkline grants --only firewall … | nft -f - loads them until the next start; those of MariaDB's host by --role database, or where its database is here and others are named), and the accounts of Asterisk's manager and ARI. Nothing is changed."
}

// Run prints what the roles need.
func (c *grantsCmd) Run(ctx context.Context, g *globals) error {
	cfg, err := g.config()
	if err != nil {
		return err
	}
	roles := c.Role
	if len(roles) == 0 {
		roles = cfg.Roles
	}
	for _, r := range roles {
		if r != app.HostWeb && r != app.HostTelephony && r != app.HostDatabase {
			return &app.ConfigError{Sentence: fmt.Sprintf("--role: %q is no role: web, telephony and database are", r)}
		}
	}
	if err := c.addresses(); err != nil {
		return err
	}
	ours := slices.DeleteFunc(slices.Clone(roles), func(r string) bool { return r == app.HostDatabase })
	if (c.Only == "" || c.Only == "sql") && len(ours) > 0 {
		err = c.sql(ctx, g, cfg, ours)
		if err != nil {
			return err
		}
	}
	if c.Only == "" || c.Only == "firewall" {
		n := app.Neighbours{Web: c.Web, Telephony: c.Telephony, Carriers: c.Carriers, Phones: c.Phones, Balancers: c.Balancers, Prometheus: c.Prometheus}
		if _, err := fmt.Sscanf(c.RTP, "%d-%d", &n.RTPFirst, &n.RTPLast); err != nil || n.RTPFirst < 1 || n.RTPLast > 65535 || n.RTPFirst >= n.RTPLast {
			return &app.ConfigError{Sentence: fmt.Sprintf("--rtp: %q are no ports such as 10000-20000", c.RTP)}
		}
		if len(c.Role) == 0 && len(n.Web)+len(n.Telephony) > 0 && app.DatabaseHere(cfg) {
			roles = append(slices.Clone(roles), app.HostDatabase)
		}
		fmt.Fprint(g.stdout, app.Firewall(cfg, roles, n))
	}
	if (c.Only == "" || c.Only == "asterisk") && strings.Contains(strings.Join(roles, " "), app.HostTelephony) {
		manager, ari := app.Users(cfg, c.Web)
		fmt.Fprint(g.stdout, "\n", manager, "\n", ari)
	}
	return nil
}

// addresses looks at the addresses of neighbours, before rules are made of them
// that the firewall or Asterisk would not load.
func (c *grantsCmd) addresses() error {
	for _, named := range []struct {
		flag  string
		addrs []string
		nets  bool // whether a network will do
	}{{"--web", c.Web, false}, {"--telephony", c.Telephony, false}, {"--carriers", c.Carriers, true}, {"--phones", c.Phones, true}, {"--balancers", c.Balancers, true}, {"--prometheus", c.Prometheus, true}} {
		for _, a := range named.addrs {
			if net.ParseIP(a) != nil {
				continue
			}
			if _, _, err := net.ParseCIDR(a); err == nil && named.nets {
				continue
			}
			return &app.ConfigError{Sentence: fmt.Sprintf("%s: %q is no address such as 192.0.2.7", named.flag, a)}
		}
	}
	return nil
}

// comesFrom is the host of an account that reaches the database by dsn: by a socket
// it is localhost, by the network the one that the database knows.
func comesFrom(ctx context.Context, dsn string) (string, error) {
	network, address := app.AddressOf(dsn)
	if network != "tcp" {
		return "localhost", nil
	}
	db, err := mariadb.Open(dsn)
	if err == nil {
		defer db.Close()
		var shown []string
		shown, err = mariadb.NewOperating(db).Grants(ctx)
		if host := grants.Host(shown); host != "" {
			return host, nil
		}
	}
	return "", &app.ConfigError{Sentence: fmt.Sprintf("--from is missing: the database at %s does not say from where it knows this host's account (%v); name the host's address, such as 192.0.2.7", address, err)}
}

// sql prints the account of each role that has one of its own, or the one that all
// roles share.
func (c *grantsCmd) sql(ctx context.Context, g *globals, cfg app.Config, roles []string) error {
	if c.User == "" && cfg.Database.WebDSN != "" {
		for _, role := range roles {
			if err := c.account(ctx, g, cfg, []string{role}); err != nil {
				return err
			}
		}
		return nil
	}
	return c.account(ctx, g, cfg, roles)
}

func (c *grantsCmd) account(ctx context.Context, g *globals, cfg app.Config, roles []string) error {
	dsn := cfg.Database.DSN
	if len(roles) == 1 && roles[0] == app.HostWeb && cfg.Database.WebDSN != "" {
		dsn = cfg.Database.WebDSN
	}
	account := grants.Account{Database: "trunkline", User: "trunkline", Hosts: c.From, Password: c.Password, Roles: roles}
	if database, user := app.AccountOf(dsn); database != "" {
		account.Database, account.User = database, user
	}
	if c.User != "" {
		account.User = c.User
	}
	if len(c.From) == 0 {
		host, err := comesFrom(ctx, dsn)
		if err != nil {
			return err
		}
		account.Hosts = []string{host}
	}
	statements, err := account.SQL()
	if err != nil {
		return &app.ConfigError{Sentence: err.Error()}
	}
	fmt.Fprintf(g.stdout, "-- The database account of %s (%s). Where it is new, add --password.\n", cfg.Server, strings.Join(roles, " and "))
	for _, s := range statements {
		fmt.Fprintln(g.stdout, s+";")
	}
	fmt.Fprintln(g.stdout)
	return nil
}

type inviteCmd struct {
	Name     string        `arg:"" optional:"" help:"The new server's name; without one, the open invitations are listed."`
	Roles    []string      `help:"web, telephony, or both." default:"telephony" sep:"," placeholder:"ROLE,ROLE"`
	From     string        `help:"The new server's address, as the database sees it." placeholder:"IP"`
	Database string        `help:"Where the new server reaches the database; else as this host does." placeholder:"HOST:PORT"`
	Life     time.Duration `help:"How long the token is good." default:"1h"`
	Revoke   bool          `help:"End the name's open invitations instead."`
}

// Help is what --help says beside.
func (*inviteCmd) Help() string {
	return "Makes a token with which one host joins once: `trunkline join ADDRESS TOKEN` there writes its configuration with a database account of its own, which has the rights of its roles and no more. The account is made here where database.admin_dsn may make accounts; else its SQL is printed for MariaDB's root. The token itself is kept nowhere."
}

// Run makes a token.
func (c *inviteCmd) Run(ctx context.Context, g *globals) error {
	cfg, db, err := g.database(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if c.Name == "" {
		return listInvites(ctx, g, db)
	}
	now, err := db.Now(ctx)
	if err != nil {
		return err
	}
	by := audit.By{User: commandLine, At: now}
	if c.Revoke {
		n, err := mariadb.NewInvites(db).Revoke(ctx, by, c.Name)
		switch {
		case err != nil:
			return err
		case n == 0:
			return dialer.Explain(dialer.ErrNotFound, c.Name+" has no open invitation.")
		}
		fmt.Fprintf(g.stdout, "The invitation of %s is revoked.\n", c.Name)
		return nil
	}
	if c.From == "" {
		return &app.ConfigError{Sentence: "--from is missing: the address from which " + c.Name + " reaches the database, such as 192.0.2.7"}
	}
	if c.Life < time.Minute || c.Life > 7*24*time.Hour {
		return &app.ConfigError{Sentence: "--life must be from 1m to 168h"}
	}
	for _, r := range c.Roles {
		if r != app.HostWeb && r != app.HostTelephony {
			return &app.ConfigError{Sentence: fmt.Sprintf("--roles: %q is no role: web and telephony are", r)}
		}
	}
	who := "command line"
	if u, err := user.Current(); err == nil {
		who = u.Username
	}
	made, err := join.Invite(ctx, cfg, db, by, join.Invitation{
		Server: c.Name, Roles: c.Roles, From: c.From, Database: c.Database, Life: c.Life, By: who,
	})
	if err != nil {
		return err
	}
	if len(made.SQL) > 0 {
		fmt.Fprintln(g.stdout, "First, as MariaDB's root (the account of database.admin_dsn may not make accounts):")
		for _, s := range made.SQL {
			fmt.Fprintln(g.stdout, "  "+s+";")
		}
	}
	fmt.Fprintf(g.stdout, "On %s, within %s, once:\n  %s\n", c.Name, c.Life, join.Command(cfg, made.Token))
	return nil
}

func listInvites(ctx context.Context, g *globals, db *mariadb.DB) error {
	all, err := mariadb.NewInvites(db).All(ctx)
	if err != nil {
		return err
	}
	now, err := db.Now(ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		fmt.Fprintln(g.stdout, "Nobody has been invited.")
		return nil
	}
	w := tabwriter.NewWriter(g.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SERVER\tROLES\tBY\tMADE\tSTATE")
	for _, i := range all {
		state := "open until " + i.ExpiresAt.Format(time.DateTime)
		switch {
		case i.UsedAt != nil:
			state = "used " + i.UsedAt.Format(time.DateTime) + " from " + i.UsedFrom
		case !i.ExpiresAt.After(now):
			state = "over"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", i.Server, i.Roles, i.By, i.MadeAt.Format(time.DateTime), state)
	}
	return w.Flush()
}

type joinCmd struct {
	Web   string `arg:"" help:"The address of a web server, as browsers have it."`
	Token string `arg:"" help:"What trunkline invite printed; - reads it from standard input."`
	To    string `help:"Where the configuration goes." default:"${systemConfig}" placeholder:"FILE"`
}

// Run joins.
func (c *joinCmd) Run(ctx context.Context, g *globals) error {
	token := c.Token
	if token == "-" {
		if _, err := fmt.Fscan(g.stdin, &token); err != nil {
			return fmt.Errorf("reading the token: %w", err)
		}
	}
	cfg, err := join.Join(ctx, c.Web, join.Token(token), c.To)
	if err != nil {
		return err
	}
	if os.Geteuid() == 0 {
		ownedByRoles(c.To)
	}
	fmt.Fprintf(g.stdout, "%s has joined as %s; its configuration is %s.\n", cfg.Server, strings.Join(cfg.Roles, " and "), c.To)
	if cfg.Does(app.HostTelephony) {
		fmt.Fprintln(g.stdout, "Next: trunkline setup --joined, which sets up its Asterisk and starts its roles; or by hand, by what `trunkline grants` prints.")
	} else {
		fmt.Fprintln(g.stdout, "Next: trunkline setup --joined, which starts its roles.")
	}
	return nil
}

// ownedByRoles lets the account that runs the roles read the configuration; where
// there is no such account yet, setup does it.
func ownedByRoles(path string) {
	group, err := user.LookupGroup("trunkline")
	if err != nil {
		return
	}
	var gid int
	if _, err := fmt.Sscan(group.Gid, &gid); err == nil && os.Chown(path, 0, gid) == nil {
		_ = os.Chmod(path, 0o640)
	}
}
