package mariadb_test

import (
	"errors"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/dialer/listen"
	"trunkline/sql/mariadb"
	"trunkline/webui/facts"
)

// TestCallbackLife: made with a disposition, put off by calls that reach nobody,
// ended by one that reaches somebody.
func TestCallbackLife(t *testing.T) {
	t.Parallel()
	db, server, _ := dialable(t)
	store, books := mariadb.NewCallbacks(db), mariadb.NewListen(db)
	due := noon.Add(2 * time.Hour)
	write := func(at time.Time, status dialer.Status, promise *dialer.Callback) {
		t.Helper()
		err := books.Write(t.Context(), server.ID, []listen.Change{
			{At: at, Lead: &listen.LeadChange{ID: 12, Status: "NA"}}, // a lead without a promise beside it
			{At: at, Lead: &listen.LeadChange{ID: 11, Status: status}, Callback: promise},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	open := func() []dialer.CallbackLine {
		t.Helper()
		lines, err := store.Open(t.Context(), "C1", time.Time{}, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		return lines
	}
	promise := dialer.Callback{CampaignID: "C1", LeadID: 11, Kind: dialer.CallbackUserOnly, UserID: 7, DueAt: due, Zone: "America/New_York",
		State: dialer.CallbackActive, MadeBy: 7, CreatedAt: noon, ChangedAt: noon}
	write(noon, "CALLBK", &promise)
	if l := open(); len(l) != 1 || l[0].E164 != "+12125550111" || !l[0].DueAt.Equal(due) || l[0].LeadStatus != "CALLBK" {
		t.Fatalf("open: %+v", l)
	}
	if mine, err := store.OfUser(t.Context(), 7, 10); err != nil || len(mine) != 1 {
		t.Errorf("the agent's: %+v, %v", mine, err)
	}
	// Called before its time, nobody there: as it was. At its time: put off.
	write(due.Add(-time.Hour), "NA", nil)
	write(due.Add(-time.Hour), dialer.StatusInCall, nil)
	if l := open(); len(l) != 1 || l[0].Tries != 0 {
		t.Errorf("called early: %+v", l)
	}
	write(due, "B", nil)
	if l := open(); len(l) != 1 || l[0].Tries != 1 || !l[0].DueAt.Equal(due.Add(dialer.CallbackAgain)) || l[0].State != dialer.CallbackActive {
		t.Errorf("busy: %+v", l)
	}
	// Dropped: a person was there, and nobody spoke to them.
	write(due.Add(time.Hour), dialer.StatusDrop, nil)
	if l := open(); len(l) != 1 || l[0].Tries != 2 {
		t.Errorf("dropped: %+v", l)
	}
	// Reached, and promised anew: the old one is done, the new one stands.
	promise.Kind, promise.DueAt = dialer.CallbackAnyone, due.Add(48*time.Hour)
	write(due.Add(2*time.Hour), "CALLBK", &promise)
	if l := open(); len(l) != 1 || l[0].Kind != dialer.CallbackAnyone || l[0].Tries != 0 {
		t.Fatalf("promised anew: %+v", l)
	}
	id := open()[0].ID
	is, err := store.One(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	to := facts.CallbackOf(is)
	is.DueAt = due.Add(24 * time.Hour)
	to.Due = facts.CallbackOf(is).Due
	move := audit.Edit[facts.SetCallback]{By: audit.By{User: 7, At: due}, Record: to}
	if err := store.Save(t.Context(), id, move); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, `SELECT COUNT(*) FROM audit WHERE action = 'callback.save' AND before_ LIKE '%due%' AND after_ LIKE '%due%'`); n != 1 {
		t.Error("nothing tells who has moved it")
	}
	if l := open(); !l[0].DueAt.Equal(due.Add(24 * time.Hour)) {
		t.Errorf("moved: %+v", l)
	}
	write(due.Add(24*time.Hour), "SALE", nil)
	if l := open(); len(l) != 0 {
		t.Errorf("reached: %+v", l)
	}
	if err := store.Save(t.Context(), id, move); !errors.Is(err, dialer.ErrConflict) {
		t.Errorf("changed after its end: %v", err)
	}
	closed, err := store.Closed(t.Context(), "", 0, 10)
	if err != nil || len(closed) != 2 || closed[0].State != dialer.CallbackDone || closed[1].State != dialer.CallbackDone {
		t.Errorf("closed: %+v, %v", closed, err)
	}
	// Never again: dead.
	promise.DueAt = due.Add(72 * time.Hour)
	if _, err := store.Add(t.Context(), promise); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, `SELECT COUNT(*) FROM leads WHERE id = ? AND status = ?`, promise.LeadID, dialer.StatusCallback); n != 1 {
		t.Error("the lead of a promise does not say so")
	}
	write(due, "DNC", nil)
	if closed, err = store.Closed(t.Context(), "C1", 0, 1); err != nil || len(closed) != 1 || closed[0].State != dialer.CallbackDead {
		t.Errorf("never again: %+v, %v", closed, err)
	}
}

// TestPromiseBesideDeletedLeads: a promise is settled with the call that kept it,
// although as many of the leads beside it as there are promises have been deleted;
// and where none was made none is settled, whatever was deleted.
func TestPromiseBesideDeletedLeads(t *testing.T) {
	t.Parallel()
	db, server, _ := dialable(t)
	store, books := mariadb.NewCallbacks(db), mariadb.NewListen(db)
	add := func(lead dialer.LeadID) {
		t.Helper()
		_, err := store.Add(t.Context(), dialer.Callback{CampaignID: "C1", LeadID: lead, Kind: dialer.CallbackAnyone, DueAt: noon.Add(-time.Minute),
			Zone: "America/New_York", State: dialer.CallbackActive, MadeBy: 7, CreatedAt: noon, ChangedAt: noon})
		if err != nil {
			t.Fatal(err)
		}
	}
	ended := func(leads ...dialer.LeadID) {
		t.Helper()
		var all []listen.Change
		for _, id := range leads {
			all = append(all, listen.Change{At: noon, Lead: &listen.LeadChange{ID: id, Status: "B"}})
		}
		if err := books.Write(t.Context(), server.ID, all); err != nil {
			t.Fatal(err)
		}
	}
	tries := func(lead dialer.LeadID) int {
		t.Helper()
		return count(t, db, `SELECT tries FROM callbacks WHERE lead_id = ? AND open = 1`, lead)
	}
	add(11)
	ended(11, 901) // one promise, one lead that is gone
	if n := tries(11); n != 1 {
		t.Errorf("beside one deleted lead the promise counts %d tries, want 1", n)
	}
	due := func() {
		t.Helper()
		if err := db.Exec(t.Context(), `UPDATE callbacks SET due_at = ? WHERE open = 1`, noon.Add(-time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	add(12)
	due()
	ended(901, 902, 11, 12)
	if a, b := tries(11), tries(12); a != 2 || b != 1 {
		t.Errorf("two promises beside two deleted leads count %d and %d tries, want 2 and 1", a, b)
	}
	due()
	ended(12, 901, 902)
	if a, b := tries(11), tries(12); a != 2 || b != 2 {
		t.Errorf("beside two deleted leads the promises count %d and %d tries, want 2 and 2", a, b)
	}
}
