package rig

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"

	"trunkline/ami/ari"
	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/app"
	"trunkline/dialer"
	"trunkline/dialer/keepalive"
	"trunkline/sql/mariadb"
	"trunkline/sql/private"
)

// Options are what can be asked of a rig.
type Options struct {
	Dir      string          // where everything lies; what an earlier rig left there is removed
	Asterisk string          // folder with an Asterisk root, for hosts without Asterisk
	Agents   int             // users with a phone at the carrier that answers by itself
	Campaign dialer.Campaign // its carrier is filled in
	CPS      float64         // the server's limit of calls a second
	Trunks   int             // the server's limit of calls at once
	Leads    []byte          // lead file; nil: the demo's
	Mix      asteriskconf.Mix
	Mute     bool              // silent parties send nothing: many calls for little
	Trunk    string            // where the leads are called, host:port; empty: at the simulated carrier
	Outbound bool              // Asterisk connects to listen for its events
	Direct   bool              // no wire to Asterisk, for measurements: it would take its time
	Args     []string          // global flags of the daemons
	Say      func(line string) // progress
	Log      *slog.Logger
}

// Rig is a system that is up.
type Rig struct {
	Options
	Cfg     app.Config
	DB      *mariadb.DB // by no wire
	Store   *mariadb.Demo
	Server  dialer.Server
	Carrier *asteriskconf.Running
	ARI     *ari.Client // by no wire
	Logins  []Login
	List    dialer.ListID
	Began   time.Time // by the database's clock

	// The wires, for cutting.
	AMI, REST, Events, SQL *Wire

	Asked Statements // of the database, by process

	rt    asteriskconf.Runtime
	crew  *keepalive.Supervisor
	over  context.CancelFunc
	watch sync.WaitGroup

	mu    sync.Mutex
	maria *private.Server
	pbx   *asteriskconf.Running

	laterCarrier *asteriskconf.Running // in the place of Carrier, which has ended
}

// Login is an agent's.
type Login struct{ User, Password string }

// Database names in the private MariaDB.
const databaseName = "trunkline"

// Start starts a system and waits until every role is at work.
func Start(ctx context.Context, o Options) (*Rig, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	o.Dir = dir
	r := &Rig{Options: o, List: 101, over: func() {}}
	err = r.clear(ctx)
	if err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{r.startDatabase, r.startAsterisks, r.configure, r.seed, r.startRoles} {
		err = step(ctx)
		if err != nil {
			r.Stop(context.WithoutCancel(ctx))
			return nil, err
		}
	}
	return r, nil
}

// clear ends what a killed rig left in the folder, and removes it.
func (r *Rig) clear(ctx context.Context) error {
	for _, name := range []string{app.RoleKeepalive, app.RoleWeb, app.RoleListen, app.RoleHopperFill, "asterisk", "carrier", "mariadbd"} {
		if p, ok := r.find(name); ok {
			err := p.Stop(ctx, 0)
			if err != nil {
				return err
			}
		}
	}
	err := os.RemoveAll(r.Dir)
	if err != nil {
		return err
	}
	return os.MkdirAll(r.Dir, 0o755)
}

func (r *Rig) startDatabase(ctx context.Context) error {
	r.Say("Starting MariaDB …")
	err := r.StartMariaDB(ctx)
	if err != nil {
		return err
	}
	password := app.Secret()
	err = r.maria.CreateDatabase(ctx, databaseName, databaseName, password)
	if err != nil {
		return err
	}
	r.DB, err = mariadb.Open(r.maria.DSNAs(databaseName, password, databaseName))
	if err != nil {
		return err
	}
	r.Store = mariadb.NewDemo(r.DB)
	_, err = r.DB.Migrate(ctx, r.Log)
	if err != nil {
		return err
	}
	network, address := r.maria.Addr()
	r.SQL, err = NewWire("127.0.0.1:0", network, address)
	if err != nil {
		return err
	}
	r.SQL.Listen(func() func([]byte) { return (&conversation{s: &r.Asked}).read })
	r.Cfg = app.Default()
	r.Cfg.Server, r.Cfg.RunDir, r.Cfg.Web.Uploads = "rig", r.Dir, filepath.Join(r.Dir, "uploads")
	telephony, web, err := app.RoleAccounts(ctx, r.maria, databaseName)
	if err != nil {
		return err
	}
	for to, dsn := range map[*string]string{&r.Cfg.Database.DSN: telephony, &r.Cfg.Database.WebDSN: web} {
		account, err := mysql.ParseDSN(dsn)
		if err != nil {
			return err
		}
		*to = fmt.Sprintf("%s:%s@tcp(%s)/%s", account.User, account.Passwd, r.SQL.Addr(), databaseName)
	}
	r.Cfg.Database.AdminDSN = fmt.Sprintf("%s:%s@tcp(%s)/%s", databaseName, password, r.SQL.Addr(), databaseName)
	r.Cfg.Metrics = app.AnyPorts()
	return nil
}

// StartMariaDB starts MariaDB, again after Kill.
func (r *Rig) StartMariaDB(ctx context.Context) error {
	maria, err := private.Start(ctx, private.Options{
		Dir: filepath.Join(r.Dir, "mariadb"), PidFile: r.pidFile("mariadbd"), DieWithParent: true,
	})
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.maria = maria
	r.mu.Unlock()
	if r.SQL != nil {
		r.SQL.Lead(maria.Addr())
	}
	return nil
}

