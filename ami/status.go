package ami

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	goami "github.com/heltonmarx/goami/ami"
)

// CoreStatus is the answer of the CoreStatus action.
type CoreStatus struct {
	// Started is the date and time Asterisk started, as "2006-01-02
	// 15:04:05" in Asterisk's own time zone, which AMI does not name. It
	// changes with every restart.
	Started string
	// Reloaded is the date and time of the last reload, in the same form.
	Reloaded string
	// Calls is the number of calls up.
	Calls int
}

// CoreStatus asks for the start time and the number of calls.
func (c *Client) CoreStatus(ctx context.Context) (CoreStatus, error) {
	r, err := c.run(ctx, "core status", nil, goami.CoreStatus)
	if err != nil {
		return CoreStatus{}, err
	}
	calls, _ := strconv.Atoi(r.Get("CoreCurrentCalls")) // absent counts as none
	return CoreStatus{
		Started:  strings.TrimSpace(r.Get("CoreStartupDate") + " " + r.Get("CoreStartupTime")),
		Reloaded: strings.TrimSpace(r.Get("CoreReloadDate") + " " + r.Get("CoreReloadTime")),
		Calls:    calls,
	}, nil
}

// Version returns Asterisk's version, such as "22.10.1".
func (c *Client) Version(ctx context.Context) (string, error) {
	r, err := c.run(ctx, "core settings", nil, goami.CoreSettings)
	return r.Get("AsteriskVersion"), err
}

// Channel is one row of CoreShowChannels.
type Channel struct {
	Name, UniqueID, LinkedID string
	// State is the number of Asterisk's channel state (4 ring, 5 ringing, 6
	// up) and StateDesc its name; -1 when absent.
	State                       int
	StateDesc                   string
	Context, Exten, Priority    string
	Application, Data           string
	CallerIDNum, CallerIDName   string
	ConnectedNum, ConnectedName string
	Account, BridgeID           string
	// Duration is the age of the channel, to the second.
	Duration time.Duration
}

// CoreShowChannels lists the channels there are now, in Asterisk's order.
func (c *Client) CoreShowChannels(ctx context.Context) ([]Channel, error) {
	rows, err := c.list(ctx, "core show channels", goami.CoreShowChannels)
	if err != nil {
		return nil, err
	}
	channels := make([]Channel, len(rows))
	for i, r := range rows {
		state, err := strconv.Atoi(r.Get("ChannelState"))
		if err != nil {
			state = -1
		}
		channels[i] = Channel{
			Name: r.Get("Channel"), UniqueID: r.Get("Uniqueid"), LinkedID: r.Get("Linkedid"),
			State: state, StateDesc: r.Get("ChannelStateDesc"),
			Context: r.Get("Context"), Exten: r.Get("Exten"), Priority: r.Get("Priority"),
			Application: r.Get("Application"), Data: r.Get("ApplicationData"),
			CallerIDNum: r.Get("CallerIDNum"), CallerIDName: r.Get("CallerIDName"),
			ConnectedNum: r.Get("ConnectedLineNum"), ConnectedName: r.Get("ConnectedLineName"),
			Account: r.Get("AccountCode"), BridgeID: r.Get("BridgeId"),
			Duration: clock(r.Get("Duration")),
		}
	}
	return channels, nil
}

// clock reads "hh:mm:ss"; hours may have more digits.
func clock(s string) time.Duration {
	var h, m, sec int
	if n, _ := fmt.Sscanf(s, "%d:%d:%d", &h, &m, &sec); n != 3 {
		return 0
	}
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(sec)*time.Second
}

// Endpoint is one row of PJSIPShowEndpoints.
type Endpoint struct {
	Name, Transport, AORs, Auths, OutboundAuths string
	// Contacts is the list of contacts, comma separated.
	Contacts string
	// DeviceState is such as "Not in use", "In use" or "Unavailable".
	DeviceState string
	// ActiveChannels is the list of channels, comma separated.
	ActiveChannels string
}

// PJSIPShowEndpoints lists the PJSIP endpoints.
func (c *Client) PJSIPShowEndpoints(ctx context.Context) ([]Endpoint, error) {
	rows, err := c.list(ctx, "endpoints", goami.PJSIPShowEndpoints)
	endpoints := make([]Endpoint, len(rows))
	for i, r := range rows {
		endpoints[i] = Endpoint{
			Name: r.Get("ObjectName"), Transport: r.Get("Transport"), AORs: r.Get("Aor"),
			Auths: r.Get("Auths"), OutboundAuths: r.Get("OutboundAuths"),
			Contacts: r.Get("Contacts"), DeviceState: r.Get("DeviceState"),
			ActiveChannels: r.Get("ActiveChannels"),
		}
	}
	return endpoints, err
}

// Contact is one row of PJSIPShowContacts.
type Contact struct {
	Name, AOR, URI, Endpoint, UserAgent, ViaAddr string
	// Status is such as "Reachable", "Unreachable" or "NonQualified".
	Status string
	// RoundTrip is that of the last qualify; zero when there was none.
	RoundTrip time.Duration
}

// PJSIPShowContacts lists the contacts registered or configured.
func (c *Client) PJSIPShowContacts(ctx context.Context) ([]Contact, error) {
	rows, err := c.list(ctx, "contacts", goami.PJSIPShowContacts)
	contacts := make([]Contact, len(rows))
	for i, r := range rows {
		usec, _ := strconv.Atoi(r.Get("RoundtripUsec")) // "N/A" without qualify
		contacts[i] = Contact{
			Name: r.Get("ObjectName"), URI: r.Get("Uri"), Endpoint: r.Get("Endpoint"),
			UserAgent: r.Get("UserAgent"), ViaAddr: r.Get("ViaAddr"), Status: r.Get("Status"),
			RoundTrip: time.Duration(usec) * time.Microsecond,
		}
		contacts[i].AOR, _, _ = strings.Cut(r.Get("ObjectName"), ";")
	}
	return contacts, err
}

// Registration is one row of PJSIPShowRegistrationsOutbound.
type Registration struct {
	Name, ServerURI, ClientURI string
	// Status is Registered, Unregistered, Rejected or Stopped.
	Status string
}

// PJSIPShowRegistrationsOutbound lists the registrations with others.
func (c *Client) PJSIPShowRegistrationsOutbound(ctx context.Context) ([]Registration, error) {
	rows, err := c.list(ctx, "registrations", goami.PJSIPShowRegistrationsOutbound)
	var all []Registration
	for _, r := range rows {
		if r.Get("Event") == "OutboundRegistrationDetail" { // each is followed by its auth
			all = append(all, Registration{Name: r.Get("ObjectName"), ServerURI: r.Get("ServerUri"), ClientURI: r.Get("ClientUri"), Status: r.Get("Status")})
		}
	}
	return all, err
}

// list runs one of goami's list requests. Asterisk answers an empty PJSIP list
// with an error such as "No endpoints found".
func (c *Client) list(ctx context.Context, what string,
	request func(ctx context.Context, g goami.Client, id string) ([]goami.Response, error),
) ([]goami.Response, error) {
	rows, err := Do(ctx, c, nil, request)
	var refused *ActionError
	if errors.As(err, &refused) && strings.HasPrefix(refused.Message, "No ") {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ami: %s: %w", what, err)
	}
	return rows, nil
}
