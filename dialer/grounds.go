package dialer

import "time"

// Grounds is why a call was allowed: kept with it, so that it can be explained
// as long as the call is known.
type Grounds struct {
	Verdict uint64     `db:"verdict_id"`    // hash of Inputs, under which they are kept once
	Rule    string     `db:"verdict_rule"`  // the rule that would have ended first
	Until   *time.Time `db:"verdict_until"` // when it would have; nil: by nothing but time's own end
	Knew    string     `db:"verdict_knew"`  // what was known of the number, in short
	Notice  string     `db:"notice_rule"`   // the rule by which the callee must be told of a recording; "": none
	Inputs  string     `db:"-"`             // JSON: rule packs, places, zones, the campaign's settings
}
