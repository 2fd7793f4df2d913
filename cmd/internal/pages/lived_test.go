package pages

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// names are of people whose numbers, of the kind that is kept for fiction, lived
// imports.
var names = []string{
	"Marisol Vega", "Junia Farrow", "Corin Ashby", "Anouk Delacroix", "Tomas Reyes", "Ines Halvorsen", "Bram Okafor", "Leona Whitlock",
	"Idris Calloway", "Petra Novak", "Silas Underwood", "Maeve Brennan", "Dario Conti", "Yuna Park", "Elias Thorn", "Rosa Quintero",
	"Hugo Lindqvist", "Amara Diallo", "Nils Becker", "Thea Marlowe", "Omar Haddad", "Greta Sandoval", "Felix Arden", "Noor Siddiqui",
}

// places are where they live: area code, city, state, postal code.
var places = [][4]string{
	{"614", "Columbus", "OH", "43004"}, {"216", "Cleveland", "OH", "44101"}, {"937", "Dayton", "OH", "45402"}, {"312", "Chicago", "IL", "60601"},
	{"713", "Houston", "TX", "77002"}, {"602", "Phoenix", "AZ", "85004"}, {"206", "Seattle", "WA", "98101"}, {"305", "Miami", "FL", "33101"},
}

// leadFile is a file as a client sends it, one row of which a spreadsheet spoiled
// and one of which names nobody who can be called.
func leadFile() string {
	var b strings.Builder
	b.WriteString("phone_number,first_name,last_name,city,state,postal_code,vendor_lead_code,email\n")
	for i, name := range names {
		first, last, _ := strings.Cut(name, " ")
		p := places[i%len(places)]
		fmt.Fprintf(&b, "%s55501%02d,%s,%s,%s,%s,%s,88-%d,%s@example.com\n", p[0], 10+i, first, last, p[1], p[2], p[3], 10432+i, strings.ToLower(first))
	}
	b.WriteString("4.15E+09,Rune,Aldous,Lima,OH,45801,88-10499,\n12345,Otis,Pell,Toledo,OH,43604,88-10500,\n")
	return b.String()
}

