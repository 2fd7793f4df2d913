package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/rig"
	"trunkline/dialer"
	"trunkline/dialer/proc"
	"trunkline/sql/mariadb"
	"trunkline/webui/signin"
)

// The hosts, and the one from which the test looks on.
var hosts = []string{"ctl", "db", "car", "tel1", "tel2", "web1", "web2"}

// Options are what can be asked of a cluster.
type Options struct {
	Dir      string // where everything lies
	Asterisk string // folder with an Asterisk root
	Agents   int
	Leads    []byte
	Say      func(string)
}

// Cluster is one that is up. It is made from within the network: see Inside.
type Cluster struct {
	Options
	DB    *mariadb.DB // by its socket: the network may be cut
	Store *mariadb.Demo
	Car   ready
	Tel   map[string]ready
	hired string                     // who was last
	IDs   map[string]dialer.ServerID // of the telephony servers
	Front *rig.Wire                  // the balancer before the web servers

	Users    []string
	Password string
	hash     string
	Campaign dialer.CampaignID
	carrier  dialer.Carrier

	program string // what the hosts start with: this one
	lan     *lan
	mu      sync.Mutex
	up      map[string]*exec.Cmd
}

// start starts all hosts and brings the database to where dialing can begin.
func start(ctx context.Context, l *lan, o Options) (*Cluster, error) {
	c := &Cluster{Options: o, lan: l, Tel: map[string]ready{}, IDs: map[string]dialer.ServerID{}, up: map[string]*exec.Cmd{}, Campaign: "CLUSTER"}
	err := c.reap(ctx)
	if err == nil {
		err = os.RemoveAll(o.Dir)
	}
	if err == nil {
		err = os.MkdirAll(o.Dir, 0o755)
	}
	if err != nil {
		return nil, err
	}
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c.program, err = c.keep(exe, "trunkline")
	if err != nil {
		return nil, err
	}
	err = c.startHost(ctx, spec{Name: "db", Kind: "db"})
	if err != nil {
		return c, err
	}
	db, err := c.awaitHost(ctx, "db")
	if err != nil {
		return c, err
	}
	c.DB, err = mariadb.Open(fmt.Sprintf("%s:%s@unix(%s)/%s", databaseName, db.Password, db.Socket, databaseName))
	if err != nil {
		return c, err
	}
	c.Store = mariadb.NewDemo(c.DB)
	// AMI is for a server's own daemons and the web servers.
	ami := func(tel string) []string { return []string{l.address(tel), l.address("web1"), l.address("web2")} }
	for _, s := range []spec{
		{Name: "car", Kind: "car", Allow: []string{subnet + ".0/255.255.255.0"}},
		{Name: "tel1", Kind: "tel", DSN: db.Telephony, Allow: ami("tel1")}, {Name: "tel2", Kind: "tel", DSN: db.Telephony, Allow: ami("tel2")},
		{Name: "web1", Kind: "web", DSN: db.Web}, {Name: "web2", Kind: "web", DSN: db.Web},
	} {
		err = c.startHost(ctx, s)
		if err != nil {
			return c, err
		}
	}
	c.Car, err = c.awaitHost(ctx, "car")
	if err != nil {
		return c, err
	}
	c.Front, err = rig.NewWire("127.0.0.1:0", "tcp", l.address("web1")+":8080")
	if err != nil {
		return c, err
	}
	for _, tel := range []string{"tel1", "tel2"} {
		c.Tel[tel], err = c.awaitHost(ctx, tel)
		if err == nil {
			err = c.atWork(ctx, tel)
		}
		if err != nil {
			return c, err
		}
	}
	return c, c.seed(ctx)
}

// reap ends the daemons of a cluster that was killed before it could end them: they
// outlive their parents by design, and would go on in the folder of this one. What
// starts others ends first.
func (c *Cluster) reap(ctx context.Context) error {
	var errs []error
	for _, host := range hosts {
		for _, role := range []string{app.RoleKeepalive, app.RoleWeb, app.RoleListen, app.RoleHopperFill} {
			if left, ok := proc.Find(app.PidFile(app.Config{RunDir: c.dir(host)}, role)); ok {
				errs = append(errs, left.Stop(ctx, 0))
			}
		}
	}
	return errors.Join(errs...)
}

func (c *Cluster) dir(host string) string { return filepath.Join(c.Dir, host) }

