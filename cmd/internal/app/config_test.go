package app

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trunkline.toml")
	err := os.WriteFile(path, []byte(text), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestConfigMistakesNameTheirKey(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown key":   {"serverr = 'a'\n[web]\nport = 1", "serverr, web.port"},
		"wrong type":    {"[web]\nlisten = 80", "line 2: web.listen must be text in quotes, not a number"},
		"no list":       {"roles = 'web'", `line 1: roles must be a list such as ["web"], not text in quotes`},
		"no number":     {"run_dir = ['a']", "line 1: run_dir must be text in quotes, not a list"},
		"no table":      {"web = true", "line 1: web must be a table of keys, not true or false"},
		"no such port":  {"[asterisk]\nami = '127.0.0.1:99999'", "asterisk.ami"},
		"metrics":       {"[metrics]\nweb = '127.0.0.1:-1'", "metrics.web"},
		"allow":         {"[asterisk]\nallow = ['10.0.0.1', 'dialer.example.com']", "asterisk.allow"},
		"allow's mask":  {"[asterisk]\nallow = ['10.0.0.1/33']", "asterisk.allow"},
		"no toml":       {"server = ", "line 1"},
		"no address":    {"[asterisk]\nami = 'nowhere'", "asterisk.ami"},
		"no url":        {"[asterisk]\nari = 'localhost'", "asterisk.ari"},
		"no ws url":     {"[asterisk]\nws_url = 'http://a'", "asterisk.ws_url"},
		"events":        {"[asterisk]\nevents = 'sideways'", "asterisk.events"},
		"dsn":           {"[database]\ndsn = 'no/'", "database.dsn"},
		"empty name":    {"server = ''", "server"},
		"public url":    {"[web]\npublic_url = 'x y'", "web.public_url"},
		"no run folder": {"run_dir = ''", "run_dir"},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, c.text)
			_, err := Load(path)
			var wrong *ConfigError
			if !errors.As(err, &wrong) {
				t.Fatalf("%q: got %v, want a ConfigError", c.text, err)
			}
			if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q: %q is not one sentence with the file and %q", c.text, err, c.want)
			}
		})
	}
}

func TestMissingConfig(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.toml")
	_, err := Load(path)
	var wrong *ConfigError
	if !errors.As(err, &wrong) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
}

func TestAllowedAddresses(t *testing.T) {
	_, err := Load(write(t, "[asterisk]\nallow = ['10.0.0.1', '10.0.0.0/24', '10.0.0.0/255.255.255.0', 'fd00::1', 'fd00::/64']"))
	if err != nil {
		t.Error(err)
	}
}

func TestNeedNamesTheKey(t *testing.T) {
	c, err := Load(write(t, "server = 'a'"))
	if err != nil {
		t.Fatal(err)
	}
	err = c.Need("asterisk.ami", "database.dsn")
	if err == nil || !strings.Contains(err.Error(), "database.dsn has no value") {
		t.Errorf("got %v", err)
	}
}

func TestSavedConfigIsReadBack(t *testing.T) {
	c := Default()
	c.Database.DSN = "u:p@unix(/tmp/s)/trunkline"
	c.Asterisk.AMISecret = `quote " and \`
	path := filepath.Join(t.TempDir(), "trunkline.toml")
	if err := c.Save(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; secrets need 0600", info.Mode(), err)
	}
	back, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back, c) {
		t.Errorf("read back %+v, saved %+v", back, c)
	}
}

func TestPathsAreSeenFromTheFile(t *testing.T) {
	path := write(t, "run_dir = 'run'")
	c, err := Load(path)
	if err != nil || c.RunDir != filepath.Join(filepath.Dir(path), "run") {
		t.Errorf("run_dir %q, %v", c.RunDir, err)
	}
}

func TestFindOrder(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("TRUNKLINE_CONFIG", "")
	if got := Find(""); got != SystemConfig {
		t.Errorf("nothing there: %q", got)
	}
	if err := os.MkdirAll(".run", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(DemoConfig, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := Find(""); got != DemoConfig {
		t.Errorf("a demo here: %q", got)
	}
	t.Setenv("TRUNKLINE_CONFIG", "/env.toml")
	if got := Find(""); got != "/env.toml" {
		t.Errorf("environment: %q", got)
	}
	if got := Find("/flag.toml"); got != "/flag.toml" {
		t.Errorf("flag: %q", got)
	}
}
