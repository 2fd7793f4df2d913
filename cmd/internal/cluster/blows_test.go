package cluster

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/demo"
	"trunkline/cmd/internal/rig"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
)

// partition: the web server and tel1 do not reach each other. Who is on tel2
// notices nothing; who is on tel1 is carried by the database, and so is who signs
// in there meanwhile: their phone rings.
func (s *scene) partition() {
	s.t.Helper()
	s.duties("tel1", true, true)
	s.duties("tel2", false, false)
	if err := s.lan.part(s.t.Context(), "web2", "tel1", true); err != nil {
		s.t.Fatal(err)
	}
	s.sit(3).on("tel1")
	snaps := s.calls(s.seats...)
	for i, seat := range s.seats {
		s.hears(s.customer(snaps[i]), "the customer", 500)
		seat.close(snaps[i])
	}
	if err := s.lan.part(s.t.Context(), "web2", "tel1", false); err != nil {
		s.t.Fatal(err)
	}
	s.duties("tel1", false, true)
	s.duties("tel2", true, false)
}

// databaseAway: calls go on, nobody is paused and no server taken for dead.
func (s *scene) databaseAway(d time.Duration) {
	s.t.Helper()
	ctx := s.t.Context()
	busy, free := s.seats[:2], s.seats[2]
	snaps := s.calls(busy...)
	s.beats("tel1", 3) // nobody dials any more
	free.click("ready", nil)
	free.is(dialer.AgentReady)
	// tel2 loses it some looks before tel1 and has it back some looks later. Nothing is
	// heard of it for longer than the dead are given; but nobody could have heard it.
	if err := s.lan.part(ctx, "db", "tel2", true); err != nil {
		s.t.Fatal(err)
	}
	s.beats("tel1", 4)
	if err := s.lan.unplug(ctx, "db", true); err != nil {
		s.t.Fatal(err)
	}
	for end := time.Now().Add(d); time.Now().Before(end); {
		for i := range busy {
			s.hears(s.customer(snaps[i]), "the customer", 500)
		}
	}
	if err := s.lan.unplug(ctx, "db", false); err != nil {
		s.t.Fatal(err)
	}
	s.beats("tel1", 4)
	for _, snap := range snaps { // tel2 would write them anew
		if row := s.row(snap.Call.ID); row.EndedAt != nil {
			s.t.Errorf("tel1 has closed the books of tel2, which nobody could hear: %+v", row)
		}
	}
	if err := s.lan.part(ctx, "db", "tel2", false); err != nil {
		s.t.Fatal(err)
	}
	s.beats("tel2", 1)
	for i, seat := range busy {
		seat.again()
		seat.until("INCALL with the same customer", func(snap demo.Snapshot) bool {
			return snap.State == dialer.AgentInCall && snap.Call != nil && snap.Call.ID == snaps[i].Call.ID
		})
	}
	// What they do now is in the books at once.
	for i, seat := range busy {
		seat.close(snaps[i])
		if row := s.row(snaps[i].Call.ID); row.EndedBy != dialer.ByAgent || row.Status != "NI" {
			s.t.Errorf("after the outage: %+v", row)
		}
	}
	// Nobody could say that a page was seen, and nobody is paused for that.
	free.again()
	free.is(dialer.AgentReady)
	free.click("pause", url.Values{"code": {"BREAK"}})
	free.is(dialer.AgentPaused)
}

// beats waits for signs of a server's life, so many from now on.
func (s *scene) beats(tel string, n int) {
	s.t.Helper()
	var last time.Time
	s.await("the beats of "+tel, func() string {
		row, err := s.Store.Server(s.t.Context(), s.IDs[tel])
		switch {
		case err != nil:
			return err.Error()
		case row.BeatAt == nil || row.BeatAt.Equal(last):
		case last.IsZero():
			last = *row.BeatAt
		default:
			last, n = *row.BeatAt, n-1
		}
		if n > 0 {
			return fmt.Sprintf("%d are missing", n)
		}
		return ""
	})
}

