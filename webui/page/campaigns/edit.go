package campaigns

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// Editor keeps campaigns' settings; each change writes its audit row and its
// event in the same transaction.
type Editor interface {
	Settings(ctx context.Context, id dialer.CampaignID) (audit.Record[facts.Settings], error)
	// SaveSettings changes the settings that the edit has, and no others. It may
	// return *audit.Conflict.
	SaveSettings(ctx context.Context, id dialer.CampaignID, e audit.Edit[facts.Settings]) error
	// CreateCampaign: ErrConflict says that the code is taken.
	CreateCampaign(ctx context.Context, by audit.By, n facts.NewCampaign) error
	CopyCampaign(ctx context.Context, by audit.By, from, id dialer.CampaignID, name string, groups []string) error
	ArchiveCampaign(ctx context.Context, c facts.CampaignChange, archived bool) error
	ListChoices(ctx context.Context) ([]facts.ListChoice, error)
	// ListSizes are how many leads each list has.
	ListSizes(ctx context.Context) (map[dialer.ListID]int, error)
	CarrierChoices(ctx context.Context) ([]facts.CarrierChoice, error)
}

func (h *Handler) offers(ctx context.Context, self dialer.CampaignID) (o offers, err error) {
	o.self = self
	if o.carriers, err = h.Editor.CarrierChoices(ctx); err != nil {
		return o, err
	}
	if o.inGroups, err = h.InGroups(ctx); err != nil {
		return o, err
	}
	if o.scripts, err = h.Scripts(ctx); err != nil {
		return o, err
	}
	if o.sounds, err = h.Sounds(ctx); err != nil {
		return o, err
	}
	o.statuses, err = h.Statuses(ctx)
	return o, err
}

// SelectionTab is the key of the page that says which leads are dialed, which is a
// package of its own.
const SelectionTab = "selection"

// Tabs are the pages of a campaign that somebody may open; current is the key of
// the one that is open, "" for the overview.
func Tabs(user dialer.User, id dialer.CampaignID, current string) []ui.Tab {
	at := "/campaigns/" + string(id)
	all := []ui.Tab{{Name: "Overview", Href: at, Current: current == ""}}
	if !user.May(dialer.RightCampaigns, id) {
		return all
	}
	behind := ""
	for _, s := range sections {
		if s.Key == current {
			behind = s.Behind
		}
	}
	for _, s := range sections {
		if s.Behind == "" {
			all = append(all, ui.Tab{Name: s.Name, Href: at + "/settings/" + s.Key, Count: s.count(), Current: current == s.Key || behind == s.Key})
		}
	}
	return append(all, ui.Tab{Name: "Which leads", Href: at + "/selection", Current: current == SelectionTab})
}

type settingsModel struct {
	Frame    ui.Frame
	ID, Name string
	Active   bool
	Tabs     []ui.Tab
	Section  section
	Fields   []ui.Field
	Form     *form.Form
	Seen     int
	Clashes  []ui.ClashLine
	Changes  []ui.ChangeLine
}

// Settings serves GET /campaigns/{campaign}/settings/{section}.
func (h *Handler) Settings(w http.ResponseWriter, r *http.Request) error {
	return h.settings(w, r, http.StatusOK, nil, nil)
}

