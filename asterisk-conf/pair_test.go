package asteriskconf

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func TestCallsReachTheirBehaviours(t *testing.T) {
	t.Parallel()
	rt := needAsterisk(t)
	p := startPair(t, rt, t.TempDir())
	app := attach(t, p.pbx.Instance)

	want := map[string]string{
		"00": "human", "01": "machine", "02": "busy", "03": "noanswer", "04": "congestion", "05": "invalid",
		"07": "drop", "09": "short", "12": "declined", "18": "tone", "24": "quiet", "45": "human",
	}
	for suffix := range want {
		more := []string{"Timeout", "4000"}
		if suffix == "00" || suffix == "01" {
			more = append(more, "Variable", "TL_AMD=1")
		}
		p.call("49305550"+suffix, "call-"+suffix, more...)
	}
	for suffix, amd := range map[string]string{"00": "HUMAN", "01": "MACHINE", "18": "", "24": "", "45": ""} {
		e := app.wait(t, "StasisStart", "call-"+suffix)
		if len(e.Args) != 4 || e.Args[0] != "call" || e.Args[1] != "call-"+suffix || e.Args[2] != amd {
			t.Errorf("suffix %s arrived with %q, want AMD %q", suffix, e.Args, amd)
		}
		if got := e.Channel.Channelvars["TL_CALL"]; got != "call-"+suffix {
			t.Errorf("the event of %s carries TL_CALL %q", suffix, got)
		}
		app.hangup(t, "call-"+suffix)
	}
	got := p.ledger(func(es []Entry) bool { return len(es) == len(want) && Summarize(es).Up == 0 })
	for _, e := range got {
		if e.Behaviour != want[e.Suffix] || e.Number != "49305550"+e.Suffix || e.Call != "call-"+e.Suffix || e.Caller != "4930555" {
			t.Errorf("wrong entry %+v", e)
		}
		answers := slices.Contains([]string{"00", "01", "07", "09", "18", "24", "45"}, e.Suffix)
		if answers == e.Answered.IsZero() {
			t.Errorf("%s answered: %v", e.Behaviour, !e.Answered.IsZero())
		}
	}
	eventually(t, "a Hangup event of each call", func() bool { return len(p.listen.find("Hangup")) == len(want) })
	for _, e := range p.listen.find("Hangup") {
		if e.Get("Uniqueid") == "call-02" && (e.Get("Cause") != "17" || e.Get("Techcause") != "SIP 486" && !strings.Contains(e.Get("Techcause"), "486")) {
			t.Errorf("busy ends with %v", e)
		}
	}
	for _, e := range p.listen.find("") {
		if n := e.Get("Event"); !slices.Contains([]string{"OriginateResponse", "Hangup", "FullyBooted", "ContactStatus"}, n) {
			t.Errorf("listen is told of %s", n)
		}
	}
}

// TestLedgerKeepsEveryCall has many calls arrive at once: no line may be lost or mixed with another.
func TestLedgerKeepsEveryCall(t *testing.T) {
	t.Parallel()
	rt := needAsterisk(t)
	p := startPair(t, rt, t.TempDir())
	attach(t, p.pbx.Instance)
	const n = 200
	for i := range n {
		p.call(fmt.Sprintf("4930%04d09", i), fmt.Sprintf("c%d", i))
	}
	got := p.ledger(func(es []Entry) bool { return len(es) >= n && Summarize(es).Up == 0 })
	s := Summarize(got)
	if s.Invites != n || s.Answered != n || len(s.Numbers) != n || len(s.Calls) != n {
		t.Errorf("%d calls left %d INVITEs, %d answers, %d numbers, %d call ids", n, s.Invites, s.Answered, len(s.Numbers), len(s.Calls))
	}
	raw, err := os.ReadFile(p.carrier.Instance.LedgerFile())
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(raw), "\n"); lines < 3*n {
		t.Errorf("%d lines, want at least %d", lines, 3*n)
	}
}

