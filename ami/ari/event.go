package ari

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	arilib "github.com/CyCoreSystems/ari/v6"
)

// Event is one event, with the fields that call control needs read out of it.
// Fields that an event's type does not have, or that came in an unexpected
// form, are zero. Everything else is in Raw.
type Event struct {
	// Type is such as "StasisStart", "ChannelDestroyed" or "Dial".
	Type string
	// Application is the application the event was sent to.
	Application string
	// Time is when it happened by Asterisk's clock, to the millisecond; an
	// event that waited in Asterisk for our connection keeps its time. Zero
	// when absent.
	Time time.Time
	// Received is when it was read from the socket.
	Received time.Time
	// Session counts the connections of the stream, from 1.
	Session uint64
	// Replayed marks the history that Asterisk kept while its outbound
	// websocket was down: what it tells may be long over.
	Replayed bool
	// Raw is the message as it came.
	Raw json.RawMessage

	// ChannelID, ChannelName and ChannelState are of the channel the event is
	// about; for Dial, of the dialed one.
	ChannelID, ChannelName, ChannelState string
	// CallerNumber, CallerName and ConnectedNumber are of the same channel;
	// Context and Exten are its place in the dialplan, and for a channel that
	// came in, Exten is the number called.
	CallerNumber, CallerName, ConnectedNumber string
	Context, Exten                            string
	// ChannelVars are those listed as channelvars in ari.conf.
	ChannelVars map[string]string
	// CallerID is the id of the calling channel of a Dial.
	CallerID string
	// ReplacedID is the id of the channel that this one replaces in the
	// application.
	ReplacedID string

	// Cause is the Q.850 cause of ChannelDestroyed and ChannelHangupRequest,
	// CauseText its name, and TechCause the code of the channel's own
	// protocol: for PJSIP the SIP status, or 0. A call that we gave up ringing
	// has cause 19 and tech cause 480, as if the far end had said so.
	Cause     int
	CauseText string
	TechCause int
	// Soft is that of ChannelHangupRequest.
	Soft bool
	// DialStatus is that of Dial: empty, "RINGING", "PROGRESS", "ANSWER",
	// "BUSY", "NOANSWER", "CONGESTION" and others. NOANSWER covers nearly
	// every refusal: decide by TechCause, then Cause.
	DialStatus string
	// Args are the arguments of StasisStart.
	Args []string

	// BridgeID, BridgeName and BridgeChannels are of the bridge the event is
	// about.
	BridgeID, BridgeName string
	BridgeChannels       []string

	// PlaybackID, PlaybackState and PlaybackTarget ("channel:ID" or
	// "bridge:ID") are of playback events. A playback that could not be
	// played finishes with the state "failed".
	PlaybackID, PlaybackState, PlaybackTarget string
	// Digit is that of ChannelDtmfReceived.
	Digit string
	// Duration is the length of the digit or of the talking, to the
	// millisecond.
	Duration time.Duration
	// Variable and Value are those of ChannelVarset.
	Variable, Value string
	// Endpoint ("PJSIP/100") and EndpointState ("online", "offline",
	// "unknown") are those of endpoint events; ContactStatus is such as
	// "Reachable" or "Removed".
	Endpoint, EndpointState, ContactStatus string
	// Recording and RecordingState are those of recording events.
	Recording, RecordingState string
	// UserEvent is the name of a ChannelUserevent.
	UserEvent string
}

// Decode returns ari/v6's typed form of the event. It fails for types that
// ari/v6 does not know, such as ApplicationRegistered.
func (e Event) Decode() (arilib.Event, error) { return arilib.DecodeEvent(e.Raw) }

var errNoEvent = errors.New("ari: message without a type")

type wireParty struct{ Name, Number string }

type wireChannel struct {
	ID, Name, State string
	Caller          wireParty
	Connected       wireParty
	Dialplan        struct{ Context, Exten string }
	ChannelVars     map[string]string
}

type wireEvent struct {
	Type           string
	Application    string
	Timestamp      string
	Channel        wireChannel
	Peer           json.RawMessage // a channel in Dial, something else in PeerStatusChange
	Caller         json.RawMessage // a channel in Dial, a number in CallBroadcast
	ReplaceChannel wireChannel     `json:"replace_channel"`
	Cause          int
	CauseText      string `json:"cause_txt"`
	TechCause      int    `json:"tech_cause"`
	Soft           bool
	DialStatus     string
	Args           []string
	Bridge         struct {
		ID, Name string
		Channels []string
	}
	Playback struct {
		ID, State string
		Target    string `json:"target_uri"`
	}
	Digit           string
	DurationMs      int64 `json:"duration_ms"`
	Duration        int64
	Variable, Value string
	Endpoint        struct{ Technology, Resource, State string }
	ContactInfo     struct {
		Status string `json:"contact_status"`
	} `json:"contact_info"`
	Recording struct{ Name, State string }
	EventName string
}

