package webui

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"trunkline/dialer"
)

func TestSupervisorsClicks(t *testing.T) {
	f := newFake()
	f.seat()
	s := newSite(t, f).as(t, "rosa")
	begin := url.Values{"session": {"70"}, "mode": {"whisper"}}
	status, body, _ := s.do(t, "POST", "/watch", begin)
	if status != 200 || f.watch == nil || f.watch.SessionID != 70 || f.watch.UserID != 2 || f.watch.Mode != dialer.WatchWhisper {
		t.Fatalf("%d %s %+v", status, body, f.watch)
	}
	id := f.watch.ID
	if len(f.rung) != 1 || f.rung[0] != "boss "+id.Channel(testNow.UnixMilli()) || !strings.Contains(body, id.String()) {
		t.Errorf("rung %v, told %s", f.rung, body)
	}
	for path, want := range map[string]dialer.Intent{
		"mode": {ServerID: f.watch.ServerID, Kind: dialer.IntentWatch, Args: dialer.IntentArgs{Watch: id, Mode: dialer.WatchTakeOver}},
		"end":  {ServerID: f.watch.ServerID, Kind: dialer.IntentUnwatch, Args: dialer.IntentArgs{Watch: id}},
	} {
		f.intents = nil
		status, body, _ := s.do(t, "POST", "/watch/"+id.String()+"/"+path, url.Values{"mode": {"takeover"}})
		if status != 204 || len(f.intents) != 1 {
			t.Fatalf("%s: %d %s", path, status, body)
		}
		want.ID = f.intents[0].ID
		if f.intents[0] != want {
			t.Errorf("%s: %+v, want %+v", path, f.intents[0], want)
		}
	}
	f.refusal = "The agent has no customer on the line."
	if status, body, _ := s.do(t, "POST", "/watch/"+id.String()+"/mode", url.Values{"mode": {"takeover"}}); status != 409 || !strings.Contains(body, f.refusal) {
		t.Errorf("refused by listen: %d %s", status, body)
	}
	want := []string{"2 from 127.0.0.1: whisper", "2 from 127.0.0.1: whisper to takeover", "2 from 127.0.0.1: whisper to takeover", "2 from 127.0.0.1: no takeover: " + f.refusal}
	if !slices.Equal(f.noted, want) {
		t.Errorf("the audit log has %q, want %q", f.noted, want)
	}
	for name, c := range map[string]struct {
		path   string
		form   url.Values
		status int
	}{
		"an unknown mode":      {"/watch", url.Values{"session": {"70"}, "mode": {"shout"}}, 422},
		"taking over at once":  {"/watch", url.Values{"session": {"70"}, "mode": {"takeover"}}, 422},
		"nobody there":         {"/watch", url.Values{"session": {"71"}, "mode": {"listen"}}, 404},
		"somebody else's ear":  {"/watch/12345678/mode", url.Values{"mode": {"listen"}}, 409},
		"an id that is no id":  {"/watch/x;y/end", url.Values{}, 409},
		"a session of letters": {"/watch", url.Values{"session": {"70 OR 1=1"}, "mode": {"listen"}}, 404},
	} {
		if status, body, _ := s.do(t, "POST", c.path, c.form); status != c.status {
			t.Errorf("%s: %d %s, want %d", name, status, body, c.status)
		}
	}
	status, body, head := s.do(t, "GET", "/watch", nil)
	if status != 200 || !strings.Contains(body, "No sound from the phone") || !strings.Contains(head.Get("Content-Security-Policy"), "wss://tel-1.example:8089") {
		t.Errorf("the page: %d %s", status, head.Get("Content-Security-Policy"))
	}
}

func TestActionsOnCalls(t *testing.T) {
	call := url.Values{"call": {"99"}}
	with := func(more ...string) url.Values {
		v := url.Values{"call": {"99"}}
		for i := 0; i+1 < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return v
	}
	for path, c := range map[string]struct {
		form   url.Values
		status int
		want   dialer.Intent
		says   string
	}{
		"/desk/record":            {call, 204, dialer.Intent{Kind: "record", Args: dialer.IntentArgs{CallID: 99}}, ""},
		"/desk/record/pause":      {call, 204, dialer.Intent{Kind: "rechold", Args: dialer.IntentArgs{CallID: 99}}, ""},
		"/desk/mute":              {nil, 204, dialer.Intent{Kind: "mute"}, ""},
		"/desk/digits":            {with("digits", "12*#"), 204, dialer.Intent{Kind: "digits", Args: dialer.IntentArgs{CallID: 99, Digits: "12*#"}}, ""},
		"/desk/digits?letters":    {with("digits", "12;DROP"), 422, dialer.Intent{}, "Only 0 to 9"},
		"/desk/digits?CRLF":       {with("digits", "1\r\nAction: Logoff"), 422, dialer.Intent{}, "Only 0 to 9"},
		"/desk/digits?10kB":       {with("digits", strings.Repeat("1", 10240)), 422, dialer.Intent{}, "Only 0 to 9"},
		"/desk/dial":              {url.Values{"number": {"(614) 555-0142"}}, 204, dialer.Intent{Kind: "dial", Args: dialer.IntentArgs{Number: "+16145550142"}}, ""},
		"/desk/dial?none":         {nil, 422, dialer.Intent{}, "Type a number"},
		"/desk/dial?CRLF":         {url.Values{"number": {"+16145550142\r\nX: 1"}}, 422, dialer.Intent{}, "no phone number"},
		"/desk/dial?percent":      {url.Values{"number": {"%s%n614"}}, 422, dialer.Intent{}, "no phone number"},
		"/desk/dial?10kB":         {url.Values{"number": {strings.Repeat("6", 10240)}}, 422, dialer.Intent{}, "no phone number"},
		"/desk/consult":           {with("number", "+44 20 7946 0018"), 204, dialer.Intent{Kind: "consult", Args: dialer.IntentArgs{CallID: 99, Number: "+442079460018"}}, ""},
		"/desk/transfer?quote":    {with("number", `614"5550142`), 422, dialer.Intent{}, "no phone number"},
		"/desk/invite?other-call": {url.Values{"call": {"98"}, "number": {"6145550142"}}, 409, dialer.Intent{}, "over already"},
		"/desk/leave":             {call, 204, dialer.Intent{Kind: "leave", Args: dialer.IntentArgs{CallID: 99}}, ""},
		"/desk/takeback":          {url.Values{"call": {"98"}}, 204, dialer.Intent{Kind: "takeback", Args: dialer.IntentArgs{CallID: 98}}, ""},
		"/desk/message":           {call, 204, dialer.Intent{Kind: "message", Args: dialer.IntentArgs{CallID: 99}}, ""},
	} {
		t.Run(path, func(t *testing.T) {
			f := newFake()
			f.seat()
			s := newSite(t, f).as(t, "nadia")
			if c.form == nil {
				c.form = url.Values{}
			}
			status, body, _ := s.do(t, "POST", path, c.form)
			if status != c.status || !strings.Contains(body, c.says) {
				t.Errorf("%d %s", status, body)
			}
			if c.status != 204 {
				if len(f.intents) != 0 {
					t.Errorf("a refused click left %+v", f.intents)
				}
				return
			}
			c.want.SessionID, c.want.ServerID = 70, 4
			if len(f.intents) != 1 {
				t.Fatalf("intents %+v", f.intents)
			}
			c.want.ID = f.intents[0].ID
			if f.intents[0] != c.want {
				t.Errorf("%+v, want %+v", f.intents[0], c.want)
			}
		})
	}
}
