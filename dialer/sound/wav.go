package sound

import (
	"encoding/binary"
	"math"
)

// Formats of a WAV file, as its fmt chunk numbers them.
const (
	formatPCM        = 1
	formatFloat      = 3
	formatALaw       = 6
	formatMuLaw      = 7
	formatExtensible = 0xFFFE // the format proper begins its GUID
)

// shape is what a fmt chunk says.
type shape struct {
	format, channels, bits int
	rate                   int
}

func readWAV(file []byte) (track, error) {
	var s *shape
	for at := 12; at+8 <= len(file); {
		name, size := string(file[at:at+4]), int(binary.LittleEndian.Uint32(file[at+4:]))
		at += 8
		body := file[at:]
		switch name {
		case "fmt ":
			if size < 16 || size > len(body) {
				return track{}, cutOff
			}
			s = readShape(body[:size])
		case "data":
			if s == nil {
				return track{}, unknown
			}
			// Whoever streams a file does not know its size: it says 0, or all it can.
			if size == 0 || size > math.MaxInt32 {
				size = len(body)
			}
			if size > len(body) {
				return track{}, cutOff
			}
			return s.read(body[:size])
		}
		if size > len(body) {
			return track{}, cutOff
		}
		at += size + size%2
	}
	return track{}, cutOff
}

func readShape(b []byte) *shape {
	s := &shape{
		format: int(binary.LittleEndian.Uint16(b)), channels: int(binary.LittleEndian.Uint16(b[2:])),
		rate: int(binary.LittleEndian.Uint32(b[4:])), bits: int(binary.LittleEndian.Uint16(b[14:])),
	}
	if s.format == formatExtensible && len(b) >= 26 {
		s.format = int(binary.LittleEndian.Uint16(b[24:]))
	}
	return s
}

func (s *shape) read(data []byte) (track, error) {
	sample := s.sample()
	if sample == nil || s.channels < 1 || s.channels > mostVoices || s.rate < 4000 || s.rate > fastest {
		return track{}, Wrong("This kind of WAV cannot be read. Save it as PCM of 16 bits with 8,000 to 48,000 samples a second.")
	}
	width := s.bits / 8
	n := min(len(data)/(width*s.channels), most(s.rate))
	one := track{rate: s.rate, samples: make([]float32, n)}
	for i := range one.samples {
		sum := float32(0)
		for c := range s.channels {
			sum += sample(data[(i*s.channels+c)*width:])
		}
		one.samples[i] = sum / float32(s.channels)
	}
	return one, nil
}

// sample gives what reads one sample, or nil.
func (s *shape) sample() func([]byte) float32 {
	switch {
	case s.format == formatPCM && s.bits == 8:
		return func(b []byte) float32 { return float32(int(b[0])-128) / 128 }
	case s.format == formatPCM && s.bits == 16:
		return func(b []byte) float32 { return float32(int16(binary.LittleEndian.Uint16(b))) / (1 << 15) }
	case s.format == formatPCM && s.bits == 24:
		return func(b []byte) float32 {
			return float32(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)>>8) / (1 << 23)
		}
	case s.format == formatPCM && s.bits == 32:
		return func(b []byte) float32 { return float32(int32(binary.LittleEndian.Uint32(b))) / (1 << 31) }
	case s.format == formatFloat && s.bits == 32:
		return func(b []byte) float32 { return finite(math.Float32frombits(binary.LittleEndian.Uint32(b))) }
	case s.format == formatMuLaw && s.bits == 8:
		return func(b []byte) float32 { return muLaw(b[0]) }
	case s.format == formatALaw && s.bits == 8:
		return func(b []byte) float32 { return aLaw(b[0]) }
	}
	return nil
}

// finite keeps what is no number, or far beyond full loudness, out of the sums.
func finite(v float32) float32 {
	if v != v {
		return 0
	}
	return max(-1, min(1, v))
}

// muLaw and aLaw are ITU-T G.711.
func muLaw(b byte) float32 {
	b = ^b
	v := (int(b&0x0F)<<3+0x84)<<(b>>4&7) - 0x84
	if b&0x80 != 0 {
		v = -v
	}
	return float32(v) / (1 << 15)
}

func aLaw(b byte) float32 {
	b ^= 0x55
	v := int(b&0x0F)<<4 + 8
	if e := b >> 4 & 7; e > 0 {
		v = (v + 0x100) << (e - 1)
	}
	if b&0x80 == 0 {
		v = -v
	}
	return float32(v) / (1 << 15)
}
