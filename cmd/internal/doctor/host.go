package doctor

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/dialer/proc"
	"trunkline/sql/mariadb"
)

// certificate says whether browsers take a certificate, and for how long.
func (e *exam) certificate(check, host string, state tls.ConnectionState) {
	leaf := state.PeerCertificates[0]
	between := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		between.AddCert(c)
	}
	now := e.Now()
	_, err := leaf.Verify(x509.VerifyOptions{DNSName: host, Intermediates: between, CurrentTime: now})
	const fix = "renew the certificate, give it to Asterisk (tlscertfile in http.conf, with the chain) and run `asterisk -rx 'module reload http'`"
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	ends := leaf.NotAfter.Format(time.DateOnly)
	switch {
	case now.After(leaf.NotAfter):
		e.fault(check, fmt.Sprintf("the certificate for browsers' phones at %s ended on %s: no browser registers", host, ends), fix)
	case errors.As(err, &name):
		e.fault(check, fmt.Sprintf("the certificate for browsers' phones is not for %s but for %v", host, leaf.DNSNames), "set asterisk.ws_url to a name that the certificate has, or get one for "+host)
	case errors.As(err, &unknown):
		e.fault(check, fmt.Sprintf("the certificate for browsers' phones at %s is from nobody whom browsers trust", host), "use a certificate of a public authority, or install yours in every agent's browser; the file must hold the whole chain")
	case err != nil:
		e.fault(check, fmt.Sprintf("the certificate for browsers' phones at %s: %v", host, err), fix)
	case leaf.NotAfter.Sub(now) < expiresSoon:
		e.warn(check, fmt.Sprintf("the certificate for browsers' phones at %s ends on %s", host, ends), fix)
	default:
		e.ok(check, "the certificate for %s holds until %s", host, ends)
	}
}

// pages looks at the web role's neighbours: the telephony servers' managers,
// which it commands.
func (e *exam) pages(ctx context.Context) {
	dsn := e.cfg.Database.WebDSN
	if dsn == "" {
		dsn = e.cfg.Database.DSN
	}
	if dsn == "" {
		return
	}
	db, err := mariadb.Open(dsn)
	if err != nil {
		return // said
	}
	defer db.Close()
	brief, cancel := context.WithTimeout(ctx, e.Within)
	servers, err := mariadb.NewServers(db).Telephony(brief)
	cancel()
	if err != nil {
		return // the database's findings say why
	}
	if len(servers) == 0 {
		e.warn("servers", "no telephony server has joined", "start trunkline-keepalive on one; see `trunkline join --help`")
	}
	for _, s := range servers {
		if s.Name == e.cfg.Server && e.cfg.Does(app.HostTelephony) {
			continue // its accounts have been looked at
		}
		e.login(ctx, s.Name, "AMI of "+s.Name, s.AMIAddr, s.AMIUser, s.AMISecret, "asterisk.web_ami_secret of "+s.Name, []right{mayOriginate, mayHangup})
		e.websocket(ctx, "phones of "+s.Name, s.WSURL)
	}
}

// writable tries to make a file in a folder.
func (e *exam) writable(check, dir, without, fix string) {
	if dir == "" {
		return
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		e.fault(check, fmt.Sprintf("%s: there is no folder %s", without, dir), fmt.Sprintf("correct %s in %s, or make the folder and %s", check, e.cfg.File(), fix))
		return
	}
	probe, err := os.CreateTemp(dir, ".trunkline-doctor-*")
	if err != nil {
		e.fault(check, fmt.Sprintf("%s: %v", without, err), fix)
		return
	}
	probe.Close()
	os.Remove(probe.Name())
	e.ok(check, "%s can be written", filepath.Clean(dir))
}

// disk looks at the room behind a folder, for bytes and for files.
func (e *exam) disk(key, path string) {
	var s syscall.Statfs_t
	err := syscall.Statfs(path, &s)
	if errors.Is(err, fs.ErrNotExist) {
		e.fault("disk", fmt.Sprintf("%s (%s) is not there", path, key), "mkdir -p "+path+", owned by the account that runs the roles")
		return
	}
	if err != nil {
		e.fault("disk", fmt.Sprintf("%s (%s): %v", path, key, err), "look at what is mounted there (`findmnt -T "+path+"`), and into the kernel's log (`dmesg`)")
		return
	}
	const gb = 1 << 30
	free, all := float64(s.Bavail)*float64(s.Bsize)/gb, float64(s.Blocks)*float64(s.Bsize)/gb
	says := fmt.Sprintf("%.1f of %.1f GB free for %s (%s)", free, all, key, path)
	const fix = "make room, or keep recordings for a shorter time: `trunkline retention`"
	switch {
	case free < e.MinGB:
		e.fault("disk", says, fix)
	case free < all/20 || s.Files > 0 && s.Ffree < s.Files/50:
		e.warn("disk", says+fmt.Sprintf(", %d files more", s.Ffree), fix)
	default:
		e.ok("disk", "%s", says)
	}
}

