package doctor

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"trunkline/ami"
)

// minAsterisk is the oldest release line with all that is used of ARI.
const minAsterisk = 20

// right is an action that shows whether a manager account has the class that it
// needs: without its arguments Asterisk refuses it for their want, but only after
// it has looked at the rights.
type right struct {
	action, class string
	headers       []ami.Header
}

// nobody is a channel and a module that do not exist.
const nobody = "trunkline-doctor"

var (
	mayOriginate = right{action: "Originate", class: "originate"}
	mayHangup    = right{action: "Hangup", class: "call", headers: []ami.Header{{Name: "Channel", Value: nobody}}}
	mayAsk       = right{action: "CoreStatus", class: "system or reporting"}
	mayRecord    = right{action: "MixMonitor", class: "system", headers: []ami.Header{{Name: "Channel", Value: nobody}}}
	mayReload    = right{action: "Reload", class: "system", headers: []ami.Header{{Name: "Module", Value: nobody}}}
)

// manager tries each of the three accounts of Asterisk's manager.
func (e *exam) manager(ctx context.Context) {
	a := e.cfg.Asterisk
	for i, account := range []struct {
		user, secret, key string
		rights            []right
	}{
		{a.AMIUser, a.AMISecret, "asterisk.ami_secret", []right{mayOriginate, mayHangup, mayAsk, mayRecord}},
		{a.KeepaliveAMIUser, a.KeepaliveAMISecret, "asterisk.keepalive_ami_secret", []right{mayAsk, mayReload}},
		{a.WebAMIUser, a.WebAMISecret, "asterisk.web_ami_secret", []right{mayOriginate, mayHangup}},
	} {
		if account.secret == "" {
			continue // configuration has said so
		}
		if !e.login(ctx, "", "AMI "+account.user, a.AMI, account.user, account.secret, account.key, account.rights) && i == 0 {
			return // the others would only repeat it
		}
	}
}

// login tries one account and its rights, on another server or on this one ("").
func (e *exam) login(ctx context.Context, other, check, addr, user, secret, key string, rights []right) bool {
	ctx, cancel := context.WithTimeout(ctx, e.Within)
	defer cancel()
	why := make(chan error, 1)
	client := ami.New(ami.Config{Addr: addr, User: user, Secret: secret, EventMask: "off", Log: slog.New(slog.DiscardHandler)})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = client.Run(ctx)
	}()
	defer func() { cancel(); <-done }()
	go func() {
		// Run tries for ever; one look at the port tells a closed one from a refusal.
		d := net.Dialer{}
		conn, err := d.DialContext(ctx, "tcp", addr)
		if err == nil {
			conn.Close()
		}
		why <- err
	}()
	err := client.Wait(ctx)
	if err != nil {
		if dialed := <-why; dialed != nil {
			fix := "see that Asterisk runs (`systemctl status trunkline-asterisk`, or `asterisk` where it is not of setup's making) and that manager.conf has enabled = yes and this address"
			if other != "" {
				fix = "on " + other + ", " + fix + "; the firewall there has to let this host through (`trunkline grants --only firewall --web …` there prints its rules). If it has left for good: trunkline server remove " + other
			}
			e.fault(check, fmt.Sprintf("nobody answers at %s: %s", addr, unanswered(dialed)), fix)
			return false
		}
		fix := "make " + key + " and the secret of [" + user + "] in manager.conf the same, and let it in from this host (permit); `trunkline grants` prints the section"
		if other != "" {
			fix = "on " + other + ", let this host in: `trunkline setup --web ADDRESSES`, those of all web servers on other hosts, where its Asterisk is of setup's making (calls go on); else " + fix
		}
		e.fault(check, fmt.Sprintf("%s does not let %s in", addr, user), fix)
		return true
	}
	var lacks []string
	for _, r := range rights {
		_, err := client.Action(ctx, r.action, r.headers...)
		var refused *ami.ActionError
		if errors.As(err, &refused) && strings.Contains(strings.ToLower(refused.Message), "permission denied") {
			lacks = append(lacks, fmt.Sprintf("%s (class %s)", r.action, r.class))
		}
	}
	if len(lacks) > 0 {
		e.fault(check, fmt.Sprintf("%s may not do %s", user, strings.Join(lacks, ", ")), "give ["+user+"] in manager.conf the classes that `trunkline grants` prints, and reload the manager")
		return true
	}
	e.ok(check, "%s at %s has its rights", user, addr)
	return true
}

