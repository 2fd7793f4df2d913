package desk

import (
	"net/http"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/script"
)

// historyLine is one earlier call to the lead.
type historyLine struct {
	When   string `json:"when"`
	Status string `json:"status"`
	Name   string `json:"name"`
	Agent  string `json:"agent"`
	TalkS  int    `json:"talk_s"`
	Note   string `json:"note"`
}

// History serves GET /desk/history: the earlier calls to the lead, with what
// their agents noted.
func (h *Handler) History(w http.ResponseWriter, r *http.Request) error {
	d, lead, err := h.onDesk(r)
	if err != nil {
		return err
	}
	now := dialer.CallID(0)
	if d.Call != nil {
		now = d.Call.Call.ID
	}
	past, err := h.Words.LeadHistory(r.Context(), lead.ID, now)
	if err != nil {
		return err
	}
	lines := []historyLine{}
	for _, p := range past {
		lines = append(lines, historyLine{
			When: p.PlacedAt.In(h.Zone).Format("Mon 2 Jan, 15:04"), Status: string(p.Status),
			Name: p.StatusName, Agent: p.Agent, TalkS: p.TalkSeconds, Note: p.Note,
		})
	}
	return writeJSON(w, lines)
}

// Script serves GET /desk/script: what to say to the customer, as HTML that
// script.HTML has cleaned; 204 where the built-in opening is to stay.
func (h *Handler) Script(w http.ResponseWriter, r *http.Request) error {
	d, lead, err := h.onDesk(r)
	if err != nil {
		return err
	}
	text, err := h.Words.Script(r.Context(), d.Session.CampaignID)
	if err != nil {
		return err
	}
	if text == "" {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	call, err := h.filling(r, d, lead)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, err = w.Write([]byte(script.HTML(text, call)))
	return err
}

// filling is what a script's and an address's variables stand for.
func (h *Handler) filling(r *http.Request, d facts.Desk, lead dialer.Lead) (script.Call, error) {
	c, err := h.Customers.Customer(r.Context(), lead.ID)
	if err != nil {
		return script.Call{}, err
	}
	call := script.Call{Agent: d.User.FullName, User: d.User.Username, Campaign: d.CampaignName, CampaignID: d.Session.CampaignID, Lead: lead, Own: map[string]string{}}
	if call.Agent == "" {
		call.Agent = d.User.Username
	}
	for _, f := range c.Fields {
		call.Own[f.Name] = c.Custom[f.Name]
	}
	if d.Call != nil && d.Call.Lead.ID == lead.ID {
		call.ID = d.Call.Call.ID
	}
	return call, nil
}

// webForm is a link to a page elsewhere, for the customer on the desk.
type webForm struct {
	Name     string `json:"name"`
	URL      string `json:"url"`
	ByItself bool   `json:"by_itself"`
}

// Forms serves GET /desk/forms: the campaign's web forms, filled in.
func (h *Handler) Forms(w http.ResponseWriter, r *http.Request) error {
	d, lead, err := h.onDesk(r)
	if err != nil {
		return err
	}
	forms, err := h.Words.WebForms(r.Context(), d.Session.CampaignID)
	if err != nil {
		return err
	}
	links := []webForm{}
	if len(forms) > 0 {
		call, err := h.filling(r, d, lead)
		if err != nil {
			return err
		}
		for _, f := range forms {
			if address := script.Address(f.URL, call); address != "" {
				links = append(links, webForm{f.Name, address, f.ByItself})
			}
		}
	}
	return writeJSON(w, links)
}
