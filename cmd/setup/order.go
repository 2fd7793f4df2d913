package main

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
)

// live are the packages whose tests run a whole system with Asterisk in real time:
// they mostly wait, and want a processor at once when they do not.
var live = []string{
	"cmd/internal/chaos", "cmd/internal/e2e", "cmd/internal/cluster", "cmd/internal/rig", "cmd/trunkline", "asterisk-conf",
}

// order are the packages that take longest, longest first, so that at the end of
// the run none of them is alone.
var order = []string{
	"cmd/internal/chaos", "cmd/internal/e2e", "cmd/internal/pages", "sql/mariadb", "asterisk-conf", "cmd/internal/rig", "hopper/leads",
	"cmd/internal/cluster", "cmd/trunkline", "dialer/compliance", "dialer/lab", "dialer/pacing", "cmd/internal/backup",
}

// everything is the pattern of all packages.
const everything = "./..."

// sorted are go test's arguments such that packages begin in our order, one more
// at a time than there are processors, and what computes gives way to what is
// live: with two live packages that wait, a third has what they leave.
func sorted(args []string, self string) []string {
	at := slices.Index(args, everything)
	if at < 0 {
		return args
	}
	options := []string{
		"-p=" + strconv.Itoa(runtime.NumCPU()+1),
		"-exec='" + self + "' exec",
		"-toolexec=nice -n " + strconv.Itoa(behind), // the same tools by go's books: what is built stays built
	}
	packages := make([]string, len(order), len(order)+1)
	for i, p := range order {
		packages[i] = "./" + p
	}
	// Go takes a package that is named twice once.
	return slices.Concat(options, args[:at], packages, args[at:])
}

// behind is by how much what is not live gives way, in units of nice(1).
const behind = 10

// become is this process turned into a test binary, in whose package's folder it
// was started: go test's -exec.
func become(root string, command []string) error {
	if len(command) == 0 {
		return errors.New("nothing to run")
	}
	folder, err := os.Getwd()
	if err != nil {
		return err
	}
	pkg, err := filepath.Rel(root, folder)
	if err != nil {
		return err
	}
	if !slices.Contains(live, filepath.ToSlash(pkg)) {
		// Linux keeps it by thread, and hands it to the program that a thread becomes.
		runtime.LockOSThread()
		had, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
		if err != nil {
			return err
		}
		nice := min(20-had+behind, 19) // the kernel says 20 less it
		if err := syscall.Setpriority(syscall.PRIO_PROCESS, 0, nice); err != nil {
			return err
		}
	}
	return syscall.Exec(command[0], command, os.Environ())
}
