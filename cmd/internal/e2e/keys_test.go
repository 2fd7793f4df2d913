package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"trunkline/dialer"
)

// TestShiftByKeys is a whole shift without a mouse: the check before it, signing
// in, a call with recording, hold, note, keypad and a third party, its outcome, a
// pause, calls by hand, a callback, the day's figures, and signing out.
func TestShiftByKeys(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	p := s.browse(t)
	c := s.campaign(t, []string{"31"}, func(c *dialer.Campaign) { c.Record, c.Name = dialer.RecordDemand, "Keys-"+string(c.ID) })
	p.checkByKeys()
	p.signInByKeys(s.agent(t), "Keys-"+string(c.id))
	p.press('g')
	c.start(t)
	p.until("the call", state("INCALL")+" && "+visible("do-record"))
	p.press('r')
	p.until("the recording", `window.trunkline?.snapshot?.call?.recording`)
	p.press('r')
	p.until("the pause of the recording", `window.trunkline?.snapshot?.call?.recording_paused`)
	p.press('h')
	p.until("the hold", callState("HELD"))
	p.press('h')
	p.until("the end of the hold", callState("TALKING"))
	p.press('n')
	p.typed("asks for x")
	p.press('\x1b')
	p.until("the note", `document.querySelector("#note").value === "asks for x" && document.activeElement === document.body`)

	// Shift and 3 is a tone while the keypad is open, and no outcome.
	p.press('k')
	p.until("the keypad", open("keypad"))
	p.press('#')
	p.until("the tone", `document.querySelector("#keypad-sent").textContent === "Sent: #" && `+callState("TALKING"))
	p.press('\x1b')
	p.until("no keypad", "!"+open("keypad"))

	p.press('t')
	p.until("the transfer panel", focused(`[data-testid="third-number"]`))
	p.press('\x1b')
	p.until("no transfer panel", "!"+open("transfer"))
	p.press('t')
	p.until("the transfer panel again", focused(`[data-testid="third-number"]`))
	p.typed(c.e164("32"))
	p.chord(alt, 'w')
	p.until("the third party", `window.trunkline?.snapshot?.call?.third?.state === "TALKING" && `+visible("third-drop3"))
	s.hears(t, s.far().HeardFile(c.e164("32")[1:]), "the customer", 3, has(1000))
	p.press('d')
	p.until("the end of the third party", `window.trunkline?.snapshot?.call?.third?.state === "ENDED" && `+visible("third-invite"))
	p.press('\x1b')
	p.until("no transfer panel", "!"+open("transfer"))

	// A pause after the call is chosen and taken back; then a digit is an outcome.
	p.press('p')
	p.press('1')
	p.until("the pause to come", `window.trunkline?.snapshot?.pause_next`)
	p.press('p')
	p.press('1')
	p.until("no pause to come", `window.trunkline?.snapshot?.pause_next === ""`)
	p.press('k')
	p.until("the keypad", open("keypad"))
	p.press('x')
	p.until("wrap-up", state("WRAPUP")+" && !"+open("keypad"))
	p.press('3')
	p.until("the outcome", `document.querySelector('[data-testid=chosen]').textContent.includes("(NI)")`)
	p.press('\r')
	p.until("readiness", state("READY"))
	c.row(t, "31", "disposed of", func(r callRow) bool { return r.status == "NI" && r.endedBy == dialer.ByAgent && !r.live })
	p.pauseByKeys()

	// By hand: one who answers, hung up and disposed of by one key, and one whose
	// line is busy, who is promised a call.
	p.dialByKeys(c.e164("10"))
	p.until("the talk", callState("TALKING"))
	p.press('#')
	p.until("readiness", state("READY"))
	c.row(t, "10", "disposed of by one key", func(r callRow) bool { return r.status == "NI" && r.endedBy == dialer.ByAgent && !r.live })
	p.pauseByKeys()
	p.dialByKeys(c.e164("02"))
	p.until("the reason", state("WRAPUP")+` && document.querySelector('[data-testid="about"]').textContent.includes("The line is busy.") && document.querySelector("[data-testid=chosen]").textContent.includes("Busy (B)")`)
	key, err := ask[string](p, `document.querySelector('[data-status=CALLBK]').dataset.key`)
	if err != nil || len(key) != 1 {
		t.Fatalf("the key of a callback is %q, %v", key, err)
	}
	p.press(rune(key[0]))
	p.until("the callback's time", `document.querySelector('[data-testid=callback-says]').textContent.includes(" there, ") && !document.querySelector("#callback-time").hidden`)
	p.press('o')
	p.tabTo("#callback-mine")
	p.press(' ')
	p.until("the agent's own", `document.querySelector("#callback-mine").checked`)
	p.chord(ctrl, '\r')
	p.until("readiness", state("READY"))
	p.pauseByKeys()
	p.until("the callback in the list", `document.querySelector('[data-testid=callbacks]').innerText.includes("(") && document.querySelector("#promises-count").textContent === "1"`)
	p.press('b')
	p.tabTo(`[data-testid^="callback-look-"]`)
	p.until("the day's figures", `/Calls taken\s+2\b/.test(document.querySelector('[data-testid=day]').innerText)`)

	p.press('q')
	p.until("the way out", focused("#sign-out button"))
	p.press('\r')
	p.until("the sign-in page", `location.pathname === "/login"`)
	p.quiet()
}

