package rig

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Command runs a command of the telephony server's own command line, which
// nobody reaches by network.
func (r *Rig) Command(ctx context.Context, command string) error {
	// The name of a socket may be no longer than 107 bytes: it is reached through
	// its folder, opened.
	dir, err := os.Open(filepath.Join(r.PBX().Instance.Dir, "run"))
	if err != nil {
		return err
	}
	defer dir.Close()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", fmt.Sprintf("/proc/self/fd/%d/asterisk.ctl", dir.Fd()))
	if err != nil {
		return fmt.Errorf("asterisk's command line: %w", err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	greeting := make([]byte, 1024)
	_, err = conn.Read(greeting)
	if err != nil {
		return fmt.Errorf("asterisk's command line: %w", err)
	}
	_, err = conn.Write(append([]byte(command), 0))
	return err
}
