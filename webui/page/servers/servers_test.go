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
	one := facts.HostLine{ID: 1, Name: "tel-1", Telephony: true, MaxTrunks: 100, Lines: 7, Active: true, Dials: true, Listening: true, BeatAt: &fresh}
	gone := facts.HostLine{ID: 2, Name: "tel-2", Telephony: true, MaxTrunks: 50, SkewMS: 7000, BeatAt: &old}
	web := facts.HostLine{ID: 3, Name: "web-1", Web: true, Active: true, Dials: true}

	m := newModel([]facts.HostLine{one, gone, web}, nil, now, time.UTC)
	if len(m.Notes) != 0 || m.Lines != "7 of 100" || !strings.Contains(m.Says, "all telephony servers are well") {
		t.Errorf("%q, %s, %+v", m.Says, m.Lines, m.Notes)
	}
	for i, state := range []string{"Well", "Switched off", "Not watched"} {
		if m.Rows[i].State != state {
			t.Errorf("%s is %q, want %q", m.Rows[i].Name, m.Rows[i].State, state)
		}
	}
	gone.Active, gone.Dials = true, true
	m = newModel([]facts.HostLine{one, gone}, nil, now, time.UTC)
	if len(m.Notes) != 3 || m.Rows[1].State != "Away" || m.Lines != "7 of 150" || !strings.Contains(m.Says, "1 server needs you") {
		t.Errorf("%q, %s, %+v", m.Says, m.Lines, m.Notes)
	}
	if m = newModel([]facts.HostLine{one}, nil, now, time.UTC); !strings.Contains(m.Says, "all are well") {
		t.Error(m.Says)
	}
}
