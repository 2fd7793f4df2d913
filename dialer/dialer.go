// Package dialer holds the nouns of a contact-center dialer, their ids and the
// few kinds of error that cross package borders. It imports nothing of ours:
// every other package may speak its words.
package dialer

import "time"

// User is somebody who signs in.
type User struct {
	ID       UserID `db:"id"`
	Username string `db:"username"`
	FullName string `db:"full_name"`
	PassHash string `db:"pass_hash"` // argon2id, PHC string format
	Role     Role   `db:"role"`
	Active   bool   `db:"active"`
	Group    string `db:"user_group"` // id of the user group; "" where it was not asked for
	Scope    Scope  `db:"campaigns"`  // of the group: the campaigns that concern the user
	// Only is what of the user's rights is left where a token stands for them; nil
	// where they are there themselves.
	Only *Narrowed `db:"-"`
}

// PhoneKind tells how an agent's phone is reached.
type PhoneKind string

// The kinds of phone.
const (
	PhoneWebRTC PhoneKind = "webrtc" // the agent's browser, registering over WSS
	PhoneSIP    PhoneKind = "sip"    // a SIP phone that registers
	PhoneStatic PhoneKind = "static" // a SIP phone at a fixed address (Phone.Contact)
)

// Phone is an agent's endpoint on one telephony server. Its Login is the PJSIP
// endpoint's name.
type Phone struct {
	ID       PhoneID   `db:"id"`
	ServerID ServerID  `db:"server_id"`
	UserID   UserID    `db:"user_id"` // whose phone; 0: anybody's
	Login    string    `db:"login"`
	Secret   string    `db:"secret"` // SIP password, generated; never the sign-in password
	Kind     PhoneKind `db:"kind"`
	Contact  string    `db:"contact"` // SIP URI, PhoneStatic only
}

// Carrier is a SIP trunk. Its Name is the PJSIP endpoint's name.
type Carrier struct {
	ID         CarrierID `db:"id"`
	Name       string    `db:"name"`
	Host       string    `db:"host"`
	Port       int       `db:"port"`
	DialPrefix string    `db:"dial_prefix"` // put before the number, digits only
	Active     bool      `db:"active"`
	AuthUser   string    `db:"auth_user"`   // how we are called when it asks; "": it knows us by our address
	AuthSecret string    `db:"auth_secret"` // and what we answer; "" where it was not read
	Registers  bool      `db:"registers"`   // we tell it where we are, again and again
	FromUser   string    `db:"from_user"`   // user part of From; "": the caller id
}

// Registration is how a server's registration with a carrier stands.
type Registration struct {
	Carrier string // its name
	State   string // Registered, Unregistered, Rejected, Stopped: Asterisk's words
}

// Server is one host of the cluster and what the others need to reach it.
type Server struct {
	ID        ServerID `db:"id"`
	Name      string   `db:"name"`
	Web       bool     `db:"web"`
	Telephony bool     `db:"telephony"`
	AMIAddr   string   `db:"ami_addr"`   // host:port, for the web role
	AMIUser   string   `db:"ami_user"`   // the web role's AMI user
	AMISecret string   `db:"ami_secret"` // and its secret
	WSURL     string   `db:"ws_url"`     // where browsers' phones register, ws:// or wss://
	MaxTrunks int      `db:"max_trunks"` // outbound channels at once
	CPS       float64  `db:"cps"`        // originates a second
	SIPAddr   string   `db:"sip_addr"`   // host:port for the other servers' Asterisks; "": no call crosses
	Active    bool     `db:"active"`
}

// DialMethod is a campaign's way of pacing its calls.
type DialMethod string

// The dial methods. The first five mean what they mean in VICIdial.
const (
	DialManual      DialMethod = "MANUAL"
	DialRatio       DialMethod = "RATIO"
	DialHardLimit   DialMethod = "ADAPT_HARD_LIMIT"
	DialTapered     DialMethod = "ADAPT_TAPERED"
	DialAverage     DialMethod = "ADAPT_AVERAGE"
	DialProgressive DialMethod = "PROGRESSIVE" // one call per waiting agent
	DialPredictive  DialMethod = "PREDICTIVE"  // as many as the drop budget carries, learnt from the campaign's own calls
)

