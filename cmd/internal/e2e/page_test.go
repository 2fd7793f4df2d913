package e2e

import (
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"trunkline/dialer"
)

// agent takes the next agent with a phone in the browser.
func (s *stage) agent(t *testing.T) (name string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.web >= webAgents {
		t.Fatal("no more agents with a browser")
	}
	s.web++
	return webName(s.web - 1)
}

// signIn types what an agent types, and waits for the page's phone.
func (p *page) signIn(user string, c *campaign) {
	p.t.Helper()
	p.enter(user, c)
	p.until("the phone on the line", `window.trunkline?.phone?.state === "connected" && window.trunkline.snapshot?.phone.connected && `+state("PAUSED"))
}

// enter types what an agent types, and waits for the desk.
func (p *page) enter(user string, c *campaign) {
	p.t.Helper()
	p.do(
		chromedp.Navigate(p.at+"/"),
		chromedp.WaitVisible(chromedp.CSS("#user")),
		chromedp.SendKeys(chromedp.CSS("#user"), user),
		chromedp.SendKeys(chromedp.CSS("#password"), p.s.secret),
		chromedp.SetValue(chromedp.CSS("#campaign"), string(c.id)),
		chromedp.SendKeys(chromedp.CSS("#password"), kb.Enter),
	)
	p.until("the desk", `location.pathname === "/desk"`)
}

// TestAgentInTheBrowser is an agent's shift as the agent does it, with the sound
// of both directions measured at its far end: the carrier's tone in the page,
// the page's microphone at the carrier.
func TestAgentInTheBrowser(t *testing.T) {
	s := onStage(t)
	p := s.browse(t)
	const customer, customerHz = "31", 1000
	c := s.campaign(t, []string{customer}, nil)
	user := s.agent(t)
	p.signIn(user, c)
	if text, err := ask[string](p, `document.querySelector('[data-testid=state]').textContent`); err != nil || text != "Paused" {
		t.Errorf("the state is %q (%v)", text, err)
	}

	p.press('g')
	p.until("readiness", state("READY"))
	c.start(t)
	p.until("the screen pop", state("INCALL")+` && document.querySelector('[data-testid=who]').textContent === "Pat `+leadName(customer)+`"`)
	p.until("the lead's data", fmt.Sprintf(`document.querySelector('[data-testid=lead-city]')?.value === "Springfield" && document.querySelector('[data-testid=lead-state]').value === "NY" && document.querySelector('[data-testid=lead]').innerText.includes("V%s")`, customer))
	talking := c.row(t, customer, "with its agent", func(r callRow) bool { return r.state == dialer.CallTalking })

	// Both directions, each at its far end.
	ear := s.far().HeardFile(c.e164(customer)[1:])
	p.hears(customerHz)
	s.hears(t, ear, "the agent's microphone", 5, mostly(microphoneHz))
	p.until("how it sounds", `document.querySelector('[data-testid=audio]').textContent.startsWith("Audio ") && /ms/.test(document.querySelector("#audio-figures").textContent)`)

	p.press('h')
	p.until("the hold", `window.trunkline.snapshot.call?.state === "HELD" && document.querySelector('[data-testid=state]').textContent === "On hold"`)
	p.hears(0)
	s.hears(t, ear, "music on hold, and nothing of the agent", 5, func(s sound) bool { return loud(s) && !has(microphoneHz)(s) })
	p.press('h')
	p.until("the end of the hold", `window.trunkline.snapshot.call?.state === "TALKING"`)
	p.hears(customerHz)
	s.hears(t, ear, "the agent's microphone after the hold", 5, mostly(microphoneHz))

	p.press('m')
	p.until("the mute", `document.querySelector('[data-testid=do-mute]').getAttribute("aria-pressed") === "true"`)
	s.hears(t, ear, "nothing of a muted agent", 5, quiet)
	p.press('m')
	s.hears(t, ear, "the agent's microphone after the mute", 3, mostly(microphoneHz))

	p.press('x')
	p.until("wrap-up", state("WRAPUP"))
	// A word that is typed into the note is no command.
	p.press('n')
	p.do(chromedp.SendKeys(chromedp.CSS("#note"), "xghp 1"))
	p.press('\x1b')
	p.press('1')
	p.until("the choice", `document.querySelector('[data-testid=chosen]').textContent.includes("(SALE)")`)
	p.press('\r')
	p.until("readiness after the call", state("READY"))

	r := c.settledRows(t, 1)[customer]
	if r.id != talking.id || r.status != "SALE" || r.lead != "SALE" || r.endedBy != dialer.ByAgent || r.called != 1 {
		t.Errorf("the call at the end: %+v", r)
	}
	var comments, username string
	err := s.sql.QueryRowContext(t.Context(), `SELECT l.comments, u.username FROM calls c JOIN leads l ON l.id = c.lead_id JOIN users u ON u.id = c.user_id WHERE c.id = ?`, r.id).Scan(&comments, &username)
	if err != nil || comments != "xghp 1" || username != user {
		t.Errorf("the note is %q, the agent %q (%v)", comments, username, err)
	}
	if got := s.periods(t, r.id); got != "INCALL WRAPUP" {
		t.Errorf("the agent log has %q with the call", got)
	}
	rec, err := readSound(s.recording(t, r.id))
	if err != nil || rec.windows(has(customerHz)) < 10 || rec.windows(has(microphoneHz)) < 10 {
		t.Errorf("of %.1f s of recording %d windows have the customer and %d the agent (%v)",
			rec.seconds(), rec.windows(has(customerHz)), rec.windows(has(microphoneHz)), err)
	}
	c.audit(t)

	p.do(chromedp.Click(chromedp.CSS(`[data-testid=pause-LUNCH]`)))
	p.until("the pause", state("PAUSED")+` && window.trunkline.snapshot.pause_code === "LUNCH" && document.querySelector('[data-testid=state]').textContent === "Paused, lunch"`)
	p.do(chromedp.Click(chromedp.CSS(`[data-testid=me]`)), chromedp.Click(chromedp.CSS(`[data-testid=sign-out]`)))
	p.until("the sign-in page", `location.pathname === "/login"`)
	var live int
	err = s.sql.QueryRowContext(t.Context(), "SELECT COUNT(live) FROM agent_sessions WHERE campaign_id = ?", c.id).Scan(&live)
	if err != nil || live != 0 {
		t.Errorf("%d shifts go on (%v)", live, err)
	}
	p.quiet()
}

