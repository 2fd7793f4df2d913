package desk

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
)

var now = time.Date(2026, 11, 23, 15, 43, 0, 0, time.UTC)

func TestLocalTimeOfTheCustomer(t *testing.T) {
	for zones, want := range map[string][2]string{
		"America/New_York":                 {"10:43", "America/New_York"},
		"America/Chicago,America/New_York": {"09:43 or 10:43", "America/Chicago, America/New_York"},
		"America/New_York,America/Detroit": {"10:43", "America/New_York, America/Detroit"},
		"America/Denver;FICTION-555,US":    {"08:43", "America/Denver"},
		"":                                 {"", ""},
		"Nowhere/Atall":                    {"", ""},
	} {
		if clock, names := localTime(zones, now); clock != want[0] || names != want[1] {
			t.Errorf("%q: %q %q, want %q", zones, clock, names, want)
		}
	}
}

func TestSnapshotKeepsItsShape(t *testing.T) {
	bridged, ended := now.Add(-90*time.Second), now.Add(-30*time.Second)
	d := facts.Desk{
		Session: dialer.Session{ID: 9007199254740991, State: dialer.AgentWrapUp, Since: ended, CampaignID: "AUTUMN"},
		User:    dialer.User{ID: 1, Username: "nadia"}, PhoneKind: dialer.PhoneWebRTC, ServerName: "tel-1", ServerUp: true,
		Call: &facts.DeskCall{
			Call: dialer.Call{ID: 9007199254740990, State: dialer.CallEnded, E164: "+16145550142", PlacedAt: now.Add(-2 * time.Minute), BridgedAt: &bridged, EndedAt: &ended, EndedBy: dialer.ByLead},
			Lead: dialer.Lead{ID: 5, FirstName: "Marisol", Zones: "America/New_York"},
		},
		Today: facts.Today{Calls: 2, Sales: 1, TalkSeconds: 60}, Refusal: &facts.Refusal{Intent: 7, Sentence: "No."},
		Draft:  9007199254740989,
		Notice: &facts.Notice{ID: 8, Kind: dialer.IntentLogout, Says: "Fire drill", Who: "Rosa V."},
	}
	data, err := json.Marshal(newSnapshot(d, now))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"session":"9007199254740991"`, `"state":"WRAPUP"`, `"since_ms":30000`, `"name":"nadia"`, `"phone":{"kind":"webrtc","connected":false}`,
		`"call":{"id":"9007199254740990","state":"ENDED","since_ms":30000,"talk_s":60,"ended_by":"lead","number":"+16145550142","recording":false`,
		`"first_name":"Marisol"`, `"local_time":"10:43","zone":"America/New_York"`, `"today":{"calls":2,"sales":1,"talk_s":60}`,
		`"refusal":{"intent":"7","sentence":"No."}`, `"notice":{"id":"8","sentence":"Rosa V. has ended your shift: Fire drill"}`, `"server":{"name":"tel-1","up":true}`, `"draft":"9007199254740989"`,
	} {
		if !strings.Contains(string(data), want) {
			t.Errorf("the snapshot lacks %s: %s", want, data)
		}
	}
	d.Call, d.Refusal, d.Session.Since = nil, nil, now.Add(time.Second)
	data, _ = json.Marshal(newSnapshot(d, now))
	for _, want := range []string{`"call":null`, `"refusal":null`, `"since_ms":0`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("an empty desk lacks %s: %s", want, data)
		}
	}
}

// A click that another web server took, before this one began, is among those whose
// refusal is shown; those of an hour ago are not read again.
func TestRefusalsAreSoughtAmongRecentIntents(t *testing.T) {
	from := clicksFrom(now)
	for _, server := range []dialer.ServerID{1, 127} {
		ago := func(d time.Duration) dialer.IntentID { return dialer.IntentID(dialer.NewIDs(server).Next(now.Add(-d))) }
		if ago(0) < from || ago(refusalAge) < from || ago(refusalAge+20*time.Second) < from {
			t.Errorf("a recent click on server %d is left out", server)
		}
		if ago(time.Hour) >= from {
			t.Errorf("an hour of clicks on server %d is searched", server)
		}
	}
}

// TestWhyNobodyAnswered: the agent reads why a call by hand came to nothing, and is
// not told of the line what they did themselves.
func TestWhyNobodyAnswered(t *testing.T) {
	for name, c := range map[string]struct {
		call dialer.Call
		says string
	}{
		"busy":           {dialer.Call{EndedAt: &now, SIPCode: 486}, "The line is busy."},
		"no such number": {dialer.Call{EndedAt: &now, Cause: 1}, "The number does not exist."},
		"the agent":      {dialer.Call{EndedAt: &now, EndedBy: dialer.ByAgent}, "You hung up before anybody answered."},
		"answered":       {dialer.Call{EndedAt: &now, AnsweredAt: &now, EndedBy: dialer.ByAgent}, ""},
		"still rings":    {dialer.Call{}, ""},
	} {
		if got := newCall(facts.DeskCall{Call: c.call}, now).Reason; got != c.says {
			t.Errorf("%s: %q, want %q", name, got, c.says)
		}
	}
}
