package cluster

import (
	"bufio"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/demo"
	"trunkline/cmd/internal/doctor"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
)

// wrongClocks: the clock of one server and then of the other is 30 s off. All
// that tells of it does, that server places no call, and what is up, what crosses
// to its agents and what the books say of it is as if its clock were right.
func (s *scene) wrongClocks() {
	s.t.Helper()
	began, err := s.DB.Now(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	before := map[dialer.CallID]bool{}
	calls, err := mariadb.NewRig(s.DB).Calls(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range calls {
		before[c.ID] = true
	}
	var talked time.Duration
	onCall := s.onCall()
	// tel1 dials; its calls are with agents of tel2.
	s.duties("tel1", false, true)
	s.duties("tel2", true, false)
	look := s.observe("tel1")
	snaps := s.calls(s.seats...)
	right := s.clockStep("tel1", 30*time.Second)
	s.pageSays("The clock of tel1 is", "Clock stops dialing")
	if said := look(); !strings.Contains(said.Clock, "ahead of the database's") || !strings.Contains(said.Clock, "does not dial") || said.Skew < 29 || said.Skew > 31 {
		s.t.Errorf("with its clock 30 s ahead, tel1's doctor says %q and its metrics %v s", said.Clock, said.Skew)
	}
	s.talked(&talked, snaps)
	s.duties("tel2", true, true)
	snaps = s.calls(s.seats...)
	for _, snap := range snaps {
		if row := s.row(snap.Call.ID); placedBy(row) != s.IDs["tel2"] {
			s.t.Errorf("while its clock is wrong, tel1 placed a call: %+v", row)
		}
	}
	s.talked(&talked, snaps)
	right()
	s.pageSays("!The clock of tel1")
	// tel2 is behind, where the agents are and which therefore would dial for them: tel1
	// does. What happens right after the step, before anybody has measured, is stamped as
	// all else.
	snaps = s.calls(s.seats...)
	right = s.clockStep("tel2", -30*time.Second)
	for i, seat := range s.seats {
		seat.close(snaps[i])
	}
	s.pageSays("The clock of tel2 is", "Clock stops dialing")
	snaps = s.calls(s.seats...)
	for _, snap := range snaps {
		if row := s.row(snap.Call.ID); placedBy(row) != s.IDs["tel1"] {
			s.t.Errorf("while its clock is wrong, tel2 placed a call: %+v", row)
		}
	}
	s.talked(&talked, snaps)
	right()
	s.pageSays("!The clock of tel2")
	s.webClock("web2")
	s.inOrder(before, began, talked, onCall)
}

// webClock: the clock of a web server is 30 s off. All that tells of it does, and its
// pages go by the database's.
func (s *scene) webClock(web string) {
	s.t.Helper()
	look := s.observe(web)
	right := s.clockStep(web, 30*time.Second)
	s.pageSays("The clock of "+web+" is", "Clock is off")
	if said := look(); !strings.Contains(said.Clock, "ahead of the database's") || strings.Contains(said.Clock, "does not dial") || said.Skew < 29 || said.Skew > 31 {
		s.t.Errorf("with its clock 30 s ahead, %s's doctor says %q and its metrics %v s", web, said.Clock, said.Skew)
	}
	right()
	s.pageSays("!The clock of " + web)
}

// placedBy is the server that has the line, wherever the agent sits.
func placedBy(row mariadb.RigCall) dialer.ServerID { return cmp.Or(row.LineServer, row.ServerID) }

// talked lets each seat end its call, and adds up how long they talked at least, by this
// host's monotonic clock.
func (s *scene) talked(least *time.Duration, snaps []demo.Snapshot) {
	s.t.Helper()
	for i, seat := range s.seats {
		s.hears(s.customer(snaps[i]), "the customer", 500)
		from := time.Now()
		s.hears(s.customer(snaps[i]), "the customer, later,", 500)
		*least += time.Since(from)
		seat.close(snaps[i])
	}
}

// inOrder looks at the calls that are new: each stamp is after the one before,
// whichever server wrote it, and the report's sum is that of the calls.
func (s *scene) inOrder(before map[dialer.CallID]bool, began time.Time, talked, onCall time.Duration) {
	s.t.Helper()
	ctx := s.t.Context()
	calls, err := mariadb.NewRig(s.DB).Calls(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	now, err := s.DB.Now(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	calls = slices.DeleteFunc(calls, func(c mariadb.RigCall) bool { return before[c.ID] })
	var sum time.Duration
	for _, c := range calls {
		last, name := began, "the beginning"
		for _, stamp := range []struct {
			name string
			at   *time.Time
		}{{"placed", &c.PlacedAt}, {"answered", c.AnsweredAt}, {"wanted an agent", c.WantedAt}, {"bridged", c.BridgedAt}, {"ended", c.EndedAt}} {
			if stamp.at == nil {
				continue
			}
			// Two servers' measurements of one clock differ by their trips.
			if stamp.at.Before(last.Add(-time.Second)) || stamp.at.After(now.Add(time.Second)) {
				s.t.Errorf("call %s: %s at %s, after %s at %s; now it is %s", c.ID, stamp.name, stamp.at, name, last, now)
			}
			last, name = *stamp.at, stamp.name
		}
		if c.BridgedAt != nil && c.EndedAt != nil {
			sum += c.EndedAt.Sub(*c.BridgedAt)
		}
	}
	if len(calls) < 9 || sum < talked || sum > now.Sub(began)*time.Duration(len(s.seats)) {
		s.t.Errorf("%d calls talked for %s in all; they talked for %s at least, in %s", len(calls), sum, talked, now.Sub(began))
	}
	// The agents' log is another account of the same, kept by their server.
	if logged := s.onCall() - onCall; (logged - sum).Abs() > time.Second*time.Duration(len(calls)) {
		s.t.Errorf("by the report the agents were on calls for %s, by the calls for %s", logged, sum)
	}
	s.t.Logf("%d calls over stepped clocks, in order, %s of talk", len(calls), sum.Round(time.Second))
}

// onCall is how long the agents were on calls, by the report of their time.
func (s *scene) onCall() (sum time.Duration) {
	s.t.Helper()
	// The report is of the sums, which are kept every few seconds.
	s.await("the reports' sums", func() string {
		waiting, err := mariadb.NewTally(s.DB).Changes(s.t.Context(), 1)
		if err != nil || len(waiting) > 0 {
			return fmt.Sprintf("%d changes wait, %v", len(waiting), err)
		}
		return ""
	})
	body, err := s.admin().Get(s.t.Context(), "/reports/agent-time/csv")
	if err != nil {
		s.t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(body), "\ufeff"))).ReadAll()
	if err != nil || len(rows) == 0 {
		s.t.Fatalf("the report of agents' time: %q, %v", body, err)
	}
	i := slices.Index(rows[0], "On call, s")
	if i < 0 {
		s.t.Fatalf("the report of agents' time has columns %q", rows[0])
	}
	for _, row := range rows[1:] {
		seconds, err := strconv.ParseFloat(row[i], 64)
		if err != nil {
			s.t.Fatalf("%q: %v", row, err)
		}
		sum += time.Duration(seconds * float64(time.Second))
	}
	return sum
}

func (s *scene) admin() *demo.Desk {
	s.t.Helper()
	desk := demo.NewDesk("http://" + s.Front.Addr())
	if err := desk.Admin(s.t.Context(), boss, s.Password); err != nil {
		s.t.Fatal(err)
	}
	return desk
}

// pageSays waits until the page of servers has all the words, and none that
// begin with !.
func (s *scene) pageSays(words ...string) {
	s.t.Helper()
	desk := s.admin()
	s.await("the page Servers", func() string {
		body, err := desk.Get(s.t.Context(), "/servers")
		if err != nil {
			return err.Error()
		}
		for _, word := range words {
			word, not := strings.CutPrefix(word, "!")
			if strings.Contains(string(body), word) == not {
				return fmt.Sprintf("%q is there: %v", word, not)
			}
		}
		return ""
	})
}

// sight is what a host says of itself.
type sight struct {
	Clock string  // doctor's finding, with the cure
	Skew  float64 // the metric of keepalive, or of web where there is none, in seconds
}

// observe starts a process on a host, whose clock is then stepped with the
// others'. Asked, it says what doctor finds there and what the metrics tell.
func (s *scene) observe(host string) (look func() sight) {
	s.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.CommandContext(s.t.Context(), "ip", "netns", "exec", s.lan.name(host), exe, "cluster-look", filepath.Join(s.dir(host), "trunkline.toml"))
	cmd.Stderr = os.Stderr
	ask, err := cmd.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	says, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = ask.Close()
		_ = cmd.Wait()
	})
	lines := bufio.NewReader(says)
	look = func() (said sight) {
		s.t.Helper()
		fmt.Fprintln(ask)
		line, err := lines.ReadString('\n')
		if err == nil {
			err = json.Unmarshal([]byte(line), &said)
		}
		if err != nil {
			s.t.Fatalf("the process that looks on at %s: %q, %v", host, line, err)
		}
		return said
	}
	if said := look(); said.Clock != "" || said.Skew > 1 || said.Skew < -1 {
		s.t.Errorf("at first doctor on %s finds %q, %v", host, said.Clock, said.Skew)
	}
	return look
}

// lookOn is that process.
func lookOn(config string) error {
	cfg, err := app.Load(config)
	if err != nil {
		return err
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var said sight
		for _, f := range doctor.Examine(context.Background(), cfg, doctor.Options{}) {
			if f.Check == "clock" && f.Level == doctor.Fault {
				said.Clock = f.Says + " " + f.Fix
			}
		}
		metrics := cfg.Metrics.Web
		if cfg.Does(app.HostTelephony) {
			metrics = cfg.Metrics.Keepalive
		}
		answer, err := http.Get("http://" + metrics + "/metrics")
		if err != nil {
			return err
		}
		text, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(text)) {
			if value, ok := strings.CutPrefix(line, "trunkline_clock_skew_seconds "); ok {
				said.Skew, err = strconv.ParseFloat(strings.TrimSpace(value), 64)
				if err != nil {
					return err
				}
			}
		}
		out, err := json.Marshal(said)
		if err != nil {
			return err
		}
		fmt.Println(string(out))
	}
	return nil
}
