package mariadb_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/dialer/keepalive"
	"trunkline/sql/mariadb"
	"trunkline/sql/migrated"
	"trunkline/sql/private"
	"trunkline/webui/facts"
)

// freshDB is a database of this test's own, with the schema.
func freshDB(t *testing.T) *mariadb.DB {
	t.Helper()
	db, err := mariadb.Open(migrated.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func join(t *testing.T, db *mariadb.DB) dialer.Server {
	t.Helper()
	server, err := mariadb.NewServers(db).Join(t.Context(), dialer.Server{Name: "tel1", AMIAddr: "127.0.0.1:5038", AMIUser: "web", AMISecret: "s", WSURL: "ws://a/ws"})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

func TestServerJoinsForEachOfItsRoles(t *testing.T) {
	t.Parallel()
	db := freshDB(t)
	servers := mariadb.NewServers(db)
	first := join(t, db)
	if first.ID == 0 || !first.Telephony || first.Web {
		t.Fatalf("joined as %+v", first)
	}
	web, err := servers.JoinWeb(t.Context(), "tel1")
	if err != nil || !web.Web || !web.Telephony || web.ID != first.ID {
		t.Errorf("the web role's join took the telephony role away: %+v, %v", web, err)
	}
	again, err := servers.Join(t.Context(), dialer.Server{Name: "tel1", Web: true})
	if err != nil || again.ID != first.ID || !again.Web {
		t.Errorf("joined again as %+v, %v", again, err)
	}
	if again = join(t, db); again.ID != first.ID || again.Web || !again.Telephony {
		t.Errorf("without its web role it joined as %+v", again)
	}
	if _, err := servers.JoinWeb(t.Context(), "web1"); err != nil {
		t.Fatal(err)
	}
	telephony, err := servers.Telephony(t.Context())
	if err != nil || len(telephony) != 1 {
		t.Errorf("%d telephony servers, %v", len(telephony), err)
	}
	all, err := servers.All(t.Context())
	if err != nil || len(all) != 2 {
		t.Errorf("%d servers, %v", len(all), err)
	}
}

func TestBeatHoldsAnySkew(t *testing.T) {
	t.Parallel()
	db := freshDB(t)
	server := join(t, db)
	now, err := db.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for skew, want := range map[time.Duration]int{1500 * time.Millisecond: 1500, -100000 * time.Hour: -(1<<31 - 1)} {
		err = mariadb.NewServers(db).Beat(t.Context(), server.ID, now, keepalive.Vitals{Skew: skew, Version: "v1", Load: 0.5, Cores: 2})
		if err != nil {
			t.Fatal(err)
		}
		row, err := mariadb.NewDemo(db).Server(t.Context(), server.ID)
		if err != nil || row.SkewMillis != want || row.BeatAt == nil || row.BeatAt.Sub(now).Abs() > time.Millisecond {
			t.Errorf("skew %v: row %+v, %v", skew, row, err)
		}
	}
}

func TestSchemaVersionIsKnown(t *testing.T) {
	t.Parallel()
	db, err := mariadb.Open(private.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	have, want, err := db.Schema(t.Context())
	if err != nil || have != 0 || want == 0 {
		t.Fatalf("empty database: have %d, want %d, %v", have, want, err)
	}
	_, err = db.Migrate(t.Context(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	have, want, err = db.Schema(t.Context())
	if err != nil || have != want {
		t.Errorf("after migrating: have %d, want %d, %v", have, want, err)
	}
}

func TestUserComesWithPhonesOrNotAtAll(t *testing.T) {
	t.Parallel()
	db := freshDB(t)
	server := join(t, db)
	users := mariadb.NewUsers(db)
	phone := func(login string) func(dialer.UserID) []dialer.Phone {
		return func(id dialer.UserID) []dialer.Phone {
			return []dialer.Phone{{ServerID: server.ID, UserID: id, Login: login, Secret: "x", Kind: dialer.PhoneWebRTC}}
		}
	}
	id, err := users.Add(t.Context(), dialer.User{Username: "alice", PassHash: "h", Role: dialer.RoleAgent}, phone("web-alice-1"))
	if err != nil || id == 0 {
		t.Fatal(id, err)
	}
	_, err = users.Add(t.Context(), dialer.User{Username: "bob", PassHash: "h", Role: dialer.RoleAgent}, phone("web-alice-1"))
	if !errors.Is(err, dialer.ErrConflict) {
		t.Errorf("a phone's name used twice: %v", err)
	}
	_, err = users.ByUsername(t.Context(), "bob")
	if !errors.Is(err, dialer.ErrNotFound) {
		t.Errorf("a user without the phone was kept: %v", err)
	}
	_, err = users.Add(t.Context(), dialer.User{Username: "carol", PassHash: "h", Role: dialer.RoleAgent}, func(dialer.UserID) []dialer.Phone { return nil })
	if err != nil {
		t.Fatal(err)
	}
	without, err := users.WithoutPhone(t.Context(), server.ID)
	if err != nil || len(without) != 1 || without[0].Username != "carol" {
		t.Errorf("without a phone: %+v, %v", without, err)
	}
	alice, err := users.ByUsername(t.Context(), "alice")
	if err != nil || alice.PassHash != "h" || !alice.Active {
		t.Errorf("%+v, %v", alice, err)
	}
}

// TestEditionOfWhatNobodyCounted: versions before 0990, which are at work beside this
// one during an upgrade, count no changes of phones. The newest phone tells, without
// the others being read.
func TestEditionOfWhatNobodyCounted(t *testing.T) {
	t.Parallel()
	db, raw := webDatabase(t)
	edition := func() keepalive.Edition {
		t.Helper()
		e, err := mariadb.NewKeepalive(db).Edition(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	before := edition()
	raw.MustExec(`INSERT INTO phones (server_id, user_id, login, secret, kind, changed_at) VALUES (1, 4, 'b1', 's', 'webrtc', UTC_TIMESTAMP(3) + INTERVAL 1 SECOND)`)
	added := edition()
	raw.MustExec(`UPDATE phones SET kind = 'sip', changed_at = changed_at + INTERVAL 1 SECOND WHERE login = 'b1'`)
	if changed := edition(); added == before || changed == added || changed != edition() {
		t.Errorf("editions %+v, %+v, %+v", before, added, changed)
	}
	var how []struct {
		Extra string `db:"Extra"`
	}
	if err := raw.Unsafe().Select(&how, `EXPLAIN SELECT MAX(changed_at) FROM phones`); err != nil || len(how) != 1 || !strings.Contains(how[0].Extra, "optimized away") {
		t.Errorf("the newest is looked for: %+v, %v", how, err)
	}
}

func TestEditionChangesWithEveryPhoneAndCarrier(t *testing.T) {
	t.Parallel()
	db := freshDB(t)
	server := join(t, db)
	k, demo := mariadb.NewKeepalive(db), mariadb.NewDemo(db)
	last, err := k.Edition(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	changed := func(what string, want bool) {
		t.Helper()
		e, err := k.Edition(t.Context())
		if err != nil || (e != last) != want {
			t.Errorf("%s: edition %+v after %+v, %v", what, e, last, err)
		}
		last = e
	}
	changed("nothing", false)
	phone := dialer.Phone{ServerID: server.ID, Login: "p1", Secret: "x", Kind: dialer.PhoneStatic, Contact: "sip:a@b"}
	if err := demo.PutPhone(t.Context(), phone); err != nil {
		t.Fatal(err)
	}
	changed("a phone", true)
	if err := demo.PutPhone(t.Context(), phone); err != nil {
		t.Fatal(err)
	}
	changed("the same phone", false)
	phone.Contact = "sip:a@c"
	if err := demo.PutPhone(t.Context(), phone); err != nil {
		t.Fatal(err)
	}
	changed("a phone that moved", true)
	users := mariadb.NewUsers(db)
	id, err := users.Add(t.Context(), dialer.User{Username: "nadia", PassHash: "h", Role: dialer.RoleAgent}, func(id dialer.UserID) []dialer.Phone {
		return []dialer.Phone{{ServerID: server.ID, UserID: id, Login: "p2", Secret: "x", Kind: dialer.PhoneWebRTC}}
	})
	if err != nil {
		t.Fatal(err)
	}
	changed("a user's phone", true)
	if err := users.AddPhone(t.Context(), dialer.Phone{ServerID: server.ID, UserID: id, Login: "p3", Secret: "x", Kind: dialer.PhoneSIP}); err != nil {
		t.Fatal(err)
	}
	changed("another phone", true)
	accounts := mariadb.NewAccounts(db, func(id dialer.UserID, name string, on dialer.Server) dialer.Phone {
		return dialer.Phone{ServerID: on.ID, UserID: id, Login: "web-" + name, Secret: "x", Kind: dialer.PhoneWebRTC}
	})
	if _, err := accounts.Create(t.Context(), audit.By{}, facts.Account{Username: "omar", Role: dialer.RoleAgent}); err != nil {
		t.Fatal(err)
	}
	changed("a user made on the pages", true)
	phones := mariadb.NewPhones(db)
	key, err := phones.Create(t.Context(), audit.By{}, facts.SetPhone{ServerID: server.ID, Login: "p4", Kind: dialer.PhoneSIP, Secret: "x"})
	if err != nil {
		t.Fatal(err)
	}
	changed("a phone made on the pages", true)
	was, err := phones.One(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	was.Value.Login = "p5"
	if err := phones.Save(t.Context(), key, audit.Edit[facts.SetPhone]{Record: was.Value, Seen: was.Seen}); err != nil {
		t.Fatal(err)
	}
	changed("a phone's other name", true)
	if err := phones.Delete(t.Context(), audit.By{}, key); err != nil {
		t.Fatal(err)
	}
	changed("a phone less", true)
	err = demo.Seed(t.Context(), dialer.Carrier{Name: "sim", Host: "127.0.0.2", Port: 5160}, dialer.Campaign{ID: "DEMO", DialMethod: dialer.DialRatio, AMD: dialer.AMDOff}, dialer.List{ID: 101, CampaignID: "DEMO"})
	if err != nil {
		t.Fatal(err)
	}
	changed("a carrier", true)
	server.SIPAddr = "192.0.2.1:5060"
	if _, err := k.Join(t.Context(), server); err != nil {
		t.Fatal(err)
	}
	changed("a way to this server", true)
	for _, secret := range []string{"made-first", "made-again"} {
		if err := k.TrunkSecret(t.Context(), server.ID, secret); err != nil {
			t.Fatal(err)
		}
	}
	changed("its secret", true)
	p, err := k.Plan(t.Context(), server.ID)
	if err != nil || len(p.Phones) != 4 || p.Phones[0].Contact != "sip:a@c" {
		t.Errorf("phones %+v, %v", p.Phones, err)
	}
	if len(p.Carriers) != 1 || p.Carriers[0].Port != 5160 {
		t.Errorf("carriers %+v", p.Carriers)
	}
	if len(p.Peers) != 1 || p.Peers[0] != (dialer.Peer{ID: server.ID, SIPAddr: "192.0.2.1:5060", Secret: "made-first"}) {
		t.Errorf("servers %+v", p.Peers)
	}
	if err := k.Written(t.Context(), server.ID); err != nil {
		t.Fatal(err)
	}
	row, err := demo.Server(t.Context(), server.ID)
	if err != nil || row.ConfAt == nil {
		t.Errorf("row %+v, %v", row, err)
	}
}

func TestDemoStatements(t *testing.T) {
	t.Parallel()
	db := freshDB(t)
	demo := mariadb.NewDemo(db)
	carrier := dialer.Carrier{Name: "sim", Host: "127.0.0.2", Port: 5160}
	campaign := dialer.Campaign{ID: "DEMO", Name: "a", DialMethod: dialer.DialRatio, DialLevel: 1.5, AMD: dialer.AMDOff, DialStatuses: "NEW"}
	for range 2 {
		err := demo.Seed(t.Context(), carrier, campaign, dialer.List{ID: 101, CampaignID: "DEMO"})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, err := range map[string]error{
		"active": demo.SetActive(t.Context(), "DEMO", true),
		"reset":  demo.Reset(t.Context(), 101), "reset all": demo.ResetAll(t.Context(), "DEMO", 101),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	n, err := demo.Leads(t.Context(), 101)
	fresh, err2 := demo.Fresh(t.Context(), 101)
	if n != 0 || fresh != 0 || err != nil || err2 != nil {
		t.Error(n, fresh, err, err2)
	}
	s, err := demo.Status(t.Context(), "DEMO", time.Now())
	if err != nil || s.Placed != 0 || len(s.Waits) != 0 {
		t.Errorf("%+v, %v", s, err)
	}
	calls, err := demo.Calls(t.Context(), "DEMO", time.Now())
	if err != nil || len(calls) != 0 {
		t.Errorf("%+v, %v", calls, err)
	}
}
