package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/mail"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/facts"
	"trunkline/webui/signin"
)

// Customers are the leads as agents see and edit them.
type Customers interface {
	Customer(ctx context.Context, lead dialer.LeadID) (facts.Customer, error)
	// EditField changes a lead whose row it holds meanwhile; the error is change's.
	EditField(ctx context.Context, by audit.By, lead dialer.LeadID, change func(*facts.SetLead) error) (facts.SetLead, error)
	// SetOwn writes one of the list's own fields, which was was, and gives what was
	// kept of the value; of one that is something else by now what it is, and
	// dialer.ErrConflict.
	SetOwn(ctx context.Context, by audit.By, lead facts.SetLead, name, was, value string) (string, error)
	// Search looks for leads of a campaign.
	Search(ctx context.Context, campaign dialer.CampaignID, q facts.LeadQuery) ([]facts.LeadLine, error)
}

// field is one line of the customer's card.
type field struct {
	Name    string   `json:"name"` // of a list's own field with "own_" before it
	Label   string   `json:"label"`
	Kind    string   `json:"kind"` // text, area, select, multi, check, date, time, number, email, tel, fixed
	Value   string   `json:"value"`
	Options []string `json:"options,omitempty"`
	Needed  bool     `json:"needed,omitempty"`
	Most    int      `json:"most,omitempty"` // characters
	Wide    bool     `json:"wide,omitempty"`
	Rare    bool     `json:"rare,omitempty"` // folded away while it is empty
}

// standard are the fields that every lead has, in the order of the card. What
// decides whether a lead is dialed, its number, list and status, is not among
// those that agents change.
var standard = []struct {
	name, label, kind string
	most              int
	wide, rare        bool
	of                func(*facts.SetLead) *string
}{
	{"title", "Title", "text", 4, false, true, func(l *facts.SetLead) *string { return &l.Title }},
	{"first_name", "First name", "text", 30, false, false, func(l *facts.SetLead) *string { return &l.FirstName }},
	{"middle_initial", "Initial", "text", 1, false, true, func(l *facts.SetLead) *string { return &l.MiddleInitial }},
	{"last_name", "Last name", "text", 30, false, false, func(l *facts.SetLead) *string { return &l.LastName }},
	{"alt_phone", "Second phone", "tel", 18, false, false, func(l *facts.SetLead) *string { return &l.AltPhone }},
	{"date_of_birth", "Born", "text", 10, false, false, func(l *facts.SetLead) *string { return &l.DateOfBirth }},
	{"email", "Email", "email", 70, true, false, func(l *facts.SetLead) *string { return &l.Email }},
	{"address1", "Address", "text", 100, true, false, func(l *facts.SetLead) *string { return &l.Address1 }},
	{"address2", "Second line", "text", 100, true, true, func(l *facts.SetLead) *string { return &l.Address2 }},
	{"address3", "Third line", "text", 100, true, true, func(l *facts.SetLead) *string { return &l.Address3 }},
	{"city", "City", "text", 50, false, false, func(l *facts.SetLead) *string { return &l.City }},
	{"state", "State", "text", 2, false, false, func(l *facts.SetLead) *string { return &l.State }},
	{"postal_code", "Postal code", "text", 10, false, false, func(l *facts.SetLead) *string { return &l.PostalCode }},
	{"province", "Province", "text", 50, false, true, func(l *facts.SetLead) *string { return &l.Province }},
	{"country_code", "Country", "text", 3, false, true, func(l *facts.SetLead) *string { return &l.CountryCode }},
	{"gender", "Gender", "text", 1, false, true, func(l *facts.SetLead) *string { return &l.Gender }},
	{"security_phrase", "Security phrase", "text", 100, true, true, func(l *facts.SetLead) *string { return &l.SecurityPhrase }},
	{"vendor_lead_code", "Customer code", "fixed", 0, false, false, func(l *facts.SetLead) *string { return &l.VendorLeadCode }},
	{"source_id", "Source", "fixed", 0, false, false, func(l *facts.SetLead) *string { return &l.SourceID }},
	{"owner", "Owner", "fixed", 0, false, false, func(l *facts.SetLead) *string { return &l.Owner }},
	{"comments", "Last note", "fixed", 0, true, false, func(l *facts.SetLead) *string { return &l.Comments }},
}

