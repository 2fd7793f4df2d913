package e2e

import (
	"bufio"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"trunkline/cmd/internal/app"
	"trunkline/dialer"
	"trunkline/sql/private"
)

// refusedTwice is a phone that is asked for its password twice, since the first was
// wrong.
var refusedTwice = strings.Replace(register, `<recv response="200"/>`, `<recv response="401"/>`, 1)

// guess tries a wrong password at a manager, and waits for the refusal.
func guess(t *testing.T, manager, user string) {
	t.Helper()
	conn, err := net.Dial("tcp", manager)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "Action: Login\r\nUsername: %s\r\nSecret: guessed\r\n\r\n", user); err != nil {
		t.Fatal(err)
	}
	answer := bufio.NewReader(conn)
	for line := ""; !strings.HasPrefix(line, "Response: Error"); {
		if line, err = answer.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSecurityLog: who comes to Asterisk with a wrong password, by SIP or AMI, or
// under a name that it does not know, stands in its security log, as the filter
// for fail2ban that the packages bring finds them.
func TestSecurityLog(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	if _, err := exec.LookPath("sipp"); err != nil {
		private.Missing(t, err)
	}
	c := s.campaign(t, nil, nil)
	c.hireWith(t, "guarded", dialer.RoleAgent, func(id dialer.UserID) dialer.Phone {
		return dialer.Phone{ServerID: s.server.ID, UserID: id, Login: "guarded", Secret: app.Secret(), Kind: dialer.PhoneSIP}
	})
	for login, secret := range map[string]string{"nobody-at-all": "guessed", "guarded": "wrong"} {
		p := &sipPhone{t: t, dir: t.TempDir(), port: freeUDP(t), media: freeUDP(t), login: login, server: s.sipAddress(t), host: "127.0.0.4"}
		p.tries(refusedTwice, secret, 300)
	}
	for _, user := range []string{s.cfg.Asterisk.WebAMIUser, "nobody-of-ours"} {
		guess(t, s.cfg.Asterisk.AMI, user)
	}

	filter := filepath.Join("..", "..", "setup", "packaging", "fail2ban", "filter.conf")
	text, err := os.ReadFile(filter)
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
	// fail2ban takes the date out of a line before it looks.
	date := regexp.MustCompile(`^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?\]`)
	fail := regexp.MustCompile(strings.NewReplacer("%(_prefix)s", setting("_prefix"), "<HOST>", `(?P<host>[0-9.]+|[0-9a-f:]+)`).Replace(setting("failregex")))
	ignore := regexp.MustCompile(setting("ignoreregex"))
	log := filepath.Join(s.pbx().Dir, "log", "security")
	// Who has to be found, and from where they came. The phone that Asterisk does not
	// know has no name there.
	wanted := map[string]string{
		`Service="PJSIP" <unknown>`: "127.0.0.4", `Service="PJSIP" guarded`: "127.0.0.4",
		`Service="AMI" ` + s.cfg.Asterisk.WebAMIUser: "127.0.0.1", `Service="AMI" nobody-of-ours`: "127.0.0.1",
	}
	who := regexp.MustCompile(`(Service="[A-Z]+").*,AccountID="(?:sip:)?([^"@]*)`)
	var missing map[string]string
	var found []string
	err = s.await(func() (bool, error) {
		text, err := os.ReadFile(log)
		if err != nil {
			return false, err
		}
		missing, found = maps.Clone(wanted), nil
		for line := range strings.Lines(string(text)) {
			m := fail.FindStringSubmatch(date.ReplaceAllString(line, ""))
			if m == nil || ignore.MatchString(line) {
				continue
			}
			found = append(found, line)
			if is := who.FindStringSubmatch(line); is != nil && missing[is[1]+" "+is[2]] == m[fail.SubexpIndex("host")] {
				delete(missing, is[1]+" "+is[2])
			}
		}
		return len(missing) == 0, nil
	})
	if err != nil {
		t.Fatalf("the filter does not find the refusals of %v (%v), but\n%s", missing, err, strings.Join(found, ""))
	}
	// The phones and daemons of all other tests have been let in meanwhile.
	for _, line := range found {
		if strings.Contains(line, "Successful") || strings.Contains(line, "ChallengeSent") {
			t.Errorf("no refusal: %s", line)
		}
	}
	t.Logf("%d refusals, such as %s", len(found), strings.Join(found, ""))
	tool, err := exec.LookPath("fail2ban-regex")
	if err != nil {
		return // where it is installed, it looks too
	}
	out, err := exec.CommandContext(t.Context(), tool, "--print-all-matched", log, filter).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, line := range found {
		if !strings.Contains(string(out), strings.TrimSpace(line)) {
			t.Errorf("fail2ban does not find %s\n%s", line, out)
		}
	}
}
