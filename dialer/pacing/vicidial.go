package pacing

import (
	"fmt"
	"math"
	"time"

	"trunkline/dialer"
)

// Settings are a campaign's. The zero value is a campaign that places nothing;
// else zero is VICIdial's default.
type Settings struct {
	Level float64 // auto_dial_level, calls per agent: RATIO's level and where the ADAPT methods start, 0 to 20
	dialer.PacingSettings
}

// SettingsOf are a campaign's settings.
func SettingsOf(c dialer.Campaign) Settings { return Settings{c.DialLevel, c.PacingSettings} }

// Adapt is the state of an adaptive dial level from one decision to the next.
// Its zero value is a campaign that has not adapted yet.
type Adapt struct {
	Level    float64    // calls per agent now; 0: Settings.Level
	At       time.Time  // when the level was last set
	PlacedAt time.Time  // when calls were last counted out
	Sampled  time.Time  // when the last sample was taken
	Samples  [15]Sample // a ring of the last 15 seconds
	Count    int        // samples taken since the start
	Owed     int        // calls of the last loop that the calls a second have held back
	Stale    AdaptTally // the drop statistics, read once a minute
}

// Sample is one look at the floor: agents waiting, all agents, calls waiting.
type Sample struct{ Ready, Total, Waiting int }

// AdaptTally is what the level knows of the drops.
type AdaptTally struct {
	At          time.Time
	Day, Minute Tally
}

// VICIdial's periods: its dial loop, its level loop, its drop statistics.
const (
	dialLoop  = 2500 * time.Millisecond
	levelLoop = 15 * time.Second
	statsLoop = time.Minute
)

func (s Settings) sane() Settings {
	s.Level = number(s.Level, 0, MaxLevel)
	s.MaxLevel = number(s.MaxLevel, 0, MaxLevel)
	if s.MaxLevel < 1 {
		s.MaxLevel = 3
	}
	s.DropPercent = number(s.DropPercent, 0, 100)
	if s.DropPercent == 0 {
		s.DropPercent = 3
	}
	s.Intensity = min(max(s.Intensity, -100), 100)
	s.DiffTarget = min(max(s.DiffTarget, -1000), 1000)
	if s.LatestTime <= 0 || s.LatestTime > 2400 {
		s.LatestTime = 2100
	}
	return s
}

// vicidial is RATIO and the ADAPT methods: the level of VICIdial's adapt
// program, then the arithmetic of its dial loop (goal = level × agents, less
// the calls that exist).
func vicidial(in Input) Decision {
	s := in.Settings
	a, level := in.Adapt, s.Level
	if adaptive(in.Method) {
		a = adapt(in)
		level = a.Level
		// The dial loop comes round every 2.5 s and sends its calls one by one, as
		// the calls a second let it. RATIO is asked at any change, since its own
		// arithmetic keeps it from placing twice.
		if wait := in.Now.Sub(a.PlacedAt); wait >= 0 && wait < dialLoop {
			owed := min(max(0, a.Owed), maxPlace)
			return Decision{Place: owed, Bound: BoundPeriod, Adapt: a,
				Reason: fmt.Sprintf("%s of the last round, the next in %.1f s", dials(owed), (dialLoop - wait).Seconds())}
		}
		a.PlacedAt = in.Now
	}
	if in.fewer(s.LevelOneCount, s.LevelOneBelow) {
		level = min(math.Ceil(level), 1) // 1, and none where the level is 0
	}
	available := s.AvailableOnly || in.fewer(s.AvailableCount, s.AvailableBelow)
	agents, exist, who := in.Ready+talkers(in), in.Dialing+in.Waiting+in.Talking, "ready or talking"
	if available {
		agents, exist, who = in.Ready, in.Dialing+in.Waiting, "ready"
	}
	if s.DiffMethod == dialer.DiffPlaced {
		agents = max(0, agents+s.DiffTarget)
	}
	place := max(0, int(math.Floor(level*float64(agents)+0.5+1e-9))-exist)
	a.Owed = min(place, maxPlace)
	return Decision{Place: place, Bound: BoundAgents, Adapt: a, Reason: fmt.Sprintf("%s, %d %s × level %.4g, %s on the way",
		dials(place), agents, who, level, calls(in.Dialing+in.Waiting))}
}

