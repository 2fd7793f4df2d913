package dialer

import "time"

// AgentState is where an agent's shift stands. dialer/agent holds the table of
// its changes.
type AgentState string

// The states of an agent.
const (
	AgentConnecting AgentState = "CONNECT" // logged in, the phone is not on the line yet (or lost it)
	AgentPaused     AgentState = "PAUSED"
	AgentReady      AgentState = "READY"
	AgentInCall     AgentState = "INCALL"
	AgentWrapUp     AgentState = "WRAPUP"
	AgentOut        AgentState = "OUT" // logged out
)

// CallState is where a call stands. dialer/call holds the table of its changes.
type CallState string

// The states of a call.
const (
	CallPlaced   CallState = "PLACED"   // committed to the database; its originate goes out now
	CallRinging  CallState = "RINGING"  // the far end rings, or sends early media
	CallAnswered CallState = "ANSWERED" // answered; AMD may be listening
	CallWaiting  CallState = "WAITING"  // wants an agent
	CallTalking  CallState = "TALKING"
	CallHeld     CallState = "HELD"
	CallDropping CallState = "DROPPING" // no agent in time: hears the safe-harbour message
	CallMessage  CallState = "MESSAGE"  // a machine hears the campaign's message
	CallParked   CallState = "PARKED"   // hears music, has no agent, waits to be taken back
	CallPassed   CallState = "XFER"     // with somebody else; its agent is free
	CallEnded    CallState = "ENDED"
)

// Session is one agent's shift, from login to logout, on one telephony server.
type Session struct {
	ID         SessionID  `db:"id"`
	UserID     UserID     `db:"user_id"`
	CampaignID CampaignID `db:"campaign_id"`
	ServerID   ServerID   `db:"server_id"`
	PhoneID    PhoneID    `db:"phone_id"`
	PhoneLogin string     `db:"phone_login"` // read for listen only
	State      AgentState `db:"state"`
	PauseCode  string     `db:"pause_code"`
	PauseNext  string     `db:"pause_next"`  // asked for during a call: pause with this code after it
	Since      time.Time  `db:"state_since"` // since when in State, by the log
	Leg        string     `db:"leg"`         // channel of the agent's phone; "": not on the line
	CallID     CallID     `db:"call_id"`
	SeenAt     time.Time  `db:"seen_at"` // last moment the agent's page was connected
	LoggedInAt time.Time  `db:"logged_in_at"`
	Muted      bool       `db:"muted"`        // by the server
	NoSound    string     `db:"no_sound"`     // "phone" or "customer": from where no sound has come for 2 s
	PreviewID  LeadID     `db:"preview_lead"` // the lead that the agent looks at before dialing; 0: none

	PreviewSince *time.Time `db:"preview_since"` // since when; nil: none is looked at
	ShownSince   *time.Time `db:"shown_since"`   // see Shown; nil: Since
}

// Shown is since when the agent is in this state, and in this pause, as people
// count it: a phone that was gone meanwhile, as while a page reloads, does not begin
// it anew. In the log it does.
func (s Session) Shown() time.Time {
	if s.ShownSince != nil {
		return *s.ShownSince
	}
	return s.Since
}

