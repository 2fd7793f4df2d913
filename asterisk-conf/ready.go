package asteriskconf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"strings"
	"time"
)

// waitBooted waits until Asterisk takes the login on its manager interface and says that it has fully booted. It
// looks again every few milliseconds, since a start takes less than a second, and gives up when hopeless says why.
func waitBooted(ctx context.Context, addr, user, secret string, died <-chan struct{}, hopeless func() error) error {
	var last error
	for {
		last = booted(ctx, addr, user, secret)
		if err := hopeless(); err != nil {
			return err
		}
		if last == nil {
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

// bindFailure is errPortLost when Asterisk's log says, behind offset, that an address was in use.
func bindFailure(log string, offset int64) error {
	f, err := os.Open(log)
	if err != nil {
		return nil // nothing logged yet
	}
	defer f.Close()
	text, err := io.ReadAll(io.NewSectionReader(f, offset, 1<<20))
	if err == nil && bytes.Contains(text, []byte("Address already in use")) {
		return errPortLost
	}
	return nil
}

func size(file string) int64 {
	info, err := os.Stat(file)
	if err != nil {
		return 0
	}
	return info.Size()
}

func booted(ctx context.Context, addr, user, secret string) error {
	conn, err := logIn(ctx, addr, user, secret)
	if err != nil {
		return err
	}
	return conn.Close()
}

// logIn is a connection to the manager of an Asterisk that has fully booted.
func logIn(ctx context.Context, addr, user, secret string) (*textproto.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	r := textproto.NewConn(conn)
	err = greet(r, addr, user, secret)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return r, nil
}

func greet(r *textproto.Conn, addr, user, secret string) error {
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