// once compares the books with the carrier's ledger: each call was sent once, to
// its number, and neither has one that the other has not.
func (s *scene) once() {
	s.t.Helper()
	entries, err := asteriskconf.ReadLedger(s.Car.Instance.LedgerFile())
	if err != nil {
		s.t.Fatal(err)
	}
	calls, err := mariadb.NewRig(s.DB).Calls(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	wrong := unlike(calls, entries)
	for _, w := range wrong {
		s.t.Error(w)
	}
	if len(wrong) == 0 {
		s.t.Logf("%d calls, each sent once", len(calls))
	}
}

// unlike is what is wrong with books and ledger. A lead is called once here, and a
// third party's leg bears its call's id.
func unlike(calls []mariadb.RigCall, entries []asteriskconf.Entry) (wrong []string) {
	sent, known := map[string]int{}, map[string]bool{}
	for _, e := range entries {
		sent[e.Call+" +"+strings.TrimPrefix(e.Number, "+")]++
	}
	numbers := map[string]bool{}
	for _, c := range calls {
		known[c.ID.String()] = true
		n := sent[c.ID.String()+" "+c.E164]
		switch {
		case !c.Sent && n > 0:
			wrong = append(wrong, fmt.Sprintf("call %s to %s was sent, and the books say that it was not", c.ID, c.E164))
		case c.Sent && (n != 1 || numbers[c.E164]):
			wrong = append(wrong, fmt.Sprintf("call %s to %s was sent %d times; the number was dialed before: %v", c.ID, c.E164, n, numbers[c.E164]))
		}
		numbers[c.E164] = numbers[c.E164] || c.Sent
	}
	for _, e := range entries {
		if e.Call != "" && !known[e.Call] {
			wrong = append(wrong, fmt.Sprintf("the carrier has a call %s to %s, of which the books have nothing", e.Call, e.Number))
		}
	}
	if len(numbers) == 0 {
		wrong = append(wrong, "no call was sent at all")
	}
	return wrong
}

// powerLoss: the agents' server loses power in the middle of calls. They are
// told, and are back on the other with one click, the browser with the phone in it
// as well; the customers, whose lines the other server has, hear music until then,
// and go on with them; the other server's own go on.
func (s *scene) powerLoss() {
	s.t.Helper()
	// Four on tel2, whose calls tel1 dials, and one on tel1.
	s.duties("tel1", false, true)
	s.duties("tel2", true, false)
	screen := s.browse()
	screen.signIn()
	screen.on("tel2")
	s.duties("tel1", true, true)
	one, two, last, other := s.seats[0], s.seats[1], s.seats[2], s.seats[3]
	for _, seat := range s.seats[:3] {
		seat.on("tel2")
	}
	other.on("tel1")
	for _, seat := range s.seats {
		seat.click("ready", nil)
	}
	screen.click("do-ready")
	s.dial(true)
	snaps, theirs := s.talking(s.seats...), screen.talking()
	s.dial(false)
	screen.speaks(theirs)
	if row := s.row(snaps[3].Call.ID); row.WantedAt != nil && row.BridgedAt != nil {
		s.t.Logf("from the wish to the bridge of an agent on the call's own server: %s", row.BridgedAt.Sub(*row.WantedAt).Round(time.Millisecond))
	}
	for _, seat := range s.seats[:2] {
		seat.until("recorded", func(snap demo.Snapshot) bool { return snap.Call != nil && snap.Call.Recording })
	}
	// One of them is in wrap-up, and has not said what became of the call.
	unsaid := snaps[2]
	last.click("hangup", url.Values{"call": {unsaid.Call.ID}})
	last.is(dialer.AgentWrapUp)
	// The web server hangs up, too: that the agent did so may be known later.
	s.await("that the agent has ended the call, in the books", func() string {
		if row := s.row(unsaid.Call.ID); row.EndedAt == nil || row.EndedBy != dialer.ByAgent {
			return fmt.Sprintf("%+v", row)
		}
		return ""
	})
	bereft := []mariadb.RigCall{s.row(snaps[0].Call.ID), s.row(theirs.Call.ID)}

	began := time.Now()
	if err := s.lan.power(s.t.Context(), "tel2"); err != nil {
		s.t.Fatal(err)
	}
	pages := s.everyPage()
	s.hangsUp(snaps[1]) // when nobody knows yet that the agent's server is dead
	s.told(began, one, two, last)
	// The first of them has a call whose end the dead server never learnt.
	for _, seat := range []*seat{two, one, last} {
		seat.move()
	}
	screen.until("the way to another server", `document.querySelector("#server-move").checkVisibility()`)
	screen.click("server-move")
	for _, snap := range []demo.Snapshot{snaps[0], theirs} {
		s.hearsMusic(s.customer(snap), "the customer who has lost the agent")
	}
	one.on("tel1")
	one.click("ready", nil)
	again := s.talking(one)[0]
	s.goesOn(again, bereft...)
	bereft = slices.DeleteFunc(bereft, func(row mariadb.RigCall) bool { return row.ID.String() == again.Call.ID })
	screen.on("tel1")
	s.t.Logf("the agents were back on the other server %s after the power went", time.Since(began).Round(10*time.Millisecond))
	s.saidElsewhere(last, unsaid, dialer.ByAgent)
	if gone := s.ends(snaps[1]); gone.EndedBy != dialer.ByLead || gone.Status != "" || gone.ServerID != s.IDs["tel1"] {
		s.t.Errorf("a call whose customer hung up after its agent's server had died: %+v", gone)
	}
	s.saidElsewhere(two, snaps[1], dialer.ByLead)
	if long {
		s.nobodyComes(bereft[0])
		screen.click("do-ready")
		s.dial(true)
		theirs = screen.talking()
		s.dial(false)
	} else {
		screen.click("do-ready")
		theirs = screen.talking()
		s.goesOn(theirs, bereft...)
		s.t.Logf("all customers of the dead server's agents were with an agent again %s after the power went", time.Since(began).Round(10*time.Millisecond))
	}
	screen.speaks(theirs)
	screen.leave()
	s.ends(theirs)
	s.hears(s.customer(again), "the customer who has an agent again", 500)
	s.hears(s.Car.Instance.HeardFile(phoneNumber(one.n, 0)), "the agent who moved", 1000)
	one.close(again)

	if snap := other.now(); snap.State != dialer.AgentInCall || snap.Call == nil || snap.Call.ID != snaps[3].Call.ID {
		s.t.Errorf("the agent of the other server is %s", snap.State)
	}
	s.hears(s.customer(snaps[3]), "the other server's customer", 500)
	other.close(snaps[3])
	pages()
	s.pageSays("tel2 does not beat.", "Last seen", "nothing new is dialed there", "!tel1 does not beat.")
	s.once()
}

// goesOn looks at a call that has an agent again: it is one of those that lost
// theirs, and the moment of its first agent stays.
func (s *scene) goesOn(snap demo.Snapshot, bereft ...mariadb.RigCall) {
	s.t.Helper()
	i := slices.IndexFunc(bereft, func(row mariadb.RigCall) bool { return row.ID.String() == snap.Call.ID })
	if i < 0 {
		s.t.Fatalf("call %s was not among those that lost their agents", snap.Call.ID)
	}
	if row := s.row(snap.Call.ID); row.ServerID != s.IDs["tel1"] || row.BridgedAt == nil || !row.BridgedAt.Equal(*bereft[i].BridgedAt) {
		s.t.Errorf("a call that lost its agent and has another: %+v, before %+v", row, bereft[i])
	}
	s.recordedBy(snap.Call.ID, "tel2", "tel1")
}

// nobodyComes: a customer whose agent's server has died is told so after a minute,
// and that is no drop.
func (s *scene) nobodyComes(bereft mariadb.RigCall) {
	s.t.Helper()
	var row mariadb.RigCall
	s.await("the end of a minute's wait for another agent", func() string {
		row = s.row(bereft.ID.String())
		if row.State != dialer.CallDropping {
			return "the call is " + string(row.State)
		}
		return ""
	})
	heard := s.Car.Instance.HeardFile(strings.TrimPrefix(row.E164, "+"))
	before, err := readSound(heard)
	if err != nil {
		s.t.Fatal(err)
	}
	s.await("its end", func() string {
		row = s.row(bereft.ID.String())
		if row.EndedAt == nil {
			return "the call is " + string(row.State)
		}
		return ""
	})
	if row.Status != dialer.StatusError || row.EndedBy != dialer.ByDialer || row.ServerID != s.IDs["tel1"] || !row.BridgedAt.Equal(*bereft.BridgedAt) {
		s.t.Errorf("a call that lost its agent and found no other: %+v", row)
	}
	if sound, err := readSound(heard); err != nil || music(sound[len(before):]) < 2 { // two words: sorry, and goodbye
		s.t.Errorf("the customer for whom nobody came heard %d windows of a message, %v", music(sound[min(len(before), len(sound)):]), err)
	}
	status, err := s.Store.Status(s.t.Context(), s.Campaign, bereft.PlacedAt.Add(-time.Hour))
	if err != nil || status.Dropped != 0 {
		s.t.Errorf("the campaign counts %d drops, %v", status.Dropped, err)
	}
}

// ends waits for the end of a call in the books.
func (s *scene) ends(snap demo.Snapshot) (row mariadb.RigCall) {
	s.t.Helper()
	s.await("the end of the call in the books", func() string {
		if row = s.row(snap.Call.ID); row.EndedAt == nil {
			return fmt.Sprintf("it has none: %+v", row)
		}
		return ""
	})
	return row
}

// hangsUp has a customer hang up, at the carrier.
func (s *scene) hangsUp(snap demo.Snapshot) {
	s.t.Helper()
	entries, err := asteriskconf.ReadLedger(s.Car.Instance.LedgerFile())
	if err != nil {
		s.t.Fatal(err)
	}
	i := slices.IndexFunc(entries, func(e asteriskconf.Entry) bool { return e.Call == snap.Call.ID })
	if i < 0 {
		s.t.Fatalf("the carrier knows no call %s", snap.Call.ID)
	}
	if err := rig.Command(s.t.Context(), s.Car.Instance, "channel request hangup "+entries[i].UniqueID); err != nil {
		s.t.Fatal(err)
	}
}

// recordedBy waits until a call has a recording on each of these servers, and no
// other.
func (s *scene) recordedBy(call string, tels ...string) {
	s.t.Helper()
	id := s.row(call).ID
	var want []string
	for _, tel := range tels {
		want = append(want, fmt.Sprintf("%s-%d.wav", call, s.IDs[tel]))
	}
	s.await("the recordings", func() string {
		all, err := mariadb.NewRig(s.DB).Recordings(s.t.Context(), id)
		if err != nil {
			return err.Error()
		}
		var got []string
		for _, r := range all {
			got = append(got, filepath.Base(r.File))
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			return fmt.Sprintf("there are %v and should be %v", got, want)
		}
		return ""
	})
}

// saidElsewhere: an agent who had a call to wrap up has it before them on the
// other server, and says there what became of it.
func (s *scene) saidElsewhere(seat *seat, unsaid demo.Snapshot, endedBy dialer.Party) {
	s.t.Helper()
	snap := seat.until("WRAPUP on tel1 with the call of before", func(snap demo.Snapshot) bool {
		return snap.State == dialer.AgentWrapUp && snap.Server.Name == "tel1" && snap.Phone.Connected && snap.Call != nil
	})
	if snap.Call.ID != unsaid.Call.ID {
		s.t.Errorf("%s wraps up call %s, and had %s", seat.user, snap.Call.ID, unsaid.Call.ID)
	}
	seat.click("dispose", url.Values{"call": {snap.Call.ID}, "status": {"SALE"}, "then": {"pause"}})
	seat.on("tel1")
	if row := s.row(snap.Call.ID); row.Status != "SALE" || row.EndedBy != endedBy || row.ServerID != s.IDs["tel1"] {
		s.t.Errorf("a call that was wrapped up on another server: %+v", row)
	}
}

// told waits until agents know that their server is down.
func (s *scene) told(lost time.Time, seats ...*seat) {
	s.t.Helper()
	for _, seat := range seats {
		seat.until("told that the server is down", func(snap demo.Snapshot) bool { return !snap.Server.Up })
	}
	told := time.Since(lost)
	s.t.Logf("the agents were told %s after the power went", told.Round(10*time.Millisecond))
	if long && told > 5*time.Second { // on a machine with nothing else to do
		s.t.Errorf("the agents were told %s after the power went, and not within 5 s", told)
	}
}

// move is the click that leads to another server.
func (s *seat) move() {
	s.s.t.Helper()
	s.click("move", nil)
	s.again()
}

// powerBack: a dead server comes back. It is at work again, and the calls and
// shifts that others have by now stay theirs.
func (s *scene) powerBack(tel string) {
	s.t.Helper()
	ctx := s.t.Context()
	if err := mariadb.NewServers(s.DB).SetListening(ctx, s.IDs[tel], false, 0); err != nil {
		s.t.Fatal(err)
	}
	if err := s.lan.unplug(ctx, tel, false); err != nil {
		s.t.Fatal(err)
	}
	if err := s.boot(tel); err != nil {
		s.t.Fatal(err)
	}
	var err error
	if s.Tel[tel], err = s.awaitHost(ctx, tel); err != nil {
		s.t.Fatal(err)
	}
	if err := s.atWork(ctx, tel); err != nil {
		s.t.Fatal(err)
	}
	for _, seat := range s.seats {
		seat.on("tel1")
	}
	s.once()
}

// leadsOfADeadServer: calls that rang on a server which died are dialed again by
// the other, once they cannot be ringing any more, and within a minute.
func (s *scene) leadsOfADeadServer() {
	s.t.Helper()
	ctx := s.t.Context()
	if err := mariadb.NewRig(s.DB).Shelve(ctx); err != nil {
		s.t.Fatal(err)
	}
	file := filepath.Join(s.Dir, "silent.csv")
	if err := os.WriteFile(file, []byte("phone_number\n2125550103\n2135550103\n2145550103\n"), 0o644); err != nil { // ring, and nobody answers
		s.t.Fatal(err)
	}
	if _, err := app.ImportLeads(ctx, s.DB, app.LeadImport{List: 101}, file); err != nil {
		s.t.Fatal(err)
	}
	// Agents on tel1 alone, dials on tel2 alone.
	s.duties("tel1", true, false)
	s.duties("tel2", false, true)
	for _, seat := range s.seats {
		seat.click("ready", nil)
	}
	s.dial(true)
	var leads []dialer.LeadID
	s.await("three calls ring on tel2", func() string {
		calls, err := mariadb.NewRig(s.DB).Calls(ctx)
		if err != nil {
			return err.Error()
		}
		leads = nil
		for _, c := range calls {
			if strings.HasSuffix(c.E164, "03") && c.ServerID == s.IDs["tel2"] {
				leads = append(leads, c.LeadID)
			}
		}
		if len(leads) < 3 {
			return fmt.Sprintf("%d calls", len(leads))
		}
		return ""
	})
	s.dial(false)
	lost := time.Now()
	if err := s.lan.power(ctx, "tel2"); err != nil {
		s.t.Fatal(err)
	}
	s.await("the leads", func() string {
		free, err := mariadb.NewRig(s.DB).Dialable(ctx, leads)
		if err != nil || len(free) < 3 {
			return fmt.Sprintf("%d of 3 leads are dialable, %v", len(free), err)
		}
		return ""
	})
	took := time.Since(lost)
	s.t.Logf("the leads of the dead server were dialable %s after its power went", took.Round(time.Second))
	if took > time.Minute {
		s.t.Errorf("the leads of the dead server were dialable %s after its power went, and not within a minute", took)
	}
	for _, seat := range s.seats {
		if snap := seat.now(); snap.State != dialer.AgentReady || !snap.Server.Up {
			s.t.Errorf("%s, whose server lives, is %s on %s", seat.user, snap.State, snap.Server.Name)
		}
	}
}
