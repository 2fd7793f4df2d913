package recordings

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
)

type shelf struct {
	rows map[dialer.CallID]Recording
	done map[dialer.CallID]Finished
	away error // of Finish
}

func (s *shelf) Unfinished(context.Context, dialer.ServerID) (all []Recording, err error) {
	for id, r := range s.rows {
		if _, ok := s.done[id]; !ok && !r.EndedAt.IsZero() {
			all = append(all, r)
		}
	}
	return all, nil
}

func (s *shelf) Finish(_ context.Context, f Finished) error {
	if s.away == nil {
		s.done[f.Call] = f
	}
	return s.away
}

func (s *shelf) Rowless(_ context.Context, calls []dialer.CallID) (all []dialer.CallID, err error) {
	for _, id := range calls {
		if _, ok := s.rows[id]; !ok {
			all = append(all, id)
		}
	}
	return all, nil
}

func (s *shelf) Found(_ context.Context, server dialer.ServerID, call dialer.CallID, file string) error {
	s.rows[call] = Recording{Call: call, Server: server, File: file, EndedAt: now.Add(-time.Hour)}
	return nil
}

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// wav is a file of one second, whose header says how much sound it holds.
func wav(says uint32) []byte {
	b := make([]byte, headerSize+16000)
	copy(b, "RIFF")
	copy(b[8:], "WAVEfmt ")
	copy(b[36:], "data")
	binary.LittleEndian.PutUint32(b[4:], says+36)
	binary.LittleEndian.PutUint32(b[28:], 16000)
	binary.LittleEndian.PutUint32(b[40:], says)
	b[headerSize+1] = 7
	return b
}

func TestFinish(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "2026-11-23"), 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(name string, b []byte, age time.Duration) string {
		path := filepath.Join(dir, "2026-11-23", name)
		err := os.WriteFile(path, b, 0o644)
		if err == nil {
			err = os.Chtimes(path, time.Time{}, time.Now().Add(-age))
		}
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	row := func(id dialer.CallID, ended time.Time) Recording {
		return Recording{Call: id, File: "2026-11-23/" + id.String() + ".wav", StartedAt: ended.Add(-time.Second), EndedAt: ended}
	}
	s := &shelf{done: map[dialer.CallID]Finished{}, rows: map[dialer.CallID]Recording{
		1: row(1, now.Add(-time.Second)),
		2: row(2, now.Add(-time.Minute)), // Asterisk was killed
		3: row(3, now.Add(-time.Second)), // Asterisk closes it in a moment
		4: row(4, now.Add(-2*time.Minute)),
		5: row(5, now.Add(-time.Second)), // no file yet
		6: {Call: 6, File: "../../etc/passwd", EndedAt: now.Add(-time.Hour)},
		8: row(8, time.Time{}), // the call is up
		9: {Call: 9, File: "2026-11-23/9.wav", StartedAt: now.Add(-2*time.Minute - 999*time.Millisecond), EndedAt: now.Add(-2 * time.Minute)},
		// The end was told before the join was written.
		10: {Call: 10, File: "2026-11-23/10.wav", StartedAt: now.Add(-time.Minute), EndedAt: now.Add(-time.Minute - time.Millisecond)},
		11: {Call: 11, File: "2026-11-23/11.wav", StartedAt: now.Add(-time.Minute), EndedAt: now.Add(-59 * time.Second)}, // may still come
		// Asterisk has opened their files and written no sound.
		12: {Call: 12, File: "2026-11-23/12.wav", StartedAt: now.Add(-time.Hour - 999*time.Millisecond), EndedAt: now.Add(-time.Hour)},
		13: {Call: 13, File: "2026-11-23/13.wav", StartedAt: now.Add(-time.Hour - 10*time.Millisecond), EndedAt: now.Add(-time.Hour)}, // not even the header
		14: {Call: 14, File: "2026-11-23/14.wav", StartedAt: now.Add(-time.Hour - time.Second), EndedAt: now.Add(-time.Hour)},
		15: {Call: 15, File: "2026-11-23/15.wav", StartedAt: now.Add(-time.Second), EndedAt: now.Add(-time.Second)}, // its first sound may be on its way
	}}
	write("1.wav", wav(16000), 0)
	torn := write("2.wav", wav(0), time.Hour)
	write("3.wav", wav(0), 0)
	write("7.wav", wav(16000), time.Hour) // listen died before it wrote the row
	write("8.wav", wav(0), 0)
	write("notes.txt", nil, 0)
	bare := []string{write("12.wav", wav(0)[:headerSize], time.Hour), write("13.wav", nil, time.Hour)}
	kept := []string{write("14.wav", wav(0)[:headerSize], time.Hour), write("15.wav", wav(0)[:headerSize], 0)}
	var log bytes.Buffer
	f := New(Config{Server: 1, Dir: dir, Store: s, Clock: new(dialer.Clock), Log: slog.New(slog.NewTextHandler(&log, nil))})

	s.away = errors.New("killed in between") // what a kill leaves is what a failed write leaves
	if err := f.Step(t.Context(), now); err == nil || len(s.done) != 0 {
		t.Fatalf("with a store that is away: %v, %v", s.done, err)
	}
	s.away = nil
	f = New(f.Config)
	if err := f.Step(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(torn)
	if err != nil || binary.LittleEndian.Uint32(whole[40:]) != 16000 || binary.LittleEndian.Uint32(whole[4:]) != 16036 {
		t.Errorf("the torn file's header is not set right: % x %v", whole[:44], err)
	}
	sum := sha256.Sum256(wav(16000))
	want := Finished{State: Done, Bytes: 16044, LengthMS: 1000, SHA256: hex.EncodeToString(sum[:]), At: now}
	for _, id := range []dialer.CallID{1, 2, 7} {
		got := s.done[id]
		want.Call, want.File = id, "2026-11-23/"+id.String()+".wav"
		if got != want {
			t.Errorf("recording %d: %+v, want %+v", id, got, want)
		}
	}
	for id, state := range map[dialer.CallID]State{3: "", 4: Lost, 5: "", 6: Lost, 8: "", 9: Short, 10: Short, 11: "", 12: Short, 13: Short, 14: Lost, 15: ""} {
		if got := s.done[id].State; got != state {
			t.Errorf("recording %d is %q, want %q", id, got, state)
		}
		said := map[State]string{Lost: "level=ERROR msg=\"a recording is lost", Short: "level=INFO msg=\"a call was too short to be recorded\""}[state]
		var lines []string
		for line := range strings.Lines(log.String()) {
			if strings.Contains(line, " call="+id.String()+" ") {
				lines = append(lines, line)
			}
		}
		if (said != "") != (len(lines) == 1) || said != "" && !strings.Contains(lines[0], said) {
			t.Errorf("of recording %d, %q, the log says %q", id, state, lines)
		}
	}
	if warned := strings.Count(log.String(), "level=WARN"); warned != 1 { // of the torn one alone
		t.Errorf("%d warnings:\n%s", warned, log.String())
	}
	for _, path := range bare {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s, of which there is nothing to hear, is still there (%v)", filepath.Base(path), err)
		}
	}
	for _, path := range kept {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}
