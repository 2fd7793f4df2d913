package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
	"trunkline/dialer/proc"
	"trunkline/sql/mariadb"
)

// nextVersion is what the hosts are upgraded to.
const nextVersion = "99.0.0-next"

// next builds the Trunkline of another version. It is
// begun early, and asked for when it is needed.
func next(t *testing.T) (program func() string) {
	out := filepath.Join(built(t), "trunkline-next")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-ldflags", "-X trunkline/cmd/internal/app.version="+nextVersion, "-o", out, "trunkline/cmd/trunkline")
	type result struct {
		said []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		said, err := cmd.CombinedOutput()
		done <- result{said, err}
	}()
	return func() string {
		t.Helper()
		if r := <-done; r.err != nil {
			t.Fatalf("another version could not be built: %v\n%s", r.err, r.said)
		}
		return out
	}
}

// crowdLine are the digits after the area code of the crowd's customers. They are
// kept for fiction, so that they may be dialed at every hour, and answer at once.
const crowdLine = "5550124"

// crowd seats agents in a campaign of their own, whose customers and phones are
// quiet lines and whose calls are not recorded, and gives each a call: half of
// them dialed by either server.
func (s *scene) crowd(n int) *crowd {
	s.t.Helper()
	ctx := s.t.Context()
	const campaign, list = "CROWD", 102
	for _, seat := range s.seats {
		seat.is(dialer.AgentPaused)
	}
	if err := s.campaign(ctx, campaign, list, dialer.RecordNever); err != nil {
		s.t.Fatal(err)
	}
	now, err := s.DB.Now(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	numbers, err := callable(campaignOf(campaign, dialer.RecordNever), crowdLine, now, crowdFor, n)
	if err != nil {
		s.t.Fatal(err)
	}
	file := filepath.Join(s.Dir, "crowd.csv")
	if err := os.WriteFile(file, []byte("phone_number\n"+strings.Join(numbers, "\n")+"\n"), 0o644); err != nil {
		s.t.Fatal(err)
	}
	if report, err := app.ImportLeads(ctx, s.DB, app.LeadImport{List: list}, file); err != nil || report.Accepted != n {
		s.t.Fatalf("of the crowd's %d numbers %d are leads: %v %+v", n, report.Accepted, err, report.Problems)
	}
	for i := range n {
		user := fmt.Sprintf("crowd%d", i)
		if err := s.hire(ctx, user, dialer.RoleAgent, fmt.Sprintf("1900556%02d24", i), fmt.Sprintf("1900557%02d24", i)); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := s.phonesKnown(ctx); err != nil {
		s.t.Fatal(err)
	}
	s.duties("tel1", true, true)
	s.duties("tel2", true, true)
	began := time.Now()
	c := &crowd{s: s}
	for i := range n {
		c.seats = append(c.seats, s.seat(fmt.Sprintf("crowd%d", i), campaign))
	}
	for _, seat := range c.seats {
		seat.until("PAUSED, the phone on the line", func(snap demo.Snapshot) bool { return snap.State == dialer.AgentPaused && snap.Phone.Connected })
		seat.click("ready", nil)
	}
	if err := s.Store.SetActive(ctx, campaign, true); err != nil {
		s.t.Fatal(err)
	}
	s.await("the crowd's calls", func() string {
		calls := c.talking()
		if len(calls) < n {
			return fmt.Sprintf("%d of %d calls are up", len(calls), n)
		}
		c.calls = calls
		return ""
	})
	if err := s.Store.SetActive(ctx, campaign, false); err != nil {
		s.t.Fatal(err)
	}
	s.t.Logf("%d calls are up, %s after the first sign-in", n, time.Since(began).Round(time.Second))
	return c
}

// crowd are agents in calls.
type crowd struct {
	s     *scene
	seats []*seat
	calls map[dialer.CallID]bool
}

// talking are the crowd's calls that the books have as up.
func (c *crowd) talking() map[dialer.CallID]bool {
	c.s.t.Helper()
	calls, err := mariadb.NewRig(c.s.DB).Calls(c.s.t.Context())
	if err != nil {
		c.s.t.Fatal(err)
	}
	up := map[dialer.CallID]bool{}
	for _, call := range calls {
		if strings.HasSuffix(call.E164, "24") && call.State == dialer.CallTalking {
			up[call.ID] = true
		}
	}
	return up
}

// whole tells that no call of the crowd has ended, by the books, nor by the
// carrier, which has the other end of each.
func (c *crowd) whole(when string) {
	c.s.t.Helper()
	up := c.talking()
	for id := range c.calls {
		if !up[id] {
			c.s.t.Errorf("%s: call %s is not up any more", when, id)
		}
	}
	if len(up) != len(c.calls) {
		c.s.t.Errorf("%s: %d calls are up, and %d were", when, len(up), len(c.calls))
	}
	entries, err := asteriskconf.ReadLedger(c.s.Car.Instance.LedgerFile())
	if err != nil {
		c.s.t.Fatal(err)
	}
	ours := map[string]bool{}
	for id := range c.calls {
		ours[id.String()] = true
	}
	lines := 0
	for _, e := range entries {
		if !ours[e.Call] {
			continue
		}
		lines++
		if !e.Ended.IsZero() {
			c.s.t.Errorf("%s: the carrier saw the end of call %s", when, e.Call)
		}
	}
	if lines != len(c.calls) {
		c.s.t.Errorf("%s: the carrier knows %d of the %d calls", when, lines, len(c.calls))
	}
}

// leave ends all calls, from the screens, which have them all this time.
func (c *crowd) leave() {
	c.s.t.Helper()
	for _, seat := range c.seats {
		seat.again()
	}
	for _, seat := range c.seats {
		snap := seat.until("INCALL with a customer", func(snap demo.Snapshot) bool { return snap.Call != nil && snap.State == dialer.AgentInCall })
		seat.close(snap)
	}
}

// role is a process of a host.
type role struct{ host, name string }

// rolls: every process is replaced by one of another version, and then by the
// first again, one after the other and with calls up. None is dropped.
func (s *scene) rolls(next string) {
	s.t.Helper()
	// The first web server has power again.
	if err := s.lan.unplug(s.t.Context(), "web1", false); err != nil {
		s.t.Fatal(err)
	}
	if err := s.boot("web1"); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.awaitHost(s.t.Context(), "web1"); err != nil {
		s.t.Fatal(err)
	}
	s.await("web1", func() string {
		if _, ok := proc.Find(app.PidFile(app.Config{RunDir: s.dir("web1")}, app.RoleWeb)); !ok {
			return "it does not run"
		}
		return ""
	})
	s.pageSays("!The web role of web1")
	snaps := s.calls(s.seats...)
	program, err := s.keep(next, "trunkline-next")
	if err != nil {
		s.t.Fatal(err)
	}
	for _, to := range []struct{ version, program string }{{nextVersion, program}, {app.Version(), s.program}} {
		for _, host := range []string{"tel1", "tel2", "web1", "web2"} {
			if err := s.install(host, to.program); err != nil {
				s.t.Fatal(err)
			}
		}
		for _, p := range []role{
			{"tel1", app.RoleListen}, {"web1", app.RoleWeb}, {"tel2", app.RoleHopperFill}, {"tel1", app.RoleKeepalive},
			{"tel2", app.RoleListen}, {"tel1", app.RoleHopperFill}, {"tel2", app.RoleKeepalive}, {"web2", app.RoleWeb},
		} {
			if p.name == app.RoleWeb { // the balancer leads to the other meanwhile
				s.Front.Lead("tcp", s.lan.address(map[string]string{"web1": "web2", "web2": "web1"}[p.host])+":8080")
				s.Front.Cut()
			}
			s.replace(p, to.program)
			if p.host == "web1" { // the first whose row says its version
				s.pageSays("Several versions run", to.version+" on web1")
			}
			for i := range s.seats {
				s.hears(s.customer(snaps[i]), "the customer after "+p.name+" of "+p.host, 500)
			}
			if s.many != nil {
				s.many.whole("after " + p.name + " of " + p.host + " to " + to.version)
			}
		}
		s.pageSays(to.version, "!Several versions run")
		s.t.Logf("all processes are of version %s", to.version)
	}
	for i, seat := range s.seats {
		seat.again()
		snap := seat.until("INCALL with the same customer", func(snap demo.Snapshot) bool { return snap.Call != nil && snap.State == dialer.AgentInCall })
		if snap.Call.ID != snaps[i].Call.ID {
			s.t.Errorf("%s has another call", seat.user)
		}
		seat.close(snap)
	}
	if s.many != nil {
		s.many.leave()
		s.many = nil
	}
	s.once()
	stuck, err := mariadb.NewRig(s.DB).Stuck(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, lead := range stuck {
		s.t.Errorf("a lead can neither be dialed nor has it an outcome: %+v", lead)
	}
}

// replace ends a role and waits until its next process, of a program, is at work.
func (s *scene) replace(p role, program string) {
	s.t.Helper()
	file := app.PidFile(app.Config{RunDir: s.dir(p.host)}, p.name)
	old, ok := proc.Find(file)
	if !ok {
		s.t.Fatalf("%s of %s does not run", p.name, p.host)
	}
	id, tel := s.IDs[p.host]
	if tel && p.name == app.RoleListen {
		if err := mariadb.NewServers(s.DB).SetListening(s.t.Context(), id, false, 0); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := old.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	want, err := os.Stat(program)
	if err != nil {
		s.t.Fatal(err)
	}
	s.await(p.name+" of "+p.host, func() string {
		now, ok := proc.Find(file)
		if !ok || now.Pid == old.Pid {
			return "there is no new process"
		}
		is, err := os.Stat(fmt.Sprintf("/proc/%d/exe", now.Pid))
		if err != nil {
			return err.Error()
		}
		if !os.SameFile(is, want) {
			return "the new process is of the old version"
		}
		return ""
	})
	if tel {
		if err := s.atWork(s.t.Context(), p.host); err != nil {
			s.t.Fatal(err)
		}
	}
}
