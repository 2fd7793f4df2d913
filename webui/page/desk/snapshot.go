package desk

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
	"trunkline/webui/facts"
)

// snapshot is how an agent's shift stands: what the stream sends, and the only
// thing that the page's state comes from. Ids are strings.
type snapshot struct {
	Session   string            `json:"session"`
	State     dialer.AgentState `json:"state"`
	PauseCode string            `json:"pause_code"`
	PauseNext string            `json:"pause_next"`
	SinceMS   int64             `json:"since_ms"`
	User      snapshotUser      `json:"user"`
	Campaign  snapshotCampaign  `json:"campaign"`
	Phone     snapshotPhone     `json:"phone"`
	Muted     bool              `json:"muted"`
	NoSound   string            `json:"no_sound"`
	Record    dialer.RecordMode `json:"record"`
	Message   bool              `json:"message"`
	Preview   *snapshotLead     `json:"preview"`
	PreviewS  int               `json:"preview_s"`  // how long it may be looked at; 0: as long as the agent wants
	PreviewMS int64             `json:"preview_ms"` // for how long it has been
	Parked    []snapshotParked  `json:"parked"`
	Call      *snapshotCall     `json:"call"`
	Today     snapshotToday     `json:"today"`
	Refusal   *snapshotRefusal  `json:"refusal"`
	Notice    *snapshotNotice   `json:"notice"`
	Draft     string            `json:"draft"` // the version of what another page wrote of the call; "": nothing
	Server    snapshotServer    `json:"server"`
}

type snapshotUser struct {
	ID       string `json:"id"`
	Username string `json:"username"`
	Name     string `json:"name"`
}

type snapshotCampaign struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type snapshotPhone struct {
	Kind      dialer.PhoneKind `json:"kind"`
	Connected bool             `json:"connected"`
}

type snapshotCall struct {
	ID        string           `json:"id"`
	State     dialer.CallState `json:"state"`
	SinceMS   int64            `json:"since_ms"`
	TalkS     int64            `json:"talk_s"`
	EndedBy   dialer.Party     `json:"ended_by"`
	Number    string           `json:"number"`
	Recording bool             `json:"recording"`
	Paused    bool             `json:"recording_paused"`
	Manual    bool             `json:"manual"`
	InGroup   string           `json:"in_group"` // the name of the one it came from; "": none
	Status    dialer.Status    `json:"status"`
	Outcome   string           `json:"outcome"` // the name of the status
	Reason    string           `json:"reason"`  // why nobody answered
	Third     *snapshotThird   `json:"third"`
	Lead      snapshotLead     `json:"lead"`
}

// snapshotThird is the newest third party of the call.
type snapshotThird struct {
	Number  string              `json:"number"`
	State   dialer.CallState    `json:"state"`
	Purpose dialer.ThirdPurpose `json:"purpose"`
	Reason  string              `json:"reason"`
}

type snapshotParked struct {
	ID      string `json:"id"`
	Number  string `json:"number"`
	Name    string `json:"name"`
	SinceMS int64  `json:"since_ms"`
}

// snapshotLead has VICIdial's names for the standard fields.
type snapshotLead struct {
	ID             string `json:"lead_id"`
	ListID         string `json:"list_id"`
	Name           string `json:"name"`
	VendorLeadCode string `json:"vendor_lead_code"`
	SourceID       string `json:"source_id"`
	PhoneCode      string `json:"phone_code"`
	PhoneNumber    string `json:"phone_number"`
	Title          string `json:"title"`
	FirstName      string `json:"first_name"`
	MiddleInitial  string `json:"middle_initial"`
	LastName       string `json:"last_name"`
	Address1       string `json:"address1"`
	Address2       string `json:"address2"`
	Address3       string `json:"address3"`
	City           string `json:"city"`
	State          string `json:"state"`
	Province       string `json:"province"`
	PostalCode     string `json:"postal_code"`
	CountryCode    string `json:"country_code"`
	Gender         string `json:"gender"`
	DateOfBirth    string `json:"date_of_birth"`
	AltPhone       string `json:"alt_phone"`
	Email          string `json:"email"`
	SecurityPhrase string `json:"security_phrase"`
	Comments       string `json:"comments"`
	Rank           int    `json:"rank"`
	Owner          string `json:"owner"`
	CalledCount    int    `json:"called_count"`
	LocalTime      string `json:"local_time"`
	Zone           string `json:"zone"`
}

