package webui

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
)

func (f *fake) OfUser(context.Context, dialer.UserID, int) ([]dialer.CallbackLine, error) {
	return []dialer.CallbackLine{{
		Callback: dialer.Callback{ID: 3, DueAt: testNow.Add(-time.Minute), Zone: "America/New_York"}, E164: "+12125550111", LeadName: "Ann Example",
	}}, f.problem()
}

// CallSpans: customers are called until 20:00 of each day, by New York's clock.
func (f *fake) CallSpans(_ context.Context, campaign dialer.CampaignID, _ dialer.Lead, from, to time.Time) (all []facts.CallSpan, _ error) {
	there, err := time.LoadLocation("America/New_York")
	if err != nil || campaign != "AUTUMN" {
		return nil, dialer.ErrNotFound
	}
	for from.Before(to) {
		y, m, d := from.In(there).Date()
		s := facts.CallSpan{From: from, To: time.Date(y, m, d, 20, 0, 0, 0, there)}
		if !from.Before(s.To) {
			s.To, s.Why = time.Date(y, m, d+1, 0, 0, 0, 0, there), "No calls at that hour."
		}
		if s.To.After(to) {
			s.To = to
		}
		all, from = append(all, s), s.To
	}
	return all, f.problem()
}

// The calendar shows each hour once, with the sentence by which a callback then
// is refused.
func TestCallbackOnlyWhenTheCustomerMayBeCalled(t *testing.T) {
	f := newFake()
	f.seat()
	f.desk.Call.Lead.Zones = "America/New_York;US"
	s := newSite(t, f).as(t, "nadia")
	type span struct {
		From, To int
		Why      string
	}
	var month struct {
		Zone, Now, Last string
		Days            []struct {
			Day   string
			Spans []span
		}
	}
	status, body, _ := s.do(t, "GET", "/desk/callable?lead=5&month=2026-11", nil)
	if err := json.Unmarshal([]byte(body), &month); err != nil || status != 200 || month.Zone != "America/New_York" || month.Now != "2026-11-23T10:00" || month.Last != "2027-11-24" || len(month.Days) != 30 {
		t.Fatalf("%d %s (%v)", status, body, err)
	}
	const passed, closed = "It is 10:00 already where the customer is. Choose a later time for the callback.", "No calls at that hour."
	for day, want := range map[int][]span{
		1:  {{0, 1440, passed}}, // of 25 hours
		22: {{0, 1440, passed}}, 23: {{0, 600, passed}, {600, 1200, ""}, {1200, 1440, closed}}, 24: {{0, 1200, ""}, {1200, 1440, closed}},
	} {
		if got := month.Days[day-1]; !slices.Equal(got.Spans, want) {
			t.Errorf("%s: %+v", got.Day, got.Spans)
		}
	}
	for _, bad := range []string{"lead=5&month=2026-09", "lead=5&month=2028-01", "lead=5&month=x", "lead=6&month=2026-11"} {
		if status, body, _ := s.do(t, "GET", "/desk/callable?"+bad, nil); status < 400 || status >= 500 {
			t.Errorf("%s: %d %s", bad, status, body)
		}
	}
	at := func(v string) url.Values {
		return url.Values{"call": {"99"}, "status": {"CALLBK"}, "callback_at": {v}, "callback_zone": {"America/New_York"}}
	}
	for value, says := range map[string]string{"2026-11-24T20:00": closed, "2026-11-23T09:00": passed} {
		if status, body, _ := s.do(t, "POST", "/desk/dispose", at(value)); status == http.StatusNoContent || !strings.Contains(body, says) {
			t.Errorf("%s: %d %s", value, status, body)
		}
	}
	if status, body, _ := s.do(t, "POST", "/desk/dispose", at("2026-11-24T19:59")); status != http.StatusNoContent {
		t.Errorf("the last minute: %d %s", status, body)
	}
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
		testNow.AddDate(2, 0, 0).Format("2006-01-02T15:04"): "at most a year",
		"2027-03-14T02:30": "clock goes forward that day, and skips 02:30"} {
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
