package liveboard

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/signin"
)

// saysRunes is how long a reason may be that an agent is told.
const saysRunes = 200

// commandIn is how long a telephony server may take to hear of an intent.
const commandIn = 3 * time.Second

var errNotOnShift = dialer.Explain(dialer.ErrNotFound, "That agent is not on shift any more.")

// Pause serves POST /board/agents/{id}/pause (form `code`, `says`): at once, or
// after the call that is up.
func (h *Handler) Pause(w http.ResponseWriter, r *http.Request) error {
	s, says, err := h.ask(r)
	if err != nil {
		return err
	}
	code := r.PostFormValue("code")
	codes, err := h.Codes(r.Context())
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(codes, func(c facts.SetPauseCode) bool {
		return c.Code == code && (c.Campaign == "" || c.Campaign == s.Campaign)
	}) {
		return dialer.Explain(nil, "Choose a pause code from the list.")
	}
	if s.State == dialer.AgentConnecting {
		return dialer.Explain(dialer.ErrConflict, name(s)+"'s phone is not connected: no calls go there now.")
	}
	if err := h.intend(r, s, dialer.IntentPause, dialer.IntentArgs{Code: code}, says); err != nil {
		return err
	}
	when := " is paused"
	if s.State == dialer.AgentInCall || s.State == dialer.AgentWrapUp {
		when = " is paused after this call"
	}
	return answer(w, name(s)+when+", and has been told why.")
}

// SignOut serves POST /board/agents/{id}/signout (form `says`): the shift ends.
func (h *Handler) SignOut(w http.ResponseWriter, r *http.Request) error {
	s, says, err := h.ask(r)
	if err != nil {
		return err
	}
	switch s.State {
	case dialer.AgentInCall:
		return dialer.Explain(dialer.ErrConflict, name(s)+" has a customer on the line. Pause after the call, then sign out; or take the call over first.")
	case dialer.AgentWrapUp:
		return dialer.Explain(dialer.ErrConflict, name(s)+" has yet to choose the outcome of the last call, which would be lost. Pause, then sign out once that is done.")
	}
	if err := h.intend(r, s, dialer.IntentLogout, dialer.IntentArgs{}, says); err != nil {
		return err
	}
	return answer(w, name(s)+"'s shift ends, and "+name(s)+" has been told why.")
}

// ask reads which shift is meant and why, and whether it concerns the supervisor.
func (h *Handler) ask(r *http.Request) (s facts.BoardShift, says string, err error) {
	n, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return s, "", errNotOnShift
	}
	s, err = h.Store.Shift(r.Context(), dialer.SessionID(n))
	if errors.Is(err, dialer.ErrNotFound) || err == nil && !signin.User(r.Context()).May(dialer.RightWatch, s.Campaign) {
		return s, "", errNotOnShift // whose it is, is nobody's who may not see it
	}
	if err != nil {
		return s, "", err
	}
	says = strings.Join(strings.Fields(strings.ToValidUTF8(r.PostFormValue("says"), "")), " ")
	switch {
	case says == "":
		return s, "", dialer.Explain(nil, "Say why: "+name(s)+" is shown it.")
	case utf8.RuneCountInString(says) > saysRunes:
		return s, "", dialer.Explain(nil, "The reason is longer than 200 characters. Shorten it.")
	}
	return s, says, nil
}

func (h *Handler) intend(r *http.Request, s facts.BoardShift, kind dialer.IntentKind, args dialer.IntentArgs, says string) error {
	intent := dialer.Intent{ID: dialer.IntentID(h.NextID()), ServerID: s.Server, SessionID: s.Session, Kind: kind, Args: args}
	if err := h.Store.AskAgent(r.Context(), signin.By(r, h.Now()), s, intent, says); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), commandIn)
	defer cancel()
	if err := h.Commander.Notify(ctx, s.Server, intent); err != nil {
		h.Log.Info("listen was not told of an intent", "intent", intent.ID, "err", err) // it finds the row
	}
	return nil
}

func name(s facts.BoardShift) string {
	if s.FullName != "" {
		return s.FullName
	}
	return s.Username
}

func answer(w http.ResponseWriter, says string) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	return json.NewEncoder(w).Encode(map[string]string{"says": says})
}
