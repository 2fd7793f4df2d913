package mariadb_test

import (
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/hopper/leads"
	"trunkline/sql/mariadb"
	"trunkline/webui/facts"
)

func TestListSettings(t *testing.T) {
	h := newHopperDB(t)
	store := mariadb.NewLists(h.db)
	by := audit.By{User: 1, At: h.now()}
	set := facts.SetList{ID: 300, Name: "Autumn", Campaign: "C1", Active: true, ExpiresOn: "2026-12-31", ResetTimes: "08:00", ResetLimit: 2, Hours: "10:00-18:30", CallerID: "+12125550100"}
	key, err := store.Create(t.Context(), by, set)
	if err != nil || key != "300" {
		t.Fatal(key, err)
	}
	got, err := store.One(t.Context(), "300")
	if err != nil || got.Value != set {
		t.Errorf("%+v, %v", got.Value, err)
	}
	if n := h.count(`SELECT call_from_min * 10000 + call_to_min FROM lists WHERE id = 300`); n != 600*10000+1110 {
		t.Errorf("hours are %d", n)
	}
	set.Hours, set.ExpiresOn, set.Active = "", "", false
	if err := store.Save(t.Context(), "300", audit.Edit[facts.SetList]{By: by, Seen: got.Seen, Record: set}); err != nil {
		t.Fatal(err)
	}
	if got, err = store.One(t.Context(), "300"); err != nil || got.Value != set {
		t.Errorf("%+v, %v", got.Value, err)
	}
	if _, err := store.One(t.Context(), "300x"); !errors.Is(err, dialer.ErrNotFound) {
		t.Errorf("300x: %v", err)
	}
	if _, err := store.Create(t.Context(), by, set); !errors.Is(err, dialer.ErrConflict) {
		t.Errorf("the same number twice: %v", err)
	}
	h.add(300, "+12122340001")
	var refused *dialer.Problem
	if err := store.Delete(t.Context(), by, "300"); !errors.As(err, &refused) {
		t.Errorf("deleted with a lead: %v", err)
	}
	if n, err := store.Move(t.Context(), 300, 101, "NEW", by); n != 1 || err != nil {
		t.Errorf("moved %d, %v", n, err)
	}
	if _, err := store.Move(t.Context(), 101, 999, "NEW", by); !errors.As(err, &refused) {
		t.Errorf("moved nowhere: %v", err)
	}
	if err := store.Delete(t.Context(), by, "300"); err != nil {
		t.Error(err)
	}
}

// TestWhatWasDoneBeforeAMoveFailedIsNoted: and likewise of leads that were deleted.
func TestWhatWasDoneBeforeAMoveFailedIsNoted(t *testing.T) {
	h := newHopperDB(t)
	h.campaign("C2", 201)
	h.add(101, numbers(212, 2500)...)
	// The third batch of either does not come to its end.
	h.exec(`CREATE TRIGGER moves BEFORE UPDATE ON leads FOR EACH ROW IF OLD.e164 > '+12122342100' THEN SIGNAL SQLSTATE '45000'; END IF`)
	h.exec(`CREATE TRIGGER deletes BEFORE DELETE ON leads FOR EACH ROW IF OLD.e164 > '+12122342100' THEN SIGNAL SQLSTATE '45000'; END IF`)
	store, by := mariadb.NewLists(h.db), audit.By{User: 5, At: h.now()}
	if n, err := store.Move(t.Context(), 101, 201, "NEW", by); n != 2000 || err == nil {
		t.Errorf("moved %d, %v", n, err)
	}
	if n := h.count(`SELECT COUNT(*) FROM audit WHERE action = 'list.move' AND after_ LIKE '%2000 leads of status NEW to list 201%'`); n != 1 {
		t.Errorf("%d notes of the move", n)
	}
	h.exec(`DROP TRIGGER moves; UPDATE leads SET list_id = 101`)
	if n, err := store.DeleteLeads(t.Context(), by, 101, ""); n != 2000 || err == nil {
		t.Errorf("deleted %d, %v", n, err)
	}
	if n := h.count(`SELECT COUNT(*) FROM audit WHERE action = 'list.delete-leads' AND after_ LIKE '%2000 leads%'`); n != 1 {
		t.Errorf("%d notes of the deletion", n)
	}
}

