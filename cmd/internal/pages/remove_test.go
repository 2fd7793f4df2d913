package pages

import (
	"net/http"
	"strings"
	"testing"
)

// A server that has left is removed on the page Servers, by a second press; one
// that is at work, or that phones are set up on, says why it stays.
func TestAServerIsRemoved(t *testing.T) {
	o := newOffice(t)
	o.exec(`INSERT INTO servers (id, name, telephony, listening, ami_addr, sip_addr, beat_at) VALUES (2, 'tel-2', 1, 1, '192.0.2.12:5038', '192.0.2.12:5060', UTC_TIMESTAMP(3) - INTERVAL 4 MINUTE)`)
	o.exec(`INSERT INTO phones (id, server_id, login, secret, kind, changed_at) VALUES (70, 2, 'desk-7', 's', 'sip', UTC_TIMESTAMP(3)), (71, 2, 'web-nadia-2', 's', 'webrtc', UTC_TIMESTAMP(3))`)
	ada := o.as("ada")
	says := func(what string, a answer, status int, want ...string) {
		t.Helper()
		for _, w := range want {
			w, not := strings.CutPrefix(w, "!")
			if a.status != status || strings.Contains(a.body, w) == not {
				t.Errorf("%s: %d, %q in it: %v: %s", what, a.status, w, not, a.body)
			}
		}
	}
	says("the list", ada.get("/servers"), http.StatusOK, "tel-2 does not beat", `href="/servers/2/remove"`, `!href="/servers/1/remove"`)
	if a := o.as("mia").post("/servers/2/remove"); a.status != http.StatusForbidden {
		t.Errorf("a manager removes servers: %d", a.status)
	}
	says("one at work", ada.get("/servers/1/remove"), http.StatusOK, "tel-1 cannot be removed now", "trunkline-keepalive", "!<form method=\"post\" action=\"/servers/1/remove")
	says("one at work, all the same", ada.post("/servers/1/remove"), http.StatusConflict, "tel-1 is at work")
	says("one with a phone", ada.post("/servers/2/remove"), http.StatusConflict, "desk-7", "page Phones")
	o.exec(`UPDATE phones SET server_id = 1 WHERE id = 70`)
	says("the question", ada.get("/servers/2/remove"), http.StatusOK, "Remove tel-2?", "stay in the call log", `action="/servers/2/remove"`)
	if a := ada.post("/servers/2/remove"); a.status != http.StatusSeeOther {
		t.Errorf("removing: %d %s", a.status, a.body)
	}
	says("the list after it", ada.get("/servers"), http.StatusOK, "!server-tel-2", "all are well")
	says("the phones", ada.get("/phones"), http.StatusOK, "desk-7", "!web-nadia-2")
	says("twice", ada.post("/servers/2/remove"), http.StatusNotFound, "removed it already")
	says("the audit log", ada.get("/audit"), http.StatusOK, "tel-2")
}
