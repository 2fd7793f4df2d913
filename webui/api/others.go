package api

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/signin"
)

// campaign reads whose do-not-call list is meant; "" is every campaign's.
func campaign(f *form.Form, user dialer.User, text string) dialer.CampaignID {
	id := dialer.CampaignID(strings.ToUpper(strings.TrimSpace(text)))
	if id != "" && !user.May(dialer.RightLeads, id) {
		f.Fail("campaign_id", "There is no such campaign that concerns this token.")
	}
	return id
}

// FindDNC serves GET /api/v1/dnc: which lists keep `phone` from being called.
func (h *Handler) FindDNC(w http.ResponseWriter, r *http.Request) error {
	f := form.Of(nil)
	e164 := h.number(f, "phone", r.FormValue("phone"))
	if err := wrong(f); err != nil {
		return err
	}
	entries, _, err := h.DNC.Of(r.Context(), e164)
	if err != nil {
		return err
	}
	type entry struct {
		Phone    string            `json:"phone"` // or a wildcard
		Campaign dialer.CampaignID `json:"campaign_id"`
		Source   string            `json:"source"`
		Note     string            `json:"note"`
		At       time.Time         `json:"at"`
	}
	body := struct {
		Phone     string  `json:"phone"`
		DoNotCall bool    `json:"do_not_call"` // by every campaign
		Entries   []entry `json:"entries"`
	}{Phone: e164, Entries: []entry{}}
	user := signin.User(r.Context())
	for _, e := range entries {
		if e.CampaignID != "" && !user.May(dialer.RightLeads, e.CampaignID) {
			continue
		}
		body.DoNotCall = body.DoNotCall || e.CampaignID == ""
		body.Entries = append(body.Entries, entry{e.E164, e.CampaignID, e.Source, e.Note, e.AddedAt})
	}
	return send(w, http.StatusOK, body)
}

// AddDNC serves POST /api/v1/dnc: `phone`, a number or an area code such as 999*,
// `campaign_id` ("" for every campaign),
// `note`.
func (h *Handler) AddDNC(w http.ResponseWriter, r *http.Request) error {
	e, err := h.dncEntry(r)
	if err != nil {
		return err
	}
	added, err := h.DNC.Add(r.Context(), []dialer.DNCEntry{e})
	if err != nil {
		return err
	}
	return send(w, http.StatusOK, map[string]any{"phone": e.E164, "campaign_id": e.CampaignID, "added": added == 1})
}

// RemoveDNC serves POST /api/v1/dnc/remove: `phone`, `campaign_id`, `note`.
func (h *Handler) RemoveDNC(w http.ResponseWriter, r *http.Request) error {
	e, err := h.dncEntry(r)
	if err != nil {
		return err
	}
	err = h.DNC.Remove(r.Context(), e)
	if errors.Is(err, dialer.ErrNotFound) {
		return dialer.Explain(dialer.ErrNotFound, e.E164+" is not on this list.")
	}
	if err != nil {
		return err
	}
	return send(w, http.StatusOK, map[string]any{"phone": e.E164, "campaign_id": e.CampaignID, "removed": true})
}

func (h *Handler) dncEntry(r *http.Request) (dialer.DNCEntry, error) {
	f, err := read(r, "phone", "campaign_id", "note")
	if err != nil {
		return dialer.DNCEntry{}, err
	}
	user := signin.User(r.Context())
	entry, err := h.DNCEntry(f.Value("phone"), "US")
	if err != nil {
		f.Fail("phone", err.Error())
	}
	e := dialer.DNCEntry{
		CampaignID: campaign(f, user, f.Value("campaign_id")), E164: entry, Source: "api", UserID: user.ID,
		Note: f.Line("note", 120), AddedAt: h.Now(),
	}
	return e, wrong(f)
}

// Consents serves GET /api/v1/consents: all that was said of `phone`.
func (h *Handler) Consents(w http.ResponseWriter, r *http.Request) error {
	f := form.Of(nil)
	e164 := h.number(f, "phone", r.FormValue("phone"))
	if err := wrong(f); err != nil {
		return err
	}
	said, err := h.Ledger.Said(r.Context(), e164)
	if err != nil {
		return err
	}
	if said == nil {
		said = []facts.Said{}
	}
	return send(w, http.StatusOK, map[string]any{"phone": e164, "said": said})
}

// AddConsent serves POST /api/v1/consents: `phone`, `level` (express, written),
// `evidence`, where the proof lies, and `at`, when it was said (now).
func (h *Handler) AddConsent(w http.ResponseWriter, r *http.Request) error {
	return h.say(w, r, "consent", "phone", "level", "evidence", "at")
}

