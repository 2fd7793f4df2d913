package ami

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	goami "github.com/heltonmarx/goami/ami"
)

// record keeps the actions after the login, answers them with success, and
// gives the last one to each test by way of a ping that follows it.
func record(t *testing.T) (*Client, func() []Event) {
	t.Helper()
	actions := make(chan Event, 1000)
	c := start(t, Config{}, each(func(_ *peer, a Event) bool { actions <- a; return false }))
	wait(t, c)
	return c, func() []Event {
		t.Helper()
		if err := c.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		var list []Event
		for {
			a := <-actions
			if a.Get("Action") == "Ping" {
				return list
			}
			list = append(list, a)
		}
	}
}

func TestOriginate(t *testing.T) {
	c, sent := record(t)
	id, err := c.Originate(t.Context(), Originate{
		Channel: "PJSIP/1555%d@carrier", Application: "Stasis", Data: "app,call,100%",
		Timeout: 22*time.Second + 500*time.Millisecond, CallerID: `"Acme 100%s" <555>`,
		Variables: []Variable{
			{"LEAD", `O"Neil, (Ann) [x] 50%\n`}, {"PJSIP_HEADER(add,X-Id)", "7"}, {"__KEEP", ""}, {"DB(calls/7)", "sent"},
		},
		ChannelID: "call-1", EarlyMedia: true, ActionID: "lead-9",
	})
	must(t, err == nil && id == "lead-9", "originate: %q %v", id, err)
	a := sent()[0]
	for name, want := range map[string]string{
		"ActionID": "lead-9", "Channel": "PJSIP/1555%d@carrier", "Data": "app,call,100%", "Async": "true",
		"Timeout": "22500", "CallerID": `"Acme 100%s" <555>`, "ChannelId": "call-1", "EarlyMedia": "true",
	} {
		must(t, a.Get(name) == want, "%s: %q, want %q", name, a.Get(name), want)
	}
	want := []string{`LEAD=O\"Neil\, \(Ann\) \[x\] 50%\\n`, "PJSIP_HEADER(add,X-Id)=7", "__KEEP=", "DB(calls/7)=sent"}
	must(t, slices.Equal(a.All("Variable"), want), "variables %q", a.All("Variable"))
}

func TestOriginateResponseReachesTheHandlerEvenWhenItIsFast(t *testing.T) {
	const n = 500
	events := make(chan Event, n)
	c := start(t, Config{OnEvent: func(e Event) { events <- e }}, each(func(p *peer, a Event) bool {
		p.raw("Response: Success\r\nActionID: " + a.ActionID() + "\r\n\r\n" +
			"Event: OriginateResponse\r\nActionID: " + a.ActionID() + "\r\nResponse: Failure\r\nReason: 0\r\n\r\n")
		return true
	}))
	wait(t, c)
	for range n {
		id, err := c.Originate(t.Context(), Originate{Channel: "a", Context: "b", Exten: "s", Priority: 1})
		must(t, err == nil, "originate: %v", err)
		e := <-events
		must(t, e.Name == "OriginateResponse" && e.ActionID() == id, "event %+v for %s", e, id)
	}
}

func TestRefusalsAreErrors(t *testing.T) {
	c := start(t, Config{}, each(func(p *peer, a Event) bool {
		switch a.Get("Action") {
		case "PJSIPShowEndpoints":
			p.send("Response: Error", "ActionID: "+a.ActionID(), "Message: No endpoints found")
		case "Command":
			p.send("Response: Error", "ActionID: "+a.ActionID(), "Message: Command output follows", "Output: No such command")
		case "Getvar":
			p.send("Response: Error", "ActionID: "+a.ActionID(), "Message: "+map[bool]string{true: "No such channel", false: "Permission denied"}[a.Get("Channel") == "gone"])
		default:
			p.send("Response: Error", "ActionID: "+a.ActionID(), "Message: Permission denied")
		}
		return true
	}))
	wait(t, c)
	ctx := t.Context()
	_, err := c.Originate(ctx, Originate{Channel: "a", Application: "b"})
	var refused *ActionError
	must(t, errors.As(err, &refused) && refused.Message == "Permission denied" && !InDoubt(err), "originate: %v", err)
	_, err = c.CoreShowChannels(ctx) // goami's own list functions lose this
	must(t, errors.As(err, &refused), "list: %v", err)
	list, err := c.PJSIPShowEndpoints(ctx)
	must(t, err == nil && len(list) == 0, "no endpoints: %v %v", list, err)
	there, err := c.HasChannel(ctx, "gone")
	must(t, !there && err == nil, "a channel that is gone: %v %v", there, err)
	_, err = c.HasChannel(ctx, "PJSIP/a-1") // nothing is known of this one
	must(t, errors.As(err, &refused) && refused.Message == "Permission denied", "a channel that may not be asked for: %v", err)
	_, err = c.Command(ctx, "nonsense")
	must(t, errors.As(err, &refused) && refused.Output[0] == "No such command", "command: %v", err)
}

