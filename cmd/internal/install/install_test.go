package install

import (
	"slices"
	"testing"

	"trunkline/cmd/internal/app"
)

// TestDatabaseOfAnotherHost: setup, done again, leaves alone what a join or an
// operator has written of the database.
func TestDatabaseOfAnotherHost(t *testing.T) {
	for dsn, want := range map[string]string{
		"": "", "trunkline:s@unix(/var/lib/trunkline/mariadb-socket/mariadb.sock)/trunkline": "", "trunkline:s@unix(/tmp/tl-1234/mariadb.sock)/trunkline?parseTime=true": "",
		"trunkline:s@tcp(192.0.2.3:3306)/trunkline": "192.0.2.3:3306", "trunkline:s@tcp(192.0.2.3)/trunkline": "192.0.2.3:3306",
		"trunkline:s@unix(/run/mysqld/mysqld.sock)/trunkline": "/run/mysqld/mysqld.sock",
	} {
		for _, admin := range []string{"", dsn} {
			c := app.Default()
			c.Database.DSN, c.Database.AdminDSN = dsn, admin
			address, elsewhere := otherDatabase(c)
			if elsewhere != (want != "") || elsewhere && address != want {
				t.Errorf("%q: %q, %v; want %q", dsn, address, elsewhere, want)
			}
			if own := slices.Contains(units(c, elsewhere), "trunkline-mariadb"); own == elsewhere {
				t.Errorf("%q: its own MariaDB is started: %v", dsn, own)
			}
		}
	}
	c := app.Default()
	c.Database.DSN = "what is this"
	if _, elsewhere := otherDatabase(c); !elsewhere {
		t.Error("a setting that cannot be read is written over")
	}
}
