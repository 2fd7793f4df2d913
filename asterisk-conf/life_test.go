package asteriskconf

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"trunkline/dialer/proc"
)

// TestMain runs the parts of tests that need a process of their own: as another user, or one that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("TRUNKLINE_TEST_START_IN"); dir != "" {
		startAndTell(dir)
		return
	}
	os.Exit(m.Run())
}

// startAndTell starts a carrier that is to die with this process, tells of it and waits for the end of its input.
func startAndTell(dir string) {
	rt, err := Find(os.Getenv("TRUNKLINE_TEST_RUN"))
	if err == nil {
		var r *Running
		if r, err = Start(context.Background(), rt, Instance{Kind: Carrier, RunDir: dir, DiesWithParent: true, Log: os.Stderr}); err == nil {
			_ = json.NewEncoder(os.Stdout).Encode(map[string]int{"Pid": r.Pid, "UID": r.UID})
			_, _ = os.Stdin.Read(make([]byte, 1))
			_ = r.Stop(context.Background())
			return
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// uidOf reads a process's user from the kernel.
func uidOf(t *testing.T, pid int) int {
	t.Helper()
	st, err := os.Stat(fmt.Sprintf("/proc/%d", pid))
	if err != nil {
		t.Fatal(err)
	}
	return int(st.Sys().(*syscall.Stat_t).Uid)
}

func TestStartStopStart(t *testing.T) {
	rt := needAsterisk(t)
	dir := t.TempDir()
	in := Instance{Kind: PBX, RunDir: dir, Log: testLog{t}}
	first, err := Start(t.Context(), rt, in)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), rt, in); !errors.Is(err, proc.ErrRunning) {
		t.Errorf("a second one in the same directory: %v", err)
	}
	uid := uidOf(t, first.Pid)
	if uid != first.UID {
		t.Errorf("Asterisk runs as %d, Start says %d", uid, first.UID)
	}
	if uid == 0 {
		t.Error("Asterisk runs as root")
	}
	if limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", first.Pid)); err != nil || !strings.Contains(string(limits), "Max open files") {
		t.Errorf("limits: %s %v", limits, err)
	}
	if got := uidOf(t, os.Getpid()); got != 0 {
		t.Logf("this test runs as user %d", got)
	}
	began := time.Now()
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("stopped after %s", time.Since(began))
	if _, err := os.Stat(fmt.Sprintf("/proc/%d", first.Pid)); err == nil {
		t.Error("stopped, but its process is there")
	}
	if _, err := os.Stat(first.Instance.PidFile()); err == nil {
		t.Error("stopped, but its pid file is there")
	}
	// What an operator keeps beside our files is read, adds to our templates, and stays as it is.
	own := filepath.Join(first.Instance.LocalDir(), "pjsip.conf")
	const mine = "[trunkline-sip](+TEMPLATES=include)\ntone_zone = fr\n[mine](trunkline-sip)\naors = mine\n[mine](trunkline-aor)\n"
	if err := os.WriteFile(own, []byte(mine), 0o640); err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	again, err := Start(t.Context(), rt, first.Instance)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("started again after %s", time.Since(began))
	keepalive := dialAMI(t, again.Instance, UserKeepalive, again.Instance.Secrets.Keepalive)
	keepalive.must("PJSIPShowEndpoint", "Endpoint", "mine")
	eventually(t, "the operator's own endpoint", func() bool { return len(keepalive.find("EndpointDetail")) > 0 })
	if e := keepalive.find("EndpointDetail")[0]; e.Get("ToneZone") != "fr" {
		t.Errorf("the operator's own endpoint is %v", e)
	}
	if left, err := os.ReadFile(own); err != nil || string(left) != mine {
		t.Errorf("the operator's own file holds %q, %v", left, err)
	}
	if again.Instance.Ports != first.Instance.Ports || again.Instance.Secrets != first.Instance.Secrets {
		t.Errorf("ports or secrets changed: %+v, %+v", first.Instance.Ports, again.Instance.Ports)
	}
	// Another pair beside it finds ports of its own.
	other, err := Start(t.Context(), rt, Instance{Kind: PBX, RunDir: t.TempDir(), Ports: again.Instance.Ports, Log: testLog{t}, Allow: []string{"127.0.0.1"}, Web: []string{"127.0.0.3"}})
	if err != nil {
		t.Fatal(err)
	}
	// To its manager a web server on another host comes as web, and as nobody else.
	secrets := other.Instance.Secrets
	for _, who := range []struct {
		from, user, secret string
		may                bool
	}{
		{"127.0.0.3", UserWeb, secrets.Web, true}, {"127.0.0.3", UserListen, secrets.Listen, false}, {"127.0.0.3", UserKeepalive, secrets.Keepalive, false},
		{"127.0.0.1", UserListen, secrets.Listen, true}, {"127.0.0.4", UserWeb, secrets.Web, false},
	} {
		if said := loginFrom(t, other.Instance, who.from, who.user, who.secret); who.may != (said == "Success") {
			t.Errorf("%s from %s: %s", who.user, who.from, said)
		}
	}
	// And another web server takes the place of that one while it runs.
	moved := other.Instance
	moved.Web = []string{"127.0.0.4"}
	if err := Admit(t.Context(), rt, moved); err != nil {
		t.Error(err)
	}
	for from, want := range map[string]string{"127.0.0.3": "Error", "127.0.0.4": "Success"} {
		if said := loginFrom(t, moved, from, UserWeb, secrets.Web); said != want {
			t.Errorf("web from %s, after the web servers have changed: %s, want %s", from, said, want)
		}
	}
	if a, b := again.Instance.Ports, other.Instance.Ports; a.SIP == b.SIP || a.AMI == b.AMI || a.HTTP == b.HTTP {
		t.Errorf("two instances share ports: %+v, %+v", a, b)
	}
	other.Kill()
	again.Kill()
	if _, alive := proc.Find(again.Instance.PidFile()); alive {
		t.Error("killed, but alive")
	}
}

