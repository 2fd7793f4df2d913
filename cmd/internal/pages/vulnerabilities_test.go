package pages

import (
	"encoding/base64"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The known vulnerabilities of VICIdial, each tried against Trunkline.

// injections are the ways in of CVE-2013-4467, CVE-2022-34876, -34877, -34878
// and CVE-2024-8503: text that ends up in a statement breaks it, which shows as
// an error of the server's.
var injections = []string{`'`, `' OR '1'='1`, `1' AND (SELECT 1 FROM (SELECT SLEEP(0))x)-- -`, `\`, `1;DROP TABLE users`, `%27)%20UNION%20SELECT%201--`}

// scripts are the ways in of CVE-2021-35377, CVE-2021-46557 and CVE-2022-34879.
var evil = []string{`<script>alert(31337)</script>`, `"><img src=x onerror=alert(31337)>`, `'onmouseover='alert(31337)`}

// asked are names of fields and parameters that our handlers read.
var asked = []string{
	"q", "after", "before", "from", "to", "who", "what", "campaign", "agent", "number", "session", "lead", "id", "name", "code", "section", "user", "seen",
	"list", "status", "server_ip", "extension", "filename", "function", "file_download", "search_archived_data", "modify_email_accounts",
}

// fill makes an address of a route's pattern.
func fill(pattern, value string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	path = strings.ReplaceAll(path, "{$}", "")
	return method, regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(path, strings.ReplaceAll(url.PathEscape(value), "$", "$$"))
}

// endless are routes whose answers do not end, and those that end a session.
func endless(pattern string) bool {
	return strings.HasSuffix(pattern, "/events") || strings.Contains(pattern, "logout") || strings.Contains(pattern, "/static/")
}

// Every route, with hostile text in its path, its query and its form, as an
// admin: no statement breaks, and nothing comes back as markup.
func TestHostileTextOnEveryRoute(t *testing.T) {
	o := newOffice(t)
	ada := o.as("ada")
	crm := o.makes("CRM", "1", "rights", "leads", "rights", "run", "rights", "watch", "rights", "hear", "campaigns", "*")
	o.exec("INSERT INTO leads (id, list_id, status, phone_code, phone_number, e164, created_at, zone_set) VALUES (1, 1024, 'NEW', '1', '6145550199', '+16145550199', UTC_TIMESTAMP(3), 0)")
	users := stored[int](o, "SELECT COUNT(*) FROM users")
	for _, pattern := range o.pages.Patterns() {
		if strings.Contains(pattern, " /api/v1/") {
			crm.hostile(pattern)
			continue
		}
		// What signs ada out would leave the rest untried.
		if endless(pattern) || strings.HasSuffix(pattern, "/signout") || strings.HasSuffix(pattern, "/password") {
			continue
		}
		texts := append(append([]string(nil), injections[:3]...), evil[0], evil[1])
		if strings.HasPrefix(pattern, "POST") {
			texts = []string{injections[0], injections[1], evil[1]}
		}
		for _, text := range texts {
			for _, inPath := range []bool{false, true} {
				value := "1"
				if inPath {
					if !strings.Contains(pattern, "{") || strings.HasSuffix(pattern, "{$}") {
						continue
					}
					value = text
				}
				method, path := fill(pattern, value)
				values := url.Values{}
				for _, name := range asked {
					values.Set(name, text)
				}
				var a answer
				if method == "GET" {
					a = ada.do(method, path+"?"+values.Encode(), nil)
				} else {
					a = ada.do(method, path, values)
				}
				// 503 is a telephony server that does not answer in this test.
				if a.status >= 500 && a.status != 503 || strings.Contains(a.body, "SQL syntax") {
					t.Errorf("%s with %q: %d %.200s", pattern, text, a.status, a.text())
				}
				if strings.Contains(text, "31337") && strings.Contains(a.body, text) && !strings.HasPrefix(a.head.Get("Content-Type"), "application/json") {
					t.Errorf("%s gives %q back as markup", pattern, text)
				}
			}
		}
	}
	ada.get("/account").is(200) // all of it was tried as ada
	if n := stored[int](o, "SELECT COUNT(*) FROM users"); n != users {
		t.Errorf("%d users, there were %d", n, users)
	}
}

// hostile sends hostile text to a route of the API, in its path, its query and
// each field that it takes.
func (p *program) hostile(pattern string) {
	p.t.Helper()
	for _, text := range []string{injections[0], injections[1], injections[2], evil[0]} {
		for _, value := range []string{"1", text} {
			method, path := fill(pattern, value)
			_, path, _ = strings.Cut(path, "/api/v1")
			var body any
			if method == "POST" {
				sent := object{}
				a := p.ask("POST", path, object{"no such field": 1})
				if says := regexp.MustCompile(`there are: ([^.]*)\.`).FindStringSubmatch(a.text); says != nil {
					for _, name := range strings.Split(says[1], ", ") {
						sent[name] = text
					}
				}
				sent["custom"] = object{text: text}
				body = sent
			} else {
				values := url.Values{}
				for _, name := range append([]string{"phone", "vendor_lead_code", "last_name", "first_name", "list_id", "campaign_id"}, asked...) {
					values.Set(name, text)
				}
				path += "?" + values.Encode()
			}
			a := p.ask(method, path, body)
			for a.status == 429 { // so many at once are not what this is about
				a = p.ask(method, path, body)
			}
			if a.status >= 500 && a.status != 503 || strings.Contains(a.text, "SQL syntax") {
				p.t.Errorf("%s with %q: %d %.200s", pattern, text, a.status, a.text)
			}
			if kind := a.head.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") && a.status != 301 && a.status != 307 && a.status != 404 {
				p.t.Errorf("%s answers with %s", pattern, kind)
			}
		}
	}
}

