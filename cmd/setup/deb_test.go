package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const packaging = "packaging"

// Each unit says when it is ready, begins again when it dies, and may do little
// beside its work.
func TestUnitsAreHardenedAndSayWhenTheyAreReady(t *testing.T) {
	units, err := filepath.Glob(filepath.Join(packaging, "systemd", "*.service"))
	if err != nil || len(units) != 5 {
		t.Fatalf("%d units, %v", len(units), err)
	}
	for _, path := range units {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(path)
		want := []string{"NoNewPrivileges=yes", "ProtectHome=yes"}
		if name != "trunkline-backup.service" {
			want = append(want, "Type=notify", "Restart=always", "RestrictAddressFamilies=", "SystemCallArchitectures=native", "WantedBy=multi-user.target")
		}
		if name != "trunkline-asterisk.service" { // which encloses Asterisk itself, and gives root up on the way
			want = append(want, "User=trunkline", "ProtectSystem=strict", "PrivateTmp=yes")
		} else if strings.Contains(string(text), "\nRuntimeDirectory") || strings.Contains(string(text), "\nStateDirectory") {
			t.Error("the folders that all roles share would become root's")
		}
		for _, w := range want {
			if !strings.Contains(string(text), "\n"+w) {
				t.Errorf("%s has no %s", name, w)
			}
		}
	}
	keepalive, err := os.ReadFile(filepath.Join(packaging, "systemd", "trunkline-keepalive.service"))
	if err != nil || !strings.Contains(string(keepalive), "KillMode=process") {
		t.Error("the end of keepalive would be that of every call")
	}
	// Where systemd's tools are, they look at them, too.
	if tool, err := exec.LookPath("systemd-analyze"); err == nil {
		out, _ := exec.CommandContext(t.Context(), tool, append([]string{"verify", "--man=no"}, units...)...).CombinedOutput()
		for line := range strings.Lines(string(out)) {
			if !strings.Contains(line, "/usr/bin/trunkline is not executable") && strings.Contains(line, "trunkline") {
				t.Error(line)
			}
		}
	}
}

// A file that has moved from one package of ours to another does not keep an
// upgrade from being unpacked.
func TestFilesMayMoveBetweenPackages(t *testing.T) {
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip("no dpkg-deb here: packages are built on Debian")
	}
	all := parts("1.2.0")
	i := slices.IndexFunc(all, func(p part) bool { return p.name == "trunkline-telephony" })
	p, out := all[i], t.TempDir()
	p.conffiles = nil // its files are not in this one
	err := p.pack(t.Context(), t.TempDir(), out, "1.2.0", "none")
	if err != nil {
		t.Fatal(err)
	}
	built, err := filepath.Glob(filepath.Join(out, "*.deb"))
	if err != nil || len(built) != 1 {
		t.Fatal(built, err)
	}
	for _, field := range []string{"Breaks", "Replaces"} {
		text, err := exec.CommandContext(t.Context(), "dpkg-deb", "-f", built[0], field).CombinedOutput()
		if got := strings.TrimSpace(string(text)); err != nil || got != "trunkline (<< 1.2.0)" {
			t.Errorf("%s: %q, %v", field, got, err)
		}
	}
}

// host is an address as fail2ban finds one.
const host = `(?P<host>[0-9.]+|[0-9a-f:]+)`

