package carriers

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"trunkline/dialer"
	"trunkline/webui/facts"
	"trunkline/webui/form"
)

// doubts says so where phones, too, send from a carrier's address. Asterisk looks
// for a trunk of the address before it looks for a phone's name
// (endpoint_identifier_order): what a phone sends from there counts as the
// carrier's, so that the phone can neither register nor call.
func (c Config) doubts(ctx context.Context, f *form.Form, t facts.Trunk) error {
	if t.Host == "" || !t.Active {
		return nil
	}
	servers, err := c.Servers(ctx)
	if err != nil {
		return err
	}
	places, err := c.Store.PhonePlaces(ctx, c.Now())
	if err != nil {
		return err
	}
	if says := doubt(t.Host, servers, places, ownAddresses); says != "" {
		f.Doubt("host", says)
	}
	return nil
}

// doubt is what will come of a carrier at an address; "" for nothing odd. own are
// the addresses of the host that this runs on. Names are compared as they are
// written, and not looked up.
func doubt(host string, servers []dialer.Server, places []facts.PhonePlace, own func() []netip.Addr) string {
	host = strings.ToLower(strings.Trim(host, "[]"))
	const comes = " is taken for this carrier's: those phones cannot connect."
	if host == "localhost" || host == "127.0.0.1" || host == "::1" {
		return host + " is the telephony server itself. What phones send from there, as browsers on the same machine and behind a proxy on it do," + comes
	}
	for _, p := range places {
		if host != p.Host {
			continue
		}
		who := p.One + "'s phone comes"
		switch {
		case p.Users == 2:
			who = "The phones of " + p.One + " and one more come"
		case p.Users > 2:
			who = fmt.Sprintf("The phones of %s and %d more come", p.One, p.Users-1)
		}
		return who + " from " + host + ", too. What they send from there" + comes
	}
	for _, s := range servers {
		ami := hostOf(s.AMIAddr)
		if host == ami || host == hostOf(s.SIPAddr) || host == hostOf(s.WSURL) {
			return host + " is the address of the telephony server " + s.Name + " itself. What phones send from there" + comes
		}
		// Asterisk at loopback: it runs on this host, whose addresses are its own.
		at, err := netip.ParseAddr(ami)
		if ami != "localhost" && (err != nil || !at.IsLoopback()) {
			continue
		}
		for _, mine := range own() {
			if !mine.IsLoopback() && host == mine.String() {
				return host + " is the address of the telephony server " + s.Name + " itself. What phones send from there" + comes
			}
		}
	}
	return ""
}

// hostOf is the host of host:port or of a URL; "" where there is none.
func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return strings.ToLower(u.Hostname())
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(host)
}

// ownAddresses are those of this host; none where it does not tell.
func ownAddresses() []netip.Addr {
	var all []netip.Addr
	found, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	for _, a := range found {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			all = append(all, p.Addr())
		}
	}
	return all
}