type snapshotToday struct {
	Calls int `json:"calls"`
	Sales int `json:"sales"`
	TalkS int `json:"talk_s"`
}

type snapshotRefusal struct {
	Intent   string `json:"intent"`
	Sentence string `json:"sentence"`
}

// snapshotNotice is what a supervisor has told the agent, and why.
type snapshotNotice struct {
	ID       string `json:"id"`
	Sentence string `json:"sentence"`
}

type snapshotServer struct {
	Name string `json:"name"`
	Up   bool   `json:"up"`
}

func newSnapshot(d facts.Desk, now time.Time) snapshot {
	s := snapshot{
		Session: d.Session.ID.String(), State: d.Session.State,
		PauseCode: d.Session.PauseCode, PauseNext: d.Session.PauseNext,
		SinceMS:  age(now, d.Session.Shown()),
		User:     snapshotUser{ID: id(d.User.ID), Username: d.User.Username, Name: d.User.FullName},
		Campaign: snapshotCampaign{ID: string(d.Session.CampaignID), Name: d.CampaignName},
		Phone:    snapshotPhone{Kind: d.PhoneKind, Connected: d.Session.Leg != ""},
		Today:    snapshotToday{Calls: d.Today.Calls, Sales: d.Today.Sales, TalkS: d.Today.TalkSeconds},
		Server:   snapshotServer{Name: d.ServerName, Up: d.ServerUp},
	}
	if s.User.Name == "" {
		s.User.Name = d.User.Username
	}
	if d.Refusal != nil {
		s.Refusal = &snapshotRefusal{Intent: id(d.Refusal.Intent), Sentence: d.Refusal.Sentence}
	}
	if d.Notice != nil {
		s.Notice = &snapshotNotice{ID: id(d.Notice.ID), Sentence: told(*d.Notice)}
	}
	s.Muted, s.NoSound, s.Record, s.Message, s.PreviewS = d.Session.Muted, d.Session.NoSound, d.Record, d.Message, d.PreviewS
	if d.Draft != 0 {
		s.Draft = id(d.Draft)
	}
	s.Parked = []snapshotParked{}
	for _, p := range d.Parked {
		s.Parked = append(s.Parked, snapshotParked{p.ID.String(), p.Number, p.Name, age(now, p.Since)})
	}
	if d.Preview != nil {
		s.Preview, s.PreviewMS = new(newLead(*d.Preview, now)), previewed(d, now)
	}
	if d.Call != nil {
		s.Call = newCall(*d.Call, now)
		if t := d.Third; t != nil {
			s.Call.Third = &snapshotThird{t.E164, t.State, t.Purpose, ""}
			if t.State == dialer.CallEnded && t.AnsweredAt == nil {
				s.Call.Third.Reason = reason(t.SIPCode, t.Cause)
			}
		}
	}
	return s
}

// previewed is for how many milliseconds the lead has been looked at.
func previewed(d facts.Desk, now time.Time) int64 {
	if d.Session.PreviewSince == nil {
		return 0 // an older release showed it
	}
	return age(now, *d.Session.PreviewSince)
}

// told is what a supervisor did to the shift, in words for the agent.
func told(n facts.Notice) string {
	who := n.Who
	if who == "" {
		who = "A supervisor"
	}
	if n.Kind == dialer.IntentLogout {
		return who + " has ended your shift: " + n.Says
	}
	return who + " has asked for a pause: " + n.Says
}

