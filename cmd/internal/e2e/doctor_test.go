package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"trunkline/cmd/internal/doctor"
	"trunkline/cmd/internal/rig"
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

// figure is the name of one of ours, as a query of the dashboard or an alarm has it.
var figure = regexp.MustCompile(`\btrunkline_[a-z_]+\b`)

// Every figure that the dashboard and the alarms ask for is told by a role that
// runs, from its first moment: an alarm on what is not there never rings.
func TestTheDashboardsFiguresAreTold(t *testing.T) {
	s := onStage(t)
	t.Parallel()
	resp, err := http.Get(s.cfg.Web.PublicURL + "/login") // what counts requests has seen one
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	asked := map[string]string{} // figures, with the file that asks
	for _, file := range []string{"trunkline.json", "alerts.yml"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "monitoring", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range regexp.MustCompile(`"?expr"?: .*`).FindAllString(string(text), -1) {
			for _, name := range figure.FindAllString(line, -1) {
				asked[name] = file
			}
		}
	}
	if len(asked) < 30 {
		t.Errorf("only %d figures are asked for: does this test read the files?", len(asked))
	}
	// A role that has only just begun is still naming its figures.
	err = s.await(func() (bool, error) {
		for _, role := range rig.Roles {
			for line := range strings.Lines(metrics(t, s.cfg, role)) {
				if !strings.HasPrefix(line, "#") {
					delete(asked, strings.FieldsFunc(line, func(r rune) bool { return r == '{' || r == ' ' })[0])
				}
			}
		}
		return len(asked) == 0, nil
	})
	if err != nil {
		t.Errorf("no role tells what is asked for (%v): %v", err, asked)
	}
}
