package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/mattn/go-isatty"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/install"
)

// hostCommands set a host up, and run what belongs to it beside the roles.
type hostCommands struct {
	Setup  setupCmd  `cmd:"" help:"Take a host with the packages installed to a system that serves."`
	Engine engineCmd `cmd:"" help:"Run this host's own MariaDB or Asterisk, as their units do."`
}

type setupCmd struct {
	Roles     []string `help:"web, telephony, or both." default:"web,telephony" sep:"," placeholder:"ROLE,ROLE"`
	Joined    bool     `help:"This host has joined a cluster: its configuration is there."`
	Address   string   `help:"This host's address for carriers, phones and other servers; without it all stays on this machine." placeholder:"IP"`
	Host      string   `help:"The name by which browsers reach this host's phones, which the certificate has." placeholder:"NAME"`
	Web       []string `help:"Addresses of web servers on other hosts, which command this Asterisk." sep:"," placeholder:"IP,IP"`
	Cert      string   `help:"Certificate for browsers' phones, with its chain (PEM)." placeholder:"FILE"`
	Key       string   `help:"Its key (PEM)." placeholder:"FILE"`
	Listen    string   `help:"Where the pages are, for a TLS proxy in front." placeholder:"HOST:PORT"`
	URL       string   `name:"url" help:"What browsers call this system." placeholder:"https://…"`
	Admin     string   `help:"The administrator's name, if there is none yet." default:"admin"`
	NoSystemd bool     `help:"Run everything in the foreground, as in a container; Ctrl-C stops it."`
	State     string   `hidden:"" default:"/var/lib/trunkline"`
	Asterisk  string   `hidden:"" default:"/usr/lib/trunkline"`
}

// Help is what --help says beside.
func (*setupCmd) Help() string {
	return "Takes a host on which the packages are installed to a system that serves: a database of its own under /var/lib/trunkline, Asterisk beside it (nothing under /etc/asterisk is touched), the configuration, an administrator, the units. It asks for the administrator's password at most; piped in, it is the first line. May be repeated: what is there stays."
}

// Run sets the host up.
func (s *setupCmd) Run(ctx context.Context, g *globals) error {
	began := time.Now()
	if s.Address != "" && net.ParseIP(s.Address) == nil {
		return &app.ConfigError{Sentence: fmt.Sprintf("--address: %q is no address", s.Address)}
	}
	for _, w := range s.Web {
		if net.ParseIP(w) == nil {
			return &app.ConfigError{Sentence: fmt.Sprintf("--web: %q is no address", w)}
		}
	}
	if s.Host != "" && s.Cert == "" {
		return &app.ConfigError{Sentence: "--host wants --cert and --key: browsers use phones by TLS only"}
	}
	if (s.Cert == "") != (s.Key == "") {
		return &app.ConfigError{Sentence: "--cert and --key come together"}
	}
	path := g.ConfigFile
	if path == "" {
		path = app.SystemConfig
	}
	if _, err := os.Stat(path); s.Joined && err != nil {
		return &app.ConfigError{Sentence: path + " is not there: run trunkline join first"}
	}
	password, err := s.password(g)
	if err != nil {
		return err
	}
	say := func(format string, args ...any) { fmt.Fprintf(g.stdout, format+"\n", args...) }
	r, err := install.Setup(ctx, install.Options{
		Config: path, State: s.State, Asterisk: s.Asterisk, Roles: s.Roles, Address: s.Address, Host: s.Host, Web: s.Web, Cert: s.Cert, Key: s.Key, Listen: s.Listen, URL: s.URL,
		Admin: s.Admin, Password: password, Systemd: !s.NoSystemd, Say: say, Log: g.log(),
	})
	if err != nil {
		return err
	}
	if r.Admin != "" {
		line := "  user " + r.Admin
		if r.Password != "" {
			line += ", password " + r.Password
		}
		defer say("%s", line)
	}
	switch {
	case s.NoSystemd:
		say("Starting in the foreground …")
		return install.Supervise(ctx, r, s.State, g.flags(r.Config), g.log(), func() {
			say("Serving after %s: %s", time.Since(began).Round(100*time.Millisecond), r.Config.Web.PublicURL)
			if r.Admin != "" && r.Password != "" {
				say("  user %s, password %s", r.Admin, r.Password)
			}
		})
	case r.Started:
		say("Running after %s: %s", time.Since(began).Round(100*time.Millisecond), r.Config.Web.PublicURL)
	default:
		say("Set up after %s. systemd does not run here, so nothing was started: %s.", time.Since(began).Round(100*time.Millisecond), strings.Join(r.Units, ", "))
		say("`trunkline setup --no-systemd` runs them in the foreground; or start the units where systemd runs.")
	}
	say("`trunkline doctor` says whether anything is missing.")
	return nil
}

// password is the first line of what is piped in, or what somebody types; "" has
// one made.
func (s *setupCmd) password(g *globals) (string, error) {
	if f, ok := g.stdin.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		fmt.Fprintf(g.stdout, "Password for %s (empty: one is made and printed): ", s.Admin)
	}
	line, err := bufio.NewReader(g.stdin).ReadString('\n')
	if err != nil && line == "" {
		return "", nil
	}
	return strings.TrimRight(line, "\r\n"), nil
}

type engineCmd struct {
	MariaDB  engineMariaDBCmd  `cmd:"" name:"mariadb" help:"Run this host's own MariaDB."`
	Asterisk engineAsteriskCmd `cmd:"" help:"Run this host's own Asterisk."`
}

type engineMariaDBCmd struct {
	State string `hidden:"" default:"/var/lib/trunkline" env:"TRUNKLINE_STATE"`
}

// Run runs MariaDB until ctx ends.
func (e *engineMariaDBCmd) Run(ctx context.Context, g *globals) error {
	c, err := g.config()
	if err != nil {
		return err
	}
	return install.RunMariaDB(ctx, c, e.State, g.log())
}

type engineAsteriskCmd struct {
	State string `hidden:"" default:"/var/lib/trunkline" env:"TRUNKLINE_STATE"`
	Root  string `hidden:"" default:"/usr/lib/trunkline" env:"TRUNKLINE_ASTERISK"`
}

// Run runs Asterisk until ctx ends.
func (e *engineAsteriskCmd) Run(ctx context.Context, g *globals) error {
	c, err := g.config()
	if err != nil {
		return err
	}
	return install.RunAsterisk(ctx, c, e.Root, e.State, g.log())
}
