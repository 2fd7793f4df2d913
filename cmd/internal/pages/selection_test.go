package pages

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestSelectionByPage: recycling, filter, list mix and the rest are set on a page,
// and what cannot be is refused in a sentence with what was typed still there.
func TestSelectionByPage(t *testing.T) {
	o := newOffice(t)
	mia := o.as("mia")
	const at = "/campaigns/AUTUMN/selection"
	mia.get(at).is(200, "Nothing is recycled")
	mia.get(at+"/filter").is(200, "None: all leads")
	mia.get(at+"/mix").is(200, "1024 Tariff 2023, Ohio")
	// It is one of the campaign's tabs, and each part is one of its own.
	for _, part := range []string{"", "/filter", "/mix", "/others"} {
		body := mia.get(at + part).body
		for _, link := range []string{`href="/campaigns/AUTUMN/settings/leads"`, `href="` + at + `" aria-current="page"`, `href="` + at + part + `" aria-current="page"`} {
			if !strings.Contains(body, link) {
				t.Errorf("%s has no %s", part, link)
			}
		}
	}
	mia.get("/campaigns/WINTER/selection").is(403)
	mia.get("/campaigns/AUTUMN").is(200, "Which leads")
	for _, test := range []struct {
		part  string
		pairs []string
		says  string
	}{
		{"recycle", []string{"status", "NA", "delay", "1", "max", "3"}, "from 2 to"},
		{"recycle", []string{"status", "", "delay", "60", "max", "3"}, "Choose a status"},
		{"recycle", []string{"status", "group Nobody", "delay", "60", "max", "3"}, "There is no status group"},
		{"recycle", []string{"status", "NOPE", "delay", "60", "max", "3"}, "There is no status NOPE"},
		{"filter", []string{"save", "1", "node", "c0", "name", "Unreached", "field_0", "status_group", "op_0", "is", "values_0", "Nobody"}, "There is no status group"},
		{"filter", []string{"save", "1", "node", "c0", "name", "Texas", "any", "all", "field_0", "state", "op_0", "less than", "values_0", "TX"}, "cannot be tested by"},
		{"filter", []string{"save", "1", "node", "c0", "name", "Texas", "any", "all", "field_0", "id) OR 1=1 --", "op_0", "is", "values_0", "TX"}, "Leads have no field"},
		{"filter", []string{"save", "1", "node", "c0", "name", "", "field_0", "state", "op_0", "is", "values_0", "TX"}, "Enter a name"},
		{"filter", []string{"save", "1", "node", "c0", "name", "All"}, "without conditions"},
		{"filter", []string{"use", "Nobody"}, "There is no lead filter"},
		{"mix", []string{"method", "EVEN", "rows", "1", "list_0", "1024", "percent_0", "90"}, "The shares are 90 % together. Make them 100."},
		{"mix", []string{"method", "EVEN", "rows", "2", "list_1", "1024", "percent_1", "x"}, "1 to 100"},
		{"mix", []string{"method", "EVEN", "rows", "1", "percent_0", "90"}, "Choose the list of this step"},
		{"mix", []string{"method", "EVEN", "rows", "1"}, "Choose the list of the first step"},
		{"mix", []string{"method", "EVEN", "rows", "1", "list_0", "1024", "percent_0", "100", "statuses_0", "NEW NOSUCH"}, "There is no status NOSUCH"},
		{"mix", []string{"method", "EVEN", "rows", "1", "list_0", "1024", "percent_0", "100", "order_0", "SIDEWAYS"}, "is no lead order"},
		{"mix", []string{"method", "", "rows", "1", "list_0", "1024", "percent_0", "100"}, "Choose how the lists follow each other, or empty the steps."},
		{"others", []string{"then", "LEAD_ASCEND", "auto_alt", "ALL", "callback_release", "0"}, "Choose after which statuses"},
		{"others", []string{"then", "SOMEHOW", "auto_alt", "", "callback_release", "0"}, "is no second order"},
	} {
		mia.post(at+"/"+test.part, test.pairs...).is(422, "Not saved", test.says)
	}
	ownField := []string{"save", "1", "node", "c0", "node", "c1", "name", "Texas", "any", "any", "field_0", "state", "op_0", "is", "values_0", "TX, OK", "custom_1", "tariff", "op_1", "is empty"}
	mia.post(at+"/filter", ownField...).is(422, "Not saved", `There is no field "tariff": no list has fields of its own yet.`)
	if n := o.count(`SELECT COUNT(*) FROM audit WHERE object LIKE 'filter/%' OR action LIKE 'campaign.%'`); n != 0 {
		t.Errorf("%d changes after refusals", n)
	}
	shows := func(part string, controls ...string) {
		t.Helper()
		body := mia.get(at + part).body
		for _, c := range controls {
			if !strings.Contains(body, c) {
				t.Errorf("the page has no %s", c)
			}
		}
	}
	mia.leads(mia.post(at+"/recycle", "status", "NA", "delay", "90", "max", "3"), "called again after 90 min", "90 min", "3 calls")
	mia.leads(mia.post(at+"/recycle", "status", "B", "delay", "1440", "max", "1"), "1 d")
	mia.leads(mia.post(at+"/recycle", "remove", "B"), "not recycled any more")
	mia.leads(mia.post("/customfields", "list_id", "1024", "name", "tariff", "label", "Tariff today", "type", "TEXT", "position", "1"), "Tariff today")
	mia.leads(mia.post(at+"/filter", ownField...), "Only leads that pass Texas")
	shows("/filter", `value="TX, OK"`, `value="tariff"`)
	mia.leads(mia.post(at+"/mix", "method", "EVEN", "rows", "1", "list_0", "1024", "percent_0", "100", "order_0", "UP RANK", "every_0", "3rd NEW", "statuses_0", "na  b"), "mixed by their shares")
	shows("/mix", `value="UP RANK" selected`, `value="3rd NEW" selected`, `value="NA B"`)
	if s := stored[string](o, `SELECT lead_order FROM list_mix`); s != "UP RANK 3rd NEW" {
		t.Errorf("the step's order is %s", s)
	}
	mia.leads(mia.post(at+"/others", "then", "VENDOR_ASCEND", "auto_alt", "ALL", "alt_after", "NA", "alt_after", "B", "custom_caller_id", "yes", "callback_release", "30"), "Saved")
	if s := stored[string](o, `SELECT CONCAT_WS(' ', lead_filter, mix_method, order_then, auto_alt, auto_alt_statuses, custom_caller_id, callback_release_min) FROM campaigns WHERE id = 'AUTUMN'`); s != "Texas EVEN VENDOR_ASCEND ALL NA B 1 30" {
		t.Errorf("stored %s", s)
	}
	if s := stored[string](o, `SELECT conditions FROM lead_filters`); s != `{"any":true,"where":[{"field":"state","op":"is","values":["TX","OK"]},{"field":"custom.tariff","op":"is empty"}]}` {
		t.Errorf("the filter is %s", s)
	}
	if n := o.count(`SELECT COUNT(*) FROM lead_recycles`) * o.count(`SELECT COUNT(*) FROM list_mix`); n != 1 {
		t.Error("recycling or mix is not there")
	}
	// A step is moved up in the form, and nothing is saved by that.
	moved := mia.post(at+"/mix", "do", "up 1", "method", "EVEN", "rows", "2", "list_0", "", "percent_0", "40", "list_1", "1024", "percent_1", "60", "order_1", "UP COUNT").is(200).body
	for name, value := range map[string]string{"percent_0": "60", "percent_1": "40"} {
		if !strings.Contains(moved, `name="`+name+`" value="`+value+`"`) {
			t.Errorf("after the move %s is not %s", name, value)
		}
	}
	if !strings.Contains(moved, `value="UP COUNT" selected`) || stored[string](o, `SELECT lead_order FROM list_mix`) != "UP RANK 3rd NEW" {
		t.Error("the order did not move with its step, or was saved")
	}
	// A status group stands for the statuses that are in it.
	mia.leads(mia.post(at+"/recycle", "status", "group Not reached", "delay", "30", "max", "2"), "the group Not reached are called again after 30 min", "all of the group")
	mia.leads(mia.post(at+"/filter", "save", "1", "node", "c0", "name", "Unreached", "any", "all", "field_0", "status_group", "op_0", "is", "values_0", "not reached"), "Only leads that pass Unreached")
	shows("/filter", `value="Not reached"`)
	shows("", `value="group Not reached"`)
	o.exec(`UPDATE status_groups SET name = 'Nobody there' WHERE name = 'Not reached'`)
	shows("/filter", `value="Nobody there"`)
	shows("", `value="group Nobody there"`)
	mia.leads(mia.post(at+"/recycle", "remove", "group Nobody there"), "not recycled any more")
	if n := o.count(`SELECT COUNT(*) FROM lead_recycle_groups`); n != 0 {
		t.Error("the group is recycled still")
	}
	mia.leads(mia.post(at+"/filter", "use", ""), "All leads may be dialed")
	mia.leads(mia.post(at+"/mix", "method", "", "rows", "1", "list_0", "1024", "percent_0", "100"), "There is no list mix")
}

