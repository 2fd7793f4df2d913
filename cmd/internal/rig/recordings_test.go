package rig

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
	"trunkline/dialer/proc"
	"trunkline/dialer/recordings"
	"trunkline/sql/mariadb"
	"trunkline/sql/private"
)

// TestMain lets the test binary be the daemons of a rig.
func TestMain(m *testing.M) {
	if code, ok := Daemon(os.Args); ok {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// limit is only reached when something is broken.
const limit = 90 * time.Second

func start(t *testing.T, o Options) *Rig {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIPPED: the whole system takes minutes")
	}
	built, err := filepath.Abs(filepath.Join("..", "..", "..", ".run"))
	if err != nil {
		t.Fatal(err)
	}
	_, noMaria := private.Find()
	_, noAsterisk := asteriskconf.Find(built)
	private.Missing(t, errors.Join(noMaria, noAsterisk))
	// A folder that stays: what a killed run left there is ended by the next.
	o.Dir, o.Asterisk = filepath.Join(built, "rig-test"), built
	o.Say, o.Log = func(line string) { t.Log(line) }, slog.New(slog.NewTextHandler(t.Output(), nil))
	r, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("listen.log:\n%s", proc.Tail(app.LogFile(r.Cfg, app.RoleListen), 60))
		}
		if err := r.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// seat is an agent at the web role's endpoints.
type seat struct {
	t    *testing.T
	r    *Rig
	desk *demo.Desk

	mu   sync.Mutex
	snap demo.Snapshot
}

func (r *Rig) sit(t *testing.T, login Login) *seat {
	t.Helper()
	s := &seat{t: t, r: r, desk: demo.NewDesk(r.Cfg.Web.PublicURL)}
	if err := s.desk.Login(t.Context(), login.User, login.Password, r.Campaign.ID); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() {
		defer close(over)
		for ctx.Err() == nil {
			_ = s.desk.Watch(ctx, func(snap demo.Snapshot) {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.snap = snap
			})
			select {
			case <-ctx.Done():
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-over
	})
	s.until("PAUSED, the phone on the line", func(snap demo.Snapshot) bool {
		return snap.State == dialer.AgentPaused && snap.Phone.Connected
	})
	return s
}

func (s *seat) until(what string, shown func(demo.Snapshot) bool) (snap demo.Snapshot) {
	s.t.Helper()
	s.r.await(s.t, func() string {
		s.mu.Lock()
		defer s.mu.Unlock()
		snap = s.snap
		if shown(snap) {
			return ""
		}
		return "the screen is " + string(snap.State) + " and should be " + what
	})
	return snap
}

func (s *seat) is(state dialer.AgentState) demo.Snapshot {
	s.t.Helper()
	return s.until(string(state), func(snap demo.Snapshot) bool { return snap.State == state })
}

func (s *seat) click(what string, call string) {
	s.t.Helper()
	if err := s.desk.Do(s.t.Context(), what, url.Values{"call": {call}}); err != nil {
		s.t.Fatalf("%s: %v", what, err)
	}
}

func (r *Rig) await(t *testing.T, missing func() string) {
	t.Helper()
	if err := r.Await(t.Context(), limit, missing); err != nil {
		t.Fatal(err)
	}
}

// killListen kills it and waits until the next is at work.
func (r *Rig) killListen(t *testing.T) {
	t.Helper()
	old := r.Pid(app.RoleListen)
	if err := r.Unlisten(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Kill(app.RoleListen); err != nil {
		t.Fatal(err)
	}
	r.await(t, func() string {
		if pid := r.Pid(app.RoleListen); pid == 0 || pid == old || !r.AtWork(t.Context(), app.RoleListen) {
			return "no listen is at work"
		}
		return ""
	})
}

// TestNoRecordingIsLost kills listen while a call is recorded, the finisher
// (which runs in listen) while a file waits for it, and Asterisk in the middle
// of a file: each recording is finished, hashed, and as long as the talk.
func TestNoRecordingIsLost(t *testing.T) {
	r := start(t, Options{
		Agents: 3, CPS: 20, Trunks: 10, Mix: asteriskconf.Mix{Human: 100},
		Leads: []byte("phone_number\n2125550131\n3125550131\n2135550131\n"), // tones
		Campaign: dialer.Campaign{
			ID: "REC", Name: "Recorded", DialMethod: dialer.DialRatio, DialLevel: 1, DialTimeout: 20, DropMillis: 2000,
			CallerID: "+12125550100", AMD: dialer.AMDOff, Record: dialer.RecordAll, CallTo: 1440, DialStatuses: string(dialer.StatusNew),
		},
	})
	var seats []*seat
	var calls []string
	for _, login := range r.Logins {
		seats = append(seats, r.sit(t, login))
	}
	for _, s := range seats {
		s.click("ready", "")
	}
	if err := r.Dial(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	for _, s := range seats {
		calls = append(calls, s.until("INCALL and recorded", func(snap demo.Snapshot) bool { return snap.Call != nil && snap.Call.Recording }).Call.ID)
	}
	files := make([]string, len(calls))
	for i, call := range calls {
		row := r.recording(t, call)
		files[i] = filepath.Join(r.Cfg.Asterisk.RecordingsDir, row.File)
		if row.State != recordings.Writing {
			t.Errorf("recording %d is %s during the call", i, row.State)
		}
	}
	const second = 16000 // bytes
	size := func(i int) int64 {
		info, err := os.Stat(files[i])
		if err != nil {
			return 0
		}
		return info.Size()
	}
	grown := func(i int, to int64) {
		t.Helper()
		r.await(t, func() string {
			if size(i) < to {
				return files[i] + " does not grow"
			}
			return ""
		})
	}
	for i := range files {
		grown(i, second)
	}

	// listen, while Asterisk writes: the files go on, from where they were.
	before := size(0)
	r.killListen(t)
	for i := range files {
		grown(i, before+second)
	}
	seats[0].click("hangup", calls[0])
	seats[0].is(dialer.AgentWrapUp)
	r.finished(t, calls[0], files[0])

	// The finisher, with a file that waits for it: listen's end is not waited for.
	seats[1].click("hangup", calls[1])
	seats[1].is(dialer.AgentWrapUp)
	if state := r.recording(t, calls[1]).State; state == recordings.Done {
		t.Log("the finisher was faster than the kill") // two seconds, as a rule
	}
	r.killListen(t)
	r.finished(t, calls[1], files[1])

	// Asterisk itself: what it had written is a recording, though nobody closed it.
	pbx := r.PBX()
	if err := syscall.Kill(pbx.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-pbx.Done()
	torn := size(2)
	if err := r.StartPBX(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := r.finished(t, calls[2], files[2]); got.Bytes < torn || got.LengthMS < 3000 {
		t.Errorf("%+v of a file that had %d bytes when Asterisk was killed", got, torn)
	}
}

func (r *Rig) recording(t *testing.T, call string) mariadb.RigRecording {
	t.Helper()
	row, err := mariadb.NewRig(r.DB).Recording(t.Context(), call)
	if err != nil {
		t.Fatalf("the recording of call %s: %v", call, err)
	}
	return row
}

// finished waits until a recording is, and compares its row with its file.
func (r *Rig) finished(t *testing.T, call, file string) (row mariadb.RigRecording) {
	t.Helper()
	r.await(t, func() string {
		row = r.recording(t, call)
		if row.State != recordings.Done {
			return "recording " + row.File + " is " + string(row.State)
		}
		return ""
	})
	whole, err := os.ReadFile(file)
	sum := sha256.Sum256(whole)
	if err != nil || row.Bytes != int64(len(whole)) || row.SHA256 != hex.EncodeToString(sum[:]) || row.LengthMS < 1000 {
		t.Errorf("%+v, of a file with %d bytes and %x (%v)", row, len(whole), sum, err)
	}
	return row
}
