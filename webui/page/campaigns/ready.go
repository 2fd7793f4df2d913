package campaigns

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/webui/counts"
	"trunkline/webui/facts"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// step is one thing that a campaign needs before it can dial.
type step struct {
	ID, Title string
	State     string // good, watch (it can dial without), bad (it cannot)
	Word      string // the state in a word
	Says      string
	Way       ui.Link // to where it is seen to; none if Href is ""
}

type readyModel struct {
	Frame    ui.Frame
	ID, Name string
	Active   bool
	Archived bool
	Steps    []step
	Counting bool   // the leads are not known yet
	Again    string // where the steps are fetched while the leads are being counted
	Missing  int    // steps without which nothing is dialed
	NewList  bool   // a list can be made here, to import into
	Tabs     []ui.Tab
}

// Ready serves GET /campaigns/{campaign}/ready: what is missing before it dials,
// and the button that starts it. It is the last step of creating one.
func (h *Handler) Ready(w http.ResponseWriter, r *http.Request) error {
	m, err := h.ready(r, h.Census.Page, overtaken)
	if err != nil {
		return err
	}
	return ui.Render(w, r, http.StatusOK, readyPage(m))
}

// Steps serves GET /campaigns/{campaign}/ready/steps: the part of the page for
// which it had no time to wait.
func (h *Handler) Steps(w http.ResponseWriter, r *http.Request) error {
	m, err := h.ready(r, h.Census.Part, h.Census.Now)
	if err != nil {
		return err
	}
	return ui.Render(w, r, http.StatusOK, steps(m))
}

// heldBy gives what holds a campaign's leads back.
type heldBy func(context.Context, dialer.CampaignID) (counts.Count[facts.WhyNot], error)

// ready makes the page's model; fresh gives a count in place of one that has been
// overtaken.
func (h *Handler) ready(r *http.Request, ask, fresh heldBy) (m readyModel, err error) {
	ctx, id, user := r.Context(), dialer.CampaignID(r.PathValue("campaign")), signin.User(r.Context())
	c, err := h.Store.Campaign(ctx, id)
	if err != nil {
		return m, err
	}
	lists, err := h.Store.CampaignLists(ctx, id)
	if err != nil {
		return m, err
	}
	live, err := h.Store.CampaignLive(ctx, id, ui.DayOf(h.Now(), h.Zone))
	if err != nil {
		return m, err
	}
	carriers, err := h.Editor.CarrierChoices(ctx)
	if err != nil {
		return m, err
	}
	if r.FormValue("wait") != "" {
		ask, fresh = h.Census.Now, h.Census.Now
	}
	has, err := h.Store.HasLeads(ctx, id)
	if err != nil {
		return m, err
	}
	census, err := ask(ctx, id)
	if err != nil {
		return m, err
	}
	// A count of before the import, or of before all leads were deleted, is worse
	// than none. The part that comes after the page waits for another.
	if census.Known && has != (census.Value.Leads > 0) {
		if census, err = fresh(ctx, id); err != nil {
			return m, err
		}
	}
	why := census.Value
	m = readyModel{
		Frame: ui.AdminFrame(r, c.Name, "campaigns"), ID: string(id), Name: c.Name, Active: c.Active, Archived: c.Archived, Tabs: Tabs(user, id, "-"),
		NewList: user.May(dialer.RightLeads, id) && !has && len(lists) == 0,
		Steps: []step{
			carrierStep(c, carriers, user), leadStep(has, lists, why), nowStep(id, why, h.Zone), messageStep(c, user), agentStep(live, user),
		},
	}
	if census.Newer {
		m.Again = "/campaigns/" + string(id) + "/ready/steps"
	}
	if m.Counting = has && !census.Known; m.Counting {
		for i := range m.Steps {
			if s := &m.Steps[i]; s.ID == "leads" || s.ID == "now" {
				*s = step{ID: s.ID, Title: s.Title, State: "info", Word: "Counting", Says: "The leads are being counted. With millions of them it takes some seconds."}
			}
		}
	}
	found, err := h.Findings(ctx, c.Campaign)
	if err != nil {
		return m, err
	}
	for _, f := range found {
		if f.Setting == "safe_harbour" { // says more than our own step
			m.Steps = slices.DeleteFunc(m.Steps, func(s step) bool { return s.ID == "message" })
		}
		m.Steps = append(m.Steps, step{ID: "rule-" + f.Rule, Title: "Calling rules", State: "watch", Word: "Left to you", Says: f.Says, Way: settingsWay(user, id, f.Setting)})
	}
	for _, s := range m.Steps {
		if s.State == "bad" {
			m.Missing++
		}
	}
	return m, nil
}

// overtaken is no count, while one is on its way.
func overtaken(context.Context, dialer.CampaignID) (counts.Count[facts.WhyNot], error) {
	return counts.Count[facts.WhyNot]{Newer: true}, nil
}

func settingsWay(user dialer.User, id dialer.CampaignID, setting string) ui.Link {
	switch {
	case setting == "dnc":
		return ui.Link{Name: "Do not call", Href: "/dnc#registers"}
	case !user.May(dialer.RightCampaigns, id):
		return ui.Link{}
	}
	return ui.Link{Name: "Change it", Href: "/campaigns/" + string(id) + "/settings/" + sectionOf(setting)}
}

