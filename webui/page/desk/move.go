package desk

import (
	"context"
	"errors"
	"net/http"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/signin"
)

// Move serves POST /desk/move: the shift goes on on another server, its own being
// down. A call that was on the line is lost with that server, or, where another has
// the customer's line, waits for whoever is free first.
func (h *Handler) Move(w http.ResponseWriter, r *http.Request) error {
	shift, err := h.Shifts.MoveShift(r.Context(), facts.NewShift{ID: dialer.SessionID(h.NextID()), User: signin.User(r.Context()).ID}, h.Now())
	if errors.Is(err, dialer.ErrNotFound) {
		return errNoShift
	}
	if err != nil {
		return err
	}
	h.Log.Info("a shift goes on on another server", "user", shift.Session.UserID, "server", shift.Server.Name)
	if shift.Phone.Kind != dialer.PhoneWebRTC { // the page's own is rung once it has registered
		ctx, cancel := context.WithTimeout(r.Context(), commandIn)
		defer cancel()
		if err := h.Commander.RingAgent(ctx, shift.Session.ServerID, shift.Session.ID, h.Now().UnixMilli(), shift.Phone); err != nil {
			h.Log.Warn("an agent's phone was not rung", "session", shift.Session.ID, "server", shift.Server.Name, "err", err)
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
