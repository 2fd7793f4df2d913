package pages

import (
	"strings"
	"testing"
)

// Everything that is set up by a catalog: created, changed, listed, found,
// audited and deleted, and what is wrong is said beside its field.
func TestCatalogs(t *testing.T) {
	o := newOffice(t)
	ada := o.as("ada")
	for name, c := range map[string]struct {
		path   string
		good   []string
		key    string // of what was made; "": a number that the page leads to
		change []string
		says   string // in the list after
		bad    []string
		wrong  string
		twice  string
	}{
		"group": {
			"/groups", []string{"id", "night", "name", "Night team", "campaigns", "AUTUMN"}, "NIGHT",
			[]string{"name", "Night crew", "campaigns", "AUTUMN", "campaigns", "WINTER"}, "Night crew NIGHT AUTUMN, WINTER",
			[]string{"id", "a b", "name", "", "campaigns", "NONE"}, "Enter a name", "taken already",
		},
		"carrier": {
			"/carriers", []string{"name", "south-1", "host", "192.0.2.9", "port", "5062", "dial_prefix", "99", "active", "on", "outcomes", "sip 603 = dnc\ncause 21 CR"}, "",
			[]string{"name", "south-1", "host", "sip2.example.com", "port", "5060", "dial_prefix", "", "active", "on", "outcomes", "SIP 603 DNC"}, "south-1 In use sip2.example.com:5060",
			[]string{"name", "a\r\n[evil]", "host", "x;y", "port", "70000", "dial_prefix", "+1", "outcomes", "sip 200 SALE"}, "from 1 to 65535", "taken already",
		},
		"phone": {
			"/phones", []string{"login", "desk-1042", "kind", "sip", "server_id", "1", "user_id", "4", "contact", ""}, "",
			[]string{"login", "desk-1043", "kind", "static", "server_id", "1", "user_id", "0", "contact", "sip:1043@192.0.2.20:5060"}, "desk-1043 SIP phone at a fixed address",
			[]string{"login", "a]b", "kind", "fax", "server_id", "77", "user_id", "4", "contact", "http://x"}, "letters, digits, dots", "taken already",
		},
		"status": {
			"/statuses", []string{"status", "later", "name", "Ask later", "group_id", "1", "position", "10", "selectable", "on", "human", "on"}, "LATER",
			[]string{"name", "Ask again later", "group_id", "2", "position", "10", "hotkey", "z", "selectable", "on", "human", "on"}, "Ask again later LATER Agents Not the customer",
			[]string{"status", "TOOLONG", "name", "", "group_id", "99", "position", "-1", "hotkey", "H"}, "the others are the desk's own", "taken already",
		},
		"status group": {
			"/statusgroups", []string{"name", "Never again", "position", "3"}, "",
			[]string{"name", "Never ever", "position", "200"}, "Never ever 200 0",
			[]string{"name", "", "position", "1000"}, "from 0 to 999", "taken already",
		},
		"pause code": {
			"/pausecodes", []string{"code", "coach", "name", "Coaching", "campaign_id", "AUTUMN", "position", "6"}, "COACH.AUTUMN",
			[]string{"name", "Coaching session", "position", "7"}, "Coaching session COACH AUTUMN",
			[]string{"code", "", "name", "", "campaign_id", "NONE", "position", "x"}, "such as LUNCH", "taken already",
		},
		"call time": {
			"/calltimes", []string{"id", "office", "name", "Office hours", "mon", "9:00-12:30  13:30-20:00", "sun", "closed", "states", "FL Mon closed\n\nNY 10:00-19:00", "holidays", "on", "campaigns", "AUTUMN"}, "OFFICE",
			[]string{"name", "Short hours", "mon", "9:00-12:00", "tue", "9:00-12:00", "campaigns", "*"}, "Short hours OFFICE Mon–Tue 9:00-12:00, Wed–Sun closed every campaign",
			[]string{"id", "a b", "name", "", "mon", "20:00-9:00", "states", "ZZ 9:00-10:00", "campaigns", "NONE"}, "the earlier first", "taken already",
		},
		"holiday": {
			"/holidays", []string{"day", "2026-12-25", "name", "Christmas", "hours", ""}, "",
			[]string{"day", "2026-12-24", "name", "The eve", "hours", "9:00-12:00"}, "2026-12-24 The eve 9:00-12:00",
			[]string{"day", "2026-13-25", "name", "", "hours", "9-12"}, "Write them as 9:00-12:30", "taken already",
		},
		"script": {
			"/scripts", []string{"id", "closing", "name", "Closing", "campaign_id", "AUTUMN", "body", "Thank you {first_name}.<script>alert(1)</script>"}, "CLOSING",
			[]string{"name", "The close", "campaign_id", "AUTUMN", "body", "Thank you {first_name}, good bye."}, "The close CLOSING AUTUMN",
			[]string{"id", "x", "name", "", "body", "{no_such}"}, "There is no variable {no_such}", "taken already",
		},
		"web form": {
			"/webforms", []string{"id", "order", "name", "Order form", "campaign_id", "AUTUMN", "url", "https://crm.example.com/o?l={lead_id}", "position", "1"}, "ORDER",
			[]string{"name", "The order", "campaign_id", "AUTUMN", "url", "http://10.0.0.9/o?l={lead_id}&n={last_name}", "by_itself", "on", "position", "1"}, "The order ORDER AUTUMN With the call",
			[]string{"id", "x", "name", "", "url", "javascript:alert({lead_id})"}, "begins with https://", "taken already",
		},
		"transfer preset": {
			"/presets", []string{"name", "Verification", "campaign_id", "AUTUMN", "e164", "614 555 0133", "position", "1"}, "",
			[]string{"name", "Verifying", "campaign_id", "AUTUMN", "e164", "+44 20 7946 0018", "position", "2"}, "Verifying +442079460018 AUTUMN",
			[]string{"name", "", "campaign_id", "NONE", "e164", "0815"}, "Enter a name", "taken already",
		},
	} {
		t.Run(name, func(t *testing.T) {
			// The list first, then what is wrong, which stays as it was typed.
			ada.get(c.path).is(200)
			again := ada.post(c.path, c.bad...).is(422, "Not saved", c.wrong)
			for i := 0; i < len(c.bad); i += 2 {
				if v := c.bad[i+1]; v != "" && !strings.ContainsAny(v, "\r\n") && c.bad[i] != "campaigns" && !strings.HasSuffix(c.bad[i], "_id") && c.bad[i] != "kind" {
					if !strings.Contains(again.text()+again.body, v) && !strings.Contains(again.body, strings.ToUpper(v)) {
						t.Errorf("%s = %q is not kept", c.bad[i], v)
					}
				}
			}
			made := ada.post(c.path, c.good...)
			at := made.to
			page := ada.leads(made, "created", "Ada Admin")
			if c.key != "" && at != c.path+"/"+c.key {
				t.Errorf("made at %s", at)
			}
			if strings.Contains(page.body, "<script>alert") {
				t.Error("a script runs")
			}
			ada.post(c.path, c.good...).is(422, c.twice)

			change := append([]string{"seen", page.seen()}, c.change...)
			ada.leads(ada.post(at, change...), "saved", "Ada Admin")
			ada.get(c.path).is(200, c.says)
			ada.get(c.path+"?q="+strings.ToLower(strings.Fields(c.says)[0])).is(200, c.says)
			ada.get(c.path+"?q=no-such-thing").is(200, "Nothing found")

			object := strings.ReplaceAll(strings.TrimPrefix(strings.TrimSuffix(c.path, "s"), "/"), "statuse", "status") + "/" + at[strings.LastIndex(at, "/")+1:]
			if n := stored[int](o, "SELECT COUNT(*) FROM audit WHERE object = ? AND user_id = 1 AND ip <> ''", object); n != 2 {
				t.Errorf("%d audit rows of %s", n, object)
			}
			ada.get(at+"/delete").is(200, "Delete", "Keep it")
			ada.leads(ada.post(at+"/delete"), "deleted")
			ada.get(at).is(404)
			if n := stored[int](o, "SELECT COUNT(*) FROM audit WHERE object = ? AND action LIKE '%.delete' AND after_ = '{}' AND before_ <> '{}'", object); n != 1 {
				t.Errorf("%d audit rows of the deletion", n)
			}
		})
	}
}

