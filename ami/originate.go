package ami

import (
	"context"
	"fmt"
	"strings"
	"time"

	goami "github.com/heltonmarx/goami/ami"
)

// Originate describes one outgoing call. Channel is needed, and either
// Application or Context, Exten and Priority.
type Originate struct {
	// ActionID, when set, is used for the action and comes back in its
	// OriginateResponse event. It must not be waiting for another answer.
	ActionID string
	// Channel is what to call, such as "PJSIP/15551234567@carrier".
	Channel string
	// Application and Data run when the call is answered.
	Application, Data string
	// Context, Exten and Priority (from 1) are where the answered call goes
	// in the dialplan.
	Context, Exten string
	Priority       int
	// Timeout is how long to ring, to the millisecond; 30 s, Asterisk's
	// default, when zero.
	Timeout time.Duration
	// CallerID is `"Name" <number>` or either part of it.
	CallerID string
	// Variables are set on the new channel, in order.
	Variables []Variable
	// Account is the account code of the new channel.
	Account string
	// Codecs is a list such as "ulaw,alaw"; empty leaves it to the endpoint.
	Codecs string
	// ChannelID becomes the Uniqueid of the new channel. Choose it: it is the
	// only way to find the call again when the session is lost. AMI does not
	// refuse one that is in use: the answer is Success, and the failing
	// OriginateResponse then carries the Uniqueid of the older, living call.
	ChannelID string
	// OtherChannelID is that of the second half of a Local channel.
	OtherChannelID string
	// EarlyMedia connects the call on early media.
	EarlyMedia bool
}

// Variable is one channel variable. The name may be a function such as
// "PJSIP_HEADER(add,X-Id)", or begin with one or two underscores to be
// inherited.
type Variable struct {
	Name  string
	Value string
}

// variableEscaper protects a value from the argument parser that Asterisk
// puts every Variable header through: it would split at commas and drop
// quotes, brackets keep commas from splitting, and a backslash takes the next
// character as it is.
var variableEscaper = strings.NewReplacer(
	`\`, `\\`, `"`, `\"`, `,`, `\,`, `(`, `\(`, `)`, `\)`, `[`, `\[`, `]`, `\]`)

func (v Variable) encode() (string, error) {
	depth := 0
	for _, r := range v.Name {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9',
			strings.ContainsRune("_-.: ", r), strings.ContainsRune(",/", r) && depth > 0:
		case r == '(':
			depth++
		case r == ')' && depth > 0:
			depth--
		default:
			return "", &HeaderError{Name: "Variable", Reason: "the variable's name is not one"}
		}
	}
	if v.Name == "" || depth != 0 {
		return "", &HeaderError{Name: "Variable", Reason: "the variable's name is not one"}
	}
	return v.Name + "=" + variableEscaper.Replace(v.Value), nil
}

func (o Originate) data() (goami.OriginateData, error) {
	bad := func(name, reason string) (goami.OriginateData, error) {
		return goami.OriginateData{}, &HeaderError{Name: name, Reason: reason}
	}
	switch {
	case o.Channel == "":
		return bad("Channel", "is empty")
	case o.Application != "" && (o.Context != "" || o.Exten != "" || o.Priority != 0):
		return bad("Application", "goes not with Context, Exten or Priority")
	case o.Application == "" && (o.Context == "" || o.Exten == "" || o.Priority < 1):
		return bad("Context", "Context, Exten and Priority are needed without Application")
	case o.Timeout < 0 || o.Timeout > 24*time.Hour:
		return bad("Timeout", "is out of range")
	}
	d := goami.OriginateData{
		Channel: o.Channel, Exten: o.Exten, Context: o.Context, Priority: o.Priority,
		Application: o.Application, Data: o.Data, CallerID: o.CallerID,
		Timeout: int(o.Timeout / time.Millisecond), Account: o.Account, Codecs: o.Codecs,
		ChannelID: o.ChannelID, OtherChannelID: o.OtherChannelID, Async: "true",
	}
	if o.EarlyMedia {
		d.EarlyMedia = "true"
	}
	for _, v := range o.Variables {
		s, err := v.encode()
		if err != nil {
			return goami.OriginateData{}, err
		}
		d.Variable = append(d.Variable, s)
	}
	return d, nil
}

// Originate places a call and returns as soon as Asterisk has accepted it
// (the action is always asynchronous), with the ActionID used. How the call
// went comes as an OriginateResponse event with that ActionID; match it by
// the ActionID, not by its Uniqueid.
//
// An [*ActionError] means that no call was placed. An error with [InDoubt]
// means that it may have been: the call goes on without its session, so look
// for ChannelID among the channels after the next login and never send the
// action again, because AMI does not refuse a second one.
func (c *Client) Originate(ctx context.Context, o Originate) (actionID string, err error) {
	d, err := o.data()
	if err != nil {
		return "", err
	}
	if actionID = o.ActionID; actionID == "" {
		actionID = c.NextActionID()
	}
	_, err = c.do(ctx, actionID, Args{"Originate": d}, func(ctx context.Context, b *bridge) error {
		_, err := goami.Originate(ctx, b, actionID, d)
		return err
	})
	if err != nil {
		return actionID, fmt.Errorf("ami: originate: %w", err)
	}
	return actionID, nil
}
