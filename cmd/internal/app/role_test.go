package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/proc"
	"trunkline/sql/mariadb"
	"trunkline/sql/migrated"
	"trunkline/sql/private"
)

type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
	said chan string // each line
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.said <- string(p):
	default: // nobody waits for so many
	}
	return l.text.Write(p)
}

func configured(t *testing.T, dsn string) Config {
	t.Helper()
	c := Default()
	c.Server, c.RunDir, c.Database.DSN = "here", filepath.Join(t.TempDir(), "run"), dsn
	return c
}

func TestRoleWaitsForTheSchemaAndIsAlone(t *testing.T) {
	cfg := configured(t, private.Database(t))
	log := &lines{said: make(chan string, 100)}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	running := make(chan struct{})
	role := Role{name: "test", cfg: cfg, log: slog.New(slog.NewTextHandler(log, nil)), run: func(ctx context.Context, d *Duty) error {
		have, want, err := d.DB.Schema(ctx)
		if err != nil || have != want {
			t.Errorf("begun with schema %d of %d, %v", have, want, err)
		}
		close(running)
		<-ctx.Done()
		return ctx.Err()
	}}
	ended := make(chan error, 1)
	go func() { ended <- role.Run(ctx) }()

	for line := range log.said {
		if strings.Contains(line, "trunkline migrate") {
			break
		}
	}
	if _, ok := proc.Find(PidFile(cfg, "test")); !ok {
		t.Error("a waiting role has no pid file")
	}
	if _, err := os.Stat(BeatFile(cfg, "test")); err != nil {
		t.Error("a waiting role does not beat:", err)
	}
	err := role.Run(ctx)
	if !errors.Is(err, proc.ErrRunning) {
		t.Errorf("a second copy: %v", err)
	}

	db, err := mariadb.Open(cfg.Database.DSN)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Migrate(ctx, quiet()); err != nil {
		t.Fatal(err)
	}
	<-running
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("a role that was asked to end: %v", err)
	}
	if _, ok := proc.Find(PidFile(cfg, "test")); ok {
		t.Error("the pid file is still there")
	}
}

func TestRoleNamesTheMissingKey(t *testing.T) {
	cfg := configured(t, "u:p@unix(/nonexistent/socket)/x")
	err := Keepalive(cfg, quiet(), nil).Run(t.Context())
	var wrong *ConfigError
	if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "asterisk.keepalive_ami_secret") {
		t.Errorf("got %v", err)
	}
}

func TestUsersGetPhonesWhicheverComesFirst(t *testing.T) {
	db, err := mariadb.Open(migrated.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	servers, users := mariadb.NewServers(db), mariadb.NewUsers(db)
	early := dialer.User{Username: "early", Role: dialer.RoleAgent}
	if err := AddUser(t.Context(), db, early, "long enough"); err != nil {
		t.Fatal(err)
	}
	server, err := servers.Join(t.Context(), dialer.Server{Name: "tel"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // keepalive starts more than once
		if err := givePhones(t.Context(), users, server); err != nil {
			t.Fatal(err)
		}
	}
	if err := AddUser(t.Context(), db, dialer.User{Username: "late", Role: dialer.RoleAgent}, "long enough"); err != nil {
		t.Fatal(err)
	}
	plan, err := mariadb.NewKeepalive(db).Plan(t.Context(), server.ID)
	phones := plan.Phones
	if err != nil || len(phones) != 2 || phones[0].Login != "web-early-1" || phones[1].Login != "web-late-1" {
		t.Fatalf("phones %+v, %v", phones, err)
	}
	if phones[0].Secret == phones[1].Secret || len(phones[0].Secret) < 12 {
		t.Error("the phones' secrets are not secret")
	}
	for name, err := range map[string]error{
		"twice":      AddUser(t.Context(), db, early, "long enough"),
		"odd name":   AddUser(t.Context(), db, dialer.User{Username: "a b"}, "long enough"),
		"short":      AddUser(t.Context(), db, dialer.User{Username: "bob"}, "short"),
		"no such":    SetPassword(t.Context(), db, "nobody", "long enough"),
		"short anew": SetPassword(t.Context(), db, "early", "short"),
	} {
		if err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if err := SetPassword(t.Context(), db, "early", "another one"); err != nil {
		t.Error(err)
	}
	// Who was added, and by whom, is in the audit log, without the password.
	log, err := mariadb.NewAudit(db).Latest(t.Context(), "user/1")
	if err != nil || len(log) != 2 {
		t.Fatalf("the audit log has %+v of the first user, %v", log, err)
	}
	if e := log[1]; e.Action != "user.create" || e.User != 0 || e.After.Text("username") != "early" || e.After.Text("role") != "agent" || e.At.IsZero() {
		t.Errorf("the audit log says of the first user %+v", e)
	}
	for _, e := range log {
		if text, err := json.Marshal(e); err != nil || strings.Contains(string(text), "argon2") {
			t.Errorf("the audit log has %s, %v", text, err)
		}
	}
}

func TestPulseIsSlowerThanTheLoopItVouchesFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "beat")
	beaten := func(since time.Time, beats int) bool { // and all that was asked for is written
		p := newPulse(path, func() int { return 0 })
		p.last = since
		for range beats {
			p.Beat()
		}
		p.end()
		p.Beat() // late, and harmless
		_, err := os.Stat(path)
		return err == nil
	}
	if beaten(time.Now(), 3) {
		t.Error("written again at once")
	}
	if !beaten(time.Now().Add(-time.Hour), 1) {
		t.Error("not written")
	}
}