// ownPrefix keeps a list's own fields apart from the standard ones.
const ownPrefix = "own_"

var ownKinds = map[dialer.CustomType]string{
	dialer.CustomText: "text", dialer.CustomArea: "area", dialer.CustomNumber: "number", dialer.CustomDate: "date", dialer.CustomTime: "time",
	dialer.CustomSelect: "select", dialer.CustomMulti: "multi", dialer.CustomCheckbox: "check", dialer.CustomReadonly: "fixed",
}

// fieldsOf are the lines of the customer's card: a fixed one without a value is
// left out.
func fieldsOf(c facts.Customer) []field {
	all := []field{}
	for _, s := range standard {
		f := field{Name: s.name, Label: s.label, Kind: s.kind, Value: *s.of(&c.Lead), Most: s.most, Wide: s.wide, Rare: s.rare}
		if f.Kind != "fixed" || f.Value != "" {
			all = append(all, f)
		}
	}
	for _, own := range c.Fields {
		f := field{Name: ownPrefix + own.Name, Label: own.Label, Kind: ownKinds[own.Type], Value: c.Custom[own.Name], Needed: own.Required, Most: 255}
		if own.Type == dialer.CustomArea {
			f.Most, f.Wide = 4000, true
		}
		f.Wide = f.Wide || own.Type == dialer.CustomMulti
		for line := range strings.Lines(own.Options) {
			if o := strings.TrimSpace(line); o != "" {
				f.Options = append(f.Options, o)
			}
		}
		if f.Kind != "fixed" || f.Value != "" {
			all = append(all, f)
		}
	}
	return all
}

// savedField is what came of a field that was edited.
type savedField struct {
	Value string    `json:"value"`
	At    time.Time `json:"at"`
}

// Edit serves POST /desk/customer: the form's `field` becomes `value`; `was` is
// what stood there when the agent began. A field that somebody else has changed
// meanwhile is left alone.
func (h *Handler) Edit(w http.ResponseWriter, r *http.Request) error {
	d, err := h.onDesk(r)
	if err != nil {
		return err
	}
	name, value := r.PostFormValue("field"), strings.TrimSpace(strings.ToValidUTF8(r.PostFormValue("value"), ""))
	by := signin.By(r, h.Now())
	var kept string
	if own, ok := strings.CutPrefix(name, ownPrefix); ok {
		if len(r.PostForm["value"]) > 1 {
			value = strings.Join(r.PostForm["value"], ",")
		}
		kept, err = h.Customers.SetOwn(r.Context(), by, facts.SetLead{ID: d.lead.ID, ListID: d.lead.ListID}, own, r.PostFormValue("was"), value)
	} else {
		kept, err = h.editStandard(r.Context(), by, d.lead.ID, name, value, r.PostFormValue("was"))
	}
	var why *dialer.Problem
	if errors.Is(err, dialer.ErrConflict) && errors.As(err, &why) {
		// With what stands there now: who types again knows it then.
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusConflict)
		return json.NewEncoder(w).Encode(map[string]string{"error": why.Sentence, "stands": kept})
	}
	if err != nil {
		return err
	}
	h.Hub.WakeSession(d.session.ID)
	return writeJSON(w, savedField{kept, h.Now().UTC()})
}

