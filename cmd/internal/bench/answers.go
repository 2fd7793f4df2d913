package bench

import (
	"context"
	"encoding/csv"
	"math"
	"slices"
	"strings"
	"time"

	"trunkline/cmd/internal/app"
	"trunkline/cmd/internal/demo"
	"trunkline/cmd/internal/rig"
	"trunkline/dialer"
	"trunkline/sql/mariadb"
)

// latency is of answer → agent's bridge, in milliseconds.
type latency struct {
	N   int     `json:"n"`
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// summarize by the nearest rank.
func summarize(waits []time.Duration) latency {
	if len(waits) == 0 {
		return latency{}
	}
	slices.Sort(waits)
	at := func(p float64) float64 {
		rank := int(math.Ceil(p * float64(len(waits))))
		return float64(waits[max(rank, 1)-1]) / 1e6
	}
	return latency{len(waits), at(0.5), at(0.99), at(1)}
}

// answers is one rate's row of the table.
type answers struct {
	CPS       float64            `json:"cps"`
	Reached   float64            `json:"cps_reached"`
	Ours      latency            `json:"answer_to_agent_ms"`
	Bare      latency            `json:"bare_ms"`
	Ratio     float64            `json:"p99_ratio"`
	Dropped   int                `json:"dropped"`
	Scarce    int                `json:"waited_for_an_agent"` // until one became free: no question of speed, and not in the latency; the bare client hangs such calls up
	Answered  int                `json:"answered"`
	SQL       float64            `json:"sql_per_answered_call"`     // of listen, from the claim to the disposition, beyond those with the same agents waiting
	SQLAll    float64            `json:"sql_all_per_answered_call"` // of all roles: the agents' screens, mostly
	Idle      float64            `json:"sql_idle_per_second"`       // of all roles, with the same agents waiting
	Rest      float64            `json:"sql_listen_idle_per_second"`
	Busy      float64            `json:"sql_listen_per_second"`
	ListenCPU float64            `json:"listen_core_percent"`
	CPU       map[string]float64 `json:"core_percent"` // of every program
	// Kinds are each role's statements for an answered call, by verb and table; with
	// those that are asked as well when nothing happens.
	Kinds map[string]map[string]float64 `json:"sql_kinds_per_answered_call"`
	// Resting are each role's statements a second with the same agents waiting.
	Resting map[string]map[string]float64 `json:"sql_idle_kinds_per_second"`
	// Agents is how long agents were in each state on average, ms: whether there
	// were enough of them.
	Agents map[dialer.AgentState]float64 `json:"agents_ms"`
}

// talk is how long the measured conversations last: short, so that few agents
// do for many calls.
const talk = time.Second

// idleFor is how long the system is watched before it dials.
const idleFor = 10 * time.Second

// agentsFor is how many agents are always enough at a rate.
func agentsFor(cps float64) int { return int(math.Ceil(cps*(talk.Seconds()+1))) + 8 }

// bareCPS is the rate of the bare client's calls among ours: what else the
// machine does falls on both alike, in the same moments.
const bareCPS = 5

// measureAt dials at a rate through the whole system, with a few calls of the
// bare client among them.
func measureAt(ctx context.Context, r *rig.Rig, cps float64, d time.Duration) (a answers, err error) {
	err = withBare(ctx, r, r.Logins[len(r.Logins)-agentsFor(bareCPS):], func(b *bare) error {
		a, err = ourAnswers(ctx, r, b, cps, d)
		return err
	})
	return a, err
}

// ourAnswers reads from the books how long the answered calls waited. Both times
// are Asterisk's.
func ourAnswers(ctx context.Context, r *rig.Rig, b *bare, cps float64, d time.Duration) (answers, error) {
	a := answers{CPS: cps}
	store := mariadb.NewRig(r.DB)
	err := store.SetLimits(ctx, r.Server.ID, r.Trunks, cps)
	if err != nil {
		return a, err
	}
	var agents []demo.Credentials
	for _, l := range r.Logins[:agentsFor(cps)] {
		agents = append(agents, demo.Credentials(l))
	}
	floor := sit(ctx, r.Cfg.Web.PublicURL, r.Campaign.ID, agents, talk, r.Log)
	defer floor.home()
	err = r.Await(ctx, 3*time.Minute, func() string {
		s, err := r.Store.Status(ctx, r.Campaign.ID, r.Began)
		if err != nil {
			return err.Error()
		}
		if s.Agents["READY"] < len(agents) {
			return "agents are not ready"
		}
		return ""
	})
	if err != nil {
		return a, err
	}
	err = r.Store.Reset(ctx, r.List)
	if err != nil {
		return a, err
	}
	began, err := r.DB.Now(ctx)
	if err != nil {
		return a, err
	}
	waiting, err := gauge(ctx, r)
	if err != nil {
		return a, err
	}
	select {
	case <-time.After(idleFor):
	case <-ctx.Done():
		return a, ctx.Err()
	}
	before, err := gauge(ctx, r)
	if err != nil {
		return a, err
	}
	quiet := before.at.Sub(waiting.at).Seconds()
	idle := float64(before.asked-waiting.asked) / quiet
	a.Idle = float64(before.all-waiting.all) / quiet
	a.Resting = map[string]map[string]float64{}
	for role, kinds := range before.roles {
		a.Resting[role] = more(waiting.roles[role], kinds, quiet)
	}
	err = r.Dial(ctx, true)
	if err != nil {
		return a, err
	}
	err = b.dial(ctx, bareCPS, d)
	if err != nil {
		return a, err
	}
	after, err := gauge(ctx, r)
	if err != nil {
		return a, err
	}
	err = r.Dial(ctx, false)
	if err != nil {
		return a, err
	}
	err = b.settle(ctx)
	if err != nil {
		return a, err
	}
	err = r.Quiet(ctx)
	if err != nil {
		return a, err
	}
	a.Bare = b.latency()
	calls, err := store.Calls(ctx)
	if err != nil {
		return a, err
	}
	placed := 0
	for _, c := range calls {
		if c.PlacedAt.Before(began) {
			continue
		}
		placed++
		if c.AnsweredAt == nil {
			continue
		}
		a.Answered++
		if c.BridgedAt == nil {
			a.Dropped++
		}
	}
	all, err := store.Waits(ctx, began)
	if err != nil {
		return a, err
	}
	var waits []time.Duration
	for _, w := range all {
		if !w.Ready {
			a.Scarce++
			continue
		}
		waits = append(waits, time.Duration(w.Micros)*time.Microsecond)
	}
	a.Ours = summarize(waits)
	a.Agents, err = store.Periods(ctx, began)
	if err != nil {
		return a, err
	}
	a.Reached = float64(placed) / d.Seconds()
	a.CPU = share(before, after)
	a.ListenCPU = a.CPU[app.RoleListen]
	a.Rest, a.Busy = idle, float64(after.asked-before.asked)/after.at.Sub(before.at).Seconds()
	if n := float64(a.Answered); n > 0 {
		busy := after.at.Sub(before.at).Seconds()
		a.SQL = (float64(after.asked-before.asked) - idle*busy) / n
		a.Kinds = map[string]map[string]float64{}
		for role, kinds := range after.roles {
			a.Kinds[role] = more(before.roles[role], kinds, n)
		}
		a.SQLAll = (float64(after.all-before.all) - a.Idle*busy) / n
	}
	return a, nil
}

// numbers are those of the demo's leads: each answers, by the rig's mix.
func numbers() []string {
	rows, err := csv.NewReader(strings.NewReader(string(demo.LeadFile()))).ReadAll()
	if err != nil {
		panic(err) // we wrote it
	}
	column := slices.Index(rows[0], "phone_number")
	var all []string
	for _, row := range rows[1:] {
		all = append(all, "1"+row[column])
	}
	return all
}
