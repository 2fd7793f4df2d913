package ari

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	arilib "github.com/CyCoreSystems/ari/v6"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var quiet = slog.New(slog.DiscardHandler)

func must(t *testing.T, ok bool, format string, args ...any) {
	t.Helper()
	if !ok {
		t.Fatalf(format, args...)
	}
}

// rest is a client of a server that answers by h.
func rest(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	c, err := New(Options{URL: server.URL + "/ari/", User: "u", Password: "p"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); server.Close() })
	return c
}

const channelJSON = `{"id":"c1","name":"PJSIP/a-1","state":"Up","caller":{"name":"n","number":"1"},
	"connected":{"name":"","number":""},"accountcode":"","dialplan":{"context":"x","exten":"s","priority":1},
	"creationtime":"2026-11-23T12:00:00.123+0000","language":"en","tenantid":"new in 22"}`

func TestRequests(t *testing.T) {
	type seen struct{ method, path, query, body string }
	var mu sync.Mutex
	var last seen
	answers := map[string]string{
		"/ari/channels": channelJSON, "/ari/channels/create": channelJSON, "/ari/channels/c1": channelJSON,
		"/ari/channels/c1/snoop/s1": channelJSON, "/ari/channels/c1/play/p1": `{"id":"p1","state":"queued"}`,
		"/ari/bridges/b1/play/p1": `{"id":"p1"}`, "/ari/playbacks/p1": `{"id":"p1","state":"playing"}`, "/ari/channels/c1/variable": `{"value":"v%d"}`,
		"/ari/bridges/b1": `{"id":"b1","channels":["c1"]}`, "/ari/asterisk/ping": `{"ping":"pong"}`,
		"/ari/applications/app/subscription": `{"name":"app","endpoint_ids":["PJSIP/t"]}`,
		"/ari/applications/app":              `{"name":"app","channel_ids":["c1"]}`,
		"/ari/bridges":                       `[{"id":"b1"}]`,
	}
	c := rest(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		b, _ := io.ReadAll(r.Body)
		mu.Lock()
		last = seen{r.Method, strings.TrimPrefix(r.URL.Path, "/ari"), r.URL.RawQuery, string(b)}
		mu.Unlock()
		if user != "u" || password != "p" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		answer, ok := answers[r.URL.Path]
		if !ok || r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if r.Method == http.MethodGet && r.URL.Path == "/ari/channels" {
			answer = "[" + answer + "]"
		}
		_, _ = io.WriteString(w, answer)
	})
	ctx := t.Context()
	ignore := func(_ any, err error) error { return err }
	for _, test := range []struct {
		want seen
		call func() error
	}{
		{seen{"GET", "/channels", "", ""}, func() error {
			list, err := c.Channels(ctx)
			must(t, err != nil || len(list) == 1 && list[0].Caller.Number == "1", "channels %+v", list)
			return err
		}},
		{seen{"GET", "/channels/c1", "", ""}, func() error {
			ch, err := c.Channel(ctx, "c1")
			must(t, err != nil || ch.Name == "PJSIP/a-1", "channel %+v", ch)
			return err
		}},
		{seen{"POST", "/channels", "", `{"endpoint":"PJSIP/1@t","timeout":30,"app":"app","channelId":"c1","variables":{"A":"1%d"}}`}, func() error {
			ch, err := c.Originate(ctx, OriginateRequest{Endpoint: "PJSIP/1@t", Timeout: 30, App: "app", ChannelID: "c1", Variables: map[string]string{"A": "1%d"}})
			must(t, err != nil || ch.ID == "c1", "originated %+v", ch)
			return err
		}},
		{seen{"POST", "/channels/create", "", `{"endpoint":"PJSIP/1","app":"app","channelId":"c1","variables":{"A":"1"}}`}, func() error {
			return ignore(c.CreateChannel(ctx, CreateRequest{
				ChannelCreateRequest: arilib.ChannelCreateRequest{Endpoint: "PJSIP/1", App: "app", ChannelID: "c1"},
				Variables:            map[string]string{"A": "1"},
			}))
		}},
		{seen{"POST", "/channels/c1/dial", "", `{"caller":"c2","timeout":20}`}, func() error { return c.Dial(ctx, "c1", "c2", 20*time.Second) }},
		{seen{"POST", "/channels/c1/answer", "", ""}, func() error { return c.Answer(ctx, "c1") }},
		{seen{"POST", "/channels/c1/ring", "", ""}, func() error { return c.Ring(ctx, "c1") }},
		{seen{"DELETE", "/channels/c1/ring", "", ""}, func() error { return c.StopRing(ctx, "c1") }},
		{seen{"DELETE", "/channels/c1", "reason_code=34", ""}, func() error { return c.Hangup(ctx, "c1", 34) }},
		{seen{"DELETE", "/channels/c1", "", ""}, func() error { return c.Hangup(ctx, "c1", 0) }},
		{seen{"POST", "/channels/c1/continue", "", `{"context":"amd","extension":"s","priority":1}`}, func() error { return c.Continue(ctx, "c1", "amd", "s", 1) }},
		{seen{"POST", "/channels/c1/redirect", "", `{"endpoint":"PJSIP/2"}`}, func() error { return c.Redirect(ctx, "c1", "PJSIP/2") }},
		{seen{"POST", "/channels/c1/play/p1", "", `{"media":["sound:a","sound:b"]}`}, func() error { return ignore(c.Play(ctx, "c1", "p1", "sound:a", "sound:b")) }},
		{seen{"GET", "/playbacks/p1", "", ""}, func() error { return ignore(c.Playback(ctx, "p1")) }},
		{seen{"DELETE", "/playbacks/p1", "", ""}, func() error { return c.StopPlayback(ctx, "p1") }},
		{seen{"POST", "/channels/c1/mute", "", `{"direction":"in"}`}, func() error { return c.Mute(ctx, "c1", In) }},
		{seen{"DELETE", "/channels/c1/mute", "direction=both", ""}, func() error { return c.Unmute(ctx, "c1", Both) }},
		{seen{"POST", "/channels/c1/moh", "", `{"mohClass":"x"}`}, func() error { return c.StartMOH(ctx, "c1", "x") }},
		{seen{"DELETE", "/channels/c1/moh", "", ""}, func() error { return c.StopMOH(ctx, "c1") }},
		{seen{"POST", "/channels/c1/dtmf", "", `{"dtmf":"1#w","between":250}`}, func() error {
			return c.SendDTMF(ctx, "c1", "1#w", DTMFOptions{Between: 250 * time.Millisecond})
		}},
		{seen{"POST", "/channels/c1/variable", "", `{"value":"a, \"b\" %d","variable":"CALLERID(num)"}`}, func() error {
			return c.SetVariable(ctx, "c1", "CALLERID(num)", `a, "b" %d`)
		}},
		{seen{"GET", "/channels/c1/variable", "variable=A%26B", ""}, func() error {
			v, err := c.Variable(ctx, "c1", "A&B")
			must(t, err != nil || v == "v%d", "variable %q", v)
			return err
		}},
		{seen{"POST", "/channels/c1/snoop/s1", "", `{"app":"app","spy":"both","whisper":"out"}`}, func() error {
			return ignore(c.Snoop(ctx, "c1", "s1", SnoopOptions{App: "app", Spy: Both, Whisper: Out}))
		}},
		{seen{"GET", "/bridges", "", ""}, func() error { return ignore(c.Bridges(ctx)) }},
		{seen{"GET", "/bridges/b1", "", ""}, func() error { return ignore(c.Bridge(ctx, "b1")) }},
		{seen{"POST", "/bridges/b1", "", `{"type":"mixing,dtmf_events","name":"n"}`}, func() error {
			b, err := c.CreateBridge(ctx, "b1", "mixing,dtmf_events", "n")
			must(t, err != nil || b.ChannelIDs[0] == "c1", "bridge %+v", b)
			return err
		}},
		{seen{"DELETE", "/bridges/b1", "", ""}, func() error { return c.DeleteBridge(ctx, "b1") }},
		{seen{"POST", "/bridges/b1/addChannel", "", `{"channel":["c1","c2"],"mute":true,"absorbDTMF":true}`}, func() error {
			return c.AddChannel(ctx, "b1", AddOptions{Mute: true, AbsorbDTMF: true}, "c1", "c2")
		}},
		{seen{"POST", "/bridges/b1/removeChannel", "", `{"channel":["c1"]}`}, func() error { return c.RemoveChannel(ctx, "b1", "c1") }},
		{seen{"POST", "/bridges/b1/play/p1", "", `{"media":["sound:a"]}`}, func() error { return ignore(c.PlayToBridge(ctx, "b1", "p1", "sound:a")) }},
		{seen{"POST", "/bridges/b1/moh", "", `{}`}, func() error { return c.StartBridgeMOH(ctx, "b1", "") }},
		{seen{"DELETE", "/bridges/b1/moh", "", ""}, func() error { return c.StopBridgeMOH(ctx, "b1") }},
		{seen{"POST", "/applications/app/subscription", "", `{"eventSource":["endpoint:PJSIP/t"]}`}, func() error {
			a, err := c.Subscribe(ctx, "app", "endpoint:PJSIP/t")
			must(t, err != nil || a.EndpointIDs[0] == "PJSIP/t", "application %+v", a)
			return err
		}},
		{seen{"DELETE", "/applications/app/subscription", "eventSource=bridge%3Ab1", ""}, func() error { return c.Unsubscribe(ctx, "app", "bridge:b1") }},
		{seen{"GET", "/applications/app", "", ""}, func() error { return ignore(c.Application(ctx, "app")) }},
		{seen{"PUT", "/applications/app/eventFilter", "", `{"allowed":[],"disallowed":[{"type":"ChannelVarset"}]}`}, func() error {
			return c.SetEventFilter(ctx, "app", EventFilter{Disallowed: []string{"ChannelVarset"}})
		}},
		{seen{"GET", "/asterisk/ping", "", ""}, func() error { return c.Ping(ctx) }},
	} {
		err := test.call()
		mu.Lock()
		got := last
		mu.Unlock()
		if err != nil || got != test.want {
			t.Errorf("got  %+v (%v)\nwant %+v", got, err, test.want)
		}
	}
}

