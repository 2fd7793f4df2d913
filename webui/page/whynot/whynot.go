// Package whynot is the pages that say why nothing is dialed: what holds the
// leads of a campaign back now, or one lead, and the calling rules in use.
package whynot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/webui/counts"
	"trunkline/webui/facts"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// Store answers.
type Store interface {
	WhyNot(ctx context.Context, campaign dialer.CampaignID) (facts.WhyNot, error)
	// WhyNotLead asks about a lead by its number in the database or a phone
	// number; one that no list of the campaign has is dialer.ErrNotFound.
	WhyNotLead(ctx context.Context, campaign dialer.CampaignID, lead string) (facts.WhyNotLead, error)
	Rulebook() facts.Rulebook
	// Findings are what the rules ask of a campaign and its settings do not see to.
	Findings(ctx context.Context, c dialer.Campaign) ([]facts.Finding, error)
	// TryRule tells what switching a rule (on, strict, off) would do to a
	// campaign's leads, and changes nothing.
	TryRule(ctx context.Context, campaign dialer.CampaignID, rule, status string) (facts.RuleTried, error)
	// Revoke records that the lead's number is not to be called again, by anybody.
	Revoke(ctx context.Context, campaign dialer.CampaignID, lead, words string, by dialer.UserID) (number string, err error)
}

// Config is what the pages need.
type Config struct {
	Store     Store
	Campaigns func(context.Context) ([]facts.CampaignChoice, error)
	// Counts keeps what Store.WhyNot has counted.
	Counts *counts.Kept[dialer.CampaignID, facts.WhyNot]
	Zone   *time.Location
}

// Handler serves the pages.
type Handler struct{ Config }

// New makes the pages.
func New(c Config) *Handler { return &Handler{c} }

type model struct {
	Frame     ui.Frame
	Campaign  facts.CampaignChoice
	Campaigns []facts.CampaignChoice
	Why       facts.WhyNot // if Known
	Known     bool
	Again     string // where the census is fetched that is under way
	Age       string
	Groups    []group
	Lead      string // as it was asked for
	Answer    *facts.WhyNotLead
	Error     string
	zone      *time.Location
}

// group is the reasons of one class.
type group struct {
	Name, Look string
	Leads      int
	Lines      []line
}

type line struct {
	Name, Share, Until, Way, Href string
	Reason                        string
	Leads                         int
	Width                         string // of the bar, of 80
	Rules                         []ruleLine
}

// ruleLine is how many of a line's leads one calling rule holds back.
type ruleLine struct{ Rule, Law, Holiday, Leads string }

// classes are in the order of the page, with what each is called there.
var classes = []struct{ class, name, look string }{
	{"now", "Can be called", "good"}, {"time", "Come by themselves", "info"}, {"yours", "Wait for you", "watch"}, {"never", "Never", "mute"},
}

// ways are what an operator can do about a reason: a sentence, and the page below
// the campaign's on which to do it.
var ways = map[string]struct{ until, way, page string }{
	"IN-HOPPER":         {"in their turn", "", ""},
	"ON-CALL":           {"it ends", "", ""},
	"LIST-OFF":          {"it is switched on", "Switch the list on.", ""},
	"LIST-EXPIRED":      {"you move its last day", "Move the list's last day.", ""},
	"LIST-MIX":          {"the mix names it", "Give the list a share of the mix.", "selection/mix"},
	"DNC":               {"always", "", ""},
	"DNC-CAMPAIGN":      {"always", "", ""},
	"CALLBACK":          {"the agreed time", "", ""},
	"STATUS":            {"you change it", "Choose the statuses that are dialed.", "settings/leads"},
	"CALLED":            {"the list is reset", "Reset the list, or recycle the status.", "selection"},
	"RECYCLING-USED-UP": {"you raise it", "Recycle the status more often.", "selection"},
	"MAX-ATTEMPTS":      {"you raise it", "Raise the campaign's most tries of a lead.", "settings/hours"},
	"FILTER":            {"you change it", "Change the campaign's filter.", "selection/filter"},
	"HOURS":             {"the next opening", "The law, the campaign's hours and its holidays decide; see Calling rules.", ""},
	"RECYCLING-DELAY":   {"the delay is over", "Shorten the status' delay.", "selection"},
	"NUMBER":            {"the rule ends", "Ask about one lead to see until when.", ""},
	"RULE":              {"you meet it", "Set what the rule asks for: ringing time, caller ID, or no recorded voice without consent. Consents are recorded by trunkline consent add or the API.", "settings/dialing"},
	"REVOKED":           {"always", "", ""},
	"BAD-NUMBER":        {"you mend it", "Correct the lead's number.", ""},
}

// allOf names the leads of so many lists.
func allOf(lists int) string {
	if lists == 1 {
		return "All leads of 1 list"
	}
	return fmt.Sprintf("All leads of %d lists", lists)
}

