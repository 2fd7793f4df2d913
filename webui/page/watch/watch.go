// Package watch is the supervisor's ear: to listen to an agent, to whisper, to
// join the call, to take it over. A click writes an intent, as the desk's do;
// the listen of the agent's server carries it out.
package watch

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/facts"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// Store keeps watches.
type Store interface {
	// WatchPlace is a live shift with the supervisor's phone on its server, or
	// dialer.ErrNotFound.
	WatchPlace(ctx context.Context, supervisor dialer.UserID, session dialer.SessionID) (facts.WatchPlace, error)
	// BeginWatch writes a watch and its line in the audit.
	BeginWatch(ctx context.Context, by audit.By, w dialer.Watch) error
	// TurnWatch writes the intent to go on in another mode and its line in the audit.
	TurnWatch(ctx context.Context, by audit.By, w dialer.Watch, intent dialer.Intent) error
	// WatchRefused writes into the audit that this did not happen, and why.
	WatchRefused(ctx context.Context, by audit.By, w dialer.Watch, mode dialer.WatchMode, why string) error
	// Watch is a live watch of the supervisor's, or dialer.ErrNotFound.
	Watch(ctx context.Context, supervisor dialer.UserID, id dialer.WatchID) (dialer.Watch, error)
	AddIntent(ctx context.Context, intent dialer.Intent, now time.Time) error
	// Answer tells whether a click has been carried out or refused, and with what
	// sentence.
	Answer(ctx context.Context, id dialer.IntentID) (done bool, refusal string, err error)
	WatchedAgents(ctx context.Context) ([]facts.WatchedAgent, error)
}

// Commander commands the telephony servers.
type Commander interface {
	// RingWatcher rings the supervisor's phone: watch.Channel(leg).
	RingWatcher(ctx context.Context, server dialer.ServerID, watch dialer.WatchID, leg int64, phone dialer.Phone) error
	Notify(ctx context.Context, server dialer.ServerID, intent dialer.Intent) error
}

// Config is what the package needs.
type Config struct {
	Store     Store
	Commander Commander
	NextID    func() int64
	Now       func() time.Time // the database's clock
	Log       *slog.Logger
}

// Handler serves the supervisor's clicks.
type Handler struct{ Config }

// New makes a Handler.
func New(c Config) *Handler { return &Handler{c} }

var (
	errNoAgent = dialer.Explain(dialer.ErrNotFound, "That agent is not on shift, or you have no phone on the agent's server. Give yourself a phone there, then try again.")
	errOver    = dialer.Explain(dialer.ErrConflict, "That is over already. Choose the agent again.")
	errUnsure  = dialer.Explain(dialer.ErrUnavailable, "The telephony server has not answered yet. Listen whether it has happened, or click again.")
	errMode    = dialer.Explain(nil, "Choose to listen, to whisper, to join the call or to take it over.")
)

// Page serves GET /watch.
func (h *Handler) Page(w http.ResponseWriter, r *http.Request) error {
	agents, err := h.agents(r)
	if err != nil {
		return err
	}
	var connect []string
	for _, a := range agents {
		u, err := url.Parse(a.WSURL)
		if err != nil {
			continue
		}
		if origin := u.Scheme + "://" + u.Host; u.Host != "" && (u.Scheme == "ws" || u.Scheme == "wss") && !slices.Contains(connect, origin) {
			connect = append(connect, origin)
		}
	}
	w.Header().Set("Content-Security-Policy", ui.Policy(connect...))
	w.Header().Set("Permissions-Policy", "microphone=(self), camera=(), geolocation=()")
	return ui.Render(w, r, http.StatusOK, page(ui.FrameOf(r, "Listen in", "watch", "watch.js"), agents))
}

type agentLine struct {
	Session string            `json:"session"`
	Name    string            `json:"name"`
	State   dialer.AgentState `json:"state"`
	Call    dialer.CallState  `json:"call"`
	Number  string            `json:"number"`
	NoSound string            `json:"no_sound"`
}

