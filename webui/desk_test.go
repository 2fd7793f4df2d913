package webui

import (
	"context"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
)

func TestControlsWriteIntents(t *testing.T) {
	call := url.Values{"call": {"99"}}
	for path, c := range map[string]struct {
		form   url.Values
		status int
		want   dialer.Intent
		says   string
	}{
		"/desk/ready":                {status: 204, want: dialer.Intent{Kind: "ready"}},
		"/desk/pause":                {form: url.Values{"code": {"LUNCH"}}, status: 204, want: dialer.Intent{Kind: "pause", Args: dialer.IntentArgs{Code: "LUNCH"}}},
		"/desk/pause?unknown":        {form: url.Values{"code": {"NAP"}}, status: 422, says: "reason to pause"},
		"/desk/hold":                 {form: call, status: 204, want: dialer.Intent{Kind: "hold", Args: dialer.IntentArgs{CallID: 99}}},
		"/desk/resume":               {form: call, status: 204, want: dialer.Intent{Kind: "resume", Args: dialer.IntentArgs{CallID: 99}}},
		"/desk/resume?other":         {form: url.Values{"call": {"98"}}, status: 409, says: "over already"},
		"/desk/hold?none":            {status: 422, says: "no call"},
		"/desk/hangup":               {form: call, status: 204, want: dialer.Intent{Kind: "hangup", Args: dialer.IntentArgs{CallID: 99}}},
		"/desk/hangup?other":         {form: url.Values{"call": {"98"}}, status: 409, says: "over already"},
		"/desk/dispose":              {form: url.Values{"call": {"99"}, "status": {"SALE"}, "comments": {" two years "}, "then": {"pause"}}, status: 204, want: dialer.Intent{Kind: "dispose", Args: dialer.IntentArgs{CallID: 99, Status: "SALE", Comments: "two years", Pause: true}}},
		"/desk/dispose?not-theirs":   {form: url.Values{"call": {"99"}, "status": {"NEW"}}, status: 422, says: "Choose an outcome"},
		"/desk/dispose?long-comment": {form: url.Values{"call": {"99"}, "status": {"SALE"}, "comments": {strings.Repeat("ü", 256)}}, status: 422, says: "255"},
		"/desk/logout":               {status: 204, want: dialer.Intent{Kind: "logout"}},
	} {
		t.Run(path, func(t *testing.T) {
			f := newFake()
			f.seat()
			s := newSite(t, f).as(t, "nadia")
			if c.form == nil {
				c.form = url.Values{}
			}
			status, body, _ := s.do(t, "POST", path, c.form)
			var answer struct{ Error string }
			if c.status != 204 {
				if err := json.Unmarshal([]byte(body), &answer); err != nil {
					t.Errorf("%s is no JSON: %v", body, err)
				}
			}
			if status != c.status || !strings.Contains(answer.Error, c.says) {
				t.Errorf("%d %s", status, body)
			}
			if c.status != 204 {
				if len(f.intents) != 0 || len(f.hungUp) != 0 {
					t.Errorf("a refused click left %v %v", f.intents, f.hungUp)
				}
				return
			}
			c.want.SessionID, c.want.ServerID = 70, 4
			if len(f.intents) != 1 || f.intents[0].ID == 0 {
				t.Fatalf("intents %+v", f.intents)
			}
			c.want.ID = f.intents[0].ID
			if f.intents[0] != c.want || len(f.notified) != 1 || f.notified[0] != c.want.ID {
				t.Errorf("intent %+v, want %+v; notified %v", f.intents[0], c.want, f.notified)
			}
		})
	}
}

