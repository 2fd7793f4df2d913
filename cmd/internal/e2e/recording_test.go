package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"testing"

	"trunkline/cmd/internal/demo"
	"trunkline/dialer"
)

// recordingRow is a recording that was finished.
type recordingRow struct {
	state, sum    string
	bytes, length int64
}

func (s *stage) finished(t *testing.T, call string) recordingRow {
	t.Helper()
	var r recordingRow
	s.until(t, "the end of the recording of call "+call, func() (bool, error) {
		err := s.sql.QueryRowContext(t.Context(), "SELECT state, sha256, bytes, length_ms FROM recordings WHERE call_id = ?", call).
			Scan(&r.state, &r.sum, &r.bytes, &r.length)
		return r.state == "DONE", err
	})
	return r
}

func recorded(s demo.Snapshot) bool { return s.Call != nil && s.Call.Recording }
func paused(s demo.Snapshot) bool   { return s.Call != nil && s.Call.Paused }

// TestRecordingOnDemand: nothing is kept before the agent's key and in a pause;
// what is kept is measured and hashed.
func TestRecordingOnDemand(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	c := s.campaign(t, []string{"31"}, func(c *dialer.Campaign) { c.Record = dialer.RecordDemand })
	h := c.toneHand(t, "30")
	h.ready()
	c.start(t)
	got := h.untilState(dialer.AgentInCall)
	s.hears(t, h.ear, "the customer's tone", 3, has(1000))
	var files int
	if err := s.sql.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM recordings WHERE call_id = ?", got.Call.ID).Scan(&files); err != nil || files != 0 || recorded(got) {
		t.Errorf("%d recordings before the key, the screen says %v (%v)", files, recorded(got), err)
	}
	h.onCall("record")
	h.until("the recording", recorded)
	file := s.recording(t, got.Call.ID)
	s.hears(t, file, "the customer", 5, has(1000))
	s.hears(t, file, "the agent", 5, has(500))

	h.onCall("record/pause")
	h.until("the pause of the recording", paused)
	s.hears(t, file, "silence in the pause", 10, quiet)
	s.hears(t, h.ear, "the customer, whom the agent goes on hearing", 3, has(1000))
	before, err := readSound(file)
	if err != nil {
		t.Fatal(err)
	}
	h.onCall("record")
	h.until("the recording after the pause", recorded)
	s.hears(t, file, "the customer after the pause", 5, has(1000))

	h.onCall("hangup")
	h.untilState(dialer.AgentWrapUp)
	h.dispose("SALE", "pause")
	r := s.finished(t, got.Call.ID)
	whole, err := os.ReadFile(file)
	sum := sha256.Sum256(whole)
	if err != nil || r.sum != hex.EncodeToString(sum[:]) || r.bytes != int64(len(whole)) {
		t.Errorf("%+v, of a file with %d bytes and %x (%v)", r, len(whole), sum, err)
	}
	all, err := readSound(file)
	if err != nil || float64(r.length)/1000 != all.seconds() {
		t.Errorf("%d ms, of %.3f s (%v)", r.length, all.seconds(), err)
	}
	// The pause is silence in the file, not a gap: two seconds and more of it,
	// after sound and before sound.
	if all.windows(quiet) < 10 || before.windows(has(1000)) < 5 || all[len(before):].windows(has(1000)) < 5 {
		t.Errorf("%d windows of silence, %d of the customer before, %d after", all.windows(quiet), before.windows(has(1000)), all[len(before):].windows(has(1000)))
	}
	h.logout()
}

// TestRecordingForced cannot be paused, and the agent is told.
func TestRecordingForced(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	c := s.campaign(t, []string{"32"}, func(c *dialer.Campaign) { c.Record = dialer.RecordForced })
	h := c.hand(t)
	h.ready()
	c.start(t)
	got := h.until("the recording", recorded)
	h.onCall("record/pause")
	h.until("the refusal", func(s demo.Snapshot) bool { return s.Refusal != nil && recorded(s) })
	s.hears(t, s.recording(t, got.Call.ID), "the customer", 5, has(2000))
	h.onCall("hangup")
	h.untilState(dialer.AgentWrapUp)
	h.dispose("NI", "pause")
	s.finished(t, got.Call.ID)
	h.logout()
}

// TestRecordingFollowsTheSound: whoever the customer hears after music is in
// the recording too, the same agent and others. Each agent's packets are
// numbered from somewhere else: a recorder that goes by their order loses every
// other one.
func TestRecordingFollowsTheSound(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	tr := s.trio(t, nil)
	tr.file = s.recording(t, tr.call)
	h := tr.h
	tr.hears(t, tr.file, "the first agent, in the recording", 3, both(has(1000), has(500)))
	h.onCall("hold")
	tr.untilCall(dialer.CallHeld)
	tr.hears(t, tr.customer, "music", 3, both(loud, not(has(500))))
	h.onCall("resume")
	tr.untilCall(dialer.CallTalking)
	tr.hears(t, tr.file, "the first agent after music, in the recording", 3, both(has(1000), has(500)))
	for _, next := range []struct {
		suffix string
		hz     float64
	}{{"32", 2000}, {"30", 500}, {"32", 2000}} {
		h.onCall("park")
		h.until("the pause", func(s demo.Snapshot) bool { return s.State == dialer.AgentPaused && len(s.Parked) == 1 })
		other := tr.c.toneHand(t, next.suffix)
		got := other.until("the parked call", func(s demo.Snapshot) bool { return len(s.Parked) == 1 })
		other.click("takeback", values(demo.Snapshot{}, "call", got.Parked[0].ID))
		other.untilState(dialer.AgentInCall)
		tr.hears(t, tr.file, "the agent who took the call back, in the recording", 3, both(has(1000), has(next.hz)))
		h.logout()
		h = other
	}
	h.onCall("hangup")
	h.untilState(dialer.AgentWrapUp)
	h.dispose("SALE", "pause")
	r := s.finished(t, tr.call)
	all, err := readSound(tr.file)
	if err != nil || float64(r.length)/1000 != all.seconds() {
		t.Errorf("%d ms, of %.3f s (%v)", r.length, all.seconds(), err)
	}
	h.logout()
}
