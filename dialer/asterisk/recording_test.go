package asterisk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"trunkline/ami"
	"trunkline/ami/ari"
	"trunkline/dialer"
)

// manager is an Asterisk's AMI that takes a login and refuses everything else.
func manager(t *testing.T) *ami.Client {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		fmt.Fprint(c, "Asterisk Call Manager/11.0.0\r\n")
		var action, id string
		for lines := bufio.NewScanner(c); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "Action":
				action = value
			case "ActionID":
				id = value
			case "":
				answer := "Response: Error\r\nMessage: Could not start monitoring channel"
				if strings.EqualFold(action, "Login") {
					answer = "Response: Success"
				}
				fmt.Fprintf(c, "%s\r\nActionID: %s\r\n\r\n", answer, id)
			}
		}
	}()
	c := ami.New(ami.Config{Addr: l.Addr().String(), User: "u", Secret: "s", Log: slog.New(slog.DiscardHandler)})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
	if err := c.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestRecorderOfWhoHasHungUp: AMI refuses a recorder in the same words, whether its
// channel has just gone or something is wrong. Who has gone is not an alarm.
func TestRecorderOfWhoHasHungUp(t *testing.T) {
	for name, gone := range map[string]bool{"hung up": true, "no such format": false} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			rest := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if asked.Add(1) > 1 && gone { // there when it was asked first
					w.WriteHeader(http.StatusNotFound)
					fmt.Fprint(w, `{"message":"Channel not found"}`)
					return
				}
				fmt.Fprint(w, `{"value":""}`)
			}))
			defer rest.Close()
			client, err := ari.New(ari.Options{URL: rest.URL + "/ari", User: "u", Password: "p"})
			if err != nil {
				t.Fatal(err)
			}
			err = NewPBX(manager(t), client, slog.New(slog.DiscardHandler)).Record(t.Context(), "tl-c-100", "d/100.wav")
			var refused *ami.ActionError
			if errors.Is(err, dialer.ErrNotFound) != gone || errors.As(err, &refused) == gone {
				t.Errorf("%v", err)
			}
		})
	}
}
