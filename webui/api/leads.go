package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/leadform"
	"trunkline/webui/signin"
)

// leadFields are the fields of a lead that a program may send.
var leadFields = []string{
	"list_id", "status", "phone_code", "phone_number", "title", "first_name", "middle_initial", "last_name", "address1", "address2", "address3", "city", "state",
	"province", "postal_code", "country_code", "verified_zone", "alt_phone", "email", "gender", "date_of_birth", "vendor_lead_code", "source_id", "security_phrase",
	"comments", "rank", "owner", "custom",
}

const found = 100 // leads on one answer

// FindLeads serves GET /api/v1/leads: `phone`, `vendor_lead_code`, `last_name` (with
// `first_name`), or `list_id` with `status`; `after`, the id of the last lead of
// the answer before.
func (h *Handler) FindLeads(w http.ResponseWriter, r *http.Request) error {
	q := facts.LeadQuery{Vendor: r.FormValue("vendor_lead_code"), Last: r.FormValue("last_name"), First: r.FormValue("first_name"), Status: dialer.Status(r.FormValue("status")), Limit: found}
	f := form.Of(nil)
	q.After = dialer.LeadID(number(f, r, "after"))
	q.List = dialer.ListID(number(f, r, "list_id"))
	if phone := r.FormValue("phone"); phone != "" {
		q.E164 = h.number(f, "phone", phone)
	}
	if q.E164 == "" && q.Vendor == "" && q.Last == "" && (q.List == 0 || q.Status == "") {
		f.Fail("phone", "Say what to look for: phone, vendor_lead_code, last_name, or list_id with status.")
	}
	if err := wrong(f); err != nil {
		return err
	}
	lines, err := h.Leads.Find(r.Context(), q)
	if err != nil {
		return err
	}
	type line struct {
		ID         dialer.LeadID     `json:"id"`
		ListID     dialer.ListID     `json:"list_id"`
		Campaign   dialer.CampaignID `json:"campaign_id"`
		Status     dialer.Status     `json:"status"`
		Phone      string            `json:"phone"`
		Name       string            `json:"name"`
		City       string            `json:"city"`
		State      string            `json:"state"`
		Vendor     string            `json:"vendor_lead_code"`
		Called     int               `json:"called_count"`
		LastCalled *time.Time        `json:"last_called_at"`
	}
	body := struct {
		Leads []line        `json:"leads"`
		After dialer.LeadID `json:"after,omitempty"`
	}{Leads: []line{}}
	user := signin.User(r.Context())
	for _, l := range lines {
		if user.May(dialer.RightLeads, l.Campaign) {
			body.Leads = append(body.Leads, line{l.ID, l.ListID, l.Campaign, l.Status, l.E164, l.Name, l.City, l.State, l.Vendor, l.Called, l.LastCalled})
		}
	}
	if len(lines) == found {
		body.After = lines[len(lines)-1].ID
	}
	return send(w, http.StatusOK, body)
}

// number reads a number from the query; 0 where there is none.
func number(f *form.Form, r *http.Request, name string) int64 {
	text := r.FormValue(name)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		f.Fail(name, "Send a whole number here.")
		return 0
	}
	return n
}

// number makes a phone number E.164.
func (h *Handler) number(f *form.Form, name, typed string) string {
	e164, err := h.Number(typed)
	if err != nil {
		f.Fail(name, err.Error())
	}
	return e164
}

// Lead serves GET /api/v1/leads/{id}.
func (h *Handler) Lead(w http.ResponseWriter, r *http.Request) error {
	l, _, err := h.lead(r)
	if err != nil {
		return err
	}
	return h.sendLead(w, r, http.StatusOK, l)
}

// lead is the lead of the address, if it concerns the user.
func (h *Handler) lead(r *http.Request) (facts.SetLead, int, error) {
	record, err := h.Leads.One(r.Context(), r.PathValue("id"))
	if err == nil && !signin.User(r.Context()).May(dialer.RightLeads, record.Value.Campaign) {
		err = dialer.ErrNotFound // whose it is concerns nobody else
	}
	if errors.Is(err, dialer.ErrNotFound) {
		err = dialer.Explain(dialer.ErrNotFound, "There is no lead "+shown(r.PathValue("id"))+" that concerns this token.")
	}
	return record.Value, record.Seen, err
}

