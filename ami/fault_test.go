package ami

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	goami "github.com/heltonmarx/goami/ami"
)

func TestWaitingCallsFailAtOnceWhenTheSessionIsLost(t *testing.T) {
	const n = 50
	c := start(t, Config{ActionTimeout: time.Hour}, func(p *peer) {
		p.login()
		for range n {
			p.action()
		}
		p.raw("Response: Success\r\nActionID: hal") // and no more
	}, each(nil))
	wait(t, c)
	errs := make(chan error, n)
	for range n {
		go func() {
			_, err := c.Originate(t.Context(), Originate{Channel: "PJSIP/1", Application: "Echo", ChannelID: "x"})
			errs <- err
		}()
	}
	for range n {
		if err := <-errs; !errors.Is(err, ErrDisconnected) || !InDoubt(err) {
			t.Fatalf("originate: %v", err)
		}
	}
	wait(t, c) // and it comes back
}

func TestNoAnswerAndTheLateOneIsSwallowed(t *testing.T) {
	late := make(chan struct{})
	c := start(t, Config{ActionTimeout: time.Hour, OnEvent: func(e Event) {
		t.Errorf("stray event %v", e)
	}}, each(func(p *peer, a Event) bool {
		switch a.Get("Action") {
		case "CoreShowChannels":
			go func() {
				p.ok(a, "EventList: start")
				p.send("Event: CoreShowChannel", "ActionID: "+a.ActionID())
				<-late
				p.send("Event: CoreShowChannel", "ActionID: "+a.ActionID())
				p.send("Event: CoreShowChannelsComplete", "EventList: Complete", "ActionID: "+a.ActionID())
			}()
			return true
		case "CoreStatus":
			go func() { <-late; p.ok(a) }()
			return true
		}
		return false
	}))
	wait(t, c)
	for _, f := range []func(context.Context) error{
		func(ctx context.Context) error { _, err := c.CoreShowChannels(ctx); return err },
		func(ctx context.Context) error { _, err := c.CoreStatus(ctx); return err },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		errs := make(chan error)
		go func() { errs <- f(ctx) }()
		if err := c.Ping(t.Context()); err != nil { // the action before it is on its way
			t.Fatal(err)
		}
		k := c.session.Load()
		for sent := false; !sent; { // cancelled only after the write
			k.mu.Lock()
			for _, w := range k.calls {
				sent = sent || w.sent && !w.gone
			}
			k.mu.Unlock()
			runtime.Gosched()
		}
		cancel()
		if err := <-errs; !errors.Is(err, ErrNoAnswer) || !errors.Is(err, context.Canceled) || !InDoubt(err) {
			t.Fatalf("cancelled: %v", err)
		}
	}
	close(late)
	k := c.session.Load()
	for left := 1; left > 0; { // pings until the late messages have been read
		if err := c.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		k.mu.Lock()
		left = len(k.calls)
		k.mu.Unlock()
	}
	must(t, c.Stats().Odd == 0, "late answers counted as odd: %+v", c.Stats())
}

func TestGarbageIsSurvived(t *testing.T) {
	events := make(chan Event, 4)
	c := start(t, Config{OnEvent: func(e Event) { events <- e }}, func(p *peer) {
		p.login()
		p.raw("\x00\xff\xfe garbage without colon\r\n::::\r\n: no name\r\n\r\n")
		p.raw("Response: Success\r\nActionID: nobody\r\n\r\n")
		p.raw("Response: Error\r\nMessage: Missing action in request\r\n\r\n")
		p.raw("\r\n\r\n\r\nEvent: LF\nKey:value\n\n")
		p.raw("Event: Spaces\r\n  Key  :   kept \r\n\r\n")
		each(nil)(&peer{nc: p.nc, rd: p.rd})
	})
	wait(t, c)
	e := <-events
	must(t, e.Name == "LF" && e.Get("Key") == "value", "LF event %+v", e)
	e = <-events
	must(t, e.Get("Key") == "  kept ", "value %q", e.Get("Key"))
	must(t, c.Stats().Odd == 3, "odd %d", c.Stats().Odd)
}

func TestEndlessLineDropsTheConnection(t *testing.T) {
	for name, flood := range map[string]func(*peer){
		"line":    func(p *peer) { p.raw("Event: " + strings.Repeat("x", 1<<20) + "\r\n\r\n") },
		"no end":  func(p *peer) { p.raw(strings.Repeat("x", 1<<20)) },
		"headers": func(p *peer) { p.raw(strings.Repeat("A: b\r\n", maxMessage/32)) },
	} {
		t.Run(name, func(t *testing.T) {
			downs := make(chan error, 1)
			c := start(t, Config{OnDisconnect: func(err error) { downs <- err }},
				func(p *peer) { p.login(); flood(p); p.action() }, each(nil))
			err := <-downs
			must(t, errors.Is(err, errTooLong), "down: %v", err)
			wait(t, c)
		})
	}
}

