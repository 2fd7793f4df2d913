package mariadb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/sql/queries"
	"trunkline/webui/facts"
)

// WebBoard reads what the live boards show, and writes what supervisors ask of
// agents' shifts.
type WebBoard struct{ db *DB }

// NewWebBoard is the store on a database.
func NewWebBoard(db *DB) *WebBoard { return &WebBoard{db} }

// NewBoardLimits keeps from when on times on the live board are coloured.
func NewBoardLimits(db *DB) *Catalog[facts.BoardLimits] {
	return catalog(db, "boardlimits", false, facts.BoardLimits.Key, "")
}

var (
	boardAgents    = queries.Get("board-agents")
	boardLines     = queries.Get("board-lines")
	boardWaiting   = queries.Get("board-waiting")
	boardCampaigns = queries.Get("board-campaigns")
	boardPacing    = queries.Get("board-pacing")
	boardLedgers   = queries.Get("board-ledgers")
	boardHopper    = queries.Get("board-hopper")
	boardServers   = queries.Get("board-servers")
	boardWebAway   = queries.Get("board-web-away")
	boardLimits    = queries.Get("boardlimits-all")
	boardTallies   = queries.Get("board-tallies")
	boardCarriers  = queries.Get("board-carriers")
	boardSpells    = queries.Get("board-spells")
	boardWaits     = queries.Get("board-waits")
	boardShift     = queries.Get("board-shift")
	boardNoticeAdd = queries.Get("board-notice-add")
)

// Floor reads agents and calls: three statements, whatever the number of either.
func (b *WebBoard) Floor(ctx context.Context) (f facts.BoardFloor, err error) {
	if err = b.db.x.SelectContext(ctx, &f.Agents, boardAgents); err != nil {
		return f, fmt.Errorf("the agents on shift: %w", kind(err))
	}
	if err = b.db.x.SelectContext(ctx, &f.Lines, boardLines); err != nil {
		return f, fmt.Errorf("the calls that are up: %w", kind(err))
	}
	if err = b.db.x.SelectContext(ctx, &f.Waiting, boardWaiting); err != nil {
		return f, fmt.Errorf("the calls that wait: %w", kind(err))
	}
	return f, nil
}

// Pace reads the campaigns and the last decisions about their calls.
func (b *WebBoard) Pace(ctx context.Context) (p facts.BoardPace, err error) {
	if err = b.db.x.SelectContext(ctx, &p.Campaigns, boardCampaigns); err != nil {
		return p, fmt.Errorf("the campaigns: %w", kind(err))
	}
	if err = b.db.x.SelectContext(ctx, &p.Pacing, boardPacing); err != nil {
		return p, fmt.Errorf("the pacing: %w", kind(err))
	}
	return p, nil
}

// Around reads hoppers, drop ledgers, servers and the limits of times.
func (b *WebBoard) Around(ctx context.Context) (facts.BoardAround, error) {
	a := facts.BoardAround{Hopper: map[dialer.CampaignID]int{}, Ledgers: map[dialer.CampaignID][]facts.DropLedger{}}
	var hopper []struct {
		Campaign dialer.CampaignID `db:"campaign_id"`
		N        int               `db:"n"`
	}
	if err := b.db.x.SelectContext(ctx, &hopper, boardHopper); err != nil {
		return a, fmt.Errorf("the hoppers: %w", kind(err))
	}
	for _, h := range hopper {
		a.Hopper[h.Campaign] = h.N
	}
	var ledgers []struct {
		Campaign dialer.CampaignID `db:"campaign_id"`
		Text     []byte            `db:"ledgers"`
	}
	if err := b.db.x.SelectContext(ctx, &ledgers, boardLedgers); err != nil {
		return a, fmt.Errorf("the drop ledgers: %w", kind(err))
	}
	for _, l := range ledgers {
		var all []facts.DropLedger
		if len(l.Text) > 0 {
			if err := json.Unmarshal(l.Text, &all); err != nil {
				return a, fmt.Errorf("the drop ledgers of %s: %w", l.Campaign, err)
			}
		}
		a.Ledgers[l.Campaign] = all
	}
	if err := b.db.x.SelectContext(ctx, &a.Servers, boardServers); err != nil {
		return a, fmt.Errorf("the servers: %w", kind(err))
	}
	if err := b.db.x.SelectContext(ctx, &a.WebAway, boardWebAway); err != nil {
		return a, fmt.Errorf("the web servers: %w", kind(err))
	}
	if err := b.db.x.SelectContext(ctx, &a.Limits, boardLimits); err != nil {
		return a, fmt.Errorf("the limits of times: %w", kind(err))
	}
	return a, nil
}

