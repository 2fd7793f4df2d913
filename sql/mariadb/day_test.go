package mariadb_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/report"
	"trunkline/sql/mariadb"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

// What the boards and the campaigns' pages say of a day is what the log says,
// whether its sums are up to date, wait or are missing altogether, and calls that
// are up are in it once.
func TestDayEqualsTheLog(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	since := report.Quarter.Start(now.Add(-22 * time.Hour))
	s := newShop(t, 21, since, 1)
	check := func(how string) {
		t.Helper()
		got, err := mariadb.NewWebBoard(s.db).CallsOfDay(t.Context(), shopCampaigns, since)
		if err != nil {
			t.Fatal(err)
		}
		query, args, err := sqlx.In(queries.Get("day-log"), shopCampaigns, since, time.Now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		var rows []struct {
			Campaign dialer.CampaignID `db:"campaign_id"`
			facts.BoardDay
		}
		if err := s.db.Select(t.Context(), &rows, query, args...); err != nil {
			t.Fatal(err)
		}
		want := map[dialer.CampaignID]facts.BoardDay{}
		for _, r := range rows {
			want[r.Campaign] = r.BoardDay
		}
		if diff := cmp.Diff(want, got); diff != "" || want["C1"].Placed < 20 || want["C1"].People == 0 || want["C1"].Sales == 0 {
			t.Errorf("%s (-log +day):\n%s", how, diff)
		}
	}
	for range 300 {
		s.dial()
		s.change()
	}
	check("nothing is summed up")
	s.count(now)
	check("all is summed up")
	for range 4 {
		s.change()
	}
	check("some wait")
	for range 60 {
		s.change()
	}
	check("many wait")
	up := count(t, s.db, `SELECT COUNT(*) FROM calls WHERE live = 1 AND placed_at < UTC_TIMESTAMP() - INTERVAL 2 HOUR`)
	if up == 0 {
		t.Error("no call is up that is older than what is read from the log")
	}
}
