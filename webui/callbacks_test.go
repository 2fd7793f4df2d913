package webui

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
)

func (f *fake) OfUser(context.Context, dialer.UserID, int) ([]dialer.CallbackLine, error) {
	return []dialer.CallbackLine{{
		Callback: dialer.Callback{ID: 3, DueAt: testNow.Add(-time.Minute), Zone: "America/New_York"}, E164: "+12125550111", LeadName: "Ann Example",
	}}, f.problem()
}

// TestDisposeWithCallback: what was promised is the customer's time, and is asked
// for again where it cannot be.
func TestDisposeWithCallback(t *testing.T) {
	f := newFake()
	f.seat()
	s := newSite(t, f).as(t, "nadia")
	at := func(v string) url.Values {
		return url.Values{"call": {"99"}, "status": {"CALLBK"}, "callback_at": {v}, "callback_zone": {"America/New_York"}, "callback_kind": {"USERONLY"}}
	}
	there, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	tomorrow := testNow.In(there).AddDate(0, 0, 1).Format("2006-01-02T15:04")
	for value, says := range map[string]string{"": "Choose the day", "soon": "cannot be read", testNow.In(there).Add(-time.Hour).Format("2006-01-02T15:04"): "already where the customer is",
		testNow.AddDate(2, 0, 0).Format("2006-01-02T15:04"): "at most a year"} {
		status, body, _ := s.do(t, "POST", "/desk/dispose", at(value))
		if status == http.StatusNoContent || !strings.Contains(body, says) {
			t.Errorf("%q: %d %s", value, status, body)
		}
	}
	if status, body, _ := s.do(t, "POST", "/desk/dispose", at(tomorrow)); status != http.StatusNoContent {
		t.Fatalf("%d %s", status, body)
	}
	ask := f.intents[len(f.intents)-1].Args.Callback
	if ask == nil || ask.Kind != dialer.CallbackUserOnly || ask.Zone != "America/New_York" || !ask.DueAt.Equal(testNow.AddDate(0, 0, 1).Truncate(time.Minute)) {
		t.Errorf("asked for %+v", ask)
	}
	status, body, _ := s.do(t, "GET", "/desk/callbacks", nil)
	if status != 200 || !strings.Contains(body, `"name":"Ann Example"`) || !strings.Contains(body, `"in_s":0`) {
		t.Errorf("%d %s", status, body)
	}
}
