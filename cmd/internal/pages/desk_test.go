package pages

import (
	"fmt"

	"github.com/chromedp/chromedp"
)

// seatNadia gives nadia a shift on a desk phone, with all that a desk can show.
func (o *office) seatNadia() {
	o.t.Helper()
	for _, q := range []string{
		`UPDATE agent_sessions SET live = NULL, state = 'OUT' WHERE user_id = 4`, // whom other looks had on shift
		`INSERT INTO phones (id, server_id, user_id, login, secret, kind, changed_at) VALUES (50, 1, 4, 'nadia-desk', 'x', 'sip', UTC_TIMESTAMP(3))`,
		`INSERT IGNORE INTO zone_sets (zones) VALUES ('America/New_York')`,
		`INSERT INTO leads (id, list_id, status, zone_set, e164, phone_code, phone_number, title, first_name, last_name, address1, city, state, postal_code, email, vendor_lead_code, comments, created_at) VALUES
			(900, 1024, 'INCALL', (SELECT id FROM zone_sets WHERE zones = 'America/New_York'), '+16145550142', '1', '6145550142', 'Ms', 'Marisol', 'Quintara', '218 Linden Court', 'Columbus', 'OH', '43004', 'marisol@example.com', '88-10432', 'Wants the two-year price, asks partner first', UTC_TIMESTAMP(3)),
			(901, 1024, 'CALLBK', (SELECT id FROM zone_sets WHERE zones = 'America/New_York'), '+16145550188', '1', '6145550188', '', 'Junia', 'Farrow', '', 'Dayton', 'OH', '', '', '', '', UTC_TIMESTAMP(3))`,
		`INSERT INTO custom_fields (list_id, name, label, type, options, required, position) VALUES (1024, 'supplier', 'Supplier today', 'SELECT', 'Sample Power\nOther', 1, 1), (1024, 'bill', 'Monthly bill, $', 'NUMBER', '', 0, 2),
			(1024, 'wants', 'Wants to know', 'MULTI', 'Price\nGreen power\nMeter', 0, 3), (1024, 'moved', 'Has moved', 'CHECKBOX', '', 0, 4)`,
		`INSERT INTO lead_custom (lead_id, vals) VALUES (900, '{"supplier": "Sample Power", "bill": "142", "wants": "Price,Meter"}')`,
		`INSERT INTO web_forms (id, name, campaign_id, url, position, changed_at) VALUES ('ORDER', 'Quote form', 'AUTUMN', 'https://crm.example.com/q?l={lead_id}&n={last_name}&s={supplier}', 1, UTC_TIMESTAMP(3)), ('DESK', 'Knowledge base', '', 'https://kb.example.com/', 2, UTC_TIMESTAMP(3))`,
		`INSERT INTO transfer_presets (campaign_id, name, e164, position) VALUES ('AUTUMN', 'Verification', '+16145550133', 1), ('', 'Billing', '+16145550134', 2), ('', 'Spanish team', '+16145550135', 3)`,
		`UPDATE campaigns SET script_id = 'OPENING', call_from_min = 540, call_to_min = 1200 WHERE id = 'AUTUMN'`,
		`INSERT INTO call_times (id, name, mon, tue, wed, thu, fri, sat, sun, states, holidays, campaigns, hours, changed_at)
			VALUES ('WEEK', 'Week', '', '', '', '', '', '', '', '', 0, 'AUTUMN', 'Mon-Sat 9:00-20:00', UTC_TIMESTAMP(3))`,
		`INSERT INTO calls (id, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, session_id, user_id, placed_at, answered_at, bridged_at, ended_at, status) VALUES
			(7001, 'ENDED', 'AUTUMN', 1024, 900, '+16145550142', 1, 1, 800, 5, UTC_TIMESTAMP(6) - INTERVAL 3 DAY, UTC_TIMESTAMP(6) - INTERVAL 3 DAY, UTC_TIMESTAMP(6) - INTERVAL 3 DAY, UTC_TIMESTAMP(6) - INTERVAL 3 DAY + INTERVAL 182 SECOND, 'CALLBK'),
			(7002, 'ENDED', 'AUTUMN', 1024, 900, '+16145550142', 1, 1, NULL, NULL, UTC_TIMESTAMP(6) - INTERVAL 5 DAY, NULL, NULL, UTC_TIMESTAMP(6) - INTERVAL 5 DAY + INTERVAL 26 SECOND, 'NA')`,
		`INSERT INTO call_notes (call_id, lead_id, user_id, at, note) VALUES (7001, 900, 5, UTC_TIMESTAMP(3), 'Wants the two-year price, asks partner first')`,
		`INSERT INTO calls (id, live, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, session_id, user_id, placed_at, answered_at, bridged_at) VALUES
			(7003, 1, 'TALKING', 'AUTUMN', 1024, 900, '+16145550142', 1, 1, 800, 4, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))`,
		`INSERT INTO callbacks (open, campaign_id, lead_id, kind, user_id, due_at, zone, state, comments, made_by, created_at, changed_at) VALUES
			(1, 'AUTUMN', 901, 'USERONLY', 4, UTC_TIMESTAMP(3) - INTERVAL 5 MINUTE, 'America/New_York', 'ACTIVE', 'Decision after talking with the landlord', 4, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))`,
		`INSERT INTO agent_sessions (id, live, user_id, campaign_id, server_id, phone_id, state, pause_code, state_since, leg, seen_at, logged_in_at) VALUES
			(800, 1, 4, 'AUTUMN', 1, 50, 'PAUSED', 'BREAK', UTC_TIMESTAMP(3), 'tl-a-800-1', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))`,
		`INSERT INTO agent_log (session_id, user_id, campaign_id, state, from_at, to_at) VALUES (800, 4, 'AUTUMN', 'READY', UTC_TIMESTAMP(3) - INTERVAL 90 SECOND, UTC_TIMESTAMP(3) - INTERVAL 30 SECOND)`,
	} {
		o.exec(q)
	}
}