// Agents serves GET /watch/agents: who is on shift.
func (h *Handler) Agents(w http.ResponseWriter, r *http.Request) error {
	agents, err := h.agents(r)
	if err != nil {
		return err
	}
	lines := []agentLine{}
	for _, a := range agents {
		lines = append(lines, agentLine{a.Session.String(), name(a), a.State, a.CallState, a.Number, a.NoSound})
	}
	return writeJSON(w, lines)
}

// agents are those on shift whose campaigns concern the supervisor.
func (h *Handler) agents(r *http.Request) ([]facts.WatchedAgent, error) {
	all, err := h.Store.WatchedAgents(r.Context())
	user := signin.User(r.Context())
	return slices.DeleteFunc(all, func(a facts.WatchedAgent) bool { return !user.May(dialer.RightWatch, a.Campaign) }), err
}

// looks are the agents' states as every page shows them: a sign and a word.
var looks = map[dialer.AgentState]struct{ class, word string }{
	dialer.AgentConnecting: {"ringing", "Connecting"},
	dialer.AgentPaused:     {"paused", "Paused"},
	dialer.AgentReady:      {"ready", "Ready"},
	dialer.AgentInCall:     {"call", "On call"},
	dialer.AgentWrapUp:     {"wrapup", "Wrap-up"},
}

func name(a facts.WatchedAgent) string {
	if a.FullName != "" {
		return a.FullName
	}
	return a.Username
}

// phoneAnswer is what the page's phone registers with, as the desk's.
type phoneAnswer struct {
	Kind   dialer.PhoneKind `json:"kind"`
	Login  string           `json:"login"`
	Secret string           `json:"secret"`
	WSURL  string           `json:"ws_url"`
	Domain string           `json:"domain"`
	Server string           `json:"server"`
}

// Phone serves GET /watch/phone?session=: the supervisor's phone on the server
// of that agent.
func (h *Handler) Phone(w http.ResponseWriter, r *http.Request) error {
	place, err := h.place(r, r.FormValue("session"))
	if err != nil {
		return err
	}
	a := phoneAnswer{Kind: place.Phone.Kind, Server: place.ServerName}
	if a.Kind == dialer.PhoneWebRTC {
		u, err := url.Parse(place.WSURL)
		if err != nil || u.Hostname() == "" {
			return dialer.Explain(dialer.ErrUnavailable, "The server "+place.ServerName+" has no address for browsers' phones. Set its ws_url.")
		}
		a.Login, a.Secret, a.WSURL, a.Domain = place.Phone.Login, place.Phone.Secret, place.WSURL, u.Hostname()
	}
	return writeJSON(w, a)
}

func (h *Handler) place(r *http.Request, session string) (facts.WatchPlace, error) {
	n, err := strconv.ParseInt(session, 10, 64)
	if err != nil {
		return facts.WatchPlace{}, errNoAgent
	}
	user := signin.User(r.Context())
	place, err := h.Store.WatchPlace(r.Context(), user.ID, dialer.SessionID(n))
	if errors.Is(err, dialer.ErrNotFound) || err == nil && !user.May(dialer.RightWatch, place.Campaign) {
		return facts.WatchPlace{}, errNoAgent
	}
	return place, err
}

func mode(r *http.Request, among ...dialer.WatchMode) (dialer.WatchMode, error) {
	m := dialer.WatchMode(r.PostFormValue("mode"))
	if !slices.Contains(among, m) {
		return m, errMode
	}
	return m, nil
}

// Begin serves POST /watch: the supervisor's phone is rung, and hears the agent.
func (h *Handler) Begin(w http.ResponseWriter, r *http.Request) error {
	m, err := mode(r, dialer.WatchListen, dialer.WatchWhisper, dialer.WatchBarge)
	if err != nil {
		return err
	}
	place, err := h.place(r, r.PostFormValue("session"))
	if err != nil {
		return err
	}
	ear := dialer.Watch{
		ID: dialer.WatchID(h.NextID()), ServerID: place.Server, UserID: signin.User(r.Context()).ID,
		SessionID: place.Session, Mode: m, StartedAt: h.Now(),
	}
	if err := h.Store.BeginWatch(r.Context(), signin.By(r, ear.StartedAt), ear); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), commandIn)
	defer cancel()
	if err := h.Commander.RingWatcher(ctx, place.Server, ear.ID, h.Now().UnixMilli(), place.Phone); err != nil {
		return err
	}
	return writeJSON(w, map[string]string{"watch": ear.ID.String()})
}

