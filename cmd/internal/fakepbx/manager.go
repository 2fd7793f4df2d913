package fakepbx

import (
	"bufio"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// session is one connection to the manager interface.
type session struct {
	s    *Server
	conn net.Conn
	out  *outbox
	mask string // of events; guarded by the exchange
}

// action is what a client asks, header by header.
type action struct {
	headers map[string]string // names in lower case
	vars    map[string]string // of Variable
}

func (a action) get(name string) string { return a.headers[strings.ToLower(name)] }

func (s *Server) accept() {
	for {
		conn, err := s.manager.Accept()
		if err != nil {
			return
		}
		s.serving.Go(func() { s.talk(conn) })
	}
}

// talk serves one connection to its end.
func (s *Server) talk(conn net.Conn) {
	k := &session{s: s, conn: conn, out: newOutbox()}
	s.ex.mu.Lock()
	if s.closed {
		s.ex.mu.Unlock()
		_ = conn.Close()
		return
	}
	s.sessions[k] = true
	s.ex.mu.Unlock()
	written := make(chan struct{})
	go func() {
		defer close(written)
		k.out.drain(func(b []byte) error { _, err := conn.Write(b); return err })
		_ = conn.Close()
	}()
	k.out.put([]byte("Asterisk Call Manager/11.0.0\r\n"))
	r := bufio.NewReader(conn)
	for {
		a, err := read(r)
		if err != nil {
			break
		}
		s.actions.Add(1)
		s.ex.mu.Lock()
		more := !s.closed && k.act(a)
		s.ex.mu.Unlock()
		if !more {
			break
		}
	}
	s.ex.mu.Lock()
	delete(s.sessions, k)
	for _, ch := range s.channels {
		if ch.caller == k {
			ch.caller = nil
		}
	}
	s.ex.mu.Unlock()
	k.out.close()
	<-written
}

// read reads one action.
func read(r *bufio.Reader) (action, error) {
	a := action{headers: map[string]string{}, vars: map[string]string{}}
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return a, err
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			if len(a.headers) == 0 {
				continue
			}
			return a, nil
		}
		name, value, _ := strings.Cut(line, ":")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		if name == "variable" {
			key, v, _ := strings.Cut(value, "=")
			a.vars[key] = strings.ReplaceAll(v, `\`, "")
			continue
		}
		a.headers[name] = value
	}
}

func (k *session) send(lines ...string) {
	k.out.put([]byte(strings.Join(lines, "\r\n") + "\r\n\r\n"))
}

func (k *session) ok(a action, lines ...string) {
	k.send(append([]string{"Response: Success", "ActionID: " + a.get("ActionID")}, lines...)...)
}

func (k *session) refuse(a action, why string) {
	k.send("Response: Error", "ActionID: "+a.get("ActionID"), "Message: "+why)
}

// event sends an event to a session whose mask has its class.
func (k *session) event(name string, lines ...string) {
	class := map[string]string{"OriginateResponse": "call", "Hangup": "call", "UserEvent": "user"}[name]
	if class == "" {
		class = "system"
	}
	if k.mask == "on" || strings.Contains(k.mask, class) {
		k.send(append([]string{"Event: " + name, "Privilege: " + class + ",all"}, lines...)...)
	}
}

// act carries out one action under the exchange's lock; false: the session ends.
func (k *session) act(a action) bool {
	s := k.s
	switch strings.ToLower(a.get("Action")) {
	case "login":
		if a.get("Secret") != s.Secret {
			k.refuse(a, "Authentication failed")
			return false
		}
		k.mask = a.get("Events")
		k.ok(a, "Message: Authentication accepted")
		k.event("FullyBooted", "Status: Fully Booted")
	case "events":
		k.mask = a.get("EventMask")
		k.ok(a)
	case "ping":
		k.ok(a, "Ping: Pong")
	case "logoff":
		k.send("Response: Goodbye", "ActionID: "+a.get("ActionID"))
		return false
	case "corestatus":
		k.ok(a, "CoreStartupDate: "+s.started.Format(time.DateOnly), "CoreStartupTime: "+s.started.Format(time.TimeOnly), fmt.Sprintf("CoreCurrentCalls: %d", len(s.channels)))
	case "coresettings":
		k.ok(a, "AsteriskVersion: 22.10.1")
	case "originate":
		k.originate(a)
	case "hangup":
		ch := s.channels[a.get("Channel")]
		if ch == nil {
			k.refuse(a, "No such channel")
			break
		}
		cause, _ := strconv.Atoi(a.get("Cause"))
		k.ok(a, "Message: Channel Hungup")
		ch.end(max(cause, 16), 0, false, "")
	case "userevent":
		k.ok(a, "Message: Event Sent")
		lines := []string{"UserEvent: " + a.get("UserEvent")}
		for name, value := range a.headers {
			if name != "action" && name != "actionid" && name != "userevent" {
				lines = append(lines, title(name)+": "+value)
			}
		}
		for other := range s.sessions {
			if other == k {
				other.event("UserEvent", append(lines, "ActionID: "+a.get("ActionID"))...)
				continue
			}
			other.event("UserEvent", lines...)
		}
	case "mixmonitor":
		if ch := s.channels[a.get("Channel")]; ch != nil {
			ch.vars["MIXMONITOR_FILENAME"] = a.get("File")
			k.ok(a, "MixMonitorID: "+ch.id)
			break
		}
		k.refuse(a, "No such channel")
	case "stopmixmonitor":
		ch := s.channels[a.get("Channel")]
		if ch == nil || ch.vars["MIXMONITOR_FILENAME"] == "" {
			k.refuse(a, "Could not stop monitoring channel")
			break
		}
		delete(ch.vars, "MIXMONITOR_FILENAME")
		k.ok(a)
	case "dbput":
		s.notes[a.get("Key")] = a.get("Val")
		k.ok(a)
	case "dbdel":
		if _, there := s.notes[a.get("Key")]; !there {
			k.refuse(a, "Database entry not found")
			break
		}
		delete(s.notes, a.get("Key"))
		k.ok(a)
	case "dbgettree":
		k.tree(a)
	case "reload", "mixmonitormute", "filter":
		k.ok(a)
	case "pjsipshowregistrationsoutbound":
		k.ok(a, "EventList: start")
		k.send("Event: OutboundRegistrationDetailComplete", "ActionID: "+a.get("ActionID"), "EventList: Complete", "Registered: 0")
	default:
		k.refuse(a, "fakepbx: no such action: "+a.get("Action"))
	}
	return true
}

// title is a header's name again: readers of ours ask without regard to case.
func title(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

func (k *session) tree(a action) {
	id := "ActionID: " + a.get("ActionID")
	k.ok(a, "EventList: start", "Message: Result will follow")
	for key, value := range k.s.notes {
		k.send("Event: DBGetTreeResponse", id, "Key: /"+a.get("Family")+"/"+key, "Val: "+value)
	}
	k.send("Event: DBGetTreeComplete", id, "EventList: Complete", "ListItems: "+strconv.Itoa(len(k.s.notes)))
}

// originate places a call by a context of our dialplan.
func (k *session) originate(a action) {
	s := k.s
	note := ""
	for name, value := range a.vars {
		if key, ok := strings.CutPrefix(name, "DB(trunkline/"); ok {
			note = strings.TrimSuffix(key, ")")
			s.notes[note] = value
		}
	}
	if strings.HasPrefix(a.get("Channel"), "Local/probe@") {
		now := time.Now()
		s.notes[note] = strings.Join([]string{"sent", moment(now), "Down", "0", "0", "", "", "", "", ""}, "|")
		k.ok(a, "Message: Originate successfully queued")
		return
	}
	id := a.get("ChannelId")
	if s.channels[id] != nil {
		k.ok(a, "Message: Originate successfully queued")
		k.event("OriginateResponse", "ActionID: "+a.get("ActionID"), "Response: Failure", "Reason: 0", "Uniqueid: "+id)
		return
	}
	vars := map[string]string{"TL_CALL": a.vars["TL_CALL"], "TL_AGENT": a.vars["TL_AGENT"]}
	if note != "" {
		vars["note"] = "trunkline/" + note
	}
	ch := s.channel(id, a.get("Channel"), vars)
	ch.caller, ch.action = k, a.get("ActionID")
	k.ok(a, "Message: Originate successfully queued")
	timeout, _ := strconv.Atoi(a.get("Timeout"))
	party, into := Party{Rings: s.ex.Phone, Answers: true}, []string{"agent", vars["TL_AGENT"]}
	if vars["TL_CALL"] != "" {
		s.calls.Add(1)
		party, into = s.ex.Party(ch.number), []string{"call", vars["TL_CALL"], "", ""}
	}
	ch.dial(party, time.Duration(timeout)*time.Millisecond, into)
}
