package mariadb_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/dialer/capacity"
	"trunkline/dialer/retention"
	"trunkline/sql/mariadb"
)

// archive is a server with four calls of C1, 10, 40, 100 and 400 days old, and
// one of C2 that is 100 days old, all recorded.
func archive(t *testing.T) (db *mariadb.DB, server dialer.Server, dir string, calls []dialer.CallID) {
	t.Helper()
	db, server, _ = dialable(t)
	dir = t.TempDir()
	exec := func(statement string, args ...any) {
		t.Helper()
		if err := db.Exec(t.Context(), statement, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`INSERT INTO campaigns (id, name, carrier_id, changed_at) VALUES ('C2', 'Two', 1, NOW())`)
	for i, age := range []int{400, 100, 100, 40, 10} {
		at := noon.AddDate(0, 0, -age)
		id := dialer.FirstCallAt(at) + dialer.CallID(i)
		campaign := map[bool]string{true: "C2", false: "C1"}[i == 2]
		file := fmt.Sprintf("%s/%d.wav", at.Format(time.DateOnly), id)
		exec(`INSERT INTO calls (id, campaign_id, list_id, lead_id, lead_was, e164, server_id, carrier_id, state, placed_at, ended_at)
			VALUES (?, ?, 1, 11, 'NEW', '+12125550111', ?, 1, 'ENDED', ?, ?)`, id, campaign, server.ID, at, at)
		exec(`INSERT INTO recordings (call_id, server_id, file, started_at, state, bytes) VALUES (?, ?, ?, ?, 'DONE', 16044)`, id, server.ID, file, at)
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(file)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), []byte("sound"), 0o644); err != nil {
			t.Fatal(err)
		}
		calls = append(calls, id)
	}
	return db, server, dir, calls
}

func files(t *testing.T, dir string) int {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*", "*.wav"))
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

func TestRecordingsAreKeptAsLongAsIsSetAndNoLonger(t *testing.T) {
	t.Parallel()
	db, server, dir, calls := archive(t)
	store, by := mariadb.NewRetention(db), audit.By{At: noon}
	clock := new(dialer.Clock)
	clock.Set(noon, time.Now())
	f := &retention.Files{Server: server.ID, Dir: dir, Shelf: mariadb.NewShelf(db), Clock: clock, Log: slog.New(slog.DiscardHandler)}
	step := func(want int) {
		t.Helper()
		if _, err := f.Step(t.Context(), noon); err != nil {
			t.Fatal(err)
		}
		if n := files(t, dir); n != want {
			t.Errorf("%d files are left, want %d", n, want)
		}
	}
	step(5) // nobody has set anything
	set := func(r retention.Rule, want int) {
		t.Helper()
		loss, err := store.WouldDelete(t.Context(), r, noon)
		if err != nil || loss.Rows != want || want > 0 && (loss.Oldest == nil || r.What == retention.Recordings && loss.Bytes != int64(16044*want)) {
			t.Errorf("%+v would delete %+v, %v, want %d", r, loss, err, want)
		}
		if err := store.Set(t.Context(), by, r); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Hold(t.Context(), by, retention.Hold{Call: calls[0], Reason: "a dispute", By: "ada"}); err != nil {
		t.Fatal(err)
	}
	set(retention.Rule{What: retention.Recordings, Campaign: "C2", Days: 365}, 0)
	set(retention.Rule{What: retention.Recordings, Days: 60}, 1)
	step(4) // of C1 the one of 100 days; that of 400 is on hold, C2 has its own rule
	if n := count(t, db, `SELECT COUNT(*) FROM recordings WHERE state = 'DELETED' AND deleted_at IS NOT NULL AND call_id = ?`, calls[1]); n != 1 {
		t.Error("the row of a deleted recording does not say so")
	}
	if n := count(t, db, `SELECT COUNT(*) FROM audit WHERE action = 'recordings.delete'`); n != 1 {
		t.Errorf("%d rows in the audit log tell of the deletion", n)
	}
	if err := store.Release(t.Context(), by, calls[0]); err != nil {
		t.Fatal(err)
	}
	step(3)
	if err := store.Unset(t.Context(), by, retention.Recordings, "C2"); err != nil {
		t.Fatal(err)
	}
	step(2)
	// One server's sweeper never touches another's.
	other := *f
	other.Server = server.ID + 1
	set(retention.Rule{What: retention.Recordings, Days: 1}, 2)
	if n, err := other.Step(t.Context(), noon); n != 0 || err != nil {
		t.Errorf("another server's sweeper: %d, %v", n, err)
	}
	// A file that cannot be deleted keeps its row.
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, noon.AddDate(0, 0, -40).Format(time.DateOnly))
	if err := errors.Join(os.RemoveAll(path), os.WriteFile(path, nil, 0o644)); err != nil { // no folder any more
		t.Fatal(err)
	}
	_, _ = f.Step(t.Context(), noon)
	if n := count(t, db, `SELECT COUNT(*) FROM recordings WHERE state = 'DONE' AND call_id = ?`, calls[3]); n != 1 {
		t.Error("a recording whose file could not be deleted counts as deleted")
	}
}

func TestRulesThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	for _, r := range []retention.Rule{
		{What: "calls", Days: 30}, {What: "leads", Days: 100}, {What: "calls", Campaign: "C1", Days: 100}, {What: "recordings", Days: -1}, {What: "recordings", Days: 99999},
	} {
		if err := r.Check(); !errors.Is(err, dialer.ErrInvalid) {
			t.Errorf("%+v is taken: %v", r, err)
		}
	}
}

