package recordings

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A picture of a recording's loudness, as wide and half as high as the SVG.
const (
	waveWidth = 600
	waveHalf  = 40
)

var errNoWave = errors.New("no WAV file of 16-bit samples")

// wave is the SVG path of a WAV file as Asterisk writes them: one channel of
// 16-bit PCM behind a header of 44 bytes. size is the file's; a header that was
// never completed does not matter.
func wave(r io.Reader, size int64) (string, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	var h [44]byte
	if _, err := io.ReadFull(b, h[:]); err != nil {
		return "", errNoWave
	}
	if string(h[:4]) != "RIFF" || string(h[8:16]) != "WAVEfmt " || binary.LittleEndian.Uint16(h[20:]) != 1 || binary.LittleEndian.Uint16(h[34:]) != 16 {
		return "", errNoWave
	}
	samples := (size - 44) / 2
	if samples <= 0 {
		return "", errNoWave
	}
	per := max(1, samples/waveWidth)
	var path strings.Builder
	var pair [2]byte
	for x := range int64(waveWidth) {
		peak, n := 0, int64(0)
		for ; n < per; n++ {
			if _, err := io.ReadFull(b, pair[:]); err != nil {
				break
			}
			v := int(int16(binary.LittleEndian.Uint16(pair[:])))
			peak = max(peak, v, -v)
		}
		if n == 0 {
			break
		}
		high := max(1, peak*waveHalf/32768)
		fmt.Fprintf(&path, "M%d %dV%d", x, waveHalf-high, waveHalf+high)
	}
	return path.String(), nil
}
