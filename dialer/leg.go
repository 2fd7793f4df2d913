package dialer

import "time"

// LegKind is what happened to a leg.
type LegKind string

// What the PBX tells of a leg.
const (
	LegCreated  LegKind = "created"
	LegRinging  LegKind = "ringing"  // 180 or 183
	LegAnswered LegKind = "answered" // 200 OK
	LegRefused  LegKind = "refused"  // the far end gave a final answer that is not 200
	LegArrived  LegKind = "arrived"  // the dialplan handed it to us, with Args
	LegJoined   LegKind = "joined"   // it is in Bridge now
	LegLeft     LegKind = "left"     // it is not in Bridge any more
	LegDigit    LegKind = "digit"    // it pressed Digit
	LegPlayed   LegKind = "played"   // what was being played to it has ended
	LegHungUp   LegKind = "hung up"  // its far end hangs up, or refuses; an end without it is this side's doing
	LegDoomed   LegKind = "doomed"   // the PBX goes down and takes it along, whatever cause its end will bear
	LegFailed   LegKind = "failed"   // its originate failed; LegEnded tells why, if there ever was a channel
	LegEnded    LegKind = "ended"    // the channel is gone, with Cause and SIPCode
)

// PlayFailed is the argument of a LegPlayed whose sound could not be played.
const PlayFailed = "failed"

// LegEvent is something that happened to one leg: a customer's or an agent's
// channel.
type LegEvent struct {
	Kind    LegKind
	Channel string
	At      time.Time // the PBX host's clock
	Args    []string
	Bridge  string
	Digit   string
	Cause   int    // Q.850; 0: none
	SIPCode int    // final SIP response; 0: none
	Guest   *Guest // LegArrived only: another server's call, whose channel has an id that is not ours
}

// Leg is a channel that the PBX has now.
type Leg struct {
	Channel string
	Up      bool   // answered
	Ringing bool   // the far end rings
	Bridge  string // the bridge it is in; "": none
	Arrived bool   // the dialplan has handed it to us, with Args
	Args    []string
	Guest   *Guest

	// When the dialplan got the answered call, and when it first asked for us:
	// the PBX host's clock; zero: it has not.
	UpAt, AskedAt time.Time
}

// Survey is what the PBX has now: the truth that records are set right by.
type Survey struct {
	Started time.Time // when the PBX started, its host's clock
	Legs    []Leg
	Bridges []string
	// Notes are those there are, asked for after the legs: a leg that is not
	// there any more has its end among them. nil: this PBX takes no notes.
	Notes map[CallID]Note
}

// Note is what the PBX has written down of a call by itself: that it was made,
// before the far end heard of it, and how it ended. It tells of calls that began
// or ended while nobody listened. The PBX keeps it until it is told to forget.
type Note struct {
	Sent  bool // the far end has been called; false: a leg was made, and not dialed
	Ended bool

	// Of a call that has ended. Times are of the PBX host's clock; zero: it did
	// not come to that, or it is not known when.
	EndedAt  time.Time
	Answered bool
	UpAt     time.Time // the dialplan got the answered call
	AskedAt  time.Time // it first asked for us
	Joined   bool      // it was in a bridge with somebody
	Session  SessionID // whose phone that was; 0: not known
	OptedOut bool      // a key was pressed in the safe-harbour message
	Rang     bool
	FarEnd   bool // the far end gave a final answer
	AMD      string
	AMDCause string
	Cause    int
	SIPCode  int
}

// Outgoing is a leg that somebody in Bridge is to hear ring.
type Outgoing struct {
	Channel  string
	Bridge   string
	Role     string // the first argument with which it comes to us: call, third
	Call     CallID
	E164     string
	Carrier  Carrier
	CallerID string
	Timeout  time.Duration // counted from the dialing
}

// Origin is a call to be originated.
type Origin struct {
	Call        CallID
	E164        string
	Carrier     Carrier
	CallerID    string
	Timeout     time.Duration // counted from the dialing
	AMD         bool
	AMDParams   string // of AMD(), comma-separated; "": those of amd.conf
	AMDWait     bool   // a machine's greeting and beep are waited for
	SafeHarbour string // played by the dialplan should nobody take the answered call
}
