package fakepbx

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// application is the only one there is.
const application = "trunkline"

// channel is one leg. The exchange's lock guards it.
type channel struct {
	s        *Server
	id, name string
	endpoint string // PJSIP/carrier
	number   string // that was called
	state    string // Down, Ringing, Up
	args     []string
	joined   *bridge
	linked   string // the oldest channel it was ever with in a bridge
	vars     map[string]string
	made     time.Time
	up       time.Time
	asked    time.Time
	rx       int
	peer     *channel // the other half of a call between two servers
	caller   *session // who wants to hear how the originate went
	action   string   // its ActionID
	ending   bool
	gone     bool
}

type bridge struct {
	id      string
	members []*channel
}

// stamp is a time as ARI writes it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000-0700") }

// moment is a time as the dialplan writes it.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return fmt.Sprintf("%d.%03d", t.Unix(), t.Nanosecond()/1e6)
}

func (s *Server) channel(id, endpoint string, vars map[string]string) *channel {
	s.minted++
	if id == "" {
		id = fmt.Sprintf("fake-%d", s.minted)
	}
	resource, host, ok := strings.Cut(strings.TrimPrefix(endpoint, "PJSIP/"), "@")
	ch := &channel{s: s, id: id, state: "Down", vars: vars, made: time.Now(), linked: id, endpoint: "PJSIP/" + resource}
	if ok {
		ch.endpoint, ch.number = "PJSIP/"+host, resource
	}
	ch.name = fmt.Sprintf("%s-%08x", ch.endpoint, s.minted)
	if ch.vars == nil {
		ch.vars = map[string]string{}
	}
	s.channels[id] = ch
	return ch
}

// told is the channel as events and lists tell of it.
func (ch *channel) told() map[string]any {
	party := map[string]string{"name": "", "number": ch.number}
	plan := map[string]any{"context": "", "exten": "", "priority": 1, "app_name": "", "app_data": ""}
	if ch.args != nil {
		plan["app_name"], plan["app_data"] = "Stasis", strings.Join(append([]string{application}, ch.args...), ",")
	}
	vars := map[string]string{}
	for _, name := range []string{"TL_CALL", "TL_AGENT"} {
		if v := ch.vars[name]; v != "" {
			vars[name] = v
		}
	}
	if !ch.up.IsZero() {
		vars["TL_UP"], vars["TL_ASKED"] = moment(ch.up), moment(ch.asked)
	}
	return map[string]any{
		"id": ch.id, "name": ch.name, "state": ch.state, "caller": party, "connected": party, "accountcode": "",
		"dialplan": plan, "creationtime": stamp(ch.made), "language": "en", "channelvars": vars,
	}
}

// heard tells whether the application is told of the channel: it has it, or has
// subscribed to its endpoint.
func (ch *channel) heard() bool { return ch.args != nil || ch.s.subscribed[ch.endpoint] }

// tell sends an event of the channel, if anybody is to hear of it.
func (ch *channel) tell(kind string, more map[string]any) {
	if !ch.heard() {
		return
	}
	e := map[string]any{"channel": ch.told()}
	for k, v := range more {
		e[k] = v
	}
	ch.s.emit(kind, e)
}

func (ch *channel) dialed(status string) {
	if ch.heard() {
		ch.s.emit("Dial", map[string]any{"peer": ch.told(), "dialstatus": status, "forward": "", "forwarded": "", "dialstring": ""})
	}
}

// emit sends an event to the application.
func (s *Server) emit(kind string, e map[string]any) {
	s.events.Add(1)
	if s.socket == nil {
		return
	}
	e["type"], e["application"], e["timestamp"], e["asterisk_id"] = kind, application, stamp(time.Now()), s.trunk
	text, err := json.Marshal(e)
	if err != nil {
		panic(err) // maps of strings
	}
	s.socket.put(text)
}

// dial has the far end ring and do what its script says; into are the arguments
// with which the answered call comes to the application.
func (ch *channel) dial(p Party, timeout time.Duration, into []string) {
	ch.tell("ChannelCreated", nil)
	ch.dialed("")
	s := ch.s
	s.later(min(p.Rings/2, 200*time.Millisecond), func() {
		if ch.gone || !p.Answers && p.SIPCode != 0 && p.SIPCode != 480 {
			return // refused without ringing
		}
		ch.state = "Ringing"
		ch.tell("ChannelStateChange", nil)
		ch.dialed("RINGING")
	})
	if timeout > 0 && timeout < p.Rings {
		s.later(timeout, func() { ch.end(19, 480, false, "3") })
		return
	}
	s.later(p.Rings, func() {
		switch {
		case ch.gone:
		case p.Answers:
			ch.answered(into)
			if p.Talks > 0 {
				s.later(p.Talks, func() { ch.end(16, 0, true, "") })
			}
		default:
			ch.requested(p.Cause, p.SIPCode, true)
			ch.dialed(cmp.Or(refusals[p.Cause], "NOANSWER"))
			ch.end(p.Cause, p.SIPCode, true, "0")
		}
	})
}

