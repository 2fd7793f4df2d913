package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/alecthomas/kong"

	"trunkline/cmd/internal/app"
	"trunkline/sql/mariadb"
)

const description = `An open-source contact-center dialer.

  trunkline demo                               a whole system on this machine, calls and all
  trunkline demo --agents 5 --for 60s --report r.json
  trunkline migrate                            create the tables, or bring them up to date
  trunkline user add alice --role admin        print a generated password
  trunkline list add 101 "Autumn" --campaign DEMO
  trunkline leads import --list 101 leads.csv
  trunkline web                                the pages; trunkline keepalive runs the telephony side
`

// cli is the table of commands.
type cli struct {
	globals
	hostCommands

	Web          webCmd          `cmd:"" help:"Serve the agent screen and the admin pages."`
	Keepalive    keepaliveCmd    `cmd:"" help:"Keep this telephony server working: starts and watches listen and hopper-fill."`
	Listen       listenCmd       `cmd:"" help:"Run the calls and the dialing of this host's Asterisk."`
	HopperFill   hopperFillCmd   `cmd:"" help:"Keep every campaign's hopper full of leads that may be called now."`
	Migrate      migrateCmd      `cmd:"" help:"Create the database's tables, or bring them up to date."`
	Doctor       doctorCmd       `cmd:"" help:"Look at all this host needs, and say what is wrong."`
	Grants       grantsCmd       `cmd:"" help:"Print the rights that this host needs: database, firewall, Asterisk's accounts."`
	Invite       inviteCmd       `cmd:"" help:"Make a token with which one more server joins."`
	Join         joinCmd         `cmd:"" help:"Join this host to a cluster with a token."`
	Server       serverCmd       `cmd:"" help:"Manage the servers of the cluster."`
	Backup       backupCmd       `cmd:"" help:"Write the database, recordings and configuration into one file."`
	Restore      restoreCmd      `cmd:"" help:"Make a system of a backup again."`
	Retention    retentionCmd    `cmd:"" help:"For how long recordings and logs are kept, and what is on hold."`
	Config       configCmd       `cmd:"" help:"Look at the configuration."`
	User         userCmd         `cmd:"" help:"Manage who may sign in."`
	Leads        leadsCmd        `cmd:"" help:"Manage leads."`
	List         listCmd         `cmd:"" help:"Make lists of leads, and list them."`
	Campaign     campaignCmd     `cmd:"" help:"List, start and stop campaigns."`
	Consent      consentCmd      `cmd:"" help:"The ledger of what people said about being called."`
	Compliance   complianceCmd   `cmd:"" help:"The calling rules in use, and why a call was placed."`
	Hopper       hopperCmd       `cmd:"" help:"Fill a hopper by hand, and ask what holds leads back."`
	Simulate     simulateCmd     `cmd:"" help:"Work simulated shifts with any dial method and print what came of them."`
	Replay       replayCmd       `cmd:"" help:"Let any dial method work a day that has been, from the calls table."`
	Pacing       pacingCmd       `cmd:"" help:"Look at how many calls were placed and why, and decide it again."`
	Report       reportCmd       `cmd:"" help:"Print a report, as a table, CSV or JSON."`
	Demo         demoCmd         `cmd:"" help:"Run a whole system on this machine, with a simulated carrier and agents."`
	BenchHopper  benchHopperCmd  `cmd:"" help:"Measure the hopper on a MariaDB of its own: fills, claims, imports, the census."`
	BenchBoards  benchBoardsCmd  `cmd:"" help:"Measure the supervisors' live boards: how far behind they are, and what they ask of the database."`
	BenchReports benchReportsCmd `cmd:"" help:"Measure the reports on a MariaDB of its own, over millions of calls."`
	BenchCalls   benchCmd        `cmd:"" help:"Measure the speed of calls on this machine, beside a bare AMI and ARI client."`
	BenchDesks   benchDesksCmd   `cmd:"" help:"Measure agents' desks: a web process with one core under thousands of browsers."`
	BenchGrowth  benchGrowthCmd  `cmd:"" help:"Measure how the database's work grows with telephony servers, and how much it carries."`
	Chaos        chaosCmd        `cmd:"" help:"Break a whole system at work, and look whether anything was lost."`
}

// globals are the flags of every command.
type globals struct {
	ConfigFile string           `name:"config" short:"c" placeholder:"FILE" help:"Configuration; else $TRUNKLINE_CONFIG, ${demoConfig} if there is one, ${systemConfig}."`
	LogLevel   slog.Level       `name:"log-level" default:"info" placeholder:"LEVEL" help:"debug, info, warn or error."`
	LogFormat  string           `name:"log-format" default:"text" enum:"text,json" help:"text or json."`
	Version    kong.VersionFlag `help:"Print the version."`

	stdin          io.Reader
	stdout, stderr io.Writer
}

func (g *globals) config() (app.Config, error) { return app.Load(app.Find(g.ConfigFile)) }

func (g *globals) log() *slog.Logger { return app.NewLog(g.stderr, g.LogLevel, g.LogFormat) }

// flags are the globals as a daemon that we start needs them.
func (g *globals) flags(c app.Config) []string {
	return []string{"--config", c.File(), "--log-level", g.LogLevel.String(), "--log-format", g.LogFormat}
}

// database is the configured database, for a command that asks one thing of it.
func (g *globals) database(ctx context.Context) (app.Config, *mariadb.DB, error) {
	c, err := g.config()
	if err != nil {
		return c, nil, err
	}
	err = c.Need("database.admin_dsn")
	if err != nil {
		return c, nil, err
	}
	db, err := mariadb.Open(c.Database.Admin())
	if err != nil {
		return c, nil, err
	}
	err = db.Ping(ctx)
	if err != nil {
		db.Close()
		way := "`trunkline doctor` says more"
		if strings.HasSuffix(c.File(), "/"+app.DemoConfig) {
			way = "it runs as long as its demo does, which `trunkline demo` starts"
		}
		return c, nil, fmt.Errorf("the database that %s names does not answer; %s (%w)", c.File(), way, err)
	}
	return c, db, nil
}

type configCmd struct {
	Check configCheckCmd `cmd:"" help:"Check the configuration's form, and that every secret has a value."`
}

type configCheckCmd struct{}

// Run reads the configuration with the eyes of every role.
func (*configCheckCmd) Run(g *globals) error {
	c, err := g.config()
	if err != nil {
		return err
	}
	err = c.Need("database.dsn", "asterisk.ami_secret", "asterisk.keepalive_ami_secret", "asterisk.web_ami_secret",
		"asterisk.ari_secret", "asterisk.events_secret")
	if err != nil {
		return err
	}
	fmt.Fprintf(g.stdout, "%s is in order.\n", c.File())
	return nil
}
