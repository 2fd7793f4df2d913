package e2e

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	devpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"trunkline/cmd/internal/chromium"
	"trunkline/sql/private"
)

// microphoneHz is the tone that the browser's microphone picks up.
const microphoneHz = 500

// harmless are errors on the console that are none of the page's.
var harmless = []string{
	// A page that is reloaded or left breaks off its own stream and socket.
	"net::ERR_ABORTED", "net::ERR_NETWORK_CHANGED",
	// So does a browser whose network a test has taken away.
	"net::ERR_CONNECTION_REFUSED", "net::ERR_CONNECTION_RESET", "net::ERR_SOCKET_NOT_CONNECTED", "net::ERR_EMPTY_RESPONSE", "net::ERR_INCOMPLETE_CHUNKED_ENCODING",
	"Page entered Back-Forward Cache",
	"WebSocket is closed before the connection is established",
}

// page is a browser with the agent's screen in it.
type page struct {
	t   *testing.T
	s   *stage
	ctx context.Context
	at  string // the web role's address

	mu     sync.Mutex
	errors []string
}

// browse starts a browser that has nothing but this machine, with a microphone
// that hears a tone.
func (s *stage) browse(t *testing.T) *page {
	t.Helper()
	_, missing := chromium.Find()
	private.Missing(t, missing)
	dir, err := os.MkdirTemp(s.dir, "browser-") // goes with the stage, should Chromium be slow to let go of it
	if err != nil {
		t.Fatal(err)
	}
	b, err := chromium.Start(t.Context(), chromium.Options{Dir: dir, Width: 1440, Height: 900, Wait: limit, Microphone: microphoneHz})
	if err != nil {
		t.Fatal(err)
	}
	p := &page{t: t, s: s, ctx: b.Context, at: s.cfg.Web.PublicURL}
	t.Cleanup(func() {
		if t.Failed() {
			p.voices()
			t.Logf("the browser's output:\n%s", b.Said())
		}
		b.Close()
	})
	err = chromedp.Listen(p.ctx, p.told)
	if err == nil {
		_, err = chromedp.Call(p.ctx, devpage.AddScriptToEvaluateOnNewDocument, devpage.AddScriptToEvaluateOnNewDocumentParams{Source: keepCalls})
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// told keeps the errors that the page writes to the console.
func (p *page) told(event any) {
	text := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text = "exception: " + e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type != runtime.ConsoleAPICalledTypeError && e.Type != runtime.ConsoleAPICalledTypeAssert {
			return
		}
		for _, arg := range e.Args {
			text += fmt.Sprint(" ", string(arg.Value), arg.Description)
		}
	case *log.EventEntryAdded:
		if e.Entry.Level != log.EntryLevelError {
			return
		}
		text = e.Entry.Text + " " + e.Entry.URL
	}
	if text == "" || slices.ContainsFunc(harmless, func(h string) bool { return strings.Contains(text, h) }) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.errors = append(p.errors, text)
}

// said takes one error with this text, which the test has brought about, off the
// console.
func (p *page) said(text string) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.errors, func(e string) bool { return strings.Contains(e, text) })
	if i < 0 {
		p.t.Errorf("the console does not say %q", text)
		return
	}
	p.errors = slices.Delete(p.errors, i, i+1)
}

// quiet fails the test for every error on the console.
func (p *page) quiet() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.errors {
		p.t.Errorf("on the console: %s", e)
	}
	p.errors = nil
}

func (p *page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, limit)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("in the browser: %v", err)
	}
}

// ask evaluates an expression in a page.
func ask[T any](p *page, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, limit)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// until waits for an expression to be true, through reloads and redirects.
func (p *page) until(what, expression string) {
	p.t.Helper()
	err := p.s.await(func() (bool, error) {
		yes, err := ask[bool](p, "!!("+expression+")")
		return err == nil && yes, nil // between two pages there is nothing to ask
	})
	if err != nil {
		state, _ := ask[string](p, `JSON.stringify({at: location.href, text: document.body?.innerText.slice(0, 1500), phone: window.trunkline?.phone?.state, problem: window.trunkline?.phone?.problem, snapshot: window.trunkline?.snapshot})`)
		p.t.Fatalf("%s on the page: %v\n%s", what, err, state)
	}
}

// state is an expression that is true while the page shows that state.
func state(s string) string { return fmt.Sprintf(`window.trunkline?.snapshot?.state === %q`, s) }

// press is one key as a keyboard gives it, text and all in one event: a page
// that takes the key for a command keeps its letter out of a field.
// chromedp.KeyEvent sends the letter by itself, which nothing holds back.
func (p *page) press(key rune) {
	p.t.Helper()
	events := kb.Encode(key)
	down, up := events[0], events[len(events)-1]
	if len(events) == 3 {
		down.Text, down.UnmodifiedText = events[1].Text, events[1].UnmodifiedText
	}
	for _, e := range []*input.DispatchKeyEventParams{down, up} {
		if _, err := chromedp.Call(p.ctx, input.DispatchKeyEvent, *e); err != nil {
			p.t.Fatalf("the key %q: %v", key, err)
		}
	}
}

// hearsBoth waits until the page plays two tones at once, none much louder.
func (p *page) hearsBoth(one, other float64) {
	p.t.Helper()
	var last []float64
	err := p.s.await(func() (bool, error) {
		got, err := ask[[]float64](p, fmt.Sprintf(`(() => {
			if (!%s.length) return [];
			const {analyser, context} = window.ear, bins = new Float32Array(analyser.frequencyBinCount);
			analyser.getFloatFrequencyData(bins);
			const at = hz => Math.max(-200, ...bins.slice(Math.round((hz - 15) * analyser.fftSize / context.sampleRate), Math.round((hz + 15) * analyser.fftSize / context.sampleRate)));
			return [at(%v), at(%v), at(%v)];
		})()`, chromium.Ear, one, other, (one+other)/2))
		if err != nil || len(got) != 3 {
			return false, nil
		}
		last = got
		return min(got[0], got[1]) > -60 && got[2] < min(got[0], got[1])-10, nil
	})
	if err != nil {
		p.t.Fatalf("the page does not hear %v and %v Hz but, at them and between, %.0f dB: %v", one, other, last, err)
	}
}

// hears waits until the loudest that the page plays is a tone, or with nothing
// audible for 0 Hz.
func (p *page) hears(hz float64) {
	p.t.Helper()
	var last []float64
	err := p.s.await(func() (bool, error) {
		got, err := ask[[]float64](p, chromium.Ear)
		if err != nil || len(got) != 2 {
			return false, nil
		}
		last = got
		if hz == 0 {
			return got[1] < -70, nil
		}
		return chromium.Hears(got, hz), nil
	})
	if err != nil {
		p.t.Fatalf("the page does not hear %v Hz but %v: %v", hz, last, err)
	}
}