// TestWays starts Asterisk in each way this machine knows.
// TestPortTakenMeanwhile: somebody binds the HTTP port in the moment between our
// choice and Asterisk's start, which Asterisk only logs.
func TestPortTakenMeanwhile(t *testing.T) {
	rt := needAsterisk(t)
	var thief net.Listener
	r := start(t, rt, Instance{Kind: PBX, RunDir: t.TempDir(), chosen: func(p Ports) {
		if thief == nil {
			var err error
			thief, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p.HTTP)))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { thief.Close() })
		}
	}})
	if r.Instance.HTTP() == thief.Addr().String() {
		t.Fatalf("Asterisk's HTTP is said to be on %s, which is somebody else's", thief.Addr())
	}
	conn, err := net.Dial("tcp", r.Instance.HTTP())
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

func TestWays(t *testing.T) {
	rt := needAsterisk(t)
	for _, plain := range []bool{false, true} {
		t.Run(fmt.Sprintf("plain=%v", plain), func(t *testing.T) {
			in, err := Instance{Kind: PBX, RunDir: t.TempDir(), Log: testLog{t}, DiesWithParent: true}.withDefaults()
			if err != nil {
				t.Fatal(err)
			}
			w, err := rt.way(&in)
			if err != nil {
				t.Fatal(err)
			}
			if w.plain && !plain {
				t.Log("this machine allows no mount namespace: there is one way only")
				return
			}
			w.plain = plain
			// Tests' directories are closed to other users; a way without a namespace has to walk through.
			for d := in.RunDir; d != os.TempDir() && len(d) > 1; d = filepath.Dir(d) {
				_ = os.Chmod(d, 0o755)
			}
			if plain && os.Geteuid() == 0 && !openToAll(rt.root) {
				w = way{plain: true} // nobody else reaches the program: it has to stay root
			}
			in.only = &w
			r := start(t, rt, in)
			if got := uidOf(t, r.Pid); got != w.uid {
				t.Errorf("runs as %d, not %d", got, w.uid)
			}
			// Closed in: nothing of the host but what Asterisk needs.
			_, err = os.Stat(fmt.Sprintf("/proc/%d/root/home", r.Pid))
			if plain == errors.Is(err, os.ErrNotExist) {
				t.Errorf("/home inside: %v", err)
			}
			if w.loads(rt) {
				again(t, rt, r)
			}
		})
	}
}

