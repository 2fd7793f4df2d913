package pages

import (
	"net/http"
	"strings"
	"testing"
)

// measured has keepalive's samples of a day's first minutes.
func (o *office) measured() {
	o.t.Helper()
	for minute := range 3 {
		if _, err := o.sql.ExecContext(o.t.Context(), `INSERT INTO samples (server_id, at, cpu, memory, disk_free, disk_size, lines_up, agents, calls, cps, db_questions, db_running, db_connections, db_bound, db_bytes)
			VALUES (1, DATE(UTC_TIMESTAMP()) + INTERVAL ? MINUTE, 0.2, 0.3, 80000000000, 100000000000, 85, 34, 60, 2, 100, 2, 20, 151, 1000000)`, minute); err != nil {
			o.t.Fatal(err)
		}
	}
}

// The page of capacity on samples as keepalive writes them.
func TestCapacity(t *testing.T) {
	o := newOffice(t)
	o.measured()
	ada := o.as("ada")
	for path, want := range map[string]struct {
		code int
		says []string
	}{
		"/capacity":                {http.StatusOK, []string{"The lines of tel-1 run out first, at about 40 agents.", "85 of 100 lines", "One MariaDB on 2 cores is full at about 3100 agents", "1.0 calls a second, 34 agents, on 2 cores", "3573 agents"}},
		"/capacity?day=2999-01-01": {http.StatusUnprocessableEntity, []string{"Enter a day that has begun"}},
		"/capacity?day=2020-01-01": {http.StatusOK, []string{"Nothing was measured on this day."}},
	} {
		a := ada.get(path)
		for _, s := range want.says {
			if a.status != want.code || !strings.Contains(a.body, s) {
				t.Errorf("%s: %d, no %q in %s", path, a.status, s, a.body)
			}
		}
	}
}
