package pacing

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// snapshotVersion changes when an older one can no longer be read.
const snapshotVersion = 2

// snapshot is a model as JSON: what was learnt, none of what follows from it.
type snapshot struct {
	Version int
	At      time.Time
	Total   float64
	Setup, DeadSetup, AskRing, LostRing, MutedRing,
	AskScreen, LostScreen []float64
	TalkEnds, TalkTime [talkClasses][]float64
	WrapEnds, WrapTime [wrapClasses][]float64
	Pauses, Wraps      float64
	Level, Risk        []float64
	Since              float64
	Theta              steer
}

// Snapshot is the model for a restart or a successor, about 20 kB of JSON. From
// here on the model and one that is restored decide alike: the tables, which may
// be some events old, are made anew.
func (m *Model) Snapshot() []byte {
	m.retable()
	s := snapshot{
		Version: snapshotVersion, At: m.at, Total: m.total,
		Setup: m.setup.counts, DeadSetup: m.deadSetup.counts, AskRing: m.askRing.counts, LostRing: m.lostRing.counts,
		MutedRing: m.mutedRing.counts, AskScreen: m.askScreen.counts, LostScreen: m.lostScreen.counts,
		Pauses: m.pauses, Wraps: m.wraps, Level: m.level.weight, Risk: m.level.risk, Since: m.level.since, Theta: m.steer,
	}
	for c, h := range m.talk {
		s.TalkEnds[c], s.TalkTime[c] = h.ends, h.time
	}
	for c, w := range m.wrap {
		s.WrapEnds[c], s.WrapTime[c] = w.ends, w.time
	}
	text, err := json.Marshal(s)
	if err != nil {
		return nil // no number in it can be other than finite
	}
	return text
}

// Restore makes a model of a snapshot. What cannot be read is an error, and
// the caller starts with NewModel; a number out of range counts as nothing.
func Restore(text []byte) (*Model, error) {
	var s snapshot
	err := json.Unmarshal(text, &s)
	if err != nil {
		return nil, fmt.Errorf("reading a pacing snapshot: %w", err)
	}
	if s.Version != snapshotVersion {
		return nil, fmt.Errorf("a pacing snapshot of version %d, this is %d", s.Version, snapshotVersion)
	}
	m := NewModel()
	for _, x := range []struct{ to, from []float64 }{
		{m.setup.counts, s.Setup}, {m.deadSetup.counts, s.DeadSetup}, {m.askRing.counts, s.AskRing},
		{m.lostRing.counts, s.LostRing}, {m.mutedRing.counts, s.MutedRing},
		{m.askScreen.counts, s.AskScreen}, {m.lostScreen.counts, s.LostScreen},
		{m.level.weight, s.Level}, {m.level.risk, s.Risk},
	} {
		take(x.to, x.from)
	}
	for c := range m.talk {
		take(m.talk[c].ends, s.TalkEnds[c])
		take(m.talk[c].time, s.TalkTime[c])
	}
	for c := range m.wrap {
		take(m.wrap[c].ends, s.WrapEnds[c])
		take(m.wrap[c].time, s.WrapTime[c])
	}
	if sum := (hist{counts: m.level.weight}).total(); !(math.Abs(sum-1) < 1e-6) {
		norm(m.level.weight)
	}
	m.level.since = number(s.Since, 0, levelEvery)
	m.at, m.total = s.At, number(s.Total, 0, totalMost)
	m.wraps = number(s.Wraps, 0, 1e6)
	m.pauses = number(s.Pauses, 0, m.wraps)
	m.steer = s.Theta
	m.steer.Log = number(m.steer.Log, math.Log(thetaMin), math.Log(thetaMax))
	for _, n := range []*float64{&m.steer.Drops, &m.steer.Rate, &m.steer.Near, &m.steer.Bursts} {
		*n = number(*n, 0, 1e6)
	}
	m.steer.Aim = number(m.steer.Aim, 0, 1)
	m.retable()
	return m, nil
}

func take(to, from []float64) {
	for i := range to {
		if i < len(from) {
			to[i] = number(from[i], 0, 1e9)
		}
	}
}