// TestFilterGroupsByPage: conditions and groups are put into groups and taken away
// without a script, what was typed stays, and the page says how many leads pass.
func TestFilterGroupsByPage(t *testing.T) {
	o := newOffice(t)
	o.exec(`INSERT INTO leads (list_id, status, zone_set, e164, phone_code, phone_number, state, last_name, created_at) VALUES
		(1024, 'NEW', 1, '+16145550101', '1', '6145550101', 'OH', 'Smith, Ann', NOW()), (1024, 'NA', 1, '+16145550102', '1', '6145550102', 'TX', 'Jones', NOW()), (1024, 'NA', 1, '+16145550103', '1', '6145550103', 'OH', '"Q" Doe', NOW())`)
	mia := o.as("mia")
	const at, to = "/campaigns/AUTUMN/selection", "/campaigns/AUTUMN/selection/filter"
	typed := []string{"save", "1", "name", "Ohio", "any", "all", "node", "c0", "field_0", "state", "op_0", "is", "values_0", "OH"}
	nodes := func(body string) (all []string) {
		for _, m := range regexp.MustCompile(`name="node" value="([^"]+)"`).FindAllStringSubmatch(body, -1) {
			all = append(all, m[1])
		}
		return all
	}
	with := func(more ...string) []string { return append(slices.Clone(typed), more...) }
	body := mia.post(to, with("do", "group ")...).is(200).body
	if got := nodes(body); !slices.Equal(got, []string{"c0", "g1", "c1.0"}) || !strings.Contains(body, `value="OH"`) || !strings.Contains(body, `value="Ohio"`) {
		t.Errorf("with a group the form has %v, or what was typed is gone", got)
	}
	if !regexp.MustCompile(`<select[^>]* name="field_1\.0"[^>]* aria-label="Field of condition 2\.1" autofocus`).MatchString(body) {
		t.Error("the new condition is not where one goes on typing")
	}
	for _, test := range []struct{ do, want string }{
		{"add 1", "c0 g1 c1.0 g1.2 c1.2.0 c1.3"}, {"group 1.2", "c0 g1 c1.0 g1.2 c1.2.0"}, {"add 1.2", "c0 g1 c1.0 g1.2 c1.2.0 c1.2.1"},
		{"remove 1", "c0"}, {"remove 0", "g1 c1.0 g1.2 c1.2.0"}, {"add 9", "c0 g1 c1.0 g1.2 c1.2.0"}, {"add ", "c0 g1 c1.0 g1.2 c1.2.0 c2"},
	} {
		fields := with("node", "g1", "node", "c1.0", "node", "g1.2", "node", "c1.2.0", "node", "c7.7", "node", "x", "do", test.do)
		got := nodes(mia.post(to, fields...).is(200).body)
		if !slices.Equal(got, strings.Fields(test.want)) {
			t.Errorf("%q makes %v, want %s", test.do, got, test.want)
		}
	}
	group := with("node", "g1", "any_1", "any", "node", "c1.0", "field_1.0", "status", "op_1.0", "is", "values_1.0", "NEW",
		"node", "c1.1", "field_1.1", "last_name", "op_1.1", "is", "values_1.1", `"Smith, Ann", """Q"" Doe"`, "node", "g2", "node", "c2.0")
	mia.post(to, append(slices.Clone(group), "do", "count")...).is(200, "2 of 3 leads pass.")
	mia.post(to, with("node", "c1", "field_1", "state", "op_1", "is", "values_1", "TX", "do", "count")...).is(200, "No lead passes, of 3: with this filter nothing is dialed.")
	mia.post(to, with("node", "c1", "field_1", "state", "op_1", "less than", "values_1", "TX", "do", "count")...).is(422, "cannot be tested by")
	mia.post(to, "save", "1", "name", "Ohio", "node", "c0", "op_0", "is", "values_0", "OH", "do", "count").is(422, "Choose the field that is tested")
	if n := o.count(`SELECT COUNT(*) FROM lead_filters`); n != 0 {
		t.Errorf("%d filters were saved by looking", n)
	}
	mia.leads(mia.post(to, group...), "Only leads that pass Ohio are dialed: 2 of 3.")
	const kept = `{"where":[{"field":"state","op":"is","values":["OH"]},{"group":{"any":true,"where":[{"field":"status","op":"is","values":["NEW"]},{"field":"last_name","op":"is","values":["Smith, Ann","\"Q\" Doe"]}]}}]}`
	if s := stored[string](o, `SELECT conditions FROM lead_filters`); s != kept {
		t.Errorf("stored %s", s)
	}
	page := mia.get(at + "/filter").is(200).body
	if got := nodes(page); !slices.Equal(got, []string{"c0", "g1", "c1.0", "c1.1"}) || !strings.Contains(page, `value="&#34;Smith, Ann&#34;, &#34;&#34;&#34;Q&#34;&#34; Doe&#34;"`) {
		t.Errorf("the page shows %v", got)
	}
	mia.leads(mia.post(to, "save", "1", "name", "Nobody", "node", "c0", "field_0", "state", "op_0", "is", "values_0", "AK"), "Only leads that pass Nobody are dialed: none of 3, so nothing is.")
	o.exec(`UPDATE lead_filters SET conditions = 'null and void' WHERE id = 'Nobody'`)
	mia.get(at+"/filter").is(200, "holds what is no filter")
}

