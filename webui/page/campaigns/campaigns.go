// Package campaigns is the admin's view of campaigns: the list, and one campaign
// with its settings, its lists and its live counts.
package campaigns

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/counts"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/signin"
	"trunkline/webui/tail"
	"trunkline/webui/ui"
)

// Store reads campaigns.
type Store interface {
	CampaignLines(ctx context.Context) ([]facts.CampaignLine, error)
	// Campaign is one campaign, or ErrNotFound.
	Campaign(ctx context.Context, id dialer.CampaignID) (facts.Campaign, error)
	CampaignLists(ctx context.Context, id dialer.CampaignID) ([]facts.ListLine, error)
	// HasLeads tells whether there is a lead in any of a campaign's lists.
	HasLeads(ctx context.Context, id dialer.CampaignID) (bool, error)
	// CampaignLeads counts the leads of a campaign's lists by status, which takes
	// long where there are millions.
	CampaignLeads(ctx context.Context, id dialer.CampaignID) ([]facts.StatusCount, error)
	// CampaignLive counts; what is counted since a moment begins at day.
	CampaignLive(ctx context.Context, id dialer.CampaignID, day time.Time) (facts.CampaignLive, error)
	// CampaignChanges lists the latest audited changes, the newest first.
	CampaignChanges(ctx context.Context, id dialer.CampaignID) ([]audit.Entry, error)
}

// Changes changes campaigns; each change writes its audit row and its event in
// the same transaction.
type Changes interface {
	SetCampaignActive(ctx context.Context, c facts.CampaignChange, active bool) error
	SetDialLevel(ctx context.Context, c facts.CampaignChange, level float64) error
}

// Config is what the pages need.
type Config struct {
	Store   Store
	Changes Changes
	Editor  Editor
	Hub     *tail.Hub
	// What settings choose from.
	Campaigns func(context.Context) ([]facts.CampaignChoice, error)
	Scripts   func(context.Context) ([]facts.Script, error)
	Sounds    func(context.Context) ([]facts.Sound, error)
	InGroups  func(context.Context) ([]dialer.InGroup, error)
	Statuses  func(context.Context) ([]facts.SetStatus, error)
	Groups    func(context.Context) ([]facts.Group, error)
	// Findings are what the rules ask of a campaign and its settings do not see to.
	Findings func(context.Context, dialer.Campaign) ([]facts.Finding, error)
	// LeadsOf keeps what Store.CampaignLeads has counted.
	LeadsOf *counts.Kept[dialer.CampaignID, []facts.StatusCount]
	// Sizes keeps what Editor.ListSizes has counted, under the key "".
	Sizes *counts.Kept[string, map[dialer.ListID]int]
	// Census keeps what holds campaigns' leads back.
	Census *counts.Kept[dialer.CampaignID, facts.WhyNot]
	// NewList makes a list for a campaign, called after it.
	NewList func(ctx context.Context, by audit.By, campaign dialer.CampaignID, name string) (dialer.ListID, error)
	// Reception knows when the viewer of a stream has signed out.
	Reception *signin.Reception
	Now       func() time.Time // the database's clock
	Zone      *time.Location   // in which "today" begins
	Log       *slog.Logger
}

// Handler serves the pages.
type Handler struct {
	Config
	boards boards
}

// New makes the pages.
func New(c Config) *Handler {
	h := &Handler{Config: c}
	h.boards.read = h.readLive
	h.boards.hub = c.Hub
	return h
}

// List serves GET /campaigns.
func (h *Handler) List(w http.ResponseWriter, r *http.Request) error {
	lines, err := h.Store.CampaignLines(r.Context())
	if err != nil {
		return err
	}
	user := signin.User(r.Context())
	lines = slices.DeleteFunc(lines, func(l facts.CampaignLine) bool { return !user.Sees(l.ID) })
	m := newListModel(ui.FrameOf(r, "Campaigns", "campaigns", "admin.js"), lines)
	if len(lines) == 0 {
		carriers, err := h.Editor.CarrierChoices(r.Context())
		if err != nil {
			return err
		}
		m.NoLine = len(carriers) == 0
	}
	return ui.Render(w, r, http.StatusOK, listPage(m))
}

// Show serves GET /campaigns/{campaign}.
func (h *Handler) Show(w http.ResponseWriter, r *http.Request) error {
	return h.show(w, r, http.StatusOK, nil)
}

