// Package imports is the pages on which lead files are imported: file, columns,
// dry run, import, each with what it finds.
package imports

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/live"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// Service works on lead files.
type Service interface {
	// Keep takes a file in for a list; a *dialer.Problem when it is no lead file.
	Keep(ctx context.Context, list dialer.ListID, by dialer.UserID, name string, r io.Reader) (dialer.ImportID, error)
	Latest(ctx context.Context, list dialer.ListID, limit int) ([]dialer.Import, error)
	Import(ctx context.Context, id dialer.ImportID) (dialer.Import, error)
	Preview(ctx context.Context, im dialer.Import, o dialer.ImportOptions) (dialer.ImportPreview, error)
	// Begin starts a dry run (CHECKING) or the import (RUNNING).
	Begin(ctx context.Context, im dialer.Import, state dialer.ImportState, o dialer.ImportOptions) error
	// Switch brings an import from one of the states into another.
	Switch(ctx context.Context, id dialer.ImportID, to dialer.ImportState, from ...dialer.ImportState) error
	// Rejects writes the rows that were not taken.
	Rejects(ctx context.Context, w io.Writer, im dialer.Import) error
}

// Config is what the pages need.
type Config struct {
	Service   Service
	Lists     func(context.Context) ([]facts.SetList, error)
	Reception *signin.Reception
	Now       func() time.Time // the database's clock
	Zone      *time.Location
}

// Handler serves the pages.
type Handler struct{ Config }

// New makes the pages.
func New(c Config) *Handler { return &Handler{c} }

// mine are the lists that a user may fill.
func (h *Handler) mine(r *http.Request) ([]facts.SetList, error) {
	all, err := h.Lists(r.Context())
	var mine []facts.SetList
	for _, l := range all {
		if signin.User(r.Context()).May(dialer.RightLeads, l.Campaign) {
			mine = append(mine, l)
		}
	}
	return mine, err
}

// List serves GET /imports: a file to send, and the last imports.
func (h *Handler) List(w http.ResponseWriter, r *http.Request) error {
	lists, err := h.mine(r)
	if err != nil {
		return err
	}
	n, _ := strconv.ParseInt(r.FormValue("list"), 10, 64)
	imports, err := h.Service.Latest(r.Context(), dialer.ListID(n), 50)
	if err != nil {
		return err
	}
	return ui.Render(w, r, http.StatusOK, listPage(newList(ui.AdminFrame(r, "Import leads", "imports"), lists, dialer.ListID(n), imports, h.Zone)))
}

// tooLarge is said of a file before it is sent, and to those who sent it.
const tooLarge = "The file is longer than 1 GB, the most that one import takes. Split it, and import the parts one after the other."

// Upload serves POST /imports: `list`, then `file`. The file goes to disk as it
// comes.
func (h *Handler) Upload(w http.ResponseWriter, r *http.Request) error {
	reader, err := r.MultipartReader()
	if err != nil {
		return dialer.Explain(dialer.ErrInvalid, "The file did not arrive. Choose it again.")
	}
	if r.ContentLength > dialer.MaxLeadFile+1<<20 {
		return dialer.Explain(dialer.ErrInvalid, tooLarge)
	}
	list := dialer.ListID(0)
	for {
		part, err := reader.NextPart()
		if err == io.EOF {
			return dialer.Explain(dialer.ErrInvalid, "Choose a lead file first.")
		}
		if err != nil {
			return form.Broken(err)
		}
		switch part.FormName() {
		case "list":
			text, err := io.ReadAll(io.LimitReader(part, 20))
			if err != nil {
				return form.Broken(err)
			}
			n, _ := strconv.ParseInt(string(text), 10, 64)
			list = dialer.ListID(n)
		case "file":
			if part.FileName() == "" {
				return dialer.Explain(dialer.ErrInvalid, "Choose a lead file first.")
			}
			if _, err := h.listOf(r, list); err != nil {
				return err
			}
			id, err := h.Service.Keep(r.Context(), list, signin.User(r.Context()).ID, part.FileName(), part)
			if err != nil {
				return err
			}
			return ui.Done(w, r, fmt.Sprintf("/imports/%d", id), "")
		}
	}
}