func newCall(c facts.DeskCall, now time.Time) *snapshotCall {
	call := &snapshotCall{
		ID: c.Call.ID.String(), State: c.Call.State, EndedBy: endedBy(c.Call),
		SinceMS: age(now, since(c.Call)), Number: c.Call.E164,
		Recording: c.Call.Recording == dialer.RecOn && c.Call.EndedAt == nil, Paused: c.Call.Recording == dialer.RecPaused && c.Call.EndedAt == nil,
		Manual: c.Call.Manual, InGroup: c.InGroup, Status: c.Call.Status, Outcome: c.Outcome, Lead: newLead(c.Lead, now),
	}
	if c.Call.EndedAt != nil && c.Call.AnsweredAt == nil {
		call.Reason = reason(c.Call.SIPCode, c.Call.Cause)
		if c.Call.EndedBy == dialer.ByAgent {
			call.Reason = "You hung up before anybody answered."
		}
	}
	if c.Call.BridgedAt != nil {
		until := now
		if c.Call.EndedAt != nil {
			until = *c.Call.EndedAt
		}
		call.TalkS = age(until, *c.Call.BridgedAt) / 1000
	}
	return call
}

// causeLost is the Q.850 cause of a call whose server went down.
const causeLost = 41

// endedBy is who ended a call, as its agent sees it: a line that went down with its
// server was ended by nobody.
func endedBy(c dialer.Call) dialer.Party {
	if c.EndedBy == dialer.ByDialer && c.Cause == causeLost {
		return dialer.ByCarrier
	}
	return c.EndedBy
}

// reason says why nobody answered, in words.
func reason(sip, cause int) string {
	switch {
	case sip == 486 || sip == 600 || cause == 17:
		return "The line is busy."
	case sip == 404 || sip == 410 || sip == 484 || sip == 604 || cause == 1:
		return "The number does not exist."
	case sip == 403 || sip == 603 || cause == 21:
		return "The call was refused."
	case sip == 408 || sip == 480 || cause == 18 || cause == 19:
		return "Nobody answered."
	case sip >= 500 || cause == 34 || cause == 41 || cause == 42:
		return "The carrier could not carry the call."
	}
	return "The call did not come about."
}

// since is when the call came into its state, as far as that is kept: a held
// call counts from its first word.
func since(c dialer.Call) time.Time {
	at := c.PlacedAt
	for _, t := range []*time.Time{c.RingingAt, c.AnsweredAt, c.WantedAt, c.BridgedAt, c.EndedAt} {
		if t != nil && t.After(at) {
			at = *t
		}
	}
	return at
}

func newLead(l dialer.Lead, now time.Time) snapshotLead {
	s := snapshotLead{
		ID: id(l.ID), ListID: id(l.ListID), Name: l.Name(), VendorLeadCode: l.VendorLeadCode, SourceID: l.SourceID,
		PhoneCode: l.PhoneCode, PhoneNumber: l.PhoneNumber, Title: l.Title, FirstName: l.FirstName,
		MiddleInitial: l.MiddleInitial, LastName: l.LastName, Address1: l.Address1, Address2: l.Address2,
		Address3: l.Address3, City: l.City, State: l.State, Province: l.Province, PostalCode: l.PostalCode,
		CountryCode: l.CountryCode, Gender: l.Gender, DateOfBirth: l.DateOfBirth, AltPhone: l.AltPhone, Email: l.Email,
		SecurityPhrase: l.SecurityPhrase, Comments: l.Comments, Rank: l.Rank, Owner: l.Owner, CalledCount: l.CalledCount,
	}
	s.LocalTime, s.Zone = localTime(l.Zones, now)
	return s
}

// localTime is what the customer's clock shows. A number may lie in one of
// several zones: then all their times are named, since nobody knows which.
func localTime(zones string, now time.Time) (clock, names string) {
	zones, _, _ = strings.Cut(zones, ";") // behind it stand the rules that the place falls under
	var clocks, known []string
	for name := range strings.SplitSeq(zones, ",") {
		zone, err := time.LoadLocation(name)
		if name == "" || err != nil {
			continue
		}
		known = append(known, name)
		if c := now.In(zone).Format("15:04"); !slices.Contains(clocks, c) {
			clocks = append(clocks, c)
		}
	}
	return strings.Join(clocks, " or "), strings.Join(known, ", ")
}

// age is how many milliseconds ago something was; never negative, so that a
// clock a little behind does not make a timer start below nought.
func age(now, at time.Time) int64 { return max(0, now.Sub(at).Milliseconds()) }

func id[N ~int64](n N) string { return strconv.FormatInt(int64(n), 10) }
