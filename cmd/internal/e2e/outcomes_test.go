package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
)

// carrierOf gives the campaign a carrier of its own, at the same place as
// everybody's, and waits until Asterisk knows it.
func (c *campaign) carrierOf(t *testing.T, name string) {
	t.Helper()
	c.carrierAt(t, name, "", 0)
}

// carrierAt is carrierOf at an address; "": where everybody's is.
func (c *campaign) carrierAt(t *testing.T, name, host string, port int) {
	t.Helper()
	for _, q := range []struct {
		text string
		args []any
	}{
		{`INSERT INTO carriers (name, host, port, dial_prefix, active, changed_at)
		 SELECT ?, IF(? = '', host, ?), IF(? = '', port, ?), dial_prefix, TRUE, UTC_TIMESTAMP(3) FROM carriers ORDER BY id LIMIT 1`, []any{name, host, host, host, port}},
		{`UPDATE campaigns SET carrier_id = (SELECT id FROM carriers WHERE name = ?) WHERE id = ?`, []any{name, c.id}},
	} {
		if _, err := c.sql.ExecContext(t.Context(), q.text, q.args...); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(c.cfg.Asterisk.ConfDir, "pjsip_carriers.conf")
	c.until(t, "the carrier in Asterisk's configuration", func() (bool, error) {
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(text), "["+name+"]") {
			return false, err
		}
		info, err := os.Stat(file)
		if err != nil {
			return false, err
		}
		row, err := mariadb.NewDemo(c.db).Server(t.Context(), c.server.ID)
		return err == nil && row.ConfAt != nil && !row.ConfAt.Before(info.ModTime().Truncate(time.Millisecond)), err
	})
}

// TestCarriersOwnOutcomes: what an admin says of a carrier's codes counts for
// the next calls over it, SIP code before cause, and for no other carrier.
func TestCarriersOwnOutcomes(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	want := map[string]dialer.Status{
		"02": "NA", // 486 is its word, cause 17 another
		"04": "DC", // 503 it says nothing of, but cause 34
		"05": "DC", // 404 is everybody's word
		"12": "CR", // and 603
		"03": "NA", // our own timeout is nobody's word
	}
	c := s.campaign(t, suffixes(want), func(c *dialer.Campaign) { c.DialLevel = 10 })
	probe := s.campaign(t, nil, manual)
	c.carrierOf(t, "own")
	for _, q := range []string{
		`INSERT INTO carrier_outcomes (carrier_id, kind, code, status)
		 SELECT c.id, o.kind, o.code, o.status FROM carriers c JOIN (SELECT 'sip' AS kind, 486 AS code, 'NA' AS status
		   UNION SELECT 'cause', 17, 'DC' UNION SELECT 'cause', 34, 'DC' UNION SELECT 'sip', 480, 'DC') o WHERE c.name = 'own'`,
		`UPDATE campaigns SET carrier_id = (SELECT id FROM carriers WHERE name = 'own') WHERE id = '` + string(probe.id) + `'`,
	} {
		if _, err := s.sql.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	// listen reads the table every few seconds: calls by hand, each to another
	// busy number, tell when it has.
	h := probe.hand(t)
	numbers := strings.Fields("201 203 205 207 208 209 210 215 217 218 219 224 225 228 229 231 234 239 240 248")
	s.until(t, "the table at work", func() (bool, error) {
		if len(numbers) == 0 {
			return false, errInVain
		}
		number := "+1" + numbers[0] + "5550102"
		numbers = numbers[1:]
		h.click("dial", values(demo.Snapshot{}, "number", number))
		got := h.untilState(dialer.AgentWrapUp)
		h.dispose("N", "pause")
		return got.Call.Status == "NA", nil
	})
	h.logout()
	caller := c.hand(t)
	caller.ready()
	c.start(t)
	for suffix, r := range c.settledRows(t, len(want)) {
		if r.status != want[suffix] || r.lead != want[suffix] {
			t.Errorf("%s: SIP %d, cause %d became %s, the lead %s; want %s", suffix, r.sip, r.cause, r.status, r.lead, want[suffix])
		}
	}
	c.audit(t)
	caller.untilState(dialer.AgentReady)
	caller.logout()
}