func (h *Handler) listOf(r *http.Request, id dialer.ListID) (facts.SetList, error) {
	lists, err := h.mine(r)
	if err != nil {
		return facts.SetList{}, err
	}
	for _, l := range lists {
		if l.ID == id {
			return l, nil
		}
	}
	return facts.SetList{}, dialer.Explain(dialer.ErrNotFound, fmt.Sprintf("There is no list %d that you may fill.", id))
}

// one is the import of the address, and its list, if it concerns the user.
func (h *Handler) one(r *http.Request) (dialer.Import, facts.SetList, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return dialer.Import{}, facts.SetList{}, dialer.ErrNotFound
	}
	im, err := h.Service.Import(r.Context(), dialer.ImportID(id))
	if err != nil {
		return im, facts.SetList{}, err
	}
	list, err := h.listOf(r, im.ListID)
	return im, list, err
}

// Show serves GET /imports/{id}: the step at which the import stands.
func (h *Handler) Show(w http.ResponseWriter, r *http.Request) error {
	im, list, err := h.one(r)
	if err != nil {
		return err
	}
	return h.show(w, r, http.StatusOK, im, list, im.Options, form.Of(nil))
}

// show draws the page; o are the options as they stand in the form f. What is
// wrong with them is said above it, and all that was chosen stays.
func (h *Handler) show(w http.ResponseWriter, r *http.Request, status int, im dialer.Import, list facts.SetList, o dialer.ImportOptions, f *form.Form) error {
	m := newModel(ui.AdminFrame(r, "Import leads", "imports"), im, list, h.Now(), h.Zone)
	if m.Choosing {
		p, err := h.Service.Preview(r.Context(), im, o)
		var wrong, why *dialer.Problem
		if errors.As(err, &wrong) {
			// Without the rules it can be shown all the same, if it is they that are wrong.
			status = http.StatusUnprocessableEntity
			p, err = h.Service.Preview(r.Context(), im, dialer.ImportOptions{Columns: o.Columns, NoHeader: o.NoHeader, Delimiter: o.Delimiter})
			p.Problem, p.Rows = wrong.Sentence, nil
		}
		switch {
		case errors.As(err, &why):
			m.Problem, m.Choosing = why.Sentence, false
		case err != nil:
			return err
		default:
			if f.Notice != "" {
				p.Problem = f.Notice
			}
			m.choose(p, o, f)
		}
	}
	return ui.Render(w, r, status, page(m))
}

// delimiters are those that can be chosen, by their names in the form.
var delimiters = map[string]string{"comma": ",", "tab": "\t", "pipe": "|", "semicolon": ";"}

// options reads the form of the columns and rules. Another delimiter than the
// columns were shown by makes other columns: then none are chosen yet.
func options(f *form.Form, r *http.Request) dialer.ImportOptions {
	o := dialer.ImportOptions{
		Country: f.Value("country"), Encoding: f.Value("encoding"), Known: dialer.DuplicateScope(f.Value("known")),
		Update: dialer.UpdateBy(f.Value("update")), NoHeader: f.Bool("no_header"), IgnoreDNC: f.Bool("ignore_dnc"),
		Delimiter: delimiters[f.Value("delimiter")], KnownDays: f.Int("known_days", 0, 36500, "days"),
	}
	if f.Value("delimiter") != f.Value("shown_by") {
		f.Notice = "The file is read anew, with the delimiter that you chose. Look at its columns, then go on."
		return o
	}
	n, _ := strconv.Atoi(f.Value("columns"))
	for i := range min(n, 300) {
		choice := r.PostFormValue("col_" + strconv.Itoa(i))
		if choice == "phone" {
			choice = "phone:" + f.Value("name_"+strconv.Itoa(i))
		}
		o.Columns = append(o.Columns, choice)
	}
	return o
}

