package webui

import (
	"context"
	"net/http"
	"slices"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/dialer/report"
	"trunkline/webui/catalog"
	"trunkline/webui/facts"
	"trunkline/webui/page/account"
	"trunkline/webui/page/auditlog"
	"trunkline/webui/page/calltimes"
	"trunkline/webui/page/campaigns"
	"trunkline/webui/page/capacity"
	"trunkline/webui/page/carriers"
	"trunkline/webui/page/groups"
	"trunkline/webui/page/holidays"
	"trunkline/webui/page/ingroups"
	"trunkline/webui/page/login"
	"trunkline/webui/page/pausecodes"
	"trunkline/webui/page/phones"
	"trunkline/webui/page/presets"
	"trunkline/webui/page/recordings"
	"trunkline/webui/page/retention"
	"trunkline/webui/page/scripts"
	"trunkline/webui/page/servers"
	"trunkline/webui/page/sounds"
	"trunkline/webui/page/statuses"
	"trunkline/webui/page/statusgroups"
	"trunkline/webui/page/users"
	"trunkline/webui/page/webforms"
)

// Setup is what the pages need by which the system is set up.
type Setup struct {
	Campaigns  campaigns.Editor
	Groups     catalog.Store[facts.Group]
	Users      users.Store
	Carriers   carriers.Store
	Phones     catalog.Store[facts.SetPhone]
	Statuses   catalog.Store[facts.SetStatus]
	PauseCodes catalog.Store[facts.SetPauseCode]
	Scripts    catalog.Store[facts.Script]
	WebForms   catalog.Store[facts.WebForm]
	Presets    catalog.Store[facts.TransferPreset]
	InGroups   ingroups.Store
	CallTimes  catalog.Store[facts.CallTime]
	Holidays   catalog.Store[facts.Holiday]
	Sounds     sounds.Store
	// WrongHours says what is wrong with a line of a call time, or "".
	WrongHours func(line string) string
	Servers    servers.Store
	Invites    servers.Invites
	// Invite invites a host; nil: that is done on the command line.
	Invite     func(context.Context, audit.By, facts.Invitation) (facts.Invited, error)
	Samples    capacity.Store
	Audit      auditlog.Store
	Account    account.Store
	Recordings recordings.Store
	Retention  retention.Store
	// RecordingsDir is where this host sees the recordings; "" where it does not.
	RecordingsDir string
	// StatusGroups are the headings under which statuses stand.
	StatusGroups catalog.Store[facts.StatusGroup]
	// BoardLimits says from when on times on the live board are coloured.
	BoardLimits catalog.Store[facts.BoardLimits]
	// Second keeps the second steps of signing in; nil: there are none.
	Second login.Second
	// Telephony are the servers that carry calls.
	Telephony func(context.Context) ([]dialer.Server, error)
	// Secret makes a password of letters and digits.
	Secret func() string
}

// catalogPages are the handlers that every kind of thing has.
type catalogPages interface {
	List(http.ResponseWriter, *http.Request) error
	New(http.ResponseWriter, *http.Request) error
	Create(http.ResponseWriter, *http.Request) error
	Edit(http.ResponseWriter, *http.Request) error
	Save(http.ResponseWriter, *http.Request) error
	Ask(http.ResponseWriter, *http.Request) error
	Delete(http.ResponseWriter, *http.Request) error
}

// catalogRoutes are the addresses of one kind of thing.
func catalogRoutes(path string, needs dialer.Right, p catalogPages) []route {
	return []route{
		{"GET " + path, needs, asPage, p.List},
		{"POST " + path, needs, asPage, p.Create},
		{"GET " + path + "/new", needs, asPage, p.New},
		{"GET " + path + "/{id}", needs, asPage, p.Edit},
		{"POST " + path + "/{id}", needs, asPage, p.Save},
		{"GET " + path + "/{id}/delete", needs, asPage, p.Ask},
		{"POST " + path + "/{id}/delete", needs, asPage, p.Delete},
	}
}

