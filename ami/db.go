package ami

import (
	"context"
	"errors"
	"fmt"
	"strings"

	goami "github.com/heltonmarx/goami/ami"
)

// DBTree returns the entries of one family of Asterisk's own database (AstDB),
// by key. goami has no such action; Asterisk has it since 16.28, 18.14 and 19.6.
func (c *Client) DBTree(ctx context.Context, family string) (map[string]string, error) {
	if err := checkFamily(family); err != nil {
		return nil, err
	}
	all := map[string]string{}
	_, err := c.do(ctx, "", nil, func(ctx context.Context, b *bridge) error {
		message := Event{headers: []Header{
			{Name: "Action", Value: "DBGetTree"}, {Name: "ActionID", Value: b.call.id}, {Name: "Family", Value: family},
		}}
		if err := b.Send(message.wire()); err != nil {
			return err
		}
		for {
			e, err := b.receive(ctx)
			if err != nil {
				return err
			}
			if key, ok := strings.CutPrefix(e.Get("Key"), "/"+family+"/"); ok {
				all[key] = e.Get("Val")
			}
			if strings.EqualFold(e.Get("EventList"), "Complete") {
				return nil
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("ami: database tree: %w", err)
	}
	return all, nil
}

// DBDel removes an entry of Asterisk's own database; one that is not there is as
// wanted.
func (c *Client) DBDel(ctx context.Context, family, key string) error {
	if err := checkFamily(family); err != nil {
		return err
	}
	_, err := c.run(ctx, "database del", Args{"Key": key},
		func(ctx context.Context, g goami.Client, id string) (goami.Response, error) {
			return goami.DBDel(ctx, g, id, family, key)
		})
	var refused *ActionError
	if errors.As(err, &refused) {
		return nil // "Database entry not found"
	}
	return err
}

// Setvar sets a global variable, or writes a dialplan function that needs no
// channel, such as "DB(family/key)".
func (c *Client) Setvar(ctx context.Context, name, value string) error {
	_, err := c.Action(ctx, "Setvar", Header{"Variable", name}, Header{"Value", value})
	if err != nil {
		return fmt.Errorf("ami: setvar: %w", err)
	}
	return nil
}

// SetChannelVariable sets a variable of a channel, which is named by its name or
// its id. One that is gone is an [ActionError].
func (c *Client) SetChannelVariable(ctx context.Context, channel, name, value string) error {
	_, err := c.Action(ctx, "Setvar", Header{"Channel", channel}, Header{"Variable", name}, Header{"Value", value})
	if err != nil {
		return fmt.Errorf("ami: setvar of a channel: %w", err)
	}
	return nil
}

// DBPut writes an entry of Asterisk's own database.
func (c *Client) DBPut(ctx context.Context, family, key, value string) error {
	if err := checkFamily(family); err != nil {
		return err
	}
	_, err := c.Action(ctx, "DBPut", Header{"Family", family}, Header{"Key", key}, Header{"Val", value})
	if err != nil {
		return fmt.Errorf("ami: database put: %w", err)
	}
	return nil
}

// checkFamily refuses a family that would reach into another.
func checkFamily(family string) error {
	if family == "" || strings.Contains(family, "/") || checkText("Family", family) != nil {
		return &HeaderError{Name: "Family", Reason: "is empty, or holds a slash or a line's end"}
	}
	return nil
}
