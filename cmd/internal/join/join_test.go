package join

import (
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"trunkline/cmd/internal/app"
	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/dialer/keepalive"
	"trunkline/sql/mariadb"
	"trunkline/sql/migrated"
	"trunkline/sql/private"
	"trunkline/webui"
)

// A host joins with one token: the real pages on a real database hand out its
// configuration, once, and the database account in it has its roles' rights.
func TestAHostJoinsOnceWithAToken(t *testing.T) {
	dsn := migrated.Database(t)
	db, err := mariadb.Open(dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	pages := app.WebConfig(db)
	pages.Now = time.Now
	web := httptest.NewServer(webui.New(pages))
	defer web.Close()

	here := app.Default()
	here.Database.AdminDSN, here.Web.PublicURL = dsn, web.URL
	by := audit.By{At: time.Now()}
	invite := func(life time.Duration) Made {
		t.Helper()
		m, err := Invite(t.Context(), here, db, by, Invitation{
			Server: "tel-2", Roles: []string{"telephony"}, From: "192.0.2.7", Database: "192.0.2.1:3306", Life: life, By: "ada",
		})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	made := invite(time.Hour)
	// The account that operates this database may not make others: the SQL is for
	// root, and it is what the host needs.
	if len(made.SQL) < 20 || !strings.Contains(strings.Join(made.SQL, "\n"), "'trunkline_tel_2'@'192.0.2.7'") {
		t.Errorf("no SQL for the host's account: %v", made.SQL)
	}
	if err := private.ForTest(t).Run(t.Context(), append(made.SQL, "DROP USER 'trunkline_tel_2'@'192.0.2.7'")); err != nil {
		t.Error(err)
	}
	path := filepath.Join(t.TempDir(), "etc", "trunkline.toml")
	refused := func(token Token, to, says string) {
		t.Helper()
		_, err := Join(t.Context(), web.URL, token, to)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want it refused with %q", err, says)
		}
	}
	for _, from := range []string{"nonsense", "192.0.2.%", "192.0.2.0/24", ""} {
		if _, err := Invite(t.Context(), here, db, by, Invitation{Server: "tel-9", Roles: []string{"telephony"}, From: from, Database: "192.0.2.1:3306", Life: time.Hour}); !errors.Is(err, dialer.ErrInvalid) {
			t.Errorf("invited from %q: %v", from, err)
		}
	}
	refused(NewToken(), path, "not known here")
	// The newest invitation is the one that counts.
	first := made
	made = invite(time.Hour)
	refused(first.Token, path, "time is over")
	refused("tljoin-abc", path, "no token")
	c, err := Join(t.Context(), web.URL, made.Token, path)
	if err != nil {
		t.Fatal(err)
	}
	back, err := app.Load(path)
	if err != nil || back.Server != "tel-2" || len(back.Roles) != 1 || back.Asterisk.AMISecret == "" || back.Asterisk.AMI != "192.0.2.7:5038" || back.Database.DSN != c.Database.DSN {
		t.Errorf("%+v, %v", back, err)
	}
	account, err := mysql.ParseDSN(back.Database.DSN)
	if err != nil || account.User != "trunkline_tel_2" || account.Addr != "192.0.2.1:3306" || account.Passwd == "" {
		t.Errorf("%+v, %v", account, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the configuration's mode is %v", info.Mode())
	}
	other := filepath.Join(t.TempDir(), "trunkline.toml")
	refused(made.Token, path, "is there already")
	refused(made.Token, other, "has been used already")
	if _, err := os.Stat(other); err == nil {
		t.Error("a refused host was given a configuration")
	}
	late := invite(time.Hour)
	if err := private.ForTest(t).Run(t.Context(), []string{"UPDATE `" + database(dsn) + "`.join_tokens SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE used_at IS NULL"}); err != nil {
		t.Fatal(err)
	}
	refused(late.Token, other, "time is over")
	gone := invite(time.Hour)
	if n, err := mariadb.NewInvites(db).Revoke(t.Context(), by, "tel-2"); err != nil || n != 1 {
		t.Errorf("%d revoked, %v", n, err)
	}
	refused(gone.Token, other, "time is over")
	// Whoever reads the table has neither token nor secrets.
	all, err := mariadb.NewInvites(db).All(t.Context())
	if err != nil || len(all) != 4 || all[2].UsedFrom != "127.0.0.1" {
		t.Errorf("%+v, %v", all, err)
	}
}

// A name that a host at work has is not given to another.
func TestNoTwoHostsOfOneName(t *testing.T) {
	dsn := migrated.Database(t)
	db, err := mariadb.Open(dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	here := app.Default()
	here.Database.AdminDSN = dsn
	invite := func() error {
		_, err := Invite(t.Context(), here, db, audit.By{At: time.Now()}, Invitation{
			Server: "web-2", Roles: []string{"web"}, From: "192.0.2.7", Database: "192.0.2.1:3306", Life: time.Hour,
		})
		return err
	}
	servers := mariadb.NewServers(db)
	server, err := servers.JoinWeb(t.Context(), "web-2")
	if err != nil {
		t.Fatal(err)
	}
	if err := invite(); err != nil {
		t.Errorf("a host that has never beaten: %v", err)
	}
	now, err := db.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := servers.BeatWeb(t.Context(), server.ID, now, keepalive.Vitals{}); err != nil {
		t.Fatal(err)
	}
	if err := invite(); !errors.Is(err, dialer.ErrConflict) || !strings.Contains(err.Error(), "web-2 is at work") {
		t.Errorf("%v, want the name refused", err)
	}
	if err := servers.BeatWeb(t.Context(), server.ID, now.Add(-time.Minute), keepalive.Vitals{}); err != nil {
		t.Fatal(err)
	}
	if err := invite(); err != nil {
		t.Errorf("a host that has been silent for a minute: %v", err)
	}
}

func database(dsn string) string {
	c, err := mysql.ParseDSN(dsn)
	if err != nil {
		panic(err)
	}
	return c.DBName
}

func TestOnlyTheTokenOpensWhatItSealed(t *testing.T) {
	a, b := NewToken(), NewToken()
	c := app.Default()
	c.Asterisk.AMISecret = "very secret"
	sealed, err := a.Seal(c)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(sealed), "very secret") {
		t.Error("the secret can be read")
	}
	if back, err := a.open(sealed); err != nil || back.Asterisk.AMISecret != "very secret" {
		t.Errorf("%+v, %v", back, err)
	}
	if _, err := b.open(sealed); err == nil {
		t.Error("another token opens it")
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := a.open(sealed); err == nil {
		t.Error("what was changed on the way is taken")
	}
}
