package asteriskconf

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"trunkline/dialer/proc"
)

// Running is an instance that is up.
type Running struct {
	Instance Instance // with everything Start chose: ports, secrets, directories
	Pid      int
	UID      int // the user Asterisk runs as; 0 only where the machine allows nothing better

	process *proc.Process
}

// startTimeout bounds the wait for readiness; a start takes a second on an idle machine.
const startTimeout = 60 * time.Second

// Start renders the instance's configuration, starts Asterisk and waits until it has fully booted. A second start on
// the same directory keeps its recordings and its ledger.
func Start(ctx context.Context, rt Runtime, in Instance) (*Running, error) {
	in, err := in.withDefaults()
	if err != nil {
		return nil, err
	}
	if f, ok := proc.Find(in.PidFile()); ok {
		return nil, fmt.Errorf("%s is %w (pid %d, %s)", in.Name, proc.ErrRunning, f.Pid, in.PidFile())
	}
	for try := 1; ; try++ {
		r, err := attempt(ctx, rt, in)
		if err == nil || !errors.Is(err, errPortLost) || try == startTries {
			return r, err
		}
		fmt.Fprintf(in.Log, "%s: a port was taken while Asterisk started; once more\n", in.Name)
	}
}

// startTries bounds how often a start is tried with other ports.
const startTries = 5

// soundFirst is the nice value that the packages' unit gives Asterisk: a gap in the sound is heard, a page that comes
// a little later is not seen.
const soundFirst = -5

// errPortLost says that somebody took a port between our choice and Asterisk's bind. Asterisk itself only logs that,
// and goes on deaf.
var errPortLost = errors.New("a port was taken meanwhile")

func attempt(ctx context.Context, rt Runtime, in Instance) (*Running, error) {
	hold, err := in.choosePorts()
	if err != nil {
		return nil, err
	}
	defer hold.release()
	if in.chosen != nil {
		in.chosen(in.Ports)
	}
	way, err := rt.way(&in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.Name, err)
	}
	if err := in.write(rt, way); err != nil {
		return nil, fmt.Errorf("%s: %w", in.Name, err)
	}
	logged := size(in.LogFile())
	p, err := proc.Start(way.spec(rt, in))
	if err != nil {
		return nil, err
	}
	// Without the right to that it runs as everything else does.
	_ = proc.NiceOf(p.Pid, soundFirst)
	wait, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	err = waitBooted(wait, in.AMI(), UserKeepalive, in.Secrets.Keepalive, p.Done(), func() error {
		return bindFailure(in.LogFile(), logged)
	})
	if err != nil {
		p.Kill()
		return nil, fmt.Errorf("%s did not start: %w\n%s\n%s", in.Name, err, p.LogTail(10), proc.Tail(in.LogFile(), 10))
	}
	return &Running{Instance: in, Pid: p.Pid, UID: way.uid, process: p}, nil
}

// AMI is the address of the manager interface.
func (in Instance) AMI() string { return net.JoinHostPort(in.Address, strconv.Itoa(in.Ports.AMI)) }

// SIP is the address of the SIP port (UDP).
func (in Instance) SIP() string { return net.JoinHostPort(in.Address, strconv.Itoa(in.Ports.SIP)) }

// HTTP is the address of the HTTP server, by which ARI is reached. With TLS for browsers' phones it has nothing to do
// for other hosts.
func (in Instance) HTTP() string {
	return net.JoinHostPort(in.httpAddress(), strconv.Itoa(in.Ports.HTTP))
}

func (in Instance) httpAddress() string {
	if in.TLSCert != "" {
		return loopback
	}
	return in.Address
}

const loopback = "127.0.0.1"

// ARI is the base URL of the REST interface.
func (in Instance) ARI() string { return "http://" + in.HTTP() + "/ari" }

