package pages

import "github.com/chromedp/chromedp"

// goOnElsewhere has the desk's server die without a word, so that only its beat
// tells, and the agent go on on another with the one click that the page offers.
func (w *window) goOnElsewhere() {
	w.t.Helper()
	w.exec(`INSERT INTO servers (id, name, telephony, listening, ami_addr) VALUES (2, 'tel-2', 1, 1, '127.0.0.1:5038')`)
	w.exec(`INSERT INTO phones (id, server_id, user_id, login, secret, kind, changed_at) VALUES (51, 2, 4, 'nadia-desk-2', 'x', 'sip', UTC_TIMESTAMP(3))`)
	w.exec(`UPDATE servers SET beat_at = UTC_TIMESTAMP(3) - INTERVAL 4 SECOND WHERE id = 1`)
	w.until("the way out", `document.querySelector("#server-move").checkVisibility()`)
	w.exec(`UPDATE servers SET listening = 0 WHERE id = 2`) // no server is up: the page says so, and the shift stays
	w.do(chromedp.Click(chromedp.CSS("#server-move")))
	w.until("that there is none", `document.querySelector('[data-testid=toast]').innerText.includes("No telephony server with a phone of yours is up.") && window.trunkline.snapshot.server.name === "tel-1"`)
	w.forget("/desk/move")
	w.exec(`UPDATE servers SET listening = 1 WHERE id = 2`)
	w.do(chromedp.Click(chromedp.CSS("#server-move")))
	w.until("the desk on the other server", `window.trunkline?.snapshot?.server.name === "tel-2" && window.trunkline.snapshot.server.up && window.trunkline.snapshot.state === "CONNECT"`)
	w.quiet("the desk on another server")
}
