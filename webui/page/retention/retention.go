// Package retention is the page of how long things are kept: what is set, what a
// change would delete before it is made, and what is on hold.
package retention

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/dialer/retention"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// Store keeps what is set.
type Store interface {
	Rules(ctx context.Context) ([]retention.Rule, error)
	// WouldDelete is what a rule would delete at once.
	WouldDelete(ctx context.Context, r retention.Rule, now time.Time) (retention.Loss, error)
	Set(ctx context.Context, by audit.By, r retention.Rule) error
	// Unset takes a campaign's own rule away; dialer.ErrNotFound: it has none.
	Unset(ctx context.Context, by audit.By, what retention.What, campaign dialer.CampaignID) error
	Holds(ctx context.Context) ([]retention.Hold, error)
	// Hold keeps a call; dialer.ErrNotFound: there is none.
	Hold(ctx context.Context, by audit.By, h retention.Hold) error
	Release(ctx context.Context, by audit.By, call dialer.CallID) error
}

// Config is what the page needs.
type Config struct {
	Store     Store
	Campaigns func(context.Context) ([]facts.CampaignChoice, error)
	Now       func() time.Time // the database's clock
	Zone      *time.Location
}

// Handler serves the page.
type Handler struct{ Config }

// New makes the page.
func New(c Config) *Handler { return &Handler{c} }

type model struct {
	Frame     ui.Frame
	Rules     []rule
	Holds     []hold
	Form      *form.Form // of the rule
	Fields    []ui.Field
	Keep      *form.Form // of the hold
	HoldAsked []ui.Field
}

type rule struct {
	What, Says, Campaign, Kept string
	Unset                      *ui.Confirm // of a campaign's own
}

type hold struct {
	Call, Since, By, Reason, Href string
	Release                       ui.Confirm
}

// says is what each thing is.
var says = map[retention.What]string{
	retention.Recordings: "The files of calls. A deleted one's row stays, with its hash and the day.",
	retention.Calls:      "The call log, but for calls whose recording is there. Reports keep their sums.",
	retention.AgentLog:   "When agents were in which state. Reports keep their sums.",
	retention.Samples:    "What the page Capacity shows.",
}

var titles = map[retention.What]string{
	retention.Recordings: "Recordings", retention.Calls: "Calls", retention.AgentLog: "Agents' states", retention.Samples: "How full servers were",
}

// Page serves GET /retention.
func (h *Handler) Page(w http.ResponseWriter, r *http.Request) error {
	return h.page(w, r, http.StatusOK, form.Of(nil), form.Of(nil))
}

func (h *Handler) page(w http.ResponseWriter, r *http.Request, status int, f, keep *form.Form) error {
	rules, err := h.Store.Rules(r.Context())
	if err != nil {
		return err
	}
	holds, err := h.Store.Holds(r.Context())
	if err != nil {
		return err
	}
	campaigns, err := h.Campaigns(r.Context())
	if err != nil {
		return err
	}
	m := model{Frame: ui.AdminFrame(r, "Retention", "retention"), Form: f, Keep: keep, Fields: fields(campaigns), HoldAsked: []ui.Field{
		{Name: "call", Label: "Call", Help: "Its id, as the pages Recordings and Call log show it.", Needed: true, Mono: true},
		{Name: "reason", Label: "Why", Help: "Such as a dispute, or a court's order. It is shown here and in the audit log.", Needed: true},
	}}
	names := map[dialer.CampaignID]string{}
	for _, c := range campaigns {
		names[c.ID] = c.Name
	}
	for _, what := range retention.All {
		m.Rules = append(m.Rules, rule{What: titles[what], Says: says[what], Campaign: "all", Kept: retention.Kept(retention.Days(rules, what, ""))})
		for _, own := range rules {
			if own.What != what || own.Campaign == "" {
				continue
			}
			name := names[own.Campaign]
			if name == "" {
				name = string(own.Campaign)
			}
			m.Rules = append(m.Rules, rule{What: titles[what], Campaign: name, Kept: retention.Kept(own.Days), Unset: new(unset(own, name))})
		}
	}
	for _, one := range holds {
		call := one.Call.String()
		m.Holds = append(m.Holds, hold{
			Call: call, Since: one.At.In(h.Zone).Format("2 Jan 2006 15:04"), By: one.By, Reason: one.Reason, Href: "/recordings/" + call,
			Release: ui.Confirm{
				ID: "release-" + call, Open: "Release", Title: "Release call " + call + "?", Do: "Release it", Keep: "Keep it on hold",
				Says:   "From then on it is kept as long as its kind is. If that time is over, it is deleted within minutes.",
				Action: "/retention/holds/" + call + "/release", Page: "/retention/holds/" + call + "/release", Back: "/retention",
			},
		})
	}
	return ui.Render(w, r, status, page(m))
}

