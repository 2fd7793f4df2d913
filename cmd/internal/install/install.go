// Package install sets a host up whose packages are there: database, Asterisk,
// configuration, an administrator, and the roles running. What the host has
// already stays as it is.
package install

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/app"
	"trunkline/dialer"
	"trunkline/dialer/proc"
	"trunkline/sql/mariadb"
	"trunkline/sql/private"
)

// Where things lie on an installed host.
const (
	// State holds the database, Asterisk with its recordings, and lead files.
	State = "/var/lib/trunkline"
	// Account runs everything.
	Account  = "trunkline"
	database = "trunkline"
)

// Options are what can be asked of a set-up.
type Options struct {
	Config   string // where the configuration is, or goes
	State    string // instead of State
	Asterisk string // where the package trunkline-asterisk has put Asterisk, if it is there
	Roles    []string
	Address  string   // of Asterisk: SIP, phones; "": loopback only
	Host     string   // the name by which browsers reach it, which the certificate has; "": the address
	Web      []string // addresses of web servers on other hosts
	Cert     string   // for browsers' phones; with Key
	Key      string
	Listen   string // of the pages
	URL      string // what browsers call us
	Admin    string // user to be made, if there is no admin yet
	Password string // of that user; "": one is made
	Systemd  bool   // start the units
	Say      func(format string, args ...any)
	Log      *slog.Logger
}

// Result is what was set up.
type Result struct {
	Config   app.Config
	Admin    string // who can sign in, if that is new
	Password string // which was made
	Started  bool
	Units    []string
}

// Setup sets the host up. The database's and Asterisk's programs are there.
func Setup(ctx context.Context, o Options) (Result, error) {
	var r Result
	if os.Geteuid() != 0 {
		return r, errors.New("a host is set up by root: sudo trunkline setup")
	}
	uid, gid, err := account(ctx)
	if err != nil {
		return r, err
	}
	c, err := app.Load(o.Config)
	var none *app.ConfigError
	_, missing := os.Stat(o.Config)
	switch {
	case errors.As(err, &none) && os.IsNotExist(missing):
		c = app.Default()
		c.Roles = o.Roles
	case err != nil:
		return r, err
	default:
		o.Say("%s is there: what stands in it stays.", o.Config)
	}
	err = folders(c, o, uid, gid)
	if err != nil {
		return r, err
	}
	address, elsewhere := otherDatabase(c)
	if elsewhere {
		o.Say("The database is the one at %s: nothing is changed there.", address)
	} else {
		err = setDatabase(ctx, &c, o, &r)
		if err != nil {
			return r, err
		}
	}
	if c.Does(app.HostTelephony) {
		err = setAsterisk(ctx, &c, o)
		if err != nil {
			return r, err
		}
	}
	if c.Does(app.HostWeb) {
		if o.Listen != "" {
			c.Web.Listen = o.Listen
		}
		if o.URL != "" {
			c.Web.PublicURL = o.URL
		}
		if c.Web.PublicURL == "" {
			c.Web.PublicURL = "http://" + c.Web.Listen
		}
	}
	before, _ := os.ReadFile(o.Config) // none at the first time
	err = c.Save(o.Config)
	if err != nil {
		return r, err
	}
	after, err := os.ReadFile(o.Config)
	if err != nil {
		return r, err
	}
	err = errors.Join(os.Chown(o.Config, 0, gid), os.Chmod(o.Config, 0o640))
	if err != nil {
		return r, err
	}
	r.Config, r.Units = c, units(c, elsewhere)
	if !o.Systemd {
		return r, nil
	}
	r.Started, err = start(ctx, c, r.Units, !bytes.Equal(before, after), o)
	return r, err
}

