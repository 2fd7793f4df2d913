package doctor

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/backup"
	"trunkline/sql/migrated"
	"trunkline/sql/private"
)

// pbx is an Asterisk at the wire, for the faults that a real one cannot be
// brought to within a second. The real one is looked at in cmd/internal/e2e.
type pbx struct {
	ami     net.Listener
	ari     *httptest.Server
	version string
	trunk   string            // how the trunk to another server stands; "": there is none
	lacks   string            // a module that is not loaded
	denied  map[string]string // by manager account, an action that it may not do
	secret  string
}

func newPBX(t *testing.T) *pbx {
	t.Helper()
	p := &pbx{version: "22.10.1", denied: map[string]string{}, secret: "right"}
	var err error
	p.ami, err = net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.ami.Close() })
	go func() {
		for {
			conn, err := p.ami.Accept()
			if err != nil {
				return
			}
			go p.manage(conn)
		}
	}()
	p.ari = httptest.NewServer(http.HandlerFunc(p.rest))
	t.Cleanup(p.ari.Close)
	return p
}

// manage speaks AMI on one connection.
func (p *pbx) manage(conn net.Conn) {
	defer conn.Close()
	fmt.Fprint(conn, "Asterisk Call Manager/11.0.0\r\n")
	lines := bufio.NewScanner(conn)
	action := map[string]string{}
	user := ""
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), ":")
		if ok {
			action[strings.ToLower(name)] = strings.TrimSpace(value)
			continue
		}
		answer := "Response: Success\r\nMessage: fine"
		switch {
		case strings.EqualFold(action["action"], "Login") && action["secret"] != p.secret:
			answer = "Response: Error\r\nMessage: Authentication failed"
		case strings.EqualFold(action["action"], "Login"):
			user = action["username"]
		case action["action"] == p.denied[user]:
			answer = "Response: Error\r\nMessage: Permission denied"
		case strings.EqualFold(action["action"], "Originate"):
			answer = "Response: Error\r\nMessage: Channel not specified"
		}
		fmt.Fprintf(conn, "%s\r\nActionID: %s\r\n\r\n", answer, action["actionid"])
		action = map[string]string{}
	}
}