func (h *Handler) settings(w http.ResponseWriter, r *http.Request, status int, f *form.Form, conflict *audit.Conflict) error {
	id := dialer.CampaignID(r.PathValue("campaign"))
	i := slices.IndexFunc(sections, func(s section) bool { return s.Key == r.PathValue("section") })
	if i < 0 {
		return dialer.Explain(dialer.ErrNotFound, "There is no such page of settings.")
	}
	c, err := h.Store.Campaign(r.Context(), id)
	if err != nil {
		return err
	}
	record, err := h.Editor.Settings(r.Context(), id)
	if err != nil {
		return err
	}
	o, err := h.offers(r.Context(), id)
	if err != nil {
		return err
	}
	changes, err := h.Store.CampaignChanges(r.Context(), id)
	if err != nil {
		return err
	}
	mine := sections[i].of(o)
	m := settingsModel{
		Frame: ui.AdminFrame(r, c.Name, "campaigns"), ID: string(id), Name: c.Name, Active: c.Active, Section: sections[i],
		Tabs: Tabs(signin.User(r.Context()), id, sections[i].Key), Fields: fields(mine), Form: f, Seen: record.Seen,
	}
	if f == nil {
		m.Form = form.Of(nil)
		fill(m.Form, mine, record.Value)
	} else {
		m.Seen = f.Seen()
	}
	for i, s := range mine {
		if s.Note == nil {
			continue
		}
		if note := s.Note(s.Choices, m.Form.Value(s.Name)); note != "" {
			m.Fields[i].Help += " " + note
		}
	}
	if conflict != nil {
		m.Seen = conflict.Seen
		for i := range conflict.Clashes {
			c := &conflict.Clashes[i]
			c.Theirs, c.Yours = shownAs(audit.Fields{c.Field: c.Theirs})[c.Field], shownAs(audit.Fields{c.Field: c.Yours})[c.Field]
		}
		m.Clashes = ui.Clashes(conflict, m.Fields, func(e audit.Entry) string { return "at " + e.At.In(h.Zone).Format("15:04") })
	}
	for _, e := range changes {
		m.Changes = append(m.Changes, h.changeLine(e, o))
	}
	return ui.Render(w, r, status, settingsPage(m))
}

// changeLine puts a change of a campaign into words.
func (h *Handler) changeLine(e audit.Entry, o offers) ui.ChangeLine {
	var all []ui.Field
	for _, s := range columns(settings) {
		f := s.offering(o).Field
		f.Unit = ""
		all = append(all, f)
	}
	switch e.Action {
	case "campaign.start", "campaign.stop":
		return ui.ChangeLine{When: e.At.In(h.Zone).Format("2 Jan 15:04"), Who: e.Who, What: map[bool]string{true: "started dialing", false: "stopped dialing"}[e.Action == "campaign.start"]}
	case "list.add":
		return ui.ChangeLine{When: e.At.In(h.Zone).Format("2 Jan 15:04"), Who: e.Who, What: "added list " + e.After.Text("list")}
	}
	e.Before, e.After = shownAs(e.Before), shownAs(e.After)
	return ui.ChangeOf(e, all, h.Zone)
}

// shownAs are stored values as their controls show them.
func shownAs(stored audit.Fields) audit.Fields {
	shown := audit.Fields{}
	for name, raw := range stored {
		shown[name] = raw
		for _, s := range columns(settings) {
			if s.Name != name {
				continue
			}
			text := audit.Text(raw)
			switch {
			case s.Show != nil:
				text = s.Show(text)
			case s.Kind == ui.Check:
				text = map[string]string{"1": "yes", "0": "no"}[text]
			}
			if quoted, err := json.Marshal(text); err == nil {
				shown[name] = quoted
			}
		}
	}
	return shown
}

// SaveSettings serves POST /campaigns/{campaign}/settings/{section}.
func (h *Handler) SaveSettings(w http.ResponseWriter, r *http.Request) error {
	id := dialer.CampaignID(r.PathValue("campaign"))
	i := slices.IndexFunc(sections, func(s section) bool { return s.Key == r.PathValue("section") })
	if i < 0 {
		return dialer.ErrNotFound
	}
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	o, err := h.offers(r.Context(), id)
	if err != nil {
		return err
	}
	typed := read(f, sections[i].of(o))
	if !f.OK() {
		return h.settings(w, r, http.StatusUnprocessableEntity, f, nil)
	}
	err = h.Editor.SaveSettings(r.Context(), id, audit.Edit[facts.Settings]{By: signin.By(r, h.Now()), Seen: f.Seen(), Record: typed})
	var conflict *audit.Conflict
	switch {
	case errors.As(err, &conflict):
		return h.settings(w, r, http.StatusConflict, f, conflict)
	case errors.Is(err, dialer.ErrInvalid):
		f.Notice = "The database cannot hold one of these answers. Look at the longest and the oddest of them."
		return h.settings(w, r, http.StatusUnprocessableEntity, f, nil)
	case err != nil:
		return err
	}
	return ui.Done(w, r, "/campaigns/"+string(id)+"/settings/"+sections[i].Key, "Saved. It takes effect on the next call.")
}