// Revoke serves POST /api/v1/consents/revoke: `phone`, `evidence`, the words, and
// `at`. The number goes onto every campaign's do-not-call list.
func (h *Handler) Revoke(w http.ResponseWriter, r *http.Request) error {
	return h.say(w, r, "revoke", "phone", "evidence", "at")
}

func (h *Handler) say(w http.ResponseWriter, r *http.Request, kind string, names ...string) error {
	f, err := read(r, names...)
	if err != nil {
		return err
	}
	now := h.Now()
	said := facts.Said{
		At: now, Number: h.number(f, "phone", f.Value("phone")), Kind: kind, Source: "api", Evidence: f.Line("evidence", 255), User: signin.User(r.Context()).ID,
	}
	if kind == "consent" {
		said.Level = f.Choice("level", "express", "written")
		if said.Evidence == "" {
			f.Fail("evidence", "Say where the proof of the consent lies: a form, a recording, a file.")
		}
	}
	if at := f.Line("at", 40); at != "" {
		said.At, err = time.Parse(time.RFC3339, at)
		said.At = said.At.UTC()
		if err != nil || said.At.After(now.Add(time.Minute)) || said.At.Year() < 1991 {
			f.Fail("at", "Send the moment at which it was said as 2026-11-28T14:30:00Z; it is past.")
		}
	}
	if err := wrong(f); err != nil {
		return err
	}
	if err := h.Ledger.Say(r.Context(), said); err != nil {
		return err
	}
	return send(w, http.StatusCreated, said)
}

// ListCampaigns serves GET /api/v1/campaigns.
func (h *Handler) ListCampaigns(w http.ResponseWriter, r *http.Request) error {
	lines, err := h.Campaigns.CampaignLines(r.Context())
	if err != nil {
		return err
	}
	type line struct {
		ID     dialer.CampaignID `json:"id"`
		Name   string            `json:"name"`
		Active bool              `json:"active"`
		Method dialer.DialMethod `json:"dial_method"`
		Level  float64           `json:"dial_level"`
		Agents int               `json:"agents"`
		Calls  int               `json:"calls"`
		Hopper int               `json:"hopper"`
	}
	all := []line{}
	user := signin.User(r.Context())
	for _, l := range lines {
		if user.Sees(l.ID) && !l.Archived {
			all = append(all, line{l.ID, l.Name, l.Active, l.DialMethod, l.DialLevel, l.Agents, l.Calls, l.Hopper})
		}
	}
	return send(w, http.StatusOK, map[string]any{"campaigns": all})
}

// Start serves POST /api/v1/campaigns/{campaign}/start.
func (h *Handler) Start(w http.ResponseWriter, r *http.Request) error { return h.active(w, r, true) }

// Stop serves POST /api/v1/campaigns/{campaign}/stop.
func (h *Handler) Stop(w http.ResponseWriter, r *http.Request) error { return h.active(w, r, false) }

func (h *Handler) active(w http.ResponseWriter, r *http.Request, active bool) error {
	id := dialer.CampaignID(r.PathValue("campaign"))
	err := h.Campaigns.SetCampaignActive(r.Context(), facts.CampaignChange{Campaign: id, By: signin.By(r, h.Now())}, active)
	if errors.Is(err, dialer.ErrNotFound) {
		return dialer.Explain(dialer.ErrNotFound, "There is no campaign "+shown(string(id))+".")
	}
	if err != nil {
		return err
	}
	return send(w, http.StatusOK, map[string]any{"id": id, "active": active})
}

// Why serves GET /api/v1/campaigns/{campaign}/why: what holds its leads back.
func (h *Handler) Why(w http.ResponseWriter, r *http.Request) error {
	why, err := h.WhyNot(r.Context(), dialer.CampaignID(r.PathValue("campaign")))
	if err != nil {
		return err
	}
	type count struct {
		Reason string `json:"reason"`
		Says   string `json:"says"`
		Leads  int    `json:"leads"`
	}
	body := struct {
		At       time.Time  `json:"at"`
		Leads    int        `json:"leads"`
		Dialable int        `json:"dialable"`
		Held     []count    `json:"held"`
		Opens    *time.Time `json:"opens_at"`
		Problem  string     `json:"problem"`
	}{why.At, why.Leads, why.Dialable, []count{}, why.Opens, why.Problem}
	for _, c := range why.Counts {
		body.Held = append(body.Held, count{c.Reason, "The lead " + c.Says + ".", c.Leads})
	}
	return send(w, http.StatusOK, body)
}

