package asterisk

import (
	"context"
	"slices"
	"testing"
	"time"

	"trunkline/ami"
	"trunkline/dialer"
)

// told is an ear that keeps what it hears.
type told struct {
	legs   []dialer.LegEvent
	phones []string
	peers  []dialer.ServerID
	clicks []dialer.Intent
	pokes  int
}

func (e *told) Leg(ev dialer.LegEvent)                    { e.legs = append(e.legs, ev) }
func (e *told) Poke(context.Context)                      { e.pokes++ }
func (e *told) Click(_ context.Context, in dialer.Intent) { e.clicks = append(e.clicks, in) }
func (e *told) Phone(login string, registered bool, _ time.Time) {
	e.phones = append(e.phones, login+map[bool]string{false: " gone"}[registered])
}
func (e *told) Peer(server dialer.ServerID, _ bool, _ time.Time) { e.peers = append(e.peers, server) }
func (e *told) Gap()                                             {}
func (e *told) Live(context.Context)                             {}
func (e *told) Missed()                                          {}

// TestEventsOfAMI: what lacks its fields says nothing about anybody's call, phone
// or server; of a click it says that there is one to be looked for.
func TestEventsOfAMI(t *testing.T) {
	h := func(name, value string) ami.Header { return ami.Header{Name: name, Value: value} }
	var ear told
	l := &Line{}
	l.Attach(&ear)
	for _, e := range []ami.Event{
		ami.NewEvent("OriginateResponse"),
		ami.NewEvent("OriginateResponse", h("Response", "Failure")),
		ami.NewEvent("OriginateResponse", h("Response", "Failure"), h("ActionID", "tl-c-"), h("Uniqueid", "tl-c-100")),
		ami.NewEvent("OriginateResponse", h("Response", "Failure"), h("ActionID", "tl-c-9999999999999999999999")),
		ami.NewEvent("OriginateResponse", h("Response", "Success"), h("ActionID", "tl-c-100")),
		ami.NewEvent("UserEvent"), ami.NewEvent("UserEvent", h("UserEvent", "somebody else's")),
		ami.NewEvent("Hangup"), ami.NewEvent("BrandNew", h("Uniqueid", "tl-c-100")), ami.NewEvent(""),
	} {
		l.amiEvent(e)
	}
	if len(ear.legs)+len(ear.phones)+len(ear.peers)+len(ear.clicks)+ear.pokes != 0 {
		t.Errorf("heard of events without their fields: %+v", ear)
	}
	l.amiEvent(ami.NewEvent("ContactStatus")) // of no phone that has a name
	if len(ear.phones) != 1 || ear.phones[0] != "" || len(ear.peers) != 0 {
		t.Errorf("heard of a contact without a name: %+v", ear)
	}
	ear.phones = nil
	contact := func(status, uri string) {
		l.amiEvent(ami.NewEvent("ContactStatus", h("EndpointName", "web-1"), h("ContactStatus", status), h("URI", uri)))
	}
	// A desk that is opened on another computer: its phone registers, and Asterisk
	// removes the contact of the first behind that.
	contact("Removed", "sip:first") // of one that registered before we listened
	contact("NonQualified", "sip:first")
	contact("NonQualified", "sip:second")
	contact("Removed", "sip:first")
	contact("Removed", "sip:second")
	if want := []string{"web-1 gone", "web-1", "web-1", "web-1", "web-1 gone"}; !slices.Equal(ear.phones, want) {
		t.Errorf("heard of the phones %q, want %q", ear.phones, want)
	}
	l.amiEvent(ami.NewEvent("UserEvent", h("UserEvent", eventIntent), h("Kind", "\x00"), h("ID", "none")))
	if ear.pokes != 1 || len(ear.clicks) != 0 {
		t.Errorf("heard of a click that cannot be read: %+v", ear)
	}
	l.amiEvent(ami.NewEvent("OriginateResponse", h("Response", "Failure"), h("ActionID", "tl-c-100"), h("Uniqueid", "tl-c-7")))
	if len(ear.legs) != 1 || ear.legs[0].Kind != dialer.LegFailed || ear.legs[0].Channel != "tl-c-100" {
		t.Errorf("heard of an originate that failed: %+v", ear.legs)
	}
}
