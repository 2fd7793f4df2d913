package webui

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/webui/catalog"
	"trunkline/webui/counts"
	"trunkline/webui/facts"
	"trunkline/webui/page/callbacks"
	"trunkline/webui/page/campaigns"
	"trunkline/webui/page/customfields"
	"trunkline/webui/page/dnc"
	"trunkline/webui/page/imports"
	"trunkline/webui/page/leads"
	"trunkline/webui/page/lists"
	"trunkline/webui/page/selection"
	"trunkline/webui/ui"
)

// LeadSetup is what the pages about lists and leads need.
type LeadSetup struct {
	Lists        lists.Store
	CustomFields catalog.Store[facts.SetCustomField]
	Leads        leads.Store
	Imports      imports.Service
	Callbacks    callbacks.Store
	Selection    selection.Store
	Registers    dnc.Registers
	// FilterFields are what a lead filter may test, FilterOps by what.
	FilterFields []string
	FilterOps    func(field string) []string
	DNC          dnc.Store

	// CheckLead judges a lead's fields together and completes them; its error is
	// about the field.
	CheckLead func(facts.SetLead, audit.By) (is facts.SetLead, field string, err error)
	// CheckField says what is wrong with a custom field's definition, and with what of it.
	CheckField func(dialer.CustomField) (about, sentence string)
	FieldTypes []dialer.CustomType
	// Number makes what was typed E.164; its error is a *dialer.Problem.
	Number func(string) (string, error)
	// DNCEntry makes what was typed an entry of a do-not-call list: a number, of the
	// country if it does not say its own, or a wildcard; KnownCountry tells whether
	// numbers of a country can be told.
	DNCEntry     func(typed, country string) (string, error)
	KnownCountry func(country string) bool
	// Export writes a list's leads of a status ("": all) as CSV, ExportXLSX as a
	// workbook.
	Export, ExportXLSX func(ctx context.Context, w io.Writer, list dialer.ListID, status dialer.Status) (int, error)
	// Guarded keeps a spreadsheet from taking a value for a formula.
	Guarded func([]string) []string
}

