// Package facts holds what the pages read from the database, in the shapes in
// which they show it. Stores fill them, pages render them; it imports the nouns
// only.
package facts

import (
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
)

// Shift is an agent's session with what is needed to act for it.
type Shift struct {
	Session dialer.Session
	Phone   dialer.Phone
	Server  dialer.Server
	Resumed bool            // it stood already when the agent signed in
	Line    dialer.ServerID // has the line of the customer in the call; 0: not asked for
}

// NewShift asks for an agent's shift to begin.
type NewShift struct {
	ID       dialer.SessionID
	User     dialer.UserID
	Campaign dialer.CampaignID
}

// DeskQuery asks what an agent's screen shows.
type DeskQuery struct {
	Session dialer.SessionID
	Day     time.Time // when today began
	Now     time.Time
	Refused time.Time       // refusals since then are shown,
	From    dialer.IntentID // of intents from this id on
	Shown   *Desk           // what the screen shows so far; nil: nothing yet
}

// settled is how long after a sum a call that was not in it has certainly come: what
// is committed beside the sum may be in it already, and clocks differ.
const settled = 2 * time.Second

// Known gives the day's figures where they follow from those that the screen shows.
// To sum them up, all of the agent's calls of today are read: once a call, when it
// has left the desk with its outcome.
func (q DeskQuery) Known(d Desk) (Today, bool) {
	was := q.Shown
	switch {
	case was == nil || was.Summed.Before(q.Day):
		return Today{}, false
	case was.counted() == d.counted() && (was.Session.CallID == d.Session.CallID || !d.counted()):
		return was.Today, true // the same call is on the line, or one that nobody has answered
	case was.counted() || was.Session.CallID != 0 && was.Session.CallID != d.Session.CallID:
		return Today{}, false
	}
	call := d.Call.Call
	if call.PlacedAt.Before(q.Day) || !call.BridgedAt.After(was.Summed.Add(settled)) {
		return Today{}, false // not of today; or one that is taken back, and was counted
	}
	t := was.Today
	t.Calls++
	t.TalkSeconds += max(0, int(q.Now.Sub(*call.BridgedAt)/time.Second))
	return t, true
}

// counted tells whether the call on the line is among those of the day.
func (d Desk) counted() bool { return d.Call != nil && d.Call.Call.BridgedAt != nil }

// Desk is all that an agent's screen shows at one moment.
type Desk struct {
	Session      dialer.Session
	User         dialer.User
	CampaignName string
	PhoneKind    dialer.PhoneKind
	ServerName   string
	ServerUp     bool // its listen has its Asterisk in hand, and its host beats
	Call         *DeskCall
	Third        *dialer.Third // the newest third party of the call
	Parked       []ParkedCall
	Preview      *dialer.Lead // looked at before it is dialed
	Record       dialer.RecordMode
	Message      bool  // the campaign has a message for machines
	PreviewS     int   // how long a lead is looked at before it is dialed; 0: as long as the agent wants
	Page         int64 // the page that has the desk; 0: none said so
	Draft        int64 // the version of what another page wrote of the call; 0: nothing
	Today        Today
	Summed       time.Time // up to when Today was summed up; calls may have been added since
	Refusal      *Refusal
	Notice       *Notice // what a supervisor last told the agent
}

// DeskCall is the call on the line, or in wrap-up.
type DeskCall struct {
	Call    dialer.Call
	Lead    dialer.Lead
	InGroup string // the name of the in-group that the call came from; "": none
	Outcome string // the name of the call's status
}

// ParkedCall is a customer of the campaign who hears music and has no agent.
type ParkedCall struct {
	ID     dialer.CallID `db:"id"`
	Number string        `db:"e164"`
	Name   string        `db:"name"`
	Since  time.Time     `db:"since"`
}

// Today is what an agent did since the day began.
type Today struct {
	Calls       int `db:"calls"`
	Sales       int `db:"sales"`
	TalkSeconds int `db:"talk_s"`
}

// Refusal is an intent that was not carried out, and why.
type Refusal struct {
	Intent   dialer.IntentID `db:"id"`
	Sentence string          `db:"refusal"`
}

// PastCall is one line of a lead's history.
type PastCall struct {
	PlacedAt    time.Time     `db:"placed_at"`
	Status      dialer.Status `db:"status"`
	StatusName  string        `db:"status_name"`
	Agent       string        `db:"agent"`
	TalkSeconds int           `db:"talk_s"`
	Note        string        `db:"note"` // what the agent wrote
}

// StatusChoice is a disposition that an agent may choose.
type StatusChoice struct {
	Status  dialer.Status `db:"status"`
	Name    string        `db:"name"`
	GroupID int64         `db:"group_id"` // 0: none
	Group   string        `db:"group_name"`
	Place   int           `db:"group_position"` // of the group among the others
	Hotkey  string        `db:"hotkey"`         // the key that chooses it; "": one that is free
}

