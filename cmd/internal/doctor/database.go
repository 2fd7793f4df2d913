package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"trunkline/cmd/internal/app"
	"trunkline/dialer/keepalive"
	"trunkline/sql/grants"
	"trunkline/sql/mariadb"
)

// The versions of the database that Trunkline is tested with or known to run on.
const (
	minMariaDB = 10.06
	minMySQL   = 8.0
)

// database looks at each account by which this host's roles reach it; the rest
// is asked once.
func (e *exam) database(ctx context.Context) {
	type account struct {
		key, dsn string
		roles    []string
	}
	d := e.cfg.Database
	var accounts []account
	if e.cfg.Does(app.HostTelephony) {
		accounts = append(accounts, account{"database.dsn", d.DSN, []string{grants.Telephony}})
	}
	if e.cfg.Does(app.HostWeb) {
		switch {
		case d.WebDSN != "" && d.WebDSN != d.DSN:
			accounts = append(accounts, account{"database.web_dsn", d.WebDSN, []string{grants.Web}})
		case len(accounts) > 0:
			accounts[0].roles = append(accounts[0].roles, grants.Web)
		default:
			accounts = append(accounts, account{"database.dsn", d.DSN, []string{grants.Web}})
		}
	}
	for i, a := range accounts {
		if a.dsn == "" {
			continue // configuration has said so
		}
		if !e.account(ctx, a.key, a.dsn, a.roles, i == 0) {
			return
		}
	}
}