// TestLedgerKeepsCallsThatEndAtOnce: whoever hangs up in the moment of the answer, or before anything happened, has
// called all the same.
func TestLedgerKeepsCallsThatEndAtOnce(t *testing.T) {
	t.Parallel()
	rt := needAsterisk(t)
	p := startPair(t, rt, t.TempDir())
	app := attach(t, p.pbx.Instance)
	const n = 60
	for i := range n {
		p.call(fmt.Sprintf("4930%04d24", i), fmt.Sprintf("a%d", i))
	}
	for i := range n {
		id := fmt.Sprintf("a%d", i)
		app.wait(t, "StasisStart", id)
		app.hangup(t, id)
	}
	// These are cancelled while the carrier's dialplan has hardly begun; the timeout ends those whose channel was not
	// there yet.
	for i := range n {
		p.call(fmt.Sprintf("4930%04d03", i), fmt.Sprintf("b%d", i), "Timeout", "3000")
		p.listen.send("Hangup", "Channel", fmt.Sprintf("b%d", i), "Cause", "16")
	}
	eventually(t, "the end of every call", func() bool { return len(p.listen.find("Hangup")) >= 2*n })
	got := p.ledger(func(es []Entry) bool { return Summarize(es).Up == 0 && len(es) >= n })
	// The carrier numbers its channels: a number that is missing is an INVITE that left no line. Calls whose channel
	// ended here before the INVITE was sent have no number there.
	seen := map[string]bool{}
	for _, e := range got {
		seen[e.UniqueID[strings.LastIndexByte(e.UniqueID, '.')+1:]] = true
	}
	for i := range got {
		if !seen[fmt.Sprint(i)] {
			t.Errorf("the carrier's channel %d of %d is not in its ledger", i, len(got))
		}
	}
	t.Logf("%d of %d cancelled calls had reached the carrier", len(got)-n, n)
	if len(got) == n {
		t.Error("no cancelled call reached the carrier")
	}
	answered := 0
	for _, e := range got {
		if e.Suffix == "24" && !e.Answered.IsZero() && e.Behaviour == "quiet" {
			answered++
		}
		if e.Suffix == "03" && (e.Behaviour != "noanswer" || !e.Answered.IsZero()) {
			t.Errorf("cancelled: %+v", e)
		}
	}
	if answered != n {
		t.Errorf("%d of %d answered calls are in the ledger as answered", answered, n)
	}
}

// TestMix draws from the mix for each of the fifty suffixes that ask for it.
func TestMix(t *testing.T) {
	t.Parallel()
	rt := needAsterisk(t)
	dir := t.TempDir()
	p := startPair(t, rt, dir)
	for i := range 100 {
		p.call(fmt.Sprintf("4930%04d%02d", i, 50+i%50), fmt.Sprintf("m%d", i), "Timeout", "3000")
	}
	got := p.ledger(func(es []Entry) bool { return len(es) == 100 })
	s := Summarize(got)
	if len(s.Behaviours) < 3 || s.Behaviours["human"] == 0 || s.Behaviours["machine"] == 0 || s.Behaviours["mix"] != 0 {
		t.Errorf("a hundred calls of the mix behave as %v", s.Behaviours)
	}
}

// TestNobodyTakesTheCall: an answered call finds no application. It waits for one, and is told goodbye when none comes.
func TestNobodyTakesTheCall(t *testing.T) {
	t.Parallel()
	rt := needAsterisk(t)
	p := startPair(t, rt, t.TempDir())
	p.call("493055524", "late", "Variable", "TL_SAFE_HARBOUR=beep")
	p.ledger(func(es []Entry) bool { return len(es) == 1 && !es[0].Answered.IsZero() })
	p.listen.must("Setvar", "Channel", "late", "Variable", "TL_CALL", "Value", "a,b;c${EXTEN}")
	app := attach(t, p.pbx.Instance)
	e := app.wait(t, "StasisStart", "late")
	// No comma is left to be an argument with, and nothing was evaluated.
	if len(e.Args) != 4 || e.Args[1] != "abcEXTEN" {
		t.Errorf("arguments %q", e.Args)
	}
	app.hangup(t, "late")

	lost := startPair(t, rt, t.TempDir())
	lost.call("493055524", "lost")
	got := lost.ledger(func(es []Entry) bool { return len(es) == 1 && !es[0].Ended.IsZero() })
	if up := got[0].Ended.Sub(got[0].Answered); up < 10*time.Second {
		t.Errorf("a call that nobody took was ended after %s", up)
	}
}