// Who has to do with some campaigns is offered these, is told beside the field where
// something else is sent, and keeps what was typed.
func TestCampaignsThatAreOffered(t *testing.T) {
	o := newOffice(t)
	mia, ada := o.as("mia"), o.as("ada")
	for path, typed := range map[string][]string{
		"/scripts":    {"id", "MINE", "name", "Mine alone", "body", "Hello {first_name}."},
		"/webforms":   {"id", "MINE", "name", "Mine alone", "url", "https://crm.example.com/o?l={lead_id}", "position", "1"},
		"/pausecodes": {"code", "MINE", "name", "Mine alone", "position", "1"},
		"/presets":    {"name", "Mine alone", "e164", "614 555 0133", "position", "1"},
	} {
		mia.get(path+"/new").is(200, "Autumn energy review").lacks("Winter tariff change", "Every campaign", "Any campaign")
		if all := ada.get(path+"/new").is(200, "Autumn energy review", "Winter tariff change"); !strings.Contains(all.body, `<option value=""`) {
			t.Errorf("%s: who sees all campaigns is not offered all of them", path)
		}
		for _, campaign := range []string{"", "WINTER"} {
			if a := mia.post(path, append(typed, "campaign_id", campaign)...).is(422, "Choose one of the campaigns"); !strings.Contains(a.body, "Mine alone") {
				t.Errorf("%s: what was typed is lost", path)
			}
		}
		mia.leads(mia.post(path, append(typed, "campaign_id", "AUTUMN")...), "created")
	}
	for _, path := range []string{"/scripts", "/webforms"} { // whose refusals say "stand beside"
		ada.get(path+"/new").is(200, "{vendor_lead_code}")
	}
}