// CVE-2024-8503: an injection by a header, before anybody has signed in; here by
// each header that a server may look at.
func TestHostileHeaders(t *testing.T) {
	o := newOffice(t)
	for _, text := range injections {
		for _, pattern := range []string{"/login", "/campaigns", "/readyz", "/desk/events", "/users", "/recordings", "/api/v1/leads", "/api/v1/me"} {
			r, err := http.NewRequestWithContext(t.Context(), "GET", o.server.URL+pattern, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(text+":"+text)))
			if strings.HasPrefix(pattern, "/api/") {
				r.Header.Set("Authorization", "Bearer tl_"+url.PathEscape(text))
				r.Header.Set("Idempotency-Key", text)
			}
			for _, h := range []string{"User-Agent", "Referer", "X-Forwarded-For", "X-Real-Ip", "Accept-Language", "Last-Event-ID", "HX-Request"} {
				r.Header.Set(h, text)
			}
			for _, c := range []string{"trunkline", "trunkline-half", "flash", "theme"} {
				r.AddCookie(&http.Cookie{Name: c, Value: base64.RawURLEncoding.EncodeToString([]byte(text))})
			}
			client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			a, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(io.LimitReader(a.Body, 1<<20))
			a.Body.Close()
			if a.StatusCode >= 500 && pattern != "/readyz" || strings.Contains(string(body), "SQL syntax") {
				t.Errorf("%s with %q in its headers: %d", pattern, text, a.StatusCode)
			}
			if pattern != "/login" && pattern != "/readyz" && a.StatusCode == 200 {
				t.Errorf("%s with %q in its headers lets a stranger in", pattern, text)
			}
		}
	}
}