func TestHangupReachesTheServerItself(t *testing.T) {
	f := newFake()
	f.seat()
	s := newSite(t, f).as(t, "nadia")
	s.do(t, "POST", "/desk/hangup", url.Values{"call": {"99"}})
	if len(f.hungUp) != 1 || f.hungUp[0] != "tl-c-99" {
		t.Errorf("hung up %v", f.hungUp)
	}
	f.amd = dialer.ErrNotFound // the channel has gone: that is what was asked for
	if status, _, _ := s.do(t, "POST", "/desk/hangup", url.Values{"call": {"99"}}); status != 204 {
		t.Errorf("a channel that has gone: %d", status)
	}
	f.amd = errAway
	status, body, _ := s.do(t, "POST", "/desk/hangup", url.Values{"call": {"99"}})
	if status != 503 || !strings.Contains(body, "tel-1 does not answer") || strings.Contains(body, "secret") || len(f.intents) != 3 {
		t.Errorf("%d %s", status, body)
	}
	if status, _, _ := s.do(t, "POST", "/desk/ready", url.Values{}); status != 204 {
		t.Errorf("an intent whose notice is lost stands in its row: %d", status)
	}
	f.hears = true
	if status, _, _ := s.do(t, "POST", "/desk/hangup", url.Values{"call": {"99"}}); status != 204 {
		t.Errorf("listen finds the hang-up in the database: %d", status)
	}
}

func TestConnectRingsOrDropsTheLostLeg(t *testing.T) {
	f := newFake()
	f.seat()
	s := newSite(t, f).as(t, "nadia")
	if status, _, _ := s.do(t, "POST", "/desk/connect", url.Values{}); status != 204 || len(f.rung) != 0 {
		t.Errorf("with a leg: %d, rung %v", status, f.rung)
	}
	if status, _, _ := s.do(t, "POST", "/desk/connect", url.Values{"lost": {"1"}}); status != 204 || len(f.hungUp) != 1 || f.hungUp[0] != "tl-a-70-1" || len(f.rung) != 1 {
		t.Errorf("with a lost leg: %d, hung up %v, rung %v", status, f.hungUp, f.rung)
	}
	f.shift.Session.Leg, f.rung = "", nil
	if status, _, _ := s.do(t, "POST", "/desk/connect", url.Values{}); status != 204 || len(f.rung) != 1 || f.rung[0] != "n1 "+dialer.SessionID(70).Channel(testNow.UnixMilli()) {
		t.Errorf("without a leg: %d, rung %v", status, f.rung)
	}
	f.amd = errAway
	if status, body, _ := s.do(t, "POST", "/desk/connect", url.Values{}); status != 503 || !strings.Contains(body, "tel-1") {
		t.Errorf("a server that is away: %d %s", status, body)
	}
	if len(f.intents) != 0 {
		t.Errorf("a server that is down finds what it cannot do: %+v", f.intents)
	}
	// No wire leads there, and it is well: it finds in the database that it has to
	// ring, as the leg of the try by wire.
	f.hears = true
	for _, lost := range []string{"", "1"} {
		f.intents = nil
		if lost != "" {
			f.shift.Session.Leg = "tl-a-70-1"
		}
		status, _, _ := s.do(t, "POST", "/desk/connect", url.Values{"lost": {lost}})
		if status != 204 || len(f.intents) != 1 || f.intents[0].Kind != dialer.IntentRing || f.intents[0].SessionID != 70 || f.intents[0].Args.Leg != testNow.UnixMilli() {
			t.Errorf("by the database, lost %q: %d, %+v", lost, status, f.intents)
		}
	}
}

func TestWithoutAShift(t *testing.T) {
	s := newSite(t, newFake()).as(t, "nadia")
	if status, _, head := s.do(t, "GET", "/desk", nil); status != 303 || head.Get("Location") != "/login" {
		t.Errorf("the desk: %d", status)
	}
	if status, body, _ := s.do(t, "POST", "/desk/ready", url.Values{}); status != 409 || !strings.Contains(body, "shift has ended") {
		t.Errorf("a click: %d %s", status, body)
	}
}

