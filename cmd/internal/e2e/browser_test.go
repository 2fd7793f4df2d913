package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	devpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"trunkline/sql/private"
	"trunkline/webui/assets"
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

// needBrowser gives Chromium's program.
func needBrowser(t *testing.T) string {
	t.Helper()
	var err error
	if !assets.Bundled() {
		err = errors.New("the pages' scripts have not been built (make test builds them)")
	}
	program, notFound := exec.LookPath("chromium")
	if notFound != nil {
		err = errors.Join(err, fmt.Errorf("there is no Chromium, which make test installs: %w", notFound))
	}
	private.Missing(t, err)
	return program
}

// browse starts a browser that has nothing but this machine, with a microphone
// that hears a tone.
func (s *stage) browse(t *testing.T) *page {
	t.Helper()
	program := needBrowser(t)
	dir, err := os.MkdirTemp(s.dir, "browser-") // goes with the stage, should Chromium be slow to let go of it
	if err != nil {
		t.Fatal(err)
	}
	microphone := filepath.Join(dir, "microphone.wav")
	if err := writeSound(microphone, 48000, beeps(48000)); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	var mu sync.Mutex
	alloc, cancelAlloc := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), slices.Concat(chromedp.DefaultExecAllocatorOptions[:], []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(program), chromedp.UserDataDir(filepath.Join(dir, "profile")), chromedp.NoSandbox, chromedp.WindowSize(1440, 900),
		chromedp.Env("HOME=" + dir), // Debian's wrapper and Chromium itself write there
		chromedp.CombinedOutput(locked{&mu, &said}),
		chromedp.WSURLReadTimeout(limit),
		chromedp.Flag("use-fake-ui-for-media-stream", true),
		chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("use-file-for-fake-audio-capture", microphone),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		// So that ICE offers 127.0.0.1 and not a name that needs mDNS.
		chromedp.Flag("disable-features", "WebRtcHideLocalIpsWithMdns,OptimizationHints,MediaRouter,Translate"),
		chromedp.Flag("allow-loopback-in-peer-connection", true),
		// Nothing outside this machine is to be asked for anything.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("disable-gpu", true),
	})...)
	ctx, cancel := chromedp.NewContext(alloc)
	p := &page{t: t, s: s, ctx: ctx, at: s.cfg.Web.PublicURL}
	t.Cleanup(func() {
		if t.Failed() {
			p.voices()
			mu.Lock()
			defer mu.Unlock()
			t.Logf("the browser's output:\n%s", said.String()[max(0, said.Len()-4000):])
		}
		last, stop := context.WithTimeout(ctx, 10*time.Second)
		defer stop()
		_ = chromedp.Cancel(last) // killed below if it would not
		cancel()
		cancelAlloc()
	})
	// Never a deadline on the first use: it would be the browser's.
	err = chromedp.Listen(ctx, p.told)
	if err == nil {
		_, err = chromedp.Call(ctx, devpage.AddScriptToEvaluateOnNewDocument, devpage.AddScriptToEvaluateOnNewDocumentParams{Source: keepCalls})
	}
	if err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	return p
}

// beeps are half a second of tone and a quarter of silence, again and again: a
// tone that never ends is noise to a browser's noise suppression.
func beeps(hz int) sound {
	var s sound
	for range 20 {
		s = append(s, tone(microphoneHz, hz, 0.5, 12000)...)
		s = append(s, make(sound, hz/4)...)
	}
	return s
}

type locked struct {
	mu *sync.Mutex
	b  *strings.Builder
}

// Write keeps what the browser says.
func (l locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
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

// listen sets up what measures the page's own speaker: the share of the
// loudest frequency is not enough, so levels are given in decibels by hertz.
const listen = `(() => {
  const stream = window.trunkline?.remoteStream ?? document.querySelector("#remote-audio")?.srcObject;
  if (!stream) return [];
  if (window.ear?.stream !== stream) {
    const context = window.ear?.context ?? new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 8192;
    context.createMediaStreamSource(stream).connect(analyser);
    window.ear = {stream, context, analyser};
  }
  const {analyser, context} = window.ear;
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  let best = 0;
  for (let i = 1; i < bins.length; i++) if (bins[i] > bins[best]) best = i;
  return [best * context.sampleRate / analyser.fftSize, bins[best]];
})()`

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
		})()`, listen, one, other, (one+other)/2))
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
		got, err := ask[[]float64](p, `JSON.parse(JSON.stringify(`+listen+`, (k, v) => v === -Infinity ? -200 : v))`)
		if err != nil || len(got) != 2 {
			return false, nil
		}
		last = got
		if hz == 0 {
			return got[1] < -70, nil
		}
		return got[1] > -50 && got[0] > hz-15 && got[0] < hz+15, nil
	})
	if err != nil {
		p.t.Fatalf("the page does not hear %v Hz but %v: %v", hz, last, err)
	}
}
