package dialer

import "time"

// Ring is how long an unanswered call of the campaign rings.
func (c Campaign) Ring() time.Duration { return time.Duration(c.DialTimeout) * time.Second }

// ringSlack is how long a carrier may take to let a call ring.
const ringSlack = 30 * time.Second

// Backstop is when the PBX gives up on a call that nobody answers. It counts
// from the dialing, and a call that is hung up before it has rung for 15 s is
// against the law (47 CFR 64.1200(a)(6)), however long the carrier took to let
// it ring: so listen counts from the ringing, and this is for the time in which
// there is no listen.
func (c Campaign) Backstop() time.Duration { return c.Ring() + ringSlack }
