package e2e

import (
	"bufio"
	"fmt"
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
	conn, err := net.Dial("tcp", s.cfg.Asterisk.AMI)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "Action: Login\r\nUsername: %s\r\nSecret: guessed\r\n\r\n", s.cfg.Asterisk.WebAMIUser); err != nil {
		t.Fatal(err)
	}
	answer := bufio.NewReader(conn)
	for line := ""; !strings.HasPrefix(line, "Response: Error"); {
		if line, err = answer.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
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
	log := filepath.Join(s.pbx().Dir, "log", "security")
	var found []string
	s.until(t, "the refusals in the security log", func() (bool, error) {
		text, err := os.ReadFile(log)
		if err != nil {
			return false, err
		}
		byPhone, byManager := 0, 0
		found = nil
		for line := range strings.Lines(string(text)) {
			m := fail.FindStringSubmatch(date.ReplaceAllString(line, ""))
			switch {
			case m == nil:
				continue
			case strings.Contains(line, `Service="PJSIP"`) && m[fail.SubexpIndex("host")] == "127.0.0.4":
				byPhone++
			case strings.Contains(line, `Service="AMI"`) && m[fail.SubexpIndex("host")] == "127.0.0.1":
				byManager++
			}
			found = append(found, line)
		}
		return byPhone >= 2 && byManager >= 1, nil
	})
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