func (u *UI) leadRoutes() []route {
	c, s := u.config, u.config.Leads
	held := counts.New(c.Patience, func(ctx context.Context, id dialer.ListID) ([]facts.ListStatus, error) {
		return s.Lists.Statuses(ctx, id)
	})
	stock := lists.New(lists.Config{Store: s.Lists, LeadsOf: held, Campaigns: c.campaignChoices, CallTimes: c.Setup.allCallTimes, Export: s.Export, ExportXLSX: s.ExportXLSX, Now: c.Now, Zone: c.Zone})
	people := leads.New(leads.Config{
		Store: s.Leads, Check: s.CheckLead, Number: s.Number, Lists: s.allLists, Now: c.Now, Zone: c.Zone,
		ListOf: func(ctx context.Context, id dialer.ListID) (facts.SetList, error) {
			record, err := s.Lists.One(ctx, strconv.FormatInt(int64(id), 10))
			return record.Value, err
		},
	})
	files := imports.New(imports.Config{Service: s.Imports, Lists: s.allLists, Reception: u.who, Now: c.Now, Zone: c.Zone})
	promises := callbacks.New(callbacks.Config{Store: s.Callbacks, Campaigns: c.campaignChoices, Users: c.Setup.allUsers, Closed: c.closedAt, Now: c.Now, Zone: c.Zone})
	never := dnc.New(dnc.Config{Store: s.DNC, Registers: s.Registers, Campaigns: c.campaignChoices, Number: s.Number, Entry: s.DNCEntry, KnownCountry: s.KnownCountry, Guarded: s.Guarded, Now: c.Now, Zone: c.Zone})
	chosen := selection.New(selection.Config{
		Store: s.Selection, Campaign: c.Campaigns.Campaign, Statuses: c.Setup.allStatuses, Fields: s.FilterFields, Ops: s.FilterOps, Zone: c.Zone, Now: c.Now,
		Tabs: func(user dialer.User, id dialer.CampaignID) []ui.Tab {
			return campaigns.Tabs(user, id, campaigns.SelectionTab)
		},
	})
	const needs, change = dialer.RightLeads, dialer.RightCampaigns
	all := []route{
		{"GET /campaigns/{campaign}/selection", change, asPage, chosen.Show("recycle")},
		{"GET /campaigns/{campaign}/selection/filter", change, asPage, chosen.Show("filter")},
		{"GET /campaigns/{campaign}/selection/mix", change, asPage, chosen.Show("mix")},
		{"GET /campaigns/{campaign}/selection/others", change, asPage, chosen.Show("others")},
		{"POST /campaigns/{campaign}/selection/recycle", change, asPage, chosen.Recycle},
		{"POST /campaigns/{campaign}/selection/filter", change, asPage, chosen.Filter},
		{"POST /campaigns/{campaign}/selection/mix", change, asPage, chosen.Mix},
		{"POST /campaigns/{campaign}/selection/others", change, asPage, chosen.Others},

		{"GET /lists/{id}/leads", needs, asPage, stock.Leads},
		{"GET /lists/{id}/reset", needs, asPage, stock.AskReset},
		{"POST /lists/{id}/reset", needs, asPage, stock.Reset},
		{"GET /lists/{id}/move", needs, asPage, stock.AskMove},
		{"POST /lists/{id}/move", needs, asPage, stock.Move},
		{"GET /lists/{id}/leads/delete", needs, asPage, stock.AskDelete},
		{"POST /lists/{id}/leads/delete", needs, asPage, stock.DeleteLeads},
		{"GET /lists/{id}/export.csv", needs, asPage, stock.Download},
		{"GET /lists/{id}/export.xlsx", needs, asPage, stock.DownloadXLSX},

		{"GET /leads", needs, asPage, people.List},
		{"POST /leads", needs, asPage, people.Create},
		{"GET /leads/new", needs, asPage, people.New},
		{"GET /leads/{id}", needs, asPage, people.Edit},
		{"POST /leads/{id}", needs, asPage, people.Save},
		{"GET /leads/{id}/delete", needs, asPage, people.Ask},
		{"POST /leads/{id}/delete", needs, asPage, people.Delete},
		{"POST /leads/{id}/custom", needs, asPage, people.Custom},
		{"POST /leads/{id}/phone", needs, asPage, people.Phone},

		{"GET /imports", needs, asPage, files.List},
		{"POST /imports", needs, asPage, files.Upload},
		{"GET /imports/{id}", needs, asPage, files.Show},
		{"GET /imports/{id}/events", needs, asPage, files.Events},
		{"GET /imports/{id}/rejects.csv", needs, asPage, files.Download},
		{"POST /imports/{id}/preview", needs, asPage, files.Preview},
		{"POST /imports/{id}/check", needs, asPage, files.Check},
		{"POST /imports/{id}/start", needs, asPage, files.Start},
		{"POST /imports/{id}/pause", needs, asPage, files.Pause},
		{"POST /imports/{id}/resume", needs, asPage, files.Resume},
		{"GET /imports/{id}/undo", needs, asPage, files.AskUndo},
		{"POST /imports/{id}/undo", needs, asPage, files.Undo},

		{"GET /callbacks", needs, asPage, promises.List},
		{"GET /callbacks/{id}", needs, asPage, promises.Edit},
		{"POST /callbacks/{id}", needs, asPage, promises.Save},
		{"GET /callbacks/{id}/cancel", needs, asPage, promises.AskCancel},
		{"POST /callbacks/{id}/cancel", needs, asPage, promises.Cancel},

		{"GET /dnc", needs, asPage, never.List},
		{"POST /dnc", needs, asPage, never.Add},
		{"GET /dnc/remove", needs, asPage, never.AskRemove},
		{"POST /dnc/remove", needs, asPage, never.Remove},
		{"POST /dnc/import", needs, asPage, never.Import},
		{"POST /dnc/scrub", needs, asPage, never.Scrub},
		{"GET /dnc/export.csv", needs, asPage, never.Export},
		{"GET /dnc/log", needs, asPage, never.Log},
	}
	fields := customfields.New(customfields.Config{
		Store: s.CustomFields, Lists: s.allLists, Wrong: s.CheckField, Types: s.FieldTypes, Now: c.Now, Zone: c.Zone,
	})
	return append(append(all, catalogRoutes("/lists", needs, stock)...), catalogRoutes("/customfields", needs, fields)...)
}

// newList makes a list for a campaign, called after it, by the first number that
// is free behind all others.
func (s LeadSetup) newList(ctx context.Context, by audit.By, campaign dialer.CampaignID, name string) (dialer.ListID, error) {
	for range 3 { // somebody may take the number a moment before
		all, err := s.Lists.All(ctx)
		if err != nil {
			return 0, err
		}
		l := facts.SetList{ID: lists.Next(all), Name: name, Campaign: campaign, Active: true}
		_, err = s.Lists.Create(ctx, by, l)
		if !errors.Is(err, dialer.ErrConflict) {
			return l.ID, err
		}
	}
	return 0, dialer.ErrConflict
}

func (s LeadSetup) allLists(ctx context.Context) ([]facts.SetList, error) { return s.Lists.All(ctx) }

// closedAt is why a campaign's lead may not be called at a time, or "".
func (c Config) closedAt(ctx context.Context, campaign dialer.CampaignID, lead dialer.LeadID, at time.Time) (string, error) {
	l, err := c.Shifts.Lead(ctx, lead)
	if errors.Is(err, dialer.ErrNotFound) {
		return "", nil // it was deleted, and nobody will be called
	}
	if err != nil {
		return "", err
	}
	spans, err := c.Hours.CallSpans(ctx, campaign, l, at, at.Add(time.Minute))
	if err != nil || len(spans) == 0 {
		return "", err
	}
	return spans[0].Why, nil
}