func TestListsAndStatus(t *testing.T) {
	c := start(t, Config{OnEvent: func(e Event) { t.Errorf("list event escaped: %v", e) }}, each(func(p *peer, a Event) bool {
		id := "ActionID: " + a.ActionID()
		switch a.Get("Action") {
		case "CoreShowChannels":
			p.ok(a, "EventList: start", "Message: Channels will follow")
			p.send("Event: CoreShowChannel", id, "Channel: PJSIP/a-1", "Uniqueid: u1", "ChannelState: 6",
				"ChannelStateDesc: Up", "Duration: 101:02:03", "BridgeId: b1")
			p.send("Event: CoreShowChannel", id, "Channel: PJSIP/b-2", "Uniqueid: u2")
			p.send("Event: CoreShowChannelsComplete", id, "EventList: Complete", "ListItems: 2")
		case "PJSIPShowContacts":
			p.ok(a, "EventList: start")
			p.send("Event: ContactList", id, "ObjectName: 100;@f00", "Status: Reachable", "RoundtripUsec: 1500")
			p.send("Event: ContactListComplete", id, "EventList: Complete")
		case "CoreStatus":
			p.ok(a, "CoreStartupDate: 2026-01-02", "CoreStartupTime: 03:04:05", "CoreCurrentCalls: 7")
		case "CoreSettings":
			p.ok(a, "AsteriskVersion: 22.10.1")
		case "Command":
			p.ok(a, "Message: Command output follows", "Output:   indented: line", "Output: ", "Output: last")
		case "MixMonitor":
			p.ok(a, "MixMonitorID: 0x1")
		default:
			return false
		}
		return true
	}))
	wait(t, c)
	ctx := t.Context()
	channels, err := c.CoreShowChannels(ctx)
	must(t, err == nil && len(channels) == 2, "channels: %v %v", channels, err)
	must(t, channels[0].State == 6 && channels[0].BridgeID == "b1" && channels[1].State == -1, "channels: %+v", channels)
	must(t, channels[0].Duration == 101*time.Hour+2*time.Minute+3*time.Second, "duration %v", channels[0].Duration)
	contacts, err := c.PJSIPShowContacts(ctx)
	must(t, err == nil && contacts[0].AOR == "100" && contacts[0].RoundTrip == 1500*time.Microsecond, "contacts %+v %v", contacts, err)
	status, err := c.CoreStatus(ctx)
	must(t, err == nil && status.Started == "2026-01-02 03:04:05" && status.Calls == 7, "status %+v %v", status, err)
	version, err := c.Version(ctx)
	must(t, err == nil && version == "22.10.1", "version %q %v", version, err)
	lines, err := c.Command(ctx, "core show channels")
	must(t, err == nil && slices.Equal(lines, []string{"  indented: line", "", "last"}), "lines %q %v", lines, err)
	id, err := c.MixMonitor(ctx, "PJSIP/a-1", "x.wav", "b")
	must(t, err == nil && id == "0x1", "mixmonitor %q %v", id, err)
}

