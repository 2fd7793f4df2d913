package asterisk

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"trunkline/ami"
	"trunkline/dialer"
)

// Conf writes the phones, carriers and other servers that the database describes into files
// of ours, which the operator's pjsip.conf includes, and has Asterisk reload.
// It never touches a file that is not ours and never restarts anything.
type Conf struct {
	Dir string // where pjsip_phones.conf, pjsip_carriers.conf and pjsip_peers.conf stand
	AMI *ami.Client

	// read says that Asterisk has read the files as they are. Files that are as
	// they should be say nothing about that: whoever wrote them may have died,
	// or found Asterisk deaf, before the reload.
	read      bool
	musicRead bool
}

// Files of ours below Conf.Dir. asterisk-conf/pbx/pjsip.conf holds the
// templates that they use.
const (
	phonesFile   = "pjsip_phones.conf"
	carriersFile = "pjsip_carriers.conf"
	peersFile    = "pjsip_peers.conf"
	musicFile    = "musiconhold_sounds.conf" // which musiconhold.conf includes
)

// Apply writes what has changed and, once Asterisk answers, has it read that. A
// phone or carrier whose
// names or addresses cannot stand in a configuration file is left out and
// named in the error; the others work.
func (c *Conf) Apply(ctx context.Context, p dialer.PBXPlan) (changed bool, err error) {
	err = c.AMI.Wait(ctx)
	if err != nil {
		return false, fmt.Errorf("waiting for Asterisk's AMI: %w", err)
	}
	phonesText, badPhones := renderPhones(p.Phones)
	carriersText, badCarriers := renderCarriers(p.Carriers)
	peersText, badPeers := renderPeers(p)
	for name, text := range map[string][]byte{phonesFile: phonesText, carriersFile: carriersText, peersFile: peersText} {
		wrote, err := replace(filepath.Join(c.Dir, name), text)
		if err != nil {
			return changed, err
		}
		changed = changed || wrote
	}
	c.read = c.read && !changed
	if !c.read {
		err := c.AMI.Reload(ctx, "res_pjsip.so")
		if err != nil {
			return changed, fmt.Errorf("reloading PJSIP: %w", err)
		}
		c.read = true
	}
	musicText, badMusic := renderMusic(filepath.Join(c.Dir, dialer.SoundsFolder), p.Music)
	wrote, err := replace(filepath.Join(c.Dir, musicFile), musicText)
	if err != nil {
		return changed, err
	}
	c.musicRead = c.musicRead && !wrote
	changed = changed || wrote
	if !c.musicRead {
		err := c.AMI.Reload(ctx, "res_musiconhold.so")
		if err != nil {
			return changed, fmt.Errorf("reloading the music on hold: %w", err)
		}
		c.musicRead = true
	}
	if bad := slices.Concat(badPhones, badCarriers, badPeers, badMusic); len(bad) > 0 {
		return changed, fmt.Errorf("left out of Asterisk's configuration: %s", strings.Join(bad, "; "))
	}
	return changed, nil
}

// Registrations are how Asterisk's registrations with carriers stand, by name.
func (c *Conf) Registrations(ctx context.Context) ([]dialer.Registration, error) {
	rows, err := c.AMI.PJSIPShowRegistrationsOutbound(ctx)
	var all []dialer.Registration
	for _, r := range rows {
		all = append(all, dialer.Registration{Carrier: r.Name, State: r.Status})
	}
	slices.SortFunc(all, func(a, b dialer.Registration) int { return strings.Compare(a.Carrier, b.Carrier) })
	return all, err
}

const written = "; Written by trunkline keepalive from the database. Changes made here are lost.\n"

