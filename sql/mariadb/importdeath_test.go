package mariadb_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/hopper/leads"
	"trunkline/sql/mariadb"
)

var errDead = errors.New("no process any more")

// dying is the work of a process that loses its power after some batches: it
// writes nothing more, and gives nothing back.
type dying struct {
	*mariadb.Imports
	batches int
}

func (d *dying) AddBatch(ctx context.Context, im dialer.Import, b leads.Batch) error {
	if d.batches--; d.batches < 0 {
		return errDead
	}
	return d.Imports.AddBatch(ctx, im, b)
}

func (d *dying) UndoBatch(ctx context.Context, im dialer.Import, after dialer.LeadID, limit int) (removed, kept int, last dialer.LeadID, err error) {
	if d.batches--; d.batches < 0 {
		return 0, 0, 0, errDead
	}
	return d.Imports.UndoBatch(ctx, im, after, limit)
}

func (d *dying) Beat(context.Context, dialer.Import) error    { return errDead }
func (d *dying) Release(context.Context, dialer.Import) error { return errDead }
func (d *dying) End(context.Context, dialer.Import, dialer.ImportState, string, time.Time) error {
	return errDead
}

// TestImportOfAWebServerThatDies: in the middle of an import, and of taking it
// back, its server is gone. Another takes it up from the file in the database
// once the first was silent, and not before; no lead is lost or doubled though
// nothing looks for doubles, and what the first still writes is refused.
func TestImportOfAWebServerThatDies(t *testing.T) {
	h := newHopperDB(t)
	files, store := mariadb.NewLeadFiles(h.db), mariadb.NewImports(h.db)
	const rows = 9300
	file, size, err := files.Keep(t.Context(), generated(rows))
	if err != nil || size != generated(rows).Size() {
		t.Fatal(size, err)
	}
	o, err := leads.Defaults(dialer.ImportOptions{Known: dialer.DuplicatesKept})
	if err != nil {
		t.Fatal(err)
	}
	id, err := store.Add(t.Context(), dialer.Import{ListID: 101, FileName: "a.csv", Host: "web-1", File: file, Bytes: size, Options: o, CreatedAt: h.now()})
	if err == nil {
		err = store.Begin(t.Context(), id, dialer.ImportRunning, o, h.now())
	}
	if err != nil {
		t.Fatal(err)
	}
	open := func(ctx context.Context, im dialer.Import) (leads.File, error) {
		return files.Open(ctx, im.File, im.Bytes), nil
	}
	waiting := func() bool {
		t.Helper()
		ids, err := store.Waiting(t.Context(), leads.Silence)
		if err != nil {
			t.Fatal(err)
		}
		return slices.Contains(ids, id)
	}
	work := func(jobs leads.Jobs, holder string) (dialer.Import, error) {
		return leads.Work(t.Context(), jobs, id, holder, open, h.db.Now, leads.Watcher{})
	}
	// Both processes have one name: what fences the first off is not its name.
	const name = "web web-1/1"
	for _, step := range []struct {
		working, done dialer.ImportState
		leads         int
	}{{dialer.ImportRunning, dialer.ImportDone, rows}, {dialer.ImportUndoing, dialer.ImportUndone, 0}} {
		if !waiting() {
			t.Fatalf("%s: nobody would begin", step.working)
		}
		first, err := work(&dying{store, 2}, name)
		if !errors.Is(err, errDead) || first.Epoch == 0 {
			t.Fatalf("%s: %+v, %v", step.working, first, err)
		}
		if n := h.count(`SELECT COUNT(*) FROM leads`); n == 0 || n == rows {
			t.Errorf("%s: it died with %d leads", step.working, n)
		}
		if waiting() {
			t.Errorf("%s: it is taken from a holder that was heard of just now", step.working)
		}
		if _, err := work(store, name); !errors.Is(err, dialer.ErrConflict) {
			t.Errorf("%s: taken from a holder that was heard of just now: %v", step.working, err)
		}
		h.exec(`UPDATE imports SET beat_at = beat_at - INTERVAL 7 SECOND`)
		if !waiting() {
			t.Errorf("%s: nobody takes it up", step.working)
		}
		second, err := store.Claim(t.Context(), id, name, leads.Silence)
		if err != nil || second.Epoch != first.Epoch+1 {
			t.Fatalf("%s: %+v, %v", step.working, second, err)
		}
		before := h.count(`SELECT COUNT(*) FROM leads`)
		if step.working == dialer.ImportRunning {
			first = second // all that the first could know of it, but for the epoch
			first.Epoch--
			if _, err := leads.Run(t.Context(), store, first, generated(rows), nil, leads.Watcher{}); !errors.Is(err, dialer.ErrConflict) {
				t.Errorf("a late batch: %v", err)
			}
		} else if _, _, _, err := store.UndoBatch(t.Context(), first, 0, 10); !errors.Is(err, dialer.ErrConflict) {
			t.Errorf("a late batch that takes leads back: %v", err)
		}
		for what, err := range map[string]error{
			"a late end": store.End(t.Context(), first, step.done, "", h.now()), "a late beat": store.Beat(t.Context(), first), "a late release": store.Release(t.Context(), first),
		} {
			if !errors.Is(err, dialer.ErrConflict) {
				t.Errorf("%s, %s: %v", step.working, what, err)
			}
		}
		if n := h.count(`SELECT COUNT(*) FROM leads`); n != before {
			t.Errorf("%s: a late one made %d leads of %d", step.working, n, before)
		}
		if err := store.Release(t.Context(), second); err != nil {
			t.Fatal(err)
		}
		last, err := work(store, "web web-2/1")
		if err != nil || last.State != step.done || last.Problem != "" && step.leads > 0 {
			t.Fatalf("%s: %+v, %v", step.working, last, err)
		}
		if n, d := h.count(`SELECT COUNT(*) FROM leads`), h.count(`SELECT COUNT(DISTINCT vendor_lead_code) FROM leads`); n != step.leads || d != step.leads {
			t.Errorf("%s: %d leads of %d rows, want %d", step.working, n, d, step.leads)
		}
		if step.working == dialer.ImportRunning {
			if err := store.Switch(t.Context(), id, dialer.ImportUndoing, dialer.ImportDone); err != nil {
				t.Fatal(err)
			}
		}
	}
	// A clock that was set back leaves no beat that counts for hours.
	if err := store.Switch(t.Context(), id, dialer.ImportRunning, dialer.ImportUndone); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Claim(t.Context(), id, name, leads.Silence); err != nil {
		t.Fatal(err)
	}
	h.exec(`UPDATE imports SET beat_at = beat_at + INTERVAL 1 HOUR`)
	if !waiting() {
		t.Error("after the clock was set back nobody takes it up for an hour")
	}
}
