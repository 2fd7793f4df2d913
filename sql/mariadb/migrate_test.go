package mariadb_test

import (
	"log/slog"
	"testing"
)

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
