package mariadb_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/dialer/listen"
	"trunkline/dialer/recordings"
	"trunkline/sql/mariadb"
)

func TestPlaceByHand(t *testing.T) {
	t.Parallel()
	db, server, leads := dialable(t) // both claimed by this server
	store := mariadb.NewListen(db)
	known, err := store.Prospect(t.Context(), "C1", server.ID, 0, "+12125550112", noon)
	if err != nil || known.Lead.ID != 12 || known.Lead.Zones != "America/New_York" || known.DNC || known.Stopped != "" {
		t.Fatalf("a number of the campaign's list: %+v, %v", known, err)
	}
	strange, err := store.Prospect(t.Context(), "C1", server.ID, 0, "+16145550142", noon)
	if err != nil || strange.Lead.ID != 0 || strange.Lead.E164 != "+16145550142" {
		t.Fatalf("a number that nobody has: %+v, %v", strange, err)
	}
	if err := db.Exec(t.Context(), `INSERT INTO dnc (campaign_id, e164, source, added_at) VALUES ('C1', '+16145550142', 'test', NOW())`); err != nil {
		t.Fatal(err)
	}
	if p, err := store.Prospect(t.Context(), "C1", server.ID, 0, "+16145550142", noon); err != nil || !p.DNC {
		t.Errorf("on the campaign's DNC: %+v, %v", p, err)
	}

	c := dialer.Call{ID: 200, State: dialer.CallPlaced, Sent: true, CampaignID: "C1", E164: "+16145550142", ServerID: server.ID, CarrierID: 1, SessionID: 7, UserID: 3, Manual: true, PlacedAt: noon}
	placed, err := store.PlaceByHand(t.Context(), c)
	if err != nil || placed.LeadID == 0 || placed.ListID != 1 {
		t.Fatalf("%+v, %v", placed, err)
	}
	if n := count(t, db, `SELECT COUNT(*) FROM calls c JOIN leads l ON l.id = c.lead_id WHERE c.id = 200 AND c.manual AND c.session_id = 7 AND c.live = 1
		AND l.e164 = '+16145550142' AND l.phone_code = '1' AND l.phone_number = '6145550142' AND l.called_count = 1 AND l.zone_set > 0`); n != 1 {
		t.Error("the number has no lead, or was not counted as called")
	}
	c.ID = 201
	if _, err := store.PlaceByHand(t.Context(), c); !errors.Is(err, dialer.ErrConflict) {
		t.Errorf("the number of a live call: %v", err)
	}
	// A lead in the hopper leaves it; one that another server is about to call
	// is refused, and nothing is written.
	if err := db.Exec(t.Context(), `UPDATE hopper SET claimed_by = 99 WHERE lead_id = 12`); err != nil {
		t.Fatal(err)
	}
	for i, l := range leads {
		c.ID, c.LeadID, c.ListID, c.E164 = dialer.CallID(210+i), l.ID, 1, l.E164
		var want error
		if l.ID == 12 {
			want = dialer.ErrConflict
		}
		if _, err := store.PlaceByHand(t.Context(), c); !errors.Is(err, want) {
			t.Errorf("lead %d: %v, want %v", l.ID, err, want)
		}
	}
	if n := count(t, db, `SELECT COUNT(*) FROM calls`); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
	if n := count(t, db, `SELECT COUNT(*) FROM hopper`); n != 1 {
		t.Errorf("%d leads in the hopper, want the one of the other server", n)
	}
}

