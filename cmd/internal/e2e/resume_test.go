package e2e

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	lifecycle "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"trunkline/cmd/internal/rig"
	"trunkline/dialer"
)

// sleepFor is how long the tab sleeps: in the long form (make desk-test) as long
// as a laptop whose lid is closed for a minute, else longer than a page may go
// unseen. TRUNKLINE_SLEEP=5m tries another time.
func sleepFor(t *testing.T) time.Duration {
	t.Helper()
	asked := os.Getenv("TRUNKLINE_SLEEP")
	switch {
	case asked == "" && os.Getenv("TRUNKLINE_LONG") != "":
		return 60 * time.Second
	case asked == "":
		return 8 * time.Second
	}
	d, err := time.ParseDuration(asked)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// unseen waits until the database has not heard of the agent's page for so long.
func (p *page) unseen(c *campaign, gone time.Duration) {
	p.t.Helper()
	err := p.s.await(func() (bool, error) {
		var ms int64
		err := p.s.sql.QueryRowContext(p.t.Context(), "SELECT TIMESTAMPDIFF(MICROSECOND, seen_at, UTC_TIMESTAMP(3)) DIV 1000 FROM agent_sessions WHERE campaign_id = ? AND live = 1", c.id).Scan(&ms)
		return ms >= gone.Milliseconds(), err
	})
	if err != nil {
		p.t.Fatalf("the page is still seen: %v", err)
	}
}

// resumed waits until the page follows the call again, and both hear each other.
func (p *page) resumed(c *campaign, customer string, call string, after string) {
	p.t.Helper()
	began := time.Now()
	p.until("the call after "+after, state("INCALL")+` && document.querySelector('[data-testid=link]').textContent === "Connected" && document.querySelector('[data-testid=state]').textContent === "On call"`)
	p.t.Logf("the screen is back %d ms after %s", time.Since(began).Milliseconds(), after)
	p.hears(microphoneHz)
	// What stood there before proves nothing: the page follows and is obeyed.
	for _, turn := range []struct{ call, screen string }{{"HELD", "On hold"}, {"TALKING", "On call"}} {
		if _, err := ask[bool](p, `(document.querySelector('[data-testid=do-hold]').click(), true)`); err != nil {
			p.t.Fatal(err)
		}
		p.until(turn.screen+" after "+after, fmt.Sprintf(`window.trunkline.snapshot.call?.state === %q && document.querySelector('[data-testid=state]').textContent === %q`, turn.call, turn.screen))
	}
	if r := c.rows(p.t)[customer]; r.id != call || !r.live || r.state != dialer.CallTalking {
		p.t.Errorf("the call after %s: %+v, it was %s", after, r, call)
	}
}

// cable puts a wire between the browser and the web role, to be pulled.
func (p *page) cable() *rig.Wire {
	p.t.Helper()
	w, err := rig.NewWire("127.0.0.1:0", "tcp", p.s.cfg.Web.Listen)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = w.Close() })
	p.at = "http://" + w.Addr()
	return w
}