// ListAgents serves GET /api/v1/agents: who is on shift.
func (h *Handler) ListAgents(w http.ResponseWriter, r *http.Request) error {
	all, err := h.Agents(r.Context())
	if err != nil {
		return err
	}
	type agent struct {
		User      string            `json:"user"`
		Name      string            `json:"name"`
		Campaign  dialer.CampaignID `json:"campaign_id"`
		State     dialer.AgentState `json:"state"`
		CallState dialer.CallState  `json:"call_state"`
		Phone     string            `json:"phone"`
		Server    string            `json:"server"`
	}
	agents := []agent{}
	user := signin.User(r.Context())
	for _, a := range all {
		if user.May(dialer.RightWatch, a.Campaign) {
			agents = append(agents, agent{a.Username, a.FullName, a.Campaign, a.State, a.CallState, a.Number, a.ServerName})
		}
	}
	return send(w, http.StatusOK, map[string]any{"agents": agents})
}

// tapes is how many recordings one answer has.
const tapes = 100

// FindRecordings serves GET /api/v1/recordings: `phone`, `campaign_id`, `user`, `from` and
// `to` (RFC 3339), `before`, the cursor of the answer before; the newest first.
func (h *Handler) FindRecordings(w http.ResponseWriter, r *http.Request) error {
	f := form.Of(nil)
	user, now := signin.User(r.Context()), h.Now()
	q := facts.RecordingQuery{
		Scope: user.Reach(), Campaign: dialer.CampaignID(r.FormValue("campaign_id")), Username: r.FormValue("user"),
		From: now.AddDate(0, 0, -30), To: now.Add(time.Hour), BeforeAt: now.Add(time.Hour), Limit: tapes + 1,
	}
	if q.Campaign != "" && !user.May(dialer.RightHear, q.Campaign) {
		f.Fail("campaign_id", "There is no such campaign that concerns this token.")
	}
	if phone := r.FormValue("phone"); phone != "" {
		q.E164 = h.number(f, "phone", phone)
	}
	for name, into := range map[string]*time.Time{"from": &q.From, "to": &q.To} {
		if text := r.FormValue(name); text != "" {
			at, err := time.Parse(time.RFC3339, text)
			if err != nil || at.Year() < 1971 || at.Year() > 9000 {
				f.Fail(name, "Send a moment as 2026-11-28T00:00:00Z.")
			}
			*into = at.UTC()
		}
	}
	if before := r.FormValue("before"); before != "" {
		part := strings.SplitN(before, ".", 3)
		var err1, err2 error
		if len(part) == 3 {
			var ms, call int64
			ms, err1 = strconv.ParseInt(part[0], 10, 64)
			call, err2 = strconv.ParseInt(part[1], 10, 64)
			q.BeforeAt, q.BeforeCall, q.BeforeFile = time.UnixMilli(ms).UTC(), dialer.CallID(call), part[2]
		}
		if len(part) != 3 || err1 != nil || err2 != nil || len(part[2]) > 128 || q.BeforeAt.Year() > 9000 || q.BeforeAt.Year() < 1970 {
			f.Fail("before", "This is no cursor of ours. Leave it out to begin with the newest.")
		}
	}
	if err := wrong(f); err != nil {
		return err
	}
	found, err := h.Recordings(r.Context(), q)
	if err != nil {
		return err
	}
	type tape struct {
		Call     dialer.CallID     `json:"call_id"`
		Started  time.Time         `json:"started_at"`
		Seconds  float64           `json:"seconds"`
		State    string            `json:"state"` // WRITING, DONE, SHORT, LOST, DELETED
		SHA256   string            `json:"sha256"`
		Campaign dialer.CampaignID `json:"campaign_id"`
		Phone    string            `json:"phone"`
		User     string            `json:"user"`
		Status   dialer.Status     `json:"status"`
		File     string            `json:"file"`
		Audio    string            `json:"audio"` // where the call's recordings are heard: the address ends in which of them
	}
	body := struct {
		Recordings []tape `json:"recordings"`
		Before     string `json:"before,omitempty"`
	}{Recordings: []tape{}}
	if len(found) > tapes {
		found = found[:tapes]
		last := found[tapes-1]
		body.Before = fmt.Sprintf("%d.%d.%s", last.StartedAt.UnixMilli(), last.Call, last.File)
	}
	for _, t := range found {
		body.Recordings = append(body.Recordings, tape{
			t.Call, t.StartedAt, float64(t.LengthMS) / 1000, t.State, t.SHA256, t.Campaign, t.E164, t.Username, t.Status, t.File,
			Prefix + "/recordings/" + t.Call.String() + "/1",
		})
	}
	return send(w, http.StatusOK, body)
}
