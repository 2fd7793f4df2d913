package autodial

import (
	"context"
	"testing"
	"time"

	"trunkline/dialer"
)

// limited are books that tell of a limit and nothing else.
type limited struct {
	Books
	cps float64
}

func (l limited) Limits(context.Context, dialer.ServerID) (Limits, error) {
	return Limits{MaxTrunks: 10, CPS: l.cps}, nil
}
func (limited) ActiveCampaigns(context.Context) ([]dialer.Campaign, error) { return nil, nil }

// A server that looks every quarter of a second reaches its limit, and never
// sends more than that and half a second's worth in a second.
func TestALimitOfCallsIsReachedAndKept(t *testing.T) {
	for _, cps := range []float64{1, 2, 3, 5, 20, 33} {
		a := New(Config{Books: limited{cps: cps}})
		now := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
		sent, worst := 0, 0
		var lately []int
		for range 240 { // a minute
			if err := a.settings(t.Context(), now); err != nil {
				t.Fatal(err)
			}
			n := int(a.limiter.TokensAt(now) + 1e-9)
			if !a.limiter.AllowN(now, n) {
				t.Fatalf("%g a second: %d were not allowed", cps, n)
			}
			sent += n
			lately = append(lately, n)
			second := 0
			for _, k := range lately[max(0, len(lately)-4):] {
				second += k
			}
			worst = max(worst, second)
			now = now.Add(every)
		}
		if least := 0.97 * 60 * cps; float64(sent) < least {
			t.Errorf("%g calls a second: %d in a minute", cps, sent)
		}
		if most := 1.5*cps + 1; float64(worst) > most {
			t.Errorf("%g calls a second: %d in one second", cps, worst)
		}
	}
}

// A server that its limit holds back commits several at once and sends them one
// after the other: as many a minute, with few steps, and never more in any second
// than the limit and half a second's worth.
func TestALimitOfCallsIsSentTogether(t *testing.T) {
	for cps, least := range map[float64]float64{0.5: 1, 1: 1, 2: 2, 3: 3, 5: 5, 10: 8, 20: 8, 33: 8, 200: 50} {
		l := newLimiter(cps)
		now := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
		end, late := now.Add(time.Minute), 20*time.Millisecond
		steps := 0
		var sent []time.Time
		for ; now.Before(end); now = now.Add(l.saving(now) + late) {
			n := int(room(l.TokensAt(now), cps) + 1e-9)
			if n > 0 {
				steps++
			}
			for i, due := range l.take(now, n) {
				if i > 0 && due > ahead || due < 0 {
					t.Errorf("%g calls a second: one is sent %s after its commit", cps, due)
				}
				sent = append(sent, now.Add(due))
			}
		}
		worst := 0
		for first, last := 0, 0; last < len(sent); last++ {
			for sent[last].Sub(sent[first]) >= time.Second {
				first++
			}
			if last > 0 && sent[last].Before(sent[last-1]) {
				t.Fatalf("%g calls a second: a batch begins before the one before has ended", cps)
			}
			worst = max(worst, last-first+1)
		}
		if least := 0.97 * 60 * cps; float64(len(sent)) < least {
			t.Errorf("%g calls a second: %d in a minute", cps, len(sent))
		}
		if most := 1.5*cps + 1; float64(worst) > most {
			t.Errorf("%g calls a second: %d in one second", cps, worst)
		}
		if each := float64(len(sent)) / float64(steps); each < least {
			t.Errorf("%g calls a second: %.1f are sent together, want %g", cps, each, least)
		}
	}
}

// Who is not held back sends what is wanted at once, as before: only a server that
// may send one commits those that follow it.
func TestNothingIsCommittedBeforeOneMayBeSent(t *testing.T) {
	l := newLimiter(5)
	now := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	if n := room(l.TokensAt(now), 5); n != 5 {
		t.Errorf("room for %g at first, want 5", n)
	}
	// Three may be sent by now; the others have a fifth of a second each to wait.
	l.take(now, 3)
	if due := l.take(now, 2); due[0] < 199*time.Millisecond || due[0] > 201*time.Millisecond || due[1] < 399*time.Millisecond || due[1] > 401*time.Millisecond {
		t.Errorf("sent after %v", due)
	}
	for wait := time.Duration(0); wait < 600*time.Millisecond; wait += 50 * time.Millisecond {
		if n := room(l.TokensAt(now.Add(wait)), 5); n >= 1 {
			t.Errorf("room for %g after %s, before the limit has one", n, wait)
		}
	}
	if n := room(l.TokensAt(now.Add(601*time.Millisecond)), 5); n != 5 {
		t.Errorf("room for %g when one may be sent, want 5", n)
	}
}

// What another server may send is told for the moment in which it acts.
func TestAnotherServersLimitGrowsOnTheWay(t *testing.T) {
	at := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		r     Report
		after time.Duration
		want  float64
	}{
		{Report{At: at, CPSLeft: 0.25, CPS: 2, Burst: 1}, 250 * time.Millisecond, 1},  // no more than at once
		{Report{At: at, CPSLeft: 0, CPS: 20, Burst: 10}, 100 * time.Millisecond, 7},   // 0.35 s of 20
		{Report{At: at, CPSLeft: 3, CPS: 0, Burst: 0}, time.Second, 3},                // of a server that does not say
		{Report{At: at, CPSLeft: 12, CPS: 20, Burst: 10}, 100 * time.Millisecond, 12}, // never less than it said
		{Report{At: at, CPSLeft: 0, CPS: 20, Burst: 10}, -time.Second, 0},             // of a clock ahead
	} {
		if got := c.r.cpsLeft(at.Add(c.after)); got < c.want-1e-9 || got > c.want+1e-9 {
			t.Errorf("%+v after %s: %g, want %g", c.r, c.after, got, c.want)
		}
	}
}