// sendLead answers with a lead and what is known of it.
func (h *Handler) sendLead(w http.ResponseWriter, r *http.Request, status int, l facts.SetLead) error {
	known, err := h.Leads.Facts(r.Context(), l)
	if err != nil {
		return err
	}
	fields, err := audit.FieldsOf(l)
	if err != nil {
		return err
	}
	custom := known.Custom
	if custom == nil {
		custom = map[string]string{}
	}
	for name, v := range map[string]any{
		"phone": l.E164, "custom": custom, "called_count": known.Called, "called_since_reset": known.CalledSinceReset, "last_called_at": known.LastCalled,
		"created_at": known.CreatedAt, "in_hopper": known.InHopper, "do_not_call": known.DNC, "time_zones": known.Zones,
	} {
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		fields[name] = text
	}
	delete(fields, "e164")
	return send(w, status, fields)
}

// AddLead serves POST /api/v1/leads.
func (h *Handler) AddLead(w http.ResponseWriter, r *http.Request) error {
	f, err := read(r, append([]string{"duplicates", "refuse_do_not_call", "call_next"}, leadFields...)...)
	if err != nil {
		return err
	}
	for name, preset := range map[string]string{"status": string(dialer.StatusNew), "phone_code": "1", "rank": "0", "duplicates": "list"} {
		if f.Value(name) == "" {
			f.Set(name, preset)
		}
	}
	ctx, by := r.Context(), signin.By(r, h.Now())
	l := leadform.Read(f, facts.SetLead{})
	scope := f.Choice("duplicates", "list", "campaign", "system")
	if err := h.together(ctx, f, &l, by); err != nil {
		return err
	}
	custom, err := h.custom(ctx, f, l.ListID, nil)
	if err != nil {
		return err
	}
	if f.OK() && f.Bool("refuse_do_not_call") {
		on, err := h.DNC.Find(ctx, l.Campaign, []string{l.E164})
		if err != nil {
			return err
		}
		if on[l.E164] != "" {
			f.Fail("phone_number", fmt.Sprintf("%s is on a do-not-call list (%s). It was not added.", l.E164, on[l.E164]))
		}
	}
	if err := wrong(f); err != nil {
		return err
	}
	if err := h.duplicate(ctx, l, scope); err != nil {
		return err
	}
	key, err := h.Leads.Create(ctx, by, l)
	if errors.Is(err, dialer.ErrConflict) {
		// Somebody else added it a moment ago.
		if twice := h.duplicate(ctx, l, "list"); twice != nil {
			return twice
		}
	}
	if err != nil {
		return err
	}
	record, err := h.Leads.One(ctx, key)
	if err != nil {
		return err
	}
	if len(custom) > 0 {
		if err := h.Leads.SetCustom(ctx, by, record.Value, custom); err != nil {
			return err
		}
	}
	if f.Bool("call_next") {
		// That it is added counts; whether it is called next, in_hopper says.
		if _, err := h.CallNext(ctx, record.Value.Campaign, record.Value.ID, callNext); err != nil {
			return err
		}
	}
	w.Header().Set("Location", Prefix+"/leads/"+key)
	return h.sendLead(w, r, http.StatusCreated, record.Value)
}

