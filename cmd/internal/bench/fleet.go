package bench

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
	"sync"
	"time"

	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/demo"
	"trunkline/cmd/internal/fakepbx"
	"trunkline/cmd/internal/rig"
	"trunkline/dialer"
	"trunkline/dialer/capacity"
	"trunkline/dialer/proc"
	"trunkline/sql/mariadb"
	"trunkline/sql/private"
	"trunkline/webui/signin"
)

// fleetOptions are what a fleet has.
type fleetOptions struct {
	Dir      string
	Asterisk string
	Maria    *private.Server
	Database string
	Real     bool // real Asterisks, with a simulated carrier
	Servers  int
	Agents   int     // over all servers
	Rate     float64 // calls a second that each server may place
	Log      *slog.Logger
}

// fleet is telephony servers on one database, with a web server: the real roles,
// each keepalive with its listen and hopper-fill, as processes on loopback.
type fleet struct {
	fleetOptions
	db       *mariadb.DB
	store    *mariadb.Demo
	servers  []dialer.Server
	base     string // of the web server
	configs  []app.Config
	exchange *fakepbx.Exchange
	fakes    []*fakepbx.Server
	pbxs     []*asteriskconf.Running
	carrier  *asteriskconf.Running
	password string
	host     capacity.Host
	fillers  []string // database accounts of hopper-fill, where they have their own
	root     *mariadb.DB
}

// fleetHopper is enough for every number of servers to count what is in the hopper
// once a second, however many they are: where it may bound a decision, it is counted
// for each.
const fleetHopper = 300

// fleetTrunks are more lines than a server ever needs here.
const fleetTrunks = 1000

// fleetList is the only list.
const fleetList dialer.ListID = 101

// startFleet starts a fleet and waits until every server can seat agents. It
// returns what it has started with its error, too: stop it.
func startFleet(ctx context.Context, o fleetOptions) (*fleet, error) {
	f := &fleet{fleetOptions: o}
	for _, step := range []func(context.Context) error{f.startDatabase, f.startPBXs, f.seed, f.startRoles} {
		if err := step(ctx); err != nil {
			return f, err
		}
	}
	return f, nil
}

