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