// loses has the browser lose so much of the voice, in percent. It counts for
// calls that begin after its first time.
func (p *page) loses(percent float64) {
	p.t.Helper()
	// Without any delay the browser leaves the voice to the system.
	rule := &network.Conditions{Latency: 1, DownloadThroughput: -1, UploadThroughput: -1, PacketLoss: percent}
	_, err := chromedp.Call(p.ctx, network.Enable, network.EnableParams{})
	if err == nil {
		_, err = chromedp.Call(p.ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{rule}})
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// outage pulls the cable and takes the voice's path away, until the page says so,
// has given that path up, and the database has missed the page; then all comes
// back.
func (p *page) outage(cable *rig.Wire, c *campaign, customer string, call string) {
	p.t.Helper()
	p.loses(100)
	cable.Lead("tcp", "127.0.0.1:1")
	cable.Cut()
	p.until("the sentence about the outage", `document.querySelector('[data-testid=state]').textContent === "Not live" && document.querySelector('[data-testid=about]').textContent.includes("call on the line goes on")`)
	p.unseen(c, 6*time.Second)
	p.until("the end of the voice's path", `!window.trunkline.pc`)
	p.loses(0)
	cable.Lead("tcp", p.s.cfg.Web.Listen)
	p.resumed(c, customer, call, "an outage of the network")
}

// sleep freezes the tab, as a browser does in the background and a laptop with
// its lid closed, and wakes it.
func (p *page) sleep(c *campaign, customer string, call string) {
	p.t.Helper()
	turn := func(to lifecycle.SetWebLifecycleStateState) {
		if _, err := chromedp.Call(p.ctx, lifecycle.SetWebLifecycleState, lifecycle.SetWebLifecycleStateParams{State: to}); err != nil {
			p.t.Fatal(err)
		}
	}
	long := sleepFor(p.t)
	turn(lifecycle.SetWebLifecycleStateStateFrozen)
	p.unseen(c, long)
	turn(lifecycle.SetWebLifecycleStateStateActive)
	p.resumed(c, customer, call, "a sleep of "+long.String())
}

// unplugs takes the headset away in a call, and gives it back: the page says so and
// stays in the call, and L is the way out.
func (p *page) unplugs() {
	p.t.Helper()
	gone := `(() => {
		window.plugged = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
		navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("there is none", "NotFoundError"));
		const track = window.trunkline.pc.getSenders()[0].track;
		track.stop();
		return track.dispatchEvent(new Event("ended"));
	})()`
	if _, err := ask[bool](p, gone); err != nil {
		p.t.Fatal(err)
	}
	says := func(chip, toast string) string {
		return fmt.Sprintf(`document.querySelector("[data-testid=phone-state]").textContent === %q && document.querySelector("#toast-text").textContent.includes(%q)`, chip, toast)
	}
	p.until("that the microphone is gone", says("No microphone", "Your microphone is gone")+` && document.querySelector("[data-testid=about]").textContent.includes("nobody hears you") && `+visible("phone-connect"))
	if _, err := ask[bool](p, `(navigator.mediaDevices.getUserMedia = window.plugged, true)`); err != nil {
		p.t.Fatal(err)
	}
	p.press('l')
	p.until("the microphone again", says("Phone connected", "is in use now")+" && "+callState("TALKING"))
	p.hears(microphoneHz)
}

// twoDesks opens the desk on a second computer, a browser that shares nothing with
// the first: it has the call then, and all that was typed and not saved. The first
// is told, and takes the desk back, with what was typed at the second.
func (p *page) twoDesks(c *campaign, user, customer, call string) {
	p.t.Helper()
	callbackAt := time.Now().AddDate(0, 0, 2).Format("2006-01-02") + "T11:15"
	typed := func(note string) string {
		return fmt.Sprintf(`document.querySelector("#note").value === %q && document.querySelector("[data-testid=chosen]").textContent.includes("(CALLBK)") && document.querySelector("#callback-at").value === %q && document.querySelector("#callback-mine").checked`, note, callbackAt)
	}
	chooses := fmt.Sprintf(`(document.querySelector('[data-testid=status-CALLBK]').click(),
		((at) => (at.value = %q, at.dispatchEvent(new Event("input"))))(document.querySelector("#callback-at")), document.querySelector("#callback-mine").click(), true)`, callbackAt)
	if _, err := ask[bool](p, chooses); err != nil {
		p.t.Fatal(err)
	}
	p.do(chromedp.SendKeys(chromedp.CSS("#note"), "half a word"))
	kept := func(note string) {
		p.t.Helper()
		p.s.until(p.t, "the note where every computer finds it", func() (there bool, err error) {
			err = p.s.sql.QueryRowContext(p.t.Context(), "SELECT COUNT(*) FROM call_drafts WHERE call_id = ? AND note = ?", call, note).Scan(&there)
			return there, err
		})
	}
	kept("half a word")
	// What is typed in the last moment is with nobody else as the second one is opened.
	held := `(f => window.fetch = (to, how) => to === "/desk/draft" && !document.querySelector("#taken").open ? Promise.reject(new TypeError("held")) : f(to, how))(window.fetch)`
	if _, err := ask[bool](p, held+`, document.querySelector("#f-city").select(), true`); err != nil {
		p.t.Fatal(err)
	}
	p.do(chromedp.SendKeys(chromedp.CSS("#note"), ", late"), chromedp.SendKeys(chromedp.CSS("#f-city"), "Shelbyvi"))
	ctx, cancel := chromedp.NewContext(p.ctx, chromedp.WithNewBrowserContext())
	defer cancel()
	// Never a deadline on the first use: it would be the tab's.
	if err := chromedp.Do(ctx, chromedp.Navigate(p.at+"/login")); err != nil {
		p.t.Fatal(err)
	}
	second := &page{t: p.t, s: p.s, ctx: ctx, at: p.at}
	second.enter(user, c)
	second.resumed(c, customer, call, "the second desk was opened")
	second.until("what was typed at the first", typed("half a word, late")+` && document.querySelector("#f-city").value === "Shelbyvi" && document.querySelector("[data-testid=lead-saved]").textContent.startsWith("Saved")`)
	second.do(chromedp.SendKeys(chromedp.CSS("#note"), ", and more"))
	kept("half a word, late, and more")
	p.until("the first desk's sentence", visible("taken-back"))
	p.do(chromedp.Click(chromedp.CSS(`[data-testid="taken-back"]`)))
	p.resumed(c, customer, call, "it was taken back")
	p.until("what was typed at the second", typed("half a word, late, and more")+` && document.querySelector("#f-city").value === "Shelbyvi"`)
	p.until("an empty note", `((n) => (n.value = "", n.dispatchEvent(new Event("input", {bubbles: true})), true))(document.querySelector("#note"))`)
	second.until("the second desk's sentence", visible("taken-back"))
}
