package servers

import (
	"context"
	"errors"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// Invites are the invitations of hosts.
type Invites interface {
	All(ctx context.Context) ([]facts.Invite, error) // the newest
	// Revoke ends a host's open invitations and says how many there were.
	Revoke(ctx context.Context, by audit.By, server string) (int, error)
}

// invitation is a line of the table.
type invitation struct {
	Server, Roles, By, Made, State, Class string
	Revoke                                *ui.Confirm // of an open one
}

func (h *Handler) invitations(all []facts.Invite) (rows []invitation) {
	now, asked := h.Now(), map[string]bool{}
	at := func(t time.Time) string { return t.In(h.Zone).Format("2 Jan 15:04") }
	for _, i := range all {
		row := invitation{Server: i.Server, Roles: strings.ReplaceAll(i.Roles, ",", ", "), By: i.By, Made: at(i.MadeAt), State: "Over", Class: "paused"}
		switch {
		case i.UsedAt != nil:
			row.State, row.Class = "Used "+at(*i.UsedAt)+" from "+i.UsedFrom, "good"
		case i.ExpiresAt.After(now):
			row.State, row.Class = "Open until "+at(i.ExpiresAt), "watch"
			if !asked[i.Server] { // a host's are ended together
				asked[i.Server] = true
				row.Revoke = new(revoke(i.Server))
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func revoke(server string) ui.Confirm {
	page := "/servers/invite/" + server + "/revoke"
	return ui.Confirm{
		ID: "revoke-" + server, Open: "Revoke", Title: "Revoke the invitation of " + server + "?", Do: "Revoke it", Keep: "Leave it open",
		Says:   "Its token lets nobody in any more. The database account that was made for it stays: drop it, too, if the host is not to come.",
		Action: page, Page: page, Back: "/servers",
	}
}

// The roles of a host.
var inviteRoles = []ui.Choice{
	{Value: "telephony", Name: "Telephony", Help: "Asterisk, calls and agents' phones."},
	{Value: "web", Name: "Web", Help: "The pages, behind a balancer."},
}

// What can be asked for.
var inviteFields = []ui.Field{
	{Name: "server", Label: "Name", Help: "How the new server is called here, such as tel-2.", Needed: true, Mono: true, Hint: "tel-2"},
	{Name: "roles", Label: "Does", Help: "What it is to run.", Kind: ui.Checks, Choices: inviteRoles},
	{Name: "from", Label: "Its address", Help: "From where the database sees it come; its account works from there alone.", Needed: true, Mono: true, Hint: "192.0.2.7"},
	{Name: "database", Label: "The database's address", Help: "Where the new server reaches MariaDB. Empty: as this server does.", Mono: true, Hint: "192.0.2.1:3306"},
	{Name: "hours", Label: "Open for", Help: "The token works once, within this time.", Kind: ui.Number, Unit: "hours"},
}

var serverForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,31}$`)

// AskInvite serves GET /servers/invite.
func (h *Handler) AskInvite(w http.ResponseWriter, r *http.Request) error {
	return h.inviteForm(w, r, http.StatusOK, form.Of(map[string]string{"roles": "telephony", "hours": "1"}))
}

func (h *Handler) inviteForm(w http.ResponseWriter, r *http.Request, status int, f *form.Form) error {
	return ui.Render(w, r, status, invitePage(ui.AdminFrame(r, "Invite a server", "servers"), f, inviteFields, h.Invite != nil))
}

// SendInvite serves POST /servers/invite: the token is shown once.
func (h *Handler) SendInvite(w http.ResponseWriter, r *http.Request) error {
	f, err := form.Read(r)
	if err != nil {
		return err
	}
	if h.Invite == nil {
		return dialer.Explain(dialer.ErrUnavailable, "This web server invites nobody: use trunkline invite on its command line.")
	}
	i := facts.Invitation{
		Server: f.Match("server", serverForm, "Enter up to 32 letters, digits and dashes, such as tel-2."),
		Roles:  f.Some("roles", "Choose at least one.", ui.Values(inviteRoles)...),
		From:   f.Line("from", 64), Database: f.Line("database", 80),
		Life: time.Duration(f.Int("hours", 1, 168, "hours")) * time.Hour, By: signin.User(r.Context()).Username,
	}
	if net.ParseIP(i.From) == nil {
		f.Fail("from", "Enter an address such as 192.0.2.7.")
	}
	if i.Database != "" {
		host, port, err := net.SplitHostPort(i.Database)
		if n, perr := strconv.Atoi(port); err != nil || perr != nil || host == "" || n < 1 || n > 65535 {
			f.Fail("database", "Enter an address and its port, such as 192.0.2.1:3306.")
		}
	}
	if !f.OK() {
		return h.inviteForm(w, r, http.StatusUnprocessableEntity, f)
	}
	made, err := h.Invite(r.Context(), signin.By(r, h.Now()), i)
	var problem *dialer.Problem
	if errors.As(err, &problem) && (errors.Is(err, dialer.ErrInvalid) || errors.Is(err, dialer.ErrConflict)) {
		field := "database"
		if errors.Is(err, dialer.ErrConflict) {
			field = "server" // a host of that name is at work
		}
		f.Fail(field, problem.Sentence)
		return h.inviteForm(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	title := i.Server + " is invited"
	return ui.Render(w, r, http.StatusOK, invitedPage(ui.AdminFrame(r, title, "servers"), title, i, made))
}

// AskRevoke serves GET /servers/invite/{id}/revoke.
func (h *Handler) AskRevoke(w http.ResponseWriter, r *http.Request) error {
	server, err := invitedServer(r)
	if err != nil {
		return err
	}
	return ui.Render(w, r, http.StatusOK, ui.ConfirmPage(ui.AdminFrame(r, "Servers", "servers"), revoke(server)))
}

// Revoke serves POST /servers/invite/{id}/revoke.
func (h *Handler) Revoke(w http.ResponseWriter, r *http.Request) error {
	server, err := invitedServer(r)
	if err != nil {
		return err
	}
	n, err := h.Invites.Revoke(r.Context(), signin.By(r, h.Now()), server)
	if err != nil {
		return err
	}
	if n == 0 {
		return dialer.Explain(dialer.ErrNotFound, server+" has no open invitation: it was used, is over, or somebody has revoked it already.")
	}
	return ui.Done(w, r, "/servers", "The invitation of "+server+" is revoked.")
}

func invitedServer(r *http.Request) (string, error) {
	server := r.PathValue("id")
	if !serverForm.MatchString(server) {
		return "", dialer.Explain(dialer.ErrNotFound, "This is no server's name.")
	}
	return server, nil
}