func TestErrorsKeepAsterisksMessage(t *testing.T) {
	answers := map[string]func(http.ResponseWriter){
		"/ari/channels/gone": func(w http.ResponseWriter) {
			w.WriteHeader(404)
			_, _ = io.WriteString(w, `{"message":"Channel not found"}`)
		},
		"/ari/channels/twice": func(w http.ResponseWriter) {
			w.WriteHeader(409)
			_, _ = io.WriteString(w, `{"message":"Channel with given unique ID already exists"}`)
		},
		"/ari/channels/broken": func(w http.ResponseWriter) {
			w.WriteHeader(500)
			_, _ = io.WriteString(w, `{"error":"Allocation failed"}`)
		},
		"/ari/channels/html": func(w http.ResponseWriter) {
			w.WriteHeader(503)
			_, _ = io.WriteString(w, "<html>overload</html>")
		},
		"/ari/channels/moved": func(w http.ResponseWriter) { w.Header().Set("Location", "/elsewhere"); w.WriteHeader(302) },
		"/ari/channels/short": func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{"id":`) },
		"/ari/asterisk/ping":  func(w http.ResponseWriter) { _, _ = io.WriteString(w, `{}`) },
	}
	c := rest(t, func(w http.ResponseWriter, r *http.Request) { answers[r.URL.Path](w) })
	for id, want := range map[string]Error{
		"gone":   {404, "GET", "/channels/gone", "Channel not found"},
		"twice":  {409, "GET", "/channels/twice", "Channel with given unique ID already exists"},
		"broken": {500, "GET", "/channels/broken", "Allocation failed"},
		"html":   {503, "GET", "/channels/html", "<html>overload</html>"},
		"moved":  {302, "GET", "/channels/moved", ""},
	} {
		_, err := c.Channel(t.Context(), id)
		var e *Error
		must(t, errors.As(err, &e) && *e == want, "%s: %v", id, err)
		must(t, IsNotFound(err) == (want.Status == 404) && IsConflict(err) == (want.Status == 409), "%s: kind", id)
		must(t, strings.Contains(err.Error(), want.Message), "%s: %v", id, err)
	}
	_, err := c.Channel(t.Context(), "short")
	must(t, err != nil, "half an answer was taken")
	must(t, c.Ping(t.Context()) != nil, "an answer without a pong was taken")
}

func TestTimeouts(t *testing.T) {
	leave := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/body") {
			w.WriteHeader(200)
			_, _ = io.WriteString(w, `{"id":`)
			w.(http.Flusher).Flush()
		}
		select {
		case <-leave:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(leave)
	short, err := New(Options{URL: server.URL, Timeout: 20 * time.Millisecond})
	must(t, err == nil, "new: %v", err)
	defer short.Close()
	for _, id := range []string{"header", "body"} {
		_, err := short.Channel(t.Context(), id)
		must(t, errors.Is(err, context.DeadlineExceeded), "%s: %v", id, err)
	}
	long, err := New(Options{URL: server.URL, Timeout: time.Hour})
	must(t, err == nil, "new: %v", err)
	defer long.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go cancel()
	_, err = long.Channel(ctx, "header")
	must(t, errors.Is(err, context.Canceled), "cancelled: %v", err)
}

func TestValuesAreRefusedBeforeAnythingIsSent(t *testing.T) {
	c := rest(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("sent: %s", r.URL) })
	ctx := t.Context()
	var errs []error
	for _, id := range []string{"", "a/b", "..", ".", "a?b", "a%2Fb", "a b", "a\n", "é", "a#b", strings.Repeat("x", 150)} {
		_, channel := c.Channel(ctx, id)
		_, bridge := c.CreateBridge(ctx, id, "mixing", "")
		_, play := c.Play(ctx, "c", id, "sound:a")
		_, snoop := c.Snoop(ctx, "c", id, SnoopOptions{})
		_, app := c.Application(ctx, id)
		errs = append(errs, channel, bridge, play, snoop, app, c.Hangup(ctx, id, 16),
			c.AddChannel(ctx, "b", AddOptions{}, "c", id), c.RemoveChannel(ctx, "b", id))
		if id != "" {
			_, originate := c.Originate(ctx, OriginateRequest{ChannelID: id})
			errs = append(errs, originate, c.Dial(ctx, "c", id, 0))
		}
	}
	for _, text := range []string{"a\r\nX-Evil: 1", "a\n", "\r", "a\x00b"} {
		_, variable := c.Originate(ctx, OriginateRequest{Endpoint: "a", Variables: map[string]string{"A": text}})
		_, name := c.Originate(ctx, OriginateRequest{Endpoint: "a", Variables: map[string]string{text: "v"}})
		_, caller := c.Originate(ctx, OriginateRequest{Endpoint: "a", CallerID: text})
		_, read := c.Variable(ctx, "c", text)
		_, media := c.Play(ctx, "c", "p", text)
		_, app := c.Subscribe(ctx, "app", text)
		errs = append(errs, variable, name, caller, read, media, app, c.SetVariable(ctx, "c", "n", text),
			c.SendDTMF(ctx, "c", text, DTMFOptions{}), c.StartMOH(ctx, "c", text), c.Redirect(ctx, "c", text))
	}
	errs = append(errs, c.SendDTMF(ctx, "c", "1;2", DTMFOptions{}), c.SendDTMF(ctx, "c", "", DTMFOptions{}),
		c.Hangup(ctx, "c", 128), c.Hangup(ctx, "c", -1), c.Mute(ctx, "c", None), c.Unmute(ctx, "c", "x"),
		c.Dial(ctx, "c", "", -time.Second))
	for i, err := range errs {
		var v *ValueError
		must(t, errors.As(err, &v), "case %d was not refused: %v", i, err)
	}
	for _, u := range []string{"", "127.0.0.1:8088", "ftp://a/ari", "http://a/ari?x=1"} {
		_, err := New(Options{URL: u})
		must(t, err != nil, "took %q", u)
	}
	// A backslash before a letter is not a line end.
	b, _ := json.Marshal(`C:\new\row\u0000`)
	must(t, checkJSON(b) == nil, "refused %s", b)
}

func TestVariables(t *testing.T) {
	old := false
	c := rest(t, func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Query().Get("variable")
		switch {
		case strings.HasSuffix(r.URL.Path, "/variables") && !old:
			_, _ = io.WriteString(w, `{"variables":{"A":"1","B":""}}`)
		case name == "A":
			_, _ = io.WriteString(w, `{"value":"1"}`)
		case strings.HasPrefix(name, "F("):
			_, _ = io.WriteString(w, `{"value":"f"}`)
		case name == "B":
			w.WriteHeader(404)
			_, _ = io.WriteString(w, `{"message":"Provided variable was not found"}`)
		default:
			w.WriteHeader(404)
			_, _ = io.WriteString(w, `{"message":"Channel not found"}`)
		}
	})
	for _, old = range []bool{false, true} {
		v, err := c.Variables(t.Context(), "c", "A", "B")
		must(t, err == nil && len(v) == 2 && v["A"] == "1" && v["B"] == "", "old %v: %v %v", old, v, err)
		v, err = c.Variables(t.Context(), "c", "A", "F(x,y)")
		must(t, err == nil && v["F(x,y)"] == "f", "function: %v %v", v, err)
	}
	_, err := c.Variables(t.Context(), "c", "C")
	must(t, IsNotFound(err), "no channel: %v", err)
}

func TestInfoTellsARestart(t *testing.T) {
	started := "2026-11-23T12:00:00.123+0000"
	c := rest(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"system":{"version":"22.10.1","entity_id":"e"},"status":{"startup_time":"`+started+`","last_reload_time":"`+started+`"}}`)
	})
	first, err := c.Info(t.Context())
	must(t, err == nil && first.SystemInfo.Version == "22.10.1", "info %+v %v", first, err)
	must(t, StartedAt(first).Equal(time.Date(2026, 11, 23, 12, 0, 0, 123e6, time.UTC)), "started %v", StartedAt(first))
	started = "2026-11-23T12:00:01.000+0000"
	second, err := c.Info(t.Context())
	must(t, err == nil && StartedAt(second).After(StartedAt(first)), "restart not seen: %v", err)
}

// Asterisk repeats a 409 on the connection that got one, whatever goes wrong
// there later, so such a connection must not be used again.
func TestAConnectionThatGotAConflictIsNotUsedAgain(t *testing.T) {
	var mu sync.Mutex
	stained := map[string]bool{}
	c := rest(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if strings.HasSuffix(r.URL.Path, "/twice") {
			stained[r.RemoteAddr] = true
		}
		if stained[r.RemoteAddr] {
			w.WriteHeader(http.StatusConflict)
			return
		}
		w.WriteHeader(http.StatusInternalServerError)
	})
	for range 3 {
		_, err := c.Channel(t.Context(), "twice")
		must(t, IsConflict(err), "conflict: %v", err)
		_, err = c.Channel(t.Context(), "other")
		must(t, hasStatus(err, http.StatusInternalServerError), "after a conflict: %v", err)
	}
}