func (f *fleet) startDatabase(ctx context.Context) error {
	password := app.Secret()
	if err := errors.Join(os.MkdirAll(f.Dir, 0o755), f.Maria.CreateDatabase(ctx, f.Database, f.Database, password)); err != nil {
		return err
	}
	var err error
	f.db, err = mariadb.Open(f.Maria.DSNAs(f.Database, password, f.Database))
	if err != nil {
		return err
	}
	if _, err := f.db.Migrate(ctx, slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	f.store = mariadb.NewDemo(f.db)
	telephony, web, err := app.RoleAccounts(ctx, f.Maria, f.Database)
	if err != nil {
		return err
	}
	for i := range f.Servers + 1 {
		c := app.Default()
		c.Server, c.Roles = fmt.Sprintf("tel-%d", i+1), []string{app.HostTelephony}
		if i == f.Servers {
			c.Server, c.Roles = "web-1", []string{app.HostWeb}
		}
		c.RunDir = filepath.Join(f.Dir, c.Server)
		c.Web.Uploads = filepath.Join(c.RunDir, "uploads")
		c.Database.DSN, c.Database.WebDSN = telephony, web
		c.Metrics = app.AnyPorts()
		if err := os.MkdirAll(c.RunDir, 0o755); err != nil {
			return err
		}
		f.configs = append(f.configs, c)
	}
	return nil
}

// The people that scripted servers call: half of the numbers answer, after 300 to
// 1500 ms, and stay; the other half is busy.
func fleetParty(number string) fakepbx.Party {
	n, _ := strconv.Atoi(number) // digits
	n = n / 7 * 2654435761 % 1000
	p := fakepbx.Party{Rings: 300*time.Millisecond + time.Duration(n)*1200*time.Microsecond, Answers: n%2 == 0}
	if !p.Answers {
		p.SIPCode, p.Cause = 486, 17
	}
	return p
}

// startPBXs starts each server's Asterisk, or its script, and enters the server.
func (f *fleet) startPBXs(ctx context.Context) error {
	if f.Real {
		if err := f.startReal(ctx); err != nil {
			return err
		}
	} else if err := f.startFakes(); err != nil {
		return err
	}
	rows := mariadb.NewServers(f.db)
	for i, c := range f.configs[:f.Servers] {
		a := c.Asterisk
		row, err := rows.Join(ctx, dialer.Server{
			Name: c.Server, AMIAddr: a.AMI, AMIUser: a.WebAMIUser, AMISecret: a.WebAMISecret, WSURL: a.WSURL, SIPAddr: a.SIPAddr,
		})
		if err == nil {
			err = mariadb.NewRig(f.db).SetLimits(ctx, row.ID, fleetTrunks, f.Rate)
		}
		if err != nil {
			return err
		}
		if !f.Real {
			f.fakes[i].Known(row.ID.Trunk())
		}
		f.servers = append(f.servers, row)
	}
	return nil
}

func (f *fleet) startFakes() error {
	f.exchange = &fakepbx.Exchange{Party: fleetParty, Phone: 100 * time.Millisecond}
	for i := range f.Servers {
		s, err := f.exchange.Start(app.Secret())
		if err != nil {
			return err
		}
		f.fakes = append(f.fakes, s)
		c := &f.configs[i]
		a := &c.Asterisk
		a.AMI, a.ARI, a.WSURL = s.AMI(), s.ARI(), s.Websocket()
		a.SIPAddr = s.AMI() // it only has to be there: trunks lead through the exchange
		a.AMISecret, a.KeepaliveAMISecret, a.WebAMISecret, a.ARISecret, a.EventsSecret = s.Secret, s.Secret, s.Secret, s.Secret, s.Secret
		a.ConfDir, a.RecordingsDir = filepath.Join(c.RunDir, "conf"), filepath.Join(c.RunDir, "monitor")
		if err := errors.Join(os.MkdirAll(a.ConfDir, 0o755), os.MkdirAll(a.RecordingsDir, 0o755)); err != nil {
			return err
		}
	}
	return nil
}

func (f *fleet) startReal(ctx context.Context) error {
	rt, err := asteriskconf.Find(f.Asterisk)
	if err != nil {
		return err
	}
	for i := range f.Servers {
		c := &f.configs[i]
		pbx, err := asteriskconf.Start(ctx, rt, asteriskconf.Instance{Kind: asteriskconf.PBX, RunDir: c.RunDir, DiesWithParent: true})
		if err != nil {
			return err
		}
		f.pbxs = append(f.pbxs, pbx)
		in, a := pbx.Instance, &c.Asterisk
		a.AMI, a.ARI, a.WSURL, a.SIPAddr = in.AMI(), in.ARI(), in.WebsocketURL(), in.SIP()
		a.AMISecret, a.KeepaliveAMISecret, a.WebAMISecret, a.ARISecret, a.EventsSecret = in.Secrets.Listen, in.Secrets.Keepalive, in.Secrets.Web, in.Secrets.ARI, in.Secrets.Websocket
		a.AMIUser, a.KeepaliveAMIUser, a.WebAMIUser, a.ARIUser = asteriskconf.UserListen, asteriskconf.UserKeepalive, asteriskconf.UserWeb, asteriskconf.UserARI
		a.ConfDir, a.RecordingsDir = in.GeneratedDir(), in.RecordingsDir()
	}
	f.carrier, err = asteriskconf.Start(ctx, rt, asteriskconf.Instance{
		Kind: asteriskconf.Carrier, RunDir: f.Dir, Mix: asteriskconf.Mix{Busy: 100}, Mute: true, DiesWithParent: true, // see leads
	})
	return err
}

// seed enters the carrier, the campaign, its leads and the agents, each with a
// phone on every server.
func (f *fleet) seed(ctx context.Context) error {
	carrier := dialer.Carrier{Name: "simulated", Host: "127.0.0.2", Port: 5160}
	if f.Real {
		host, port, err := net.SplitHostPort(f.carrier.Instance.SIP())
		if err == nil {
			carrier.Host = host
			carrier.Port, err = strconv.Atoi(port)
		}
		if err != nil {
			return err
		}
	}
	err := f.store.Seed(ctx, carrier, dialer.Campaign{
		ID: growthCampaign, Name: "Growth", DialMethod: dialer.DialRatio, DialLevel: 4, DialTimeout: 20, DropMillis: 2000,
		CallerID: "+12125550100", AMD: dialer.AMDOff, Record: dialer.RecordAll, CallTo: 1440, DialStatuses: string(dialer.StatusNew), HopperLevel: fleetHopper,
	}, dialer.List{ID: fleetList, CampaignID: growthCampaign, Name: "Growth"})
	if err != nil {
		return err
	}
	f.password = app.Secret()
	hash, err := signin.HashPassword(f.password)
	if err != nil {
		return err
	}
	for i, who := range credentials(f.Agents, f.password) {
		id, err := mariadb.NewUsers(f.db).Add(ctx, dialer.User{Username: who.User, FullName: "Agent " + strconv.Itoa(i+1), Role: dialer.RoleAgent, PassHash: hash},
			func(dialer.UserID) []dialer.Phone { return nil })
		if err != nil {
			return err
		}
		for _, s := range f.servers {
			phone := dialer.Phone{ServerID: s.ID, UserID: id, Login: fmt.Sprintf("phone-%s-%d", who.User, s.ID), Secret: app.Secret(), Kind: dialer.PhoneStatic, Contact: "sip:phone@127.0.0.2:5160"}
			if f.Real {
				phone.Contact = "sip:phone-" + who.User + "@" + f.carrier.Instance.SIP()
			}
			if err := f.store.PutPhone(ctx, phone); err != nil {
				return err
			}
		}
	}
	file := filepath.Join(f.Dir, "leads.csv")
	err = os.WriteFile(file, f.leads(), 0o644)
	if err == nil {
		_, err = app.ImportLeads(ctx, f.db, app.LeadImport{List: fleetList}, file)
	}
	return err
}

// leads is the file of those whom the fleet calls. With real Asterisks every second
// of them answers, by the ending of the number, and the others are busy: a carrier
// that draws lots has more answer with one number of servers than with another, and
// an answered call asks the database for several times what a busy one does.
func (f *fleet) leads() []byte {
	if !f.Real {
		return demo.LeadFile() // fleetParty goes by the number, too
	}
	const busy = 50 // the first of the endings that get the carrier's mix
	var b strings.Builder
	b.WriteString("phone_number\n")
	for human := 25; human < busy; human++ {
		if human >= 30 && human <= 33 {
			continue // tones, and one who presses a key
		}
		for _, area := range demo.AreaCodes() {
			fmt.Fprintf(&b, "%s55501%02d\n%s55501%02d\n", area, human, area, busy+human-25)
		}
	}
	return []byte(b.String())
}

// startRoles starts a keepalive on each telephony server and the web server.
func (f *fleet) startRoles(ctx context.Context) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	for i := range f.configs {
		c, role := &f.configs[i], app.RoleKeepalive
		if i == f.Servers {
			role = app.RoleWeb
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			c.Web.Listen = l.Addr().String()
			_ = l.Close()
			c.Web.PublicURL = "http://" + c.Web.Listen
			f.base = c.Web.PublicURL
		}
		if err := c.Save(filepath.Join(c.RunDir, "trunkline.toml")); err != nil {
			return err
		}
		_, err := proc.Start(proc.Spec{
			Name: role, Path: exe, Args: []string{role, "--config", c.File(), "--log-level", "warn"}, LogFile: app.LogFile(*c, role), NewGroup: true, DiesWithParent: true,
		})
		if err != nil {
			return err
		}
	}
	return f.await(ctx, 2*time.Minute, func() string {
		for i, s := range f.servers {
			row, err := f.store.Server(ctx, s.ID)
			if err != nil {
				return err.Error()
			}
			if !row.Listening {
				c := f.configs[i]
				return fmt.Sprintf("%s does not listen; the end of its logs:\n%s\n%s", s.Name,
					proc.Tail(app.LogFile(c, app.RoleKeepalive), 8), proc.Tail(app.LogFile(c, app.RoleListen), 8))
			}
		}
		conn, err := net.DialTimeout("tcp", f.configs[f.Servers].Web.Listen, time.Second)
		if err != nil {
			return "the web server does not answer; the end of its log:\n" + proc.Tail(app.LogFile(f.configs[f.Servers], app.RoleWeb), 8)
		}
		_ = conn.Close()
		return ""
	})
}

