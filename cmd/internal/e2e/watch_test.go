package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
)

// TestSupervisor listens, whispers, joins and takes over: customer 1000 Hz,
// agent 500 Hz, supervisor 2000 Hz.
func TestSupervisor(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	tr := s.trio(t, nil)
	number, user := s.toneNumber("32"), "supervisor-"+string(tr.c.id)
	ear := s.far().HeardFile(number)
	tr.c.hireWith(t, user, dialer.RoleAdmin, func(id dialer.UserID) dialer.Phone {
		return dialer.Phone{
			ServerID: s.server.ID, UserID: id, Login: "phone-" + user, Secret: app.Secret(), Kind: dialer.PhoneStatic,
			Contact: fmt.Sprintf("sip:%s@%s:%d", number, s.carrier.Host, s.carrier.Port),
		}
	})
	boss := demo.NewDesk(s.cfg.Web.PublicURL)
	if err := boss.Admin(t.Context(), user, s.secret); err != nil {
		t.Fatal(err)
	}
	snap, _ := tr.h.now()
	post := func(path string, form url.Values) (answer struct{ Watch string }) {
		body, err := boss.Post(t.Context(), path, form)
		if err == nil && len(body) > 0 {
			err = json.Unmarshal(body, &answer)
		}
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	id := post("/watch", url.Values{"session": {snap.Session}, "mode": {"listen"}}).Watch
	s.until(t, "the supervisor's phone", func() (bool, error) { _, err := readSound(ear); return err == nil, err })
	s.hears(t, ear, "both", 3, both(has(500), has(1000)))
	s.hears(t, tr.agent, "no supervisor", 3, both(has(1000), not(has(2000))))
	s.hears(t, tr.customer, "no supervisor", 3, both(has(500), not(has(2000))))

	mode := func(m string) { post("/watch/"+id+"/mode", url.Values{"mode": {m}}) }
	mode("whisper")
	s.hears(t, tr.agent, "the supervisor too", 3, both(has(1000), has(2000)))
	s.hears(t, tr.customer, "the agent only", 3, both(has(500), not(has(2000))))
	s.hears(t, ear, "both", 3, both(has(500), has(1000)))

	mode("barge")
	s.hears(t, tr.customer, "agent and supervisor", 3, both(has(500), has(2000)))
	s.hears(t, tr.agent, "customer and supervisor", 3, both(has(1000), has(2000)))
	s.hears(t, ear, "both", 3, both(has(500), has(1000)))

	mode("listen")
	s.hears(t, tr.customer, "the agent only", 3, both(has(500), not(has(2000))))
	s.hears(t, ear, "both again", 3, both(has(500), has(1000)))

	mode("takeover")
	tr.h.untilState(dialer.AgentWrapUp)
	s.hears(t, tr.customer, "the supervisor only", 3, both(has(2000), not(has(500))))
	s.hears(t, ear, "the customer only", 3, both(has(1000), not(has(500))))
	tr.h.dispose("SALE", "pause")
	if body, err := boss.Post(t.Context(), "/watch/"+id+"/mode", url.Values{"mode": {"listen"}}); err == nil || !strings.Contains(err.Error(), "That is over already.") {
		t.Errorf("back to the agent, whose customer was taken: %s, %v", body, err)
	}
	post("/watch/"+id+"/end", nil)
	if r := tr.c.row(t, "31", "ended", func(r callRow) bool { return !r.live }); r.status != "SALE" {
		t.Errorf("%+v", r)
	}
	s.until(t, "the end of the watch", func() (bool, error) {
		var n int
		err := s.sql.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM watches WHERE id = ? AND live IS NULL AND ended_at IS NOT NULL AND call_id = ?", id, tr.call).Scan(&n)
		return n == 1, err
	})
	var audited string
	err := s.sql.QueryRowContext(t.Context(), `SELECT COALESCE(GROUP_CONCAT(CONCAT_WS(' ', action, JSON_VALUE(after_, '$.mode')) ORDER BY id SEPARATOR ', '), '')
		FROM audit WHERE action LIKE 'watch%' AND object = ?`, "session/"+snap.Session).Scan(&audited)
	if want := "watch listen, watch whisper, watch barge, watch listen, watch takeover, watch listen, watch.refused listen"; audited != want || err != nil {
		t.Errorf("in the audit: %s, %v; want %s", audited, err, want)
	}
	tr.h.logout()
}
