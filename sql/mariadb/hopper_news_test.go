package mariadb_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/dialer/compliance"
	"trunkline/hopper"
	"trunkline/sql/mariadb"
	"trunkline/webui/facts"
)

// TestNewsOvertakeALongLook: while a campaign looks through a list that is too long
// for one fill and of which its filter passes nothing, a lead that begins to pass
// behind the place where it stands is in the hopper with the next fill, whatever
// made it pass; what other campaigns' lists get, and what does not pass, is not.
func TestNewsOvertakeALongLook(t *testing.T) {
	h := newHopperDB(t)
	h.campaign("C2", 202)
	h.exec(`INSERT INTO lead_filters (id, conditions, changed_at) VALUES ('F', '{"where":[{"field":"last_name","op":"is","values":["Somebody"]},{"field":"custom.color","op":"is not","values":["red"]}]}', NOW())`)
	h.exec(`UPDATE campaigns SET lead_filter = 'F', hopper_level = 3 WHERE id = 'C1'`)
	h.exec(`INSERT INTO lead_recycles (campaign_id, status, delay_s, max_attempts) VALUES ('C1', 'NA', 600, 2)`)
	h.add(101, "+12122340000")
	// More than one fill looks at (80,000 of which the filter alone is asked).
	h.exec(`INSERT INTO leads (list_id, zone_set, e164, phone_code, phone_number, created_at)
		SELECT 101, (SELECT zone_set FROM leads), CONCAT('+1212', 3000000 + seq), '1', CONCAT('212', 3000000 + seq), NOW() FROM seq_1_to_90000`)
	memory := hopper.NewMemory()
	after := time.Duration(0)
	fill := func() hopper.Filled {
		t.Helper()
		now := noonEast.Add(after)
		after += 100 * time.Millisecond
		f, err := hopper.Fill(t.Context(), h.store, hopper.RulesAt(h.state("C1", now), h.sets(), now), hopper.Fence{}, memory)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	if f := fill(); !f.More || f.Inserted != 0 {
		t.Fatalf("the first fill is to stop on the way: %+v", f)
	}
	named := func(list dialer.ListID, number, name string) {
		t.Helper()
		h.add(list, number)
		h.exec(`UPDATE leads SET last_name = ? WHERE e164 = ?`, name, number)
	}
	number := func(id int) (e164 string) {
		t.Helper()
		if err := h.raw.Get(&e164, `SELECT e164 FROM leads WHERE id = ?`, id); err != nil {
			t.Fatal(err)
		}
		return e164
	}
	// One fill goes on from the place to the end, and passes over the leads before
	// it.
	named(202, "+12122340010", "Somebody")
	named(101, "+12122340011", "Nobody")
	named(101, "+12122340012", "Somebody")
	h.exec(`INSERT INTO lead_custom (lead_id, vals) SELECT id, '{"color":"red"}' FROM leads WHERE e164 = '+12122340012'`)
	h.exec(`UPDATE leads SET last_name = 'Somebody', changed_at = ? WHERE id = 5`, noonEast)
	h.exec(`UPDATE leads SET last_name = 'Somebody', status = 'NA', called_since_reset = 1, called_count = 1, last_called_at = ? - INTERVAL 1 HOUR, changed_at = ? WHERE id = 6`, noonEast, noonEast)
	h.exec(`UPDATE leads SET last_name = 'Somebody', status = 'NA', called_since_reset = 1, called_count = 1, last_called_at = ?, changed_at = ? WHERE id = 7`, noonEast, noonEast)
	if f := fill(); f.Inserted != 2 {
		t.Errorf("edited behind the place: %+v", f)
	}
	if got, want := h.inHopper(), []string{number(5), number(6)}; !slices.Equal(got, want) {
		t.Errorf("in the hopper: %v, want %v", got, want)
	}
	h.exec(`DELETE FROM hopper; UPDATE leads SET last_name = 'Done' WHERE id IN (5, 6)`)

	// It rests now. What came in fills the hopper, and the rest of it is no less
	// news afterwards; nor is it if its time zones are the first of their kind, with
	// which all is looked at from the beginning.
	for i := range 5 {
		named(101, []string{"+12122350001", "+12122350002", "+12122350003", "+12122350004", "+13102340001"}[i], "Somebody")
	}
	first := h.count(`SELECT MAX(id) - 4 FROM leads`)
	for _, want := range []int{3, 2, 0} {
		if f := fill(); f.Inserted != want {
			t.Errorf("what came in while it rests: %+v, want %d inserted", f, want)
		}
		h.exec(`DELETE h, l FROM hopper h JOIN leads l ON l.id = h.lead_id WHERE l.id >= ?`, first)
	}
	// A transaction that was open when the fill before looked.
	tx := h.raw.MustBegin()
	tx.MustExec(`UPDATE leads SET last_name = 'Somebody', changed_at = ? WHERE id = 8`, noonEast.Add(time.Millisecond))
	h.exec(`UPDATE leads SET changed_at = ? WHERE id = 9`, noonEast.Add(2*time.Millisecond))
	if f := fill(); f.Inserted != 0 {
		t.Errorf("not committed: %+v", f)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if f := fill(); f.Inserted != 1 {
		t.Errorf("committed after a later edit was seen: %+v", f)
	}
}

// TestNewsOfEveryKind: while a campaign rests whose filter lets nothing through, a
// lead that comes in, is moved to its list, or is changed in a field of the list's
// own or in any other, by whatever way, is in the hopper with the next fill, once.
func TestNewsOfEveryKind(t *testing.T) {
	h := newHopperDB(t)
	h.campaign("C2", 201)
	h.exec(`INSERT INTO lead_filters (id, conditions, changed_at) VALUES ('F', '{"any":true,"where":[{"field":"last_name","op":"is","values":["Somebody"]},{"field":"custom.color","op":"is","values":["red"]}]}', NOW())`)
	h.exec(`INSERT INTO custom_fields (list_id, name, label, type) VALUES (101, 'color', 'Color', 'TEXT')`)
	h.exec(`UPDATE campaigns SET lead_filter = 'F', hopper_level = 500`)
	h.add(101, numbers(212, 3000)...)
	h.add(201, numbers(917, 3)...)
	h.exec(`UPDATE leads SET last_name = 'Somebody' WHERE list_id = 201`)
	h.add(101, "+16142340001", "+16142340002")
	h.exec(`UPDATE leads SET last_name = 'Somebody' WHERE e164 LIKE '+1614%' OR e164 IN ('+12122340020', '+12122340024', '+12122340025')`)
	h.exec(`INSERT INTO dnc (campaign_id, e164, source, added_at) VALUES ('', '+12122340020', 'admin', NOW()), ('C1', '+1614*', 'admin', NOW())`)
	h.exec(`INSERT INTO callbacks (open, campaign_id, lead_id, kind, due_at, zone, state, made_by, created_at, changed_at)
		SELECT 1, 'C1', id, 'ANYONE', ? + INTERVAL 9 DAY, 'UTC', 'ACTIVE', 4, NOW(), NOW() FROM leads WHERE e164 IN ('+12122340024', '+12122340025')`, noonEast)
	h.exec(`UPDATE leads SET status = 'CALLBK' WHERE e164 = '+12122340025'`)
	pages, desk, lists, by := mariadb.NewLeadPages(h.db), mariadb.NewWebCustomers(h.db), mariadb.NewLists(h.db), audit.By{User: 5, At: h.now()}
	dnc, callbacks := mariadb.NewDNC(h.db), mariadb.NewCallbacks(h.db)
	cancel := func(e164 string) error {
		return callbacks.Cancel(t.Context(), by, dialer.CallbackID(h.count(`SELECT k.id FROM callbacks k JOIN leads l ON l.id = k.lead_id WHERE l.e164 = ?`, e164)))
	}
	lead := func(e164 string) (string, facts.SetLead, int) {
		t.Helper()
		key := strconv.Itoa(h.count(`SELECT id FROM leads WHERE e164 = ?`, e164))
		was, err := pages.One(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		return key, was.Value, was.Seen
	}
	file := func(text string, o dialer.ImportOptions) {
		t.Helper()
		if got, err := h.importFile(strings.NewReader(text), o); err != nil || got.Counts.Accepted+got.Counts.Updated != 1 {
			t.Fatal(got, err)
		}
	}
	columns := []string{"phone_number", "last_name"}
	memory := hopper.NewMemory()
	at := noonEast
	fill := func() hopper.Filled {
		t.Helper()
		f, err := hopper.Fill(t.Context(), h.store, hopper.RulesAt(h.state("C1", noonEast), h.sets(), at), hopper.Fence{}, memory)
		if err != nil {
			t.Fatal(err)
		}
		at = at.Add(100 * time.Millisecond)
		return f
	}
	if f := fill(); f.Inserted != 0 {
		t.Fatalf("the first look: %+v", f)
	}
	for _, test := range []struct {
		name   string
		change func() error
		want   int
	}{
		{"edited", func() error {
			key, is, seen := lead("+12122340007")
			is.LastName = "Somebody"
			return pages.Save(t.Context(), key, audit.Edit[facts.SetLead]{By: by, Seen: seen, Record: is})
		}, 1},
		{"nothing", func() error { return nil }, 0},
		{"a field of its own", func() error {
			_, is, _ := lead("+12122340008")
			return pages.SetCustom(t.Context(), by, is, map[string]string{"color": "red"})
		}, 1},
		{"a field of its own at the desk", func() error {
			_, is, _ := lead("+12122340009")
			_, err := desk.SetOwn(t.Context(), by, is, "color", "", "red")
			return err
		}, 1},
		{"imported", func() error {
			file("phone,name\n2122399999,Somebody\n", dialer.ImportOptions{Columns: columns})
			return nil
		}, 1},
		{"brought up to date by a file", func() error {
			file("phone,name\n2122340010,Somebody\n", dialer.ImportOptions{Columns: columns, Update: dialer.UpdateByNumber})
			return nil
		}, 1},
		{"moved", func() error {
			_, err := lists.Move(t.Context(), 201, 101, "NEW", by)
			return err
		}, 3},
		{"off the do-not-call list", func() error {
			return dnc.Remove(t.Context(), dialer.DNCEntry{E164: "+12122340020", Source: "admin", AddedAt: by.At})
		}, 1},
		{"off it, with its area code", func() error {
			return dnc.Remove(t.Context(), dialer.DNCEntry{CampaignID: "C1", E164: "+1614*", Source: "admin", AddedAt: by.At})
		}, 2},
		{"promised no call any more", func() error { return cancel("+12122340024") }, 1},
		{"whose status waited for the call", func() error { return cancel("+12122340025") }, 1},
		{"edited in vain", func() error {
			key, is, seen := lead("+12122340011")
			is.LastName = "Nobody"
			return pages.Save(t.Context(), key, audit.Edit[facts.SetLead]{By: by, Seen: seen, Record: is})
		}, 0},
	} {
		if err := test.change(); err != nil {
			t.Fatal(test.name, err)
		}
		if f := fill(); f.Inserted != test.want {
			t.Errorf("%s: %+v, want %d in the hopper", test.name, f, test.want)
		}
	}
}

// TestNewsOfConsent: a campaign of whose leads a rule asks for consent dials one who
// gives it with the next fill, while it rests after it looked through all in vain.
func TestNewsOfConsent(t *testing.T) {
	h := newHopperDB(t)
	h.exec(`UPDATE campaigns SET amd = 'message', voicemail = 'ours' WHERE id = 'C1'`)
	h.add(101, numbers(212, 3000)...)
	memory := hopper.NewMemory()
	fill := func(after time.Duration) hopper.Filled {
		t.Helper()
		f, err := hopper.Fill(t.Context(), h.store, hopper.RulesAt(h.state("C1", noonEast), h.sets(), noonEast.Add(after)), hopper.Fence{}, memory)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	if f := fill(0); f.Inserted != 0 || f.Held[hopper.Unmet] == 0 {
		t.Fatalf("the first look: %+v", f)
	}
	row := compliance.ConsentRow{At: h.now(), E164: "+12122342345", Kind: compliance.SaidConsent, Level: compliance.LevelWritten, Source: "admin", User: 5, Evidence: "a form"}
	if err := mariadb.NewConsents(h.db).Add(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	if f := fill(time.Second); f.Inserted != 1 {
		t.Errorf("consented: %+v", f)
	}
}
