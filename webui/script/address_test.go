package script

import (
	"strings"
	"testing"

	"trunkline/dialer"
)

func TestAddressesAreFilledAndEscaped(t *testing.T) {
	call := Call{ID: 99, User: "nadia", Lead: dialer.Lead{ID: 5, FirstName: "Ana Maria", LastName: "O'Neil&admin=1#/../x?", Email: "a+b@example.com"}, Own: map[string]string{"supplier": "50% Öl"}}
	got := Address("https://crm.example.com/o/{last_name}?f={first_name}&mail=--A--email--B--&s={supplier}&none={bill}&lead={lead_id}&call={call_id}", call)
	want := "https://crm.example.com/o/O%27Neil%26admin%3D1%23%2F..%2Fx%3F?f=Ana%20Maria&mail=a%2Bb%40example.com&s=50%25%20%C3%96l&none=&lead=5&call=" + call.ID.String()
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got := Address("https://crm.example.com/o?call={call_id}", Call{}); got != "https://crm.example.com/o?call=" {
		t.Errorf("before there is a call: %s", got)
	}
	for _, bad := range []string{"javascript:alert({lead_id})", "data:text/html,{first_name}", "//crm.example.com/{lead_id}", "crm.example.com"} {
		if got := Address(bad, call); got != "" {
			t.Errorf("%s is opened as %s", bad, got)
		}
	}
}

func TestWrongAddresses(t *testing.T) {
	for address, says := range map[string]string{
		"https://crm.example.com/order?lead={lead_id}&s={supplier}": "",
		"http://10.0.0.4:8080?x={call_id}":                          "",
		"javascript:alert(1)":                                       "begins with https",
		"ftp://example.com/{lead_id}":                               "begins with https",
		"https://{email}/x":                                         "behind the host",
		"https://example.com{owner}":                                "behind the host",
		"https://":                                                  "no address",
		"https://admin:secret@example.com/":                         "password",
		"https://example.com/{nothing}":                             "no variable {nothing}",
	} {
		got := WrongAddress(address, "supplier")
		if (says == "") != (got == "") || !strings.Contains(got, says) {
			t.Errorf("%s: %q, want %q", address, got, says)
		}
	}
}
