package webui

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nyaruka/phonenumbers"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/facts"
	"trunkline/webui/signin"
)

// fake is every service of the pages, in memory.
type fake struct {
	log        *slog.Logger // nil: none
	mu         sync.Mutex
	down       error // what every question gives, if set
	hash       string
	sessions   map[[32]byte]dialer.UserID
	shift      *facts.Shift
	desk       facts.Desk
	choices    []facts.CampaignChoice
	intents    []dialer.Intent
	refusal    string // of a click
	watch      *dialer.Watch
	noted      []string // what the audit log has of watches
	events     []dialer.Event
	seen       []dialer.SessionID
	rung       []string
	serverDown bool
	noCodes    bool // every reason to pause was deleted
	undecided  int  // how often a shift that moves is told to wait
	hears      bool // listen is well by the database
	hungUp     []string
	notified   []dialer.IntentID
	amd        error // what the telephony server answers
	changes    []string
	ids        int64
	liveReads  int

	counting chan struct{} // what counts leads waits for it
	customer facts.Customer
	page     int64 // that has the desk
	draft    *facts.Draft
	tries    fakeTries
	fakeBoards
}

var testHash = sync.OnceValue(func() string {
	hash, err := signin.HashPassword("right")
	if err != nil {
		panic(err)
	}
	return hash
})

var testNow = time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)

var fakeUsers = map[string]dialer.User{
	"nadia": {ID: 1, Username: "nadia", FullName: "Nadia K.", Role: dialer.RoleAgent, Active: true, Scope: dialer.AllCampaigns},
	"rosa":  {ID: 2, Username: "rosa", Role: dialer.RoleAdmin, Active: true},
	"sam":   {ID: 4, Username: "sam", Role: dialer.RoleSupervisor, Active: true, Scope: "AUTUMN SPRING"},
	"mia":   {ID: 5, Username: "mia", Role: dialer.RoleManager, Active: true, Scope: "AUTUMN"},
	"wim":   {ID: 6, Username: "wim", Role: dialer.RoleManager, Active: true, Scope: "WINTER"},
	"gone":  {ID: 3, Username: "gone", Role: dialer.RoleAgent},
}

func newFake() *fake {
	return &fake{
		hash: testHash(), sessions: map[[32]byte]dialer.UserID{},
		choices: []facts.CampaignChoice{{ID: "AUTUMN", Name: "Autumn", Active: true}},
	}
}

// seat gives nadia a live shift with a call on the line.
func (f *fake) seat() {
	s := facts.Shift{
		Session: dialer.Session{ID: 70, UserID: 1, CampaignID: "AUTUMN", ServerID: 4, State: dialer.AgentInCall, CallID: 99, Leg: "tl-a-70-1"},
		Phone:   dialer.Phone{ID: 11, Login: "n1", Secret: "sip-secret", Kind: dialer.PhoneWebRTC},
		Server:  dialer.Server{ID: 4, Name: "tel-1", WSURL: "wss://tel-1.example:8089/ws"},
	}
	f.shift = &s
	f.desk = facts.Desk{
		Session: s.Session, User: fakeUsers["nadia"], CampaignName: "Autumn", PhoneKind: dialer.PhoneWebRTC, ServerName: "tel-1", ServerUp: true,
		Call: &facts.DeskCall{Call: dialer.Call{ID: 99, CampaignID: "AUTUMN", State: dialer.CallTalking, E164: "+16145550142", PlacedAt: testNow}, Lead: dialer.Lead{ID: 5, FirstName: "Marisol"}},
	}
}

func (f *fake) UserByName(_ context.Context, name string) (dialer.User, error) {
	// As the database's collation has it: without case, accents and blanks behind.
	u, ok := fakeUsers[strings.TrimRight(strings.ReplaceAll(strings.ToLower(name), "à", "a"), " ")]
	u.PassHash = f.hash
	if !ok {
		return u, dialer.ErrNotFound
	}
	return u, f.down
}

