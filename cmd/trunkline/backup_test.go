package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trunkline/cmd/internal/app"
	"trunkline/sql/mariadb"
	"trunkline/sql/migrated"
)

// TestOperatorsCommands goes through what somebody types who runs the system:
// grants, retention, invitations, a backup and what a restore refuses.
func TestOperatorsCommands(t *testing.T) {
	dsn := migrated.Database(t)
	db, err := mariadb.Open(dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.Mkdir("nights", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, old := range []string{"20260101", "20260102"} {
		if err := os.WriteFile("nights/trunkline-here-"+old+"-033000.tar.gz", nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg := app.Default()
	cfg.Server = "here"
	cfg.Database.DSN, cfg.RunDir, cfg.Asterisk.RecordingsDir = dsn, filepath.Join(dir, "run"), filepath.Join(dir, "monitor")
	t.Setenv("TRUNKLINE_CONFIG", filepath.Join(dir, "trunkline.toml"))
	if err := cfg.Save(os.Getenv("TRUNKLINE_CONFIG")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		code int
		says []string
	}{
		{"grants --role web --only sql --user web_account", 0, []string{"ON `test_", "`web_sessions` TO 'web_account'@'localhost';", "GRANT SELECT"}},
		{"grants --only sql --from 192.0.2.7", 0, []string{"'192.0.2.7';"}},
		{"grants --role clown", exitUsage, []string{`"clown" is no role`}},
		{"grants --role database --web 192.0.2.10 --telephony 192.0.2.20", 0, []string{"trunkline_hosts_ip = { 192.0.2.10, 192.0.2.20 }", "dport 3306"}},
		{"server remove tel-2", exitFailure, []string{"No server is called tel-2"}},
		{"grants --only firewall --rtp 5-1", exitUsage, []string{"10000-20000"}},
		{"grants --only asterisk --web not-an-address", exitUsage, []string{"is no address"}},
		{"grants --only firewall --carriers nonsense", exitUsage, []string{"--carriers", "is no address"}},
		{"grants", 0, []string{"nftables", "[keepalive]", "5060", "GRANT"}},
		{"retention", 0, []string{"recordings", "for ever", "400 days"}},
		{"retention set recordings 30 --campaign C1", 0, []string{"30 days"}},
		{"retention set recordings 1 --campaign C2", 0, []string{"recordings: 1 day."}},
		{"retention unset recordings --campaign C2", 0, nil},
		{"retention set calls 5", exitFailure, []string{"at least 60 days"}},
		{"retention hold 12 --reason dispute", exitFailure, []string{"no call 12"}},
		{"retention holds", 0, []string{"Nothing is on hold"}},
		{"retention unset recordings --campaign C2", exitFailure, []string{"has no rule of its own"}},
		{"user add ada --role admin", 0, []string{"Added ada"}},
		{"invite", 0, []string{"Nobody has been invited"}},
		{"invite tel-2", exitUsage, []string{"--from is missing"}},
		{"invite tel-2 --from 192.0.2.7", exitFailure, []string{"such as 192.0.2.1:3306 (--database)"}},
		{"invite tel-2 --from 192.0.2.7 --database 192.0.2.1:3306", 0, []string{"trunkline join", "tljoin-", "First, as MariaDB's root"}},
		{"invite", 0, []string{"tel-2", "open until"}},
		{"invite tel-2 --revoke", 0, []string{"The invitation of tel-2 is revoked"}},
		{"join not-an-address tljoin-x", exitFailure, []string{"no token"}},
		{"backup b.tar.gz", 0, []string{"b.tar.gz", "0 recordings"}},
		{"backup b.tar.gz", exitFailure, []string{"is there already"}},
		{"backup --keep 2 nights", 0, []string{"nights/trunkline-here-", "Deleted nights/trunkline-here-20260101-033000.tar.gz: the newest 2 stay."}},
		{"backup --keep 2 b.tar.gz", exitUsage, []string{"--keep is for a folder"}},
		{"backup --keep 2 -", exitUsage, []string{"--keep is for a folder"}},
		{"backup --keep=-1 nights", exitUsage, []string{"1 or more"}},
		{"restore --verify b.tar.gz", 0, []string{"Whole."}},
		{"restore b.tar.gz", exitFailure, []string{"1 users", "--force"}},
		{"restore none.tar.gz", exitFailure, []string{"none.tar.gz"}},
		{"restore --force b.tar.gz", 0, []string{"Restored as of"}},
		{"user list", 0, []string{"ada"}},
		{"setup --address nonsense", exitUsage, []string{"is no address"}},
		{"setup --cert x.pem", exitUsage, []string{"come together"}},
		{"doctor --json", exitFailure, []string{`"check":"configuration","level":"fault"`, `"fix":`}},
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
	if info, err := os.Stat("b.tar.gz"); err != nil || info.Mode().Perm() != 0o600 {
		t.Error("a backup, which holds passwords, can be read by others")
	}
}
