package asterisk

import (
	"testing"

	"trunkline/dialer"
)

// TestTraceOf: a mark is shared by calls, the last of which has it.
func TestTraceOf(t *testing.T) {
	for name, c := range map[string]struct {
		marked string
		want   dialer.Trace
	}{
		"nobody":           {"", dialer.TraceNone},
		"the call":         {"5000", dialer.TraceSeen},
		"a call of before": {"4999", dialer.TraceNone},
		"a later call":     {"5001", dialer.TraceUnknown},
		"rubbish":          {"x", dialer.TraceUnknown},
	} {
		if got := traceOf(5000, c.marked); got != c.want {
			t.Errorf("marked by %s: %s, want %s", name, got, c.want)
		}
	}
	if mark(5000) != mark(5000+marks) || mark(5000) == mark(5001) {
		t.Error("marks do not repeat as they should")
	}
}