// What is odd is counted over all sessions, and logged once.
func TestOdditiesAreLoggedOnce(t *testing.T) {
	var said strings.Builder
	odd := func(p *peer) {
		p.login()
		p.raw("Response: Success\r\nActionID: nobody\r\n\r\nno header at all\r\n\r\n")
	}
	c, stop := startStop(t, Config{Log: slog.New(slog.NewTextHandler(&said, nil))},
		odd,
		func(p *peer) { odd(p); p.raw("Event: " + strings.Repeat("x", 1<<20) + "\r\n\r\n"); p.action() },
		func(p *peer) { odd(p); p.raw("Event: half a mess") },
		each(nil))
	for c.Stats().Sessions < 4 {
		runtime.Gosched()
	}
	wait(t, c)
	stop()
	must(t, c.Stats().Odd == 8, "odd %d", c.Stats().Odd)
	must(t, strings.Count(said.String(), "sends what it should not") == 1, "said:\n%s", &said)
}

func TestNotAnAsterisk(t *testing.T) {
	c := start(t, Config{},
		func(p *peer) { p.raw("SSH-2.0-OpenSSH_9.2\r\n") },
		func(p *peer) { p.raw("no line end, and gone") },
		func(p *peer) {},
		each(nil))
	wait(t, c)
}

// A restarting Asterisk keeps its sockets open and mute: only the ping tells.
func TestMutePeerIsFoundByThePing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		downs := make(chan error, 1)
		c, stop := startStop(t, Config{OnDisconnect: func(err error) { downs <- err }}, func(p *peer) {
			p.login()
			for ok := true; ok; { // reads on, and says nothing
				_, ok = p.action()
			}
		}, each(nil))
		defer stop()
		wait(t, c)
		since := time.Now()
		err := <-downs
		must(t, errors.Is(err, ErrNoAnswer), "down: %v", err)
		must(t, time.Since(since) == 15*time.Second, "found after %v", time.Since(since))
		wait(t, c)
		time.Sleep(time.Minute)
		must(t, c.Connected() && c.Stats().Sessions == 2, "lost an answering peer")
	})
}

// A peer that stops reading must not hold a call longer than its deadline.
func TestPeerThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leave := make(chan struct{})
		c, stop := startStop(t, Config{PingInterval: time.Hour}, func(p *peer) { p.login(); <-leave }, each(nil))
		defer stop()
		wait(t, c)
		var calls sync.WaitGroup
		for range 3 {
			calls.Go(func() {
				if err := c.Ping(t.Context()); err == nil {
					t.Error("answered by nobody")
				}
			})
		}
		calls.Wait()
		close(leave)
		wait(t, c)
	})
}

// Until the handshake is done a mute peer is bounded too.
func TestMuteBeforeTheBanner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mute := func(p *peer) { p.action() }
		c, stop := startStop(t, Config{}, mute, func(p *peer) { p.raw(banner); mute(p); mute(p) }, each(nil))
		defer stop()
		wait(t, c)
	})
}

func TestChosenActionID(t *testing.T) {
	c := start(t, Config{}, each(func(_ *peer, a Event) bool { return a.Get("Action") == "CoreStatus" }))
	wait(t, c)
	ctx, cancel := context.WithCancel(t.Context())
	errs := make(chan error)
	entered := make(chan struct{})
	go func() {
		_, err := c.do(ctx, "mine", nil, func(ctx context.Context, b *bridge) error {
			close(entered)
			_, err := goami.CoreStatus(ctx, b, b.call.id)
			return err
		})
		errs <- err
	}()
	<-entered
	_, err := c.Originate(t.Context(), Originate{ActionID: "mine", Channel: "a", Application: "b"})
	must(t, errors.Is(err, ErrActionID), "second use: %v", err)
	cancel()
	<-errs
}

// An Asterisk that is on its way up is found within a second or so, however long
// it was away; one that refuses the password is left alone for longer.
func TestHowSoonAsteriskIsFoundAgain(t *testing.T) {
	for name, c := range map[string]struct {
		script      func(*peer)
		most, least int // attempts in a minute
	}{
		"away": {func(*peer) {}, 75, 55},
		"another password": {func(p *peer) {
			p.raw(banner)
			if a, ok := p.action(); ok {
				p.send("Response: Error", "ActionID: "+a.ActionID(), "Message: Authentication failed")
			}
		}, 25, 8},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &asterisk{scripts: []func(*peer){c.script}}
				_, stop := startStop(t, Config{Dial: server.pipe})
				defer stop()
				defer server.peers.Wait()
				time.Sleep(time.Minute)
				server.mu.Lock()
				n := server.dials
				server.mu.Unlock()
				must(t, n <= c.most && n >= c.least, "%d attempts in a minute", n)
			})
		})
	}
}
