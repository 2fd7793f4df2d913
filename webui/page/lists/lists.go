// Package lists is the pages of the lists of leads: what is set for each, what
// it holds, and what is done to all of its leads.
package lists

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/catalog"
	"trunkline/webui/counts"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// Store keeps lists, and does what is done to all leads of one.
type Store interface {
	catalog.Store[facts.SetList]
	// Statuses are how many leads a list has of each status, which takes long to
	// count where there are millions.
	Statuses(ctx context.Context, list dialer.ListID) ([]facts.ListStatus, error)
	// Resets are a list's latest, the newest first.
	Resets(ctx context.Context, list dialer.ListID, limit int) ([]dialer.ListReset, error)
	// Reset begins one; a *dialer.Problem says why it may not.
	Reset(ctx context.Context, list dialer.ListID, source string, by audit.By, day time.Time) error
	// Move brings the leads of a status to another list and says how many.
	Move(ctx context.Context, from, to dialer.ListID, status dialer.Status, by audit.By) (int, error)
	// DeleteLeads deletes the leads of a status, or ("") all, and says how many.
	DeleteLeads(ctx context.Context, by audit.By, list dialer.ListID, status dialer.Status) (int, error)
	// Exported writes into the audit log that somebody takes leads away, and as what
	// file.
	Exported(ctx context.Context, by audit.By, list dialer.ListID, status dialer.Status, file string) error
}

// Config is what the pages need.
type Config struct {
	Store Store
	// LeadsOf keeps what Store.Statuses has counted.
	LeadsOf   *counts.Kept[dialer.ListID, []facts.ListStatus]
	Campaigns func(context.Context) ([]facts.CampaignChoice, error)
	CallTimes func(context.Context) ([]facts.CallTime, error)
	// Export writes a list's leads of a status ("": all) as CSV, ExportXLSX as a
	// workbook; nothing is written of one that a *dialer.Problem refuses.
	Export, ExportXLSX func(ctx context.Context, w io.Writer, list dialer.ListID, status dialer.Status) (int, error)
	Now                func() time.Time // the database's clock
	Zone               *time.Location
}

// Handler serves the pages.
type Handler struct {
	*catalog.Pages[facts.SetList]
	Config
}

var (
	hoursForm  = regexp.MustCompile(`^(\d{1,2}):(\d{2}) *[-–] *(\d{1,2}):(\d{2})$`)
	callerForm = regexp.MustCompile(`^(\+[1-9][0-9]{7,14})?$`)
)

// New makes the pages.
func New(c Config) *Handler {
	h := &Handler{Config: c}
	h.Pages = catalog.New(catalog.Kind[facts.SetList]{
		Path: "/lists", Section: "lists", Name: "Lists", One: "list", A: "a list",
		Says:  "A list holds leads for one campaign. Imports fill it; switched off, nothing of it is dialed.",
		Empty: "Make a list for a campaign, then import a lead file into it.",
		Key:   func(l facts.SetList) string { return strconv.FormatInt(int64(l.ID), 10) },
		Title: func(l facts.SetList) string { return l.Name },
		Columns: []catalog.Column[facts.SetList]{
			{Name: "List", Cell: func(l facts.SetList) catalog.Cell {
				return catalog.Cell{Text: l.Name, Code: strconv.FormatInt(int64(l.ID), 10)}
			}},
			{Name: "State", Cell: h.state},
			{Name: "Campaign", Cell: func(l facts.SetList) catalog.Cell { return catalog.Cell{Text: string(l.Campaign)} }},
			{Name: "Last day", Wide: true, Cell: func(l facts.SetList) catalog.Cell { return catalog.Cell{Text: l.ExpiresOn} }},
			{Name: "Resets", Wide: true, Cell: func(l facts.SetList) catalog.Cell { return catalog.Cell{Text: l.ResetTimes} }},
			{Name: "Description", Wide: true, Cell: func(l facts.SetList) catalog.Cell { return catalog.Cell{Text: l.Description} }},
		},
		Fields: h.fields,
		Named:  "id",
		Fresh:  facts.SetList{Active: true},
		Begin: func(r *http.Request, l facts.SetList) (facts.SetList, error) {
			all, err := c.Store.All(r.Context())
			l.ID = Next(all)
			return l, err
		},
		Parse: parse,
		Deletes: func(l facts.SetList) string {
			return "Only a list without leads is deleted. Its leads can be deleted beside."
		},
		May: func(u dialer.User, l facts.SetList) bool {
			return l.Campaign == "" || u.May(dialer.RightLeads, l.Campaign)
		},
		Beside: h.beside,
		Check: func(ctx context.Context, _ dialer.User, f *form.Form, l facts.SetList) error {
			if err := h.campaigns().Check(ctx, f, l.Campaign); err != nil {
				return err
			}
			times, err := c.CallTimes(ctx)
			if l.CallTime != "" && !slices.ContainsFunc(times, func(one facts.CallTime) bool { return one.ID == l.CallTime }) {
				f.Fail("call_time_id", "Choose one of the call times.")
			}
			return err
		},
	}, c.Store, c.Now, c.Zone)
	return h
}

