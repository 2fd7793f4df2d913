package desk

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/script"
	"trunkline/webui/signin"
)

// about is what the page shows of a customer beside the snapshot: asked for once,
// when the customer comes to the desk, and again after an edit.
type about struct {
	Fields  []field       `json:"fields"`
	History []historyLine `json:"history"`
	Script  string        `json:"script"` // HTML that script.HTML has cleaned; "": the built-in opening
	Forms   []webForm     `json:"forms"`
	Draft   *draft        `json:"draft"` // what was typed of the call and not saved, if anything was
}

// historyLine is one earlier call to the lead.
type historyLine struct {
	When   time.Time `json:"when"`
	Status string    `json:"status"`
	Name   string    `json:"name"`
	Agent  string    `json:"agent"`
	TalkS  int       `json:"talk_s"`
	Note   string    `json:"note"`
}

// webForm is a link to a page elsewhere, for the customer on the desk.
type webForm struct {
	Name     string `json:"name"`
	URL      string `json:"url"`
	ByItself bool   `json:"by_itself"`
}

// onDesk is a lead that an agent has on the desk.
type onDesk struct {
	session  dialer.Session
	campaign dialer.CampaignID // whose hours and rules the lead is called by
	call     dialer.CallID     // 0: the lead is looked at before it is dialed
	lead     dialer.Lead
}

// errNotHere refuses a lead that is not on the agent's desk.
var errNotHere = dialer.Explain(dialer.ErrConflict, "That customer is not on your desk any more.")

// onDesk is the lead that the form's `lead` means, if it is that of the agent's
// call or the one that is previewed.
func (h *Handler) onDesk(r *http.Request) (onDesk, error) {
	shift, err := h.shift(r)
	if err != nil {
		return onDesk{}, err
	}
	d := onDesk{session: shift.Session, campaign: shift.Session.CampaignID}
	wanted, err := strconv.ParseInt(r.FormValue("lead"), 10, 64)
	if err != nil || wanted <= 0 {
		return d, errNotHere
	}
	if d.session.CallID != 0 {
		call, err := h.Shifts.OnLine(r.Context(), d.session.CallID)
		if err != nil {
			return d, err
		}
		if call != nil && call.Lead.ID == dialer.LeadID(wanted) {
			d.campaign, d.call, d.lead = call.Call.CampaignID, call.Call.ID, call.Lead
			return d, nil
		}
	}
	if d.session.PreviewID != dialer.LeadID(wanted) {
		return d, errNotHere
	}
	d.lead, err = h.Shifts.Lead(r.Context(), d.session.PreviewID)
	return d, err
}

// About serves GET /desk/about: the form's `lead`, which is on the desk. Of one who is
// not there any more it has no content. That is no error: the page asks by itself, also
// after an edit, and may meet the outcome that is saved just then.
func (h *Handler) About(w http.ResponseWriter, r *http.Request) error {
	d, err := h.onDesk(r)
	if errors.Is(err, errNotHere) {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if err != nil {
		return err
	}
	c, err := h.Customers.Customer(r.Context(), d.lead.ID)
	if err != nil {
		return err
	}
	past, err := h.Words.LeadHistory(r.Context(), d.lead.ID, d.call)
	if err != nil {
		return err
	}
	text, campaign, err := h.Words.Script(r.Context(), d.session.CampaignID)
	if err != nil {
		return err
	}
	forms, err := h.Words.WebForms(r.Context(), d.session.CampaignID)
	if err != nil {
		return err
	}
	filling := d.filling(signin.User(r.Context()), campaign, c)
	a := about{Fields: fieldsOf(c), History: []historyLine{}, Forms: []webForm{}}
	if a.Draft, err = h.draft(r.Context(), d.call); err != nil {
		return err
	}
	if text != "" {
		a.Script = script.HTML(text, filling)
	}
	for _, f := range forms {
		if address := script.Address(f.URL, filling); address != "" {
			a.Forms = append(a.Forms, webForm{f.Name, address, f.ByItself})
		}
	}
	for _, p := range past {
		a.History = append(a.History, historyLine{
			When: p.PlacedAt.UTC(), Status: string(p.Status),
			Name: p.StatusName, Agent: p.Agent, TalkS: p.TalkSeconds, Note: p.Note,
		})
	}
	return writeJSON(w, a)
}

// filling is what a script's and an address's variables stand for.
func (d onDesk) filling(agent dialer.User, campaign string, c facts.Customer) script.Call {
	call := script.Call{
		Agent: agent.FullName, User: agent.Username, Campaign: campaign, CampaignID: d.session.CampaignID, ID: d.call, Lead: d.lead, Own: map[string]string{},
	}
	if call.Agent == "" {
		call.Agent = agent.Username
	}
	for _, f := range c.Fields {
		call.Own[f.Name] = c.Custom[f.Name]
	}
	return call
}
