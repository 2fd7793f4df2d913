package pages

import (
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// goOnElsewhere has the desk's server die without a word, so that only its beat
// tells, and the agent go on on another with the one click, or key, that the page offers.
// What was chosen and typed of the last call is there again: outcome, note, the
// callback's time, and a field that could not be saved.
func (w *window) goOnElsewhere() {
	w.t.Helper()
	w.exec(`INSERT INTO servers (id, name, telephony, listening, ami_addr) VALUES (2, 'tel-2', 1, 1, '127.0.0.1:5038')`)
	w.exec(`INSERT INTO phones (id, server_id, user_id, login, secret, kind, changed_at) VALUES (51, 2, 4, 'nadia-desk-2', 'x', 'sip', UTC_TIMESTAMP(3))`)
	w.do(chromedp.SendKeys(chromedp.CSS("#note"), "wants it in May"))
	w.run(`document.querySelector("#callback-mine").click(); window.promised = document.querySelector("#callback-at").value`)
	w.run(`document.querySelector("#f-email").value = ""`)
	w.do(chromedp.SendKeys(chromedp.CSS("#f-email"), "marisol@nowhere")) // typed, and not left yet
	w.exec(`UPDATE servers SET beat_at = UTC_TIMESTAMP(3) - INTERVAL 4 SECOND WHERE id = 1`)
	w.until("the way out", `document.querySelector("#server-move").checkVisibility()`)
	w.exec(`UPDATE servers SET listening = 0 WHERE id = 2`) // no server is up: the page says so, and the shift stays
	w.do(chromedp.Click(chromedp.CSS("#server-move")))
	w.until("that there is none", `document.querySelector('[data-testid=toast]').innerText.includes("No telephony server with a phone of yours is up.") && window.trunkline.snapshot.server.name === "tel-1"`)
	w.forget("/desk/move")
	w.run(`sessionStorage.setItem("promised", window.promised)`)
	w.exec(`UPDATE servers SET listening = 1 WHERE id = 2`)
	w.do(chromedp.KeyEvent("l", chromedp.KeyModifiers(kb.ModifierAlt))) // the field that is not saved has the focus
	w.until("the wrap-up on the other server", `window.trunkline?.snapshot?.server.name === "tel-2" && window.trunkline.snapshot.server.up && window.trunkline.snapshot.state === "WRAPUP" && window.trunkline.snapshot.call.id === "7003"`)
	w.until("the outcome and the note", `document.querySelector('[data-testid=chosen]').textContent.includes("(CALLBK)") && document.querySelector("#note").value === "wants it in May"`)
	w.until("the callback's time", `document.querySelector("#callback-at").value === sessionStorage.getItem("promised") && document.querySelector("#callback-mine").checked`)
	w.until("the field that is not saved", `document.querySelector('[data-testid=lead-email]')?.value === "marisol@nowhere" && document.querySelector("#f-email-error")?.innerText.includes("Ask for the ending")`)
	w.run(`const email = document.querySelector('[data-testid=lead-email]'); email.value = "marisol@example.org"; email.dispatchEvent(new Event("change"))`)
	w.until("the save", `document.querySelector('[data-testid=lead-saved]').innerText.startsWith("Saved")`)
	w.run(`document.querySelector('[data-testid=do-save]').click()`)
	w.until("that it is let go of", `![...Object.keys(sessionStorage), ...Object.keys(localStorage)].some((key) => /^(draft|typed) /.test(key))`)
	if got := stored[string](w.office, `SELECT args FROM intents WHERE server_id = 2 AND kind = 'dispose' AND open = 1`); !strings.Contains(got, `"status":"CALLBK"`) || !strings.Contains(got, "wants it in May") || !strings.Contains(got, "USERONLY") {
		w.t.Errorf("what the other server is asked to write: %s", got)
	}
	w.quiet("the desk on another server")
}