// TestListReset: two at once are one, what is called meanwhile stays called, and
// a reset whose process died is ended by the next.
func TestListReset(t *testing.T) {
	h := newHopperDB(t)
	store := mariadb.NewLists(h.db)
	h.add(101, numbers(212, 5000)...)
	h.exec(`INSERT INTO lists (id, campaign_id, name, active, created_at) VALUES (102, 'C1', 'other', TRUE, UTC_TIMESTAMP(3))`)
	h.add(102, numbers(303, 10)...)
	began := h.now()
	h.exec(`UPDATE leads SET called_since_reset = 2, called_count = 3, status = 'NA', last_called_at = ?`, began.Add(-time.Hour))
	day := began.Add(-12 * time.Hour)
	var ok, refused atomic.Int32
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			err := store.Reset(t.Context(), 101, "hand", audit.By{User: 1, At: began}, day)
			var p *dialer.Problem
			switch {
			case err == nil:
				ok.Add(1)
			case errors.As(err, &p) && p.Sentence == "A reset of list 101 is under way already; one is enough.":
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if ok.Load() != 1 || refused.Load() != 3 {
		t.Fatalf("%d began, %d were refused", ok.Load(), refused.Load())
	}
	open, err := store.OpenResets(t.Context())
	if err != nil || len(open) != 1 {
		t.Fatal(open, err)
	}
	// A batch is done, then a lead of those not reset yet is called, and the process dies.
	if done, err := store.GoOn(t.Context(), open[0], h.now()); done || err != nil {
		t.Fatal(done, err)
	}
	h.exec(`UPDATE leads SET last_called_at = ? WHERE list_id = 101 AND called_since_reset > 0 ORDER BY id DESC LIMIT 1`, began.Add(time.Minute))
	keeper := leads.Keeper{Holder: "test", Lists: store, Lease: mariadb.NewLeases(h.db), Now: h.db.Now, Zone: time.UTC, Log: slog.New(slog.DiscardHandler)}
	if err := keeper.Step(t.Context(), h.now()); err != nil {
		t.Fatal(err)
	}
	if fresh, called := h.count(`SELECT COUNT(*) FROM leads WHERE list_id = 101 AND called_since_reset = 0`), h.count(`SELECT COUNT(*) FROM leads WHERE list_id = 101 AND called_since_reset = 2`); fresh != 4999 || called != 1 {
		t.Errorf("%d reset, %d still called", fresh, called)
	}
	if h.count(`SELECT COUNT(*) FROM leads WHERE list_id = 102 AND called_since_reset = 0`) != 0 {
		t.Error("another list was reset too")
	}
	resets, err := store.Resets(t.Context(), 101, 5)
	if err != nil || len(resets) != 1 || resets[0].DoneAt == nil || resets[0].Leads != 4999 {
		t.Errorf("%+v, %v", resets, err)
	}
	// The day's limit.
	h.exec(`UPDATE lists SET reset_limit = 1 WHERE id = 101`)
	var p *dialer.Problem
	if err := store.Reset(t.Context(), 101, "hand", audit.By{At: h.now()}, day); !errors.As(err, &p) {
		t.Errorf("beyond the limit: %v", err)
	}
	if err := store.Reset(t.Context(), 999, "hand", audit.By{At: h.now()}, day); !errors.Is(err, dialer.ErrNotFound) {
		t.Errorf("no list: %v", err)
	}
	// By the clock.
	now := h.now()
	h.exec(`UPDATE lists SET reset_times = ?, reset_limit = 0 WHERE id = 102`, now.Add(-time.Minute).Format("15:04"))
	if err := keeper.Step(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if now.Add(-time.Minute).Day() == now.Day() && h.count(`SELECT COUNT(*) FROM leads WHERE list_id = 102 AND called_since_reset = 0`) != 10 {
		t.Error("a timed reset did not come")
	}
}
