package mariadb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
	"trunkline/dialer/listen"
	"trunkline/sql/queries"
)

var (
	qLeadByID       = queries.Get("web-desk-lead")
	qLeadOfNumber   = queries.Get("hand-lead-of-number")
	qHandCalled     = queries.Get("hand-called-now")
	qHandList       = queries.Get("hand-list")
	qHandLeadAdd    = queries.Get("hand-lead-add")
	qHandTakeHopper = queries.Get("hand-take-hopper")
	qHandClaimed    = queries.Get("hand-claimed")
	qThirdsLive     = queries.Get("thirds-live")
	qWatchesLive    = queries.Get("watches-live")
	qWatchWrite     = queries.Get("watch-write")
	qThirdWrite     = queries.Get("third-write")
)

// Carriers are all carriers, whether active or not.
func (s *Listen) Carriers(ctx context.Context) ([]dialer.Carrier, error) {
	return NewCalls(s.db).Carriers(ctx)
}

// LiveThirds are the third parties of a server's calls that have not ended.
func (s *Listen) LiveThirds(ctx context.Context, server dialer.ServerID) ([]dialer.Third, error) {
	var all []dialer.Third
	err := s.db.x.SelectContext(ctx, &all, qThirdsLive, server)
	return all, kind(err)
}

// LiveWatches are the supervisors' ears at a server's agents.
func (s *Listen) LiveWatches(ctx context.Context, server dialer.ServerID) ([]dialer.Watch, error) {
	var all []dialer.Watch
	err := s.db.x.SelectContext(ctx, &all, qWatchesLive, server)
	return all, kind(err)
}

// Prospect is the lead of that id, or of that number in the campaign's lists,
// with what the rules have to know. A number without a lead is one with only
// its number.
func (s *Listen) Prospect(ctx context.Context, campaign dialer.CampaignID, server dialer.ServerID, lead dialer.LeadID, e164 string, now time.Time) (listen.Prospect, error) {
	p := listen.Prospect{Lead: dialer.Lead{E164: e164}}
	if lead == 0 {
		err := kind(s.db.x.GetContext(ctx, &lead, qLeadOfNumber, campaign, e164))
		if err != nil && !errors.Is(err, dialer.ErrNotFound) {
			return p, err
		}
	}
	if lead != 0 {
		err := kind(s.db.x.GetContext(ctx, &p.Lead, qLeadByID, lead))
		if err != nil {
			return p, fmt.Errorf("lead %d: %w", lead, err)
		}
		p.Lead.Zones, _, _ = strings.Cut(p.Lead.Zones, ";") // behind it stand the rules of the place, which Check finds itself
	}
	dnc, err := s.hopper.DNC(ctx, campaign, []string{p.Lead.E164})
	if err != nil {
		return p, err
	}
	p.DNC = dnc[p.Lead.E164]
	known, err := s.db.histories(ctx, []string{p.Lead.E164}, now)
	if err != nil {
		return p, err
	}
	p.History = known[p.Lead.E164]
	limits, err := NewCalls(s.db).Limits(ctx, server)
	p.Stopped = limits.Stopped
	return p, err
}

var (
	errCalledNow = dialer.Explain(dialer.ErrConflict, "That number is being called just now. Try again in a minute.")
	errNoList    = dialer.Explain(dialer.ErrNotFound, "This campaign has no list to keep the number in. Tell your administrator.")
	errNoLead    = dialer.Explain(dialer.ErrNotFound, "No lead may be called just now. Try again in a moment.")
)

// PlaceByHand commits a call that an agent dials: the number gets a lead, in the
// campaign's first list, unless it has one; the lead is counted as called and
// leaves the hopper. One that another server has claimed is about to be called.
func (s *Listen) PlaceByHand(ctx context.Context, c dialer.Call) (dialer.Call, error) {
	set, err := NewLeadStore(s.db).zoneSet(ctx, compliance.SetOf(c.E164, ""))
	if err != nil {
		return c, err
	}
	if err := s.db.keepVerdicts(ctx, []dialer.Call{c}); err != nil {
		return c, err
	}
	err = s.db.Tx(ctx, func(tx *sqlx.Tx) error {
		overtaken, err := overtaken(ctx, tx, []dialer.Call{c})
		if err != nil {
			return err
		}
		if len(overtaken) > 0 {
			return errCalledNow
		}
		var n int
		err = tx.GetContext(ctx, &n, qHandCalled, c.E164)
		if err != nil {
			return kind(err)
		}
		if n > 0 {
			return errCalledNow
		}
		if c.LeadID == 0 {
			c, err = leadByHand(ctx, tx, c, set)
			if err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, qHandTakeHopper, c.LeadID, c.ServerID)
		if err == nil {
			err = tx.GetContext(ctx, &n, qHandClaimed, c.LeadID)
		}
		if err != nil {
			return kind(err)
		}
		if n > 0 {
			return errCalledNow
		}
		_, err = tx.NamedExecContext(ctx, qCallPlace, []dialer.Call{c})
		if err != nil {
			return kind(err)
		}
		_, err = execIn(ctx, tx, qCallsCountLeads, c.PlacedAt, []dialer.LeadID{c.LeadID})
		return err
	})
	return c, err
}

func leadByHand(ctx context.Context, tx *sqlx.Tx, c dialer.Call, set int) (dialer.Call, error) {
	err := kind(tx.GetContext(ctx, &c.ListID, qHandList, c.CampaignID))
	if errors.Is(err, dialer.ErrNotFound) {
		return c, errNoList
	}
	if err != nil {
		return c, err
	}
	code, number := "", c.E164[1:]
	if rest, ok := strings.CutPrefix(number, "1"); ok {
		code, number = "1", rest
	}
	r, err := tx.ExecContext(ctx, qHandLeadAdd, c.ListID, set, c.E164, code, number, c.PlacedAt)
	if err != nil {
		return c, kind(err)
	}
	id, err := r.LastInsertId()
	c.LeadID = dialer.LeadID(id)
	return c, err
}

// NextLead claims the campaign's next lead for an agent to look at. The claim
// lives for as long as the agent's session says so (preview_lead).
func (s *Listen) NextLead(ctx context.Context, campaign dialer.CampaignID, server dialer.ServerID, now time.Time) (dialer.LeadID, error) {
	leads, err := s.hopper.Claim(ctx, campaign, server, 1, now)
	if err != nil {
		return 0, err
	}
	if len(leads) == 0 {
		return 0, errNoLead
	}
	return leads[0].ID, nil
}

// GiveBack gives a lead that NextLead claimed back to the hopper: at once, or
// where another process claimed it, with the next sweep.
func (s *Listen) GiveBack(ctx context.Context, lead dialer.LeadID) error {
	return s.hopper.Release(ctx, []dialer.LeadID{lead})
}