// Levelled tells whether the dial level says anything to the method: RATIO places
// that many calls for each agent, the ADAPT methods begin there.
func (m DialMethod) Levelled() bool {
	switch m {
	case DialRatio, DialHardLimit, DialTapered, DialAverage:
		return true
	}
	return false
}

// AMDMode is what a campaign does about answering machines.
type AMDMode string

// The AMD modes.
const (
	AMDOff     AMDMode = "off"     // nobody judges: every answered call goes to an agent
	AMDDrop    AMDMode = "drop"    // a machine is hung up and gets status A
	AMDMessage AMDMode = "message" // a machine hears Campaign.Voicemail after its beep, then is hung up
	AMDAgent   AMDMode = "agent"   // machines go to agents too; the verdict is kept with the call
)

// DropAction is what a campaign does with an answered call that no agent was
// free for within its limit. By US law it is an abandoned call in any case.
type DropAction string

// The drop actions, in VICIdial's words.
const (
	// DropMessage plays the safe-harbour message, which 47 CFR 64.1200(a)(7)(i)
	// asks for; any key puts the number on the DNC and ends the call.
	DropMessage DropAction = "message"
	DropHangup  DropAction = "hangup"
	// DropInGroup has the call wait in an in-group (Campaign.InGroup).
	DropInGroup DropAction = "ingroup"
)

// RecordMode is which calls a campaign records.
type RecordMode string

// The recording modes, as VICIdial's operators know them (NEVER, ONDEMAND,
// ALLCALLS, ALLFORCE).
const (
	RecordNever  RecordMode = "never"
	RecordDemand RecordMode = "demand" // the agent starts it
	RecordAll    RecordMode = "all"    // every bridged call; the agent may pause it while a card number is read out
	RecordForced RecordMode = "forced" // every bridged call, whole: nobody may pause it
)

// FromStart tells whether a recording starts by itself with the talk.
func (m RecordMode) FromStart() bool { return m == RecordAll || m == RecordForced }

// Campaign is one dialing effort: its lists, its rules, its pace.
type Campaign struct {
	ID           CampaignID    `db:"id"`
	Name         string        `db:"name"`
	Active       bool          `db:"active"`
	DialMethod   DialMethod    `db:"dial_method"`
	DialLevel    float64       `db:"dial_level"`     // calls per agent, 0 to 20
	DialTimeout  int           `db:"dial_timeout_s"` // seconds of ringing, 15 to 120 (15 s is the legal floor, 47 CFR 64.1200(a)(6))
	DropMillis   int           `db:"drop_ms"`        // how long an answered call may wait for an agent, ms
	CarrierID    CarrierID     `db:"carrier_id"`     //
	CallerID     string        `db:"caller_id"`      // E.164 digits shown to the callee
	AMD          AMDMode       `db:"amd"`            //
	AMDParams    string        `db:"amd_params"`     // arguments of Asterisk's AMD(), comma-separated numbers; "": those of amd.conf
	Voicemail    string        `db:"voicemail"`      // sound left on answering machines, by the dialer or by an agent's key
	Record       RecordMode    `db:"record"`         //
	RecordNotice string        `db:"record_notice"`  // sound that tells of the recording where a rule asks for it; "": the agent does
	HoldMusic    string        `db:"hold_music"`     // heard on hold: a sound of ours, or a class of Asterisk's music on hold; "": its default
	HopperLevel  int           `db:"hopper_level"`   // leads kept ready; 0: worked out from agents and dial level
	CallFrom     int           `db:"call_from_min"`  // calling hours, minutes after the callee's local midnight
	CallTo       int           `db:"call_to_min"`    // end, exclusive; 1440 is midnight
	CallTimes    string        `db:"call_times"`     // call times that narrow the hours, as compliance reads them; "": none
	DialStatuses string        `db:"dial_statuses"`  // lead statuses that may be dialed, space-separated
	SafeHarbour  string        `db:"safe_harbour"`   // sound played to a call that found no agent
	Debt         bool          `db:"debt"`           // it collects debts: Regulation F holds (12 CFR 1006.14)
	MaxAttempts  int           `db:"max_attempts"`   // calls of a lead, ever; 0: no limit, as in the next four
	MaxPerDay    int           `db:"max_per_day"`    // calls to a number on one of the callee's days, by all campaigns
	MaxPer24h    int           `db:"max_per_24h"`    // calls to a number in 24 hours, by all campaigns
	MaxByState   string        `db:"max_by_state"`   // MaxPer24h by state, "FL=2 OK=1"
	DropLockout  int           `db:"drop_lockout_h"` // hours without a call to a number after a drop
	DropAction   DropAction    `db:"drop_action"`    // "": message
	InGroup      JoinedInGroup `db:"in_group"`       // DropInGroup only; without an ID: none, and the message is played

	// CustomCallerID shows a lead's SecurityPhrase, where it is a number, to its
	// callee (VICIdial's custom CID); see Shows.
	CustomCallerID bool `db:"custom_caller_id"`
	// CallbackRelease is how many minutes after its time an agent's own callback
	// becomes anyone's; 0: never, as long as the agent is there.
	CallbackRelease int `db:"callback_release_min"`

	PacingSettings
	HopperSettings
	ChangedAt time.Time `db:"changed_at"` //
}