// checkByKeys runs the check before a shift, which is for everybody.
func (p *page) checkByKeys() {
	p.t.Helper()
	p.do(chromedp.Navigate(p.at + "/login"))
	p.until("the sign-in page", focused("#user"))
	p.tabTo(`a[href="/check"]`)
	p.press('\r')
	p.until("the check", `location.pathname === "/check" && document.readyState === "complete"`)
	p.tabTo("#start")
	p.press('\r')
	p.until("that all is well", `document.querySelector('[data-testid=verdict]').textContent.includes("You can take calls.")`)
	if poor, err := ask[string](p, `[...document.querySelectorAll(".st.bad, .st.mute")].map(e => e.closest("li")?.innerText).join("; ")`); err != nil || poor != "" {
		p.t.Errorf("the check finds %s (%v)", poor, err)
	}
	p.tabTo(`footer a[href="/"]`)
	p.press('\r')
	p.until("the sign-in page again", `location.pathname === "/login" && `+focused("#user"))
}

// signInByKeys signs in at the page that asks for it.
func (p *page) signInByKeys(user, campaign string) {
	p.t.Helper()
	p.typed(user)
	p.tabTo("#password")
	p.typed(p.s.secret)
	p.tabTo("#campaign")
	p.typed(campaign)
	p.until("the campaign's choice", fmt.Sprintf(`document.querySelector("#campaign").selectedOptions[0].textContent.startsWith(%q)`, campaign))
	p.tabTo("form button.main")
	p.press('\r')
	p.until("the desk", `location.pathname === "/desk"`)
	p.until("the phone on the line", `window.trunkline?.phone?.state === "connected" && window.trunkline.snapshot?.phone.connected && `+state("PAUSED"))
}

// pauseByKeys pauses for the first reason.
func (p *page) pauseByKeys() {
	p.t.Helper()
	p.press('p')
	p.press('1')
	p.until("the pause", state("PAUSED"))
}

// dialByKeys calls a number.
func (p *page) dialByKeys(number string) {
	p.t.Helper()
	p.press('d')
	p.until("the dial panel", focused(`[data-testid="dial-number"]`))
	p.typed(number)
	p.press('\r')
}

// typed is a text, key by key.
func (p *page) typed(text string) {
	p.t.Helper()
	for _, key := range text {
		p.press(key)
	}
}

// Keys that are held while another is pressed.
const alt, ctrl = int64(kb.ModifierAlt), int64(kb.ModifierCtrl)

// chord is a key while another is held, which makes no letter of it.
func (p *page) chord(held int64, key rune) {
	p.t.Helper()
	events := kb.Encode(key)
	for _, e := range []*input.DispatchKeyEventParams{events[0], events[len(events)-1]} {
		e.Modifiers |= held
		if _, err := chromedp.Call(p.ctx, input.DispatchKeyEvent, *e); err != nil {
			p.t.Fatalf("the key %q: %v", key, err)
		}
	}
}

// tabTo presses Tab until an element has the focus.
func (p *page) tabTo(selector string) {
	p.t.Helper()
	for range 80 {
		p.press('\t')
		if there, err := ask[bool](p, focused(selector)); err != nil {
			p.t.Fatal(err)
		} else if there {
			return
		}
	}
	p.t.Fatalf("Tab does not come to %s", selector)
}

// focused is an expression: whether an element has the focus.
func focused(selector string) string {
	return fmt.Sprintf(`(document.activeElement?.matches(%q) ?? false)`, selector)
}

// open is an expression: whether a panel is open.
func open(id string) string {
	return fmt.Sprintf(`document.querySelector("#%s").matches(":popover-open")`, id)
}

// callState is an expression that is true while the page shows a call so.
func callState(s string) string {
	return fmt.Sprintf(`(window.trunkline?.snapshot?.call?.state === %q)`, s)
}

// visible is an expression: whether an element of the page is seen.
func visible(id string) string {
	return fmt.Sprintf(`document.querySelector('[data-testid=%q]')?.checkVisibility()`, id)
}
