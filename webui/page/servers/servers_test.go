package servers

import (
	"strings"
	"testing"
	"time"

	"trunkline/webui/facts"
)

// The page says of each host what is known of it, and asks nothing of one that
// was switched off to leave.
func TestWhatIsSaidOfEachServer(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	fresh, old := now.Add(-time.Second), now.Add(-time.Hour)
	one := facts.HostLine{ID: 1, Name: "tel-1", Telephony: true, MaxTrunks: 100, Lines: 7, Active: true, Dials: true, Listening: true, BeatAt: &fresh, Version: "v2"}
	gone := facts.HostLine{ID: 2, Name: "tel-2", Telephony: true, MaxTrunks: 50, SkewMS: 7000, BeatAt: &old, Version: "v1"}
	web := facts.HostLine{ID: 3, Name: "web-1", Web: true, Active: true, Dials: true, WebAt: &fresh, WebVersion: "v2", Load: 0.5, Cores: 2}
	removed := facts.HostLine{ID: 4, Name: "web-0", Active: true, Dials: true, WebAt: &old, WebVersion: "v0"}

	m := newModel([]facts.HostLine{one, gone, web, removed}, nil, now, time.UTC)
	if len(m.Notes) != 0 || m.Lines != "7 of 100" || m.Says != "3 servers on one database; all are well." {
		t.Errorf("%q, %s, %+v", m.Says, m.Lines, m.Notes)
	}
	for i, want := range []struct{ state, remove, load, version string }{
		{"Well", "", "–", "v2"}, {"Switched off", "/servers/2/remove", "–", "v1"}, {"Well", "", "0.5 of 2", "v2"},
	} {
		if r := m.Rows[i]; r.State != want.state || r.Remove != want.remove || r.Load != want.load || r.Version != want.version {
			t.Errorf("%s is %+v, want %+v", r.Name, r, want)
		}
	}
	gone.Active, gone.Dials = true, true
	m = newModel([]facts.HostLine{one, gone}, nil, now, time.UTC)
	if len(m.Notes) != 2 || m.Rows[1].State != "Away" || m.Lines != "7 of 150" || !strings.Contains(m.Says, "1 server needs you") {
		t.Errorf("%q, %s, %+v", m.Says, m.Lines, m.Notes)
	}
}

// A web role is looked at by itself: keepalive of the same host beats without it.
func TestWhatIsSaidOfAWebRole(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	fresh, old := now.Add(-time.Second), now.Add(-time.Minute)
	web := facts.HostLine{ID: 3, Name: "web-1", Web: true, Active: true, Dials: true, WebAt: &fresh, WebVersion: "v2"}
	both := facts.HostLine{ID: 1, Name: "box", Web: true, Telephony: true, Active: true, Dials: true, Listening: true, BeatAt: &fresh, Version: "v2", WebAt: &fresh, WebVersion: "v2"}
	for _, c := range []struct {
		what   string
		of     facts.HostLine
		change func(*facts.HostLine)
		state  string
		says   []string // of the page's summary and notes
		remove bool
	}{
		{"at work", web, func(*facts.HostLine) {}, "Well", []string{"all are well"}, false},
		{"dead", web, func(l *facts.HostLine) { l.WebAt = &old }, "Away", []string{"1 server needs you", "The web role of web-1 is away", "Last seen", "trunkline-web"}, true},
		{"dead with a wrong clock", web, func(l *facts.HostLine) { l.WebAt, l.SkewMS = &old, 30000 }, "Away", []string{"!clock"}, true},
		{"its clock is off", web, func(l *facts.HostLine) { l.SkewMS = -30000 }, "Clock is off", []string{"The clock of web-1 is 30.0 s off", "!dialing"}, false},
		{"of an older version", web, func(l *facts.HostLine) { l.WebAt, l.WebVersion = nil, "" }, "Not seen yet", []string{"older version", "!needs you"}, true},
		{"dead beside keepalive", both, func(l *facts.HostLine) { l.WebAt = &old }, "Well", []string{"1 server needs you", "The web role of box is away", "!box does not beat"}, true},
		{"alive without keepalive", both, func(l *facts.HostLine) { l.BeatAt = &old }, "Away", []string{"box does not beat", "!web role of box is away"}, true},
		{"both dead", both, func(l *facts.HostLine) { l.BeatAt, l.WebAt = &old, &old }, "Away", []string{"box does not beat", "The web role of box is away"}, true},
		{"leaving, and dead", both, func(l *facts.HostLine) { l.Active, l.Dials, l.WebAt = false, false, &old }, "Switched off", []string{"The web role of box is away"}, true},
		{"two versions", both, func(l *facts.HostLine) { l.WebVersion = "v1" }, "Well", []string{"v1 on box; v2 on box", "fine while you upgrade"}, false},
		{"both, its web of an older version", both, func(l *facts.HostLine) { l.WebAt, l.WebVersion = nil, "" }, "Well", []string{"all are well"}, false},
		{"one version", both, func(*facts.HostLine) {}, "Well", []string{"!versions"}, false},
	} {
		l := c.of
		c.change(&l)
		m := newModel([]facts.HostLine{l}, nil, now, time.UTC)
		text := m.Says
		for _, n := range m.Notes {
			text += " " + n.Head + " " + n.Says + " " + n.Command
		}
		for _, word := range c.says {
			word, not := strings.CutPrefix(word, "!")
			if strings.Contains(text, word) == not {
				t.Errorf("%s: %q is there: %v; the page says %q", c.what, word, not, text)
			}
		}
		webAway := l.Telephony && l.WebAt == &old
		if r := m.Rows[0]; r.State != c.state || (r.Remove != "") != c.remove || r.WebAway != webAway {
			t.Errorf("%s: %q, web away %v, remove %q", c.what, r.State, r.WebAway, r.Remove)
		}
	}
}
