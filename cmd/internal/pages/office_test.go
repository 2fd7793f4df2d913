package pages

import (
	"context"
	"database/sql"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/join"
	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/mariadb"
	"trunkline/sql/migrated"
	"trunkline/sql/private"
	"trunkline/webui"
	"trunkline/webui/facts"
	"trunkline/webui/signin"
)

// office is the pages on a real database of their own, with a user of each role:
// ada (admin), mia (manager), sam (supervisor) and nadia (agent), whose password
// is password; mia's and sam's group has to do with AUTUMN alone.
type office struct {
	t      *testing.T
	db     *mariadb.DB
	web    *mariadb.DB // with the rights of the web role's account
	sql    *sql.DB
	server *httptest.Server
	pages  *webui.UI
	dir    string // where recordings lie
}

const password = "correct horse"

func newOffice(t *testing.T) *office {
	t.Helper()
	dsn := migrated.Database(t)
	db, err := mariadb.Open(dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	raw, err := sql.Open("mysql", dsn+"&parseTime=true")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	o := &office{t: t, db: db, sql: raw, dir: t.TempDir()}
	hash, err := signin.HashPassword(password)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`INSERT INTO servers (id, name, telephony, listening, ami_addr, ws_url, beat_at, version) VALUES (1, 'tel-1', 1, 1, '127.0.0.1:5038', 'wss://tel-1.example:8089/ws', UTC_TIMESTAMP(3) + INTERVAL 1 HOUR, '1.0')`,
		`INSERT INTO carriers (id, name, host, port, changed_at) VALUES (1, 'north-1', 'sip.example.com', 5060, UTC_TIMESTAMP(3))`,
		`INSERT INTO campaigns (id, name, carrier_id, caller_id, changed_at) VALUES ('AUTUMN', 'Autumn energy review', 1, '16145550100', UTC_TIMESTAMP(3)), ('WINTER', 'Winter tariff change', 1, '16145550100', UTC_TIMESTAMP(3))`,
		`INSERT INTO lists (id, campaign_id, name, created_at) VALUES (1024, 'AUTUMN', 'Tariff 2023, Ohio', UTC_TIMESTAMP(3))`,
		`INSERT INTO user_groups (id, name, campaigns, changed_at) VALUES ('EARLY', 'Early team', 'AUTUMN', UTC_TIMESTAMP(3)), ('LATE', 'Late team', 'WINTER', UTC_TIMESTAMP(3))`,
		`INSERT INTO users (id, username, full_name, pass_hash, role, user_group, created_at) VALUES
			(1, 'ada', 'Ada Admin', '` + hash + `', 'admin', 'ALL', UTC_TIMESTAMP(3)), (2, 'mia', 'Mia M.', '` + hash + `', 'manager', 'EARLY', UTC_TIMESTAMP(3)),
			(3, 'sam', 'Sam S.', '` + hash + `', 'supervisor', 'EARLY', UTC_TIMESTAMP(3)), (4, 'nadia', 'Nadia K.', '` + hash + `', 'agent', 'EARLY', UTC_TIMESTAMP(3)),
			(5, 'otto', 'Otto O.', '` + hash + `', 'agent', 'LATE', UTC_TIMESTAMP(3))`,
		`INSERT INTO scripts (id, name, campaign_id, body, changed_at) VALUES ('OPENING', 'Opening', '', 'Good day {title} {last_name}, this is {agent}.', UTC_TIMESTAMP(3))`,
	} {
		if _, err := raw.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	ids := dialer.NewIDs(1)
	now := func() time.Time { return time.Now().UTC() }
	// The pages have the rights of the web role's account and no other.
	account, err := mysql.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	_, webDSN, err := app.RoleAccounts(t.Context(), private.ForTest(t), account.DBName)
	if err != nil {
		t.Fatal(err)
	}
	web, err := mariadb.Open(webDSN)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { web.Close() })
	o.web = web
	config := app.WebConfig(web)
	config.Patience = limit // a busy machine does not change what a page says
	config.NextID, config.Now, config.Zone = func() int64 { return ids.Next(now()) }, now, time.UTC
	config.Commander = silent{}
	here := app.Default()
	here.Database.DSN, here.Web.PublicURL = webDSN, "https://dialer.example.com"
	config.Setup.Invite = func(ctx context.Context, by audit.By, i facts.Invitation) (facts.Invited, error) {
		return join.OnPage(ctx, here, web, by, i)
	}
	config.Version, config.Setup.RecordingsDir = "test", o.dir
	config.Leads.Imports = app.NewImports(web, "tel-1", o.dir, slog.New(slog.DiscardHandler))
	pages := webui.New(config)
	o.pages = pages
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = pages.Run(ctx) }()
	o.server = httptest.NewServer(pages)
	t.Cleanup(func() {
		o.server.CloseClientConnections()
		o.server.Close()
		stop()
		<-ended
	})
	return o
}

