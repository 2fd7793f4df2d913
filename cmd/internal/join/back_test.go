package join

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/demo"
	"trunkline/cmd/internal/rig"
	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/dialer/keepalive"
	"trunkline/dialer/proc"
	"trunkline/sql/mariadb"
	"trunkline/sql/migrated"
	"trunkline/sql/private"
	"trunkline/webui"
	"trunkline/webui/facts"
)

// webOf is set for a process that is the web role of a configuration file.
const webOf = "TRUNKLINE_TEST_WEB"

// webRole is that process.
func webRole(file string) error {
	c, err := app.Load(file)
	if err != nil {
		return err
	}
	return app.Web(c, app.NewLog(os.Stderr, slog.LevelInfo, "text"), nil).Run(context.Background())
}

// limit is only reached when something is broken.
const limit = 90 * time.Second

// A host that was removed joins again with a token: its real web role has the place
// of before. When that hangs, the page Servers says so, though the host's
// keepalive beats, and no longer when it goes on.
func TestARemovedHostComesBackAndItsWebHangs(t *testing.T) {
	dsn := migrated.Database(t)
	db, err := mariadb.Open(dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	servers, hosts, by := mariadb.NewServers(db), mariadb.NewHosts(db), audit.By{At: time.Now()}
	const password = "correct horse battery"
	if err := app.AddUser(t.Context(), db, dialer.User{Username: "ada", FullName: "Ada", Role: dialer.RoleAdmin}, password); err != nil {
		t.Fatal(err)
	}
	pages := app.WebConfig(db)
	pages.Now = time.Now
	web := httptest.NewServer(webui.New(pages))
	defer web.Close()
	desk := demo.NewDesk(web.URL)
	if err := desk.Admin(t.Context(), "ada", password); err != nil {
		t.Fatal(err)
	}

	first, err := servers.JoinWeb(t.Context(), "box")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hosts.Remove(t.Context(), by, "box"); err != nil {
		t.Fatal(err)
	}
	here := app.Default()
	here.Database.AdminDSN, here.Web.PublicURL = dsn, web.URL
	made, err := Invite(t.Context(), here, db, by, Invitation{
		Server: "box", Roles: []string{app.HostWeb}, From: "127.0.0.1", Database: "127.0.0.1:3306", Life: time.Hour, By: "ada",
	})
	if err != nil {
		t.Fatal(err)
	}
	// This MariaDB has a socket alone, and whoever comes by it is at localhost.
	maria := private.ForTest(t)
	for i := range made.SQL {
		made.SQL[i] = strings.ReplaceAll(made.SQL[i], "'127.0.0.1'", "'localhost'")
	}
	if err := maria.Run(t.Context(), made.SQL); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := maria.Run(context.Background(), []string{"DROP USER 'trunkline_box'@'localhost'"}); err != nil {
			t.Error(err)
		}
	})
	dir := t.TempDir()
	file := filepath.Join(dir, "trunkline.toml")
	c, err := Join(t.Context(), web.URL, made.Token, file)
	if err != nil {
		t.Fatal(err)
	}
	account, err := mysql.ParseDSN(c.Database.DSN)
	if err != nil {
		t.Fatal(err)
	}
	c.Database.DSN = maria.DSNAs(account.User, account.Passwd, account.DBName)
	c.RunDir, c.Web.Listen, c.Metrics = filepath.Join(dir, "run"), "127.0.0.1:0", app.AnyPorts()
	if err := c.Save(file); err != nil {
		t.Fatal(err)
	}

	var said bytes.Buffer
	role := exec.Command(os.Args[0])
	role.Env = append(os.Environ(), webOf+"="+file)
	role.Stderr = &said
	role.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := role.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = role.Process.Kill()
		_ = role.Wait()
		if t.Failed() {
			t.Logf("the web role said:\n%s", said.String())
		}
	})
	row := func() (line facts.HostLine) {
		t.Helper()
		lines, err := hosts.Lines(t.Context())
		if err != nil || len(lines) != 1 {
			t.Fatalf("%+v, %v", lines, err)
		}
		return lines[0]
	}
	await := func(what string, missing func() string) {
		t.Helper()
		if err := rig.Await(t.Context(), 100*time.Millisecond, limit, missing); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	await("the web role's beat", func() string {
		if l := row(); l.WebAt == nil || l.Gone() || l.ID != first.ID {
			return fmt.Sprintf("it is %+v, and was server %d", l, first.ID)
		}
		return ""
	})

	tel, err := servers.Join(t.Context(), dialer.Server{Name: "box", Web: true, AMIAddr: "127.0.0.1:5038", AMISecret: "s"})
	if err != nil || tel.ID != first.ID {
		t.Fatalf("%+v, %v", tel, err)
	}
	// says waits for the page, and beats meanwhile as the host's keepalive does.
	says := func(want bool, words string) {
		t.Helper()
		await("the page Servers", func() string {
			now, err := db.Now(t.Context())
			if err == nil {
				err = servers.Beat(t.Context(), tel.ID, now, keepalive.Vitals{Version: app.Version(), Cores: 1})
			}
			var body []byte
			if err == nil {
				body, err = desk.Get(t.Context(), "/servers")
			}
			switch {
			case err != nil:
				return err.Error()
			case strings.Contains(string(body), "box does not beat"):
				return "the host's keepalive is said to be silent, which it is not"
			case strings.Contains(string(body), words) != want:
				return fmt.Sprintf("%q is there: %v", words, !want)
			}
			return ""
		})
	}
	const away = "The web role of box is away."
	says(false, away)
	if left, ok := proc.Find(app.PidFile(c, app.RoleWeb)); !ok || left.Pid != role.Process.Pid {
		t.Fatalf("the web role is not process %d", role.Process.Pid)
	}
	if err := role.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	says(true, away)
	if err := role.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	says(false, away)
}
