package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/signin"
)

// callbackSent is a callback as programs read it.
type callbackSent struct {
	ID       dialer.CallbackID    `json:"id"`
	Lead     dialer.LeadID        `json:"lead_id"`
	Campaign dialer.CampaignID    `json:"campaign_id"`
	At       time.Time            `json:"at"`
	Zone     string               `json:"zone"`
	Kind     dialer.CallbackKind  `json:"kind"`
	State    dialer.CallbackState `json:"state"`
	Tries    int                  `json:"tries"`
	Comments string               `json:"comments"`
}

func sentCallback(c dialer.Callback) callbackSent {
	return callbackSent{c.ID, c.LeadID, c.CampaignID, c.DueAt.UTC(), c.Zone, c.Kind, c.State, c.Tries, c.Comments}
}

// Promised serves GET /api/v1/leads/{id}/callbacks: the lead's last 20, those that
// ended among them, the newest first.
func (h *Handler) Promised(w http.ResponseWriter, r *http.Request) error {
	l, _, err := h.lead(r)
	if err != nil {
		return err
	}
	lines, err := h.Callbacks.OfLead(r.Context(), l.ID)
	if err != nil {
		return err
	}
	type line struct {
		callbackSent
		Agent string `json:"agent"` // full name; "": whoever is free
	}
	all := make([]line, len(lines))
	for i, c := range lines {
		all[i] = line{sentCallback(c.Callback), c.Agent}
	}
	return send(w, http.StatusOK, map[string]any{"callbacks": all})
}

// farthest is how far ahead a call may be promised.
const farthest = 366 * 24 * time.Hour

// wallClock is a moment without a zone: of the clock where the customer is.
const wallClock = "2006-01-02T15:04"

// moments are how a program may write one, with a zone (RFC 3339) or without.
var moments = []string{time.RFC3339, wallClock + "Z07:00", wallClock + ":05", wallClock}

// moment reads one, by the clock of a zone where it names none.
func moment(text string, zone *time.Location) (at time.Time, err error) {
	for _, form := range moments {
		if at, err = time.ParseInLocation(form, text, zone); err == nil {
			return at.UTC(), nil
		}
	}
	return at, err
}

// AddCallback serves POST /api/v1/leads/{id}/callbacks: `at` (RFC 3339, or without a zone
// the clock in the customer's), `zone` (IANA, of the customer; else the lead's, as
// the agents' calendar has it), `kind` (ANYONE, USERONLY), `user` (a user name),
// `comments`. A moment at which the campaign, its list or the law allow no call is
// refused with the sentence that agents read.
func (h *Handler) AddCallback(w http.ResponseWriter, r *http.Request) error {
	l, _, err := h.lead(r)
	if err != nil {
		return err
	}
	f, err := read(r, "at", "zone", "kind", "user", "comments")
	if err != nil {
		return err
	}
	if f.Value("kind") == "" {
		f.Set("kind", string(dialer.CallbackAnyone))
	}
	now := h.Now()
	zone, err := h.callbackZone(r.Context(), f, l)
	if err != nil {
		return err
	}
	c := dialer.Callback{
		CampaignID: l.Campaign, LeadID: l.ID, Kind: dialer.CallbackKind(f.Choice("kind", string(dialer.CallbackAnyone), string(dialer.CallbackUserOnly))),
		Zone: zone.String(), State: dialer.CallbackActive, Comments: f.Line("comments", 255), MadeBy: signin.User(r.Context()).ID, CreatedAt: now, ChangedAt: now,
	}
	c.DueAt, err = moment(f.Line("at", 40), zone)
	switch {
	case err != nil:
		f.Fail("at", "Send the moment as 2026-12-31T14:30:00-05:00, or without a zone (2026-12-31T14:30) by the customer's clock.")
	case !c.DueAt.After(now):
		f.Fail("at", fmt.Sprintf("This is past: it is %s in %s. Send a later moment.", now.In(zone).Format(wallClock), zone))
	case c.DueAt.Sub(now) > farthest:
		f.Fail("at", "A callback is at most a year ahead. Send an earlier day.")
	}
	if c.Kind == dialer.CallbackUserOnly {
		user, err := h.UserNamed(r.Context(), f.Line("user", 20))
		switch {
		case errors.Is(err, dialer.ErrNotFound), err == nil && (!user.Active || !user.May(dialer.RightDesk, l.Campaign)):
			f.Fail("user", "Send the user name of an agent who takes this campaign's calls.")
		case err != nil:
			return err
		}
		c.UserID = user.ID
	}
	if f.OK() { // by a wrong zone it would be another moment
		why, err := h.Closed(r.Context(), l.Campaign, l.ID, c.DueAt)
		if err != nil {
			return err
		}
		if why != "" {
			f.Fail("at", why)
		}
	}
	if err := wrong(f); err != nil {
		return err
	}
	if c.ID, err = h.Callbacks.Add(r.Context(), c); err != nil {
		return err
	}
	return send(w, http.StatusCreated, sentCallback(c))
}

// callbackZone is the customer's zone: the one that is sent, else the first of those
// that the lead may be in, in which agents agree upon callbacks as well. UTC where
// neither is one, and then the form says so.
func (h *Handler) callbackZone(ctx context.Context, f *form.Form, l facts.SetLead) (*time.Location, error) {
	name := f.Line("zone", 64)
	says := "Send the customer's time zone by its IANA name, such as America/Chicago."
	if name == "" {
		known, err := h.Leads.Facts(ctx, l)
		if err != nil {
			return nil, err
		}
		zones, _, _ := strings.Cut(known.Zones, ";") // behind it stand the rules that the place falls under
		name, _, _ = strings.Cut(zones, ",")
		says = "Where this customer is does not show from the lead. " + says
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		f.Fail("zone", says)
		return time.UTC, nil
	}
	return zone, nil
}

// CancelCallback serves POST /api/v1/callbacks/{id}/cancel. Nobody calls then, and the
// lead may be dialed as any other that nobody answered.
func (h *Handler) CancelCallback(w http.ResponseWriter, r *http.Request) error {
	if r.ContentLength != 0 {
		f, err := read(r)
		if err != nil {
			return err
		}
		if err := wrong(f); err != nil {
			return err
		}
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	c := dialer.Callback{}
	if err == nil {
		c, err = h.Callbacks.One(r.Context(), dialer.CallbackID(id))
	} else {
		err = dialer.ErrNotFound
	}
	if err == nil && !signin.User(r.Context()).May(dialer.RightLeads, c.CampaignID) {
		err = dialer.ErrNotFound // whose it is concerns nobody else
	}
	if errors.Is(err, dialer.ErrNotFound) {
		return dialer.Explain(dialer.ErrNotFound, "There is no callback "+shown(r.PathValue("id"))+" that concerns this token.")
	}
	if err != nil {
		return err
	}
	if err := h.Callbacks.Cancel(r.Context(), signin.By(r, h.Now()), c.ID); err != nil {
		return err
	}
	if c, err = h.Callbacks.One(r.Context(), c.ID); err != nil {
		return err
	}
	return send(w, http.StatusOK, sentCallback(c))
}
