package mariadb_test

import (
	"testing"

	"trunkline/dialer"
	"trunkline/sql/mariadb"
	"trunkline/webui/facts"
	"trunkline/webui/page/desk"
)

var _ desk.Drafts = (*mariadb.WebDesk)(nil)

// Only the page that has the desk writes, only of the agent's own call, and the
// next page reads what the last one wrote.
func TestDraftsAreOfTheDesksCallAndPage(t *testing.T) {
	db, raw := webDatabase(t)
	shift := startShift(t, db, 70, 1)
	startShift(t, db, 71, 2)
	d := mariadb.NewWebDesk(db)
	raw.MustExec(`UPDATE agent_sessions SET call_id = 900, state = 'WRAPUP' WHERE id = 70`)
	if err := d.TakeDesk(t.Context(), shift.Session.ID, 42, webNow); err != nil {
		t.Fatal(err)
	}
	typed := facts.Draft{Call: 900, Version: 1, Status: "CALLBK", Note: "asks for 2 years 🙂", CallbackAt: "2026-11-24T10:00", CallbackMine: true, Fields: `{"city":{}}`}
	other := facts.Draft{Call: 900, Version: 9, Note: "written over"}
	elsewhere := other
	elsewhere.Call = 901
	for _, c := range []struct {
		what string
		user dialer.UserID
		page int64
		typed,
		reads facts.Draft
		kept bool
	}{
		{"the page that has the desk", 1, 42, typed, typed, true},
		{"the page that had it before", 1, 41, other, typed, false},
		{"somebody else", 2, 42, other, typed, false},
		{"another call than the agent's", 1, 42, elsewhere, typed, false},
		{"the page that has the desk, again", 1, 42, facts.Draft{Call: 900, Version: 2}, facts.Draft{Call: 900, Version: 2}, true},
	} {
		kept, err := d.KeepDraft(t.Context(), c.user, c.page, 0, c.typed, webNow)
		if err != nil || kept != c.kept {
			t.Errorf("%s: kept %v, %v", c.what, kept, err)
		}
		if got, err := d.Draft(t.Context(), 900); err != nil || got == nil || *got != c.reads {
			t.Errorf("after %s wrote: %+v, %v", c.what, got, err)
		}
	}
	if err := d.DropDraft(t.Context(), 900); err != nil {
		t.Fatal(err)
	}
	if got, err := d.Draft(t.Context(), 900); err != nil || got != nil {
		t.Errorf("after the saving: %+v, %v", got, err)
	}
}

// What was typed in a page's last second before the desk was taken over is added, if
// nothing was written since that the page has not read; and the page that has the
// desk is told of it.
func TestDraftsOfTheLastSecond(t *testing.T) {
	db, raw := webDatabase(t)
	shift := startShift(t, db, 70, 1)
	d := mariadb.NewWebDesk(db)
	raw.MustExec(`UPDATE agent_sessions SET call_id = 900, state = 'INCALL' WHERE id = 70`)
	take := func(page int64) {
		t.Helper()
		if err := d.TakeDesk(t.Context(), shift.Session.ID, page, webNow); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		what        string
		page, was   int64
		version     int64
		kept        bool
		told, shows int64
	}{
		{"the page before, where nobody has written", 41, 0, 1, true, 1, 1},
		{"the same page again, whose answer was lost", 41, 0, 2, true, 1, 2},
		{"the page that has the desk", 42, 2, 3, true, 0, 0},
		{"the page before, which has not read that", 41, 2, 4, false, 0, 0},
		{"a page that has read it", 43, 3, 5, true, 1, 5},
	} {
		take(42)
		var before, after int64
		count := func(into *int64) {
			if err := raw.Get(into, `SELECT COUNT(*) FROM events WHERE session_id = 70`); err != nil {
				t.Fatal(err)
			}
		}
		count(&before)
		kept, err := d.KeepDraft(t.Context(), 1, c.page, c.was, facts.Draft{Call: 900, Version: c.version, Note: c.what}, webNow)
		count(&after)
		if err != nil || kept != c.kept || after-before != c.told {
			t.Errorf("%s: kept %v, told %d times, %v", c.what, kept, after-before, err)
		}
		got, err := d.Draft(t.Context(), 900)
		if err != nil || got == nil || (got.Note == c.what) != c.kept || (got.Version == c.version) != c.kept {
			t.Errorf("after %s: %+v, %v", c.what, got, err)
		}
		desk, err := d.Desk(t.Context(), facts.DeskQuery{Session: 70, Now: webNow})
		if err != nil || desk.Draft != c.shows {
			t.Errorf("after %s the desk is told of version %d, %v; want %d", c.what, desk.Draft, err, c.shows)
		}
	}
}