func TestPhoneIsForItsAgentOnly(t *testing.T) {
	f := newFake()
	f.seat()
	s := newSite(t, f).as(t, "nadia")
	_, body, _ := s.do(t, "GET", "/desk/phone", nil)
	var p map[string]string
	if err := json.Unmarshal([]byte(body), &p); err != nil || p["secret"] != "sip-secret" || p["domain"] != "tel-1.example" || p["ws_url"] != "wss://tel-1.example:8089/ws" {
		t.Errorf("%s, %v", body, err)
	}
	if _, body, _ := s.do(t, "GET", "/desk", nil); strings.Contains(body, "sip-secret") {
		t.Error("the page holds the phone's secret")
	}
	if status, _, _ := s.as(t, "rosa").do(t, "GET", "/desk/phone", nil); status != 409 {
		t.Errorf("somebody else: %d", status)
	}
}

func run(t *testing.T, s *site) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.ui.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestStreamFollowsSessionAndCall(t *testing.T) {
	f := newFake()
	f.seat()
	s := newSite(t, f).as(t, "nadia")
	run(t, s)
	next := s.stream(t, "/desk/events")
	_, data := next("desk")
	var snap struct {
		Session, State string
		Call           *struct{ ID, State, Number string }
		Phone          struct{ Connected bool }
	}
	if err := json.Unmarshal([]byte(data), &snap); err != nil {
		t.Fatal(err)
	}
	if snap.Session != "70" || snap.State != "INCALL" || snap.Call == nil || snap.Call.ID != "99" || snap.Call.Number != "+16145550142" || !snap.Phone.Connected {
		t.Errorf("the first snapshot: %s", data)
	}
	f.mu.Lock()
	f.desk.Call.Call.State = dialer.CallHeld
	f.events = append(f.events, dialer.Event{ID: 41, SessionID: 12}, dialer.Event{ID: 42, Kind: dialer.EventCall, CallID: 99}) // names the call alone
	f.mu.Unlock()
	s.ui.Wake()
	id, data := next("desk")
	if id != "42" || !strings.Contains(data, "HELD") {
		t.Errorf("after the call's event: %s %s", id, data)
	}
	f.mu.Lock()
	f.desk.Session.State = dialer.AgentWrapUp
	f.events = append(f.events, dialer.Event{ID: 43, Kind: dialer.EventAgent, SessionID: 70})
	f.mu.Unlock()
	s.ui.Wake()
	if id, data = next("desk"); id != "43" || !strings.Contains(data, "WRAPUP") {
		t.Errorf("after the session's event: %s %s", id, data)
	}
}

func TestStreamSaysWhenTheDatabaseIsAwayAndRecovers(t *testing.T) {
	f := newFake()
	f.seat()
	s := newSite(t, f).as(t, "nadia")
	run(t, s)
	next := s.stream(t, "/desk/events")
	next("desk")
	f.mu.Lock()
	f.down = errAway
	f.mu.Unlock()
	if _, data := next("trouble"); !strings.Contains(data, "database does not answer") || strings.Contains(data, "secret") {
		t.Errorf("trouble: %s", data)
	}
	f.mu.Lock()
	f.down = nil
	f.mu.Unlock()
	if _, data := next("desk"); !strings.Contains(data, "INCALL") {
		t.Errorf("after it is back: %s", data)
	}
}

