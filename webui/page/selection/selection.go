// Package selection is the page of which leads a campaign dials beside its
// settings: recycling, filter, list mix and further numbers, each a tab of its own.
package selection

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// Store keeps the selection. What cannot be is a *dialer.Problem with a sentence;
// each change has its audit row and is taken up by the filler within a second.
type Store interface {
	Selection(ctx context.Context, id dialer.CampaignID) (facts.Selection, error)
	SetRecycle(ctx context.Context, by audit.By, id dialer.CampaignID, r facts.Recycle) error
	RemoveRecycle(ctx context.Context, by audit.By, id dialer.CampaignID, r facts.Recycle) error
	// SaveFilter saves a filter and has the campaign go by it; others that use it
	// do, too. seen, here and below, is how many changes the filter, or the campaign,
	// had seen when the form was drawn (facts.Selection); what another changed since
	// gives an *audit.Conflict.
	SaveFilter(ctx context.Context, by audit.By, id dialer.CampaignID, f facts.LeadFilter, seen int) error
	UseFilter(ctx context.Context, by audit.By, id dialer.CampaignID, name string, seen int) error
	// Matches counts how many of the campaign's leads pass a filter, Passes those
	// that pass the one of a name. A count that takes too long is a *dialer.Problem
	// and no dialer.ErrInvalid.
	Matches(ctx context.Context, id dialer.CampaignID, f facts.LeadFilter) (pass, of int, err error)
	Passes(ctx context.Context, id dialer.CampaignID, name string) (pass, of int, err error)
	SetMix(ctx context.Context, by audit.By, id dialer.CampaignID, method string, lines []facts.MixLine, seen int) error
	// SetOthers changes the rest: the second order, further numbers, caller id and
	// callbacks; is has Seen.
	SetOthers(ctx context.Context, by audit.By, id dialer.CampaignID, is facts.Selection) error
}

// Config is what the page needs.
type Config struct {
	Store    Store
	Zone     *time.Location
	Campaign func(ctx context.Context, id dialer.CampaignID) (facts.Campaign, error)
	Statuses func(context.Context) ([]facts.SetStatus, error)
	Fields   []string // that a filter may test, by their columns
	Ops      func(field string) []string
	// Tabs are the campaign's pages that somebody may open, this one being open.
	Tabs func(user dialer.User, id dialer.CampaignID) []ui.Tab
	Now  func() time.Time // the database's clock
}

// Handler serves the page.
type Handler struct{ Config }

// New makes it.
func New(c Config) *Handler { return &Handler{c} }

// Show serves GET /campaigns/{campaign}/selection, which is the first part, and
// below it those of the other parts.
func (h *Handler) Show(part string) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		return h.show(w, r, http.StatusOK, part, nil, nil)
	}
}

// show draws the page of a part; f is what was typed into its form, if that was
// wrong, or met what another had changed; nil: nothing was.
func (h *Handler) show(w http.ResponseWriter, r *http.Request, status int, part string, f *form.Form, met *audit.Conflict) error {
	id := campaign(r)
	c, err := h.Campaign(r.Context(), id)
	if err != nil {
		return err
	}
	is, err := h.Store.Selection(r.Context(), id)
	if err != nil {
		return err
	}
	statuses, err := h.Statuses(r.Context())
	if err != nil {
		return err
	}
	m := newModel(ui.AdminFrame(r, c.Name, "campaigns"), c, is, statuses, h.Fields, h.ops(), part, f)
	m.Tabs = h.Tabs(m.Frame.User, id)
	m.met(part, f, met, h.Zone)
	return ui.Render(w, r, status, page(m))
}

// ops are all tests there are.
func (h *Handler) ops() []string {
	var all []string
	seen := map[string]bool{}
	for _, field := range append([]string{"custom.x"}, h.Fields...) {
		for _, op := range h.Ops(field) {
			if !seen[op] {
				seen[op] = true
				all = append(all, op)
			}
		}
	}
	return all
}

