package pages

import (
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// TestDeskThatIsNotHeard: the server's stream comes, and what the page sends to say
// that it is there does not get through. No call would be routed to it: the desk says
// so, with a customer on the line as well, and takes it back once it is heard.
func TestDeskThatIsNotHeard(t *testing.T) {
	o := newOffice(t)
	w := o.browse()
	w.seatNadia()
	w.signIn("nadia")
	const link, about = `document.querySelector('[data-testid=link]').textContent`, `document.querySelector("#about").textContent`
	w.until("the desk", `window.trunkline?.snapshot?.state === "PAUSED" && `+link+` === "Connected"`)
	w.turn(`state = 'READY', pause_code = ''`, about+`.includes("they are with you at once")`)

	block := func(patterns ...*network.BlockPattern) {
		t.Helper()
		if _, err := chromedp.Call(w.ctx, network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: patterns}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := chromedp.Call(w.ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	block(&network.BlockPattern{URLPattern: "*://*:*/desk/beat", Block: true})
	w.until("that it is not heard", link+` === "Not heard" && `+about+`.startsWith("The server gets no word from this page, so new calls go to other agents.") && !`+about+`.includes("at once") && document.querySelector("#band").classList.contains("watch")`)
	w.turn(`state = 'INCALL', call_id = 7003`, about+`.startsWith("The server gets no word from this page") && `+about+`.includes("(614) 555-0142")`)
	if live, err := ask[bool](w, `document.querySelector("#state").textContent !== "Not live" && `+link+` === "Not heard"`); err != nil || !live {
		t.Errorf("what the stream tells is called old, or the page heard (%v)", err)
	}

	block()
	w.until("that it is heard", link+` === "Connected" && !`+about+`.includes("no word from this page")`)
}
