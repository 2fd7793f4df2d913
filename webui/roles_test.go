package webui

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"trunkline/dialer"
	"trunkline/webui/assets"
	"trunkline/webui/ui"
)

// leastRole says, for each route, the least role that may take it; "" is for
// everybody, signed in or not. It is written by hand and apart from the table of
// routes, so that a change there is seen by somebody: a route that is new is
// added here too.
var leastRole = map[string]dialer.Role{
	"GET /healthz": "", "GET /readyz": "", "GET /static/": "", "POST /join": "", "GET /login": "", "GET /check": "", "POST /login": "",
	"POST /login/code": "", "GET /account": "agent", "POST /account/password": "agent", "POST /account/signout": "agent", "GET /account/twosteps": "agent",
	"POST /account/twosteps": "agent", "GET /account/twosteps/off": "agent", "POST /account/twosteps/off": "agent",
	"POST /logout": "agent", "GET /{$}": "agent",

	"GET /desk": "agent", "GET /desk/events": "agent", "POST /desk/beat": "agent", "GET /desk/phone": "agent", "GET /desk/about": "agent", "GET /desk/callable": "agent", "GET /desk/callbacks": "agent",
	"POST /desk/customer": "agent", "POST /desk/draft": "agent", "GET /desk/search": "agent", "GET /desk/day": "agent",
	"POST /desk/connect": "agent", "POST /desk/ready": "agent", "POST /desk/pause": "agent", "POST /desk/hold": "agent", "POST /desk/resume": "agent",
	"POST /desk/move":   "agent",
	"POST /desk/hangup": "agent", "POST /desk/record": "agent", "POST /desk/record/pause": "agent", "POST /desk/mute": "agent", "POST /desk/unmute": "agent",
	"POST /desk/digits": "agent", "POST /desk/dial": "agent", "POST /desk/preview": "agent", "POST /desk/skip": "agent", "POST /desk/consult": "agent",
	"POST /desk/invite": "agent", "POST /desk/transfer": "agent", "POST /desk/join": "agent", "POST /desk/leave": "agent", "POST /desk/drop3": "agent",
	"POST /desk/hangall": "agent", "POST /desk/park": "agent", "POST /desk/takeback": "agent", "POST /desk/message": "agent", "POST /desk/dispose": "agent",
	"POST /desk/logout": "agent",

	"GET /campaigns/{campaign}/selection/filter": "manager", "GET /campaigns/{campaign}/selection/mix": "manager", "GET /campaigns/{campaign}/selection/others": "manager",
	"GET /campaigns/{campaign}/selection": "manager", "POST /campaigns/{campaign}/selection/recycle": "manager", "POST /campaigns/{campaign}/selection/filter": "manager",
	"POST /campaigns/{campaign}/selection/mix": "manager", "POST /campaigns/{campaign}/selection/others": "manager",
	"GET /lists": "manager", "POST /lists": "manager", "GET /lists/new": "manager", "GET /lists/{id}": "manager", "POST /lists/{id}": "manager",
	"GET /lists/{id}/delete": "manager", "POST /lists/{id}/delete": "manager", "GET /lists/{id}/reset": "manager", "POST /lists/{id}/reset": "manager",
	"GET /lists/{id}/leads/delete": "manager", "POST /lists/{id}/leads/delete": "manager", "GET /leads/{id}/delete": "manager", "POST /leads/{id}/delete": "manager",
	"GET /lists/{id}/move": "manager", "GET /lists/{id}/leads": "manager", "POST /lists/{id}/move": "manager", "GET /lists/{id}/export.csv": "manager", "GET /lists/{id}/export.xlsx": "manager",
	"GET /customfields": "manager", "POST /customfields": "manager", "GET /customfields/new": "manager", "GET /customfields/{id}": "manager",
	"POST /customfields/{id}": "manager", "GET /customfields/{id}/delete": "manager", "POST /customfields/{id}/delete": "manager",
	"GET /leads": "manager", "POST /leads": "manager", "GET /leads/new": "manager", "GET /leads/{id}": "manager", "POST /leads/{id}": "manager",
	"POST /leads/{id}/custom": "manager", "POST /leads/{id}/phone": "manager",
	"GET /imports": "manager", "POST /imports": "manager", "GET /imports/{id}": "manager", "GET /imports/{id}/events": "manager",
	"GET /imports/{id}/rejects.csv": "manager", "POST /imports/{id}/preview": "manager", "POST /imports/{id}/check": "manager",
	"POST /imports/{id}/start": "manager", "POST /imports/{id}/pause": "manager", "POST /imports/{id}/resume": "manager",
	"GET /imports/{id}/undo": "manager", "POST /imports/{id}/undo": "manager",
	"GET /callbacks": "manager", "GET /callbacks/{id}": "manager", "POST /callbacks/{id}": "manager", "GET /callbacks/{id}/cancel": "manager",
	"POST /callbacks/{id}/cancel": "manager",
	"GET /dnc":                    "manager", "POST /dnc": "manager", "GET /dnc/remove": "manager", "POST /dnc/remove": "manager", "POST /dnc/import": "manager", "POST /dnc/scrub": "manager",
	"GET /dnc/export.csv": "manager", "GET /dnc/log": "manager",

	"GET /watch": "supervisor", "GET /watch/agents": "supervisor", "GET /watch/phone": "supervisor", "POST /watch": "supervisor",
	"POST /watch/{id}/mode": "supervisor", "POST /watch/{id}/end": "supervisor",

	"GET /board": "supervisor", "GET /board/events": "supervisor", "GET /board/{campaign}": "supervisor", "GET /board/{campaign}/events": "supervisor",
	"GET /wallboard": "supervisor", "GET /wallboard/events": "supervisor", "GET /wallboard/{campaign}": "supervisor", "GET /wallboard/{campaign}/events": "supervisor",
	"POST /board/agents/{id}/pause": "supervisor", "POST /board/agents/{id}/signout": "supervisor",
	"GET /board/{campaign}/flight": "supervisor", "POST /board/{campaign}/flight": "supervisor", "GET /board/{campaign}/stop": "supervisor",
	"POST /board/{campaign}/stop": "supervisor", "POST /board/{campaign}/start": "supervisor",

	"GET /campaigns": "supervisor", "GET /campaigns/{campaign}": "supervisor", "GET /campaigns/{campaign}/events": "supervisor", "GET /campaigns/{campaign}/leads": "supervisor",
	"GET /users/{id}/password": "manager", "POST /users/{id}/password": "manager", "GET /users/{id}/signout": "manager", "POST /users/{id}/signout": "manager",
	"GET /users/{id}/twosteps": "manager", "POST /users/{id}/twosteps": "manager",
	"GET /sounds/{id}/audio": "manager",
	"GET /reports":           "supervisor",
	"GET /recordings":        "supervisor", "GET /recordings/{id}": "supervisor", "GET /recordings/{id}/{n}": "supervisor",
	"GET /servers": "admin", "GET /servers/invite": "admin", "POST /servers/invite": "admin", "GET /servers/invite/{id}/revoke": "admin", "POST /servers/invite/{id}/revoke": "admin", "GET /servers/events": "admin", "GET /servers/{id}": "admin", "GET /servers/{id}/remove": "admin", "POST /servers/{id}/remove": "admin", "POST /servers/{id}": "admin", "GET /audit": "admin", "GET /capacity": "admin",
	"GET /retention": "admin", "POST /retention": "admin", "POST /retention/unset": "admin", "POST /retention/holds": "admin",
	"GET /retention/holds/{id}/release": "admin", "POST /retention/holds/{id}/release": "admin",

	"GET /campaigns/new": "manager", "POST /campaigns": "manager", "GET /campaigns/{campaign}/settings/{section}": "manager", "POST /campaigns/{campaign}/settings/{section}": "manager",
	"GET /campaigns/{campaign}/copy": "manager", "POST /campaigns/{campaign}/copy": "manager", "GET /campaigns/{campaign}/archive": "manager", "POST /campaigns/{campaign}/archive": "manager",

	"GET /campaigns/{campaign}/why": "supervisor", "GET /campaigns/{campaign}/why/census": "supervisor", "GET /why": "supervisor", "POST /campaigns/{campaign}/why/revoke": "supervisor", "GET /rules": "supervisor",
	"GET /campaigns/{campaign}/ready": "supervisor", "GET /campaigns/{campaign}/ready/steps": "supervisor", "POST /campaigns/{campaign}/list": "manager",
	"POST /campaigns/{campaign}/start": "supervisor", "POST /campaigns/{campaign}/stop": "supervisor", "POST /campaigns/{campaign}/level": "supervisor",
}

