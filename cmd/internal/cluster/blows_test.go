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
	snaps := s.calls(s.seats...)
	if err := s.lan.unplug(ctx, "db", true); err != nil {
		s.t.Fatal(err)
	}
	for end := time.Now().Add(d); time.Now().Before(end); {
		for i := range s.seats {
			s.hears(s.customer(snaps[i]), "the customer", 500)
		}
	}
	if err := s.lan.unplug(ctx, "db", false); err != nil {
		s.t.Fatal(err)
	}
	for i, seat := range s.seats {
		seat.again()
		seat.until("INCALL with the same customer", func(snap demo.Snapshot) bool {
			return snap.State == dialer.AgentInCall && snap.Call != nil && snap.Call.ID == snaps[i].Call.ID
		})
	}
	// What they do now is in the books at once.
	for i, seat := range s.seats {
		seat.close(snaps[i])
		if row := s.row(snaps[i].Call.ID); row.EndedBy != dialer.ByAgent || row.Status != "NI" {
			s.t.Errorf("after the outage: %+v", row)
		}
	}
}

// once compares the books with the carrier's ledger: each call was sent once, and
// none is left out.
func (s *scene) once() {
	s.t.Helper()
	entries, err := asteriskconf.ReadLedger(s.Car.Instance.LedgerFile())
	if err != nil {
		s.t.Fatal(err)
	}
	sent := map[string]int{} // by call and number: a third party's leg bears the call's id too
	for _, e := range entries {
		sent[e.Call+" +"+strings.TrimPrefix(e.Number, "+")]++
	}
	calls, err := mariadb.NewRig(s.DB).Calls(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	numbers := map[string]bool{}
	for _, c := range calls {
		if !c.Sent {
			continue
		}
		if n := sent[c.ID.String()+" "+c.E164]; n != 1 || numbers[c.E164] {
			s.t.Errorf("call %s to %s was sent %d times; the number was dialed before: %v", c.ID, c.E164, n, numbers[c.E164])
		}
		numbers[c.E164] = true
	}
	s.t.Logf("%d calls, each sent once", len(numbers))
}

// powerLoss: the agents' server loses power in the middle of calls. They are
// told, and are back on the other with one click; the customers, whose lines the
// other server has, hear music until then, and go on with them; the other server's
// own go on.
func (s *scene) powerLoss() {
	s.t.Helper()
	s.duties("tel1", true, true)
	s.duties("tel2", true, false)
	// Three on tel2, whose calls tel1 dials, and one on tel1.
	other := s.seats[3]
	s.seats = s.seats[:3]
	for _, seat := range s.seats {
		seat.on("tel2")
	}
	other.on("tel1")
	all := append(slices.Clone(s.seats), other)
	snaps := s.calls(all...)
	if row := s.row(snaps[3].Call.ID); row.WantedAt != nil && row.BridgedAt != nil {
		s.t.Logf("from the wish to the bridge of an agent on the call's own server: %s", row.BridgedAt.Sub(*row.WantedAt).Round(time.Millisecond))
	}
	crossed := map[string]mariadb.RigCall{}
	for i, seat := range s.seats {
		seat.until("recorded", func(snap demo.Snapshot) bool { return snap.Call != nil && snap.Call.Recording })
		crossed[snaps[i].Call.ID] = s.row(snaps[i].Call.ID)
	}
	// One of them is in wrap-up, and has not said what became of the call.
	unsaid, last := snaps[2], s.seats[2]
	last.click("hangup", url.Values{"call": {unsaid.Call.ID}})
	last.is(dialer.AgentWrapUp)
	delete(crossed, unsaid.Call.ID)
	s.await("the end of the call in the books", func() string {
		if row := s.row(unsaid.Call.ID); row.EndedAt == nil {
			return "it has none"
		}
		return ""
	})
	s.seats = s.seats[:2]
	began := time.Now()
	s.goDown("tel2", s.seats, last)
	s.saidElsewhere(last, unsaid)
	if snap := other.now(); snap.State != dialer.AgentInCall || snap.Call == nil || snap.Call.ID != snaps[3].Call.ID {
		s.t.Errorf("the agent of the other server is %s", snap.State)
	}
	s.hears(s.customer(snaps[3]), "the other server's customer", 500)
	other.close(snaps[3])
	for _, seat := range s.seats {
		seat.click("ready", nil)
	}
	again := s.talking(s.seats...)
	s.t.Logf("all customers of the dead server's agents were with an agent again %s after the power went", time.Since(began).Round(10*time.Millisecond))
	for i, snap := range again {
		before, lost := crossed[snap.Call.ID]
		delete(crossed, snap.Call.ID)
		if !lost {
			s.t.Errorf("%s has call %s, which was not among those that lost their agents", s.seats[i].user, snap.Call.ID)
		}
		row := s.row(snap.Call.ID)
		if row.ServerID != s.IDs["tel1"] || row.BridgedAt == nil || !row.BridgedAt.Equal(*before.BridgedAt) {
			s.t.Errorf("a call that lost its agent and has another: %+v, before %+v", row, before)
		}
		s.hears(s.customer(snap), "the customer who has an agent again", 500)
		s.hears(s.Car.Instance.HeardFile(phoneNumber(s.seats[i].n, 0)), "the agent who moved", 1000)
		s.recordedBy(snap.Call.ID, "tel2", "tel1")
		s.seats[i].close(snap)
	}
	s.seats = append(s.seats, last)
	s.once()
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

// saidElsewhere: an agent whose server died in wrap-up has the same call before
// them on the other, and says there what became of it.
func (s *scene) saidElsewhere(seat *seat, unsaid demo.Snapshot) {
	s.t.Helper()
	snap := seat.until("WRAPUP on tel1 with the call of before", func(snap demo.Snapshot) bool {
		return snap.State == dialer.AgentWrapUp && snap.Server.Name == "tel1" && snap.Phone.Connected && snap.Call != nil
	})
	if snap.Call.ID != unsaid.Call.ID {
		s.t.Errorf("%s wraps up call %s, and had %s", seat.user, snap.Call.ID, unsaid.Call.ID)
	}
	seat.click("dispose", url.Values{"call": {snap.Call.ID}, "status": {"SALE"}, "then": {"pause"}})
	seat.on("tel1")
	if row := s.row(snap.Call.ID); row.Status != "SALE" || row.EndedBy != dialer.ByAgent || row.ServerID != s.IDs["tel1"] {
		s.t.Errorf("a call that was wrapped up on another server: %+v", row)
	}
}

// goDown takes a server's power away and has its agents go on on the other; who
// is in wrap-up goes along.
func (s *scene) goDown(tel string, seats []*seat, wrapping ...*seat) {
	s.t.Helper()
	if err := s.lan.power(s.t.Context(), tel); err != nil {
		s.t.Fatal(err)
	}
	lost := time.Now()
	all := append(slices.Clone(seats), wrapping...)
	for _, seat := range all {
		seat.until("told that the server is down", func(snap demo.Snapshot) bool { return !snap.Server.Up })
	}
	told := time.Since(lost)
	s.t.Logf("the agents were told %s after the power went", told.Round(10*time.Millisecond))
	if long && told > 5*time.Second { // on a machine with nothing else to do
		s.t.Errorf("the agents were told %s after the power went, and not within 5 s", told)
	}
	for _, seat := range all {
		seat.click("move", nil)
		seat.again()
	}
	for _, seat := range seats {
		seat.on("tel1")
	}
	s.t.Logf("all were back on the other server %s after the power went", time.Since(lost).Round(10*time.Millisecond))
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
