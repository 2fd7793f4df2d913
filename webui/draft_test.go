package webui

import (
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
)

// What was typed and not saved is there at the desk that is opened next, on
// whatever computer, until the outcome is saved.
func TestWhatWasTypedGoesAlong(t *testing.T) {
	f := seatCustomer()
	s := newSite(t, f).as(t, "nadia")
	type typed struct {
		Call, Version, Status, Note, At string
		Fields                          map[string]struct{ Was string }
	}
	there := func() *typed {
		t.Helper()
		_, body, _ := s.do(t, "GET", "/desk/about?lead=5", nil)
		var about struct{ Draft *typed }
		if err := json.Unmarshal([]byte(body), &about); err != nil {
			t.Fatal(err)
		}
		return about.Draft
	}
	if d := there(); d != nil {
		t.Errorf("before anything was typed: %+v", d)
	}
	f.page = 11
	form := url.Values{"call": {"99"}, "page": {"11"}, "status": {"CALLBK"}, "note": {"half a word "}, "at": {"2026-11-24T10:00"}, "mine": {"1"}, "fields": {`{"city":{"was":"Troy","values":["Albany </script>"]}}`}}
	status, body, _ := s.do(t, "POST", "/desk/draft", form)
	var answer struct{ Version string }
	if err := json.Unmarshal([]byte(body), &answer); status != 200 || err != nil || answer.Version == "" {
		t.Errorf("%d %s", status, body)
	}
	want := typed{"99", answer.Version, "CALLBK", "half a word ", "2026-11-24T10:00", map[string]struct{ Was string }{"city": {"Troy"}}}
	if d := there(); d == nil || !reflect.DeepEqual(*d, want) || !f.draft.CallbackMine {
		t.Errorf("what comes along is %+v, want %+v", d, want)
	}
	for what, c := range map[string]struct {
		status int
		field  string
		value  string
	}{
		"from a page that sleeps while another has the desk": {200, "page", "12"},
		"of a call that is over":                             {200, "call", "98"},
		"of no call":                                         {422, "call", "x"},
		"an outcome that cannot be":                          {422, "status", "CALLBACK"},
		"a time that is none":                                {422, "at", "soon"},
		"a note beyond all measure":                          {422, "note", strings.Repeat("ü", 4001)},
		"no text":                                            {422, "note", "\xff"},
		"fields that are none":                               {422, "fields", "{"},
		"fields beyond all measure":                          {422, "fields", `"` + strings.Repeat("ü", 8000) + `"`},
	} {
		bad := url.Values{}
		for k, v := range form {
			bad[k] = v
		}
		bad.Set("note", "written over")
		bad.Set(c.field, c.value)
		says := `"error"`
		if c.status == http.StatusOK {
			says = `{"version":""}`
		}
		if status, body, _ := s.do(t, "POST", "/desk/draft", bad); status != c.status || !strings.Contains(body, says) {
			t.Errorf("%s: %d %s", what, status, body)
		}
	}
	if d := there(); d == nil || !reflect.DeepEqual(*d, want) {
		t.Errorf("after what was refused: %+v", d)
	}
	if status, _, _ := s.do(t, "POST", "/desk/dispose", url.Values{"call": {"99"}, "status": {"NONE"}}); status != 422 || there() == nil {
		t.Errorf("an outcome that is refused (%d) takes along what was typed", status)
	}
	if status, _, _ := s.do(t, "POST", "/desk/dispose", url.Values{"call": {"99"}, "status": {"SALE"}}); status != 204 || there() != nil {
		t.Errorf("saved: %d, and there is %+v", status, there())
	}
}

// Of a call that nobody has answered the line has said what became of it: an agent
// may leave it at that, though nobody chooses that outcome otherwise.
func TestWhatTheLineSaidIsAnOutcome(t *testing.T) {
	f := seatCustomer()
	s := newSite(t, f).as(t, "nadia")
	ended := time.Now()
	for what, c := range map[string]struct {
		answered, ended *time.Time
		status          dialer.Status
		want            int
	}{
		"busy":                  {nil, &ended, "B", 204},
		"busy, and it rings on": {nil, nil, "B", 422},
		"another than it said":  {nil, &ended, "NA", 422},
		"one who answered":      {&ended, &ended, "B", 422},
	} {
		call := &f.desk.Call.Call
		call.AnsweredAt, call.EndedAt, call.Status = c.answered, c.ended, c.status
		if status, body, _ := s.do(t, "POST", "/desk/dispose", url.Values{"call": {"99"}, "status": {"B"}}); status != c.want {
			t.Errorf("%s: %d %s", what, status, body)
		}
	}
}
