// Package tokens is the pages of API tokens: what programs sign in with.
package tokens

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/webui/catalog"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// Config is what the pages need.
type Config struct {
	Store     catalog.Store[facts.Token]
	Users     func(context.Context) ([]facts.Account, error)
	Campaigns func(context.Context) ([]facts.CampaignChoice, error)
	Now       func() time.Time // the database's clock
	Zone      *time.Location
}

// rights are what a token may be given: what the API has addresses for.
var rights = []ui.Choice{
	{Value: string(dialer.RightLeads), Name: "Leads", Help: "Find, add and change leads; do-not-call lists, consents, callbacks, calling a lead next."},
	{Value: string(dialer.RightRun), Name: "Campaigns", Help: "See campaigns and what holds them back; start and stop them."},
	{Value: string(dialer.RightWatch), Name: "Agents", Help: "See who is on shift and on a call."},
	{Value: string(dialer.RightHear), Name: "Recordings", Help: "Find and hear recordings; each listening is logged."},
}

// longest is for how long a token may be made.
const longest = 2 * 366 * 24 * time.Hour

type handler struct{ Config }

// New makes the pages.
func New(c Config) *catalog.Pages[facts.Token] {
	h := handler{c}
	return catalog.New(catalog.Kind[facts.Token]{
		Path: "/tokens", Section: "tokens", Name: "API tokens", One: "token", A: "a token",
		Says:  "What programs sign in with, such as a CRM that adds leads. Each stands for a user and may do a part of what that user may. The API is described at /api/v1/openapi.json.",
		Empty: "Make one for each program, so that each can be taken back by itself.",
		Key:   func(t facts.Token) string { return strconv.FormatInt(int64(t.ID), 10) },
		Title: func(t facts.Token) string { return t.Name },
		Columns: []catalog.Column[facts.Token]{
			{Name: "Token", Cell: func(t facts.Token) catalog.Cell { return catalog.Cell{Text: t.Name} }},
			{Name: "State", Cell: h.state},
			{Name: "Acts for", Cell: func(t facts.Token) catalog.Cell { return catalog.Cell{Text: t.Username} }},
			{Name: "Until", Wide: true, Cell: func(t facts.Token) catalog.Cell { return catalog.Cell{Text: t.ExpiresOn} }},
			{Name: "Last used", Wide: true, Cell: func(t facts.Token) catalog.Cell {
				if t.UsedAt == nil {
					return catalog.Cell{Text: "never"}
				}
				return catalog.Cell{Text: t.UsedAt.In(h.Zone).Format("2 Jan 2006 15:04") + " from " + t.UsedIP}
			}},
		},
		Fields: h.fields,
		Named:  "name",
		Fresh:  facts.Token{Active: true, Campaigns: dialer.AllCampaigns},
		Parse:  h.parse,
		Check:  h.check,
		Deletes: func(facts.Token) string {
			return "The program that bears it is refused at once, and nothing brings the token back. The audit log keeps what it did."
		},
		After: h.show,
	}, c.Store, c.Now, c.Zone)
}

func (h handler) state(t facts.Token) catalog.Cell {
	switch {
	case !t.Active:
		return catalog.Cell{Text: "Taken back", State: "paused"}
	case t.ExpiresOn < h.Now().UTC().Format(time.DateOnly):
		return catalog.Cell{Text: "Expired", State: "paused"}
	case !t.UserActive:
		return catalog.Cell{Text: "Its user is switched off", State: "watch"}
	}
	return catalog.Cell{Text: "Works", State: "good"}
}

func (h handler) fields(ctx context.Context, fresh bool) ([]ui.Field, error) {
	users, err := h.users(ctx)
	if err != nil {
		return nil, err
	}
	campaigns, err := h.campaigns(ctx)
	return []ui.Field{
		{Name: "name", Label: "Name", Help: "Which program bears it, such as CRM.", Needed: true},
		{Name: "user_id", Label: "Acts for", Help: "What it does counts as this user's, and is never more than the user may.", Kind: ui.Select, Choices: users, Fixed: !fresh},
		{Name: "rights", Label: "May", Help: "As far as the user may.", Kind: ui.Checks, Choices: rights},
		{Name: "campaigns", Label: "Campaigns", Help: "As far as they concern the user.", Kind: ui.Checks, Choices: campaigns},
		{Name: "expires_on", Label: "Last day", Help: "The day (UTC) after which it is refused, at most two years ahead.", Kind: ui.Date, Needed: true},
		{Name: "active", Label: "Works", Help: "Switched off, the program that bears it is refused at once.", Kind: ui.Check},
	}, err
}

