package pages

import (
	"strings"
	"testing"
)

// TestSelectionByPage: recycling, filter, list mix and the rest are set on a page,
// and what cannot be is refused in a sentence with what was typed still there.
func TestSelectionByPage(t *testing.T) {
	o := newOffice(t)
	mia := o.as("mia")
	const at = "/campaigns/AUTUMN/selection"
	mia.get(at).is(200, "Nothing is recycled", "None: all leads", "1024 Tariff 2023, Ohio")
	mia.get("/campaigns/WINTER/selection").is(403)
	mia.get("/campaigns/AUTUMN").is(200, "Which leads")
	for _, test := range []struct {
		part  string
		pairs []string
		says  string
	}{
		{"recycle", []string{"status", "NA", "delay", "1", "max", "3"}, "from 2 to"},
		{"recycle", []string{"status", "", "delay", "60", "max", "3"}, "Choose a status"},
		{"filter", []string{"save", "1", "rows", "1", "name", "Texas", "any", "all", "field_0", "state", "op_0", "less than", "values_0", "TX"}, "cannot be tested by"},
		{"filter", []string{"save", "1", "rows", "1", "name", "Texas", "any", "all", "field_0", "id) OR 1=1 --", "op_0", "is", "values_0", "TX"}, "Leads have no field"},
		{"filter", []string{"save", "1", "rows", "1", "name", "", "field_0", "state", "op_0", "is", "values_0", "TX"}, "Enter a name"},
		{"filter", []string{"save", "1", "rows", "1", "name", "All"}, "without conditions"},
		{"filter", []string{"use", "Nobody"}, "There is no lead filter"},
		{"mix", []string{"method", "EVEN", "rows", "1", "list_0", "1024", "percent_0", "90"}, "100 per cent together, not 90"},
		{"mix", []string{"method", "EVEN", "rows", "1", "list_0", "1024", "percent_0", "100", "order_0", "SIDEWAYS"}, "is no lead order"},
		{"others", []string{"then", "LEAD_ASCEND", "auto_alt", "ALL", "callback_release", "0"}, "Choose after which statuses"},
		{"others", []string{"then", "SOMEHOW", "auto_alt", "", "callback_release", "0"}, "is no second order"},
	} {
		mia.post(at+"/"+test.part, test.pairs...).is(422, "Not saved", test.says)
	}
	if n := o.count(`SELECT COUNT(*) FROM audit WHERE object LIKE 'filter/%' OR action LIKE 'campaign.%'`); n != 0 {
		t.Errorf("%d changes after refusals", n)
	}
	shows := func(controls ...string) {
		t.Helper()
		body := mia.get(at).body
		for _, c := range controls {
			if !strings.Contains(body, c) {
				t.Errorf("the page has no %s", c)
			}
		}
	}
	mia.leads(mia.post(at+"/recycle", "status", "NA", "delay", "90", "max", "3"), "called again after 90 min", "90 min", "3 calls")
	mia.leads(mia.post(at+"/recycle", "status", "B", "delay", "1440", "max", "1"), "1 d")
	mia.leads(mia.post(at+"/recycle", "remove", "B"), "not recycled any more")
	mia.leads(mia.post(at+"/filter", "save", "1", "rows", "2", "name", "Texas", "any", "any",
		"field_0", "state", "op_0", "is", "values_0", "TX, OK", "custom_1", "tariff", "op_1", "is empty"), "Only leads that pass Texas")
	shows(`value="TX, OK"`, `value="tariff"`)
	mia.leads(mia.post(at+"/mix", "method", "EVEN", "rows", "1", "list_0", "1024", "percent_0", "100", "order_0", "UP RANK"), "mixed by their shares")
	shows(`value="UP RANK"`)
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
	// A filter with groups is not taken apart by the form, and stays as it is.
	o.exec(`UPDATE lead_filters SET conditions = '{"where":[{"group":{"where":[{"field":"state","op":"is","values":["TX"]}]}}]}'`)
	mia.get(at).is(200, "has groups of conditions")
	mia.leads(mia.post(at+"/filter", "use", ""), "All leads may be dialed")
	mia.leads(mia.post(at+"/mix", "method", "", "rows", "1", "list_0", "1024", "percent_0", "100"), "There is no list mix")
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
