package dialer

import "time"

// Third is a third party that an agent dialed during a call: a row of its own
// beside the call's, which stays the customer's.
type Third struct {
	Call       CallID       `db:"call_id"`
	N          int          `db:"n"`
	ServerID   ServerID     `db:"server_id"`
	SessionID  SessionID    `db:"session_id"`
	Purpose    ThirdPurpose `db:"purpose"`
	E164       string       `db:"e164"`
	State      CallState    `db:"state"` // PLACED, RINGING, TALKING, ENDED
	PlacedAt   time.Time    `db:"placed_at"`
	AnsweredAt *time.Time   `db:"answered_at"`
	EndedAt    *time.Time   `db:"ended_at"`
	Cause      int          `db:"cause"`
	SIPCode    int          `db:"sip_code"`
}

// ID is the leg's id.
func (t Third) ID() ThirdID { return ThirdID{t.Call, t.N} }

// ThirdPurpose is why a third party was dialed.
type ThirdPurpose string

// The purposes of a third party.
const (
	ThirdConsult  ThirdPurpose = "consult"  // asked first, while the customer hears music
	ThirdInvite   ThirdPurpose = "invite"   // into the talk
	ThirdTransfer ThirdPurpose = "transfer" // blind
)

// Watch is a supervisor's ear at an agent.
type Watch struct {
	ID        WatchID    `db:"id"`
	ServerID  ServerID   `db:"server_id"`
	UserID    UserID     `db:"user_id"`
	SessionID SessionID  `db:"session_id"`
	CallID    CallID     `db:"call_id"` // the call that was taken over
	Mode      WatchMode  `db:"mode"`
	Leg       string     `db:"leg"` // channel of the supervisor's phone
	StartedAt time.Time  `db:"started_at"`
	EndedAt   *time.Time `db:"ended_at"`
}

// WatchMode is what a supervisor does at an agent's desk.
type WatchMode string

// The watch modes.
const (
	WatchListen   WatchMode = "listen"   // hears both; nobody hears the supervisor
	WatchWhisper  WatchMode = "whisper"  // the agent hears the supervisor, the customer does not
	WatchBarge    WatchMode = "barge"    // all hear all
	WatchTakeOver WatchMode = "takeover" // the customer talks with the supervisor, the agent is free
)