// Next is the number of the next list, after all that are there.
func Next(all []facts.SetList) dialer.ListID {
	next := dialer.ListID(1001)
	for _, l := range all {
		next = max(next, l.ID+1)
	}
	return next
}

// campaigns are those that a list may belong to.
func (h *Handler) campaigns() catalog.Campaigns {
	return catalog.Campaigns{All: h.Config.Campaigns, Right: dialer.RightLeads}
}

func (h *Handler) state(l facts.SetList) catalog.Cell {
	switch {
	case !l.Active:
		return catalog.Cell{Text: "Switched off", State: "paused"}
	case l.ExpiresOn != "" && l.ExpiresOn < h.Now().In(h.Zone).Format(time.DateOnly):
		return catalog.Cell{Text: "Expired", State: "watch"}
	}
	return catalog.Cell{Text: "Dialed", State: "good"}
}

func (h *Handler) fields(ctx context.Context, fresh bool) ([]ui.Field, error) {
	choices, err := h.campaigns().Choices(ctx)
	if err != nil {
		return nil, err
	}
	choices = append([]ui.Choice{{Value: "", Name: "Choose"}}, choices...)
	times, err := h.CallTimes(ctx)
	kept := []ui.Choice{{Value: "", Name: "None besides the campaign's"}}
	for _, t := range times {
		kept = append(kept, ui.Choice{Value: t.ID, Name: t.Name})
	}
	number := "For ever."
	if fresh {
		number = "The next one that is free, or one of your choice; for ever."
	}
	return []ui.Field{
		{Name: "id", Label: "Number", Help: number, Kind: ui.Number, Needed: true, Fixed: !fresh},
		{Name: "name", Label: "Name", Help: "As everybody sees it.", Needed: true},
		{Name: "description", Label: "Description", Help: "Where the leads come from, what they are good for."},
		{Name: "campaign_id", Label: "Campaign", Help: "Its agents talk to these leads. A list that changes its campaign takes its leads along.", Kind: ui.Select, Choices: choices},
		{Name: "active", Label: "Dialed", Help: "Switched off, its leads leave the hopper at once.", Kind: ui.Check},
		{Name: "expires_on", Label: "Last day", Help: "After this day, by the customer's clock, nothing of the list is dialed. Empty: no last day.", Kind: ui.Date},
		{Name: "hours", Label: "Calling hours", Help: "Where they are narrower than the campaign's, in the customer's time. Empty: the campaign's.", Hint: "10:00-18:30", Mono: true},
		{Name: "call_time_id", Label: "Call time", Help: "Named hours that hold besides: what is narrower counts.", Kind: ui.Select, Choices: kept},
		{Name: "caller_id", Label: "Caller ID", Help: "Shown to these leads in place of the campaign's number.", Hint: "+12125550100", Mono: true},
		{Name: "reset_times", Label: "Reset at", Help: "Times of the office's day at which leads that were called may be called again. Empty: by hand only.", Hint: "08:00 13:00", Mono: true},
		{Name: "reset_limit", Label: "Resets a day", Help: "At most so many, by hand or by the clock. 0: any number.", Kind: ui.Number},
	}, err
}

func parse(f *form.Form, was facts.SetList, fresh bool) facts.SetList {
	l := facts.SetList{
		ID: was.ID, Name: f.Needed("name", 80, "Enter a name, such as Autumn 2026."), Description: f.Line("description", 255),
		Campaign: dialer.CampaignID(f.Value("campaign_id")), Active: f.Bool("active"), ExpiresOn: day(f), Hours: hours(f), ResetTimes: times(f), CallTime: f.Line("call_time_id", 20),
		ResetLimit: f.Int("reset_limit", 0, 1000, "resets"),
		CallerID:   f.Match("caller_id", callerForm, "Enter the number with + and country code, such as +12125550100, or nothing."),
	}
	if fresh {
		l.ID = dialer.ListID(f.Int("id", 1, 1<<31-1, ""))
	}
	return l
}

func day(f *form.Form) string {
	s := f.Line("expires_on", 10)
	if _, err := time.Parse(time.DateOnly, s); s != "" && err != nil {
		f.Fail("expires_on", "Enter a day such as 2026-12-31, or nothing.")
	}
	return s
}

