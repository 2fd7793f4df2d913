package desk

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/signin"
	"trunkline/webui/sse"
)

const (
	// pingEvery is how often a quiet stream says that it lives. The page takes
	// one that is silent for 6 s for lost, and answers each ping: what it answers
	// to, no browser slows down in a tab that is not looked at.
	pingEvery = 2 * time.Second
)

// trouble is sent instead of a snapshot when there is none to be had.
type trouble struct {
	Sentence string `json:"sentence"`
}

// taken is sent to a page whose desk another page has now.
type taken struct {
	At time.Time `json:"at"`
}

const noDatabase = "The database does not answer. Your call goes on; the screen comes back by itself."

// Events serves GET /desk/events: a snapshot now, and one after every change.
// Resuming needs nothing more, so Last-Event-ID is not read. With `beat` in the
// query the page answers pings with POST /desk/beat, and is there only while it
// does. With `page`, a number that each opened page makes for itself, one page
// at a time has the desk: the one that was opened last, which says so by `take`
// as it opens. The others are told "taken", and their streams end.
func (h *Handler) Events(w http.ResponseWriter, r *http.Request) error {
	shift, err := h.shift(r)
	if err != nil {
		return err
	}
	session := shift.Session.ID
	sub := h.Hub.Session(session) // before the first look: nothing falls between
	defer sub.Close()
	sub.Follow(shift.Session.CallID, shift.Session.ServerID)
	query := r.URL.Query()
	page, _ := strconv.ParseInt(query.Get("page"), 10, 64)
	if page != 0 && query.Get("take") != "" {
		if err := h.Shifts.TakeDesk(r.Context(), session, page, h.Now()); err != nil {
			return err
		}
	}
	if query.Get("beat") != "" {
		sub.Answers(shift.Session.UserID)
	}
	stream, err := sse.Start(w)
	if err != nil {
		return nil // it has gone already
	}
	stay := h.Reception.Follow(r)
	defer stay.Leave()
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	var shown *facts.Desk
	for {
		shown, err = h.send(r, stream, sub, session, shown)
		if err != nil {
			return nil
		}
		if shown != nil && page != 0 && shown.Page != page && shown.Page != 0 {
			sendJSON(stream, 0, "taken", taken{h.Now().UTC()}) //nolint:errcheck // the stream ends either way
			return nil
		}
	wait:
		for {
			select {
			case <-r.Context().Done():
				return nil
			case <-sub.Changed():
				break wait
			case <-stay.Gone():
				stream.Event(0, "signedout", "{}") //nolint:errcheck // the stream ends either way
				return nil
			case <-ping.C:
				if err := sendJSON(stream, 0, "ping", newPing(shown, h.Now())); err != nil {
					return nil
				}
				if shown == nil && !h.Hub.Down() {
					break wait // there was no snapshot to be had: perhaps there is now
				}
			}
		}
	}
}

type follower interface {
	Last() int64
	Follow(dialer.CallID, dialer.ServerID)
	Showed(serverUp bool)
}

// send sends one snapshot and returns what it shows, or sends the sentence that
// says why there is none. The error is the stream's.
func (h *Handler) send(r *http.Request, stream *sse.Writer, sub follower, session dialer.SessionID, shown *facts.Desk) (*facts.Desk, error) {
	last := sub.Last() // before the look: the snapshot is at least that new
	if h.Hub.Down() {
		return nil, sendJSON(stream, 0, "trouble", trouble{noDatabase})
	}
	d, err := h.look(r.Context(), session, shown)
	if err != nil {
		if r.Context().Err() != nil {
			return nil, r.Context().Err()
		}
		h.Log.Warn("no snapshot for a desk", "session", session, "err", err)
		return nil, sendJSON(stream, 0, "trouble", trouble{noDatabase})
	}
	sub.Follow(d.Session.CallID, d.Session.ServerID)
	sub.Showed(d.ServerUp)
	return &d, sendJSON(stream, last, "desk", newSnapshot(d, h.Now()))
}

// ping tells how old now is what the last snapshot showed: a machine that slept
// has timers that are behind.
type ping struct {
	SinceMS *int64 `json:"since_ms,omitempty"`
	CallMS  *int64 `json:"call_ms,omitempty"`

	PreviewMS *int64 `json:"preview_ms,omitempty"`
}

func newPing(shown *facts.Desk, now time.Time) (p ping) {
	if shown == nil {
		return p
	}
	state := age(now, shown.Session.Shown())
	p.SinceMS = &state
	if shown.Call != nil {
		call := age(now, since(shown.Call.Call))
		p.CallMS = &call
	}
	if shown.Preview != nil {
		p.PreviewMS = new(previewed(*shown, now))
	}
	return p
}

// Beat serves POST /desk/beat (form `session`): the page is there. Where the
// page's stream is here as well, it asks the database nothing.
func (h *Handler) Beat(w http.ResponseWriter, r *http.Request) error {
	user := signin.User(r.Context()).ID
	n, err := strconv.ParseInt(r.PostFormValue("session"), 10, 64)
	if err != nil || !h.Hub.Beat(dialer.SessionID(n), user) {
		shift, err := h.shift(r)
		if err != nil {
			return err
		}
		if shift.Session.ID != dialer.SessionID(n) {
			return errNoShift // the page shows one that has ended
		}
		h.Hub.Admit(shift.Session.ID, user)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
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