func (u *UI) setupRoutes() []route {
	c, s := u.config, u.config.Setup
	people := users.New(users.Config{Store: s.Users, Groups: s.allGroups, Secret: s.Secret, Now: c.Now, Zone: c.Zone})
	hosts := servers.New(servers.Config{Store: s.Servers, Invites: s.Invites, Invite: s.Invite, Reception: u.who, Now: c.Now, Zone: c.Zone})
	room := capacity.New(capacity.Config{Store: s.Samples, Servers: s.hostLines, Now: c.Now, Zone: c.Zone})
	log := auditlog.New(auditlog.Config{Store: s.Audit, Users: s.allUsers, Setting: campaigns.Said, Called: c.called, Now: c.Now, Zone: c.Zone})
	me := account.New(account.Config{Store: s.Account, Reception: u.who, Now: c.Now, Zone: c.Zone})
	voices := sounds.New(sounds.Config{Store: s.Sounds, Now: c.Now, Zone: c.Zone})
	tapes := recordings.New(recordings.Config{Store: s.Recordings, Campaigns: c.campaignChoices, Words: c.words, Dir: s.RecordingsDir, Now: c.Now, Zone: c.Zone})
	old := retention.New(retention.Config{Store: s.Retention, Campaigns: c.campaignChoices, Now: c.Now, Zone: c.Zone})
	const self, hear = dialer.RightSelf, dialer.RightHear
	const staff, system, campaign = dialer.RightUsers, dialer.RightSystem, dialer.RightCampaigns
	var all []route
	for _, more := range [][]route{
		catalogRoutes("/users", staff, people),
		{
			{"GET /users/{id}/password", staff, asPage, people.Question("password")},
			{"POST /users/{id}/password", staff, asPage, people.Password},
			{"GET /users/{id}/signout", staff, asPage, people.Question("signout")},
			{"POST /users/{id}/signout", staff, asPage, people.SignOut},
			{"GET /users/{id}/twosteps", staff, asPage, people.Question("twosteps")},
			{"POST /users/{id}/twosteps", staff, asPage, people.TwoStepsOff},

			{"GET /recordings", hear, asPage, tapes.List},
			{"GET /recordings/{id}", hear, asPage, tapes.Show},
			{"GET /recordings/{id}/{n}", hear, asPage, tapes.Audio},

			{"GET /account", self, asPage, me.Page},
			{"POST /account/password", self, asPage, me.Password},
			{"POST /account/signout", self, asPage, me.SignOut},
			{"GET /account/twosteps", self, asPage, me.TwoSteps},
			{"POST /account/twosteps", self, asPage, me.SetTwoSteps},
			{"GET /account/twosteps/off", self, asPage, me.AskOff},
			{"POST /account/twosteps/off", self, asPage, me.Off},

			{"GET /servers", system, asPage, hosts.List},
			{"GET /servers/events", system, asPage, hosts.Events},
			{"GET /servers/invite", system, asPage, hosts.AskInvite},
			{"POST /servers/invite", system, asPage, hosts.SendInvite},
			{"GET /servers/invite/{id}/revoke", system, asPage, hosts.AskRevoke},
			{"POST /servers/invite/{id}/revoke", system, asPage, hosts.Revoke},
			{"GET /servers/{id}/remove", system, asPage, hosts.AskRemove},
			{"POST /servers/{id}/remove", system, asPage, hosts.Remove},
			{"GET /servers/{id}", system, asPage, hosts.Edit},
			{"POST /servers/{id}", system, asPage, hosts.Save},

			{"GET /capacity", system, asPage, room.Page},

			{"GET /retention", system, asPage, old.Page},
			{"POST /retention", system, asPage, old.Save},
			{"POST /retention/unset", system, asPage, old.Unset},
			{"POST /retention/holds", system, asPage, old.Hold},
			{"GET /retention/holds/{id}/release", system, asPage, old.AskRelease},
			{"POST /retention/holds/{id}/release", system, asPage, old.Release},

			{"GET /audit", system, asPage, log.Page},
		},
		catalogRoutes("/groups", system, groups.New(groups.Config{Store: s.Groups, Campaigns: c.campaignChoices, Now: c.Now, Zone: c.Zone})),
		catalogRoutes("/carriers", system, carriers.New(carriers.Config{Store: s.Carriers, Statuses: s.allStatuses, Servers: s.Telephony, Now: c.Now, Zone: c.Zone})),
		catalogRoutes("/phones", system, phones.New(phones.Config{
			Store: s.Phones, Servers: s.Telephony, Users: s.allUsers, Secret: s.Secret, Now: c.Now, Zone: c.Zone,
		})),
		catalogRoutes("/statuses", system, statuses.New(statuses.Config{Store: s.Statuses, Groups: s.allStatusGroups, Now: c.Now, Zone: c.Zone})),
		catalogRoutes("/statusgroups", system, statusgroups.New(statusgroups.Config{Store: s.StatusGroups, Now: c.Now, Zone: c.Zone})),
		catalogRoutes("/pausecodes", campaign, pausecodes.New(pausecodes.Config{Store: s.PauseCodes, Campaigns: c.campaignChoices, Now: c.Now, Zone: c.Zone})),
		catalogRoutes("/calltimes", campaign, calltimes.New(calltimes.Config{Store: s.CallTimes, Campaigns: c.campaignChoices, Wrong: s.WrongHours, Now: c.Now, Zone: c.Zone})),
		catalogRoutes("/sounds", campaign, voices),
		{{"GET /sounds/{id}/audio", campaign, asPage, voices.Audio}},
		catalogRoutes("/holidays", system, holidays.New(holidays.Config{Store: s.Holidays, Wrong: s.WrongHours, CallTimes: s.allCallTimes, Now: c.Now, Zone: c.Zone})),
		catalogRoutes("/scripts", campaign, scripts.New(scripts.Config{Store: s.Scripts, Campaigns: c.campaignChoices, Own: c.ownFields, Now: c.Now, Zone: c.Zone})),
		catalogRoutes("/webforms", campaign, webforms.New(webforms.Config{Store: s.WebForms, Campaigns: c.campaignChoices, Own: c.ownFields, Now: c.Now, Zone: c.Zone})),
		catalogRoutes("/ingroups", campaign, ingroups.New(ingroups.Config{Store: s.InGroups, Campaigns: c.campaignChoices, Sounds: s.allSounds, Now: c.Now, Zone: c.Zone})),
		catalogRoutes("/presets", campaign, presets.New(presets.Config{Store: s.Presets, Campaigns: c.campaignChoices, Number: c.Leads.Number, Now: c.Now, Zone: c.Zone})),
	} {
		all = append(all, more...)
	}
	return all
}