func (c *Cluster) startHost(ctx context.Context, s spec) error {
	s.Dir, s.Address, s.Asterisk = c.dir(s.Name), c.lan.address(s.Name), c.Asterisk
	s.Neighbours = app.Neighbours{
		Web: []string{c.lan.address("web1"), c.lan.address("web2")}, Telephony: []string{c.lan.address("tel1"), c.lan.address("tel2")},
		Carriers: []string{c.lan.address("car")}, Balancers: []string{c.lan.address("ctl")},
	}
	err := os.MkdirAll(s.Dir, 0o755)
	if err != nil {
		return err
	}
	err = c.install(s.Name, c.program)
	if err != nil {
		return err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	file := filepath.Join(s.Dir, "host.json")
	err = os.WriteFile(file, text, 0o600)
	if err != nil {
		return err
	}
	return c.boot(s.Name)
}

// keep copies a program to where all hosts can link it from.
func (c *Cluster) keep(program, as string) (string, error) {
	from, err := os.Open(program)
	if err != nil {
		return "", err
	}
	defer from.Close()
	to, err := os.OpenFile(filepath.Join(c.Dir, as), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(to, from)
	return to.Name(), errors.Join(err, to.Close())
}

// install puts a kept program in the place of the one that a host has, as a
// package does: what runs goes on with the old.
func (c *Cluster) install(host, program string) error {
	file := filepath.Join(c.dir(host), "trunkline")
	err := os.Link(program, file+".new")
	if err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// boot starts a host whose files are there, again or for the first time.
func (c *Cluster) boot(host string) error {
	_ = os.Remove(filepath.Join(c.dir(host), "ready.json"))
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(c.dir(host), "host.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command("ip", "netns", "exec", c.lan.name(host), exe, "cluster-host", filepath.Join(c.dir(host), "host.json"))
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	err = cmd.Start()
	if err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.up[host] = cmd
	return nil
}

func (c *Cluster) awaitHost(ctx context.Context, host string) (r ready, err error) {
	err = c.await(ctx, time.Minute, func() string {
		text, err := os.ReadFile(filepath.Join(c.dir(host), "ready.json"))
		if err != nil {
			return host + " is not up; the end of its log:\n" + proc.Tail(filepath.Join(c.dir(host), "host.log"), 15)
		}
		if err := json.Unmarshal(text, &r); err != nil {
			return err.Error()
		}
		return ""
	})
	return r, err
}

// atWork waits until a telephony server says that agents can be seated there.
func (c *Cluster) atWork(ctx context.Context, tel string) error {
	return c.await(ctx, time.Minute, func() string {
		row, err := mariadb.NewServers(c.DB).ByName(ctx, tel)
		if err != nil {
			return err.Error()
		}
		c.IDs[tel] = row.ID
		state, err := c.Store.Server(ctx, row.ID)
		if err != nil || !state.Listening {
			return tel + " does not listen; the end of its logs:\n" + c.tail(tel)
		}
		return ""
	})
}

func (c *Cluster) tail(host string) (all string) {
	for _, role := range []string{"keepalive", "listen", "web"} {
		file := filepath.Join(c.dir(host), role+".log")
		if _, err := os.Stat(file); err == nil {
			all += role + ":\n" + proc.Tail(file, 12) + "\n"
		}
	}
	return all
}

// await asks until nothing is missing, or says what was after the limit.
func (c *Cluster) await(ctx context.Context, limit time.Duration, missing func() string) error {
	return rig.Await(ctx, 20*time.Millisecond, limit, missing)
}

// seed enters a campaign, its leads, and agents with a phone on each server.
func (c *Cluster) seed(ctx context.Context) error {
	host, port, err := net.SplitHostPort(c.Car.SIP)
	if err != nil {
		return err
	}
	c.carrier = dialer.Carrier{Name: "simulated", Host: host}
	c.carrier.Port, err = strconv.Atoi(port)
	if err != nil {
		return err
	}
	err = c.campaign(ctx, c.Campaign, 101, dialer.RecordAll)
	if err != nil {
		return err
	}
	c.Password = app.Secret()
	c.hash, err = signin.HashPassword(c.Password)
	if err != nil {
		return err
	}
	for i := range c.Agents {
		user := fmt.Sprintf("agent%d", i+1)
		c.Users = append(c.Users, user)
		err = c.hire(ctx, user, dialer.RoleAgent, phoneNumber(i, 0), phoneNumber(i, 1))
		if err != nil {
			return err
		}
	}
	err = app.AddUser(ctx, c.DB, dialer.User{Username: atScreen, FullName: "Robin " + atScreen, Role: dialer.RoleAgent}, c.Password)
	if err != nil {
		return err
	}
	err = c.hire(ctx, boss, dialer.RoleAdmin, bossPhone, bossPhone)
	if err != nil {
		return err
	}
	file := filepath.Join(c.Dir, "leads.csv")
	err = os.WriteFile(file, c.Leads, 0o644)
	if err == nil {
		_, err = app.ImportLeads(ctx, c.DB, app.LeadImport{List: 101}, file)
	}
	if err != nil {
		return err
	}
	return c.phonesKnown(ctx)
}

// phonesKnown waits until each Asterisk has read the phone of who was hired last. A
// moment to wait for would not do: an Asterisk that had it before gets nothing more.
func (c *Cluster) phonesKnown(ctx context.Context) error {
	return c.await(ctx, time.Minute, func() string {
		for tel, id := range c.IDs {
			file := filepath.Join(c.Tel[tel].Instance.GeneratedDir(), "pjsip_phones.conf")
			text, err := os.ReadFile(file)
			if err != nil || !bytes.Contains(text, []byte(phoneLogin(c.hired, tel))) {
				return tel + "'s keepalive does not know the phones yet"
			}
			info, err := os.Stat(file)
			if err != nil {
				return err.Error()
			}
			row, err := c.Store.Server(ctx, id)
			if err != nil || row.ConfAt == nil || row.ConfAt.Before(info.ModTime().Truncate(time.Millisecond)) {
				return tel + "'s Asterisk does not know the phones yet"
			}
		}
		return ""
	})
}

func phoneLogin(user, tel string) string { return "phone-" + user + "-" + tel }

// campaign enters a campaign of one list.
func (c *Cluster) campaign(ctx context.Context, id dialer.CampaignID, list dialer.ListID, record dialer.RecordMode) error {
	return c.Store.Seed(ctx, c.carrier, campaignOf(id, record), dialer.List{ID: list, CampaignID: id, Name: string(id)})
}

// campaignOf is a campaign as the cluster's are: each calls at every hour.
func campaignOf(id dialer.CampaignID, record dialer.RecordMode) dialer.Campaign {
	return dialer.Campaign{
		ID: id, Name: string(id), DialMethod: dialer.DialRatio, DialLevel: 1, DialTimeout: 20, DropMillis: 2000,
		CallerID: "+12125550100", AMD: dialer.AMDOff, Record: record, CallTo: 1440, DialStatuses: string(dialer.StatusNew),
	}
}

// hire enters a user with a phone on each server.
func (c *Cluster) hire(ctx context.Context, user string, role dialer.Role, phones ...string) error {
	id, err := mariadb.NewUsers(c.DB).Add(ctx, dialer.User{Username: user, FullName: "Robin " + user, Role: role, PassHash: c.hash},
		func(dialer.UserID) []dialer.Phone { return nil })
	if err != nil {
		return err
	}
	for n, tel := range []string{"tel1", "tel2"} {
		err = c.Store.PutPhone(ctx, dialer.Phone{
			ServerID: c.IDs[tel], UserID: id, Login: phoneLogin(user, tel), Secret: app.Secret(), Kind: dialer.PhoneStatic,
			Contact: fmt.Sprintf("sip:%s@%s", phones[n], c.Car.SIP),
		})
		if err != nil {
			return err
		}
	}
	c.hired = user
	return nil
}

// atScreen is the agent whose phone is the browser's own, on either server.
const atScreen = "atscreen"

// The supervisor, whose phone sends 2000 Hz.
const (
	boss      = "supervisor"
	bossPhone = "19015550132"
)

// phoneNumber is an agent's phone at the carrier: it sends 500 Hz, and keeps
// what it hears. No campaign calls its area.
func phoneNumber(agent, server int) string { return fmt.Sprintf("19005552%d%d30", agent, server) }

// duties say whether a server takes new agents, and whether it dials.
func (c *Cluster) duties(ctx context.Context, tel string, agents, dials bool) error {
	return mariadb.NewRig(c.DB).SetDuties(ctx, c.IDs[tel], agents, dials)
}

// stop ends all hosts.
func (c *Cluster) stop(ctx context.Context) error {
	var errs []error
	c.mu.Lock()
	up := c.up
	c.up = map[string]*exec.Cmd{}
	c.mu.Unlock()
	if c.Front != nil {
		errs = append(errs, c.Front.Close())
	}
	if c.DB != nil {
		errs = append(errs, c.DB.Close())
	}
	for _, host := range hosts {
		if up[host] != nil {
			errs = append(errs, c.lan.power(ctx, host))
		}
	}
	return errors.Join(errs...)
}

// logs are the ends of what all hosts say.
func (c *Cluster) logs() string {
	var all strings.Builder
	for _, h := range []string{"tel1", "tel2", "web1", "web2"} {
		fmt.Fprintf(&all, "---- %s\n%s", h, c.tail(h))
	}
	return all.String()
}
