package dialer

import (
	"slices"
	"strings"
)

// Role is how far somebody may go. Roles nest: each may do what the one before
// may.
type Role string

// The roles of a user.
const (
	RoleAgent      Role = "agent"
	RoleSupervisor Role = "supervisor"
	RoleManager    Role = "manager"
	RoleAdmin      Role = "admin"
)

// Roles are all roles, the least first.
var Roles = []Role{RoleAgent, RoleSupervisor, RoleManager, RoleAdmin}

// Right is a kind of thing that may be done. A page names the right that it
// takes, never a role, so that who may do what stands in one table.
type Right string

// The rights.
const (
	RightSelf      Right = "self"      // one's own account
	RightDesk      Right = "desk"      // take calls
	RightWatch     Right = "watch"     // see agents and calls live, listen in, pause an agent
	RightRun       Right = "run"       // see campaigns; start, stop and pace them
	RightReports   Right = "reports"   // read reports
	RightHear      Right = "hear"      // listen to recordings; each listening is logged
	RightLeads     Right = "leads"     // lists, leads, imports, callbacks, do-not-call
	RightCampaigns Right = "campaigns" // create and change campaigns and what they are made of
	RightUsers     Right = "users"     // people of lesser roles
	RightSystem    Right = "system"    // servers, carriers, phones, groups, audit log: what concerns everybody
)

// least is the least role that has a right.
var least = map[Right]Role{
	RightSelf: RoleAgent, RightDesk: RoleAgent,
	RightWatch: RoleSupervisor, RightRun: RoleSupervisor, RightReports: RoleSupervisor, RightHear: RoleSupervisor,
	RightLeads: RoleManager, RightCampaigns: RoleManager, RightUsers: RoleManager,
	RightSystem: RoleAdmin,
}

// rank is a role's place among the roles, from 1; 0 is no role.
func (r Role) rank() int {
	for i, known := range Roles {
		if r == known {
			return i + 1
		}
	}
	return 0
}

// Known tells whether it is one of the roles.
func (r Role) Known() bool { return r.rank() > 0 }

// Has tells whether a role has a right. A right or a role that nobody knows is
// refused.
func (r Role) Has(right Right) bool {
	needs := least[right].rank()
	return needs > 0 && r.rank() >= needs
}

// Scope is with which campaigns somebody has to do: their ids separated by
// spaces, or AllCampaigns. A user's scope is that of the user's group.
type Scope string

// AllCampaigns is the scope that leaves none out, those to come included.
const AllCampaigns Scope = "*"

// Has tells whether a campaign is within the scope.
func (s Scope) Has(campaign CampaignID) bool {
	if s == AllCampaigns {
		return true
	}
	for _, id := range strings.Fields(string(s)) {
		if id == string(campaign) {
			return true
		}
	}
	return false
}

// Within tells whether a scope holds nothing that another does not.
func (s Scope) Within(other Scope) bool {
	if s == AllCampaigns {
		return other == AllCampaigns
	}
	for _, id := range strings.Fields(string(s)) {
		if !other.Has(CampaignID(id)) {
			return false
		}
	}
	return true
}

// And is what is within both scopes.
func (s Scope) And(other Scope) Scope {
	switch {
	case s == AllCampaigns:
		return other
	case other == AllCampaigns:
		return s
	}
	var both []string
	for _, id := range strings.Fields(string(s)) {
		if other.Has(CampaignID(id)) {
			both = append(both, id)
		}
	}
	return Scope(strings.Join(both, " "))
}

// Narrowed is a part of a user's rights.
type Narrowed struct {
	Rights    []Right
	Campaigns Scope
}

// May is the one check of who may do what: whether the user has a right, and has
// it in a campaign; "" where no single campaign is concerned. Admins have to do
// with every campaign.
func (u User) May(right Right, campaign CampaignID) bool {
	if u.Only != nil && !slices.Contains(u.Only.Rights, right) {
		return false
	}
	return u.Role.Has(right) && (campaign == "" || u.Sees(campaign))
}

// Sees tells whether a campaign concerns the user.
func (u User) Sees(campaign CampaignID) bool { return u.Reach().Has(campaign) }

// Reach is the campaigns that concern the user.
func (u User) Reach() Scope {
	reach := u.Scope
	if u.Role == RoleAdmin {
		reach = AllCampaigns
	}
	if u.Only != nil {
		reach = reach.And(u.Only.Campaigns)
	}
	return reach
}

// MayManage tells whether the user may create, change and switch off somebody:
// admins everybody, others those of a lesser role whose campaigns they have to
// do with themselves.
func (u User) MayManage(other User) bool {
	if !u.Role.Has(RightUsers) || !other.Role.Known() {
		return false
	}
	return u.Role == RoleAdmin || other.Role.rank() < u.Role.rank() && other.Scope.Within(u.Scope)
}