// Tallies counts what some agents have done since a day began.
func (b *WebBoard) Tallies(ctx context.Context, agents []dialer.UserID, since time.Time) (map[dialer.UserID]facts.BoardTally, error) {
	var rows []struct {
		User  dialer.UserID `db:"user_id"`
		Calls int           `db:"calls"`
		Sales int           `db:"sales"`
	}
	if err := among(ctx, b.db, &rows, boardTallies, agents, since); err != nil {
		return nil, fmt.Errorf("the agents' calls: %w", err)
	}
	tallies := map[dialer.UserID]facts.BoardTally{}
	for _, r := range rows {
		tallies[r.User] = facts.BoardTally{Calls: r.Calls, Sales: r.Sales}
	}
	return tallies, nil
}

// CallsOfDay counts the calls that campaigns placed since a day began.
func (b *WebBoard) CallsOfDay(ctx context.Context, campaigns []dialer.CampaignID, since time.Time) (map[dialer.CampaignID]facts.BoardDay, error) {
	return b.db.days(ctx, campaigns, since)
}

// Carriers counts what became of campaigns' calls since a moment, by carrier.
func (b *WebBoard) Carriers(ctx context.Context, campaigns []dialer.CampaignID, since time.Time) (all []facts.BoardCarrier, err error) {
	if len(campaigns) == 0 {
		campaigns = []dialer.CampaignID{""} // none, and the carriers are there all the same
	}
	err = among(ctx, b.db, &all, boardCarriers, campaigns, since)
	return all, err
}

// Spells are the states that agents of campaigns have left since a moment.
func (b *WebBoard) Spells(ctx context.Context, campaigns []dialer.CampaignID, since time.Time) (all []facts.BoardSpell, err error) {
	err = among(ctx, b.db, &all, boardSpells, campaigns, since, since)
	return all, err
}

// Waits are how long, in seconds, agents of campaigns waited for a call on
// average, of the waits that began since a moment.
func (b *WebBoard) Waits(ctx context.Context, campaigns []dialer.CampaignID, since time.Time) (map[dialer.CampaignID]float64, error) {
	var rows []struct {
		Campaign dialer.CampaignID `db:"campaign_id"`
		Seconds  float64           `db:"seconds"`
	}
	if err := among(ctx, b.db, &rows, boardWaits, campaigns, since); err != nil {
		return nil, fmt.Errorf("the agents' waits: %w", err)
	}
	waits := map[dialer.CampaignID]float64{}
	for _, r := range rows {
		waits[r.Campaign] = r.Seconds
	}
	return waits, nil
}

// among asks a statement whose first parameter is a list; of none there are no
// rows.
func among[T any](ctx context.Context, db *DB, rows any, query string, list []T, more ...any) error {
	if len(list) == 0 {
		return nil
	}
	query, args, err := sqlx.In(query, append([]any{list}, more...)...)
	if err != nil {
		return err
	}
	return kind(db.x.SelectContext(ctx, rows, query, args...))
}

// Shift is a shift that is on, or dialer.ErrNotFound.
func (b *WebBoard) Shift(ctx context.Context, session dialer.SessionID) (facts.BoardShift, error) {
	var s facts.BoardShift
	err := b.db.x.GetContext(ctx, &s, boardShift, session)
	return s, kind(err)
}

// AskAgent writes what a supervisor asks of an agent's shift, why, the audit's
// line and the event that shows the agent the reason, all or nothing.
func (b *WebBoard) AskAgent(ctx context.Context, by audit.By, s facts.BoardShift, intent dialer.Intent, says string) error {
	args, err := json.Marshal(intent.Args)
	if err != nil {
		return err
	}
	return b.db.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, webIntentAdd, intent.ID, intent.ServerID, intent.SessionID, intent.Kind, args, by.At); err != nil {
			return kind(err)
		}
		if _, err := tx.ExecContext(ctx, boardNoticeAdd, intent.ID, s.Session, by.User, intent.Kind, says, by.At); err != nil {
			return kind(err)
		}
		what := map[string]string{"agent": s.Username, "why": says}
		if intent.Args.Code != "" {
			what["code"] = intent.Args.Code
		}
		if err := note(ctx, tx, by, "agent."+string(intent.Kind), object("session", int64(s.Session)), nil, what); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, webEventAdd, by.At, s.Server, dialer.EventAgent, s.Session, s.Campaign)
		return kind(err)
	})
}
