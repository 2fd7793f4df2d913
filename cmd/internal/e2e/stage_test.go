package e2e

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
	"trunkline/dialer/proc"
	"trunkline/sql/mariadb"
	"trunkline/sql/private"
	"trunkline/webui/signin"
)

const (
	// limit is for whatever must happen; it is only reached when something is
	// broken, on however slow a machine.
	limit = 90 * time.Second
	// runDir is the demo's folder below the stage's.
	runDir = "run"

	staticAgents = 36 // phones that answer by themselves, at the carrier
	webAgents    = 4  // phones in a browser
)

// stage is the running system.
type stage struct {
	once sync.Once
	err  error // of the start

	dir     string
	cfg     app.Config
	db      *mariadb.DB
	sql     *sql.DB // the same, for looking at rows
	server  dialer.Server
	carrier dialer.Carrier
	secret  string // every agent's password
	said    *transcript
	stop    context.CancelFunc
	over    chan struct{} // closed when the demo has ended
	verdict error         // the demo's, once it has ended

	mu        sync.Mutex
	campaigns int
	static    int // agents given out
	web       int
	tones     int
}

var theStage stage

// onStage gives the running stage. Where a service is missing the test is
// skipped, and fails where everything is meant to be there.
func onStage(t *testing.T) *stage {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIPPED: the whole system takes minutes")
	}
	built := builtDir(t)
	_, noMaria := private.Find()
	_, noAsterisk := asteriskconf.Find(built)
	private.Missing(t, errors.Join(noMaria, noAsterisk))
	theStage.once.Do(func() { theStage.err = theStage.start(built) })
	if theStage.err != nil {
		t.Fatalf("the stage does not stand: %v", theStage.err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			theStage.tails(t)
		}
	})
	return &theStage
}

// builtDir is where make test puts what it builds.
func builtDir(t *testing.T) string {
	t.Helper()
	built, err := filepath.Abs(filepath.Join("..", "..", "..", ".run"))
	if err != nil {
		t.Fatal(err)
	}
	return built
}

func (s *stage) started() bool { return s.dir != "" }

func (s *stage) start(built string) error {
	var err error
	s.dir, err = os.MkdirTemp("", "trunkline-e2e-")
	if err != nil {
		return err
	}
	// The accounts of MariaDB and Asterisk must get through to their data.
	err = os.Chmod(s.dir, 0o755)
	if err != nil {
		return err
	}
	err = startReaper(s.dir)
	if err != nil {
		return err
	}
	// For the daemons: our own detector has read its options long ago.
	err = os.Setenv("GORACE", "log_path="+filepath.Join(s.dir, "race")+" "+os.Getenv("GORACE"))
	if err != nil {
		return err
	}
	lead := filepath.Join(s.dir, "demo.csv")
	err = os.WriteFile(lead, []byte("phone_number\n2025550100\n"), 0o644) // nobody works for the demo's own campaign
	if err != nil {
		return err
	}
	s.said, s.over = &transcript{ready: make(chan struct{})}, make(chan struct{})
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	go func() {
		defer close(s.over)
		s.verdict = demo.Run(ctx, demo.Options{
			RunDir: filepath.Join(s.dir, runDir), Asterisk: built, Leads: lead, WebListen: "127.0.0.1:0", Out: s.said,
		})
	}()
	select {
	case <-s.said.ready:
	case <-s.over:
		return fmt.Errorf("%w\n%s", s.verdict, s.said)
	}
	return s.furnish(ctx)
}

// transcript is what the demo says, and the moment at which it is ready.
type transcript struct {
	mu    sync.Mutex
	text  strings.Builder
	once  sync.Once
	ready chan struct{}
}

// Write hears the line with which the demo opens.
func (w *transcript) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Write(p)
	if strings.Contains(string(p), "Ready after") {
		w.once.Do(func() { close(w.ready) })
	}
	return len(p), nil
}

// String is all that was said.
func (w *transcript) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// furnish opens the database and hires the agents, and waits until Asterisk
// knows their phones.
func (s *stage) furnish(ctx context.Context) error {
	var err error
	s.cfg, err = app.Load(filepath.Join(s.dir, runDir, filepath.Base(app.DemoConfig)))
	if err != nil {
		return err
	}
	s.db, err = mariadb.Open(s.cfg.Database.Admin())
	if err != nil {
		return err
	}
	s.sql, err = sql.Open("mysql", s.cfg.Database.Admin())
	if err != nil {
		return err
	}
	s.server, err = mariadb.NewServers(s.db).ByName(ctx, s.cfg.Server)
	if err != nil {
		return err
	}
	carriers, err := mariadb.NewCalls(s.db).Carriers(ctx)
	if err != nil || len(carriers) != 1 {
		return fmt.Errorf("carriers %v: %w", carriers, err)
	}
	s.carrier, s.secret = carriers[0], app.Secret()
	hash, err := signin.HashPassword(s.secret)
	if err != nil {
		return err
	}
	last := ""
	for i := range staticAgents + webAgents {
		last, err = s.hire(ctx, i, hash)
		if err != nil {
			return err
		}
	}
	return s.settled(ctx, last)
}

func staticName(i int) string { return fmt.Sprintf("static%d", i) }
func webName(i int) string    { return fmt.Sprintf("web%d", i) }

