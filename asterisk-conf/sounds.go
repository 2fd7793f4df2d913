package asteriskconf

import "math"

// The carrier's voices are made here, so that the simulated parties sound the same on every machine: AMD and the
// measuring of levels depend on where there is speech and where there is silence, not on what is said.

const (
	sampleRate = 8000
	loud       = 6000 // peak of the voices, far above AMD's silence threshold and far below clipping
)

// simSounds are the carrier's sounds by name, as 8 kHz µ-law.
func simSounds() map[string][]byte {
	return map[string][]byte{
		// One word: a human who picks up.
		"hello": ulaw(phrase(120, 0.20, -0.04, 0.24)),
		// Four words over two seconds: a human who talks too much for AMD.
		"hello-long": ulaw(phrase(120, 0.20, -0.04, 0.24, -0.15, 0.45, -0.12, 0.40, -0.10, 0.50)),
		// Sentences with pauses, for as long as the call lasts.
		"talk": ulaw(phrase(130, 0.9, -0.1, 1.3, -0.7, 0.6, -0.1, 1.1, -1.2, 1.7, -0.15, 0.8, -0.9)),
		// Read from a card: five seconds with hardly a breath.
		"greeting": ulaw(phrase(110, 1.7, -0.03, 1.4, -0.03, 1.6, -0.2, 1.2)),
		"beep":     ulaw(tone(1000, 0.5)),
	}
}

// holdMusic is a quiet broken chord, for systems that bring no music on hold.
func holdMusic() []byte {
	var out []float64
	for _, f := range []float64{262, 330, 392, 523, 392, 330, 247, 294, 392, 494, 392, 294} {
		note := tone(f, 0.6)
		for i := range note {
			note[i] *= 0.4 * math.Exp(-3*float64(i)/float64(len(note)))
		}
		out = append(out, note...)
	}
	return ulaw(out)
}

// phrase makes speech of the given lengths in seconds; negative ones are pauses.
func phrase(pitch float64, seconds ...float64) []float64 {
	var out []float64
	for _, s := range seconds {
		n := int(math.Abs(s) * sampleRate)
		if s < 0 {
			out = append(out, make([]float64, n)...)
			continue
		}
		for i := range n {
			t := float64(i) / sampleRate
			// A voice: harmonics of a gliding pitch, weighted as by a vowel's formants, in syllables of a quarter second.
			p := pitch * (1 + 0.06*math.Sin(2*math.Pi*1.3*t))
			var v float64
			for h := 1.0; h*p < 3400; h++ {
				f := h * p
				w := math.Exp(-sq((f-550)/250)) + 0.5*math.Exp(-sq((f-1500)/350)) + 0.2*math.Exp(-sq((f-2500)/400))
				v += w * math.Sin(2*math.Pi*f*t+h)
			}
			syllable := 0.65 + 0.35*math.Sin(2*math.Pi*4*t-math.Pi/2)
			edge := math.Min(1, math.Min(t, float64(n-i)/sampleRate)/0.01)
			out = append(out, v*syllable*edge)
		}
	}
	peak := 0.0
	for _, v := range out {
		peak = max(peak, math.Abs(v))
	}
	for i := range out {
		out[i] *= loud / peak
	}
	return out
}

func tone(hz, seconds float64) []float64 {
	out := make([]float64, int(seconds*sampleRate))
	for i := range out {
		out[i] = loud * math.Sin(2*math.Pi*hz*float64(i)/sampleRate)
	}
	return out
}

func sq(x float64) float64 { return x * x }

// ulaw encodes samples by G.711.
func ulaw(pcm []float64) []byte {
	out := make([]byte, len(pcm))
	for i, v := range pcm {
		s, sign := int(v), byte(0)
		if s < 0 {
			s, sign = -s, 0x80
		}
		s = min(s, 32635) + 132
		exp := 7
		for mask := 0x4000; exp > 0 && s&mask == 0; mask >>= 1 {
			exp--
		}
		out[i] = ^(sign | byte(exp<<4) | byte(s>>(exp+3))&0x0f)
	}
	return out
}
