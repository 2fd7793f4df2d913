package tail

import "time"

// patience is how long a missing id may still turn up. Longer than any
// transaction of ours lives; a rolled-back insert leaves a hole for good.
const patience = 10 * time.Second

// progress knows which event ids have been seen. Ids are given out when a row
// is inserted and become visible when its transaction commits, so a lower id
// may appear after a higher one: every hole is kept open for a while, and
// reading starts again from the lowest open one.
type progress struct {
	high  int64 // the highest id seen
	holes []hole
}

// hole is a range of ids below high that have not been seen.
type hole struct {
	from, to int64 // both inclusive
	at       time.Time
}

// from is the id after which to read.
func (p *progress) from() int64 {
	if len(p.holes) > 0 {
		return p.holes[0].from - 1
	}
	return p.high
}

// see notes an id and tells whether it is new.
func (p *progress) see(id int64, now time.Time) bool {
	switch {
	case id > p.high+1:
		p.holes = append(p.holes, hole{p.high + 1, id - 1, now})
		p.high = id
		return true
	case id == p.high+1:
		p.high = id
		return true
	}
	for i, h := range p.holes {
		if id < h.from || id > h.to {
			continue
		}
		var rest []hole
		if h.from < id {
			rest = append(rest, hole{h.from, id - 1, h.at})
		}
		if id < h.to {
			rest = append(rest, hole{id + 1, h.to, h.at})
		}
		p.holes = append(p.holes[:i], append(rest, p.holes[i+1:]...)...)
		return true
	}
	return false
}

// forget closes the holes that have been open for too long.
func (p *progress) forget(now time.Time) {
	keep := p.holes[:0]
	for _, h := range p.holes {
		if now.Sub(h.at) < patience {
			keep = append(keep, h)
		}
	}
	p.holes = keep
}
