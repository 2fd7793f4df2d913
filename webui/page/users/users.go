// Package users is the pages of people who sign in.
package users

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/catalog"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// Store keeps the accounts.
type Store interface {
	catalog.Store[facts.Account]
	// ResetPassword also signs the user out everywhere.
	ResetPassword(ctx context.Context, by audit.By, id dialer.UserID, hash string, keep []byte) error
	EndSessions(ctx context.Context, by audit.By, id dialer.UserID, keep []byte) error
	SetTOTP(ctx context.Context, by audit.By, id dialer.UserID, secret string, step int64) error
}

// Config is what the pages need.
type Config struct {
	Store  Store
	Groups func(context.Context) ([]facts.Group, error)
	Secret func() string // makes a password
	Now    func() time.Time
	Zone   *time.Location
}

// Handler serves the pages.
type Handler struct {
	*catalog.Pages[facts.Account]
	Config
}

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{1,19}$`)

// New makes the pages.
func New(c Config) *Handler {
	h := &Handler{Config: c}
	h.Pages = catalog.New(catalog.Kind[facts.Account]{
		Path: "/users", Section: "users", Name: "Users", One: "user", A: "a user",
		Says:  "Who signs in, with what role, and for which campaigns (by group). Users are switched off and not deleted: their calls stay theirs.",
		Empty: "Nobody can sign in yet.",
		Key:   func(a facts.Account) string { return strconv.FormatInt(int64(a.ID), 10) },
		Title: func(a facts.Account) string { return a.Username },
		Columns: []catalog.Column[facts.Account]{
			{Name: "User", Cell: func(a facts.Account) catalog.Cell { return catalog.Cell{Text: called(a), Code: a.Username} }},
			{Name: "State", Cell: func(a facts.Account) catalog.Cell {
				if a.Active {
					return catalog.Cell{Text: "Active", State: "good"}
				}
				return catalog.Cell{Text: "Switched off", State: "paused"}
			}},
			{Name: "Role", Cell: func(a facts.Account) catalog.Cell { return catalog.Cell{Text: upper(string(a.Role))} }},
			{Name: "Group", Cell: func(a facts.Account) catalog.Cell { return catalog.Cell{Text: a.Group} }},
			{Name: "Two steps", Wide: true, Cell: func(a facts.Account) catalog.Cell {
				if a.TwoSteps {
					return catalog.Cell{Text: "On", State: "good"}
				}
				return catalog.Cell{Text: "Off"}
			}},
			{Name: "Browsers", Number: true, Wide: true, Cell: func(a facts.Account) catalog.Cell { return catalog.Cell{Text: strconv.Itoa(a.Sessions)} }},
		},
		Fields: func(ctx context.Context, fresh bool) ([]ui.Field, error) {
			groups, err := c.Groups(ctx)
			var choices []ui.Choice
			for _, g := range groups {
				choices = append(choices, ui.Choice{Value: g.ID, Name: g.Name})
			}
			return []ui.Field{
				{Name: "username", Label: "User name", Help: "What is typed to sign in: 2 to 20 letters, digits, dots and dashes; for ever.", Needed: true, Mono: true, Fixed: !fresh},
				{Name: "full_name", Label: "Name", Help: "How colleagues and reports call them."},
				{Name: "role", Label: "Role", Kind: ui.Radio, Choices: roles},
				{Name: "user_group", Label: "Group", Help: "Says which campaigns concern them.", Kind: ui.Select, Choices: choices},
				{Name: "active", Label: "May sign in", Help: "Switched off, they are signed out at once; what they did stays.", Kind: ui.Check},
			}, err
		},
		Named: "username",
		Fresh: facts.Account{Role: dialer.RoleAgent, Active: true, Group: "ALL"},
		Parse: func(f *form.Form, was facts.Account, fresh bool) facts.Account {
			a := was
			a.FullName = f.Line("full_name", 80)
			a.Role = dialer.Role(f.Choice("role", ui.Values(roles)...))
			a.Group = f.Line("user_group", 20)
			a.Active = f.Bool("active")
			if fresh {
				a.Username = f.Match("username", nameForm, "Enter 2 to 20 letters, digits, dots, dashes and underscores, such as nadia.")
			}
			return a
		},
		May:    func(user dialer.User, a facts.Account) bool { return user.MayManage(a.User()) },
		Check:  h.check,
		Beside: func(_ context.Context, a facts.Account) (templ.Component, error) { return beside(h.actions(a)), nil },
		After:  h.created,
	}, c.Store, c.Now, c.Zone)
	return h
}

var roles = []ui.Choice{
	{Value: string(dialer.RoleAgent), Name: "Agent", Help: "Takes calls."},
	{Value: string(dialer.RoleSupervisor), Name: "Supervisor", Help: "Also watches agents and calls, listens in, hears recordings, starts and stops campaigns, reads reports."},
	{Value: string(dialer.RoleManager), Name: "Manager", Help: "Also changes campaigns, lists, leads and scripts, and looks after agents and supervisors."},
	{Value: string(dialer.RoleAdmin), Name: "Admin", Help: "Everything, in every campaign: carriers, phones, servers, groups, the audit log."},
}

// check looks at the group, which says what the account may see.
func (h *Handler) check(ctx context.Context, user dialer.User, f *form.Form, a facts.Account) error {
	groups, err := h.Groups(ctx)
	if err != nil {
		return err
	}
	known := false
	for _, g := range groups {
		if g.ID == a.Group {
			known, a.Scope = true, g.Campaigns
		}
	}
	switch {
	case !known:
		f.Fail("user_group", "Choose one of the groups.")
	case a.ID != 0 && a.ID == user.ID && !a.Active:
		f.Fail("active", "This is you: you would lock yourself out. Ask another admin.")
	case a.ID != 0 && a.ID == user.ID && a.Role != user.Role:
		f.Fail("role", "This is you: nobody takes away their own role. Ask another admin.")
	case !user.MayManage(a.User()) && user.Role != dialer.RoleAdmin:
		if a.Scope.Within(user.Reach()) {
			f.Fail("role", "You set up agents and supervisors. Ask an admin for this role.")
		} else {
			f.Fail("user_group", "This group has campaigns that are not yours. Choose another, or ask an admin.")
		}
	}
	return nil
}

// created gives a new user a password and shows it, once.
func (h *Handler) created(w http.ResponseWriter, r *http.Request, key string, a facts.Account, fresh bool) (bool, error) {
	if !fresh {
		return false, nil
	}
	return true, h.newPassword(w, r, key, a, "User "+a.Username+" created")
}

// newPassword sets a password and shows it: it stands nowhere else.
func (h *Handler) newPassword(w http.ResponseWriter, r *http.Request, key string, a facts.Account, title string) error {
	id, err := strconv.ParseInt(key, 10, 64)
	if err != nil {
		return dialer.ErrNotFound
	}
	password := h.Secret()
	hash, err := signin.HashPassword(password)
	if err != nil {
		return err
	}
	if err := h.Store.ResetPassword(r.Context(), signin.By(r, h.Now()), dialer.UserID(id), hash, nil); err != nil {
		return err
	}
	return ui.Render(w, r, http.StatusOK, passwordPage(ui.AdminFrame(r, title, "users"), title, a.Username, password, "/users/"+key))
}

// actions are what is done to an account besides editing it.
func (h *Handler) actions(a facts.Account) []ui.Confirm {
	at := "/users/" + strconv.FormatInt(int64(a.ID), 10)
	all := []ui.Confirm{
		{
			ID: "password", Open: "New password", Title: "Give " + a.Username + " a new password?", Keep: "Keep the old one", Do: "New password",
			Says:   "The old one ends at once, and they are signed out everywhere. The new one is shown to you once.",
			Action: at + "/password", Page: at + "/password", Back: at, Harmless: true,
		},
		{
			ID: "signout", Open: "Sign out everywhere", Title: "Sign " + a.Username + " out everywhere?", Keep: "Leave them signed in", Do: "Sign out",
			Says:   "Every browser in which they are signed in has to sign in again. A call that is up goes on, and the desk comes back to it.",
			Action: at + "/signout", Page: at + "/signout", Back: at, Harmless: true,
		},
	}
	if a.TwoSteps {
		all = append(all, ui.Confirm{
			ID: "twosteps", Open: "Switch two steps off", Title: "Switch off the second step of " + a.Username + "?", Keep: "Leave it on", Do: "Switch it off",
			Says:   "They sign in with the password alone until they set it up again: for a lost phone, once you know that it is them who ask.",
			Action: at + "/twosteps", Page: at + "/twosteps", Back: at,
		})
	}
	return all
}

// Question serves the GET pages that ask before an action of that ID.
func (h *Handler) Question(id string) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		a, err := h.managed(r)
		if err != nil {
			return err
		}
		for _, c := range h.actions(a) {
			if c.ID == id {
				return ui.Render(w, r, http.StatusOK, ui.ConfirmPage(ui.AdminFrame(r, c.Title, "users"), c))
			}
		}
		return dialer.ErrNotFound
	}
}

// managed is the account of the address, if the user looks after it.
func (h *Handler) managed(r *http.Request) (facts.Account, error) {
	record, err := h.Store.One(r.Context(), r.PathValue("id"))
	if err == nil && !signin.User(r.Context()).MayManage(record.Value.User()) {
		return facts.Account{}, dialer.ErrForbidden
	}
	return record.Value, err
}

// Password serves POST /users/{id}/password.
func (h *Handler) Password(w http.ResponseWriter, r *http.Request) error {
	a, err := h.managed(r)
	if err != nil {
		return err
	}
	return h.newPassword(w, r, r.PathValue("id"), a, "New password for "+a.Username)
}

// SignOut serves POST /users/{id}/signout.
func (h *Handler) SignOut(w http.ResponseWriter, r *http.Request) error {
	a, err := h.managed(r)
	if err != nil {
		return err
	}
	if err := h.Store.EndSessions(r.Context(), signin.By(r, h.Now()), a.ID, nil); err != nil {
		return err
	}
	if a.ID == signin.User(r.Context()).ID {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return nil
	}
	return ui.Done(w, r, "/users/"+r.PathValue("id"), a.Username+" is signed out everywhere.")
}

// TwoStepsOff serves POST /users/{id}/twosteps.
func (h *Handler) TwoStepsOff(w http.ResponseWriter, r *http.Request) error {
	a, err := h.managed(r)
	if err != nil {
		return err
	}
	if err := h.Store.SetTOTP(r.Context(), signin.By(r, h.Now()), a.ID, "", 0); err != nil {
		return err
	}
	return ui.Done(w, r, "/users/"+r.PathValue("id"), a.Username+" signs in with the password alone now.")
}

func called(a facts.Account) string {
	if a.FullName != "" {
		return a.FullName
	}
	return a.Username
}

func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
