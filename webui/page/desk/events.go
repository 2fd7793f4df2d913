package desk

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"trunkline/dialer"
	"trunkline/webui/signin"
	"trunkline/webui/sse"
)

// pingEvery keeps proxies from closing a quiet stream.
const pingEvery = 15 * time.Second

// trouble is sent instead of a snapshot when there is none to be had.
type trouble struct {
	Sentence string `json:"sentence"`
}

const noDatabase = "The database does not answer. Your call goes on; the screen comes back by itself."

// Events serves GET /desk/events: a snapshot now, and one after every change.
// Resuming needs nothing more, so Last-Event-ID is not read.
func (h *Handler) Events(w http.ResponseWriter, r *http.Request) error {
	shift, err := h.shift(r)
	if err != nil {
		return err
	}
	session := shift.Session.ID
	sub := h.Hub.Session(session) // before the first look: nothing falls between
	defer sub.Close()
	sub.Follow(shift.Session.CallID, shift.Session.ServerID)
	stream, err := sse.Start(w)
	if err != nil {
		return nil // it has gone already
	}
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		if err := h.send(r, stream, sub, session); err != nil {
			return nil
		}
	wait:
		for {
			select {
			case <-r.Context().Done():
				return nil
			case <-sub.Changed():
				break wait
			case <-ping.C:
				if signedOut(h.Reception, r) {
					stream.Event(0, "signedout", "{}") //nolint:errcheck // the stream ends either way
					return nil
				}
				if err := stream.Ping(); err != nil {
					return nil
				}
			}
		}
	}
}

// signedOut tells that the browser's session has ended meanwhile; while the
// database is away nobody is thrown out.
func signedOut(reception *signin.Reception, r *http.Request) bool {
	_, err := reception.Recognise(r)
	return errors.Is(err, dialer.ErrNotFound)
}

type follower interface {
	Last() int64
	Follow(dialer.CallID, dialer.ServerID)
}

// send sends one snapshot, or the sentence that says why there is none. The
// error is the stream's.
func (h *Handler) send(r *http.Request, stream *sse.Writer, sub follower, session dialer.SessionID) error {
	last := sub.Last() // before the look: the snapshot is at least that new
	if h.Hub.Down() {
		return sendJSON(stream, 0, "trouble", trouble{noDatabase})
	}
	d, err := h.look(r.Context(), session)
	if err != nil {
		if r.Context().Err() != nil {
			return r.Context().Err()
		}
		h.Log.Warn("no snapshot for a desk", "session", session, "err", err)
		return sendJSON(stream, 0, "trouble", trouble{noDatabase})
	}
	sub.Follow(d.Session.CallID, d.Session.ServerID)
	return sendJSON(stream, last, "desk", newSnapshot(d, h.Now()))
}

func sendJSON(stream *sse.Writer, id int64, name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return stream.Event(id, name, string(data))
}

func writeJSON(w http.ResponseWriter, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, err = w.Write(data)
	return err
}