// Choose serves GET /why: which campaign is asked about.
func (h *Handler) Choose(w http.ResponseWriter, r *http.Request) error {
	all, err := h.mine(r)
	if err != nil {
		return err
	}
	if len(all) == 1 {
		http.Redirect(w, r, "/campaigns/"+string(all[0].ID)+"/why", http.StatusSeeOther)
		return nil
	}
	return ui.Render(w, r, http.StatusOK, choose(model{Frame: ui.AdminFrame(r, "Why not dialed", "why"), Campaigns: all}))
}

// mine are the campaigns that the user runs.
func (h *Handler) mine(r *http.Request) ([]facts.CampaignChoice, error) {
	all, err := h.Campaigns(r.Context())
	user := signin.User(r.Context())
	var mine []facts.CampaignChoice
	for _, c := range all {
		if user.May(dialer.RightRun, c.ID) {
			mine = append(mine, c)
		}
	}
	return mine, err
}

// censusOf is how the census is asked for.
type censusOf func(context.Context, dialer.CampaignID) (counts.Count[facts.WhyNot], error)

// model is what the page shows, but for the one lead that is asked about.
func (h *Handler) model(r *http.Request, ask censusOf) (model, error) {
	id := dialer.CampaignID(r.PathValue("campaign"))
	all, err := h.mine(r)
	if err != nil {
		return model{}, err
	}
	m := model{Frame: ui.AdminFrame(r, "Why not dialed", "why"), Campaigns: all, Lead: strings.TrimSpace(r.FormValue("lead")), zone: h.Zone}
	for _, c := range all {
		if c.ID == id {
			m.Campaign = c
		}
	}
	if m.Campaign.ID == "" {
		return m, dialer.Explain(dialer.ErrNotFound, fmt.Sprintf("There is no campaign %s.", id))
	}
	if r.FormValue("wait") != "" {
		ask = h.Counts.Now
	}
	c, err := ask(r.Context(), id)
	if err != nil {
		return m, err
	}
	m.Why, m.Known, m.Age = c.Value, c.Known, ui.Ago(c.Age)
	if c.Newer {
		m.Again = "/campaigns/" + string(id) + "/why/census"
	}
	if m.Known {
		m.Groups = groups(id, m.Why, h.Zone, signin.User(r.Context()).May(dialer.RightCampaigns, id))
	}
	return m, nil
}

// Census serves GET /campaigns/{campaign}/why/census: the part of the page that
// it had no time to wait for.
func (h *Handler) Census(w http.ResponseWriter, r *http.Request) error {
	m, err := h.model(r, h.Counts.Part)
	if err != nil {
		return err
	}
	return ui.Render(w, r, http.StatusOK, census(m))
}

// Page serves GET /campaigns/{campaign}/why: `lead`, a lead's number in the
// database or a phone number, asks about one; `wait` has the leads counted anew
// first, however long that takes.
func (h *Handler) Page(w http.ResponseWriter, r *http.Request) error {
	m, err := h.model(r, h.Counts.Page)
	if err != nil {
		return err
	}
	id := m.Campaign.ID
	if m.Lead != "" {
		answer, err := h.Store.WhyNotLead(r.Context(), id, m.Lead)
		switch {
		case errors.Is(err, dialer.ErrNotFound):
			m.Error = "No list of this campaign has that lead. Enter a lead's id, or a phone number with its country code."
		case err != nil:
			return err
		default:
			m.Answer = &answer
		}
	}
	return ui.Render(w, r, http.StatusOK, page(m))
}

// Revoke serves POST /campaigns/{campaign}/why/revoke: `lead` and `words`, what
// was said.
func (h *Handler) Revoke(w http.ResponseWriter, r *http.Request) error {
	id, words := dialer.CampaignID(r.PathValue("campaign")), strings.TrimSpace(r.FormValue("words"))
	if words == "" || len([]rune(words)) > 200 {
		return dialer.Explain(dialer.ErrInvalid, "Say in up to 200 letters what they said and how it reached you. Nothing was recorded.")
	}
	number, err := h.Store.Revoke(r.Context(), id, r.FormValue("lead"), words, signin.User(r.Context()).ID)
	if errors.Is(err, dialer.ErrNotFound) {
		return dialer.Explain(dialer.ErrNotFound, "No list of this campaign has that lead. Nothing was recorded.")
	}
	if err != nil {
		return err
	}
	return ui.Done(w, r, "/campaigns/"+string(id)+"/why?lead="+url.QueryEscape(number), number+" is not called again.")
}

// rulesModel is the page of the rules, and of a change that is tried.
type rulesModel struct {
	Frame                 ui.Frame
	Book                  facts.Rulebook
	Campaigns             []facts.CampaignChoice
	Campaign, Rule, State string // as they were asked for
	Tried                 *facts.RuleTried
	Error                 string
}