// refusals are what a Dial event calls the causes that are not NOANSWER, as
// nearly all are.
var refusals = map[int]string{17: "BUSY", 34: "CONGESTION"}

// answered: the far end is there, and the dialplan hands the call over.
func (ch *channel) answered(into []string) {
	ch.state, ch.up = "Up", time.Now()
	ch.tell("ChannelStateChange", nil)
	ch.dialed("ANSWER")
	ch.originated("Success", "4")
	ch.asked = time.Now()
	ch.arrive(into)
}

// arrive enters the application.
func (ch *channel) arrive(into []string) {
	ch.args = into
	ch.tell("StasisStart", map[string]any{"args": into})
}

// originated answers whoever placed the call.
func (ch *channel) originated(response, reason string) {
	if ch.caller == nil {
		return
	}
	k := ch.caller
	ch.caller = nil
	k.event("OriginateResponse", "ActionID: "+ch.action, "Response: "+response, "Channel: "+ch.name, "Reason: "+reason, "Uniqueid: "+ch.id)
}

// requested tells, once, that an end of the channel hangs up.
func (ch *channel) requested(cause, code int, far bool) {
	if !ch.ending {
		ch.ending = true
		ch.tell("ChannelHangupRequest", map[string]any{"cause": cause, "tech_cause": code, "soft": !far})
	}
}

// end is the end of a channel. far: its far end hangs up, or refuses.
func (ch *channel) end(cause, code int, far bool, reason string) {
	if ch.gone {
		return
	}
	s := ch.s
	ch.requested(cause, code, far)
	ch.gone = true
	ch.leave()
	if ch.args != nil {
		ch.tell("StasisEnd", nil)
		ch.args = nil // with it the application's subscription ends
	}
	if note, ok := strings.CutPrefix(ch.vars["note"], "trunkline/"); ok {
		s.notes[note] = strings.Join([]string{
			"sent", moment(time.Now()), ch.state, strconv.Itoa(cause), strconv.Itoa(code), moment(ch.up), moment(ch.asked), "", "", ch.linked,
		}, "|")
	}
	ch.tell("ChannelDestroyed", map[string]any{"cause": cause, "tech_cause": code, "cause_txt": ""})
	for k := range s.sessions {
		k.event("Hangup", "Channel: "+ch.name, "Uniqueid: "+ch.id, "Cause: "+strconv.Itoa(cause), "TechCause: "+strconv.Itoa(code))
	}
	ch.originated("Failure", reason)
	delete(s.channels, ch.id)
	if other := ch.peer; other != nil {
		ch.peer, other.peer = nil, nil
		far := cause
		if other.state != "Up" {
			code = 486
		}
		s.later(time.Millisecond, func() { other.end(far, code, true, "") })
	}
}

// join puts the channel into a bridge.
func (ch *channel) join(b *bridge) {
	if ch.joined == b {
		return
	}
	ch.leave()
	ch.joined = b
	for _, m := range b.members {
		if m.made.Before(ch.made) {
			ch.linked = m.id
		}
	}
	b.members = append(b.members, ch)
	ch.tell("ChannelEnteredBridge", map[string]any{"bridge": b.told()})
}

func (ch *channel) leave() {
	b := ch.joined
	if b == nil {
		return
	}
	ch.joined = nil
	for i, m := range b.members {
		if m == ch {
			b.members = append(b.members[:i], b.members[i+1:]...)
			break
		}
	}
	ch.tell("ChannelLeftBridge", map[string]any{"bridge": b.told()})
}

func (b *bridge) told() map[string]any {
	ids := []string{}
	for _, m := range b.members {
		ids = append(ids, m.id)
	}
	return map[string]any{
		"id": b.id, "name": b.id, "technology": "simple_bridge", "bridge_type": "mixing", "bridge_class": "stasis", "creator": "Stasis", "channels": ids,
	}
}

// cross calls another server over the trunk between them: it decides whether to
// answer.
func (ch *channel) cross(to *Server, session string, into []string) {
	ch.tell("ChannelCreated", nil)
	ch.dialed("")
	call := ch.vars["TL_CALL"]
	to.later(time.Millisecond, func() {
		if ch.gone {
			return
		}
		guest := to.channel("", "PJSIP/"+session+"@"+ch.s.trunk, map[string]string{"TL_CALL": call})
		guest.peer, ch.peer = ch, guest
		guest.vars["into"] = strings.Join(into, ",")
		guest.tell("ChannelCreated", nil)
		guest.arrive([]string{"cross", session, call, ch.s.trunk})
	})
}

// take answers a call that came from another server.
func (ch *channel) take() {
	if ch.state == "Up" {
		return
	}
	ch.state, ch.up = "Up", time.Now()
	ch.tell("ChannelStateChange", nil)
	if other := ch.peer; other != nil {
		into := strings.Split(ch.vars["into"], ",")
		other.s.later(time.Millisecond, func() {
			if !other.gone {
				other.answered(into)
			}
		})
	}
}
