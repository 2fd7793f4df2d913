package mariadb

import (
	"context"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

var (
	campaignSettings       = queries.Get("campaign-settings")
	campaignSettingsSave   = queries.Get("campaign-settings-save")
	campaignAdd            = queries.Get("campaign-add")
	campaignCopy           = queries.Get("campaign-copy")
	campaignCopyPauseCodes = queries.Get("campaign-copy-pausecodes")
	campaignCopyRecycles   = queries.Get("campaign-copy-recycles")
	campaignCopyRecycled   = queries.Get("campaign-copy-recycle-groups")
	campaignArchive        = queries.Get("campaign-archive")
	campaignArchived       = queries.Get("campaign-archived")
	campaignAgentsOnShift  = queries.Get("campaign-agents-on-shift")
	campaignListsFree      = queries.Get("campaign-lists-free")
	campaignListsSizes     = queries.Get("campaign-lists-sizes")
	campaignTakeList       = queries.Get("campaign-take-list")
	campaignListLock       = queries.Get("campaign-list-lock")
	campaignGroupLock      = queries.Get("campaign-group-lock")
	campaignGroupAdd       = queries.Get("campaign-group-add")
	campaignCarriers       = queries.Get("campaign-carriers")
)

// readSettings reads a campaign's settings by column, as their forms write them:
// decimals without idle zeros, yes as 1.
func readSettings(ctx context.Context, q sqlx.QueryerContext, id dialer.CampaignID, lock string) (facts.Settings, error) {
	rows, err := q.QueryxContext(ctx, campaignSettings+lock, id)
	if err != nil {
		return nil, kind(err)
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return nil, kind(err)
		}
		return nil, dialer.ErrNotFound
	}
	raw := map[string]any{}
	if err := rows.MapScan(raw); err != nil {
		return nil, kind(err)
	}
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, kind(err)
	}
	s := facts.Settings{}
	for _, t := range types {
		text := fmt.Sprint(raw[t.Name()])
		if b, ok := raw[t.Name()].([]byte); ok {
			text = string(b)
		}
		if t.DatabaseTypeName() == "DECIMAL" && strings.Contains(text, ".") {
			text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
		}
		s[t.Name()] = text
	}
	return s, nil
}

// Settings are a campaign's settings by column.
func (c *WebCampaigns) Settings(ctx context.Context, id dialer.CampaignID) (audit.Record[facts.Settings], error) {
	return readRecord(ctx, c.db, object("campaign", id), func() (facts.Settings, error) {
		return readSettings(ctx, c.db.x, id, "")
	})
}

// SaveSettings changes those settings that the edit's record has, together with
// what others have saved: see edit. The campaign's screens are told.
func (c *WebCampaigns) SaveSettings(ctx context.Context, id dialer.CampaignID, e audit.Edit[facts.Settings]) error {
	return edit(ctx, c.db, e, "campaign.save", object("campaign", id),
		func(tx *sqlx.Tx) (facts.Settings, error) { return readSettings(ctx, tx, id, " FOR UPDATE") },
		func(tx *sqlx.Tx, _, is facts.Settings) error { return writeSettings(ctx, tx, id, is, e.By) })
}

func writeSettings(ctx context.Context, tx *sqlx.Tx, id dialer.CampaignID, s facts.Settings, by audit.By) error {
	args := map[string]any{"id": id}
	for name, value := range s {
		args[name] = value
	}
	if _, err := tx.NamedExecContext(ctx, campaignSettingsSave, args); err != nil {
		return kind(err)
	}
	_, err := tx.ExecContext(ctx, webEventAdd, by.At, 0, dialer.EventCampaign, nil, id)
	return kind(err)
}

// CreateCampaign makes a stopped campaign with its settings, its lists and the
// groups that work for it, all or nothing. A code that is taken is ErrConflict.
func (c *WebCampaigns) CreateCampaign(ctx context.Context, by audit.By, n facts.NewCampaign) error {
	return c.db.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, campaignAdd, n.ID, n.Settings["name"], n.Settings["carrier_id"]); err != nil {
			return kind(err)
		}
		s, err := readSettings(ctx, tx, n.ID, " FOR UPDATE")
		if err != nil {
			return err
		}
		for name, value := range n.Settings {
			s[name] = value
		}
		if err := writeSettings(ctx, tx, n.ID, s, by); err != nil {
			return err
		}
		if err := note(ctx, tx, by, "campaign.create", object("campaign", n.ID), nil, s); err != nil {
			return err
		}
		return c.equip(ctx, tx, by, n)
	})
}

