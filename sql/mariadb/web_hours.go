package mariadb

import (
	"context"
	"errors"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
	"trunkline/hopper"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

var webDeskList = queries.Get("web-desk-list")

// CallSpans are the hours of a campaign's lead from one moment to another.
func (d *WebDesk) CallSpans(ctx context.Context, campaign dialer.CampaignID, lead dialer.Lead, from, to time.Time) ([]facts.CallSpan, error) {
	var c dialer.Campaign
	if err := d.db.x.GetContext(ctx, &c, qCampaignByID, campaign); err != nil {
		return nil, kind(err)
	}
	var list hopper.List
	err := kind(d.db.x.GetContext(ctx, &list, webDeskList, lead.ListID))
	if errors.Is(err, dialer.ErrNotFound) { // a number that was dialed by hand may be of none
		list, err = hopper.List{}, nil // sqlx has filled the pointers all the same
	}
	if err != nil {
		return nil, err
	}
	set := compliance.ZoneSet(lead.Zones)
	if set == "" {
		set = compliance.SetFor(compliance.Address{E164: lead.E164, State: lead.State, PostalCode: lead.PostalCode})
	}
	var all []facts.CallSpan
	for _, s := range set.Spans(list.Hours(c), from, to) {
		all = append(all, facts.CallSpan{From: s.From, To: s.To, Why: s.Why})
	}
	return all, nil
}