// List is a list of leads, belonging to one campaign.
type List struct {
	ID         ListID     `db:"id"`
	CampaignID CampaignID `db:"campaign_id"`
	Name       string     `db:"name"`
	Active     bool       `db:"active"`
}

// Lead is somebody to call, with VICIdial's standard fields.
type Lead struct {
	ID               LeadID     `db:"id"`
	ListID           ListID     `db:"list_id"`
	Status           Status     `db:"status"`
	E164             string     `db:"e164"`         // "+" and digits: what is dialed, and the key of DNC
	PhoneCode        string     `db:"phone_code"`   // country calling code
	PhoneNumber      string     `db:"phone_number"` // national number
	Zones            string     `db:"zones"`        // IANA zones the callee may be in, comma-separated; empty: unknown
	VendorLeadCode   string     `db:"vendor_lead_code"`
	SourceID         string     `db:"source_id"`
	Title            string     `db:"title"`
	FirstName        string     `db:"first_name"`
	MiddleInitial    string     `db:"middle_initial"`
	LastName         string     `db:"last_name"`
	Address1         string     `db:"address1"`
	Address2         string     `db:"address2"`
	Address3         string     `db:"address3"`
	City             string     `db:"city"`
	State            string     `db:"state"`
	Province         string     `db:"province"`
	PostalCode       string     `db:"postal_code"`
	CountryCode      string     `db:"country_code"`
	Gender           string     `db:"gender"`
	DateOfBirth      string     `db:"date_of_birth"` // YYYY-MM-DD or empty
	AltPhone         string     `db:"alt_phone"`
	Email            string     `db:"email"`
	SecurityPhrase   string     `db:"security_phrase"`
	Comments         string     `db:"comments"`
	Rank             int        `db:"lead_rank"`
	Owner            string     `db:"owner"`
	CalledCount      int        `db:"called_count"`
	CalledSinceReset int        `db:"called_since_reset"`
	LastCalledAt     *time.Time `db:"last_called_at"` // nil: never
	ListCallerID     string     `db:"list_caller_id"` // what its list shows in place of the campaign's number; "": that, or nobody asked

	// Calling hours of its list, which narrow the campaign's: minutes of the callee's
	// day, and call times besides. nil and "": those, or nobody asked.
	ListFrom     *int   `db:"list_from"`
	ListTo       *int   `db:"list_to"`
	ListCallTime string `db:"list_call_time"`
}

// Name is the lead's full name, or "" when none is known.
func (l Lead) Name() string {
	switch {
	case l.FirstName == "":
		return l.LastName
	case l.LastName == "":
		return l.FirstName
	}
	return l.FirstName + " " + l.LastName
}
