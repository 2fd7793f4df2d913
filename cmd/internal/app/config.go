package app

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/go-sql-driver/mysql"

	"trunkline/dialer/compliance"
)

// The files that are looked for when nobody names one.
const (
	DemoConfig   = ".run/trunkline.toml"           // of the demo in the working directory
	SystemConfig = "/etc/trunkline/trunkline.toml" // of an installed system
)

// Config is what a host of the cluster is told. Each field's default works on
// a host that runs every role beside its own Asterisk; only secrets have none.
type Config struct {
	Server   string   `toml:"server"`  // this host's name in the table of servers; default: the host name
	Roles    []string `toml:"roles"`   // what this host does: "web", "telephony"; default: both
	RunDir   string   `toml:"run_dir"` // pid, beat and log files of the daemons
	Database Database `toml:"database"`
	Metrics  Metrics  `toml:"metrics"`
	Asterisk Asterisk `toml:"asterisk"`
	Web      struct {
		Listen    string `toml:"listen"`     // host:port
		PublicURL string `toml:"public_url"` // what browsers call us
		Uploads   string `toml:"uploads"`    // folder in which versions up to 2026-11 kept lead files; what is still needed of them is brought into the database
	} `toml:"web"`

	Compliance struct {
		Rules string `toml:"rules"` // folder of rule packs of one's own (*.json), added to those of this binary
	} `toml:"compliance"`

	file string
}

// Database is how this host reaches the database. A data source name is as
// go-sql-driver/mysql writes it. See `trunkline grants` for what each account
// needs.
type Database struct {
	DSN      string `toml:"dsn"`       // the roles'
	WebDSN   string `toml:"web_dsn"`   // the web role's, where it has an account of its own; else dsn
	AdminDSN string `toml:"admin_dsn"` // for what operators type: migrate, user, backup …; else dsn
}

// Metrics are the addresses (host:port) at which each role tells how it is:
// /healthz, and /metrics for Prometheus. "off" for none. They tell nothing of
// people, and nobody is asked who they are: keep them on loopback or behind a
// firewall.
type Metrics struct {
	Web        string `toml:"web"`
	Keepalive  string `toml:"keepalive"`
	Listen     string `toml:"listen"`
	HopperFill string `toml:"hopper_fill"`
}

// of is the address of a role.
func (m Metrics) of(role string) string {
	return map[string]string{RoleWeb: m.Web, RoleKeepalive: m.Keepalive, RoleListen: m.Listen, RoleHopperFill: m.HopperFill}[role]
}

// The roles of a host, as its configuration names them.
const (
	HostWeb       = "web"
	HostTelephony = "telephony"
)

// Does tells whether the host has a role.
func (c Config) Does(role string) bool { return slices.Contains(c.Roles, role) }

// Admin is the operators' way into the database.
func (d Database) Admin() string { return cmp.Or(d.AdminDSN, d.DSN) }

// of is a role's way into the database.
func (d Database) of(role string) string {
	if role == RoleWeb {
		return cmp.Or(d.WebDSN, d.DSN)
	}
	return d.DSN
}

// Asterisk is the host's own Asterisk and the way the daemons reach it.
type Asterisk struct {
	AMI       string `toml:"ami"` // host:port
	AMIUser   string `toml:"ami_user"`
	AMISecret string `toml:"ami_secret"`
	// The configuration writer and the web role have users of their own, each
	// with the least rights that do.
	KeepaliveAMIUser   string `toml:"keepalive_ami_user"`
	KeepaliveAMISecret string `toml:"keepalive_ami_secret"`
	WebAMIUser         string `toml:"web_ami_user"`
	WebAMISecret       string `toml:"web_ami_secret"`

	ARI       string `toml:"ari"` // http://host:port/ari
	ARIUser   string `toml:"ari_user"`
	ARISecret string `toml:"ari_secret"`

	Events       string `toml:"events"`        // EventsOutbound or EventsInbound
	EventsListen string `toml:"events_listen"` // host:port on which listen waits for Asterisk
	EventsUser   string `toml:"events_user"`   // what Asterisk says there
	EventsSecret string `toml:"events_secret"`

	// Allow are the addresses of web servers on other hosts, which may use the
	// manager of an Asterisk that `trunkline setup` has set up.
	Allow []string `toml:"allow"`

	ConfDir       string `toml:"conf_dir"`       // keepalive writes pjsip_phones.conf, pjsip_carriers.conf and pjsip_peers.conf here
	RecordingsDir string `toml:"recordings_dir"` // where this host sees Asterisk's recordings
	WSURL         string `toml:"ws_url"`         // where browsers' phones register
	SIPAddr       string `toml:"sip_addr"`       // host:port where the other telephony servers reach this one's Asterisk; none: no call crosses
}