// WebsocketURL is where browsers' phones register.
func (in Instance) WebsocketURL() string {
	if in.TLSCert != "" {
		return "wss://" + net.JoinHostPort(in.Address, strconv.Itoa(in.Ports.HTTPS)) + "/ws"
	}
	return "ws://" + in.HTTP() + "/ws"
}

// Done is closed when Asterisk has ended.
func (r *Running) Done() <-chan struct{} { return r.process.Done() }

// Err is how Asterisk ended; nil while it lives, and after exit code 0.
func (r *Running) Err() error { return r.process.Err() }

// Stop ends Asterisk and waits for its end. Calls that are up end with it.
func (r *Running) Stop(ctx context.Context) error { return r.process.Stop(ctx, 3*time.Second) }

// Kill ends Asterisk as a crash would.
func (r *Running) Kill() { r.process.Kill() }

// Ledger reads the carrier's ledger.
func (r *Running) Ledger() ([]Entry, error) { return ReadLedger(r.Instance.LedgerFile()) }

// instanceDirs are an instance's directories; those with secrets are closed to others, and recordings are personal
// data.
var instanceDirs = []string{
	"etc", "etc/trunkline", "etc/local", "run", "log", "db", "lib", "cache", "keys", "keys/keys", "sounds", "moh",
	"spool", "spool/monitor", "spool/recording", "spool/tmp", "spool/outgoing",
}

// write makes the directories and writes the configuration, all of it owned by the user Asterisk will run as.
func (in Instance) write(rt Runtime, w way) error {
	// Whatever an earlier start left belongs to the user of that start.
	if err := w.own(in.Dir); err != nil {
		return err
	}
	for _, d := range instanceDirs {
		dir := filepath.Join(in.Dir, d)
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return err
		}
		// The group is inherited, so that what others write here stays readable to Asterisk.
		if err := errors.Join(w.chown(dir), os.Chmod(dir, 0o750|os.ModeSetgid)); err != nil {
			return err
		}
	}
	if in.Kind == Carrier {
		for name, pcm := range simSounds() {
			if err := w.writeFile(filepath.Join(in.Dir, "sounds", name+".ulaw"), pcm); err != nil {
				return err
			}
		}
	}
	if in.TLSCert != "" {
		for name, from := range map[string]string{"cert.pem": in.TLSCert, "key.pem": in.TLSKey} {
			raw, err := os.ReadFile(from)
			if err != nil {
				return err
			}
			if err := w.writeFile(filepath.Join(in.Dir, "keys", name), raw); err != nil {
				return err
			}
		}
	}
	moh := rt.mohDir()
	if moh == "" {
		moh = filepath.Join(in.Dir, "moh")
		if err := w.writeFile(filepath.Join(moh, "hold.ulaw"), holdMusic()); err != nil {
			return err
		}
	} else if w.plain {
		moh = filepath.Join(rt.root, moh)
	}
	data := confData{Instance: in, rt: rt, MOHDir: moh, MaxFiles: w.maxFiles()}
	var err error
	if data.ModuleDir, data.DataDir, err = w.asteriskDirs(rt); err != nil {
		return err
	}
	files, err := data.render()
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := w.writeFile(filepath.Join(in.Dir, "etc", name), text); err != nil {
			return err
		}
	}
	if w.loads(rt) {
		text, err := w.again(rt)
		if err == nil {
			err = w.writeFile(in.againFile(), text)
		}
		if err == nil {
			err = os.Chmod(in.againFile(), 0o750)
		}
		if err != nil {
			return err
		}
	}
	if in.Kind != PBX {
		return nil
	}
	// What keepalive wrote stays; where it has written nothing yet, the include must still find a file.
	for _, name := range []string{"pjsip_phones.conf", "pjsip_carriers.conf", "pjsip_peers.conf"} {
		f := filepath.Join(in.GeneratedDir(), name)
		if _, err := os.Stat(f); err == nil {
			continue
		}
		if err := w.writeFile(f, nil); err != nil {
			return err
		}
	}
	return nil
}