// staff has every agent sign in and go ready.
func (f *fleet) staff(ctx context.Context, talk time.Duration) (*hands, error) {
	floor := sit(ctx, f.base, growthCampaign, credentials(f.Agents, f.password), talk, f.Log)
	return floor, f.await(ctx, 3*time.Minute, func() string {
		s, err := f.store.Status(ctx, growthCampaign, time.Unix(0, 0))
		if err != nil {
			return err.Error()
		}
		if n := s.Agents[dialer.AgentReady]; n < f.Agents {
			return fmt.Sprintf("%d of %d agents are ready", n, f.Agents)
		}
		return ""
	})
}

// quiet waits until no call is up.
func (f *fleet) quiet(ctx context.Context) error {
	return f.await(ctx, time.Minute, func() string {
		s, err := f.store.Status(ctx, growthCampaign, time.Unix(0, 0))
		if err != nil {
			return err.Error()
		}
		for state, n := range s.Calls {
			if n > 0 {
				return fmt.Sprintf("%d calls are %s", n, state)
			}
		}
		return ""
	})
}

func (f *fleet) await(ctx context.Context, limit time.Duration, missing func() string) error {
	return rig.Await(ctx, 200*time.Millisecond, limit, missing)
}

// fleetReading is what the counters say at a moment.
type fleetReading struct {
	at     time.Time
	now    time.Time // by the database's clock
	sql    int64
	rows   int64
	fill   mariadb.RigWork  // of those, what filled the hopper
	tables map[string]int64 // rows read of each
	events int64            // rows of the table
	cpu    time.Duration
	busy   float64 // share of all cores since the last count
	pbx    fakepbx.Counts
}

