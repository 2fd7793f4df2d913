// Package sound turns the sound files that people have into what every call can
// hear: 8,000 samples a second, 16 bits, one channel, as a WAV file that both
// Asterisk and browsers play.
package sound

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/hajimehoshi/go-mp3"
)

// Bounds of a sound.
const (
	Rate        = 8000            // samples a second, as the telephone network carries them
	Longest     = 3 * time.Minute // of what is kept
	LargestFile = 40 << 20        // bytes of what is sent: three minutes of stereo at 48 kHz
	fastest     = 96000           // samples a second of what is sent
	mostVoices  = 8               // channels of what is sent
)

// Wrong is what is wrong with a file, in a sentence with the way out.
type Wrong string

func (w Wrong) Error() string { return string(w) }

const (
	unknown  Wrong = "This is no WAV or MP3 file that can be read. Save it as WAV (PCM) or MP3 and send that."
	cutOff   Wrong = "The file ends in its midst. Save it once more and send that."
	silent   Wrong = "There is nothing to hear in this file. Listen to it, and send one with sound."
	tooShort Wrong = "The sound is shorter than a tenth of a second. Send a longer one."
	tooLong  Wrong = "The sound is longer than three minutes. Shorten it."
)

// Sound is one to be played to callers.
type Sound struct {
	WAV    []byte // the whole file
	Length time.Duration
}

// Convert reads a WAV file (PCM of 8 to 32 bits, floating point, µ-law, A-law) or
// an MP3 and gives it as calls hear it; several channels become one. What cannot
// be taken is an error of type Wrong.
func Convert(file []byte) (Sound, error) {
	if len(file) > LargestFile {
		return Sound{}, Wrong(fmt.Sprintf("The file is larger than %d MB. Shorten it, or save it with one channel.", LargestFile>>20))
	}
	var one track
	var err error
	switch {
	case len(file) >= 12 && string(file[:4]) == "RIFF" && string(file[8:12]) == "WAVE":
		one, err = readWAV(file)
	case len(file) >= 3 && (string(file[:3]) == "ID3" || file[0] == 0xFF && file[1]&0xE0 == 0xE0):
		one, err = readMP3(file)
	default:
		err = unknown
	}
	if err != nil {
		return Sound{}, err
	}
	peak := float32(0)
	for _, s := range one.samples {
		peak = max(peak, s, -s)
	}
	length := time.Duration(len(one.samples)) * time.Second / time.Duration(one.rate)
	switch {
	case length > Longest:
		return Sound{}, tooLong
	case length < 100*time.Millisecond:
		return Sound{}, tooShort
	case peak < 1.0/1024:
		return Sound{}, silent
	}
	pcm := resample(one)
	return Sound{WAV: wav(pcm), Length: time.Duration(len(pcm)) * time.Second / Rate}, nil
}

// track is a sound with one channel; samples are between -1 and 1.
type track struct {
	rate    int
	samples []float32
}

// most is how many samples of a rate are read at the most: a little more than
// what may be kept, so that longer ones are told apart.
func most(rate int) int { return int(Longest/time.Second)*rate + rate }

func readMP3(file []byte) (one track, err error) {
	// The decoder indexes by what the file says.
	defer func() {
		if recover() != nil {
			err = unknown
		}
	}()
	d, err := mp3.NewDecoder(bytes.NewReader(file))
	if err != nil {
		return track{}, unknown
	}
	one.rate = d.SampleRate()
	if one.rate < 4000 || one.rate > fastest {
		return track{}, unknown
	}
	raw, err := io.ReadAll(io.LimitReader(d, int64(4*most(one.rate))))
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return track{}, unknown
	}
	one.samples = make([]float32, len(raw)/4) // always two channels of 16 bits
	for i := range one.samples {
		l, r := int16(binary.LittleEndian.Uint16(raw[4*i:])), int16(binary.LittleEndian.Uint16(raw[4*i+2:]))
		one.samples[i] = (float32(l) + float32(r)) / 65536
	}
	return one, nil
}

// resample brings a track to Rate by a windowed sinc, which also keeps out what
// would fold into it from above 4 kHz.
func resample(one track) []int16 {
	if one.rate == Rate {
		return rounded(one.samples)
	}
	const zeros = 16 // zero crossings of the sinc to either side
	cutoff := 0.95 * min(1, float64(Rate)/float64(one.rate))
	half := int(math.Ceil(zeros / cutoff))
	step := gcd(one.rate, Rate)
	phases := make([][]float32, Rate/step) // by the fraction of a sample at which an output stands
	for p := range phases {
		phases[p] = kernel(float64(p*step)/Rate, cutoff, half)
	}
	n := int(int64(len(one.samples)) * Rate / int64(one.rate))
	out := make([]float32, n)
	for i := range out {
		at := int64(i) * int64(one.rate)
		whole, taps := int(at/Rate), phases[int(at%Rate)/step]
		sum := float32(0)
		first := whole - half + 1
		for k, tap := range taps {
			if j := first + k; j >= 0 && j < len(one.samples) {
				sum += tap * one.samples[j]
			}
		}
		out[i] = sum
	}
	return rounded(out)
}

// kernel is the filter around a point that stands by fraction after a sample,
// whose taps begin half-1 samples before that one.
func kernel(fraction, cutoff float64, half int) []float32 {
	taps := make([]float32, 2*half)
	sum := 0.0
	for k := range taps {
		x := float64(k-half+1) - fraction
		w := 0.5 + 0.5*math.Cos(math.Pi*x/float64(half)) // Hann
		if math.Abs(x) >= float64(half) {
			w = 0
		}
		v := cutoff * w
		if y := math.Pi * x * cutoff; y != 0 {
			v *= math.Sin(y) / y
		}
		taps[k] = float32(v)
		sum += v
	}
	for k := range taps {
		taps[k] /= float32(sum) // a steady level stays what it is
	}
	return taps
}

func rounded(samples []float32) []int16 {
	out := make([]int16, len(samples))
	for i, s := range samples {
		out[i] = int16(math.Round(float64(max(-1, min(1, s))) * math.MaxInt16))
	}
	return out
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// wav is the file of samples at Rate.
func wav(pcm []int16) []byte {
	var b bytes.Buffer
	size := uint32(2 * len(pcm))
	b.Grow(44 + len(pcm)*2)
	b.WriteString("RIFF")
	for _, part := range []any{
		36 + size, []byte("WAVEfmt "), uint32(16), uint16(formatPCM), uint16(1), uint32(Rate), uint32(2 * Rate), uint16(2), uint16(16),
		[]byte("data"), size, pcm,
	} {
		binary.Write(&b, binary.LittleEndian, part) //nolint:errcheck // a buffer takes all
	}
	return b.Bytes()
}
