package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trunkline/cmd/internal/app"
	"trunkline/dialer"
	"trunkline/dialer/lab"
	"trunkline/sql/mariadb"
	"trunkline/sql/migrated"
	"trunkline/sql/private"
)

// TestSimulateByCommand: what is asked for comes out, alike each time, and what
// cannot be meant is refused before a shift is simulated.
func TestSimulateByCommand(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("TRUNKLINE_CONFIG", "")
	for name, text := range map[string]string{
		"short.toml": "[scenario.short]\nagents = 3\nhours = 0.2\n", "odd.toml": "[scenario.odd]\njumps = [{at = 1.0, human = nan}]\n",
		"typo.toml": "[scenario.typo]\nagent = 3\n", "old.html": strings.Repeat("old", 1<<20),
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"--seeds 5-3", exitFailure, "from low to high"},
		{"--seeds x", exitFailure, `--seeds is a number such as 100, or two such as 100-107, not "x"`},
		{"--scenario nope", exitFailure, `no scenario "nope" comes with trunkline (P1, P2, `},
		{"--scenario typo.toml", exitFailure, "no such setting: scenario.typo.agent"},
		{"--scenario odd.toml", exitFailure, "jumps, number 1: human = NaN"},
		{"--scenario short.toml --scenario short.toml", exitFailure, "scenario short is given twice"},
		{"--method predictive", exitFailure, `no method "predictive": there are PROGRESSIVE, RATIO,`},
		{"--method RATIO --method RATIO", exitFailure, "--method RATIO is given twice"},
		{"--level NaN", exitUsage, "from 0 to 20"},
		{"--max-level 21", exitUsage, "from 0 to 20"},
		{"--drop-percent NaN", exitUsage, "--drop-percent"},
		{"--diff-target=-1001", exitUsage, "--diff-target"},
		{"--latest-time 1275", exitUsage, "--latest-time"},
		{"--report none/r.html", exitFailure, "--report: open none/r.html"},
	} {
		code, out, errs := trunkline(append([]string{"simulate"}, strings.Fields(c.args)...)...)
		if code != c.code || !strings.Contains(errs, c.says) || out != "" {
			t.Errorf("%s: exit code %d, %q and %q; want %d and %q", c.args, code, out, errs, c.code, c.says)
		}
	}
	first := ""
	for range 2 {
		code, out, errs := trunkline("simulate", "--scenario", "short.toml", "--method", "PREDICTIVE,ADAPT_TAPERED", "--seeds", "7-8", "--json", "--report", "old.html")
		if first == "" {
			first = out
		}
		if code != 0 || out != first || strings.Count(out, `"scenario":"short"`) != 4 {
			t.Fatalf("exit code %d\n%s%s", code, out, errs)
		}
	}
	page, err := os.ReadFile("old.html")
	if err != nil || !strings.HasPrefix(string(page), "<!doctype html>") || strings.Contains(string(page), "oldold") {
		t.Errorf("the report, %v: %.80s", err, page)
	}
}

