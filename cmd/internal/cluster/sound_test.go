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
	k := 2 * math.Cos(2*math.Pi*hz/rate)
	for ; len(s) >= window; s = s[window:] {
		var s1, s2, sum float64
		for _, v := range s[:window] {
			s1, s2 = float64(v)+k*s1-s2, s1
			sum += float64(v) * float64(v)
		}
		level := 2 * math.Sqrt(max(0, s1*s1+s2*s2-k*s1*s2)) / window
		if level > audible && level/math.Sqrt2 > 0.8*math.Sqrt(sum/window) {
			n++
		}
	}
	return n
}