// An in-group is made, chosen by a campaign, changed, and archived once nobody
// hands calls to it; it is never deleted.
func TestInGroups(t *testing.T) {
	o := newOffice(t)
	ada := o.as("ada")
	ada.get("/ingroups").is(200, "choose it in a campaign")
	ada.post("/ingroups", "id", "a b", "name", "", "wait_s", "0", "priority", "100", "after_wait", "sing", "announcement", "a;b", "music", "x y", "campaigns", "NONE").
		is(422, "Enter a name", "from 1 to 3600", "from -99 to 99", "There is no campaign NONE", "such as custom/hold-on", "Choose one of your sounds, or enter the name of a class")
	ada.post("/ingroups", "id", "SALES", "name", "Sales line", "wait_s", "60", "priority", "0", "after_wait", "message").is(422, "at least one campaign")
	ada.post("/ingroups", "id", "SALES", "name", "Sales line", "wait_s", "60", "priority", "0", "after_wait", "message", "campaigns", "WINTER", "announcement", "vm-intro&trunkline/gone").is(422, "There is no such sound")
	ada.post("/ingroups", "id", "SALES", "name", "Sales line", "wait_s", "60", "priority", "0", "after_wait", "message", "campaigns", "WINTER", "music", "trunkline/gone").is(422, "There is no such sound")
	made := []string{"id", "sales", "name", "Sales line", "wait_s", "60", "priority", "5", "after_wait", "message", "announcement", "custom/hold-on", "music", "", "message", "", "campaigns", "WINTER"}
	ada.leads(ada.post("/ingroups", made...), "created", "Ada Admin")
	ada.post("/ingroups", made...).is(422, "taken already")
	ada.get("/ingroups").is(200, "Sales line SALES WINTER 60 s 5 in use")

	drops := ada.get("/campaigns/AUTUMN/settings/drops").is(200, "Sales line")
	ada.leads(ada.post("/campaigns/AUTUMN/settings/drops", "seen", drops.seen(), "drop_rule", "us", "drop_percent", "3", "drop_ms", "2", "drop_action", "ingroup", "in_group", "SALES", "safe_harbour", ""))
	if got := stored[string](o, "SELECT CONCAT(drop_action, ' ', in_group) FROM campaigns WHERE id = 'AUTUMN'"); got != "ingroup SALES" {
		t.Errorf("the campaign has %q", got)
	}
	archive := func() []string {
		return []string{"seen", ada.get("/ingroups/SALES").seen(), "name", "Sales line", "wait_s", "90", "priority", "5", "after_wait", "hangup", "campaigns", "WINTER", "archived", "on"}
	}
	ada.post("/ingroups/SALES", archive()...).is(422, "These campaigns hand calls to it: AUTUMN")
	o.exec(`UPDATE campaigns SET drop_action = 'message' WHERE id = 'AUTUMN'`)
	ada.leads(ada.post("/ingroups/SALES", archive()...), "saved")
	ada.get("/ingroups").is(200, "Sales line SALES WINTER 90 s 5 archived")
	ada.post("/ingroups/SALES/delete").is(422)
	if n := stored[int](o, "SELECT COUNT(*) FROM audit WHERE object = 'ingroup/SALES' AND user_id = 1 AND ip <> ''"); n != 2 {
		t.Errorf("%d audit rows", n)
	}
}

