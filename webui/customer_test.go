package webui

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
)

func seatCustomer() *fake {
	f := newFake()
	f.seat()
	f.desk.Call.Lead.ListID = 1024
	f.customer = facts.Customer{
		Lead: facts.SetLead{ID: 5, FirstName: "Marisol", Email: "m@example.com", VendorLeadCode: "V1"},
		Fields: []dialer.CustomField{
			{Name: "supplier", Label: "Supplier today", Type: dialer.CustomSelect, Options: "Sample Power\nOther", Required: true},
			{Name: "since", Label: "Customer since", Type: dialer.CustomReadonly},
		},
		Custom: map[string]string{"supplier": "50% Power"},
	}
	return f
}

func TestTheCustomersCard(t *testing.T) {
	f := seatCustomer()
	s := newSite(t, f).as(t, "nadia")
	_, body, _ := s.do(t, "GET", "/desk/about?lead=5", nil)
	var about struct {
		Fields []struct {
			Name, Kind, Value string
			Options           []string
			Needed            bool
		}
	}
	if err := json.Unmarshal([]byte(body), &about); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, f := range about.Fields {
		found[f.Name] = f.Kind + " " + f.Value
		if f.Name == "own_supplier" && (!slices.Equal(f.Options, []string{"Sample Power", "Other"}) || !f.Needed) {
			t.Errorf("%+v", f)
		}
	}
	for name, want := range map[string]string{
		"first_name": "text Marisol", "email": "email m@example.com", "vendor_lead_code": "fixed V1", "own_supplier": "select 50% Power", "owner": "", "own_since": "", "phone_number": "",
	} {
		if found[name] != want {
			t.Errorf("%s is %q, want %q", name, found[name], want)
		}
	}
	if status, body, _ := s.do(t, "POST", "/desk/customer", url.Values{"lead": {"6"}, "field": {"city"}, "value": {"x"}}); status != 409 || !strings.Contains(body, "not on your desk") {
		t.Errorf("somebody else's customer: %d %s", status, body)
	}
}

func TestFieldsOfTheCustomerAreEdited(t *testing.T) {
	for name, c := range map[string]struct {
		form         url.Values
		status       int
		says, change string
	}{
		"a name":             {url.Values{"field": {"first_name"}, "was": {"Marisol"}, "value": {" Marisa "}}, 200, `"value":"Marisa"`, "lead 5 by 1"},
		"the state is short": {url.Values{"field": {"state"}, "value": {"oh"}}, 200, `"value":"OH"`, "lead 5 by 1"},
		"half an address":    {url.Values{"field": {"email"}, "was": {"m@example.com"}, "value": {"m@example"}}, 422, "Ask for the ending", ""},
		"no address":         {url.Values{"field": {"email"}, "was": {"m@example.com"}, "value": {"m@@ex.ample"}}, 422, "Spell it out", ""},
		"too long":           {url.Values{"field": {"city"}, "value": {strings.Repeat("ü", 51)}}, 422, "City holds 50 characters; this is 51", ""},
		"two lines":          {url.Values{"field": {"city"}, "value": {"Columbus\nOhio"}}, 422, "one line", ""},
		"changed meanwhile":  {url.Values{"field": {"first_name"}, "was": {"Maria"}, "value": {"Mary"}}, 409, "Marisol", ""},
		"not theirs":         {url.Values{"field": {"vendor_lead_code"}, "was": {"V1"}, "value": {"V2"}}, 403, "role", ""},
		"the number":         {url.Values{"field": {"phone_number"}, "value": {"6145550199"}}, 404, "", ""},
		"the list's own":     {url.Values{"field": {"own_supplier"}, "value": {"Other"}}, 200, `"value":"Other"`, "lead 5 own supplier=Other"},
		"several choices":    {url.Values{"field": {"own_supplier"}, "value": {"A", "B"}}, 200, "", "lead 5 own supplier=A,B"},
	} {
		t.Run(name, func(t *testing.T) {
			f := seatCustomer()
			s := newSite(t, f).as(t, "nadia")
			c.form.Set("lead", "5")
			status, body, _ := s.do(t, "POST", "/desk/customer", c.form)
			if status != c.status || !strings.Contains(body, c.says) {
				t.Errorf("%d %s", status, body)
			}
			if strings.Join(f.changes, ",") != c.change {
				t.Errorf("changes %v", f.changes)
			}
		})
	}
}