// account looks at one way into the database; with all, at the database too. It
// is false where there is nothing to go on with.
func (e *exam) account(ctx context.Context, key, dsn string, roles []string, all bool) bool {
	db, err := mariadb.Open(dsn)
	if err != nil {
		e.fault("database", err.Error(), "correct "+key)
		return false
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(ctx, e.Within)
	defer cancel()
	err = db.Ping(ctx) // so that the connection's making is not measured
	if err != nil {
		says := fmt.Sprintf("%s does not let us in: %v", key, err)
		if away := new(net.OpError); errors.As(err, &away) || ctx.Err() != nil {
			says = fmt.Sprintf("nobody answers where %s has the database (%s): %s", key, addressOf(dsn), unanswered(cmp.Or(ctx.Err(), err)))
		}
		e.fault("database", says, whyNotIn(err, dsn, roles))
		return false
	}
	store := mariadb.NewOperating(db)
	if all {
		e.server(ctx, db, store)
	}
	shown, err := store.Grants(ctx)
	if err != nil {
		e.fault("grants", "the account's rights cannot be read: "+err.Error(), "look into the database server's log; SHOW GRANTS takes no right of its own")
		return true
	}
	config, _ := mysql.ParseDSN(dsn) // Open has
	missing, more := grants.Lacking(shown, config.DBName, roles...)
	command := "trunkline grants --role " + strings.Join(roles, ",")
	switch {
	case len(missing) > 0:
		e.fault("grants", fmt.Sprintf("the account %s of %s lacks %s", config.User, key, some(missing)), "run what `"+command+"` prints, as the database's root")
	case more:
		e.warn("grants", fmt.Sprintf("the account %s of %s may do more than the role needs", config.User, key), "an account with the rights that `"+command+"` prints does all that is needed")
	default:
		e.ok("grants", "%s has what %s needs, table by table", config.User, strings.Join(roles, " and "))
	}
	return true
}

// server looks at the database server behind an account.
func (e *exam) server(ctx context.Context, db *mariadb.DB, store *mariadb.Operating) {
	began, before := time.Now(), e.Now()
	now, err := db.Now(ctx)
	if err != nil {
		e.fault("database", "does not answer: "+err.Error(), "look into the database server's log")
		return
	}
	trip := time.Since(began)
	e.ok("database", "answers within %s", trip.Round(10*time.Microsecond))
	e.versions(ctx, store)
	e.silent(ctx, store)
	have, want, err := db.Schema(ctx)
	switch {
	case err != nil:
		e.fault("schema", err.Error(), "the account must be able to read the table goose_db_version")
	case have < want:
		e.fault("schema", fmt.Sprintf("version %d, and this Trunkline wants %d", have, want), "trunkline migrate")
	case have > want:
		e.warn("schema", fmt.Sprintf("version %d is newer than this Trunkline (%d): a newer one shares the database", have, want), "bring this host to the same version")
	default:
		e.ok("schema", "version %d", have)
	}
	e.clock(before.Add(trip / 2).Sub(now).Round(time.Millisecond))
}

// clock says how far this host's is ahead of the database's.
func (e *exam) clock(skew time.Duration) {
	says := fmt.Sprintf("this host's clock is %s ahead of the database's", skew)
	const fix = "have both set their clocks by NTP: `apt-get install chrony`, then `chronyc makestep`"
	switch {
	case skew.Abs() > keepalive.SkewStop && !e.cfg.Does(app.HostTelephony):
		e.fault("clock", says+": the pages go by the database's, this host's log and its look at certificates do not", fix)
	case skew.Abs() > keepalive.SkewStop:
		e.fault("clock", says+": over "+keepalive.SkewStop.String()+" this host does not dial", fix)
	case skew.Abs() > keepalive.SkewAlarm:
		e.warn("clock", says, fix)
	default:
		e.ok("clock", "%s", says)
	}
}

func (e *exam) versions(ctx context.Context, store *mariadb.Operating) {
	says, err := store.Version(ctx)
	if err != nil {
		e.fault("database", "does not tell its version: "+err.Error(), "look into the database server's log")
		return
	}
	number, least := serverVersion(says)
	if number < least {
		e.fault("database version", fmt.Sprintf("%s is too old", says), "MariaDB 10.6 or newer, or MySQL 8")
	} else {
		e.ok("database version", "%s", says)
	}
	room, err := store.Room(ctx)
	if err == nil && room.MaxConnections < 100 {
		e.warn("database", fmt.Sprintf("takes %d connections at most; each role of each host may open 16", room.MaxConnections), "set max_connections to 64 for each host, at least 151")
	}
	hosts, err := store.Versions(ctx)
	if err != nil {
		return // the schema says why
	}
	for _, h := range hosts {
		switch {
		case h.Version == "" || h.Version == app.Version():
		case h.Name == e.cfg.Server:
			e.warn("versions", fmt.Sprintf("a role of this host still runs Trunkline %s; installed is %s", h.Version, app.Version()), "systemctl restart trunkline-web trunkline-keepalive, whichever this host has: calls that are up go on")
		default:
			e.warn("versions", fmt.Sprintf("%s runs Trunkline %s, this host %s", h.Name, h.Version, app.Version()), "fine while you upgrade; then bring all hosts to one version")
		}
	}
}

// silent names other hosts' roles that have stopped beating.
func (e *exam) silent(ctx context.Context, store *mariadb.Operating) {
	all, err := store.Silent(ctx)
	if err != nil {
		return // the schema says why
	}
	for _, s := range all {
		if s.Name == e.cfg.Server {
			continue // whether this host's roles run is asked of themselves
		}
		e.warn("servers", fmt.Sprintf("the %s role of %s has not been seen for %s", s.Role, s.Name, (time.Duration(s.Seconds)*time.Second).String()),
			fmt.Sprintf("there: systemctl start trunkline-%s, then trunkline doctor. If it has left for good: trunkline server remove %s, or Remove on the page Servers", unitOf(s.Role), s.Name))
	}
}

// unitOf is the unit of a host's role.
func unitOf(role string) string {
	if role == app.HostWeb {
		return app.RoleWeb
	}
	return app.RoleKeepalive
}

// serverVersion is a version as major.minor with two digits for the minor, and
// the least that will do.
func serverVersion(says string) (number, least float64) {
	m := regexp.MustCompile(`(\d+)\.(\d+)`).FindStringSubmatch(strings.TrimPrefix(says, "5.5.5-"))
	if m == nil {
		return 0, minMariaDB
	}
	minor, _ := strconv.Atoi(m[2])
	number, _ = strconv.ParseFloat(fmt.Sprintf("%s.%02d", m[1], minor), 64)
	if strings.Contains(says, "MariaDB") {
		return number, minMariaDB
	}
	return number, minMySQL
}

// addressOf is where a database is, by its DSN: a socket, or host and port.
func addressOf(dsn string) string {
	if config, err := mysql.ParseDSN(dsn); err == nil {
		return config.Addr
	}
	return "an address that cannot be read"
}

func whyNotIn(err error, dsn string, roles []string) string {
	var refused *mysql.MySQLError
	if errors.As(err, &refused) {
		switch refused.Number {
		case 1045, 1698, 1130:
			return "correct the account or its password, or make the account: see `trunkline grants --role " + strings.Join(roles, ",") + "`"
		case 1044, 1049:
			return "make the database, then run `trunkline migrate`, then what `trunkline grants` prints"
		case 1040:
			return "raise max_connections of the database server"
		}
		return "look into the database server's log"
	}
	where := "the database server"
	if config, err := mysql.ParseDSN(dsn); err == nil {
		if config.Net == "unix" {
			return "see that MariaDB runs (`systemctl status trunkline-mariadb`, or `mariadb` where it is not of setup's making) and that its socket is " + config.Addr
		}
		where = config.Addr
	}
	return "see that MariaDB runs and that " + where + " can be reached from here: its bind-address, and the firewall there, whose rules `trunkline grants --role database --only firewall` prints"
}

// some are a few of many.
func some(all []string) string {
	const few = 5
	if len(all) <= few {
		return strings.Join(all, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(all[:few], ", "), len(all)-few)
}
