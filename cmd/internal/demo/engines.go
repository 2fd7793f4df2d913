package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/app"
	"trunkline/dialer"
	"trunkline/dialer/keepalive"
	"trunkline/dialer/proc"
	"trunkline/sql/mariadb"
	"trunkline/sql/private"
)

// demo is a running demo. What is nil has not been started.
type demo struct {
	Options
	cfg     app.Config
	logins  logins
	db      *mariadb.DB
	store   *mariadb.Demo
	server  dialer.Server
	list    dialer.ListID // whose leads are dialed
	leads   int           // how many it has
	joined  time.Time     // when the server entered its row, by the database's clock
	maria   *private.Server
	pbx     *asteriskconf.Running
	carrier *asteriskconf.Running
	crew    *keepalive.Supervisor // web and keepalive
	line    line
	log     *slog.Logger // what is of no interest while all goes well

	started time.Time // by our clock
	began   time.Time // of the dialing, by the database's clock
	resets  []time.Time
	broken  bool // an engine has ended by itself: there are no calls to wait for
}

// databaseName is also the account's.
const databaseName = "trunkline"

// startEngines starts MariaDB and both Asterisks and writes the configuration
// by which every command finds them.
func (d *demo) startEngines(ctx context.Context) error {
	rt, err := asteriskconf.Find(d.Asterisk) // before anything is made that would be of no use without it
	if err != nil {
		return err
	}
	d.cfg = app.Default()
	path := filepath.Join(d.RunDir, filepath.Base(app.DemoConfig))
	old, err := app.Load(path)
	if err == nil {
		d.cfg = old // secrets and ports stay as they were
	}
	d.cfg.Server, d.cfg.RunDir, d.cfg.Web.Uploads = "demo", d.RunDir, filepath.Join(d.RunDir, "uploads")
	d.say("Starting MariaDB …")
	d.maria, err = private.Start(ctx, private.Options{
		Dir: filepath.Join(d.RunDir, "mariadb"), PidFile: filepath.Join(d.RunDir, "mariadbd.pid"),
		DieWithParent: true, Notify: func(s string) { d.say("  %s", s) },
	})
	if err != nil {
		return err
	}
	password := app.Secret()
	if dsn, err := mysql.ParseDSN(d.cfg.Database.Admin()); err == nil && dsn.User == databaseName && dsn.Passwd != "" {
		password = dsn.Passwd
	}
	err = d.maria.CreateDatabase(ctx, databaseName, databaseName, password)
	if err != nil {
		return err
	}
	d.cfg.Database.AdminDSN = d.maria.DSNAs(databaseName, password, databaseName)
	d.db, err = mariadb.Open(d.cfg.Database.AdminDSN)
	if err != nil {
		return err
	}
	d.db.LogTo(d.log)
	d.store = mariadb.NewDemo(d.db)
	steps, err := d.db.Migrate(ctx, d.log)
	if err != nil {
		return err
	}
	if steps > 0 {
		d.say("  created the tables (%d steps)", steps)
	}
	d.cfg.Database.DSN, d.cfg.Database.WebDSN, err = app.RoleAccounts(ctx, d.maria, databaseName)
	if err != nil {
		return err
	}
	err = d.startAsterisks(ctx, rt)
	if err != nil {
		return err
	}
	err = d.chooseAddresses()
	if err != nil {
		return err
	}
	d.cfg.Web.PublicURL = "http://" + browserAddress(d.cfg.Web.Listen)
	err = d.cfg.Save(path)
	if err != nil {
		return fmt.Errorf("writing the configuration: %w", err)
	}
	return nil
}