// TestReloadInACall takes the headset away in the middle of a call, reloads the page, takes its network
// away, lets it sleep, opens it a second time, and kills its web server: the
// customer stays on the line and the agent comes back to them. The customer is an echo: what
// the page hears of its own microphone has been at the far end and back.
func TestReloadInACall(t *testing.T) {
	s := onStage(t)
	p := s.browse(t)
	const customer = "15"
	c := s.campaign(t, []string{customer}, nil)
	cable := p.cable()
	user := s.agent(t)
	p.signIn(user, c)
	p.do(chromedp.Click(chromedp.CSS(`[data-testid=do-ready]`)))
	c.start(t)
	p.until("the call", state("INCALL"))
	p.hears(microphoneHz)
	call := c.rows(t)[customer].id

	p.unplugs()
	p.loses(0)
	p.do(chromedp.Reload())
	p.until("the call after the reload", state("INCALL")+` && document.querySelector('[data-testid=who]').textContent === "Pat `+leadName(customer)+`"`)
	p.hears(microphoneHz)
	r := c.rows(t)[customer]
	if r.id != call || !r.live || r.state != dialer.CallTalking {
		t.Errorf("the call after the reload: %+v, it was %s", r, call)
	}
	p.reloadMuted()
	p.outage(cable, c, customer, call)
	p.sleep(c, customer, call)
	p.twoDesks(c, user, customer, call)
	p.webDies(cable, c, customer, call)
	p.press('x')
	p.until("wrap-up", state("WRAPUP"))
	// That its phone went elsewhere, and came back, pauses nobody.
	if code, err := ask[string](p, `window.trunkline.snapshot.pause_next`); code != "" || err != nil {
		t.Errorf("the agent is to pause after the call for %q (%v)", code, err)
	}
	p.press('p') // save what was chosen before, and pause
	p.until("the pause", state("PAUSED"))
	if r := c.settledRows(t, 1)[customer]; r.status != "NI" || r.endedBy != dialer.ByAgent {
		t.Errorf("the call at the end: %+v", r)
	}
	var note string
	if err := s.sql.QueryRowContext(t.Context(), `SELECT note FROM call_notes WHERE call_id = ?`, call).Scan(&note); err != nil || note != typedNote {
		t.Errorf("the note is %q, %v", note, err)
	}
	c.audit(t)
	p.quiet()
}

// reloadMuted reloads the page of an agent who is muted: what was not to be heard is
// not heard after it either.
func (p *page) reloadMuted() {
	p.t.Helper()
	const muted = `document.querySelector('[data-testid=do-mute]').getAttribute("aria-pressed") === "true" && document.querySelector("#about").textContent.includes("You are muted.")`
	p.press('m')
	p.until("the mute", muted)
	p.do(chromedp.Reload())
	p.until("the call of a muted agent after the reload", state("INCALL")+` && window.trunkline.pc?.connectionState === "connected" && `+muted)
	p.hears(0)
	p.press('m')
	p.hears(microphoneHz)
}

// TestLooks are cheap checks of the desk in both modes and on a narrow screen.
func TestLooks(t *testing.T) {
	s := onStage(t)
	p := s.browse(t)
	c := s.campaign(t, nil, nil)
	p.signIn(s.agent(t), c)
	background := map[string]string{}
	for _, mode := range []string{"light", "dark"} {
		if _, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: mode}},
		}); err != nil {
			t.Fatal(err)
		}
		colours, err := ask[string](p, `getComputedStyle(document.body).backgroundColor + " " + getComputedStyle(document.body).color`)
		if err != nil {
			t.Fatal(err)
		}
		background[mode] = colours
		for _, width := range []int64{1440, 390} {
			p.do(chromedp.EmulateViewport(width, 844))
			over, err := ask[int](p, `document.documentElement.scrollWidth - document.documentElement.clientWidth`)
			if err != nil || over > 0 {
				t.Errorf("%s at %d px: %d px too wide (%v)", mode, width, over, err)
			}
			if picture := os.Getenv("TRUNKLINE_PICTURES"); picture != "" {
				png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
				if err != nil {
					t.Error(err)
				}
				_ = os.WriteFile(fmt.Sprintf("%s/desk-%s-%d.png", picture, mode, width), png, 0o644)
			}
		}
	}
	if background["light"] == background["dark"] {
		t.Errorf("light and dark look the same: %s", background["light"])
	}

	// A window of 1280 by 800 at 200 % has as little room, and its keyboard.
	p.do(chromedp.EmulateViewport(640, 400))
	p.press('?')
	p.until("the keys at 200 %", `document.activeElement.id === "keymap" && document.querySelector("#keymap kbd").checkVisibility() && document.querySelector("#do-ready kbd").checkVisibility()`)
	top, err := ask[float64](p, `document.querySelector("#keymap > header").getBoundingClientRect().top`)
	if err != nil || top < 0 {
		t.Errorf("the head of the keys is %v px from the top (%v)", top, err)
	}
	p.quiet()
}
