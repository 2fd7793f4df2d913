package e2e

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync/atomic"
	"testing"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
	"trunkline/sql/private"
)

// register is a phone that registers, or with Expires 0 ceases to.
const register = `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="register">
  <send retrans="500"><![CDATA[
REGISTER sip:[remote_ip] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[remote_ip]>;tag=[call_number]
To: <sip:[field0]@[remote_ip]>
Call-ID: [call_id]
CSeq: 1 REGISTER
Contact: <sip:[field0]@[local_ip]:[local_port]>
Expires: [field2]
Content-Length: 0

]]></send>
  <recv response="401" auth="true"/>
  <send retrans="500"><![CDATA[
REGISTER sip:[remote_ip] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[remote_ip]>;tag=[call_number]
To: <sip:[field0]@[remote_ip]>
Call-ID: [call_id]
CSeq: 2 REGISTER
Contact: <sip:[field0]@[local_ip]:[local_port]>
Expires: [field2]
[field1]
Content-Length: 0

]]></send>
  <recv response="200"/>
</scenario>
`

// answer is a phone that answers and sends no sound, as one behind a firewall.
const answer = `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="answer">
  <recv request="INVITE"/>
  <send><![CDATA[
SIP/2.0 180 Ringing
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Length: 0

]]></send>
  <send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=phone 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
]]></send>
  <recv request="ACK"/>
  <recv request="BYE"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
`

// sipPhone is sipp at a port of its own.
type sipPhone struct {
	t           *testing.T
	dir, server string
	host        string // its own address; "" is 127.0.0.1
	port, media int
	login       string
}

// Ports for phones: above those of Asterisk's sound (see asteriskconf) and below
// those from which the kernel gives to whoever asks for any, such as the browsers
// beside, while sipp is on its way up or between two of its runs.
const phonesFirst, phonesPorts = 32000, 768

var phonePort atomic.Int64 // the last that was given out, counted from anywhere

func init() { phonePort.Store(rand.Int64N(phonesPorts)) } // another run may be at work on this machine

func freeUDP(t *testing.T) int {
	t.Helper()
	for range phonesPorts {
		port := phonesFirst + int(phonePort.Add(1)%phonesPorts)
		if c, err := net.ListenPacket("udp", fmt.Sprintf(":%d", port)); err == nil {
			_ = c.Close()
			return port
		}
	}
	t.Fatal("no port is free for a phone")
	return 0
}

func (p *sipPhone) command(ctx context.Context, scenario string, more ...string) *exec.Cmd {
	p.t.Helper()
	file := filepath.Join(p.dir, fmt.Sprintf("%x.xml", len(scenario)))
	if err := os.WriteFile(file, []byte(scenario), 0o644); err != nil {
		p.t.Fatal(err)
	}
	host := cmp.Or(p.host, "127.0.0.1")
	args := append([]string{
		"-sf", file, "-i", host, "-p", fmt.Sprint(p.port), "-mi", host, "-mp", fmt.Sprint(p.media), "-m", "1", "-nostdin",
	}, more...)
	cmd := exec.CommandContext(ctx, "sipp", append(args, p.server)...)
	cmd.Dir = p.dir
	return cmd
}

func (p *sipPhone) register(secret string, seconds int) {
	p.t.Helper()
	p.tries(register, secret, seconds)
}

// tries has the phone say a password, in a scenario that knows the answer.
func (p *sipPhone) tries(scenario, secret string, seconds int) {
	p.t.Helper()
	data := filepath.Join(p.dir, "phone.csv")
	line := fmt.Sprintf("SEQUENTIAL\n%s;[authentication username=%s password=%s];%d\n", p.login, p.login, secret, seconds)
	if err := os.WriteFile(data, []byte(line), 0o600); err != nil {
		p.t.Fatal(err)
	}
	cmd := p.command(p.t.Context(), scenario, "-inf", data, "-timeout", "20s")
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("sipp: %v\n%s", err, out)
	}
}

// sipAddress is where Asterisk takes phones.
func (s *stage) sipAddress(t *testing.T) string {
	t.Helper()
	conf, err := os.ReadFile(filepath.Join(s.pbx().Dir, "etc", "pjsip.conf"))
	if err != nil {
		t.Fatal(err)
	}
	bind := regexp.MustCompile(`(?m)^protocol = udp\nbind = (\S+)$`).FindSubmatch(conf)
	if bind == nil {
		t.Fatal("Asterisk's configuration names no SIP address")
	}
	return string(bind[1])
}