// again asks that Asterisk, told "core restart now", executes what starts it again: it does so by the first of its own
// arguments. How long it takes to go down before is its own affair, from a second to half a minute: the tests of
// calls under a restart wait for that.
func again(t *testing.T, rt Runtime, r *Running) {
	t.Helper()
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", r.Pid))
	if name := "\x00--argv0\x00" + r.Instance.againFile() + "\x00"; err != nil || !strings.Contains(string(line), name) {
		t.Fatalf("it was started by %q (%v)", line, err)
	}
	out, err := exec.CommandContext(t.Context(), r.Instance.againFile(), "-V").CombinedOutput()
	major, minor, odd := parseVersion(string(out))
	if err != nil || odd != nil || major != rt.major || minor != rt.minor {
		t.Errorf("by that name it says %q (%v)", out, err)
	}
}

// child runs this test program as the given user, starting a carrier in dir.
func child(t *testing.T, dir string, uid int) (cmd *exec.Cmd, pid func() int) {
	t.Helper()
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	// The test's own program lies where other users cannot reach it.
	self, err := os.ReadFile(selfExe)
	if err != nil {
		t.Fatal(err)
	}
	prog := filepath.Join(dir, "program")
	if err := os.WriteFile(prog, self, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(prog)
	cmd.Env = append(os.Environ(), "TRUNKLINE_TEST_START_IN="+dir, "TRUNKLINE_TEST_RUN="+filepath.Join(filepath.Dir(wd), ".run"))
	if uid != os.Geteuid() {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	}
	cmd.Dir = dir
	errs, err := os.CreateTemp(t.TempDir(), "errors")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { errs.Close() })
	cmd.Stderr = errs
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); _ = cmd.Wait() })
	return cmd, func() int {
		var told struct{ Pid, UID int }
		if err := json.NewDecoder(out).Decode(&told); err != nil {
			t.Fatalf("%v: %s", err, proc.Tail(errs.Name(), 20))
		}
		if got := uidOf(t, told.Pid); got != told.UID {
			t.Errorf("it runs as %d, Start says %d", got, told.UID)
		}
		return told.Pid
	}
}

// TestOrdinaryUser starts Asterisk as somebody who is not root.
func TestOrdinaryUser(t *testing.T) {
	rt := needAsterisk(t)
	if os.Geteuid() != 0 {
		t.Log("all tests here run as an ordinary user already")
		return
	}
	if !openToAll(rt.root) {
		t.Log("NOT TESTED: this checkout is not reachable for other users")
		return
	}
	const uid = 54321
	dir, err := os.MkdirTemp("", "trunkline-user-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chown(dir, uid, uid); err != nil {
		t.Fatal(err)
	}
	_, pid := child(t, dir, uid)
	if got := uidOf(t, pid()); got != uid {
		t.Errorf("Asterisk runs as %d", got)
	}
}

// TestDiesWithParent kills the starting process without a chance to stop anything.
func TestDiesWithParent(t *testing.T) {
	needAsterisk(t)
	dir := t.TempDir()
	cmd, pid := child(t, dir, os.Geteuid())
	pid()
	f, alive := proc.Find(filepath.Join(dir, "carrier.pid"))
	if !alive {
		t.Fatal("the carrier is not there")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-f.Done():
	case <-time.After(limit):
		t.Error("Asterisk outlives the process it was to die with")
	}
}

// loginFrom is what the manager answers to a login from an address.
func loginFrom(t *testing.T, in Instance, from, user, secret string) string {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: limit}
	conn, err := d.DialContext(t.Context(), "tcp", in.AMI())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(limit))
	c := textproto.NewConn(conn)
	if _, err := c.ReadLine(); err != nil {
		t.Fatal(err)
	}
	if err := c.PrintfLine("Action: Login\r\nUsername: %s\r\nSecret: %s\r\nEvents: off\r\n", user, secret); err != nil {
		t.Fatal(err)
	}
	h, err := c.ReadMIMEHeader()
	if err != nil {
		t.Fatal(err)
	}
	return h.Get("Response")
}