func (s *stage) hire(ctx context.Context, i int, hash string) (login string, err error) {
	name := staticName(i)
	if i >= staticAgents {
		name = webName(i - staticAgents)
	}
	_, err = mariadb.NewUsers(s.db).Add(ctx, dialer.User{Username: name, FullName: "Robin " + name, Role: dialer.RoleAgent, PassHash: hash},
		func(id dialer.UserID) []dialer.Phone {
			phone := app.WebRTCPhone(id, name, s.server)
			if i < staticAgents {
				phone = dialer.Phone{
					ServerID: s.server.ID, UserID: id, Login: "phone-" + name, Secret: app.Secret(), Kind: dialer.PhoneStatic,
					Contact: fmt.Sprintf("sip:phone-%s@%s:%d", name, s.carrier.Host, s.carrier.Port),
				}
			}
			login = phone.Login
			return []dialer.Phone{phone}
		})
	return login, err
}

// settled waits until Asterisk was told to read a configuration with the phone.
func (s *stage) settled(ctx context.Context, login string) error {
	file := filepath.Join(s.cfg.Asterisk.ConfDir, "pjsip_phones.conf")
	return s.await(func() (bool, error) {
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(text), "["+login+"]") {
			return false, err
		}
		info, err := os.Stat(file)
		if err != nil {
			return false, err
		}
		row, err := mariadb.NewDemo(s.db).Server(ctx, s.server.ID)
		return err == nil && row.ConfAt != nil && !row.ConfAt.Before(info.ModTime().Truncate(time.Millisecond)), err
	})
}

var errInVain = errors.New("waited in vain")

// await asks until the answer is yes or an error, or the stage has ended.
func (s *stage) await(yes func() (bool, error)) error {
	end := time.NewTimer(limit)
	defer end.Stop()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		ok, err := yes()
		if ok || err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		select {
		case <-look.C:
		case <-end.C:
			return errInVain
		case <-s.over:
			return fmt.Errorf("the stage has ended by itself: %w\n%s", s.verdict, s.said)
		}
	}
}

// until waits for something that must happen.
func (s *stage) until(t *testing.T, what string, yes func() (bool, error)) {
	t.Helper()
	began := time.Now()
	if err := s.await(yes); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	slow(t, what, began)
}

// slow tells of a wait that was long for any machine: something may have been
// lost, and made good by a timer that looks after such things.
func slow(t *testing.T, what string, began time.Time) {
	t.Helper()
	if took := time.Since(began); took > 10*time.Second {
		t.Logf("SLOW: %s came after %.0f s", what, took.Seconds())
	}
}

// end stops the demo, and says what was wrong with it or with its daemons.
func (s *stage) end() error {
	var errs []error
	if s.sql != nil {
		errs = append(errs, s.sql.Close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.stop != nil {
		s.stop()
		<-s.over
		errs = append(errs, s.verdict)
	}
	if s.verdict == nil && s.err == nil {
		errs = append(errs, forbidden(s.pbx().LogFile()))
	}
	left, err := filepath.Glob(filepath.Join(s.dir, runDir, "*.pid"))
	if len(left) > 0 {
		err = fmt.Errorf("still there: %s\n%s", strings.Join(left, " "), s.said)
	}
	return errors.Join(append(errs, err, races(s.dir), os.RemoveAll(s.dir))...)
}

// forbidden are the lines of Asterisk's log that say that a call's note was not
// written: what the note lacks then is lost if nobody listens at the call's end.
func forbidden(log string) error {
	text, err := os.ReadFile(log)
	if err != nil {
		return err
	}
	var errs []error
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "Dangerous function") {
			errs = append(errs, errors.New("asterisk: "+strings.TrimSpace(line)))
		}
	}
	return errors.Join(errs...)
}

// tails shows the end of each log, for a test that has failed.
func (s *stage) tails(t *testing.T) {
	s.floor(t)
	names, _ := filepath.Glob(filepath.Join(s.dir, runDir, "*.log"))
	for _, name := range append(names, s.pbx().LogFile()) {
		t.Logf("%s:\n%s", filepath.Base(name), proc.Tail(name, 40))
	}
	s.table(t, `SELECT id, campaign_id, e164, state, live, session_id, wanted_at, bridged_at, ended_at, status FROM calls ORDER BY id DESC LIMIT 30`)
	s.table(t, `SELECT id, campaign_id, state, call_id, leg, seen_at, state_since FROM agent_sessions WHERE live = 1`)
	s.table(t, `SELECT id, session_id, mode, leg, call_id, live, started_at, ended_at FROM watches ORDER BY id DESC LIMIT 6`)
}

// table shows what a query finds.
func (s *stage) table(t *testing.T, query string) {
	rows, err := s.sql.QueryContext(context.Background(), query)
	if err != nil {
		t.Log(err)
		return
	}
	defer rows.Close()
	columns, _ := rows.Columns()
	lines := []string{strings.Join(columns, " | ")}
	for rows.Next() {
		values := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Log(err)
			return
		}
		line := make([]string, len(columns))
		for i, v := range values {
			line[i] = v.String
		}
		lines = append(lines, strings.Join(line, " | "))
	}
	t.Logf("%s\n(%v)", strings.Join(lines, "\n"), rows.Err())
}

func (s *stage) pbx() asteriskconf.Instance {
	return asteriskconf.Instance{Kind: asteriskconf.PBX, Dir: filepath.Join(s.dir, runDir, "asterisk")}
}

func (s *stage) far() asteriskconf.Instance {
	return asteriskconf.Instance{Kind: asteriskconf.Carrier, Dir: filepath.Join(s.dir, runDir, "carrier")}
}