func (f *fake) StartWebSession(_ context.Context, token [32]byte, user dialer.UserID, _ string, _, _ time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sessions[token] = user
	return f.down
}

func (f *fake) WebSession(_ context.Context, token [32]byte, _ time.Time) (facts.WebSession, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down != nil {
		return facts.WebSession{}, f.down
	}
	id, ok := f.sessions[token]
	for _, u := range fakeUsers {
		if ok && u.ID == id {
			return facts.WebSession{User: u, SeenAt: testNow}, nil
		}
	}
	return facts.WebSession{}, dialer.ErrNotFound
}

func (f *fake) TouchWebSessions(context.Context, [][32]byte, time.Time) error { return f.down }

func (f *fake) StillIn(_ context.Context, tokens [][32]byte, _ time.Time) (map[[32]byte]time.Time, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	in := map[[32]byte]time.Time{}
	for _, t := range tokens {
		if _, ok := f.sessions[t]; ok {
			in[t] = testNow
		}
	}
	return in, f.down
}

// Bearer knows the token tl_NAME, which may all that its user may, and tl_NAME-leads.
func (f *fake) Bearer(_ context.Context, token [32]byte, _ time.Time) (facts.Bearer, error) {
	if err := f.problem(); err != nil {
		return facts.Bearer{}, err
	}
	for name, u := range fakeUsers {
		u.Only = &dialer.Narrowed{Campaigns: dialer.AllCampaigns, Rights: []dialer.Right{dialer.RightSelf, dialer.RightLeads, dialer.RightRun, dialer.RightWatch, dialer.RightHear}}
		if token == sha256.Sum256([]byte("tl_"+name)) {
			return facts.Bearer{Token: facts.TokenID(u.ID), User: u}, nil
		}
		u.Only = &dialer.Narrowed{Campaigns: "SPRING", Rights: []dialer.Right{dialer.RightLeads}}
		if token == sha256.Sum256([]byte("tl_"+name+"-narrow")) {
			return facts.Bearer{Token: 100 + facts.TokenID(u.ID), User: u}, nil
		}
	}
	return facts.Bearer{}, dialer.ErrNotFound
}

func (f *fake) TouchToken(context.Context, facts.TokenID, time.Time, string) error {
	return f.problem()
}

func (f *fake) Begin(context.Context, facts.TokenID, string, [32]byte, time.Time) (facts.Answered, bool, error) {
	return facts.Answered{}, true, f.problem()
}

func (f *fake) End(context.Context, facts.TokenID, string, int, string) error { return f.problem() }

func (f *fake) Forget(context.Context, facts.TokenID, string) error { return f.problem() }

func (f *fake) EndWebSession(_ context.Context, token [32]byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.sessions, token)
	return f.down
}

func (f *fake) ServerUp(context.Context, dialer.ServerID) (bool, error) { return f.hears, nil }

func (f *fake) MoveShift(_ context.Context, n facts.NewShift, _ time.Time) (facts.Shift, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.down != nil:
		return facts.Shift{}, f.down
	case f.shift == nil:
		return facts.Shift{}, dialer.ErrNotFound
	case !f.serverDown:
		return facts.Shift{}, dialer.Explain(dialer.ErrConflict, "Your server is up again, and your shift goes on there.")
	case f.undecided > 0:
		f.undecided--
		return facts.Shift{}, facts.ErrUndecided
	}
	f.shift.Session.ID, f.shift.Session.ServerID, f.shift.Server = n.ID, 5, dialer.Server{ID: 5, Name: "tel-2"}
	return *f.shift, nil
}

func (f *fake) StartShift(_ context.Context, n facts.NewShift, _ time.Time) (facts.Shift, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down != nil {
		return facts.Shift{}, f.down
	}
	if f.shift != nil {
		kept := *f.shift
		kept.Resumed = true
		return kept, nil
	}
	f.shift = &facts.Shift{
		Session: dialer.Session{ID: n.ID, UserID: n.User, CampaignID: n.Campaign, ServerID: 4, State: dialer.AgentConnecting},
		Phone:   dialer.Phone{Kind: dialer.PhoneSIP, Login: "desk-phone"}, Server: dialer.Server{ID: 4, Name: "tel-1"},
	}
	return *f.shift, nil
}

