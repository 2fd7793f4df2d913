package desk

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/webui/signin"
)

// Promises are the callbacks that agents see.
type Promises interface {
	// OfUser are the open callbacks that an agent dials, the soonest first.
	OfUser(ctx context.Context, user dialer.UserID, limit int) ([]dialer.CallbackLine, error)
}

// farthest is how far ahead a call may be promised.
const farthest = 366 * 24 * time.Hour

// promised reads what an agent promised a customer: `callback_at`, a date and a
// time (2006-01-02T15:04) in the customer's `callback_zone`, and `callback_kind`.
func promised(r *http.Request, now time.Time) (*dialer.CallbackAsk, error) {
	at := r.PostFormValue("callback_at")
	if at == "" {
		return nil, dialer.Explain(nil, "Choose the day and the time of the callback, then save.")
	}
	// Several zones are those that a number may lie in: the first is as good.
	name, _, _ := strings.Cut(r.PostFormValue("callback_zone"), ",")
	zone, err := time.LoadLocation(strings.TrimSpace(name))
	if err != nil || name == "" || name == "Local" {
		name, zone = "UTC", time.UTC
	}
	due, err := time.ParseInLocation("2006-01-02T15:04", at, zone)
	if err != nil {
		return nil, dialer.Explain(nil, "The callback's day and time cannot be read. Choose them again.")
	}
	ask := &dialer.CallbackAsk{Kind: dialer.CallbackAnyone, DueAt: due.UTC(), Zone: name}
	if r.PostFormValue("callback_kind") == string(dialer.CallbackUserOnly) {
		ask.Kind = dialer.CallbackUserOnly
	}
	switch {
	case !due.After(now):
		return nil, dialer.Explain(nil, fmt.Sprintf("It is %s already where the customer is. Choose a later time for the callback.", now.In(zone).Format("15:04")))
	case due.Sub(now) > farthest:
		return nil, dialer.Explain(nil, "A callback is at most a year ahead. Choose an earlier day.")
	}
	return ask, nil
}

// promise is a callback as the desk lists it.
type promise struct {
	ID       string `json:"id"`
	Lead     string `json:"lead"`
	Name     string `json:"name"`
	Number   string `json:"number"`
	When     string `json:"when"`  // the agent's time
	There    string `json:"there"` // the customer's
	InS      int64  `json:"in_s"`  // how long until it is due; 0: it is
	Campaign string `json:"campaign"`
	Comments string `json:"comments"`
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
			ID: id(l.ID), Lead: id(l.LeadID), Name: l.LeadName, Number: l.E164, When: l.DueAt.In(h.Zone).Format("Mon 2 Jan, 15:04"),
			InS: max(0, int64(l.DueAt.Sub(now).Seconds())), Campaign: l.CampaignName, Comments: l.Comments,
		}
		if zone, err := time.LoadLocation(l.Zone); err == nil {
			p.There = l.DueAt.In(zone).Format("15:04")
		}
		all[i] = p
	}
	return writeJSON(w, all)
}
