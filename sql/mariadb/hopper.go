package mariadb

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	mathrand "math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"

	"trunkline/dialer"
	"trunkline/hopper"
	"trunkline/sql/queries"
)

// HopperStore keeps the hopper: the dialers' side of it (Claim, Release, Remove,
// Known) and the filler's (package hopper's Store, Sweeper, Purger and Campaigns).
type HopperStore struct {
	db     *DB
	spread spread
	census censusRuns

	mu     sync.Mutex
	claims map[dialer.LeadID]claim // made here and still alive: what Release and Remove may touch
	pruned time.Time               // when those past their life were last forgotten
}

// claim is what a row of the hopper bears while its lead is claimed.
type claim struct {
	token []byte
	at    time.Time
}

// NewHopperStore is the store on a database.
func NewHopperStore(db *DB) *HopperStore {
	return &HopperStore{db: db, census: usualRuns, claims: map[dialer.LeadID]claim{}}
}

var (
	hopperFreeRows = queries.Get("hopper-free-rows")
	hopperCount    = queries.Get("hopper-free-count")
	hopperClaim    = queries.Get("hopper-claim")
	hopperClaimed  = queries.Get("hopper-claimed")
	hopperRelease  = queries.Get("hopper-release")
	hopperRemove   = queries.Get("hopper-remove")
)

// claimTries bounds how often a claimant that lost rows to others looks again
// within one Claim. What is left then is for the next tick.
const claimTries = 20

// spare is how many more rows than wanted a claimant looks at, at the least.
const spare = 32

// Claim takes up to n rows of the campaign's hopper for a server, highest
// priority first, and returns their leads. Fewer come when the hopper has no
// more. Nobody else gets these leads until they are released, or until hopper-
// fill frees them from a claimant that did nothing with them (hopper.ClaimLife);
// that is also what becomes of the rows of a Claim that failed half-way.
//
// Within one priority the rows come in the hopper's order while this server is
// alone. Where others take them away, it looks further ahead and prefers those
// that are its own by lot (spread).
func (s *HopperStore) Claim(ctx context.Context, campaign dialer.CampaignID, server dialer.ServerID, n int, now time.Time) ([]dialer.Lead, error) {
	if n <= 0 {
		return nil, nil
	}
	token := make([]byte, 16)
	rand.Read(token) //nolint:errcheck // never fails
	var tried []int64
	got := int64(0)
	for try := 0; try < claimTries && got < int64(n); try++ {
		var free []freeRow
		want := n - int(got)
		ways := s.spread.ways()
		err := s.db.x.SelectContext(ctx, &free, hopperFreeRows, campaign, want*ways+spare)
		if err != nil {
			return nil, fmt.Errorf("claiming leads: %w", kind(err))
		}
		if len(free) == 0 {
			break
		}
		ids := pick(free, want, ways, server)
		tried = append(tried, ids...)
		rows, err := s.db.atOnce(ctx, hopperClaim, token, server, now, ids)
		if err != nil {
			return nil, fmt.Errorf("claiming leads: %w", err)
		}
		s.spread.learn(rows < int64(len(ids)))
		got += rows
	}
	if got == 0 {
		return nil, nil
	}
	query, args, err := sqlx.In(hopperClaimed, tried, token)
	if err != nil {
		return nil, err
	}
	var rows []claimedRow
	err = s.db.x.SelectContext(ctx, &rows, query, args...)
	if err != nil {
		return nil, fmt.Errorf("claiming leads: %w", kind(err))
	}
	leads := make([]dialer.Lead, len(rows))
	for i, r := range rows {
		leads[i] = r.Lead
		leads[i].E164, leads[i].Zones = r.Dial, zonesOnly(r.Zones)
	}
	s.remember(leads, claim{token, now})
	return leads, nil
}

// spread is in how many ways claimants share the rows, learnt from what they lose
// to each other: one alone takes the first of them.
type spread struct {
	mu    sync.Mutex
	power int // of two
	quiet int // claims that lost nothing since it last changed
}

const (
	spreadMost  = 4  // 16 ways: no more servers than that are likely to share a campaign
	spreadQuiet = 64 // claims without a loss after which the rows are shared in half as many ways
)

func (s *spread) ways() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return 1 << s.power
}

