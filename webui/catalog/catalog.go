// Package catalog is the pages of one kind of thing that people set up, such as
// carriers or scripts: a list, a form for a new one and for one that is there,
// and the question before it is deleted. What the kind is, a Kind says; whose
// pages they are, page/NAME says.
package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/form"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// Store keeps the things of one kind. Each change writes its audit row.
type Store[T any] interface {
	// All are all of them by key.
	All(ctx context.Context) ([]T, error)
	// One is the thing of that key, or ErrNotFound.
	One(ctx context.Context, key string) (audit.Record[T], error)
	// Create makes a new one and gives its key; ErrConflict: the name is taken.
	Create(ctx context.Context, by audit.By, thing T) (key string, err error)
	// Save may return *audit.Conflict.
	Save(ctx context.Context, key string, e audit.Edit[T]) error
	// Delete may refuse by a *dialer.Problem.
	Delete(ctx context.Context, by audit.By, key string) error
	// Changes are the latest changes of one, the newest first.
	Changes(ctx context.Context, key string) ([]audit.Entry, error)
}

// Cell is what a column shows of a thing.
type Cell struct {
	Text  string
	Code  string // small beside it, as machines write it
	State string // class of a state: good, watch, bad, paused; "" for plain text
}

// Column is one column of the list.
type Column[T any] struct {
	Name   string
	Number bool // figures stand to the right
	Wide   bool // left out in small windows
	Cell   func(T) Cell
}

// Kind says what the things are and what is asked about them.
type Kind[T any] struct {
	Path    string // "/carriers"
	Section string // of the navigation
	Name    string // "Carriers"
	One     string // "carrier"
	A       string // "a carrier"
	Says    string // a sentence under the list's title
	Empty   string // a sentence where there are none yet
	Key     func(T) string
	Title   func(T) string
	Columns []Column[T]
	// Fields are the questions of the form, by the things' JSON names; the choices
	// of some come from the database. fresh is for a new one.
	Fields func(ctx context.Context, fresh bool) ([]ui.Field, error)
	// Named is the field that must be unlike all others.
	Named string
	// Fresh fills the form for a new one.
	Fresh T
	// Begin may fill more of it, by what the request asks for; nil: nothing more.
	Begin func(r *http.Request, fresh T) (T, error)
	// Parse reads the form; of one that is there, was is how it stands.
	Parse func(f *form.Form, was T, fresh bool) T
	// Deletes says what happens to a thing's users when it is deleted; "": it
	// cannot be.
	Deletes func(T) string
	// May tells whether a thing concerns a user; nil: all concern all.
	May func(user dialer.User, thing T) bool
	// Beside is what stands beside the form of one; nil: only its changes.
	Beside func(ctx context.Context, thing T) (templ.Component, error)
	// Guide is what stands beside the form of a new one; nil: nothing.
	Guide func(ctx context.Context) (templ.Component, error)
	// After is told of what was created or saved; it may answer by itself, as to
	// show a secret once.
	After func(w http.ResponseWriter, r *http.Request, key string, thing T, fresh bool) (answered bool, err error)
	// Unlogged is that the things change without entries in the audit log, too: then
	// the form carries along what it showed.
	Unlogged bool
	// Check looks at what was typed with what the database knows, also where Parse
	// has found something wrong: all of it is said at once.
	Check func(ctx context.Context, user dialer.User, f *form.Form, thing T) error
	// Doubts puts beside the fields what is odd about a thing that is there
	// (form.Doubt); of what was typed, Check does so.
	Doubts func(ctx context.Context, f *form.Form, thing T) error
}

// Pages are the handlers.
type Pages[T any] struct {
	kind  Kind[T]
	store Store[T]
	now   func() time.Time
	zone  *time.Location
}

// New makes the pages; now is the database's clock, zone that in which times are
// shown.
func New[T any](kind Kind[T], store Store[T], now func() time.Time, zone *time.Location) *Pages[T] {
	if kind.May == nil {
		kind.May = func(dialer.User, T) bool { return true }
	}
	if zone == nil {
		zone = time.UTC
	}
	return &Pages[T]{kind, store, now, zone}
}

