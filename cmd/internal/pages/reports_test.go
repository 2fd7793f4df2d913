package pages

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"trunkline/dialer/report"
	"trunkline/dialer/tally"
	"trunkline/sql/mariadb"
)

// yesterday puts yesterday's calls and shifts into the books and sums them up: 90
// calls of AUTUMN, of which nadia had 30, and ten of WINTER, which otto had.
func (o *office) yesterday() {
	o.t.Helper()
	exec := func(q string, args ...any) {
		o.t.Helper()
		if _, err := o.sql.ExecContext(o.t.Context(), q, args...); err != nil {
			o.t.Fatal(err)
		}
	}
	noon := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -1).Add(12 * time.Hour)
	exec(`INSERT INTO lists (id, campaign_id, name, created_at) VALUES (2048, 'WINTER', 'Winter list', UTC_TIMESTAMP(3))`)
	exec(`INSERT INTO zone_sets (id, zones) VALUES (78, 'America/Detroit')`)
	exec(`INSERT INTO leads (id, list_id, zone_set, e164, phone_code, phone_number, first_name, last_name, created_at) VALUES (6, 1024, 78, '+16145550142', '1', '6145550142', '=HYPERLINK("http://evil")', 'Vega', UTC_TIMESTAMP(3)), (7, 2048, 78, '+16145550143', '1', '6145550143', 'Wil', 'Winter', UTC_TIMESTAMP(3))`)
	for i := range 100 {
		campaign, list, lead, user := "AUTUMN", 1024, 6, 4
		if i >= 90 {
			campaign, list, lead, user = "WINTER", 2048, 7, 5
		}
		at := noon.Add(time.Duration(i) * 3 * time.Minute)
		bridged, dropped, answered, status, sip := any(nil), any(nil), any(nil), []string{"NA", "B", "A", "DC"}[i%4], []int{0, 486, 200, 404}[i%4]
		agent := any(nil)
		switch {
		case i%3 == 0:
			answered, bridged, agent, status, sip = at.Add(8*time.Second), at.Add(9*time.Second), user, []string{"SALE", "NI", "CALLBK", "A"}[i/3%4], 200
		case i%31 == 1:
			answered, dropped, status, sip = at.Add(8*time.Second), at.Add(10*time.Second), "DROP", 200
		case status == "A":
			answered = at.Add(8 * time.Second)
		}
		wanted := answered
		if status == "A" && agent == nil {
			wanted = nil
		}
		exec(`INSERT INTO calls (id, live, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, user_id, session_id, placed_at, ringing_at, answered_at, wanted_at, bridged_at, dropped_at, ended_at, status, cause, sip_code, ended_by)
			VALUES (?, NULL, 'ENDED', ?, ?, ?, '+16145550142', 1, 1, ?, 70, ?, ?, ?, ?, ?, ?, ?, ?, 16, ?, 'lead')`,
			5000+i, campaign, list, lead, agent, at, at.Add(2*time.Second), answered, wanted, bridged, dropped, at.Add(100*time.Second), status, sip)
		if agent != nil {
			exec(`INSERT INTO recordings (call_id, server_id, file, started_at, state, bytes, length_ms) VALUES (?, 1, ?, ?, 'DONE', 1600000, 91000)`, 5000+i, fmt.Sprintf("f%d.wav", i), bridged)
		}
	}
	for i, s := range []struct {
		state, pause string
		minutes      int
	}{{"CONNECT", "", 1}, {"PAUSED", "", 4}, {"READY", "", 95}, {"INCALL", "", 60}, {"WRAPUP", "", 20}, {"PAUSED", "LUNCH", 30}, {"READY", "", 90}} {
		from := noon.Add(time.Duration([]int{0, 1, 5, 100, 160, 180, 210}[i]) * time.Minute)
		for user, campaign := range map[int]string{4: "AUTUMN", 5: "WINTER"} {
			exec(`INSERT INTO agent_log (session_id, user_id, campaign_id, state, pause_code, from_at, to_at) VALUES (70, ?, ?, ?, ?, ?, ?)`, user, campaign, s.state, s.pause, from, from.Add(time.Duration(s.minutes)*time.Minute))
		}
	}
	o.sumUp()
}

