package pages

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"trunkline/webui/api"
)

// program is a program that bears a token.
type program struct {
	*office
	token string
	head  map[string]string // headers besides
}

var tokenShown = regexp.MustCompile(`data-testid="token">(tl_[A-Za-z0-9_-]{43})<`)

// makes has ada make a token for a user, by the page.
func (o *office) makes(name, user string, pairs ...string) *program {
	o.t.Helper()
	pairs = append([]string{"name", name, "user_id", user, "active", "on", "expires_on", "2027-06-30"}, pairs...)
	a := o.as("ada").post("/tokens", pairs...).is(200, "shown once")
	m := tokenShown.FindStringSubmatch(a.body)
	if m == nil {
		o.t.Fatalf("no token is shown: %.800s", a.text())
	}
	return &program{o, m[1], nil}
}

// reply is what a program was answered.
type reply struct {
	t      *testing.T
	status int
	head   http.Header
	text   string
	body   map[string]any
}

func (p *program) ask(method, path string, body any) reply {
	p.t.Helper()
	sent := ""
	switch b := body.(type) {
	case nil:
	case string:
		sent = b
	default:
		text, err := json.Marshal(b)
		if err != nil {
			p.t.Fatal(err)
		}
		sent = string(text)
	}
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.server.URL+"/api/v1"+path, strings.NewReader(sent))
	if err != nil {
		p.t.Fatal(err)
	}
	if p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	if sent != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range p.head {
		r.Header.Set(name, value)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	got := reply{p.t, a.StatusCode, a.Header, string(text), nil}
	if err := json.Unmarshal(text, &got.body); err != nil && strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") {
		p.t.Errorf("%s %s is answered with no JSON object: %.200s", method, path, text)
	}
	return got
}

// is wants a status and words in the answer.
func (r reply) is(status int, says ...string) reply {
	r.t.Helper()
	if r.status != status {
		r.t.Errorf("status %d, want %d: %.600s", r.status, status, r.text)
	}
	for _, s := range says {
		if !strings.Contains(r.text, s) {
			r.t.Errorf("the answer does not say %q: %.600s", s, r.text)
		}
	}
	return r
}

// wrong wants the named fields to be refused, each with a sentence.
func (r reply) wrong(fields ...string) {
	r.t.Helper()
	r.is(422)
	var got []string
	problem, _ := r.body["error"].(map[string]any)
	all, _ := problem["fields"].([]any)
	for _, f := range all {
		one := f.(map[string]any)
		got = append(got, one["field"].(string))
		if says := one["message"].(string); !strings.HasSuffix(says, ".") || len(says) < 15 {
			r.t.Errorf("%s: %q is no sentence", one["field"], says)
		}
	}
	slices.Sort(got)
	slices.Sort(fields)
	if !slices.Equal(got, fields) {
		r.t.Errorf("wrong are %v, want %v: %.600s", got, fields, r.text)
	}
}

type object = map[string]any