func TestAgentsInboundAndPhones(t *testing.T) {
	t.Parallel()
	rt := needAsterisk(t)
	p := startPair(t, rt, t.TempDir())
	app := attach(t, p.pbx.Instance)

	writeGenerated(t, p.pbx, "pjsip_phones.conf", fmt.Sprintf("[a7](trunkline-sip)\nauth = a7\naors = a7\n[a7](trunkline-auth)\nusername = a7\npassword = x\n[a7](trunkline-aor)\ncontact = sip:phone-7@%s\n", p.carrier.Instance.SIP()))
	k := dialAMI(t, p.pbx.Instance, UserKeepalive, p.pbx.Instance.Secrets.Keepalive)
	k.must("Reload", "Module", "res_pjsip.so")
	web := dialAMI(t, p.pbx.Instance, UserWeb, p.pbx.Instance.Secrets.Web)
	web.must("Originate", "Channel", "PJSIP/a7", "Context", "trunkline-agent", "Exten", "s", "Priority", "1",
		"Async", "true", "ChannelId", "agent-leg", "Variable", "TL_AGENT=7")
	if e := app.wait(t, "StasisStart", "agent-leg"); !slices.Equal(e.Args, []string{"agent", "7"}) || e.Channel.State != "Up" {
		t.Errorf("the agent's leg arrives with %q, %s", e.Args, e.Channel.State)
	}
	if got, err := p.carrier.Ledger(); err != nil || len(got) != 0 {
		t.Errorf("an agent's phone is in the ledger: %v %v", got, err)
	}

	sim := dialAMI(t, p.carrier.Instance, UserKeepalive, p.carrier.Instance.Secrets.Keepalive)
	sim.must("Originate", "Channel", "PJSIP/4930777@pbx", "Context", "quiet", "Exten", "s", "Priority", "1", "Async", "true", "CallerID", "4917012")
	eventually(t, "the inbound call", func() bool {
		app.mu.Lock()
		defer app.mu.Unlock()
		return slices.ContainsFunc(app.events, func(e ariEvent) bool {
			return e.Type == "StasisStart" && slices.Equal(e.Args, []string{"inbound", "4930777"}) && e.Channel.State == "Ring"
		})
	})

	// Least rights.
	for who, forbidden := range map[*amiConn][]string{
		k:        {"Originate", "Channel", "PJSIP/a7", "Application", "Echo"},
		web:      {"Reload", "Module", "res_pjsip.so"},
		p.listen: {"Command", "Command", "core show uptime"},
	} {
		if h := who.send(forbidden[0], forbidden[1:]...); h.Get("Response") != "Error" {
			t.Errorf("%v is allowed: %v", forbidden, h)
		}
	}
	// Class system would let an originate run programs, were the application there.
	p.listen.must("Originate", "Channel", "PJSIP/a7", "Application", "System", "Data", "touch "+p.pbx.Instance.Dir+"/run/touched", "Async", "true", "ChannelId", "shell")
	eventually(t, "the end of the System call", func() bool {
		return slices.ContainsFunc(p.listen.find("Hangup"), func(e textproto.MIMEHeader) bool { return e.Get("Uniqueid") == "shell" })
	})
	if _, err := os.Stat(p.pbx.Instance.Dir + "/run/touched"); err == nil {
		t.Error("an originate ran a program")
	}
	p.listen.must("UserEvent", "UserEvent", "Intent", "Id", "1")
	eventually(t, "the UserEvent at web", func() bool { return len(web.find("UserEvent")) == 1 })
	p.listen.must("CoreShowChannels")
	p.listen.must("MixMonitor", "Channel", "agent-leg", "File", "rec-1.wav")
	eventually(t, "the recording", func() bool {
		st, err := os.Stat(p.pbx.Instance.RecordingsDir() + "/rec-1.wav")
		return err == nil && st.Size() > 0
	})
}

