package pages

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"trunkline/cmd/internal/join"
)

// A host is invited on the page Servers: the token is shown once and works once,
// and may be revoked before.
func TestAServerIsInvited(t *testing.T) {
	o := newOffice(t)
	ada := o.as("ada")
	says := func(what string, a answer, status int, want ...string) {
		t.Helper()
		for _, w := range want {
			if a.status != status || !strings.Contains(a.body, w) {
				t.Errorf("%s: %d, no %q in %s", what, a.status, w, a.body)
			}
		}
	}
	says("nobody yet", ada.get("/servers"), http.StatusOK, "Nobody has been invited", "Invite a server")
	if a := o.as("mia").get("/servers/invite"); a.status != http.StatusForbidden {
		t.Errorf("a manager invites servers: %d", a.status)
	}
	says("a name that is none", ada.post("/servers/invite", "server", "a b", "roles", "telephony", "from", "192.0.2.7", "hours", "1"), http.StatusUnprocessableEntity, "letters, digits and dashes")
	says("no address", ada.post("/servers/invite", "server", "tel-2", "roles", "telephony", "from", "somewhere", "hours", "1"), http.StatusUnprocessableEntity, "Enter an address such as")
	says("no role", ada.post("/servers/invite", "server", "tel-2", "from", "192.0.2.7", "hours", "1"), http.StatusUnprocessableEntity, "Choose at least one.")
	says("a database by a socket", ada.post("/servers/invite", "server", "tel-2", "roles", "telephony", "from", "192.0.2.7", "hours", "1"), http.StatusUnprocessableEntity, "this host uses a socket")
	says("a database that is everybody's own", ada.post("/servers/invite", "server", "tel-2", "roles", "telephony", "from", "192.0.2.7", "database", "127.0.0.1:3306", "hours", "1"), http.StatusUnprocessableEntity, "this host itself")

	command := regexp.MustCompile(`trunkline join https://dialer\.example\.com (tljoin-[a-z2-7]{40})`)
	invite := func() join.Token {
		t.Helper()
		a := ada.post("/servers/invite", "server", "tel-2", "roles", "telephony", "from", "192.0.2.7", "database", "192.0.2.1:3306", "hours", "2")
		says("invited", a, http.StatusOK, "tel-2 is invited", "&#39;trunkline_tel_2&#39;@&#39;192.0.2.7&#39;")
		m := command.FindStringSubmatch(a.body)
		if m == nil {
			t.Fatalf("no token in %s", a.body)
		}
		return join.Token(m[1])
	}
	first := invite()
	list := ada.get("/servers")
	says("listed", list, http.StatusOK, "Open until", "tel-2", "ada")
	if strings.Contains(list.body, string(first)) {
		t.Error("the token is shown again")
	}
	to := func() string { return filepath.Join(t.TempDir(), "trunkline.toml") }
	web := httptest.NewServer(o.pages)
	defer web.Close()
	if a := ada.do("POST", "/servers/invite/tel-2/revoke", nil); a.status != http.StatusSeeOther {
		t.Errorf("revoking: %d %s", a.status, a.body)
	}
	if _, err := join.Join(t.Context(), web.URL, first, to()); err == nil || !strings.Contains(err.Error(), "time is over") {
		t.Errorf("a revoked token: %v", err)
	}
	says("revoked twice", ada.do("POST", "/servers/invite/tel-2/revoke", nil), http.StatusNotFound, "no open invitation")
	second := invite()
	c, err := join.Join(t.Context(), web.URL, second, to())
	if err != nil || c.Server != "tel-2" || c.Asterisk.AMI != "192.0.2.7:5038" {
		t.Fatalf("joining: %+v, %v", c, err)
	}
	says("used", ada.get("/servers"), http.StatusOK, "from 127.0.0.1")
	var notes int
	if err := o.sql.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM audit WHERE user_id = 1 AND action IN ('server.invite', 'server.uninvite')`).Scan(&notes); err != nil || notes != 3 {
		t.Errorf("the audit log has %d entries of these (%v)", notes, err)
	}
}
