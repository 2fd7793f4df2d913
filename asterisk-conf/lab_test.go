package asteriskconf

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"trunkline/sql/private"
)

// limit is for whatever must happen; it is only reached when something is broken.
const limit = 30 * time.Second

// needAsterisk returns the Asterisk to test with. Without one a test is skipped at home and fails where everything
// is meant to be there.
func needAsterisk(t *testing.T) Runtime {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	rt, err := Find(filepath.Join(filepath.Dir(dir), ".run"))
	private.Missing(t, err)
	return rt
}

func start(t *testing.T, rt Runtime, in Instance) *Running {
	t.Helper()
	in.DiesWithParent = true
	in.Log = testLog{t}
	r, err := Start(t.Context(), rt, in)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			raw, _ := os.ReadFile(r.Instance.LogFile())
			t.Logf("%s:\n%s", r.Instance.Name, raw)
		}
		if err := r.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r
}

type testLog struct{ t *testing.T }

func (l testLog) Write(b []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

// pair is a telephony server with the simulated carrier as its trunk "sim".
type pair struct {
	pbx, carrier *Running
	listen       *amiConn
}

func startPair(t *testing.T, rt Runtime, dir string) *pair {
	t.Helper()
	p := &pair{pbx: start(t, rt, Instance{Kind: PBX, RunDir: dir})}
	p.carrier = start(t, rt, Instance{Kind: Carrier, RunDir: dir, PBX: p.pbx.Instance.SIP(), RingMin: 1, RingMax: 1})
	trunk := fmt.Sprintf(`[sim](trunkline-carrier)
aors = sim
[sim](trunkline-carrier-aor)
contact = sip:%s
[sim](trunkline-identify)
endpoint = sim
match = %s
`, p.carrier.Instance.SIP(), p.carrier.Instance.Address)
	writeGenerated(t, p.pbx, "pjsip_carriers.conf", trunk)
	k := dialAMI(t, p.pbx.Instance, UserKeepalive, p.pbx.Instance.Secrets.Keepalive)
	for _, m := range []string{"res_pjsip.so", "res_pjsip_endpoint_identifier_ip.so"} {
		k.must("Reload", "Module", m)
	}
	p.listen = dialAMI(t, p.pbx.Instance, UserListen, p.pbx.Instance.Secrets.Listen)
	return p
}

// writeGenerated writes as keepalive does: beside, then by rename, for Asterisk's group to read.
func writeGenerated(t *testing.T, r *Running, name, text string) {
	t.Helper()
	f := filepath.Join(r.Instance.GeneratedDir(), name)
	if err := os.WriteFile(f+".new", []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(f+".new", f); err != nil {
		t.Fatal(err)
	}
}

// call places a call as the dialer does.
func (p *pair) call(number, id string, more ...string) {
	p.listen.t.Helper()
	p.listen.must("Originate", append([]string{
		"Channel", "PJSIP/" + number + "@sim", "Context", "trunkline-out", "Exten", "s", "Priority", "1", "Async", "true",
		"ChannelId", id, "CallerID", "4930555", "Variable", "TL_CALL=" + id, "Variable", "PJSIP_HEADER(add,X-Trunkline-Call)=" + id,
	}, more...)...)
}

// ledger waits until the carrier's ledger is as wanted.
func (p *pair) ledger(want func([]Entry) bool) []Entry {
	p.listen.t.Helper()
	var got []Entry
	eventually(p.listen.t, "the carrier's ledger", func() bool {
		var err error
		if got, err = p.carrier.Ledger(); err != nil {
			p.listen.t.Fatal(err)
		}
		return want(got)
	})
	return got
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(limit)
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("waited %s in vain for %s", limit, what)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// amiConn is a few lines of AMI, enough for these tests; the events go into a growing list.
type amiConn struct {
	t  *testing.T
	c  *textproto.Conn
	mu sync.Mutex

	events  []textproto.MIMEHeader
	answers map[string]textproto.MIMEHeader
	n       int
}

func dialAMI(t *testing.T, in Instance, user, secret string) *amiConn {
	t.Helper()
	conn, err := net.Dial("tcp", in.AMI())
	if err != nil {
		t.Fatal(err)
	}
	a := &amiConn{t: t, c: textproto.NewConn(conn), answers: map[string]textproto.MIMEHeader{}}
	t.Cleanup(func() { conn.Close() })
	if _, err := a.c.ReadLine(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			h, err := a.c.ReadMIMEHeader()
			if err != nil {
				return
			}
			a.mu.Lock()
			if h.Get("Event") == "" {
				a.answers[h.Get("ActionID")] = h
			} else {
				a.events = append(a.events, h)
			}
			a.mu.Unlock()
		}
	}()
	a.must("Login", "Username", user, "Secret", secret)
	return a
}

func (a *amiConn) send(action string, pairs ...string) textproto.MIMEHeader {
	a.t.Helper()
	a.n++
	id := fmt.Sprint(a.n)
	lines := []string{"Action: " + action, "ActionID: " + id}
	for i := 0; i < len(pairs); i += 2 {
		lines = append(lines, pairs[i]+": "+pairs[i+1])
	}
	if err := a.c.PrintfLine("%s\r\n", strings.Join(lines, "\r\n")); err != nil {
		a.t.Fatal(err)
	}
	var h textproto.MIMEHeader
	eventually(a.t, "the answer to "+action, func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		h = a.answers[id]
		return h != nil
	})
	return h
}

func (a *amiConn) must(action string, pairs ...string) {
	a.t.Helper()
	if h := a.send(action, pairs...); h.Get("Response") == "Error" {
		a.t.Fatalf("%s: %s", action, h.Get("Message"))
	}
}

// find returns the events of a name.
func (a *amiConn) find(name string) []textproto.MIMEHeader {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []textproto.MIMEHeader
	for _, e := range a.events {
		if name == "" || e.Get("Event") == name {
			out = append(out, e)
		}
	}
	return out
}

// ariEvent is what the tests look at in an event.
type ariEvent struct {
	Type    string
	Args    []string
	Channel struct {
		ID          string
		State       string
		Channelvars map[string]string
	}
}

// application is a Stasis application, attached until the test ends.
type application struct {
	mu     sync.Mutex
	events []ariEvent
	in     Instance
}

// attach connects as an older Asterisk needs it: from us to Asterisk.
func attach(t *testing.T, in Instance) *application {
	t.Helper()
	c, _, err := websocket.Dial(t.Context(), "ws://"+in.HTTP()+"/ari/events?app="+Application+"&api_key="+UserARI+":"+in.Secrets.ARI, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	app := &application{in: in}
	go app.read(t.Context(), c)
	return app
}

func (a *application) read(ctx context.Context, c *websocket.Conn) {
	c.SetReadLimit(1 << 20)
	for {
		_, raw, err := c.Read(ctx)
		if err != nil {
			return
		}
		var e ariEvent
		if json.Unmarshal(raw, &e) != nil {
			continue
		}
		a.mu.Lock()
		a.events = append(a.events, e)
		a.mu.Unlock()
	}
}

// wait returns the first event of a type on a channel; any channel when it is empty.
func (a *application) wait(t *testing.T, kind, channel string) ariEvent {
	t.Helper()
	var got ariEvent
	eventually(t, kind+" of "+channel, func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, e := range a.events {
			if e.Type == kind && (channel == "" || e.Channel.ID == channel) {
				got = e
				return true
			}
		}
		return false
	})
	return got
}

// hangup ends a channel over ARI.
func (a *application) hangup(t *testing.T, channel string) {
	t.Helper()
	a.request(t, http.MethodDelete, "/channels/"+channel)
}

func (a *application) post(t *testing.T, path string) {
	t.Helper()
	a.request(t, http.MethodPost, path)
}

func (a *application) request(t *testing.T, method, path string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, a.in.ARI()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(UserARI, a.in.Secrets.ARI)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		t.Fatalf("%s %s: %s", method, path, resp.Status)
	}
}
