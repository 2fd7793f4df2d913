package e2e

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/app"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
)

// areas are area codes, one for each campaign: no number is called by two. None
// is that of the demo's own lead.
var areas = strings.Fields("212 213 312 305 404 617 206 303 415 512 602 702 713 214 216 313 314 317 412 502 503 504 505 515 601 605 612 614 615 619 620 630 631 636 646 650 651 660 661 662 678 701 706 715 716 718 732 810 812 813 814 815")

// campaign is a test's own campaign with its leads.
type campaign struct {
	*stage
	id   dialer.CampaignID
	list dialer.ListID
	area string
}

// campaign makes a stopped campaign, and a lead for each of the suffixes, by
// which the carrier behaves. shape changes what is not as most tests want it.
func (s *stage) campaign(t *testing.T, suffixes []string, shape func(*dialer.Campaign)) *campaign {
	t.Helper()
	return s.campaignIn(t, "", suffixes, shape)
}

// campaignIn is campaign in an area that is none of areas.
func (s *stage) campaignIn(t *testing.T, area string, suffixes []string, shape func(*dialer.Campaign)) *campaign {
	t.Helper()
	s.mu.Lock()
	n := s.campaigns
	s.campaigns++
	s.mu.Unlock()
	if n >= len(areas) {
		t.Fatal("more campaigns than area codes")
	}
	// Downward: the pages offer the number after the highest for a new list.
	c := &campaign{s, dialer.CampaignID(fmt.Sprintf("E2E%d", n)), dialer.ListID(99_999 - n), cmp.Or(area, areas[n])}
	row := dialer.Campaign{
		ID: c.id, Name: t.Name(), DialMethod: dialer.DialRatio, DialLevel: 1, DialTimeout: 15, DropMillis: 2000,
		CallerID: "+12125550100", AMD: dialer.AMDOff, Record: dialer.RecordAll, CallFrom: 0, CallTo: 1440, DialStatuses: string(dialer.StatusNew),
	}
	row.Name = row.Name[:min(len(row.Name), 80)]
	if shape != nil {
		shape(&row)
	}
	store := mariadb.NewDemo(s.db)
	err := store.Seed(t.Context(), s.carrier, row, dialer.List{ID: c.list, CampaignID: c.id, Name: "Leads"})
	if err != nil {
		t.Fatal(err)
	}
	c.addLeads(t, suffixes)
	t.Cleanup(func() {
		// The test's own context is over.
		if _, err := s.sql.Exec("UPDATE campaigns SET active = FALSE, changed_at = UTC_TIMESTAMP(3) WHERE id = ?", c.id); err != nil {
			t.Error(err)
		}
		if !t.Failed() {
			c.forgotten(t)
		}
	})
	return c
}

// addLeads imports a lead for each of the suffixes.
func (c *campaign) addLeads(t *testing.T, suffixes []string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "leads.csv")
	c.writeLeads(t, file, suffixes)
	report, err := app.ImportLeads(t.Context(), c.db, app.LeadImport{List: c.list}, file)
	if err != nil || report.Accepted != len(suffixes) {
		t.Fatalf("%d of %d leads were taken: %v %v", report.Accepted, len(suffixes), report.Problems, err)
	}
}

func (c *campaign) writeLeads(t *testing.T, file string, suffixes []string) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := csv.NewWriter(f)
	rows := [][]string{{"vendor_lead_code", "first_name", "last_name", "phone_number", "city", "state"}}
	for _, suffix := range suffixes {
		rows = append(rows, []string{"V" + suffix, "Pat", leadName(suffix), c.e164(suffix)[2:], "Springfield", "NY"})
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
}

func leadName(suffix string) string { return "Suffix" + suffix }

// e164 is the number of the lead with that suffix, one of those for fiction.
func (c *campaign) e164(suffix string) string { return "+1" + c.area + "55501" + suffix }

func (c *campaign) start(t *testing.T) {
	t.Helper()
	if err := mariadb.NewDemo(c.db).SetActive(t.Context(), c.id, true); err != nil {
		t.Fatal(err)
	}
}

// callRow is a call with its lead, as the database has them.
type callRow struct {
	id, suffix                 string
	state                      dialer.CallState
	status, lead               dialer.Status
	cause, sip, called         int
	endedBy                    dialer.Party
	sent, rang, answered, live bool
	bridged                    bool
	user                       int64
	amd, amdCause              string
	waitedMS, upMS             int // from wanted and answered to the end
}

const callRows = `SELECT c.id, RIGHT(c.e164, 2), c.state, c.status, l.status, c.cause, c.sip_code, l.called_count, c.ended_by,
  c.sent, c.ringing_at IS NOT NULL, c.answered_at IS NOT NULL, COALESCE(c.live, 0), c.bridged_at IS NOT NULL,
  COALESCE(c.user_id, 0), c.amd, c.amd_cause,
  COALESCE(TIMESTAMPDIFF(MICROSECOND, c.wanted_at, c.ended_at) DIV 1000, 0),
  COALESCE(TIMESTAMPDIFF(MICROSECOND, c.answered_at, c.ended_at) DIV 1000, 0)
FROM calls c JOIN leads l ON l.id = c.lead_id WHERE c.campaign_id = ?`

