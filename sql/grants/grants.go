// Package grants holds which rights of the database each role needs and no
// more: by table, as its statements ask for them. A test derives the same from
// the code, so that the list is neither short nor long.
package grants

import (
	_ "embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// The roles that have an account of the database.
const (
	Web       = "web"
	Telephony = "telephony"
)

// Roles are all of them.
var Roles = []string{Web, Telephony}

//go:embed grants.txt
var text string

// Table is what a role may do with a table: any of SELECT, INSERT, UPDATE and
// DELETE, in this order.
type Table struct {
	Name   string
	Rights []string
}

var byRole = parse(text)

func parse(text string) map[string]map[string][]string {
	all := map[string]map[string][]string{}
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) > 2 && f[0] != "#" {
			if all[f[0]] == nil {
				all[f[0]] = map[string][]string{}
			}
			all[f[0]][f[1]] = f[2:]
		}
	}
	return all
}

// Of gives the rights of roles together, by table.
func Of(roles ...string) []Table {
	union := map[string][]string{}
	for _, role := range roles {
		for table, rights := range byRole[role] {
			union[table] = append(union[table], rights...)
		}
	}
	var all []Table
	for _, name := range slices.Sorted(maps.Keys(union)) {
		all = append(all, Table{name, ordered(union[name])})
	}
	return all
}

// verbs in the order in which they are written.
var verbs = []string{"SELECT", "INSERT", "UPDATE", "DELETE"}

func ordered(rights []string) []string {
	var out []string
	for _, v := range verbs {
		if slices.Contains(rights, v) {
			out = append(out, v)
		}
	}
	return out
}

// Account is an account of the database that is to have the rights of roles.
type Account struct {
	Database string
	User     string
	Hosts    []string // from where it comes, as MariaDB writes it; none: localhost
	Password string   // "": the account is there, and keeps its own
	Roles    []string
}

// Statements take no parameters where they create accounts, so what stands in
// them is held to letters that need no quoting.
var (
	plainName     = regexp.MustCompile(`^[A-Za-z0-9_]{1,64}$`)
	plainHost     = regexp.MustCompile(`^[A-Za-z0-9.:%/_-]{1,60}$`)
	plainPassword = regexp.MustCompile(`^[A-Za-z0-9_.~-]{1,128}$`)
)

// SQL are the statements that make the account and give it its rights, in
// order. The tables must be there, so they come after the migration. They may be
// repeated while daemons run: nothing is taken away meanwhile, so what an account
// has beyond its roles, it keeps.
func (a Account) SQL() ([]string, error) {
	if !plainName.MatchString(a.Database) || !plainName.MatchString(a.User) || a.User == "root" {
		return nil, fmt.Errorf("a database and its account are named by letters, digits and _, and the account not root: %q, %q", a.Database, a.User)
	}
	if a.Password != "" && !plainPassword.MatchString(a.Password) {
		return nil, fmt.Errorf("the password for %s has letters outside A-Z a-z 0-9 _ . ~ -", a.User)
	}
	hosts := a.Hosts
	if len(hosts) == 0 {
		hosts = []string{"localhost"}
	}
	for _, role := range a.Roles {
		if byRole[role] == nil {
			return nil, fmt.Errorf("%q is no role: %s are", role, strings.Join(Roles, " and "))
		}
	}
	var all []string
	for _, host := range hosts {
		if !plainHost.MatchString(host) {
			return nil, fmt.Errorf("%q is no host of a database account, such as localhost, 192.0.2.7 or 192.0.2.%%", host)
		}
		who := "'" + a.User + "'@'" + host + "'"
		if a.Password != "" {
			all = append(all, "CREATE USER IF NOT EXISTS "+who+" IDENTIFIED BY '"+a.Password+"'",
				"ALTER USER "+who+" IDENTIFIED BY '"+a.Password+"'")
		}
		for _, t := range Of(a.Roles...) {
			all = append(all, "GRANT "+strings.Join(t.Rights, ", ")+" ON `"+a.Database+"`.`"+t.Name+"` TO "+who)
		}
	}
	return all, nil
}

// Lacking compares what SHOW GRANTS says of an account with what roles need in a
// database: what is missing, as "INSERT on calls", and whether the account has
// rights beyond its tables.
func Lacking(shown []string, database string, roles ...string) (missing []string, more bool) {
	have := map[string][]string{} // by table; "*" is the whole database
	for _, line := range shown {
		m := grantForm.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		rights, db, table := strings.Split(m[1], ", "), unquote(m[2]), unquote(m[3])
		switch {
		case len(rights) == 1 && rights[0] == "USAGE":
			continue
		case db != "*" && strings.ReplaceAll(db, `\_`, "_") != database:
			continue
		case slices.Contains(rights, "ALL PRIVILEGES"):
			rights = verbs
		}
		if table == "*" {
			more = true
		}
		have[table] = append(have[table], rights...)
	}
	for _, t := range Of(roles...) {
		for _, right := range t.Rights {
			if !slices.Contains(have[t.Name], right) && !slices.Contains(have["*"], right) {
				missing = append(missing, right+" on "+t.Name)
			}
		}
	}
	return missing, more
}

// grantForm is a line of SHOW GRANTS.
var grantForm = regexp.MustCompile("^GRANT (.+) ON (\\*|`[^`]+`)\\.(\\*|`[^`]+`) TO ")

// Host is from where the account comes whose rights SHOW GRANTS shows, as MariaDB
// writes hosts; "" where nothing tells.
func Host(shown []string) string {
	for _, line := range shown {
		if m := hostForm.FindStringSubmatch(line); m != nil {
			return m[1]
		}
	}
	return ""
}

var hostForm = regexp.MustCompile("^GRANT .+ TO `[^`]+`@`([^`]+)`")

func unquote(name string) string { return strings.Trim(name, "`") }
