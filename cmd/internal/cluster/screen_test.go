package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"trunkline/cmd/internal/chromium"
	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
)

// microphoneHz is what the browser's microphone hears: no phone at the carrier
// sends it.
const microphoneHz = 800

// screen is an agent's desk in a real browser, whose phone is the page's own: it
// registers where the page says, by TLS.
type screen struct {
	s *scene
	b *chromium.Browser
}

// browse starts a browser.
func (s *scene) browse() *screen {
	s.t.Helper()
	dir, err := os.MkdirTemp(s.Dir, "browser-")
	if err != nil {
		s.t.Fatal(err)
	}
	b, err := chromium.Start(s.t.Context(), chromium.Options{
		Dir: dir, Width: 1440, Height: 900, Wait: limit, Microphone: microphoneHz, Hosts: []string{s.lan.address("tel1"), s.lan.address("tel2")},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if s.t.Failed() {
			s.t.Logf("the browser's output:\n%s", b.Said())
		}
		b.Close()
	})
	return &screen{s, b}
}

// signIn types what an agent types.
func (p *screen) signIn() {
	p.s.t.Helper()
	p.do(
		chromedp.Navigate("http://"+p.s.Front.Addr()+"/login"),
		chromedp.WaitVisible(chromedp.CSS("#user")),
		chromedp.SendKeys(chromedp.CSS("#user"), atScreen),
		chromedp.SendKeys(chromedp.CSS("#password"), p.s.Password),
	)
	// A choice of one is none.
	if _, err := evaluate[bool](p, fmt.Sprintf(`(c => { if (c) c.value = %q; return true })(document.querySelector("#campaign"))`, p.s.Campaign)); err != nil {
		p.s.t.Fatal(err)
	}
	p.do(chromedp.SendKeys(chromedp.CSS("#password"), kb.Enter))
}

func (p *screen) do(steps ...chromedp.Action[chromedp.Void]) {
	p.s.t.Helper()
	ctx, cancel := context.WithTimeout(p.b.Context, limit)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.s.t.Fatalf("in the browser: %v", err)
	}
}

// evaluate asks the page.
func evaluate[T any](p *screen, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(p.b.Context, limit)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// until waits for an expression to be true, through reloads and redirects.
func (p *screen) until(what, expression string) {
	p.s.t.Helper()
	p.s.await(what+", on the page", func() string {
		if yes, err := evaluate[bool](p, "!!("+expression+")"); err == nil && yes {
			return ""
		}
		state, err := evaluate[string](p, `JSON.stringify({at: location.href, phone: window.trunkline?.phone?.state, problem: window.trunkline?.phone?.problem, snapshot: window.trunkline?.snapshot})`)
		return fmt.Sprintf("%s (%v)", state, err)
	})
}

func (p *screen) click(id string) {
	p.s.t.Helper()
	p.do(chromedp.Click(chromedp.CSS(`[data-testid=` + id + `]`)))
}

// on waits until the agent is on a server, and the page's phone on its line.
func (p *screen) on(server string) {
	p.s.t.Helper()
	p.until("PAUSED on "+server+", the phone on the line", fmt.Sprintf(`window.trunkline?.phone?.state === "connected" && (s => s.state === "PAUSED" && s.phone.connected && s.server.up && s.server.name === %q)(window.trunkline.snapshot)`, server))
}

// talking waits until the agent has a call.
func (p *screen) talking() (snap demo.Snapshot) {
	p.s.t.Helper()
	p.until("INCALL", fmt.Sprintf(`window.trunkline?.snapshot?.state === %q && window.trunkline.snapshot.call?.state === %q`, dialer.AgentInCall, dialer.CallTalking))
	text, err := evaluate[string](p, "JSON.stringify(window.trunkline.snapshot)")
	if err == nil {
		err = json.Unmarshal([]byte(text), &snap)
	}
	if err != nil {
		p.s.t.Fatal(err)
	}
	return snap
}

// speaks waits until the page plays the customer's tone, and then until the
// customer has the page's microphone.
func (p *screen) speaks(with demo.Snapshot) {
	p.s.t.Helper()
	p.s.await("the customer's tone in the browser", func() string {
		heard, err := evaluate[[]float64](p, chromium.Ear)
		if err == nil && chromium.Hears(heard, 1000) {
			return ""
		}
		return fmt.Sprintf("the page plays %v (Hz, dB), %v", heard, err)
	})
	p.s.hears(p.s.customer(with), "the browser's customer", microphoneHz)
}

// leave ends the call and the shift.
func (p *screen) leave() {
	p.s.t.Helper()
	p.click("do-hangup")
	p.until("WRAPUP", `window.trunkline.snapshot.state === "WRAPUP"`)
	p.click("status-NI")
	p.do(chromedp.KeyEvent("p")) // save, and pause
	p.until("PAUSED", `window.trunkline.snapshot.state === "PAUSED"`)
	p.click("me")
	p.click("sign-out")
	p.until("the sign-in page", `location.pathname === "/login"`)
}
