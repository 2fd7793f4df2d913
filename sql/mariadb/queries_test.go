package mariadb_test

import (
	"regexp"
	"testing"

	"trunkline/sql/queries"
)

// TestEveryStatementPrepares lets the server parse each statement against the
// real schema: a wrong column stops the tests, not a call at night.
func TestEveryStatementPrepares(t *testing.T) {
	t.Parallel()
	db := freshDB(t)
	named := regexp.MustCompile(`(^|[^:\w]):[a-z_][a-z_0-9]*`)
	for name, text := range queries.All() {
		err := db.Prepares(t.Context(), named.ReplaceAllString(text, "$1?"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