// TestTonePartyHears calls a tone party and sends its tone back: what it heard must be that tone.
func TestTonePartyHears(t *testing.T) {
	t.Parallel()
	rt := needAsterisk(t)
	p := startPair(t, rt, t.TempDir())
	p.listen.must("Originate", "Channel", "PJSIP/493055531@sim", "Application", "Echo", "Async", "true", "ChannelId", "echo")
	file := p.carrier.Instance.HeardFile("493055531")
	eventually(t, "three seconds of what it heard", func() bool {
		st, err := os.Stat(file)
		return err == nil && st.Size() > 3*2*sampleRate
	})
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pcm := raw[44+sampleRate : 44+5*sampleRate] // two seconds, after the first half
	if at, off := level(pcm, 1000), level(pcm, 500); at < 500 || off*20 > at {
		t.Errorf("1000 Hz has level %.0f, 500 Hz %.0f", at, off)
	}
}

// level is the amplitude of one frequency (Goertzel) in 16-bit samples.
func level(pcm []byte, hz float64) float64 {
	var s1, s2 float64
	k := 2 * math.Cos(2*math.Pi*hz/sampleRate)
	n := len(pcm) / 2
	for i := range n {
		v := float64(int16(uint16(pcm[2*i]) | uint16(pcm[2*i+1])<<8))
		s1, s2 = v+k*s1-s2, s1
	}
	return 2 * math.Sqrt(s1*s1+s2*s2-k*s1*s2) / float64(n)
}

// TestAsteriskConnectsToListen is the outbound websocket: calls answered while listen is away wait for it.
func TestAsteriskConnectsToListen(t *testing.T) {
	t.Parallel()
	rt := needAsterisk(t)
	if !rt.OutboundWebsocket() {
		t.Skipf("%s cannot connect by itself", rt)
	}
	app := &application{}
	var mu sync.Mutex
	var conns []*websocket.Conn
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"ari"}})
		if err != nil {
			return
		}
		user, pass, _ := r.BasicAuth()
		mu.Lock()
		conns = append(conns, c)
		mu.Unlock()
		if user != UserWebsocket || pass == "" {
			t.Errorf("Asterisk introduces itself as %q %q", user, pass)
		}
		app.read(t.Context(), c)
	}))
	t.Cleanup(srv.Close)
	dir := t.TempDir()
	in := start(t, rt, Instance{Kind: PBX, RunDir: dir, ListenURI: "ws" + strings.TrimPrefix(srv.URL, "http")})
	app.wait(t, "ApplicationRegistered", "")
	mu.Lock()
	conns[0].CloseNow()
	mu.Unlock()
	l := dialAMI(t, in.Instance, UserListen, in.Instance.Secrets.Listen)
	carrier := start(t, rt, Instance{Kind: Carrier, RunDir: dir})
	writeGenerated(t, in, "pjsip_carriers.conf", "[sim](trunkline-carrier)\naors = sim\n[sim](trunkline-carrier-aor)\ncontact = sip:"+carrier.Instance.SIP()+"\n")
	dialAMI(t, in.Instance, UserKeepalive, in.Instance.Secrets.Keepalive).must("Reload", "Module", "res_pjsip.so")
	p := &pair{pbx: in, carrier: carrier, listen: l}
	p.call("493055524", "parked")
	app.wait(t, "StasisStart", "parked")
}
