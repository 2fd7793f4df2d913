package demo

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
)

func newAgent(seed uint64, behaviour string) *agent {
	return &agent{habits: habits{rand.New(rand.NewPCG(seed, 1)), 1}, ears: func(string) string { return behaviour }}
}

func screen(state dialer.AgentState, callID string, callState dialer.CallState) Snapshot {
	s := Snapshot{State: state}
	s.Phone.Connected = state != dialer.AgentConnecting
	if callID != "" {
		s.Call = &SnapshotCall{ID: callID, State: callState, Number: "+12125550150"}
	}
	return s
}

// clicks lets the agent look at a screen for a while and lists what it does.
func clicks(a *agent, s Snapshot, now *time.Time, long time.Duration) []click {
	var all []click
	a.snap = s
	for end := now.Add(long); now.Before(end); *now = now.Add(lookEvery) {
		if c, ok := a.next(*now); ok {
			all = append(all, c)
		}
	}
	return all
}

func TestHandTakesACallFromEndToEnd(t *testing.T) {
	now := noon
	a := newAgent(1, "machine")
	if c := clicks(a, screen(dialer.AgentConnecting, "", ""), &now, time.Second); len(c) != 1 || c[0].what != "connect" {
		t.Fatalf("without a phone: %v", c)
	}
	if c := clicks(a, screen(dialer.AgentPaused, "", ""), &now, lookEvery); len(c) != 1 || c[0].what != "ready" {
		t.Fatalf("paused at the beginning: %v", c)
	}
	if c := clicks(a, screen(dialer.AgentReady, "", ""), &now, time.Minute); len(c) != 0 {
		t.Fatalf("ready, and no call: %v", c)
	}
	began := now
	c := clicks(a, screen(dialer.AgentInCall, "7", dialer.CallTalking), &now, 10*time.Second)
	if len(c) != 1 || c[0].what != "hangup" || c[0].form.Get("call") != "7" {
		t.Fatalf("on a machine: %v", c)
	}
	if a.until.Sub(began) != 2*time.Second {
		t.Errorf("a machine is hung up after %v", a.until.Sub(began))
	}
	c = clicks(a, screen(dialer.AgentWrapUp, "7", dialer.CallEnded), &now, 2*time.Second)
	if len(c) != 1 || c[0].what != "dispose" || c[0].form.Get("status") != "A" || c[0].form.Get("then") != "ready" || c[0].form.Get("call") != "7" {
		t.Fatalf("in wrap-up: %v", c)
	}
}

func TestHandHoldsAndResumes(t *testing.T) {
	for seed := uint64(1); seed < 200; seed++ {
		a, now := newAgent(seed, "human"), noon
		var all []string
		state := dialer.CallTalking
		for range 700 {
			for _, c := range clicks(a, screen(dialer.AgentInCall, "7", state), &now, lookEvery) {
				all = append(all, c.what)
				state = map[string]dialer.CallState{"hold": dialer.CallHeld, "resume": dialer.CallTalking}[c.what]
			}
		}
		switch strings.Join(all, " ") {
		case "hangup":
		case "hold resume hangup":
			return
		default:
			t.Fatalf("seed %d: %v", seed, all)
		}
	}
	t.Error("nobody was ever put on hold")
}

func TestLeavingHandFinishesAndLogsOut(t *testing.T) {
	now := noon
	a := newAgent(1, "human")
	a.leaving = true
	for _, step := range []struct {
		screen Snapshot
		want   string
	}{
		{screen(dialer.AgentInCall, "7", dialer.CallTalking), "hangup"},
		{screen(dialer.AgentWrapUp, "7", dialer.CallEnded), "dispose"},
		{screen(dialer.AgentPaused, "", ""), "logout"},
		{screen(dialer.AgentReady, "", ""), "logout"},
	} {
		c := clicks(a, step.screen, &now, lookEvery)
		if len(c) != 1 || c[0].what != step.want {
			t.Errorf("%s: %v, want %s", step.screen.State, c, step.want)
		}
	}
}

func TestSameSeedSameHabits(t *testing.T) {
	a, b := newAgent(5, "human"), newAgent(5, "human")
	for range 50 {
		statusA, _ := a.outcome("human")
		statusB, _ := b.outcome("human")
		if a.talk("human") != b.talk("human") || statusA != statusB {
			t.Fatal("two hands of one seed differ")
		}
	}
}

func TestEventsAreReadAsABrowserDoes(t *testing.T) {
	stream := ": ping\n\nretry: 1000\n\nid: 5\nevent: desk\ndata: {\"state\":\"READY\",\ndata: \"phone\":{\"connected\":true}}\n\n" +
		"event: trouble\ndata: {\"sentence\":\"x\"}\n\nevent: desk\ndata: {\"state\":\"INCALL\",\"call\":{\"id\":\"7\"}}\n\n"
	var states []dialer.AgentState
	err := readEvents(strings.NewReader(stream), func(s Snapshot) { states = append(states, s.State) })
	if !errors.Is(err, io.EOF) || len(states) != 2 || states[0] != dialer.AgentReady || states[1] != dialer.AgentInCall {
		t.Errorf("%v, %v", states, err)
	}
	err = readEvents(strings.NewReader("event: signedout\ndata: {}\n\n"), nil)
	if !errors.Is(err, ErrSignedOut) {
		t.Errorf("signed out: %v", err)
	}
}

func TestLeadsAreFictionAndUnique(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(string(LeadFile()))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < 4000 {
		t.Errorf("only %d leads", len(rows))
	}
	fiction := regexp.MustCompile(`^[2-9][0-9]{2}55501[5-9][0-9]$`)
	seen := map[string]bool{}
	for _, row := range rows[1:] {
		number := row[3]
		if !fiction.MatchString(number) || seen[number] {
			t.Fatalf("%s may be somebody's number, or stands twice", number)
		}
		seen[number] = true
		if row[1] == "" || row[5] == "" || len(row[6]) != 2 || len(row[7]) != 5 {
			t.Fatalf("no lead: %v", row)
		}
	}
}

func TestLoginsAreKeptForTheirOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "logins.txt")
	l, err := loadLogins(path)
	if err != nil {
		t.Fatal(err)
	}
	l.password["admin"] = "abc"
	if err := l.save(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	back, err := loadLogins(path)
	if err != nil || back.password["admin"] != "abc" || len(back.password) != 1 {
		t.Errorf("%v, %v", back.password, err)
	}
}

func TestAClickThatFailsAgainAndAgainIsSaidOnce(t *testing.T) {
	status := http.StatusServiceUnavailable
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	defer web.Close()
	var log bytes.Buffer
	h := &hand{log: slog.New(slog.NewTextHandler(&log, nil)), agent: agent{leaving: true, snap: Snapshot{State: dialer.AgentConnecting}}}
	now := time.Now()
	click := func() {
		now = now.Add(2 * time.Second)
		h.act(t.Context(), NewDesk(web.URL), now)
	}
	for range 3 {
		click()
	}
	if n := strings.Count(log.String(), "503"); n != 1 {
		t.Errorf("said %d times:\n%s", n, &log)
	}
	status = http.StatusNoContent
	click()
	status = http.StatusServiceUnavailable
	click()
	if n := strings.Count(log.String(), "503"); n != 2 {
		t.Errorf("a new failure after a success: said %d times in all:\n%s", n, &log)
	}
}