func (f *fake) LiveShift(_ context.Context, user dialer.UserID) (facts.Shift, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down != nil {
		return facts.Shift{}, f.down
	}
	if f.shift == nil || f.shift.Session.UserID != user {
		return facts.Shift{}, dialer.ErrNotFound
	}
	return *f.shift, nil
}

func (f *fake) CampaignChoices(context.Context) ([]facts.CampaignChoice, error) {
	return f.choices, f.down
}

func (f *fake) Desk(context.Context, facts.DeskQuery) (facts.Desk, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.desk, f.down
}

func (f *fake) AddIntent(_ context.Context, in dialer.Intent, _ time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.intents = append(f.intents, in)
	return f.down
}

func (f *fake) SelectableStatuses(context.Context) ([]facts.StatusChoice, error) {
	return []facts.StatusChoice{{Status: "SALE", Name: "Sale", GroupID: 1, Group: "Talked"}, {Status: "CALLBK", Name: "Call back", GroupID: 1, Group: "Talked"}, {Status: "DNC", Name: "Do not call", GroupID: 2, Group: "Never", Place: 9}}, f.down
}

func (f *fake) PauseCodes(context.Context, dialer.CampaignID) ([]facts.PauseChoice, error) {
	if f.noCodes {
		return nil, f.down
	}
	return []facts.PauseChoice{{Code: "LUNCH", Name: "Lunch"}}, f.down
}

func (f *fake) Script(context.Context, dialer.CampaignID) (string, string, error) {
	return "Good day {first_name}.<script>alert(1)</script>", "Autumn", f.down
}

func (f *fake) OnLine(context.Context, dialer.CallID) (*facts.DeskCall, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.desk.Call, f.down
}

func (f *fake) Lead(_ context.Context, lead dialer.LeadID) (dialer.Lead, error) {
	return dialer.Lead{ID: lead, FirstName: "Junia"}, f.problem()
}

func (f *fake) LeadHistory(context.Context, dialer.LeadID, dialer.CallID) ([]facts.PastCall, error) {
	return []facts.PastCall{{PlacedAt: testNow, Status: "NA", StatusName: "No answer"}}, f.down
}

func (f *fake) CampaignLines(context.Context) ([]facts.CampaignLine, error) { return nil, f.down }

func (f *fake) Campaign(_ context.Context, id dialer.CampaignID) (facts.Campaign, error) {
	if id != "AUTUMN" {
		return facts.Campaign{}, dialer.ErrNotFound
	}
	return facts.Campaign{Campaign: dialer.Campaign{ID: id, Name: "Autumn", Active: true, DialMethod: dialer.DialRatio}}, f.down
}

func (f *fake) CampaignLists(context.Context, dialer.CampaignID) ([]facts.ListLine, error) {
	return []facts.ListLine{{ID: 1024, Name: "October", Active: true}}, f.down
}

func (f *fake) CampaignLeads(context.Context, dialer.CampaignID) ([]facts.StatusCount, error) {
	f.waitToCount()
	return []facts.StatusCount{{List: 1024, Status: "NA", Name: "No answer", Leads: 1_000_000}}, f.down
}

func (f *fake) waitToCount() {
	f.mu.Lock()
	wait := f.counting
	f.mu.Unlock()
	if wait != nil {
		<-wait
	}
}

func (f *fake) CampaignLive(context.Context, dialer.CampaignID, time.Time) (facts.CampaignLive, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.liveReads++
	return facts.CampaignLive{Active: true, Placed: 1234}, f.down
}

func (f *fake) CampaignChanges(context.Context, dialer.CampaignID) ([]audit.Entry, error) {
	return nil, f.down
}

