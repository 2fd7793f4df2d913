package mariadb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

// WebCampaigns shows campaigns to admins and writes what they change.
type WebCampaigns struct{ db *DB }

// NewWebCampaigns is the store on a database.
func NewWebCampaigns(db *DB) *WebCampaigns { return &WebCampaigns{db} }

var (
	webCampaignLines        = queries.Get("web-campaign-lines")
	webCampaign             = queries.Get("web-campaign")
	webCampaignActive       = queries.Get("web-campaign-active")
	webCampaignAgents       = queries.Get("web-campaign-agents")
	webCampaignCalls        = queries.Get("web-campaign-calls")
	webCampaignHopper       = queries.Get("web-campaign-hopper")
	webCampaignPacing       = queries.Get("web-campaign-pacing")
	webCampaignLedgers      = queries.Get("web-campaign-ledgers")
	webCampaignLists        = queries.Get("web-campaign-lists")
	webCampaignHasLeads     = queries.Get("web-campaign-has-leads")
	webCampaignListStatuses = queries.Get("web-campaign-list-statuses")
	webCampaignLock         = queries.Get("web-campaign-lock")
	webCampaignSetActive    = queries.Get("web-campaign-set-active")
	webCampaignSetLevel     = queries.Get("web-campaign-set-level")
)

// CampaignLines lists the campaigns, the active ones first.
func (c *WebCampaigns) CampaignLines(ctx context.Context) ([]facts.CampaignLine, error) {
	var lines []facts.CampaignLine
	err := c.db.x.SelectContext(ctx, &lines, webCampaignLines)
	return lines, kind(err)
}

// Campaign is one campaign with its settings.
func (c *WebCampaigns) Campaign(ctx context.Context, id dialer.CampaignID) (facts.Campaign, error) {
	var one facts.Campaign
	err := c.db.x.GetContext(ctx, &one, webCampaign, id)
	return one, kind(err)
}

// HasLeads tells whether there is a lead in any of a campaign's lists.
func (c *WebCampaigns) HasLeads(ctx context.Context, id dialer.CampaignID) (has bool, err error) {
	err = c.db.x.GetContext(ctx, &has, webCampaignHasLeads, id)
	return has, kind(err)
}

// CampaignLists lists a campaign's lists.
func (c *WebCampaigns) CampaignLists(ctx context.Context, id dialer.CampaignID) ([]facts.ListLine, error) {
	var lists []facts.ListLine
	err := c.db.x.SelectContext(ctx, &lists, webCampaignLists, id)
	return lists, kind(err)
}

// CampaignLeads counts the leads of a campaign's lists by status. It takes as
// long as there are many leads: a second for some millions.
func (c *WebCampaigns) CampaignLeads(ctx context.Context, id dialer.CampaignID) ([]facts.StatusCount, error) {
	var counts []facts.StatusCount
	err := c.db.x.SelectContext(ctx, &counts, webCampaignListStatuses, id)
	return counts, kind(err)
}