// MetricsOff is a role's address in Metrics when it is to have none.
const MetricsOff = "off"

// The ways events come from Asterisk.
const (
	// We connect to Asterisk. What happens while we are away is not told; the
	// dialplan holds answered calls until we are back, and what Asterisk has then
	// counts.
	EventsInbound = "inbound"
	// Asterisk (22.5 or newer) connects to us and queues events while we are
	// away. Up to 22.10.1 at least it may crash in the moment in which we go: one
	// thread lets go of the connection while another writes an event to it.
	EventsOutbound = "outbound"
)

// ConfigError is a mistake in the configuration: one sentence that names the
// file and the key.
type ConfigError struct{ Sentence string }

// Error is the sentence.
func (e *ConfigError) Error() string { return e.Sentence }

// File is where the configuration was read from, or written to.
func (c Config) File() string { return c.file }

// Default is the configuration before any file.
func Default() Config {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "localhost"
	}
	host, _, _ = strings.Cut(host, ".")
	c := Config{Server: host, Roles: []string{HostWeb, HostTelephony}, RunDir: "/run/trunkline"}
	c.Metrics = Metrics{Web: "127.0.0.1:9461", Keepalive: "127.0.0.1:9462", Listen: "127.0.0.1:9463", HopperFill: "127.0.0.1:9464"}
	c.Asterisk = Asterisk{
		AMI: "127.0.0.1:5038", AMIUser: "listen",
		KeepaliveAMIUser: "keepalive", WebAMIUser: "web",
		ARI: "http://127.0.0.1:8088/ari", ARIUser: "trunkline",
		Events: EventsInbound, EventsListen: "127.0.0.1:8092", EventsUser: "asterisk",
		ConfDir: "/etc/asterisk/trunkline", RecordingsDir: "/var/spool/asterisk/monitor",
		WSURL: "ws://127.0.0.1:8088/ws",
	}
	c.Web.Listen = "127.0.0.1:8080"
	c.Web.Uploads = "/var/lib/trunkline/uploads"
	return c
}

// Find names the configuration file: the one asked for, else TRUNKLINE_CONFIG,
// else that of a demo in the working directory, else the system's.
func Find(asked string) string {
	if asked != "" {
		return asked
	}
	if env := os.Getenv("TRUNKLINE_CONFIG"); env != "" {
		return env
	}
	if _, err := os.Stat(DemoConfig); err == nil {
		return DemoConfig
	}
	return SystemConfig
}

// Load reads and checks a configuration file, and puts the rule packs that it
// names into use. Its error is a *ConfigError.
func Load(path string) (Config, error) {
	c := Default()
	abs, err := filepath.Abs(path)
	if err != nil {
		return c, &ConfigError{fmt.Sprintf("configuration %s: %v", path, err)}
	}
	c.file = abs
	text, err := os.ReadFile(abs)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c, &ConfigError{fmt.Sprintf("there is no configuration %s (name one with --config or TRUNKLINE_CONFIG, or run `trunkline setup` on a host with the packages, `make demo` in a clone)", path)}
	case err != nil:
		return c, &ConfigError{fmt.Sprintf("configuration %s cannot be read: %v", path, errors.Unwrap(err))}
	}
	meta, err := toml.Decode(string(text), &c)
	if err != nil {
		var parse toml.ParseError
		if errors.As(err, &parse) {
			return c, &ConfigError{fmt.Sprintf("configuration %s, line %d%s: %s", path, parse.Position.Line, atKey(parse.LastKey), parse.Message)}
		}
		if m := wrongType.FindStringSubmatch(err.Error()); m != nil {
			return c, &ConfigError{fmt.Sprintf("configuration %s, line %s: %s must be %s, not %s", path, m[1], m[2], inWords(m[4]), inWords(m[3]))}
		}
		if m := noTable.FindStringSubmatch(err.Error()); m != nil {
			return c, &ConfigError{fmt.Sprintf("configuration %s, line %s: %s must be a table of keys, not %s", path, m[1], m[2], inWords(m[3]))}
		}
		return c, &ConfigError{fmt.Sprintf("configuration %s: %v", path, err)}
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		names := make([]string, len(unknown))
		for i, key := range unknown {
			names[i] = key.String()
		}
		return c, &ConfigError{fmt.Sprintf("configuration %s has keys that mean nothing: %s", path, strings.Join(names, ", "))}
	}
	// A path in the file is seen from the file, so that a tree can be moved.
	for _, dir := range []*string{&c.RunDir, &c.Asterisk.ConfDir, &c.Asterisk.RecordingsDir, &c.Compliance.Rules, &c.Web.Uploads} {
		if *dir != "" && !filepath.IsAbs(*dir) {
			*dir = filepath.Join(filepath.Dir(abs), *dir)
		}
	}
	if c.Compliance.Rules != "" {
		if _, err := os.Stat(c.Compliance.Rules); err != nil {
			return c, &ConfigError{fmt.Sprintf("configuration %s: compliance.rules: there is no folder %s", path, c.Compliance.Rules)}
		}
		if err := compliance.Use(os.DirFS(c.Compliance.Rules)); err != nil {
			return c, &ConfigError{fmt.Sprintf("configuration %s: compliance.rules: %v", path, err)}
		}
	}
	return c, c.check()
}