// CVE-2013-7382, CVE-2024-8503: no user is there from the beginning, none has a
// password that is known, and no password is kept in clear. CVE-2025-34099: a
// password is data, whatever it holds.
func TestNoKnownPasswords(t *testing.T) {
	o := newOffice(t)
	if n := stored[int](o, "SELECT COUNT(*) FROM users WHERE id > 5 OR pass_hash NOT LIKE '$argon2id$%'"); n != 0 {
		t.Errorf("%d users that nobody made, or with a password in clear", n)
	}
	for user, pass := range map[string]string{
		"VDAD": "donotedit", "VDCL": "donotedit", "6666": "1234", "admin": "admin", "root": "", "ada": "ada", "nadia": "`id`; $(id) | id", "' OR 1=1-- ": "x",
	} {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		p := &person{o, user, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
		if a := p.post("/login", "user", user, "password", pass); a.status != 401 {
			t.Errorf("%s with %q: %d", user, pass, a.status)
		}
	}
}

// Guessing is slowed down, by user, from one address.
func TestGuessingIsSlowedDown(t *testing.T) {
	o := newOffice(t)
	p := o.as("ada")
	var last answer
	for range 12 {
		last = p.post("/login", "user", "nadia", "password", "guess")
	}
	last.is(429, "Too many tries")
}

// CVE-2021-28854: logs, debugging files and configuration lie nowhere where a
// browser gets them.
func TestNothingLiesAround(t *testing.T) {
	o := newOffice(t)
	ada := o.as("ada")
	for _, path := range []string{
		"/project_auth_entries.txt", "/vicidial/project_auth_entries.txt", "/agc/vicidial.php", "/vicidial/admin.php", "/admin.php", "/.git/config", "/.env",
		"/trunkline.toml", "/static/", "/static/../routes.go", "/static/%2e%2e/webui.go", "/static/assets.go", "/debug/pprof/", "/metrics", "/VERM/VERM_AJAX_functions.php?function=log_custom_report",
		"/server-status", "/recordings/../../etc/passwd",
	} {
		if a := ada.get(path); a.status != 404 && a.status != 307 && a.status != 301 || strings.Contains(a.body, "package ") || strings.Contains(a.body, "root:") {
			t.Errorf("%s: %d %.200s", path, a.status, a.text())
		}
	}
}

// CVE-2021-46557: what was stored with markup in it is shown as text, on every
// page that shows it.
func TestStoredMarkupIsText(t *testing.T) {
	o := newOffice(t)
	ada := o.as("ada")
	bad := evil[1]
	for _, q := range []string{
		"UPDATE campaigns SET name = ?", "UPDATE users SET full_name = ?", "UPDATE user_groups SET name = ?", "UPDATE carriers SET host = ?", "UPDATE statuses SET name = LEFT(?, 40)",
		"UPDATE pause_codes SET name = LEFT(?, 40)", "UPDATE scripts SET name = ?", "UPDATE lists SET name = ?", "UPDATE servers SET version = ?",
		"INSERT INTO audit (at, user_id, action, object, before_, after_) VALUES (UTC_TIMESTAMP(3), 1, 'x', 'campaign/AUTUMN', '{}', JSON_OBJECT('name', ?))",
	} {
		if _, err := o.sql.Exec(q, bad); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	shown := 0
	for _, pattern := range o.pages.Patterns() {
		if endless(pattern) || !strings.HasPrefix(pattern, "GET") || strings.Contains(pattern, "{n}") {
			continue
		}
		for _, value := range []string{"AUTUMN", "1", "SALE", "EARLY", "OPENING", "LUNCH."} {
			_, path := fill(strings.ReplaceAll(pattern, "{section}", "dialing"), value)
			a := ada.get(path)
			// A file that is kept and not shown holds what is stored, letter by letter.
			file := strings.HasPrefix(a.head.Get("Content-Disposition"), "attachment") && strings.HasPrefix(a.head.Get("Content-Type"), "text/csv") &&
				a.head.Get("X-Content-Type-Options") == "nosniff"
			if strings.Contains(a.body, bad) && !file {
				t.Errorf("%s shows stored markup as markup", path)
			}
			if strings.Contains(a.body, "&lt;img src=x onerror=alert(31337)&gt;") {
				shown++
			}
			if policy := a.head.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self'") || strings.Contains(policy, "unsafe") {
				t.Errorf("%s: the policy is %q", path, policy)
			}
			if !strings.Contains(pattern, "{") {
				break
			}
		}
	}
	if shown < 10 {
		t.Errorf("only %d pages showed what was stored: the test looks at nothing", shown)
	}
}

// CVE-2024-8504: what goes to Asterisk in a line of AMI or of a configuration
// file cannot open another line.
func TestNoLineBreaksTowardsAsterisk(t *testing.T) {
	o := newOffice(t)
	ada := o.as("ada")
	for _, bad := range []string{"x\r\nAction: Command", "x\nsystem(id)", "a]\n[evil](trunkline-sip)", "x\x00y"} {
		ada.post("/carriers", "name", bad, "host", "192.0.2.1", "port", "5060").is(422)
		ada.post("/carriers", "name", "x1", "host", bad, "port", "5060").is(422)
		ada.post("/phones", "login", bad, "kind", "sip", "server_id", "1", "user_id", "0").is(422)
		ada.post("/phones", "login", "x1", "kind", "static", "server_id", "1", "user_id", "0", "contact", "sip:1@192.0.2.1"+bad).is(422)
		ada.post("/campaigns", with(fresh, "caller_id", "6145550100"+bad)...).is(422)
		ada.post("/campaigns", with(fresh, "safe_harbour", bad)...).is(422)
	}
}

// CVE-2013-4468, CVE-2025-34099: the web role starts no program. And no
// statement is put together from anything but constants (CVE-2013-4467 and all
// that followed).
func TestSourceHasNoWayIn(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	statement := regexp.MustCompile(`(?i)^\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE)\s`)
	// Where the statement stands among the arguments of what asks the database.
	asks := map[string]int{
		"ExecContext": 1, "QueryContext": 1, "QueryxContext": 1, "QueryRowContext": 1, "NamedExecContext": 1, "PreparexContext": 1, "SelectContext": 2, "GetContext": 2,
		"BindNamed": 0,
	}
	files, looked := 0, 0
	for _, dir := range []string{"webui", "sql/mariadb", "hopper"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() && d.Name() == "node_modules" {
				return filepath.SkipDir
			}
			if d.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || strings.Contains(name, filepath.Join("assets", "build")) {
				return nil
			}
			files++
			set := token.NewFileSet()
			f, err := parser.ParseFile(set, name, nil, 0)
			if err != nil {
				return err
			}
			for _, i := range f.Imports {
				if path, _ := strconv.Unquote(i.Path.Value); path == "os/exec" || path == "plugin" {
					t.Errorf("%s imports %s", name, path)
				}
			}
			ast.Inspect(f, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				sel, ok := call.Fun.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "fmt" && len(call.Args) > 0 {
					if lit, ok := call.Args[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
						if text, _ := strconv.Unquote(lit.Value); statement.MatchString(text) {
							t.Errorf("%s: a statement is put together: %s", set.Position(call.Pos()), lit.Value)
						}
					}
				}
				at, ok := asks[sel.Sel.Name]
				if x, isIdent := sel.X.(*ast.Ident); isIdent && x.Name == "sqlx" {
					at++ // a function and not a method
				}
				// The hopper asks one constant question many times over, by UNION. A backup
				// reads and fills every table there is: its words are the names that the
				// server itself gives, and a backup's own names are compared with those.
				if file := filepath.Base(name); ok && len(call.Args) > at && file != "hopper_read.go" && file != "dump.go" {
					looked++
					if built(call.Args[at]) {
						t.Errorf("%s: %s gets a statement that is put together", set.Position(call.Pos()), sel.Sel.Name)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 50 || looked < 100 {
		t.Errorf("%d files and %d questions looked at", files, looked)
	}
}

// built tells whether a statement is put together: by a call, or by joining it
// with anything but " FOR UPDATE", which makes one known statement of another.
func built(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.CallExpr:
		get, ok := e.Fun.(*ast.SelectorExpr)
		return !ok || get.Sel.Name != "Get" // of package queries
	case *ast.BinaryExpr:
		if lit, ok := e.Y.(*ast.BasicLit); ok {
			text, _ := strconv.Unquote(lit.Value)
			return strings.TrimSpace(text) != "FOR UPDATE" || built(e.X)
		}
		name, ok := e.Y.(*ast.Ident)
		return !ok || name.Name != "lock" || built(e.X)
	}
	return false
}
