package pages

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"trunkline/cmd/internal/chromium"
	"trunkline/sql/private"
)

// limit is how long something in the browser may take on a machine that is busy.
const limit = 60 * time.Second

// axeFile is axe-core, which npm has put beside the pages' libraries.
const axeFile = "../../../webui/assets/node_modules/axe-core/axe.min.js"

// screenshots, in the environment, is the folder for pictures of every page.
const screenshots = "TRUNKLINE_PICTURES"

// window is a real browser on the office's pages.
type window struct {
	*office
	ctx context.Context

	mu     sync.Mutex
	errors []string
}

func (o *office) browse() *window {
	t := o.t
	t.Helper()
	_, missing := chromium.Find()
	private.Missing(t, missing)
	b, err := chromium.Start(t.Context(), chromium.Options{Dir: t.TempDir(), Width: 1280, Height: 900, Wait: limit})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	w := &window{office: o, ctx: b.Context}
	if err := chromedp.Listen(w.ctx, w.told); err != nil {
		t.Fatal(err)
	}
	return w
}

// told keeps the errors that a page writes to the console; the policy's refusals
// are among them.
func (w *window) told(event any) {
	text := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text = "exception: " + e.ExceptionDetails.Text
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			text = e.Entry.Text + " " + e.Entry.URL
		}
	}
	// A page that is left breaks off its own stream; a page that says 404 or 422 is
	// one that was asked for.
	if text == "" || strings.Contains(text, "net::ERR_ABORTED") || strings.Contains(text, "the server responded with a status of 4") || strings.Contains(text, "ERR_INCOMPLETE_CHUNKED_ENCODING") {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.errors = append(w.errors, text)
}

// forget takes out what the console said of a refusal that was asked for.
func (w *window) forget(path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.errors = slices.DeleteFunc(w.errors, func(e string) bool { return strings.HasSuffix(e, path) })
}

// quiet fails for every error on the console since the last time.
func (w *window) quiet(where string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.errors {
		w.t.Errorf("%s: on the console: %s", where, e)
	}
	w.errors = nil
}

func (w *window) do(steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, limit)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		state, _ := ask[string](w, `location.href + " " + document.body?.innerText.slice(0, 800)`)
		w.t.Fatalf("in the browser: %v\n%s", err, state)
	}
}

// ask evaluates an expression in the page.
func ask[T any](w *window, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(w.ctx, limit)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// until waits for an expression to be true, through reloads and redirects.
func (w *window) until(what, expression string) {
	w.t.Helper()
	end := time.Now().Add(limit)
	for look := time.NewTicker(25 * time.Millisecond); ; <-look.C {
		yes, err := ask[bool](w, "!!("+expression+")")
		if err == nil && yes {
			look.Stop()
			return
		}
		if time.Now().After(end) {
			state, _ := ask[string](w, `location.href + " " + document.body?.innerText.slice(0, 800)`)
			w.t.Fatalf("%s does not come: %s", what, state)
		}
	}
}

// signIn types what people type.
func (w *window) signIn(user string) {
	w.t.Helper()
	w.do(
		chromedp.Navigate(w.server.URL+"/login"),
		chromedp.WaitVisible(chromedp.CSS("#user")),
		chromedp.SendKeys(chromedp.CSS("#user"), user),
		chromedp.SendKeys(chromedp.CSS("#password"), password+kb.Enter),
	)
	w.until("the way in", `location.pathname !== "/login"`)
}

// pointer presses or lets go the mouse's button over an element.
func (w *window) pointer(what input.DispatchMouseEventType, selector string) {
	w.t.Helper()
	at, err := ask[[]float64](w, `(r => [r.x + r.width / 2, r.y + r.height / 2])(document.querySelector('`+selector+`').getBoundingClientRect())`)
	if err == nil {
		_, err = chromedp.Call(w.ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: what, X: at[0], Y: at[1], Button: input.MouseButtonLeft, ClickCount: 1})
	}
	if err != nil {
		w.t.Fatalf("the pointer over %s: %v", selector, err)
	}
}

// open goes to a page, and waits for its scripts.
func (w *window) open(path string) {
	w.t.Helper()
	w.do(chromedp.Navigate(w.server.URL + path))
	w.until(path, `document.readyState === "complete"`)
}

// scheme has the reader prefer light or dark.
func (w *window) scheme(mode string) {
	w.t.Helper()
	if _, err := chromedp.Call(w.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: mode}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	}); err != nil {
		w.t.Fatal(err)
	}
}

// What axe-core is asked: everything, or what another theme may change.
const (
	axeAll     = `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`
	axeColours = `{type: "rule", values: ["color-contrast", "link-in-text-block"]}`
)

// axe gives what axe-core finds on the page.
func (w *window) axe(asked string) []string {
	w.t.Helper()
	source, err := os.ReadFile(axeFile)
	private.Missing(w.t, err)
	found, err := ask[[]string](w, string(source)+`
	;axe.run(document, {runOnly: `+asked+`}).then(r =>
	  r.passes.length < `+map[string]string{axeAll: "10", axeColours: "1"}[asked]+` ? ["axe-core looked at nothing"] : r.violations.map(v => v.id + " (" + v.help + "): " + v.nodes.slice(0, 3).map(n => n.target.join(" ") + " " + n.html.slice(0, 160) + " " + (n.any[0]?.message ?? "")).join(" | ")))`)
	if err != nil {
		w.t.Fatalf("axe-core: %v", err)
	}
	return found
}

// pictured tells whether pictures are wanted.
func pictured() bool { return os.Getenv(screenshots) != "" }

// picture keeps the whole page as it looks, if pictures are wanted.
func (w *window) picture(name string) {
	w.t.Helper()
	dir := os.Getenv(screenshots)
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(w.ctx, limit)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// size makes the window so wide and so high.
func (w *window) size(width, height int64) {
	w.t.Helper()
	if _, err := chromedp.Call(w.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1, Mobile: false,
	}); err != nil {
		w.t.Fatal(fmt.Errorf("the size of the window: %w", err))
	}
}