func (r *Rig) startAsterisks(ctx context.Context) error {
	var err error
	r.rt, err = asteriskconf.Find(r.Asterisk)
	if err != nil {
		return err
	}
	r.Say(fmt.Sprintf("Starting the telephony server and the carrier (%s) …", r.rt))
	a := &r.Cfg.Asterisk
	a.Events = app.EventsInbound
	a.EventsListen, err = freeAddress()
	if err != nil {
		return err
	}
	r.Events, err = NewWire("127.0.0.1:0", "tcp", a.EventsListen)
	if err != nil {
		return err
	}
	in := asteriskconf.Instance{Kind: asteriskconf.PBX, RunDir: r.Dir, DiesWithParent: true, Ports: asteriskconf.Ports{
		SIP: quietPort(), HTTP: quietPort(), AMI: quietPort(),
	}}
	if r.Direct {
		// Asterisk keeps a call's ports for 32 s after its end, as long as SIP may
		// repeat itself: at 50 calls a second the usual share would not do.
		in.Ports.RTPFirst, in.Ports.RTPLast = 10000, 21999
	}
	if r.Outbound && r.rt.OutboundWebsocket() {
		a.Events, in.ListenURI = app.EventsOutbound, "ws://"+r.Events.Addr()+"/asterisk"
	}
	r.pbx, err = asteriskconf.Start(ctx, r.rt, in)
	if err != nil {
		return err
	}
	r.Carrier, err = asteriskconf.Start(ctx, r.rt, asteriskconf.Instance{
		Kind: asteriskconf.Carrier, RunDir: r.Dir, PBX: r.pbx.Instance.SIP(), Mix: r.Mix, Mute: r.Mute, DiesWithParent: true,
	})
	return err
}

// StartPBX starts the telephony server's Asterisk again after Kill.
func (r *Rig) StartPBX(ctx context.Context) error {
	pbx, err := asteriskconf.Start(ctx, r.rt, r.PBX().Instance)
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.pbx = pbx
	r.mu.Unlock()
	return nil
}

// PBX is the telephony server's Asterisk, running or not.
func (r *Rig) PBX() *asteriskconf.Running {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pbx
}

// MariaDB is the database server, running or not.
func (r *Rig) MariaDB() *private.Server {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.maria
}

func (r *Rig) configure(context.Context) error {
	var err error
	in, a := r.pbx.Instance, &r.Cfg.Asterisk
	r.AMI, err = NewWire("127.0.0.1:0", "tcp", in.AMI())
	if err != nil {
		return err
	}
	r.REST, err = NewWire("127.0.0.1:0", "tcp", in.HTTP())
	if err != nil {
		return err
	}
	a.AMI, a.ARI, a.WSURL = r.AMI.Addr(), "http://"+r.REST.Addr()+"/ari", in.WebsocketURL()
	if r.Direct {
		a.AMI, a.ARI = in.AMI(), in.ARI()
	}
	a.AMIUser, a.AMISecret = asteriskconf.UserListen, in.Secrets.Listen
	a.KeepaliveAMIUser, a.KeepaliveAMISecret = asteriskconf.UserKeepalive, in.Secrets.Keepalive
	a.WebAMIUser, a.WebAMISecret = asteriskconf.UserWeb, in.Secrets.Web
	a.ARIUser, a.ARISecret = asteriskconf.UserARI, in.Secrets.ARI
	a.EventsUser, a.EventsSecret = asteriskconf.UserWebsocket, in.Secrets.Websocket
	a.ConfDir, a.RecordingsDir = in.GeneratedDir(), in.RecordingsDir()
	r.ARI, err = ari.New(ari.Options{URL: in.ARI(), User: a.ARIUser, Password: a.ARISecret})
	if err != nil {
		return err
	}
	r.Cfg.Web.Listen, err = freeAddress()
	if err != nil {
		return err
	}
	r.Cfg.Web.PublicURL = "http://" + r.Cfg.Web.Listen
	return r.Cfg.Save(filepath.Join(r.Dir, "trunkline.toml"))
}

// quietPort is one that is free and stays so while Asterisk is away: outside the
// range from which the kernel gives ports to whoever asks for any. 0 if there
// is none.
func quietPort() int {
	for range 50 {
		port := 6000 + rand.IntN(3900)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			_ = l.Close()
			return port
		}
	}
	return 0
}

// freeAddress is on loopback.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// Stop ends all that was started. It may be called on a rig that is half
// started.
func (r *Rig) Stop(ctx context.Context) error {
	var errs []error
	r.over()
	r.watch.Wait()
	if r.crew != nil {
		errs = append(errs, r.crew.Stop(ctx))
		for _, role := range Roles {
			if p, ok := r.find(role); ok {
				errs = append(errs, p.Stop(ctx, 5*time.Second))
			}
		}
	}
	if r.Carrier != nil {
		errs = append(errs, r.carrierNow().Stop(ctx))
	}
	if r.pbx != nil {
		errs = append(errs, r.PBX().Stop(ctx))
	}
	for _, w := range []*Wire{r.AMI, r.REST, r.Events, r.SQL} {
		if w != nil {
			errs = append(errs, w.Close())
		}
	}
	if r.DB != nil {
		errs = append(errs, r.DB.Close())
	}
	if r.maria != nil {
		errs = append(errs, r.maria.Stop(ctx))
	}
	return errors.Join(errs...)
}