// UpdateLead serves POST /api/v1/leads/{id}: the fields that are sent, and no
// others.
func (h *Handler) UpdateLead(w http.ResponseWriter, r *http.Request) error {
	was, seen, err := h.lead(r)
	if err != nil {
		return err
	}
	f, err := read(r, leadFields...)
	if err != nil {
		return err
	}
	stored, err := audit.FieldsOf(was)
	if err != nil {
		return err
	}
	for name, raw := range stored {
		if !f.Sent(name) && slices.Contains(leadFields, name) {
			f.Set(name, audit.Text(raw))
		}
	}
	ctx, by := r.Context(), signin.By(r, h.Now())
	l := leadform.Read(f, was)
	if l.Status != was.Status || l.ListID != was.ListID || f.OK() {
		if err := h.together(ctx, f, &l, by); err != nil {
			return err
		}
	}
	known, err := h.Leads.Facts(ctx, was)
	if err != nil {
		return err
	}
	custom, err := h.custom(ctx, f, l.ListID, known.Custom)
	if err != nil {
		return err
	}
	if err := wrong(f); err != nil {
		return err
	}
	if err := h.Leads.Save(ctx, r.PathValue("id"), audit.Edit[facts.SetLead]{By: by, Seen: seen, Record: l, Shown: stored}); err != nil {
		var clash *audit.Conflict
		if errors.As(err, &clash) {
			return dialer.Explain(dialer.ErrConflict, "Somebody changed this lead at the same moment. Read it again, then send your change once more.")
		}
		return err
	}
	if custom != nil {
		if err := h.Leads.SetCustom(ctx, by, l, custom); err != nil {
			return err
		}
	}
	record, err := h.Leads.One(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	return h.sendLead(w, r, http.StatusOK, record.Value)
}

// together looks whether list and status exist and the fields go together, and
// completes the lead.
func (h *Handler) together(ctx context.Context, f *form.Form, l *facts.SetLead, by audit.By) error {
	if f.Error("list_id") == "" {
		list, err := h.ListOf(ctx, l.ListID)
		switch {
		case errors.Is(err, dialer.ErrNotFound), err == nil && !signin.User(ctx).May(dialer.RightLeads, list.Campaign):
			f.Fail("list_id", fmt.Sprintf("There is no list %d that this token may fill.", l.ListID))
		case err != nil:
			return err
		}
		l.Campaign = list.Campaign
	}
	statuses, err := h.Leads.Statuses(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(statuses, func(s facts.StatusChoice) bool { return s.Status == l.Status }) {
		f.Fail("status", "There is no such status, or the dialer alone gives it.")
	}
	if f.Error("phone_number") != "" || f.Error("phone_code") != "" {
		return nil
	}
	checked, field, err := h.Check(*l, by)
	if err != nil {
		f.Fail(field, err.Error())
		return nil
	}
	*l = checked
	return nil
}

// custom reads the list's own fields, on top of those that are stored; nil where
// none was sent.
func (h *Handler) custom(ctx context.Context, f *form.Form, list dialer.ListID, stored map[string]string) (map[string]string, error) {
	values, sent := map[string]string{}, false
	for name, v := range stored {
		values[name] = v
	}
	for _, name := range f.Names() {
		if field, ok := strings.CutPrefix(name, "custom."); ok {
			values[field], sent = f.Area(name, 4000), true
		}
	}
	if !sent && stored != nil || f.Error("list_id") != "" {
		return nil, nil
	}
	kept, wrong, err := h.Leads.CheckCustom(ctx, list, values)
	if err != nil {
		return nil, err
	}
	for _, field := range slices.Sorted(maps.Keys(wrong)) {
		f.Fail("custom."+field, wrong[field])
	}
	for name := range values {
		if _, known := kept[name]; !known && wrong[name] == "" && values[name] != "" {
			f.Fail("custom."+shown(name), fmt.Sprintf("List %d has no field of this name.", list))
		}
	}
	return kept, nil
}

// duplicate looks for the number in the list, the campaign or everywhere.
func (h *Handler) duplicate(ctx context.Context, l facts.SetLead, scope string) error {
	after := dialer.LeadID(0)
	for {
		lines, err := h.Leads.Find(ctx, facts.LeadQuery{E164: l.E164, After: after, Limit: found})
		if err != nil {
			return err
		}
		for _, line := range lines {
			if line.E164 == l.E164 && (scope == "system" || line.ListID == l.ListID || scope == "campaign" && line.Campaign == l.Campaign) {
				return dialer.Explain(dialer.ErrConflict, fmt.Sprintf("%s is lead %d of list %d already. Change that one, or have fewer places looked at (duplicates).", l.E164, line.ID, line.ListID))
			}
		}
		if len(lines) < found {
			return nil
		}
		after = lines[len(lines)-1].ID
	}
}

// callNext is the priority of a lead that a program wants called next, as
// VICIdial's API gives it.
const callNext = 99

// CallLead serves POST /api/v1/leads/{id}/call-next: into the hopper, before
// others. All rules hold: what may not be called now is a conflict, with the
// reason.
func (h *Handler) CallLead(w http.ResponseWriter, r *http.Request) error {
	l, _, err := h.lead(r)
	if err != nil {
		return err
	}
	f := form.Of(map[string]string{"priority": strconv.Itoa(callNext)})
	if r.ContentLength != 0 {
		if f, err = read(r, "priority"); err != nil {
			return err
		}
	}
	priority := f.Int("priority", 0, callNext, "")
	if err := wrong(f); err != nil {
		return err
	}
	added, err := h.CallNext(r.Context(), l.Campaign, l.ID, priority)
	if err != nil {
		return err
	}
	if !added.In {
		says := added.Says
		if added.Until != nil {
			says += " It may be called from " + added.Until.UTC().Format(time.RFC3339) + "."
		}
		return dialer.Explain(dialer.ErrConflict, says)
	}
	return send(w, http.StatusOK, map[string]any{"lead_id": l.ID, "campaign_id": l.Campaign, "in_hopper": true, "priority": priority})
}
