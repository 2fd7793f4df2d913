package liveboard

import (
	"errors"
	"net/http"
	"strconv"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// What a supervisor changes while the campaign dials; the other settings are
// the manager's.
var flightFields = []ui.Field{
	{Name: "dial_method", Label: "Dial method", Kind: ui.Select, Help: "PREDICTIVE and ADAPT place calls ahead of agents; RATIO and PROGRESSIVE place them for agents who wait; MANUAL places none.", Choices: []ui.Choice{
		{Value: string(dialer.DialPredictive), Name: "PREDICTIVE"}, {Value: string(dialer.DialProgressive), Name: "PROGRESSIVE"},
		{Value: string(dialer.DialRatio), Name: "RATIO"}, {Value: string(dialer.DialHardLimit), Name: "ADAPT_HARD_LIMIT"},
		{Value: string(dialer.DialTapered), Name: "ADAPT_TAPERED"}, {Value: string(dialer.DialAverage), Name: "ADAPT_AVERAGE"},
		{Value: string(dialer.DialManual), Name: "MANUAL"},
	}},
	{Name: "dial_level", Label: "Dial level", Kind: ui.Number, Unit: "per agent", Help: "Calls placed for each agent by RATIO, and where the ADAPT methods begin; 0 to 20. PREDICTIVE needs none."},
	{Name: "max_level", Label: "Highest dial level", Kind: ui.Number, Unit: "per agent", Help: "No method goes beyond it, whatever the calls say; 1 to 20."},
	{Name: "drop_percent", Label: "Drop limit", Kind: ui.Number, Unit: "%", Help: "The highest share of live answers that may find no agent; dialing holds back before it. The law's own limit holds in any case."},
}

type flightModel struct {
	Frame        ui.Frame
	ID, Name     string
	Active       bool
	Form         *form.Form
	Seen         int
	Clashes      []ui.ClashLine
	Start, Stop  ui.Confirm
	Back, Action string
}

// Flight serves GET /board/{campaign}/flight: what can be changed while it dials.
func (h *Handler) Flight(w http.ResponseWriter, r *http.Request) error {
	return h.flight(w, r, http.StatusOK, nil, nil)
}

func (h *Handler) flight(w http.ResponseWriter, r *http.Request, status int, f *form.Form, conflict *audit.Conflict) error {
	id := dialer.CampaignID(r.PathValue("campaign"))
	record, err := h.Settings.Settings(r.Context(), id)
	if err != nil {
		return err
	}
	name := record.Value["name"]
	m := flightModel{
		Frame: ui.AdminFrame(r, name+" in flight", "board"), ID: string(id), Name: name, Form: f, Seen: record.Seen,
		Back: "/board/" + string(id), Action: "/board/" + string(id) + "/flight",
	}
	if f == nil {
		m.Form = form.Of(record.Value)
	} else {
		m.Seen = f.Seen()
	}
	if conflict != nil {
		m.Seen = conflict.Seen
		m.Clashes = ui.Clashes(conflict, flightFields, func(e audit.Entry) string { return "at " + e.At.In(h.Zone).Format("15:04") })
	}
	return ui.Render(w, r, status, flightPage(m))
}

// SaveFlight serves POST /board/{campaign}/flight.
func (h *Handler) SaveFlight(w http.ResponseWriter, r *http.Request) error {
	id := dialer.CampaignID(r.PathValue("campaign"))
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	typed := facts.Settings{
		"dial_method":  f.Choice("dial_method", ui.Values(flightFields[0].Choices)...),
		"dial_level":   decimal(f.Decimal("dial_level", 0, 20, 2, "")),
		"max_level":    decimal(f.Decimal("max_level", 1, 20, 2, "")),
		"drop_percent": decimal(f.Decimal("drop_percent", 0.1, 100, 2, "%")),
	}
	if !f.OK() {
		return h.flight(w, r, http.StatusUnprocessableEntity, f, nil)
	}
	err = h.Settings.SaveSettings(r.Context(), id, audit.Edit[facts.Settings]{By: signin.By(r, h.Now()), Seen: f.Seen(), Record: typed})
	var conflict *audit.Conflict
	if errors.As(err, &conflict) {
		return h.flight(w, r, http.StatusConflict, f, conflict)
	}
	if err != nil {
		return err
	}
	return ui.Done(w, r, "/board/"+string(id), "Saved. It takes effect on the next call.")
}

func decimal(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// stopQuestion is asked before a campaign is stopped.
func stopQuestion(id, name string) ui.Confirm {
	at := "/board/" + id
	return ui.Confirm{
		ID: "stop", Open: "Stop dialing", Title: "Stop dialing " + name + "?", Do: "Stop dialing", Keep: "Keep dialing",
		Says:   "No new call is placed from the next second on. Calls that are up, and those that ring, go on; agents stay signed in. You can start again at any time.",
		Action: at + "/stop", Page: at + "/stop", Back: at,
	}
}

// AskStop serves GET /board/{campaign}/stop.
func (h *Handler) AskStop(w http.ResponseWriter, r *http.Request) error {
	id := dialer.CampaignID(r.PathValue("campaign"))
	record, err := h.Settings.Settings(r.Context(), id)
	if err != nil {
		return err
	}
	name := record.Value["name"]
	return ui.Render(w, r, http.StatusOK, ui.ConfirmPage(ui.AdminFrame(r, "Stop dialing "+name, "board"), stopQuestion(string(id), name)))
}

// Stop serves POST /board/{campaign}/stop.
func (h *Handler) Stop(w http.ResponseWriter, r *http.Request) error { return h.setActive(w, r, false) }

// Start serves POST /board/{campaign}/start.
func (h *Handler) Start(w http.ResponseWriter, r *http.Request) error { return h.setActive(w, r, true) }

func (h *Handler) setActive(w http.ResponseWriter, r *http.Request, active bool) error {
	id := dialer.CampaignID(r.PathValue("campaign"))
	if err := h.Changes.SetCampaignActive(r.Context(), facts.CampaignChange{Campaign: id, By: signin.By(r, h.Now())}, active); err != nil {
		return err
	}
	says := "Stopped. No new call is placed."
	if active {
		says = "Started. It dials as soon as an agent is ready."
	}
	return ui.Done(w, r, "/board/"+string(id), says)
}