// modules are what Trunkline uses of Asterisk; those of a feature name it.
var modules = []struct{ name, without string }{
	{"chan_pjsip.so", "there are no calls"},
	{"res_pjsip_outbound_registration.so", "carriers that want a registration cannot be used"},
	{"res_ari_channels.so", "no call can be controlled"},
	{"res_ari_bridges.so", "no call reaches an agent"},
	{"res_ari_events.so", "nothing is heard of calls"},
	{"res_ari_applications.so", "nothing is heard of calls"},
	{"app_stasis.so", "no call reaches us"},
	{"res_stasis_snoop.so", "nobody can listen in on agents"},
	{"res_stasis_playback.so", "no message can be played"},
	{"bridge_simple.so", "no two parties hear each other"},
	{"bridge_softmix.so", "there are no three-way calls"},
	{"app_mixmonitor.so", "nothing is recorded"},
	{"app_amd.so", "no answering machine is told from a person"},
	{"app_userevent.so", "screens learn late"},
	{"res_srtp.so", "browsers' phones do not work"},
	{"res_http_websocket.so", "browsers' phones do not work"},
	{"res_pjsip_transport_websocket.so", "browsers' phones do not work"},
	{"res_musiconhold.so", "who is on hold hears nothing"},
	{"codec_ulaw.so", "nothing can be recorded or played"},
	{"res_timing_timerfd.so", "sound stutters"},
	{"func_db.so", "the outcome of calls that end while nobody listens is lost"},
	{"func_hangupcause.so", "the outcome of calls that end while nobody listens is lost"},
}

// rest looks at ARI, and by it at Asterisk itself; false: it does not answer.
func (e *exam) rest(ctx context.Context) bool {
	var info struct {
		System struct {
			Version string `json:"version"`
		} `json:"system"`
	}
	if !e.get(ctx, "/asterisk/info", &info) {
		return false
	}
	e.ok("ARI", "answers at %s", e.cfg.Asterisk.ARI)
	version := info.System.Version
	major, _ := strconv.Atoi(version[:max(strings.IndexByte(version, '.'), 0)])
	if major < minAsterisk {
		e.fault("Asterisk", fmt.Sprintf("version %s is too old", version), fmt.Sprintf("install Asterisk %d or newer; 22 is what Trunkline is tested with", minAsterisk))
	} else {
		e.ok("Asterisk", "version %s", version)
	}
	if debianBuild(version) {
		e.warn("recordings", "this is Debian's build of Asterisk, whose patch for Opus (2016_opus_plc.patch) makes a recorder lose one side for up to 11 minutes when a far end begins new RTP sequence numbers in mid-call",
			"where Trunkline itself changes what is heard it begins the recorder anew (60 ms); a carrier that renumbers by itself is not covered: then rebuild the package without that patch, or use Asterisk's own source")
	}
	var loaded []struct {
		Name   string `json:"name"`
		Status string `json:"status"`
	}
	if !e.get(ctx, "/asterisk/modules", &loaded) {
		return false
	}
	running := map[string]bool{}
	for _, m := range loaded {
		running[m.Name] = m.Status == "Running" || m.Status == ""
	}
	var missing []string
	for _, m := range modules {
		if !running[m.name] {
			missing = append(missing, m.name+" ("+m.without+")")
		}
	}
	if len(missing) > 0 {
		e.fault("modules", "Asterisk does not have "+some(missing), "load them in modules.conf and restart Asterisk when no call is up; Debian has them in the packages asterisk and asterisk-modules")
	} else {
		e.ok("modules", "all %d that are used are loaded", len(modules))
	}
	return true
}

// debianBuild tells a version that Debian or Ubuntu built, such as
// 22.10.1~dfsg+~cs6.16.60671434-2.
func debianBuild(version string) bool { return strings.Contains(version, "dfsg") }

