package private

import (
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
)

// Missing ends a test that lacks what err names; a nil err goes on. At home the
// test is skipped, and said to be; with CI=true in the environment, where
// everything is meant to be there, it fails.
func Missing(tb TB, err error) {
	tb.Helper()
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		tb.Fatalf("CI must not skip: %v", err)
	default:
		announce(tb.Name(), err)
		tb.Skipf("SKIPPED, NOT TESTED: %v", err)
	}
}

// SkipsAreListed, in the environment, says that whoever runs the tests lists
// what they skipped.
const SkipsAreListed = "TRUNKLINE_SKIPS_ARE_LISTED"

var announced sync.Map // reasons

// announce tells whoever ran `go test` of the first test of this binary that was
// skipped for a reason: go shows nothing of what a passing package prints.
func announce(test string, reason error) {
	if _, again := announced.LoadOrStore(reason.Error(), true); again || os.Getenv(SkipsAreListed) != "" {
		return
	}
	pkg := "a package"
	if b, ok := debug.ReadBuildInfo(); ok {
		pkg = strings.TrimSuffix(b.Path, ".test")
	}
	tell("/proc/"+strconv.Itoa(os.Getppid()),
		fmt.Sprintf("SKIPPED, NOT TESTED: %s of %s, and what else there needs the same: %v (make check lists every one)\n", test, pkg, reason))
}

// tell writes a line to the standard error of the process whose folder in /proc
// is parent, if that is go and its error goes to a terminal or a pipe: go would
// later overwrite what somebody else wrote into its file.
func tell(parent, line string) {
	if comm, err := os.ReadFile(parent + "/comm"); err != nil || strings.TrimSpace(string(comm)) != "go" {
		return
	}
	info, err := os.Stat(parent + "/fd/2")
	if err != nil || info.Mode()&(os.ModeNamedPipe|os.ModeCharDevice) == 0 {
		return
	}
	out, err := os.OpenFile(parent+"/fd/2", os.O_WRONLY, 0)
	if err != nil {
		return
	}
	defer out.Close()
	fmt.Fprint(out, line)
}
