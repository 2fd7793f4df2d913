package asteriskconf

import (
	"crypto/rand"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// Kind is what an instance is for.
type Kind string

// The two kinds: the telephony server, and the carrier that stands in for a real one.
const (
	PBX     Kind = "pbx"
	Carrier Kind = "carrier"
)

// Instance describes a private Asterisk. The zero value of every field but Kind and RunDir is a working default;
// what Start chose is in Running.Instance.
type Instance struct {
	Kind   Kind
	RunDir string // where everything started lives; must exist
	Name   string // of the pid file and the directory under RunDir: "asterisk" for a PBX, "carrier"
	Dir    string // the instance's own directory: RunDir/Name

	Address string // 127.0.0.1 for a PBX, 127.0.0.2 for a carrier
	// Allow are the addresses and networks that may use AMI, or call a carrier: this host's own, where it is empty.
	Allow []string
	// Web are the addresses of web servers on other hosts, which may use AMI as user web and as nobody else.
	Web     []string
	Ports   Ports // wishes; a taken one is replaced by a free one
	Secrets Secrets

	// TLSCert and TLSKey (PEM files) turn on https and wss; off when empty.
	TLSCert, TLSKey string
	// EntityID tells this Asterisk's events from another's on the same host: six bytes like a MAC address.
	EntityID string
	// ListenURI is where Asterisk connects its ARI websocket to, as ws://127.0.0.1:8092/asterisk. Empty, or an
	// Asterisk older than 22.5, leaves the application to the inbound direction.
	ListenURI string

	// PBX is the SIP address (host:port) the carrier sends its own calls to; none when empty.
	PBX string
	// Mix is the carrier's random mix, for numbers ending in 50 to 99; DefaultMix when zero.
	Mix Mix
	// RingMin and RingMax bound how many seconds the carrier's parties let it ring: 1 to 3 when both are 0.
	RingMin, RingMax int
	// Mute has the carrier's silent parties send nothing at all, not even silence: hundreds of calls then cost next to
	// nothing, and AMD does not work.
	Mute bool

	// DiesWithParent has the kernel end Asterisk when the starting process ends, however it ends.
	DiesWithParent bool
	// Log takes the few lines worth telling (a port replaced, a privilege that could not be dropped).
	Log io.Writer

	only *way // a test's choice

	chosen func(Ports) // a test's look at the ports before Asterisk binds them
}

// Ports are an instance's ports. 0 lets Start choose.
type Ports struct {
	SIP      int // UDP
	HTTP     int // ARI, and SIP over websocket under /ws; a PBX only
	HTTPS    int // with TLS only
	AMI      int
	RTPFirst int
	RTPLast  int
}

// Secrets are the passwords of an instance's users. Start generates those that are empty.
type Secrets struct {
	Listen    string // AMI user listen
	Web       string // AMI user web
	Keepalive string // AMI user keepalive
	ARI       string // ARI user trunkline
	Websocket string // what Asterisk says at ListenURI, as user asterisk
	Member    string // the carrier's customer member says to register and to call
}

func (s *Secrets) fill() {
	for _, p := range []*string{&s.Listen, &s.Web, &s.Keepalive, &s.ARI, &s.Websocket, &s.Member} {
		if *p == "" {
			*p = rand.Text()
		}
	}
}

// Names of the users an instance knows.
const (
	UserListen    = "listen"    // AMI
	UserWeb       = "web"       // AMI
	UserKeepalive = "keepalive" // AMI
	UserARI       = "trunkline" // ARI
	UserWebsocket = "asterisk"  // at ListenURI
	Application   = "trunkline" // the Stasis application
)

// Mix is the carrier's random mix in percent; what is missing to 100 is early media and then a human.
type Mix struct {
	Human, Machine, Busy, NoAnswer, Congestion, Invalid, Fax, Drop, Quiet int
}

// DefaultMix is what a consumer list of middling age answers like.
var DefaultMix = Mix{Human: 30, Machine: 30, Busy: 8, NoAnswer: 18, Congestion: 3, Invalid: 6, Fax: 1, Drop: 2}

// table spreads the mix over a hundred places, from which the dialplan draws one.
func (m Mix) table() ([]string, error) {
	var out []string
	for _, p := range []struct {
		n    int
		name string
	}{{m.Human, "human"}, {m.Machine, "machine"}, {m.Busy, "busy"}, {m.NoAnswer, "noanswer"},
		{m.Congestion, "congestion"}, {m.Invalid, "invalid"}, {m.Fax, "fax"}, {m.Drop, "drop"}, {m.Quiet, "quiet"}} {
		if p.n < 0 || len(out)+p.n > 100 {
			return nil, fmt.Errorf("the carrier's mix %+v is not made of percentages that add up to at most 100", m)
		}
		for range p.n {
			out = append(out, p.name)
		}
	}
	for len(out) < 100 {
		out = append(out, "early")
	}
	return out, nil
}

// Behaviours are the carrier's behaviours by the called number's last two digits. Suffixes 50 to 99 are "mix", and
// one that is not listed is human.
func Behaviours() map[string]string {
	out := map[string]string{
		"00": "human", "01": "machine", "02": "busy", "03": "noanswer", "04": "congestion", "05": "invalid",
		"06": "fax", "07": "drop", "08": "early", "09": "short", "10": "talker", "11": "announcement",
		"12": "declined", "13": "unavailable", "14": "failure", "15": "echo", "16": "digits", "17": "silence",
		"18": "tone", "19": "talkative", "20": "mute", "21": "noresponse", "22": "gone", "23": "incomplete",
		"24": "quiet", "30": "tone500", "31": "tone1000", "32": "tone2000", "33": "optout",
	}
	for i := 50; i < 100; i++ {
		out[fmt.Sprint(i)] = "mix"
	}
	return out
}

// withDefaults fills what was left empty, ports excepted: those are found when everything else is in order.
func (in Instance) withDefaults() (Instance, error) {
	switch in.Kind {
	case PBX:
		in.Name = or(in.Name, "asterisk")
		in.Address = or(in.Address, "127.0.0.1")
	case Carrier:
		in.Name = or(in.Name, "carrier")
		in.Address = or(in.Address, "127.0.0.2")
	default:
		return in, fmt.Errorf("an Asterisk instance is a pbx or a carrier, not %q", in.Kind)
	}
	if in.RunDir == "" {
		return in, fmt.Errorf("the %s needs a run directory", in.Name)
	}
	run, err := filepath.Abs(in.RunDir)
	if err != nil {
		return in, err
	}
	in.RunDir = run
	if in.Dir, err = filepath.Abs(or(in.Dir, filepath.Join(run, in.Name))); err != nil {
		return in, err
	}
	if len(in.Allow) == 0 {
		in.Allow = []string{"127.0.0.0/255.0.0.0"}
	}
	if in.EntityID == "" {
		in.EntityID = newEntityID()
	}
	if in.Mix == (Mix{}) {
		in.Mix = DefaultMix
	}
	if in.RingMin == 0 && in.RingMax == 0 {
		in.RingMin, in.RingMax = 1, 3
	}
	if in.Log == nil {
		in.Log = io.Discard
	}
	in.Secrets.fill()
	for _, v := range append([]string{in.Dir, in.Name, in.Address, in.TLSCert, in.TLSKey, in.EntityID, in.ListenURI, in.PBX,
		in.Secrets.Listen, in.Secrets.Web, in.Secrets.Keepalive, in.Secrets.ARI, in.Secrets.Websocket, in.Secrets.Member}, slices.Concat(in.Allow, in.Web)...) {
		// These would begin something of their own in Asterisk's configuration or dialplan.
		if i := strings.IndexFunc(v, func(r rune) bool { return r < ' ' || strings.ContainsRune(";,$\"'\\()[]{}&", r) }); i >= 0 {
			return in, fmt.Errorf("%q cannot stand in Asterisk's configuration because of its %q", v, v[i:i+1])
		}
	}
	return in, nil
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// newEntityID is a random, locally administered address.
func newEntityID() string {
	b := make([]byte, 6)
	_, _ = rand.Read(b)
	b[0] = b[0]&0xfc | 0x02
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5])
}

