package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
	"trunkline/sql/migrated"
	"trunkline/webui/facts"
)

// TestListsAndCampaignsByCommand goes an operator's way from an empty list to a
// campaign that dials, and into the dead ends beside it.
func TestListsAndCampaignsByCommand(t *testing.T) {
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
	for name, text := range map[string]string{"leads.csv": "phone_number,phone\n2122340001,\n2122340\x00002,\n", "empty.csv": "", "heading.csv": "phone_number\n",
		"past.csv": "phone_number,called_count\n12,1\n4.15E+09,2\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args string
		code int
		says []string
	}{
		{"leads import --list 999 leads.csv", exitFailure, []string{"no list 999", "trunkline list add 999"}},
		{"list add 999 Autumn --campaign NOPE", exitFailure, []string{`no campaign "NOPE"`, "trunkline campaign list"}},
		{"list add 0 Autumn --campaign C1", exitUsage, []string{"from 1 to"}},
		{"list add 999 Autumn", exitUsage, []string{"--campaign"}},
		{"list add 999 Autumn --campaign C1", 0, []string{"leads import --list 999"}},
		{"list add 999 Winter --campaign C1", exitFailure, []string{"a list 999 already"}},
		{"leads import --list 999 none.csv", exitFailure, []string{"none.csv cannot be read: no such file"}},
		{"leads import --list 999 empty.csv", exitFailure, []string{"The file is empty: a lead file is"}},
		{"leads import --list 999 heading.csv", 0, []string{"no row below it: nothing was imported", "--no-header and --columns"}},
		{"leads import --list 999 --dry-run leads.csv", 0, []string{"2 rows", "1 lead would be added, 0 updated, 1 rejected"}},
		{"leads import --list 999 leads.csv", 0, []string{"Row 3: The row is damaged", `"phone" stands twice`, "1 lead added, 0 updated, 1 rejected"}},
		{"leads import --list 999 --json leads.csv", 0, []string{`"rows":2`, `"accepted":0`, `"rejected":1`, `"duplicates":1`, `"dnc":0`, `"seconds":`}},
		{"leads import --list 999 --rejects rejected.csv past.csv", 0, []string{`"called_count" says what became`, "--past takes it", "2 rejected"}},
		{"leads import --list 999 --rejects rejected.csv past.csv", exitFailure, []string{"rejected.csv is there already and is left alone"}},
		{"leads import --list 999 --rejects none-rejected.csv none.csv", exitFailure, []string{"cannot be read"}},
		{"leads import --list 999 --rejects no-such-folder/r.csv past.csv", exitFailure, []string{"no-such-folder/r.csv"}},
		{"leads import --list 999 --no-header leads.csv", exitFailure, []string{"needs to be told what its columns are"}},
		{"list list", 0, []string{"999", "Autumn", "active"}},
		{"campaign start NOPE", exitFailure, []string{`no campaign "NOPE"`, "trunkline campaign list"}},
		{"user add nora", 0, []string{"Added nora; password: "}},
		{"user passwd nora", 0, []string{"Changed the password of nora; password: "}},
		{"user unstep nora", 0, []string{"nora signs in with the password alone now"}},
		{"user unstep nobody", exitFailure, []string{`no user "nobody"`, "trunkline user list"}},
		{"user passwd nobody", exitFailure, []string{`no user "nobody"`, "trunkline user list"}},
		{"campaign start C1", 0, []string{"started", "Warning: Rule US-5", "names neither your business nor a number"}},
		{"campaign stop C1", 0, []string{"stopped"}},
		{"report list", 0, []string{"outbound", "agent-time", "callbacks"}},
		{"report lists --list 999", 0, []string{"999 Autumn", "Worked", "All"}},
		{"report lists --campaign C1 --csv", 0, []string{"List,Campaign,Dialed,Leads", "999 Autumn,One,yes,1,1,0.00"}},
		{"report outbound --json --from 2026-11-01 --to 2026-11-28", 0, []string{`"by-day": []`, `"outcomes": []`}},
		{"report outbound --from 2026-11-28 --to 2026-11-01", exitFailure, []string{"Swap them"}},
		{"report outbound --from yesterday", exitFailure, []string{"a day as 2026-11-28"}},
		{"report outbound --by colour", exitFailure, []string{"not by colour"}},
		{"report carriers --agent ann", exitFailure, []string{"cannot be narrowed to an agent"}},
		{"report outbound --campaign NOPE", exitFailure, []string{`no campaign "NOPE"`}},
		{"report nothing", exitFailure, []string{"no report nothing", "trunkline report list"}},
		{"report again --from 2026-11-01 --to 2026-11-28", 0, []string{"0 changes wait"}},
	} {
		code, out, errs := trunkline(strings.Fields(c.args)...)
		if code != c.code {
			t.Errorf("%s: exit code %d, want %d\n%s%s", c.args, code, c.code, out, errs)
		}
		for _, s := range c.says {
			if !strings.Contains(out+errs, s) {
				t.Errorf("%s does not say %q:\n%s%s", c.args, s, out, errs)
			}
		}
	}
	const want = "\ufeffphone_number,called_count,reject_reason\r\n12,1,\"phone_number \"\"12\"\" has too few digits.\"\r\n" +
		"4.15E+09,2,\"phone_number \"\"4.15E+09\"\" was rounded by a spreadsheet; its digits are lost.\"\r\n"
	if got, err := os.ReadFile("rejected.csv"); err != nil || string(got) != want {
		t.Errorf("the file of rejects is %q, %v", got, err)
	}
	if _, err := os.Stat("none-rejected.csv"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an import that was not begun left a file of rejects: %v", err)
	}
	changes, err := mariadb.NewWebCampaigns(db).CampaignChanges(t.Context(), "C1")
	if err != nil || len(changes) != 3 {
		t.Fatalf("the audit has %d rows of the list and the campaign's start and stop, %v", len(changes), err)
	}
	for i, action := range []string{"campaign.stop", "campaign.start", "list.add"} {
		if changes[i].Action != action || time.Since(changes[i].At) > time.Minute {
			t.Errorf("change %d is %+v, want %s", i, changes[i], action)
		}
	}
	entries, err := mariadb.NewAudit(db).Page(t.Context(), facts.AuditQuery{From: time.Unix(0, 0), To: time.Now().Add(time.Hour), BeforeAt: time.Now().Add(time.Hour), Object: "user/", Limit: 10})
	if err != nil || len(entries) != 3 || entries[0].Action != "user.two_steps_off" || entries[1].Action != "user.password" || entries[2].Action != "user.create" {
		t.Errorf("the audit has of nora %+v, %v", entries, err)
	}
}
