package pages

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	markup "golang.org/x/net/html"

	"trunkline/cmd/internal/app"
	"trunkline/webui"
	"trunkline/webui/ui"
)

// No page has a script or a style of its own, a handler in an attribute, or an
// address that is a script: what somebody smuggles in is then nothing that the
// policy would have to let through for ours.
func TestNoScriptStandsInAPage(t *testing.T) {
	_, ada := furnished(t)
	paths := []string{"/login", "/no/such/page", "/leads/1", "/lists/1024", "/tokens/1"}
	for path := range views {
		paths = append(paths, path)
	}
	for _, g := range ui.Nav {
		for _, e := range g.Entries {
			paths = append(paths, e.Href)
		}
	}
	for _, path := range paths {
		a := ada.get(path)
		root, err := markup.Parse(strings.NewReader(a.body))
		if err != nil {
			t.Fatal(err)
		}
		for n := range root.Descendants() {
			src := false
			for _, attr := range n.Attr {
				src = src || attr.Key == "src" && strings.HasPrefix(attr.Val, "/static/")
				if attr.Key == "style" || strings.HasPrefix(attr.Key, "on") || strings.HasPrefix(strings.ToLower(strings.TrimSpace(attr.Val)), "javascript:") {
					t.Errorf("%s: <%s %s=%q>", path, n.Data, attr.Key, attr.Val)
				}
			}
			if n.Data == "style" || n.Data == "script" && !src {
				t.Errorf("%s has a <%s> of its own", path, n.Data)
			}
		}
		policy := a.head.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: the policy %q lacks %s", path, policy, want)
			}
		}
		if a.head.Get("X-Content-Type-Options") != "nosniff" || a.head.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, a.head)
		}
	}
}

// Over TLS every cookie is for TLS only, none is for scripts, and browsers are
// told to come by TLS alone.
func TestCookiesOverTLS(t *testing.T) {
	o := newOffice(t)
	config := app.WebConfig(o.db)
	config.Now, config.NextID, config.Secure = func() time.Time { return time.Now().UTC() }, func() int64 { return 1 }, true
	pages := webui.New(config)
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/login", strings.NewReader("user=ada&password="+strings.ReplaceAll(password, " ", "+")))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, r)
	cookies := w.Result().Cookies()
	if w.Code != 303 || len(cookies) == 0 {
		t.Fatalf("%d, %d cookies", w.Code, len(cookies))
	}
	for _, c := range cookies {
		if !c.HttpOnly || c.SameSite == http.SameSiteNoneMode || c.SameSite == http.SameSiteDefaultMode || c.Name == "trunkline" && !c.Secure {
			t.Errorf("cookie %s: %+v", c.Name, c)
		}
	}
	if w.Header().Get("Strict-Transport-Security") == "" {
		t.Error("nothing tells the browser to come by TLS alone")
	}
}

// A session that was taken back, or whose user was switched off, opens nothing
// any more, on no address.
func TestSessionsAreTakenBack(t *testing.T) {
	o := newOffice(t)
	ada, mia, sam := o.as("ada"), o.as("mia"), o.as("sam")
	mia.get("/lists").is(200)
	ada.leads(ada.post("/users/2/signout"), "signed out everywhere")
	if a := mia.get("/lists"); a.status != 303 || a.to != "/login" {
		t.Errorf("after signing out everywhere: %d to %q", a.status, a.to)
	}
	o.exec("UPDATE users SET active = 0 WHERE id = 3")
	if a := sam.get("/campaigns"); a.status != 303 || a.to != "/login" {
		t.Errorf("switched off: %d to %q", a.status, a.to)
	}
	o.exec("UPDATE web_sessions SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND")
	if a := ada.post("/campaigns/AUTUMN/start"); a.status != 303 || a.to != "/login" {
		t.Errorf("expired: %d to %q", a.status, a.to)
	}
	if n := stored[int](o, "SELECT active FROM campaigns WHERE id = 'AUTUMN'"); n != 0 {
		t.Error("somebody whose session has expired starts a campaign")
	}
}

// A file that is sent lies where the server puts it, under a name of the
// server's, whatever name and content it came with (the way of CVE-2024-8504).
func TestUploadsAreNamedByUs(t *testing.T) {
	o := withImports(t)
	ada := o.as("ada")
	for _, name := range []string{"../../evil.csv", "/etc/cron.d/evil", "x;touch /tmp/evil;.csv", "evil.php", "a\x00b.csv", strings.Repeat("n", 4000) + ".csv", `..\..\evil.csv`} {
		a := ada.send("/imports", name, "phone_number\n6145550171\n", "list", "1024")
		if a.status >= 500 {
			t.Errorf("%.40q: %d %.200s", name, a.status, a.text())
		}
		if a.status == 303 {
			ada.get(a.to).is(200)
		}
	}
	ada.send("/imports", "bomb.xlsx", "PK\x03\x04"+strings.Repeat("\x00", 1000), "list", "1024")
	root, err := filepath.EvalSymlinks(o.dir)
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(filepath.Dir(root), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (strings.Contains(d.Name(), "evil") || strings.Contains(d.Name(), "touch")) {
			t.Errorf("%s was written", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
