package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/rig"
)

// webServer is another web role on the stage's database, as a second host has it.
type webServer struct {
	cfg  app.Config
	kill func() // -9
}

// anotherWeb starts one, and waits until it serves.
func (s *stage) anotherWeb(t *testing.T) *webServer {
	t.Helper()
	w := &webServer{cfg: s.cfg}
	_, port, err := net.SplitHostPort(s.cfg.Web.Listen)
	if err != nil {
		t.Fatal(err)
	}
	w.cfg.Server, w.cfg.Roles, w.cfg.RunDir = "web-2", []string{app.HostWeb}, filepath.Join(s.dir, "web-2")
	w.cfg.Web.Listen, w.cfg.Web.Uploads, w.cfg.Metrics = "127.0.0.2:"+port, filepath.Join(w.cfg.RunDir, "uploads"), app.AnyPorts()
	if err := os.MkdirAll(w.cfg.RunDir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := w.cfg.Save(filepath.Join(w.cfg.RunDir, "trunkline.toml")); err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(app.LogFile(w.cfg, app.RoleWeb))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(exe, app.RoleWeb, "--config", w.cfg.File())
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = log, log, &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	dead := false
	w.kill = func() {
		if !dead {
			dead = true
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
	t.Cleanup(w.kill)
	s.until(t, "a second web server", func() (bool, error) {
		resp, err := http.Get("http://" + w.cfg.Web.Listen + "/login")
		if err != nil {
			return false, nil
		}
		return resp.StatusCode == http.StatusOK, resp.Body.Close()
	})
	return w
}

// streams is how many pages wait for events there, by its own metrics.
func (w *webServer) streams(t *testing.T) string {
	t.Helper()
	return metric(t, w.cfg, app.RoleWeb, "trunkline_http_streams")
}

// typedNote is what stands in the page alone when its web server dies.
const typedNote = "wants it in writing"

// webDies: the web server of the page is killed in the middle of the call, and
// the balancer leads to another. The desk goes on there, with all that was typed;
// what was typed while there was none is sent then.
func (p *page) webDies(cable *rig.Wire, c *campaign, customer, call string) {
	p.t.Helper()
	first := p.s.anotherWeb(p.t)
	cable.Lead("tcp", first.cfg.Web.Listen)
	cable.Cut()
	p.s.until(p.t, "the desk on the web server that is to die", func() (bool, error) { return first.streams(p.t) == "1", nil })
	p.until("that the page is told", `document.querySelector('[data-testid=link]').textContent === "Connected"`)
	p.press('n')
	p.do(chromedp.SendKeys(chromedp.CSS("#note"), typedNote))
	p.press('\x1b')
	p.press('3')
	chosen := `document.querySelector('[data-testid=chosen]').textContent.includes("(NI)")`
	p.until("the choice", chosen)

	cable.Lead("tcp", "127.0.0.1:1") // the balancer has not noticed yet
	first.kill()
	p.do(chromedp.SetValue(chromedp.CSS(`[data-testid=lead-city]`), "Salem"))
	if _, err := ask[bool](p, `document.querySelector('[data-testid=lead-city]').dispatchEvent(new Event("change"))`); err != nil {
		p.t.Fatal(err)
	}
	p.until("the word about the field", `document.querySelector('[data-testid=lead-saved]').textContent === "Not saved yet"`)
	p.refused(cable)
	cable.Lead("tcp", p.s.cfg.Web.Listen)
	p.resumed(c, customer, call, "the web server was killed")
	if _, err := ask[bool](p, `delete performance.now`); err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	p.errors = slices.DeleteFunc(p.errors, func(e string) bool { return strings.Contains(e, "502 (Bad Gateway)") })
	p.mu.Unlock()
	p.until("the note and the choice", fmt.Sprintf(`document.querySelector("#note").value === %q && `, typedNote)+chosen)
	p.until("the field that waited", `document.querySelector('[data-testid=lead-saved]').textContent.startsWith("Saved ")`)
	var city string
	err := p.s.sql.QueryRowContext(p.t.Context(), "SELECT l.city FROM calls c JOIN leads l ON l.id = c.lead_id WHERE c.id = ?", call).Scan(&city)
	if err != nil || city != "Salem" {
		p.t.Errorf("the city is %q, %v", city, err)
	}
}

// refused has the balancer notice, and refuse: to a browser that is the end of a
// stream. The page also opens a stream anew that was silent for some seconds; here the
// clock by which it sees that stands still, so that this brings nothing back.
func (p *page) refused(cable *rig.Wire) {
	p.t.Helper()
	if _, err := ask[bool](p, `(now => { performance.now = () => now; return true })(performance.now())`); err != nil {
		p.t.Fatal(err)
	}
	var streams atomic.Int32
	balancer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusBadGateway)
		if r.URL.Path == "/desk/events" {
			streams.Add(1)
		}
	}))
	defer balancer.Close()
	cable.Lead("tcp", balancer.Listener.Addr().String())
	p.s.until(p.t, "the page's stream, refused", func() (bool, error) { return streams.Load() > 0, nil })
}

// metrics are a role's figures, as Prometheus reads them. A role may be at work
// before it tells.
func metrics(t *testing.T, cfg app.Config, role string) (text string) {
	t.Helper()
	theStage.until(t, "the figures of "+role, func() (bool, error) {
		address, err := os.ReadFile(app.MetricsFile(cfg.RunDir, role))
		if err != nil {
			return false, err
		}
		resp, err := http.Get("http://" + strings.TrimSpace(string(address)) + "/metrics")
		if err != nil {
			return false, nil
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		text = string(body)
		return err == nil && resp.StatusCode == http.StatusOK, nil
	})
	return text
}

// metric is a figure that a role tells, "" if it does not.
func metric(t *testing.T, cfg app.Config, role, name string) string {
	t.Helper()
	for line := range strings.Lines(metrics(t, cfg, role)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