// lived has an office look as after its first weeks: what people set up is set up
// by their forms, and what daemons write is in its rows.
func (o *office) lived() {
	o.t.Helper()
	ada := o.as("ada")
	sent := func(path string, pairs ...string) {
		o.t.Helper()
		if a := ada.post(path, pairs...); a.status != 303 {
			o.t.Fatalf("%s: %d %.1200s", path, a.status, a.text())
		}
	}
	// edit changes one answer of a form that is there, as somebody who opens it does.
	edit := func(path, field, value string) {
		o.t.Helper()
		for _, s := range ada.get(path).sheets(path) {
			if s.values.Has(field) {
				if a := ada.do("POST", s.action, s.with(field, value)); a.status != 303 {
					o.t.Fatalf("%s, %s: %d %.1200s", path, field, a.status, a.text())
				}
				return
			}
		}
		o.t.Fatalf("%s has no %s", path, field)
	}

	sent("/customfields", "list_id", "1024", "name", "tariff", "label", "Tariff today", "type", "SELECT", "options", "Fixed\nFlexible\nNot known", "required", "", "position", "1")
	sent("/customfields", "list_id", "1024", "name", "usage_kwh", "label", "Usage a year, kWh", "type", "NUMBER", "position", "2")
	sent("/customfields", "list_id", "1024", "name", "asks", "label", "Asks about", "type", "MULTI", "options", "Price\nGreen power\nMeter", "position", "3")
	sent("/customfields", "list_id", "1024", "name", "moving", "label", "Moves this year", "type", "CHECKBOX", "position", "4")

	sent("/calltimes", "id", "OFFICE", "name", "Office hours", "mon", "9:00-12:30 13:30-20:00", "tue", "9:00-20:00", "wed", "9:00-20:00", "thu", "9:00-20:00", "fri", "9:00-20:00",
		"sat", "10:00-16:00", "sun", "closed", "states", "FL Mon-Fri 10:00-19:00\nTX Sat closed", "holidays", "on", "campaigns", "WINTER")
	sent("/calltimes", "id", "EVENING", "name", "Evenings", "mon", "17:00-20:30", "tue", "17:00-20:30", "wed", "17:00-20:30", "thu", "17:00-20:30", "fri", "closed", "sat", "closed", "sun", "closed")
	for day, name := range map[string]string{"2026-11-26": "Thanksgiving", "2026-12-25": "Christmas", "2027-01-01": "New Year's Day", "2027-07-04": "Independence Day"} {
		sent("/holidays", "day", day, "name", name)
	}
	sent("/holidays", "day", "2026-12-24", "name", "Christmas Eve", "hours", "9:00-12:00")

	sent("/scripts", "id", "CLOSING", "name", "Closing", "campaign_id", "AUTUMN", "body", "Thank you, {title} {last_name}. Your offer comes by letter to {address1}, {city}.")
	sent("/webforms", "id", "QUOTE", "name", "Quote form", "campaign_id", "AUTUMN", "url", "https://crm.example.com/quote?lead={lead_id}&name={last_name}&agent={user}", "by_itself", "on", "position", "1")
	sent("/webforms", "id", "KNOWLEDGE", "name", "Knowledge base", "url", "https://kb.example.com/", "position", "2")
	sent("/presets", "name", "Verification", "e164", "614 555 0133", "campaign_id", "AUTUMN", "position", "1")
	sent("/presets", "name", "Billing", "e164", "614 555 0134", "position", "2")
	sent("/presets", "name", "Spanish team", "e164", "614 555 0135", "position", "3")
	sent("/carriers", "name", "south-1", "host", "198.51.100.20", "port", "5060", "auth_user", "trunk4711", "secret", "Quiet.Harbour.42", "registers", "on", "from_user", "trunk4711", "active", "on",
		"outcomes", "SIP 603 = DNC\ncause 21 = ADC")
	sent("/phones", "login", "desk-1042", "kind", "sip", "server_id", "1", "user_id", "5", "contact", "")
	sent("/phones", "login", "gateway-7", "kind", "static", "server_id", "1", "user_id", "0", "contact", "sip:1043@192.0.2.20:5060")

	o.makes("CRM", "2", "rights", "leads", "rights", "run", "campaigns", "*")
	o.makes("Wallboard in the hall", "3", "rights", "watch", "campaigns", "AUTUMN")
	o.makes("Nightly export", "2", "rights", "leads", "campaigns", "AUTUMN")
	o.exec(`UPDATE api_tokens SET used_at = UTC_TIMESTAMP(3) - INTERVAL 3 MINUTE, used_ip = '192.0.2.44' WHERE name = 'CRM'`)
	o.exec(`UPDATE api_tokens SET active = 0 WHERE name = 'Nightly export'`)

	o.exec(`ALTER TABLE leads AUTO_INCREMENT = 101`) // those before are the reports' own
	o.imported(ada)
	for number, note := range map[string]string{"614 555 0118": "By letter of 12 November", "216 555 0111": "Asked the agent", "900*": ""} {
		sent("/dnc", "number", number, "campaign", "", "note", note)
	}
	sent("/dnc", "number", "937 555 0112", "campaign", "AUTUMN", "note", "Wants no energy offers")
	if a := ada.send("/dnc/import", "register.csv", "6145550161\n6145550162\n2165550163\n", "campaign", "", "register", "US National Registry"); a.status != 303 {
		o.t.Fatalf("the register: %d %.600s", a.status, a.text())
	}

	const selection = "/campaigns/AUTUMN/selection"
	sent(selection+"/recycle", "status", "NA", "delay", "90", "max", "3")
	sent(selection+"/recycle", "status", "B", "delay", "15", "max", "4")
	sent(selection+"/filter", "save", "1", "node", "c0", "node", "c1", "name", "No Texas", "any", "all", "field_0", "state", "op_0", "is not", "values_0", "TX", "field_1", "called_count", "op_1", "less than", "values_1", "9")

	edit("/groups/EARLY", "name", "Early shift")
	edit("/carriers/1", "dial_prefix", "9011")
	edit("/users/4", "full_name", "Nadia Karim")
	edit("/users/4", "full_name", "Nadia K.")
	edit("/campaigns/WINTER/settings/dialing", "dial_timeout_s", "24")
	sent("/retention", "what", "recordings", "days", "400", "campaign", "")
	o.atWork()
}

