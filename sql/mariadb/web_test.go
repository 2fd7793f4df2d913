package mariadb_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/mariadb"
	"trunkline/sql/migrated"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
	"trunkline/webui/page/campaigns"
	"trunkline/webui/page/desk"
	"trunkline/webui/page/login"
	"trunkline/webui/signin"
	"trunkline/webui/tail"
)

// The stores fill what the pages ask for.
var (
	_ signin.Accounts   = (*mariadb.WebAccounts)(nil)
	_ tail.Source       = (*mariadb.WebEvents)(nil)
	_ tail.Presence     = (*mariadb.WebEvents)(nil)
	_ desk.Shifts       = (*mariadb.WebDesk)(nil)
	_ desk.Words        = (*mariadb.WebDesk)(nil)
	_ desk.Customers    = mariadb.WebCustomers{}
	_ login.Shifts      = (*mariadb.WebDesk)(nil)
	_ campaigns.Store   = (*mariadb.WebCampaigns)(nil)
	_ campaigns.Changes = (*mariadb.WebCampaigns)(nil)
)

var webNow = time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)

// webDatabase is a fresh database with two servers, two agents with phones, a
// campaign and a lead; raw is for what no store of the web role writes.
func webDatabase(t *testing.T) (db *mariadb.DB, raw *sqlx.DB) {
	t.Helper()
	dsn := migrated.Database(t)
	db, err := mariadb.Open(dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	raw = sqlx.MustOpen("mysql", dsn+"&parseTime=true")
	t.Cleanup(func() { raw.Close() })
	for _, q := range []string{
		`INSERT INTO servers (id, name, telephony, listening, ws_url) VALUES (1, 'tel-1', 1, 1, 'ws://tel-1/ws'), (2, 'tel-2', 1, 1, 'ws://tel-2/ws'), (3, 'tel-3', 1, 0, 'ws://tel-3/ws')`,
		`INSERT INTO users (id, username, full_name, pass_hash, role, created_at) VALUES (1, 'nadia', 'Nadia K.', 'h', 'agent', NOW()), (2, 'ivo', '', 'h', 'agent', NOW()), (3, 'rosa', 'Rosa V.', 'h', 'admin', NOW()), (4, 'bare', '', 'h', 'agent', NOW()), (5, 'far', '', 'h', 'agent', NOW())`,
		`INSERT INTO phones (id, server_id, user_id, login, secret, kind, changed_at) VALUES (11, 1, 1, 'n1', 's1', 'webrtc', NOW()), (12, 2, 1, 'n2', 's2', 'webrtc', NOW()), (21, 1, 2, 'i1', 's3', 'sip', NOW()), (51, 3, 5, 'f3', 's4', 'webrtc', NOW())`,
		`INSERT INTO carriers (id, name, host, changed_at) VALUES (1, 'north', 'carrier', NOW())`,
		`INSERT INTO campaigns (id, name, active, dial_level, carrier_id, changed_at) VALUES ('AUTUMN', 'Autumn', 1, 2.5, 1, NOW()), ('SPRING', 'Spring', 0, 1, 1, NOW())`,
		`INSERT INTO lists (id, campaign_id, name, created_at) VALUES (1024, 'AUTUMN', 'October', NOW()), (1025, 'AUTUMN', 'Empty', NOW())`,
		`INSERT INTO zone_sets (id, zones) VALUES (1, 'America/Chicago,America/New_York')`,
		`INSERT INTO leads (id, list_id, status, zone_set, e164, phone_code, phone_number, first_name, created_at) VALUES (5, 1024, 'INCALL', 1, '+14235550142', '1', '4235550142', 'Marisol', NOW()), (6, 1024, 'NEW', 1, '+14235550143', '1', '4235550143', '', NOW())`,
	} {
		raw.MustExec(q)
	}
	return db, raw
}

func startShift(t *testing.T, db *mariadb.DB, id dialer.SessionID, user dialer.UserID) facts.Shift {
	t.Helper()
	s, err := mariadb.NewWebDesk(db).StartShift(t.Context(), facts.NewShift{ID: id, User: user, Campaign: "AUTUMN"}, webNow)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestShiftStartsOnceWhereFewestAgentsSit(t *testing.T) {
	db, raw := webDatabase(t)
	if s := startShift(t, db, 70, 2); s.Session.ServerID != 1 || s.Phone.Login != "i1" {
		t.Errorf("ivo has a phone on tel-1 only, and sits at %d with %s", s.Session.ServerID, s.Phone.Login)
	}
	s := startShift(t, db, 71, 1)
	if s.Session.ServerID != 2 || s.Phone.Login != "n2" || s.Phone.Secret != "s2" || s.Server.WSURL != "ws://tel-2/ws" || s.Resumed {
		t.Errorf("nadia should sit where nobody is: %+v", s)
	}
	if s.Session.State != dialer.AgentConnecting || !s.Session.SeenAt.Equal(webNow) {
		t.Errorf("a new shift stands at %s, seen %s", s.Session.State, s.Session.SeenAt)
	}
	again := startShift(t, db, 72, 1)
	if again.Session.ID != 71 || !again.Resumed {
		t.Errorf("a second sign-in should resume: %+v", again.Session)
	}
	var events, sessions int
	raw.Get(&events, `SELECT COUNT(*) FROM events WHERE kind = 'agent' AND session_id IN (70, 71, 72)`)
	raw.Get(&sessions, `SELECT COUNT(*) FROM agent_sessions`)
	if events != 2 || sessions != 2 {
		t.Errorf("2 shifts should leave 2 events and 2 rows, not %d and %d", events, sessions)
	}
}

func TestTwoBrowsersStartOneShift(t *testing.T) {
	db, raw := webDatabase(t)
	got := make(chan dialer.SessionID, 8)
	for i := range 8 {
		go func() {
			s, err := mariadb.NewWebDesk(db).StartShift(context.Background(), facts.NewShift{ID: dialer.SessionID(100 + i), User: 1, Campaign: "AUTUMN"}, webNow)
			if err != nil {
				t.Error(err)
			}
			got <- s.Session.ID
		}()
	}
	first := <-got
	for range 7 {
		if id := <-got; id != first {
			t.Errorf("two shifts: %d and %d", first, id)
		}
	}
	var n int
	if raw.Get(&n, `SELECT COUNT(*) FROM agent_sessions`); n != 1 {
		t.Errorf("%d shifts", n)
	}
}

func TestNoPlaceForAShiftIsSaid(t *testing.T) {
	db, _ := webDatabase(t)
	var p *dialer.Problem
	_, err := mariadb.NewWebDesk(db).StartShift(t.Context(), facts.NewShift{ID: 1, User: 4, Campaign: "AUTUMN"}, webNow)
	if !errors.As(err, &p) || p.Kind != nil {
		t.Errorf("without a phone: %v", err)
	}
	_, err = mariadb.NewWebDesk(db).StartShift(t.Context(), facts.NewShift{ID: 1, User: 5, Campaign: "AUTUMN"}, webNow)
	if !errors.As(err, &p) || !errors.Is(err, dialer.ErrUnavailable) {
		t.Errorf("with a phone on a server that is down: %v", err)
	}
}

func TestDeskShowsCallLeadTodayAndRefusal(t *testing.T) {
	db, raw := webDatabase(t)
	d := mariadb.NewWebDesk(db)
	startShift(t, db, 71, 1)
	at := webNow.Add(-time.Hour)
	insert := `INSERT INTO calls (id, live, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, session_id, user_id, placed_at, bridged_at, ended_at, status)
		VALUES (?, ?, ?, 'AUTUMN', 1024, 5, '+14235550142', 2, 1, 71, 1, ?, ?, ?, ?)`
	raw.MustExec(insert, 1, nil, "ENDED", at, at, at.Add(90*time.Second), "SALE")
	raw.MustExec(insert, 2, nil, "ENDED", at.Add(-48*time.Hour), at.Add(-48*time.Hour), at.Add(-47*time.Hour), "NI")
	raw.MustExec(insert, 3, 1, "TALKING", webNow.Add(-40*time.Second), webNow.Add(-30600*time.Millisecond), nil, "")
	raw.MustExec(`UPDATE calls SET recording = 'ON' WHERE id = 3`)
	// A shift that ended this morning is of the day, too.
	raw.MustExec(`INSERT INTO agent_sessions (id, user_id, campaign_id, server_id, phone_id, state, state_since, seen_at, logged_in_at, logged_out_at) VALUES (70, 1, 'AUTUMN', 2, 1, 'OUT', ?, ?, ?, ?)`, at, at, at, at)
	raw.MustExec(insert, 5, nil, "ENDED", at.Add(-time.Hour), at.Add(-time.Hour), at.Add(-59*time.Minute), "SALE")
	raw.MustExec(`UPDATE calls SET session_id = 70, lead_id = 6 WHERE id = 5`)
	// One who was passed on after 20 seconds talks on with somebody else.
	raw.MustExec(insert, 4, 1, "XFER", at, at.Add(2*time.Minute), nil, "NI")
	raw.MustExec(`INSERT INTO agent_log (session_id, user_id, campaign_id, state, call_id, from_at, to_at) VALUES (71, 1, 'AUTUMN', 'INCALL', 4, ?, ?)`, at.Add(2*time.Minute), at.Add(2*time.Minute+20600*time.Millisecond))
	raw.MustExec(`UPDATE agent_sessions SET call_id = 3, state = 'INCALL', leg = 'tl-a-71-1' WHERE id = 71`)
	for i, refusal := range []string{"", "The customer has hung up.", "old"} {
		if err := d.AddIntent(t.Context(), dialer.Intent{ID: dialer.IntentID(900 + i), ServerID: 2, SessionID: 71, Kind: dialer.IntentHold, Args: dialer.IntentArgs{CallID: 3}}, webNow); err != nil {
			t.Fatal(err)
		}
		done := webNow.Add(-time.Second)
		if refusal == "old" {
			done = webNow.Add(-time.Minute)
		}
		raw.MustExec(`UPDATE intents SET open = NULL, done_at = ?, refusal = ? WHERE id = ?`, done, refusal, 900+i)
	}
	q := facts.DeskQuery{Session: 71, Day: webNow.Truncate(24 * time.Hour), Now: webNow, Refused: webNow.Add(-10 * time.Second), From: 800}
	got, err := d.Desk(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if got.Session.State != dialer.AgentInCall || got.User.FullName != "Nadia K." || got.CampaignName != "Autumn" || got.PhoneKind != "webrtc" || !got.ServerUp {
		t.Errorf("desk: %+v", got)
	}
	if got.Call == nil || got.Call.Call.ID != 3 || got.Call.Lead.FirstName != "Marisol" || got.Call.Lead.Zones != "America/Chicago,America/New_York" || got.Call.Call.Recording != dialer.RecOn {
		t.Fatalf("call: %+v", got.Call)
	}
	if want := (facts.Today{Calls: 4, Sales: 2, TalkSeconds: 201}); got.Today != want {
		t.Errorf("today %+v, want %+v", got.Today, want)
	}
	// The live board counts the same, over all of the agent's shifts of the day.
	tallies, err := mariadb.NewWebBoard(db).Tallies(t.Context(), []dialer.UserID{1, 2}, q.Day)
	if want := (facts.BoardTally{Calls: got.Today.Calls, Sales: got.Today.Sales}); err != nil || tallies[1] != want || tallies[2] != (facts.BoardTally{}) {
		t.Errorf("the board counts %+v, %v; the desk %+v", tallies, err, want)
	}
	// While the same call is on, the day is not summed up again.
	shown := got
	shown.Today.Sales = 7
	q.Shown = &shown
	if same, err := d.Desk(t.Context(), q); err != nil || same.Today != shown.Today {
		t.Errorf("the same call's day %+v, %v", same.Today, err)
	}
	ringing := *got.Call
	ringing.Call.BridgedAt = nil
	for name, before := range map[string]facts.Desk{
		"another call": {Session: dialer.Session{CallID: 2}, Call: got.Call}, "a call not yet bridged": {Session: got.Session, Call: &ringing},
	} {
		q.Shown = &before
		if next, err := d.Desk(t.Context(), q); err != nil || next.Today != got.Today {
			t.Errorf("the day after %s: %+v, %v", name, next.Today, err)
		}
	}
	q.Shown = nil
	if got.Refusal == nil || got.Refusal.Intent != 901 || got.Refusal.Sentence != "The customer has hung up." {
		t.Errorf("refusal %+v", got.Refusal)
	}
	q.From = 902
	if got, err = d.Desk(t.Context(), q); err != nil || got.Refusal != nil {
		t.Errorf("a refusal of an older intent is shown: %+v, %v", got.Refusal, err)
	}
	var args string
	raw.Get(&args, `SELECT args FROM intents WHERE id = 900`)
	if args != `{"call":3}` {
		t.Errorf("an intent's args: %s", args)
	}
	past, err := d.LeadHistory(t.Context(), 5, 3)
	if err != nil || len(past) != 2 || past[0].StatusName != "Sale" || past[0].TalkSeconds != 90 || past[0].Agent != "Nadia K." {
		t.Errorf("history %+v, %v", past, err)
	}
}

// A note of the longest kind, of characters that JSON writes longest, comes back
// as it was.
func TestLongestNoteFitsIntoItsIntent(t *testing.T) {
	db, raw := webDatabase(t)
	startShift(t, db, 71, 1)
	for i, note := range []string{strings.Repeat("<", 255), strings.Repeat("\x01", 255), strings.Repeat("\u2028", 255), strings.Repeat("😀", 255), strings.Repeat(`"`, 255)} {
		want := dialer.IntentArgs{CallID: 1<<63 - 1, Code: "LONGST", Status: "CALLBK", Comments: note, Pause: true}
		in := dialer.Intent{ID: dialer.IntentID(900 + i), ServerID: 2, SessionID: 71, Kind: dialer.IntentDispose, Args: want}
		if err := mariadb.NewWebDesk(db).AddIntent(t.Context(), in, webNow); err != nil {
			t.Errorf("%.3q: %v", note, err)
			continue
		}
		var args string
		raw.Get(&args, `SELECT args FROM intents WHERE id = ?`, in.ID)
		var got dialer.IntentArgs
		if err := json.Unmarshal([]byte(args), &got); err != nil || got != want {
			t.Errorf("%.3q came back as %.60s, %v", note, args, err)
		}
	}
}

// The database takes names for the same that people do not: signing in compares
// for itself.
func TestNamesAreLookedUpByCollation(t *testing.T) {
	db, _ := webDatabase(t)
	for _, name := range []string{"NADIA", "nàdia", "nadia  "} {
		if u, err := mariadb.NewWebAccounts(db).UserByName(t.Context(), name); err != nil || u.ID != 1 || u.Username != "nadia" {
			t.Errorf("%q: %+v, %v", name, u, err)
		}
	}
}

// A host that has died cannot say so: its server is down once its beat is old.
func TestServerWithoutABeatIsDown(t *testing.T) {
	db, raw := webDatabase(t)
	startShift(t, db, 71, 1)
	desk := func() bool {
		d, err := mariadb.NewWebDesk(db).Desk(t.Context(), facts.DeskQuery{Session: 71, Day: webNow, Now: webNow, Refused: webNow, From: 800})
		if err != nil {
			t.Fatal(err)
		}
		return d.ServerUp
	}
	server := func(id dialer.ServerID) bool {
		states, err := mariadb.NewWebEvents(db).ServerStates(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range states {
			if s.ID == id {
				return s.Up
			}
		}
		return false
	}
	at := dialer.ServerID(0)
	raw.Get(&at, `SELECT server_id FROM agent_sessions WHERE id = 71`)
	raw.MustExec(`UPDATE servers SET beat_at = UTC_TIMESTAMP(3)`)
	if !desk() || !server(at) {
		t.Error("a server that beats is down")
	}
	raw.MustExec(`UPDATE servers SET beat_at = UTC_TIMESTAMP(3) - INTERVAL 7 SECOND`)
	if desk() || server(at) {
		t.Error("a server whose beat is 7 s old is up")
	}
	_, err := mariadb.NewWebDesk(db).StartShift(t.Context(), facts.NewShift{ID: 72, User: 2, Campaign: "AUTUMN"}, webNow)
	if !errors.Is(err, dialer.ErrUnavailable) {
		t.Errorf("a shift on a server without a beat: %v", err)
	}
	raw.MustExec(`UPDATE servers SET beat_at = UTC_TIMESTAMP(3) WHERE id = 1`)
	if s := startShift(t, db, 73, 2); s.Session.ServerID != 1 {
		t.Errorf("seated at %d, which does not beat", s.Session.ServerID)
	}
}

// The list of campaigns and the count of a day find the calls that are up by
// server and life, not among all that a campaign ever placed.
func TestCallsThatAreUpAreNotSoughtInHistory(t *testing.T) {
	db, raw := webDatabase(t)
	raw.MustExec(`INSERT INTO calls (id, live, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, placed_at)
		SELECT seq, IF(seq % 1000 = 0, 1, NULL), 'ENDED', 'AUTUMN', 1024, 5, '+1', 1 + seq % 2, 1, NOW() FROM seq_1_to_5000`)
	raw.MustExec(`ANALYZE TABLE calls, servers, campaigns`)
	// Of a time of which the history has little, so that it is no bad bargain.
	day := []any{[]string{"AUTUMN"}, webNow.Add(-30 * 24 * time.Hour), webNow.Add(-29 * 24 * time.Hour)}
	for _, q := range []struct {
		name, calls string // the statement, and what it calls the table
		args        []any
	}{{"web-campaign-lines", "k", nil}, {"day-up", "c", day}} {
		if plan := planOf(t, raw, q.name, q.calls, q.args...); plan["key"] != "calls_live" || plan["type"] != "ref" {
			t.Errorf("%s reads calls by %s of the key %q", q.name, plan["type"], plan["key"])
		}
	}
	// An agent's screen is not concerned with the calls that others talk on.
	raw.MustExec(`UPDATE calls SET live = 1, state = 'TALKING' WHERE id <= 2000`)
	raw.MustExec(`ANALYZE TABLE calls`)
	if plan := planOf(t, raw, "web-desk-parked", "c", 1, "AUTUMN", 71); plan["key"] != "calls_live" || plan["ref"] != "const,const,const" {
		t.Errorf("parked calls are read by %q of the key %q", plan["ref"], plan["key"])
	}
	startShift(t, db, 71, 1)
	if plan := planOf(t, raw, "web-desk", "k", 0, webNow, 71); plan["key"] != "calls_live" || plan["ref"] != "const,const,const" {
		t.Errorf("whether there are parked calls is asked by %q of the key %q", plan["ref"], plan["key"])
	}
}

// planOf is how a statement reads a table.
func planOf(t *testing.T, raw *sqlx.DB, name, table string, args ...any) map[string]string {
	t.Helper()
	query, args, err := sqlx.In("EXPLAIN "+queries.Get(name), args...)
	if err != nil {
		t.Fatal(name, err)
	}
	rows, err := raw.Queryx(query, args...)
	if err != nil {
		t.Fatal(name, err)
	}
	defer rows.Close()
	for rows.Next() {
		cols := map[string]any{}
		if err := rows.MapScan(cols); err != nil {
			t.Fatal(name, err)
		}
		plan := map[string]string{}
		for c, v := range cols {
			text, _ := v.([]byte)
			plan[c] = string(text)
		}
		if plan["table"] == table {
			return plan
		}
	}
	t.Fatalf("no %s in the plan of %s: %v", table, name, rows.Err())
	return nil
}

func TestWebSessionsEndAndExpire(t *testing.T) {
	db, raw := webDatabase(t)
	a := mariadb.NewWebAccounts(db)
	token := sha256.Sum256([]byte("t"))
	if err := a.StartWebSession(t.Context(), token, 1, "127.0.0.1", webNow, webNow.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	s, err := a.WebSession(t.Context(), token, webNow)
	if err != nil || s.User.Username != "nadia" || s.User.PassHash != "" {
		t.Errorf("%+v, %v", s, err)
	}
	if err := a.TouchWebSessions(t.Context(), [][32]byte{token, {}}, webNow.Add(time.Minute)); err != nil {
		t.Error(err)
	}
	if in, err := a.StillIn(t.Context(), [][32]byte{{}, token}, webNow); err != nil || len(in) != 1 || !in[token].Equal(webNow.Add(time.Minute)) {
		t.Errorf("still in: %v, %v", in, err)
	}
	if in, err := a.StillIn(t.Context(), [][32]byte{token}, webNow.Add(2*time.Hour)); err != nil || len(in) != 0 {
		t.Errorf("still in after its time: %v, %v", in, err)
	}
	if _, err := a.WebSession(t.Context(), token, webNow.Add(2*time.Hour)); !errors.Is(err, dialer.ErrNotFound) {
		t.Errorf("an expired session: %v", err)
	}
	raw.MustExec(`UPDATE users SET active = 0 WHERE id = 1`)
	if _, err := a.WebSession(t.Context(), token, webNow); !errors.Is(err, dialer.ErrNotFound) {
		t.Errorf("a user who was switched off: %v", err)
	}
	if in, err := a.StillIn(t.Context(), [][32]byte{token}, webNow); err != nil || len(in) != 0 {
		t.Errorf("still in though switched off: %v, %v", in, err)
	}
	raw.MustExec(`UPDATE users SET active = 1 WHERE id = 1`)
	if err := a.EndWebSession(t.Context(), token); err != nil {
		t.Error(err)
	}
	if _, err := a.WebSession(t.Context(), token, webNow); !errors.Is(err, dialer.ErrNotFound) {
		t.Errorf("after the end: %v", err)
	}
	if _, err := a.UserByName(t.Context(), "nobody"); !errors.Is(err, dialer.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
}

func TestSeenReachesLiveSessionsOnly(t *testing.T) {
	db, raw := webDatabase(t)
	startShift(t, db, 71, 1)
	startShift(t, db, 72, 2)
	raw.MustExec(`UPDATE agent_sessions SET live = NULL WHERE id = 72`)
	e := mariadb.NewWebEvents(db)
	later := webNow.Add(time.Minute)
	if err := e.Seen(t.Context(), []dialer.SessionID{71, 72}, later); err != nil {
		t.Fatal(err)
	}
	if err := e.Seen(t.Context(), nil, later); err != nil {
		t.Errorf("nobody there: %v", err)
	}
	var seen []time.Time
	raw.Select(&seen, `SELECT seen_at FROM agent_sessions ORDER BY id`)
	if len(seen) != 2 || !seen[0].Equal(later) || !seen[1].Equal(webNow) {
		t.Errorf("seen at %v", seen)
	}
	// What was said a moment ago is not written again.
	for after, want := range map[time.Duration]time.Duration{1400 * time.Millisecond: 0, 1600 * time.Millisecond: 1600 * time.Millisecond} {
		raw.MustExec(`UPDATE agent_sessions SET seen_at = ? WHERE id = 71`, later)
		if err := e.Seen(t.Context(), []dialer.SessionID{71}, later.Add(after)); err != nil {
			t.Fatal(err)
		}
		var at time.Time
		if err := raw.Get(&at, `SELECT seen_at FROM agent_sessions WHERE id = 71`); err != nil || !at.Equal(later.Add(want)) {
			t.Errorf("%v after it was said, it is %v later (%v)", after, at.Sub(later), err)
		}
	}
	states, err := e.ServerStates(t.Context())
	if err != nil || len(states) != 3 || !states[0].Up || states[2].Up {
		t.Errorf("servers %+v, %v", states, err)
	}
}

// An event whose transaction commits after one with a higher id must reach its
// page all the same.
func TestEventsThatCommitOutOfOrderAreNotLost(t *testing.T) {
	db, raw := webDatabase(t)
	hub := tail.NewHub()
	store := mariadb.NewWebEvents(db)
	reader := tail.New(hub, store, store, time.Now, slog.New(slog.DiscardHandler))
	step := func() {
		t.Helper()
		if err := reader.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	const add = `INSERT INTO events (at, server_id, kind, session_id) VALUES (NOW(), 1, 'agent', ?)`
	early := raw.MustBegin() // its insert takes a lower id before the reader starts
	early.MustExec(add, 70)
	step()
	slow, fast := raw.MustBegin(), raw.MustBegin()
	slow.MustExec(add, 71)
	fast.MustExec(add, 72)
	subs := map[string]*tail.Sub{"early": hub.Session(70), "slow": hub.Session(71), "fast": hub.Session(72)}
	woken := func() (names []string) {
		for name, s := range subs {
			select {
			case <-s.Changed():
				names = append(names, name)
			default:
			}
		}
		slices.Sort(names)
		return names
	}
	if err := fast.Commit(); err != nil {
		t.Fatal(err)
	}
	step()
	if got := woken(); !slices.Equal(got, []string{"fast"}) {
		t.Fatalf("after the fast one: %v", got)
	}
	if err := slow.Commit(); err != nil {
		t.Fatal(err)
	}
	step()
	if got := woken(); !slices.Equal(got, []string{"slow"}) {
		t.Fatalf("after the slow one: %v", got)
	}
	if err := early.Commit(); err != nil {
		t.Fatal(err)
	}
	step()
	if got := woken(); !slices.Equal(got, []string{"early"}) {
		t.Fatalf("after the one from before the start: %v", got)
	}
	step()
	if got := woken(); len(got) != 0 {
		t.Errorf("told twice: %v", got)
	}
}

func TestCampaignCountsAndChanges(t *testing.T) {
	db, raw := webDatabase(t)
	c := mariadb.NewWebCampaigns(db)
	startShift(t, db, 71, 1)
	insert := `INSERT INTO calls (id, live, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, placed_at, answered_at, bridged_at, status, sent)
		VALUES (?, ?, ?, 'AUTUMN', 1024, 5, '+1', 1, 1, ?, ?, ?, ?, ?)`
	raw.MustExec(insert, 1, nil, "ENDED", webNow, nil, nil, "NA", 1)
	raw.MustExec(insert, 2, nil, "ENDED", webNow, webNow, nil, "DROP", 1)
	raw.MustExec(insert, 3, 1, "TALKING", webNow, webNow, webNow, "", 1)
	raw.MustExec(insert, 4, nil, "ENDED", webNow.Add(-24*time.Hour), webNow, webNow, "SALE", 1)
	raw.MustExec(insert, 5, nil, "ENDED", webNow, nil, nil, "ERI", 0)
	raw.MustExec(`INSERT INTO hopper (campaign_id, lead_id, list_id, added_at) VALUES ('AUTUMN', 6, 1024, NOW())`)
	raw.MustExec(insert, 6, nil, "ENDED", webNow, webNow, webNow, "A", 1)  // a machine that reached an agent
	raw.MustExec(insert, 7, nil, "ENDED", webNow, webNow, webNow, "NI", 1) // a person
	raw.MustExec(insert, 8, nil, "ENDED", webNow, webNow, nil, "PDROP", 1) // hung up at once
	raw.MustExec(`INSERT INTO report_changes (kind, campaign_id, from_at, to_at) SELECT 'C', campaign_id, placed_at, placed_at FROM calls WHERE live IS NULL`)
	live, err := c.CampaignLive(t.Context(), "AUTUMN", webNow.Truncate(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if !live.Active || live.Agents[dialer.AgentConnecting] != 1 || live.Calls[dialer.CallTalking] != 1 || live.Hopper != 1 ||
		live.Placed != 6 || live.Answered != 5 || live.Connected != 3 || live.Dropped != 1 || live.People != 2 {
		t.Errorf("live %+v", live)
	}
	lines, err := c.CampaignLines(t.Context())
	if err != nil || len(lines) != 2 || lines[0].ID != "AUTUMN" || lines[0].Agents != 1 || lines[0].Calls != 1 || lines[0].Lists != 2 {
		t.Errorf("lines %+v, %v", lines, err)
	}
	lists, err := c.CampaignLists(t.Context(), "AUTUMN")
	if err != nil || len(lists) != 2 || !lists[0].Active {
		t.Errorf("lists %+v, %v", lists, err)
	}
	leads, err := c.CampaignLeads(t.Context(), "AUTUMN")
	if err != nil || len(leads) != 2 || leads[0].List != lists[0].ID || leads[0].Leads != 1 || leads[1].Leads != 1 {
		t.Errorf("leads %+v, %v", leads, err)
	}
	change := facts.CampaignChange{Campaign: "AUTUMN", By: audit.By{User: 3, At: webNow}}
	for range 2 { // what stands already is written once
		if err := c.SetCampaignActive(t.Context(), change, false); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.SetDialLevel(t.Context(), change, 3.5); err != nil {
		t.Fatal(err)
	}
	one, err := c.Campaign(t.Context(), "AUTUMN")
	if err != nil || one.Active || one.DialLevel != 3.5 || one.CarrierName != "north" {
		t.Errorf("campaign %+v, %v", one, err)
	}
	changes, err := c.CampaignChanges(t.Context(), "AUTUMN")
	if err != nil || len(changes) != 2 || changes[0].Action != "campaign.level" || changes[0].Before.Text("dial_level") != "2.5" || changes[0].After.Text("dial_level") != "3.5" || changes[1].Who != "Rosa V." {
		t.Errorf("changes %+v, %v", changes, err)
	}
	if err := c.SetCampaignActive(t.Context(), facts.CampaignChange{Campaign: "SPRING", By: audit.By{At: webNow}}, true); err != nil {
		t.Fatal(err)
	}
	if changes, err = c.CampaignChanges(t.Context(), "SPRING"); err != nil || len(changes) != 1 || changes[0].Who != "the command line" {
		t.Errorf("a change without a user: %+v, %v", changes, err)
	}
	var events int
	if raw.Get(&events, `SELECT COUNT(*) FROM events WHERE kind = 'campaign' AND campaign_id = 'AUTUMN'`); events != 2 {
		t.Errorf("%d campaign events", events)
	}
	if err := c.SetCampaignActive(t.Context(), facts.CampaignChange{Campaign: "NONE", By: audit.By{At: webNow}}, true); !errors.Is(err, dialer.ErrNotFound) {
		t.Errorf("a campaign that is not there: %v", err)
	}
}

// When a customer may be called is narrowed by the campaign, its call times and
// the lead's list, in every zone that the number may lie in.
func TestCallSpansKnowCampaignAndList(t *testing.T) {
	db, raw := webDatabase(t)
	d := mariadb.NewWebDesk(db)
	raw.MustExec(`UPDATE campaigns SET call_from_min = 540, call_to_min = 1200 WHERE id = 'AUTUMN'`)
	raw.MustExec(`UPDATE lists SET call_to_min = 1080 WHERE id = 1024`)
	raw.MustExec(`INSERT INTO call_times (id, name, mon, tue, wed, thu, fri, sat, sun, states, holidays, campaigns, hours, changed_at)
		VALUES ('WEEK', 'Week', '', '', '', '', '', '', '', '', 0, 'SPRING AUTUMN', 'Mon-Fri 8:00-22:00', NOW())`)
	lead, err := d.Lead(t.Context(), 5)
	if err != nil {
		t.Fatal(err)
	}
	there, _ := time.LoadLocation("America/New_York")
	day := func(n int) (says []string) {
		t.Helper()
		from := time.Date(2026, 11, n, 0, 0, 0, 0, there)
		spans, err := d.CallSpans(t.Context(), "AUTUMN", lead, from, from.AddDate(0, 0, 1))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range spans {
			says = append(says, s.From.In(there).Format("15:04 ")+s.Why)
		}
		return says
	}
	// Nine o'clock in Chicago is ten in New York, where six o'clock comes first.
	const closed = "the campaign calls from 09:00 to 18:00."
	monday := day(30)
	if len(monday) != 3 || !strings.HasPrefix(monday[0], "00:00 No calls at that hour in America/Chicago") || monday[1] != "10:00 " || !strings.HasPrefix(monday[2], "18:00 No calls at that hour in America/New_York") || !strings.HasSuffix(monday[2], closed) {
		t.Errorf("on a Monday: %q", monday)
	}
	if saturday := day(28); len(saturday) == 0 || slices.ContainsFunc(saturday, func(s string) bool { return len(s) < 10 }) {
		t.Errorf("on a Saturday: %q", saturday)
	}
	lead.ListID = 0 // dialed by hand: the campaign's hours alone
	if monday := day(30); len(monday) != 3 || !strings.HasPrefix(monday[2], "20:00 ") {
		t.Errorf("of no list: %q", monday)
	}
}