func unset(own retention.Rule, name string) ui.Confirm {
	return ui.Confirm{
		ID: "unset-" + string(own.Campaign), Open: "Take away", Title: "Keep " + name + "'s recordings like all others?", Do: "Take its rule away", Keep: "Leave its rule",
		Says:   "The time that is set for every campaign holds for them, too. You see before it is done what that would delete.",
		Action: "/retention/unset", Page: "/retention", Back: "/retention", Hidden: map[string]string{"campaign": string(own.Campaign)}, Harmless: true,
	}
}

func fields(campaigns []facts.CampaignChoice) []ui.Field {
	var things []ui.Choice
	for _, what := range retention.All {
		least := retention.Kept(retention.Least[what]) + " or more"
		if retention.Least[what] == 1 {
			least = "a day or more"
		}
		things = append(things, ui.Choice{Value: string(what), Name: titles[what] + " (" + least + ")"})
	}
	whose := []ui.Choice{{Value: "", Name: "Every other campaign"}}
	for _, c := range campaigns {
		whose = append(whose, ui.Choice{Value: string(c.ID), Name: c.Name})
	}
	return []ui.Field{
		{Name: "what", Label: "Keep", Help: "Only recordings may have a time of their own by campaign.", Kind: ui.Select, Choices: things},
		{Name: "campaign", Label: "Of", Help: "Whose recordings.", Kind: ui.Select, Choices: whose},
		{Name: "days", Label: "For", Help: "0 is for ever. You see what would be deleted before anything is. US law asks telemarketers to keep call records for five years (16 CFR 310.5).", Kind: ui.Number, Unit: "days", Needed: true},
	}
}

// Save serves POST /retention: a rule. One that deletes at once is asked about,
// with what it would delete, and made when `sure` comes with it.
func (h *Handler) Save(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	campaigns, err := h.Campaigns(r.Context())
	if err != nil {
		return err
	}
	asked := fields(campaigns)
	rule := retention.Rule{
		What: retention.What(f.Choice("what", ui.Values(asked[0].Choices)...)), Campaign: dialer.CampaignID(f.Choice("campaign", ui.Values(asked[1].Choices)...)),
		Days: f.Int("days", 0, 36500, "days"),
	}
	if f.OK() {
		var problem *dialer.Problem
		switch err := rule.Check(); {
		case errors.As(err, &problem) && rule.Campaign != "" && rule.What != retention.Recordings:
			f.Fail("campaign", problem.Sentence)
		case errors.As(err, &problem):
			f.Fail("days", problem.Sentence)
		}
	}
	if !f.OK() {
		return h.page(w, r, http.StatusUnprocessableEntity, f, form.Of(nil))
	}
	if asked, err := h.sure(w, r, f, rule, "/retention", map[string]string{
		"what": string(rule.What), "campaign": string(rule.Campaign), "days": strconv.Itoa(rule.Days),
	}); asked || err != nil {
		return err
	}
	if err := h.Store.Set(r.Context(), signin.By(r, h.Now()), rule); err != nil {
		return err
	}
	return ui.Done(w, r, "/retention", titles[rule.What]+" are kept "+forDays(rule.Days)+".")
}

func forDays(days int) string {
	if days == 0 {
		return "for ever"
	}
	return "for " + retention.Kept(days)
}