// imported sends lead files in every state of an import.
func (o *office) imported(ada *person) {
	o.t.Helper()
	columns := []string{"columns", "8", "col_0", "phone_number", "col_1", "first_name", "col_2", "last_name", "col_3", "city", "col_4", "state", "col_5", "postal_code", "col_6", "vendor_lead_code", "col_7", "email",
		"known", "list", "known_days", "0", "country", "US"}
	send := func(name, file string) string {
		o.t.Helper()
		a := ada.send("/imports", name, file, "list", "1024")
		if a.status != 303 {
			o.t.Fatalf("%s: %d %.600s", name, a.status, a.text())
		}
		return a.to
	}
	at := send("ohio-november.csv", leadFile())
	for _, step := range [][2]string{{"/check", "Dry run done"}, {"/start", "Imported"}} {
		if a := ada.post(at+step[0], columns...); a.status != 303 {
			o.t.Fatalf("%s: %d %.600s", step[0], a.status, a.text())
		}
		ada.until(at, step[1])
	}
	again := send("ohio-november-again.csv", leadFile())
	if a := ada.post(again+"/check", columns...); a.status != 303 {
		o.t.Fatalf("a dry run: %d %.600s", a.status, a.text())
	}
	ada.until(again, "Dry run done")
	send("december.csv", strings.ReplaceAll(leadFile(), "55501", "55401"))
}

