package proc

import (
	"net"
	"os"
	"slices"
	"strings"
	"time"
)

// Notify tells systemd something of this process, such as READY=1 or WATCHDOG=1;
// where nobody asked for it, nothing happens. See sd_notify(3).
func Notify(state string) {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return
	}
	if path[0] == '@' {
		path = "\x00" + path[1:] // an abstract address
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return // nobody listens any more
	}
	defer conn.Close()
	_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = conn.Write([]byte(state))
}

// Unnotified is our environment without what systemd put there for us alone: who
// is started by us is not what systemd waits for.
func Unnotified() []string {
	return slices.DeleteFunc(os.Environ(), func(e string) bool {
		name, _, _ := strings.Cut(e, "=")
		return name == "NOTIFY_SOCKET" || name == "WATCHDOG_USEC" || name == "WATCHDOG_PID"
	})
}
