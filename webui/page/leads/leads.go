// Package leads is the pages on which leads are looked for, read and edited.
package leads

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/catalog"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/leadform"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// Store keeps leads.
type Store interface {
	catalog.Store[facts.SetLead]
	Find(ctx context.Context, q facts.LeadQuery) ([]facts.LeadLine, error)
	Facts(ctx context.Context, l facts.SetLead) (facts.LeadFacts, error)
	Statuses(ctx context.Context) ([]facts.StatusChoice, error)
	// CheckCustom gives custom fields as they are kept, and of those that cannot be a
	// sentence that says why.
	CheckCustom(ctx context.Context, list dialer.ListID, values map[string]string) (kept, wrong map[string]string, err error)
	// SaveCustom writes custom fields; a *dialer.Problem says what cannot be one. It
	// may return *audit.Conflict.
	SaveCustom(ctx context.Context, l facts.SetLead, e audit.Edit[map[string]string]) error
	SetPhone(ctx context.Context, by audit.By, lead dialer.LeadID, n int, active bool) error
}

// Config is what the pages need.
type Config struct {
	Store  Store
	Lists  func(context.Context) ([]facts.SetList, error)
	ListOf func(ctx context.Context, id dialer.ListID) (facts.SetList, error)
	// Check judges a lead's fields together and completes them; its error is a
	// *dialer.Problem about the field.
	Check func(l facts.SetLead, by audit.By) (is facts.SetLead, field string, err error)
	// Number makes what was typed E.164; its error is a *dialer.Problem.
	Number func(typed string) (string, error)
	Now    func() time.Time // the database's clock
	Zone   *time.Location
}

// Handler serves the pages.
type Handler struct {
	*catalog.Pages[facts.SetLead]
	Config
}

// New makes the pages.
func New(c Config) *Handler {
	h := &Handler{Config: c}
	h.Pages = catalog.New(catalog.Kind[facts.SetLead]{
		Path: "/leads", Section: "leads", Name: "Leads", One: "lead", A: "a lead",
		Key: func(l facts.SetLead) string { return strconv.FormatInt(int64(l.ID), 10) },
		Title: func(l facts.SetLead) string {
			if name := strings.TrimSpace(l.FirstName + " " + l.LastName); name != "" {
				return name
			}
			return ui.Phone(l.E164)
		},
		Fields: h.fields,
		Named:  "phone_number",
		// Each call changes a lead's status, and an import may change the rest.
		Unlogged: true,
		Fresh:    facts.SetLead{Status: dialer.StatusNew, PhoneCode: "1"},
		Begin: func(r *http.Request, l facts.SetLead) (facts.SetLead, error) {
			n, _ := strconv.ParseInt(r.FormValue("list"), 10, 64) // else the first that is offered
			l.ListID = dialer.ListID(n)
			return l, nil
		},
		Parse: func(f *form.Form, was facts.SetLead, _ bool) facts.SetLead { return leadform.Read(f, was) },
		May: func(u dialer.User, l facts.SetLead) bool {
			return l.Campaign == "" || u.May(dialer.RightLeads, l.Campaign)
		},
		Check: h.check,
		Deletes: func(facts.SetLead) string {
			return "It is deleted for ever, with its further numbers, custom fields and callback. Its calls and recordings stay, and so does a do-not-call entry of its number."
		},
		Beside: h.beside,
	}, c.Store, c.Now, c.Zone)
	return h
}

