package webui

import (
	"context"
	"net/http"
	"strconv"

	"trunkline/dialer"
	"trunkline/webui/api"
	"trunkline/webui/catalog"
	"trunkline/webui/facts"
	"trunkline/webui/page/recordings"
	"trunkline/webui/page/tokens"
	"trunkline/webui/signin"
)

// API is what the JSON API needs besides what the pages have.
type API struct {
	Store interface {
		signin.Bearers
		api.Once
	}
	Tokens    catalog.Store[facts.Token]
	Leads     api.Leads
	DNC       api.DNC
	Ledger    api.Ledger
	Callbacks api.Callbacks
	// CallNext puts a lead into its campaign's hopper before others.
	CallNext func(ctx context.Context, campaign dialer.CampaignID, lead dialer.LeadID, priority int) (facts.HopperAdd, error)
}

func (u *UI) apiRoutes() []route {
	c, s := u.config, u.config.API
	h := api.New(api.Config{
		Leads: s.Leads, DNC: s.DNC, Ledger: s.Ledger, Campaigns: u.apiCampaigns(), Callbacks: s.Callbacks, Once: s.Store,
		Check: c.Leads.CheckLead, Number: c.Leads.Number, DNCEntry: c.Leads.DNCEntry, CallNext: s.CallNext, Closed: c.closedAt, Now: c.Now,
		ListOf: func(ctx context.Context, id dialer.ListID) (facts.SetList, error) {
			record, err := c.Leads.Lists.One(ctx, strconv.FormatInt(int64(id), 10))
			return record.Value, err
		},
		UserNamed: func(ctx context.Context, name string) (dialer.User, error) { return c.Accounts.UserByName(ctx, name) },
		WhyNot:    func(ctx context.Context, id dialer.CampaignID) (facts.WhyNot, error) { return c.Why.WhyNot(ctx, id) },
		Agents:    func(ctx context.Context) ([]facts.WatchedAgent, error) { return c.Watches.WatchedAgents(ctx) },
		Recordings: func(ctx context.Context, q facts.RecordingQuery) ([]facts.Recording, error) {
			return c.Setup.Recordings.Page(ctx, q)
		},
	})
	sound := recordings.New(recordings.Config{Store: c.Setup.Recordings, Dir: c.Setup.RecordingsDir, Now: c.Now, Zone: c.Zone})
	var all []route
	for _, r := range []struct {
		method, path string
		needs        dialer.Right
		serve        handlerFunc
	}{
		{"GET", "/openapi.json", unasked, h.Document},
		{"GET", "/me", dialer.RightSelf, h.Me},
		{"GET", "/leads", dialer.RightLeads, h.FindLeads},
		{"POST", "/leads", dialer.RightLeads, h.AddLead},
		{"GET", "/leads/{id}", dialer.RightLeads, h.Lead},
		{"POST", "/leads/{id}", dialer.RightLeads, h.UpdateLead},
		{"POST", "/leads/{id}/call-next", dialer.RightLeads, h.CallLead},
		{"GET", "/leads/{id}/callbacks", dialer.RightLeads, h.Promised},
		{"POST", "/leads/{id}/callbacks", dialer.RightLeads, h.AddCallback},
		{"POST", "/callbacks/{id}/cancel", dialer.RightLeads, h.CancelCallback},
		{"GET", "/dnc", dialer.RightLeads, h.FindDNC},
		{"POST", "/dnc", dialer.RightLeads, h.AddDNC},
		{"POST", "/dnc/remove", dialer.RightLeads, h.RemoveDNC},
		{"GET", "/consents", dialer.RightLeads, h.Consents},
		{"POST", "/consents", dialer.RightLeads, h.AddConsent},
		{"POST", "/consents/revoke", dialer.RightLeads, h.Revoke},
		{"GET", "/campaigns", dialer.RightRun, h.ListCampaigns},
		{"POST", "/campaigns/{campaign}/start", dialer.RightRun, h.Start},
		{"POST", "/campaigns/{campaign}/stop", dialer.RightRun, h.Stop},
		{"GET", "/campaigns/{campaign}/why", dialer.RightRun, h.Why},
		{"GET", "/agents", dialer.RightWatch, h.ListAgents},
		{"GET", "/recordings", dialer.RightHear, h.FindRecordings},
		{"GET", "/recordings/{id}/{n}", dialer.RightHear, sound.Audio},
	} {
		if r.method == http.MethodPost {
			r.serve = h.Post(r.serve)
		}
		all = append(all, route{r.method + " " + api.Prefix + r.path, r.needs, asAPI, r.serve})
	}
	return append(all, catalogRoutes("/tokens", dialer.RightSystem, tokens.New(tokens.Config{
		Store: s.Tokens, Users: c.Setup.allUsers, Campaigns: c.campaignChoices, Now: c.Now, Zone: c.Zone,
	}))...)
}

// apiCampaigns is the campaigns as the API reads and changes them.
func (u *UI) apiCampaigns() api.Campaigns {
	return struct {
		lines
		switches
	}{u.config.Campaigns, u.config.Changes}
}

type (
	lines interface {
		CampaignLines(ctx context.Context) ([]facts.CampaignLine, error)
	}
	switches interface {
		SetCampaignActive(ctx context.Context, c facts.CampaignChange, active bool) error
	}
)