// Call is one attempt to reach a lead.
type Call struct {
	ID         CallID     `db:"id"`
	State      CallState  `db:"state"`
	CampaignID CampaignID `db:"campaign_id"`
	ListID     ListID     `db:"list_id"`
	LeadID     LeadID     `db:"lead_id"`
	LeadWas    Status     `db:"lead_was"` // the lead's status before this call
	E164       string     `db:"e164"`
	ServerID   ServerID   `db:"server_id"`
	LineServer ServerID   `db:"line_server_id"` // has the customer's line, where the call was ever with an agent of another; 0: ServerID
	CarrierID  CarrierID  `db:"carrier_id"`
	SessionID  SessionID  `db:"session_id"` // 0: no agent yet
	UserID     UserID     `db:"user_id"`
	PlacedAt   time.Time  `db:"placed_at"`
	Sent       bool       `db:"sent"` // false: known never to have left for the carrier
	RingingAt  *time.Time `db:"ringing_at"`
	AnsweredAt *time.Time `db:"answered_at"`
	WantedAt   *time.Time `db:"wanted_at"`   // asked for an agent
	BridgedAt  *time.Time `db:"bridged_at"`  // entered the agent's bridge
	DroppedAt  *time.Time `db:"dropped_at"`  // no agent was free within the campaign's limit
	DropAction DropAction `db:"drop_action"` // and what was done then
	InGroup    InGroupID  `db:"in_group"`    // that it came to; "": none
	EndedAt    *time.Time `db:"ended_at"`
	Status     Status     `db:"status"`
	Cause      int        `db:"cause"`    // Q.850 hang-up cause; 0: unknown
	SIPCode    int        `db:"sip_code"` // final SIP response; 0: none
	EndedBy    Party      `db:"ended_by"`
	AMD        string     `db:"amd"` // AMDSTATUS of Asterisk, or FAX; "": not asked
	AMDCause   string     `db:"amd_cause"`
	Recording  RecState   `db:"recording"`
	ToldAt     *time.Time `db:"told_at"` // the campaign's announcement that the call is recorded began
	Manual     bool       `db:"manual"`  // an agent dialed it and hears it ring
	Grounds               // why it was allowed; written when it is placed

	// Known is how many calls to the number the verdict knew of, those of
	// compliance.HistoryDays; CallerID is what the callee is shown, digits. Both
	// are for placing it and are not kept.
	Known    int    `db:"-"`
	CallerID string `db:"-"`
}

// RecState is whether a call is being recorded.
type RecState string

// The states of a call's recording.
const (
	RecOff    RecState = ""
	RecOn     RecState = "ON"
	RecPaused RecState = "PAUSED" // the file goes on with silence
)

// Floor is what pacing needs to know of a campaign on one server.
type Floor struct {
	Ready, Talking, WrapUp, Paused int // agents
	Dialing, Waiting               int // calls not answered yet; answered and without an agent
	Live                           int // calls of all campaigns: each holds a trunk

	Flights []Flight    // the Dialing and Waiting calls one by one
	Busy    []BusyAgent // the Talking and WrapUp agents one by one
	// Crossed are the calls that went to other servers' agents lately: what those
	// servers say may be from before.
	Crossed []Crossed `json:",omitempty"`
}

// Crossed is a call that went to another server's agent.
type Crossed struct {
	To ServerID
	At time.Time
}

// Flight is a call that has no agent yet.
type Flight struct {
	State CallState
	In    time.Duration // since it was placed, rang or was answered, whichever came last
	Rang  time.Duration // how long it rang, once answered
}

// BusyAgent is an agent on a call or in wrap-up.
type BusyAgent struct {
	WrapUp bool
	In     time.Duration // on the call, or in wrap-up
	Rang   time.Duration // on a call: how long it rang
	Talked time.Duration // in wrap-up: how long the call was
}

// Party is who ended a call.
type Party string

// The parties.
const (
	ByLead    Party = "lead"
	ByAgent   Party = "agent"
	ByDialer  Party = "dialer"
	ByCarrier Party = "carrier" // it never came to be
)

// IntentKind is what an agent asks for.
type IntentKind string