// A token's life: made and shown once, narrower than its user, taken back at once,
// expired, audited, its last use shown.
func TestTokens(t *testing.T) {
	o := newOffice(t)
	ada := o.as("ada")
	ada.get("/tokens").is(200, "None yet")
	ada.post("/tokens", "name", "", "user_id", "99", "expires_on", "2020-01-01").is(422, "Enter the program's name", "Choose at least one", "This day is past")
	ada.post("/tokens", "name", "x", "user_id", "99", "rights", "leads", "campaigns", "*", "expires_on", "2027-06-30").is(422, "Choose one of the users")
	ada.post("/tokens", "name", "x", "user_id", "4", "rights", "leads", "campaigns", "*", "expires_on", "2027-06-30").is(422, "may not all of that")
	ada.post("/tokens", "name", "x", "user_id", "2", "rights", "leads", "campaigns", "NONE", "expires_on", "2099-06-30").is(422, "two years")
	o.as("mia").get("/tokens").is(403)

	crm := o.makes("CRM", "2", "rights", "leads", "campaigns", "*")
	ada.post("/tokens", "name", "CRM", "user_id", "2", "rights", "leads", "campaigns", "*", "expires_on", "2027-06-30").is(422, "taken already")
	crm.ask("GET", "/me", nil).is(200, `"user":"mia"`, `"rights":["leads"]`, `"campaigns":["AUTUMN"]`)
	if kept := stored[int](o, "SELECT COUNT(*) FROM api_tokens WHERE token_hash = UNHEX(SHA2(?, 256))", crm.token); kept != 1 {
		t.Error("the token is not kept as its SHA-256")
	}
	if told := stored[int](o, "SELECT COUNT(*) FROM audit WHERE before_ LIKE CONCAT('%', ?, '%') OR after_ LIKE CONCAT('%', ?, '%')", crm.token, crm.token); told != 0 {
		t.Error("the audit log has the token")
	}
	ada.get("/tokens").is(200, "Works", "mia", "from 127.0.0.1")

	// Neither more than the token may, nor more than its user may.
	crm.ask("GET", "/campaigns", nil).is(403, "This token may not do that.", "under API tokens")
	all := o.makes("all", "1", "rights", "leads", "rights", "run", "rights", "watch", "rights", "hear", "campaigns", "WINTER")
	all.ask("POST", "/campaigns/AUTUMN/start", nil).is(403)
	all.ask("POST", "/campaigns/WINTER/start", nil).is(200, `"active":true`)
	if by := stored[string](o, "SELECT ip FROM audit WHERE action = 'campaign.start'"); !strings.HasPrefix(by, "127.0.0.1, token ") {
		t.Errorf("the audit log says the campaign was started by %q", by)
	}
	list := all.ask("GET", "/campaigns", nil).is(200, "WINTER")
	if strings.Contains(list.text, "AUTUMN") {
		t.Error("a campaign is shown that the token has nothing to do with")
	}

	all.ask("GET", "/no/such/thing", nil).is(404, "not_found")

	// What a browser sends by itself is no token; a token opens no page.
	cookie := (&program{o, "", nil}).ask("GET", "/me", nil).is(401, "unauthorized")
	if cookie.head.Get("WWW-Authenticate") == "" {
		t.Error("401 does not say how to sign in")
	}
	if a := ada.get("/api/v1/me"); a.status != 401 {
		t.Errorf("a browser's session opens the API: %d", a.status)
	}
	r, _ := http.NewRequestWithContext(t.Context(), "GET", o.server.URL+"/campaigns", nil)
	r.Header.Set("Authorization", "Bearer "+all.token)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if a, err := client.Do(r); err != nil || a.StatusCode != 303 {
		t.Errorf("a token opens a page: %v", a)
	}

	// Taken back, expired, its user switched off, deleted.
	crm.ask("GET", "/me", nil).is(200)
	page := ada.get("/tokens/1")
	ada.leads(ada.post("/tokens/1", "seen", page.seen(), "name", "CRM", "rights", "leads", "campaigns", "*", "expires_on", "2027-06-30"), "saved", "Ada Admin")
	crm.ask("GET", "/me", nil).is(401)
	ada.get("/tokens").is(200, "Taken back")
	ada.leads(ada.post("/tokens/1", "seen", ada.get("/tokens/1").seen(), "name", "CRM", "rights", "leads", "campaigns", "*", "expires_on", "2027-06-30", "active", "on"))
	crm.ask("GET", "/me", nil).is(200)
	o.exec("UPDATE api_tokens SET expires_on = UTC_DATE() - INTERVAL 1 DAY WHERE id = 1")
	crm.ask("GET", "/me", nil).is(401)
	o.exec("UPDATE api_tokens SET expires_on = UTC_DATE() WHERE id = 1")
	crm.ask("GET", "/me", nil).is(200)
	o.exec("UPDATE users SET active = 0 WHERE id = 2")
	crm.ask("GET", "/me", nil).is(401)
	ada.get("/tokens").is(200, "user is switched off")
	at := "/tokens/" + stored[string](o, "SELECT id FROM api_tokens WHERE name = 'all'")
	ada.get(at+"/delete").is(200, "refused at once")
	ada.leads(ada.post(at+"/delete"), "deleted")
	all.ask("GET", "/me", nil).is(401)
}