func (c Config) campaignChoices(ctx context.Context) ([]facts.CampaignChoice, error) {
	return c.SignIns.CampaignChoices(ctx)
}

// words are what things are called in reports.
func (c Config) words(ctx context.Context) (report.Words, error) { return c.Reports.Words(ctx) }

func (s Setup) hostLines(ctx context.Context) ([]facts.HostLine, error) { return s.Servers.Lines(ctx) }

// ownFields names the fields that lists have of their own, each once.
func (c Config) ownFields(ctx context.Context) ([]string, error) {
	all, err := c.Leads.CustomFields.All(ctx)
	var names []string
	for _, f := range all {
		if f.Type != dialer.CustomHidden {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), err
}

func (s Setup) allGroups(ctx context.Context) ([]facts.Group, error) { return s.Groups.All(ctx) }

func (s Setup) allUsers(ctx context.Context) ([]facts.Account, error) { return s.Users.All(ctx) }

func (s Setup) allStatuses(ctx context.Context) ([]facts.SetStatus, error) {
	return s.Statuses.All(ctx)
}

func (s Setup) allStatusGroups(ctx context.Context) ([]facts.StatusGroup, error) {
	return s.StatusGroups.All(ctx)
}

func (s Setup) allPauseCodes(ctx context.Context) ([]facts.SetPauseCode, error) {
	return s.PauseCodes.All(ctx)
}

func (s Setup) allCallTimes(ctx context.Context) ([]facts.CallTime, error) {
	return s.CallTimes.All(ctx)
}

func (s Setup) allSounds(ctx context.Context) ([]facts.Sound, error) { return s.Sounds.All(ctx) }

func (s Setup) allInGroups(ctx context.Context) ([]dialer.InGroup, error) { return s.InGroups.All(ctx) }

func (s Setup) allScripts(ctx context.Context) ([]facts.Script, error) { return s.Scripts.All(ctx) }
