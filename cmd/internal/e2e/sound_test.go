package e2e

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trunkline/cmd/internal/chromium"
)

// rate is of telephone sound: what Asterisk records, 16 bits, one channel.
const rate = 8000

// sound is what a WAV file holds.
type sound []int16

// readSound reads a WAV file that may still be growing, so that its header does
// not say how long it is.
func readSound(path string) (sound, error) {
	raw, err := os.ReadFile(path)
	if err != nil || len(raw) < 44 {
		return nil, err
	}
	if string(raw[:4]) != "RIFF" || string(raw[36:40]) != "data" ||
		binary.LittleEndian.Uint16(raw[22:]) != 1 || binary.LittleEndian.Uint32(raw[24:]) != rate || binary.LittleEndian.Uint16(raw[34:]) != 16 {
		return nil, fmt.Errorf("%s is no telephone sound: % x", path, raw[:44])
	}
	s := make(sound, (len(raw)-44)/2)
	for i := range s {
		s[i] = int16(binary.LittleEndian.Uint16(raw[44+2*i:]))
	}
	return s, nil
}

func (s sound) seconds() float64 { return float64(len(s)) / rate }

// level is the amplitude of one frequency in s (Goertzel).
func (s sound) level(hz float64) float64 {
	if len(s) == 0 {
		return 0
	}
	var s1, s2 float64
	k := 2 * math.Cos(2*math.Pi*hz/rate)
	for _, v := range s {
		s1, s2 = float64(v)+k*s1-s2, s1
	}
	return 2 * math.Sqrt(max(0, s1*s1+s2*s2-k*s1*s2)) / float64(len(s))
}

// loudness is the root of the mean square.
func (s sound) loudness() float64 {
	var sum float64
	for _, v := range s {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum / max(1, float64(len(s))))
}

// window is long enough to tell the tones of these tests apart: they are whole
// multiples of its 5 Hz.
const window = rate / 5

// windows gives the windows, of those in s, that are as wanted.
func (s sound) windows(wanted func(sound) bool) (n int) {
	for ; len(s) >= window; s = s[window:] {
		if wanted(s[:window]) {
			n++
		}
	}
	return n
}

// audible is an amplitude that no hiss reaches.
const audible = 300

// has tells whether a tone is in a window, whatever else is. Its neighbours
// must be much weaker, or it is no tone but noise.
func has(hz float64) func(sound) bool {
	return func(s sound) bool {
		l := s.level(hz)
		return l > audible && l > 4*s.level(hz*0.8) && l > 4*s.level(hz*1.2)
	}
}

// mostly tells whether a tone is nearly all there is in a window.
func mostly(hz float64) func(sound) bool {
	return func(s sound) bool { return s.level(hz) > audible && s.level(hz)/math.Sqrt2 > 0.8*s.loudness() }
}

func loud(s sound) bool { return s.loudness() > audible }

func quiet(s sound) bool { return s.loudness() < audible/10 }

// hears waits until a growing file has, from now on, as many windows as wanted.
func (s *stage) hears(t *testing.T, file, what string, windows int, wanted func(sound) bool) {
	t.Helper()
	from, err := readSound(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var now sound
	began := time.Now()
	err = s.await(func() (bool, error) {
		var err error
		now, err = readSound(file)
		return len(now) > len(from) && now[len(from):].windows(wanted) >= windows, err
	})
	if err != nil {
		since := now[min(len(from), len(now)):]
		t.Fatalf("%s in %s: %v; %s\n%s", what, filepath.Base(file), err, since.tones(), since)
	}
	slow(t, what+" in "+filepath.Base(file), began)
}

// tones says in a line what there is.
func (s sound) tones() string {
	all := s.windows(func(sound) bool { return true })
	line := fmt.Sprintf("%.1f s since then have, of %d windows", s.seconds(), all)
	for _, hz := range []float64{500, 1000, 2000} {
		loudest := 0.0
		s.windows(func(w sound) bool { loudest = max(loudest, w.level(hz)); return false })
		line += fmt.Sprintf(" %d with %v Hz (at most %.0f),", s.windows(has(hz)), hz, loudest)
	}
	return line + fmt.Sprintf(" %d quiet", s.windows(quiet))
}

// String is what there is, window by window, for a test that has failed: how it
// began and how it is now.
func (s sound) String() string {
	var b strings.Builder
	if last := 12 * window; len(s) > 2*last {
		return s[:last].String() + "  …\n" + s[len(s)-last:].String()
	}
	for ; len(s) >= window; s = s[window:] {
		w := s[:window]
		fmt.Fprintf(&b, "  loudness %5.0f, 500 Hz %5.0f, 1000 Hz %5.0f, 2000 Hz %5.0f\n", w.loudness(), w.level(500), w.level(1000), w.level(2000))
	}
	return b.String()
}

func tone(hz float64, sampleRate int, seconds, amplitude float64) sound {
	s := make(sound, int(float64(sampleRate)*seconds))
	for i := range s {
		s[i] = int16(amplitude * math.Sin(2*math.Pi*hz*float64(i)/float64(sampleRate)))
	}
	return s
}

// TestTheEarIsNotFooled: an ear that hears a tone everywhere would prove
// nothing.
func TestTheEarIsNotFooled(t *testing.T) {
	noise, seed := make(sound, window), uint32(1)
	for i := range noise {
		seed = seed*1664525 + 1013904223
		noise[i] = int16(seed >> 18)
	}
	mixed := tone(1000, rate, 0.2, 8000)
	for i, v := range tone(500, rate, 0.2, 2000) {
		mixed[i] += v
	}
	for name, c := range map[string]struct {
		s              sound
		has, is, louds bool // 1000 Hz
	}{
		"silence":      {make(sound, window), false, false, false},
		"noise":        {noise, false, false, true},
		"another":      {tone(500, rate, 0.2, 8000), false, false, true},
		"the tone":     {tone(1000, rate, 0.2, 8000), true, true, true},
		"faint":        {tone(1000, rate, 0.2, 50), false, false, false},
		"with another": {mixed, true, true, true},
		"much of both": {append(tone(1000, rate, 0.1, 8000), tone(500, rate, 0.1, 8000)...), true, false, true},
		"close to it":  {tone(1200, rate, 0.2, 8000), false, false, true},
	} {
		if got := has(1000)(c.s); got != c.has {
			t.Errorf("%s: has it: %v", name, got)
		}
		if got := mostly(1000)(c.s); got != c.is {
			t.Errorf("%s: is it: %v", name, got)
		}
		if got := loud(c.s); got != c.louds {
			t.Errorf("%s: loud: %v", name, got)
		}
	}
	file := t.TempDir() + "/x.wav"
	if err := chromium.WriteWAV(file, rate, tone(1000, rate, 1, 8000)); err != nil {
		t.Fatal(err)
	}
	s, err := readSound(file)
	if err != nil || s.windows(mostly(1000)) != 5 || s.seconds() != 1 {
		t.Errorf("%d windows of it after writing and reading, %.1f s (%v)", s.windows(mostly(1000)), s.seconds(), err)
	}
}