func TestActionsOnTheWire(t *testing.T) {
	c, sent := record(t)
	ctx := t.Context()
	for name, err := range map[string]error{
		"hangup":   c.Hangup(ctx, "PJSIP/a-1", 34),
		"pjsip":    c.PJSIPHangup(ctx, "PJSIP/a-1", 486),
		"event":    c.UserEvent(ctx, "Wake%d", map[string]string{"B": "100%", "A": "x: y"}),
		"stop":     c.StopMixMonitor(ctx, "PJSIP/a-1", "0x1"),
		"mute":     c.MixMonitorMute(ctx, "PJSIP/a-1", "both", true),
		"reload":   c.Reload(ctx, "res_pjsip.so"),
		"no cause": c.Hangup(ctx, "PJSIP/a-1", 0),
	} {
		must(t, err == nil, "%s: %v", name, err)
	}
	seen := map[string]Event{}
	for _, a := range sent() {
		seen[a.Get("Action")+a.Get("Cause")] = a
	}
	must(t, seen["Hangup34"].Get("Channel") == "PJSIP/a-1", "hangup %v", seen)
	must(t, seen["PJSIPHangup486"].Get("Channel") == "PJSIP/a-1", "pjsip hangup %v", seen)
	must(t, seen["Hangup"].Get("Action") == "Hangup", "hangup without cause %v", seen)
	e := seen["UserEvent"]
	must(t, e.Get("UserEvent") == "Wake%d" && e.Get("A") == "x: y" && e.Get("B") == "100%", "user event %v", e)
	must(t, seen["MixMonitorMute"].Get("State") == "1", "mute %v", seen)
	there, err := c.HasChannel(ctx, "PJSIP/a-1")
	must(t, there && err == nil, "a channel that is there: %v %v", there, err)
}

// Every header of every action refuses CR, LF and NUL, and nothing is sent.
func TestInjectionIsRefusedInEveryHeader(t *testing.T) {
	c, sent := record(t)
	ctx := t.Context()
	refused := func(what string, err error) {
		t.Helper()
		var h *HeaderError
		must(t, errors.As(err, &h), "%s: %v", what, err)
	}
	for _, bad := range []string{"x\r\n\r\nAction: UserEvent\r\nUserEvent: owned", "a\nb", "a\rb", "a\x00b", "\n"} {
		good := Originate{Channel: "a", Application: "b"}
		for i := range reflect.TypeFor[Originate]().NumField() {
			o := good
			f := reflect.ValueOf(&o).Elem().Field(i)
			if f.Kind() != reflect.String {
				continue
			}
			name := reflect.TypeFor[Originate]().Field(i).Name
			switch name {
			case "Context", "Exten":
				o.Application, o.Context, o.Exten, o.Priority = "", "c", "e", 1
			}
			f.SetString(bad)
			_, err := c.Originate(ctx, o)
			refused("Originate."+name, err)
		}
		for _, v := range []Variable{{bad, "v"}, {"n", bad}} {
			_, err := c.Originate(ctx, Originate{Channel: "a", Application: "b", Variables: []Variable{v}})
			refused("Variable", err)
		}
		_, err := c.MixMonitor(ctx, bad, "f", "")
		refused("MixMonitor channel", err)
		_, err = c.MixMonitor(ctx, "c", bad, "")
		refused("MixMonitor file", err)
		_, err = c.MixMonitor(ctx, "c", "f", bad)
		refused("MixMonitor options", err)
		_, err = c.Command(ctx, bad)
		refused("Command", err)
		_, err = c.Action(ctx, bad)
		refused("Action name", err)
		_, err = c.Action(ctx, "X", Header{bad, "v"})
		refused("Action header", err)
		_, err = c.Action(ctx, "X", Header{"n", bad})
		refused("Action value", err)
		for what, err := range map[string]error{
			"Hangup": c.Hangup(ctx, bad, 16), "PJSIPHangup": c.PJSIPHangup(ctx, bad, 486),
			"UserEvent": c.UserEvent(ctx, bad, nil), "UserEvent key": c.UserEvent(ctx, "e", map[string]string{bad: "v"}),
			"UserEvent value":    c.UserEvent(ctx, "e", map[string]string{"k": bad}),
			"StopMixMonitor":     c.StopMixMonitor(ctx, bad, ""),
			"StopMixMonitor id":  c.StopMixMonitor(ctx, "c", bad),
			"MixMonitorMute":     c.MixMonitorMute(ctx, bad, "both", true),
			"MixMonitorMute dir": c.MixMonitorMute(ctx, "c", bad, true),
			"Reload":             c.Reload(ctx, bad),
		} {
			refused(what, err)
		}
		_, err = Do(ctx, c, Args{"v": []any{map[string]string{"k": bad}}}, goami.CoreStatus)
		refused("nested", err)
		_, err = Do(ctx, c, Args{"v": &goami.CallData{ExtraContext: bad}}, goami.CoreStatus)
		refused("pointer to struct", err)
		// A caller that does not name its values still cannot add an action.
		_, err = Do(ctx, c, nil, func(ctx context.Context, g goami.Client, id string) (goami.Response, error) {
			return goami.Setvar(ctx, g, id, "c", "v", bad+"\r\nAction: Originate")
		})
		refused("unnamed", err)
	}
	must(t, len(sent()) == 0, "something was sent")
}

