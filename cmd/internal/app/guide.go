package app

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// Neighbours are the addresses that a host's firewall has to do with. What is
// empty is written as a word to be replaced.
type Neighbours struct {
	Web        []string // web servers
	Telephony  []string // telephony servers
	Carriers   []string
	Phones     []string // SIP phones on desks; none: no rule for them
	RTPFirst   int      // of Asterisk's rtp.conf
	RTPLast    int
	Balancers  []string // where web.listen is an address that others reach
	Prometheus []string
}

// Firewall are the rules of a host with these roles, for nftables: which ports
// between whom. Sound and SIP are on telephony servers only. Loaded again, they take
// the place of those of before.
func Firewall(c Config, roles []string, n Neighbours) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	// nftables has a set, and a rule, for each of the two kinds of addresses.
	families := map[string][]string{}
	set := func(name, word string, addrs []string) {
		if len(addrs) == 0 {
			addrs = []string{word}
		}
		kinds := map[string][]string{}
		for _, addr := range addrs {
			kind := "ip"
			if strings.Contains(addr, ":") {
				kind = "ip6"
			}
			kinds[kind] = append(kinds[kind], addr)
		}
		for _, kind := range slices.Sorted(maps.Keys(kinds)) {
			line("define %s_%s = { %s }", name, kind, strings.Join(kinds[kind], ", "))
			families[name] = append(families[name], kind)
		}
	}
	from := func(name, format string, args ...any) {
		for _, kind := range families[name] {
			line("    %s saddr $%s_%s %s", kind, name, kind, fmt.Sprintf(format, args...))
		}
	}
	does := func(role string) bool { return strings.Contains(" "+strings.Join(roles, " ")+" ", " "+role+" ") }
	line("# For /etc/nftables.conf of %s (%s). Replace what is written in capitals.", c.Server, strings.Join(roles, " and "))
	if does(HostTelephony) {
		if does(HostWeb) && len(n.Web)+len(n.Telephony) == 0 {
			line("# This host is taken to be alone: with others, name them by --web and --telephony.")
		} else {
			set("web_servers", "WEB_SERVERS", n.Web)
			set("telephony_servers", "TELEPHONY_SERVERS", n.Telephony)
		}
		set("carriers", "CARRIERS", n.Carriers)
		if len(n.Phones) > 0 {
			set("phones", "", n.Phones)
		}
	}
	pages, proxied := pagesFrom(c)
	if does(HostWeb) && pages != "" && (!proxied || len(n.Balancers) > 0) {
		set("balancers", "BALANCERS", n.Balancers)
	}
	if does(HostDatabase) {
		set("trunkline_hosts", "WEB_AND_TELEPHONY_SERVERS", append(append([]string{}, n.Web...), n.Telephony...))
	}
	type asked struct{ role, port string }
	var metrics []asked // by others
	for _, r := range []struct{ host, role, addr string }{
		{HostWeb, RoleWeb, c.Metrics.Web}, {HostTelephony, RoleKeepalive, c.Metrics.Keepalive}, {HostTelephony, RoleListen, c.Metrics.Listen}, {HostTelephony, RoleHopperFill, c.Metrics.HopperFill},
	} {
		host, p, err := net.SplitHostPort(r.addr)
		if err == nil && does(r.host) && !net.ParseIP(host).IsLoopback() {
			metrics = append(metrics, asked{r.role, p})
		}
	}
	if len(metrics) > 0 {
		set("prometheus", "PROMETHEUS", n.Prometheus)
	}
	line("table inet trunkline")
	line("delete table inet trunkline  # what it was before, if it was")
	line("table inet trunkline {")
	line("  chain input {")
	line("    type filter hook input priority filter; policy drop;")
	line("    ct state established,related accept")
	line("    iif lo accept")
	line("    meta l4proto { 1, 58 } accept  # ICMP and ICMPv6, whose names nft finds only where there is /etc/protocols")
	line("    tcp dport 22 accept  # your own way in")
	if does(HostWeb) && proxied {
		line("    tcp dport { 80, 443 } accept  # browsers, to the TLS proxy in front of %s", c.Web.Listen)
	}
	if does(HostWeb) {
		from("balancers", "tcp dport %s accept  # pages, from the TLS proxy or balancer on another host", pages)
	}
	if does(HostTelephony) {
		line("    tcp dport %s accept  # agents' browsers: SIP over websocket, by TLS", wsPort(c))
		sip := cmp.Or(port(c.Asterisk.SIPAddr), "5060")
		from("carriers", "udp dport %s accept  # SIP of carriers", sip)
		from("telephony_servers", "udp dport %s accept  # calls that cross between servers", sip)
		from("phones", "udp dport %s accept  # SIP phones on desks", sip)
		line("    udp dport %d-%d accept  # sound: carriers, agents, the other servers", n.RTPFirst, n.RTPLast)
		from("web_servers", "tcp dport %s accept  # AMI: the web role's commands", port(c.Asterisk.AMI))
	}
	if does(HostDatabase) {
		from("trunkline_hosts", "tcp dport %s accept  # MariaDB", databasePort(c))
	}
	for _, m := range metrics {
		from("prometheus", "tcp dport %s accept  # metrics of %s", m.port, m.role)
	}
	line("  }")
	line("}")
	return b.String()
}

