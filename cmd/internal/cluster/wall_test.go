package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/doctor"
)

// way is one from a host to a port of another.
type way struct {
	from, to, network string
	port              int
	open              bool // as the printed rules have it
}

func (w way) String() string {
	return fmt.Sprintf("%s to port %d/%s of %s", w.from, w.port, w.network, w.to)
}

// ways are those that somebody needs, and such that nobody does.
var ways = []way{
	{"web1", "tel1", "tcp", ports.AMI, true}, {"web2", "tel2", "tcp", ports.AMI, true},
	{"car", "tel1", "tcp", ports.AMI, false}, {"tel2", "tel1", "tcp", ports.AMI, false}, {"ctl", "tel2", "tcp", ports.AMI, false},
	{"web1", "tel1", "tcp", ports.HTTP, false}, {"tel2", "tel1", "tcp", ports.HTTP, false}, // ARI
	{"ctl", "tel1", "tcp", ports.HTTPS, true}, {"car", "tel2", "tcp", ports.HTTPS, true}, // phones in browsers are anywhere
	{"car", "tel1", "udp", ports.SIP, true}, {"tel2", "tel1", "udp", ports.SIP, true},
	{"web1", "tel1", "udp", ports.SIP, false}, {"ctl", "tel2", "udp", ports.SIP, false},
	{"ctl", "tel1", "udp", ports.RTPFirst, true}, {"tel1", "tel2", "udp", ports.RTPLast, true},
	{"ctl", "tel1", "udp", ports.RTPLast + 1, false}, {"car", "web1", "udp", ports.RTPFirst, false}, {"car", "db", "udp", ports.RTPFirst, false},
	{"tel1", "db", "tcp", 3306, true}, {"web2", "db", "tcp", 3306, true},
	{"car", "db", "tcp", 3306, false}, {"ctl", "db", "tcp", 3306, false},
	{"ctl", "web1", "tcp", 8080, true}, {"ctl", "web2", "tcp", 8080, true},
	{"car", "web1", "tcp", 8080, false}, {"tel1", "web2", "tcp", 8080, false}, {"ctl", "web1", "tcp", 443, false},
}

// walls: each host is behind the firewall that `trunkline grants` prints. It lets
// in whom it names; that the others came in without it is seen, too.
func (s *scene) walls() {
	s.t.Helper()
	if os.Getenv(openly) != "" {
		return // which is said by who knows why
	}
	s.passes("behind the firewalls", func(w way) bool { return w.open })
	// Its policy alone is changed: without the rules the kernel would not know any
	// more which side has begun what goes on.
	const policy = "add chain inet trunkline input { policy %s; }\n"
	hosts := []string{"db", "tel1", "tel2", "web1", "web2"}
	for _, host := range hosts {
		if err := s.lan.load(s.t.Context(), host, fmt.Sprintf(policy, "accept")); err != nil {
			s.t.Fatal(err)
		}
	}
	s.passes("without the firewalls", func(way) bool { return true })
	for _, host := range hosts {
		if err := s.lan.load(s.t.Context(), host, fmt.Sprintf(policy, "drop")); err != nil {
			s.t.Fatal(err)
		}
	}
}

// wallMissing: where a host's firewall does not let in whom it should, doctor on the
// host that wants in says so, with the cure.
func (s *scene) wallMissing() {
	s.t.Helper()
	if os.Getenv(openly) != "" {
		return
	}
	// What comes before our rules, and drops, is as they are without that one.
	const fault = "table inet fault {\n chain input {\n type filter hook input priority filter - 1; policy accept;\n tcp dport %d drop\n }\n}\n"
	for _, c := range []struct {
		host, from string
		port       int
		check, fix string
	}{
		{"tel1", "web1", ports.AMI, "AMI of tel1", "trunkline grants --only firewall"},
		{"tel1", "web1", ports.HTTPS, "phones of tel1", "firewall"},
		{"db", "tel2", 3306, "database", "trunkline grants --role database --only firewall"},
	} {
		if err := s.lan.load(s.t.Context(), c.host, fmt.Sprintf(fault, c.port)); err != nil {
			s.t.Fatal(err)
		}
		s.await("doctor on "+c.from, func() string { // who has no processor for a second finds something else
			findings := s.examine(c.from)
			if slices.ContainsFunc(findings, func(f doctor.Finding) bool {
				return f.Check == c.check && f.Level == doctor.Fault && strings.Contains(f.Says, "a firewall drops it") && strings.Contains(f.Fix, c.fix)
			}) {
				return ""
			}
			return fmt.Sprintf("without port %d of %s it finds %+v", c.port, c.host, findings)
		})
		if err := s.lan.load(s.t.Context(), c.host, "delete table inet fault\n"); err != nil {
			s.t.Fatal(err)
		}
	}
}

