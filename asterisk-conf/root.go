package asteriskconf

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// rootSuite is the Debian release whose Asterisk a root is built from: Debian 12 and 13 carry none of their own.
const rootSuite = "forky"

var rootPackages = []string{"asterisk", "asterisk-core-sounds-en-gsm", "asterisk-moh-opsound-gsm"}

// BuildRoot makes dir a directory tree with Debian's own Asterisk and every library it needs, for machines whose
// distribution has no Asterisk 20 or newer. It changes nothing outside dir and needs neither root nor namespaces:
// apt resolves, downloads and verifies with a state of its own, and dpkg-deb unpacks. No maintainer script runs.
//
// The tree is built in dir.partial and renamed, so that dir either is complete or does not exist. Of several builders
// at once one builds and the others wait for it; a tree that is there is left as it is.
func BuildRoot(ctx context.Context, dir string, log io.Writer) error {
	for _, tool := range []string{"apt-get", "dpkg-deb"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("build the Asterisk root: %s is missing; install Asterisk 20 or newer by this system's own means instead", tool)
		}
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	release, err := lock(ctx, dir+".lock")
	if err != nil {
		return fmt.Errorf("build the Asterisk root: %w", err)
	}
	defer release()
	if _, err := os.Stat(filepath.Join(dir, asteriskProgram)); err == nil {
		return nil
	}
	partial := dir + ".partial"
	if err := os.RemoveAll(partial); err != nil {
		return fmt.Errorf("build the Asterisk root: %w", err)
	}
	apt := filepath.Join(partial, "apt")
	root := filepath.Join(partial, "root")
	defer os.RemoveAll(partial)
	options, err := aptOptions(apt)
	if err != nil {
		return fmt.Errorf("build the Asterisk root: %w", err)
	}
	run := func(name string, args ...string) error {
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C")
		cmd.Stdout, cmd.Stderr = log, log
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("build the Asterisk root: %s %s: %w", name, args[len(args)-1], err)
		}
		return nil
	}
	if err := run("apt-get", slices.Concat(options, []string{"-q", "update"})...); err != nil {
		return err
	}
	if err := run("apt-get", slices.Concat(options, []string{"-q", "-y", "--download-only", "install"}, rootPackages)...); err != nil {
		return err
	}
	debs, err := filepath.Glob(filepath.Join(apt, "cache/archives/*.deb"))
	if err != nil || len(debs) == 0 {
		return errors.New("build the Asterisk root: apt downloaded nothing")
	}
	if err := prepareRoot(root); err != nil {
		return fmt.Errorf("build the Asterisk root: %w", err)
	}
	for _, deb := range debs {
		if err := run("dpkg-deb", "--extract", deb, root); err != nil {
			return err
		}
	}
	if err := finishRoot(root); err != nil {
		return fmt.Errorf("build the Asterisk root: %w", err)
	}
	// What is at dir now holds no Asterisk: the leftovers of something else.
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("build the Asterisk root: %w", err)
	}
	return os.Rename(root, dir)
}

