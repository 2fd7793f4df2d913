// Package selection is the page of which leads a campaign dials beside its
// settings: recycling, filter, list mix and further numbers.
package selection

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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

// Store keeps the selection. What cannot be is a *dialer.Problem with a sentence;
// each change has its audit row and is taken up by the filler within a second.
type Store interface {
	Selection(ctx context.Context, id dialer.CampaignID) (facts.Selection, error)
	SetRecycle(ctx context.Context, by audit.By, id dialer.CampaignID, r facts.Recycle) error
	RemoveRecycle(ctx context.Context, by audit.By, id dialer.CampaignID, status dialer.Status) error
	// SaveFilter saves a filter and has the campaign go by it; others that use it
	// do, too.
	SaveFilter(ctx context.Context, by audit.By, id dialer.CampaignID, f facts.LeadFilter) error
	UseFilter(ctx context.Context, by audit.By, id dialer.CampaignID, name string) error
	// Matches counts how many of the campaign's leads pass a filter, Passes those
	// that pass the one of a name. A count that takes too long is a *dialer.Problem
	// and no dialer.ErrInvalid.
	Matches(ctx context.Context, id dialer.CampaignID, f facts.LeadFilter) (pass, of int, err error)
	Passes(ctx context.Context, id dialer.CampaignID, name string) (pass, of int, err error)
	SetMix(ctx context.Context, by audit.By, id dialer.CampaignID, method string, lines []facts.MixLine) error
	// SetOthers changes the rest: the second order, further numbers, caller id and
	// callbacks.
	SetOthers(ctx context.Context, by audit.By, id dialer.CampaignID, is facts.Selection) error
}

// Config is what the page needs.
type Config struct {
	Store    Store
	Campaign func(ctx context.Context, id dialer.CampaignID) (facts.Campaign, error)
	Statuses func(context.Context) ([]facts.SetStatus, error)
	Fields   []string // that a filter may test, by their columns
	Ops      func(field string) []string
	Now      func() time.Time // the database's clock
}

// Handler serves the page.
type Handler struct{ Config }

// New makes it.
func New(c Config) *Handler { return &Handler{c} }

// Show serves GET /campaigns/{campaign}/selection.
func (h *Handler) Show(w http.ResponseWriter, r *http.Request) error {
	return h.show(w, r, http.StatusOK, "", form.Of(nil))
}

// show draws the page; f is what was typed into the form of a part, if that was
// wrong.
func (h *Handler) show(w http.ResponseWriter, r *http.Request, status int, part string, f *form.Form) error {
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
	return ui.Render(w, r, status, page(newModel(ui.AdminFrame(r, c.Name, "campaigns"), c, is, statuses, h.Fields, h.ops(), part, f)))
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
	switch {
	case err != nil:
		return err
	case f.Notice != "" || !f.OK():
		return h.show(w, r, http.StatusUnprocessableEntity, part, f)
	}
	return ui.Done(w, r, "/campaigns/"+string(campaign(r))+"/selection#"+part, says+" The hopper goes by it within a second.")
}

// Recycle serves POST /campaigns/{campaign}/selection/recycle: sets a status, or
// with `remove` ends it.
func (h *Handler) Recycle(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	by := signin.By(r, h.Now())
	if gone := dialer.Status(f.Value("remove")); gone != "" {
		err := h.Store.RemoveRecycle(r.Context(), by, campaign(r), gone)
		if errors.Is(err, dialer.ErrNotFound) {
			err = nil // ended by somebody else just now
		}
		return h.done(w, r, "recycle", f, err, fmt.Sprintf("Leads of status %s are not recycled any more.", gone))
	}
	to := facts.Recycle{
		Status: dialer.Status(f.Needed("status", 6, "Choose a status.")),
		Delay:  time.Duration(f.Int("delay", 2, 43200, "min")) * time.Minute, Max: f.Int("max", 1, 20, "calls"),
	}
	if f.OK() {
		err = h.Store.SetRecycle(r.Context(), by, campaign(r), to)
	}
	return h.done(w, r, "recycle", f, err, fmt.Sprintf("Leads of status %s are called again after %s, %d times at most.", to.Status, wait(to.Delay), to.Max))
}

// Mix serves POST /campaigns/{campaign}/selection/mix.
func (h *Handler) Mix(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	method := f.Choice("method", "", "EVEN", "IN_ORDER", "RANDOM")
	var lines []facts.MixLine
	rows, _ := strconv.Atoi(f.Value("rows"))
	for i := range min(rows, mixRows) {
		n := strconv.Itoa(i)
		list, _ := strconv.ParseInt(f.Value("list_"+n), 10, 64)
		if list == 0 || method == "" {
			continue
		}
		lines = append(lines, facts.MixLine{
			List: dialer.ListID(list), Percent: f.Int("percent_"+n, 1, 100, "%"), Order: f.Line("order_"+n, 32), Statuses: strings.ToUpper(f.Line("statuses_"+n, 255)),
		})
	}
	if f.OK() {
		err = h.Store.SetMix(r.Context(), signin.By(r, h.Now()), campaign(r), method, lines)
	}
	says := "The lists are mixed by their shares."
	if method == "" {
		says = "There is no list mix: all lists of the campaign are dialed in its order."
	}
	return h.done(w, r, "mix", f, err, says)
}

// Others serves POST /campaigns/{campaign}/selection/others.
func (h *Handler) Others(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	to := facts.Selection{
		Then: f.Value("then"), AutoAlt: f.Value("auto_alt"), AltAfter: strings.Join(f.All("alt_after"), " "),
		CustomCallerID: f.Bool("custom_caller_id"), CallbackRelease: f.Int("callback_release", 0, 100000, "min"),
	}
	if to.AutoAlt != "" && to.AltAfter == "" {
		f.Fail("alt_after", "Choose after which statuses the next number is dialed, or no further numbers.")
	}
	if f.OK() {
		err = h.Store.SetOthers(r.Context(), signin.By(r, h.Now()), campaign(r), to)
	}
	return h.done(w, r, "others", f, err, "Saved.")
}