// turn brings nadia's desk into a state, as listen does: with its event.
func (w *window) turn(set, shows string) {
	w.t.Helper()
	w.exec(`UPDATE agent_sessions SET ` + set + ` WHERE id = 800`)
	w.exec(`INSERT INTO events (at, server_id, kind, session_id, campaign_id) VALUES (UTC_TIMESTAMP(3), 1, 'agent', 800, 'AUTUMN')`)
	w.until("the desk with "+set, shows)
}

// lookAtTheCalendar chooses a callback's time by the customer's calendar: what is
// closed says why, is not chosen, and is not sent.
func (w *window) lookAtTheCalendar(text func(id, has string) string) {
	w.t.Helper()
	const closed = "No calls at that hour in America/New_York; rule DEFAULT-HOURS allows calls from 09:00 to 20:00."
	w.until("the hours of the day", `[...document.querySelectorAll("#callback-time optgroup")].some(g => g.label === "Closed. `+closed+`" && [...g.children].every(o => o.disabled)) &&
		!document.querySelector("#callback-time").selectedOptions[0].disabled`)
	w.run(`document.querySelector("#callback-next").click()`)
	const sunday = `document.querySelector('#callback-days [aria-disabled=true][aria-label*="Sunday"]')`
	w.until("the next month", sunday+`?.ariaLabel.endsWith("closed: That is Sunday in America/New_York; the campaign does not call on this day.")`)
	w.run(`window.before = document.querySelector("#callback-at").value; ` + sunday + `.focus(); ` + sunday + `.click()`)
	w.until("why Sunday is closed", text("callback-says", "That is Sunday")+` && document.querySelector("#callback-at").value === window.before`)
	w.run(`document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight", bubbles: true, cancelable: true}))`)
	w.until("Monday by the arrow", `document.activeElement.ariaLabel?.startsWith("Monday") && document.activeElement.ariaDisabled !== "true"`)
	w.run(`window.monday = document.activeElement.dataset.day; document.activeElement.click()`)
	w.until("Monday chosen", `document.querySelector("#callback-at").value.startsWith(window.monday) && document.activeElement.dataset.day === window.monday && document.activeElement.ariaPressed === "true"`)
	w.run(`const at = document.querySelector("#callback-at"); at.value = window.monday + "T22:15"; at.dispatchEvent(new Event("input", {bubbles: true}))`)
	w.until("why that hour is closed", text("callback-says", closed)+` && document.querySelector("#callback-at").ariaInvalid === "true"`)
	w.run(`document.querySelector('[data-testid=do-save]').click()`)
	w.until("that it is not sent", text("toast", closed))
	w.run(`document.querySelector("#toast-close").click(); const at = document.querySelector("#callback-at"); at.value = window.monday + "T10:30"; at.dispatchEvent(new Event("input", {bubbles: true}))`)
	w.until("an open hour", text("callback-says", "10:30 there,"))
}

