package mariadb

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/sql/queries"
)

// BenchBoard arranges the tables of a measurement of the live boards.
type BenchBoard struct{ db *DB }

// NewBenchBoard is the store on a database of its own.
func NewBenchBoard(db *DB) *BenchBoard { return &BenchBoard{db} }

var (
	benchBoardServer    = queries.Get("benchboard-server")
	benchBoardCarrier   = queries.Get("benchboard-carrier")
	benchBoardCampaign  = queries.Get("benchboard-campaign")
	benchBoardPacing    = queries.Get("benchboard-pacing")
	benchBoardUser      = queries.Get("benchboard-user")
	benchBoardCalls     = queries.Get("benchboard-calls")
	benchBoardSession   = queries.Get("benchboard-session")
	benchBoardChange    = queries.Get("benchboard-change")
	benchBoardEvent     = queries.Get("benchboard-event")
	benchBoardQuestions = queries.Get("benchboard-questions")
)

// BenchAgent is an agent of the measurement.
type BenchAgent struct {
	Session  dialer.SessionID
	Campaign dialer.CampaignID
}

// Floor makes campaigns with 10,000 calls each, agents on shift in them, and a
// supervisor (user 1) who may see all.
func (b *BenchBoard) Floor(ctx context.Context, campaigns []dialer.CampaignID, agents int, supervisor, passHash string) ([]BenchAgent, error) {
	var all []BenchAgent
	err := b.db.Tx(ctx, func(tx *sqlx.Tx) error {
		all = nil
		do := func(query string, args ...any) error {
			_, err := tx.ExecContext(ctx, query, args...)
			return kind(err)
		}
		for _, query := range []string{benchBoardServer, benchBoardCarrier} {
			if err := do(query); err != nil {
				return err
			}
		}
		if err := do(benchBoardUser, 1, supervisor, "Rosa V.", passHash, dialer.RoleSupervisor); err != nil {
			return err
		}
		for i, c := range campaigns {
			if err := do(benchBoardCampaign, c, fmt.Sprintf("Campaign %d", i+1)); err != nil {
				return err
			}
			if err := do(benchBoardPacing, c); err != nil {
				return err
			}
			if err := do(benchBoardCalls, (i+1)*1_000_000, c); err != nil {
				return err
			}
		}
		now := time.Now().UTC()
		for i := range agents {
			a := BenchAgent{dialer.SessionID(1000 + i), campaigns[i%len(campaigns)]}
			if err := do(benchBoardUser, 100+i, fmt.Sprintf("agent%d", i), fmt.Sprintf("Agent %d", i), "-", dialer.RoleAgent); err != nil {
				return err
			}
			if err := do(benchBoardSession, a.Session, 100+i, a.Campaign, now); err != nil {
				return err
			}
			all = append(all, a)
		}
		return nil
	})
	return all, err
}

// Change moves an agent to a state, with its event, as listen's journal does.
func (b *BenchBoard) Change(ctx context.Context, a BenchAgent, state dialer.AgentState, since time.Time) error {
	return b.db.Tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, benchBoardChange, state, since, a.Session); err != nil {
			return kind(err)
		}
		_, err := tx.ExecContext(ctx, benchBoardEvent, since, a.Session, a.Campaign)
		return kind(err)
	})
}

// Statements is how many statements the whole server has been sent.
func (b *BenchBoard) Statements(ctx context.Context) (int64, error) {
	var row struct {
		Name  string `db:"Variable_name"`
		Value int64  `db:"Value"`
	}
	err := b.db.x.GetContext(ctx, &row, benchBoardQuestions)
	return row.Value, kind(err)
}