// sumUp sums up all that has changed.
func (o *office) sumUp() {
	o.t.Helper()
	k := tally.Keeper{Holder: "test", Store: mariadb.NewTally(o.db), Log: slog.New(slog.DiscardHandler)}
	for left := true; left; {
		var err error
		if left, err = k.Step(o.t.Context(), time.Now().UTC(), time.Minute); err != nil {
			o.t.Fatal(err)
		}
	}
}

func TestReportsSayWhatWasCalled(t *testing.T) {
	o := newOffice(t)
	sam := o.as("sam")
	// Nothing yet: every report says so, and how to go on.
	for _, r := range report.All {
		page := sam.get("/reports/"+r.Name).is(200, r.Title, r.Says)
		if !r.Now && !strings.Contains(page.body, `data-testid="empty"`) {
			t.Errorf("%s has no empty state", r.Name)
		}
	}
	o.yesterday()
	sam.get("/reports").is(200, "Outbound calls", "Agent time", "Callbacks")
	sam.get("/reports/outbound").is(200, "90 as many days before: 0", "Every call that has ended is counted", "Autumn energy review US FCC, 30 days", "486 busy", "All 90").lacks("Winter")
	sam.get("/reports/outbound?by=list").is(200, "1024 Tariff 2023, Ohio 90")
	sam.get("/reports/outbound?list=1024&by=hour").is(200)
	sam.get("/reports/outbound?agent=nadia").is(200, "Calls 30 ", "All 30", "Agents wait").lacks("486 busy", "47 CFR", "FCC")
	sam.get("/reports/outcomes?agent=Nadia&by=list").is(200, "1024 Tariff 2023, Ohio 30")
	sam.get("/reports/hourly?agent=otto").is(200, "Nothing in these days")
	sam.get("/reports/drops?list=1024&by=list").is(200, "1024 Tariff 2023, Ohio 90", "all lists of a campaign together")
	sam.get("/reports/agent-time").is(200, "Nadia K. 5:00:00 3:05:00 61.7 % 1:00:00 20.0 % 20:00 6.7 % 34:00 11.3 % 1:00 0.3 %", "Nadia K. Lunch LUNCH 1 30:00 30:00 10.0 %").lacks("Otto")
	sam.get("/reports/agent-performance?agent=nadia").is(200, "Nadia K. 30")
	sam.get("/reports/agent-performance?agent=otto").is(200).lacks("Otto O.")
	sam.get("/reports/agent-performance?list=1024").is(200, "Nadia K. 30", "All 30", "are of no list").lacks("Calls an hour")
	sam.get("/reports/agent-outcomes?list=1024").is(200, "Nadia K. 30")
	sam.get("/reports/recordings?list=1024&by=campaign").is(200, "48.0 MB", "Autumn energy review 30")
	sam.get("/reports/recordings?list=2048").is(422, "one of the campaign's lists")
	sam.get("/reports/outcomes").is(200, "Outcomes by group", "Not reached", "Lost")
	sam.get("/reports/drops").is(200, "US FCC, 30 days", "3.0 %")
	sam.get("/reports/carriers").is(200, "north-1 90", "404 no such number")
	sam.get("/reports/recordings").is(200, "48.0 MB")
	sam.get("/reports/calls").is(200, "(614) 555-0142", "Nadia K.").lacks("Winter")
	sam.get("/reports/lists").is(200, "1024 Tariff 2023, Ohio").lacks("2048")
	sam.get("/reports/hopper").is(200, "Autumn energy review").lacks("Winter")
	ada := o.as("ada")
	ada.get("/reports/outbound?by=campaign").is(200, "Autumn energy review 90", "Winter tariff change 10", "All 100")
	ada.get("/reports/agent-time").is(200, "Otto O.")
	// Other days have nothing; what cannot be meant is said.
	sam.get("/reports/outbound?from=2020-01-01&to=2020-01-31").is(200, "Nothing in these days")
	for query, says := range map[string]string{
		"campaign=WINTER": "one of your campaigns", "list=2048": "one of the campaign's lists", "by=colour": "day, hour", "from=x": "Enter days as", "from=2026-02-02&to=2026-02-01": "Swap them",
		"from=2000-01-01&to=2026-01-01": "three years", "by=hour&from=2026-01-01&to=2026-09-01": "92 days", "from=%27+OR+1%3D1": "Enter days as",
	} {
		sam.get("/reports/outbound?"+query).is(422, says)
		sam.get("/reports/outbound/csv?"+query).is(422, says)
		sam.get("/reports/outbound/xlsx?"+query).is(422, says)
	}
	sam.get("/reports/agent-time?agent=nobody").is(422, "Nobody has that user name")
	sam.get("/reports/nothing").is(404)
}