// rows are the campaign's calls by suffix. A lead that was called twice fails
// the test.
func (c *campaign) rows(t *testing.T) map[string]callRow {
	t.Helper()
	rows, err := c.sql.QueryContext(t.Context(), callRows, c.id)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]callRow{}
	for rows.Next() {
		var r callRow
		err := rows.Scan(&r.id, &r.suffix, &r.state, &r.status, &r.lead, &r.cause, &r.sip, &r.called, &r.endedBy,
			&r.sent, &r.rang, &r.answered, &r.live, &r.bridged, &r.user, &r.amd, &r.amdCause, &r.waitedMS, &r.upMS)
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := all[r.suffix]; twice {
			t.Fatalf("the lead with suffix %s was called twice", r.suffix)
		}
		all[r.suffix] = r
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return all
}

// settledRows waits until as many calls are over, and have become something.
func (c *campaign) settledRows(t *testing.T, n int) map[string]callRow {
	t.Helper()
	var all map[string]callRow
	c.until(t, fmt.Sprintf("the end of %d calls", n), func() (bool, error) {
		all = c.rows(t)
		over := 0
		for _, r := range all {
			if !r.live && r.status != "" {
				over++
			}
		}
		return over >= n, nil
	})
	return all
}

// row waits for the call with a suffix to be as wanted.
func (c *campaign) row(t *testing.T, suffix, what string, wanted func(callRow) bool) callRow {
	t.Helper()
	var r callRow
	c.until(t, "the call to suffix "+suffix+" "+what, func() (bool, error) {
		var there bool
		r, there = c.rows(t)[suffix]
		return there && wanted(r), nil
	})
	return r
}

// invites are the carrier's entries of this campaign's numbers.
func (c *campaign) invites(t *testing.T) []asteriskconf.Entry {
	t.Helper()
	all, err := asteriskconf.ReadLedger(c.far().LedgerFile())
	if err != nil {
		t.Fatal(err)
	}
	var ours []asteriskconf.Entry
	for _, e := range all {
		if strings.HasPrefix(e.Number, "1"+c.area) {
			ours = append(ours, e)
		}
	}
	return ours
}

// audit compares the carrier's ledger with the table of calls: one INVITE for
// each call that was sent, under its id and to its number, answered where we say
// so, and none besides. All are to be over.
func (c *campaign) audit(t *testing.T) {
	t.Helper()
	rows := c.rows(t)
	c.until(t, "the end of the campaign's calls at the carrier", func() (bool, error) {
		for _, e := range c.invites(t) {
			if e.Ended.IsZero() {
				return false, nil
			}
		}
		return true, nil
	})
	seen := map[string]bool{}
	for _, e := range c.invites(t) {
		r, known := rows[e.Suffix]
		switch {
		case !known || e.Call != r.id || "+"+e.Number != c.e164(e.Suffix):
			t.Errorf("the carrier had call %q to %s; the table has %q", e.Call, e.Number, r.id)
		case seen[e.Call]:
			t.Errorf("the carrier had call %s twice", e.Call)
		case e.Answered.IsZero() == r.answered:
			t.Errorf("suffix %s: answered is %v at the carrier and %v in the table", e.Suffix, !e.Answered.IsZero(), r.answered)
		}
		seen[e.Call] = true
	}
	for _, r := range rows {
		if r.sent && !seen[r.id] {
			t.Errorf("call %s to suffix %s never reached the carrier", r.id, r.suffix)
		}
	}
	var hopper int
	err := c.sql.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM hopper h JOIN leads l ON l.id = h.lead_id WHERE l.list_id = ? AND l.status <> 'NEW'", c.list).Scan(&hopper)
	if err != nil || hopper != 0 {
		t.Errorf("%d leads that were called are still in the hopper (%v)", hopper, err)
	}
}

// periods is the agent log of a call: which states an agent was in with it.
func (s *stage) periods(t *testing.T, call string) string {
	t.Helper()
	rows, err := s.sql.QueryContext(t.Context(), "SELECT state FROM agent_log WHERE call_id = ? AND to_at >= from_at ORDER BY from_at, id", call)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var states []string
	for rows.Next() {
		var state string
		if err := rows.Scan(&state); err != nil {
			t.Fatal(err)
		}
		states = append(states, state)
	}
	return strings.Join(states, " ")
}

// recording is the file in which a call was recorded.
func (s *stage) recording(t *testing.T, call string) string {
	t.Helper()
	var name string
	err := s.sql.QueryRowContext(t.Context(), "SELECT file FROM recordings WHERE call_id = ?", call).Scan(&name)
	if err != nil {
		t.Fatalf("the recording of call %s: %v", call, err)
	}
	return filepath.Join(s.cfg.Asterisk.RecordingsDir, name)
}

// first is when the campaign's first call was placed.
func (c *campaign) first(t *testing.T) (at time.Time) {
	t.Helper()
	var micros int64
	err := c.sql.QueryRowContext(t.Context(), "SELECT MIN(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', placed_at)) FROM calls WHERE campaign_id = ?", c.id).Scan(&micros)
	if err != nil {
		t.Fatal(err)
	}
	return time.UnixMicro(micros).UTC()
}