// TestALeadThatIsLookedAt: nobody else gets it while an agent looks at it, for
// however long, and it is there again as soon as it is given back.
func TestALeadThatIsLookedAt(t *testing.T) {
	t.Parallel()
	db, server, _ := dialable(t)
	store, sweeper := mariadb.NewListen(db), mariadb.NewHopperStore(db)
	free := func() int { return count(t, db, `SELECT COUNT(*) FROM hopper WHERE claim IS NULL`) }
	sweep := func(at time.Time) {
		t.Helper()
		if _, err := sweeper.FreeClaims(t.Context(), at, at.AddDate(0, 0, 1)); err != nil {
			t.Fatal(err)
		}
	}
	sweep(noon.Add(time.Second)) // what dialable claimed
	lead, err := store.NextLead(t.Context(), "C1", server.ID, noon)
	if err != nil || free() != 1 {
		t.Fatalf("lead %d, %v; %d rows are free", lead, err, free())
	}
	if err := store.GiveBack(t.Context(), lead); err != nil || free() != 2 {
		t.Errorf("%d rows are free after it was given back, %v", free(), err)
	}

	lead, err = store.NextLead(t.Context(), "C1", server.ID, noon)
	if err != nil {
		t.Fatal(err)
	}
	session := dialer.Session{ID: 7, UserID: 3, CampaignID: "C1", ServerID: server.ID, State: dialer.AgentPaused, Since: noon, SeenAt: noon, LoggedInAt: noon, PreviewID: lead, PreviewSince: new(noon)}
	write := func() {
		t.Helper()
		if err := store.Write(t.Context(), server.ID, []listen.Change{{At: noon, Session: &session}}); err != nil {
			t.Fatal(err)
		}
	}
	write()
	sweep(noon.Add(time.Hour))
	if free() != 1 {
		t.Errorf("%d rows are free while an agent looks at one", free())
	}
	if live, err := store.LiveSessions(t.Context(), server.ID); err != nil || len(live) != 1 || live[0].PreviewSince == nil || !live[0].PreviewSince.Equal(noon) {
		t.Errorf("a listen that starts anew finds %+v, %v", live, err)
	}
	session.State, session.PreviewID, session.PreviewSince = dialer.AgentReady, 0, nil // the giving back was lost with its process
	write()
	sweep(noon.Add(time.Hour))
	if free() != 2 {
		t.Errorf("%d rows are free after the agent went on", free())
	}
}

func TestThirdsWatchesAndOutcomes(t *testing.T) {
	t.Parallel()
	db, server, _ := dialable(t)
	store := mariadb.NewListen(db)
	third := dialer.Third{Call: 100, N: 1, ServerID: server.ID, SessionID: 7, Purpose: dialer.ThirdConsult, E164: "+12125550188", State: dialer.CallPlaced, PlacedAt: noon}
	write := func(c listen.Change) {
		t.Helper()
		for range 2 { // as after a commit whose answer was lost
			if err := store.Write(t.Context(), server.ID, []listen.Change{c}); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(listen.Change{At: noon, Third: &third})
	third.State, third.AnsweredAt = dialer.CallTalking, new(noon)
	write(listen.Change{At: noon, Third: &third})
	live, err := store.LiveThirds(t.Context(), server.ID)
	if err != nil || len(live) != 1 || live[0].State != dialer.CallTalking || !live[0].AnsweredAt.Equal(noon) || live[0].ID() != third.ID() {
		t.Errorf("%+v, %v", live, err)
	}
	third.State, third.EndedAt, third.SIPCode = dialer.CallEnded, new(noon), 486
	write(listen.Change{At: noon, Third: &third})
	if live, err = store.LiveThirds(t.Context(), server.ID); err != nil || len(live) != 0 {
		t.Errorf("after its end: %+v, %v", live, err)
	}

	web := mariadb.NewWebWatches(db)
	ear := dialer.Watch{ID: 30, ServerID: server.ID, UserID: 2, SessionID: 7, Mode: dialer.WatchListen, StartedAt: noon}
	if err := web.BeginWatch(t.Context(), audit.By{User: 2, IP: "192.0.2.7", At: noon}, ear); err != nil {
		t.Fatal(err)
	}
	watchIsNoted(t, db, web, ear)
	ear.Mode, ear.Leg, ear.CallID = dialer.WatchTakeOver, "tl-s-30-1", 100
	write(listen.Change{At: noon, Watch: &ear})
	if news, err := store.News(t.Context(), server.ID); err != nil || len(news.Watches) != 1 || news.Watches[0] != ear.ID {
		t.Errorf("news %+v, %v", news, err)
	}
	watches, err := store.LiveWatches(t.Context(), server.ID)
	if err != nil || len(watches) != 1 || watches[0].Mode != dialer.WatchTakeOver || watches[0].Leg != ear.Leg {
		t.Errorf("%+v, %v", watches, err)
	}
	if _, err := web.Watch(t.Context(), 3, 30); !errors.Is(err, dialer.ErrNotFound) {
		t.Errorf("somebody else's watch: %v", err)
	}
	ear.EndedAt = new(noon)
	write(listen.Change{At: noon, Watch: &ear})
	if _, err := web.Watch(t.Context(), 2, 30); !errors.Is(err, dialer.ErrNotFound) {
		t.Errorf("a watch that has ended: %v", err)
	}

	if err := db.Exec(t.Context(), `INSERT INTO carrier_outcomes VALUES (1, 'sip', 503, 'DC'), (1, 'cause', 21, 'B')`); err != nil {
		t.Fatal(err)
	}
	outcomes, err := store.Outcomes(t.Context())
	if err != nil || outcomes[1].SIP[503] != "DC" || outcomes[1].Cause[21] != "B" {
		t.Errorf("%+v, %v", outcomes, err)
	}
}

// watchIsNoted turns a watch that listens, and wants each turn in the audit log.
func watchIsNoted(t *testing.T, db *mariadb.DB, web *mariadb.WebWatches, ear dialer.Watch) {
	t.Helper()
	for i, mode := range []dialer.WatchMode{dialer.WatchListen, dialer.WatchTakeOver} { // the first is on already
		in := dialer.Intent{ID: dialer.IntentID(900 + i), ServerID: ear.ServerID, Kind: dialer.IntentWatch, Args: dialer.IntentArgs{Watch: ear.ID, Mode: mode}}
		if err := web.TurnWatch(t.Context(), audit.By{User: 2, IP: "192.0.2.8", At: noon}, ear, in); err != nil {
			t.Fatal(err)
		}
		if done, _, err := web.Answer(t.Context(), in.ID); done || err != nil {
			t.Errorf("the click is not written: %v, %v", done, err)
		}
	}
	if err := web.WatchRefused(t.Context(), audit.By{User: 2, IP: "192.0.2.8", At: noon}, ear, dialer.WatchTakeOver, "The agent has no customer on the line."); err != nil {
		t.Fatal(err)
	}
	entries, err := mariadb.NewAudit(db).Latest(t.Context(), "session/7")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, fmt.Sprintf("%s from %s: %s to %s %s", e.Action, e.IP, e.Before.Text("mode"), e.After.Text("mode"), e.After.Text("why")))
	}
	want := []string{"watch.refused from 192.0.2.8:  to takeover The agent has no customer on the line.", "watch from 192.0.2.8: listen to takeover ", "watch from 192.0.2.7:  to listen "}
	if !slices.Equal(got, want) {
		t.Errorf("the audit log has %q, want %q", got, want)
	}
}