var campaignForm = regexp.MustCompile(`^[A-Z0-9][A-Z0-9_-]{0,7}$`)

// id reads a campaign's code.
func idOf(f *form.Form) dialer.CampaignID {
	f.Set("id", strings.ToUpper(strings.TrimSpace(f.Value("id"))))
	return dialer.CampaignID(f.Match("id", campaignForm, "Enter up to 8 capital letters and digits, such as AUTUMN."))
}

// create are the settings that the page of a new campaign asks for.
var create = []string{
	"name", "call_from_min", "call_to_min", "dial_method", "dial_level", "caller_id", "carrier_id", "safe_harbour", "drop_action", "in_group", "amd", "voicemail", "record",
}

func createSettings(o offers) []setting {
	var mine []setting
	for _, name := range create {
		i := slices.IndexFunc(settings, func(s setting) bool { return s.Name == name })
		mine = append(mine, settings[i].offering(o))
	}
	return mine
}

type newModel struct {
	Frame  ui.Frame
	Form   *form.Form
	Fields map[string]ui.Field
	All    []ui.Field
	Lists  []listChoice
	Groups []ui.Choice
	NoList bool
	NoLine bool // no carrier yet
	Admin  bool
}

type listChoice struct {
	ID, Name, Leads, Whose string
	Dialing                bool
}

// New serves GET /campaigns/new.
func (h *Handler) New(w http.ResponseWriter, r *http.Request) error {
	return h.new(w, r, http.StatusOK, nil)
}

func (h *Handler) new(w http.ResponseWriter, r *http.Request, status int, f *form.Form) error {
	user := signin.User(r.Context())
	o, err := h.offers(r.Context(), "")
	if err != nil {
		return err
	}
	lists, err := h.Editor.ListChoices(r.Context())
	if err != nil {
		return err
	}
	sizes, err := h.Sizes.Page(r.Context(), "")
	if err != nil {
		return err
	}
	groups, err := h.Groups(r.Context())
	if err != nil {
		return err
	}
	mine := createSettings(o)
	m := newModel{Frame: ui.AdminFrame(r, "New campaign", "campaigns"), Form: f, Fields: map[string]ui.Field{}, NoLine: len(o.carriers) == 0, Admin: user.May(dialer.RightSystem, "")}
	m.All = append([]ui.Field{{Name: "id", Label: "Code"}, {Name: "groups", Label: "Who takes the calls"}, {Name: "lists", Label: "Lists"}}, fields(mine)...)
	for _, s := range mine {
		m.Fields[s.Name] = s.Field
	}
	for _, l := range lists {
		if !user.Sees(l.Campaign) {
			continue
		}
		leads := "being counted"
		if sizes.Known {
			leads = count(sizes.Value[l.ID])
		}
		m.Lists = append(m.Lists, listChoice{strconv.FormatInt(int64(l.ID), 10), l.Name, leads, l.CampaignName, l.Dialing})
	}
	for _, g := range groups {
		if g.Campaigns == dialer.AllCampaigns {
			continue // sees every campaign anyhow
		}
		m.Groups = append(m.Groups, ui.Choice{Value: g.ID, Name: g.Name + ", " + strconv.Itoa(g.People)})
	}
	if f == nil {
		m.Form = form.Of(map[string]string{
			"dial_method": string(dialer.DialPredictive), "dial_level": "1", "call_from_min": "9:00", "call_to_min": "20:00",
			"drop_action": string(dialer.DropMessage), "amd": string(dialer.AMDOff), "record": string(dialer.RecordAll),
		})
		if len(o.carriers) > 0 {
			m.Form.Set("carrier_id", strconv.FormatInt(int64(o.carriers[0].ID), 10))
		}
		if user.Group != "" {
			m.Form.Set("groups", user.Group)
		}
	}
	return ui.Render(w, r, status, newPage(m))
}

