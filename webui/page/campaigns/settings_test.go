package campaigns

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"trunkline/webui/facts"
	"trunkline/webui/form"
	"trunkline/webui/ui"
)

// The table of settings is whole: few enough to know, each in a section, with a
// sentence and a way to be read.
func TestTheTableOfSettings(t *testing.T) {
	known := map[string]bool{}
	for _, s := range sections {
		known[s.Key] = true
	}
	seen := map[string]bool{}
	for _, s := range settings {
		switch {
		case seen[s.Name]:
			t.Errorf("%s is there twice", s.Name)
		case !known[s.Section]:
			t.Errorf("%s is in section %q, which is none", s.Name, s.Section)
		case s.Label == "" || !strings.HasSuffix(s.Help, "."):
			t.Errorf("%s has no label, or no sentence on its effect: %q", s.Name, s.Help)
		case s.Read == nil && s.Kind != ui.Check && s.Choices == nil && s.Choose == nil:
			t.Errorf("nothing says how %s is read", s.Name)
		}
		seen[s.Name] = true
	}
}

// What is shown and sent back unchanged is what was stored: no save by accident.
func TestSettingsGoRound(t *testing.T) {
	stored := facts.Settings{
		"name": "Autumn", "dial_method": "RATIO", "dial_level": "2.5", "max_level": "3", "available_only": "1", "intensity": "-5", "dial_timeout_s": "26",
		"carrier_id": "1", "caller_id": "16145550100", "drop_rule": "us", "drop_percent": "2.8", "drop_ms": "2000", "drop_action": "message",
		"safe_harbour": "", "in_group": "", "amd": "drop", "voicemail": "vm/hello", "record": "all", "record_notice": "vm/recorded", "hold_music": "default", "dial_statuses": "NEW NA",
		"hopper_level": "0", "call_from_min": "545", "call_to_min": "1440", "debt": "0", "max_attempts": "6", "max_per_day": "2", "max_per_24h": "3",
		"max_by_state": "FL=3 OK=2", "drop_lockout_h": "72", "script_id": "OPENING",
		"amd_mistaken_percent": "2.5", "diff_target": "-3", "diff_method": "CALLS_PLACED", "available_count": "LOGGED-IN_AGENTS", "available_below": "8",
		"level_one_count": "DISABLED", "level_one_below": "5", "latest_time": "2130", "incall_threshold_s": "60",
		"lead_order": "UP RANK 2nd NEW", "preview_s": "20",
	}
	o := offers{
		carriers: []facts.CarrierChoice{{ID: 1, Name: "north", Active: true}}, scripts: []facts.Script{{ID: "OPENING"}},
		statuses: []facts.SetStatus{{Status: "NEW"}, {Status: "NA"}, {Status: "DNC"}},
	}
	tried := 0
	for _, sec := range sections {
		mine := sec.of(o)
		shown := form.Of(nil)
		fill(shown, mine, stored)
		values := url.Values{}
		for _, s := range columns(mine) {
			for _, v := range shown.All(s.Name) {
				values.Add(s.Name, v)
			}
		}
		r := httptest.NewRequest("POST", "/", strings.NewReader(values.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		f, err := form.Read(r)
		if err != nil {
			t.Fatal(err)
		}
		for name, got := range read(f, mine) {
			tried++
			if got != stored[name] || f.Error(name) != "" {
				t.Errorf("%s was %q and comes back as %q (%s)", name, stored[name], got, f.Error(name))
			}
		}
	}
	if all := len(columns(settings)); tried != all {
		t.Errorf("%d of %d columns tried", tried, all)
	}
}

func TestAnswersThatDoNotGoTogether(t *testing.T) {
	for name, c := range map[string]struct{ s facts.Settings }{
		"call_to_min": {facts.Settings{"call_from_min": "600", "call_to_min": "600"}},
		"in_group":    {facts.Settings{"drop_action": "ingroup"}},
		"voicemail":   {facts.Settings{"amd": "message"}},
	} {
		f := form.Of(nil)
		if together(f, c.s); f.Error(name) == "" {
			t.Errorf("%v: nothing is said at %s", c.s, name)
		}
	}
}

func TestCallerIDsAsPeopleWriteThem(t *testing.T) {
	for typed, want := range map[string]string{
		"(614) 555-0100": "16145550100", "+1 614.555.0100": "16145550100", "+44 20 7946 0000": "442079460000", "555": "", "614-CALL-NOW": "", "": "",
	} {
		f := form.Of(map[string]string{"c": typed})
		if got := callerID(f, "c"); got != want || (want == "") == f.OK() {
			t.Errorf("%q: %q, OK %v", typed, got, f.OK())
		}
	}
}