// A token that asks too often is told when to come back; so is an address that
// guesses tokens.
func TestProgramsAreSlowedDown(t *testing.T) {
	o := newOffice(t)
	crm := o.makes("CRM", "2", "rights", "leads", "campaigns", "*")
	for _, p := range []*program{crm, {o, "tl_guess", nil}} {
		last := reply{}
		for range 400 {
			if last = p.ask("GET", "/me", nil); last.status == 429 {
				break
			}
		}
		last.t = t
		last.is(429, "too_many_requests", "Ask again in")
		if last.head.Get("Retry-After") == "" {
			t.Error("429 without Retry-After")
		}
	}
}

// What programs do: leads, do-not-call lists, consents, callbacks, the hopper,
// campaigns, agents, recordings.
func TestProgramsAtWork(t *testing.T) {
	o := newOffice(t)
	o.tapes()
	o.exec(`INSERT INTO lists (id, campaign_id, name, created_at) VALUES (2048, 'WINTER', 'Others', UTC_TIMESTAMP(3))`)
	o.exec(`INSERT INTO custom_fields (list_id, name, label, type, options, required, position) VALUES (1024, 'meter', 'Meter', 'NUMBER', '', 0, 1)`)
	// Called at any hour, so that the hopper's part does not depend on when this runs.
	o.exec(`UPDATE campaigns SET call_from_min = 0, call_to_min = 1440, active = 1 WHERE id = 'AUTUMN'`)
	p := o.makes("CRM", "2", "rights", "leads", "rights", "run", "rights", "watch", "rights", "hear", "campaigns", "*")

	// Leads. The number is one of fiction, which may be called at any hour.
	made := p.ask("POST", "/leads", object{"list_id": 1024, "phone_number": "(614) 555-0162", "first_name": "Marisol", "vendor_lead_code": "V-1", "rank": 5, "custom": object{"meter": 12}}).
		is(201, `"phone":"+16145550162"`, `"custom":{"meter":"12"}`, `"status":"NEW"`)
	at := strings.TrimPrefix(made.head.Get("Location"), "/api/v1")
	p.ask("GET", at, nil).is(200, "Marisol")
	p.ask("POST", "/leads", object{"list_id": 1024, "phone_number": "6145550162"}).is(409, "is lead ", "of list 1024 already")
	p.ask("POST", "/leads", object{"list_id": 2048, "phone_number": "6145550162"}).wrong("list_id")
	p.ask("POST", "/leads", object{"phone_number": "123", "first_name": strings.Repeat("x", 31), "rank": "many", "colour": "red", "custom": object{"meter": "x"}, "owner": []int{1}}).
		wrong("list_id", "phone_number", "first_name", "rank", "colour", "owner")
	p.ask("POST", "/leads", object{"list_id": 1024, "phone_number": "6145550143", "custom": object{"meter": "x"}}).wrong("custom.meter")
	p.ask("POST", "/leads", object{"list_id": 1024, "phone_number": "6145550143", "custom": object{"metre": "1"}}).wrong("custom.metre")
	p.ask("POST", "/leads", object{"list_id": 1024, "phone_number": "6145550143", "status": "INCALL"}).wrong("status")
	if n := o.count("SELECT COUNT(*) FROM leads WHERE e164 IN ('+16145550162', '+16145550143')"); n != 1 {
		t.Errorf("%d leads of one that was taken", n)
	}
	p.ask("POST", at, object{"city": "Columbus", "custom": object{"meter": 13}}).is(200, "Columbus", "Marisol", `"meter":"13"`)
	p.ask("POST", at, object{"phone_number": "1"}).wrong("phone_number")
	for _, q := range []string{"phone=614-555-0162", "vendor_lead_code=V-1", "list_id=1024&status=NEW"} {
		p.ask("GET", "/leads?"+q, nil).is(200, "Marisol", `"list_id":1024`)
	}
	p.ask("GET", "/leads", nil).wrong("phone")
	p.ask("GET", "/leads?phone=12", nil).wrong("phone")
	p.ask("GET", "/leads/999999", nil).is(404, "There is no lead 999999")
	o.exec("UPDATE lists SET campaign_id = 'WINTER' WHERE id = 1024")
	p.ask("GET", at, nil).is(404)
	p.ask("POST", at, object{"city": "X"}).is(404)
	o.exec("UPDATE lists SET campaign_id = 'AUTUMN' WHERE id = 1024")

	// Called next, if the rules let it.
	p.ask("POST", at+"/call-next", nil).is(200, `"in_hopper":true`, `"priority":99`)
	p.ask("POST", at+"/call-next", object{"priority": 70}).is(200, `"priority":70`)
	if n := stored[int](o, "SELECT priority FROM hopper WHERE source = 'P'"); n != 70 {
		t.Errorf("its priority is %d", n)
	}
	p.ask("POST", at+"/call-next", object{"priority": 100}).wrong("priority")

	// Callbacks.
	p.ask("POST", at+"/callbacks", object{"at": "2027-03-01T14:30:00-05:00", "zone": "America/New_York", "kind": "USERONLY", "user": "nadia", "comments": "after lunch"}).is(201, "2027-03-01T19:30:00Z")
	p.ask("POST", at+"/callbacks", object{"at": "2020-03-01T14:30:00Z", "zone": "Mars", "kind": "SOMEBODY"}).wrong("at", "zone", "kind")
	p.ask("POST", at+"/callbacks", object{"at": "2027-03-01T14:30:00Z", "kind": "USERONLY", "user": "otto"}).wrong("user")
	// By the calendar that agents see, with its sentence.
	o.exec("UPDATE campaigns SET call_from_min = 540 WHERE id = 'AUTUMN'")
	p.ask("POST", at+"/callbacks", object{"at": "2027-03-05T03:00:00-05:00", "zone": "America/New_York"}).is(422, "No calls at that hour in America/New_York").wrong("at")
	p.ask("POST", at+"/callbacks", object{"at": "2027-03-05T09:00:00-05:00", "zone": "America/New_York", "kind": "USERONLY", "user": "nadia", "comments": "after lunch"}).is(201)
	if who := stored[int](o, "SELECT user_id FROM callbacks WHERE state = 'ACTIVE' AND comments = 'after lunch'"); who != 4 {
		t.Errorf("the callback is of user %d", who)
	}
	p.ask("POST", at+"/call-next", nil).is(409, "promised a call back")
	// Without a zone it is by the clock where the customer is: Columbus, Ohio.
	p.ask("POST", at+"/callbacks", object{"at": "2027-03-08T09:30"}).is(201, `"at":"2027-03-08T14:30:00Z"`, `"zone":"America/New_York"`, `"state":"ACTIVE"`)
	if zone := stored[string](o, "SELECT zone FROM callbacks WHERE state = 'ACTIVE'"); zone != "America/New_York" {
		t.Errorf("the callback is shown by the clock of %s", zone)
	}
	p.ask("POST", at+"/callbacks", object{"at": "2027-03-08T09:30-05:00"}).is(201, `"at":"2027-03-08T14:30:00Z"`, `"zone":"America/New_York"`)
	p.ask("POST", at+"/callbacks", object{"at": "2027-03-08T09:30", "zone": "America/Chicago"}).is(201, `"at":"2027-03-08T15:30:00Z"`, `"zone":"America/Chicago"`)
	p.ask("POST", at+"/callbacks", object{"at": "8 March, half past nine"}).is(422, "or without a zone").wrong("at")
	set := stored[int](o, "SELECT zone_set FROM leads WHERE e164 = '+16145550162'")
	o.exec("INSERT INTO zone_sets (id, zones) VALUES (900, '')")
	o.exec("UPDATE leads SET zone_set = 900 WHERE e164 = '+16145550162'")
	p.ask("POST", at+"/callbacks", object{"at": "2027-03-08T09:30"}).is(422, "does not show from the lead").wrong("zone")
	o.exec(fmt.Sprintf("UPDATE leads SET zone_set = %d WHERE e164 = '+16145550162'", set))
	o.exec("DELETE FROM zone_sets WHERE id = 900")
	if n := o.count("SELECT COUNT(*) FROM callbacks WHERE state = 'DONE'"); n != 0 {
		t.Errorf("%d callbacks count as kept, and nobody was called", n)
	}
	// Cancelled, once.
	last := p.ask("GET", at+"/callbacks", nil).is(200, `"state":"DEAD"`, `"agent":"Nadia`, "after lunch").body["callbacks"].([]any)[0].(map[string]any)
	cancel := fmt.Sprintf("/callbacks/%.0f/cancel", last["id"])
	o.exec("UPDATE lists SET campaign_id = 'WINTER' WHERE id = 1024")
	o.exec("UPDATE callbacks SET campaign_id = 'WINTER' WHERE open = 1")
	p.ask("POST", cancel, nil).is(404, "There is no callback")
	o.exec("UPDATE lists SET campaign_id = 'AUTUMN' WHERE id = 1024")
	o.exec("UPDATE callbacks SET campaign_id = 'AUTUMN' WHERE open = 1")
	p.ask("POST", cancel, nil).is(200, `"state":"DEAD"`, `"zone":"America/Chicago"`)
	p.ask("POST", cancel, nil).is(409, "has ended meanwhile")
	p.ask("POST", "/callbacks/x/cancel", nil).is(404, "There is no callback x")
	p.ask("POST", cancel, object{"why": "x"}).wrong("why")
	p.ask("GET", at, nil).is(200, `"status":"NA"`)

	// Do not call.
	p.ask("POST", "/dnc", object{"phone": "614 555 0150", "campaign_id": "AUTUMN", "note": "asked by mail"}).is(200, `"added":true`)
	p.ask("POST", "/dnc", object{"phone": "614 555 0150", "campaign_id": "AUTUMN"}).is(200, `"added":false`)
	p.ask("POST", "/dnc", object{"phone": "x", "campaign_id": "WINTER"}).wrong("phone", "campaign_id")
	p.ask("POST", "/dnc", object{"phone": "12*"}).wrong("phone")
	p.ask("POST", "/dnc", object{"phone": "999*"}).is(200, `"added":true`, `"phone":"+1999*"`)
	p.ask("POST", "/dnc/remove", object{"phone": "999XXXXXXX"}).is(200, `"removed":true`)
	p.ask("GET", "/dnc?phone=6145550150", nil).is(200, `"do_not_call":false`, "asked by mail", `"source":"api"`)
	p.ask("POST", "/leads", object{"list_id": 1024, "phone_number": "6145550150", "refuse_do_not_call": true}).wrong("phone_number")
	p.ask("POST", "/dnc/remove", object{"phone": "6145550150", "campaign_id": "AUTUMN"}).is(200, `"removed":true`)
	p.ask("POST", "/dnc/remove", object{"phone": "6145550150", "campaign_id": "AUTUMN"}).is(404, "not on this list")

	// Consents: a revocation reaches the do-not-call list in the same moment.
	p.ask("POST", "/consents", object{"phone": "6145550151", "level": "written", "evidence": "form 7", "at": "2026-01-02T03:04:05Z"}).is(201, `"source":"api"`)
	p.ask("POST", "/consents", object{"phone": "6145550151", "level": "nod", "at": "2099-01-01T00:00:00Z"}).wrong("level", "evidence", "at")
	p.ask("POST", "/consents/revoke", object{"phone": "6145550151", "evidence": "wrote: stop"}).is(201, `"kind":"revoke"`)
	p.ask("GET", "/consents?phone=6145550151", nil).is(200, "form 7", "wrote: stop")
	p.ask("GET", "/dnc?phone=6145550151", nil).is(200, `"do_not_call":true`)

	// Campaigns, agents, recordings.
	p.ask("POST", "/campaigns/AUTUMN/stop", nil).is(200, `"active":false`)
	p.ask("POST", "/campaigns/AUTUMN/start", nil).is(200, `"active":true`)
	p.ask("POST", "/campaigns/NOSUCH/start", nil).is(403)
	p.ask("GET", "/campaigns/AUTUMN/why", nil).is(200, `"dialable"`, `"held":[`)
	p.ask("GET", "/agents", nil).is(200, `"agents":[`)
	tapes := p.ask("GET", "/recordings?from=2000-01-01T00:00:00Z", nil).is(200, `"audio":"/api/v1/recordings/`)
	if n := len(tapes.body["recordings"].([]any)); n != 60 {
		t.Errorf("%d recordings", n)
	}
	heard := o.count("SELECT COUNT(*) FROM audit WHERE action LIKE 'recording.%'")
	tape(t, filepath.Join(o.dir, "2026", "1003.wav"))
	sound := p.ask("GET", "/recordings/1003/1", nil).is(200)
	if !strings.HasPrefix(sound.text, "RIFF") || o.count("SELECT COUNT(*) FROM audit WHERE action LIKE 'recording.%'") != heard+1 {
		t.Errorf("a recording that is heard: %.40q", sound.text)
	}
	p.ask("GET", "/recordings?phone=1&campaign_id=WINTER&from=x&before=y", nil).wrong("phone", "campaign_id", "from", "before")
}