func (p *pbx) rest(w http.ResponseWriter, r *http.Request) {
	_, secret, _ := r.BasicAuth()
	switch {
	case secret != p.secret:
		w.WriteHeader(http.StatusUnauthorized)
	case strings.Contains(r.URL.Path, "/endpoints/"):
		if p.trunk == "" || !strings.HasPrefix(r.URL.Path, "/ari/endpoints/PJSIP/tl-peer-") {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		fmt.Fprintf(w, `{"technology":"PJSIP","resource":"tl-peer","state":%q}`, p.trunk)
	case strings.HasSuffix(r.URL.Path, "/info"):
		fmt.Fprintf(w, `{"system":{"version":%q}}`, p.version)
	default:
		all := []map[string]string{}
		for _, m := range modules {
			if m.name != p.lacks {
				all = append(all, map[string]string{"name": m.name, "status": "Running"})
			}
		}
		_ = json.NewEncoder(w).Encode(all)
	}
}

// patient is a host on which all is well.
type patient struct {
	app.Config
	Options
	*pbx
}

// ways are the accounts by which a database is reached.
type ways struct{ admin, telephony, web string }

// newDatabase is one with all tables and the roles' accounts.
func newDatabase(t *testing.T) ways {
	t.Helper()
	w := ways{admin: migrated.Database(t)}
	name, _ := account(w.admin)
	var err error
	w.telephony, w.web, err = app.RoleAccounts(t.Context(), private.ForTest(t), name)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func account(dsn string) (database, user string) {
	c, err := mysql.ParseDSN(dsn)
	if err != nil {
		panic(err)
	}
	return c.DBName, c.User
}

func newPatient(t *testing.T, w ways) *patient {
	t.Helper()
	p := &patient{Config: app.Default(), pbx: newPBX(t)}
	c := &p.Config
	c.Database = app.Database{AdminDSN: w.admin, DSN: w.telephony, WebDSN: w.web}
	c.Metrics = app.AnyPorts()
	c.Web.Listen = "127.0.0.1:0"
	c.RunDir, c.Asterisk.ConfDir, c.Asterisk.RecordingsDir = t.TempDir(), t.TempDir(), t.TempDir()
	a := &c.Asterisk
	a.AMI, a.ARI = p.ami.Addr().String(), p.ari.URL+"/ari"
	a.AMISecret, a.KeepaliveAMISecret, a.WebAMISecret, a.ARISecret, a.EventsSecret = "right", "right", "right", "right", "right"
	a.WSURL = "ws://" + p.ari.Listener.Addr().String() + "/ws"
	p.MinGB, p.Within, p.Nights = 0.001, 2*time.Second, t.TempDir()
	p.save(t)
	return p
}

func (p *patient) save(t *testing.T) {
	t.Helper()
	if err := p.Config.Save(filepath.Join(p.RunDir, "trunkline.toml")); err != nil {
		t.Fatal(err)
	}
}

func (p *patient) examine(t *testing.T) []Finding {
	t.Helper()
	return Examine(t.Context(), p.Config, p.Options)
}

func TestAHealthyHostHasNoFault(t *testing.T) {
	for _, f := range newPatient(t, newDatabase(t)).examine(t) {
		if f.Check == "disk" && f.Level == Warn && shortOfDisk(t) {
			continue // so is this machine
		}
		// The roles do not run here, and nobody has joined.
		if f.Level == Fault || f.Level == Warn && !strings.Contains(f.Says, "does not run") && !strings.Contains(f.Says, "has joined") {
			t.Errorf("%+v", f)
		}
		if f.Level != OK && f.Fix == "" {
			t.Errorf("%s names no cure: %+v", f.Check, f)
		}
	}
}

// What a role says of itself is said on.
func TestWhatIsNotWell(t *testing.T) {
	for health, want := range map[string]string{
		"role: web\nversion: v1\nprogress: ok\ndatabase: does not answer\n": "database does not answer",
		"role: web\nprogress: none for 9s\ndatabase: does not answer\n":     "progress none for 9s, database does not answer",
		"<html>": "502 Bad Gateway",
	} {
		if got := unwell(health, "502 Bad Gateway"); got != want {
			t.Errorf("%q is said as %q", health, got)
		}
	}
}

// shortOfDisk says whether the disk with the temporary folders is nearly full.
func shortOfDisk(t *testing.T) bool {
	t.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(t.TempDir(), &s); err != nil {
		t.Fatal(err)
	}
	return s.Bavail < s.Blocks/20 || s.Files > 0 && s.Ffree < s.Files/50
}

// Each fault is brought about, and found by its name with its cure.
func TestEveryFaultIsNamedWithItsCure(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { busy.Close() })
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := nobody.Addr().String()
	nobody.Close()
	password := func(dsn string) string { c, _ := mysql.ParseDSN(dsn); c.Passwd = "wrong"; return c.FormatDSN() }
	run := func(t *testing.T, p *patient, statement string) {
		t.Helper()
		if err := private.ForTest(t).Run(t.Context(), []string{statement}); err != nil {
			t.Fatal(err)
		}
	}
	shared, cluster := newDatabase(t), newDatabase(t)
	db, _ := account(cluster.admin)
	if err := private.ForTest(t).Run(t.Context(), []string{"INSERT INTO `" + db + "`.servers (name, telephony, active, sip_addr) VALUES ('tel-8', TRUE, TRUE, ''), ('tel-9', TRUE, TRUE, '192.0.2.9:5060')"}); err != nil {
		t.Fatal(err)
	}
	// amongOthers has two more telephony servers, and a trunk in that state to one.
	amongOthers := func(p *patient, address, trunk string) {
		p.Database = app.Database{AdminDSN: cluster.admin, DSN: cluster.telephony, WebDSN: cluster.web}
		p.Asterisk.SIPAddr, p.trunk = address, trunk
	}
	for _, c := range []struct {
		name  string
		harm  func(t *testing.T, p *patient)
		check string
		level Level
		says  string
		fix   string
		own   bool // it harms the database
	}{
		{"a secret is missing", func(t *testing.T, p *patient) { p.Asterisk.ARISecret = "" }, "configuration", Fault, "asterisk.ari_secret", "trunkline setup", false},
		{"everybody may read it", func(t *testing.T, p *patient) { _ = os.Chmod(p.File(), 0o644) }, "configuration", Fault, "0644", "chmod 0640", false},
		{"no database", func(t *testing.T, p *patient) { p.Database.DSN = "u:p@tcp(" + closed + ")/x" }, "database", Fault, "nobody answers where database.dsn has the database", closed, false},
		{"no database on this host", func(t *testing.T, p *patient) { p.Database.DSN = "u:p@unix(/nowhere/mysqld.sock)/x" }, "database", Fault, "nobody answers where database.dsn has the database (/nowhere/mysqld.sock)", "its socket is /nowhere/mysqld.sock", false},
		{"a database that hangs", func(t *testing.T, p *patient) {
			p.Database.DSN, p.Within = "u:p@tcp("+busy.Addr().String()+")/x", time.Second
		}, "database", Fault, "nothing comes back", "bind-address", false},
		{"a wrong password", func(t *testing.T, p *patient) { p.Database.DSN = password(p.Database.DSN) }, "database", Fault, "Access denied", "trunkline grants --role telephony", false},
		{"a right is missing", func(t *testing.T, p *patient) {
			db, user := account(p.Database.DSN)
			run(t, p, "REVOKE INSERT ON `"+db+"`.`calls` FROM '"+user+"'@'localhost'")
		}, "grants", Fault, "INSERT on calls", "trunkline grants --role telephony", true},
		{"the web account lacks a right", func(t *testing.T, p *patient) {
			db, user := account(p.Database.WebDSN)
			run(t, p, "REVOKE DELETE ON `"+db+"`.`web_sessions` FROM '"+user+"'@'localhost'")
		}, "grants", Fault, "DELETE on web_sessions", "trunkline grants --role web", true},
		{"an account may all", func(t *testing.T, p *patient) { p.Database.DSN = p.Database.AdminDSN }, "grants", Warn, "may do more", "trunkline grants", false},
		{"no schema", func(t *testing.T, p *patient) {
			p.Database.DSN, p.Database.WebDSN = private.Database(t), ""
		}, "schema", Fault, "version 0", "trunkline migrate", false},
		{"an old schema", func(t *testing.T, p *patient) {
			db, _ := account(p.Database.DSN)
			run(t, p, "DELETE FROM `"+db+"`.goose_db_version WHERE version_id > 100")
		}, "schema", Fault, "wants", "trunkline migrate", true},
		{"a newer schema", func(t *testing.T, p *patient) {
			db, _ := account(p.Database.DSN)
			run(t, p, "INSERT INTO `"+db+"`.goose_db_version (version_id, is_applied) VALUES (999999, 1)")
		}, "schema", Warn, "newer", "same version", true},
		{"a clock that is late", func(t *testing.T, p *patient) {
			p.Now = func() time.Time { return time.Now().Add(-2500 * time.Millisecond) } // the way there and back is measured with it
		}, "clock", Warn, "-2.", "chrony", false},
		{"a clock that stops dialing", func(t *testing.T, p *patient) {
			p.Now = func() time.Time { return time.Now().Add(30 * time.Second) }
		}, "clock", Fault, "does not dial", "chrony", false},
		{"a host of another version", func(t *testing.T, p *patient) {
			db, _ := account(p.Database.DSN)
			run(t, p, "INSERT INTO `"+db+"`.servers (name, telephony, version, beat_at) VALUES ('tel-9', TRUE, 'v0.0.9', UTC_TIMESTAMP(3))")
		}, "versions", Warn, "tel-9 runs Trunkline v0.0.9", "one version", true},
		{"a role of this host of an older version", func(t *testing.T, p *patient) {
			db, _ := account(p.Database.DSN)
			run(t, p, "INSERT INTO `"+db+"`.servers (name, web, web_version, web_at) VALUES ('"+p.Server+"', TRUE, 'v0.0.9', UTC_TIMESTAMP(3))")
		}, "versions", Warn, "this host still runs Trunkline v0.0.9", "systemctl restart", true},
		{"another web server is away", func(t *testing.T, p *patient) {
			db, _ := account(p.Database.DSN)
			run(t, p, "INSERT INTO `"+db+"`.servers (name, web, web_at) VALUES ('web-9', TRUE, UTC_TIMESTAMP(3) - INTERVAL 90 SECOND)")
		}, "servers", Warn, "the web role of web-9 has not been seen for 1m3", "trunkline server remove web-9", true},
		{"another telephony server has left", func(t *testing.T, p *patient) {
			db, _ := account(p.Database.DSN)
			run(t, p, "INSERT INTO `"+db+"`.servers (name, telephony, ami_addr, beat_at) VALUES ('tel-9', TRUE, '"+closed+"', UTC_TIMESTAMP(3) - INTERVAL 1 HOUR)")
		}, "AMI of tel-9", Fault, "nobody answers", "trunkline server remove tel-9", true},
		{"another telephony server does not let this web server in", func(t *testing.T, p *patient) {
			db, _ := account(p.Database.DSN)
			run(t, p, "INSERT INTO `"+db+"`.servers (name, telephony, ami_addr, ami_user, ami_secret, beat_at) VALUES ('tel-9', TRUE, '"+p.Asterisk.AMI+"', 'web', 'wrong', UTC_TIMESTAMP(3))")
		}, "AMI of tel-9", Fault, "does not let web in", "on tel-9, let this host in: `trunkline setup --web", true},
		{"a web server's clock", func(t *testing.T, p *patient) {
			p.Roles, p.Now = []string{app.HostWeb}, func() time.Time { return time.Now().Add(30 * time.Second) }
		}, "clock", Fault, "the pages go by the database's", "chrony", false},
		{"Asterisk does not run", func(t *testing.T, p *patient) { p.Asterisk.AMI = closed }, "AMI listen", Fault, "nobody answers at " + closed + ": the connection is refused, so nothing listens there", "manager.conf", false},
		{"a wrong manager's secret", func(t *testing.T, p *patient) { p.Asterisk.KeepaliveAMISecret = "wrong" }, "AMI keepalive", Fault, "does not let keepalive in", "asterisk.keepalive_ami_secret", false},
		{"a manager without a right", func(t *testing.T, p *patient) { p.denied["listen"] = "Originate" }, "AMI listen", Fault, "Originate (class originate)", "trunkline grants", false},
		{"the web's manager without a right", func(t *testing.T, p *patient) { p.denied["web"] = "Hangup" }, "AMI web", Fault, "Hangup (class call)", "trunkline grants", false},
		{"no ARI", func(t *testing.T, p *patient) { p.Asterisk.ARI = "http://" + closed + "/ari" }, "ARI", Fault, "nobody answers", "http.conf", false},
		{"a wrong ARI password", func(t *testing.T, p *patient) { p.Asterisk.ARISecret = "wrong" }, "ARI", Fault, "does not let trunkline in", "asterisk.ari_secret", false},
		{"an old Asterisk", func(t *testing.T, p *patient) { p.version = "18.26.4" }, "Asterisk", Fault, "18.26.4 is too old", "20 or newer", false},
		{"Debian's patch for Opus", func(t *testing.T, p *patient) { p.version = "22.10.1~dfsg+~cs6.16.60671434-2" }, "recordings", Warn, "2016_opus_plc.patch", "rebuild", false},
		{"a module is missing", func(t *testing.T, p *patient) { p.lacks = "app_amd.so" }, "modules", Fault, "app_amd.so (no answering machine", "modules.conf", false},
		{"no address for calls that cross", func(t *testing.T, p *patient) { amongOthers(p, "", "") }, "trunks", Warn, "asterisk.sip_addr is empty", "set it to the address", false},
		{"another server without one", func(t *testing.T, p *patient) { amongOthers(p, "192.0.2.1:5060", "online") }, "trunks", Warn, "tel-8, which gives no address", "in the configuration of tel-8", false},
		{"no trunk yet", func(t *testing.T, p *patient) { amongOthers(p, "192.0.2.1:5060", "") }, "trunks", Warn, "no trunk to tel-9 yet", "trunkline-keepalive runs", false},
		{"a trunk that leads nowhere", func(t *testing.T, p *patient) { amongOthers(p, "192.0.2.1:5060", "offline") }, "trunks", Fault, "nobody answers SIP at 192.0.2.9:5060", "firewall", false},
		{"a trunk that leads there", func(t *testing.T, p *patient) { amongOthers(p, "192.0.2.1:5060", "online") }, "trunks", OK, "calls cross to tel-9", "", false},
		{"nobody takes phones", func(t *testing.T, p *patient) { p.Asterisk.WSURL = "wss://" + closed + "/ws" }, "phones", Fault, "nobody answers", "firewall", false},
		{"a name that nobody knows", func(t *testing.T, p *patient) { p.Asterisk.WSURL = "wss://dialer..example:8089/ws" }, "phones", Fault, "finds no address for dialer..example", "/etc/hosts", false},
		{"phones without TLS", func(t *testing.T, p *patient) {
			p.Asterisk.WSURL = "ws://192.0.2.1:8088/ws"
		}, "phones", Fault, "has no TLS", "wss://", false},
		{"a certificate that has ended", func(t *testing.T, p *patient) { p.Asterisk.WSURL = secure(t, "127.0.0.1", time.Now().Add(-time.Hour)) }, "phones", Fault, "no browser registers", "renew", false},
		{"a certificate for another name", func(t *testing.T, p *patient) {
			p.Asterisk.WSURL = secure(t, "192.0.2.9", time.Now().Add(time.Hour))
		}, "phones", Fault, "is not for 127.0.0.1", "asterisk.ws_url", false},
		{"a certificate of nobody's", func(t *testing.T, p *patient) { p.Asterisk.WSURL = secure(t, "127.0.0.1", time.Now().Add(time.Hour)) }, "phones", Fault, "browsers trust", "public authority", false},
		{"a disk that is full", func(t *testing.T, p *patient) { p.MinGB = 1 << 30 }, "disk", Fault, "GB free", "trunkline retention", false},
		{"no folder for recordings", func(t *testing.T, p *patient) { p.Asterisk.RecordingsDir += "/none" }, "disk", Fault, "is not there", "mkdir -p", false},
		{"no folder for Asterisk's files", func(t *testing.T, p *patient) { p.Asterisk.ConfDir += "/none" }, "conf_dir", Fault, "keepalive cannot write", "chgrp asterisk", false},
		{"backups that are no longer made", func(t *testing.T, p *patient) { p.nightly(t, 72*time.Hour, 1) }, "backups", Warn, "1 in", "journalctl -u trunkline-backup", false},
		{"no room for the next backup", func(t *testing.T, p *patient) { p.nightly(t, time.Hour, 15<<40) }, "backups", Fault, "the next one does not fit", "--keep", false},
		{"a backup of last night", func(t *testing.T, p *patient) { p.nightly(t, time.Hour, 1) }, "backups", OK, "1 in", "", false},
		{"a port that somebody has", func(t *testing.T, p *patient) { p.Web.Listen = busy.Addr().String() }, "ports", Fault, "web is not running and cannot have", "ss -ltnp", false},
		{"the port of Asterisk's HTTP server", func(t *testing.T, p *patient) {
			p.Web.Listen, p.Asterisk.ARI = busy.Addr().String(), "http://"+busy.Addr().String()+"/ari"
		}, "ports", Fault, "Asterisk's HTTP server has that port, by asterisk.ari", "set web.listen to another port, such as 127.0.0.1:8080", false},
		{"a role that does not run", func(t *testing.T, p *patient) {}, "listen", Warn, "does not run", "systemctl start trunkline-keepalive", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := shared
			if c.own {
				w = newDatabase(t)
			}
			p := newPatient(t, w)
			c.harm(t, p)
			var seen []string
			for _, f := range p.examine(t) {
				if f.Check == c.check && f.Level == c.level && strings.Contains(f.Says, c.says) {
					if !strings.Contains(f.Fix, c.fix) {
						t.Errorf("the cure is %q, want one with %q", f.Fix, c.fix)
					}
					return
				}
				if f.Level != OK {
					seen = append(seen, fmt.Sprintf("%+v", f))
				}
			}
			t.Errorf("not found; only:\n%s", strings.Join(seen, "\n"))
		})
	}
}

// nightly is a backup that was made so long ago; its bytes are not on the disk.
func (p *patient) nightly(t *testing.T, ago time.Duration, bytes int64) {
	t.Helper()
	path := filepath.Join(p.Nights, backup.Name(p.Server, time.Now(), backup.Options{Recordings: true}))
	f, err := os.Create(path)
	if err == nil {
		err = errors.Join(f.Truncate(bytes), f.Close(), os.Chtimes(path, time.Time{}, time.Now().Add(-ago)))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// secure is the address of a TLS server with a certificate of its own making.
func secure(t *testing.T, ip string, until time.Time) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: ip}, IPAddresses: []net.IP{net.ParseIP(ip)},
		NotBefore: until.Add(-48 * time.Hour), NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s.StartTLS()
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "https:", "wss:", 1) + "/ws"
}