func (h handler) users(ctx context.Context) ([]ui.Choice, error) {
	all, err := h.Users(ctx)
	var choices []ui.Choice
	for _, u := range all {
		name := u.Username
		if u.FullName != "" {
			name = u.FullName + " (" + u.Username + ")"
		}
		choices = append(choices, ui.Choice{Value: strconv.FormatInt(int64(u.ID), 10), Name: name + ", " + string(u.Role)})
	}
	return choices, err
}

func (h handler) campaigns(ctx context.Context) ([]ui.Choice, error) {
	all, err := h.Campaigns(ctx)
	choices := []ui.Choice{{Value: string(dialer.AllCampaigns), Name: "Every campaign, those to come included"}}
	for _, one := range all {
		choices = append(choices, ui.Choice{Value: string(one.ID), Name: one.Name})
	}
	return choices, err
}

func (h handler) parse(f *form.Form, was facts.Token, fresh bool) facts.Token {
	t := facts.Token{
		ID: was.ID, UserID: was.UserID, Name: f.Needed("name", 80, "Enter the program's name, such as CRM."),
		Rights: strings.Join(f.Some("rights", "Choose at least one.", ui.Values(rights)...), " "), Active: f.Bool("active"), ExpiresOn: f.Line("expires_on", 10),
		Campaigns: dialer.Scope(strings.Join(f.All("campaigns"), " ")),
	}
	switch {
	case f.Has("campaigns", string(dialer.AllCampaigns)):
		t.Campaigns = dialer.AllCampaigns
	case t.Campaigns == "":
		f.Fail("campaigns", "Choose at least one.")
	}
	now := h.Now().UTC()
	day, err := time.Parse(time.DateOnly, t.ExpiresOn)
	switch {
	case err != nil:
		f.Fail("expires_on", "Enter a day such as "+now.AddDate(1, 0, 0).Format(time.DateOnly)+".")
	case t.ExpiresOn != was.ExpiresOn && t.ExpiresOn < now.Format(time.DateOnly):
		f.Fail("expires_on", "This day is past. Enter a later one, or switch the token off.")
	case day.Sub(now) > longest:
		f.Fail("expires_on", "A token works for two years at most. Enter an earlier day; it can be made longer then.")
	}
	if fresh {
		id, err := strconv.ParseInt(f.Value("user_id"), 10, 64)
		if err != nil {
			f.Fail("user_id", "Choose one of the users.")
		}
		t.UserID = dialer.UserID(id)
		t.Secret, t.Hash = signin.NewToken()
	}
	return t
}

func (h handler) check(ctx context.Context, _ dialer.User, f *form.Form, t facts.Token) error {
	users, err := h.Users(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(users, func(u facts.Account) bool { return u.ID == t.UserID })
	switch {
	case i < 0 && t.ID == 0:
		f.Fail("user_id", "Choose one of the users.")
	case i >= 0:
		for _, right := range strings.Fields(t.Rights) {
			if !users[i].Role.Has(dialer.Right(right)) {
				f.Fail("rights", "This user's role, "+string(users[i].Role)+", may not all of that. Choose less, or another user.")
			}
		}
	}
	campaigns, err := h.campaigns(ctx)
	for _, chosen := range strings.Fields(string(t.Campaigns)) {
		if !ui.Offers(campaigns, chosen) {
			f.Fail("campaigns", "There is no campaign "+chosen+" any more. Choose among those that are offered.")
		}
	}
	return err
}

// show shows a new token: it stands nowhere else.
func (h handler) show(w http.ResponseWriter, r *http.Request, key string, t facts.Token, fresh bool) (bool, error) {
	if !fresh {
		return false, nil
	}
	title := "Token " + t.Name + " created"
	return true, ui.Render(w, r, http.StatusOK, secretPage(ui.AdminFrame(r, title, "tokens"), title, t.Secret, "/tokens/"+key))
}
