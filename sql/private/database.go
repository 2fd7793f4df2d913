package private

import (
	"context"
	"fmt"
	"regexp"
	"strings"
)

// DSN is root's way into a database, for go-sql-driver/mysql; an empty name
// chooses none. What runs for longer than a set-up uses an account of its own:
// see CreateDatabase and DSNAs.
func (s *Server) DSN(database string) string {
	return s.DSNAs("root", s.rootPassword, database)
}

// DSNAs is an account's way into a database.
func (s *Server) DSNAs(user, password, database string) string {
	return s.config(user, password, database).FormatDSN()
}

// Statements that create things take no parameters, so names and passwords are
// held to letters that need no quoting anywhere.
var (
	plainName     = regexp.MustCompile(`^[A-Za-z0-9_]{1,64}$`)
	plainPassword = regexp.MustCompile(`^[A-Za-z0-9_.~-]{1,128}$`)
)

// CreateDatabase makes a database, unless it is there, and an account that may do
// all in it and nothing outside; an account that is there gets this password.
func (s *Server) CreateDatabase(ctx context.Context, name, user, password string) error {
	switch {
	case !plainName.MatchString(name):
		return fmt.Errorf("a database's name is of letters, digits and _, not %q", name)
	case !plainName.MatchString(user) || user == "root":
		return fmt.Errorf("a database account's name is of letters, digits and _ and not root, not %q", user)
	case !plainPassword.MatchString(password):
		return fmt.Errorf("the database password for %s is empty or has letters outside A-Z a-z 0-9 _ . ~ -", user)
	}
	statements := []string{"CREATE DATABASE IF NOT EXISTS `" + name + "` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"}
	for _, host := range s.Hosts() {
		account := "'" + user + "'@'" + host + "'"
		statements = append(statements,
			"CREATE USER IF NOT EXISTS "+account,
			"ALTER USER "+account+" IDENTIFIED BY '"+password+"'",
			// In a grant _ is a wildcard: unescaped, a_b would open axb as well.
			"GRANT ALL ON `"+escapeWildcards(name)+"`.* TO "+account)
	}
	for _, statement := range statements {
		if _, err := s.admin.ExecContext(ctx, statement); err != nil {
			// The statement itself may hold the password.
			return fmt.Errorf("could not create the database %s: %w", name, err)
		}
	}
	return nil
}

// Run carries out statements as root, such as those of `trunkline grants`. They
// may hold passwords, so an error does not repeat them.
func (s *Server) Run(ctx context.Context, statements []string) error {
	for i, statement := range statements {
		if _, err := s.admin.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("statement %d of %d: %w", i+1, len(statements), err)
		}
	}
	return nil
}

// Hosts are where clients come from, as MariaDB says it: those of the socket are
// localhost, those of a loopback port 127.0.0.1.
func (s *Server) Hosts() []string {
	if s.Address == loopback {
		return []string{"localhost", loopback}
	}
	return []string{"localhost", "%"}
}

// DropDatabase ends the account's connections and removes database and account.
func (s *Server) DropDatabase(ctx context.Context, name, user string) error {
	if !plainName.MatchString(name) || !plainName.MatchString(user) || user == "root" {
		return fmt.Errorf("no database %q with account %q of ours", name, user)
	}
	for _, statement := range []string{
		"DROP USER IF EXISTS '" + user + "'@'" + strings.Join(s.Hosts(), "', '"+user+"'@'") + "'",
		// A transaction left open would hold its tables against the drop.
		"KILL CONNECTION USER '" + user + "'",
		"DROP DATABASE IF EXISTS `" + name + "`",
	} {
		if _, err := s.admin.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("could not drop the database %s: %w", name, err)
		}
	}
	return nil
}

func escapeWildcards(name string) string {
	out := make([]byte, 0, len(name)+4)
	for i := range len(name) {
		if name[i] == '_' {
			out = append(out, '\\')
		}
		out = append(out, name[i])
	}
	return string(out)
}
