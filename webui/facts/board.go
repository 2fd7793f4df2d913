package facts

import (
	"time"

	"trunkline/dialer"
)

// BoardAgent is an agent on shift, as the live boards show them.
type BoardAgent struct {
	Session    dialer.SessionID  `db:"id"`
	User       dialer.UserID     `db:"user_id"`
	Username   string            `db:"username"`
	FullName   string            `db:"full_name"`
	Campaign   dialer.CampaignID `db:"campaign_id"`
	Server     dialer.ServerID   `db:"server_id"`
	ServerName string            `db:"server_name"`
	State      dialer.AgentState `db:"state"`
	PauseCode  string            `db:"pause_code"`
	PauseName  string            `db:"pause_name"` // "": the code is none that somebody chooses
	PauseNext  string            `db:"pause_next"`
	Since      time.Time         `db:"state_since"` // since when in State, by the log
	Shown      time.Time         `db:"shown_since"` // and as people count it: see dialer.Session
	NoSound    string            `db:"no_sound"`    // "phone" or "customer": from where no sound comes
	Away       bool              `db:"away"`        // the page has not been seen for 6 s
	CallState  dialer.CallState  `db:"call_state"`
	Number     string            `db:"e164"`
}

// Name is how the agent is called.
func (a BoardAgent) Name() string {
	if a.FullName != "" {
		return a.FullName
	}
	return a.Username
}

// BoardLines is how many calls of a campaign are up on a carrier in a state.
type BoardLines struct {
	Campaign dialer.CampaignID `db:"campaign_id"`
	Carrier  dialer.CarrierID  `db:"carrier_id"`
	State    dialer.CallState  `db:"state"`
	N        int               `db:"n"`
}

// BoardWaiting is somebody who has answered and waits for an agent.
type BoardWaiting struct {
	Call     dialer.CallID     `db:"id"`
	Campaign dialer.CampaignID `db:"campaign_id"`
	Number   string            `db:"e164"`
	Since    time.Time         `db:"since"`
	InGroup  string            `db:"in_group"` // the name of the in-group in which it waits; "": none
	Takers   dialer.Scope      `db:"takers"`   // the campaigns whose agents may take it there
}

// BoardFloor is what changes with every event.
type BoardFloor struct {
	Agents  []BoardAgent
	Lines   []BoardLines
	Waiting []BoardWaiting
}

// BoardCampaign is a campaign and what steers it.
type BoardCampaign struct {
	ID          dialer.CampaignID `db:"id"`
	Name        string            `db:"name"`
	Active      bool              `db:"active"`
	Method      dialer.DialMethod `db:"dial_method"`
	Level       float64           `db:"dial_level"`
	DropRule    dialer.DropRule   `db:"drop_rule"`
	DropPercent float64           `db:"drop_percent"`
	DropMS      int               `db:"drop_ms"`
}

// BoardPacing is what pacing last decided for a campaign on a server.
type BoardPacing struct {
	Campaign dialer.CampaignID `db:"campaign_id"`
	Server   string            `db:"name"`
	Place    int               `db:"place"`
	Bound    string            `db:"bound"`
	Reason   string            `db:"reason"`
	At       time.Time         `db:"decided_at"`
}

// BoardPace is what no event tells of: the campaigns, and why so many calls are
// placed.
type BoardPace struct {
	Campaigns []BoardCampaign
	Pacing    []BoardPacing
}

// BoardServer is a telephony server.
type BoardServer struct {
	ID     dialer.ServerID `db:"id"`
	Name   string          `db:"name"`
	WSURL  string          `db:"ws_url"`
	Trunks int             `db:"max_trunks"`
	Up     bool            `db:"up"`
}

// BoardAround is what stands around the floor.
type BoardAround struct {
	Hopper  map[dialer.CampaignID]int
	Ledgers map[dialer.CampaignID][]DropLedger
	Servers []BoardServer
	WebAway []string // names of web servers
	Limits  []BoardLimits
}

// BoardLimits says from when on a time is coloured, in seconds; 0: never. The
// first of each pair is worth a look, the second is too long.
type BoardLimits struct {
	Campaign   dialer.CampaignID `db:"campaign_id" json:"campaign_id"` // "": every campaign that has none of its own
	Ready      int               `db:"ready_s" json:"ready_s"`
	ReadyOver  int               `db:"ready_over_s" json:"ready_over_s"`
	Call       int               `db:"call_s" json:"call_s"`
	CallOver   int               `db:"call_over_s" json:"call_over_s"`
	Hold       int               `db:"hold_s" json:"hold_s"`
	HoldOver   int               `db:"hold_over_s" json:"hold_over_s"`
	WrapUp     int               `db:"wrapup_s" json:"wrapup_s"`
	WrapUpOver int               `db:"wrapup_over_s" json:"wrapup_over_s"`
	Paused     int               `db:"paused_s" json:"paused_s"`
	PausedOver int               `db:"paused_over_s" json:"paused_over_s"`
}

// Key is what the limits' address ends with: a campaign, or what no campaign is
// called.
func (l BoardLimits) Key() string {
	if l.Campaign == "" {
		return "-every"
	}
	return string(l.Campaign)
}

// BoardTally is what an agent has done since the day began.
type BoardTally struct{ Calls, Sales int }

// BoardDay is what became of a campaign's calls in a span of time.
type BoardDay struct {
	Placed    int `db:"placed"`
	Answered  int `db:"answered"`
	Connected int `db:"connected"`
	People    int `db:"people"` // answered and were people; with the dropped
	Dropped   int `db:"dropped"`
	Sales     int `db:"sales"`
}

// Plus adds two spans up.
func (d BoardDay) Plus(e BoardDay) BoardDay {
	return BoardDay{d.Placed + e.Placed, d.Answered + e.Answered, d.Connected + e.Connected, d.People + e.People, d.Dropped + e.Dropped, d.Sales + e.Sales}
}

// BoardCarrier is a carrier and what became of the calls of the last minutes.
type BoardCarrier struct {
	ID       dialer.CarrierID `db:"id"`
	Name     string           `db:"name"`
	Active   bool             `db:"active"`
	Placed   int              `db:"placed"`
	Answered int              `db:"answered"`
	Refused  int              `db:"refused"`
	Code     int              `db:"code"` // one of the answers with which it refused; 0: by a cause only
}

// BoardSpell is a time that an agent spent in a state.
type BoardSpell struct {
	Campaign dialer.CampaignID `db:"campaign_id"`
	State    dialer.AgentState `db:"state"`
	From     time.Time         `db:"from_at"`
	To       time.Time         `db:"to_at"`
}

// BoardShift is a shift that a supervisor reaches into.
type BoardShift struct {
	Session   dialer.SessionID  `db:"id"`
	User      dialer.UserID     `db:"user_id"`
	Campaign  dialer.CampaignID `db:"campaign_id"`
	Server    dialer.ServerID   `db:"server_id"`
	State     dialer.AgentState `db:"state"`
	PauseCode string            `db:"pause_code"`
	PauseNext string            `db:"pause_next"`
	Username  string            `db:"username"`
	FullName  string            `db:"full_name"`
}

// Notice is what a supervisor has told an agent.
type Notice struct {
	ID   dialer.IntentID   `db:"id"`
	Kind dialer.IntentKind `db:"kind"` // what was asked of the shift with it
	Says string            `db:"says"`
	At   time.Time         `db:"at"`
	Who  string            `db:"who"`
}