// examine is what doctor finds on a host.
func (s *scene) examine(host string) (findings []doctor.Finding) {
	s.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.CommandContext(s.t.Context(), "ip", "netns", "exec", s.lan.name(host), exe, "cluster-examine", filepath.Join(s.dir(host), "trunkline.toml"))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &findings)
	}
	if err != nil {
		s.t.Fatalf("doctor on %s: %v", host, err)
	}
	return findings
}

// examined is the process on that host. What is dropped is waited for in vain: a
// second is enough.
func examined(config string) error {
	cfg, err := app.Load(config)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(doctor.Examine(context.Background(), cfg, doctor.Options{Within: time.Second}))
}

// passes goes all ways at once.
func (s *scene) passes(when string, open func(way) bool) {
	s.t.Helper()
	wrong := make([]error, len(ways))
	var all sync.WaitGroup
	for i, w := range ways {
		all.Go(func() {
			// What is dropped is never answered; what passes is, some time.
			patience := limit
			if !open(w) {
				patience = time.Second
			}
			came, err := s.lan.reaches(s.t.Context(), w, patience)
			switch {
			case err != nil:
				wrong[i] = fmt.Errorf("%s: %w", w, err)
			case came != open(w):
				wrong[i] = fmt.Errorf("%s, %s can reach it: %v", w, when, came)
			}
		})
	}
	all.Wait()
	if err := errors.Join(wrong...); err != nil {
		s.t.Fatal(err)
	}
}

// reaches tells whether anything comes back from a port: a service, or the kernel,
// which says that there is none.
func (l *lan) reaches(ctx context.Context, w way, patience time.Duration) (came bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err = l.from(w.from, func() error {
		c, err := new(net.Dialer).DialContext(ctx, w.network, fmt.Sprintf("%s:%d", l.address(w.to), w.port))
		if err != nil {
			return err
		}
		defer c.Close()
		if w.network == "udp" {
			return asks(ctx, c)
		}
		return nil
	})
	switch {
	case err == nil, errors.Is(err, syscall.ECONNREFUSED):
		return true, nil
	case ctx.Err() != nil, errors.Is(err, os.ErrDeadlineExceeded):
		return false, nil
	}
	return false, err
}

// asks sends what a SIP server answers, until something comes back.
func asks(ctx context.Context, c net.Conn) error {
	options := strings.ReplaceAll(fmt.Sprintf(`OPTIONS sip:%[2]s SIP/2.0
Via: SIP/2.0/UDP %[1]s;branch=z9hG4bK%[3]d;rport
Max-Forwards: 70
From: <sip:wall@%[1]s>;tag=w
To: <sip:%[2]s>
Call-ID: wall-%[3]d@%[1]s
CSeq: 1 OPTIONS
Content-Length: 0

`, c.LocalAddr(), c.RemoteAddr(), time.Now().UnixNano()), "\n", "\r\n")
	for {
		if _, err := c.Write([]byte(options)); err != nil {
			return err
		}
		if err := c.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
			return err
		}
		_, err := c.Read(make([]byte, 4096))
		if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) || ctx.Err() != nil {
			return err
		}
	}
}

// from does something in a host's network.
func (l *lan) from(host string, f func() error) error {
	if !slices.Contains(l.hosts, host) {
		return fmt.Errorf("there is no host %q", host)
	}
	// The thread is given back, and in our own network again: if it ended, the kernel
	// would kill every host that was started from it (PR_SET_PDEATHSIG goes by threads).
	runtime.LockOSThread()
	home, err := enter("/run/netns/" + l.name(host))
	if err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("into the network of %s: %w", host, err)
	}
	defer unix.Close(home)
	err = f()
	if back := unix.Setns(home, unix.CLONE_NEWNET); back != nil {
		panic(fmt.Sprintf("a thread does not get out of the network of %s: %v", host, back))
	}
	runtime.UnlockOSThread()
	return err
}

// enter takes this thread into a network, and gives the one that it was in.
func enter(path string) (was int, err error) {
	was, err = unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	network, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err == nil {
		err = errors.Join(unix.Setns(network, unix.CLONE_NEWNET), unix.Close(network))
	}
	if err != nil {
		return 0, errors.Join(err, unix.Close(was))
	}
	return was, nil
}