// atWork is what calls, agents and daemons leave behind.
func (o *office) atWork() {
	o.t.Helper()
	now := time.Now().UTC()
	o.exec(`UPDATE leads SET status = ELT(1 + id % 8, 'NEW', 'NA', 'B', 'NEW', 'SALE', 'NI', 'NEW', 'A'), called_count = IF(id % 8 IN (0, 3, 6), 0, 1 + id % 3),
		called_since_reset = IF(id % 8 IN (0, 3, 6), 0, 1), last_called_at = IF(id % 8 IN (0, 3, 6), NULL, UTC_TIMESTAMP(3) - INTERVAL id HOUR) WHERE list_id = 1024`)
	for i, c := range []struct {
		kind, state, comments string
		user, minutes         int
	}{
		{"USERONLY", "ACTIVE", "Decision after talking with the landlord", 4, -25},
		{"ANYONE", "ACTIVE", "Asks for the two-year price", 4, 40},
		{"ANYONE", "LIVE", "", 4, -1},
		{"USERONLY", "ACTIVE", "Prefers to talk in the morning, after nine", 4, 26 * 60},
		{"ANYONE", "ACTIVE", "Bill arrives on the first", 5, 5 * 24 * 60},
		{"ANYONE", "DONE", "", 5, -26 * 60},
		{"USERONLY", "DEAD", "Three tries, nobody there", 4, -50 * 60},
	} {
		open := "1"
		if c.state == "DONE" || c.state == "DEAD" {
			open = "NULL"
		}
		o.exec(fmt.Sprintf(`INSERT INTO callbacks (open, campaign_id, lead_id, kind, user_id, due_at, zone, state, comments, made_by, created_at, changed_at)
			SELECT %s, 'AUTUMN', id, '%s', %d, '%s', ELT(1 + %d %% 3, 'America/New_York', 'America/Chicago', 'America/Phoenix'), '%s', '%s', 4, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM leads WHERE list_id = 1024 ORDER BY id LIMIT %d, 1`,
			open, c.kind, c.user, now.Add(time.Duration(c.minutes)*time.Minute).Format("2006-01-02 15:04:00"), i, c.state, c.comments, i))
	}
	for _, q := range []string{
		`UPDATE servers SET beat_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, sip_addr = '192.0.2.11:5060', conf_at = UTC_TIMESTAMP(3) WHERE id = 1`,
		`INSERT INTO servers (id, name, telephony, listening, ami_addr, sip_addr, ws_url, beat_at, version) VALUES (2, 'tel-2', 1, 1, '192.0.2.12:5038', '192.0.2.12:5060', 'wss://tel-2.example:8089/ws', UTC_TIMESTAMP(3) - INTERVAL 4 MINUTE, '1.0')`,
		`INSERT INTO servers (name, web, web_at, web_version, load1, cores) VALUES ('web-1', 1, UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, '1.0', 0.4, 2), ('web-2', 1, UTC_TIMESTAMP(3) - INTERVAL 4 MINUTE, '0.9', 0.4, 2)`,
		`INSERT INTO servers (name, web, telephony, listening, ami_addr, sip_addr, ws_url, beat_at, version, web_at, web_version, skew_ms)
			VALUES ('box-1', 1, 1, 1, '192.0.2.19:5038', '192.0.2.19:5060', 'wss://box-1.example:8089/ws', UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, '1.1', UTC_TIMESTAMP(3) - INTERVAL 1 HOUR, '1.0', 2300)`,
		`INSERT INTO carrier_registrations (server_id, carrier_id, state, since) SELECT 1, id, 'Registered', UTC_TIMESTAMP(3) - INTERVAL 9 HOUR FROM carriers WHERE name = 'south-1'`,
		`INSERT INTO leases (name, holder, epoch, expires_at) VALUES ('hopper', 'tel-1 hopper-fill 4711', 3, UTC_TIMESTAMP(3) + INTERVAL 1 HOUR), ('tally', 'tel-1 keepalive 4650', 2, UTC_TIMESTAMP(3) + INTERVAL 1 HOUR)
			ON DUPLICATE KEY UPDATE expires_at = VALUES(expires_at)`,
		`INSERT INTO join_tokens (id, server, roles, payload, made_by, made_at, expires_at) VALUES (REPEAT('a', 64), 'tel-3', 'telephony', '', 'ada', UTC_TIMESTAMP(3) - INTERVAL 20 MINUTE, UTC_TIMESTAMP(3) + INTERVAL 2 HOUR)`,
	} {
		o.exec(q)
	}
}

// spread gives the calls of yesterday to the people who were imported.
func (o *office) spread() {
	o.t.Helper()
	tape(o.t, filepath.Join(o.dir, "f0.wav"))
	o.exec(`UPDATE leads SET first_name = 'Marisol' WHERE id = 6`)
	o.exec(`UPDATE calls c JOIN (SELECT id, e164, ROW_NUMBER() OVER (ORDER BY id) - 1 AS n FROM leads WHERE list_id = 1024) l ON l.n = c.id % 23
		SET c.lead_id = l.id, c.e164 = l.e164 WHERE c.id BETWEEN 5000 AND 5089`)
	o.exec(`INSERT INTO recording_holds (call_id, reason, by_, at) VALUES (5003, 'Dispute 88-10432: says no contract was made', 'ada', UTC_TIMESTAMP(3) - INTERVAL 2 DAY)`)
}

// bare has the office without what the desk and the import bring along themselves.
func (o *office) bare() {
	o.t.Helper()
	for _, table := range []string{"leads", "agent_sessions", "calls", "zone_sets", "callbacks", "custom_fields", "lead_custom", "web_forms", "transfer_presets", "call_times", "holidays", "lead_recycles", "dnc", "imports"} {
		o.exec(`DELETE FROM ` + table)
	}
	o.exec(`DELETE FROM servers WHERE id = 2`)
	o.exec(`UPDATE campaigns SET lead_filter = '' WHERE id = 'AUTUMN'`)
}