func (f *fake) SetCampaignActive(_ context.Context, c facts.CampaignChange, active bool) error {
	f.changes = append(f.changes, string(c.Campaign)+map[bool]string{true: " start", false: " stop"}[active])
	return f.down
}

func (f *fake) SetDialLevel(_ context.Context, c facts.CampaignChange, _ float64) error {
	f.changes = append(f.changes, string(c.Campaign)+" level")
	return f.down
}

func (f *fake) LastEventID(context.Context) (int64, error) { return 0, f.problem() }

func (f *fake) EventsAfter(_ context.Context, id int64, _ int) (after []dialer.Event, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range f.events {
		if e.ID > id {
			after = append(after, e)
		}
	}
	return after, f.down
}

func (f *fake) Seen(_ context.Context, sessions []dialer.SessionID, _ time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = sessions
	return f.down
}

func (f *fake) ServerStates(context.Context) ([]facts.ServerState, error) { return nil, f.problem() }

func (f *fake) problem() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.down
}

func (f *fake) RingAgent(_ context.Context, _ dialer.ServerID, s dialer.SessionID, leg int64, p dialer.Phone) error {
	f.rung = append(f.rung, p.Login+" "+s.Channel(leg))
	return f.amd
}

func (f *fake) Hangup(_ context.Context, _ dialer.ServerID, channel string) error {
	f.hungUp = append(f.hungUp, channel)
	return f.amd
}

func (f *fake) Notify(_ context.Context, _ dialer.ServerID, in dialer.Intent) error {
	f.notified = append(f.notified, in.ID)
	return f.amd
}

// site is the pages on fake services, and a browser of one user.
type site struct {
	*fake
	ui     *UI
	server *httptest.Server
	http   *http.Client
	cookie *http.Cookie
	token  string // a program's, instead
}

func newSite(t *testing.T, f *fake) *site {
	t.Helper()
	ui := New(Config{
		Accounts: f, SignIns: f, Shifts: f, Words: f, Promises: f, Hours: f, Customers: f, Drafts: f, Campaigns: f, Leads: LeadSetup{Number: f.number}, Setup: Setup{Telephony: f.telephony}, Changes: f, Watches: f, Boards: f, Hands: f, Events: f, Presence: f, Commander: f, Why: f,
		Tries:  &f.tries,
		API:    API{Store: f},
		Ping:   func(context.Context) error { return f.problem() },
		Log:    f.log,
		NextID: func() int64 { f.ids++; return f.ids }, Now: func() time.Time { return testNow },
	})
	t.Cleanup(ui.boards.Close)
	s := &site{fake: f, ui: ui, server: httptest.NewServer(ui)}
	t.Cleanup(s.server.Close)
	t.Cleanup(s.server.CloseClientConnections) // streams end first
	s.http = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return s
}

// as signs a user in, past the password.
func (s *site) as(t *testing.T, name string) *site {
	t.Helper()
	if name == "" {
		s.cookie = nil
		return s
	}
	w := httptest.NewRecorder()
	if err := s.ui.who.Start(w, httptest.NewRequest("POST", "/login", nil), fakeUsers[name].ID); err != nil {
		t.Fatal(err)
	}
	s.cookie = w.Result().Cookies()[0]
	return s
}

func (s *site) do(t *testing.T, method, path string, form url.Values) (int, string, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if s.cookie != nil {
		r.AddCookie(s.cookie)
	}
	if s.token != "" {
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	a, err := s.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if a.Header.Get("Content-Type") == "text/event-stream" {
		return a.StatusCode, "", a.Header
	}
	body, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, string(body), a.Header
}

// stream opens an event stream; next waits for its next event of a name.
func (s *site) stream(t *testing.T, path string) (next func(name string) (id, data string)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", s.server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(s.cookie)
	a, err := s.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Body.Close() })
	if a.StatusCode != 200 {
		t.Fatalf("%s: %d", path, a.StatusCode)
	}
	lines := bufio.NewScanner(a.Body)
	return func(name string) (id, data string) {
		t.Helper()
		var event string
		for lines.Scan() {
			line := lines.Text()
			switch {
			case strings.HasPrefix(line, "id: "):
				id = line[4:]
			case strings.HasPrefix(line, "event: "):
				event = line[7:]
			case strings.HasPrefix(line, "data: "):
				data += line[6:]
			case line == "":
				if event == name && data != "" {
					return id, data
				}
				id, event, data = "", "", ""
			}
		}
		t.Fatalf("the stream ended before %q: %v", name, lines.Err())
		return "", ""
	}
}

