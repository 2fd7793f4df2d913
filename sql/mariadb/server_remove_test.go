package mariadb_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/dialer/keepalive"
	"trunkline/sql/mariadb"
	"trunkline/sql/migrated"
)

// Web and keepalive of one host beat by themselves, and a host's own figures are
// keepalive's where there is one.
func TestEachRoleBeats(t *testing.T) {
	t.Parallel()
	db := freshDB(t)
	servers, hosts := mariadb.NewServers(db), mariadb.NewHosts(db)
	tel := join(t, db)
	web, err := servers.JoinWeb(t.Context(), "web1")
	if err != nil {
		t.Fatal(err)
	}
	now, err := db.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	vitals := func(version string, skew time.Duration) keepalive.Vitals {
		return keepalive.Vitals{Skew: skew, Version: version, Load: 0.5, Cores: 3}
	}
	if err := servers.BeatWeb(t.Context(), tel.ID, now, vitals("v2", time.Second)); !errors.Is(err, dialer.ErrNotFound) {
		t.Errorf("a host without the web role beats as one: %v", err)
	}
	if err := servers.Beat(t.Context(), web.ID, now, vitals("v2", time.Second)); !errors.Is(err, dialer.ErrNotFound) {
		t.Errorf("a host without the telephony role beats as one: %v", err)
	}
	if _, err := servers.JoinWeb(t.Context(), "tel1"); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		servers.Beat(t.Context(), tel.ID, now, vitals("v1", time.Second)), servers.BeatWeb(t.Context(), tel.ID, now, vitals("v2", time.Hour)),
		servers.BeatWeb(t.Context(), web.ID, now, vitals("v3", -2*time.Second)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	lines, err := hosts.Lines(t.Context())
	if err != nil || len(lines) != 2 {
		t.Fatalf("%+v, %v", lines, err)
	}
	if l := lines[0]; l.Name != "web1" || l.BeatAt != nil || l.WebAt == nil || l.WebVersion != "v3" || l.SkewMS != -2000 || l.Cores != 3 {
		t.Errorf("the web server: %+v", l)
	}
	if l := lines[1]; l.BeatAt == nil || l.WebAt == nil || l.Version != "v1" || l.WebVersion != "v2" || l.SkewMS != 1000 {
		t.Errorf("the host of both roles: %+v", l)
	}
	operating := mariadb.NewOperating(db)
	versions, err := operating.Versions(t.Context())
	if err != nil || len(versions) != 3 {
		t.Errorf("versions at work: %+v, %v", versions, err)
	}
	alive, err := db.Alive(t.Context())
	if err != nil || len(alive) != 2 {
		t.Errorf("at work are %v, %v", alive, err)
	}
	for _, name := range []string{"tel1", "web1"} {
		if there, err := servers.Alive(t.Context(), name); err != nil || !there {
			t.Errorf("%s is alive: %v, %v", name, there, err)
		}
	}
	if err := db.Exec(t.Context(), `UPDATE servers SET web_at = UTC_TIMESTAMP(3) - INTERVAL 1 MINUTE`); err != nil {
		t.Fatal(err)
	}
	silent, err := operating.Silent(t.Context())
	if err != nil || len(silent) != 2 || silent[0].Name != "tel1" || silent[0].Role != "web" || silent[1].Name != "web1" || silent[1].Seconds < 60 {
		t.Errorf("silent are %+v, %v", silent, err)
	}
}

func TestServerIsRemovedOnceNothingIsItsOwn(t *testing.T) {
	t.Parallel()
	dsn := migrated.Database(t)
	db, err := mariadb.Open(dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	raw := sqlx.MustOpen("mysql", dsn+"&parseTime=true")
	t.Cleanup(func() { raw.Close() })
	servers, hosts := mariadb.NewServers(db), mariadb.NewHosts(db)
	one := join(t, db)
	two, err := servers.Join(t.Context(), dialer.Server{Name: "tel2", AMIAddr: "127.0.0.1:5039", AMISecret: "s"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := servers.JoinWeb(t.Context(), "tel2"); err != nil {
		t.Fatal(err)
	}
	by := audit.By{User: 1, At: time.Now()}
	refused := func(name string, kind error, words ...string) {
		t.Helper()
		_, dry := hosts.Removable(t.Context(), name)
		_, err := hosts.Remove(t.Context(), by, name)
		for _, word := range words {
			if err == nil || dry == nil || !errors.Is(err, kind) || !strings.Contains(err.Error(), word) || dry.Error() != err.Error() {
				t.Errorf("removing %s: %v and %v, want %q", name, err, dry, word)
			}
		}
	}
	const dead = `UTC_TIMESTAMP(3) - INTERVAL 1 MINUTE`
	refused("tel9", dialer.ErrNotFound, "not found")
	raw.MustExec(`UPDATE servers SET beat_at = UTC_TIMESTAMP(3), web_at = UTC_TIMESTAMP(3)`)
	refused("tel2", dialer.ErrConflict, "at work", "trunkline-keepalive trunkline-web")
	raw.MustExec(`UPDATE servers SET beat_at = `+dead+`, web_at = `+dead+`, listen_at = UTC_TIMESTAMP(3), web = FALSE WHERE id = ?`, two.ID)
	refused("tel2", dialer.ErrConflict, "at work") // its listen still has calls in hand
	raw.MustExec(`UPDATE servers SET listen_at = `+dead+`, web = TRUE WHERE id = ?`, two.ID)

	raw.MustExec(`INSERT INTO calls (id, live, server_id, line_server_id, lead_id, list_id, campaign_id, carrier_id, e164, placed_at, state)
		VALUES (1, 1, ?, ?, 1, 1, 'C', 1, '+12125550100', UTC_TIMESTAMP(3), 'TALKING')`, one.ID, two.ID)
	refused("tel2", dialer.ErrConflict, "1 open call")
	raw.MustExec(`UPDATE calls SET live = NULL, state = 'ENDED'`)
	raw.MustExec(`INSERT INTO agent_sessions (id, live, user_id, campaign_id, server_id, phone_id, state, state_since, seen_at, logged_in_at)
		VALUES (1, 1, 1, 'C', ?, 1, 'PAUSED', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))`, two.ID)
	refused("tel2", dialer.ErrConflict, "1 agent", "live board")
	raw.MustExec(`UPDATE servers SET beat_at = `+dead+` WHERE id = ?`, one.ID)
	refused("tel2", dialer.ErrConflict, "none is at work")
	raw.MustExec(`UPDATE agent_sessions SET live = NULL`)
	raw.MustExec(`INSERT INTO phones (server_id, login, secret, kind, changed_at) VALUES (?, 'desk-7', 's', 'sip', UTC_TIMESTAMP(3)), (?, 'web-alice-2', 's', 'webrtc', UTC_TIMESTAMP(3))`, two.ID, two.ID)
	refused("tel2", dialer.ErrConflict, "desk-7", "1 SIP phone is set up")
	raw.MustExec(`UPDATE phones SET server_id = ? WHERE kind = 'sip'`, one.ID)

	// Its web role is at work: it stays.
	raw.MustExec(`UPDATE servers SET web_at = UTC_TIMESTAMP(3), dials = FALSE, listening = TRUE WHERE id = ?`, two.ID)
	roles, err := hosts.Remove(t.Context(), by, "tel2")
	if err != nil || len(roles) != 1 || roles[0] != "telephony" {
		t.Fatalf("removed %v, %v", roles, err)
	}
	if telephony, err := servers.Telephony(t.Context()); err != nil || len(telephony) != 1 {
		t.Errorf("telephony servers %+v, %v", telephony, err)
	}
	refused("tel2", dialer.ErrConflict, "at work")
	raw.MustExec(`UPDATE servers SET web_at = `+dead+` WHERE id = ?`, two.ID)
	if roles, err = hosts.Remove(t.Context(), by, "tel2"); err != nil || len(roles) != 1 || roles[0] != "web" {
		t.Fatalf("removed %v, %v", roles, err)
	}
	refused("tel2", dialer.ErrNotFound, "already")
	lines, err := hosts.Lines(t.Context())
	if err != nil || len(lines) != 2 || !lines[0].Gone() {
		t.Errorf("%+v, %v", lines, err)
	}
	if phones, err := mariadb.NewPhones(db).All(t.Context()); err != nil || len(phones) != 1 {
		t.Errorf("phones shown: %+v, %v", phones, err)
	}
	log, err := mariadb.NewAudit(db).Latest(t.Context(), "server/2")
	if err != nil || len(log) != 2 || log[0].Action != "server.remove" || log[1].Before.Text("roles") != "telephony" {
		t.Errorf("the audit log has %+v, %v", log, err)
	}
	// Calls refer to it, and it comes back under its name with what it had.
	again, err := servers.Join(t.Context(), dialer.Server{Name: "tel2", AMIAddr: "127.0.0.1:5039", AMISecret: "new"})
	if err != nil || again.ID != two.ID || !again.Active || again.AMISecret != "new" {
		t.Errorf("joined again as %+v, %v", again, err)
	}
	if phones, err := mariadb.NewPhones(db).All(t.Context()); err != nil || len(phones) != 2 {
		t.Errorf("phones shown after it came back: %+v, %v", phones, err)
	}
}
