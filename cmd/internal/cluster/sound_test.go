package cluster

import (
	"encoding/binary"
	"math"
	"os"
)

// Telephone sound, as Asterisk records it: 8 kHz, 16 bits, one channel.
const (
	rate    = 8000
	window  = rate / 5 // long enough to tell 500 Hz from 1000
	audible = 300      // an amplitude that no hiss reaches
)

// readSound reads a WAV file that may still be growing, so that its header does
// not say how long it is.
func readSound(path string) ([]int16, error) {
	raw, err := os.ReadFile(path)
	if err != nil || len(raw) < 44 {
		return nil, err
	}
	s := make([]int16, (len(raw)-44)/2)
	for i := range s {
		s[i] = int16(binary.LittleEndian.Uint16(raw[44+2*i:]))
	}
	return s, nil
}

// windows counts those in which a tone is nearly all there is.
func windows(s []int16, hz float64) (n int) {
	for ; len(s) >= window; s = s[window:] {
		if level, all := tone(s[:window], hz); level > audible && level/math.Sqrt2 > 0.8*all {
			n++
		}
	}
	return n
}

// music counts the windows that are loud and have none of the tones by which the
// phones and parties of the test are told apart.
func music(s []int16) (n int) {
next:
	for ; len(s) >= window; s = s[window:] {
		for _, hz := range []float64{500, microphoneHz, 1000, 2000} {
			if level, all := tone(s[:window], hz); all < audible || level/math.Sqrt2 > 0.5*all {
				continue next
			}
		}
		n++
	}
	return n
}

// tone gives the amplitude of a frequency (Goertzel) and the loudness of all.
func tone(s []int16, hz float64) (level, loudness float64) {
	var s1, s2, sum float64
	k := 2 * math.Cos(2*math.Pi*hz/rate)
	for _, v := range s {
		s1, s2 = float64(v)+k*s1-s2, s1
		sum += float64(v) * float64(v)
	}
	return 2 * math.Sqrt(max(0, s1*s1+s2*s2-k*s1*s2)) / float64(len(s)), math.Sqrt(sum / float64(len(s)))
}
