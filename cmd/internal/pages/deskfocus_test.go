package pages

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestDeskIsWalkedByTab: with a customer on the line, Tab goes to everything that
// can be clicked or typed into, one after the other, each where it can be seen and
// marked as what has the focus; and what the desk is told meanwhile does not take
// the focus away.
func TestDeskIsWalkedByTab(t *testing.T) {
	o := newOffice(t)
	o.exec(`UPDATE servers SET listening = 1, beat_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR WHERE id = 1`)
	w := o.browse()
	w.seatNadia()
	w.signIn("nadia")
	w.until("the desk", `window.trunkline?.snapshot?.state === "PAUSED"`)
	w.turn(`state = 'INCALL', call_id = 7003, pause_code = ''`, `document.querySelector('[data-testid=lead-email]')?.value === "marisol@example.com" && document.querySelector('[data-testid=history-rows]')?.innerText.includes("two-year")`)

	// What Tab must reach. Of a group of which one is chosen by the arrows, one.
	const reach = `window.stops = [...document.querySelectorAll("button, a[href], input, select, textarea, summary, [tabindex]")]
		.filter(e => e.tabIndex >= 0 && !e.disabled && e.type !== "hidden" && e.checkVisibility({visibilityProperty: true}));
		document.activeElement.blur(); window.getSelection().removeAllRanges(); window.stops.length`
	want, err := ask[int](w, reach)
	if err != nil || want < 30 {
		t.Fatalf("%d places to go to, %v", want, err)
	}
	const look = `(() => {
		const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
		if (e === document.body) return "body";
		const at = window.stops.indexOf(e), name = (e.dataset.testid || e.id || e.outerHTML.slice(0, 80));
		const marked = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== "none";
		const seen = r.bottom > 0 && r.right > 0 && r.top < innerHeight && r.left < innerWidth && e.contains(document.elementFromPoint(
			Math.min(Math.max(r.left + r.width / 2, 1), innerWidth - 2), Math.min(Math.max(r.top + Math.min(r.height, 20) / 2, 1), innerHeight - 2)));
		return at + " " + (marked ? "" : "UNMARKED ") + (seen ? "" : "UNSEEN ") + name;
	})()`
	var stops []string
	for range want + 10 {
		w.do(chromedp.KeyEvent(kb.Tab))
		stop, err := ask[string](w, look)
		if err != nil {
			t.Fatal(err)
		}
		if stop == "body" || slices.Contains(stops, stop) {
			break // once around
		}
		if strings.Contains(stop, "UNMARKED") || strings.Contains(stop, "UNSEEN") {
			t.Errorf("the focus cannot be seen: %s", stop)
		}
		stops = append(stops, stop)
	}
	if len(stops) != want {
		missed, _ := ask[[]string](w, `window.stops.map((e, i) => i + " " + (e.dataset.testid || e.id || e.outerHTML.slice(0, 80)))`)
		missed = slices.DeleteFunc(missed, func(m string) bool {
			return slices.ContainsFunc(stops, func(s string) bool { return strings.HasPrefix(s, m[:strings.Index(m, " ")+1]) })
		})
		t.Errorf("Tab stops at %d of %d places and misses %q", len(stops), want, missed)
	}

	w.run(`document.querySelector('[data-testid=lead-city]').focus()`)
	w.do(chromedp.KeyEvent("X"))
	w.exec(`UPDATE calls SET live = NULL, state = 'ENDED', ended_by = 'lead', ended_at = UTC_TIMESTAMP(6) WHERE id = 7003`)
	w.turn(`state = 'WRAPUP'`, `window.trunkline?.snapshot?.state === "WRAPUP"`)
	if kept, err := ask[bool](w, `document.activeElement.dataset.testid === "lead-city" && document.activeElement.value.includes("X")`); err != nil || !kept {
		t.Errorf("the end of the call takes the focus, or what was typed (%v)", err)
	}

	// Of more outcomes than there are keys, the rest have O and a letter; H by itself
	// stays the desk's own.
	o.exec(`INSERT INTO statuses (status, name, position, selectable) WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 20) SELECT CONCAT('Z', i), CONCAT('Further ', i), 100 + i, 1 FROM n`)
	w.open("/desk")
	w.until("the outcomes", `document.querySelector('#outcome:not([hidden]) [data-key="OH"]')`)
	wanted, err := ask[string](w, `document.querySelector('[data-key="OH"]').dataset.status`)
	if err != nil {
		t.Fatal(err)
	}
	w.do(chromedp.KeyEvent("h"), chromedp.KeyEvent("o"), chromedp.KeyEvent("h"))
	w.until("the outcome", `document.querySelector('[data-testid=chosen]').textContent.endsWith("(`+wanted+`).")`)
	w.quiet("the desk")
}