// An outcome that comes the day after changes the day of its call.
func TestReportsTakeInLateOutcomes(t *testing.T) {
	o := newOffice(t)
	o.yesterday()
	sam := o.as("sam")
	sam.get("/reports/outbound").is(200, "Sales 8")
	if _, err := o.sql.Exec(`UPDATE calls SET status = 'SALE' WHERE id = 5003`); err != nil {
		t.Fatal(err)
	}
	if _, err := o.sql.Exec(`INSERT INTO report_changes (kind, campaign_id, from_at, to_at) SELECT 'C', campaign_id, placed_at, placed_at FROM calls WHERE id = 5003`); err != nil {
		t.Fatal(err)
	}
	sam.get("/reports/outbound").is(200, "Sales 8", "1 changes of the last seconds are being counted")
	o.sumUp()
	sam.get("/reports/outbound").is(200, "Sales 9")
}

func TestReportsAreTakenAway(t *testing.T) {
	o := newOffice(t)
	o.yesterday()
	sam := o.as("sam")
	read := func(path string) [][]string {
		t.Helper()
		a := sam.get(path)
		if a.status != 200 || !strings.HasPrefix(a.head.Get("Content-Type"), "text/csv") || !strings.HasPrefix(a.head.Get("Content-Disposition"), `attachment; filename="`) {
			t.Fatalf("%s: %d, %v", path, a.status, a.head)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.body, "\ufeff"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	for _, r := range report.All {
		for _, one := range read("/reports/" + r.Name + "/csv")[1:] {
			for _, cell := range one {
				if strings.HasPrefix(cell, "=") {
					t.Errorf("%s: a spreadsheet runs %q", r.Name, cell)
				}
			}
		}
		a := sam.get("/reports/" + r.Name + "/xlsx")
		if _, err := zip.NewReader(strings.NewReader(a.body), int64(len(a.body))); a.status != 200 || err != nil {
			t.Errorf("%s: %d, %v", r.Name, a.status, err)
		}
	}
	if rows := read("/reports/outbound/csv?table=outcomes"); rows[1][1] != "NA" && rows[1][1] != "A" || rows[0][3] != "Share %" {
		t.Errorf("the outcomes are %q", rows[:2])
	}
	sam.get("/reports/outbound/csv?table=users").is(404)
	log := read("/reports/calls/csv")
	if len(log) != 91 || len(log[0]) != len(report.Query{Zone: time.UTC}.CallColumns()) {
		t.Fatalf("%d rows of %d columns", len(log), len(log[0]))
	}
	if name := log[1][6]; name != `'=HYPERLINK("http://evil")` {
		t.Errorf("the name is %q", name)
	}
	read("/reports/calls/csv?list=1024")
	if after := stored[string](o, "SELECT after_ FROM audit WHERE action = 'calls.export' ORDER BY id DESC LIMIT 1"); !strings.Contains(after, `"lists":"1024"`) || !strings.Contains(after, `"file":"CSV"`) {
		t.Errorf("of one list's calls the audit log has %s", after)
	}
	book, err := excelize.OpenReader(bytes.NewReader([]byte(sam.get("/reports/calls/xlsx").body)))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := book.GetRows("Calls")
	if err != nil || len(rows) != 91 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if formula, err := book.GetCellFormula("Calls", "G2"); formula != "" || err != nil || rows[1][6] != `=HYPERLINK("http://evil")` {
		t.Errorf("the name is %q, as a formula %q, %v", rows[1][6], formula, err)
	}
	// Who takes the numbers away stands in the audit log.
	if n := stored[int](o, "SELECT COUNT(*) FROM audit WHERE action = 'calls.export' AND user_id = 3 AND after_ LIKE '%AUTUMN%'"); n < 4 {
		t.Errorf("%d exports in the audit log", n)
	}
	if n := stored[int](o, "SELECT COUNT(*) FROM audit WHERE action = 'calls.export' AND after_ LIKE '%WINTER%'"); n != 0 {
		t.Errorf("%d exports of another's campaign", n)
	}
}