func (s *spread) learn(lost bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.quiet++
	switch {
	case lost && s.power < spreadMost:
		s.power, s.quiet = s.power+1, 0
	case lost:
		s.quiet = 0
	case s.quiet >= spreadQuiet && s.power > 0:
		s.power, s.quiet = s.power-1, 0
	}
}

// remember keeps the leads' claim and forgets those past their life. A lead that
// was called in the meantime is forgotten so as well.
func (s *HopperStore) remember(leads []dialer.Lead, c claim) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.at.Sub(s.pruned).Abs() > hopper.ClaimLife {
		maps.DeleteFunc(s.claims, func(_ dialer.LeadID, old claim) bool { return c.at.Sub(old.at) > hopper.ClaimLife })
		s.pruned = c.at
	}
	for _, l := range leads {
		s.claims[l.ID] = c
	}
}

// forget gives the tokens of the leads' claims, each once.
func (s *HopperStore) forget(leads ...dialer.LeadID) [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	var tokens [][]byte
	for _, id := range leads {
		c, ok := s.claims[id]
		if !ok {
			continue
		}
		delete(s.claims, id)
		if !slices.ContainsFunc(tokens, func(t []byte) bool { return bytes.Equal(t, c.token) }) {
			tokens = append(tokens, c.token)
		}
	}
	return tokens
}

// Free counts the rows of a campaign that nobody has claimed, up to 500.
func (s *HopperStore) Free(ctx context.Context, campaign dialer.CampaignID) (int, error) {
	var n int
	err := s.db.x.GetContext(ctx, &n, hopperCount, campaign)
	return n, kind(err)
}

// claimedRow is a lead with the number that its row says.
type claimedRow struct {
	dialer.Lead
	Dial string `db:"dial"`
}

type freeRow struct {
	ID       int64 `db:"id"`
	Priority int   `db:"priority"`
}

// pick chooses n of the rows: all of higher priority before any of lower, and
// within one those that are the server's own, in their order, before the others,
// by lot. The ids come sorted, so that two who lock some of the same rows do it in
// the same order.
func pick(free []freeRow, n, ways int, server dialer.ServerID) []int64 {
	type choice struct {
		freeRow
		lot int // 0: the server's own
	}
	choices := make([]choice, len(free))
	for i, r := range free {
		choices[i] = choice{freeRow: r}
		// Ids may come in steps, one residue for each node of a cluster: hashed.
		if hash := uint64(r.ID) * 0x9E3779B97F4A7C15 >> 32; hash%uint64(ways) != uint64(server)%uint64(ways) {
			choices[i].lot = 1 + mathrand.IntN(len(free))
		}
	}
	slices.SortStableFunc(choices, func(a, b choice) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.lot, b.lot))
	})
	ids := make([]int64, 0, n)
	for _, c := range choices[:min(n, len(choices))] {
		ids = append(ids, c.ID)
	}
	slices.Sort(ids)
	return ids
}

// Release gives leads back that were claimed here and not called. One whose
// claim ran out and that somebody else has now stays theirs.
func (s *HopperStore) Release(ctx context.Context, leads []dialer.LeadID) error {
	tokens := s.forget(leads...)
	if len(tokens) == 0 {
		return nil
	}
	_, err := s.in(ctx, hopperRelease, leads, tokens)
	return err
}

// Remove takes a lead that was claimed here out of the hopper, because it may
// not be called now. It comes again when it may.
func (s *HopperStore) Remove(ctx context.Context, lead dialer.LeadID) error {
	tokens := s.forget(lead)
	if len(tokens) == 0 {
		return nil
	}
	_, err := s.in(ctx, hopperRemove, lead, tokens[0])
	return err
}

// DNC tells which of the numbers are on the system's do-not-call list or on the
// campaign's, by themselves or by a wildcard; the others are absent from the map.
func (s *HopperStore) DNC(ctx context.Context, campaign dialer.CampaignID, e164s []string) (map[string]bool, error) {
	found, err := NewDNC(s.db).Find(ctx, campaign, e164s)
	if err != nil {
		return nil, err
	}
	listed := make(map[string]bool, len(found))
	for e164 := range found {
		listed[e164] = true
	}
	return listed, nil
}

// in runs one statement whose slices become IN lists, again where the database
// chose it as a deadlock's victim, and says how many rows it changed.
func (s *HopperStore) in(ctx context.Context, query string, args ...any) (int64, error) {
	return s.db.atOnce(ctx, query, args...)
}