// A request that is sent again with its key is done once.
func TestRequestsAreDoneOnce(t *testing.T) {
	o := newOffice(t)
	p := o.makes("CRM", "2", "rights", "leads", "campaigns", "*")
	other := o.makes("form", "2", "rights", "leads", "campaigns", "*")
	p.head = map[string]string{"Idempotency-Key": "a-1"}
	say := object{"phone": "6145550151", "evidence": "wrote: stop"}
	first := p.ask("POST", "/consents/revoke", say).is(201)
	second := p.ask("POST", "/consents/revoke", say).is(201)
	if first.text != second.text || second.head.Get("Idempotency-Replayed") != "true" || first.head.Get("Idempotency-Replayed") != "" {
		t.Errorf("answered %q, then %q", first.text, second.text)
	}
	if n := o.count("SELECT COUNT(*) FROM consents"); n != 1 {
		t.Errorf("%d rows of one request", n)
	}
	p.ask("POST", "/consents/revoke", object{"phone": "6145550152"}).is(422, "another request")
	p.ask("POST", "/dnc", say).is(422, "another request")
	other.head = p.head // another program's keys are its own
	other.ask("POST", "/consents/revoke", say).is(201)
	// One that was refused did nothing: its key is free.
	p.head = map[string]string{"Idempotency-Key": "a-2"}
	p.ask("POST", "/consents/revoke", object{"phone": "1"}).wrong("phone")
	p.ask("POST", "/consents/revoke", say).is(201)
	// One that is being done, and one that was broken off.
	p.head = map[string]string{"Idempotency-Key": "a-3"}
	p.ask("POST", "/consents/revoke", say).is(201)
	o.exec("UPDATE api_answers SET status = 0 WHERE idem_key = 'a-3'")
	p.ask("POST", "/consents/revoke", say).is(409, "being done just now")
	o.exec("UPDATE api_answers SET at = at - INTERVAL 5 MINUTE WHERE idem_key = 'a-3'")
	p.ask("POST", "/consents/revoke", say).is(409, "broken off")
	p.head = map[string]string{"Idempotency-Key": "a b"}
	p.ask("POST", "/consents/revoke", say).is(422, "such as a UUID")
	p.head = nil
	p.ask("POST", "/consents/revoke", "[1]").is(422, "not one JSON object")
	p.ask("POST", "/consents/revoke", `{"phone":"6145550151"} {}`).is(422, "goes on")
	p.ask("POST", "/consents/revoke", `{"phone":"`+strings.Repeat("1", 70<<10)+`"}`).is(422, "larger than")
	p.head = map[string]string{"Content-Type": "text/plain"}
	p.ask("POST", "/consents/revoke", say).is(422, "Content-Type: application/json")
}