// TestDeleteLeadsByPage: nothing is deleted until the list's number is typed.
func TestDeleteLeadsByPage(t *testing.T) {
	o := newOffice(t)
	o.exec(`INSERT INTO leads (list_id, status, zone_set, e164, phone_code, phone_number, created_at) VALUES (1024, 'NEW', 1, '+16145550101', '1', '6145550101', NOW()), (1024, 'NA', 1, '+16145550102', '1', '6145550102', NOW()), (1024, 'NA', 1, '+16145550103', '1', '6145550103', NOW())`)
	mia := o.as("mia")
	mia.get("/lists/1024/leads/delete").is(200, "deleted for ever", "All: 3")
	mia.post("/lists/1024/leads/delete", "status", "NA", "sure", "1").is(422, "Type 1024")
	mia.leads(mia.post("/lists/1024/leads/delete", "status", "NA", "sure", "1024"), "2 leads deleted")
	lead := stored[string](o, `SELECT id FROM leads`)
	mia.get("/leads/"+lead+"/delete").is(200, "It is deleted for ever")
	mia.post("/leads/" + lead + "/delete").is(303)
	if n := o.count(`SELECT COUNT(*) FROM leads`); n != 0 {
		t.Errorf("%d leads are left", n)
	}
}

// TestTwoPeopleChooseLeads: of two who change the list mix, the filter in use, its
// conditions or the rest at the same time, the second is told what the first has
// saved, and saves over it knowingly or not at all. The audit log has both sides.
func TestTwoPeopleChooseLeads(t *testing.T) {
	o := newOffice(t)
	ada, mia := o.as("ada"), o.as("mia")
	const at = "/campaigns/AUTUMN/selection"
	form := func(a answer, action string, answers ...string) url.Values {
		t.Helper()
		for _, s := range a.sheets(at) {
			if s.action != at+action {
				continue
			}
			for i := 0; i < len(answers); i += 2 {
				s.values.Set(answers[i], answers[i+1])
			}
			return s.values
		}
		t.Fatalf("no form goes to %s: %.800s", action, a.text())
		return nil
	}
	o.exec(`INSERT INTO lead_filters (id, conditions, changed_at) VALUES ('North', '{"where":[{"field":"state","op":"is","values":["OH"]}]}', UTC_TIMESTAMP(3)), ('South', '{"where":[{"field":"state","op":"is","values":["TX"]}]}', UTC_TIMESTAMP(3))`)
	for _, c := range []struct {
		action       string
		first, then  []string
		told         string
		before, left string // what the audit log has of the second
	}{
		{"/mix#mix", []string{"method", "EVEN", "list_0", "1024", "percent_0", "100"}, []string{"method", "RANDOM", "list_0", "1024", "percent_0", "100"},
			"Ada Admin changed the list mix to EVEN: 1024 100 % DOWN", "EVEN: 1024 100 % DOWN", "RANDOM: 1024 100 % DOWN"},
		{"/filter", []string{"use", "North"}, []string{"use", "South"}, "Ada Admin changed the filter in use to North", "North", "South"},
		{"/filter#conditions", []string{"field_0", "city", "op_0", "is", "values_0", "Waco"}, []string{"field_0", "city", "op_0", "is", "values_0", "Austin"},
			"Ada Admin changed the filter's conditions to city is Waco", "city is Waco", "city is Austin"},
		{"/filter#conditions", []string{"name", "New", "field_0", "city", "op_0", "is", "values_0", "Lima"}, []string{"name", "New", "field_0", "city", "op_0", "is", "values_0", "Rome"},
			"Ada Admin changed the filter's conditions to city is Lima", "city is Lima", "city is Rome"},
		{"/others", []string{"callback_release", "30"}, []string{"callback_release", "45"}, "changed An agent's callback is anyone's after to 30 min", "30", "45"},
	} {
		page, _, _ := strings.Cut(at+c.action, "#")
		first, second := ada.get(page), mia.get(page)
		if a := ada.do("POST", at+c.action, form(first, c.action, c.first...)); a.status != 303 {
			t.Fatalf("%v: %d %.600s", c.first, a.status, a.text())
		}
		a := mia.do("POST", at+c.action, form(second, c.action, c.then...)).is(409, "Changed meanwhile", c.told)
		if n := o.count(`SELECT COUNT(*) FROM audit WHERE user_id = 2 AND after_ LIKE ?`, "%"+c.left+"%"); n != 0 {
			t.Errorf("%v was saved all the same", c.then)
		}
		if a = mia.do("POST", at+c.action, form(a, c.action)); a.status != 303 {
			t.Errorf("%v, knowingly: %d %.900s", c.then, a.status, a.text())
		}
		if n := o.count(`SELECT COUNT(*) FROM audit WHERE user_id = 2 AND before_ LIKE ? AND after_ LIKE ?`, "%"+c.before+"%", "%"+c.left+"%"); n != 1 {
			t.Errorf("%d lines tell of %s before and %s after", n, c.before, c.left)
		}
	}
	// What only one of them touched comes together.
	first, second := ada.get(at+"/others"), mia.get(at+"/others")
	ada.do("POST", at+"/others", form(first, "/others", "callback_release", "60"))
	if a := mia.do("POST", at+"/others", form(second, "/others", "then", "RANDOM")); a.status != 303 {
		t.Errorf("another setting: %d %.600s", a.status, a.text())
	}
	if s := stored[string](o, `SELECT CONCAT(order_then, ' ', callback_release_min) FROM campaigns WHERE id = 'AUTUMN'`); s != "RANDOM 60" {
		t.Errorf("together they make %s", s)
	}
}
