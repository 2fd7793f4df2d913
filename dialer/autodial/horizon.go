package autodial

import (
	"time"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
)

// Horizon is until when the leads that a campaign dials may be called: the last
// of what the rules said of them lately. Pacing risks nothing against a day that
// is about to end, since no later call would make up for a drop.
type Horizon struct {
	At   time.Time // zero: not known
	Open bool      // of some lead no rule says an end
}

// with is the later of two.
func (h Horizon) with(o Horizon) Horizon {
	if o.At.After(h.At) {
		h.At = o.At
	}
	h.Open = h.Open || o.Open
	return h
}

// end is when dialing ends, seen from now; zero: not known. One that has passed
// was that of the leads before, and says nothing of those that are left.
func (h Horizon) end(now time.Time) time.Time {
	if h.Open || !h.At.After(now) {
		return time.Time{}
	}
	return h.At
}

// lately is how long a lead stands for those that are still to come: a list
// whose eastern half has closed is dialed in the west.
const lately = 10 * time.Minute

// horizons keep each campaign's over the last one to two of these spells.
type horizons map[dialer.CampaignID]*spells

type spells struct {
	since     time.Time
	now, then Horizon
}

func (h horizons) saw(id dialer.CampaignID, v compliance.Verdict, now time.Time) {
	s := h[id]
	if s == nil {
		s = &spells{since: now}
		h[id] = s
	}
	s.turn(now)
	s.now = s.now.with(Horizon{At: v.Until, Open: v.Until.IsZero()})
}

func (h horizons) of(id dialer.CampaignID, now time.Time) Horizon {
	s := h[id]
	if s == nil {
		return Horizon{}
	}
	s.turn(now)
	return s.now.with(s.then)
}

func (s *spells) turn(now time.Time) {
	switch age := now.Sub(s.since); {
	case age >= 2*lately || age < 0: // a pause, or a clock that was set back
		*s = spells{since: now}
	case age >= lately:
		*s = spells{since: now, then: s.now}
	}
}