// init adds the addresses that every kind of thing has.
func init() {
	for _, name := range []string{
		"outbound", "hourly", "outcomes", "drops", "carriers", "calls", "agent-time", "agent-performance", "agent-outcomes", "recordings", "lists", "hopper", "callbacks",
	} {
		for _, end := range []string{"", "/csv", "/xlsx"} {
			leastRole["GET /reports/"+name+end] = "supervisor"
		}
	}
	for _, least := range []struct {
		role     dialer.Role
		patterns string
	}{
		{"", "GET /openapi.json"},
		{"agent", "GET /me"},
		{"supervisor", "GET /campaigns, POST /campaigns/{campaign}/start, POST /campaigns/{campaign}/stop, GET /campaigns/{campaign}/why, GET /agents, GET /recordings, GET /recordings/{id}/{n}"},
		{"manager", "GET /leads, POST /leads, GET /leads/{id}, POST /leads/{id}, POST /leads/{id}/call-next, GET /leads/{id}/callbacks, POST /leads/{id}/callbacks, POST /callbacks/{id}/cancel"},
		{"manager", "GET /dnc, POST /dnc, POST /dnc/remove, GET /consents, POST /consents, POST /consents/revoke"},
	} {
		for _, pattern := range strings.Split(least.patterns, ", ") {
			leastRole[strings.Replace(pattern, " ", " /api/v1", 1)] = least.role
		}
	}
	for path, role := range map[string]dialer.Role{
		"/tokens":    "admin",
		"/calltimes": "manager", "/holidays": "admin", "/sounds": "manager",
		"/users": "manager", "/pausecodes": "manager", "/scripts": "manager", "/boardlimits": "supervisor", "/webforms": "manager", "/presets": "manager", "/ingroups": "manager",
		"/groups": "admin", "/carriers": "admin", "/phones": "admin", "/statuses": "admin", "/statusgroups": "admin",
	} {
		for _, pattern := range []string{"GET %", "POST %", "GET %/new", "GET %/{id}", "POST %/{id}", "GET %/{id}/delete", "POST %/{id}/delete"} {
			leastRole[strings.Replace(pattern, "%", path, 1)] = role
		}
	}
}

