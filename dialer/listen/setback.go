package listen

import "time"

// setBackBy is by how much the database's clock goes back before that counts as
// its having been set: less is what a measurement may be off.
const setBackBy = time.Second

// setBack takes note that the clock was set back. Who waits for a moment waits on
// for as long as was left, a call or a shift stays as old as it is, so that no
// talk ends before it began and the agent who has waited longest stays first, and
// what is read now and then is read at once. What is in the database keeps the
// times that were written there.
func (l *Listen) setBack(by time.Duration) {
	l.Log.Warn("the database's clock was set back", "by", by.Round(time.Millisecond))
	for _, c := range l.calls {
		c.setBack(by)
	}
	for _, c := range l.owed {
		c.setBack(by)
	}
	for _, s := range l.shifts {
		if c := s.last; c != nil && l.calls[c.ID] != c && l.owed[c.ID] != c {
			c.setBack(by)
		}
		for _, at := range []*time.Time{&s.Since, &s.SeenAt, &s.came, &s.rung, &s.gone, &s.broke.at, &s.broke.since} {
			earlier(at, by)
		}
		if s.ShownSince != nil { // the one on its way to the database stays as it is
			s.ShownSince = new(s.ShownSince.Add(-by))
		}
	}
	for _, w := range l.watches {
		earlier(&w.came, by)
		earlier(&w.again, by)
	}
	l.clamp(l.Clock.Now())
	l.listed, l.reread, l.sounded = time.Time{}, time.Time{}, time.Time{}
	earlier(&l.sighted, by)
	earlier(&l.resighted, by)
	clear(l.shy)
	clear(l.avoid)
	for server, at := range l.gonePeers {
		l.gonePeers[server] = at.Add(-by)
	}
	l.pollSoon = true
}

// clamp has what is waited for some seconds after begin now, where it is noted for
// a moment that is still to come.
func (l *Listen) clamp(now time.Time) {
	noted := []*time.Time{&l.fatesAt}
	for _, c := range l.calls {
		if c.crossing != nil {
			noted = append(noted, &c.crossing.at)
		}
	}
	for _, f := range l.ferries {
		noted = append(noted, &f.wanted, &f.met, &f.asked, &f.landed)
	}
	for f := range l.lost {
		noted = append(noted, &f.met, &f.asked, &f.landed)
	}
	for _, g := range l.guests {
		noted = append(noted, &g.joined)
		if g.ended != nil {
			noted = append(noted, &g.ended.At)
		}
	}
	for _, at := range noted {
		if at.After(now) {
			*at = now
		}
	}
	for id, u := range l.unsaid {
		if u.at.After(now) {
			l.unsaid[id] = unsaid{u.call, now}
		}
	}
	for channel, e := range l.early {
		if e.at.After(now) {
			l.early[channel] = earlyLeg{e.channel, now}
		}
	}
}

func (c *liveCall) setBack(by time.Duration) {
	for _, at := range []*time.Time{&c.PlacedAt, &c.offeredAt, &c.doubtAt, &c.failedAt, &c.dropAt, &c.cutAt, &c.sought} {
		earlier(at, by)
	}
	// What is on its way to the database has these as they were.
	for _, at := range []**time.Time{&c.RingingAt, &c.AnsweredAt, &c.WantedAt, &c.BridgedAt, &c.DroppedAt, &c.EndedAt} {
		if *at != nil {
			*at = new((*at).Add(-by))
		}
	}
}

// earlier moves a moment that is one.
func earlier(at *time.Time, by time.Duration) {
	if !at.IsZero() {
		*at = at.Add(-by)
	}
}
