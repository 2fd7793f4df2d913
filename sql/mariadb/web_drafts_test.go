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
	typed := facts.Draft{Call: 900, Version: 1, Status: "CALLBK", Note: "asks for 2 years 🙂", CallbackAt: "2026-11-24T10:00", CallbackMine: true}
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
		kept, err := d.KeepDraft(t.Context(), c.user, c.page, c.typed)
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