// rows is how many rows a page of the list has.
const rows = 200

// List serves GET Path: those that hold every word of `q`, after the key
// `after`.
func (p *Pages[T]) List(w http.ResponseWriter, r *http.Request) error {
	all, err := p.store.All(r.Context())
	if err != nil {
		return err
	}
	m := listModel{
		Frame: ui.AdminFrame(r, p.kind.Name, p.kind.Section), Name: p.kind.Name, Says: p.kind.Says, Path: p.kind.Path,
		New: "New " + p.kind.One, Empty: p.kind.Empty, Query: strings.TrimSpace(r.FormValue("q")),
	}
	for _, c := range p.kind.Columns {
		m.Heads = append(m.Heads, head{c.Name, c.Number, c.Wide})
	}
	user, after, passed := signin.User(r.Context()), r.FormValue("after"), r.FormValue("after") == ""
	for _, thing := range all {
		key := p.kind.Key(thing)
		if !p.kind.May(user, thing) {
			continue
		}
		m.Any = true
		row := row{Href: p.kind.Path + "/" + key, ID: strings.TrimPrefix(p.kind.Path, "/") + "-" + key}
		for _, c := range p.kind.Columns {
			row.Cells = append(row.Cells, c.Cell(thing))
		}
		if !row.holds(m.Query) {
			continue
		}
		m.Found++
		switch {
		case !passed:
			passed = key == after
		case len(m.Rows) == rows:
			if m.Next == "" {
				m.Next = m.last
			}
		default:
			m.Rows, m.last = append(m.Rows, row), key
		}
	}
	return ui.Render(w, r, http.StatusOK, listPage(m))
}

// holds tells whether all words of a query are in the row, whatever their case.
func (r row) holds(query string) bool {
	var text strings.Builder
	for _, c := range r.Cells {
		text.WriteString(strings.ToLower(c.Text + " " + c.Code + " "))
	}
	for _, word := range strings.Fields(strings.ToLower(query)) {
		if !strings.Contains(text.String(), word) {
			return false
		}
	}
	return true
}

// New serves GET Path/new.
func (p *Pages[T]) New(w http.ResponseWriter, r *http.Request) error {
	thing := p.kind.Fresh
	if p.kind.Begin != nil {
		var err error
		if thing, err = p.kind.Begin(r, thing); err != nil {
			return err
		}
	}
	return p.show(w, r, http.StatusOK, shown[T]{thing: thing, fresh: true})
}

// Edit serves GET Path/{id}.
func (p *Pages[T]) Edit(w http.ResponseWriter, r *http.Request) error {
	record, err := p.one(r)
	if err != nil {
		return err
	}
	return p.show(w, r, http.StatusOK, shown[T]{thing: record.Value, seen: record.Seen})
}

// Again shows the thing of the address once more, after another form on its page
// was refused.
func (p *Pages[T]) Again(w http.ResponseWriter, r *http.Request, status int) error {
	record, err := p.one(r)
	if err != nil {
		return err
	}
	return p.show(w, r, status, shown[T]{thing: record.Value, seen: record.Seen})
}

// one is the thing of the address, if it concerns the user.
func (p *Pages[T]) one(r *http.Request) (audit.Record[T], error) {
	record, err := p.store.One(r.Context(), r.PathValue("id"))
	if errors.Is(err, dialer.ErrNotFound) {
		return record, dialer.Explain(dialer.ErrNotFound, "There is no "+p.kind.One+" at this address. It may have been deleted.")
	}
	if err == nil && !p.kind.May(signin.User(r.Context()), record.Value) {
		return record, dialer.ErrForbidden
	}
	return record, err
}

// shownField is the hidden field that carries what the form showed
// (Kind.Unlogged).
const shownField = "shown"