func TestOpenPagesAreSeen(t *testing.T) {
	f := newFake()
	f.seat()
	s := newSite(t, f).as(t, "nadia")
	s.stream(t, "/desk/events")("desk")
	if err := s.ui.tail.Beat(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(f.seen) != 1 || f.seen[0] != 70 {
		t.Errorf("seen %v", f.seen)
	}
}

// A page that beats is there while it does, not while its socket is open.
func TestPagesSayThatTheyAreThere(t *testing.T) {
	f := newFake()
	f.seat()
	f.desk.Session.Since = testNow.Add(-90 * time.Second)
	f.desk.Preview, f.desk.Session.PreviewSince = &dialer.Lead{ID: 6}, new(testNow.Add(-7*time.Second))
	s := newSite(t, f).as(t, "nadia")
	next := s.stream(t, "/desk/events?beat=1")
	if _, data := next("desk"); !strings.Contains(data, `"preview_ms":7000`) {
		t.Errorf("who is looked at: %s", data)
	}
	if _, data := next("ping"); data != `{"since_ms":90000,"call_ms":0,"preview_ms":7000}` {
		t.Errorf("a quiet stream says %s", data)
	}
	if status, _, _ := s.do(t, "POST", "/desk/beat", url.Values{"session": {"70"}}); status != 204 {
		t.Errorf("a beat: %d", status)
	}
	if status, _, _ := s.do(t, "POST", "/desk/beat", url.Values{"session": {"71"}}); status != 409 {
		t.Errorf("a beat for a shift that has ended: %d", status)
	}
	if got := s.ui.hub.Seen(); !slices.Equal(got, []dialer.SessionID{70}) {
		t.Errorf("seen %v", got)
	}
	other := newSite(t, f).as(t, "nadia") // another web server, which has no stream of hers
	if status, _, _ := other.do(t, "POST", "/desk/beat", url.Values{"session": {"70"}}); status != 204 || len(other.ui.hub.Seen()) != 1 {
		t.Errorf("a beat elsewhere: %d, seen %v", status, other.ui.hub.Seen())
	}
}

// A look that failed is made again although nothing tells of a change.
func TestStreamLooksAgainByItself(t *testing.T) {
	f := newFake()
	f.seat()
	s := newSite(t, f).as(t, "nadia")
	next := s.stream(t, "/desk/events") // nothing follows the events here
	next("desk")
	f.mu.Lock()
	f.down = errAway
	f.mu.Unlock()
	s.ui.hub.WakeSession(70)
	next("trouble")
	f.mu.Lock()
	f.down = nil
	f.mu.Unlock()
	if _, data := next("desk"); !strings.Contains(data, "INCALL") {
		t.Errorf("after it is back: %s", data)
	}
}

func TestDeskHoldsItsChoices(t *testing.T) {
	f := newFake()
	f.seat()
	s := newSite(t, f).as(t, "nadia")
	_, body, _ := s.do(t, "GET", "/desk", nil)
	for _, want := range []string{`data-testid="status-SALE"`, `data-status="DNC"`, `data-code="LUNCH"`, "<kbd>1</kbd>", `data-testid="do-hangup"`, `aria-live="assertive"`, "Nadia K."} {
		if !strings.Contains(body, want) {
			t.Errorf("the desk lacks %s", want)
		}
	}
	_, body, _ = s.do(t, "GET", "/desk/about?lead=5", nil)
	if !strings.Contains(body, "No answer") || !strings.Contains(body, testNow.Format("15:04")) {
		t.Errorf("history %s", body)
	}
}

// TestPauseWithoutReasons: where an administrator has deleted every reason, the
// desk offers a pause all the same.
func TestPauseWithoutReasons(t *testing.T) {
	f := newFake()
	f.seat()
	f.noCodes = true
	s := newSite(t, f).as(t, "nadia")
	_, body, _ := s.do(t, "GET", "/desk", nil)
	offered := regexp.MustCompile(`data-code="([A-Z]{1,6})"`).FindStringSubmatch(body)
	if offered == nil {
		t.Fatal("the desk offers no pause")
	}
	status, body, _ := s.do(t, "POST", "/desk/pause", url.Values{"code": {offered[1]}})
	if status != 204 || len(f.intents) != 1 || f.intents[0].Args.Code != offered[1] {
		t.Errorf("%d %s, intents %+v", status, body, f.intents)
	}
}

func TestCampaignStreamIsShared(t *testing.T) {
	f := newFake()
	s := newSite(t, f).as(t, "rosa")
	run(t, s)
	first := s.stream(t, "/campaigns/AUTUMN/events")
	if _, data := first(""); !strings.Contains(data, "1,234") {
		t.Errorf("the first viewer: %s", data)
	}
	for range 20 {
		if _, data := s.stream(t, "/campaigns/AUTUMN/events")(""); !strings.Contains(data, "1,234") {
			t.Errorf("another viewer: %s", data)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.liveReads > 3 { // one, and a few more if the machine is slow
		t.Errorf("21 viewers cost %d queries", f.liveReads)
	}
}

func TestCampaignChanges(t *testing.T) {
	f := newFake()
	s := newSite(t, f).as(t, "rosa")
	for path, want := range map[string]string{"start": "AUTUMN start", "stop": "AUTUMN stop"} {
		f.changes = nil
		status, _, head := s.do(t, "POST", "/campaigns/AUTUMN/"+path, url.Values{})
		if status != 303 || head.Get("Location") != "/campaigns/AUTUMN" || len(f.changes) != 1 || f.changes[0] != want {
			t.Errorf("%s: %d %v", path, status, f.changes)
		}
	}
	for level, status := range map[string]int{"0": 303, "20": 303, "1,5": 303, "20.1": 422, "-1": 422, "many": 422, "": 422, "NaN": 422, "+Inf": 422} {
		got, body, _ := s.do(t, "POST", "/campaigns/AUTUMN/level", url.Values{"level": {level}})
		if got != status {
			t.Errorf("level %q: %d", level, got)
		}
		if got == 422 && (!strings.Contains(body, `data-testid="level-error"`) || !strings.Contains(body, `value="`+level+`"`)) {
			t.Errorf("level %q: what was typed, or why it is wrong, is missing", level)
		}
	}
}

func TestTheScriptIsTheCampaignsOwn(t *testing.T) {
	f := newFake()
	f.seat()
	s := newSite(t, f).as(t, "nadia")
	says := func(lead string) (int, string) {
		status, body, _ := s.do(t, "GET", "/desk/about?lead="+lead, nil)
		if status == 204 {
			return status, body
		}
		var a struct{ Script string }
		if err := json.Unmarshal([]byte(body), &a); err != nil {
			t.Error(err)
		}
		return status, a.Script
	}
	if status, got := says("5"); status != 200 || got != "<p>Good day <mark>Marisol</mark>.</p>" {
		t.Errorf("%d %s", status, got)
	}
	if status, got := says("6"); status != 204 || got != "" {
		t.Errorf("somebody else's lead: %d %s", status, got)
	}
	// Who is looked at before the call, too.
	f.shift.Session.PreviewID = 6
	if status, got := says("6"); status != 200 || !strings.Contains(got, "Junia") {
		t.Errorf("a preview: %d %s", status, got)
	}
}

func TestShiftGoesOnOnAnotherServer(t *testing.T) {
	f := newFake()
	f.seat()
	s := newSite(t, f).as(t, "nadia")
	if status, body, _ := s.do(t, "POST", "/desk/move", url.Values{}); status != 409 || !strings.Contains(body, "up again") {
		t.Errorf("its server is up: %d %s", status, body)
	}
	f.serverDown, f.undecided, f.rung = true, 2, nil // whether the customer is there is found out meanwhile
	f.shift.Phone.Kind = dialer.PhoneSIP             // the page's own is rung once it has registered there
	if status, _, _ := s.do(t, "POST", "/desk/move", url.Values{}); status != 204 || f.shift.Session.ServerID != 5 || f.undecided != 0 || len(f.rung) != 1 {
		t.Errorf("%d, on server %d, to wait %d times more, rung %v", status, f.shift.Session.ServerID, f.undecided, f.rung)
	}
	f.amd, f.rung = errAway, nil
	if status, _, _ := s.do(t, "POST", "/desk/move", url.Values{}); status != 204 {
		t.Errorf("the new server does not ring the phone: %d", status)
	}
	if n := len(f.intents); n == 0 || f.intents[n-1].Kind != dialer.IntentRing || f.intents[n-1].ServerID != 5 {
		t.Errorf("nor will it: %+v", f.intents)
	}
}
