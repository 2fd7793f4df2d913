package app

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// What `trunkline grants` prints for Asterisk has the rights of the accounts that
// the tests run with.
func TestPrintedAccountsAreThoseThatAreTested(t *testing.T) {
	text, err := os.ReadFile("../../../asterisk-conf/pbx/manager.conf")
	if err != nil {
		t.Fatal(err)
	}
	c := Default()
	manager, ari := Users(c, []string{"192.0.2.10"})
	sections := func(text string) map[string]string {
		all, name := map[string]string{}, ""
		for line := range strings.Lines(text) {
			if m := regexp.MustCompile(`^\[([a-z]+)\]`).FindStringSubmatch(line); m != nil {
				name = m[1]
			}
			if m := regexp.MustCompile(`^(read|write) = (.*)`).FindStringSubmatch(line); m != nil {
				all[name] += m[1] + " " + m[2] + "\n"
			}
		}
		return all
	}
	tested, printed := sections(string(text)), sections(manager)
	for _, name := range []string{"listen", "web", "keepalive"} {
		if tested[name] == "" || tested[name] != printed[name] {
			t.Errorf("[%s] is printed with\n%sand tested with\n%s", name, printed[name], tested[name])
		}
	}
	if strings.Count(manager, "permit = 192.0.2.10/255.255.255.255") != 1 || !strings.Contains(ari, "[trunkline]") {
		t.Errorf("%s%s", manager, ari)
	}
}

// Who commands an Asterisk by its address, and not by loopback, comes from there.
func TestAHostsOwnRolesMayUseItsManager(t *testing.T) {
	c := Default()
	c.Asterisk.AMI = "192.0.2.20:5038"
	manager, _ := Users(c, []string{"192.0.2.10", "2001:db8::10"})
	for permit, users := range map[string]int{"192.0.2.20/255.255.255.255": 3, "192.0.2.10/255.255.255.255": 1, "2001:db8::10/128": 1} {
		if n := strings.Count(manager, "permit = "+permit+"\n"); n != users {
			t.Errorf("%d users may come from %s, not %d:\n%s", n, permit, users, manager)
		}
	}
	if strings.Count(manager, "deny = ::/0") != 3 {
		t.Errorf("a user may come by IPv6 from anywhere:\n%s", manager)
	}
}

// Sound and SIP are on telephony servers only.
func TestFirewallsOfTheRoles(t *testing.T) {
	c := Default()
	c.Server = "web-1"
	n := Neighbours{Web: []string{"192.0.2.10"}, Telephony: []string{"192.0.2.20"}, Carriers: []string{"198.51.100.1"}, RTPFirst: 10000, RTPLast: 20000}
	web, telephony := Firewall(c, []string{HostWeb}, n), Firewall(c, []string{HostTelephony}, n)
	c.Asterisk.SIPAddr = "192.0.2.20:5070"
	if own := Firewall(c, []string{HostTelephony}, n); strings.Count(own, "udp dport 5070 accept") != 2 || strings.Contains(own, "5060") {
		t.Errorf("the port of asterisk.sip_addr is not the one that is opened:\n%s", own)
	}
	n.Telephony = append(n.Telephony, "2001:db8::20")
	for _, want := range []string{
		"define telephony_servers_ip = { 192.0.2.20 }\ndefine telephony_servers_ip6 = { 2001:db8::20 }\n",
		"ip saddr $telephony_servers_ip udp dport 5070 accept", "ip6 saddr $telephony_servers_ip6 udp dport 5070 accept",
	} {
		if both := Firewall(c, []string{HostTelephony}, n); !strings.Contains(both, want) || strings.Contains(both, "PROMETHEUS") {
			t.Errorf("%q is not in\n%s", want, both)
		}
	}
	for _, port := range []string{"5060", "10000-20000", "5038"} {
		if strings.Contains(web, port) {
			t.Errorf("a web server opens %s:\n%s", port, web)
		}
		if !strings.Contains(telephony, port) {
			t.Errorf("a telephony server does not open %s:\n%s", port, telephony)
		}
	}
	if host := Firewall(c, []string{HostDatabase}, n); !strings.Contains(host, "define trunkline_hosts_ip = { 192.0.2.10, 192.0.2.20 }") ||
		!strings.Contains(host, "ip saddr $trunkline_hosts_ip tcp dport 3306 accept") || strings.Contains(host, "5060") || strings.Contains(host, "443") {
		t.Errorf("MariaDB's host:\n%s", host)
	}
	for dsn, here := range map[string]bool{"u:p@unix(/run/m.sock)/d": true, "u:p@tcp(127.0.0.1:3307)/d": true, "u:p@tcp(192.0.2.3:3306)/d": false, "": false} {
		if c.Database.DSN = dsn; DatabaseHere(c) != here {
			t.Errorf("the database of %q is here: %v", dsn, !here)
		}
	}
	for listen, want := range map[string]string{
		"127.0.0.1:8080": "tcp dport { 80, 443 } accept", "[::1]:8080": "tcp dport { 80, 443 } accept",
		"192.0.2.10:8080": "ip saddr $balancers_ip tcp dport 8080 accept", "0.0.0.0:8080": "tcp dport { 80, 443 } accept",
	} {
		c := Default()
		c.Web.Listen = listen
		rules := Firewall(c, []string{HostWeb}, n)
		if !strings.Contains(rules, want) || strings.Contains(rules, "443") == strings.Contains(rules, "BALANCERS") {
			t.Errorf("the pages at %s:\n%s", listen, rules)
		}
		n := n
		n.Balancers, n.Phones = []string{"192.0.2.5"}, []string{"192.0.2.128/25"}
		both := Firewall(c, []string{HostWeb, HostTelephony}, n)
		if opened := strings.Contains(both, "dport 8080"); opened == (listen == "127.0.0.1:8080" || listen == "[::1]:8080") ||
			!strings.Contains(both, "ip saddr $phones_ip udp dport 5060 accept") {
			t.Errorf("the pages at %s, with a balancer and phones:\n%s", listen, both)
		}
	}
	if alone := Firewall(Default(), []string{HostWeb, HostTelephony}, Neighbours{Carriers: n.Carriers, RTPFirst: 1, RTPLast: 2}); strings.Contains(alone, "SERVERS") || strings.Contains(alone, "5038") {
		t.Errorf("one box has words left to be replaced:\n%s", alone)
	}
	if !strings.Contains(web, "443") || strings.Contains(telephony, "443") {
		t.Errorf("%s%s", web, telephony)
	}
	if strings.Contains(web, "946") {
		t.Error("metrics on loopback are opened to others")
	}
	c.Metrics.Web = "192.0.2.10:9461"
	if open := Firewall(c, []string{HostWeb}, n); !strings.Contains(open, "define prometheus_ip = { PROMETHEUS }") || !strings.Contains(open, "ip saddr $prometheus_ip tcp dport 9461") {
		t.Error("metrics that others may ask for are closed")
	}
}