func TestWebFormsAreFilledIn(t *testing.T) {
	s := newSite(t, seatCustomer()).as(t, "nadia")
	_, body, _ := s.do(t, "GET", "/desk/about?lead=5", nil)
	var about struct {
		Forms []struct {
			Name, URL string
			ByItself  bool `json:"by_itself"`
		}
	}
	if err := json.Unmarshal([]byte(body), &about); err != nil {
		t.Fatal(err)
	}
	if forms := about.Forms; len(forms) != 1 || forms[0].URL != "https://crm.example.com/o?l=5&s=50%25%20Power" || !forms[0].ByItself {
		t.Errorf("%+v", forms)
	}
}

func TestTheDesksSearchAndPreview(t *testing.T) {
	f := seatCustomer()
	s := newSite(t, f).as(t, "nadia")
	for typed, want := range map[string]string{
		"Vega": "|Vega||", "Ann de Vega": "Ann|de Vega||", "de Vega, Ann": "Ann|de Vega||", "V-88": "||V-88|", "(614) 555-0142": "|||+16145550142",
	} {
		if _, body, _ := s.do(t, "GET", "/desk/search?q="+url.QueryEscape(typed), nil); !strings.Contains(body, `"name":"`+want+`"`) {
			t.Errorf("%q is looked for as %s", typed, body)
		}
	}
	if status, body, _ := s.do(t, "POST", "/desk/preview", url.Values{"lead": {"404"}}); status != 404 || !strings.Contains(body, "none of this campaign's lists") {
		t.Errorf("a lead of nobody: %d %s", status, body)
	}
	if status, _, _ := s.do(t, "POST", "/desk/preview", url.Values{"lead": {"7"}}); status != 204 || len(f.intents) != 1 || f.intents[0].Args.LeadID != 7 {
		t.Errorf("%d, intents %+v", status, f.intents)
	}
}

func TestTheAgentsDay(t *testing.T) {
	f := seatCustomer()
	f.shift.Session.Since = testNow.Add(-100e9)
	s := newSite(t, f).as(t, "nadia")
	_, body, _ := s.do(t, "GET", "/desk/day", nil)
	// 100 s of the call that goes on are with the 700.
	if want := `{"calls":12,"sales":3,"talk_s":600,"waiting_s":240,"in_call_s":800,"wrap_up_s":0,"paused_s":60,"signed_in_s":1100,"promised":2,"kept":1}`; body != want {
		t.Errorf("%s\nwant %s", body, want)
	}
}

// The page that was opened last has the desk: the one before is told, and its
// stream ends; a page that comes back after a break takes nothing.
func TestASecondDeskTakesOver(t *testing.T) {
	f := seatCustomer()
	s := newSite(t, f).as(t, "nadia")
	run(t, s)
	first := s.stream(t, "/desk/events?page=11&take=1")
	first("desk")
	second := s.stream(t, "/desk/events?page=12&take=1")
	second("desk")
	if _, data := first("taken"); data != `{"at":"`+testNow.UTC().Format(time.RFC3339)+`"}` {
		t.Errorf("the first page is told %s", data)
	}
	if _, data := s.stream(t, "/desk/events?page=11")("taken"); data == "" {
		t.Error("the first page follows again")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.page != 12 {
		t.Errorf("page %d has the desk", f.page)
	}
}

func TestTheCheckIsForEverybody(t *testing.T) {
	f := newFake()
	s := newSite(t, f)
	status, body, head := s.do(t, "GET", "/check", nil)
	if status != 200 || !strings.Contains(body, `data-server="wss://tel-1.example:8089/ws"`) || strings.Contains(body, "tel-2") || strings.Contains(body, "javascript:") {
		t.Errorf("%d %s", status, body)
	}
	if p := head.Get("Content-Security-Policy"); !strings.Contains(p, "connect-src 'self' wss://tel-1.example:8089") || !strings.Contains(head.Get("Permissions-Policy"), "microphone=(self)") {
		t.Errorf("policies %s, %s", p, head.Get("Permissions-Policy"))
	}
	f.mu.Lock()
	f.down = errAway
	f.mu.Unlock()
	if status, body, _ = s.do(t, "GET", "/check", nil); status != 503 || strings.Contains(body, "secret detail") {
		t.Errorf("without the database: %d %s", status, body)
	}
}