// How the decoder says that a value is of another type than its key: line, key,
// the value's type, and the key's where that is no table.
var (
	wrongType = regexp.MustCompile(`line (\d+) \(last key "([^"]+)"\): incompatible types: TOML value has type (\S+); destination has type (\S+)`)
	noTable   = regexp.MustCompile(`line (\d+) \(last key "([^"]+)"\): type mismatch for .*: expected table but found (\S+)`)
)

// inWords is a type as somebody who writes such a file knows it.
func inWords(kind string) string {
	switch kind {
	case "string":
		return "text in quotes"
	case "int64", "float64":
		return "a number"
	case "bool":
		return "true or false"
	case "slice", "[]any":
		return `a list such as ["web"]`
	case "map[string]any":
		return "a table of keys"
	}
	return kind
}

func atKey(key string) string {
	if key == "" {
		return ""
	}
	return " (" + key + ")"
}

// check finds the first value that cannot be right. Secrets may be absent: the
// role that needs one asks with Need.
func (c Config) check() error {
	if c.Server == "" || len(c.Server) > 32 {
		return c.wrong("server", "must be a name of 1 to 32 letters")
	}
	if c.RunDir == "" {
		return c.wrong("run_dir", "must name a folder")
	}
	for _, role := range c.Roles {
		if role != HostWeb && role != HostTelephony {
			return c.wrong("roles", fmt.Sprintf("may name %q and %q, not %q", HostWeb, HostTelephony, role))
		}
	}
	type entry struct{ key, value string }
	for _, e := range []entry{{"database.dsn", c.Database.DSN}, {"database.web_dsn", c.Database.WebDSN}, {"database.admin_dsn", c.Database.AdminDSN}} {
		if e.value == "" {
			continue
		}
		if _, err := mysql.ParseDSN(e.value); err != nil {
			return c.wrong(e.key, "is no data source name such as user:password@unix(/path/of/socket)/database")
		}
	}
	for _, e := range []entry{
		{"metrics.web", c.Metrics.Web}, {"metrics.keepalive", c.Metrics.Keepalive}, {"metrics.listen", c.Metrics.Listen}, {"metrics.hopper_fill", c.Metrics.HopperFill},
	} {
		if e.value != MetricsOff && !isAddress(e.value) {
			return c.wrong(e.key, fmt.Sprintf("must be host:port or %q, not %q", MetricsOff, e.value))
		}
	}
	for _, e := range []entry{
		{"asterisk.ami", c.Asterisk.AMI}, {"asterisk.events_listen", c.Asterisk.EventsListen}, {"web.listen", c.Web.Listen},
	} {
		if !isAddress(e.value) {
			return c.wrong(e.key, fmt.Sprintf("must be host:port, not %q", e.value))
		}
	}
	if a := c.Asterisk.SIPAddr; a != "" {
		if host, _, err := net.SplitHostPort(a); err != nil || host == "" || !isAddress(a) {
			return c.wrong("asterisk.sip_addr", fmt.Sprintf("must be host:port, not %q", a))
		}
	}
	for _, a := range c.Asterisk.Allow {
		if !isRange(a) {
			return c.wrong("asterisk.allow", fmt.Sprintf("may name addresses such as 10.0.0.5 or 10.0.0.0/24, not %q", a))
		}
	}
	for _, e := range []entry{{"asterisk.ari", c.Asterisk.ARI}, {"web.public_url", c.Web.PublicURL}} {
		if !isURL(e.value, "http", "https") {
			return c.wrong(e.key, fmt.Sprintf("must be an http or https address, not %q", e.value))
		}
	}
	if !isURL(c.Asterisk.WSURL, "ws", "wss") {
		return c.wrong("asterisk.ws_url", fmt.Sprintf("must be a ws or wss address, not %q", c.Asterisk.WSURL))
	}
	if e := c.Asterisk.Events; e != EventsOutbound && e != EventsInbound {
		return c.wrong("asterisk.events", fmt.Sprintf("must be %q or %q, not %q", EventsOutbound, EventsInbound, e))
	}
	return nil
}

