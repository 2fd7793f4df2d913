package private_test

import (
	"strings"
	"testing"

	"trunkline/sql/private"
)

// A copy has the rows, what the server computes of them, the next number of a
// table, and the keys between tables, and goes its own way.
func TestDatabaseLikeATemplate(t *testing.T) {
	s := private.ForTest(t)
	dsn := private.Database(t)
	db := open(t, dsn)
	var name string
	if err := db.QueryRow("SELECT DATABASE()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		"CREATE TABLE z_parents (id INT AUTO_INCREMENT PRIMARY KEY, words VARCHAR(50), length INT GENERATED ALWAYS AS (CHAR_LENGTH(words)) STORED)",
		"CREATE TABLE a_children (parent INT, CONSTRAINT has_parent FOREIGN KEY (parent) REFERENCES z_parents (id))",
		"INSERT INTO z_parents (id, words) VALUES (7, 'Žofie 🎧; DROP')",
		"UPDATE z_parents SET id = 0",
		"INSERT INTO a_children VALUES (0)",
	} {
		if _, err := db.Exec(q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	template, err := s.Template(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		c := open(t, private.DatabaseLike(t, template))
		var id, length, children int
		var words string
		err := c.QueryRow("SELECT id, length, words, (SELECT COUNT(*) FROM a_children) FROM z_parents").Scan(&id, &length, &words, &children)
		if err != nil || id != 0 || length != 13 || words != "Žofie 🎧; DROP" || children != 1 {
			t.Fatalf("%d, %d, %q, %d, %v", id, length, words, children, err)
		}
		added, err := c.Exec("INSERT INTO z_parents (words) VALUES ('next')")
		if err != nil {
			t.Fatal(err)
		}
		if next, err := added.LastInsertId(); err != nil || next != 8 {
			t.Errorf("the next number is %d, %v", next, err)
		}
		if _, err := c.Exec("INSERT INTO a_children VALUES (5)"); err == nil {
			t.Error("the key between the tables is lost")
		}
	}
	if _, err := db.Exec("CREATE VIEW seen AS SELECT words FROM z_parents"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Template(t.Context(), name); err == nil || !strings.Contains(err.Error(), "views") {
		t.Errorf("a database with a view: %v", err)
	}
}