// openapi.json has every address and no other, and for each POST the fields that
// are taken.
func TestTheDescriptionIsTheAPI(t *testing.T) {
	o := newOffice(t)
	p := o.makes("CRM", "1", "rights", "leads", "rights", "run", "rights", "watch", "rights", "hear", "campaigns", "*")
	nobody := program{o, "", nil}
	var doc struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			Summary     string `json:"summary"`
			Parameters  []struct{ Name, In string }
			RequestBody struct {
				Content map[string]struct {
					Schema struct{ Properties map[string]any }
				}
			}
			Responses map[string]any
		}
	}
	if err := json.Unmarshal([]byte(nobody.ask("GET", "/openapi.json", nil).is(200).text), &doc); err != nil || doc.OpenAPI != "3.1.0" {
		t.Fatal(err, doc.OpenAPI)
	}
	there := map[string]bool{}
	tried := 0
	for _, pattern := range o.pages.Patterns() {
		method, path, _ := strings.Cut(pattern, " ")
		path, ours := strings.CutPrefix(path, api.Prefix)
		if !ours {
			continue
		}
		there[method+" "+path] = true
		one, described := doc.Paths[path][strings.ToLower(method)]
		if !described || one.Summary == "" {
			t.Errorf("%s is not described", pattern)
			continue
		}
		for _, name := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(path, -1) {
			if !slices.ContainsFunc(one.Parameters, func(p struct{ Name, In string }) bool { return p.Name == name[1] && p.In == "path" }) {
				t.Errorf("%s: {%s} is not described", pattern, name[1])
			}
		}
		schema := one.RequestBody.Content["application/json"].Schema.Properties
		if method != "POST" || len(schema) == 0 {
			continue
		}
		// A field that nobody knows is refused with the names of those that are taken.
		tried++
		if strings.Contains(path, "{id}") {
			o.exec(`INSERT IGNORE INTO leads (id, list_id, status, phone_code, phone_number, e164, created_at, zone_set) VALUES (7, 1024, 'NEW', '1', '6145550199', '+16145550199', UTC_TIMESTAMP(3), 0)`)
		}
		a := p.ask("POST", strings.ReplaceAll(path, "{id}", "7"), object{"no such field": 1}).is(422, "There is no such field here")
		says := regexp.MustCompile(`there are: ([^.]*)\.`).FindStringSubmatch(a.text)
		if says == nil {
			t.Errorf("%s: %s", pattern, a.text)
			continue
		}
		for _, name := range strings.Split(says[1], ", ") {
			if schema[name] == nil {
				t.Errorf("%s takes %s, which is not described", pattern, name)
			}
			delete(schema, name)
		}
		for name := range schema {
			t.Errorf("%s: %s is described and not taken", pattern, name)
		}
	}
	for path, methods := range doc.Paths {
		for method := range methods {
			if !there[strings.ToUpper(method)+" "+path] {
				t.Errorf("%s %s is described and is not there", method, path)
			}
		}
	}
	if tried < 8 {
		t.Errorf("only %d requests were tried", tried)
	}
}
