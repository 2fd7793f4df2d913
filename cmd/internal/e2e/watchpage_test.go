package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"trunkline/cmd/internal/app"
	"trunkline/dialer"
)

// TestSupervisorsPage: a supervisor's phone is the browser, as an agent's is.
// The microphone is the tone of 500 Hz, which no other phone here sends.
func TestSupervisorsPage(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	p := s.browse(t)
	c := s.campaign(t, []string{"31"}, nil)
	h := c.toneHand(t, "32")
	boss := "boss-" + string(c.id)
	c.hireWith(t, boss, dialer.RoleAdmin, func(id dialer.UserID) dialer.Phone { return app.WebRTCPhone(id, boss, s.server) })
	h.ready()
	c.start(t)
	h.untilState(dialer.AgentInCall)
	customer := s.far().HeardFile(c.e164("31")[1:])
	s.hears(t, customer, "the agent", 3, has(2000))

	p.do(
		chromedp.Navigate(s.cfg.Web.PublicURL+"/"),
		chromedp.WaitVisible(chromedp.CSS("#user")),
		chromedp.SendKeys(chromedp.CSS("#user"), boss),
		chromedp.SendKeys(chromedp.CSS("#password"), s.secret+kb.Enter),
	)
	p.until("the way in", `location.pathname !== "/login"`)
	p.do(chromedp.Navigate(s.cfg.Web.PublicURL + "/watch"))
	h.mu.Lock()
	shift := h.snap.Session
	h.mu.Unlock()
	listen := `[data-session="` + shift + `"]`
	p.until("the list of agents", `document.querySelector('`+listen+`')?.checkVisibility()`)
	p.do(chromedp.Click(chromedp.CSS(listen)))
	p.until("the ear", `document.querySelector('#watch-do').checkVisibility() && document.querySelector('#remote-audio').srcObject`)
	p.hearsBoth(1000, 2000)
	s.hears(t, customer, "the agent only", 5, both(has(2000), not(has(microphoneHz))))
	p.do(chromedp.Click(chromedp.CSS(`[data-mode="whisper"]`)))
	p.until("who is listened to, and how", `document.querySelector('`+listen+`[aria-pressed="true"]') && document.querySelector('[data-mode="whisper"][aria-pressed="true"]')`)
	s.hears(t, h.ear, "the supervisor's microphone", 3, has(microphoneHz))
	s.hears(t, customer, "the agent only", 3, both(has(2000), not(has(microphoneHz))))
	p.do(chromedp.Click(chromedp.CSS(`#watch-end`)))
	p.until("the choice of agents again", `!document.querySelector('#watch-do').checkVisibility()`)

	// Nobody stays at an agent's ear whose page is gone.
	p.do(chromedp.Click(chromedp.CSS(listen)))
	p.until("the ear once more", `document.querySelector('#watch-do').checkVisibility() && document.querySelector('#remote-audio').srcObject`)
	p.do(chromedp.Navigate(s.cfg.Web.PublicURL + "/board"))
	s.until(t, "the end of the watch whose page was left", func() (bool, error) {
		var begun, live int
		err := s.sql.QueryRowContext(t.Context(), "SELECT COUNT(*), COUNT(live) FROM watches WHERE session_id = ?", shift).Scan(&begun, &live)
		return begun == 2 && live == 0, err
	})

	// The live board does the same, with the same phone.
	p.until("the agent on the board", visible("agent-"+shift))
	p.do(chromedp.Click(chromedp.CSS(`[data-testid="agent-` + shift + `"]`)))
	p.until("the agent's dialog", visible("do-listen"))
	p.do(chromedp.Click(chromedp.CSS(`[data-testid="do-listen"]`)))
	p.until("the board's ear", `document.querySelector('[data-ear-mode="listen"][aria-pressed="true"]') && document.querySelector('#remote-audio').srcObject`)
	p.hearsBoth(1000, 2000)
	s.hears(t, customer, "the agent only", 3, both(has(2000), not(has(microphoneHz))))
	p.do(chromedp.Click(chromedp.CSS(`[data-ear-mode="whisper"]`)))
	p.until("the whisper", `document.querySelector('[data-ear-mode="whisper"][aria-pressed="true"]')`)
	s.hears(t, h.ear, "the supervisor's microphone", 3, has(microphoneHz))
	s.hears(t, customer, "the agent only", 3, both(has(2000), not(has(microphoneHz))))
	p.do(chromedp.Click(chromedp.CSS(`[data-ear-mode="barge"]`)))
	p.until("joining", `document.querySelector('[data-ear-mode="barge"][aria-pressed="true"]')`)
	s.hears(t, customer, "agent and supervisor", 3, both(has(2000), has(microphoneHz)))
	p.do(chromedp.Click(chromedp.CSS(`[data-ear-mode="takeover"]`)))
	h.untilState(dialer.AgentWrapUp)
	s.hears(t, customer, "the supervisor's microphone only", 3, both(has(microphoneHz), not(has(2000))))
	p.do(chromedp.Click(chromedp.CSS(`#ear-end`)))
	h.dispose("SALE", "ready")
	c.row(t, "31", "ended", func(r callRow) bool { return !r.live })

	// From the same board: the agent is paused, and signed out.
	asked := func(what, says string) {
		p.do(chromedp.Click(chromedp.CSS(`[data-testid="agent-`+shift+`"]`)), chromedp.WaitVisible(chromedp.CSS("#says")),
			chromedp.SendKeys(chromedp.CSS("#says"), says), chromedp.Click(chromedp.CSS(`[data-testid="do-`+what+`"]`)),
			chromedp.WaitVisible(chromedp.CSS(`[data-testid="do-sure"]`)), chromedp.Click(chromedp.CSS(`[data-testid="do-sure"]`)))
		p.until("that it was asked", `!document.querySelector("#agent").open`)
	}
	p.until("the agent's readiness on the board", `document.querySelector("#a-`+shift+`").dataset.class === "ready"`)
	asked("pause", "Come to my desk")
	h.untilState(dialer.AgentPaused)
	p.until("the pause on the board", `document.querySelector("#a-`+shift+`").dataset.class === "paused"`)
	asked("signout", "Fire drill")
	p.until("the empty place on the board", `document.querySelector("#a-`+shift+`") === null`)

	// And the campaign is changed in flight, and stopped.
	p.do(chromedp.Navigate(s.cfg.Web.PublicURL+"/board/"+string(c.id)), chromedp.WaitVisible(chromedp.CSS(`[data-testid="flight"]`)), chromedp.Click(chromedp.CSS(`[data-testid="flight"]`)),
		chromedp.WaitVisible(chromedp.CSS("#dial_level")), chromedp.SetValue(chromedp.CSS("#dial_level"), "1.5"), chromedp.Click(chromedp.CSS(`[data-testid="save"]`)))
	p.until("the board again", `location.pathname === "/board/`+string(c.id)+`" && document.querySelector("#live")?.textContent === "Live"`)
	p.do(chromedp.Click(chromedp.CSS(`[data-testid="stop"]`)), chromedp.WaitVisible(chromedp.CSS(`[data-testid="do-stop"]`)), chromedp.Click(chromedp.CSS(`[data-testid="do-stop"]`)))
	s.until(t, "the campaign as it was set", func() (bool, error) {
		var level float64
		var active bool
		err := s.sql.QueryRowContext(t.Context(), "SELECT dial_level, active FROM campaigns WHERE id = ?", c.id).Scan(&level, &active)
		return level == 1.5 && !active, err
	})
	p.quiet()
}
