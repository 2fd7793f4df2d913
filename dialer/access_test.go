package dialer

import "testing"

func TestRolesNest(t *testing.T) {
	for right := range least {
		for i, role := range Roles {
			if i > 0 && Roles[i-1].Has(right) && !role.Has(right) {
				t.Errorf("%s has %s and %s has not", Roles[i-1], right, role)
			}
		}
		if !RoleAdmin.Has(right) {
			t.Errorf("an admin lacks %s", right)
		}
	}
	for _, role := range []Role{"", "root", "Admin", "admin "} {
		if role.Has(RightSelf) || role.Known() {
			t.Errorf("%q has a right", role)
		}
	}
	if RoleAdmin.Has("") || RoleAdmin.Has("fly") {
		t.Error("a right that is none is given")
	}
}

func TestRightsAreWithinTheGroupsCampaigns(t *testing.T) {
	for name, c := range map[string]struct {
		user     User
		right    Right
		campaign CampaignID
		want     bool
	}{
		"own campaign":         {User{Role: RoleManager, Scope: "AUTUMN WINTER"}, RightCampaigns, "WINTER", true},
		"another's":            {User{Role: RoleManager, Scope: "AUTUMN WINTER"}, RightCampaigns, "SPRING", false},
		"a name's beginning":   {User{Role: RoleManager, Scope: "AUTUMN2"}, RightCampaigns, "AUTUMN", false},
		"no campaign at all":   {User{Role: RoleManager}, RightCampaigns, "AUTUMN", false},
		"no single campaign":   {User{Role: RoleManager}, RightCampaigns, "", true},
		"all campaigns":        {User{Role: RoleSupervisor, Scope: AllCampaigns}, RightRun, "AUTUMN", true},
		"beyond the role":      {User{Role: RoleSupervisor, Scope: AllCampaigns}, RightCampaigns, "AUTUMN", false},
		"an admin everywhere":  {User{Role: RoleAdmin, Scope: "AUTUMN"}, RightSystem, "SPRING", true},
		"an agent's own desk":  {User{Role: RoleAgent, Scope: "AUTUMN"}, RightDesk, "AUTUMN", true},
		"an agent's elsewhere": {User{Role: RoleAgent, Scope: "AUTUMN"}, RightDesk, "SPRING", false},
	} {
		if got := c.user.May(c.right, c.campaign); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWhoManagesWhom(t *testing.T) {
	manager := User{Role: RoleManager, Scope: "AUTUMN WINTER"}
	for name, c := range map[string]struct {
		by, other User
		want      bool
	}{
		"an agent of theirs":      {manager, User{Role: RoleAgent, Scope: "AUTUMN"}, true},
		"a supervisor of theirs":  {manager, User{Role: RoleSupervisor, Scope: "AUTUMN WINTER"}, true},
		"one like them":           {manager, User{Role: RoleManager, Scope: "AUTUMN"}, false},
		"an admin":                {manager, User{Role: RoleAdmin}, false},
		"of a campaign of others": {manager, User{Role: RoleAgent, Scope: "AUTUMN SPRING"}, false},
		"of all campaigns":        {manager, User{Role: RoleAgent, Scope: AllCampaigns}, false},
		"a role that is none":     {User{Role: RoleAdmin}, User{Role: "root"}, false},
		"an admin by an admin":    {User{Role: RoleAdmin}, User{Role: RoleAdmin}, true},
		"anybody by a supervisor": {User{Role: RoleSupervisor, Scope: AllCampaigns}, User{Role: RoleAgent}, false},
		"all by one who has all":  {User{Role: RoleManager, Scope: AllCampaigns}, User{Role: RoleAgent, Scope: AllCampaigns}, true},
	} {
		if got := c.by.MayManage(c.other); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