// TestReplayByCommand: a day that has been, on the campaign's own drop ledgers,
// and the ways to ask for one that has not.
func TestReplayByCommand(t *testing.T) {
	dsn := migrated.Database(t)
	db, err := mariadb.Open(dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	campaign := dialer.Campaign{ID: "C1", Name: "One", DialMethod: dialer.DialRatio, DialLevel: 1, AMD: dialer.AMDOff, DialStatuses: "NEW"}
	err = mariadb.NewDemo(db).Seed(t.Context(), dialer.Carrier{Name: "sim", Host: "127.0.0.1", Port: 5060}, campaign, dialer.List{ID: 1, CampaignID: "C1"})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	cfg := app.Default()
	cfg.Database.DSN, cfg.RunDir = dsn, filepath.Join(dir, "run")
	t.Setenv("TRUNKLINE_CONFIG", filepath.Join(dir, "trunkline.toml"))
	if err := cfg.Save(os.Getenv("TRUNKLINE_CONFIG")); err != nil {
		t.Fatal(err)
	}
	_, name, _ := strings.Cut(dsn, ")/")
	name, _, _ = strings.Cut(name, "?")
	// A day of 800 calls that people answered, and a day before it of 1,000 of
	// which 100 were dropped: its 30 days bear no drop.
	var statements []string
	for _, s := range []string{
		`INSERT INTO calls (id, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, session_id, placed_at, ringing_at, answered_at, wanted_at, bridged_at, ended_at, status)
			SELECT seq, 'ENDED', 'C1', 1, 1, '', 1, 1, 7, p, p + INTERVAL 1 SECOND, p + INTERVAL 5 SECOND, p + INTERVAL 5 SECOND, p + INTERVAL 5 SECOND, p + INTERVAL 30 SECOND, 'SALE'
			FROM (SELECT seq, '2026-01-05 15:00:00' + INTERVAL 4*seq SECOND AS p FROM seq_1_to_800) x`,
		`INSERT INTO calls (id, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, placed_at, answered_at, wanted_at, bridged_at, dropped_at, ended_at, status)
			SELECT 1000 + seq, 'ENDED', 'C1', 1, 1, '', 1, 1, p, p, p, IF(seq <= 100, NULL, p), IF(seq <= 100, p, NULL), p + INTERVAL 9 SECOND, IF(seq <= 100, 'DROP', 'SALE')
			FROM (SELECT seq, '2026-01-04 15:00:00' + INTERVAL seq SECOND AS p FROM seq_1_to_1000) x`,
		`INSERT INTO agent_log (session_id, user_id, campaign_id, state, call_id, from_at, to_at)
			SELECT seq, 1, 'C1', 'READY', NULL, '2026-01-05 15:00:00', '2026-01-05 16:00:00' FROM seq_1_to_8`,
	} {
		statements = append(statements, strings.NewReplacer("INTO ", "INTO "+name+".", "FROM seq_", "FROM "+name+".seq_").Replace(s))
	}
	if err := private.ForTest(t).Run(t.Context(), statements); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"replay --campaign NOPE", exitFailure, "there is no campaign \"NOPE\"; `trunkline campaign list`"},
		{"replay --campaign C1 --day 2026-01-09", exitFailure, "C1 2026-01-09 has 0 calls and 0 agents' shifts: nothing to replay"},
		{"replay --campaign C1 --day tomorrow", exitFailure, `--day is a day such as 2026-01-31, not "tomorrow"`},
		{"replay --campaign C1 --day 2026-01-05 --method NONE", exitFailure, `no method "NONE"`},
		{"replay --campaign C1 --day 2026-01-05 --cps NaN", exitFailure, "--cps is a number from 0 to 1000"},
		{"replay --campaign C1 --day 2026-01-05 --method PREDICTIVE --seeds 1", 0, "AS IT WAS"},
		{"pacing log --campaign C1 --day 2026-01-05", exitFailure, `no decision of campaign "C1" is logged there`},
		{"pacing log --campaign C1 --day 5.1.2026", exitFailure, "--day is a day such as"},
		{"pacing again", exitUsage, "by id, or by --campaign"},
		{"pacing again 77", exitFailure, "no decision 77 is logged"},
	} {
		code, out, errs := trunkline(strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(out+errs, c.says) {
			t.Errorf("%s: exit code %d, %s%s; want %d and %q", c.args, code, out, errs, c.code, c.says)
		}
	}
	_, out, errs := trunkline(strings.Fields("replay --campaign C1 --day 2026-01-05 --seeds 1 --json")...)
	var runs []lab.Result
	for d := json.NewDecoder(strings.NewReader(out)); d.More(); {
		var r lab.Result
		if err := d.Decode(&r); err != nil {
			t.Fatal(err, errs)
		}
		runs = append(runs, r)
	}
	if len(runs) != 2 || runs[0].Method != lab.AsItWas || runs[0].Live != 800 || runs[1].Live < 800 || runs[1].Abandoned > 5 {
		t.Errorf("on ledgers that are spent: %+v\n%s", runs, errs)
	}
}
