package ami

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	goami "github.com/heltonmarx/goami/ami"
)

// Do runs one of goami's requests over the client's connection. The function
// gets a goami.Client that belongs to this call alone and the ActionID it has
// to pass on:
//
//	r, err := ami.Do(ctx, c, ami.Args{"Channel": name, "Variable": v},
//		func(ctx context.Context, g goami.Client, id string) (goami.Response, error) {
//			return goami.Getvar(ctx, g, id, name, v)
//		})
//
// args must name every value the function sends: they are refused with a
// [*HeaderError] when one holds CR, LF or NUL, before goami encodes them.
//
// The call ends at the earliest of ctx and the client's ActionTimeout. A
// "Response: Error" comes back as an [*ActionError], also from goami's list
// functions, which by themselves return an empty list for it. For the other
// errors see [ErrNotConnected] and [InDoubt].
func Do[T any](ctx context.Context, c *Client, args Args,
	request func(ctx context.Context, g goami.Client, actionID string) (T, error),
) (T, error) {
	var out T
	_, err := c.do(ctx, "", args, func(ctx context.Context, b *bridge) (err error) {
		out, err = request(ctx, b, b.call.id)
		return err
	})
	return out, err
}

// bridge is the goami.Client of one call.
type bridge struct {
	conn *conn
	call *call
	ctx  context.Context
	last Event // the last message received, with its spaces intact
}

var _ goami.Client = (*bridge)(nil)

func (b *bridge) Connected() bool {
	select {
	case <-b.conn.done:
		return false
	default:
		return true
	}
}

// Close does nothing: the connection is not the call's to close.
func (b *bridge) Close(context.Context) error { return nil }

func (b *bridge) Send(message string) error {
	if err := checkWire(message, b.call.id); err != nil {
		return err
	}
	return b.conn.write(b.ctx, b.call, message)
}

func (b *bridge) Recv(ctx context.Context) (string, error) {
	e, err := b.receive(ctx)
	if err != nil {
		return "", err
	}
	return e.wire(), nil
}

func (b *bridge) receive(ctx context.Context) (Event, error) {
	e, err := b.conn.next(ctx, b.call)
	if err != nil {
		return Event{}, err
	}
	b.last = e
	if strings.EqualFold(e.Get("Response"), "Error") {
		return Event{}, &ActionError{Message: e.Get("Message"), Output: e.All("Output")}
	}
	return e, nil
}

// do runs one request on the current session and returns its last message.
func (c *Client) do(ctx context.Context, id string, args Args, request func(context.Context, *bridge) error) (Event, error) {
	k := c.session.Load()
	if k == nil {
		return Event{}, ErrNotConnected
	}
	return c.doOn(ctx, k, id, args, c.cfg.ActionTimeout, request)
}

func (c *Client) doOn(ctx context.Context, k *conn, id string, args Args, limit time.Duration,
	request func(context.Context, *bridge) error,
) (Event, error) {
	if err := checkArgs(args); err != nil {
		return Event{}, err
	}
	if id == "" {
		id = c.NextActionID()
	}
	if err := checkText("ActionID", id); err != nil {
		return Event{}, err
	}
	if len(id) > maxActionID || strings.TrimSpace(id) != id {
		return Event{}, &HeaderError{Name: "ActionID", Reason: "is too long or has spaces around it"}
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	w, err := k.register(id)
	if err != nil {
		return Event{}, err
	}
	defer k.release(w)
	b := &bridge{conn: k, call: w, ctx: ctx}
	err = request(ctx, b)
	return b.last, err
}

// maxActionID keeps a chosen ActionID well inside Asterisk's own buffers (256
// bytes, prefix included).
const maxActionID = 128

// NextActionID returns an ActionID that no other call of any client has: a
// random part per client and a counter. Other sessions' ActionIDs show up in
// our events, so a plain counter would not do.
func (c *Client) NextActionID() string {
	return c.prefix + strconv.FormatUint(c.counter.Add(1), 10)
}

func newPrefix() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return hex.EncodeToString(b[:]) + "-"
}

// Action sends an action that goami lacks, with the headers in the order
// given, and returns the response. Names and values are refused with a
// [*HeaderError] when they could break out of their header; errors otherwise
// as for [Do]. Events that follow the response are not waited for.
func (c *Client) Action(ctx context.Context, name string, headers ...Header) (goami.Response, error) {
	if err := checkText("Action", name); err != nil || name == "" {
		return nil, &HeaderError{Name: "Action", Reason: "is empty or holds CR, LF or NUL"}
	}
	for _, h := range headers {
		if err := checkName(h.Name); err != nil {
			return nil, err
		}
		if err := checkText(h.Name, h.Value); err != nil {
			return nil, err
		}
	}
	e, err := c.do(ctx, "", nil, func(ctx context.Context, b *bridge) error {
		message := Event{headers: append([]Header{
			{Name: "Action", Value: name}, {Name: "ActionID", Value: b.call.id},
		}, headers...)}
		if err := b.Send(message.wire()); err != nil {
			return err
		}
		_, err := b.receive(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return e.response(), nil
}