// account is that of the roles, made if need be.
func account(ctx context.Context) (uid, gid int, err error) {
	u, err := user.Lookup(Account)
	if err != nil {
		out, failed := exec.CommandContext(ctx, "useradd", "--system", "--user-group", "--home-dir", State, "--no-create-home", "--shell", "/usr/sbin/nologin", Account).CombinedOutput()
		if failed != nil {
			return 0, 0, fmt.Errorf("making the account %s: %w: %s", Account, failed, strings.TrimSpace(string(out)))
		}
		u, err = user.Lookup(Account)
	}
	if err != nil {
		return 0, 0, err
	}
	uid, err = strconv.Atoi(u.Uid)
	if err == nil {
		gid, err = strconv.Atoi(u.Gid)
	}
	return uid, gid, err
}

func folders(c app.Config, o Options, uid, gid int) error {
	for dir, mode := range map[string]os.FileMode{
		filepath.Dir(o.Config): 0o755, o.State: 0o755, c.RunDir: 0o755,
	} {
		err := os.MkdirAll(dir, mode)
		if err != nil {
			return err
		}
		if dir != filepath.Dir(o.Config) {
			err = os.Chown(dir, uid, gid)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// otherDatabase tells whether the roles use another database than this host's own,
// and where that is: trunkline join has written so, or whoever moved the database
// to a host for itself.
func otherDatabase(c app.Config) (address string, elsewhere bool) {
	if c.Database.DSN == "" {
		return "", false
	}
	network, address := app.AddressOf(c.Database.DSN)
	if address == "" {
		return "a place that the configuration's database.dsn does not name rightly", true
	}
	return address, network != "unix" || filepath.Base(address) != socketName
}

// socketName is that of this host's own MariaDB; no other's is called so.
const socketName = "mariadb.sock"

// Database are the options of this host's own MariaDB.
func Database(state string) private.Options {
	return private.Options{
		Dir: filepath.Join(state, "mariadb"), Socket: filepath.Join(state, "mariadb-socket", socketName), User: Account, BufferPool: pool(),
		PidFile: filepath.Join(state, "mariadbd.pid"),
	}
}

// pool is a quarter of the machine's memory for InnoDB's pages, in MB.
func pool() int {
	text, err := os.ReadFile("/proc/meminfo")
	var kb int
	if err == nil {
		_, err = fmt.Sscanf(string(text), "MemTotal: %d kB", &kb)
	}
	if err != nil {
		return 256
	}
	return min(max(kb/1024/4, 256), 64<<10)
}

// setDatabase makes the database, its tables, the roles' accounts and an
// administrator, on a MariaDB that it starts for that and stops again.
func setDatabase(ctx context.Context, c *app.Config, o Options, r *Result) error {
	o.Say("Setting up MariaDB …")
	options := Database(o.State)
	options.DieWithParent = true
	server, err := private.Start(ctx, options)
	if errors.Is(err, proc.ErrRunning) && c.Database.AdminDSN != "" {
		o.Say("  it is running: its accounts stay as they are")
		return fill(ctx, *c, o, r)
	}
	if err != nil {
		return err
	}
	defer server.Stop(context.WithoutCancel(ctx))
	password := app.Secret() + app.Secret()
	err = server.CreateDatabase(ctx, database, database, password)
	if err != nil {
		return err
	}
	c.Database.AdminDSN = server.DSNAs(database, password, database)
	err = fill(ctx, *c, o, r)
	if err != nil {
		return err
	}
	c.Database.DSN, c.Database.WebDSN, err = app.RoleAccounts(ctx, server, database)
	return err
}

// fill makes the tables, and an administrator.
func fill(ctx context.Context, c app.Config, o Options, r *Result) error {
	db, err := mariadb.Open(c.Database.AdminDSN)
	if err != nil {
		return err
	}
	defer db.Close()
	steps, err := db.Migrate(ctx, o.Log)
	if err != nil {
		return err
	}
	o.Say("  its schema is up to date (%d steps)", steps)
	return admin(ctx, db, o, r)
}

// admin makes the first administrator.
func admin(ctx context.Context, db *mariadb.DB, o Options, r *Result) error {
	users, err := mariadb.NewUsers(db).All(ctx)
	if err != nil {
		return err
	}
	for _, u := range users {
		if u.Role == dialer.RoleAdmin && u.Active {
			return nil
		}
	}
	r.Admin = o.Admin
	password := o.Password
	if password == "" {
		password = app.Secret()
		r.Password = password
	}
	return app.AddUser(ctx, db, dialer.User{Username: o.Admin, FullName: "Administrator", Role: dialer.RoleAdmin}, password)
}

// Asterisk is this host's own instance, as the configuration has it.
func Asterisk(c app.Config, state string) asteriskconf.Instance {
	a := c.Asterisk
	in := asteriskconf.Instance{
		Kind: asteriskconf.PBX, RunDir: state, Dir: filepath.Join(state, "asterisk"), Name: "asterisk",
		Secrets: asteriskconf.Secrets{Listen: a.AMISecret, Web: a.WebAMISecret, Keepalive: a.KeepaliveAMISecret, ARI: a.ARISecret, Websocket: a.EventsSecret},
	}
	in.Allow, in.Web = []string{"127.0.0.0/255.0.0.0"}, a.Allow
	host, p, err := net.SplitHostPort(a.AMI)
	if err == nil {
		in.Address = host
		if !net.ParseIP(host).IsLoopback() {
			in.Allow = append(in.Allow, host) // from where our own roles come then
		}
		in.Ports.AMI, _ = strconv.Atoi(p)
	}
	in.Ports.SIP, in.Ports.HTTP, in.Ports.HTTPS, in.Ports.RTPFirst, in.Ports.RTPLast = 5060, 8088, 8089, 10000, 20000
	for to, name := range map[*string]string{&in.TLSCert: "cert.pem", &in.TLSKey: "key.pem"} {
		path := filepath.Join(filepath.Dir(c.File()), "tls", name)
		if _, err := os.Stat(path); err == nil {
			*to = path
		}
	}
	return in
}

// setAsterisk writes the instance's configuration, by starting it once: what the
// configuration then says of it is what really runs.
func setAsterisk(ctx context.Context, c *app.Config, o Options) error {
	rt, err := asteriskconf.Find(o.Asterisk)
	if err != nil {
		return fmt.Errorf("there is no Asterisk 20 or newer on this host: install the package asterisk, or trunkline-asterisk where the distribution has none (%w)", err)
	}
	o.Say("Setting up %s …", rt)
	if _, up := proc.Find(Asterisk(*c, o.State).PidFile()); up {
		return changeAsterisk(ctx, rt, c, o)
	}
	if o.Address != "" {
		c.Asterisk.AMI = net.JoinHostPort(o.Address, "5038")
	}
	if len(o.Web) > 0 {
		c.Asterisk.Allow = o.Web
	}
	if o.Cert != "" {
		err = certificate(*c, o)
		if err != nil {
			return err
		}
	}
	kept := "" // what somebody has set for browsers stays
	if u, err := url.Parse(c.Asterisk.WSURL); err == nil && c.Asterisk.WSURL != app.Default().Asterisk.WSURL && net.ParseIP(u.Hostname()) == nil {
		kept = c.Asterisk.WSURL
	}
	before := *c
	if before.File() == "" {
		err = before.Save(o.Config) // so that it knows where it stands
		if err != nil {
			return err
		}
	}
	in := Asterisk(before, o.State)
	in.DiesWithParent = true
	running, err := asteriskconf.Start(ctx, rt, in)
	if err != nil {
		return err
	}
	defer running.Stop(context.WithoutCancel(ctx))
	in = running.Instance
	a := &c.Asterisk
	phones := in.WebsocketURL()
	switch {
	case o.Host != "":
		phones = "wss://" + net.JoinHostPort(o.Host, strconv.Itoa(in.Ports.HTTPS)) + "/ws"
	case kept != "":
		phones = kept
	}
	a.AMI, a.ARI, a.WSURL = in.AMI(), in.ARI(), phones
	a.AMIUser, a.AMISecret = asteriskconf.UserListen, in.Secrets.Listen
	a.KeepaliveAMIUser, a.KeepaliveAMISecret = asteriskconf.UserKeepalive, in.Secrets.Keepalive
	a.WebAMIUser, a.WebAMISecret = asteriskconf.UserWeb, in.Secrets.Web
	a.ARIUser, a.ARISecret = asteriskconf.UserARI, in.Secrets.ARI
	a.EventsUser, a.EventsSecret = asteriskconf.UserWebsocket, in.Secrets.Websocket
	a.ConfDir, a.RecordingsDir = in.GeneratedDir(), in.RecordingsDir()
	return nil
}

// changeAsterisk gives an Asterisk that runs what it can take without an end of its
// calls: who may command it from other hosts.
func changeAsterisk(ctx context.Context, rt asteriskconf.Runtime, c *app.Config, o Options) error {
	switch {
	case o.Address != "" || o.Host != "" || o.Cert != "":
		return errors.New("Asterisk is running, maybe with calls, and takes --address, --host and --cert at its start only: `systemctl stop trunkline-keepalive trunkline-asterisk` when the last call has ended, then this again")
	case len(o.Web) == 0:
		o.Say("  it is running: its configuration stays as it is")
		return nil
	}
	c.Asterisk.Allow = o.Web
	err := asteriskconf.Admit(ctx, rt, Asterisk(*c, o.State))
	if err == nil {
		o.Say("  it is running, and lets the web servers in that you name; its calls go on")
	}
	return err
}

// certificate copies the certificate for browsers' phones to where Asterisk's
// start takes it from.
func certificate(c app.Config, o Options) error {
	dir := filepath.Join(filepath.Dir(o.Config), "tls")
	err := os.MkdirAll(dir, 0o750)
	for name, from := range map[string]string{"cert.pem": o.Cert, "key.pem": o.Key} {
		if err != nil {
			return err
		}
		var text []byte
		text, err = os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o640)
		}
	}
	return err
}

// units are what systemd runs on the host, in the order of their start.
func units(c app.Config, elsewhere bool) []string {
	var all []string
	if !elsewhere {
		all = append(all, "trunkline-mariadb")
	}
	if c.Does(app.HostTelephony) {
		all = append(all, "trunkline-asterisk", "trunkline-keepalive")
	}
	if c.Does(app.HostWeb) {
		all = append(all, "trunkline-web")
	}
	return all
}

// start starts the units, if systemd runs here. Roles that run begin anew where
// their configuration is another: calls that are up go on.
func start(ctx context.Context, c app.Config, units []string, anew bool, o Options) (bool, error) {
	if _, err := os.Stat("/run/systemd/system"); err != nil {
		return false, nil
	}
	o.Say("Starting %s …", strings.Join(units, ", "))
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if out, err := exec.CommandContext(ctx, "systemctl", append([]string{"enable"}, units...)...).CombinedOutput(); err != nil {
		return false, fmt.Errorf("systemd does not enable the units: %w: %s", err, strings.TrimSpace(string(out)))
	}
	// One after the other, so that the first that does not start is the one that is
	// named.
	for _, unit := range units {
		verb := "start"
		if anew && (unit == "trunkline-keepalive" || unit == "trunkline-web") {
			verb = "restart"
		}
		out, err := exec.CommandContext(ctx, "systemctl", verb, unit).CombinedOutput()
		if err != nil {
			return false, fmt.Errorf("%s did not start (%w): %s\n`journalctl -u %s` says more; `trunkline setup` may be repeated", unit, err, why(unit, out), unit)
		}
	}
	if err := serving(ctx, c); err != nil {
		return false, fmt.Errorf("the units run, but not every role serves after %s: `trunkline doctor` and `journalctl -u 'trunkline-*'` say why", startLimit)
	}
	return true, nil
}

// startLimit is how long all units may take to start.
const startLimit = 2 * time.Minute

// why is what a unit last said, or, where the journal tells nothing, systemctl.
func why(unit string, said []byte) string {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "journalctl", "--unit", unit, "--lines", "4", "--output", "cat", "--no-pager").Output()
	if err != nil || len(out) == 0 {
		out = said
	}
	return strings.TrimSpace(string(out))
}
