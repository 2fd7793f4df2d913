package mariadb_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/mariadb"
	"trunkline/webui/facts"
)

func TestAgentsEditTheirCustomer(t *testing.T) {
	db, raw := webDatabase(t)
	raw.MustExec(`INSERT INTO custom_fields (list_id, name, label, type, options, required, position) VALUES (1024, 'supplier', 'Supplier', 'SELECT', 'One\nTwo', 1, 1), (1024, 'bill', 'Bill', 'NUMBER', '', 0, 2),
		(1024, 'score', 'Score', 'HIDDEN', '', 0, 3), (1024, 'since', 'Since', 'READONLY', '', 0, 4)`)
	raw.MustExec(`INSERT INTO lead_custom (lead_id, vals) VALUES (5, '{"score": "9", "since": "2020", "bill": "100"}')`)
	s := mariadb.NewWebCustomers(db)
	by := audit.By{User: 1, At: webNow}
	c, err := s.Customer(t.Context(), 5)
	if err != nil || c.Lead.FirstName != "Marisol" || len(c.Fields) != 3 || c.Custom["score"] != "" || c.Custom["since"] != "2020" {
		t.Fatalf("%+v, %v", c, err)
	}

	// A field changes; what the dialer writes meanwhile stays, and so does all else.
	raw.MustExec(`UPDATE leads SET status = 'CALLBK' WHERE id = 5`)
	l, err := s.EditField(t.Context(), by, 5, func(l *facts.SetLead) error { l.City, l.State = "Columbus", "oh"; return nil })
	if err != nil || l.City != "Columbus" || l.State != "OH" {
		t.Errorf("%+v, %v", l, err)
	}
	var status, first string
	if err := raw.QueryRow(`SELECT status, first_name FROM leads WHERE id = 5 AND city = 'Columbus'`).Scan(&status, &first); err != nil || status != "CALLBK" || first != "Marisol" {
		t.Errorf("the lead is %s %s (%v)", status, first, err)
	}
	no := errors.New("changed meanwhile")
	if _, err := s.EditField(t.Context(), by, 5, func(l *facts.SetLead) error { l.City = "Dayton"; return no }); !errors.Is(err, no) {
		t.Errorf("a refused change: %v", err)
	}
	var city string
	if err := raw.Get(&city, `SELECT city FROM leads WHERE id = 5`); err != nil || city != "Columbus" {
		t.Errorf("a refused change left %s (%v)", city, err)
	}

	// Two fields of the list's own at the same time: both are kept.
	var both sync.WaitGroup
	for name, value := range map[string]string{"supplier": "Two", "bill": "1,250.5"} {
		both.Go(func() {
			if _, err := s.SetOwn(t.Context(), by, facts.SetLead{ID: 5, ListID: 1024}, name, c.Custom[name], value); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	both.Wait()
	c, err = s.Customer(t.Context(), 5)
	if err != nil || c.Custom["supplier"] != "Two" || c.Custom["bill"] != "1250.5" || c.Custom["since"] != "2020" {
		t.Errorf("%v, %v", c.Custom, err)
	}
	for name, value := range map[string]string{"supplier": "Three", "bill": "much", "since": "1999", "score": "1", "none": "x"} {
		if kept, err := s.SetOwn(t.Context(), by, facts.SetLead{ID: 5, ListID: 1024}, name, c.Custom[name], value); err == nil {
			t.Errorf("%s became %s", name, kept)
		}
	}
	if _, err := s.SetOwn(t.Context(), by, facts.SetLead{ID: 5, ListID: 1024}, "supplier", "Two", ""); err == nil {
		t.Error("what is required was emptied")
	}
	if kept, err := s.SetOwn(t.Context(), by, facts.SetLead{ID: 5, ListID: 1024}, "supplier", "", "One"); kept != "Two" || !errors.Is(err, dialer.ErrConflict) || !strings.Contains(err.Error(), `"Two" meanwhile`) {
		t.Errorf("over what another has typed: %s, %v", kept, err)
	}
	var entries int
	if err := raw.Get(&entries, `SELECT COUNT(*) FROM audit WHERE object = 'lead/5' AND user_id = 1`); err != nil || entries != 3 {
		t.Errorf("%d audit rows (%v)", entries, err)
	}
}

func TestAgentsSearchTheirCampaignAlone(t *testing.T) {
	db, raw := webDatabase(t)
	raw.MustExec(`INSERT INTO lists (id, campaign_id, name, created_at) VALUES (2000, 'SPRING', 'Other', NOW())`)
	raw.MustExec(`INSERT INTO leads (id, list_id, zone_set, e164, phone_code, phone_number, first_name, last_name, vendor_lead_code, created_at) VALUES
		(20, 1024, 1, '+14235550150', '1', '4235550150', 'Ann', 'Vega', 'V-1', NOW()), (21, 2000, 1, '+14235550150', '1', '4235550150', 'Ann', 'Vega', 'V-1', NOW())`)
	s := mariadb.NewWebCustomers(db)
	for name, q := range map[string]facts.LeadQuery{
		"number": {E164: "+14235550150", Limit: 10}, "code": {Vendor: "V-1", Limit: 10}, "name": {Last: "Ve", First: "A", Limit: 10}, "id": {ID: 20, Limit: 10},
	} {
		if found, err := s.Search(t.Context(), "AUTUMN", q); err != nil || len(found) != 1 || found[0].ID != 20 {
			t.Errorf("by %s: %+v, %v", name, found, err)
		}
	}
	if found, err := s.Search(t.Context(), "AUTUMN", facts.LeadQuery{ID: 21, Limit: 1}); err != nil || len(found) != 0 {
		t.Errorf("another campaign's: %+v, %v", found, err)
	}
}

func TestTheDayIsTheAgentsOwn(t *testing.T) {
	db, raw := webDatabase(t)
	day := webNow.Add(-6 * time.Hour)
	period := func(user int, state string, from, to time.Time) {
		raw.MustExec(`INSERT INTO agent_log (session_id, user_id, campaign_id, state, from_at, to_at) VALUES (70, ?, 'AUTUMN', ?, ?, ?)`, user, state, from, to)
	}
	period(1, "READY", day.Add(-time.Hour), day.Add(10*time.Minute)) // begun before midnight: ten minutes of it are today's
	period(1, "INCALL", day.Add(10*time.Minute), day.Add(15*time.Minute))
	period(1, "READY", day.Add(15*time.Minute), day.Add(16*time.Minute))
	period(1, "PAUSED", day.Add(-3*time.Hour), day.Add(-2*time.Hour)) // yesterday's
	period(2, "READY", day, day.Add(time.Hour))                       // somebody else's
	for i := range 10 {                                               // short ones lose nothing
		from := day.Add(20*time.Minute + time.Duration(i)*time.Minute)
		period(1, "WRAPUP", from, from.Add(1900*time.Millisecond))
	}
	raw.MustExec(`INSERT INTO callbacks (open, campaign_id, lead_id, kind, user_id, due_at, zone, state, made_by, created_at, changed_at) VALUES
		(NULL, 'AUTUMN', 5, 'USERONLY', 1, ?, 'UTC', 'DONE', 1, NOW(), NOW()), (1, 'AUTUMN', 6, 'USERONLY', 1, ?, 'UTC', 'ACTIVE', 1, NOW(), NOW())`, day.Add(time.Hour), webNow.Add(-time.Minute))
	d, err := mariadb.NewWebDesk(db).Day(t.Context(), 1, day, webNow)
	if err != nil || d.States[dialer.AgentReady] != 660 || d.States[dialer.AgentInCall] != 300 || d.States[dialer.AgentPaused] != 0 || d.States[dialer.AgentWrapUp] != 19 || d.Promised != 2 || d.Kept != 1 {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestThePageThatOpenedLastHasTheDesk(t *testing.T) {
	db, raw := webDatabase(t)
	shift := startShift(t, db, 70, 1)
	d := mariadb.NewWebDesk(db)
	for _, page := range []int64{41, 42} {
		if err := d.TakeDesk(t.Context(), shift.Session.ID, page, webNow); err != nil {
			t.Fatal(err)
		}
	}
	seen, err := d.Desk(t.Context(), facts.DeskQuery{Session: 70, Now: webNow, Day: webNow, Refused: webNow})
	if err != nil || seen.Page != 42 {
		t.Errorf("page %d has the desk (%v)", seen.Page, err)
	}
	var events int
	if err := raw.Get(&events, `SELECT COUNT(*) FROM events WHERE session_id = 70 AND kind = 'agent'`); err != nil || events != 2 { // the beginning, and the second page: before the first there was none to be told
		t.Errorf("%d events (%v)", events, err)
	}
}