func (h *Handler) fields(ctx context.Context, fresh bool) ([]ui.Field, error) {
	statuses, err := h.Store.Statuses(ctx)
	var choices []ui.Choice
	for _, s := range statuses {
		choices = append(choices, ui.Choice{Value: string(s.Status), Name: fmt.Sprintf("%s (%s)", s.Name, s.Status)})
	}
	if err != nil {
		return nil, err
	}
	of, err := h.lists(ctx)
	return []ui.Field{
		of,
		{Name: "status", Label: "Status", Help: "What became of it. The campaign's dial statuses decide which are dialed.", Kind: ui.Select, Choices: choices},
		{Name: "phone_code", Label: "Country calling code", Help: "1 for the US and Canada.", Mono: true},
		{Name: "phone_number", Label: "Phone number", Help: "The number to call, without the calling code.", Needed: true, Mono: true},
		{Name: "title", Label: "Title"}, {Name: "first_name", Label: "First name"}, {Name: "middle_initial", Label: "Middle initial"}, {Name: "last_name", Label: "Last name"},
		{Name: "address1", Label: "Address"}, {Name: "address2", Label: "Address, line 2"}, {Name: "address3", Label: "Address, line 3", Help: "Where it is a number, it counts as the second alternate number."},
		{Name: "city", Label: "City"}, {Name: "state", Label: "State", Help: "Two letters; its rules and time zones count."}, {Name: "province", Label: "Province"},
		{Name: "postal_code", Label: "Postal code", Help: "Its time zones count."}, {Name: "country_code", Label: "Country"},
		{Name: "verified_zone", Label: "Verified time zone", Help: "Only when somebody has made sure where the customer is, such as America/Chicago: it takes the place of all zones that number and address may lie in.", Mono: true},
		{Name: "alt_phone", Label: "Alternate number", Mono: true}, {Name: "email", Label: "E-mail"}, {Name: "gender", Label: "Gender"}, {Name: "date_of_birth", Label: "Date of birth", Hint: "1980-12-31", Mono: true},
		{Name: "vendor_lead_code", Label: "Vendor lead code", Mono: true}, {Name: "source_id", Label: "Source", Mono: true}, {Name: "security_phrase", Label: "Security phrase"},
		{Name: "comments", Label: "Comments", Kind: ui.Area}, {Name: "rank", Label: "Rank", Kind: ui.Number}, {Name: "owner", Label: "Owner"},
	}, err
}

// lists is the choice among the user's lists.
func (h *Handler) lists(ctx context.Context) (ui.Field, error) {
	d := ui.Field{Name: "list_id", Label: "List", Help: "The list that the lead belongs to, and with it the campaign that calls it.", Kind: ui.Select}
	all, err := h.Lists(ctx)
	if err != nil {
		return d, err
	}
	d.Choices = catalog.Lists(ctx, all)
	if len(d.Choices) == 0 {
		d.Help = "You have no list yet. Make one under Lists first."
	}
	return d, nil
}