func (d *demo) startAsterisks(ctx context.Context, rt asteriskconf.Runtime) error {
	d.say("Starting the telephony server and the carrier (%s) …", rt)
	a := &d.cfg.Asterisk
	a.Events = app.EventsInbound // also in a folder of an earlier version
	notes := &notes{d}
	var err error
	d.pbx, err = asteriskconf.Start(ctx, rt, asteriskconf.Instance{
		Kind: asteriskconf.PBX, RunDir: d.RunDir, DiesWithParent: true, Log: notes,
		Secrets: asteriskconf.Secrets{
			Listen: a.AMISecret, Web: a.WebAMISecret, Keepalive: a.KeepaliveAMISecret, ARI: a.ARISecret, Websocket: a.EventsSecret,
		},
	})
	if err != nil {
		return err
	}
	err = keepLedger(asteriskconf.Instance{Kind: asteriskconf.Carrier, RunDir: d.RunDir, Dir: filepath.Join(d.RunDir, "carrier")})
	if err != nil {
		return err
	}
	d.carrier, err = asteriskconf.Start(ctx, rt, asteriskconf.Instance{
		Kind: asteriskconf.Carrier, RunDir: d.RunDir, PBX: d.pbx.Instance.SIP(), DiesWithParent: true, Log: notes,
	})
	if err != nil {
		return err
	}
	in := d.pbx.Instance
	a.AMI, a.ARI, a.WSURL = in.AMI(), in.ARI(), in.WebsocketURL()
	a.AMIUser, a.AMISecret = asteriskconf.UserListen, in.Secrets.Listen
	a.KeepaliveAMIUser, a.KeepaliveAMISecret = asteriskconf.UserKeepalive, in.Secrets.Keepalive
	a.WebAMIUser, a.WebAMISecret = asteriskconf.UserWeb, in.Secrets.Web
	a.ARIUser, a.ARISecret = asteriskconf.UserARI, in.Secrets.ARI
	a.EventsUser, a.EventsSecret = asteriskconf.UserWebsocket, in.Secrets.Websocket
	a.ConfDir, a.RecordingsDir = in.GeneratedDir(), in.RecordingsDir()
	return nil
}

// keepLedger puts an earlier run's ledger aside: the carrier begins a new one, so
// that a run is compared with its own calls only.
func keepLedger(in asteriskconf.Instance) error {
	info, err := os.Stat(in.LedgerFile())
	if err != nil || info.Size() == 0 {
		return nil
	}
	aside := strings.TrimSuffix(in.LedgerFile(), ".log") + "-" + info.ModTime().UTC().Format("20060102-150405") + ".log"
	err = os.Rename(in.LedgerFile(), aside)
	if err != nil {
		return fmt.Errorf("putting the carrier's old ledger aside: %w", err)
	}
	return nil
}

// notes says what Asterisk's starter has to tell.
type notes struct{ d *demo }

func (n *notes) Write(p []byte) (int, error) {
	n.d.say("  %s", strings.TrimSpace(string(p)))
	return len(p), nil
}

// chooseAddresses gives each role an address at which nobody is yet.
func (d *demo) chooseAddresses() error {
	// All are held until the last is chosen, or one could be chosen twice.
	var held []net.Listener
	defer func() {
		for _, l := range held {
			l.Close()
		}
	}()
	m := &d.cfg.Metrics
	d.cfg.Web.Listen = d.WebListen
	for _, of := range []struct {
		what    string
		address *string
	}{
		{"the pages are", &d.cfg.Web.Listen}, {"web's metrics are", &m.Web}, {"keepalive's metrics are", &m.Keepalive},
		{"listen's metrics are", &m.Listen}, {"hopper-fill's metrics are", &m.HopperFill},
	} {
		if *of.address == app.MetricsOff {
			continue
		}
		l, err := freeAddress(*of.address)
		if err != nil {
			return err
		}
		held = append(held, l)
		host, asked, _ := net.SplitHostPort(*of.address)
		got := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
		if asked != got && asked != "0" {
			d.say("  port %s is taken, %s on %s", asked, of.what, got)
		}
		*of.address = net.JoinHostPort(host, got)
	}
	return nil
}

// freeAddress listens at the address, or at another port if somebody has that one.
func freeAddress(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("%q is not host:port: %w", address, err)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		l, err = net.Listen("tcp", net.JoinHostPort(host, "0"))
	}
	if err != nil {
		return nil, fmt.Errorf("no free port on %q: %w", host, err)
	}
	return l, nil
}

// browserAddress is where a browser on this machine finds a server that listens
// there.
func browserAddress(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err == nil && (host == "" || host == "0.0.0.0" || host == "::") {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return listen
}

// clearLeftovers ends what a killed demo left in this folder. A pid file counts
// only as long as its process is the one that it was written for.
func (d *demo) clearLeftovers(ctx context.Context) error {
	var errs []error
	for _, name := range append(append([]string{}, roles...), "asterisk", "carrier", "mariadbd") {
		found, ok := proc.Find(filepath.Join(d.RunDir, name+".pid"))
		if !ok {
			continue
		}
		d.say("Stopping %s (pid %d), left over from a demo that was killed …", name, found.Pid)
		errs = append(errs, found.Stop(ctx, 10*time.Second))
	}
	return errors.Join(errs...)
}