func TestRecordingsRows(t *testing.T) {
	t.Parallel()
	db, server, leads := dialable(t)
	store, books := mariadb.NewRecordings(db), mariadb.NewListen(db)
	calls := placed(server, leads)
	if _, err := mariadb.NewCalls(db).Commit(t.Context(), calls); err != nil {
		t.Fatal(err)
	}
	if err := books.Write(t.Context(), server.ID, []listen.Change{{At: noon, Call: &calls[0], Recording: &listen.Recording{Call: 100, Server: server.ID, File: "d/100.wav", At: noon}}}); err != nil {
		t.Fatal(err)
	}
	rowless, err := store.Rowless(t.Context(), []dialer.CallID{100, 101})
	if err != nil || !slices.Equal(rowless, []dialer.CallID{101}) {
		t.Fatalf("without a row: %v, %v", rowless, err)
	}
	for _, id := range []dialer.CallID{101, 999} { // the second is no call of ours
		if err := store.Found(t.Context(), server.ID, id, "d/"+id.String()+".wav"); err != nil {
			t.Fatal(err)
		}
	}
	if all, err := store.Unfinished(t.Context(), server.ID); err != nil || len(all) != 0 {
		t.Errorf("of calls that are up: %+v, %v", all, err)
	}
	for i := range calls {
		calls[i].State, calls[i].EndedAt = dialer.CallEnded, new(noon.Add(time.Minute))
		if err := books.Write(t.Context(), server.ID, []listen.Change{{At: noon, Call: &calls[i]}}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := store.Unfinished(t.Context(), server.ID)
	if err != nil || len(all) != 2 || !all[0].EndedAt.Equal(noon.Add(time.Minute)) {
		t.Fatalf("%+v, %v", all, err)
	}
	if err := store.Finish(t.Context(), recordings.Finished{Call: 100, File: "d/100.wav", State: recordings.Done, Bytes: 7, LengthMS: 8, SHA256: "ab", At: noon}); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db, `SELECT COUNT(*) FROM recordings WHERE call_id = 100 AND state = 'DONE' AND bytes = 7 AND length_ms = 8 AND sha256 = 'ab'`); n != 1 {
		t.Error("what became of it was not written")
	}
}