// commandIn is how long a telephony server may take to accept a command.
const commandIn = 3 * time.Second

// A change of mode is carried out in some tens of milliseconds, and written a
// little later. The page waits for it: it must not say that the supervisor has
// taken the call over when listen refuses.
const (
	answerIn  = 2 * time.Second // then listen is away, and will do it when it is back
	lookEvery = 40 * time.Millisecond
)

// answered waits for what became of a click, and gives its refusal.
func (h *Handler) answered(ctx context.Context, id dialer.IntentID) (refusal string, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return "", errUnsure
		case <-tick.C:
		}
		done, refusal, err := h.Store.Answer(ctx, id)
		switch {
		case err != nil && ctx.Err() == nil:
			return "", err
		case refusal != "" || done:
			return refusal, nil
		}
	}
}

// Mode serves POST /watch/{id}/mode; what cannot be done is answered with the
// sentence why.
func (h *Handler) Mode(w http.ResponseWriter, r *http.Request) error {
	m, err := mode(r, dialer.WatchListen, dialer.WatchWhisper, dialer.WatchBarge, dialer.WatchTakeOver)
	if err != nil {
		return err
	}
	ear, err := h.live(r)
	if err != nil {
		return err
	}
	intent := h.intent(ear, dialer.IntentWatch, m)
	if err := h.Store.TurnWatch(r.Context(), signin.By(r, h.Now()), ear, intent); err != nil {
		return err
	}
	h.tell(r.Context(), intent)
	refusal, err := h.answered(r.Context(), intent.ID)
	if err != nil {
		return err
	}
	if refusal != "" {
		// The log has that it was asked for. The supervisor may be gone by now.
		if err := h.Store.WatchRefused(context.WithoutCancel(r.Context()), signin.By(r, h.Now()), ear, m, refusal); err != nil {
			h.Log.Error("the audit log lacks that a supervisor's click was refused", "watch", ear.ID, "mode", m, "refusal", refusal, "err", err)
		}
		return dialer.Explain(dialer.ErrConflict, refusal)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// End serves POST /watch/{id}/end.
func (h *Handler) End(w http.ResponseWriter, r *http.Request) error {
	ear, err := h.live(r)
	if err != nil {
		return err
	}
	intent := h.intent(ear, dialer.IntentUnwatch, "")
	if err := h.Store.AddIntent(r.Context(), intent, h.Now()); err != nil {
		return err
	}
	h.tell(r.Context(), intent)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// live is the supervisor's own watch that the address names.
func (h *Handler) live(r *http.Request) (dialer.Watch, error) {
	n, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return dialer.Watch{}, errOver
	}
	ear, err := h.Store.Watch(r.Context(), signin.User(r.Context()).ID, dialer.WatchID(n))
	if errors.Is(err, dialer.ErrNotFound) {
		return dialer.Watch{}, errOver
	}
	return ear, err
}

// intent is a click about a watch. It is of no session: a refusal must not stand
// on the agent's screen.
func (h *Handler) intent(ear dialer.Watch, kind dialer.IntentKind, m dialer.WatchMode) dialer.Intent {
	return dialer.Intent{ID: dialer.IntentID(h.NextID()), ServerID: ear.ServerID, Kind: kind, Args: dialer.IntentArgs{Watch: ear.ID, Mode: m}}
}

// tell has listen look at once; untold, it finds the row.
func (h *Handler) tell(ctx context.Context, intent dialer.Intent) {
	ctx, cancel := context.WithTimeout(ctx, commandIn)
	defer cancel()
	if err := h.Commander.Notify(ctx, intent.ServerID, intent); err != nil {
		h.Log.Info("listen was not told of an intent", "intent", intent.ID, "err", err)
	}
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
