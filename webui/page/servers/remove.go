package servers

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/signin"
	"trunkline/webui/ui"
)

// AskRemove serves GET /servers/{id}/remove: what removing a server does, or why
// it cannot be removed now.
func (h *Handler) AskRemove(w http.ResponseWriter, r *http.Request) error {
	host, err := h.host(r)
	if err != nil {
		return err
	}
	roles, err := h.Store.Removable(r.Context(), host.Name)
	var problem *dialer.Problem
	if errors.As(err, &problem) && errors.Is(err, dialer.ErrConflict) {
		return ui.Render(w, r, http.StatusOK, staysPage(ui.AdminFrame(r, "Servers", "servers"), host.Name, problem.Sentence))
	}
	if err != nil {
		return err
	}
	return ui.Render(w, r, http.StatusOK, ui.ConfirmPage(ui.AdminFrame(r, "Servers", "servers"), removal(host, roles)))
}

// Remove serves POST /servers/{id}/remove.
func (h *Handler) Remove(w http.ResponseWriter, r *http.Request) error {
	host, err := h.host(r)
	if err != nil {
		return err
	}
	roles, err := h.Store.Remove(r.Context(), signin.By(r, h.Now()), host.Name)
	var problem *dialer.Problem
	if errors.As(err, &problem) && errors.Is(err, dialer.ErrConflict) {
		return ui.Render(w, r, http.StatusConflict, staysPage(ui.AdminFrame(r, "Servers", "servers"), host.Name, problem.Sentence))
	}
	if err != nil {
		return err
	}
	says := host.Name + " is removed."
	if stays := staying(host, roles); stays != "" {
		says = host.Name + " has no " + strings.Join(roles, " and ") + " role any more; " + stays + " stays."
	}
	return ui.Done(w, r, "/servers", says)
}

// host is the server that the address names.
func (h *Handler) host(r *http.Request) (facts.HostLine, error) {
	all, err := h.Store.Lines(r.Context())
	if err != nil {
		return facts.HostLine{}, err
	}
	for _, l := range all {
		if strconv.FormatInt(int64(l.ID), 10) == r.PathValue("id") && !l.Gone() {
			return l, nil
		}
	}
	return facts.HostLine{}, dialer.Explain(dialer.ErrNotFound, "This server is not there: somebody has removed it already.")
}

func removal(host facts.HostLine, roles []string) ui.Confirm {
	page := "/servers/" + strconv.FormatInt(int64(host.ID), 10) + "/remove"
	c := ui.Confirm{
		ID: "remove", Title: "Remove " + host.Name + "?", Do: "Remove " + host.Name, Keep: "Keep it", Action: page, Page: page, Back: "/servers",
		Says: "Nothing asks for it any more, and its name is free. Its calls stay in the call log and in every report.",
	}
	if stays := staying(host, roles); stays != "" {
		c.Title, c.Do = "Take the "+roles[0]+" role off "+host.Name+"?", "Take it off"
		c.Says = "The " + roles[0] + " role there has stopped and is not asked for any more; " + stays + " stays. Its calls stay in the call log and in every report."
	}
	for _, role := range roles {
		if role == "telephony" {
			c.Says += " Recordings that were not copied from its disk are not heard any more."
		}
	}
	if staying(host, roles) == "" {
		c.Says += " Its database account stays: drop it, as root of MariaDB, if the machine leaves your hands. A host that joins under this name later takes its place."
	}
	return c
}

// staying is the role of a host that is at work while the other is removed.
func staying(host facts.HostLine, removed []string) string {
	switch {
	case len(removed) > 1 || host.Web != host.Telephony:
		return ""
	case removed[0] == "web":
		return "telephony"
	}
	return "web"
}