// equip gives a campaign its lists and groups.
func (c *WebCampaigns) equip(ctx context.Context, tx *sqlx.Tx, by audit.By, n facts.NewCampaign) error {
	for _, list := range n.Lists {
		var was dialer.CampaignID
		if err := tx.GetContext(ctx, &was, campaignListLock, list); err != nil {
			return kind(err)
		}
		if _, err := tx.ExecContext(ctx, campaignTakeList, n.ID, list); err != nil {
			return kind(err)
		}
		type place struct {
			Campaign dialer.CampaignID `json:"campaign_id"`
		}
		if err := note(ctx, tx, by, "list.save", object("list", list), place{was}, place{n.ID}); err != nil {
			return err
		}
	}
	for _, group := range n.Groups {
		var was dialer.Scope
		if err := tx.GetContext(ctx, &was, campaignGroupLock, group); err != nil {
			return kind(err)
		}
		if was.Has(n.ID) {
			continue
		}
		is := dialer.Scope(strings.TrimSpace(string(was) + " " + string(n.ID)))
		if _, err := tx.ExecContext(ctx, campaignGroupAdd, is, group); err != nil {
			return kind(err)
		}
		type reach struct {
			Campaigns dialer.Scope `json:"campaigns"`
		}
		if err := note(ctx, tx, by, "group.save", object("group", group), reach{was}, reach{is}); err != nil {
			return err
		}
	}
	return nil
}

// CopyCampaign makes a stopped campaign with another's settings and pause codes,
// without lists.
func (c *WebCampaigns) CopyCampaign(ctx context.Context, by audit.By, from, id dialer.CampaignID, name string, groups []string) error {
	return c.db.Tx(ctx, func(tx *sqlx.Tx) error {
		res, err := tx.ExecContext(ctx, campaignCopy, id, name, from)
		if err != nil {
			return kind(err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return dialer.ErrNotFound
		}
		for _, rows := range []string{campaignCopyPauseCodes, campaignCopyRecycles, campaignCopyRecycled} {
			if _, err := tx.ExecContext(ctx, rows, id, from); err != nil {
				return kind(err)
			}
		}
		s, err := readSettings(ctx, tx, id, " FOR UPDATE")
		if err != nil {
			return err
		}
		s["copied_from"] = string(from)
		if err := note(ctx, tx, by, "campaign.create", object("campaign", id), nil, s); err != nil {
			return err
		}
		return c.equip(ctx, tx, by, facts.NewCampaign{ID: id, Groups: groups})
	})
}

// ArchiveCampaign puts a campaign out of sight, or back. One on which agents are
// on shift is refused.
func (c *WebCampaigns) ArchiveCampaign(ctx context.Context, ch facts.CampaignChange, archived bool) error {
	return c.db.Tx(ctx, func(tx *sqlx.Tx) error {
		type state struct {
			Archived bool `json:"archived"`
		}
		var was state
		if err := tx.GetContext(ctx, &was.Archived, campaignArchived, ch.Campaign); err != nil {
			return kind(err)
		}
		var agents int
		if err := tx.GetContext(ctx, &agents, campaignAgentsOnShift, ch.Campaign); err != nil {
			return kind(err)
		}
		if archived && agents > 0 {
			return dialer.Explain(dialer.ErrConflict, fmt.Sprintf("Agents on shift in this campaign: %d. Archive it when they have signed out.", agents))
		}
		if _, err := tx.ExecContext(ctx, campaignArchive, archived, ch.Campaign); err != nil {
			return kind(err)
		}
		action := "campaign.archive"
		if !archived {
			action = "campaign.restore"
		}
		if err := note(ctx, tx, ch.By, action, object("campaign", ch.Campaign), was, state{archived}); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, webEventAdd, ch.By.At, 0, dialer.EventCampaign, nil, ch.Campaign)
		return kind(err)
	})
}

// ListChoices are lists that a new campaign may take over.
func (c *WebCampaigns) ListChoices(ctx context.Context) ([]facts.ListChoice, error) {
	var all []facts.ListChoice
	err := c.db.x.SelectContext(ctx, &all, campaignListsFree)
	return all, kind(err)
}

// ListSizes are how many leads each list has, which takes long to count where
// there are millions.
func (c *WebCampaigns) ListSizes(ctx context.Context) (map[dialer.ListID]int, error) {
	var rows []struct {
		List  dialer.ListID `db:"list_id"`
		Leads int           `db:"leads"`
	}
	err := c.db.x.SelectContext(ctx, &rows, campaignListsSizes)
	sizes := map[dialer.ListID]int{}
	for _, r := range rows {
		sizes[r.List] = r.Leads
	}
	return sizes, kind(err)
}

// CarrierChoices are the carriers over which a campaign may dial.
func (c *WebCampaigns) CarrierChoices(ctx context.Context) ([]facts.CarrierChoice, error) {
	var all []facts.CarrierChoice
	err := c.db.x.SelectContext(ctx, &all, campaignCarriers)
	return all, kind(err)
}
