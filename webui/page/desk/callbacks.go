package desk

import (
	"context"
	"net/http"
	"time"

	"trunkline/dialer"
	"trunkline/webui/signin"
)

// Promises are the callbacks that agents see.
type Promises interface {
	// OfUser are the open callbacks that an agent dials, the soonest first.
	OfUser(ctx context.Context, user dialer.UserID, limit int) ([]dialer.CallbackLine, error)
}

// promise is a callback as the desk lists it.
type promise struct {
	ID       string    `json:"id"`
	Lead     string    `json:"lead"`
	Name     string    `json:"name"`
	Number   string    `json:"number"`
	When     time.Time `json:"when"`
	There    string    `json:"there"` // the time of day where the customer is
	InS      int64     `json:"in_s"`  // how long until it is due; 0: it is
	Campaign string    `json:"campaign"`
	Comments string    `json:"comments"`
}

// Callbacks serves GET /desk/callbacks: the agent's own, the soonest first.
func (h *Handler) Callbacks(w http.ResponseWriter, r *http.Request) error {
	lines, err := h.Promises.OfUser(r.Context(), signin.User(r.Context()).ID, 100)
	if err != nil {
		return err
	}
	now := h.Now()
	all := make([]promise, len(lines))
	for i, l := range lines {
		p := promise{
			ID: id(l.ID), Lead: id(l.LeadID), Name: l.LeadName, Number: l.E164, When: l.DueAt.UTC(),
			InS: max(0, int64(l.DueAt.Sub(now).Seconds())), Campaign: l.CampaignName, Comments: l.Comments,
		}
		if zone, err := time.LoadLocation(l.Zone); err == nil {
			p.There = l.DueAt.In(zone).Format("15:04")
		}
		all[i] = p
	}
	return writeJSON(w, all)
}
