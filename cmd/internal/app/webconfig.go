package app

import (
	"trunkline/dialer/compliance"
	"trunkline/sql/mariadb"
	"trunkline/webui"
)

// WebConfig is the pages' stores on a database; who serves them adds the clock,
// the ids and the telephony servers.
func WebConfig(db *mariadb.DB) webui.Config {
	desk, campaigns, events := mariadb.NewWebDesk(db), mariadb.NewWebCampaigns(db), mariadb.NewWebEvents(db)
	boards := mariadb.NewWebBoard(db)
	accounts := mariadb.NewAccounts(db, WebRTCPhone)
	return webui.Config{
		Accounts: mariadb.NewWebAccounts(db), Tries: mariadb.NewTries(db), SignIns: desk, Shifts: desk, Words: desk, Promises: mariadb.NewCallbacks(db), Hours: desk, Customers: mariadb.NewWebCustomers(db), Drafts: desk,
		Campaigns: campaigns, Changes: campaigns, Watches: mariadb.NewWebWatches(db), Boards: boards, Hands: boards, Events: events, Presence: events,
		API: webui.API{
			Store: mariadb.NewAPI(db), Tokens: mariadb.NewTokens(db), Leads: mariadb.NewLeadPages(db), DNC: mariadb.NewDNC(db), Callbacks: mariadb.NewCallbacks(db),
			Ledger: ledger{db}, CallNext: callNext(db),
		},
		Joins: mariadb.NewJoins(db), Ping: db.Ping, Leads: leadSetup(db), Why: newWhyNot(db), Reports: mariadb.NewReports(db),
		Setup: webui.Setup{
			Campaigns: campaigns,
			Groups:    mariadb.NewGroups(db), Users: accounts, Account: accounts, Second: accounts, Recordings: mariadb.NewWebRecordings(db), Retention: mariadb.NewRetention(db), Carriers: mariadb.NewTrunks(db), Phones: mariadb.NewPhones(db),
			Statuses: mariadb.NewStatuses(db), StatusGroups: mariadb.NewStatusGroups(db), PauseCodes: mariadb.NewPauseCodes(db), BoardLimits: mariadb.NewBoardLimits(db), Scripts: mariadb.NewScripts(db), WebForms: mariadb.NewWebForms(db), Presets: mariadb.NewTransferPresets(db), Servers: mariadb.NewHosts(db), Invites: mariadb.NewInvites(db),
			InGroups: mariadb.NewInGroups(db), CallTimes: mariadb.NewCallTimes(db), Holidays: mariadb.NewHolidays(db), WrongHours: compliance.CheckCallTime, Sounds: mariadb.NewSounds(db),
			Audit: mariadb.NewAudit(db), Samples: mariadb.NewSamples(db), Telephony: mariadb.NewServers(db).Telephony, Secret: Secret,
		},
	}
}
