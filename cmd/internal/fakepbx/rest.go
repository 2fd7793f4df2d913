package fakepbx

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// routes are the requests that a listen makes of Asterisk. What is not here is
// answered with 501, and shows.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	// do serves one request under the exchange's lock.
	do := func(pattern string, f func(r *http.Request, body map[string]any) (int, any)) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" /ari"+path, func(w http.ResponseWriter, r *http.Request) {
			body := map[string]any{}
			if r.Body != nil {
				_ = json.NewDecoder(r.Body).Decode(&body) // none is as good
			}
			s.ex.mu.Lock()
			code, answer := f(r, body)
			s.ex.mu.Unlock()
			if answer == nil {
				w.WriteHeader(code)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(code)
			_ = json.NewEncoder(w).Encode(answer)
		})
	}
	none := func(what string) (int, any) {
		return http.StatusNotFound, map[string]string{"message": what + " not found"}
	}
	// with serves a request of one channel.
	with := func(pattern string, f func(ch *channel, r *http.Request, body map[string]any) (int, any)) {
		do(pattern, func(r *http.Request, body map[string]any) (int, any) {
			ch := s.channels[r.PathValue("id")]
			if ch == nil {
				return none("Channel")
			}
			return f(ch, r, body)
		})
	}
	done := func(ch *channel, r *http.Request, body map[string]any) (int, any) { return http.StatusNoContent, nil }

	do("GET /asterisk/info", func(*http.Request, map[string]any) (int, any) {
		at := stamp(s.started)
		return http.StatusOK, map[string]any{
			"status": map[string]string{"startup_time": at, "last_reload_time": at},
			"system": map[string]string{"version": "22.10.1", "entity_id": s.trunk},
		}
	})
	do("GET /asterisk/ping", func(*http.Request, map[string]any) (int, any) {
		return http.StatusOK, map[string]string{"ping": "pong", "timestamp": stamp(time.Now()), "asterisk_id": s.trunk}
	})
	do("PUT /applications/{app}/eventFilter", func(*http.Request, map[string]any) (int, any) {
		return http.StatusOK, map[string]any{"name": application}
	})
	do("POST /applications/{app}/subscription", func(_ *http.Request, body map[string]any) (int, any) {
		for _, source := range texts(body["eventSource"]) {
			if endpoint, ok := strings.CutPrefix(source, "endpoint:"); ok {
				s.subscribed[endpoint] = true
			}
		}
		return http.StatusOK, map[string]any{"name": application}
	})
	do("GET /channels", func(*http.Request, map[string]any) (int, any) {
		all := []any{}
		for _, ch := range s.channels {
			all = append(all, ch.told())
		}
		return http.StatusOK, all
	})
	do("GET /bridges", func(*http.Request, map[string]any) (int, any) {
		all := []any{}
		for _, b := range s.bridges {
			all = append(all, b.told())
		}
		return http.StatusOK, all
	})
	do("POST /channels", s.call)
	with("DELETE /channels/{id}", func(ch *channel, r *http.Request, _ map[string]any) (int, any) {
		cause, _ := strconv.Atoi(r.URL.Query().Get("reason_code"))
		ch.end(max(cause, 16), 0, false, "")
		return http.StatusNoContent, nil
	})
	with("POST /channels/{id}/answer", func(ch *channel, _ *http.Request, _ map[string]any) (int, any) {
		ch.take()
		return http.StatusNoContent, nil
	})
	with("GET /channels/{id}/variable", func(ch *channel, r *http.Request, _ map[string]any) (int, any) {
		value, ok := ch.vars[r.URL.Query().Get("variable")]
		if !ok {
			return http.StatusNotFound, map[string]string{"message": "Provided variable was not found"}
		}
		return http.StatusOK, map[string]string{"value": value}
	})
	with("POST /channels/{id}/variable", func(ch *channel, _ *http.Request, body map[string]any) (int, any) {
		name, _ := body["variable"].(string)
		ch.vars[name], _ = body["value"].(string)
		return http.StatusNoContent, nil
	})
	with("GET /channels/{id}/rtp_statistics", func(ch *channel, _ *http.Request, _ map[string]any) (int, any) {
		ch.rx += 100
		return http.StatusOK, map[string]int{"rxcount": ch.rx, "txcount": ch.rx}
	})
	with("POST /channels/{id}/play/{play}", func(ch *channel, r *http.Request, _ map[string]any) (int, any) {
		s.play(r.PathValue("play"), "channel:"+ch.id)
		return http.StatusCreated, map[string]string{"id": r.PathValue("play"), "state": "queued"}
	})
	for _, pattern := range []string{"POST /channels/{id}/moh", "DELETE /channels/{id}/moh", "POST /channels/{id}/mute", "DELETE /channels/{id}/mute"} {
		with(pattern, done)
	}
	do("POST /bridges/{id}", func(r *http.Request, _ map[string]any) (int, any) {
		id := r.PathValue("id")
		if s.bridges[id] == nil {
			s.bridges[id] = &bridge{id: id}
		}
		return http.StatusOK, s.bridges[id].told()
	})
	do("DELETE /bridges/{id}", func(r *http.Request, _ map[string]any) (int, any) {
		b := s.bridges[r.PathValue("id")]
		if b == nil {
			return none("Bridge")
		}
		for len(b.members) > 0 {
			b.members[0].leave()
		}
		delete(s.bridges, b.id)
		return http.StatusNoContent, nil
	})
	do("POST /bridges/{id}/play/{play}", func(r *http.Request, _ map[string]any) (int, any) {
		if s.bridges[r.PathValue("id")] == nil {
			return none("Bridge")
		}
		s.play(r.PathValue("play"), "bridge:"+r.PathValue("id"))
		return http.StatusCreated, map[string]string{"id": r.PathValue("play"), "state": "queued"}
	})
	move := func(f func(ch *channel, b *bridge)) func(*http.Request, map[string]any) (int, any) {
		return func(r *http.Request, body map[string]any) (int, any) {
			b := s.bridges[r.PathValue("id")]
			if b == nil {
				return none("Bridge")
			}
			for _, id := range texts(body["channel"]) {
				ch := s.channels[id]
				switch {
				case ch == nil:
					return http.StatusBadRequest, map[string]string{"message": "Channel not found"}
				case ch.args == nil:
					return http.StatusUnprocessableEntity, map[string]string{"message": "Channel not in Stasis application"}
				}
				f(ch, b)
			}
			return http.StatusNoContent, nil
		}
	}
	do("POST /bridges/{id}/addChannel", move(func(ch *channel, b *bridge) { ch.join(b) }))
	do("POST /bridges/{id}/removeChannel", move(func(ch *channel, _ *bridge) { ch.leave() }))
	mux.HandleFunc("GET /ari/events", s.attach)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, `{"message": "fakepbx: no such request"}`, http.StatusNotImplemented)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, password, _ := r.BasicAuth(); password != s.Secret {
			http.Error(w, `{"message": "Authentication required"}`, http.StatusUnauthorized)
			return
		}
		s.requests.Add(1)
		mux.ServeHTTP(w, r)
	})
}