// shown is what the form's page shows.
type shown[T any] struct {
	thing   T
	fresh   bool
	form    *form.Form // as typed; nil: as stored
	seen    int
	clashes *audit.Conflict
	kept    string // why it was not deleted
}

func (p *Pages[T]) show(w http.ResponseWriter, r *http.Request, status int, s shown[T]) error {
	fields, err := p.kind.Fields(r.Context(), s.fresh)
	if err != nil {
		return err
	}
	if s.form == nil {
		s.form, err = Fill(s.thing, fields)
		if err == nil && !s.fresh && p.kind.Doubts != nil {
			err = p.kind.Doubts(r.Context(), s.form, s.thing)
		}
		if err != nil {
			return err
		}
	}
	m := formModel{
		Path: p.kind.Path, Crumb: p.kind.Name, Title: "New " + p.kind.One, Action: p.kind.Path, Do: "Create " + p.kind.One,
		Form: s.form, Fields: fields, Seen: s.seen, Fresh: s.fresh, Kept: s.kept,
	}
	if !s.fresh && p.kind.Unlogged {
		m.Shown = s.form.Value(shownField)
		if m.Shown == "" || s.clashes != nil {
			text, err := json.Marshal(s.thing)
			if err != nil {
				return err
			}
			m.Shown = string(text)
		}
	}
	if s.fresh && p.kind.Guide != nil {
		if m.Beside, err = p.kind.Guide(r.Context()); err != nil {
			return err
		}
	}
	if !s.fresh {
		key := p.kind.Key(s.thing)
		m.Title, m.Action, m.Do = p.kind.Title(s.thing), p.kind.Path+"/"+key, "Save"
		changes, err := p.store.Changes(r.Context(), key)
		if err != nil {
			return err
		}
		for _, e := range changes {
			m.Changes = append(m.Changes, ui.ChangeOf(e, fields, p.zone))
		}
		if p.kind.Deletes != nil && p.kind.Deletes(s.thing) != "" {
			c := p.confirm(s.thing)
			m.Delete = &c
		}
		if p.kind.Beside != nil {
			m.Beside, err = p.kind.Beside(r.Context(), s.thing)
			if err != nil {
				return err
			}
		}
	}
	if s.clashes != nil {
		m.Clashes = ui.Clashes(s.clashes, fields, func(e audit.Entry) string { return "at " + e.At.In(p.zone).Format("15:04") })
	}
	m.Frame = ui.AdminFrame(r, m.Title, p.kind.Section)
	return ui.Render(w, r, status, formPage(m))
}

// Create serves POST Path.
func (p *Pages[T]) Create(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	thing := p.kind.Parse(f, p.kind.Fresh, true)
	again := shown[T]{thing: thing, fresh: true, form: f}
	if err := p.check(r, f, thing); err != nil {
		return err
	}
	if !f.OK() {
		return p.show(w, r, http.StatusUnprocessableEntity, again)
	}
	key, err := p.store.Create(r.Context(), signin.By(r, p.now()), thing)
	if refused(f, err, p.kind.Named, "That is taken already. Choose another.") {
		return p.show(w, r, http.StatusUnprocessableEntity, again)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, key, thing, true)
}