// parseEvent reads one message. Fields of a wrong type are left zero: the
// decoder skips them and goes on. odd says that there was one.
func parseEvent(raw []byte) (e Event, odd bool, err error) {
	var w wireEvent
	if err := json.Unmarshal(raw, &w); err != nil {
		var mistyped *json.UnmarshalTypeError
		if !errors.As(err, &mistyped) {
			return Event{}, false, err
		}
		odd = true
	}
	if w.Type == "" {
		return Event{}, odd, errNoEvent
	}
	ch := w.Channel
	callerID := ""
	if w.Type == arilib.Events.Dial {
		var caller wireChannel
		odd = part(w.Peer, &ch) || odd
		odd = part(w.Caller, &caller) || odd
		callerID = caller.ID
	}
	e = Event{
		Type: w.Type, Application: w.Application, Raw: raw,
		ChannelID: ch.ID, ChannelName: ch.Name, ChannelState: ch.State,
		CallerNumber: ch.Caller.Number, CallerName: ch.Caller.Name, ConnectedNumber: ch.Connected.Number,
		Context: ch.Dialplan.Context, Exten: ch.Dialplan.Exten, ChannelVars: ch.ChannelVars,
		CallerID: callerID, ReplacedID: w.ReplaceChannel.ID,
		Cause: w.Cause, CauseText: w.CauseText, TechCause: w.TechCause, Soft: w.Soft,
		DialStatus: w.DialStatus, Args: w.Args,
		BridgeID: w.Bridge.ID, BridgeName: w.Bridge.Name, BridgeChannels: w.Bridge.Channels,
		PlaybackID: w.Playback.ID, PlaybackState: w.Playback.State, PlaybackTarget: w.Playback.Target,
		Digit: w.Digit, Duration: time.Duration(max(w.DurationMs, w.Duration)) * time.Millisecond,
		Variable: w.Variable, Value: w.Value,
		EndpointState: w.Endpoint.State, ContactStatus: w.ContactInfo.Status,
		Recording: w.Recording.Name, RecordingState: w.Recording.State, UserEvent: w.EventName,
	}
	if w.Endpoint.Technology != "" {
		e.Endpoint = w.Endpoint.Technology + "/" + w.Endpoint.Resource
	}
	if w.Timestamp != "" {
		t, err := time.Parse(arilib.DateFormat, w.Timestamp)
		if err != nil {
			odd = true
		} else {
			e.Time = t
		}
	}
	return e, odd, nil
}

// part decodes an optional object and reports whether it was odd.
func part(raw json.RawMessage, to *wireChannel) bool {
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return false
	}
	return json.Unmarshal(raw, to) != nil
}

// The types that ari/v6 does not know.
const (
	typeApplicationRegistered = "ApplicationRegistered"
	typeApplicationReplaced   = "ApplicationReplaced"
)

// known holds every event type of Asterisk 22.10.
var known = knownTypes()

func knownTypes() map[string]bool {
	e := arilib.Events
	types := map[string]bool{}
	for _, t := range []string{
		e.ApplicationMoveFailed, e.ApplicationReplaced, e.BridgeAttendedTransfer, e.BridgeBlindTransfer,
		e.BridgeCreated, e.BridgeDestroyed, e.BridgeMerged, e.BridgeVideoSourceChanged, e.ChannelCallerID,
		e.ChannelConnectedLine, e.ChannelCreated, e.ChannelDestroyed, e.ChannelDialplan,
		e.ChannelDtmfReceived, e.ChannelEnteredBridge, e.ChannelHangupRequest, e.ChannelHold,
		e.ChannelLeftBridge, e.ChannelStateChange, e.ChannelTalkingFinished, e.ChannelTalkingStarted,
		e.ChannelUnhold, e.ChannelUserevent, e.ChannelVarset, e.ContactInfo, e.ContactStatusChange,
		e.DeviceStateChanged, e.Dial, e.EndpointStateChange, e.MissingParams, e.Peer, e.PeerStatusChange,
		e.PlaybackContinuing, e.PlaybackFinished, e.PlaybackStarted, e.RecordingFailed,
		e.RecordingFinished, e.RecordingStarted, e.StasisEnd, e.StasisStart, e.TextMessageReceived,
		typeApplicationRegistered, "ApplicationUnregistered", "ChannelToneDetected", "ChannelTransfer",
		"RESTResponse", "CallBroadcast", "CallClaimed",
	} {
		types[t] = true
	}
	return types
}