// What others refer to is not deleted, and the refusal names them.
func TestWhatIsInUseIsKept(t *testing.T) {
	o := newOffice(t)
	ada := o.as("ada")
	ada.post("/carriers/1/delete").is(409, "AUTUMN, WINTER", "Not deleted", "Save")
	ada.post("/groups/EARLY/delete").is(409, "mia, nadia, sam")
	ada.post("/statuses/NEW/delete").is(422)
	o.exec(`INSERT INTO call_sums (campaign_id, span, at, list_id, status, manual, calls, answered, asked, connected, dropped, ring_ms, wait_ms, talk_ms) VALUES
		('AUTUMN', 2, '2026-01-05', 1024, 'SALE', FALSE, 1, 1, 1, 1, 0, 0, 0, 0), ('AUTUMN', 0, '2026-01-05 10:15:00', 1024, 'NI', FALSE, 1, 1, 1, 1, 0, 0, 0, 0)`)
	ada.post("/statuses/SALE/delete").is(409, "Not deleted", "Calls ended with it", "Save")
	ada.post("/statuses/NI/delete").is(409, "Calls ended with it")
	ada.post("/statuses/DEC/delete").is(303)
	ada.post("/statusgroups/1/delete").is(409, "CALLBK, NI, SALE")
}

// A carrier at an address from which phones come, too, is asked about once, and
// says so for as long as it is there.
func TestCarrierWherePhonesAre(t *testing.T) {
	o := newOffice(t)
	ada := o.as("ada")
	o.exec(`INSERT INTO phones (server_id, user_id, login, secret, kind, changed_at) VALUES (1, 1, 'ada-web', 'x', 'webrtc', UTC_TIMESTAMP(3))`)
	o.exec(`UPDATE web_sessions SET ip = '198.51.100.7'`) // ada's own browser
	south := []string{"name", "south-1", "host", "198.51.100.7", "port", "5060", "active", "on", "outcomes", ""}
	asked := ada.post("/carriers", south...).is(422, "from 198.51.100.7, too", "those phones cannot connect", "Save again if it is meant")
	if !strings.Contains(asked.body, `name="host_sure" value="198.51.100.7"`) || !strings.Contains(asked.body, `value="south-1"`) {
		t.Errorf("the form is not asked back: %.900s", asked.text())
	}
	ada.leads(ada.post("/carriers", append(south, "host_sure", "198.51.100.7")...), "south-1 created", "those phones cannot connect")
	at := "/carriers/" + stored[string](o, "SELECT id FROM carriers WHERE name = 'south-1'")
	page := ada.get(at).is(200, "those phones cannot connect")
	// What it says already is not asked again when something else is changed.
	ada.leads(ada.post(at, append(south, "seen", page.seen(), "host_sure", "198.51.100.7", "dial_prefix", "9")...), "saved")
	o.exec(`INSERT INTO phones (server_id, user_id, login, secret, kind, contact, changed_at) VALUES (1, 0, 'lobby', 'x', 'static', 'sip:100@192.0.2.20:5060', UTC_TIMESTAMP(3))`)
	south[1], south[3] = "lobby-1", "192.0.2.20"
	ada.post("/carriers", south...).is(422, "lobby's phone comes from 192.0.2.20, too")
	south[3] = "192.0.2.21"
	ada.post("/carriers", south...).is(303)
}

// Two people edit one carrier: the second is told what the first changed, and
// what only one of them touched is kept from both.
func TestTwoPeopleEditOneRecord(t *testing.T) {
	o := newOffice(t)
	ada := o.as("ada")
	seen := ada.get("/carriers/1").seen()
	carrier := func(seen, host, port, prefix string) answer {
		return ada.post("/carriers/1", "seen", seen, "name", "north-1", "host", host, "port", port, "dial_prefix", prefix, "active", "on", "outcomes", "")
	}
	ada.leads(carrier(seen, "first.example.com", "5060", ""), "saved")
	clash := carrier(seen, "second.example.com", "5070", "").is(409, "Changed meanwhile", "Ada Admin changed Address to first.example.com", "you had second.example.com", "Nothing was saved")
	if !strings.Contains(clash.body, `value="second.example.com"`) || !strings.Contains(clash.body, `value="5070"`) {
		t.Error("what was typed is not kept")
	}
	if host, port := stored[string](o, "SELECT host FROM carriers WHERE id = 1"), stored[int](o, "SELECT port FROM carriers WHERE id = 1"); host != "first.example.com" || port != 5060 {
		t.Errorf("stored %s:%d after a clash", host, port)
	}
	// Another field, from the old form: both changes stand.
	ada.leads(carrier(seen, "sip.example.com", "5060", "99"), "saved")
	if host, prefix := stored[string](o, "SELECT host FROM carriers WHERE id = 1"), stored[string](o, "SELECT dial_prefix FROM carriers WHERE id = 1"); host != "first.example.com" || prefix != "99" {
		t.Errorf("stored %s and prefix %q after two edits of two fields", host, prefix)
	}
	// Told once, the second may go on.
	ada.leads(carrier(clash.seen(), "second.example.com", "5070", ""), "saved")
	if host := stored[string](o, "SELECT host FROM carriers WHERE id = 1"); host != "second.example.com" {
		t.Errorf("stored %s", host)
	}
}

