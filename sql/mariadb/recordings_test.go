package mariadb_test

import (
	"log/slog"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/listen"
	"trunkline/dialer/recordings"
	"trunkline/sql/mariadb"
)

// TestTooShortIsNotLost: one customer hangs up 4 ms after the join, before the
// recorder began; another talks for a minute, and Asterisk dies with the file.
func TestTooShortIsNotLost(t *testing.T) {
	t.Parallel()
	db, server, leads := dialable(t)
	books, calls := mariadb.NewListen(db), placed(server, leads)
	if _, err := mariadb.NewCalls(db).Commit(t.Context(), calls); err != nil {
		t.Fatal(err)
	}
	for i, talk := range []time.Duration{4 * time.Millisecond, time.Minute} {
		c := calls[i]
		c.State, c.AnsweredAt, c.BridgedAt = dialer.CallTalking, new(noon), new(noon)
		begun := &listen.Recording{Call: c.ID, Server: server.ID, File: "d/" + c.ID.String() + ".wav", At: noon}
		over := c
		over.State, over.EndedAt = dialer.CallEnded, new(noon.Add(talk))
		if err := books.Write(t.Context(), server.ID, []listen.Change{{At: noon, Call: &c, Recording: begun}, {At: *over.EndedAt, Call: &over}}); err != nil {
			t.Fatal(err)
		}
	}
	f := recordings.New(recordings.Config{Server: server.ID, Dir: t.TempDir(), Store: mariadb.NewRecordings(db), Clock: new(dialer.Clock), Log: slog.New(slog.DiscardHandler)})
	for _, at := range []struct {
		now  time.Time
		want []recordings.State // of each call
	}{
		{noon.Add(70 * time.Second), []recordings.State{recordings.Short, recordings.Writing}},
		{noon.Add(3 * time.Minute), []recordings.State{recordings.Short, recordings.Lost}},
	} {
		if err := f.Step(t.Context(), at.now); err != nil {
			t.Fatal(err)
		}
		for i, want := range at.want {
			if n := count(t, db, `SELECT COUNT(*) FROM recordings WHERE call_id = ? AND state = ?`, calls[i].ID, want); n != 1 {
				t.Errorf("at %v call %d is not %s", at.now, calls[i].ID, want)
			}
		}
	}
}
