package asteriskconf

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"trunkline/sql/private"
)

func TestVersions(t *testing.T) {
	for text, want := range map[string][2]int{
		"Asterisk 22.10.1+dfsg+~cs6.17.60671434-1": {22, 10}, "Asterisk 20.6.0~dfsg": {20, 6},
		"Asterisk certified/20.7-cert2": {20, 7}, "Asterisk certified-20.7": {20, 7},
	} {
		major, minor, err := parseVersion(text)
		if err != nil || [2]int{major, minor} != want {
			t.Errorf("%q is %d.%d, %v", text, major, minor, err)
		}
	}
	if _, _, err := parseVersion("command not found"); err == nil {
		t.Error("no version, no error")
	}
	for v, want := range map[[2]int]bool{{20, 11}: false, {22, 4}: false, {22, 5}: true, {22, 10}: true, {23, 0}: true} {
		if got := (Runtime{major: v[0], minor: v[1]}).OutboundWebsocket(); got != want {
			t.Errorf("%v: outbound websocket %v", v, got)
		}
	}
}

func TestMirrorFromAptSources(t *testing.T) {
	got := oneLineURIs("# deb http://a/debian x main\ndeb-src http://b/debian x\n deb [signed-by=/k arch=amd64] http://c.test/debian/ bookworm main\ndeb http://d.test/debian-security s main\n")
	if !reflect.DeepEqual(got, []string{"http://c.test/debian/", "http://d.test/debian-security"}) {
		t.Error(got)
	}
	if !isMirror(got[0]) || isMirror(got[1]) || isMirror("cdrom:[x]/debian") || isMirror("file:///debian") {
		t.Error("which of them is a mirror")
	}
	got = deb822URIs("Types: deb\n# URIs: http://no/debian\nURIs: http://a.test/debian\n  http://b.test/debian\nSuites: x\n y\n\nuris: https://c.test/debian\n")
	if !reflect.DeepEqual(got, []string{"http://a.test/debian", "http://b.test/debian", "https://c.test/debian"}) {
		t.Error(got)
	}
}

// TestReadmeTellsTheBehaviours: the digits that an operator may try are the ones
// that are listed, and the mix is as it says.
func TestReadmeTellsTheBehaviours(t *testing.T) {
	raw, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, _ := strings.Cut(string(raw), "\n## The simulated carrier\n")
	part, _, _ = strings.Cut(part, "\n## ")
	told := map[string]bool{}
	for _, row := range regexp.MustCompile(`(?m)^\|(.+?)\|.+?\|.*?\|(.+?)\|.+\|$`).FindAllStringSubmatch(part, -1) {
		for _, d := range regexp.MustCompile(`\d\d`).FindAllString(row[1]+" "+row[2], -1) {
			told[d] = true
		}
	}
	for digits, what := range Behaviours() {
		if what != "mix" && !told[digits] {
			t.Errorf("README.md does not say that %s is %q", digits, what)
		}
		delete(told, digits)
	}
	if len(told) > 0 {
		t.Errorf("README.md tells of digits that mean nothing: %v", told)
	}
	m := DefaultMix
	mix := fmt.Sprintf("%d are humans, %d answering machines, %d ring on, %d are busy, %d not in service, %d congested, %d hang up after the answer, 2 play early media and %d is a fax",
		m.Human, m.Machine, m.NoAnswer, m.Busy, m.Invalid, m.Congestion, m.Drop, m.Fax)
	if !strings.Contains(part, mix) {
		t.Errorf("README.md does not say %q", mix)
	}
}

