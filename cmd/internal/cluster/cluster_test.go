package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/chromium"
	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
	"trunkline/dialer/proc"
	"trunkline/sql/mariadb"
	"trunkline/sql/private"
)

// TestMain lets the test binary be the hosts, and their daemons.
func TestMain(m *testing.M) {
	if code, ok := Host(os.Args); ok {
		os.Exit(code)
	}
	if len(os.Args) == 2 && os.Args[1] == "cluster-clock" {
		tellTime()
		return
	}
	for name, look := range map[string]func(config string) error{"cluster-look": lookOn, "cluster-examine": examined} {
		if len(os.Args) == 3 && os.Args[1] == name {
			if err := look(os.Args[2]); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			return
		}
	}
	os.Exit(m.Run())
}

// long asks for the long form: make cluster-test.
var long = os.Getenv("TRUNKLINE_CLUSTER_LONG") != ""

// upgraded are how many calls are up while every process is replaced.
const upgraded = 100

// limit is only reached when something is broken.
const limit = 90 * time.Second

// within runs the test again in the middle of a network of its own, and tells
// the one that is there from the one that is not.
func within(t *testing.T) *lan {
	t.Helper()
	if os.Getenv(inside) != "" {
		return &lan{hosts: hosts}
	}
	if testing.Short() {
		t.Skip("SKIPPED: it starts a whole cluster")
	}
	_, noMaria := private.Find()
	_, noAsterisk := asteriskconf.Find(built(t))
	_, noIP := exec.LookPath("ip")
	_, noNft := nft()
	_, noBrowser := chromium.Find()
	if err := errors.Join(noMaria, noAsterisk, noIP, noNft, noBrowser); err != nil {
		private.Missing(t, fmt.Errorf("no cluster on this machine: %w", err))
	}
	cmd, err := enclosed(t.Context(), "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=20m")
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = t.Output(), io.MultiWriter(t.Output(), &said)
	// It ends what runs on the hosts, then itself.
	cmd.Cancel, cmd.WaitDelay = func() error { return cmd.Process.Signal(syscall.SIGTERM) }, 20*time.Second
	err = cmd.Start()
	if forbidden(err) {
		t.Skipf("SKIPPED, NOT TESTED: NO RIGHT: no cluster on this machine: %v: %v", errNoRight, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	if exit := new(exec.ExitError); errors.As(err, &exit) && exit.ExitCode() == noRight {
		t.Skipf("SKIPPED, NOT TESTED: NO RIGHT: no cluster on this machine: %s", strings.TrimSpace(said.String()))
	}
	if err != nil {
		t.Fatalf("within the network: %v", err)
	}
	if _, why, open := strings.Cut(said.String(), unwalled); open {
		t.Run("Firewalls", func(t *testing.T) {
			t.Skipf("SKIPPED, NOT TESTED: NO RIGHT: no firewalls in a cluster on this machine: %s", strings.SplitN(why, "\n", 2)[0])
		})
	}
	return nil
}

// built is where what tests need has been made, and where they leave things.
func built(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", "..", ".run"))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// scene is a cluster with its agents.
type scene struct {
	*Cluster
	t     *testing.T
	seats []*seat
	many  *crowd // of the long form
}

// leadFile has enough leads for every call of the long form: each is dialed once.
func leadFile() []byte {
	var b strings.Builder
	b.WriteString("phone_number\n")
	for _, area := range []int{
		212, 213, 214, 215, 216, 305, 312, 313, 314, 404, 412, 415, 503, 504, 510, 512, 602, 617, 702, 713, 202, 203, 206, 303,
		201, 205, 207, 208, 209, 217, 218, 219, 225, 228, 229, 231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267,
		269, 270, 276, 281, 301, 302, 304, 307, 308, 309, 310, 316, 317, 318, 319, 320, 321, 323, 325, 330, 334, 336, 337,
	} {
		fmt.Fprintf(&b, "%d5550131\n", area) // 1 kHz, and what it hears is kept
	}
	return []byte(b.String())
}

func open(t *testing.T, agents int) *scene {
	l := within(t)
	if l == nil {
		return nil
	}
	began, dir := time.Now(), built(t)
	c, err := start(t.Context(), l, Options{Dir: filepath.Join(dir, "cluster-test"), Asterisk: dir, Agents: agents, Leads: leadFile()})
	t.Cleanup(func() {
		if t.Failed() && c != nil {
			t.Log(c.logs())
		}
		if c != nil {
			if err := c.stop(context.Background()); err != nil {
				t.Error(err)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("two telephony servers, two web servers, a database and a carrier in %s", time.Since(began).Round(100*time.Millisecond))
	return &scene{Cluster: c, t: t}
}

// seat is an agent's screen.
type seat struct {
	s    *scene
	user string
	n    int
	desk *demo.Desk

	mu   sync.Mutex
	snap demo.Snapshot
	stop func() // ends the stream: the page begins again
}

// sit signs an agent in, by the balancer.
func (s *scene) sit(n int) *seat {
	s.t.Helper()
	seat := s.seat(s.Users[n], s.Campaign)
	seat.n = n
	s.seats = append(s.seats, seat)
	return seat
}

// seat signs somebody in to a campaign, and keeps the screen open.
func (s *scene) seat(user string, campaign dialer.CampaignID) *seat {
	s.t.Helper()
	seat := &seat{s: s, user: user, desk: demo.NewDesk("http://" + s.Front.Addr())}
	s.await("a sign-in of "+user, func() string {
		if err := seat.desk.Login(s.t.Context(), user, s.Password, campaign); err != nil {
			return err.Error()
		}
		return ""
	})
	ctx, cancel := context.WithCancel(s.t.Context())
	over := make(chan struct{})
	go func() {
		defer close(over)
		for ctx.Err() == nil {
			stream, stop := context.WithCancel(ctx)
			seat.mu.Lock()
			seat.stop = stop
			seat.mu.Unlock()
			_ = seat.desk.Watch(stream, func(snap demo.Snapshot) {
				if stream.Err() != nil {
					return
				}
				seat.mu.Lock()
				defer seat.mu.Unlock()
				seat.snap = snap
			})
			stop()
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	s.t.Cleanup(func() {
		cancel()
		<-over
	})
	return seat
}

func (s *scene) await(what string, missing func() string) {
	s.t.Helper()
	if err := s.Cluster.await(s.t.Context(), limit, missing); err != nil {
		s.t.Fatalf("%s: %v", what, err)
	}
}

func (s *seat) now() demo.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.snap
}

func (s *seat) until(what string, shown func(demo.Snapshot) bool) (snap demo.Snapshot) {
	s.s.t.Helper()
	s.s.await(s.user, func() string {
		snap = s.now()
		if shown(snap) {
			return ""
		}
		return fmt.Sprintf("the screen is %s on %s (up %v, phone %v) and should be: %s", snap.State, snap.Server.Name, snap.Server.Up, snap.Phone.Connected, what)
	})
	return snap
}

func (s *seat) is(state dialer.AgentState) demo.Snapshot {
	s.s.t.Helper()
	return s.until(string(state), func(snap demo.Snapshot) bool { return snap.State == state })
}

func (s *seat) click(what string, form url.Values) {
	s.s.t.Helper()
	s.s.await(what, func() string {
		if err := s.desk.Do(s.s.t.Context(), what, form); err != nil {
			return err.Error()
		}
		return ""
	})
}

// close ends the seat's call, says what became of it, and pauses.
func (s *seat) close(snap demo.Snapshot) {
	s.s.t.Helper()
	s.click("hangup", url.Values{"call": {snap.Call.ID}})
	s.is(dialer.AgentWrapUp)
	s.click("dispose", url.Values{"call": {snap.Call.ID}, "status": {"NI"}, "then": {"pause"}})
	s.is(dialer.AgentPaused)
}

func (s *scene) row(id string) (row mariadb.RigCall) {
	s.t.Helper()
	calls, err := mariadb.NewRig(s.DB).Calls(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	i := slices.IndexFunc(calls, func(c mariadb.RigCall) bool { return c.ID.String() == id })
	if i < 0 {
		s.t.Fatalf("there is no call %s", id)
	}
	return calls[i]
}

func (s *scene) duties(tel string, agents, dials bool) {
	s.t.Helper()
	if err := s.Cluster.duties(s.t.Context(), tel, agents, dials); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) dial(on bool) {
	s.t.Helper()
	s.await("the campaign", func() string {
		if err := s.Store.SetActive(s.t.Context(), s.Campaign, on); err != nil {
			return err.Error()
		}
		return ""
	})
}

// talking waits until all seats have a call.
func (s *scene) talking(seats ...*seat) (snaps []demo.Snapshot) {
	s.t.Helper()
	for _, seat := range seats {
		snaps = append(snaps, seat.until("INCALL, with the customer on the screen", func(snap demo.Snapshot) bool {
			return snap.State == dialer.AgentInCall && snap.Call != nil && snap.Call.State == dialer.CallTalking
		}))
	}
	return snaps
}

// TestCluster breaks a cluster in every way of docs/cluster.md's table that a
// machine can be made to show. The short form is that which make test has time
// for; make cluster-test runs all.
func TestCluster(t *testing.T) {
	s := open(t, 4)
	if s == nil {
		return
	}
	var program func() string
	if long {
		program = next(t)
	}
	s.walls() // before calls have ports of sound: who is silent there is not taken for the firewall
	s.wallMissing()
	// Agents on tel2 alone, dials on tel1 alone: every call crosses.
	s.duties("tel1", false, true)
	s.duties("tel2", true, false)
	for n := range 3 {
		s.sit(n)
	}
	for _, seat := range s.seats {
		seat.on("tel2")
	}
	s.crosses()
	if long {
		s.passedOn()
	}
	s.secondWeb()
	if long {
		s.partition()
		s.databaseAway(30 * time.Second)
		s.wrongClocks()
		s.many = s.crowd(upgraded)
		s.rolls(program())
	} else {
		s.duties("tel1", true, true)
		s.sit(3)
	}
	s.powerLoss()
	if long {
		s.powerBack("tel2")
		s.leadsOfADeadServer()
	}
}

// on waits until the agent is on a server, with the phone on the line.
func (s *seat) on(server string) {
	s.s.t.Helper()
	s.until("PAUSED on "+server+", the phone on the line", func(snap demo.Snapshot) bool {
		return snap.State == dialer.AgentPaused && snap.Phone.Connected && snap.Server.Name == server
	})
}

// calls gives each seat a call.
func (s *scene) calls(seats ...*seat) []demo.Snapshot {
	s.t.Helper()
	for _, seat := range seats {
		seat.click("ready", nil)
	}
	s.dial(true)
	defer s.dial(false)
	return s.talking(seats...)
}

// passedOn: a crossed call is watched, taken over, and passed on to a third
// party, as any other.
func (s *scene) passedOn() {
	s.t.Helper()
	ctx := s.t.Context()
	one := s.seats[0]
	snap := s.calls(one)[0]
	desk := demo.NewDesk("http://" + s.Front.Addr())
	if err := desk.Admin(ctx, boss, s.Password); err != nil {
		s.t.Fatal(err)
	}
	post := func(path string, form url.Values) (answer struct{ Watch string }) {
		body, err := desk.Post(ctx, path, form)
		if err == nil && len(body) > 0 {
			err = json.Unmarshal(body, &answer)
		}
		if err != nil {
			s.t.Fatal(err)
		}
		return answer
	}
	watch := post("/watch", url.Values{"session": {snap.Session}, "mode": {"whisper"}}).Watch
	s.await("the supervisor's phone", func() string {
		if _, err := os.Stat(s.Car.Instance.HeardFile(bossPhone)); err != nil {
			return err.Error()
		}
		return ""
	})
	s.hears(s.customer(snap), "the customer, and no supervisor", 500)
	post("/watch/"+watch+"/mode", url.Values{"mode": {"takeover"}})
	one.is(dialer.AgentWrapUp)
	s.hears(s.customer(snap), "the customer, of the supervisor alone,", 2000)
	s.hears(s.Car.Instance.HeardFile(bossPhone), "the supervisor", 1000)
	one.click("dispose", url.Values{"call": {snap.Call.ID}, "status": {"NI"}, "then": {"pause"}})
	one.is(dialer.AgentPaused)
	post("/watch/"+watch+"/end", nil)

	snap = s.calls(one)[0]
	one.click("transfer", url.Values{"call": {snap.Call.ID}, "number": {"(902) 555-0132"}})
	one.is(dialer.AgentWrapUp)
	s.hears(s.customer(snap), "the customer, of the third party,", 2000)
	one.click("dispose", url.Values{"call": {snap.Call.ID}, "status": {"NI"}, "then": {"pause"}})
	one.is(dialer.AgentPaused)
}

// secondWeb: a web server loses power in the middle of calls and of an import. The
// desks and the import go on on the other, and so does the count of wrong sign-ins.
func (s *scene) secondWeb() {
	s.t.Helper()
	snaps := s.calls(s.seats...)
	guesser := guesser{s: s}
	guesser.guesses("web1")
	leads := s.importing()
	if err := s.lan.power(s.t.Context(), "web1"); err != nil {
		s.t.Fatal(err)
	}
	lost := time.Now()
	cut := leads.now()
	s.Front.Lead("tcp", s.lan.address("web2")+":8080")
	s.Front.Cut()
	for i, seat := range s.seats {
		seat.again()
		snap := seat.until("INCALL with the same customer", func(snap demo.Snapshot) bool { return snap.Call != nil })
		if snap.State != dialer.AgentInCall || snap.Call.ID != snaps[i].Call.ID {
			s.t.Errorf("on the second web server %s is %s with call %s", seat.user, snap.State, snap.Call.ID)
		}
	}
	s.t.Logf("all desks on the second web server %s after the first lost power", time.Since(lost).Round(10*time.Millisecond))
	guesser.guesses("web2")
	s.pageSays("The web role of web1 is away.", "!The web role of web2")
	s.t.Logf("the second one's page says %s after it that the first is away", time.Since(lost).Round(100*time.Millisecond))
	for i, seat := range s.seats {
		s.hears(s.customer(snaps[i]), "the customer", 500)
		seat.close(snaps[i])
	}
	leads.goesOn(cut, lost)
}

// again forgets what the screen showed, and shows the shift that goes on.
func (s *seat) again() {
	s.mu.Lock()
	s.snap = demo.Snapshot{}
	stop := s.stop
	s.mu.Unlock()
	stop()
}

func (s *scene) customer(snap demo.Snapshot) string {
	return s.Car.Instance.HeardFile("1" + strings.TrimPrefix(snap.Call.Number, "+1"))
}

var after = regexp.MustCompile(`a call is with another server's agent.*after=([0-9.a-zµ]+)`)

// crosses: agents of tel2 get the calls that tel1 dials.
func (s *scene) crosses() {
	t := s.t
	snaps := s.calls(s.seats...)
	for i, snap := range snaps {
		row := s.row(snap.Call.ID)
		if row.ServerID != s.IDs["tel2"] || row.LineServer != s.IDs["tel1"] {
			t.Errorf("a call of server %d with its line on %d should be tel2's, over tel1", row.ServerID, row.LineServer)
		}
		seat := s.seats[i]
		// What each side hears is what the other sends.
		s.hears(s.customer(snap), "the customer", 500)
		s.hears(s.Car.Instance.HeardFile(phoneNumber(seat.n, 1)), "the agent", 1000)
		if !snap.Call.Recording {
			seat.until("recorded", func(snap demo.Snapshot) bool { return snap.Call != nil && snap.Call.Recording })
		}
	}
	for _, m := range after.FindAllStringSubmatch(proc.Tail(app.LogFile(app.Config{RunDir: s.dir("tel1")}, app.RoleListen), 400), -1) {
		t.Logf("from the wish for an agent to the customer in the bridge, over both servers: %s", m[1])
	}
	one := s.seats[0]
	one.click("hold", url.Values{"call": {snaps[0].Call.ID}})
	one.until("on hold", func(snap demo.Snapshot) bool { return snap.Call != nil && snap.Call.State == dialer.CallHeld })
	one.click("resume", url.Values{"call": {snaps[0].Call.ID}})
	one.until("back from hold", func(snap demo.Snapshot) bool { return snap.Call != nil && snap.Call.State == dialer.CallTalking })
	for i, seat := range s.seats {
		seat.close(snaps[i])
	}
}

// hears waits until a growing file has windows of a tone, from now on.
func (s *scene) hears(file, who string, hz float64) {
	s.t.Helper()
	s.hearsLike(file, who, fmt.Sprintf("%.0f Hz", hz), func(sound []int16) int { return windows(sound, hz) })
}

// hearsMusic waits until one has windows of music, from now on.
func (s *scene) hearsMusic(file, who string) {
	s.t.Helper()
	s.hearsLike(file, who, "music", music)
}

func (s *scene) hearsLike(file, who, what string, count func([]int16) int) {
	s.t.Helper()
	from := -1
	s.await(who, func() string {
		sound, err := readSound(file)
		if err != nil {
			return err.Error()
		}
		if from < 0 {
			from = len(sound)
		}
		if n := count(sound[min(from, len(sound)):]); n < 5 {
			return fmt.Sprintf("%s hears %d windows of %s in %s", who, n, what, filepath.Base(file))
		}
		return ""
	})
}
