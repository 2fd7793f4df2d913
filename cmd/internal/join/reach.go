package join

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
)

// unused is said where the web server cannot have seen the token.
const unused = "The token has not been used."

// unreached says why a web server could not be asked, and the way out. Until it has
// answered to TLS it has not seen the token.
func unreached(u *url.URL, err error) error {
	var (
		unknown  x509.UnknownAuthorityError
		name     x509.HostnameError
		invalid  x509.CertificateInvalidError
		plain    tls.RecordHeaderError
		nameless *net.DNSError
	)
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("the certificate of %s is from an authority that this host does not know. "+
			"If it is your own, name its file: SSL_CERT_FILE=/path/to/ca.pem trunkline join …; if it is a public one, the server has to send the whole chain, and this host needs the package ca-certificates. %s", u.Host, unused)
	case errors.As(err, &name):
		return fmt.Errorf("the certificate at %s is not for %s but for %s: give the address with a name that it has, as browsers do. %s", u.Host, u.Hostname(), names(name.Certificate), unused)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Errorf("the certificate of %s is good from %s to %s, and this host's clock says %s: renew the certificate, or set the clock (`apt-get install chrony`). %s",
			u.Host, invalid.Cert.NotBefore.UTC().Format(time.DateTime), invalid.Cert.NotAfter.UTC().Format(time.DateTime), time.Now().UTC().Format(time.DateTime), unused)
	case errors.As(err, &invalid):
		return fmt.Errorf("the certificate of %s is not valid: %w. %s", u.Host, invalid, unused)
	case errors.As(err, &plain), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return fmt.Errorf("%s does not speak TLS: if it is right that it has none, begin the address with http://; else name the TLS proxy's port. %s", u.Host, unused)
	case errors.As(err, &nameless):
		return fmt.Errorf("this host finds no address for %s: enter the name in DNS, or in /etc/hosts here. %s", nameless.Name, unused)
	}
	return fmt.Errorf("%s does not answer: %w (the token is used up only if it said so)", u, err)
}

// names are those that a certificate is for.
func names(c *x509.Certificate) string {
	all := c.DNSNames
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	if len(all) == 0 {
		return "nobody"
	}
	return strings.Join(all, ", ")
}
