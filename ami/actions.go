package ami

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	goami "github.com/heltonmarx/goami/ami"
)

// run sends one of goami's single-answer requests.
func (c *Client) run(ctx context.Context, action string, args Args,
	request func(ctx context.Context, g goami.Client, id string) (goami.Response, error),
) (goami.Response, error) {
	r, err := Do(ctx, c, args, request)
	if err != nil {
		return nil, fmt.Errorf("ami: %s: %w", action, err)
	}
	return r, nil
}

// checkChannel refuses the /regular expression/ that several actions take in
// place of a channel's name: one value could then end every call.
func checkChannel(channel string) error {
	if channel == "" || strings.HasPrefix(channel, "/") {
		return &HeaderError{Name: "Channel", Reason: "is empty or a pattern"}
	}
	return nil
}

// Hangup ends one channel, given by its name or Uniqueid. cause is a Q.850
// cause from 1 to 127, or 0 for Asterisk's default.
func (c *Client) Hangup(ctx context.Context, channel string, cause int) error {
	if err := checkChannel(channel); err != nil {
		return err
	}
	if cause < 0 || cause > 127 {
		return &HeaderError{Name: "Cause", Reason: "is not within 0 to 127"}
	}
	text := ""
	if cause > 0 {
		text = strconv.Itoa(cause)
	}
	_, err := c.run(ctx, "hangup", Args{"Channel": channel},
		func(ctx context.Context, g goami.Client, id string) (goami.Response, error) {
			return goami.Hangup(ctx, g, id, channel, text)
		})
	return err
}

// HasChannel tells whether there is a channel, given by its name or Uniqueid.
// Asterisk answers without a line in its log, where [Client.Hangup] of one that is
// gone leaves a NOTICE.
func (c *Client) HasChannel(ctx context.Context, channel string) (bool, error) {
	if err := checkChannel(channel); err != nil {
		return false, err
	}
	_, err := c.Action(ctx, "Getvar", Header{"Channel", channel}, Header{"Variable", "UNIQUEID"})
	var refused *ActionError
	if errors.As(err, &refused) && refused.Message == "No such channel" {
		return false, nil
	}
	return err == nil, err
}

// PJSIPHangup ends a ringing incoming PJSIP channel with a SIP response code
// (400 to 699) of the caller's choice. goami has no such action.
func (c *Client) PJSIPHangup(ctx context.Context, channel string, code int) error {
	if err := checkChannel(channel); err != nil {
		return err
	}
	if code < 400 || code > 699 {
		return &HeaderError{Name: "Cause", Reason: "is not a SIP response code from 400 to 699"}
	}
	_, err := c.Action(ctx, "PJSIPHangup",
		Header{"Channel", channel}, Header{"Cause", strconv.Itoa(code)})
	return err
}

// UserEvent makes Asterisk send a UserEvent of that name, with the headers,
// to every session that listens to class user, this one included; it then
// carries our ActionID. goami has no such action.
func (c *Client) UserEvent(ctx context.Context, name string, headers map[string]string) error {
	if name == "" {
		return &HeaderError{Name: "UserEvent", Reason: "is empty"}
	}
	list := []Header{{"UserEvent", name}}
	for k, v := range headers {
		if strings.EqualFold(k, "UserEvent") || strings.EqualFold(k, "Event") {
			return &HeaderError{Name: k, Reason: "names the event itself"}
		}
		list = append(list, Header{k, v})
	}
	slices.SortFunc(list[1:], func(a, b Header) int { return strings.Compare(a.Name, b.Name) })
	_, err := c.Action(ctx, "UserEvent", list...)
	return err
}

// MixMonitor starts recording a channel into file, which Asterisk takes
// relative to its monitor directory unless it is absolute; the extension sets
// the format. options are those of the MixMonitor application, such as "b".
// It returns the id that [Client.StopMixMonitor] takes, when Asterisk gives
// one.
//
// Commas, quotes and backslashes are refused: Asterisk joins file and options
// with commas and reads what follows the second one as a shell command.
func (c *Client) MixMonitor(ctx context.Context, channel, file, options string) (id string, err error) {
	if err := checkChannel(channel); err != nil {
		return "", err
	}
	for name, v := range map[string]string{"File": file, "Options": options} {
		if strings.ContainsAny(v, `,"\`) {
			return "", &HeaderError{Name: name, Reason: "holds a comma, a quote or a backslash"}
		}
	}
	if file == "" {
		return "", &HeaderError{Name: "File", Reason: "is empty"}
	}
	r, err := c.run(ctx, "mixmonitor", Args{"Channel": channel, "File": file, "Options": options},
		func(ctx context.Context, g goami.Client, id string) (goami.Response, error) {
			return goami.MixMonitor(ctx, g, id, channel, file, options, "")
		})
	return r.Get("MixMonitorID"), err
}

// StopMixMonitor ends one recording of a channel, or all of them when id is
// empty.
func (c *Client) StopMixMonitor(ctx context.Context, channel, id string) error {
	if err := checkChannel(channel); err != nil {
		return err
	}
	_, err := c.run(ctx, "stop mixmonitor", Args{"Channel": channel, "MixMonitorID": id},
		func(ctx context.Context, g goami.Client, action string) (goami.Response, error) {
			return goami.StopMixMonitor(ctx, g, action, channel, id)
		})
	return err
}

// MixMonitorMute replaces one direction of a channel's recordings by silence,
// or lets it through again. direction is "read", "write" or "both".
func (c *Client) MixMonitorMute(ctx context.Context, channel, direction string, mute bool) error {
	if err := checkChannel(channel); err != nil {
		return err
	}
	_, err := c.run(ctx, "mixmonitor mute", Args{"Channel": channel, "Direction": direction},
		func(ctx context.Context, g goami.Client, id string) (goami.Response, error) {
			return goami.MixMonitorMute(ctx, g, id, channel, direction, mute)
		})
	return err
}

// Reload makes Asterisk read the configuration of one module anew, such as
// "res_pjsip.so", or of all when module is empty.
func (c *Client) Reload(ctx context.Context, module string) error {
	_, err := c.run(ctx, "reload", Args{"Module": module},
		func(ctx context.Context, g goami.Client, id string) (goami.Response, error) {
			return goami.Reload(ctx, g, id, module)
		})
	return err
}

// Ping makes one round trip. The client also pings by itself.
func (c *Client) Ping(ctx context.Context) error {
	_, err := c.run(ctx, "ping", nil,
		func(ctx context.Context, g goami.Client, id string) (goami.Response, error) {
			return nil, goami.Ping(ctx, g, id)
		})
	return err
}

// Command runs a CLI command and returns its lines, for diagnosis. A failed
// command is an [*ActionError] with the lines in Output.
func (c *Client) Command(ctx context.Context, command string) ([]string, error) {
	last, err := c.do(ctx, "", Args{"Command": command}, func(ctx context.Context, b *bridge) error {
		_, err := goami.Command(ctx, b, b.call.id, command)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("ami: command: %w", err)
	}
	// Not from goami's response: it trims the lines.
	return last.All("Output"), nil
}
