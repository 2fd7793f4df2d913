package join

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority is one of one's own: its file, and certificates by it.
type authority struct {
	file string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	a := authority{filepath.Join(t.TempDir(), "ca.pem"), cert, key}
	if err := os.WriteFile(a.file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		t.Fatal(err)
	}
	return a
}

// serve answers by TLS, as a server of that name and for so long.
func (a authority) serve(t *testing.T, name string, until time.Time) *httptest.Server {
	t.Helper()
	template := x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: until.Add(-2 * time.Hour), NotAfter: until}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, a.cert, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(refusal)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: a.key}}}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// refusal is a web server's answer to a token that it does not know.
var refusal = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write([]byte(`{"error":"This token is not known here."}`))
})

// joiner is set for a process that does nothing but join, with the authorities that
// SSL_CERT_FILE names: a process reads them once.
const joiner = "TRUNKLINE_TEST_JOIN"

// publicName is of the web server, to those who join.
const publicName = "dialer.example.com"

func TestMain(m *testing.M) {
	if web := os.Getenv(joiner); web != "" {
		// A name that is in no DNS: a bare machine does not know even "localhost".
		to := http.DefaultTransport.(*http.Transport)
		dial := to.DialContext
		to.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			return dial(ctx, network, strings.Replace(address, publicName, "127.0.0.1", 1))
		}
		_, err := Join(context.Background(), web, NewToken(), filepath.Join(os.Getenv("HOME"), "trunkline.toml"))
		_, _ = os.Stdout.WriteString(err.Error()) // nobody is let in here
		return
	}
	if file := os.Getenv(webOf); file != "" {
		if err := webRole(file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// Over TLS a host joins where the certificate holds, by a public name as well; what
// is wrong with one is said with the way out, and that the token is still good.
func TestJoinByTLS(t *testing.T) {
	ours := newAuthority(t)
	in := time.Now().Add(time.Hour)
	address := ours.serve(t, "127.0.0.1", in)
	name := ours.serve(t, publicName, in)
	named := strings.Replace(name.URL, "127.0.0.1", publicName, 1)
	plain := httptest.NewServer(refusal)
	t.Cleanup(plain.Close)
	leads := httptest.NewServer(http.RedirectHandler("https://"+publicName+"/join", http.StatusMovedPermanently))
	t.Cleanup(leads.Close)
	for _, c := range []struct {
		what, web, ca string
		says          []string
	}{
		{"an authority of one's own", address.URL, ours.file, []string{"not known here"}},
		{"a public name", named, ours.file, []string{"not known here"}},
		{"an unknown authority", address.URL, newAuthority(t).file, []string{"an authority that this host does not know", "SSL_CERT_FILE=", "not been used"}},
		{"another name", name.URL, ours.file, []string{"is not for 127.0.0.1 but for " + publicName, "as browsers do", "not been used"}},
		{"an old certificate", ours.serve(t, "127.0.0.1", time.Now().Add(-time.Hour)).URL, ours.file, []string{"this host's clock says", "renew the certificate", "not been used"}},
		{"no TLS", strings.Replace(plain.URL, "http:", "https:", 1), ours.file, []string{"does not speak TLS", "http://", "not been used"}},
		{"http where https is", strings.Replace(address.URL, "https:", "http:", 1), ours.file, []string{"400 Bad Request", "https://"}},
		{"http that leads to https", leads.URL, ours.file, []string{"leads on to https://" + publicName, "not been used"}},
		{"a name of nobody's", "https://dialer..example", ours.file, []string{"finds no address for dialer..example", "/etc/hosts"}},
	} {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), joiner+"="+c.web, "SSL_CERT_FILE="+c.ca, "HOME="+t.TempDir())
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v: %s", c.what, err, out)
		}
		for _, s := range c.says {
			if !strings.Contains(string(out), s) {
				t.Errorf("%s: it does not say %q: %s", c.what, s, out)
			}
		}
	}
}
