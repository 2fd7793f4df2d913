package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	asteriskconf "trunkline/asterisk-conf"
	"trunkline/cmd/internal/demo"
	"trunkline/sql/private"
)

// TestDemoConnectsCalls is the whole system at work: everything that the demo
// starts is what runs in production, the processes included.
func TestDemoConnectsCalls(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: the demo takes its time")
	}
	built, err := filepath.Abs(filepath.Join("..", "..", ".run"))
	if err != nil {
		t.Fatal(err)
	}
	_, noMaria := private.Find()
	_, noAsterisk := asteriskconf.Find(built)
	private.Missing(t, errors.Join(noMaria, noAsterisk))
	t.Setenv("TRUNKLINE_TEST_BINARY", "is trunkline")
	dir := t.TempDir()
	run := filepath.Join(dir, ".run")
	report := filepath.Join(dir, "report.json")
	leads := filepath.Join(dir, "leads.csv")
	if err := os.WriteFile(leads, LeadFile(), 0o644); err != nil {
		t.Fatal(err)
	}
	err = demo.Run(t.Context(), demo.Options{
		RunDir: run, Asterisk: built, Agents: 3, DialLevel: 2, For: 8 * time.Second, Report: report, Leads: leads,
		WebListen: "127.0.0.1:0", Seed: 1, Out: writer{t}, Args: []string{"--log-level", "debug"},
	})
	if err != nil {
		logs(t, run)
		t.Fatal(err)
	}
	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var r demo.Report
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", text)
	if r.Connected == 0 || r.Duplicates != 0 || r.Lost != 0 || r.CarrierInvites != r.CallsPlaced || r.Unended != 0 {
		logs(t, run)
		t.Errorf("connected %d, duplicates %d, lost %d, INVITEs %d of %d calls, still up %d",
			r.Connected, r.Duplicates, r.Lost, r.CarrierInvites, r.CallsPlaced, r.Unended)
	}
	if n := recordings(t, run); n < r.Connected {
		t.Errorf("%d recordings of %d connected calls", n, r.Connected)
	}
	left, err := filepath.Glob(filepath.Join(run, "*.pid"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// leadFile has numbers that are answered or refused soon: one that rings on and
// on would only make the test long.
func LeadFile() []byte {
	var b bytes.Buffer
	fmt.Fprintln(&b, "phone_number,first_name,last_name")
	for npa := range strings.FieldsSeq("212 305 312 404 214 303 213 206 602 617 215 202 313 612 314 713 415 503 702 801") {
		for _, ends := range []string{"00", "02", "01", "05", "08"} { // human, busy, machine, no such number, early media
			fmt.Fprintf(&b, "%s55501%s,Test,Lead\n", npa, ends)
		}
	}
	return b.Bytes()
}

// recordings counts the files that hold sound.
func recordings(t *testing.T, run string) (n int) {
	t.Helper()
	dir := asteriskconf.Instance{Dir: filepath.Join(run, "asterisk")}.RecordingsDir()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Size() > 44 && strings.HasSuffix(path, ".wav") { // a bare WAV header has 44 bytes
			n++
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return n
}

func logs(t *testing.T, run string) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(run, "*.log"))
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err == nil {
			t.Logf("%s:\n%s", filepath.Base(name), text[max(0, len(text)-4000):])
		}
	}
}

type writer struct{ t *testing.T }

func (w writer) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimRight(string(p), "\n"))
	return len(p), nil
}