// CallSpan is a stretch of time in which a customer may be called, or may not.
type CallSpan struct {
	From, To time.Time // To is excluded
	Why      string    // a sentence on why not; "": they may be called
}

// PauseChoice is a reason to pause.
type PauseChoice struct {
	Code string `db:"code"`
	Name string `db:"name"`
}

// CampaignChoice is a campaign that an agent may sign in to.
type CampaignChoice struct {
	ID     dialer.CampaignID `db:"id"`
	Name   string            `db:"name"`
	Active bool              `db:"active"`
}

// CampaignLine is one row of the list of campaigns.
type CampaignLine struct {
	ID         dialer.CampaignID `db:"id"`
	Name       string            `db:"name"`
	Active     bool              `db:"active"`
	DialMethod dialer.DialMethod `db:"dial_method"`
	DialLevel  float64           `db:"dial_level"`
	Agents     int               `db:"agents"`
	Calls      int               `db:"calls"`
	Hopper     int               `db:"hopper"`
	Lists      int               `db:"lists"`
	Archived   bool              `db:"archived"`
}

// Campaign is a campaign with its settings and the name of its carrier.
type Campaign struct {
	dialer.Campaign
	CarrierName string `db:"carrier_name"`
	Archived    bool   `db:"archived"`
}

// Finding is what a rule asks of a campaign and its settings do not see to.
type Finding struct{ Rule, Setting, Says string }

// CampaignLive is how a campaign stands at one moment. What is counted since the
// day began is named for what happened to the call.
type CampaignLive struct {
	Active    bool
	Agents    map[dialer.AgentState]int
	Calls     map[dialer.CallState]int
	Hopper    int // leads that may be called now and wait for it
	Placed    int
	Answered  int
	Connected int // reached an agent
	People    int // answered and were people, by what the agents said; with the dropped
	Dropped   int // answered, and no agent in time

	Pacing  []PacingLine // by server
	Ledgers []DropLedger // as they stood some seconds ago at most while it dials
}

// PacingLine is what pacing last said for a server.
type PacingLine struct {
	Server string `db:"name"`
	Age    int    `db:"age"` // s
	Bound  string `db:"bound"`
	Reason string `db:"reason"`
}

// DropLedger is how a law, or a product, counts a campaign's dropped calls.
type DropLedger struct {
	Name, Source string
	From, To     time.Time
	Drops, Calls float64
	Upper        float64 // upper 95 % bound of the underlying share, 0 to 1
	Limit        float64 // 0: it has none
	Binds        bool    // the campaign must keep it
}

// CampaignChange is what somebody does to a campaign.
type CampaignChange struct {
	Campaign dialer.CampaignID
	By       audit.By
}

// ListLine is one list of a campaign.
type ListLine struct {
	ID     dialer.ListID `db:"id"`
	Name   string        `db:"name"`
	Active bool          `db:"active"`
}

// StatusCount is how many leads of a list have a status.
type StatusCount struct {
	List   dialer.ListID `db:"list_id"`
	Status dialer.Status `db:"status"`
	Name   string        `db:"name"`
	Leads  int           `db:"leads"`
}

// ServerState tells whether one telephony server's listen has its Asterisk in
// hand, and its host beats.
type ServerState struct {
	ID dialer.ServerID `db:"id"`
	Up bool            `db:"up"`
}

// WebSession is somebody signed in on one browser.
type WebSession struct {
	User      dialer.User
	SeenAt    time.Time
	ExpiresAt time.Time
}

// WatchPlace is an agent's shift that is to be watched, with the supervisor's
// phone on its server.
type WatchPlace struct {
	Session    dialer.SessionID  `db:"session_id"`
	User       dialer.UserID     `db:"user_id"`
	Campaign   dialer.CampaignID `db:"campaign_id"`
	Server     dialer.ServerID   `db:"server_id"`
	ServerName string            `db:"server_name"`
	WSURL      string            `db:"ws_url"`
	Phone      dialer.Phone      `db:"phone"`
}

// WatchedAgent is an agent on shift, as a supervisor's list shows them.
type WatchedAgent struct {
	Session    dialer.SessionID  `db:"id"`
	State      dialer.AgentState `db:"state"`
	NoSound    string            `db:"no_sound"`
	Username   string            `db:"username"`
	FullName   string            `db:"full_name"`
	Campaign   dialer.CampaignID `db:"campaign_id"`
	ServerName string            `db:"server_name"`
	CallState  dialer.CallState  `db:"call_state"`
	Number     string            `db:"e164"`
	WSURL      string            `db:"ws_url"`
}
