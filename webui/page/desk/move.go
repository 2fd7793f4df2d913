package desk

import (
	"errors"
	"net/http"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/signin"
)

// Move serves POST /desk/move: the shift goes on on another server, its own being
// down. The call that the agent had is wrapped up there, with the outcome that was
// chosen; where another server has the customer's line, it waits for whoever is
// free first.
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
		if err := h.Ringer.Ring(r.Context(), shift); err != nil {
			h.Log.Warn("an agent's phone was not rung", "session", shift.Session.ID, "server", shift.Server.Name, "err", err)
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