// isAddress tells whether the value is host:port, the port a number that there is
// or the name of a service.
func isAddress(value string) bool {
	_, port, err := net.SplitHostPort(value)
	if err != nil || port == "" {
		return false
	}
	_, err = net.LookupPort("tcp", port)
	return err == nil
}

// isRange tells whether the value is an IP address, alone or with a mask as
// Asterisk's permit takes it: 24, or 255.255.255.0.
func isRange(value string) bool {
	addr, mask, masked := strings.Cut(value, "/")
	ip, err := netip.ParseAddr(addr)
	if err != nil || !masked {
		return err == nil
	}
	if _, err := ip.Prefix(atoi(mask)); err == nil {
		return true
	}
	_, err = netip.ParseAddr(mask)
	return err == nil
}

// atoi is the number, or -1 for what is none.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

// isURL takes an absent address for one: the role that needs it asks with Need.
func isURL(value string, schemes ...string) bool {
	if value == "" {
		return true
	}
	u, err := url.Parse(value)
	return err == nil && u.Host != "" && slices.Contains(schemes, u.Scheme)
}

// Need says, as a *ConfigError, which of the keys has no value.
func (c Config) Need(keys ...string) error {
	values := map[string]string{
		"database.dsn": c.Database.DSN, "database.web_dsn": cmp.Or(c.Database.WebDSN, c.Database.DSN), "database.admin_dsn": c.Database.Admin(),
		"asterisk.ami":    c.Asterisk.AMI,
		"asterisk.ari":    c.Asterisk.ARI,
		"asterisk.ws_url": c.Asterisk.WSURL,

		"asterisk.ami_user": c.Asterisk.AMIUser, "asterisk.ami_secret": c.Asterisk.AMISecret,
		"asterisk.keepalive_ami_user": c.Asterisk.KeepaliveAMIUser, "asterisk.keepalive_ami_secret": c.Asterisk.KeepaliveAMISecret,
		"asterisk.web_ami_user": c.Asterisk.WebAMIUser, "asterisk.web_ami_secret": c.Asterisk.WebAMISecret,
		"asterisk.ari_user": c.Asterisk.ARIUser, "asterisk.ari_secret": c.Asterisk.ARISecret,
		"asterisk.events_user": c.Asterisk.EventsUser, "asterisk.events_secret": c.Asterisk.EventsSecret,
		"asterisk.conf_dir": c.Asterisk.ConfDir, "asterisk.recordings_dir": c.Asterisk.RecordingsDir,
	}
	for _, key := range keys {
		value, known := values[key]
		if !known {
			panic("app: no configuration key " + key)
		}
		switch {
		case value != "":
		case key == "database.web_dsn" || key == "database.admin_dsn":
			return c.wrong(key, "has no value, nor has database.dsn, which would do as well")
		default:
			return c.wrong(key, "has no value")
		}
	}
	return nil
}

func (c Config) wrong(key, what string) error {
	return &ConfigError{fmt.Sprintf("configuration %s: %s %s", c.file, key, what)}
}

// Save writes the configuration as a file that only its owner may read.
func (c *Config) Save(path string) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(abs), ".trunkline-*.toml") // 0600 by CreateTemp
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = toml.NewEncoder(f).Encode(c)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	c.file = abs
	return os.Rename(f.Name(), abs)
}