// pagesFrom tells by web.listen who fetches the pages: others at a port, a TLS
// proxy on this host, or both.
func pagesFrom(c Config) (port string, proxied bool) {
	host, port, err := net.SplitHostPort(c.Web.Listen)
	ip := net.ParseIP(host)
	switch {
	case err != nil, host == "localhost", ip.IsLoopback():
		return "", true
	case host == "", ip.IsUnspecified():
		return port, true
	}
	return port, false
}

// HostDatabase is what MariaDB's host does. No role of ours runs there: it only has
// to be reached.
const HostDatabase = "database"

// DatabaseHere tells whether a configuration's database is on its host.
func DatabaseHere(c Config) bool {
	d, err := mysql.ParseDSN(c.Database.Admin())
	if err != nil || c.Database.Admin() == "" {
		return false
	}
	host, _, _ := net.SplitHostPort(d.Addr)
	return d.Net == "unix" || host == "localhost" || net.ParseIP(host).IsLoopback()
}

// databasePort is where other hosts reach MariaDB.
func databasePort(c Config) string {
	d, err := mysql.ParseDSN(c.Database.Admin())
	if err != nil || d.Net != "tcp" || port(d.Addr) == "" {
		return "3306"
	}
	return port(d.Addr)
}

func port(addr string) string {
	_, p, _ := net.SplitHostPort(addr)
	return p
}

func wsPort(c Config) string {
	if u, err := url.Parse(c.Asterisk.WSURL); err == nil && u.Port() != "" {
		return u.Port()
	}
	return "8089"
}

// Users are the accounts that Asterisk's manager and ARI need on a telephony
// server, with the least rights that do. web are the web servers' addresses,
// from which alone the web role's account may come.
func Users(c Config, web []string) (manager, ari string) {
	a := c.Asterisk
	permit := func(addrs ...string) string {
		s := "deny = 0.0.0.0/0.0.0.0\ndeny = ::/0\npermit = 127.0.0.0/255.0.0.0\n"
		if host, _, err := net.SplitHostPort(a.AMI); err == nil && net.ParseIP(host) != nil && !net.ParseIP(host).IsLoopback() {
			addrs = append([]string{host}, addrs...) // from where this host's own roles come then
		}
		for _, addr := range addrs {
			switch {
			case strings.Contains(addr, "/"):
			case strings.Contains(addr, ":"):
				addr += "/128"
			default:
				addr += "/255.255.255.255"
			}
			s += "permit = " + addr + "\n"
		}
		return s
	}
	section := func(name, secret, who, read, write string) string {
		return fmt.Sprintf("[%s]\nsecret = %s\n%sread = %s\nwrite = %s\nwritetimeout = 5000\n", name, secret, who, read, write)
	}
	manager = "; For manager.conf, or a file in /etc/asterisk/manager.d. Nobody has class command, test or all.\n" +
		section(a.AMIUser, a.AMISecret, permit(), "call,user,system", "originate,call,user,reporting,system") + "\n" +
		section(a.WebAMIUser, a.WebAMISecret, permit(web...), "call,user", "originate,call,user") + "\n" +
		section(a.KeepaliveAMIUser, a.KeepaliveAMISecret, permit(), "system", "system,reporting")
	ari = "; For ari.conf; ARI stays on 127.0.0.1.\n" + fmt.Sprintf("[%s]\ntype = user\nread_only = no\npassword = %s\npassword_format = plain\n", a.ARIUser, a.ARISecret)
	return manager, ari
}
