package keepalive

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"trunkline/dialer"
)

// SoundEdition tells one state of the sounds from another.
type SoundEdition struct {
	Sounds int   `db:"sounds"`
	Sum    int64 `db:"sum"`
}

// Shelf is the sounds that the database has.
type Shelf interface {
	SoundEdition(ctx context.Context) (SoundEdition, error)
	SoundFiles(ctx context.Context) ([]dialer.SoundFile, error)
	WAV(ctx context.Context, id string) ([]byte, error)
}

// Sounds keeps the files of the database's sounds in a folder that Asterisk
// reads. A list in the folder says which files it wrote: what it has not written
// it neither replaces nor removes.
type Sounds struct {
	Dir   string
	Shelf Shelf
	Log   *slog.Logger

	done    SoundEdition
	checked time.Time
	waiting bool // for the database or the disk; said once
	hashes  map[string]hashed
}

// hashed is what a file held when it was last read.
type hashed struct {
	size   int64
	at     time.Time
	sha256 string
}

// writtenFile is the list, as sha256sum writes one.
const writtenFile = ".written"

// Run looks every 2 s until ctx ends.
func (s *Sounds) Run(ctx context.Context) error {
	every(ctx, 2*time.Second, func(now time.Time) {
		step, cancel := context.WithTimeout(ctx, 15*time.Second)
		defer cancel()
		err := s.Step(step, now)
		switch {
		case err == nil:
			s.waiting = false
		case ctx.Err() == nil && !s.waiting:
			s.waiting = true
			s.Log.Warn("not all sounds are where Asterisk reads them; trying again", "err", err)
		}
	})
	return nil
}

// Step brings the folder to what the database has, if either may have changed.
func (s *Sounds) Step(ctx context.Context, now time.Time) error {
	edition, err := s.Shelf.SoundEdition(ctx)
	if err != nil {
		return fmt.Errorf("asking what the sounds are: %w", err)
	}
	if edition == s.done && now.Sub(s.checked) < again {
		return nil
	}
	wanted, err := s.Shelf.SoundFiles(ctx)
	if err != nil {
		return err
	}
	if len(wanted) == 0 {
		if _, err := os.Stat(s.Dir); errors.Is(err, fs.ErrNotExist) {
			s.done, s.checked = edition, now
			return nil
		}
	}
	if err := s.folder(); err != nil {
		return err
	}
	if err := s.bring(ctx, wanted); err != nil {
		return err
	}
	s.done, s.checked = edition, now
	return nil
}

// folder makes the folder with the group of the one around it, which is
// Asterisk's.
func (s *Sounds) folder() error {
	if err := os.MkdirAll(s.Dir, 0o750); err != nil {
		return err
	}
	return os.Chmod(s.Dir, 0o750|fs.ModeSetgid)
}

var soundName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,31}$`)

func (s *Sounds) bring(ctx context.Context, wanted []dialer.SoundFile) error {
	before, err := s.written()
	if err != nil {
		return err
	}
	after, failed := map[string]string{}, error(nil)
	for _, w := range wanted {
		if !soundName.MatchString(w.ID) {
			failed = errors.Join(failed, fmt.Errorf("%q cannot be a file's name", w.ID))
			continue
		}
		name := w.ID + ".wav"
		ours, known := before[name]
		has, err := s.hash(name)
		switch {
		case err != nil:
			failed = errors.Join(failed, err)
		case has == w.SHA256:
			after[name] = w.SHA256
			continue
		case has != "" && !known:
			failed = errors.Join(failed, fmt.Errorf("%s is a file that somebody else put there: move it away", filepath.Join(s.Dir, name)))
		default:
			// On the list before it is in the folder: whoever dies between the two
			// finds a name whose file is missing, never a file that is nobody's.
			after[name] = w.SHA256
			if err := s.list(merged(before, after)); err != nil {
				return err
			}
			if err := s.fetch(ctx, w, name); err != nil {
				failed = errors.Join(failed, err)
			}
			continue
		}
		if known {
			after[name] = ours
		}
	}
	for name, sum := range before {
		if _, still := after[name]; still {
			continue
		}
		// One that somebody has replaced since is theirs.
		if has, err := s.hash(name); err == nil && has == sum {
			if err := os.Remove(filepath.Join(s.Dir, name)); err != nil {
				failed = errors.Join(failed, err)
				after[name] = sum
			}
		}
	}
	if !maps.Equal(before, after) {
		failed = errors.Join(failed, s.list(after))
	}
	return failed
}

func merged(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func (s *Sounds) fetch(ctx context.Context, w dialer.SoundFile, name string) error {
	wav, err := s.Shelf.WAV(ctx, w.ID)
	if errors.Is(err, dialer.ErrNotFound) {
		return nil // deleted meanwhile: the next look sees it
	}
	if err != nil {
		return fmt.Errorf("reading the sound %s: %w", w.ID, err)
	}
	if sum := sha256.Sum256(wav); hex.EncodeToString(sum[:]) != w.SHA256 {
		return fmt.Errorf("the database's sound %s is not what was uploaded", w.ID)
	}
	if err := replaceFile(filepath.Join(s.Dir, name), wav); err != nil {
		return err
	}
	s.Log.Info("Asterisk has a new sound", "sound", w.ID)
	return nil
}

// hash is that of a file of the folder, "" if there is none.
func (s *Sounds) hash(name string) (string, error) {
	path := filepath.Join(s.Dir, name)
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "not a file", nil
	}
	if h, ok := s.hashes[name]; ok && h.size == info.Size() && h.at.Equal(info.ModTime()) {
		return h.sha256, nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(raw)
	if s.hashes == nil {
		s.hashes = map[string]hashed{}
	}
	s.hashes[name] = hashed{info.Size(), info.ModTime(), hex.EncodeToString(sum[:])}
	return s.hashes[name].sha256, nil
}

// written are the files on the list with their hashes.
func (s *Sounds) written() (map[string]string, error) {
	raw, err := os.ReadFile(filepath.Join(s.Dir, writtenFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	all := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(raw)); lines.Scan(); {
		sum, name, ok := strings.Cut(lines.Text(), "  ")
		if ok && soundName.MatchString(strings.TrimSuffix(name, ".wav")) {
			all[name] = sum
		}
	}
	return all, nil
}

func (s *Sounds) list(all map[string]string) error {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, "%s  %s\n", all[name], name)
	}
	return replaceFile(filepath.Join(s.Dir, writtenFile), b.Bytes())
}

// replaceFile writes a file whole or not at all. Asterisk runs as another user,
// with the folder's group.
func replaceFile(path string, raw []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // renamed by then
	_, err = tmp.Write(raw)
	if err == nil {
		err = tmp.Chmod(0o640)
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