// ports looks whether each port that a role of this host listens on is free, or
// that role's already.
func (e *exam) ports() {
	c := e.cfg
	type port struct{ role, key, addr string }
	var all []port
	if c.Does(app.HostWeb) {
		all = append(all, port{app.RoleWeb, "web.listen", c.Web.Listen}, port{app.RoleWeb, "metrics.web", c.Metrics.Web})
	}
	if c.Does(app.HostTelephony) {
		all = append(all, port{app.RoleKeepalive, "metrics.keepalive", c.Metrics.Keepalive}, port{app.RoleListen, "metrics.listen", c.Metrics.Listen},
			port{app.RoleHopperFill, "metrics.hopper_fill", c.Metrics.HopperFill})
		if c.Asterisk.Events == app.EventsOutbound {
			all = append(all, port{app.RoleListen, "asterisk.events_listen", c.Asterisk.EventsListen})
		}
	}
	taken := false
	for _, p := range all {
		if p.addr == app.MetricsOff {
			continue
		}
		l, err := net.Listen("tcp", p.addr)
		if err == nil {
			l.Close()
			continue
		}
		if _, running := proc.Find(app.PidFile(c, p.role)); running && errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		taken = true
		if key := e.asterisks(p.addr); key != "" {
			fix := "set " + p.key + " to another port"
			if p.key == "web.listen" {
				fix += ", such as " + otherPort(p.addr) + ", and lead the TLS proxy there where there is one"
			}
			e.fault("ports", fmt.Sprintf("%s is not running and cannot have %s (%s): Asterisk's HTTP server has that port, by %s", p.role, p.addr, p.key, key),
				fix+"; then systemctl restart trunkline-"+unit(p.role))
			continue
		}
		e.fault("ports", fmt.Sprintf("%s is not running and cannot have %s (%s): %v", p.role, p.addr, p.key, err), "`ss -ltnp` shows who has it; end that, or set "+p.key+" to another")
	}
	if !taken {
		e.ok("ports", "all that this host's roles listen on are theirs or free")
	}
	e.alive()
}

// asterisks is the setting by which Asterisk's HTTP server has the port of an
// address on this host, "" where it has not.
func (e *exam) asterisks(addr string) string {
	if !e.cfg.Does(app.HostTelephony) {
		return ""
	}
	_, port, _ := net.SplitHostPort(addr)
	for _, s := range []struct{ key, url string }{{"asterisk.ari", e.cfg.Asterisk.ARI}, {"asterisk.ws_url", e.cfg.Asterisk.WSURL}} {
		if u, err := url.Parse(s.url); err == nil && u.Port() == port {
			return s.key
		}
	}
	return ""
}

// otherPort is an address with a port that neither Asterisk nor a role has by default.
func otherPort(addr string) string {
	host, _, _ := net.SplitHostPort(addr)
	return net.JoinHostPort(host, "8080")
}

// alive asks the roles that run how they are.
func (e *exam) alive() {
	c := e.cfg
	for _, r := range []struct{ host, role, addr string }{
		{app.HostWeb, app.RoleWeb, c.Metrics.Web}, {app.HostTelephony, app.RoleKeepalive, c.Metrics.Keepalive},
		{app.HostTelephony, app.RoleListen, c.Metrics.Listen}, {app.HostTelephony, app.RoleHopperFill, c.Metrics.HopperFill},
	} {
		if !c.Does(r.host) {
			continue
		}
		if _, running := proc.Find(app.PidFile(c, r.role)); !running {
			e.warn(r.role, "does not run", "systemctl start trunkline-"+unit(r.role))
			continue
		}
		_, port, _ := net.SplitHostPort(r.addr)
		if r.addr == app.MetricsOff || port == "0" {
			e.ok(r.role, "runs")
			continue
		}
		client := http.Client{Timeout: e.Within}
		resp, err := client.Get("http://" + r.addr + "/healthz")
		if err != nil {
			e.warn(r.role, fmt.Sprintf("runs, and does not say how it is: %v", err), "see its log: journalctl -u trunkline-"+unit(r.role))
			continue
		}
		said, _ := io.ReadAll(io.LimitReader(resp.Body, 4096))
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			e.fault(r.role, "runs and is not well: "+unwell(string(said), resp.Status), "what is said above of it goes first; else its log: journalctl -u trunkline-"+unit(r.role))
			continue
		}
		e.ok(r.role, "runs and is well")
	}
}

// unwell are the parts that a role says are not ok, else the status of its answer.
func unwell(health, status string) string {
	var parts []string
	for line := range strings.Lines(health) {
		part, says, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if ok && says != "ok" && part != "role" && part != "version" {
			parts = append(parts, part+" "+says)
		}
	}
	return cmp.Or(strings.Join(parts, ", "), status)
}

// unit is the systemd unit under which a role runs: keepalive runs its own.
func unit(role string) string {
	if slices.Contains([]string{app.RoleListen, app.RoleHopperFill}, role) {
		return app.RoleKeepalive
	}
	return role
}
