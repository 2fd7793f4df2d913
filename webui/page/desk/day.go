package desk

import (
	"net/http"

	"trunkline/dialer"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// myDay is the agent's own statistics of the day; times in seconds.
type myDay struct {
	Calls    int `json:"calls"`
	Sales    int `json:"sales"`
	Talk     int `json:"talk_s"` // with the customers, holds included
	Waiting  int `json:"waiting_s"`
	InCall   int `json:"in_call_s"`
	WrapUp   int `json:"wrap_up_s"`
	Paused   int `json:"paused_s"`
	SignedIn int `json:"signed_in_s"`
	Promised int `json:"promised"`
	Kept     int `json:"kept"`
}

// Day serves GET /desk/day: what the agent did today, up to now.
func (h *Handler) Day(w http.ResponseWriter, r *http.Request) error {
	shift, err := h.shift(r)
	if err != nil {
		return err
	}
	now := h.Now()
	began := ui.DayOf(now, h.Zone)
	d, err := h.Shifts.Day(r.Context(), signin.User(r.Context()).ID, began, now)
	if err != nil {
		return err
	}
	// The present state is in no log yet.
	since := shift.Session.Since
	if since.Before(began) {
		since = began
	}
	d.States[shift.Session.State] += int(age(now, since) / 1000)
	all := 0
	for _, s := range d.States {
		all += s
	}
	return writeJSON(w, myDay{
		Calls: d.Calls, Sales: d.Sales, Talk: d.TalkSeconds, Waiting: d.States[dialer.AgentReady], InCall: d.States[dialer.AgentInCall],
		WrapUp: d.States[dialer.AgentWrapUp], Paused: d.States[dialer.AgentPaused], SignedIn: all, Promised: d.Promised, Kept: d.Kept,
	})
}
