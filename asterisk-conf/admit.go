package asteriskconf

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"trunkline/dialer/proc"
)

// Admit lets other web servers in than those that an instance which is up was started with (Instance.Web): it writes
// manager.conf and has Asterisk read it. Calls go on, and so does who is connected.
func Admit(ctx context.Context, rt Runtime, in Instance) error {
	in, err := in.withDefaults()
	if err != nil {
		return err
	}
	if _, up := proc.Find(in.PidFile()); !up {
		return fmt.Errorf("%s is not running", in.Name)
	}
	const name = "manager.conf"
	files, err := confData{Instance: in, rt: rt}.render()
	if err != nil {
		return err
	}
	path := filepath.Join(in.Dir, "etc", name)
	was, err := os.ReadFile(path)
	if err != nil || bytes.Equal(was, files[name]) {
		return err
	}
	// Into the file that is there: its owner is the one that Asterisk runs as.
	if err := os.WriteFile(path, files[name], 0o640); err != nil {
		return err
	}
	return reload(ctx, in, "manager")
}

// reload has a module read its configuration.
func reload(ctx context.Context, in Instance, module string) error {
	conn, err := logIn(ctx, in.AMI(), UserKeepalive, in.Secrets.Keepalive)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if err := conn.PrintfLine("Action: Reload\r\nActionID: reload\r\nModule: %s\r\n", module); err != nil {
		return err
	}
	for {
		h, err := conn.ReadMIMEHeader()
		switch {
		case err != nil:
			return fmt.Errorf("%s, told to read %s.conf: %w", in.Name, module, err)
		case h.Get("ActionID") == "reload" && h.Get("Response") != "Success":
			return fmt.Errorf("%s does not read %s.conf: %s", in.Name, module, h.Get("Message"))
		case h.Get("ActionID") == "reload":
			return nil
		}
	}
}