func campaign(r *http.Request) dialer.CampaignID { return dialer.CampaignID(r.PathValue("campaign")) }

// done answers a change: the page anew, or what is wrong with it.
func (h *Handler) done(w http.ResponseWriter, r *http.Request, part string, f *form.Form, err error, says string) error {
	var why *dialer.Problem
	if errors.As(err, &why) && errors.Is(err, dialer.ErrInvalid) {
		f.Notice, err = why.Sentence, nil
	}
	var met *audit.Conflict
	switch {
	case errors.As(err, &met):
		return h.show(w, r, http.StatusConflict, part, f, met)
	case err != nil:
		return err
	case f.Notice != "" || !f.OK():
		return h.show(w, r, http.StatusUnprocessableEntity, part, f, nil)
	}
	return ui.Done(w, r, address(campaign(r), part), says+" The hopper goes by it within a second.")
}

// seen is how many changes there had been when a form was drawn, below 0 where it
// does not say.
func seen(f *form.Form) int {
	if !f.Sent(form.SeenField) {
		return -1
	}
	return f.Seen()
}

// groupMark stands before the name of a status group where a status may be chosen
// as well.
const groupMark = "group "

// recycled is what was chosen: a status or a group.
func recycled(chosen string) facts.Recycle {
	if group, ok := strings.CutPrefix(chosen, groupMark); ok {
		return facts.Recycle{Group: group}
	}
	return facts.Recycle{Status: dialer.Status(chosen)}
}

// what names it in a sentence about its leads.
func what(r facts.Recycle) string {
	if r.Group != "" {
		return "the group " + r.Group
	}
	return "status " + string(r.Status)
}

// Recycle serves POST /campaigns/{campaign}/selection/recycle: sets a status or a
// status group, or with `remove` ends it.
func (h *Handler) Recycle(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	by := signin.By(r, h.Now())
	if gone := f.Value("remove"); gone != "" {
		err := h.Store.RemoveRecycle(r.Context(), by, campaign(r), recycled(gone))
		if errors.Is(err, dialer.ErrNotFound) {
			err = nil // ended by somebody else just now
		}
		return h.done(w, r, "recycle", f, err, fmt.Sprintf("Leads of %s are not recycled any more.", what(recycled(gone))))
	}
	to := recycled(f.Needed("status", 50, "Choose a status or a status group."))
	to.Delay, to.Max = time.Duration(f.Int("delay", 2, 43200, "min"))*time.Minute, f.Int("max", 1, 20, "calls")
	if to.Group == "" {
		known, err := h.Statuses(r.Context())
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(known, func(s facts.SetStatus) bool { return s.Status == to.Status }) {
			f.Fail("status", "There is no status "+string(to.Status)+". It may have been deleted meanwhile: choose another.")
		}
	}
	if f.OK() {
		err = h.Store.SetRecycle(r.Context(), by, campaign(r), to)
	}
	return h.done(w, r, "recycle", f, err, fmt.Sprintf("Leads of %s are called again after %s, %d times at most.", what(to), wait(to.Delay), to.Max))
}

// Others serves POST /campaigns/{campaign}/selection/others.
func (h *Handler) Others(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	to := facts.Selection{
		Then: f.Value("then"), AutoAlt: f.Value("auto_alt"), AltAfter: strings.Join(f.All("alt_after"), " "),
		CustomCallerID: f.Bool("custom_caller_id"), CallbackRelease: f.Int("callback_release", 0, 100000, "min"), Seen: seen(f),
	}
	if to.AutoAlt != "" && to.AltAfter == "" {
		f.Fail("alt_after", "Choose after which statuses the next number is dialed, or no further numbers.")
	}
	if f.OK() {
		err = h.Store.SetOthers(r.Context(), signin.By(r, h.Now()), campaign(r), to)
	}
	return h.done(w, r, "others", f, err, "Saved.")
}
