package proc

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// Self writes the pid file of the calling daemon and holds a lock on it, so that a second copy is refused with
// ErrRunning even when both start in the same instant. Call release at the end; a process that dies without it
// loses the lock and the next one takes the file over.
//
// The file is written in place, because the lock is on it; a reader who meets it half written takes the daemon for
// not yet running.
func Self(pidFile string) (release func(), err error) {
	for {
		f, err := os.OpenFile(pidFile, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			return nil, err
		}
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			f.Close()
			if errors.Is(err, syscall.EWOULDBLOCK) {
				return nil, fmt.Errorf("%w (%s)", ErrRunning, pidFile)
			}
			return nil, fmt.Errorf("%s: %w", pidFile, err)
		}
		// The file may have been removed or replaced between opening and locking: then we hold a lock on nothing.
		if !sameFile(f, pidFile) {
			f.Close()
			continue
		}
		// A process that was started by Start for this same file is us; any other living one is a second copy.
		if found, ok := Find(pidFile); ok && found.Pid != os.Getpid() {
			f.Close()
			return nil, fmt.Errorf("%w (pid %d, %s)", ErrRunning, found.Pid, pidFile)
		}
		text, err := pidText(os.Getpid())
		if err == nil {
			err = errors.Join(f.Truncate(0), writeAt(f, text))
		}
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("%s: %w", pidFile, err)
		}
		return func() {
			removePidFile(pidFile, os.Getpid())
			f.Close()
		}, nil
	}
}

func writeAt(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	return err
}

func sameFile(f *os.File, path string) bool {
	a, errA := f.Stat()
	b, errB := os.Stat(path)
	return errA == nil && errB == nil && os.SameFile(a, b)
}