// lock waits for a lock on a file, which ends with the process that holds it.
func lock(ctx context.Context, path string) (release func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			f.Close()
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// aptOptions gives apt a state of its own; the host's proxy and key settings stay in force, because options on the
// command line only override. An empty status file makes apt resolve the whole closure of Asterisk and, without the
// essential packages, nothing but that.
func aptOptions(apt string) ([]string, error) {
	mirror, err := hostMirror()
	if err != nil {
		return nil, err
	}
	signed := ""
	const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
	if _, err := os.Stat(keyring); err == nil {
		signed = "[signed-by=" + keyring + "] "
	}
	source := fmt.Sprintf("deb %s%s %s main\n", signed, mirror, rootSuite)
	for _, d := range []string{"state/lists/partial", "cache/archives/partial", "sources.d", "preferences.d", "log"} {
		if err := os.MkdirAll(filepath.Join(apt, d), 0o755); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(
		os.WriteFile(filepath.Join(apt, "status"), nil, 0o644),
		os.WriteFile(filepath.Join(apt, "preferences"), nil, 0o644),
		os.WriteFile(filepath.Join(apt, "sources.list"), []byte(source), 0o644)); err != nil {
		return nil, err
	}
	var args []string
	for _, o := range []string{
		"Dir::State=" + filepath.Join(apt, "state"),
		"Dir::State::status=" + filepath.Join(apt, "status"),
		"Dir::Cache=" + filepath.Join(apt, "cache"),
		"Dir::Etc::sourcelist=" + filepath.Join(apt, "sources.list"),
		"Dir::Etc::sourceparts=" + filepath.Join(apt, "sources.d"),
		"Dir::Etc::preferences=" + filepath.Join(apt, "preferences"),
		"Dir::Etc::preferencesparts=" + filepath.Join(apt, "preferences.d"),
		"Dir::Log=" + filepath.Join(apt, "log"),
		"APT::Install-Recommends=false",
		"APT::Sandbox::User=",
		"pkgCacheGen::Essential=none",
		"Acquire::Languages=none",
		"Acquire::Check-Valid-Until=false",
		"APT::Update::Error-Mode=any",
	} {
		args = append(args, "-o", o)
	}
	return args, nil
}

// hostMirror is the Debian mirror this host's own apt uses, so that a machine behind a local mirror is served by it.
func hostMirror() (string, error) {
	if m := os.Getenv("TRUNKLINE_DEBIAN_MIRROR"); m != "" {
		return m, nil
	}
	if m := mirrorOf("/etc/apt"); m != "" {
		return m, nil
	}
	return "", errors.New("this system's apt sources name no Debian mirror; set TRUNKLINE_DEBIAN_MIRROR to the address of one")
}

// mirrorOf is the first Debian mirror that an apt's sources name, in the order in which apt reads them; "" for none.
func mirrorOf(etc string) string {
	files, _ := filepath.Glob(filepath.Join(etc, "sources.list.d/*"))
	for _, f := range append([]string{filepath.Join(etc, "sources.list")}, files...) {
		raw, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		var uris []string
		switch filepath.Ext(f) {
		case ".list":
			uris = oneLineURIs(string(raw))
		case ".sources":
			uris = deb822URIs(string(raw))
		}
		for _, u := range uris {
			for _, m := range listed(u) {
				if isMirror(m) {
					return m
				}
			}
		}
	}
	return ""
}

// listed are the mirrors behind a URI: itself, or, as in Debian's own cloud images, the lines of the file that it
// names (apt-transport-mirror(1)), each an address with maybe a tab and notes of its own.
func listed(uri string) []string {
	file, ok := strings.CutPrefix(uri, "mirror+file:")
	if !ok {
		return []string{uri}
	}
	raw, err := os.ReadFile("/" + strings.TrimLeft(file, "/"))
	if err != nil {
		return nil
	}
	var out []string
	for line := range strings.Lines(string(raw)) {
		if f := strings.Fields(line); len(f) > 0 && !strings.HasPrefix(f[0], "#") {
			out = append(out, f[0])
		}
	}
	return out
}

// isMirror tells a mirror of Debian's main archive from a security or a vendor's archive by its path, which ends in
// /debian wherever the mirror is.
func isMirror(uri string) bool {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok || (scheme != "http" && scheme != "https") {
		return false
	}
	return strings.HasSuffix(strings.TrimRight(rest, "/"), "/debian")
}

// oneLineURIs reads the classic "deb [options] URI suite component..." lines.
func oneLineURIs(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "deb ")
		if !ok {
			continue
		}
		rest = strings.TrimSpace(rest)
		if strings.HasPrefix(rest, "[") {
			_, rest, _ = strings.Cut(rest, "]")
		}
		if f := strings.Fields(rest); len(f) >= 2 {
			out = append(out, f[0])
		}
	}
	return out
}

// deb822URIs reads the stanzas of a .sources file.
func deb822URIs(text string) []string {
	var out []string
	in := false
	sc := bufio.NewScanner(strings.NewReader(text))
	for sc.Scan() {
		line := sc.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		if !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "\t") {
			key, value, ok := strings.Cut(line, ":")
			in = ok && strings.EqualFold(key, "URIs")
			line = value
		}
		if in {
			out = append(out, strings.Fields(line)...)
		}
	}
	return out
}

// prepareRoot lays out the merged /usr before anything is unpacked: Debian's packages count on these links, which a
// script would make.
func prepareRoot(root string) error {
	for _, d := range []string{"bin", "sbin", "lib", "lib64"} {
		if err := os.MkdirAll(filepath.Join(root, "usr", d), 0o755); err != nil {
			return err
		}
		if err := os.Symlink("usr/"+d, filepath.Join(root, d)); err != nil {
			return err
		}
	}
	return nil
}

// finishRoot does what the packages' scripts would have done and Asterisk needs: the link to the English sounds.
func finishRoot(root string) error {
	if _, err := os.Stat(filepath.Join(root, asteriskProgram)); err != nil {
		return fmt.Errorf("the packages brought no Asterisk: %w", err)
	}
	sounds := filepath.Join(root, "usr/share/asterisk/sounds")
	if _, err := os.Stat(filepath.Join(sounds, "en")); err == nil {
		return nil
	}
	found, err := filepath.Glob(filepath.Join(sounds, "en_*"))
	if err != nil || len(found) == 0 {
		return errors.New("the packages brought no English sounds")
	}
	return os.Symlink(filepath.Base(found[0]), filepath.Join(sounds, "en"))
}
