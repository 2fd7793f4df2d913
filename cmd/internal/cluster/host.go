package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/rig"
	"trunkline/dialer/keepalive"
	"trunkline/sql/mariadb"
	"trunkline/sql/private"
)

// spec is what a host is told.
type spec struct {
	Name, Dir, Address string
	Asterisk           string   // folder with an Asterisk root
	Kind               string   // db, car, tel, web
	DSN                string   // tel, web: of an account with the role's rights and no other
	Allow              []string // tel, car: who may use AMI, or call the carrier
	PBX                string   // car: none
	Neighbours         app.Neighbours
	Mix                asteriskconf.Mix
}

// ready is what a host says of itself once it is up.
type ready struct {
	Socket, Password string // db
	Telephony, Web   string // db: the roles' ways into it, by the network
	SIP, AMI, WS     string // tel, car
	ARI, ARISecret   string
	Config, Run      string
	Recordings       string
	WebAMISecret     string
	Instance         asteriskconf.Instance
}

const databaseName = "trunkline"

// Host runs a host of the cluster, or makes the network of all, if the arguments
// say so: it starts what its role has and looks after it until it is told to end. Called with a role of
// Trunkline's, the same program is that role.
func Host(args []string) (code int, ok bool) {
	if code, ok = rig.Daemon(args); ok {
		return code, true
	}
	if len(args) < 2 || args[1] != "cluster-network" && (args[1] != "cluster-host" || len(args) != 3) {
		return 0, false
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if args[1] == "cluster-network" {
		code, err := network(ctx, args[2:])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		return code, true
	}
	if err := host(ctx, args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1, true
	}
	return 0, true
}

func host(ctx context.Context, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var s spec
	err = json.Unmarshal(text, &s)
	if err != nil {
		return err
	}
	run := map[string]func(context.Context, spec) error{"db": database, "car": carrier, "tel": telephony, "web": web}[s.Kind]
	return run(ctx, s)
}

// say writes what others have to know, whole or not at all.
func (s spec) say(r ready) error {
	r.Instance.Log = nil // of this process alone
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	file := filepath.Join(s.Dir, "ready.json")
	err = os.WriteFile(file+".new", text, 0o600)
	if err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

func database(ctx context.Context, s spec) error {
	err := s.wall(ctx, s.config(app.HostDatabase), app.HostDatabase, 0, 0)
	if err != nil {
		return err
	}
	m, err := private.Start(ctx, private.Options{
		Dir: filepath.Join(s.Dir, "mariadb"), Address: s.Address, Port: 3306, Fast: true, DieWithParent: true,
	})
	if err != nil {
		return err
	}
	r, err := s.fill(ctx, m)
	if err == nil {
		err = s.say(r)
	}
	if err != nil {
		return errors.Join(err, m.Stop(context.WithoutCancel(ctx)))
	}
	<-ctx.Done()
	return m.Stop(context.WithoutCancel(ctx))
}

// fill makes the tables, and for each role the account that `trunkline grants`
// describes.
func (s spec) fill(ctx context.Context, m *private.Server) (ready, error) {
	r := ready{Socket: m.Socket, Password: app.Secret()}
	err := m.CreateDatabase(ctx, databaseName, databaseName, r.Password)
	if err != nil {
		return r, err
	}
	db, err := mariadb.Open(m.DSNAs(databaseName, r.Password, databaseName))
	if err != nil {
		return r, err
	}
	defer db.Close()
	_, err = db.Migrate(ctx, slog.New(slog.DiscardHandler))
	if err != nil {
		return r, err
	}
	telephony, web, err := app.RoleAccounts(ctx, m, databaseName)
	network := func(dsn string) string {
		return strings.Replace(dsn, "unix("+m.Socket+")", "tcp("+m.TCPAddr()+")", 1)
	}
	r.Telephony, r.Web = network(telephony), network(web)
	return r, err
}

func (s spec) start(ctx context.Context, in asteriskconf.Instance) (*asteriskconf.Running, error) {
	rt, err := asteriskconf.Find(s.Asterisk)
	if err != nil {
		return nil, err
	}
	in.RunDir, in.Address, in.DiesWithParent = s.Dir, s.Address, true
	in.Allow = s.Allow
	return asteriskconf.Start(ctx, rt, in)
}

func carrier(ctx context.Context, s spec) error {
	a, err := s.start(ctx, asteriskconf.Instance{Kind: asteriskconf.Carrier, Mix: s.Mix})
	if err != nil {
		return err
	}
	err = s.say(ready{SIP: a.Instance.SIP(), Instance: a.Instance})
	<-ctx.Done()
	return errors.Join(err, a.Stop(context.WithoutCancel(ctx)))
}

// ports are those of a telephony server. Nobody else is on it.
var ports = asteriskconf.Ports{SIP: 5060, AMI: 5038, HTTP: 8088, HTTPS: 8089, RTPFirst: 10000, RTPLast: 11499}

func telephony(ctx context.Context, s spec) error {
	cert, key, err := s.certificate()
	if err != nil {
		return err
	}
	in := asteriskconf.Instance{Kind: asteriskconf.PBX, Address: s.Address, TLSCert: cert, TLSKey: key, Ports: ports}
	c := s.config(app.HostTelephony)
	c.Asterisk.AMI, c.Asterisk.SIPAddr, c.Asterisk.WSURL = in.AMI(), in.SIP(), in.WebsocketURL()
	err = s.wall(ctx, c, app.HostTelephony, ports.RTPFirst, ports.RTPLast)
	if err != nil {
		return err
	}
	a, err := s.start(ctx, in)
	if err != nil {
		return err
	}
	in = a.Instance
	if in.Ports != ports {
		return errors.Join(fmt.Errorf("the firewall is for %+v, and Asterisk has %+v", ports, in.Ports), a.Stop(context.WithoutCancel(ctx)))
	}
	c.Asterisk = app.Asterisk{
		AMI: in.AMI(), ARI: in.ARI(), WSURL: in.WebsocketURL(), SIPAddr: in.SIP(),
		AMIUser: asteriskconf.UserListen, AMISecret: in.Secrets.Listen,
		KeepaliveAMIUser: asteriskconf.UserKeepalive, KeepaliveAMISecret: in.Secrets.Keepalive,
		WebAMIUser: asteriskconf.UserWeb, WebAMISecret: in.Secrets.Web,
		ARIUser: asteriskconf.UserARI, ARISecret: in.Secrets.ARI,
		Events: app.EventsInbound, EventsListen: "127.0.0.1:8092", EventsUser: asteriskconf.UserWebsocket, EventsSecret: in.Secrets.Websocket,
		ConfDir: in.GeneratedDir(), RecordingsDir: in.RecordingsDir(),
	}
	return s.serve(ctx, c, app.RoleKeepalive, ready{
		SIP: in.SIP(), AMI: in.AMI(), ARI: in.ARI(), ARISecret: in.Secrets.ARI, Recordings: in.RecordingsDir(), Instance: in,
	}, a)
}

func web(ctx context.Context, s spec) error {
	c := s.config(app.HostWeb)
	c.Web.Listen = s.Address + ":8080"
	c.Web.PublicURL = "http://" + c.Web.Listen
	err := s.wall(ctx, c, app.HostWeb, 0, 0)
	if err != nil {
		return err
	}
	return s.serve(ctx, c, app.RoleWeb, ready{}, nil)
}

func (s spec) config(role string) app.Config {
	c := app.Default()
	c.Roles = []string{role}
	c.Server, c.RunDir, c.Database.DSN = s.Name, s.Dir, s.DSN
	c.Web.Uploads = filepath.Join(s.Dir, "uploads")
	return c
}

// program is where the host's Trunkline is, as a package installs it: an upgrade
// puts another in its place.
func (s spec) program() string { return filepath.Join(s.Dir, "trunkline") }

// serve looks after one role, as systemd would.
func (s spec) serve(ctx context.Context, c app.Config, role string, r ready, a *asteriskconf.Running) error {
	err := c.Save(filepath.Join(s.Dir, "trunkline.toml"))
	if err != nil {
		return err
	}
	r.Config, r.Run = c.File(), s.Dir
	err = s.say(r)
	if err != nil {
		return err
	}
	crew := &keepalive.Supervisor{Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), Children: []keepalive.Child{{
		Name: role, Path: s.program(), Args: []string{role, "--config", c.File()}, Grace: 25 * time.Second,
		PidFile: app.PidFile(c, role), BeatFile: app.BeatFile(c, role), LogFile: app.LogFile(c, role),
	}}}
	err = crew.Run(ctx)
	if a != nil {
		err = errors.Join(err, a.Stop(context.WithoutCancel(ctx)))
	}
	return err
}