// Create serves POST /campaigns; with `start` the campaign dials at once.
func (h *Handler) Create(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	o, err := h.offers(r.Context(), "")
	if err != nil {
		return err
	}
	n := facts.NewCampaign{ID: idOf(f), Settings: read(f, createSettings(o))}
	if err := h.chosen(r, f, &n); err != nil {
		return err
	}
	user := signin.User(r.Context())
	if user.Reach() != dialer.AllCampaigns && !slices.Contains(n.Groups, user.Group) {
		f.Fail("groups", "Choose your own group too, or you would not see the campaign.")
	}
	if f.OK() {
		err = h.Editor.CreateCampaign(r.Context(), signin.By(r, h.Now()), n)
		if errors.Is(err, dialer.ErrConflict) {
			f.Fail("id", "Another campaign has this code, perhaps an archived one. Choose another, such as "+other(n.ID)+".")
			err = nil
		}
		if err != nil {
			return err
		}
	}
	if !f.OK() {
		return h.new(w, r, http.StatusUnprocessableEntity, f)
	}
	if f.Value("start") == "" {
		return ui.Done(w, r, "/campaigns/"+string(n.ID)+"/ready", n.Settings["name"]+" is created.")
	}
	if err := h.Changes.SetCampaignActive(r.Context(), facts.CampaignChange{Campaign: n.ID, By: signin.By(r, h.Now())}, true); err != nil {
		return err
	}
	if len(n.Lists) == 0 { // the next step is an import
		return ui.Done(w, r, "/campaigns/"+string(n.ID)+"/ready", n.Settings["name"]+" is created and started. It dials as soon as it has leads and an agent is ready.")
	}
	return ui.Done(w, r, "/campaigns/"+string(n.ID), n.Settings["name"]+" dials as soon as an agent is ready.")
}

// chosen reads the lists and groups of a new campaign.
func (h *Handler) chosen(r *http.Request, f *form.Form, n *facts.NewCampaign) error {
	user := signin.User(r.Context())
	lists, err := h.Editor.ListChoices(r.Context())
	if err != nil {
		return err
	}
	for _, chosen := range f.All("lists") {
		i := slices.IndexFunc(lists, func(l facts.ListChoice) bool {
			return strconv.FormatInt(int64(l.ID), 10) == chosen && user.Sees(l.Campaign)
		})
		switch {
		case i < 0:
			f.Fail("lists", "There is no list "+short(chosen)+" any more. Choose among those that are offered.")
		case lists[i].Dialing:
			f.Fail("lists", lists[i].CampaignName+" is dialing "+lists[i].Name+" now. Stop it first, or choose another list.")
		default:
			n.Lists = append(n.Lists, lists[i].ID)
		}
	}
	groups, err := h.Groups(r.Context())
	if err != nil {
		return err
	}
	for _, chosen := range f.All("groups") {
		if !slices.ContainsFunc(groups, func(g facts.Group) bool { return g.ID == chosen }) {
			f.Fail("groups", "There is no group "+short(chosen)+" any more. Choose among those that are offered.")
			continue
		}
		n.Groups = append(n.Groups, chosen)
	}
	return nil
}

func short(s string) string {
	if r := []rune(s); len(r) > 20 {
		return string(r[:20]) + "…"
	}
	return s
}

// other is a code like one that is taken.
func other(id dialer.CampaignID) string {
	if len(id) > 7 {
		id = id[:7]
	}
	return string(id) + "2"
}

// copyFields are the questions of a copy.
var copyFields = []ui.Field{
	{Name: "name", Label: "Name", Help: "Agents and reports show it.", Needed: true},
	{Name: "id", Label: "Code", Help: "Up to 8 capital letters and digits, for ever.", Needed: true, Mono: true},
}