func TestServersAreShownAndSet(t *testing.T) {
	o := newOffice(t)
	ada := o.as("ada")
	ada.get("/servers").is(200, "tel-1", "0 of 100", "Well")
	page := ada.get("/servers/1").is(200, "Most lines at once")
	ada.post("/servers/1", "seen", page.seen(), "max_trunks", "many", "cps", "20", "ws_url", "javascript:x", "weight", "1001", "active", "on").is(422, "from 0 to 10000", "begins with wss://")
	ada.leads(ada.post("/servers/1", "seen", page.seen(), "max_trunks", "150", "cps", "12.5", "ws_url", "wss://tel-1.example:8089/ws", "weight", "50", "active", "on"), "saved")
	if n := stored[int](o, "SELECT max_trunks FROM servers WHERE id = 1"); n != 150 {
		t.Errorf("%d lines", n)
	}
	ada.get("/servers").is(200, "0 of 150", "12.5", "weight 50", "Places no calls")
}

func TestAuditLogIsFilteredAndPaged(t *testing.T) {
	o := newOffice(t)
	ada := o.as("ada")
	for i := range 60 {
		if _, err := o.sql.Exec("INSERT INTO audit (at, user_id, action, object, n, before_, after_) VALUES (TIMESTAMPADD(SECOND, -?, UTC_TIMESTAMP(3)), 2, 'carrier.save', 'carrier/9', ?, '{\"port\":5060}', ?)", 100+i/2, i, `{"port":`+strings.Repeat("1", 1+i%4)+`}`); err != nil {
			t.Fatal(err)
		}
	}
	ada.leads(ada.post("/groups", "id", "DAY", "name", "Day team"), "created")
	ada.get("/audit").is(200, "group create", "group/DAY", "Mia M.", "5060 1", "Older")
	first := ada.get("/audit?what=carrier/&who=2").is(200, "carrier save").lacks("group/DAY")
	if n := strings.Count(first.body, "<code>carrier/9"); n != 50 {
		t.Errorf("%d rows on the first page", n)
	}
	older := first.body[strings.Index(first.body, `rel="next"`)-400:]
	older = older[strings.Index(older, `href="`)+6:]
	older = strings.ReplaceAll(older[:strings.Index(older, `"`)], "&amp;", "&")
	if n := strings.Count(ada.get(older).is(200).body, "<code>carrier/9"); n != 10 {
		t.Errorf("%d rows on the second page at %s", n, older)
	}
	ada.get("/audit?who=1").is(200, "group/DAY").lacks("carrier/9")
	// What is kept by its id is named.
	o.exec(`INSERT INTO carriers (id, name, host, port, changed_at) VALUES (2, 'south-2', 'sip2.example.com', 5060, UTC_TIMESTAMP(3))`)
	ada.leads(ada.post("/phones", "login", "desk-7", "kind", "sip", "server_id", "1", "user_id", "4"), "created")
	ada.get("/audit?what=phone/").is(200, "desk-7 phone/1", "server: tel-1", "user: nadia").lacks("server id")
	o.exec(`INSERT INTO audit (at, user_id, action, object, n, before_, after_) VALUES (UTC_TIMESTAMP(3), 2, 'campaign.save', 'campaign/AUTUMN', 1, '{"carrier_id":"1"}', '{"carrier_id":"2"}'), (UTC_TIMESTAMP(3), 2, 'campaign.save', 'campaign/WINTER', 1, '{"carrier_id":"7"}', '{}')`)
	ada.get("/audit?what=campaign/").is(200, "Autumn energy review campaign/AUTUMN", "Carrier: north-1 south-2", "Carrier: 7")
	ada.get("/audit?from=2030-01-01").is(200, "Nothing found")
	for _, bad := range []string{"/audit?from=x", "/audit?who=99", "/audit?what=' OR 1=1", "/audit?before=1.2.3", "/audit?before=99999999999999999999.1"} {
		ada.get(strings.ReplaceAll(bad, " ", "%20")).is(422)
	}
}