func (h *Handler) editStandard(ctx context.Context, by audit.By, lead dialer.LeadID, name, value, was string) (string, error) {
	for _, s := range standard {
		if s.name != name {
			continue
		}
		if s.kind == "fixed" {
			return "", dialer.ErrForbidden
		}
		if says := wrongValue(s.label, s.kind, s.most, value); says != "" {
			return "", dialer.Explain(dialer.ErrInvalid, says)
		}
		if s.most <= 3 && name != "title" {
			value = strings.ToUpper(value)
		}
		stands := ""
		l, err := h.Customers.EditField(ctx, by, lead, func(l *facts.SetLead) error {
			now := s.of(l)
			if *now != was && *now != value {
				stands = *now
				return facts.Overtaken(strings.ToLower(s.label), *now)
			}
			*now = value
			return nil
		})
		if err != nil {
			return stands, err
		}
		return *s.of(&l), nil
	}
	return "", dialer.ErrNotFound
}

// wrongValue says what is wrong with a standard field's value, "" if nothing is.
func wrongValue(label, kind string, most int, value string) string {
	switch n := utf8.RuneCountInString(value); {
	case n > most:
		return fmt.Sprintf("%s holds %d characters; this is %d. Shorten it.", label, most, n)
	case strings.ContainsAny(value, "\r\n\x00"):
		return label + " is one line. Take the line breaks out."
	case value == "":
		return ""
	}
	if kind == "email" {
		return wrongEmail(value)
	}
	return ""
}

func wrongEmail(value string) string {
	at, err := mail.ParseAddress(value)
	_, host, there := strings.Cut(value, "@")
	switch {
	case !there:
		return "An email address has an @ in it. Ask for the whole address."
	case host == "" || !strings.Contains(strings.Trim(host, "."), "."):
		return "The part after @ is incomplete. Ask for the ending, such as example.com."
	case err != nil || at.Address != value:
		return "That is no email address. Spell it out with the customer: name, @, and the ending."
	}
	return ""
}

// foundMost is how many leads a search shows.
const foundMost = 12

// foundLead is a lead as the desk's search finds it.
type foundLead struct {
	ID     string     `json:"id"`
	Name   string     `json:"name"`
	Number string     `json:"number"` // E.164
	Place  string     `json:"place"`
	Status string     `json:"status"`
	Last   *time.Time `json:"last"` // when it was called last; nil: never
}

// Search serves GET /desk/search: leads of the shift's campaign by the query's
// `q`, which is a number, a customer code, a lead's id or a name.
func (h *Handler) Search(w http.ResponseWriter, r *http.Request) error {
	shift, err := h.shift(r)
	if err != nil {
		return err
	}
	q := h.query(strings.TrimSpace(r.FormValue("q")))
	lines, err := h.Customers.Search(r.Context(), shift.Session.CampaignID, q)
	if err != nil {
		return err
	}
	all := make([]foundLead, len(lines))
	for i, l := range lines {
		all[i] = foundLead{
			ID: id(l.ID), Name: l.Name, Number: l.E164, Place: strings.TrimSpace(l.City + " " + l.State), Status: l.StatusName,
		}
		if l.LastCalled != nil {
			last := l.LastCalled.UTC()
			all[i].Last = &last
		}
	}
	return writeJSON(w, all)
}

func (h *Handler) query(text string) facts.LeadQuery {
	q := facts.LeadQuery{Limit: foundMost}
	if text == "" || utf8.RuneCountInString(text) > 80 {
		return q
	}
	if e164, err := h.Number(text); err == nil {
		q.E164 = e164
		return q
	}
	if lead, ok := strings.CutPrefix(text, "#"); ok {
		n, _ := strconv.ParseInt(lead, 10, 64)
		q.ID = dialer.LeadID(n)
		return q
	}
	if strings.ContainsAny(text, "0123456789") {
		q.Vendor = text
		return q
	}
	if last, first, two := strings.Cut(text, ","); two { // as lists write it
		q.First, q.Last = strings.TrimSpace(first), strings.TrimSpace(last)
		return q
	}
	first, last, two := strings.Cut(text, " ")
	if !two {
		first, last = "", text
	}
	q.First, q.Last = first, strings.TrimSpace(last)
	return q
}