func hours(f *form.Form) string {
	s := f.Line("hours", 20)
	if s == "" {
		return ""
	}
	m := hoursForm.FindStringSubmatch(s)
	if m == nil {
		f.Fail("hours", "Enter two times, such as 10:00-18:30, or nothing.")
		return s
	}
	n := make([]int, 4)
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1])
	}
	from, to := n[0]*60+n[1], n[2]*60+n[3]
	if n[1] > 59 || n[3] > 59 || from >= to || to > 1440 {
		f.Fail("hours", "The first time comes before the second, and both are of one day, such as 10:00-18:30.")
	}
	return fmt.Sprintf("%02d:%02d-%02d:%02d", n[0], n[1], n[2], n[3])
}

func times(f *form.Form) string {
	var all []string
	for s := range strings.FieldsSeq(strings.ReplaceAll(f.Line("reset_times", 120), ",", " ")) {
		t, err := time.Parse("15:04", s)
		if err != nil {
			f.Fail("reset_times", "Enter times of day, such as 08:00 13:00, or nothing.")
			return s
		}
		all = append(all, t.Format("15:04"))
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " ")
}

func (h *Handler) beside(ctx context.Context, l facts.SetList) (templ.Component, error) {
	return h.leadsOf(ctx, l, h.LeadsOf.Page)
}

// leadsOf is the part of a list's page that tells of its leads, as far as they
// are known.
func (h *Handler) leadsOf(ctx context.Context, l facts.SetList, ask func(context.Context, dialer.ListID) (counts.Count[[]facts.ListStatus], error)) (templ.Component, error) {
	c, err := ask(ctx, l.ID)
	if err != nil {
		return nil, err
	}
	resets, err := h.Store.Resets(ctx, l.ID, 5)
	if err != nil {
		return nil, err
	}
	return beside(newBeside(l, c, resets, h.Zone)), nil
}

// Leads serves GET /lists/{id}/leads: the part of the page for which it had no
// time to wait.
func (h *Handler) Leads(w http.ResponseWriter, r *http.Request) error {
	l, err := h.list(r)
	if err != nil {
		return err
	}
	part, err := h.leadsOf(r.Context(), l, h.LeadsOf.Part)
	if err != nil {
		return err
	}
	return ui.Render(w, r, http.StatusOK, part)
}

// statuses are how many leads there are of each status, to choose from: a choice
// waits for them.
func (h *Handler) statuses(ctx context.Context, list dialer.ListID) ([]facts.ListStatus, error) {
	c, err := h.LeadsOf.Page(ctx, list)
	if err == nil && !c.Known {
		c, err = h.LeadsOf.Part(ctx, list)
	}
	return c.Value, err
}

// list is the list of the address, if it concerns the user.
func (h *Handler) list(r *http.Request) (facts.SetList, error) {
	record, err := h.Store.One(r.Context(), r.PathValue("id"))
	if err == nil && !signin.User(r.Context()).May(dialer.RightLeads, record.Value.Campaign) {
		err = dialer.ErrForbidden
	}
	return record.Value, err
}

// AskReset serves GET /lists/{id}/reset.
func (h *Handler) AskReset(w http.ResponseWriter, r *http.Request) error {
	l, err := h.list(r)
	if err != nil {
		return err
	}
	return ui.Render(w, r, http.StatusOK, ui.ConfirmPage(ui.AdminFrame(r, "Reset "+l.Name, "lists"), resetConfirm(l)))
}

// Reset serves POST /lists/{id}/reset.
func (h *Handler) Reset(w http.ResponseWriter, r *http.Request) error {
	l, err := h.list(r)
	if err != nil {
		return err
	}
	now := h.Now()
	if err := h.Store.Reset(r.Context(), l.ID, "hand", signin.By(r, now), ui.DayOf(now, h.Zone)); err != nil {
		return err
	}
	return ui.Done(w, r, "/lists/"+r.PathValue("id"), "The reset of list "+l.Name+" has begun. Its leads come back within a minute; those being called stay called.")
}

// AskMove serves GET /lists/{id}/move.
func (h *Handler) AskMove(w http.ResponseWriter, r *http.Request) error {
	return h.move(w, r, http.StatusOK, form.Of(nil))
}

func (h *Handler) move(w http.ResponseWriter, r *http.Request, status int, f *form.Form) error {
	l, err := h.list(r)
	if err != nil {
		return err
	}
	statuses, err := h.statuses(r.Context(), l.ID)
	if err != nil {
		return err
	}
	others, err := h.others(r.Context(), l.ID)
	if err != nil {
		return err
	}
	return ui.Render(w, r, status, movePage(newMove(ui.AdminFrame(r, "Move leads", "lists"), l, statuses, others, f)))
}

