package facts

import (
	"time"

	"trunkline/dialer"
)

// Group is a user group: with which campaigns its people have to do.
type Group struct {
	ID        string       `db:"id" json:"id"`
	Name      string       `db:"name" json:"name"`
	Campaigns dialer.Scope `db:"campaigns" json:"campaigns"`
	People    int          `db:"people" json:"-"`
}

// Account is a user as the admin pages show and change one; the password and the
// second factor are not in it.
type Account struct {
	ID       dialer.UserID `db:"id" json:"-"`
	Username string        `db:"username" json:"username"`
	FullName string        `db:"full_name" json:"full_name"`
	Role     dialer.Role   `db:"role" json:"role"`
	Group    string        `db:"user_group" json:"user_group"`
	Active   bool          `db:"active" json:"active"`
	Scope    dialer.Scope  `db:"campaigns" json:"-"` // of the group
	TwoSteps bool          `db:"two_steps" json:"-"` // signs in with a second factor
	Sessions int           `db:"sessions" json:"-"`  // browsers signed in now
	PassHash string        `db:"pass_hash" json:"-"` // to create one
}

// User is the account as the check of rights sees it.
func (a Account) User() dialer.User {
	return dialer.User{ID: a.ID, Username: a.Username, FullName: a.FullName, Role: a.Role, Active: a.Active, Group: a.Group, Scope: a.Scope}
}

// Trunk is a carrier with what its refusals mean.
type Trunk struct {
	ID         dialer.CarrierID `db:"id" json:"-"`
	Name       string           `db:"name" json:"name"`
	Host       string           `db:"host" json:"host"`
	Port       int              `db:"port" json:"port"`
	DialPrefix string           `db:"dial_prefix" json:"dial_prefix"`
	Active     bool             `db:"active" json:"active"`
	// Outcomes are this carrier's own meanings of SIP responses and Q.850 causes,
	// one a line: "SIP 603 DNC" or "cause 21 CR".
	Outcomes  string `json:"outcomes"`
	Campaigns string `db:"used_by" json:"-"` // that dial over it

	AuthUser  string `db:"auth_user" json:"auth_user"` // "": it knows us by our address
	Registers bool   `db:"registers" json:"registers"`
	FromUser  string `db:"from_user" json:"from_user"` // "": the caller id
	Secret    string `db:"auth_secret" json:"-"`       // to create one; never read
	HasSecret bool   `db:"has_secret" json:"-"`
	// Registered is how its registrations stand, "Registered tel-1, Rejected tel-2".
	Registered string `db:"registered" json:"-"`
}

// RegistrationLine is how a server's registration with a carrier stands.
type RegistrationLine struct {
	Server string    `db:"server"`
	State  string    `db:"state"`
	Since  time.Time `db:"since"`
}

// PhonePlace is an address from which phones come.
type PhonePlace struct {
	Contact string `db:"contact"` // of a phone at a fixed address
	Host    string `db:"host"`
	One     string `db:"one"`   // a user or phone there
	Users   int    `db:"users"` // how many there are
}

// SetPhone is a phone as the admin pages show and change one.
type SetPhone struct {
	ID       dialer.PhoneID   `db:"id" json:"-"`
	ServerID dialer.ServerID  `db:"server_id" json:"server_id"`
	UserID   dialer.UserID    `db:"user_id" json:"user_id"` // 0: anybody's
	Login    string           `db:"login" json:"login"`
	Kind     dialer.PhoneKind `db:"kind" json:"kind"`
	Contact  string           `db:"contact" json:"contact"`
	Secret   string           `db:"secret" json:"-"`
	Server   string           `db:"server_name" json:"-"`
	Username string           `db:"username" json:"-"`
}

// SetStatus is a disposition as the admin pages show and change one.
type SetStatus struct {
	Status     dialer.Status `db:"status" json:"status"`
	Name       string        `db:"name" json:"name"`
	GroupID    int64         `db:"group_id" json:"group_id"` // 0: none
	Group      string        `db:"group_name" json:"-"`
	GroupPlace int           `db:"group_position" json:"-"`
	Position   int           `db:"position" json:"position"`
	Hotkey     string        `db:"hotkey" json:"hotkey"` // digit or letter; "": one that is free
	Selectable bool          `db:"selectable" json:"selectable"`
	Human      bool          `db:"human" json:"human"`
	Sale       bool          `db:"sale" json:"sale"`
	DNC        bool          `db:"dnc" json:"dnc"`
	BuiltIn    bool          `db:"built_in" json:"-"` // the dialer itself gives it
}

// StatusGroup is a heading under which statuses stand.
type StatusGroup struct {
	ID       int64  `db:"id" json:"-"`
	Name     string `db:"name" json:"name"`
	Position int    `db:"position" json:"position"`
	Statuses int    `db:"statuses" json:"-"` // how many are in it
}

// SetPauseCode is a reason to pause.
type SetPauseCode struct {
	Campaign dialer.CampaignID `db:"campaign_id" json:"campaign_id"` // "": every campaign
	Code     string            `db:"code" json:"code"`
	Name     string            `db:"name" json:"name"`
	Position int               `db:"position" json:"position"`
}

// Script is what agents say, with variables in braces.
type Script struct {
	ID       string            `db:"id" json:"id"`
	Name     string            `db:"name" json:"name"`
	Campaign dialer.CampaignID `db:"campaign_id" json:"campaign_id"` // "": any campaign may use it
	Body     string            `db:"body" json:"body"`
}