// The filter finds who was not let in, and nobody else.
func TestTheFilterForFail2ban(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(packaging, "fail2ban", "filter.conf"))
	if err != nil {
		t.Fatal(err)
	}
	setting := func(name string) string {
		m := regexp.MustCompile(`(?m)^` + name + ` = (.*)$`).FindSubmatch(text)
		if m == nil {
			t.Fatalf("the filter has no %s", name)
		}
		return string(m[1])
	}
	fail := regexp.MustCompile(strings.NewReplacer("%(_prefix)s", setting("_prefix"), "<HOST>", host).Replace(setting("failregex")))
	// fail2ban takes the date out before it looks.
	date := regexp.MustCompile(`^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?\]`)
	const begin = `[2026-11-28 14:29:11.245] SECURITY[327] res_security_log.c: SecurityEvent=`
	for line, want := range map[string]string{
		// As Asterisk 22.10.1 wrote it when somebody came to its manager with a wrong password.
		begin + `"InvalidPassword",EventTV="2026-11-28T14:29:11.245+0000",Severity="Error",Service="AMI",EventVersion="2",AccountID="listen",SessionID="0x7f41d8001470",LocalAddress="IPV4/TCP/127.0.0.1/5038",RemoteAddress="IPV4/TCP/198.51.100.6/51696",SessionTV="1970-01-01T00:00:00.000+0000"`:                              "198.51.100.6",
		begin + `"ChallengeResponseFailed",EventTV="2026-11-28T13:55:32.663+0000",Severity="Error",Service="PJSIP",EventVersion="1",AccountID="100",SessionID="18@198.51.100.7",LocalAddress="IPV4/UDP/192.0.2.1/5060",RemoteAddress="IPV4/UDP/198.51.100.7/5071",Challenge="1764338132/abc",Response="9b,x",ExpectedResponse=""`: "198.51.100.7",
		begin + `"InvalidAccountID",EventTV="t",Severity="Error",Service="PJSIP",EventVersion="1",AccountID="admin",SessionID="a1",LocalAddress="IPV4/UDP/192.0.2.1/5060",RemoteAddress="IPV4/UDP/198.51.100.8/5071"`:                                                                                                             "198.51.100.8",
		begin + `"FailedACL",EventTV="t",Severity="Error",Service="AMI",EventVersion="1",AccountID="web",SessionID="0x7f",LocalAddress="IPV6/TCP/2001:db8::1/5038",RemoteAddress="IPV6/TCP/2001:db8::7/40000"`:                                                                                                                    "2001:db8::7",
		begin + `"ChallengeSent",EventTV="t",Severity="Informational",Service="PJSIP",EventVersion="1",AccountID="100",SessionID="s",LocalAddress="IPV4/UDP/192.0.2.1/5060",RemoteAddress="IPV4/UDP/198.51.100.10/5071",Challenge="c"`:                                                                                            "",
		begin + `"SuccessfulAuth",EventTV="t",Severity="Informational",Service="PJSIP",EventVersion="1",AccountID="100",SessionID="s",LocalAddress="IPV4/UDP/192.0.2.1/5060",RemoteAddress="IPV4/UDP/198.51.100.11/5071",UsingPassword="1"`:                                                                                       "",
		`[2026-11-28 13:55:39.663] NOTICE[8782] res_pjsip: from '<sip:SecurityEvent="InvalidPassword",LocalAddress="x",RemoteAddress="IPV4/UDP/203.0.113.98/1">' failed`:                                                                                                                                                          "",
	} {
		got := ""
		if m := fail.FindStringSubmatch(date.ReplaceAllString(line, "")); m != nil {
			got = m[fail.SubexpIndex("host")]
		}
		if got != want {
			t.Errorf("found %q, want %q in\n%s", got, want, line)
		}
	}
}

// What the packages name is there, and every unit is in one.
func TestPackagesHoldWhatThereIs(t *testing.T) {
	var packed []string
	for _, p := range parts("1.0.0") {
		for _, from := range p.files {
			packed = append(packed, from)
			if from == ".run/bin/trunkline-deb" {
				continue // is built
			}
			if _, err := os.Stat(filepath.Join("../..", from)); err != nil {
				t.Errorf("package %s: %v", p.name, err)
			}
		}
	}
	units, err := filepath.Glob(filepath.Join(packaging, "systemd", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range units {
		if !slices.Contains(packed, "cmd/setup/packaging/systemd/"+filepath.Base(u)) {
			t.Errorf("%s is in no package", filepath.Base(u))
		}
	}
}

// A jail whose log is not there keeps fail2ban from starting at all, so the package
// that brings the jail makes the log; and a host without Asterisk does not get one.
func TestTheJailsLogIsThere(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(packaging, "fail2ban", "jail.conf"))
	if err != nil {
		t.Fatal(err)
	}
	log := regexp.MustCompile(`(?m)^logpath\s*= (\S+)$`).FindSubmatch(text)
	if log == nil {
		t.Fatal("the jail names no log")
	}
	var with []string
	for _, p := range parts("1.0.0") {
		for to := range p.files {
			if !strings.HasPrefix(to, "etc/fail2ban/") {
				continue
			}
			with = append(with, p.name)
			if !strings.Contains(p.postinst, "/dev/null "+string(log[1])) {
				t.Errorf("package %s brings %s and does not make %s", p.name, to, log[1])
			}
		}
	}
	if want := []string{"trunkline-telephony", "trunkline-telephony"}; !slices.Equal(with, want) {
		t.Errorf("files of fail2ban are in %q, want them in %q", with, want)
	}
}
