package dialer

import "time"

// LawfulWait is how long a call that a person has answered may wait for an agent
// from the end of the greeting before it counts as abandoned (47 CFR
// 64.1200(a)(7), 16 CFR 310.4(b)(1)(iv)).
const LawfulWait = 2 * time.Second

// AgentCount names which agents a threshold counts.
type AgentCount string

// The counts of agents, in VICIdial's words.
const (
	CountOff       AgentCount = "DISABLED"
	CountLoggedIn  AgentCount = "LOGGED-IN_AGENTS"
	CountNonPaused AgentCount = "NON-PAUSED_AGENTS"
	CountWaiting   AgentCount = "WAITING_AGENTS"
)

// DiffMethod is where the agents' difference target (DiffTarget) counts.
type DiffMethod string

// The methods of the difference target, in VICIdial's words.
const (
	DiffCalc   DiffMethod = "ADAPT_CALC_ONLY" // when the level is adapted
	DiffPlaced DiffMethod = "CALLS_PLACED"    // and when calls are counted out as well
)

// DropRule is whose law bounds a campaign's dropped calls: its formula over its
// window. Whichever it is, no single day is let above the limit either.
type DropRule string

// The drop rules.
const (
	DropUS DropRule = "us" // 3 % of live answers, 30 days (47 CFR 64.1200(a)(7), 16 CFR 310.4(b)(4))
	DropUK DropRule = "uk" // 3 % of live calls, 24 hours (Ofcom's statement of 2010)
	DropCA DropRule = "ca" // 5 % of answered calls, a calendar month (CRTC [unverified])
)

// PacingSettings are what steers a campaign's pace beside its dial method and
// level. Those with a name of VICIdial's mean what they mean there, and only the
// ADAPT methods and RATIO obey them; PREDICTIVE needs none but the drop rule and
// its percentage. A zero value is VICIdial's default.
type PacingSettings struct {
	DropRule        DropRule   `db:"drop_rule"`            //
	DropPercent     float64    `db:"drop_percent"`         // adaptive_dropped_percentage: dropped calls at most, 0.1 to 100; a lower one than the law's is kept, a higher one is not
	AMDMistaken     float64    `db:"amd_mistaken_percent"` // people whom AMD takes for machines, an estimate; the UK's formula counts them as dropped
	MaxLevel        float64    `db:"max_level"`            // adaptive_maximum_level, 1 to 20
	Intensity       int        `db:"intensity"`            // adaptive_intensity, percent, -100 to 100: positive climbs faster and falls slower
	DiffTarget      int        `db:"diff_target"`          // adaptive_dl_diff_target: -n keeps n agents idle, +n keeps n calls waiting
	DiffMethod      DiffMethod `db:"diff_method"`          // dl_diff_target_method
	AvailableOnly   bool       `db:"available_only"`       // available_only_ratio_tally: only waiting agents count
	AvailableCount  AgentCount `db:"available_count"`      // available_only_tally_threshold: with fewer of these agents
	AvailableBelow  int        `db:"available_below"`      // than that (available_only_tally_threshold_agents) only waiting agents count
	LevelOneCount   AgentCount `db:"level_one_count"`      // dial_level_threshold: with fewer of these agents
	LevelOneBelow   int        `db:"level_one_below"`      // than that (dial_level_threshold_agents) the level is 1
	LatestTime      int        `db:"latest_time"`          // adaptive_latest_server_time as HHMM of the server's local time: when TAPERED has come down to its strictest
	InCallThreshold int        `db:"incall_threshold_s"`   // incall_tally_threshold_seconds: agents on longer calls do not count; 0: all do
}
