package webui

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"trunkline/dialer"
	"trunkline/webui/assets"
)

func TestTableNamesARightForAllButTheWayIn(t *testing.T) {
	open := map[string]bool{"GET /healthz": true, "GET /readyz": true, "GET /static/": true, "GET /login": true, "GET /check": true, "POST /login": true, "POST /login/code": true, "GET /api/v1/openapi.json": true, "POST /join": true}
	for _, r := range newSite(t, newFake()).ui.routes() {
		if r.needs != everybody && r.needs != unasked && !dialer.RoleAdmin.Has(r.needs) {
			t.Errorf("%s needs %q, which nobody has", r.pattern, r.needs)
		}
		if (r.needs == everybody || r.needs == unasked) != open[r.pattern] {
			t.Errorf("%s needs %q", r.pattern, r.needs)
		}
		if !strings.HasPrefix(r.pattern, "GET ") && !strings.HasPrefix(r.pattern, "POST ") {
			t.Errorf("%s: only GET, which changes nothing, and POST, which is checked for its origin", r.pattern)
		}
	}
}

func TestPagesAreForeignToOtherSites(t *testing.T) {
	f := newFake()
	f.seat()
	s := newSite(t, f).as(t, "nadia")
	r := httptest.NewRequest("POST", "/desk/ready", nil)
	r.AddCookie(s.cookie)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	s.ui.ServeHTTP(w, r)
	if w.Code != 403 || len(f.intents) != 0 {
		t.Errorf("a form of another site: %d, %d intents", w.Code, len(f.intents))
	}
	if !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		t.Errorf("a script's request is answered with %s", w.Header().Get("Content-Type"))
	}
	r = httptest.NewRequest("POST", "/logout", nil)
	r.AddCookie(s.cookie)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
	w = httptest.NewRecorder()
	s.ui.ServeHTTP(w, r)
	if w.Code != 403 || !strings.Contains(w.Body.String(), `data-testid="trouble"`) || !strings.Contains(w.Body.String(), "another site") {
		t.Errorf("a page's form of another site: %d %.200s", w.Code, w.Body)
	}
	_, _, head := s.do(t, "GET", "/desk", nil)
	policy := head.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "connect-src 'self' wss://tel-1.example:8089"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the desk's policy lacks %q: %s", want, policy)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("the desk's policy allows too much: %s", policy)
	}
	if !strings.Contains(head.Get("Permissions-Policy"), "microphone=(self)") {
		t.Errorf("the desk may not use the microphone: %s", head.Get("Permissions-Policy"))
	}
	_, body, _ := s.do(t, "GET", "/desk", nil)
	for _, bad := range []string{"<script>", " style=", " onclick=", "javascript:"} {
		if strings.Contains(body, bad) {
			t.Errorf("the desk holds %q, which its policy forbids", bad)
		}
	}
}

func TestErrorsAreSentences(t *testing.T) {
	f := newFake()
	f.seat()
	s := newSite(t, f).as(t, "rosa")
	status, body, _ := s.do(t, "GET", "/campaigns/NONE", nil)
	if status != 404 || !strings.Contains(body, `data-testid="trouble"`) || !strings.Contains(body, "trunkline.css") {
		t.Errorf("a campaign that is not there: %d %.200s", status, body)
	}
	status, body, _ = s.do(t, "GET", "/no/such/page", nil)
	if status != 404 || !strings.Contains(body, "no page at this address") {
		t.Errorf("a page that is not there: %d", status)
	}
	s.as(t, "nadia")
	if status, body, _ = s.do(t, "GET", "/campaigns", nil); status != 403 || !strings.Contains(body, "Go to your desk") {
		t.Errorf("an agent on an admin page: %d", status)
	}
	f.mu.Lock()
	f.down = errAway
	f.mu.Unlock()
	for _, path := range []string{"/desk", "/desk/phone", "/campaigns", "/readyz"} {
		status, body, _ := s.do(t, "GET", path, nil)
		if status != 503 || strings.Contains(body, "secret") || strings.Contains(body, "3306") {
			t.Errorf("%s without a database: %d %.300s", path, status, body)
		}
	}
	if status, _, _ := s.do(t, "GET", "/healthz", nil); status != 200 {
		t.Errorf("/healthz without a database: %d", status)
	}
	if status, _, _ := s.do(t, "GET", "/login", nil); status != 200 {
		t.Errorf("/login without a database: %d", status)
	}
}

func TestAPanicIsAPage(t *testing.T) {
	f := newFake()
	s := newSite(t, f)
	h := s.ui.adapt(route{"GET /", everybody, asPage, func(http.ResponseWriter, *http.Request) error { panic("secret") }})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 500 || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestABrokenAnswerIsNotWhole: what breaks off after it began, an export say, ends so
// that whoever saves it knows.
func TestABrokenAnswerIsNotWhole(t *testing.T) {
	s := newSite(t, newFake())
	server := httptest.NewServer(s.ui.adapt(route{"GET /", everybody, asPage, func(w http.ResponseWriter, _ *http.Request) error {
		_, err := io.WriteString(w, strings.Repeat("a lead\n", 100_000))
		return errors.Join(err, dialer.ErrUnavailable)
	}}))
	defer server.Close()
	resp, err := server.Client().Get(server.URL)
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	if err == nil {
		t.Error("half an answer looks whole")
	}
}

func TestStaticFilesAreKeptForEver(t *testing.T) {
	s := newSite(t, newFake())
	status, _, head := s.do(t, "GET", assets.URL("trunkline.css"), nil)
	if status != 200 || !strings.Contains(head.Get("Cache-Control"), "immutable") || !strings.HasPrefix(head.Get("Content-Type"), "text/css") {
		t.Errorf("%d %v", status, head)
	}
	// A page of a web server with another version, led here by a balancer.
	status, body, head := s.do(t, "GET", "/static/0123456789abcdef/trunkline.css", nil)
	if status != 200 || head.Get("Cache-Control") != "no-store" || !strings.Contains(body, "{") {
		t.Errorf("another version's: %d %v", status, head)
	}
	if status, _, _ := s.do(t, "GET", "/static/0123456789abcdef/routes.go", nil); status != 404 {
		t.Errorf("no such file: %d", status)
	}
}