// call is an originate by ARI: a call to another server.
func (s *Server) call(_ *http.Request, body map[string]any) (int, any) {
	endpoint, _ := body["endpoint"].(string)
	id, _ := body["channelId"].(string)
	args, _ := body["appArgs"].(string)
	session, trunk, _ := strings.Cut(strings.TrimPrefix(endpoint, "PJSIP/"), "@")
	to := s.ex.trunks[trunk]
	switch {
	case s.channels[id] != nil:
		return http.StatusConflict, map[string]string{"message": "Channel with given unique ID already exists"}
	case to == nil:
		return http.StatusInternalServerError, map[string]string{"error": "Allocation failed"}
	}
	vars := map[string]string{}
	if given, ok := body["variables"].(map[string]any); ok {
		vars["TL_CALL"], _ = given["TL_CALL"].(string)
	}
	ch := s.channel(id, endpoint, vars)
	ch.cross(to, session, strings.Split(args, ","))
	return http.StatusOK, ch.told()
}

// play tells of a playback that is over at once.
func (s *Server) play(id, target string) {
	s.later(10*time.Millisecond, func() {
		s.emit("PlaybackFinished", map[string]any{"playback": map[string]string{"id": id, "state": "done", "target_uri": target, "media_uri": "sound:silence", "language": "en"}})
	})
}

// attach is the application's websocket. A second one takes the place of the
// first.
func (s *Server) attach(w http.ResponseWriter, r *http.Request) {
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"ari"}})
	if err != nil {
		return
	}
	out := newOutbox()
	s.ex.mu.Lock()
	if s.closed {
		s.ex.mu.Unlock()
		_ = ws.CloseNow()
		return
	}
	if s.socket != nil {
		s.emit("ApplicationReplaced", map[string]any{})
	}
	s.socket = out
	s.ex.mu.Unlock()
	ctx := ws.CloseRead(r.Context()) // it says nothing, but answers pings
	stop := context.AfterFunc(ctx, out.close)
	defer stop()
	out.drain(func(b []byte) error { return ws.Write(ctx, websocket.MessageText, b) })
	_ = ws.CloseNow()
	s.ex.mu.Lock()
	if s.socket == out {
		s.socket = nil
	}
	s.ex.mu.Unlock()
}

func texts(v any) []string {
	var all []string
	list, _ := v.([]any)
	for _, item := range list {
		if text, ok := item.(string); ok {
			all = append(all, text)
		}
	}
	return all
}