var errAway = errors.Join(dialer.ErrUnavailable, errors.New("dial tcp 10.0.0.9:3306: secret detail"))

func (f *fake) RingWatcher(_ context.Context, _ dialer.ServerID, w dialer.WatchID, leg int64, phone dialer.Phone) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rung = append(f.rung, phone.Login+" "+w.Channel(leg))
	return f.amd
}

func (f *fake) WatchPlace(_ context.Context, _ dialer.UserID, session dialer.SessionID) (facts.WatchPlace, error) {
	if f.shift == nil || f.shift.Session.ID != session {
		return facts.WatchPlace{}, dialer.ErrNotFound
	}
	return facts.WatchPlace{Session: session, User: 1, Campaign: "AUTUMN", Server: 4, ServerName: "tel-1", Phone: dialer.Phone{Login: "boss", Kind: dialer.PhoneSIP}}, f.down
}

func (f *fake) BeginWatch(_ context.Context, by audit.By, w dialer.Watch) error {
	f.watch = &w
	f.noted = append(f.noted, fmt.Sprintf("%d from %s: %s", by.User, by.IP, w.Mode))
	return f.down
}

func (f *fake) TurnWatch(ctx context.Context, by audit.By, w dialer.Watch, intent dialer.Intent) error {
	f.noted = append(f.noted, fmt.Sprintf("%d from %s: %s to %s", by.User, by.IP, w.Mode, intent.Args.Mode))
	return f.AddIntent(ctx, intent, by.At)
}

func (f *fake) WatchRefused(_ context.Context, by audit.By, _ dialer.Watch, mode dialer.WatchMode, why string) error {
	f.noted = append(f.noted, fmt.Sprintf("%d from %s: no %s: %s", by.User, by.IP, mode, why))
	return f.down
}

func (f *fake) Answer(context.Context, dialer.IntentID) (bool, string, error) {
	return true, f.refusal, f.down
}

func (f *fake) Watch(_ context.Context, by dialer.UserID, id dialer.WatchID) (dialer.Watch, error) {
	if f.watch == nil || f.watch.ID != id || f.watch.UserID != by {
		return dialer.Watch{}, dialer.ErrNotFound
	}
	return *f.watch, f.down
}

func (f *fake) WatchedAgents(context.Context) ([]facts.WatchedAgent, error) {
	return []facts.WatchedAgent{{Session: 70, Campaign: "AUTUMN", Username: "nadia", State: dialer.AgentInCall, NoSound: "phone", WSURL: "wss://tel-1.example:8089/ws"}}, f.down
}

func (f *fake) WhyNot(context.Context, dialer.CampaignID) (facts.WhyNot, error) {
	f.waitToCount()
	return facts.WhyNot{Leads: 1_000_000, Dialable: 7}, f.problem()
}

func (f *fake) HasLeads(context.Context, dialer.CampaignID) (bool, error) { return true, f.problem() }

func (f *fake) WhyNotLead(context.Context, dialer.CampaignID, string) (facts.WhyNotLead, error) {
	return facts.WhyNotLead{}, f.problem()
}

func (f *fake) Revoke(context.Context, dialer.CampaignID, string, string, dialer.UserID) (string, error) {
	return "+12125550100", f.problem()
}

func (f *fake) Findings(context.Context, dialer.Campaign) ([]facts.Finding, error) {
	return []facts.Finding{{Rule: "US-5", Says: "The message names nobody."}}, nil
}

func (f *fake) TryRule(context.Context, dialer.CampaignID, string, string) (facts.RuleTried, error) {
	return facts.RuleTried{}, f.problem()
}

