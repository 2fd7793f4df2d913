package pages

import (
	"strings"
	"testing"

	"trunkline/webui/ui"
)

// views are pages that stand in no navigation, with the name of their picture.
var views = map[string]string{
	"/check": "check", "/webforms/new": "webform-new", "/presets/new": "preset-new", "/ingroups/new": "ingroup-new", "/ingroups/SALES": "ingroup",
	"/campaigns/new": "campaign-new", "/campaigns/AUTUMN": "campaign", "/campaigns/AUTUMN/ready": "campaign-ready", "/campaigns/AUTUMN/copy": "campaign-copy", "/campaigns/AUTUMN/archive": "campaign-archive",
	"/campaigns/AUTUMN/settings/dialing": "settings-dialing", "/campaigns/AUTUMN/settings/drops": "settings-drops",
	"/campaigns/AUTUMN/settings/machines": "settings-machines", "/campaigns/AUTUMN/settings/leads": "settings-leads",
	"/campaigns/AUTUMN/settings/hours": "settings-hours", "/campaigns/AUTUMN/settings/desk": "settings-desk",
	"/campaigns/AUTUMN/selection": "selection", "/lists/1024/leads/delete": "leads-delete",
	"/tokens/new": "token-new", "/calltimes/new": "calltime-new", "/holidays/new": "holiday-new", "/sounds/new": "sound-new", "/sounds/welcome": "sound", "/users/new": "user-new", "/users/4": "user", "/users/4/password": "user-password", "/groups/new": "group-new", "/groups/EARLY": "group",
	"/carriers/new": "carrier-new", "/carriers/1": "carrier", "/phones/new": "phone-new", "/statuses/new": "status-new", "/statuses/SALE": "status", "/statusgroups/new": "statusgroup-new", "/statusgroups/1": "statusgroup",
	"/pausecodes/new": "pausecode-new", "/pausecodes/LUNCH.": "pausecode", "/scripts/new": "script-new", "/scripts/OPENING": "script",
	"/board/AUTUMN": "board-campaign", "/board/AUTUMN/flight": "board-flight", "/board/AUTUMN/stop": "board-stop", "/boardlimits/-every": "boardlimit",
	"/servers/1": "server", "/account": "account", "/account/twosteps": "account-twosteps", "/rules?rule=US-10&state=off&campaign=AUTUMN": "rules-tried", "/no/such/page": "not-found", "/scripts/OPENING/delete": "confirm",
	"/reports/drops": "report-drops", "/reports/carriers": "report-carriers", "/reports/agent-performance": "report-performance", "/reports/hourly?from=2020-01-01&to=2020-01-02": "report-empty",
}

// Every page, in light and dark, and a lead file's way through its pages: axe-core finds nothing, the console is quiet,
// and nothing is wider than the window, which is also a phone's. With TRUNKLINE_PICTURES
// a picture of each is kept.
func TestEveryPage(t *testing.T) {
	o := withImports(t)
	o.floor()
	o.yesterday()
	o.measured()
	o.exec("INSERT INTO sounds (id, name, length_ms, sha256, wav, changed_at) VALUES ('welcome', 'Welcome, English', 4200, REPEAT('0', 64), 'RIFF', UTC_TIMESTAMP(3))")
	w := o.browse()
	all := map[string]string{"/login": "login"}
	for path, name := range views {
		all[path] = name
	}
	for _, g := range ui.Nav {
		for _, e := range g.Entries {
			all[e.Href] = strings.Trim(strings.ReplaceAll(e.Href, "/", "-"), "-")
		}
	}
	look := func(path, name string) {
		for _, mode := range []string{"light", "dark"} {
			w.scheme(mode)
			w.size(1280, 900)
			if path != "" {
				w.open(path)
			}
			for _, found := range w.axe() {
				t.Errorf("%s, %s: %s", path, mode, found)
			}
			w.picture(name + "-" + mode)
			if mode == "dark" {
				w.scheme("light")
				continue
			}
			w.size(390, 844)
			if wide, err := ask[int](w, `document.documentElement.scrollWidth - innerWidth`); err != nil || wide > 0 {
				t.Errorf("%s is %d px wider than a phone (%v)", path, wide, err)
			}
			w.picture(name + "-phone")
		}
		w.size(1280, 900)
		w.quiet(name)
	}
	look("/login", "login")
	w.signIn("ada")
	for path, name := range all {
		if path != "/login" {
			look(path, name)
		}
	}
	// The import counts its own leads, the desk brings its own leads, shifts and calls.
	for _, q := range []string{`DELETE FROM leads`, `DELETE FROM agent_sessions`, `DELETE FROM calls`, `DELETE FROM zone_sets`} {
		if _, err := o.sql.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	w.importLeads(look)
	w.lookAtTheDesk(func(name string) { look("", name) })
}