// Rules serves GET /rules: `campaign`, `rule` and `state` try a change of a rule.
func (h *Handler) Rules(w http.ResponseWriter, r *http.Request) error {
	all, err := h.mine(r)
	if err != nil {
		return err
	}
	m := rulesModel{
		Frame: ui.AdminFrame(r, "Calling rules", "rules"), Book: h.Store.Rulebook(), Campaigns: all,
		Campaign: r.FormValue("campaign"), Rule: r.FormValue("rule"), State: r.FormValue("state"),
	}
	if m.Rule == "" {
		return ui.Render(w, r, http.StatusOK, rules(m))
	}
	if !slices.ContainsFunc(all, func(c facts.CampaignChoice) bool { return string(c.ID) == m.Campaign }) {
		return dialer.Explain(dialer.ErrNotFound, fmt.Sprintf("There is no campaign %s.", m.Campaign))
	}
	tried, err := h.Store.TryRule(r.Context(), dialer.CampaignID(m.Campaign), m.Rule, m.State)
	var p *dialer.Problem
	switch {
	case errors.As(err, &p):
		m.Error = p.Sentence
		return ui.Render(w, r, http.StatusUnprocessableEntity, rules(m))
	case err != nil:
		return err
	}
	m.Tried = &tried
	return ui.Render(w, r, http.StatusOK, rules(m))
}

// groups are the reasons under their heads; change says that the reader may open the
// pages on which something can be done about them.
func groups(campaign dialer.CampaignID, w facts.WhyNot, zone *time.Location, change bool) []group {
	counts := append([]facts.HeldCount{{Reason: "", Says: "can be called now", Class: "now", Leads: w.Dialable}}, w.Counts...)
	most := 1
	for _, c := range counts {
		most = max(most, c.Leads)
	}
	var all []group
	for _, k := range classes {
		g := group{Name: k.name, Look: k.look}
		for _, c := range counts {
			if c.Class != k.class || c.Leads == 0 && c.Reason != "" {
				continue
			}
			l := line{Reason: c.Reason, Name: title(c.Says), Leads: c.Leads, Width: fmt.Sprintf("%.1f", 80*float64(c.Leads)/float64(most))}
			if w.Leads > 0 {
				l.Share = fmt.Sprintf("%.1f %%", 100*float64(c.Leads)/float64(w.Leads))
			}
			way := ways[c.Reason]
			l.Until, l.Way = way.until, way.way
			if change && way.page != "" {
				l.Href = "/campaigns/" + string(campaign) + "/" + way.page
			}
			if c.Reason == "" {
				l.Until = "in their order"
			}
			if c.Reason == "HOURS" && w.Opens != nil {
				l.Until = w.Opens.In(zone).Format("Mon 15:04")
			}
			for _, by := range c.Rules {
				if by.Rule != c.Reason { // that would say it twice
					l.Rules = append(l.Rules, ruleLine{by.Rule, by.Law, by.Holiday, number(by.Leads)})
				}
			}
			g.Lines = append(g.Lines, l)
			g.Leads += c.Leads
		}
		if len(g.Lines) > 0 {
			all = append(all, g)
		}
	}
	return all
}

// title is a reason as the beginning of a row.
func title(says string) string {
	for _, verb := range []string{"is ", "was ", "has "} {
		if rest, ok := strings.CutPrefix(says, verb); ok {
			says = rest
			break
		}
	}
	return strings.ToUpper(says[:1]) + says[1:]
}

// headline is the one sentence that matters.
func headline(m model) string {
	switch {
	case m.Why.Leads == 0:
		return "This campaign's lists have no leads."
	case m.Why.Dialable == 0:
		return fmt.Sprintf("None of %s leads can be called now.", number(m.Why.Leads))
	}
	return fmt.Sprintf("%s of %s leads can be called now.", number(m.Why.Dialable), number(m.Why.Leads))
}

// number is a count with its thousands apart.
func number(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func (m model) when(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.In(m.zone).Format("Mon 2 January, 15:04")
}

// sum is of all rows: it is the leads of the lists.
func (m model) sum() int {
	n := 0
	for _, g := range m.Groups {
		n += g.Leads
	}
	return n
}

// statusLook is the colour of a rule's status, and what is said of it.
func statusLook(status string) (look, says string) {
	switch status {
	case "on":
		return "good", "On"
	case "strict":
		return "watch", "Strict"
	}
	return "mute", "Off"
}

// counted is when the census was taken, and whether another is under way.
func counted(m model) string {
	s := fmt.Sprintf("Counted %s, %s, in %.1f s.", m.Why.At.In(m.zone).Format("15:04:05"), m.Age, m.Why.Took.Seconds())
	if m.Again != "" {
		s += " Counting again …"
	}
	return s
}