// The intents of an agent.
const (
	IntentReady   IntentKind = "ready"
	IntentPause   IntentKind = "pause"   // Args.Code; during a call: after it
	IntentHold    IntentKind = "hold"    //
	IntentResume  IntentKind = "resume"  //
	IntentHangup  IntentKind = "hangup"  // the customer's leg
	IntentDispose IntentKind = "dispose" // Args.Status, Args.Comments, Args.Pause
	IntentLogout  IntentKind = "logout"
	IntentRing    IntentKind = "ring"     // the agent's phone, as the leg Args.Leg; where the web role could not do it itself
	IntentRecord  IntentKind = "record"   // starts the recording, or goes on with it
	IntentRecHold IntentKind = "rechold"  // pauses the recording
	IntentMute    IntentKind = "mute"     // the agent's own sound; for phones without a button
	IntentUnmute  IntentKind = "unmute"   //
	IntentDigits  IntentKind = "digits"   // Args.Digits to the customer, or to the third party
	IntentDial    IntentKind = "dial"     // Args.Number, or the lead that is previewed
	IntentPreview IntentKind = "preview"  // Args.LeadID, or the next lead, to be looked at before it is dialed
	IntentSkip    IntentKind = "skip"     // gives the previewed lead back
	IntentConsult IntentKind = "consult"  // Args.Number is dialed while the customer hears music
	IntentInvite  IntentKind = "invite"   // Args.Number is dialed into the talk: a three-way call
	IntentJoin    IntentKind = "join"     // customer, third party and agent talk together
	IntentLeave   IntentKind = "leave"    // customer and third party go on without the agent
	IntentPass    IntentKind = "transfer" // blind: the customer hears Args.Number ring, the agent is free
	IntentDropOut IntentKind = "drop3"    // the third party is hung up, the customer comes back
	IntentPark    IntentKind = "park"     //
	IntentTake    IntentKind = "takeback" // Args.CallID, which is parked
	IntentMessage IntentKind = "message"  // the campaign's message is left on the machine; the agent is free
	IntentHangAll IntentKind = "hangall"  // every leg but the agent's
	IntentWatch   IntentKind = "watch"    // a supervisor: Args.Watch, Args.Mode
	IntentUnwatch IntentKind = "unwatch"  // Args.Watch
)

// Intent is one click of an agent, written by the web role and carried out by
// the listen of the agent's server. It may arrive twice; the second time it is
// closed already.
type Intent struct {
	ID        IntentID
	ServerID  ServerID
	SessionID SessionID
	Kind      IntentKind
	Args      IntentArgs
}

// IntentArgs are an intent's details; each kind uses its own.
type IntentArgs struct {
	CallID   CallID       `json:"call,omitempty"`     // the call the agent saw: a click meant for a call that has ended does nothing
	Code     string       `json:"code,omitempty"`     // pause code
	Status   Status       `json:"status,omitempty"`   // disposition
	Comments string       `json:"comments,omitempty"` // the agent's note, kept on the lead
	Pause    bool         `json:"pause,omitempty"`    // after the disposition: pause, not ready
	Callback *CallbackAsk `json:"callback,omitempty"` // promised with the disposition CALLBK
	LeadID   LeadID       `json:"lead,omitempty"`     // of the campaign
	Leg      int64        `json:"leg,omitempty"`      // makes the channel's id: SessionID.Channel
	Number   string       `json:"number,omitempty"`   // E.164
	Digits   string       `json:"digits,omitempty"`   // 0-9, *, #
	Watch    WatchID      `json:"watch,omitempty"`
	Mode     WatchMode    `json:"mode,omitempty"`
}

// Event says that something about a session, a call or a campaign changed. Its
// row is written in the transaction of the change; what it is now stands in
// the tables.
type Event struct {
	ID         int64      `db:"id"`
	At         time.Time  `db:"at"`
	ServerID   ServerID   `db:"server_id"`
	Kind       EventKind  `db:"kind"`
	SessionID  SessionID  `db:"session_id"`
	CallID     CallID     `db:"call_id"`
	CampaignID CampaignID `db:"campaign_id"`
}

// EventKind is what an event is about.
type EventKind string

// The kinds of event.
const (
	EventAgent    EventKind = "agent"
	EventCall     EventKind = "call"
	EventCampaign EventKind = "campaign"
)