// TestMirrorOfACloudImage: Debian's images for clouds name a file of mirrors in the
// place of one.
func TestMirrorOfACloudImage(t *testing.T) {
	etc := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		path := filepath.Join(etc, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if got := mirrorOf(etc); got != "" {
		t.Errorf("no sources name %q", got)
	}
	list := filepath.Join(etc, "mirrors", "debian.list")
	put("sources.list", "# See /etc/apt/sources.list.d/debian.sources\n")
	put("sources.list.d/debian.sources", "Types: deb deb-src\nURIs: mirror+file://"+list+"\nSuites: bookworm\nComponents: main\n")
	if got := mirrorOf(etc); got != "" {
		t.Errorf("a list that is not there names %q", got)
	}
	put("mirrors/debian.list", "# nearest first\nhttps://a.test/debian-security\nhttps://b.test/debian\tpriority:1\n")
	if got := mirrorOf(etc); got != "https://b.test/debian" {
		t.Errorf("the list names %q", got)
	}
}

func TestMixTable(t *testing.T) {
	table, err := DefaultMix.table()
	if err != nil || len(table) != 100 {
		t.Fatal(table, err)
	}
	n := map[string]int{}
	for _, b := range table {
		n[b]++
	}
	want := map[string]int{"human": 30, "machine": 30, "busy": 8, "noanswer": 18, "congestion": 3, "invalid": 6, "fax": 1, "drop": 2, "early": 2}
	if !reflect.DeepEqual(n, want) {
		t.Error(n)
	}
	for _, m := range []Mix{{Human: 101}, {Human: 60, Busy: 60}, {Human: -1}} {
		if _, err := m.table(); err == nil {
			t.Errorf("%+v is a mix", m)
		}
	}
}

// TestEveryBehaviourHasAContext compares the table of suffixes with the dialplan.
func TestEveryBehaviourHasAContext(t *testing.T) {
	raw, err := confFiles.ReadFile("carrier/extensions.conf")
	if err != nil {
		t.Fatal(err)
	}
	for suffix, b := range Behaviours() {
		if b != "mix" && !strings.Contains(string(raw), "\n["+b+"]\n") {
			t.Errorf("%s: no context [%s]", suffix, b)
		}
	}
}

func TestConfigurationRefusesWhatWouldBeginSomethingElse(t *testing.T) {
	for _, in := range []Instance{
		{Kind: PBX, RunDir: "/tmp", Secrets: Secrets{Web: "a\nwrite = all"}},
		{Kind: PBX, RunDir: "/tmp", ListenURI: "ws://x;"},
		{Kind: Carrier, RunDir: "/tmp/${EXTEN}"}, {Kind: Carrier, RunDir: "/tmp/a,b"},
		{Kind: "switch", RunDir: "/tmp"}, {Kind: PBX},
	} {
		if _, err := in.withDefaults(); err == nil {
			t.Errorf("%+v is taken", in)
		}
	}
	if _, err := (Instance{Kind: PBX, RunDir: "/tmp/a b-c_d.e+f~g@h"}).withDefaults(); err != nil {
		t.Error(err)
	}
}

// TestRenderForAnOlderAsterisk: nothing that only a newer one understands.
func TestRenderForAnOlderAsterisk(t *testing.T) {
	in, err := Instance{Kind: PBX, RunDir: "/tmp", ListenURI: "ws://127.0.0.1:1/x"}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	files, err := confData{Instance: in, rt: Runtime{major: 20, minor: 6}}.render()
	if err != nil {
		t.Fatal(err)
	}
	for name, old := range map[string]string{"ari.conf": "type = outbound_websocket", "websocket_client.conf": "type =", "modules.conf": "res_websocket_client", "manager.conf": "action(include)", "pjsip.conf": "auth_type = digest"} {
		if strings.Contains(string(files[name]), old) {
			t.Errorf("%s holds %q", name, old)
		}
	}
}

func TestLedgerOfBadLines(t *testing.T) {
	dir := t.TempDir()
	const invite = "2026-11-23T12:00:00.123Z INVITE 1.2 4930100 00 human c1 -\n"
	for text, want := range map[string]bool{
		"": true, invite: true, invite + "2026-11-23T12:00:01.000Z ANSWER 1.2\n2026-11-23T12:00:02.000Z HANGUP 1.2 16\n": true,
		invite + "2026-11-23T12:00:01.0": true, // being written
		invite + invite:                  true, "2026-11-23T12:00:01.000Z ANSWER 1.2\n": false,
		invite + "2026-11-23T12:00:01.000Z HANGUP 1.2 x\n": false, "yesterday INVITE 1 2 3 4 5 6\n": false, "torn\n": false,
	} {
		f := filepath.Join(dir, "ledger")
		if err := os.WriteFile(f, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadLedger(f); (err == nil) != want {
			t.Errorf("%q: %+v %v", text, got, err)
		}
	}
	if got, err := ReadLedger(filepath.Join(dir, "none")); err != nil || got != nil {
		t.Error("a ledger that does not exist yet:", got, err)
	}
}

func TestUlaw(t *testing.T) {
	// Values of G.711's table.
	if got := ulaw([]float64{0, 32635, -32635, 132, -1000}); got[0] != 0xff || got[1] != 0x80 || got[2] != 0x00 {
		t.Errorf("% x", got)
	}
	for name, b := range simSounds() {
		if len(b) < sampleRate/4 {
			t.Errorf("%s has %d samples", name, len(b))
		}
	}
}

// TestBuildRootFails: the network is away. No half of a root is left, and a root that is there is not built again.
func TestBuildRootFails(t *testing.T) {
	_, err := exec.LookPath("apt-get")
	private.Missing(t, err)
	t.Setenv("TRUNKLINE_DEBIAN_MIRROR", "http://127.0.0.1:1/debian")
	run := t.TempDir()
	var log bytes.Buffer
	if err := BuildRoot(t.Context(), RootDir(run), &log); err == nil {
		t.Error("a root from nowhere")
	}
	if log.Len() == 0 {
		t.Error("apt's words are lost")
	}
	if left, err := filepath.Glob(RootDir(run) + "*"); err != nil || len(left) > 1 || len(left) == 1 && left[0] != RootDir(run)+".lock" {
		t.Errorf("left behind: %v %v", left, err)
	}
	if err := os.MkdirAll(filepath.Join(RootDir(run), "usr/sbin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(RootDir(run), asteriskProgram), nil, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := BuildRoot(t.Context(), RootDir(run), &log); err != nil {
		t.Errorf("a root that is there: %v", err)
	}
}
