package desk

import (
	"context"
	"errors"
	"net/http"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/signin"
)

// Move serves POST /desk/move: the shift goes on on another server, its own being
// down. The call that the agent had is wrapped up there, with the outcome that was
// chosen; where another server has the customer's line, it waits for whoever is
// free first.
func (h *Handler) Move(w http.ResponseWriter, r *http.Request) error {
	shift, err := h.move(r.Context(), facts.NewShift{ID: dialer.SessionID(h.NextID()), User: signin.User(r.Context()).ID})
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

// How long a click to go on waits until it is known what becomes of the call. The
// database says in less for how long there is anything to wait for.
const (
	moveLook = 250 * time.Millisecond
	moveWait = 8 * time.Second
)

// move waits while the server that has the customer's line has still to find out
// that the agent's is dead. Who went on before that would be there without the call
// whose customer had hung up, and nobody would say what became of it.
func (h *Handler) move(ctx context.Context, n facts.NewShift) (facts.Shift, error) {
	ctx, cancel := context.WithTimeout(ctx, moveWait)
	defer cancel()
	look := time.NewTicker(moveLook)
	defer look.Stop()
	for {
		shift, err := h.Shifts.MoveShift(ctx, n, h.Now())
		if !errors.Is(err, facts.ErrUndecided) {
			return shift, err
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return shift, err
		}
	}
}
