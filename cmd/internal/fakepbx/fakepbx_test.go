package fakepbx_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"trunkline/ami"
	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/fakepbx"
	"trunkline/dialer"
	"trunkline/dialer/asterisk"
	"trunkline/sql/private"
)

// ear writes down what a listen would hear.
type ear struct {
	mu   sync.Mutex
	all  []dialer.LegEvent
	live chan struct{}
}

func (e *ear) Leg(ev dialer.LegEvent) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, ev)
}
func (e *ear) Poke(context.Context)                 {}
func (e *ear) Click(context.Context, dialer.Intent) {}
func (e *ear) Phone(string, bool, time.Time)        {}
func (e *ear) Peer(dialer.ServerID, bool, time.Time) {
}
func (e *ear) Gap()                 {}
func (e *ear) Live(context.Context) { close(e.live) }
func (e *ear) Missed()              {}

// of are the kinds of what happened to a channel, one after the other, without
// repetitions: an answer may be told as a state, a Dial event or both. That an
// originate failed comes by AMI, at any time beside the others; that a channel is
// there comes only when it is younger than Asterisk's subscription of the
// application to all channels, and listen makes nothing of it.
func (e *ear) of(channel string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []string
	for _, ev := range e.all {
		if ev.Channel != channel || ev.Kind == dialer.LegFailed || ev.Kind == dialer.LegCreated {
			continue
		}
		what := string(ev.Kind)
		switch ev.Kind {
		case dialer.LegEnded:
			what += fmt.Sprintf(" (cause %d, SIP %d)", ev.Cause, ev.SIPCode)
		case dialer.LegJoined, dialer.LegLeft:
			what += " " + ev.Bridge
		}
		all = append(all, what)
	}
	return strings.Join(slices.Compact(all), ", ")
}

func (e *ear) failed(channel string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.ContainsFunc(e.all, func(ev dialer.LegEvent) bool { return ev.Kind == dialer.LegFailed && ev.Channel == channel })
}

func (e *ear) guest() (channel string, g *dialer.Guest) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ev := range e.all {
		if ev.Guest != nil {
			return ev.Channel, ev.Guest
		}
	}
	return "", nil
}

// line is a listen's connection to an Asterisk, real or scripted.
func line(t *testing.T, a asterisk.Access) (*asterisk.Line, *ear) {
	t.Helper()
	l, err := asterisk.Dial(a, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	e := &ear{live: make(chan struct{})}
	l.Attach(e)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = l.Run(ctx)
	}()
	t.Cleanup(func() { stop(); <-ended })
	select {
	case <-e.live:
	case <-time.After(30 * time.Second):
		t.Fatal("the line does not come up")
	}
	return l, e
}

func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	limit := time.NewTimer(20 * time.Second)
	defer limit.Stop()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for !so() {
		select {
		case <-look.C:
		case <-limit.C:
			t.Fatalf("never: %s", what)
		}
	}
}

func scripted(t *testing.T, ex *fakepbx.Exchange, trunk string) (*fakepbx.Server, asterisk.Access) {
	t.Helper()
	s, err := ex.Start("secret")
	if err != nil {
		t.Fatal(err)
	}
	s.Known(trunk)
	t.Cleanup(s.Close)
	return s, asterisk.Access{AMI: s.AMI(), AMIUser: "listen", AMISecret: "secret", ARI: s.ARI(), ARIUser: "trunkline", ARISecret: "secret"}
}

// script answers numbers that end in 00 and refuses the others as busy, as the
// simulated carrier does with 00 and 02.
func script(number string) fakepbx.Party {
	if strings.HasSuffix(number, "00") {
		return fakepbx.Party{Rings: 50 * time.Millisecond, Answers: true}
	}
	return fakepbx.Party{Rings: 20 * time.Millisecond, SIPCode: 486, Cause: 17}
}

// calls has a listen's line place a call that is answered, joined to a bridge and
// ended by us, and one that is refused, and gives what was told of each, and what
// Asterisk noted.
func calls(t *testing.T, l *asterisk.Line, e *ear) (told [2]string, notes [2]dialer.Note) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	carrier := dialer.Carrier{Name: "simulated"}
	answered, refused := dialer.CallID(4711), dialer.CallID(4712)
	for call, number := range map[dialer.CallID]string{answered: "+12025550100", refused: "+12025550102"} {
		err := l.PBX.Originate(ctx, dialer.Origin{Call: call, E164: number, Carrier: carrier, CallerID: "+12125550100", Timeout: 20 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
	}
	await(t, "the call arrives", func() bool { return strings.HasSuffix(e.of(answered.Channel()), string(dialer.LegArrived)) })
	bridge := dialer.SessionID(7).Bridge()
	if err := l.PBX.Bridge(ctx, bridge); err != nil {
		t.Fatal(err)
	}
	if err := l.PBX.Join(ctx, bridge, answered.Channel()); err != nil {
		t.Fatal(err)
	}
	await(t, "it joins", func() bool { return strings.Contains(e.of(answered.Channel()), "joined") })
	seen, err := l.PBX.Survey(ctx)
	if err != nil || len(seen.Legs) != 1 || seen.Legs[0].Bridge != bridge || !seen.Legs[0].Up || !seen.Legs[0].Arrived || seen.Legs[0].UpAt.IsZero() {
		t.Errorf("a survey finds %+v (%v)", seen.Legs, err)
	}
	if err := l.PBX.Hangup(ctx, answered.Channel(), 16); err != nil {
		t.Fatal(err)
	}
	for _, call := range []dialer.CallID{answered, refused} {
		await(t, "it ends", func() bool { return strings.Contains(e.of(call.Channel()), string(dialer.LegEnded)) })
	}
	await(t, "AMI says that it failed", func() bool { return e.failed(refused.Channel()) })
	if err := l.PBX.Join(ctx, bridge, answered.Channel()); err == nil {
		t.Error("a channel that is gone joins")
	}
	seen, err = l.PBX.Survey(ctx)
	if err != nil || len(seen.Legs) != 0 {
		t.Errorf("afterwards a survey finds %+v (%v)", seen.Legs, err)
	}
	notes = [2]dialer.Note{seen.Notes[answered], seen.Notes[refused]}
	for i := range notes { // the times and ids of this run
		notes[i].EndedAt, notes[i].UpAt, notes[i].AskedAt, notes[i].Rang = time.Time{}, time.Time{}, time.Time{}, false
	}
	if err := l.PBX.Forget(ctx, answered); err != nil {
		t.Fatal(err)
	}
	return [2]string{e.of(answered.Channel()), e.of(refused.Channel())}, notes
}

// know has an Asterisk know the carrier, as keepalive does.
func know(t *testing.T, in, carrier asteriskconf.Instance) {
	t.Helper()
	host, port, err := net.SplitHostPort(carrier.SIP())
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	client := ami.New(ami.Config{Addr: in.AMI(), User: asteriskconf.UserKeepalive, Secret: in.Secrets.Keepalive, EventMask: "off", Log: slog.New(slog.DiscardHandler)})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = client.Run(ctx)
	}()
	defer func() { stop(); <-ended }()
	conf := &asterisk.Conf{Dir: in.GeneratedDir(), AMI: client}
	if _, err := conf.Apply(ctx, dialer.PBXPlan{Carriers: []dialer.Carrier{{Name: "simulated", Host: host, Port: n, Active: true}}}); err != nil {
		t.Fatal(err)
	}
}

