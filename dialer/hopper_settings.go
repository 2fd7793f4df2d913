package dialer

// HopperSettings are what steers which leads a campaign dials, and in which
// order, beside its dial statuses and its limits. Recyclings and the steps of a
// list mix are rows of their own.
type HopperSettings struct {
	LeadOrder    string  `db:"lead_order"`        // VICIdial's name of it: DOWN, UP RANK 2nd NEW, RANDOM; "": DOWN
	OrderThen    string  `db:"order_then"`        // among leads equal by it: LEAD_ASCEND, CALLTIME_DESCEND, …; "": LEAD_ASCEND
	LeadFilter   string  `db:"lead_filter"`       // a named filter of leads; "": none
	MixMethod    string  `db:"mix_method"`        // EVEN, IN_ORDER or RANDOM; "": no list mix
	Multiplier   float64 `db:"hopper_multiplier"` // of a hopper level that is worked out; 0: 1
	AutoAlt      string  `db:"auto_alt"`          // further numbers that are dialed by themselves: ALT, ADDR3, BOTH, ALL; "": none
	AutoAltAfter string  `db:"auto_alt_statuses"` // after calls that ended so, space-separated
}
