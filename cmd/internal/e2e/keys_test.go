package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"trunkline/dialer"
)

// TestKeysOfActions: an agent at the page records on demand and pauses, calls
// somebody into the talk, and dials by hand, all with keys.
func TestKeysOfActions(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	p := s.browse(t)
	c := s.campaign(t, []string{"31"}, func(c *dialer.Campaign) { c.Record = dialer.RecordDemand })
	p.signIn(s.agent(t), c)
	p.press('g')
	c.start(t)
	p.until("the call", state("INCALL")+" && "+visible("do-record"))
	p.press('r')
	p.until("the recording", `window.trunkline?.snapshot?.call?.recording`)
	p.press('r')
	p.until("the pause of the recording", `window.trunkline?.snapshot?.call?.recording_paused`)

	p.press('t')
	p.until("the transfer panel", visible("third-number"))
	p.do(chromedp.SendKeys(chromedp.CSS(`[data-testid="third-number"]`), c.e164("32")))
	p.do(chromedp.Click(chromedp.CSS(`[data-testid="third-invite"]`)))
	p.until("the third party", `window.trunkline?.snapshot?.call?.third?.state === "TALKING" && `+visible("third-drop3"))
	s.hears(t, s.far().HeardFile(c.e164("32")[1:]), "the customer", 3, has(1000))
	p.do(chromedp.Click(chromedp.CSS(`[data-testid="third-drop3"]`)))
	p.until("the end of the third party", `window.trunkline?.snapshot?.call?.third?.state === "ENDED" && `+visible("third-invite"))
	p.press('\x1b')
	p.press('#') // Shift and 3: hangs up, saves that outcome, goes ready
	p.until("readiness", state("READY"))
	c.row(t, "31", "disposed of by one key", func(r callRow) bool { return r.status == "NI" && r.endedBy == dialer.ByAgent && !r.live })
	p.press('p')
	p.press('1')
	p.until("the pause", state("PAUSED"))

	p.press('d')
	p.until("the dial panel", visible("dial-number"))
	p.do(chromedp.SendKeys(chromedp.CSS(`[data-testid="dial-number"]`), c.e164("02")))
	p.do(chromedp.Click(chromedp.CSS(`[data-testid="hand-dial"]`)))
	p.until("the reason", state("WRAPUP")+` && document.querySelector('[data-testid="about"]').textContent.includes("The line is busy.")`)
	p.press('3')
	p.press('p')
	p.until("the pause", state("PAUSED"))
	p.quiet()
}

// visible is an expression: whether an element of the page is seen.
func visible(id string) string {
	return fmt.Sprintf(`document.querySelector('[data-testid=%q]')?.checkVisibility()`, id)
}
