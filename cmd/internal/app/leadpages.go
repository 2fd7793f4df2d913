package app

import (
	"context"
	"io"

	"trunkline/dialer"
	"trunkline/hopper/leads"
	"trunkline/sql/mariadb"
	"trunkline/webui"
)

// leadSetup is the pages' stores of lists and leads; who serves them adds the
// work on lead files.
func leadSetup(db *mariadb.DB) webui.LeadSetup {
	people := mariadb.NewLeadPages(db)
	return webui.LeadSetup{
		Lists: mariadb.NewLists(db), CustomFields: mariadb.NewCustomFields(db), Leads: people, Callbacks: mariadb.NewCallbacks(db), DNC: mariadb.NewDNC(db),
		Selection: mariadb.NewSelectionPages(db), Registers: scrubs{db}, FilterFields: mariadb.FilterFields(), FilterOps: mariadb.FilterOps,
		CheckLead: mariadb.CheckLead, CheckField: leads.CheckField, FieldTypes: leads.CustomTypes, Guarded: leads.Guarded,
		Number:   func(typed string) (string, error) { return leads.ParseNumber(typed, "US") },
		NumberIn: leads.ParseNumber, KnownCountry: leads.KnownCountry,
		Export: func(ctx context.Context, w io.Writer, list dialer.ListID, status dialer.Status) (int, error) {
			return leads.Export(ctx, people, w, list, status)
		},
		ExportXLSX: func(ctx context.Context, w io.Writer, list dialer.ListID, status dialer.Status) (int, error) {
			return leads.ExportXLSX(ctx, people, w, list, status)
		},
	}
}