// Save serves POST Path/{id}.
func (p *Pages[T]) Save(w http.ResponseWriter, r *http.Request) error {
	record, err := p.one(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	thing := p.kind.Parse(f, record.Value, false)
	again := shown[T]{thing: record.Value, form: f, seen: f.Seen()}
	if err := p.check(r, f, thing); err != nil {
		return err
	}
	if !f.OK() {
		return p.show(w, r, http.StatusUnprocessableEntity, again)
	}
	edit := audit.Edit[T]{By: signin.By(r, p.now()), Seen: f.Seen(), Record: thing}
	if p.kind.Unlogged {
		_ = json.Unmarshal([]byte(f.Value(shownField)), &edit.Shown) // what cannot be read shows nothing
	}
	err = p.store.Save(r.Context(), r.PathValue("id"), edit)
	if errors.As(err, &again.clashes) {
		again.seen = again.clashes.Seen
		return p.show(w, r, http.StatusConflict, again)
	}
	if refused(f, err, p.kind.Named, "That is taken already. Choose another.") {
		return p.show(w, r, http.StatusUnprocessableEntity, again)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, r.PathValue("id"), thing, false)
}

// check asks whether what was typed concerns the user, and what the database
// knows about it.
func (p *Pages[T]) check(r *http.Request, f *form.Form, thing T) error {
	user := signin.User(r.Context())
	if p.kind.Check != nil {
		if err := p.kind.Check(r.Context(), user, f, thing); err != nil {
			return err
		}
	}
	if f.OK() && !p.kind.May(user, thing) {
		return dialer.Explain(dialer.ErrForbidden, "That is outside of what you may set up. Ask an administrator.")
	}
	return nil
}

// refused puts what the store says beside the field that it is about, or above
// all.
func refused(f *form.Form, err error, named, taken string) bool {
	var problem *dialer.Problem
	switch {
	case errors.As(err, &problem) && !errors.Is(err, dialer.ErrUnavailable) && !errors.Is(err, dialer.ErrForbidden):
		f.Notice = problem.Sentence
	case errors.Is(err, dialer.ErrConflict):
		f.Fail(named, taken)
	case errors.Is(err, dialer.ErrInvalid):
		f.Notice = "The database cannot hold one of these answers. Look at the longest and the oddest of them."
	default:
		return false
	}
	return true
}

func (p *Pages[T]) done(w http.ResponseWriter, r *http.Request, key string, thing T, fresh bool) error {
	if p.kind.After != nil {
		answered, err := p.kind.After(w, r, key, thing, fresh)
		if err != nil || answered {
			return err
		}
	}
	word := " saved."
	if fresh {
		word = " created."
	}
	return ui.Done(w, r, p.kind.Path+"/"+key, upper(p.kind.One)+" "+p.kind.Title(thing)+word)
}

// Ask serves GET Path/{id}/delete.
func (p *Pages[T]) Ask(w http.ResponseWriter, r *http.Request) error {
	record, err := p.one(r)
	if err != nil {
		return err
	}
	c := p.confirm(record.Value)
	if c.Says == "" {
		return dialer.Explain(nil, upper(p.kind.A)+" is not deleted: what was done with it refers to it.")
	}
	return ui.Render(w, r, http.StatusOK, ui.ConfirmPage(ui.AdminFrame(r, c.Title, p.kind.Section), c))
}

func (p *Pages[T]) confirm(thing T) ui.Confirm {
	at := p.kind.Path + "/" + p.kind.Key(thing)
	c := ui.Confirm{
		ID: "delete", Open: "Delete", Title: "Delete " + p.kind.One + " " + p.kind.Title(thing) + "?",
		Do: "Delete " + p.kind.One, Keep: "Keep it", Action: at + "/delete", Page: at + "/delete", Back: at,
	}
	if p.kind.Deletes != nil {
		c.Says = p.kind.Deletes(thing)
	}
	return c
}

// Delete serves POST Path/{id}/delete.
func (p *Pages[T]) Delete(w http.ResponseWriter, r *http.Request) error {
	record, err := p.one(r)
	if err != nil {
		return err
	}
	if p.confirm(record.Value).Says == "" {
		return dialer.Explain(nil, upper(p.kind.A)+" is not deleted: what was done with it refers to it.")
	}
	err = p.store.Delete(r.Context(), signin.By(r, p.now()), r.PathValue("id"))
	var problem *dialer.Problem
	if errors.As(err, &problem) && errors.Is(err, dialer.ErrConflict) {
		return p.show(w, r, http.StatusConflict, shown[T]{thing: record.Value, seen: record.Seen, kept: problem.Sentence})
	}
	if err != nil {
		return err
	}
	return ui.Done(w, r, p.kind.Path, upper(p.kind.One)+" "+p.kind.Title(record.Value)+" deleted.")
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
