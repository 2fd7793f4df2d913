package pages

import (
	"maps"
	"strings"
	"testing"

	"trunkline/dialer/report"
	"trunkline/webui/ui"
)

// views are pages that stand in no navigation, with the name of their picture.
var views = map[string]string{
	"/check": "check", "/webforms/new": "webform-new", "/presets/new": "preset-new", "/ingroups/new": "ingroup-new", "/ingroups/SALES": "ingroup",
	"/campaigns/new": "campaign-new", "/campaigns/AUTUMN": "campaign", "/campaigns/AUTUMN/ready": "campaign-ready", "/campaigns/AUTUMN/copy": "campaign-copy", "/campaigns/AUTUMN/archive": "campaign-archive",
	"/campaigns/AUTUMN/settings/dialing": "settings-dialing", "/campaigns/AUTUMN/settings/drops": "settings-drops",
	"/campaigns/AUTUMN/settings/machines": "settings-machines", "/campaigns/AUTUMN/settings/leads": "settings-leads",
	"/campaigns/AUTUMN/settings/hours": "settings-hours", "/campaigns/AUTUMN/settings/desk": "settings-desk",
	"/campaigns/AUTUMN/selection": "selection", "/campaigns/AUTUMN/selection/filter": "selection-filter", "/campaigns/AUTUMN/selection/mix": "selection-mix", "/campaigns/AUTUMN/selection/others": "selection-others",
	"/lists/1024/leads/delete": "leads-delete",
	"/tokens/new":              "token-new", "/calltimes/new": "calltime-new", "/holidays/new": "holiday-new", "/sounds/new": "sound-new", "/sounds/welcome": "sound", "/users/new": "user-new", "/users/4": "user", "/users/4/password": "user-password", "/groups/new": "group-new", "/groups/EARLY": "group",
	"/carriers/new": "carrier-new", "/carriers/1": "carrier", "/phones/new": "phone-new", "/statuses/new": "status-new", "/statuses/SALE": "status", "/statusgroups/new": "statusgroup-new", "/statusgroups/1": "statusgroup",
	"/pausecodes/new": "pausecode-new", "/pausecodes/LUNCH.": "pausecode", "/scripts/new": "script-new", "/scripts/OPENING": "script",
	"/board/AUTUMN": "board-campaign", "/board/AUTUMN/flight": "board-flight", "/board/AUTUMN/stop": "board-stop", "/boardlimits/-every": "boardlimit",
	"/servers/1": "server", "/account": "account", "/account/twosteps": "account-twosteps", "/rules?rule=US-10&state=off&campaign=AUTUMN": "rules-tried", "/no/such/page": "not-found", "/scripts/OPENING/delete": "confirm",
	"/reports/drops": "report-drops", "/reports/carriers": "report-carriers", "/reports/agent-performance": "report-performance", "/reports/hourly?from=2020-01-01&to=2020-01-02": "report-empty",
}

// told are pages of what lived makes, with the name of their picture.
var told = map[string]string{
	"/campaigns/AUTUMN/why": "why-census", "/campaigns/AUTUMN/settings/adapt": "settings-adapt", "/lists/new": "list-new", "/lists/1024": "list", "/lists/1024/move": "leads-move",
	"/leads/new": "lead-new", "/leads?q=Vega": "leads-found", "/leads/6": "lead", "/customfields/new": "customfield-new", "/customfields/1": "customfield",
	"/callbacks/1": "callback", "/callbacks?ended=1": "callbacks-ended", "/dnc/log": "dnc-log", "/webforms/QUOTE": "webform", "/presets/1": "preset", "/calltimes/OFFICE": "calltime",
	"/holidays/1": "holiday", "/tokens/1": "token", "/phones/1": "phone", "/servers/invite": "server-invite", "/servers/2/remove": "server-remove", "/servers/1/remove": "server-stays", "/recordings/5000": "recording",
}

// bareAtFirst are pages of which a person is to see, too, how they look before
// there is anything on them.
var bareAtFirst = map[string]string{
	"/imports": "imports-empty", "/callbacks": "callbacks-empty", "/dnc": "dnc-empty", "/tokens": "tokens-empty", "/holidays": "holidays-empty",
	"/campaigns/AUTUMN/selection": "selection-empty", "/board": "board-empty", "/capacity": "capacity-empty", "/recordings": "recordings-empty",
}

// Every page, in light and dark, and a lead file's way through its pages: axe-core finds nothing, the console is quiet,
// and nothing is wider than the window, which is also a phone's. With TRUNKLINE_PICTURES
// a picture of each is kept.
func TestEveryPage(t *testing.T) {
	o := withImports(t)
	w := o.browse()
	all := map[string]string{}
	for _, more := range []map[string]string{views, told} {
		maps.Copy(all, more)
	}
	for _, g := range ui.Nav {
		for _, e := range g.Entries {
			all[e.Href] = strings.Trim(strings.ReplaceAll(e.Href, "/", "-"), "-")
		}
	}
	for _, one := range report.All {
		if path := "/reports/" + one.Name; all[path] == "" {
			all[path] = "report-" + one.Name
		}
	}
	w.look("/login", "login")
	w.signIn("ada")
	for path, name := range bareAtFirst {
		w.look(path, name)
	}
	o.lived()
	o.floor()
	o.yesterday()
	o.spread()
	o.measured()
	o.exec("INSERT INTO sounds (id, name, length_ms, sha256, wav, changed_at) VALUES ('welcome', 'Welcome, English', 4200, REPEAT('0', 64), 'RIFF', UTC_TIMESTAMP(3))")
	for path, name := range all {
		w.look(path, name)
	}
	o.bare()
	w.importLeads(w.look)
	w.lookAtTheDesk(func(name string) { w.look("", name) })
}

// look judges a page in light and dark, in a window and on a phone; "" is the one
// that is there.
func (w *window) look(path, name string) {
	w.t.Helper()
	for _, mode := range []string{"light", "dark"} {
		w.scheme(mode)
		w.size(1280, 900)
		asked := axeColours // dark differs from light in nothing else
		if mode == "light" {
			asked = axeAll
		}
		if path != "" && (mode == "light" || pictured()) {
			w.open(path)
		}
		for _, found := range w.axe(asked) {
			w.t.Errorf("%s, %s: %s", path, mode, found)
		}
		if mode == "dark" && !pictured() {
			break
		}
		if cut, err := ask[[]string](w, cutOff); err != nil || len(cut) > 0 {
			w.t.Errorf("%s (%s): at 1280 pixels this is cut: %q %v", path, name, cut, err)
		}
		w.picture(name + "-" + mode)
		w.size(390, 844)
		if wide, err := ask[int](w, `document.documentElement.scrollWidth - innerWidth`); err != nil || wide > 0 {
			w.t.Errorf("%s is %d px wider than a phone (%v)", path, wide, err)
		}
		w.picture(name + "-phone" + map[string]string{"light": "", "dark": "-dark"}[mode])
	}
	w.scheme("light")
	w.size(1280, 900)
	w.quiet(name)
}

// cutOff are the tables and buttons that a window of 1280 pixels does not show
// whole; the call log, with two dozen columns, is meant to be scrolled.
const cutOff = `location.pathname === "/reports/calls" ? [] : [...document.querySelectorAll(".wrap, .btn, th, .pick")].filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 2 && e.clientWidth > 0)
	.map(e => (e.getAttribute("aria-label") || e.textContent.trim().slice(0, 60)) + " by " + (e.scrollWidth - e.clientWidth))`
