package asteriskconf

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strings"
	"time"
)

// waitBooted waits until Asterisk takes the login on its manager interface and says that it has fully booted. It
// looks again every few milliseconds, since a start takes less than a second.
func waitBooted(ctx context.Context, addr, user, secret string, died <-chan struct{}) error {
	var last error
	for {
		if last = booted(ctx, addr, user, secret); last == nil {
			return nil
		}
		select {
		case <-died:
			return errors.New("it ended")
		case <-ctx.Done():
			return fmt.Errorf("%w; the last try: %w", ctx.Err(), last)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func booted(ctx context.Context, addr, user, secret string) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	r := textproto.NewConn(conn)
	banner, err := r.ReadLine()
	if err != nil {
		return err
	}
	if !strings.HasPrefix(banner, "Asterisk Call Manager") {
		return fmt.Errorf("%s greets with %q", addr, banner)
	}
	if err := r.PrintfLine("Action: Login\r\nUsername: %s\r\nSecret: %s\r\n", user, secret); err != nil {
		return err
	}
	for {
		h, err := r.ReadMIMEHeader()
		if err != nil {
			return err
		}
		switch {
		case h.Get("Event") == "FullyBooted":
			return nil
		case h.Get("Response") == "Error":
			return fmt.Errorf("%s refuses the login: %s", addr, h.Get("Message"))
		}
	}
}
