package carriers

import (
	"net/netip"
	"strings"
	"testing"

	"trunkline/dialer"
	"trunkline/webui/facts"
)

func TestCarrierAtAPhonesAddress(t *testing.T) {
	servers := []dialer.Server{
		{Name: "box", AMIAddr: "127.0.0.1:5038", WSURL: "wss://dial.example.com:8089/ws"},
		{Name: "tel-2", AMIAddr: "10.0.0.5:5038", SIPAddr: "[2001:db8::5]:5060"},
	}
	places := []facts.PhonePlace{
		{Host: "198.51.100.7", One: "nadia", Users: 1}, {Host: "198.51.100.8", One: "omar", Users: 2}, {Host: "198.51.100.9", One: "otto", Users: 31},
	}
	own := func() []netip.Addr {
		return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("192.0.2.50")}
	}
	for host, want := range map[string]string{
		"sip.example.com":  "",
		"127.0.0.9":        "", // a carrier of one's own on the machine, where no phone is
		"localhost":        "is the telephony server itself",
		"127.0.0.1":        "is the telephony server itself",
		"[::1]":            "is the telephony server itself",
		"198.51.100.7":     "nadia's phone comes from 198.51.100.7, too.",
		"198.51.100.8":     "The phones of omar and one more come",
		"198.51.100.9":     "The phones of otto and 30 more come",
		"192.0.2.50":       "the telephony server box itself",
		"DIAL.example.com": "the telephony server box itself",
		"10.0.0.5":         "the telephony server tel-2 itself",
		"[2001:DB8::5]":    "the telephony server tel-2 itself",
	} {
		got := doubt(host, servers, places, own)
		if !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("%s: %q, want %q", host, got, want)
		}
	}
	if got := doubt("192.0.2.50", servers[1:], nil, own); got != "" {
		t.Errorf("an address of this host, which has no Asterisk: %q", got)
	}
}