// Browser is one in which a user is signed in.
type Browser struct {
	CreatedAt time.Time `db:"created_at"`
	SeenAt    time.Time `db:"seen_at"`
	IP        string    `db:"ip"`
	This      bool      `db:"this"` // the one that asks
}

// HostLine is a server as the page of servers shows it.
type HostLine struct {
	ID        dialer.ServerID `db:"id"`
	Name      string          `db:"name"`
	Web       bool            `db:"web"`
	Telephony bool            `db:"telephony"`
	Address   string          `db:"ami_addr"`
	MaxTrunks int             `db:"max_trunks"`
	CPS       float64         `db:"cps"`
	Active    bool            `db:"active"`
	Version   string          `db:"version"`
	BeatAt    *time.Time      `db:"beat_at"` // nil: never
	SkewMS    int             `db:"skew_ms"`
	Listening bool            `db:"listening"`
	ConfAt    *time.Time      `db:"conf_at"` // when its Asterisk got its configuration
	Lines     int             `db:"lines_up"`
	Agents    int             `db:"agents"`

	SIPAddr  string  `db:"sip_addr"` // where the other servers reach its Asterisk; "": no call crosses
	Weight   int     `db:"weight"`
	Dials    bool    `db:"dials"`
	Load     float64 `db:"load1"` // processes that run or want to, over a minute
	Cores    int     `db:"cores"`
	Channels int     `db:"channels"` // that its Asterisk has

	WebAt      *time.Time `db:"web_at"`      // the web role's last beat; BeatAt is keepalive's. nil: never
	WebVersion string     `db:"web_version"` // and Version is keepalive's
}

// Gone tells that the host was removed: its calls are there, and it is not.
func (l HostLine) Gone() bool { return !l.Web && !l.Telephony }

// SetServer is what is set for a server.
type SetServer struct {
	ID        dialer.ServerID `db:"id" json:"-"`
	Name      string          `db:"name" json:"-"`
	MaxTrunks int             `db:"max_trunks" json:"max_trunks"`
	CPS       float64         `db:"cps" json:"cps"`
	WSURL     string          `db:"ws_url" json:"ws_url"`
	Weight    int             `db:"weight" json:"weight"`
	Dials     bool            `db:"dials" json:"dials"`
	Active    bool            `db:"active" json:"active"`
	Telephony bool            `db:"telephony" json:"-"`
}

// Job is something that one server at a time does for all.
type Job struct {
	Name   string    `db:"name"`
	Holder string    `db:"holder"`
	Until  time.Time `db:"expires_at"`
}

// AuditQuery asks for a page of the audit log, the newest first.
type AuditQuery struct {
	User     dialer.UserID // 0: anybody
	Object   string        // beginning of the object, such as carrier/; "" for any
	From, To time.Time     // To is exclusive
	BeforeAt time.Time     // with BeforeID: entries older than that one
	BeforeID int64
	Limit    int
}

// Settings are a campaign's settings by column, each as its form writes it.
type Settings map[string]string

// NewCampaign is a campaign to be made, stopped.
type NewCampaign struct {
	ID       dialer.CampaignID
	Settings Settings // those that are not the defaults; name and carrier_id are there
	Lists    []dialer.ListID
	Groups   []string // whose people work for it
}

// ListChoice is a list that a campaign may take over.
type ListChoice struct {
	ID           dialer.ListID     `db:"id"`
	Name         string            `db:"name"`
	Campaign     dialer.CampaignID `db:"campaign_id"` // whose it is now
	CampaignName string            `db:"campaign_name"`
	Dialing      bool              `db:"dialing"` // that campaign dials now
}

// CarrierChoice is a carrier that a campaign may dial over.
type CarrierChoice struct {
	ID     dialer.CarrierID `db:"id"`
	Name   string           `db:"name"`
	Active bool             `db:"active"`
}

// RecordingQuery asks for a page of recordings, the newest first.
type RecordingQuery struct {
	Scope      dialer.Scope
	Campaign   dialer.CampaignID // "" for any
	Username   string            // "" for anybody's
	E164       string            // "" for any number
	List       dialer.ListID     // 0 for any
	Status     dialer.Status     // "" for any outcome
	From, To   time.Time         // To is exclusive
	BeforeAt   time.Time         // with the next two: those before that one
	BeforeCall dialer.CallID
	BeforeFile string
	Limit      int
}

// Recording is a recording with the call that it is of.
type Recording struct {
	Call         dialer.CallID     `db:"call_id"`
	File         string            `db:"file"` // below the server's folder of recordings
	StartedAt    time.Time         `db:"started_at"`
	State        string            `db:"state"` // WRITING, DONE, SHORT, LOST, DELETED
	Bytes        int64             `db:"bytes"`
	LengthMS     int64             `db:"length_ms"`
	SHA256       string            `db:"sha256"`
	Server       string            `db:"server_name"`
	Campaign     dialer.CampaignID `db:"campaign_id"`
	CampaignName string            `db:"campaign_name"`
	E164         string            `db:"e164"`
	Status       dialer.Status     `db:"status"`
	Username     string            `db:"username"`
	Agent        string            `db:"agent"`
	Customer     string            `db:"customer"`
}