func (f *fake) Rulebook() facts.Rulebook { return facts.Rulebook{} }

func (f *fake) number(typed string) (string, error) {
	n, err := phonenumbers.Parse(typed, "US")
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return "", dialer.ErrInvalid
	}
	return phonenumbers.Format(n, phonenumbers.E164), nil
}

func (f *fake) telephony(context.Context) ([]dialer.Server, error) {
	return []dialer.Server{
		{Name: "tel-1", WSURL: "wss://tel-1.example:8089/ws", Active: true}, {Name: "tel-2", WSURL: "wss://tel-2.example:8089/ws"},
		{Name: "tel-3", WSURL: "javascript:alert(1)", Active: true},
	}, f.problem()
}

func (f *fake) TakeDesk(_ context.Context, s dialer.SessionID, page int64, _ time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.page, f.desk.Page = page, page
	f.ids++
	f.events = append(f.events, dialer.Event{ID: f.ids + 1000, Kind: dialer.EventAgent, SessionID: s})
	return f.down
}

func (f *fake) Draft(_ context.Context, call dialer.CallID) (*facts.Draft, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.draft == nil || f.draft.Call != call {
		return nil, f.down
	}
	return f.draft, f.down
}

func (f *fake) KeepDraft(_ context.Context, user dialer.UserID, page, _ int64, d facts.Draft, _ time.Time) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.shift.Session; s.UserID != user || s.CallID != d.Call || f.page != 0 && f.page != page {
		return false, f.down
	}
	f.draft = &d
	return true, f.down
}

func (f *fake) DropDraft(_ context.Context, call dialer.CallID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.draft = nil
	return f.down
}

func (f *fake) Day(context.Context, dialer.UserID, time.Time, time.Time) (facts.Day, error) {
	return facts.Day{
		Today: facts.Today{Calls: 12, Sales: 3, TalkSeconds: 600}, Promised: 2, Kept: 1,
		States: map[dialer.AgentState]int{dialer.AgentReady: 240, dialer.AgentInCall: 700, dialer.AgentPaused: 60},
	}, f.problem()
}

func (f *fake) WebForms(context.Context, dialer.CampaignID) ([]facts.WebForm, error) {
	return []facts.WebForm{
		{ID: "ORDER", Name: "Order form", URL: "https://crm.example.com/o?l={lead_id}&s={supplier}", ByItself: true},
		{ID: "EVIL", Name: "Not an address", URL: "javascript:alert({lead_id})"},
	}, f.problem()
}

func (f *fake) TransferPresets(context.Context, dialer.CampaignID) ([]facts.TransferPreset, error) {
	return []facts.TransferPreset{{Name: "Billing", E164: "+12125550199"}}, f.problem()
}

func (f *fake) Customer(context.Context, dialer.LeadID) (facts.Customer, error) {
	return f.customer, f.problem()
}

func (f *fake) EditField(_ context.Context, by audit.By, lead dialer.LeadID, change func(*facts.SetLead) error) (facts.SetLead, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.customer.Lead
	if err := change(&l); err != nil {
		return l, err
	}
	f.customer.Lead = l
	f.changes = append(f.changes, fmt.Sprintf("lead %d by %d", lead, by.User))
	return l, f.down
}

func (f *fake) SetOwn(_ context.Context, _ audit.By, l facts.SetLead, name, _, value string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changes = append(f.changes, fmt.Sprintf("lead %d own %s=%s", l.ID, name, value))
	return value, f.down
}

func (f *fake) Search(_ context.Context, campaign dialer.CampaignID, q facts.LeadQuery) ([]facts.LeadLine, error) {
	if campaign != "AUTUMN" || q.ID == 404 {
		return nil, f.problem()
	}
	return []facts.LeadLine{{ID: 7, Name: fmt.Sprint(q.First, "|", q.Last, "|", q.Vendor, "|", q.E164), E164: "+12125550111"}}, f.problem()
}
