package ari

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Channels lists all channels, those outside the application included.
func (c *Client) Channels(ctx context.Context) ([]ChannelData, error) {
	return get[[]ChannelData](ctx, c, nil, "channels")
}

// Channel returns one channel.
func (c *Client) Channel(ctx context.Context, id string) (ChannelData, error) {
	return get[ChannelData](ctx, c, nil, "channels", id)
}

// Originate places a call that enters r.App (or the dialplan) when answered,
// and returns the new channel at once. With r.ChannelID set it is safe to
// repeat: Asterisk answers 409 for an id in use, see [IsConflict]. An endpoint
// that does not exist is a 500.
func (c *Client) Originate(ctx context.Context, r OriginateRequest) (ChannelData, error) {
	if err := checkOptionalIDs(r.ChannelID, r.OtherChannelID, r.Originator); err != nil {
		return ChannelData{}, err
	}
	return post[ChannelData](ctx, c, r, "channels")
}

// CreateChannel makes a channel without dialing: it enters r.App at once and
// can be put into a bridge before [Client.Dial], so that ringing and early
// media are heard there.
func (c *Client) CreateChannel(ctx context.Context, r CreateRequest) (ChannelData, error) {
	if err := checkOptionalIDs(r.ChannelID, r.OtherChannelID, r.Originator); err != nil {
		return ChannelData{}, err
	}
	return post[ChannelData](ctx, c, r, "channels", "create")
}

func checkOptionalIDs(ids ...string) error {
	for _, id := range ids {
		if id == "" {
			continue
		}
		if err := checkID(id); err != nil {
			return err
		}
	}
	return nil
}

// Dial dials a created channel. caller is the id of the channel on whose
// behalf, or empty. timeout is cut to whole seconds, and zero means none.
func (c *Client) Dial(ctx context.Context, id, caller string, timeout time.Duration) error {
	if err := checkOptionalIDs(caller); err != nil {
		return err
	}
	if timeout < 0 {
		return &ValueError{Name: "timeout", Reason: "is negative"}
	}
	body := struct {
		Caller  string `json:"caller,omitempty"`
		Timeout int    `json:"timeout,omitempty"`
	}{caller, int(timeout / time.Second)}
	return c.send(ctx, body, "channels", id, "dial")
}

// Answer answers a channel.
func (c *Client) Answer(ctx context.Context, id string) error {
	return c.send(ctx, nil, "channels", id, "answer")
}

// Ring starts a ringing indication to a channel.
func (c *Client) Ring(ctx context.Context, id string) error {
	return c.send(ctx, nil, "channels", id, "ring")
}

// StopRing ends a ringing indication.
func (c *Client) StopRing(ctx context.Context, id string) error {
	return c.del(ctx, nil, "channels", id, "ring")
}

// Hangup ends a channel. reasonCode is the Q.850 cause (1 to 127) it ends
// with, 0 for normal clearing. See [IsNotFound].
func (c *Client) Hangup(ctx context.Context, id string, reasonCode int) error {
	if reasonCode < 0 || reasonCode > 127 {
		return &ValueError{Name: "reason_code", Reason: "is not within 0 to 127"}
	}
	var query url.Values
	if reasonCode > 0 {
		query = url.Values{"reason_code": {strconv.Itoa(reasonCode)}}
	}
	return c.del(ctx, query, "channels", id)
}

// Continue lets a channel leave the application for the dialplan. An empty
// context or extension and a priority of 0 keep the channel's own.
func (c *Client) Continue(ctx context.Context, id, dialplan, extension string, priority int) error {
	body := struct {
		Context   string `json:"context,omitempty"`
		Extension string `json:"extension,omitempty"`
		Priority  int    `json:"priority,omitempty"`
	}{dialplan, extension, priority}
	return c.send(ctx, body, "channels", id, "continue")
}

// Redirect sends a channel elsewhere by its own protocol (for SIP a 302 or a
// REFER); endpoint is such as "PJSIP/100".
func (c *Client) Redirect(ctx context.Context, id, endpoint string) error {
	return c.send(ctx, map[string]string{"endpoint": endpoint}, "channels", id, "redirect")
}

// playBody names the media in the order to play them.
type playBody struct {
	Media []string `json:"media"`
}

// Play plays media URIs such as "sound:hello" or "tone:ring" to a channel, one
// after the other, as the playback of that id.
func (c *Client) Play(ctx context.Context, id, playbackID string, media ...string) (PlaybackData, error) {
	return post[PlaybackData](ctx, c, playBody{media}, "channels", id, "play", playbackID)
}

// Playback is the state of a playback, of a channel or a bridge. One that has
// ended is not found.
func (c *Client) Playback(ctx context.Context, playbackID string) (PlaybackData, error) {
	return get[PlaybackData](ctx, c, nil, "playbacks", playbackID)
}

// StopPlayback ends a playback, of a channel or a bridge.
func (c *Client) StopPlayback(ctx context.Context, playbackID string) error {
	return c.del(ctx, nil, "playbacks", playbackID)
}

func checkDirection(d Direction) error {
	if d != In && d != Out && d != Both {
		return &ValueError{Name: "direction", Reason: "is not in, out or both"}
	}
	return nil
}

