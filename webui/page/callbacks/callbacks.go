// Package callbacks is the pages of the calls that customers were promised.
package callbacks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// Store keeps callbacks.
type Store interface {
	Open(ctx context.Context, campaign dialer.CampaignID, due time.Time, after dialer.CallbackID, limit int) ([]dialer.CallbackLine, error)
	Closed(ctx context.Context, campaign dialer.CampaignID, before dialer.CallbackID, limit int) ([]dialer.CallbackLine, error)
	One(ctx context.Context, id dialer.CallbackID) (dialer.Callback, error)
	// Seen is how many audited changes one has seen: see audit.Record.
	Seen(ctx context.Context, id dialer.CallbackID) (int, error)
	// Save and Cancel change one that stands; a *dialer.Problem says that it has
	// ended. Save may return *audit.Conflict.
	Save(ctx context.Context, id dialer.CallbackID, e audit.Edit[facts.SetCallback]) error
	Cancel(ctx context.Context, by audit.By, id dialer.CallbackID) error
}

// Config is what the pages need.
type Config struct {
	Store     Store
	Campaigns func(context.Context) ([]facts.CampaignChoice, error)
	Users     func(context.Context) ([]facts.Account, error)
	// Closed is why a campaign's lead may not be called at a time, or "".
	Closed func(ctx context.Context, campaign dialer.CampaignID, lead dialer.LeadID, at time.Time) (string, error)
	Now    func() time.Time // the database's clock
	Zone   *time.Location
}

// Handler serves the pages.
type Handler struct{ Config }

// New makes the pages.
func New(c Config) *Handler { return &Handler{c} }

const pageOf = 100

// List serves GET /callbacks: those that stand, the soonest first, or with
// `ended` those that ended; of one `campaign` or of all.
func (h *Handler) List(w http.ResponseWriter, r *http.Request) error {
	campaign, ended := dialer.CampaignID(r.FormValue("campaign")), r.FormValue("ended") != ""
	user := signin.User(r.Context())
	m := listModel{Frame: ui.AdminFrame(r, "Callbacks", "callbacks"), Ended: ended, Campaign: string(campaign)}
	campaigns, err := h.Campaigns(r.Context())
	if err != nil {
		return err
	}
	m.Campaigns = []ui.Choice{{Value: "", Name: "Every campaign"}}
	for _, c := range campaigns {
		if user.May(dialer.RightLeads, c.ID) {
			m.Campaigns = append(m.Campaigns, ui.Choice{Value: string(c.ID), Name: c.Name})
		}
	}
	id, _ := strconv.ParseInt(r.FormValue("after"), 10, 64)
	var lines []dialer.CallbackLine
	if ended {
		lines, err = h.Store.Closed(r.Context(), campaign, dialer.CallbackID(id), pageOf)
	} else {
		due, _ := time.Parse(time.RFC3339Nano, r.FormValue("due"))
		lines, err = h.Store.Open(r.Context(), campaign, due, dialer.CallbackID(id), pageOf)
	}
	if err != nil {
		return err
	}
	now := h.Now()
	for _, l := range lines {
		if user.May(dialer.RightLeads, l.CampaignID) {
			m.Rows = append(m.Rows, newRow(l, now, h.Zone))
		}
	}
	if len(lines) == pageOf {
		last := lines[len(lines)-1]
		q := url.Values{"campaign": {string(campaign)}, "after": {strconv.FormatInt(int64(last.ID), 10)}, "due": {last.DueAt.Format(time.RFC3339Nano)}}
		if ended {
			q.Set("ended", "1")
		}
		m.More = "/callbacks?" + q.Encode()
	}
	return ui.Render(w, r, http.StatusOK, listPage(m))
}

// one is the callback of the address, if it concerns the user.
func (h *Handler) one(r *http.Request) (dialer.Callback, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return dialer.Callback{}, dialer.ErrNotFound
	}
	c, err := h.Store.One(r.Context(), dialer.CallbackID(id))
	if err == nil && !signin.User(r.Context()).May(dialer.RightLeads, c.CampaignID) {
		err = dialer.ErrForbidden
	}
	return c, err
}

// Edit serves GET /callbacks/{id}.
func (h *Handler) Edit(w http.ResponseWriter, r *http.Request) error {
	id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
	seen, err := h.Store.Seen(r.Context(), dialer.CallbackID(id)) // before it is read: what comes between is not seen
	if err != nil {
		return err
	}
	c, err := h.one(r)
	if err != nil {
		return err
	}
	is := facts.CallbackOf(c)
	f := form.Of(map[string]string{
		"due": is.Due, "kind": string(is.Kind), "user": strconv.FormatInt(int64(is.User), 10), "comments": is.Comments,
		form.SeenField: strconv.Itoa(seen),
	})
	return h.edit(w, r, http.StatusOK, c, f, nil)
}

func zoneOf(name string) *time.Location {
	if zone, err := time.LoadLocation(name); err == nil {
		return zone
	}
	return time.UTC
}

// shownField is the hidden field that carries what the form showed: calls change a
// callback, too, without an entry in the audit log.
const shownField = "shown"