// What may stand in a file of Asterisk's: nothing that opens a section, a
// comment or a line.
var (
	nameForm    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$`)
	secretForm  = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)
	contactForm = regexp.MustCompile(`^sip:[A-Za-z0-9_.+-]+@[A-Za-z0-9.:\[\]-]+$`)
	accountForm = regexp.MustCompile(`^[A-Za-z0-9_.+@-]{1,64}$`)
	// What carriers give as a password, but for what ends a value.
	passwordForm = regexp.MustCompile(`^[!#-:<=?-\[\]-~]{1,64}$`)
	hostForm     = regexp.MustCompile(`^[A-Za-z0-9.:\[\]-]{1,255}$`)
)

func renderPhones(phones []dialer.Phone) (text []byte, bad []string) {
	var b bytes.Buffer
	b.WriteString(written)
	slices.SortFunc(phones, func(a, b dialer.Phone) int { return strings.Compare(a.Login, b.Login) })
	for _, p := range phones {
		switch {
		case !nameForm.MatchString(p.Login):
			bad = append(bad, fmt.Sprintf("phone %d: its name may hold letters, digits, dots, dashes and underscores", p.ID))
		case p.Kind == dialer.PhoneStatic && !contactForm.MatchString(p.Contact):
			bad = append(bad, fmt.Sprintf("phone %s: its contact is no SIP address such as sip:100@192.0.2.1:5060", p.Login))
		case p.Kind != dialer.PhoneStatic && !secretForm.MatchString(p.Secret):
			bad = append(bad, fmt.Sprintf("phone %s: its secret must be 8 to 64 letters, digits, dashes and underscores", p.Login))
		case p.Kind == dialer.PhoneStatic:
			fmt.Fprintf(&b, "\n[%[1]s](trunkline-sip)\naors = %[1]s\n[%[1]s](trunkline-aor)\ncontact = %[2]s\n", p.Login, p.Contact)
		case p.Kind == dialer.PhoneWebRTC || p.Kind == dialer.PhoneSIP:
			fmt.Fprintf(&b, "\n[%[1]s](trunkline-%[2]s)\nauth = %[1]s\naors = %[1]s\n[%[1]s](trunkline-auth)\nusername = %[1]s\npassword = %[3]s\n[%[1]s](trunkline-aor)\n",
				p.Login, p.Kind, p.Secret)
		default:
			bad = append(bad, fmt.Sprintf("phone %s: %q is no kind of phone", p.Login, p.Kind))
		}
	}
	return b.Bytes(), bad
}

func renderCarriers(carriers []dialer.Carrier) (text []byte, bad []string) {
	var b bytes.Buffer
	b.WriteString(written)
	slices.SortFunc(carriers, func(a, b dialer.Carrier) int { return strings.Compare(a.Name, b.Name) })
	for _, c := range carriers {
		switch {
		case !c.Active:
		case !nameForm.MatchString(c.Name):
			bad = append(bad, fmt.Sprintf("carrier %d: its name may hold letters, digits, dots, dashes and underscores", c.ID))
		case !hostForm.MatchString(c.Host) || c.Port < 1 || c.Port > 65535:
			bad = append(bad, fmt.Sprintf("carrier %s: %q, port %d is no address", c.Name, c.Host, c.Port))
		default:
			if says := badAccount(c); says != "" {
				bad = append(bad, fmt.Sprintf("carrier %s: %s", c.Name, says))
				continue
			}
			renderCarrier(&b, c)
		}
	}
	return b.Bytes(), bad
}

// badAccount says what of a carrier's account cannot stand in a file, or "".
func badAccount(c dialer.Carrier) string {
	switch {
	case c.AuthUser != "" && !accountForm.MatchString(c.AuthUser) || c.FromUser != "" && !accountForm.MatchString(c.FromUser):
		return "its user names may hold letters, digits, dots, dashes, underscores, + and @"
	case c.AuthUser != "" && !passwordForm.MatchString(c.AuthSecret):
		return "its password must be 1 to 64 visible characters without quotes, semicolons, backslashes and >"
	case c.Registers && c.AuthUser == "":
		return "it wants us to register, and has no user name for that"
	}
	return ""
}

func renderCarrier(b *bytes.Buffer, c dialer.Carrier) {
	fmt.Fprintf(b, "\n[%[1]s](trunkline-carrier)\naors = %[1]s\n", c.Name)
	if c.AuthUser != "" {
		fmt.Fprintf(b, "outbound_auth = %s-out\n", c.Name)
	}
	if c.FromUser != "" {
		fmt.Fprintf(b, "from_user = %s\n", c.FromUser)
	}
	fmt.Fprintf(b, "[%[1]s](trunkline-carrier-aor)\ncontact = sip:%[2]s:%[3]s\n[%[1]s](trunkline-identify)\nendpoint = %[1]s\nmatch = %[2]s\n",
		c.Name, c.Host, strconv.Itoa(c.Port))
	if c.AuthUser != "" {
		fmt.Fprintf(b, "[%[1]s-out](trunkline-auth)\nusername = %[2]s\npassword = %[3]s\n", c.Name, c.AuthUser, c.AuthSecret)
	}
	if c.Registers {
		fmt.Fprintf(b, "[%[1]s](trunkline-registration)\nserver_uri = sip:%[2]s:%[3]d\nclient_uri = sip:%[4]s@%[2]s:%[3]d\ncontact_user = %[4]s\noutbound_auth = %[1]s-out\n",
			c.Name, c.Host, c.Port, strings.ReplaceAll(c.AuthUser, "@", "%40"))
	}
}

// renderPeers makes the trunks to the other servers. A server is known at each
// other by its own trunk's name, and says the other's secret.
func renderPeers(p dialer.PBXPlan) (text []byte, bad []string) {
	var b bytes.Buffer
	b.WriteString(written)
	self := slices.IndexFunc(p.Peers, func(s dialer.Peer) bool { return s.ID == p.Server })
	if self < 0 {
		return b.Bytes(), nil // no call crosses to us, nor from us
	}
	if !secretForm.MatchString(p.Peers[self].Secret) {
		return b.Bytes(), []string{"the trunks between servers: this server's secret must be 8 to 64 letters, digits, dashes and underscores"}
	}
	for _, s := range p.Peers {
		host, port, err := net.SplitHostPort(s.SIPAddr)
		n, aerr := strconv.Atoi(port)
		switch {
		case s.ID == p.Server:
		case err != nil || aerr != nil || n < 1 || n > 65535 || !hostForm.MatchString(host):
			bad = append(bad, fmt.Sprintf("the trunk to server %d: %q is no address", s.ID, s.SIPAddr))
		case !secretForm.MatchString(s.Secret):
			bad = append(bad, fmt.Sprintf("the trunk to server %d: its secret must be 8 to 64 letters, digits, dashes and underscores", s.ID))
		default:
			fmt.Fprintf(&b, "\n[%[1]s](trunkline-peer)\naors = %[1]s\nauth = %[1]s-in\noutbound_auth = %[1]s-out\nfrom_user = %[2]s\n"+
				"[%[1]s-in](trunkline-auth)\nusername = %[1]s\npassword = %[3]s\n"+
				"[%[1]s-out](trunkline-auth)\nusername = %[2]s\npassword = %[4]s\n"+
				"[%[1]s](trunkline-peer-aor)\ncontact = sip:%[5]s\n",
				s.ID.Trunk(), p.Server.Trunk(), p.Peers[self].Secret, s.Secret, s.SIPAddr)
		}
	}
	return b.Bytes(), bad
}

// replace writes a file whole or not at all, and only when it differs.
func replace(path string, text []byte) (wrote bool, err error) {
	old, err := os.ReadFile(path)
	if err == nil && bytes.Equal(old, text) {
		return false, nil
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return false, err
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // renamed by then
	_, err = tmp.Write(text)
	if err == nil {
		// Asterisk runs as another user, with the folder's group.
		err = tmp.Chmod(0o640)
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return false, err
	}
	return true, os.Rename(tmp.Name(), path)
}