// The script tells a listen of calls what Asterisk tells of them.
func TestTheScriptTellsWhatAsteriskTells(t *testing.T) {
	rt, err := asteriskconf.Find("../../../.run")
	private.Missing(t, err)
	run := t.TempDir()
	carrier, err := asteriskconf.Start(t.Context(), rt, asteriskconf.Instance{Kind: asteriskconf.Carrier, RunDir: run, DiesWithParent: true, Mute: true, RingMin: 1, RingMax: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = carrier.Stop(context.Background()) })
	pbx, err := asteriskconf.Start(t.Context(), rt, asteriskconf.Instance{Kind: asteriskconf.PBX, RunDir: run, DiesWithParent: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pbx.Stop(context.Background()) })
	in := pbx.Instance
	know(t, in, carrier.Instance)
	l, e := line(t, asterisk.Access{AMI: in.AMI(), AMIUser: asteriskconf.UserListen, AMISecret: in.Secrets.Listen, ARI: in.ARI(), ARIUser: asteriskconf.UserARI, ARISecret: in.Secrets.ARI})
	told, noted := calls(t, l, e)

	_, a := scripted(t, &fakepbx.Exchange{Party: script}, "tl-peer-1")
	l, e = line(t, a)
	fake, fakeNoted := calls(t, l, e)
	for i, what := range []string{"answered", "refused"} {
		if fake[i] != told[i] {
			t.Errorf("%s: Asterisk tells\n  %s\nand the script\n  %s", what, told[i], fake[i])
		}
		if fakeNoted[i] != noted[i] {
			t.Errorf("%s: Asterisk notes\n  %+v\nand the script\n  %+v", what, noted[i], fakeNoted[i])
		}
	}
}

// A call goes from one scripted server to another, is answered there or refused,
// and ends on both when it ends on one.
func TestACallCrosses(t *testing.T) {
	ex := &fakepbx.Exchange{Party: script}
	one, a := scripted(t, ex, dialer.ServerID(1).Trunk())
	two, b := scripted(t, ex, dialer.ServerID(2).Trunk())
	here, heard := line(t, a)
	there, told := line(t, b)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cross := func(n int) (ferry string) {
		t.Helper()
		id := dialer.FerryID{Call: 99, To: 2, N: n}
		if err := here.PBX.Cross(ctx, dialer.Crossing{ID: id, Session: 7, CallerID: "+12025550100"}); err != nil {
			t.Fatal(err)
		}
		await(t, "the guest arrives", func() bool { channel, _ := told.guest(); return channel != "" })
		return id.Channel()
	}
	ferry := cross(1)
	guest, g := told.guest()
	if g.Session != 7 || g.Call != 99 || g.Peer != dialer.ServerID(1).Trunk() {
		t.Fatalf("the guest is %+v", g)
	}
	if err := there.PBX.Bridge(ctx, "tl-b-7"); err != nil {
		t.Fatal(err)
	}
	if err := there.PBX.Take(ctx, "tl-b-7", guest, g.Peer); err != nil {
		t.Fatal(err)
	}
	await(t, "the ferry arrives", func() bool { return strings.HasSuffix(heard.of(ferry), string(dialer.LegArrived)) })
	if err := there.PBX.Hangup(ctx, guest, 16); err != nil {
		t.Fatal(err)
	}
	await(t, "the ferry ends", func() bool { return strings.HasSuffix(heard.of(ferry), "ended (cause 16, SIP 0)") })

	told.mu.Lock()
	told.all = nil
	told.mu.Unlock()
	ferry = cross(2)
	guest, _ = told.guest()
	if err := there.PBX.Hangup(ctx, guest, 17); err != nil {
		t.Fatal(err)
	}
	await(t, "the refusal", func() bool { return strings.HasSuffix(heard.of(ferry), "ended (cause 17, SIP 486)") })
	if n := one.Channels() + two.Channels(); n != 0 {
		t.Errorf("%d channels are left", n)
	}
}