// GeneratedDir is where keepalive writes pjsip_phones.conf, pjsip_carriers.conf and pjsip_peers.conf. The directory's group is the one
// Asterisk runs with and is inherited, so a file written there needs mode 0640 and nothing else.
func (in Instance) GeneratedDir() string { return filepath.Join(in.Dir, "etc", "trunkline") }

// LocalDir is where operators keep what they add to pjsip.conf, extensions.conf and musiconhold.conf of a PBX, in files
// of these names. Nothing of Trunkline's writes there.
func (in Instance) LocalDir() string { return filepath.Join(in.Dir, "etc", "local") }

// LedgerFile is where a carrier writes its ledger.
func (in Instance) LedgerFile() string { return filepath.Join(in.Dir, "ledger.log") }

// RecordingsDir is where MixMonitor and ARI recordings with relative names go; a carrier's tone parties leave what
// they heard there.
func (in Instance) RecordingsDir() string { return filepath.Join(in.Dir, "spool", "monitor") }

// PidFile is the pid file of the instance.
func (in Instance) PidFile() string { return filepath.Join(in.RunDir, in.Name+".pid") }

// LogFile is where Asterisk's own log goes.
func (in Instance) LogFile() string { return filepath.Join(in.Dir, "log", "messages") }

// HeardFile is where a tone party (suffix 30, 31 or 32) of a carrier leaves what it heard when number was called.
func (in Instance) HeardFile(number string) string {
	return filepath.Join(in.RecordingsDir(), "rx-"+number+".wav")
}