// sure asks, where a rule would delete something at once and nobody has said yes
// to just that.
func (h *Handler) sure(w http.ResponseWriter, r *http.Request, f *form.Form, rule retention.Rule, action string, hidden map[string]string) (asked bool, err error) {
	loss, err := h.Store.WouldDelete(r.Context(), rule, h.Now())
	if err != nil {
		return false, err
	}
	said, _ := strconv.Atoi(f.Value("sure"))
	// What was said yes to may have become a little more meanwhile.
	if loss.Rows == 0 || said > 0 && loss.Rows <= said+said/10+10 {
		return false, nil
	}
	hidden["sure"] = strconv.Itoa(loss.Rows)
	return true, ui.Render(w, r, http.StatusOK, ui.ConfirmPage(ui.AdminFrame(r, "Retention", "retention"), ui.Confirm{
		ID: "sure", Title: "Delete " + loss.Of(rule.What) + "?", Do: "Save, and delete them", Keep: "Change nothing", Action: action, Back: "/retention", Hidden: hidden,
		Says: "Keeping " + retention.Names[rule.What] + " " + forDays(rule.Days) + " deletes these within minutes, and nothing brings them back but a backup. What is on hold stays.",
	}))
}

// Unset serves POST /retention/unset: `campaign` has no time of its own any more.
func (h *Handler) Unset(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	campaign := dialer.CampaignID(f.Value("campaign"))
	rules, err := h.Store.Rules(r.Context())
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(rules, func(r retention.Rule) bool {
		return r.What == retention.Recordings && r.Campaign == campaign && campaign != ""
	}) {
		return dialer.Explain(dialer.ErrNotFound, "This campaign has no time of its own: somebody has taken it away already.")
	}
	general := retention.Rule{What: retention.Recordings, Campaign: campaign, Days: retention.Days(rules, retention.Recordings, "")}
	if asked, err := h.sure(w, r, f, general, "/retention/unset", map[string]string{"campaign": string(campaign)}); asked || err != nil {
		return err
	}
	if err := h.Store.Unset(r.Context(), signin.By(r, h.Now()), retention.Recordings, campaign); err != nil {
		return err
	}
	return ui.Done(w, r, "/retention", "The recordings of "+string(campaign)+" are kept like all others, "+forDays(general.Days)+".")
}

// Hold serves POST /retention/holds.
func (h *Handler) Hold(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	call, parse := strconv.ParseInt(strings.TrimSpace(f.Value("call")), 10, 64)
	if parse != nil || call <= 0 {
		f.Fail("call", "Enter the call's id, a number such as 123456789012345.")
	}
	reason := f.Needed("reason", 200, "Say why: whoever releases it will want to know.")
	if f.OK() {
		err = h.Store.Hold(r.Context(), signin.By(r, h.Now()), retention.Hold{Call: dialer.CallID(call), Reason: reason, By: signin.User(r.Context()).Username})
		if errors.Is(err, dialer.ErrNotFound) {
			f.Fail("call", "There is no call of this id. Copy it from the page Recordings or from the call log.")
		} else if err != nil {
			return err
		}
	}
	if !f.OK() {
		return h.page(w, r, http.StatusUnprocessableEntity, form.Of(nil), f)
	}
	return ui.Done(w, r, "/retention", fmt.Sprintf("Call %d and its recordings are kept until they are released.", call))
}

// AskRelease serves GET /retention/holds/{id}/release.
func (h *Handler) AskRelease(w http.ResponseWriter, r *http.Request) error {
	call, err := callOf(r)
	if err != nil {
		return err
	}
	return ui.Render(w, r, http.StatusOK, ui.ConfirmPage(ui.AdminFrame(r, "Retention", "retention"), ui.Confirm{
		ID: "release", Title: "Release call " + call.String() + "?", Do: "Release it", Keep: "Keep it on hold", Action: r.URL.Path, Back: "/retention",
		Says: "From then on it is kept as long as its kind is. If that time is over, it is deleted within minutes.",
	}))
}

// Release serves POST /retention/holds/{id}/release.
func (h *Handler) Release(w http.ResponseWriter, r *http.Request) error {
	call, err := callOf(r)
	if err != nil {
		return err
	}
	err = h.Store.Release(r.Context(), signin.By(r, h.Now()), call)
	if errors.Is(err, dialer.ErrNotFound) {
		return dialer.Explain(dialer.ErrNotFound, "Call "+call.String()+" is not on hold: somebody has released it already.")
	}
	if err != nil {
		return err
	}
	return ui.Done(w, r, "/retention", "Call "+call.String()+" is not on hold any more.")
}

func callOf(r *http.Request) (dialer.CallID, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, dialer.Explain(dialer.ErrNotFound, "This is no call's id.")
	}
	return dialer.CallID(id), nil
}