// adaptive says whether a method moves the level by itself.
func adaptive(m dialer.DialMethod) bool {
	return m == dialer.DialHardLimit || m == dialer.DialTapered || m == dialer.DialAverage
}

// fewer says whether a threshold's agents are fewer than n.
func (in Input) fewer(of dialer.AgentCount, n int) bool {
	switch of {
	case dialer.CountLoggedIn:
		return in.Ready+in.Talking+in.WrapUp+in.Paused < n
	case dialer.CountNonPaused:
		return in.Ready+in.Talking+in.WrapUp < n
	case dialer.CountWaiting:
		return in.Ready < n
	}
	return false
}

// talkers are the agents on a call, or on one younger than the in-call
// threshold.
func talkers(in Input) int {
	if in.Settings.InCallThreshold <= 0 {
		return in.Talking
	}
	n := 0
	for _, b := range in.Busy {
		if !b.WrapUp && b.In <= time.Duration(in.Settings.InCallThreshold)*time.Second {
			n++
		}
	}
	return min(n, in.Talking)
}

// adapt moves the level as VICIdial's adapt program does: a sample a second,
// drop statistics once a minute, the level each 15 seconds.
func adapt(in Input) Adapt {
	a, s := in.Adapt, in.Settings
	a.Level = number(a.Level, 0, MaxLevel)
	if a.Level == 0 {
		a.Level = max(1, s.Level)
	}
	if due(a.Sampled, in.Now, time.Second) {
		a.Sampled = in.Now
		a.Samples[a.slot()] = Sample{in.Ready, in.Ready + in.Talking + in.WrapUp + in.Paused, in.Waiting}
		a.Count = max(0, a.Count) + 1
	}
	if due(a.Stale.At, in.Now, statsLoop) {
		a.Stale = AdaptTally{in.Now, in.Day, in.Minute}
	}
	if due(a.At, in.Now, levelLoop) {
		a.At = in.Now
		a.Level = a.next(in)
	}
	return a
}

// due says whether a period has gone by; a clock that went backwards ends it.
func due(last, now time.Time, period time.Duration) bool {
	since := now.Sub(last)
	return since < 0 || since >= period
}

func (a *Adapt) slot() int { return max(0, a.Count) % len(a.Samples) }

// next is the level of the next 15 seconds.
func (a *Adapt) next(in Input) float64 {
	n := min(a.Count, len(a.Samples))
	var total, diff float64
	for _, x := range a.Samples[:n] {
		total += float64(x.Total) / float64(n)
		diff += float64(x.Ready-x.Waiting) / float64(n)
	}
	if n == 0 || total <= 0 {
		return a.Level
	}
	s := in.Settings
	if in.fewer(s.LevelOneCount, s.LevelOneBelow) {
		return 1
	}
	m := (diff + float64(s.DiffTarget)) / total
	k := float64(s.Intensity) / 100
	if m >= 0 {
		m *= 1 + k
	} else {
		m *= math.Abs(k - 1)
	}
	level := math.Round(a.Level*(1+m)*1000) / 1000
	level = max(1, min(level, s.MaxLevel))
	st := a.Stale
	if st.Minute.Calls > 20 && percent(st.Minute.Drops, st.Minute.Calls) > 50 {
		level /= 2
	}
	if st.Day.Calls > 50 && percent(st.Day.Drops, st.Day.Answers) > s.DropPercent {
		switch in.Method {
		case dialer.DialHardLimit:
			level = 1
		case dialer.DialAverage:
			level /= 2
		case dialer.DialTapered:
			level *= taper(in.Now.UTC().Add(time.Duration(in.Offset)*time.Second), s.LatestTime)
		}
	}
	return max(1, level)
}

// taper is VICIdial's: HHMM are subtracted as plain integers, so that 1000 is
// ten hours and the step at each full hour is 40 too many.
func taper(now time.Time, latest int) float64 {
	left := latest - (now.Hour()*100 + now.Minute())
	return min(max(float64(left)/1000, 0), 1)
}

func percent(part, whole int) float64 {
	if whole <= 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}
