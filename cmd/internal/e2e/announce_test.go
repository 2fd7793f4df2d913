package e2e

import (
	"math"
	"testing"

	"trunkline/dialer"
)

// besides tells whether there is more in a window than a tone.
func besides(hz float64) func(sound) bool {
	return func(s sound) bool {
		return s.level(hz) > audible && s.loudness() > math.Hypot(s.level(hz)/math.Sqrt2, audible)
	}
}

// TestRecordingIsAnnounced: somebody in California hears, with the agent, that
// the call is recorded; somebody in Texas hears the agent alone. The recording
// has the announcement and goes on with both sides when it is over.
func TestRecordingIsAnnounced(t *testing.T) {
	t.Parallel()
	s := onStage(t)
	for area, told := range map[string]bool{"949": true, "210": false} {
		t.Run(area, func(t *testing.T) {
			c := s.campaignIn(t, area, []string{"31"}, func(c *dialer.Campaign) { c.RecordNotice = "vm-intro" })
			h := c.toneHand(t, "30")
			h.ready()
			c.start(t)
			call := h.until("the recording", recorded).Call.ID
			customer, file := s.far().HeardFile(c.e164("31")[1:]), s.recording(t, call)
			if told {
				s.hears(t, customer, "the announcement and the agent", 5, both(has(500), besides(500)))
				s.hears(t, h.ear, "the announcement and the customer", 3, both(has(1000), besides(1000)))
			}
			s.hears(t, customer, "the agent alone", 5, mostly(500))
			s.hears(t, h.ear, "the customer alone", 5, mostly(1000))
			s.hears(t, file, "both, in the recording", 5, both(has(500), has(1000)))
			// A tone begins within a window.
			all, err := readSound(customer)
			if n := all.windows(both(loud, besides(500))); err != nil || told != (n > 3) {
				t.Errorf("%d windows of an announcement (%v)", n, err)
			}
			h.onCall("hangup")
			h.untilState(dialer.AgentWrapUp)
			h.dispose("NI", "pause")
			var rule string
			var at bool
			err = s.sql.QueryRowContext(t.Context(), "SELECT notice_rule, told_at IS NOT NULL FROM calls WHERE id = ?", call).Scan(&rule, &at)
			if err != nil || at != told || told != (rule == "US-CA-REC") || !told && rule != "" {
				t.Errorf("the books say rule %q, told %v (%v)", rule, at, err)
			}
			h.logout()
		})
	}
}