// check looks whether list and status exist and the fields go together.
func (h *Handler) check(ctx context.Context, user dialer.User, f *form.Form, l facts.SetLead) error {
	if !f.OK() {
		return nil // fields that are wrong by themselves are not judged together
	}
	list, err := h.ListOf(ctx, l.ListID)
	if err != nil || !user.May(dialer.RightLeads, list.Campaign) {
		f.Fail("list_id", "Choose one of your lists.")
		return nil
	}
	statuses, err := h.Store.Statuses(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(statuses, func(s facts.StatusChoice) bool { return s.Status == l.Status }) {
		f.Fail("status", "Choose one of the statuses. A lead that is being called gets its status from the call.")
	}
	if _, field, err := h.Check(l, audit.By{At: h.Now()}); err != nil {
		f.Fail(field, err.Error())
	}
	return nil
}

// found is how many leads a page of a search shows.
const found = 50

// List serves GET /leads: the search. `q` is a number, a lead's id, a vendor lead
// code or a name; `list` and `status` are a list's leads of a status.
func (h *Handler) List(w http.ResponseWriter, r *http.Request) error {
	q, says := h.query(r)
	lines, err := h.Store.Find(r.Context(), q)
	if err != nil {
		return err
	}
	user := signin.User(r.Context())
	m := newSearch(ui.AdminFrame(r, "Leads", "leads"), r, says)
	for _, l := range lines {
		if user.May(dialer.RightLeads, l.Campaign) {
			m.Rows = append(m.Rows, newRow(l, h.Zone))
		}
	}
	if len(lines) == found {
		m.More = more(r, lines[len(lines)-1].ID)
	}
	return ui.Render(w, r, http.StatusOK, searchPage(m))
}

// query reads what is looked for; says is how it was understood.
func (h *Handler) query(r *http.Request) (facts.LeadQuery, string) {
	after, _ := strconv.ParseInt(r.FormValue("after"), 10, 64)
	q := facts.LeadQuery{After: dialer.LeadID(after), Limit: found}
	text := strings.TrimSpace(r.FormValue("q"))
	if text == "" {
		list, _ := strconv.ParseInt(r.FormValue("list"), 10, 64)
		q.List, q.Status = dialer.ListID(list), dialer.Status(r.FormValue("status"))
		if q.List != 0 && q.Status != "" {
			return q, fmt.Sprintf("Leads of list %d with status %s", q.List, q.Status)
		}
		return q, ""
	}
	if vendor, ok := strings.CutPrefix(text, "vendor:"); ok {
		q.Vendor = strings.TrimSpace(vendor)
		return q, "Vendor lead code " + q.Vendor
	}
	if id, ok := strings.CutPrefix(text, "#"); ok {
		n, _ := strconv.ParseInt(id, 10, 64)
		q.ID = dialer.LeadID(n)
		return q, "Lead " + id
	}
	if e164, err := h.Number(text); err == nil {
		q.E164 = e164
		return q, "Number " + ui.Phone(e164)
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > 0 {
		q.ID = dialer.LeadID(n)
		return q, "Lead " + text
	}
	if strings.ContainsAny(text, "0123456789") {
		q.Vendor = text
		return q, "Vendor lead code " + text
	}
	first, last, two := strings.Cut(text, " ")
	if !two {
		first, last = "", text
	}
	q.First, q.Last = first, strings.TrimSpace(last)
	return q, "Names that begin so"
}

// one is the lead of the address, if it concerns the user.
func (h *Handler) one(r *http.Request) (facts.SetLead, error) {
	record, err := h.Store.One(r.Context(), r.PathValue("id"))
	if err == nil && !signin.User(r.Context()).May(dialer.RightLeads, record.Value.Campaign) {
		err = dialer.ErrForbidden
	}
	return record.Value, err
}

// Custom serves POST /leads/{id}/custom: the list's own fields.
func (h *Handler) Custom(w http.ResponseWriter, r *http.Request) error {
	l, err := h.one(r)
	if err != nil {
		return err
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	known, err := h.Store.Facts(r.Context(), l)
	if err != nil {
		return err
	}
	values := map[string]string{}
	for _, field := range known.Fields {
		values[field.Name] = f.Area("custom_"+field.Name, 4000)
		if field.Type == dialer.CustomMulti {
			values[field.Name] = strings.Join(r.Form["custom_"+field.Name], ",")
		}
	}
	_, wrong, err := h.Store.CheckCustom(r.Context(), l.ListID, values)
	if err != nil {
		return err
	}
	for _, field := range known.Fields {
		if says := wrong[field.Name]; says != "" {
			f.Fail("custom_"+field.Name, says)
		}
	}
	again := func(status int, met *audit.Conflict) error {
		return h.Again(w, r.WithContext(context.WithValue(r.Context(), refusedKey{}, refused{f, met})), status)
	}
	if !f.OK() {
		return again(http.StatusUnprocessableEntity, nil)
	}
	e := audit.Edit[map[string]string]{By: signin.By(r, h.Now()), Seen: f.Seen(), Record: values}
	_ = json.Unmarshal([]byte(f.Value(shownField)), &e.Shown) // what cannot be read shows nothing
	err = h.Store.SaveCustom(r.Context(), l, e)
	var met *audit.Conflict
	if errors.As(err, &met) {
		return again(http.StatusConflict, met)
	}
	if err != nil {
		return err
	}
	return ui.Done(w, r, "/leads/"+r.PathValue("id"), "Custom fields saved.")
}

// Phone serves POST /leads/{id}/phone: a further number `n` on or off.
func (h *Handler) Phone(w http.ResponseWriter, r *http.Request) error {
	l, err := h.one(r)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(r.PostFormValue("n"))
	if err != nil {
		return dialer.ErrNotFound
	}
	if err := h.Store.SetPhone(r.Context(), signin.By(r, h.Now()), l.ID, n, r.PostFormValue("active") == "1"); err != nil {
		return err
	}
	return ui.Done(w, r, "/leads/"+r.PathValue("id"), "Number changed.")
}

// refusedKey is the context's key of the custom fields as they were typed, where
// they were refused.
type refusedKey struct{}

type refused struct {
	form *form.Form
	met  *audit.Conflict // what another had changed; nil: something was wrong
}

// shownField is the hidden field that carries what the custom fields' form showed:
// imports and agents change them, too.
const shownField = "shown"

func (h *Handler) beside(ctx context.Context, l facts.SetLead) (templ.Component, error) {
	f, err := h.Store.Facts(ctx, l)
	if err != nil {
		return nil, err
	}
	m := newBeside(l, f, h.Now(), h.Zone)
	if again, ok := ctx.Value(refusedKey{}).(refused); ok {
		m.Form = again.form
		if again.met == nil {
			m.Seen, m.Shown = again.form.Seen(), again.form.Value(shownField)
		} else {
			m.Seen = again.met.Seen
			m.Clashes = ui.Clashes(again.met, m.named(), func(e audit.Entry) string { return "at " + e.At.In(h.Zone).Format("15:04") })
		}
	}
	return beside(m), nil
}
