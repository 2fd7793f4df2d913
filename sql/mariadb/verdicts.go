package mariadb

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
	"trunkline/sql/queries"
)

var (
	qVerdictKeep   = queries.Get("verdict-keep")
	qVerdictOfCall = queries.Get("verdict-of-call")
	qRulePackKeep  = queries.Get("rule-pack-keep")
	qRulePacks     = queries.Get("rule-packs")
	qLeadAsked     = queries.Get("lead-asked")
	qLeadsToJudge  = queries.Get("leads-to-judge")
)

// keptVerdicts are the ids that this process knows to be in the table verdicts,
// whose rows never change. A campaign has as many as its leads have places.
type keptVerdicts struct {
	mu  sync.Mutex
	ids map[uint64]bool
}

const mostKept = 20000

func (k *keptVerdicts) has(id uint64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.ids[id]
}

func (k *keptVerdicts) add(id uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ids == nil || len(k.ids) >= mostKept {
		k.ids = map[uint64]bool{}
	}
	k.ids[id] = true
}

// keepVerdicts writes what the calls' verdicts hang on, before the calls: a call
// never names a verdict that is not there.
func (db *DB) keepVerdicts(ctx context.Context, calls []dialer.Call) error {
	type verdict struct {
		ID     uint64 `db:"id"`
		Inputs string `db:"inputs"`
	}
	fresh := map[uint64]verdict{}
	for _, c := range calls {
		if c.Verdict != 0 && !db.verdicts.has(c.Verdict) {
			fresh[c.Verdict] = verdict{c.Verdict, c.Inputs}
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	// In one order, so that two who write the same do not wait for each other.
	rows := slices.SortedFunc(maps.Values(fresh), func(a, b verdict) int { return cmp.Compare(a.ID, b.ID) })
	err := again(ctx, func() error {
		_, err := db.x.NamedExecContext(ctx, qVerdictKeep, rows)
		return kind(err)
	})
	if err != nil {
		return fmt.Errorf("keeping verdicts: %w", err)
	}
	for id := range fresh {
		db.verdicts.add(id)
	}
	return nil
}

// Verdicts are why calls were placed.
type Verdicts struct{ db *DB }

// NewVerdicts is the store on a database.
func NewVerdicts(db *DB) *Verdicts { return &Verdicts{db} }

// CallVerdict is a past call and why it was placed.
type CallVerdict struct {
	ID         dialer.CallID     `db:"id" json:"call"`
	E164       string            `db:"e164" json:"number"`
	CampaignID dialer.CampaignID `db:"campaign_id" json:"campaign"`
	LeadID     dialer.LeadID     `db:"lead_id" json:"lead"`
	PlacedAt   time.Time         `db:"placed_at" json:"placed_at"`
	Manual     bool              `db:"manual" json:"by_hand"`
	Status     dialer.Status     `db:"status" json:"status"`
	Verdict    uint64            `db:"verdict_id" json:"verdict"`
	Rule       string            `db:"verdict_rule" json:"rule"`
	Until      *time.Time        `db:"verdict_until" json:"until"`
	Knew       string            `db:"verdict_knew" json:"knew"`
	Notice     string            `db:"notice_rule" json:"notice_rule"` // by which the callee must be told of a recording
	ToldAt     *time.Time        `db:"told_at" json:"told_at"`         // when the campaign's announcement of it began
	Inputs     string            `db:"inputs" json:"inputs"`
}

// OfCall is why a call was placed.
func (s *Verdicts) OfCall(ctx context.Context, id dialer.CallID) (CallVerdict, error) {
	var v CallVerdict
	err := s.db.x.GetContext(ctx, &v, qVerdictOfCall, id)
	return v, kind(err)
}

// KeepPacks keeps the text of the rule packs in use, so that what they decide
// can be explained when they are gone.
func (s *Verdicts) KeepPacks(ctx context.Context) error {
	for _, p := range compliance.Packs() {
		if _, err := s.db.x.ExecContext(ctx, qRulePackKeep, p.SHA256, p.Name, p.Version, string(p.Text)); err != nil {
			return fmt.Errorf("keeping rule pack %s: %w", p.Name, kind(err))
		}
	}
	return nil
}

// KeptPack is a rule pack that has judged calls here.
type KeptPack struct {
	SHA256  string    `db:"sha256" json:"sha256"`
	Name    string    `db:"name" json:"name"`
	Version string    `db:"version" json:"version"`
	SeenAt  time.Time `db:"seen_at" json:"seen_at"`
}

// Packs lists every rule pack that has judged calls here, the oldest first.
func (s *Verdicts) Packs(ctx context.Context) ([]KeptPack, error) {
	var all []KeptPack
	err := s.db.x.SelectContext(ctx, &all, qRulePacks)
	return all, kind(err)
}

// LeadAsked is a lead of the campaign's lists, asked for by its id or by its
// number, however that is written: a number without a country code is one of the
// North American plan.
func (s *Verdicts) LeadAsked(ctx context.Context, campaign dialer.CampaignID, asked string) (dialer.Lead, error) {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, asked)
	id, e164 := int64(0), "+"+digits
	if !strings.HasPrefix(asked, "+") {
		if len(digits) == 10 {
			e164 = "+1" + digits
		} else if digits == asked {
			id, _ = strconv.ParseInt(digits, 10, 64)
		}
	}
	var l dialer.Lead
	err := s.db.x.GetContext(ctx, &l, qLeadAsked, campaign, id, campaign, e164)
	return l, kind(err)
}

// LeadToJudge is what the calling rules ask of a lead.
type LeadToJudge struct {
	ID      dialer.LeadID
	E164    string
	State   string
	ZoneSet int
	Calls   int    // ever
	Phrase  string // its security phrase
	Known   bool   // there is more to know of its number: calls, what its owner said, a do-not-call list
}

// LeadsToJudge gives the leads of a list one by one, in no order, until take fails.
// Calls count as known of a number when they were placed since the given time. It
// holds a connection while take works: whoever gives it work that asks the
// database bounds how many do so at once.
func (s *Verdicts) LeadsToJudge(ctx context.Context, campaign dialer.CampaignID, list dialer.ListID, since time.Time, take func(LeadToJudge) error) error {
	rows, err := s.db.x.QueryContext(ctx, qLeadsToJudge, since, campaign, campaign, list)
	if err != nil {
		return kind(err)
	}
	defer rows.Close() //nolint:errcheck // what failed is said by Err
	for rows.Next() {
		var l LeadToJudge
		if err := rows.Scan(&l.ID, &l.E164, &l.State, &l.ZoneSet, &l.Calls, &l.Phrase, &l.Known); err != nil {
			return kind(err)
		}
		if err := take(l); err != nil {
			return err
		}
	}
	return kind(rows.Err())
}