func carrierStep(c facts.Campaign, carriers []facts.CarrierChoice, user dialer.User) step {
	s := step{ID: "carrier", Title: "Carrier", State: "good", Word: "Ready", Way: settingsWay(user, c.ID, "carrier_id")}
	i := slices.IndexFunc(carriers, func(one facts.CarrierChoice) bool { return one.ID == c.CarrierID })
	switch {
	case i < 0:
		s.State, s.Word, s.Says = "bad", "Missing", "The campaign has no carrier: nothing can be dialed."
	case !carriers[i].Active:
		s.State, s.Word, s.Says = "bad", "Off", carriers[i].Name+" is switched off: nothing can be dialed over it."
	default:
		s.Says = "Calls go over " + carriers[i].Name + "."
	}
	if s.State == "bad" && user.May(dialer.RightSystem, "") {
		s.Way = ui.Link{Name: "Carriers", Href: "/carriers"}
	}
	return s
}

func leadStep(has bool, lists []facts.ListLine, why facts.WhyNot) step {
	s := step{ID: "leads", Title: "Leads", State: "good", Word: "Ready", Says: plural(why.Leads, "lead") + " in " + plural(len(lists), "list") + "."}
	if has {
		return s
	}
	s.State, s.Word, s.Says = "bad", "Missing", "There is nobody to call yet. Import a file of leads; the import leads back here."
	if len(lists) > 0 {
		s.Way = ui.Link{Name: "Import leads", Href: "/imports?list=" + strconv.FormatInt(int64(lists[0].ID), 10)}
	}
	return s
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return ui.Count(n) + " " + word + "s"
}

// nowStep is how many may be called now, and what holds most of the others back.
func nowStep(id dialer.CampaignID, why facts.WhyNot, zone *time.Location) step {
	s := step{ID: "now", Title: "Callable now", State: "good", Word: "Ready", Says: ui.Count(why.Dialable) + " of them may be called at this moment.", Way: ui.Link{Name: "Why not dialed", Href: "/campaigns/" + string(id) + "/why"}}
	ready := why.Dialable
	for _, c := range why.Counts {
		if c.Class == "now" { // in the hopper, or being called
			ready += c.Leads
		}
	}
	switch {
	case why.Problem != "":
		s.State, s.Word, s.Says = "bad", "Stands still", why.Problem
		return s
	case why.Leads == 0:
		s.State, s.Word, s.Says, s.Way = "watch", "Later", "Known once there are leads.", ui.Link{}
		return s
	case ready > 0:
		return s
	}
	held := slices.Clone(why.Counts)
	slices.SortStableFunc(held, func(a, b facts.HeldCount) int { return cmp.Compare(b.Leads, a.Leads) })
	var says []string
	for _, c := range held[:min(3, len(held))] {
		if c.Leads > 0 {
			says = append(says, ui.Count(c.Leads)+": the lead "+c.Says)
		}
	}
	s.State, s.Word, s.Says = "watch", "None now", "None may be called at this moment. "+strings.Join(says, "; ")+"."
	if why.Opens != nil {
		s.Says += " The next may be called from " + why.Opens.In(zone).Format("Mon 2 Jan, 15:04") + "."
	}
	return s
}

func messageStep(c facts.Campaign, user dialer.User) step {
	s := step{ID: "message", Title: "Safe-harbour message", State: "good", Word: "Ready", Says: "Plays " + c.SafeHarbour + " to whom no agent is free.", Way: settingsWay(user, c.ID, "safe_harbour")}
	switch {
	case c.DropAction == dialer.DropHangup:
		s.State, s.Word, s.Says = "watch", "None", "Who finds no agent hears nothing. US law asks for a message that says who called."
	case c.SafeHarbour == "":
		s.State, s.Word, s.Says = "watch", "Built in", "Plays the built-in message, which does not say your name. The law asks for one that does."
	}
	return s
}

func agentStep(live facts.CampaignLive, user dialer.User) step {
	n := 0
	for state, agents := range live.Agents {
		if state != dialer.AgentOut {
			n += agents
		}
	}
	if n == 0 {
		s := step{ID: "agents", Title: "Agents", State: "watch", Word: "Nobody yet", Says: "Nobody is signed in. Agents sign in at the same address as you, each as a user of their own. It may be started all the same: calls begin when one is ready."}
		if user.May(dialer.RightUsers, "") {
			s.Way = ui.Link{Name: "Users", Href: "/users"}
		}
		return s
	}
	return step{ID: "agents", Title: "Agents", State: "good", Word: "Ready", Says: plural(n, "agent") + " signed in."}
}

// MakeList serves POST /campaigns/{campaign}/list: a list for the campaign, on the
// way to an import into it.
func (h *Handler) MakeList(w http.ResponseWriter, r *http.Request) error {
	id := dialer.CampaignID(r.PathValue("campaign"))
	c, err := h.Store.Campaign(r.Context(), id)
	if err != nil {
		return err
	}
	list, err := h.NewList(r.Context(), signin.By(r, h.Now()), id, c.Name)
	if err != nil {
		return err
	}
	return ui.Done(w, r, "/imports?list="+strconv.FormatInt(int64(list), 10), "List "+strconv.FormatInt(int64(list), 10)+" is ready. Send a file of leads into it.")
}
