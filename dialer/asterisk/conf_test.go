package asterisk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trunkline/dialer"
)

// TestHostileNamesStayOut: nothing from the database may open a section, a
// line or a comment of its own in Asterisk's configuration.
func TestHostileNamesStayOut(t *testing.T) {
	good := dialer.Phone{ID: 1, Login: "agent7", Secret: "abcdefgh12345678", Kind: dialer.PhoneWebRTC}
	phones := []dialer.Phone{
		good,
		{ID: 2, Login: "x]\n[evil", Secret: "abcdefgh12345678", Kind: dialer.PhoneWebRTC},
		{ID: 3, Login: "nosecret", Secret: "", Kind: dialer.PhoneSIP},
		{ID: 4, Login: "semicolon", Secret: "abc;def123456", Kind: dialer.PhoneSIP},
		{ID: 5, Login: "static", Kind: dialer.PhoneStatic, Contact: "sip:a@127.0.0.2:5060\ncontext=evil"},
		{ID: 6, Login: "fixed", Kind: dialer.PhoneStatic, Contact: "sip:phone-6@127.0.0.2:5060"},
		{ID: 7, Login: "kind", Secret: "abcdefgh12345678", Kind: "carrierpigeon"},
	}
	text, bad := renderPhones(phones)
	if len(bad) != 5 {
		t.Errorf("%d phones left out, want 5: %q", len(bad), bad)
	}
	for _, want := range []string{"[agent7](trunkline-webrtc)", "password = abcdefgh12345678", "[fixed](trunkline-sip)", "contact = sip:phone-6@127.0.0.2:5060"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.Contains(string(text), "evil") {
		t.Errorf("hostile text in\n%s", text)
	}
	text, bad = renderCarriers([]dialer.Carrier{
		{ID: 1, Name: "sim", Host: "127.0.0.2", Port: 5070, Active: true},
		{ID: 2, Name: "off", Host: "127.0.0.3", Port: 5070},
		{ID: 3, Name: "evil", Host: "127.0.0.2\n[x]", Port: 5070, Active: true},
		{ID: 4, Name: "evil2", Host: "127.0.0.2", Port: 70000, Active: true},
	})
	if len(bad) != 2 || strings.Contains(string(text), "evil") || strings.Contains(string(text), "off") || !strings.Contains(string(text), "contact = sip:127.0.0.2:5070") {
		t.Errorf("left out %q of\n%s", bad, text)
	}
}

// A carrier's account: the password and the names stand where they belong, or the
// carrier is left out.
func TestCarrierAccounts(t *testing.T) {
	good := dialer.Carrier{ID: 1, Name: "north", Host: "sip.example.com", Port: 5062, Active: true, AuthUser: "acme", AuthSecret: "p(s$#=[]!", Registers: true, FromUser: "acme"}
	text, bad := renderCarriers([]dialer.Carrier{good})
	for _, want := range []string{
		"outbound_auth = north-out", "from_user = acme", "[north-out](trunkline-auth)\nusername = acme\npassword = p(s$#=[]!\n",
		"[north](trunkline-registration)\nserver_uri = sip:sip.example.com:5062\nclient_uri = sip:acme@sip.example.com:5062\ncontact_user = acme\noutbound_auth = north-out\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is missing in\n%s (%q)", want, text, bad)
		}
	}
	for name, change := range map[string]func(*dialer.Carrier){
		"a line in the password": func(c *dialer.Carrier) { c.AuthSecret = "x\n[evil]" }, "a comment": func(c *dialer.Carrier) { c.AuthSecret = "x;y" },
		"a quote": func(c *dialer.Carrier) { c.AuthSecret = `x"y` }, "no password": func(c *dialer.Carrier) { c.AuthSecret = "" },
		"a line in the user": func(c *dialer.Carrier) { c.AuthUser = "x\ny" }, "a line in From": func(c *dialer.Carrier) { c.FromUser = "x\ny" },
		"nobody to register": func(c *dialer.Carrier) { c.AuthUser = "" },
	} {
		c := good
		change(&c)
		if text, bad := renderCarriers([]dialer.Carrier{c}); len(bad) != 1 || strings.Contains(string(text), "north") {
			t.Errorf("%s: left out %q of\n%s", name, bad, text)
		}
	}
}

func TestReplaceWritesOnlyWhatDiffers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.conf")
	for i, want := range []bool{true, false, true} {
		wrote, err := replace(path, []byte{byte('a' + i/2)})
		if err != nil || wrote != want {
			t.Errorf("write %d: wrote %v, %v", i, wrote, err)
		}
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("%d files left, %v", len(left), err)
	}
}

// Each of our sounds is a class of music on hold; a name that could write a line
// of its own is none.
func TestSoundsAreMusicOnHold(t *testing.T) {
	text, bad := renderMusic("/var/lib/sounds", []string{"slow-song", "x]\n[evil", "../etc", "calm"})
	want := written + "\n[trunkline-calm]\nmode = playlist\nentry = /var/lib/sounds/calm\n\n[trunkline-slow-song]\nmode = playlist\nentry = /var/lib/sounds/slow-song\n"
	if string(text) != want || len(bad) != 2 {
		t.Errorf("%s\nleft out %q", text, bad)
	}
	for music, class := range map[string]string{"": "", "default": "default", "trunkline/calm": "trunkline-calm"} {
		if got := musicClass(music); got != class {
			t.Errorf("%q is class %q, want %q", music, got, class)
		}
	}
}
