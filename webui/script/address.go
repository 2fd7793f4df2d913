package script

import (
	"fmt"
	"net/url"
	"strings"
)

// MostAddress is how long a web form's address may be with its variables, in
// characters.
const MostAddress = 2000

// WrongAddress says what is wrong with a web form's address, in a sentence; ""
// if nothing is. Variables may stand behind the host only: a customer's data
// must not decide to whom they are sent. own are the names of lists' own fields.
func WrongAddress(address string, own ...string) string {
	if unknown := Unknown(address, own...); len(unknown) > 0 {
		return fmt.Sprintf("There is no variable %s. Those that exist stand beside.", unknown[0])
	}
	scheme, rest, ok := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, "?")
	switch {
	case !ok, !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https"):
		return "The address begins with https:// or http://."
	case variable.MatchString(scheme + host):
		return "Variables stand behind the host's name, as in https://crm.example.com/order?lead={lead_id}."
	}
	u, err := url.Parse(variable.ReplaceAllString(address, "x"))
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return "That is no address. Write it as https://crm.example.com/order?lead={lead_id}."
	case u.User != nil:
		return "An address with a password in it is shown to every agent. Leave it out."
	}
	return ""
}

// Address is a web form's address for a call: each value escaped, so that no
// customer's data adds a parameter or a path of its own. "" for an address that
// WrongAddress refuses.
func Address(address string, call Call) string {
	filled := variable.ReplaceAllStringFunc(address, func(v string) string {
		m := variable.FindStringSubmatch(v)
		value, _ := call.value(m[1] + m[2]) // a field that this lead's list lacks is empty
		// A blank as %20 is one in a path, too.
		return strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
	})
	u, err := url.Parse(filled)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return filled
}