// pathOf is an address of a route.
func pathOf(pattern string) (method, path string) {
	method, pattern, _ = strings.Cut(pattern, " ")
	return method, strings.NewReplacer("{campaign}", "AUTUMN", "{id}", "1", "{n}", "1", "{section}", "dialing", "{$}", "", assets.Prefix, assets.URL("trunkline.css")).Replace(pattern)
}

// allowed tells what an answer says about the check: refused for the role, asked
// to sign in, or let through (whatever came of it).
func allowed(status int, head http.Header) string {
	switch {
	case status == http.StatusForbidden:
		return "refused"
	case status == http.StatusUnauthorized, status == http.StatusSeeOther && head.Get("Location") == "/login":
		return "sign in"
	}
	return "let through"
}

// Every route, for nobody and for each role.
func TestRolesOnEveryRoute(t *testing.T) {
	f := newFake()
	f.seat()
	s := newSite(t, f)
	seen := map[string]bool{}
	for _, r := range s.ui.routes() {
		seen[r.pattern] = true
		least, known := leastRole[r.pattern]
		if !known {
			t.Errorf("%s is new: say in leastRole whose it is", r.pattern)
			continue
		}
		method, path := pathOf(r.pattern)
		for _, name := range []string{"", "nadia", "sam", "mia", "rosa"} {
			on := s
			if name == "" && r.answers == asAPI {
				clear(f.tries.has) // an address may try few wrong tokens
			}
			on.as(t, name)
			on.token = map[bool]string{true: "tl_" + name}[r.answers == asAPI]
			status, _, head := on.do(t, method, path, url.Values{})
			role := fakeUsers[name].Role
			want := "let through"
			switch {
			case least == "" || r.pattern == "POST /logout" || r.pattern == "GET /desk" && role != dialer.RoleAgent:
				if got := allowed(status, head); got == "refused" {
					t.Errorf("%s for %q: %d", r.pattern, name, status)
				}
				continue // these lead to where to sign in, the desk those who have no shift
			case name == "":
				want = "sign in"
			case slices.Index(dialer.Roles, role) < slices.Index(dialer.Roles, least):
				want = "refused"
			}
			if got := allowed(status, head); got != want {
				t.Errorf("%s for %q (%s): %s (%d), want %s", r.pattern, name, role, got, status, want)
			}
		}
	}
	for pattern := range leastRole {
		if !seen[pattern] {
			t.Errorf("leastRole has %s, which is no route", pattern)
		}
	}
}

// Every route of a campaign, for somebody whose group has nothing to do with it.
func TestCampaignsOfOthersAreClosed(t *testing.T) {
	s := newSite(t, newFake()).as(t, "wim")
	tried := 0
	for _, r := range s.ui.routes() {
		method, path := pathOf(r.pattern)
		if !strings.Contains(r.pattern, "{campaign}") {
			continue
		}
		tried++
		s.token = map[bool]string{true: "tl_wim"}[r.answers == asAPI]
		if status, _, _ := s.do(t, method, path, url.Values{}); status != http.StatusForbidden {
			t.Errorf("%s for a manager of another campaign: %d", r.pattern, status)
		}
	}
	if tried == 0 {
		t.Error("no route of a campaign was tried")
	}
}

// The navigation offers what is there and what the role may open.
func TestNavigationIsWhatTheRoleMayOpen(t *testing.T) {
	s := newSite(t, newFake())
	byPattern := map[string]route{}
	for _, r := range s.ui.routes() {
		byPattern[r.pattern] = r
	}
	for _, g := range ui.Nav {
		for _, e := range g.Entries {
			r, there := byPattern["GET "+e.Href]
			if !there || r.needs != e.Right {
				t.Errorf("%s leads to %s for the right %s: the route needs %q", e.Name, e.Href, e.Right, r.needs)
			}
		}
	}
}
