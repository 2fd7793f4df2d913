package asteriskconf

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

const asteriskProgram = "usr/sbin/asterisk"

// Runtime is an Asterisk that can be run: the host's own, or the one in a root that BuildRoot made.
type Runtime struct {
	root  string // "/" for the host's own
	prog  string // the program's path inside root
	major int
	minor int
}

// ErrNoAsterisk is returned by Find when there is no Asterisk to run.
var ErrNoAsterisk = errors.New("no Asterisk 20 or newer is installed and none has been built; make demo and make test build one under .run/")

// RootDir is where the root of a run directory lies.
func RootDir(runDir string) string { return filepath.Join(runDir, "asterisk-root") }

// Find returns the Asterisk to run: the host's if it is 20 or newer, else the root under runDir.
func Find(runDir string) (Runtime, error) {
	if path, err := exec.LookPath("asterisk"); err == nil {
		rt := Runtime{root: "/", prog: path}
		if err := rt.readVersion(); err == nil && rt.major >= 20 {
			return rt, nil
		}
	}
	root, err := filepath.Abs(RootDir(runDir))
	if err != nil {
		return Runtime{}, err
	}
	if _, err := os.Stat(filepath.Join(root, asteriskProgram)); err != nil {
		return Runtime{}, ErrNoAsterisk
	}
	rt := Runtime{root: root, prog: "/" + asteriskProgram}
	if err := rt.readVersion(); err != nil {
		return Runtime{}, fmt.Errorf("the Asterisk under %s does not run: %w", root, err)
	}
	return rt, nil
}

// Version is the version Asterisk tells of itself.
func (r Runtime) Version() (major, minor int) { return r.major, r.minor }

// OutboundWebsocket says whether this Asterisk can connect to the listen daemon by itself and keep its events while
// that is away.
func (r Runtime) OutboundWebsocket() bool { return r.major > 22 || r.major == 22 && r.minor >= 5 }

// namedFilters says whether AMI event filters may name events instead of matching their text.
func (r Runtime) namedFilters() bool { return r.major > 22 || r.major == 22 && r.minor >= 1 }

// Root is the folder that Asterisk lies in as if it were /; "/" for the host's own.
func (r Runtime) Root() string { return r.root }

// String names the Asterisk for a log line.
func (r Runtime) String() string {
	return fmt.Sprintf("Asterisk %d.%d from %s", r.major, r.minor, r.root)
}

var versionPattern = regexp.MustCompile(`Asterisk (?:certified[/-])?(?:GIT-)?(\d+)\.(\d+)`)

func parseVersion(text string) (major, minor int, err error) {
	m := versionPattern.FindStringSubmatch(text)
	if m == nil {
		return 0, 0, fmt.Errorf("%q tells no version of Asterisk", strings.TrimSpace(text))
	}
	major, _ = strconv.Atoi(m[1])
	minor, _ = strconv.Atoi(m[2])
	return major, minor, nil
}

func (r *Runtime) readVersion() error {
	path, args, err := r.plainCommand("-V")
	if err != nil {
		return err
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(out)))
	}
	r.major, r.minor, err = parseVersion(string(out))
	return err
}

// plainCommand is how Asterisk is run without entering its root: by the root's own dynamic loader with the root's
// own libraries, which needs no privilege at all.
func (r Runtime) plainCommand(args ...string) (string, []string, error) {
	if r.root == "/" {
		return r.prog, args, nil
	}
	loader, err := r.one("usr/lib64/ld-linux*.so.*", "usr/lib/ld-linux*.so.*")
	if err != nil {
		return "", nil, err
	}
	lib, err := r.libDir()
	if err != nil {
		return "", nil, err
	}
	return loader, append([]string{"--library-path", lib, filepath.Join(r.root, r.prog)}, args...), nil
}

// libDir is the root's directory of libraries, whose name holds the architecture.
func (r Runtime) libDir() (string, error) {
	mods, err := r.one("usr/lib/*/asterisk/modules")
	return filepath.Dir(filepath.Dir(mods)), err
}

func (r Runtime) one(patterns ...string) (string, error) {
	for _, p := range patterns {
		if found, _ := filepath.Glob(filepath.Join(r.root, p)); len(found) > 0 {
			return found[0], nil
		}
	}
	return "", fmt.Errorf("%s holds no %s", r.root, patterns[0])
}

// mohDir is where the stock music on hold lies as Asterisk sees it; empty when there is none.
func (r Runtime) mohDir() string {
	for _, d := range []string{"/usr/share/asterisk/moh", "/var/lib/asterisk/moh"} {
		if e, err := os.ReadDir(filepath.Join(r.root, d)); err == nil && len(e) > 0 {
			return d
		}
	}
	return ""
}