// Leads serves GET /campaigns/{campaign}/leads: the part of the page with the
// lists, for which it had no time to wait.
func (h *Handler) Leads(w http.ResponseWriter, r *http.Request) error {
	m, err := h.listsOf(r, h.LeadsOf.Part)
	if err != nil {
		return err
	}
	return ui.Render(w, r, http.StatusOK, lists(m))
}

// listsOf are the campaign's lists, with their leads as far as they are known.
func (h *Handler) listsOf(r *http.Request, ask func(context.Context, dialer.CampaignID) (counts.Count[[]facts.StatusCount], error)) (listsModel, error) {
	id := dialer.CampaignID(r.PathValue("campaign"))
	all, err := h.Store.CampaignLists(r.Context(), id)
	if err != nil {
		return listsModel{}, err
	}
	if r.FormValue("wait") != "" {
		ask = h.LeadsOf.Now
	}
	c, err := ask(r.Context(), id)
	return newLists(id, all, c), err
}

// typed is a dial level that could not be taken, and why.
type typed struct{ value, sentence string }

func (h *Handler) show(w http.ResponseWriter, r *http.Request, status int, level *typed) error {
	ctx, id := r.Context(), dialer.CampaignID(r.PathValue("campaign"))
	c, err := h.Store.Campaign(ctx, id)
	if err != nil {
		return err
	}
	// Side by side: leads that are still being counted are waited for a moment, in
	// which the day's calls are read.
	var lists listsModel
	var live facts.CampaignLive
	var changes []audit.Entry
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		lists, err = h.listsOf(r, h.LeadsOf.Page)
		return err
	})
	g.Go(func() (err error) {
		if live, err = h.Store.CampaignLive(ctx, id, ui.DayOf(h.Now(), h.Zone)); err == nil {
			changes, err = h.Store.CampaignChanges(ctx, id)
		}
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	var lines []ui.ChangeLine
	for _, e := range changes {
		lines = append(lines, h.changeLine(e, offers{}))
	}
	m := newPageModel(ui.FrameOf(r, c.Name, "campaigns", "admin.js"), c, lists, live, lines, h.Now().In(h.Zone))
	if m.Findings, err = h.Findings(r.Context(), c.Campaign); err != nil {
		return err
	}
	if level != nil {
		m.Level, m.LevelError = level.value, level.sentence
	}
	return ui.Render(w, r, status, campaignPage(m))
}

// Start serves POST /campaigns/{campaign}/start.
func (h *Handler) Start(w http.ResponseWriter, r *http.Request) error { return h.setActive(w, r, true) }

// Stop serves POST /campaigns/{campaign}/stop.
func (h *Handler) Stop(w http.ResponseWriter, r *http.Request) error { return h.setActive(w, r, false) }

func (h *Handler) setActive(w http.ResponseWriter, r *http.Request, active bool) error {
	if err := h.Changes.SetCampaignActive(r.Context(), h.change(r), active); err != nil {
		return err
	}
	if active {
		c, err := h.Store.Campaign(r.Context(), h.change(r).Campaign)
		var found []facts.Finding
		if err == nil {
			found, err = h.Findings(r.Context(), c.Campaign)
		}
		if err == nil && len(found) > 0 {
			ui.Flash(w, "It dials now. Read what the rules leave to you, below.")
		}
	}
	return back(w, r)
}

// Level serves POST /campaigns/{campaign}/level (form `level`).
func (h *Handler) Level(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	value := strings.TrimSpace(f.Value("level"))
	level, err := strconv.ParseFloat(strings.Replace(value, ",", ".", 1), 64)
	if err != nil || !(level >= 0 && level <= 20) {
		return h.show(w, r, http.StatusUnprocessableEntity, &typed{value, "Enter a number from 0 to 20, such as 1.5."})
	}
	if err := h.Changes.SetDialLevel(r.Context(), h.change(r), level); err != nil {
		return err
	}
	return back(w, r)
}

func (h *Handler) change(r *http.Request) facts.CampaignChange {
	return facts.CampaignChange{Campaign: dialer.CampaignID(r.PathValue("campaign")), By: signin.By(r, h.Now())}
}

func back(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, "/campaigns/"+r.PathValue("campaign"), http.StatusSeeOther)
	return nil
}

// readLive reads and renders what all viewers of a campaign see.
func (h *Handler) readLive(ctx context.Context, id dialer.CampaignID) (string, error) {
	live, err := h.Store.CampaignLive(ctx, id, ui.DayOf(h.Now(), h.Zone))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := livePart(newLiveModel(live)).Render(ctx, &b); err != nil {
		return "", err
	}
	return b.String(), nil
}
