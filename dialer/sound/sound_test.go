package sound

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"testing"
	"time"
)

// file makes a WAV of a tone that is loudest at half the scale, in both channels
// if there are two.
func file(format, bits, channels, rate int, hz, seconds float64) []byte {
	var data bytes.Buffer
	for i := range int(seconds * float64(rate)) {
		v := 0.5 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate))
		for range channels {
			switch {
			case format == formatFloat:
				binary.Write(&data, binary.LittleEndian, float32(v))
			case bits == 8:
				data.WriteByte(byte(128 + math.Round(127*v)))
			case bits == 16:
				binary.Write(&data, binary.LittleEndian, int16(v*math.MaxInt16))
			case bits == 24:
				n := int32(v * (1<<23 - 1))
				data.Write([]byte{byte(n), byte(n >> 8), byte(n >> 16)})
			case bits == 32:
				binary.Write(&data, binary.LittleEndian, int32(v*math.MaxInt32))
			}
		}
	}
	return riff(format, bits, channels, rate, data.Bytes())
}

func riff(format, bits, channels, rate int, data []byte) []byte {
	var b bytes.Buffer
	b.WriteString("RIFF\x00\x00\x00\x00WAVELIST\x03\x00\x00\x00abc\x00fmt ")
	for _, v := range []any{uint32(16), uint16(format), uint16(channels), uint32(rate), uint32(rate * channels * bits / 8), uint16(channels * bits / 8), uint16(bits)} {
		binary.Write(&b, binary.LittleEndian, v)
	}
	b.WriteString("data")
	binary.Write(&b, binary.LittleEndian, uint32(len(data)))
	b.Write(data)
	return b.Bytes()
}

// level is how strong a frequency is in a kept sound, by Goertzel: a tone at
// half the scale has 0.5.
func level(t *testing.T, s Sound, hz float64) float64 {
	t.Helper()
	one, err := readWAV(s.WAV)
	if err != nil || one.rate != Rate {
		t.Fatalf("what is kept has %d samples a second (%v)", one.rate, err)
	}
	re, im := 0.0, 0.0
	for i, v := range one.samples {
		a := 2 * math.Pi * hz * float64(i) / Rate
		re, im = re+float64(v)*math.Cos(a), im+float64(v)*math.Sin(a)
	}
	return 2 * math.Hypot(re, im) / float64(len(one.samples))
}

func TestEveryKindOfWAVSoundsTheSame(t *testing.T) {
	for _, c := range []struct{ format, bits, channels, rate int }{
		{formatPCM, 8, 1, 8000}, {formatPCM, 16, 1, 8000}, {formatPCM, 16, 2, 44100}, {formatPCM, 24, 2, 48000},
		{formatPCM, 32, 1, 96000}, {formatFloat, 32, 2, 22050}, {formatPCM, 16, 1, 11025}, {formatPCM, 16, 1, 16000}, {formatPCM, 16, 6, 32000},
	} {
		s, err := Convert(file(c.format, c.bits, c.channels, c.rate, 1000, 1))
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		if l := level(t, s, 1000); math.Abs(l-0.5) > 0.01 {
			t.Errorf("%+v: the tone has the level %.3f, want 0.5", c, l)
		}
		if d := (s.Length - time.Second).Abs(); d > time.Millisecond {
			t.Errorf("%+v: it is %s long", c, s.Length)
		}
	}
}

// TestNothingFolds: what telephones cannot carry is gone, and does not come back
// as another tone.
func TestNothingFolds(t *testing.T) {
	two := file(formatPCM, 16, 1, 48000, 1000, 1)
	high := file(formatPCM, 16, 1, 48000, 6500, 1)
	for i := 64; i+1 < len(two); i += 2 {
		sum := int16(binary.LittleEndian.Uint16(two[i:]))/2 + int16(binary.LittleEndian.Uint16(high[i:]))/2
		binary.LittleEndian.PutUint16(two[i:], uint16(sum))
	}
	s, err := Convert(two)
	if err != nil {
		t.Fatal(err)
	}
	if low, folded := level(t, s, 1000), level(t, s, 1500); math.Abs(low-0.25) > 0.01 || folded > 0.0005 {
		t.Errorf("1000 Hz has %.4f, and 6500 Hz came back at 1500 Hz with %.5f", low, folded)
	}
}

// TestLaws holds G.711's tables at their ends and in their midst.
func TestLaws(t *testing.T) {
	for _, c := range []struct {
		name string
		got  float32
		want int
	}{
		{"µ-law loudest", muLaw(0x80), 32124}, {"µ-law softest", muLaw(0xFF), 0}, {"µ-law negative", muLaw(0x00), -32124},
		{"A-law loudest", aLaw(0xAA), 32256}, {"A-law softest", aLaw(0xD5), 8}, {"A-law negative", aLaw(0x2A), -32256},
	} {
		if got := int(math.Round(float64(c.got) * (1 << 15))); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	good := file(formatPCM, 16, 1, 8000, 1000, 1)
	for name, c := range map[string]struct {
		file []byte
		want Wrong
	}{
		"nothing":   {nil, unknown},
		"a text":    {[]byte("Thank you for calling us, goodbye."), unknown},
		"cut off":   {good[:len(good)/2], cutOff},
		"a heading": {good[:30], cutOff},
		"silence":   {riff(formatPCM, 16, 1, 8000, make([]byte, 16000)), silent},
		"too short": {file(formatPCM, 16, 1, 8000, 1000, 0.05), tooShort},
		"too long":  {file(formatPCM, 8, 1, 4000, 1000, 181), tooLong},
		"no MP3":    {append([]byte("ID3\x04\x00\x00\x00\x00\x00\x7f"), bytes.Repeat([]byte{0xFF, 0xFB, 0x90}, 300)...), unknown},
	} {
		_, err := Convert(c.file)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	var w Wrong
	if _, err := Convert(file(formatPCM, 16, 1, 192000, 1000, 1)); !errors.As(err, &w) {
		t.Errorf("192,000 samples a second: %v", err)
	}
}

func FuzzConvert(f *testing.F) {
	f.Add(file(formatPCM, 16, 2, 44100, 1000, 0.2))
	f.Add([]byte("ID3\x04\x00\x00\x00\x00\x00\x00\xff\xfb\x90\x64"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := Convert(raw)
		var w Wrong
		if err != nil && !errors.As(err, &w) || err == nil && len(s.WAV) < 44+1600 {
			t.Fatal(err, len(s.WAV))
		}
	})
}