// answers waits for a call, takes it, and ends with the test.
func (p *sipPhone) answers() {
	p.t.Helper()
	ctx, stop := context.WithCancel(p.t.Context())
	ringing := p.command(ctx, answer)
	if err := ringing.Start(); err != nil {
		p.t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = ringing.Wait()
	}()
	p.t.Cleanup(func() {
		stop()
		<-over
	})
}

// alerted waits until a supervisor sees from which side of an agent's talk no
// sound comes.
func (c *campaign) alerted(t *testing.T, supervisor, agent, side string) {
	t.Helper()
	c.hireWith(t, supervisor, dialer.RoleAdmin, func(id dialer.UserID) dialer.Phone { return app.WebRTCPhone(id, supervisor, c.server) })
	boss := demo.NewDesk(c.cfg.Web.PublicURL)
	if err := boss.Admin(t.Context(), supervisor, c.secret); err != nil {
		t.Fatal(err)
	}
	c.until(t, "the alert on the supervisor's page", func() (bool, error) {
		body, err := boss.Get(t.Context(), "/watch/agents")
		var agents []struct {
			Name    string
			NoSound string `json:"no_sound"`
		}
		if err == nil {
			err = json.Unmarshal(body, &agents)
		}
		for _, a := range agents {
			if a.Name == agent && a.NoSound == side {
				return true, err
			}
		}
		return false, err
	})
}

// TestCustomerWithoutSound: a far end that answers and sends no sound, as through
// a carrier's broken firewall. Agent and supervisor are told on which side it is.
func TestCustomerWithoutSound(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	if _, err := exec.LookPath("sipp"); err != nil {
		private.Missing(t, err)
	}
	c := s.campaign(t, []string{"31"}, nil)
	far := &sipPhone{t: t, dir: t.TempDir(), port: freeUDP(t), media: freeUDP(t), server: "127.0.0.1", host: "127.0.0.3"}
	far.answers()
	// Asterisk knows a carrier by its address before anybody by their name: at
	// 127.0.0.1 it would be taken for every phone that registers.
	c.carrierAt(t, "deaf", far.host, far.port)
	h := c.hand(t)
	h.ready()
	c.start(t)
	h.untilState(dialer.AgentInCall)
	h.until("the alert", func(s demo.Snapshot) bool { return s.NoSound == "customer" })
	name := ""
	if err := s.sql.QueryRowContext(t.Context(), "SELECT full_name FROM users WHERE username = ?", h.user).Scan(&name); err != nil {
		t.Fatal(err)
	}
	c.alerted(t, "earwitness", name, "customer")
	h.onCall("hangup")
	h.untilState(dialer.AgentWrapUp)
	if got := h.untilState(dialer.AgentWrapUp); got.NoSound != "" {
		t.Errorf("the alert stays after the talk: %q", got.NoSound)
	}
	h.dispose("NI", "pause")
	h.logout()
}

// TestSIPPhone: any SIP phone that registers is an agent's phone. One that sends
// no sound is told of, and one that ceases to register pauses its agent.
func TestSIPPhone(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	if _, err := exec.LookPath("sipp"); err != nil {
		private.Missing(t, err)
	}
	c := s.campaign(t, []string{"31"}, nil)
	p := &sipPhone{t: t, dir: t.TempDir(), port: freeUDP(t), media: freeUDP(t), login: "sipphone"}
	p.server = s.sipAddress(t)
	secret := app.Secret()
	c.hireWith(t, "sipagent", dialer.RoleAgent, func(id dialer.UserID) dialer.Phone {
		return dialer.Phone{ServerID: s.server.ID, UserID: id, Login: p.login, Secret: secret, Kind: dialer.PhoneSIP}
	})
	p.register(secret, 300)

	p.answers()
	h := &hand{t: t, c: c, user: "sipagent"}
	h.signIn()
	h.ready()
	c.start(t)
	h.untilState(dialer.AgentInCall)
	h.until("the alert", func(s demo.Snapshot) bool { return s.NoSound == "phone" })
	c.alerted(t, "listener", "Robin sipagent", "phone")
	h.onCall("hangup")
	h.untilState(dialer.AgentWrapUp)
	h.dispose("NI", "ready")
	h.untilState(dialer.AgentReady)

	// The phone's own port is in the talk: another stands in for it, at the same
	// address of record.
	p.port, p.media = freeUDP(t), freeUDP(t)
	p.register(secret, 300)
	p.register(secret, 0)
	h.until("the pause", func(s demo.Snapshot) bool { return s.State == dialer.AgentPaused && s.PauseCode == "PHONE" })
	h.logout()
}