// CampaignLive counts; today begins at day.
func (c *WebCampaigns) CampaignLive(ctx context.Context, id dialer.CampaignID, day time.Time) (facts.CampaignLive, error) {
	live := facts.CampaignLive{Agents: map[dialer.AgentState]int{}, Calls: map[dialer.CallState]int{}}
	if err := c.db.x.GetContext(ctx, &live.Active, webCampaignActive, id); err != nil {
		return live, kind(err)
	}
	if err := c.group(ctx, webCampaignAgents, id, func(name string, n int) { live.Agents[dialer.AgentState(name)] = n }); err != nil {
		return live, fmt.Errorf("the agents of %s: %w", id, err)
	}
	if err := c.group(ctx, webCampaignCalls, id, func(name string, n int) { live.Calls[dialer.CallState(name)] = n }); err != nil {
		return live, fmt.Errorf("the calls of %s: %w", id, err)
	}
	if err := c.db.x.GetContext(ctx, &live.Hopper, webCampaignHopper, id); err != nil {
		return live, fmt.Errorf("the hopper of %s: %w", id, kind(err))
	}
	days, err := c.db.days(ctx, []dialer.CampaignID{id}, day)
	if err != nil {
		return live, fmt.Errorf("today's calls of %s: %w", id, err)
	}
	today := days[id]
	live.Placed, live.Answered, live.Connected = today.Placed, today.Answered, today.Connected
	live.People, live.Dropped = today.People, today.Dropped
	if err := c.db.x.SelectContext(ctx, &live.Pacing, webCampaignPacing, id); err != nil {
		return live, fmt.Errorf("the pacing of %s: %w", id, kind(err))
	}
	var ledgers []byte
	err = kind(c.db.x.GetContext(ctx, &ledgers, webCampaignLedgers, id))
	if err == nil && len(ledgers) > 0 {
		err = json.Unmarshal(ledgers, &live.Ledgers)
	}
	if err != nil && !errors.Is(err, dialer.ErrNotFound) {
		return live, fmt.Errorf("the drop ledgers of %s: %w", id, err)
	}
	return live, nil
}

func (c *WebCampaigns) group(ctx context.Context, query string, id dialer.CampaignID, each func(string, int)) error {
	var rows []struct {
		Name string `db:"name"`
		N    int    `db:"n"`
	}
	if err := c.db.x.SelectContext(ctx, &rows, query, id); err != nil {
		return kind(err)
	}
	for _, r := range rows {
		each(r.Name, r.N)
	}
	return nil
}

// CampaignChanges lists the latest audited changes, the newest first.
func (c *WebCampaigns) CampaignChanges(ctx context.Context, id dialer.CampaignID) ([]audit.Entry, error) {
	return c.db.latest(ctx, object("campaign", id))
}

// SetCampaignActive starts or stops a campaign.
func (c *WebCampaigns) SetCampaignActive(ctx context.Context, ch facts.CampaignChange, active bool) error {
	action := "campaign.stop"
	if active {
		action = "campaign.start"
	}
	return c.change(ctx, ch, action, func(tx *sqlx.Tx, was campaignState) (campaignState, error) {
		is := was
		is.Active = active
		_, err := tx.ExecContext(ctx, webCampaignSetActive, active, ch.By.At, ch.Campaign)
		return is, err
	})
}

// SetDialLevel sets how many calls are placed for each agent who is ready.
func (c *WebCampaigns) SetDialLevel(ctx context.Context, ch facts.CampaignChange, level float64) error {
	return c.change(ctx, ch, "campaign.level", func(tx *sqlx.Tx, was campaignState) (campaignState, error) {
		is := was
		is.DialLevel = level
		_, err := tx.ExecContext(ctx, webCampaignSetLevel, level, ch.By.At, ch.Campaign)
		return is, err
	})
}

// campaignState is what a supervisor can change in flight.
type campaignState struct {
	Active    bool    `db:"active" json:"active"`
	DialLevel float64 `db:"dial_level" json:"dial_level,string"` // as facts.Settings has it
	Archived  bool    `db:"archived" json:"-"`
}

// change makes one change with its audit row and its event, all or nothing. What
// stands already is not written again.
func (c *WebCampaigns) change(ctx context.Context, ch facts.CampaignChange, action string, do func(*sqlx.Tx, campaignState) (campaignState, error)) error {
	return c.db.Tx(ctx, func(tx *sqlx.Tx) error {
		var was campaignState
		if err := tx.GetContext(ctx, &was, webCampaignLock, ch.Campaign); err != nil {
			return kind(err)
		}
		is, err := do(tx, was)
		if err != nil {
			return kind(err)
		}
		if was == is {
			return nil
		}
		if was.Archived {
			return dialer.Explain(dialer.ErrConflict, "This campaign is archived. Restore it first.")
		}
		if err := note(ctx, tx, ch.By, action, object("campaign", ch.Campaign), was, is); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, webEventAdd, ch.By.At, 0, dialer.EventCampaign, nil, ch.Campaign)
		return kind(err)
	})
}