func TestOtherRefusals(t *testing.T) {
	c, sent := record(t)
	ctx := t.Context()
	_, comma := c.MixMonitor(ctx, "c", "x.wav,,touch owned", "")
	_, noExten := c.Originate(ctx, Originate{Channel: "a", Context: "b"})
	_, both := c.Originate(ctx, Originate{Channel: "a", Application: "b", Context: "c"})
	_, name := c.Originate(ctx, Originate{Channel: "a", Application: "b", Variables: []Variable{{"A=1,B", "2"}}})
	_, open := c.Originate(ctx, Originate{Channel: "a", Application: "b", Variables: []Variable{{"F(a", "2"}}})
	_, long := c.Originate(ctx, Originate{Channel: "a", Application: "b", ActionID: strings.Repeat("x", 200)})
	for what, err := range map[string]error{
		"a pattern ends every call": c.Hangup(ctx, "/.*/", 16), "no channel": c.Hangup(ctx, "", 16),
		"cause": c.Hangup(ctx, "c", 128), "sip code": c.PJSIPHangup(ctx, "c", 200),
		"a shell command": comma, "no extension": noExten, "two targets": both, "two variables": name,
		"open parenthesis": open, "long ActionID": long,
		"a second action":     c.UserEvent(ctx, "e", map[string]string{"action": "Originate"}),
		"a second name":       c.UserEvent(ctx, "e", map[string]string{"Event": "Hangup"}),
		"a colon in a header": c.UserEvent(ctx, "e", map[string]string{"a:b": "c"}),
	} {
		var h *HeaderError
		must(t, errors.As(err, &h), "%s: %v", what, err)
	}
	must(t, len(sent()) == 0, "something was sent")
}

// The second fence holds where a call named too few of its values.
func TestWireIsOneAction(t *testing.T) {
	must(t, checkWire("Action: Ping\r\nActionID: 1\r\n\r\n", "1") == nil, "an action is refused")
	for what, message := range map[string]string{
		"no end":            "Action: Ping\r\nActionID: 1\r\n",
		"two actions":       "Action: Ping\r\nActionID: 1\r\nAction: Originate\r\n\r\n",
		"two messages":      "Action: Ping\r\nActionID: 1\r\n\r\nAction: Originate\r\nActionID: 1\r\n\r\n",
		"no action":         "ActionID: 1\r\n\r\n",
		"no id":             "Action: Ping\r\n\r\n",
		"two ids":           "Action: Ping\r\nActionID: 1\r\nactionid: 1\r\n\r\n",
		"another call's id": "Action: Ping\r\nActionID: 2\r\n\r\n",
		"a line feed":       "Action: Ping\r\nActionID: 1\r\nA: b\nAction: Originate\r\n\r\n",
		"a NUL":             "Action: Ping\r\nActionID: 1\r\nA: \x00\r\n\r\n",
	} {
		var refused *HeaderError
		must(t, errors.As(checkWire(message, "1"), &refused), "%s is let through", what)
	}
}