// Mute silences a channel in one direction or both.
func (c *Client) Mute(ctx context.Context, id string, d Direction) error {
	if err := checkDirection(d); err != nil {
		return err
	}
	return c.send(ctx, map[string]Direction{"direction": d}, "channels", id, "mute")
}

// Unmute undoes Mute.
func (c *Client) Unmute(ctx context.Context, id string, d Direction) error {
	if err := checkDirection(d); err != nil {
		return err
	}
	return c.del(ctx, url.Values{"direction": {string(d)}}, "channels", id, "mute")
}

// mohBody names a music class; empty means the channel's own.
type mohBody struct {
	Class string `json:"mohClass,omitempty"`
}

// StartMOH plays music on hold to a channel; class may be empty.
func (c *Client) StartMOH(ctx context.Context, id, class string) error {
	return c.send(ctx, mohBody{class}, "channels", id, "moh")
}

// StopMOH ends music on hold.
func (c *Client) StopMOH(ctx context.Context, id string) error {
	return c.del(ctx, nil, "channels", id, "moh")
}

// SendDTMF sends digits (0-9, A-D, *, #, and w or W for pauses of half a
// second or a second) to a channel.
func (c *Client) SendDTMF(ctx context.Context, id, digits string, o DTMFOptions) error {
	if digits == "" || strings.Trim(digits, "0123456789ABCDabcd*#wW") != "" {
		return &ValueError{Name: "dtmf", Reason: "is not a string of digits"}
	}
	ms := func(d time.Duration) int { return int(d / time.Millisecond) }
	body := struct {
		DTMF     string `json:"dtmf"`
		Before   int    `json:"before,omitempty"`
		Between  int    `json:"between,omitempty"`
		Duration int    `json:"duration,omitempty"`
		After    int    `json:"after,omitempty"`
	}{digits, ms(o.Before), ms(o.Between), ms(o.Duration), ms(o.After)}
	return c.send(ctx, body, "channels", id, "dtmf")
}

// SetVariable sets a channel variable, or writes a dialplan function such as
// "CALLERID(num)". The channel's thread may not use functions that reach outside
// of it (DB, FILE, SHELL) from then on, not in its hang-up handlers either:
// Asterisk 22.10 forbids them for the time of this request and forgets to allow
// them again.
func (c *Client) SetVariable(ctx context.Context, id, name, value string) error {
	return c.send(ctx, map[string]string{"variable": name, "value": value}, "channels", id, "variable")
}

// Variable reads a channel variable or dialplan function. One that is not set
// is the empty string; a channel that is gone is [IsNotFound].
func (c *Client) Variable(ctx context.Context, id, name string) (string, error) {
	type answer struct{ Value string }
	v, err := get[answer](ctx, c, url.Values{"variable": {name}}, "channels", id, "variable")
	var e *Error
	if errors.As(err, &e) && e.Status == http.StatusNotFound && strings.Contains(e.Message, "variable was not found") {
		return "", nil
	}
	return v.Value, err
}

// GlobalVariable reads a global variable. One that is not set is the empty
// string.
func (c *Client) GlobalVariable(ctx context.Context, name string) (string, error) {
	type answer struct{ Value string }
	v, err := get[answer](ctx, c, url.Values{"variable": {name}}, "asterisk", "variable")
	return v.Value, err
}

// Variables reads several variables of a channel: in one request where
// Asterisk has it (22.10 and later) and all are set, one by one otherwise.
// Those not set are empty.
func (c *Client) Variables(ctx context.Context, id string, names ...string) (map[string]string, error) {
	list := strings.Join(names, ",")
	if strings.Count(list, ",") == len(names)-1 { // else a function with arguments is among them
		type answer struct{ Variables map[string]string }
		v, err := get[answer](ctx, c, url.Values{"variables": {list}}, "channels", id, "variables")
		if err == nil && v.Variables != nil {
			return v.Variables, nil
		}
		if err != nil && !IsNotFound(err) {
			return nil, err
		}
	}
	// 404 is an older Asterisk, any variable that is not set, or no channel.
	all := make(map[string]string, len(names))
	for _, name := range names {
		value, err := c.Variable(ctx, id, name)
		if err != nil {
			return nil, err
		}
		all[name] = value
	}
	return all, nil
}

// Snoop makes a channel that listens to another and may speak to it, as the
// channel of id snoopID in o.App.
func (c *Client) Snoop(ctx context.Context, id, snoopID string, o SnoopOptions) (ChannelData, error) {
	return post[ChannelData](ctx, c, o, "channels", id, "snoop", snoopID)
}

// RTPStatistics counts the packets of a channel's media stream.
type RTPStatistics struct {
	Received int `json:"rxcount"`
	Sent     int `json:"txcount"`
}

// RTPStatistics returns the counts of a channel that has RTP; [IsNotFound] for
// others.
func (c *Client) RTPStatistics(ctx context.Context, id string) (RTPStatistics, error) {
	return get[RTPStatistics](ctx, c, nil, "channels", id, "rtp_statistics")
}
