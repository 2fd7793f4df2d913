package tally

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"trunkline/dialer"
	"trunkline/dialer/report"
)

// Every change is dealt with by exactly one batch, after or with the last of its
// quarters, and its quarters are counted.
func TestBatchesDealWithEveryChange(t *testing.T) {
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		var changes []Change
		for id := range rapid.IntRange(0, 60).Draw(t, "n") {
			c := Change{ID: int64(id + 1), Kind: rapid.SampledFrom([]Kind{Call, Stretch}).Draw(t, "kind"), Campaign: rapid.SampledFrom([]dialer.CampaignID{"A", "B"}).Draw(t, "campaign"),
				User: dialer.UserID(rapid.IntRange(1, 3).Draw(t, "user")), From: begin.Add(time.Duration(rapid.IntRange(0, 3*86400).Draw(t, "from")) * time.Second)}
			c.To = c.From.Add(time.Duration(rapid.IntRange(0, 2*86400).Draw(t, "long")) * time.Second)
			changes = append(changes, c)
		}
		type quarter struct {
			campaign dialer.CampaignID
			user     dialer.UserID // 0: of calls
			at       time.Time
		}
		counted, dealt := map[quarter]bool{}, map[int64]int{}
		for _, b := range Batches(changes) {
			for _, at := range b.Calls {
				counted[quarter{b.Campaign, 0, at}] = true
			}
			for _, u := range b.Time {
				for at := u.From; at.Before(u.To); at = at.Add(report.Quarter.Length()) {
					for _, user := range u.Users {
						counted[quarter{b.Campaign, user, at}] = true
					}
					if report.Day.Start(at) != b.Day {
						t.Fatalf("%v in the batch of %v", at, b.Day)
					}
				}
			}
			if len(b.Calls) > perBatch {
				t.Fatalf("%d quarters at once", len(b.Calls))
			}
			for _, id := range b.Changes {
				dealt[id]++
				c := changes[id-1]
				user, to := c.User, c.To
				if c.Kind == Call {
					user, to = 0, c.From
				}
				for at := report.Quarter.Start(c.From); !at.After(to); at = at.Add(report.Quarter.Length()) {
					if !counted[quarter{c.Campaign, user, at}] {
						t.Fatalf("change %d is taken out before %v is counted", id, at)
					}
				}
			}
		}
		for _, c := range changes {
			if dealt[c.ID] != 1 {
				t.Fatalf("change %d is dealt with %d times", c.ID, dealt[c.ID])
			}
		}
	})
}