// run runs statements in the page.
func (w *window) run(statements string) {
	w.t.Helper()
	if _, err := ask[bool](w, "(() => {"+statements+"; return true})()"); err != nil {
		w.t.Fatalf("%s: %v", statements, err)
	}
}

// lookAtTheDesk looks at each state of the desk as at every page, and does with
// it what an agent does with what is known of a customer.
func (w *window) lookAtTheDesk(look func(name string)) {
	t := w.t
	w.seatNadia()
	w.signIn("nadia")
	shown := func(id string) string {
		return fmt.Sprintf(`document.querySelector('[data-testid=%q]')?.checkVisibility()`, id)
	}
	text := func(id, has string) string {
		return fmt.Sprintf(`document.querySelector('[data-testid=%q]')?.innerText.includes(%q)`, id, has)
	}
	w.until("the callbacks", text("callbacks", "Junia Farrow")+" && "+text("day", "0:01:00")) // a minute of waiting
	look("desk-paused")

	w.turn(`preview_lead = 901`, text("who", "Junia Farrow")+" && "+shown("do-call-lead")+` && document.querySelector('[data-testid=lead-city]')?.value === "Dayton"`)
	look("desk-preview")
	// A reload gives no more time.
	w.exec(`UPDATE campaigns SET preview_s = 600 WHERE id = 'AUTUMN'`)
	left := `Number(/Dial them in (\d+) s/.exec(document.querySelector('[data-testid=do-call-lead]')?.innerText)?.[1])`
	w.turn(`preview_since = UTC_TIMESTAMP(3) - INTERVAL 200 SECOND`, left+" <= 400")
	w.do(chromedp.Reload())
	w.until("the countdown after a reload", left+" <= 400")
	w.exec(`UPDATE campaigns SET preview_s = 0 WHERE id = 'AUTUMN'`)

	w.turn(`preview_lead = 0, state = 'INCALL', call_id = 7003, pause_code = ''`, text("who", "Marisol Quintara")+` && document.querySelector('[data-testid=lead-email]')?.value === "marisol@example.com"`)
	w.until("the script", text("script", "Good day Ms Quintara"))
	w.until("the history and its notes", text("history-rows", "Wants the two-year price"))
	w.until("the web forms", `document.querySelector('[data-form=W]')?.href === "https://crm.example.com/q?l=900&n=Quintara&s=Sample%20Power"`)
	look("desk-call")

	// A field is saved as it is left; what is wrong stays as typed, with a sentence.
	w.do(chromedp.SetValue(chromedp.CSS(`[data-testid=lead-own_bill]`), "155"))
	w.run(`document.querySelector('[data-testid=lead-own_bill]').dispatchEvent(new Event("change"))`)
	w.until("the save", text("lead-saved", "Saved"))
	if got := stored[string](w.office, `SELECT JSON_VALUE(vals, '$.bill') FROM lead_custom WHERE lead_id = 900`); got != "155" {
		t.Errorf("the bill is %q", got)
	}
	// Whom somebody else was faster than is told, and may mean it all the same.
	w.exec(`UPDATE lead_custom SET vals = JSON_SET(vals, '$.bill', '177') WHERE lead_id = 900`)
	w.do(chromedp.SetValue(chromedp.CSS(`[data-testid=lead-own_bill]`), "160"))
	w.run(`document.querySelector('[data-testid=lead-own_bill]').dispatchEvent(new Event("change"))`)
	w.until("that somebody was faster", `document.querySelector("#f-own_bill-error")?.innerText.includes('to "177" meanwhile')`)
	if got := stored[string](w.office, `SELECT JSON_VALUE(vals, '$.bill') FROM lead_custom WHERE lead_id = 900`); got != "177" {
		t.Errorf("the bill is %q: another's was overwritten", got)
	}
	w.run(`document.querySelector('[data-testid=lead-own_bill]').dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true}))`)
	w.until("the save all the same", `document.querySelector("#f-own_bill-error").hidden && document.querySelector('[data-testid=lead-own_bill]').value === "160"`)
	if got := stored[string](w.office, `SELECT JSON_VALUE(vals, '$.bill') FROM lead_custom WHERE lead_id = 900`); got != "160" {
		t.Errorf("the bill is %q", got)
	}
	// What is typed on in while its saving is on its way stays, and was overtaken by
	// nobody.
	w.run(`const real = window.fetch, gate = new Promise((open) => (window.answers = () => { window.fetch = real; open(); }));
		window.fetch = (...a) => a[0] === "/desk/customer" ? real(...a).then((r) => gate.then(() => r)) : real(...a);
		const bill = document.querySelector('[data-testid=lead-own_bill]');
		for (const typed of ["161", "162"]) { bill.value = typed; bill.dispatchEvent(new Event("change")); }
		bill.value = "16"`)
	w.until("the first of two savings", text("lead-saved", "Saving"))
	w.run(`window.answers()`)
	w.until("both, and what was typed since", text("lead-saved", "Saved")+` && document.querySelector("#f-own_bill-error").hidden && document.querySelector('[data-testid=lead-own_bill]').value === "16"`)
	if got := stored[string](w.office, `SELECT JSON_VALUE(vals, '$.bill') FROM lead_custom WHERE lead_id = 900`); got != "162" {
		t.Errorf("the bill is %q", got)
	}
	w.run(`document.querySelector('[data-testid=lead-own_bill]').value = "162"`)
	w.do(chromedp.SetValue(chromedp.CSS(`[data-testid=lead-email]`), "marisol@example"))
	w.run(`document.querySelector('[data-testid=lead-email]').dispatchEvent(new Event("change"))`)
	w.until("the sentence", `document.querySelector("#f-email-error")?.innerText.includes("Ask for the ending") && document.querySelector("#f-email").getAttribute("aria-invalid") === "true"`)
	if got := stored[string](w.office, `SELECT email FROM leads WHERE id = 900`); got != "marisol@example.com" {
		t.Errorf("half an address was saved: %q", got)
	}

	// The transfer panel with its presets, by their keys.
	w.run(`document.activeElement?.blur(); document.querySelector('[data-testid=do-transfer]').click()`)
	w.until("the presets", shown("presets"))
	w.run(`document.activeElement.blur(); document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "2", code: "Digit2", bubbles: true}))`)
	w.until("the preset's number", `document.querySelector('[data-testid=third-number]').value === "(614) 555-0134"`)
	look("desk-transfer")
	w.run(`document.querySelector("#transfer").hidePopover()`)

	// Notices reach the screen by themselves: what a supervisor says, and that the
	// telephony server has gone, with the way out, and that it is back.
	w.exec(`INSERT INTO agent_notices (id, session_id, user_id, kind, says, at) VALUES (1, 800, 3, 'pause', 'Come to my desk', UTC_TIMESTAMP(3))`)
	w.exec(`INSERT INTO events (at, server_id, kind, session_id, campaign_id) VALUES (UTC_TIMESTAMP(3), 1, 'agent', 800, 'AUTUMN')`)
	w.until("the supervisor's notice", `document.body.innerText.includes("Sam S.") && document.body.innerText.includes("Come to my desk")`)
	w.exec(`UPDATE servers SET listening = 1, beat_at = NULL WHERE id = 1`)
	w.until("the server", `!document.querySelector("#server-move").checkVisibility()`)
	w.exec(`UPDATE servers SET listening = 0 WHERE id = 1`)
	w.until("that the server has gone", `document.body.innerText.includes("The telephony server tel-1 does not answer. The call on the line goes on if you still hear each other.") && document.querySelector("#server-move").checkVisibility() && document.querySelector("#server").textContent === "tel-1 is down"`)
	look("desk-server-down")
	w.exec(`UPDATE servers SET listening = 1 WHERE id = 1`)
	w.until("that it is back", `!document.querySelector("#server-move").checkVisibility() && document.body.innerText.includes("The telephony server tel-1 is back.")`)

	w.exec(`UPDATE calls SET live = NULL, state = 'ENDED', ended_by = 'lead', ended_at = UTC_TIMESTAMP(6) WHERE id = 7003`)
	w.turn(`state = 'WRAPUP'`, shown("do-save"))
	w.run(`document.querySelector('[data-testid=status-CALLBK]').click()`)
	w.until("the callback's time", text("callback-says", "there,"))
	w.lookAtTheCalendar(text)
	look("desk-wrapup")

	// The desk opened a second time takes over; the first is told, and can take it back.
	w.exec(`UPDATE agent_sessions SET page = page + 1 WHERE id = 800`)
	w.turn(`page = page`, shown("taken-back"))
	look("desk-taken")
	w.run(`document.querySelector('[data-testid=taken-back]').click()`)
	w.until("the desk again", `!document.querySelector('[data-testid=taken]').open && window.trunkline?.snapshot?.state === "WRAPUP" && document.querySelector("#f-email") !== null`)
	w.quiet("the desk")
	w.goOnElsewhere()
}
