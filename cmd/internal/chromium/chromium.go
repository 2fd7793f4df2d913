// Package chromium starts the real browser of the tests: one that has nothing but
// the hosts it is told of, and, if asked, a microphone that hears a tone and
// speakers that can be listened to.
package chromium

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/chromedp"

	"trunkline/webui/assets"
)

// Options are what can be asked of a browser.
type Options struct {
	Dir           string // a folder of its own, which is there
	Width, Height int
	Wait          time.Duration // what its start may take on a busy machine
	// Microphone is what it hears, in Hz; 0: there is none, and the page may not
	// ask for one.
	Microphone float64
	// Hosts are the addresses besides 127.0.0.1 that it may ask for anything.
	// With any, it takes their certificates as they are: nobody has signed them.
	Hosts []string
}

// Browser is one that runs, on an empty page.
type Browser struct {
	Context context.Context // for chromedp

	mu     sync.Mutex
	said   strings.Builder
	cancel []func()
}

// Find gives Chromium's program, or says what of a browser on our pages is missing.
func Find() (string, error) {
	program, err := exec.LookPath("chromium")
	if err != nil {
		err = fmt.Errorf("there is no Chromium, which make test installs: %w", err)
	}
	if !assets.Bundled() {
		err = errors.Join(err, errors.New("the pages' scripts have not been built (make test builds them)"))
	}
	return program, err
}

// Start starts a browser. It lives until Close, whatever becomes of ctx.
func Start(ctx context.Context, o Options) (*Browser, error) {
	program, err := Find()
	if err != nil {
		return nil, err
	}
	rules := "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1" // nothing outside is asked
	for _, host := range o.Hosts {
		rules += ", EXCLUDE " + host
	}
	b := &Browser{}
	flags := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(program), chromedp.UserDataDir(filepath.Join(o.Dir, "profile")), chromedp.NoSandbox, chromedp.WindowSize(o.Width, o.Height),
		chromedp.Env("HOME=" + o.Dir), // Debian's wrapper and Chromium itself write there
		chromedp.CombinedOutput(b), chromedp.WSURLReadTimeout(o.Wait),
		chromedp.Flag("host-resolver-rules", rules),
		chromedp.Flag("ignore-certificate-errors", len(o.Hosts) > 0),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-gpu", true),
	}
	if o.Microphone != 0 {
		microphone := filepath.Join(o.Dir, "microphone.wav")
		err = WriteWAV(microphone, microphoneRate, beeps(o.Microphone))
		if err != nil {
			return nil, err
		}
		flags = append(flags,
			chromedp.Flag("use-fake-ui-for-media-stream", true),
			chromedp.Flag("use-fake-device-for-media-stream", true),
			chromedp.Flag("use-file-for-fake-audio-capture", microphone),
			chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
			// So that ICE offers 127.0.0.1 and not a name that needs mDNS.
			chromedp.Flag("disable-features", "WebRtcHideLocalIpsWithMdns,OptimizationHints,MediaRouter,Translate"),
			chromedp.Flag("allow-loopback-in-peer-connection", true),
		)
	}
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.WithoutCancel(ctx), slices.Concat(chromedp.DefaultExecAllocatorOptions[:], flags)...)
	window, cancel := chromedp.NewContext(allocator)
	b.Context, b.cancel = window, []func(){cancel, cancelAllocator}
	// It starts with the first use, which is never to have a deadline: that would be
	// the browser's.
	err = chromedp.Listen(window, func(any) {})
	if err != nil {
		b.Close()
		return nil, fmt.Errorf("chromium does not start: %w\n%s", err, b.Said())
	}
	return b, nil
}

// Close ends it, by its own hand if it can.
func (b *Browser) Close() {
	last, stop := context.WithTimeout(b.Context, 10*time.Second)
	defer stop()
	_ = chromedp.Cancel(last) // killed below if it would not
	for _, cancel := range b.cancel {
		cancel()
	}
}

// Write keeps what the browser says.
func (b *Browser) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.said.Write(p)
}

// Said is the end of it.
func (b *Browser) Said() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.said.String()[max(0, b.said.Len()-4000):]
}
