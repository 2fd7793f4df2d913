package proc

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Nice sets the nice value (-20 first to 19 last) of the calling process: see NiceOf.
func Nice(value int) error { return NiceOf(os.Getpid(), value) }

// NiceOf sets the nice value (-20 first to 19 last) of a process: of each of its
// threads, since Linux keeps one a thread, and threads started later inherit it. To
// go below 0 takes CAP_SYS_NICE, or a unit file that says so.
func NiceOf(pid, value int) error {
	// A thread that has its value already may start one while others are named.
	for done := map[string]bool{}; ; {
		threads, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(pid), "task"))
		if err != nil {
			return err
		}
		fresh := false
		for _, t := range threads {
			if done[t.Name()] {
				continue
			}
			id, err := strconv.Atoi(t.Name())
			if err != nil {
				return err
			}
			err = syscall.Setpriority(syscall.PRIO_PROCESS, id, value)
			if err != nil && err != syscall.ESRCH { // ended meanwhile
				return fmt.Errorf("a nice value of %d: %w", value, err)
			}
			done[t.Name()], fresh = true, true
		}
		if !fresh {
			return nil
		}
	}
}
