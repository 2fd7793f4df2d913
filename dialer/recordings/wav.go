package recordings

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// measured is what a WAV file's header and its size say.
type measured struct {
	size     int64
	length   time.Duration
	complete bool // the header's lengths are the file's
}

// headerSize is that of the WAV files Asterisk writes: RIFF, one fmt chunk, one
// data chunk.
const headerSize = 44

var errNoWAV = errors.New("no WAV file of Asterisk's")

func measure(path string) (measured, error) {
	f, err := os.Open(path)
	if err != nil {
		return measured{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return measured{}, err
	}
	m := measured{size: info.Size()}
	var h [headerSize]byte
	_, err = io.ReadFull(f, h[:])
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return m, nil // killed before the header was out
	}
	if err != nil {
		return m, err
	}
	if string(h[:4]) != "RIFF" || string(h[8:16]) != "WAVEfmt " || string(h[36:40]) != "data" {
		return m, errNoWAV
	}
	perSecond := int64(binary.LittleEndian.Uint32(h[28:]))
	if perSecond == 0 {
		return m, errNoWAV
	}
	data := m.size - headerSize
	m.length = time.Duration(data) * time.Second / time.Duration(perSecond)
	m.complete = int64(binary.LittleEndian.Uint32(h[40:])) == data && data > 0
	return m, nil
}

// repair writes the lengths that Asterisk had no time to write.
func repair(path string, m measured) error {
	if m.size < headerSize {
		return fmt.Errorf("%w: it has %d bytes", errNoWAV, m.size)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	var n [4]byte
	binary.LittleEndian.PutUint32(n[:], uint32(m.size-8))
	_, err = f.WriteAt(n[:], 4)
	if err == nil {
		binary.LittleEndian.PutUint32(n[:], uint32(m.size-headerSize))
		_, err = f.WriteAt(n[:], 40)
	}
	return errors.Join(err, f.Close())
}

// hash reads the whole file; ctx ends it between two pieces.
func hash(ctx context.Context, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	for ctx.Err() == nil {
		_, err := io.CopyN(h, f, 1<<20)
		if errors.Is(err, io.EOF) {
			return hex.EncodeToString(h.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
	}
	return "", ctx.Err()
}
