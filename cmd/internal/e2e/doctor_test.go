package e2e

import (
	"strings"
	"testing"

	"trunkline/cmd/internal/doctor"
)

// The stage works, under the accounts that `trunkline grants` describes; so the
// doctor finds nothing that keeps it from working.
func TestDoctorFindsAWorkingSystemWell(t *testing.T) {
	s := onStage(t)
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range doctor.Examine(t.Context(), s.cfg, doctor.Options{MinGB: 0.01}) {
		seen[f.Check] = true
		if f.Level == doctor.Fault {
			t.Errorf("%+v", f)
		}
	}
	for _, check := range []string{"configuration", "database", "grants", "schema", "clock", "AMI listen", "AMI keepalive", "AMI web", "ARI", "Asterisk", "modules", "phones", "disk", "ports", "listen", "web", "hopper-fill", "keepalive"} {
		if !seen[check] {
			t.Errorf("%s was not looked at", check)
		}
	}
	version := s.cfg.Asterisk
	version.AMISecret = strings.Repeat("x", 12)
	sick := s.cfg
	sick.Asterisk = version
	found := false
	for _, f := range doctor.Examine(t.Context(), sick, doctor.Options{MinGB: 0.01}) {
		found = found || f.Check == "AMI listen" && f.Level == doctor.Fault && strings.Contains(f.Says, "does not let listen in")
	}
	if !found {
		t.Error("a wrong secret was not found")
	}
}
