package rig

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	asteriskconf "trunkline/asterisk-conf"
)

// Command runs a command of an Asterisk's own command line, which nobody reaches
// by network.
func Command(ctx context.Context, in asteriskconf.Instance, command string) error {
	// The name of a socket may be no longer than 107 bytes: it is reached through
	// its folder, opened.
	dir, err := os.Open(filepath.Join(in.Dir, "run"))
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

// Command runs a command of the telephony server's command line.
func (r *Rig) Command(ctx context.Context, command string) error {
	return Command(ctx, r.PBX().Instance, command)
}