// Preview serves POST /imports/{id}/preview: how it looks with these columns.
func (h *Handler) Preview(w http.ResponseWriter, r *http.Request) error {
	im, list, err := h.one(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	o := options(f, r)
	if !f.OK() {
		return h.show(w, r, http.StatusUnprocessableEntity, im, list, o, f)
	}
	f.Notice = "" // it is looked at
	return h.show(w, r, http.StatusOK, im, list, o, f)
}

// Check serves POST /imports/{id}/check: the dry run.
func (h *Handler) Check(w http.ResponseWriter, r *http.Request) error {
	return h.begin(w, r, dialer.ImportChecking)
}

// Start serves POST /imports/{id}/start.
func (h *Handler) Start(w http.ResponseWriter, r *http.Request) error {
	return h.begin(w, r, dialer.ImportRunning)
}

func (h *Handler) begin(w http.ResponseWriter, r *http.Request, state dialer.ImportState) error {
	im, list, err := h.one(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	o := im.Options // from the page of a dry run, whose columns stand
	if f.Sent("columns") {
		o = options(f, r)
	}
	if !f.OK() || f.Notice != "" {
		return h.show(w, r, http.StatusUnprocessableEntity, im, list, o, f)
	}
	p, err := h.Service.Preview(r.Context(), im, o)
	var why *dialer.Problem
	if errors.As(err, &why) || err == nil && p.Problem != "" {
		return h.show(w, r, http.StatusUnprocessableEntity, im, list, o, f)
	}
	if err != nil {
		return err
	}
	if err := h.Service.Begin(r.Context(), im, state, o); err != nil {
		return moved(err)
	}
	return ui.Done(w, r, "/imports/"+r.PathValue("id"), "")
}

func moved(err error) error {
	if errors.Is(err, dialer.ErrConflict) {
		return dialer.Explain(dialer.ErrConflict, "The import has gone on meanwhile. Look at it again.")
	}
	return err
}

// Pause serves POST /imports/{id}/pause, Resume /resume, Undo /undo.
func (h *Handler) Pause(w http.ResponseWriter, r *http.Request) error {
	return h.turn(w, r, dialer.ImportPaused, dialer.ImportRunning)
}

// Resume goes on with a paused import.
func (h *Handler) Resume(w http.ResponseWriter, r *http.Request) error {
	return h.turn(w, r, dialer.ImportRunning, dialer.ImportPaused)
}

// Undo stops an import and takes back what it added.
func (h *Handler) Undo(w http.ResponseWriter, r *http.Request) error {
	return h.turn(w, r, dialer.ImportUndoing, dialer.ImportRunning, dialer.ImportPaused, dialer.ImportDone, dialer.ImportFailed)
}

func (h *Handler) turn(w http.ResponseWriter, r *http.Request, to dialer.ImportState, from ...dialer.ImportState) error {
	im, _, err := h.one(r)
	if err != nil {
		return err
	}
	if err := h.Service.Switch(r.Context(), im.ID, to, from...); err != nil {
		return moved(err)
	}
	return ui.Done(w, r, "/imports/"+r.PathValue("id"), "")
}

// AskUndo serves GET /imports/{id}/undo.
func (h *Handler) AskUndo(w http.ResponseWriter, r *http.Request) error {
	im, _, err := h.one(r)
	if err != nil {
		return err
	}
	c := undoing(im)
	return ui.Render(w, r, http.StatusOK, ui.ConfirmPage(ui.AdminFrame(r, c.Title, "imports"), c))
}

// Events serves GET /imports/{id}/events: how far it has come.
func (h *Handler) Events(w http.ResponseWriter, r *http.Request) error {
	im, list, err := h.one(r)
	if err != nil {
		return err
	}
	return live.Serve(w, r, h.Reception, 500*time.Millisecond, func(ctx context.Context) (templ.Component, bool, error) {
		now, err := h.Service.Import(ctx, im.ID)
		m := newModel(ui.Frame{}, now, list, h.Now(), h.Zone)
		return progress(m), !m.Working, err
	})
}

// Download serves GET /imports/{id}/rejects.csv.
func (h *Handler) Download(w http.ResponseWriter, r *http.Request) error {
	im, _, err := h.one(r)
	if err != nil {
		return err
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(10 * time.Minute)) // unsupported by tests' writers only
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="rejected-%d.csv"`, im.ID))
	w.Header().Set("Cache-Control", "no-store")
	return h.Service.Rejects(r.Context(), w, im)
}