func (f *fleet) count(ctx context.Context) (fleetReading, error) {
	var t fleetReading
	rig := mariadb.NewRig(f.db)
	var err error
	t.now, err = f.db.Now(ctx)
	if err != nil {
		return t, err
	}
	t.events, err = rig.Events(ctx)
	if err != nil {
		return t, err
	}
	t.cpu, err = cpuOf(f.Maria.Pid())
	if err != nil {
		return t, err
	}
	t.busy = f.host.Look().CPU
	t.pbx = f.fakeCounts()
	t.at = time.Now()
	counters, err := rig.Counters(ctx, "Questions", "Rows_read")
	t.sql, t.rows = counters["Questions"], counters["Rows_read"]
	if err == nil && f.root != nil {
		root := mariadb.NewRig(f.root)
		t.fill, err = root.Work(ctx, f.fillers)
		if err == nil {
			t.tables, err = root.RowsRead(ctx)
		}
	}
	return t, err
}

func (t fleetReading) sqlPerSecond(before fleetReading) float64 {
	return float64(t.sql-before.sql) / t.at.Sub(before.at).Seconds()
}

func (t fleetReading) rowsPerSecond(before fleetReading) float64 {
	return float64(t.rows-before.rows) / t.at.Sub(before.at).Seconds()
}

// fillPerSecond are the statements and rows read of the hopper's filling.
func (t fleetReading) fillPerSecond(before fleetReading) (sql, rows float64) {
	seconds := t.at.Sub(before.at).Seconds()
	return float64(t.fill.Statements-before.fill.Statements) / seconds, float64(t.fill.RowsRead-before.fill.RowsRead) / seconds
}

func (f *fleet) fakeCounts() (all fakepbx.Counts) {
	for _, s := range f.fakes {
		c := s.Counts()
		all.Events, all.Requests, all.Actions, all.Calls = all.Events+c.Events, all.Requests+c.Requests, all.Actions+c.Actions, all.Calls+c.Calls
	}
	return all
}

// stop ends all that was started, and the database with it.
func (f *fleet) stop(ctx context.Context) error {
	errs := stopRoles(ctx, f.configs)
	for _, s := range f.fakes {
		s.Close()
	}
	for _, a := range append(f.pbxs, f.carrier) {
		if a != nil {
			errs = append(errs, a.Stop(ctx))
		}
	}
	if f.root != nil {
		errs = append(errs, f.root.Close(), f.Maria.Run(ctx, []string{"SET GLOBAL userstat = 0"}))
	}
	if f.db != nil {
		errs = append(errs, f.db.Close(), f.Maria.Run(ctx, []string{"DROP DATABASE IF EXISTS " + f.Database}))
	}
	return errors.Join(errs...)
}

// stopRoles ends the roles of all hosts at once, by their pid files.
func stopRoles(ctx context.Context, configs []app.Config) (errs []error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, c := range configs {
		all.Go(func() {
			for _, role := range []string{app.RoleWeb, app.RoleKeepalive, app.RoleListen, app.RoleHopperFill} {
				p, ok := proc.Find(app.PidFile(c, role))
				if !ok {
					continue
				}
				err := p.Stop(ctx, 25*time.Second)
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return errs
}

// clearFleets ends what a killed measurement has left.
func clearFleets(ctx context.Context, dir string) {
	hosts, _ := filepath.Glob(filepath.Join(dir, "*", "*", "trunkline.toml"))
	var configs []app.Config
	for _, file := range hosts {
		configs = append(configs, app.Config{RunDir: filepath.Dir(file)})
	}
	stopRoles(ctx, configs)
	pids, _ := filepath.Glob(filepath.Join(dir, "*.pid"))
	deeper, _ := filepath.Glob(filepath.Join(dir, "*", "*.pid"))
	deepest, _ := filepath.Glob(filepath.Join(dir, "*", "*", "*.pid"))
	for _, file := range append(append(pids, deeper...), deepest...) {
		if p, ok := proc.Find(file); ok {
			_ = p.Stop(ctx, 5*time.Second)
		}
	}
}
