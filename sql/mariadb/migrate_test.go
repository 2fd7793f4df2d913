package mariadb_test

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/jmoiron/sqlx"

	"trunkline/sql/mariadb"
	"trunkline/sql/migrated"
	"trunkline/sql/private"
)

// The databases that the other tests begin with are as migrating makes them.
func TestACopyIsLikeItsOriginal(t *testing.T) {
	t.Parallel()
	stepByStep := private.Database(t)
	db, err := mariadb.Open(stepByStep)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	applied, err := db.Migrate(t.Context(), slog.New(slog.DiscardHandler))
	if err != nil || applied < 100 {
		t.Fatalf("%d steps, %v", applied, err)
	}
	want, got := contents(t, stepByStep), contents(t, migrated.Database(t))
	if len(want) < 60 {
		t.Errorf("only %d tables", len(want))
	}
	for table := range want {
		if got[table] != want[table] {
			t.Errorf("%s is\n%s\nand not\n%s", table, got[table], want[table])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d tables, not %d", len(got), len(want))
	}
}

// contents are the tables of a database, each with how it is made and its rows;
// when a row was written is left out.
func contents(t *testing.T, dsn string) map[string]string {
	t.Helper()
	db := sqlx.MustOpen("mysql", dsn)
	defer db.Close()
	var tables []string
	if err := db.SelectContext(t.Context(), &tables, `SHOW TABLES`); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, table := range tables {
		var create string
		if err := db.QueryRowContext(t.Context(), "SHOW CREATE TABLE "+table).Scan(new(string), &create); err != nil {
			t.Fatal(err)
		}
		rows, err := db.QueryxContext(t.Context(), "SELECT * FROM "+table+" ORDER BY 1")
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			row := map[string]any{}
			if err := rows.MapScan(row); err != nil {
				t.Fatal(err)
			}
			for _, at := range []string{"tstamp", "changed_at", "created_at", "updated_at"} {
				delete(row, at)
			}
			create += fmt.Sprintf("\n%s", row)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		all[table] = create
	}
	return all
}

// A database that a version with fewer steps has made takes those that are new,
// be their numbers lower than the highest it knows.
func TestMigrateTakesStepsOfLowerNumbers(t *testing.T) {
	t.Parallel()
	db := freshDB(t)
	for _, s := range []string{`DROP TABLE zone_renewal`, `DELETE FROM goose_db_version WHERE version_id = 325`} {
		if err := db.Exec(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	applied, err := db.Migrate(t.Context(), slog.New(slog.DiscardHandler))
	if err != nil || applied != 1 {
		t.Fatalf("%d steps, %v", applied, err)
	}
	if n := count(t, db, `SELECT COUNT(*) FROM zone_renewal`); n != 0 {
		t.Errorf("%d rows", n)
	}
}

// A campaign that named another campaign's agents for its abandoned calls has an
// in-group of the same effect afterwards.
func TestMigrateMakesInGroups(t *testing.T) {
	t.Parallel()
	db := freshDB(t)
	for _, s := range []string{
		`DROP TABLE in_groups`, `ALTER TABLE campaigns DROP COLUMN in_group`, `ALTER TABLE calls DROP COLUMN in_group`,
		`DELETE FROM goose_db_version WHERE version_id BETWEEN 605 AND 609`,
		`INSERT INTO campaigns (id, name, carrier_id, drop_action, drop_group, drop_wait_s, changed_at) VALUES
		  ('A', 'A', 1, 'ingroup', 'late', 20, NOW()), ('B', 'B', 1, 'message', 'late', 20, NOW()),
		  ('C', 'C', 1, 'ingroup', 'late', 45, NOW()), ('D', 'D', 1, 'message', '', 20, NOW())`,
	} {
		if err := db.Exec(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	applied, err := db.Migrate(t.Context(), slog.New(slog.DiscardHandler))
	if err != nil || applied != 5 {
		t.Fatalf("%d steps, %v", applied, err)
	}
	for q, want := range map[string]int{
		`SELECT COUNT(*) FROM in_groups`: 2,
		`SELECT COUNT(*) FROM campaigns c JOIN in_groups g ON g.id = c.in_group WHERE c.id IN ('A', 'B', 'C') AND g.campaigns = c.drop_group AND g.wait_s = c.drop_wait_s AND g.after_wait = 'message' AND g.message = ''`: 3,
		`SELECT COUNT(*) FROM campaigns WHERE id = 'D' AND in_group = ''`: 1,
	} {
		if n := count(t, db, q); n != want {
			t.Errorf("%s: %d, want %d", q, n, want)
		}
	}
}
