package backup

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"trunkline/cmd/internal/app"
	"trunkline/sql/mariadb"
	"trunkline/sql/private"
)

// system is a host with a database and a folder of recordings.
type system struct {
	app.Config
	db  *mariadb.DB
	raw *sql.DB
}

func newSystem(t *testing.T) *system {
	t.Helper()
	s := &system{Config: app.Default()}
	s.Server, s.Database.DSN = "tel-1", private.Database(t)
	s.Asterisk.RecordingsDir = t.TempDir()
	if err := s.Config.Save(filepath.Join(t.TempDir(), "trunkline.toml")); err != nil {
		t.Fatal(err)
	}
	var err error
	s.db, err = mariadb.Open(s.Database.DSN)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.db.Close() })
	s.raw, err = sql.Open("mysql", s.Database.DSN)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.raw.Close() })
	return s
}

func (s *system) migrate(t *testing.T) {
	t.Helper()
	if _, err := s.db.Migrate(t.Context(), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
}

func (s *system) exec(t *testing.T, statement string, args ...any) {
	t.Helper()
	if _, err := s.raw.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

// work fills a system with what is hard to carry: binary values, numbers 0,
// absent values, letters of every kind.
func (s *system) work(t *testing.T) {
	t.Helper()
	s.migrate(t)
	s.exec(t, `INSERT INTO servers (id, name, telephony, beat_at) VALUES (1, 'tel-1', TRUE, '2026-11-01 00:00:00.123'), (2, 'tel-2', TRUE, NULL)`)
	s.exec(t, `INSERT INTO carriers (id, name, host, changed_at) VALUES (3, 'sim', '127.0.0.2', NOW())`)
	s.exec(t, `INSERT INTO campaigns (id, name, carrier_id, changed_at) VALUES ('C1', 'Ünë "quoted" \\ 🌻 &<b>', 3, NOW())`)
	s.exec(t, `INSERT INTO lists (id, campaign_id, name, created_at) VALUES (1, 'C1', 'L', NOW())`)
	var leads []string
	for i := range 1200 {
		leads = append(leads, fmt.Sprintf(`(1, 1, '+1212555%04d', '1', '212555%04d', 'line one\nline two\t\\''; DROP TABLE leads; --', NOW())`, i, i))
	}
	s.exec(t, `INSERT INTO leads (list_id, zone_set, e164, phone_code, phone_number, comments, created_at) VALUES `+strings.Join(leads, ", "))
	s.exec(t, `INSERT INTO hopper (campaign_id, lead_id, list_id, added_at, status, e164, zone_set, claim) VALUES ('C1', 1, 1, NOW(), 'NEW', '+1', 1, ?)`,
		[]byte{0, 1, 2, 255, 254, '\'', '\\', 0, 10, 13, 26, 200, 201, 202, 203, 0})
	for i, server := range []int{1, 1, 2} {
		sound := bytes.Repeat([]byte{byte(i), 0xff}, 20000)
		sum := sha256.Sum256(sound)
		file := fmt.Sprintf("2026-11-0%d/%d.wav", i+1, 100+i)
		s.exec(t, `INSERT INTO recordings (call_id, server_id, file, started_at, state, bytes, sha256) VALUES (?, ?, ?, NOW(), 'DONE', ?, ?)`,
			100+i, server, file, len(sound), hex.EncodeToString(sum[:]))
		if server == 2 {
			continue // its file is on tel-2
		}
		if err := os.MkdirAll(filepath.Join(s.Asterisk.RecordingsDir, filepath.Dir(file)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(s.Asterisk.RecordingsDir, file), sound, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// contents are all rows of all tables, as one text.
func (s *system) contents(t *testing.T) map[string]string {
	t.Helper()
	snapshot, err := s.db.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	all := map[string]string{}
	for _, table := range snapshot.Tables {
		var b strings.Builder
		fmt.Fprintln(&b, table.NextID)
		err := snapshot.Rows(t.Context(), table, func(values []sql.RawBytes) error {
			for _, v := range values {
				fmt.Fprintf(&b, "%v %q|", v == nil, v)
			}
			b.WriteByte('\n')
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		all[table.Name] = b.String()
	}
	return all
}

func (s *system) backup(t *testing.T, o Options) ([]byte, Result) {
	t.Helper()
	var b bytes.Buffer
	r, err := Write(t.Context(), s.Config, s.db, &b, o)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), r
}

func (s *system) restore(t *testing.T, from io.Reader, force bool) (Result, error) {
	t.Helper()
	return Restore(t.Context(), s.Config, s.db, from, RestoreOptions{Force: force, Log: slog.New(slog.DiscardHandler)})
}

func TestASystemIsMadeAgainFromItsBackup(t *testing.T) {
	a, b := newSystem(t), newSystem(t)
	a.work(t)
	made, r := a.backup(t, Options{Recordings: true})
	if r.Files != 2 || r.Rows < 1200 || len(r.Missing) != 0 {
		t.Errorf("%+v", r)
	}
	seen, err := Verify(bytes.NewReader(made))
	if err != nil || seen.Rows != r.Rows || seen.Files != 2 {
		t.Errorf("verified %d rows, %d files, %v; want %d, 2", seen.Rows, seen.Files, err, r.Rows)
	}
	// Asterisk writes into today's folder on, and the roles read and delete there: what
	// root restores is theirs.
	theirs := os.Geteuid()
	if theirs == 0 {
		theirs = 12345
		if err := os.Chown(b.Asterisk.RecordingsDir, theirs, theirs); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.restore(t, bytes.NewReader(made), false); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"2026-11-01", "2026-11-01/100.wav"} {
		info, err := os.Stat(filepath.Join(b.Asterisk.RecordingsDir, path))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Sys().(*syscall.Stat_t).Uid; int(got) != theirs {
			t.Errorf("%s belongs to %d, the folder of recordings to %d", path, got, theirs)
		}
	}
	was, is := a.contents(t), b.contents(t)
	if len(was) < 40 || len(was) != len(is) {
		t.Errorf("%d tables became %d", len(was), len(is))
	}
	for table, text := range was {
		if is[table] != text {
			t.Errorf("table %s is not what it was:\n%.300s\n%.300s", table, text, is[table])
		}
	}
	for _, file := range []string{"2026-11-01/100.wav", "2026-11-02/101.wav"} {
		same, err := equal(filepath.Join(a.Asterisk.RecordingsDir, file), filepath.Join(b.Asterisk.RecordingsDir, file))
		if err != nil || !same {
			t.Errorf("%s: %v", file, err)
		}
	}
	config, err := os.ReadFile(b.File() + FromBackup)
	if err != nil || !strings.Contains(string(config), a.Database.DSN) {
		t.Errorf("the configuration does not lie beside the host's: %v", err)
	}
	// What is restored counts on where it was.
	b.exec(t, `INSERT INTO carriers (name, host, changed_at) VALUES ('next', '127.0.0.3', NOW())`)
	var id int
	if err := b.raw.QueryRowContext(t.Context(), `SELECT id FROM carriers WHERE name = 'next'`).Scan(&id); err != nil || id != 4 {
		t.Errorf("the next carrier is number %d, %v", id, err)
	}
}

// Rows that were written in one transaction are in the backup together or not
// at all, while calls go on.
func TestABackupIsOfOneMoment(t *testing.T) {
	a, b := newSystem(t), newSystem(t)
	a.work(t)
	a.exec(t, `UPDATE leads SET called_count = 0`)
	stop := make(chan struct{})
	var writing sync.WaitGroup
	writing.Go(func() {
		for i := 1; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			tx, err := a.raw.BeginTx(t.Context(), nil)
			if err == nil {
				_, err = tx.ExecContext(t.Context(), `UPDATE campaigns SET dial_level = ? WHERE id = 'C1'`, i%9+1)
			}
			if err == nil {
				_, err = tx.ExecContext(t.Context(), `UPDATE leads SET called_count = ?`, i%9+1)
			}
			if err == nil {
				err = tx.Commit()
			}
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range 2 {
		made, _ := a.backup(t, Options{})
		if _, err := b.restore(t, bytes.NewReader(made), true); err != nil {
			t.Fatal(err)
		}
		var apart int
		err := b.raw.QueryRowContext(t.Context(), `SELECT COUNT(DISTINCT l.called_count) + SUM(l.called_count > 0 AND l.called_count <> c.dial_level) FROM leads l JOIN campaigns c ON c.id = 'C1'`).Scan(&apart)
		if err != nil || apart != 1 {
			t.Errorf("rows of different moments are in one backup (%d, %v)", apart, err)
		}
	}
	close(stop)
	writing.Wait()
}

func TestARestoreHarmsNothing(t *testing.T) {
	a, b := newSystem(t), newSystem(t)
	a.work(t)
	made, _ := a.backup(t, Options{Recordings: true})
	refused := func(name string, from []byte, force bool, says string) {
		t.Helper()
		_, err := b.restore(t, bytes.NewReader(from), force)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want it refused with %q", name, err, says)
		}
	}
	users := func() (n int) {
		t.Helper()
		if err := b.raw.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM users`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	b.migrate(t)
	b.exec(t, `INSERT INTO users (username, full_name, pass_hash, role, created_at) VALUES ('ada', 'Ada', 'x', 'admin', NOW())`)
	refused("a system in use", made, false, "--force deletes all that")
	b.exec(t, `INSERT INTO servers (name, telephony, beat_at) VALUES ('tel-9', TRUE, UTC_TIMESTAMP(3))`)
	refused("a system at work", made, true, "tel-9 is at work")
	if users() != 1 {
		t.Error("a refused restore changed the system")
	}
	b.exec(t, `DELETE FROM servers`)
	refused("no backup", []byte("something else"), true, "no backup of Trunkline's")
	if users() != 1 {
		t.Error("what is no backup changed the system")
	}
	// Damage on the way leaves an empty database, not half a system.
	harmed := bytes.Clone(made)
	harmed[len(harmed)*2/3] ^= 0x40
	for name, from := range map[string][]byte{"cut off": made[:len(made)-200], "cut off early": made[:len(made)/2], "damaged": harmed} {
		if _, err := Verify(bytes.NewReader(from)); err == nil {
			t.Errorf("%s: verified as whole", name)
		}
		_, err := b.restore(t, bytes.NewReader(from), true)
		if err == nil || !strings.Contains(err.Error(), "the database is empty") {
			t.Errorf("%s: %v", name, err)
		}
		have, _, err := b.db.Schema(t.Context())
		if err != nil || have != 0 {
			t.Errorf("%s: left at schema %d, %v", name, have, err)
		}
	}
	// A recording that is another one is not overwritten.
	file := filepath.Join(b.Asterisk.RecordingsDir, "2026-11-01/100.wav")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("ours"), 0o644); err != nil {
		t.Fatal(err)
	}
	refused("another recording", made, false, "is another recording")
	if text, err := os.ReadFile(file); err != nil || string(text) != "ours" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := b.restore(t, bytes.NewReader(made), true); err != nil {
		t.Error(err)
	}
}

func TestABackupSaysWhatIsWrongWithRecordings(t *testing.T) {
	a := newSystem(t)
	a.work(t)
	if err := os.WriteFile(filepath.Join(a.Asterisk.RecordingsDir, "2026-11-01/100.wav"), []byte("edited"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(t.Context(), a.Config, a.db, io.Discard, Options{Recordings: true}); err == nil || !strings.Contains(err.Error(), "is not what it was") {
		t.Errorf("an edited recording: %v", err)
	}
	if err := os.Remove(filepath.Join(a.Asterisk.RecordingsDir, "2026-11-01/100.wav")); err != nil {
		t.Fatal(err)
	}
	_, r := a.backup(t, Options{Recordings: true})
	if len(r.Missing) != 1 || r.Missing[0] != "2026-11-01/100.wav" || r.Files != 1 {
		t.Errorf("%+v", r)
	}
	// Only the recordings, for another host, without touching its database.
	made, _ := a.backup(t, Options{Only: true})
	b := newSystem(t)
	if r, err := b.restore(t, bytes.NewReader(made), false); err != nil || r.Files != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if have, _, err := b.db.Schema(t.Context()); err != nil || have != 0 {
		t.Errorf("a backup of recordings made tables: %d, %v", have, err)
	}
}

// Packages have been upgraded and the database not yet: who works with it cannot be
// asked, and restore says what is to be done first.
func TestARestoreIntoAnOlderSchemaAsksForMigrate(t *testing.T) {
	a, b := newSystem(t), newSystem(t)
	a.work(t)
	made, _ := a.backup(t, Options{})
	b.migrate(t)
	b.exec(t, `DELETE FROM goose_db_version ORDER BY version_id DESC LIMIT 1`)
	if _, err := b.restore(t, bytes.NewReader(made), true); err == nil || !strings.Contains(err.Error(), "`trunkline migrate` first") {
		t.Errorf("restored into an older schema: %v", err)
	}
}
