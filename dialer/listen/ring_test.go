package listen

import (
	"testing"
	"time"

	"trunkline/dialer"
)

// TestRingsAsLongAsTheLawAsks: the campaign's time counts from the ringing, so
// that a carrier that takes long to let it ring does not shorten it.
func TestRingsAsLongAsTheLawAsks(t *testing.T) {
	for name, late := range map[string]time.Duration{"at once": 0, "late": 20 * time.Second} {
		t.Run(name, func(t *testing.T) {
			run(t, nil, func(f *floor) {
				f.l.Place([]dialer.Call{{ID: 100, State: dialer.CallPlaced, Sent: true, CampaignID: "C1", LeadID: 1100, E164: "+12125550100", ServerID: 1, CarrierID: 1, PlacedAt: time.Now()}}, f.campaign)
				f.up("tl-c-100")
				f.settle(late)
				f.tell(dialer.LegRinging, "tl-c-100")
				rang := time.Now()
				f.settle(f.campaign.Ring() - 200*time.Millisecond)
				if hung := f.hungAt("tl-c-100"); !hung.IsZero() {
					t.Fatalf("hung up %v after the ringing began", hung.Sub(rang))
				}
				f.settle(400 * time.Millisecond)
				if hung := f.hungAt("tl-c-100"); hung.Sub(rang) < f.campaign.Ring()-time.Millisecond {
					t.Fatalf("hung up %v after the ringing began, or not at all", hung.Sub(rang))
				}
				if c := f.last(100); c.State != dialer.CallEnded || c.Status != dialer.StatusNoAnswer || c.EndedBy != dialer.ByCarrier {
					t.Errorf("after it: %+v", c)
				}
			})
		})
	}
	t.Run("never", func(t *testing.T) {
		run(t, nil, func(f *floor) {
			f.l.Place([]dialer.Call{{ID: 100, State: dialer.CallPlaced, Sent: true, CampaignID: "C1", LeadID: 1100, E164: "+12125550100", ServerID: 1, CarrierID: 1, PlacedAt: time.Now()}}, f.campaign)
			f.up("tl-c-100")
			f.settle(f.campaign.Ring() + 200*time.Millisecond)
			if c := f.last(100); c.State != dialer.CallEnded || c.Status != dialer.StatusCongestion {
				t.Errorf("a trunk that never rings: %+v", c)
			}
		})
	})
}

// up is a channel that the PBX has made.
func (f *floor) up(channel string) {
	f.mu.Lock()
	f.channels[channel] = ""
	f.mu.Unlock()
	f.tell(dialer.LegCreated, channel)
}
