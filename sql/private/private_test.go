package private_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"

	"trunkline/dialer/proc"
	"trunkline/sql/private"
)

func open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// folder is a temporary folder an unprivileged server can reach: t.TempDir's
// parents are closed to others.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "trunkline-private-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func start(t *testing.T, o private.Options) *private.Server {
	t.Helper()
	private.ForTest(t) // the skip rule
	o.Fast, o.DieWithParent = true, true
	s, err := private.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t *testing.T, s *private.Server) {
	t.Helper()
	select {
	case <-s.Done():
		return
	default:
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func TestSettings(t *testing.T) {
	db := open(t, private.Database(t))
	for _, want := range []struct{ variable, value string }{
		{"tx_isolation", "READ-COMMITTED"},
		{"time_zone", "+00:00"},
		{"character_set_server", "utf8mb4"},
		{"collation_connection", "utf8mb4_general_ci"},
		{"character_set_database", "utf8mb4"},
		{"skip_networking", "1"},
		{"local_infile", "0"},
	} {
		var got string
		if err := db.QueryRow("SELECT @@" + want.variable).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != want.value {
			t.Errorf("%s is %s, want %s", want.variable, got, want.value)
		}
	}
}

func TestDatabaseIsFreshAndAlone(t *testing.T) {
	first, second := private.Database(t), private.Database(t)
	db := open(t, first)
	if _, err := db.Exec("CREATE TABLE leads (id BIGINT PRIMARY KEY, name VARCHAR(50))"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("INSERT INTO leads VALUES (1, ?)", "Žofie 🎧"); err != nil {
		t.Fatal(err)
	}
	var name string
	if err := db.QueryRow("SELECT name FROM leads").Scan(&name); err != nil || name != "Žofie 🎧" {
		t.Fatalf("read back %q, %v", name, err)
	}
	var tables int
	if err := open(t, second).QueryRow("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()").Scan(&tables); err != nil || tables != 0 {
		t.Fatalf("the second database holds %d tables, %v", tables, err)
	}
	var databases []string
	rows, err := open(t, second).Query("SHOW DATABASES")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var d string
		if err := rows.Scan(&d); err != nil {
			t.Fatal(err)
		}
		databases = append(databases, d)
	}
	if len(databases) != 2 { // its own and information_schema
		t.Errorf("a test's account sees %v", databases)
	}
}

func TestDatabaseIsDroppedDespiteAnOpenTransaction(t *testing.T) {
	s := private.ForTest(t)
	count := func() (n int) {
		if err := open(t, s.DSN("")).QueryRow("SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name LIKE 'test\\_%'").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := count()
	t.Run("leaky", func(t *testing.T) {
		db, err := sql.Open("mysql", private.Database(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {}) // the leak: db and tx are never closed
		if _, err := db.Exec("CREATE TABLE x (a INT)"); err != nil {
			t.Fatal(err)
		}
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec("INSERT INTO x VALUES (1)"); err != nil {
			t.Fatal(err)
		}
	})
	if after := count(); after != before {
		t.Errorf("%d databases before, %d after", before, after)
	}
}

func TestNobodyElseGetsIn(t *testing.T) {
	s := private.ForTest(t)
	for _, account := range [][2]string{{"root", ""}, {"root", "invalid"}, {"", ""}, {"nobody", ""}, {"mysql", ""}} {
		if err := open(t, s.DSNAs(account[0], account[1], "")).Ping(); err == nil {
			t.Errorf("the account %q came in with the password %q", account[0], account[1])
		}
	}
}

func TestDataOutlivesARestart(t *testing.T) {
	dir := folder(t)
	o := private.Options{Dir: filepath.Join(dir, "data"), PidFile: filepath.Join(dir, "mariadbd.pid")}
	s := start(t, o)
	if found, ok := proc.Find(o.PidFile); !ok || found.Pid != s.Pid() {
		t.Fatalf("the pid file names %+v, %t; the server is %d", found, ok, s.Pid())
	}
	ctx := t.Context()
	if err := s.CreateDatabase(ctx, "trunkline", "dialer", "first"); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, s.DSNAs("dialer", "first", "trunkline")).Exec("CREATE TABLE kept (a INT)"); err != nil {
		t.Fatal(err)
	}
	stop(t, s)
	if _, err := os.Stat(o.PidFile); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the pid file is still there: %v", err)
	}
	s = start(t, o)
	if err := s.CreateDatabase(ctx, "trunkline", "dialer", "second"); err != nil {
		t.Fatal(err)
	}
	if err := open(t, s.DSNAs("dialer", "first", "trunkline")).Ping(); err == nil {
		t.Error("the old password still opens")
	}
	if _, err := open(t, s.DSNAs("dialer", "second", "trunkline")).Exec("INSERT INTO kept VALUES (1)"); err != nil {
		t.Error(err)
	}
}

func TestLongSocketPathIsReplaced(t *testing.T) {
	dir := folder(t)
	long := filepath.Join(dir, strings.Repeat("deep/", 25), "mariadb.sock")
	s := start(t, private.Options{Dir: filepath.Join(dir, "data"), Socket: long})
	if s.Socket == long || len(s.Socket) > 107 {
		t.Fatalf("the socket is %s", s.Socket)
	}
	if err := open(t, s.DSN("")).Ping(); err != nil {
		t.Fatal(err)
	}
	stop(t, s)
	if _, err := os.Stat(filepath.Dir(s.Socket)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket's folder is left behind: %v", err)
	}
}

func TestPortListensOnLoopback(t *testing.T) {
	dir := folder(t)
	port := freePort(t)
	s := start(t, private.Options{Dir: filepath.Join(dir, "data"), Port: port})
	if err := s.CreateDatabase(t.Context(), "a_b", "dialer", "secret"); err != nil {
		t.Fatal(err)
	}
	db := open(t, "dialer:secret@tcp("+s.TCPAddr()+")/a_b")
	var bind string
	if err := db.QueryRow("SELECT @@bind_address").Scan(&bind); err != nil || bind != "127.0.0.1" {
		t.Errorf("bound to %q, %v", bind, err)
	}
	if _, err := open(t, s.DSN("")).Exec("CREATE DATABASE axb"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE axb.t (a INT)"); err == nil {
		t.Error("the account of a_b may write to axb")
	}
}

func TestRunningServerIsLeftAlone(t *testing.T) {
	dir := folder(t)
	s := start(t, private.Options{Dir: filepath.Join(dir, "data")})
	_, err := private.Start(t.Context(), private.Options{Dir: s.Dir, Log: filepath.Join(dir, "other.log")})
	if !errors.Is(err, proc.ErrRunning) || !strings.Contains(err.Error(), strconv.Itoa(s.Pid())) {
		t.Fatalf("got %v", err)
	}
	if err := open(t, s.DSN("")).Ping(); err != nil {
		t.Errorf("the first server suffered: %v", err)
	}
}

func TestFailureShowsTheLog(t *testing.T) {
	dir := folder(t)
	data := filepath.Join(dir, "data")
	stop(t, start(t, private.Options{Dir: data}))
	if err := os.Truncate(filepath.Join(data, "ibdata1"), 1000); err != nil {
		t.Fatal(err)
	}
	_, err := private.Start(t.Context(), private.Options{Dir: data, Fast: true, DieWithParent: true})
	if err == nil || !strings.Contains(err.Error(), "ibdata1") || !strings.Contains(err.Error(), "mariadbd.log") {
		t.Fatalf("got %v", err)
	}
}

func TestOrdinaryAccountWhereOnlyRootMayEnter(t *testing.T) {
	dir := folder(t)
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	var notes []string
	o := private.Options{Dir: filepath.Join(dir, "run", "data"), Notify: func(s string) { notes = append(notes, s) }}
	for range 2 { // the second time on an installed directory
		s := start(t, o)
		if err := open(t, s.DSN("")).Ping(); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat("/proc/" + strconv.Itoa(s.Pid()))
		if err != nil {
			t.Fatal(err)
		}
		uid := info.Sys().(*syscall.Stat_t).Uid
		switch {
		case s.Account == "root" && len(notes) == 0:
			t.Error("it runs as root and does not say why")
		case s.Account == "root":
			t.Log(notes)
		case uid == 0:
			t.Errorf("it says %s and runs as root", s.Account)
		}
		stop(t, s)
	}
}

func TestHalfADirectoryIsNotUsed(t *testing.T) {
	dir := folder(t)
	data := filepath.Join(dir, "data")
	if err := os.MkdirAll(filepath.Join(data+".partial", "mysql"), 0o755); err != nil {
		t.Fatal(err)
	}
	start(t, private.Options{Dir: data})
	if _, err := os.Stat(data + ".partial"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the interrupted directory is still there: %v", err)
	}
	if err := os.Mkdir(filepath.Join(dir, "strange"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := private.Start(t.Context(), private.Options{Dir: filepath.Join(dir, "strange")})
	if err == nil || !strings.Contains(err.Error(), "not a MariaDB data directory") {
		t.Errorf("a strange folder gave %v", err)
	}
}

func TestNamesThatWouldNeedQuotingAreRefused(t *testing.T) {
	s := private.ForTest(t)
	for _, bad := range [][3]string{
		{"a`; DROP DATABASE mysql; --", "u", "p"}, {"", "u", "p"}, {"a", "u'@'%", "p"}, {"a", "root", "p"},
		{"a", "u", "it's"}, {"a", "u", `back\slash`}, {"a", "u", ""},
	} {
		if err := s.CreateDatabase(t.Context(), bad[0], bad[1], bad[2]); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