// others are the lists that leads of one may go to.
func (h *Handler) others(ctx context.Context, from dialer.ListID) ([]ui.Choice, error) {
	all, err := h.Store.All(ctx)
	return catalog.Lists(ctx, slices.DeleteFunc(all, func(l facts.SetList) bool { return l.ID == from })), err
}

// Move serves POST /lists/{id}/move: the leads of a status to another list.
func (h *Handler) Move(w http.ResponseWriter, r *http.Request) error {
	l, err := h.list(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	what := dialer.Status(f.Needed("status", 6, "Choose which leads."))
	others, err := h.others(r.Context(), l.ID)
	if err != nil {
		return err
	}
	to, _ := strconv.ParseInt(f.Value("to"), 10, 64)
	if !ui.Offers(others, f.Value("to")) {
		f.Fail("to", "Choose the list that gets them.")
	}
	if !f.OK() {
		return h.move(w, r, http.StatusUnprocessableEntity, f)
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(30 * time.Minute)) // unsupported by tests' writers only
	n, err := h.Store.Move(r.Context(), l.ID, dialer.ListID(to), what, signin.By(r, h.Now()))
	if err != nil {
		return err
	}
	return ui.Done(w, r, "/lists/"+r.PathValue("id"), fmt.Sprintf("%s leads moved to list %d.", ui.Count(n), to))
}

// AskDelete serves GET /lists/{id}/leads/delete.
func (h *Handler) AskDelete(w http.ResponseWriter, r *http.Request) error {
	return h.delete(w, r, http.StatusOK, form.Of(nil))
}

func (h *Handler) delete(w http.ResponseWriter, r *http.Request, status int, f *form.Form) error {
	l, err := h.list(r)
	if err != nil {
		return err
	}
	statuses, err := h.statuses(r.Context(), l.ID)
	if err != nil {
		return err
	}
	return ui.Render(w, r, status, deletePage(newDelete(ui.AdminFrame(r, "Delete leads", "lists"), l, statuses, f)))
}

// everyStatus is the choice of all leads, which is no status.
const everyStatus = "*"

// DeleteLeads serves POST /lists/{id}/leads/delete: the leads of a status, or all.
// The list's number has to be typed: nothing brings them back.
func (h *Handler) DeleteLeads(w http.ResponseWriter, r *http.Request) error {
	l, err := h.list(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	what := f.Needed("status", 6, "Choose which leads.")
	if typed := f.Line("sure", 12); typed != strconv.FormatInt(int64(l.ID), 10) {
		f.Fail("sure", fmt.Sprintf("Type %d, the number of this list, to delete its leads.", l.ID))
	}
	if !f.OK() {
		return h.delete(w, r, http.StatusUnprocessableEntity, f)
	}
	if what == everyStatus {
		what = ""
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(30 * time.Minute)) // unsupported by tests' writers only
	n, err := h.Store.DeleteLeads(r.Context(), signin.By(r, h.Now()), l.ID, dialer.Status(what))
	if err != nil {
		return err
	}
	return ui.Done(w, r, "/lists/"+r.PathValue("id"), ui.Count(n)+" leads deleted. Those being called, if any, stay.")
}

// Download serves GET /lists/{id}/export.csv, of one `status` or all.
func (h *Handler) Download(w http.ResponseWriter, r *http.Request) error {
	return h.download(w, r, "csv", "text/csv; charset=utf-8", h.Export)
}

// DownloadXLSX serves GET /lists/{id}/export.xlsx, likewise.
func (h *Handler) DownloadXLSX(w http.ResponseWriter, r *http.Request) error {
	return h.download(w, r, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", h.ExportXLSX)
}

func (h *Handler) download(w http.ResponseWriter, r *http.Request, ending, kind string, export func(context.Context, io.Writer, dialer.ListID, dialer.Status) (int, error)) error {
	l, err := h.list(r)
	if err != nil {
		return err
	}
	status := dialer.Status(r.FormValue("status"))
	if err := h.Store.Exported(r.Context(), signin.By(r, h.Now()), l.ID, status, ending); err != nil {
		return err
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(30 * time.Minute)) // unsupported by tests' writers only
	file := &attachment{ResponseWriter: w, name: fmt.Sprintf("list-%d.%s", l.ID, ending), kind: kind}
	_, err = export(r.Context(), file, l.ID, status)
	return err
}

// attachment is a file to save; before its first bytes an error can still be
// shown as a page.
type attachment struct {
	http.ResponseWriter
	name, kind string
	begun      bool
}

func (a *attachment) Write(p []byte) (int, error) {
	if !a.begun {
		a.begun = true
		a.Header().Set("Content-Type", a.kind)
		a.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", a.name))
		a.Header().Set("Cache-Control", "no-store")
	}
	return a.ResponseWriter.Write(p)
}
