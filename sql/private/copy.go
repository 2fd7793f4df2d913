package private

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// Template is a database that others are made like: its tables with all their
// rows. It must not change while copies are made.
type Template struct {
	server *Server
	script string // makes them in an empty database
}

// Template reads how to make a database like the one of this name, which is to
// have tables and nothing else: a view, a trigger or a routine is refused, because
// a copy would lack it.
func (s *Server) Template(ctx context.Context, name string) (*Template, error) {
	if !plainName.MatchString(name) {
		return nil, fmt.Errorf("no database %q of ours", name)
	}
	var others int
	err := s.admin.QueryRowContext(ctx, `SELECT
		(SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = ? AND table_type <> 'BASE TABLE') +
		(SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = ?) +
		(SELECT COUNT(*) FROM information_schema.routines WHERE routine_schema = ?)`, name, name, name).Scan(&others)
	if err != nil {
		return nil, fmt.Errorf("reading the database %s: %w", name, err)
	}
	if others > 0 {
		return nil, fmt.Errorf("the database %s has %d views, triggers and routines, which a copy would lack", name, others)
	}
	// Columns that the server computes take no value.
	rows, err := s.admin.QueryContext(ctx, `SELECT table_name, GROUP_CONCAT('`+"`', column_name, '`"+`' ORDER BY ordinal_position)
		FROM information_schema.columns WHERE table_schema = ? AND is_generated = 'NEVER' GROUP BY table_name`, name)
	if err != nil {
		return nil, fmt.Errorf("reading the database %s: %w", name, err)
	}
	defer rows.Close()
	columns := map[string]string{}
	for rows.Next() {
		var table, list string
		if err := rows.Scan(&table, &list); err != nil {
			return nil, fmt.Errorf("reading the database %s: %w", name, err)
		}
		columns[table] = list
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading the database %s: %w", name, err)
	}
	script := []string{"SET foreign_key_checks = 0, sql_mode = 'NO_AUTO_VALUE_ON_ZERO'"}
	for table, list := range columns {
		var create string
		var filled bool
		from := "`" + name + "`.`" + table + "`"
		err := s.admin.QueryRowContext(ctx, "SHOW CREATE TABLE "+from).Scan(new(string), &create)
		if err == nil {
			err = s.admin.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+from+")").Scan(&filled)
		}
		if err != nil {
			return nil, fmt.Errorf("reading the table %s: %w", from, err)
		}
		script = append(script, create)
		if filled {
			script = append(script, fmt.Sprintf("INSERT INTO `%s` (%s) SELECT %s FROM %s", table, list, list, from))
		}
	}
	return &Template{s, strings.Join(script, ";\n")}, nil
}

// Copy makes an empty database like the template.
func (t *Template) Copy(ctx context.Context, name string) error {
	if !plainName.MatchString(name) {
		return fmt.Errorf("no database %q of ours", name)
	}
	cfg := t.server.config("root", t.server.rootPassword, name)
	cfg.MultiStatements = true // some seventy tables in one round trip
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	if _, err := db.ExecContext(ctx, t.script); err != nil {
		return fmt.Errorf("could not make the database %s like its template: %w", name, err)
	}
	return nil
}