func (h *Handler) edit(w http.ResponseWriter, r *http.Request, status int, c dialer.Callback, f *form.Form, met *audit.Conflict) error {
	users, err := h.Users(r.Context())
	if err != nil {
		return err
	}
	m := newEdit(ui.AdminFrame(r, "Callback", "callbacks"), c, f, users)
	m.Seen, m.Shown = f.Seen(), f.Value(shownField)
	if met != nil {
		m.Seen, m.Shown = met.Seen, ""
		m.Clashes = ui.Clashes(met, m.Fields, func(e audit.Entry) string { return "at " + e.At.In(h.Zone).Format("15:04") })
	}
	if m.Shown == "" {
		text, err := json.Marshal(facts.CallbackOf(c))
		if err != nil {
			return err
		}
		m.Shown = string(text)
	}
	return ui.Render(w, r, status, editPage(m))
}

// Save serves POST /callbacks/{id}: moved to another time or agent.
func (h *Handler) Save(w http.ResponseWriter, r *http.Request) error {
	c, err := h.one(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	now, zone := h.Now(), zoneOf(c.Zone)
	typed := strings.Replace(f.Needed("due", 16, "Enter a day and a time, such as 2026-12-31 14:30."), "T", " ", 1)
	due, err := time.ParseInLocation("2006-01-02 15:04", typed, zone)
	switch {
	case !f.OK():
	case err != nil:
		f.Fail("due", "Enter a day and a time, such as 2026-12-31 14:30.")
	case !due.After(now) && typed != c.DueAt.In(zone).Format("2006-01-02 15:04"): // one that is due may keep its time
		f.Fail("due", fmt.Sprintf("It is %s already where the customer is. Choose a later time.", now.In(zone).Format("2006-01-02 15:04")))
	case due.Sub(now) > 366*24*time.Hour:
		f.Fail("due", "A callback is at most a year ahead. Choose an earlier day.")
	case !due.Equal(c.DueAt.Truncate(time.Minute)): // one that stands may keep its time
		why, err := h.Closed(r.Context(), c.CampaignID, c.LeadID, due)
		if err != nil {
			return err
		}
		if why != "" {
			f.Fail("due", why)
		}
	}
	kind := dialer.CallbackKind(f.Value("kind"))
	if kind != dialer.CallbackAnyone && kind != dialer.CallbackUserOnly {
		f.Fail("kind", "Choose who calls back.")
	}
	user, _ := strconv.ParseInt(f.Value("user"), 10, 64)
	users, err := h.Users(r.Context())
	if err != nil {
		return err
	}
	switch {
	case kind == dialer.CallbackUserOnly && user == 0:
		f.Fail("user", "Choose the agent who calls back.")
	case user != 0 && !slices.ContainsFunc(users, func(u facts.Account) bool { return u.ID == dialer.UserID(user) && calls(u, c) }):
		f.Fail("user", "Choose an agent who takes this campaign's calls.")
	}
	comments := f.Line("comments", 255)
	if !f.OK() {
		return h.edit(w, r, http.StatusUnprocessableEntity, c, f, nil)
	}
	e := audit.Edit[facts.SetCallback]{By: signin.By(r, now), Seen: f.Seen(), Record: facts.SetCallback{Due: typed, Kind: kind, User: dialer.UserID(user), Comments: comments}}
	_ = json.Unmarshal([]byte(f.Value(shownField)), &e.Shown) // what cannot be read shows nothing
	err = h.Store.Save(r.Context(), c.ID, e)
	var met *audit.Conflict
	if errors.As(err, &met) {
		return h.edit(w, r, http.StatusConflict, c, f, met)
	}
	if err != nil {
		return err
	}
	return ui.Done(w, r, "/callbacks", fmt.Sprintf("The callback is on %s there.", due.Format("Mon 2 Jan, 15:04")))
}

// AskCancel serves GET /callbacks/{id}/cancel.
func (h *Handler) AskCancel(w http.ResponseWriter, r *http.Request) error {
	c, err := h.one(r)
	if err != nil {
		return err
	}
	at := fmt.Sprintf("/callbacks/%d", c.ID)
	return ui.Render(w, r, http.StatusOK, ui.ConfirmPage(ui.AdminFrame(r, "Cancel callback", "callbacks"), ui.Confirm{
		ID: "cancel", Title: "Cancel the callback?", Do: "Cancel the callback", Keep: "Keep it", Action: at + "/cancel", Back: "/callbacks",
		Says: "Nobody calls back at the promised time. The lead gets the status No answer, in which it may be dialed as any other.",
	}))
}

// Cancel serves POST /callbacks/{id}/cancel.
func (h *Handler) Cancel(w http.ResponseWriter, r *http.Request) error {
	c, err := h.one(r)
	if err != nil {
		return err
	}
	if err := h.Store.Cancel(r.Context(), signin.By(r, h.Now()), c.ID); err != nil {
		return err
	}
	return ui.Done(w, r, "/callbacks", "The callback is cancelled.")
}