func TestOldRowsAreDeletedByOneHolder(t *testing.T) {
	t.Parallel()
	db, server, _, calls := archive(t)
	store, by := mariadb.NewRetention(db), audit.By{At: noon}
	for i, age := range []int{500, 10} {
		if err := db.Exec(t.Context(), `INSERT INTO agent_log (session_id, user_id, campaign_id, state, from_at, to_at) VALUES (?, 1, 'C1', 'READY', ?, ?)`, i, noon.AddDate(0, 0, -age), noon.AddDate(0, 0, -age)); err != nil {
			t.Fatal(err)
		}
		if err := mariadb.NewSamples(db).Put(t.Context(), capacity.Sample{Server: server.ID, At: noon.AddDate(0, 0, -age).Truncate(time.Minute), CPU: 0.5}); err != nil {
			t.Fatal(err)
		}
	}
	// Of two more no file ever was: the call was too short, or its recording is lost.
	for i, state := range []string{"SHORT", "LOST"} {
		id, at := calls[0]+dialer.CallID(100+i), noon.AddDate(0, 0, -400)
		for statement, args := range map[string][]any{
			`INSERT INTO calls (id, campaign_id, list_id, lead_id, lead_was, e164, server_id, carrier_id, state, placed_at, ended_at)
				VALUES (?, 'C1', 1, 11, 'NEW', '+12125550111', ?, 1, 'ENDED', ?, ?)`: {id, server.ID, at, at},
			`INSERT INTO recordings (call_id, server_id, file, started_at, state) VALUES (?, ?, '', ?, ?)`: {id, server.ID, at, state},
		} {
			if err := db.Exec(t.Context(), statement, args...); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, r := range []retention.Rule{{What: retention.Calls, Days: 90}, {What: retention.AgentLog, Days: 90}} {
		if err := store.Set(t.Context(), by, r); err != nil {
			t.Fatal(err)
		}
	}
	// The recordings of two old calls are gone; one of those is on hold.
	if err := db.Exec(t.Context(), `UPDATE recordings SET state = 'DELETED' WHERE call_id IN (?, ?)`, calls[0], calls[1]); err != nil {
		t.Fatal(err)
	}
	if err := store.Hold(t.Context(), by, retention.Hold{Call: calls[1], Reason: "a dispute", By: "ada"}); err != nil {
		t.Fatal(err)
	}
	keeper := func(name string) *retention.Keeper {
		return &retention.Keeper{
			Holder: name, Rows: mariadb.NewOldRows(db), Lease: mariadb.NewLeases(db),
			Now: func(context.Context) (time.Time, error) { return noon, nil }, Log: slog.New(slog.DiscardHandler),
		}
	}
	first, second := keeper("a"), keeper("b")
	n, err := first.Step(t.Context())
	if err != nil || n != 5 {
		t.Errorf("%d rows deleted, %v; want three calls, a row of the agents' log and a sample", n, err)
	}
	if left := count(t, db, `SELECT COUNT(*) FROM calls WHERE id IN (?, ?, ?)`, calls[0], calls[0]+100, calls[0]+101); left != 0 {
		t.Errorf("%d calls of 400 days ago are still there", left)
	}
	if left := count(t, db, `SELECT COUNT(*) FROM calls`); left != 4 {
		t.Errorf("%d calls are left, want 4: on hold, recorded, or young", left)
	}
	if err := db.Exec(t.Context(), `INSERT INTO agent_log (session_id, user_id, campaign_id, state, from_at, to_at) VALUES (7, 1, 'C1', 'READY', ?, ?)`, noon.AddDate(-2, 0, 0), noon.AddDate(-2, 0, 0)); err != nil {
		t.Fatal(err)
	}
	if n, err := second.Step(t.Context()); n != 0 || err != nil {
		t.Errorf("a second holder deletes %d rows, %v", n, err)
	}
}

// The sampler writes what a minute was like: shares as means, counts as their
// highest, calls as their sum.
func TestSamplesTellHowFullAServerWas(t *testing.T) {
	t.Parallel()
	db, server, _, _ := archive(t)
	store := mariadb.NewSamples(db)
	s := &capacity.Sampler{Server: server.ID, Host: &capacity.Host{Dir: t.TempDir()}, Books: at{store, new(noon)}, Log: slog.New(slog.DiscardHandler)}
	now := s.Books.(at).now
	for i := range 14 {
		*now = noon.Add(time.Duration(i) * 5 * time.Second)
		if i < 4 {
			id := dialer.FirstCallAt(now.Add(-time.Second))
			if err := db.Exec(t.Context(), `INSERT INTO calls (id, campaign_id, list_id, lead_id, lead_was, e164, server_id, carrier_id, state, live, placed_at)
				VALUES (?, 'C1', 1, 11, 'NEW', '+12125550111', ?, 1, 'RINGING', 1, ?)`, id, server.ID, *now); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	all, err := store.Between(t.Context(), noon.Add(-time.Hour), noon.Add(time.Hour))
	if err != nil || len(all) != 1 {
		t.Fatalf("%d samples, %v; want that of the one minute that is over", len(all), err)
	}
	m := all[0]
	if !m.At.Equal(noon) || m.Calls != 4 || m.Lines != 4 || m.CPS != 0.2 || m.DBBound == 0 || m.DBBytes == 0 || m.DBQuestions <= 0 || m.DiskSize == 0 || m.Memory <= 0 || m.Memory >= 1 {
		t.Errorf("%+v", m)
	}
}

// at is a database whose clock is ours.
type at struct {
	*mariadb.Samples
	now *time.Time
}

func (a at) Now(context.Context) (time.Time, error) { return *a.now, nil }