type copyModel struct {
	Frame    ui.Frame
	ID, Name string
	Form     *form.Form
}

// AskCopy serves GET /campaigns/{campaign}/copy.
func (h *Handler) AskCopy(w http.ResponseWriter, r *http.Request) error {
	return h.showCopy(w, r, http.StatusOK, nil)
}

func (h *Handler) showCopy(w http.ResponseWriter, r *http.Request, status int, f *form.Form) error {
	c, err := h.Store.Campaign(r.Context(), dialer.CampaignID(r.PathValue("campaign")))
	if err != nil {
		return err
	}
	if f == nil {
		f = form.Of(map[string]string{"name": c.Name + ", copy", "id": other(c.ID)})
	}
	return ui.Render(w, r, status, copyPage(copyModel{ui.AdminFrame(r, "Copy "+c.Name, "campaigns"), string(c.ID), c.Name, f}))
}

// Copy serves POST /campaigns/{campaign}/copy.
func (h *Handler) Copy(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	id, name := idOf(f), f.Needed("name", 80, "Enter a name, such as Winter energy review.")
	if f.OK() {
		var groups []string
		if user := signin.User(r.Context()); user.Reach() != dialer.AllCampaigns {
			groups = []string{user.Group}
		}
		err = h.Editor.CopyCampaign(r.Context(), signin.By(r, h.Now()), dialer.CampaignID(r.PathValue("campaign")), id, name, groups)
		if errors.Is(err, dialer.ErrConflict) {
			f.Fail("id", "Another campaign has this code, perhaps an archived one. Choose another, such as "+other(id)+".")
			err = nil
		}
		if err != nil {
			return err
		}
	}
	if !f.OK() {
		return h.showCopy(w, r, http.StatusUnprocessableEntity, f)
	}
	return ui.Done(w, r, "/campaigns/"+string(id), name+" has the same settings and pause codes, and no lists. Import leads, then start dialing.")
}

func archiveQuestion(id, name string, archived bool) ui.Confirm {
	at := "/campaigns/" + id
	c := ui.Confirm{
		ID: "archive", Open: "Archive", Title: "Archive " + name + "?", Do: "Archive campaign", Keep: "Keep it",
		Says:   "It stops dialing, and nobody signs in to it or sees it among the campaigns. Its lists, calls and reports stay, and it can be restored at any time.",
		Action: at + "/archive", Page: at + "/archive", Back: at,
	}
	if archived {
		c.Open, c.Title, c.Do, c.Keep, c.Harmless = "Restore", "Restore "+name+"?", "Restore campaign", "Leave it archived", true
		c.Says = "It stands among the campaigns again, stopped."
		c.Hidden = map[string]string{"restore": "yes"}
	}
	return c
}

// AskArchive serves GET /campaigns/{campaign}/archive.
func (h *Handler) AskArchive(w http.ResponseWriter, r *http.Request) error {
	c, err := h.Store.Campaign(r.Context(), dialer.CampaignID(r.PathValue("campaign")))
	if err != nil {
		return err
	}
	q := archiveQuestion(string(c.ID), c.Name, c.Archived)
	return ui.Render(w, r, http.StatusOK, ui.ConfirmPage(ui.AdminFrame(r, q.Title, "campaigns"), q))
}

// Archive serves POST /campaigns/{campaign}/archive; with `restore` it comes
// back.
func (h *Handler) Archive(w http.ResponseWriter, r *http.Request) error {
	restore := r.PostFormValue("restore") != ""
	if err := h.Editor.ArchiveCampaign(r.Context(), h.change(r), !restore); err != nil {
		return err
	}
	if restore {
		return ui.Done(w, r, "/campaigns/"+r.PathValue("campaign"), "The campaign is restored, and stopped.")
	}
	return ui.Done(w, r, "/campaigns", "The campaign is archived. It stands at the end of the list.")
}

// radio shows a question's choices all in sight.
func radio(d ui.Field) ui.Field {
	d.Kind, d.Help = ui.Radio, ""
	return d
}
