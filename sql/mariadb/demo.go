package mariadb

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/sql/queries"
)

// Demo is what the demo needs beyond what operators do: it seeds a campaign,
// resets its list and compares its calls with the carrier's ledger.
type Demo struct{ db *DB }

// NewDemo is the store on a database.
func NewDemo(db *DB) *Demo { return &Demo{db} }

var (
	demoCarrier        = queries.Get("demo-carrier")
	demoCarrierID      = queries.Get("demo-carrier-id")
	demoCampaign       = queries.Get("demo-campaign")
	demoCampaignActive = queries.Get("demo-campaign-active")
	demoMethod         = queries.Get("demo-method")
	demoList           = queries.Get("demo-list")
	demoLists          = queries.Get("demo-lists")
	demoPhone          = queries.Get("demo-phone")
	demoPhoneChanged   = queries.Get("demo-phone-changed")
	demoLeads          = queries.Get("demo-leads")
	demoFresh          = queries.Get("demo-fresh")
	demoReset          = queries.Get("demo-reset")
	demoResetAll       = queries.Get("demo-reset-all")
	demoHopperClear    = queries.Get("demo-hopper-clear")
	demoShiftsEnd      = queries.Get("demo-shifts-end")
	demoCalls          = queries.Get("demo-calls")
)

// Seed enters the campaign with its list and its carrier, or puts them back into
// a working state; the campaign is stopped, and no other list of it is dialed.
func (d *Demo) Seed(ctx context.Context, carrier dialer.Carrier, campaign dialer.Campaign, list dialer.List) error {
	return d.db.Tx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.NamedExecContext(ctx, demoCarrier, carrier)
		if err != nil {
			return kind(err)
		}
		err = tx.GetContext(ctx, &campaign.CarrierID, demoCarrierID, carrier.Name)
		if err != nil {
			return kind(err)
		}
		_, err = tx.NamedExecContext(ctx, demoCampaign, struct {
			dialer.Campaign
			InGroupID dialer.InGroupID `db:"in_group_id"`
		}{campaign, campaign.InGroup.ID})
		if err != nil {
			return kind(err)
		}
		_, err = tx.ExecContext(ctx, demoList, list.ID, list.CampaignID, list.Name)
		if err != nil {
			return kind(err)
		}
		_, err = tx.ExecContext(ctx, demoLists, list.ID, list.CampaignID)
		return kind(err)
	})
}

// SetActive starts or stops the campaign.
func (d *Demo) SetActive(ctx context.Context, campaign dialer.CampaignID, active bool) error {
	_, err := d.db.x.ExecContext(ctx, demoCampaignActive, active, campaign)
	return kind(err)
}

// SetMethod sets the campaign's dial method.
func (d *Demo) SetMethod(ctx context.Context, campaign dialer.CampaignID, method dialer.DialMethod) error {
	_, err := d.db.x.ExecContext(ctx, demoMethod, method, campaign)
	return kind(err)
}

// PutPhone enters a phone, or points it where it is now.
func (d *Demo) PutPhone(ctx context.Context, phone dialer.Phone) error {
	return d.db.Tx(ctx, func(tx *sqlx.Tx) error {
		for _, query := range []string{demoPhoneChanged, demoPhone} {
			if _, err := tx.NamedExecContext(ctx, query, phone); err != nil {
				return kind(err)
			}
		}
		return nil
	})
}

// Leads counts the leads of a list.
func (d *Demo) Leads(ctx context.Context, list dialer.ListID) (n int, err error) {
	err = d.db.x.GetContext(ctx, &n, demoLeads, list)
	return n, kind(err)
}

// Fresh counts the leads of a list that are still to be dialed.
func (d *Demo) Fresh(ctx context.Context, list dialer.ListID) (n int, err error) {
	err = d.db.x.GetContext(ctx, &n, demoFresh, list)
	return n, kind(err)
}

// Reset lets every lead of a list be dialed again, but those on the line and
// those who asked not to be called.
func (d *Demo) Reset(ctx context.Context, list dialer.ListID) error {
	_, err := d.db.x.ExecContext(ctx, demoReset, list)
	return kind(err)
}

// ResetAll is Reset while nothing runs: what an earlier run left on the line or
// in the hopper is free again, and nobody is at a desk.
func (d *Demo) ResetAll(ctx context.Context, campaign dialer.CampaignID, list dialer.ListID) error {
	return d.db.Tx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, demoHopperClear, campaign)
		if err != nil {
			return kind(err)
		}
		_, err = tx.ExecContext(ctx, demoShiftsEnd)
		if err != nil {
			return kind(err)
		}
		_, err = tx.ExecContext(ctx, demoResetAll, list)
		return kind(err)
	})
}

// DemoCall is a call as the comparison with the ledger needs it.
type DemoCall struct {
	ID         dialer.CallID    `db:"id"`
	State      dialer.CallState `db:"state"`
	LeadID     dialer.LeadID    `db:"lead_id"`
	E164       string           `db:"e164"`
	Sent       bool             `db:"sent"`
	PlacedAt   time.Time        `db:"placed_at"`
	AnsweredAt *time.Time       `db:"answered_at"`
	BridgedAt  *time.Time       `db:"bridged_at"`
	ReadyAt    *time.Time       `db:"ready_at"` // when its agent had become ready; to the millisecond
	EndedAt    *time.Time       `db:"ended_at"`
	Status     dialer.Status    `db:"status"`
	Cause      int              `db:"cause"`
	SIPCode    int              `db:"sip_code"`
}

// Calls gives the campaign's calls placed since a moment.
func (d *Demo) Calls(ctx context.Context, campaign dialer.CampaignID, since time.Time) ([]DemoCall, error) {
	var calls []DemoCall
	err := d.db.x.SelectContext(ctx, &calls, demoCalls, campaign, since)
	return calls, kind(err)
}
