package keepalive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"trunkline/dialer"
)

type shelf struct {
	wavs map[string]string
	read int
}

func (s *shelf) SoundEdition(context.Context) (SoundEdition, error) {
	e := SoundEdition{Sounds: len(s.wavs)}
	for id, wav := range s.wavs {
		e.Sum ^= int64(crc32.ChecksumIEEE([]byte(id + wav)))
	}
	return e, nil
}

func (s *shelf) SoundFiles(context.Context) ([]dialer.SoundFile, error) {
	var all []dialer.SoundFile
	for _, id := range slices.Sorted(maps.Keys(s.wavs)) {
		sum := sha256.Sum256([]byte(s.wavs[id]))
		all = append(all, dialer.SoundFile{ID: id, SHA256: hex.EncodeToString(sum[:])})
	}
	return all, nil
}

func (s *shelf) WAV(_ context.Context, id string) ([]byte, error) {
	s.read++
	return []byte(s.wavs[id]), nil
}

// TestSoundsComeAndGo: the folder gets what is new, loses what is gone, gets back
// what somebody broke, and never touches what somebody else put there.
func TestSoundsComeAndGo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sounds")
	all := &shelf{wavs: map[string]string{"welcome": "one", "sorry": "two"}}
	s := &Sounds{Dir: dir, Shelf: all, Log: slog.New(slog.DiscardHandler)}
	now := time.Now()
	step := func() error {
		now = now.Add(again)
		return s.Step(t.Context(), now)
	}
	holds := func(name, want string) {
		t.Helper()
		got, err := os.ReadFile(filepath.Join(dir, name))
		if want == "" && os.IsNotExist(err) {
			return
		}
		if err != nil || string(got) != want {
			t.Errorf("%s holds %q (%v), want %q", name, got, err, want)
		}
	}
	if err := step(); err != nil {
		t.Fatal(err)
	}
	holds("welcome.wav", "one")
	holds("sorry.wav", "two")
	info, err := os.Stat(filepath.Join(dir, "sorry.wav"))
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("Asterisk's group reads %v (%v)", info.Mode(), err)
	}
	if info, err = os.Stat(dir); err != nil || info.Mode()&fs.ModeSetgid == 0 {
		t.Errorf("the folder's group is not handed on: %v (%v)", info.Mode(), err)
	}

	read := all.read
	if err := step(); err != nil || all.read != read {
		t.Errorf("nothing had changed, and %d sounds were read again (%v)", all.read-read, err)
	}

	write(t, filepath.Join(dir, "welcome.wav"), "broken")
	if err := step(); err != nil {
		t.Fatal(err)
	}
	holds("welcome.wav", "one")

	// Another keepalive goes on where this one ended.
	s = &Sounds{Dir: dir, Shelf: all, Log: s.Log}
	write(t, filepath.Join(dir, "office.wav"), "theirs")
	all.wavs["office"] = "ours"
	delete(all.wavs, "sorry")
	if err := step(); err == nil {
		t.Error("nothing is said about a file of somebody else's")
	}
	holds("office.wav", "theirs")
	holds("sorry.wav", "")
	delete(all.wavs, "office")
	if err := step(); err != nil {
		t.Fatal(err)
	}
	holds("office.wav", "theirs")
	holds("welcome.wav", "one")

	// One that was replaced by hand and is then deleted is theirs as well.
	write(t, filepath.Join(dir, "welcome.wav"), "by hand")
	delete(all.wavs, "welcome")
	if err := step(); err != nil {
		t.Fatal(err)
	}
	holds("welcome.wav", "by hand")
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