// silent are telephony servers that do not answer: what is asked of them stands
// in the database, where their listen would find it.
type silent struct{ webui.Commander }

func (silent) Notify(context.Context, dialer.ServerID, dialer.Intent) error {
	return dialer.ErrUnavailable
}

func (silent) RingAgent(context.Context, dialer.ServerID, dialer.SessionID, int64, dialer.Phone) error {
	return dialer.ErrUnavailable
}

// person is a browser without scripts, signed in as somebody.
type person struct {
	*office
	name string
	http *http.Client
}

// as signs somebody in through the sign-in page.
func (o *office) as(name string) *person {
	o.t.Helper()
	return o.asWith(name, password, 303)
}

// asWith is as with a password, and wants an answer's status.
func (o *office) asWith(name, password string, status int) *person {
	o.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		o.t.Fatal(err)
	}
	p := &person{o, name, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if a := p.post("/login", "user", name, "password", password, "campaign", "AUTUMN"); a.status != status {
		o.t.Fatalf("%s signs in: %d, want %d: %.600s", name, a.status, status, a.text())
	}
	return p
}

// answer is what came back.
type answer struct {
	t      *testing.T
	status int
	body   string
	to     string // where it leads
	head   http.Header
}

func (p *person) get(path string) answer {
	p.t.Helper()
	return p.do("GET", path, nil)
}

// post sends pairs of names and values.
func (p *person) post(path string, pairs ...string) answer {
	p.t.Helper()
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	return p.do("POST", path, values)
}

func (p *person) do(method, path string, values url.Values) answer {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.server.URL+path, strings.NewReader(values.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	a, err := p.http.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer{p.t, a.StatusCode, string(body), a.Header.Get("Location"), a.Header}
}

var tags = regexp.MustCompile(`(?s)<svg hidden>.*?</svg>|<[^>]*>`)

// text is what a reader sees, in one line.
func (a answer) text() string {
	return strings.Join(strings.Fields(strings.NewReplacer("&#39;", "'", "&#34;", `"`, "&amp;", "&", "&lt;", "<", "&gt;", ">").Replace(tags.ReplaceAllString(a.body, " "))), " ")
}

// is wants a status, and sentences on the page.
func (a answer) is(status int, says ...string) answer {
	a.t.Helper()
	text := a.text()
	if a.status != status {
		a.t.Errorf("status %d to %q, want %d: %.1500s", a.status, a.to, status, text)
	}
	for _, s := range says {
		if !strings.Contains(text, s) {
			a.t.Errorf("the page does not say %q: %.2500s", s, text)
		}
	}
	return a
}

// lacks wants sentences not to be there.
func (a answer) lacks(says ...string) answer {
	a.t.Helper()
	for _, s := range says {
		if strings.Contains(a.text(), s) {
			a.t.Errorf("the page says %q", s)
		}
	}
	return a
}

// leads wants a redirect to a page that says what was done, and gives that page.
func (p *person) leads(a answer, says ...string) answer {
	p.t.Helper()
	if a.status != 303 {
		p.t.Fatalf("status %d, want a redirect: %.2500s", a.status, a.text())
	}
	return p.get(a.to).is(200, says...)
}

var seenField = regexp.MustCompile(`name="seen" value="(\d+)"`)

// seen is the hidden field of a form.
func (a answer) seen() string {
	a.t.Helper()
	m := seenField.FindStringSubmatch(a.body)
	if m == nil {
		a.t.Fatalf("the form has no version: %.1500s", a.text())
	}
	return m[1]
}

// stored is one value of the database.
func stored[T any](o *office, query string, args ...any) T {
	o.t.Helper()
	var v T
	if err := o.sql.QueryRowContext(o.t.Context(), query, args...).Scan(&v); err != nil {
		o.t.Fatalf("%s: %v", query, err)
	}
	return v
}
