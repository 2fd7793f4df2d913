package campaigns

import "testing"

// The audit log says of a setting what its page says.
func TestSettingsAreSaidAsTheirPagesDo(t *testing.T) {
	for _, c := range []struct{ name, stored, label, value string }{
		{"call_from_min", "540", "Calling hours begin", "9:00"},
		{"latest_time", "2030", "Latest time", "20:30"},
		{"drop_ms", "2000", "Wait for an agent", "2 s"},
		{"available_only", "1", "Count only agents who wait", "yes"},
		{"available_below", "4", "Number of agents below which only those who wait count", "4 agents"},
		{"record", "demand", "Recording", "On an agent's key"},
		{"caller_id", "", "Caller ID", ""},
	} {
		if label, value, known := Said(c.name, c.stored); label != c.label || value != c.value || !known {
			t.Errorf("%s %s: %q, %q, %v", c.name, c.stored, label, value, known)
		}
	}
	if _, _, known := Said("active", "1"); known {
		t.Error("what is no setting is taken for one")
	}
}
