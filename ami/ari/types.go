package ari

import arilib "github.com/CyCoreSystems/ari/v6"

// The types of ari/v6 that requests take and return.
type (
	// ChannelData is a channel's state. State is such as "Down", "Ring",
	// "Ringing" or "Up".
	ChannelData = arilib.ChannelData
	// BridgeData is a bridge's state; ChannelIDs holds its members.
	BridgeData = arilib.BridgeData
	// PlaybackData is the state of a playback.
	PlaybackData = arilib.PlaybackData
	// ApplicationData lists what an application is subscribed to.
	ApplicationData = arilib.ApplicationData
	// AsteriskInfo is the answer of [Client.Info].
	AsteriskInfo = arilib.AsteriskInfo
	// OriginateRequest describes a call for [Client.Originate]. Timeout is in
	// whole seconds: 0 for Asterisk's default of 30, -1 for none.
	OriginateRequest = arilib.OriginateRequest
	// SnoopOptions says what a snoop channel hears and to whom it speaks, and
	// which application gets it.
	SnoopOptions = arilib.SnoopOptions
	// DTMFOptions times the digits, to the millisecond; zero means Asterisk's
	// default of 100 ms for Duration and Between and nothing for the rest.
	DTMFOptions = arilib.DTMFOptions
	// Direction is a direction of audio as the channel sees it.
	Direction = arilib.Direction
)

// Directions: in is what the channel sends to Asterisk, out what it hears.
const (
	None = arilib.DirectionNone
	In   = arilib.DirectionIn
	Out  = arilib.DirectionOut
	Both = arilib.DirectionBoth
)

// CreateRequest describes a channel for [Client.CreateChannel]. Endpoint and
// App are needed.
type CreateRequest struct {
	arilib.ChannelCreateRequest
	// Variables are set on the channel before it is dialed.
	Variables map[string]string `json:"variables,omitempty"`
}

// AddOptions says how channels enter a bridge.
type AddOptions struct {
	// Mute lets the channel hear the bridge but not be heard.
	Mute bool `json:"mute,omitempty"`
	// AbsorbDTMF keeps the channel's digits out of the bridge.
	AbsorbDTMF bool `json:"absorbDTMF,omitempty"`
	// KeepConnectedLine stops connected line updates to the channel (Asterisk
	// 18 and later).
	KeepConnectedLine bool `json:"inhibitConnectedLineUpdates,omitempty"`
	// Role is "participant" or "announcer" in a holding bridge.
	Role string `json:"role,omitempty"`
}

// EventFilter names the event types an application gets. An empty Allowed
// means all; Disallowed wins.
type EventFilter struct {
	Allowed    []string
	Disallowed []string
}