// reply is how ARI took a question.
type reply int

const (
	refused reply = iota // said by a finding
	missing
	answered
)

// get reads a resource of ARI that is there on every Asterisk.
func (e *exam) get(ctx context.Context, path string, into any) bool {
	a := e.cfg.Asterisk
	if a.ARISecret == "" {
		return false // configuration has said so
	}
	found := e.ask(ctx, path, into)
	if found == missing {
		e.fault("ARI", fmt.Sprintf("%s%s is not there", a.ARI, path), "see that res_ari and res_ari_asterisk are loaded, and that asterisk.ari ends in /ari")
	}
	return found == answered
}

// ask reads a resource of ARI.
func (e *exam) ask(ctx context.Context, path string, into any) reply {
	a := e.cfg.Asterisk
	ctx, cancel := context.WithTimeout(ctx, e.Within)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.ARI+path, nil)
	if err != nil {
		e.fault("ARI", err.Error(), "correct asterisk.ari")
		return refused
	}
	req.SetBasicAuth(a.ARIUser, a.ARISecret)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		var away *url.Error // whose address is there already
		if errors.As(err, &away) {
			err = away.Err
		}
		e.fault("ARI", fmt.Sprintf("nobody answers at %s: %s", a.ARI, unanswered(err)), "see that Asterisk runs, that http.conf has enabled = yes and this address, and ari.conf enabled = yes")
		return refused
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusUnauthorized, http.StatusForbidden:
		e.fault("ARI", fmt.Sprintf("%s does not let %s in", a.ARI, a.ARIUser), "make asterisk.ari_secret and the password of ["+a.ARIUser+"] in ari.conf the same; `trunkline grants` prints the section")
		return refused
	case http.StatusNotFound:
		return missing
	default:
		e.fault("ARI", fmt.Sprintf("%s%s answers %s", a.ARI, path, resp.Status), "look into Asterisk's log")
		return refused
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		e.fault("ARI", fmt.Sprintf("%s%s answers with something else than ARI: %v", a.ARI, path, err), "correct asterisk.ari")
		return refused
	}
	return answered
}

// expiresSoon is how long before its end a certificate is worth a word.
const expiresSoon = 21 * 24 * time.Hour

// websocket looks at the place where browsers' phones register, with the eyes of
// a browser: it must be there, and by TLS its certificate must hold.
func (e *exam) websocket(ctx context.Context, check, address string) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return // the form was checked with the configuration
	}
	secure := u.Scheme == "wss"
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), map[bool]string{true: "443", false: "80"}[secure])
	}
	if local := net.ParseIP(u.Hostname()).IsLoopback() || u.Hostname() == "localhost"; !secure && !local {
		e.fault(check, address+" has no TLS: a browser lets no page use the microphone beside it", "give Asterisk a certificate (http.conf: tlsenable, tlscertfile) and set asterisk.ws_url to wss://")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, e.Within)
	defer cancel()
	const unreachable = "see that Asterisk's http.conf has this address and that the firewall lets browsers through to it"
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", host)
	var nameless *net.DNSError
	if errors.As(err, &nameless) {
		e.fault(check, fmt.Sprintf("this host finds no address for %s: %v", nameless.Name, err),
			"enter the name in DNS, where browsers look it up too; on this host a line in /etc/hosts does")
		return
	}
	if err != nil {
		e.fault(check, fmt.Sprintf("nobody answers at %s: %s", address, unanswered(err)), unreachable)
		return
	}
	defer conn.Close()
	if !secure {
		e.ok(check, "%s answers; without TLS it serves browsers on this machine only", address)
		return
	}
	// The chain is looked at afterwards, so that what is wrong can be named.
	client := tls.Client(conn, &tls.Config{ServerName: u.Hostname(), InsecureSkipVerify: true}) //nolint:gosec // verified below
	if err := client.HandshakeContext(ctx); err != nil {
		e.fault(check, fmt.Sprintf("%s does not speak TLS: %v", address, err), "tlsenable, tlscertfile and tlsprivatekey in http.conf")
		return
	}
	e.certificate(check, u.Hostname(), client.ConnectionState())
}
