package cluster

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
	"trunkline/hopper/leads"
)

// crowdFor is how long the crowd's customers are being called, at most.
const crowdFor = 15 * time.Minute

// callable are the first n numbers ending in line, one of an area code each, that
// can be leads and that a campaign may call from a moment on for as long. Its error
// says which rules close how many where there are fewer.
func callable(campaign dialer.Campaign, line string, from time.Time, long time.Duration, n int) (numbers []string, err error) {
	closed := map[string]int{}
	codes := compliance.AreaCodes()
	for _, code := range codes {
		e164, err := leads.ParseNumber(code+line, "US")
		if err != nil {
			closed["are no numbers"]++
			continue
		}
		if rule := refusal(campaign, e164, from, from.Add(long)); rule != "" {
			closed["are closed by "+rule]++
			continue
		}
		numbers = append(numbers, code+line)
		if len(numbers) == n {
			return numbers, nil
		}
	}
	var why []string
	for _, rule := range slices.Sorted(maps.Keys(closed)) {
		why = append(why, fmt.Sprintf("%d %s", closed[rule], rule))
	}
	return nil, fmt.Errorf("of %d area codes' numbers ending in %s %d may be called from %s on for %s, and %d are asked for: %s",
		len(codes), line, len(numbers), from.UTC().Format("2 January 15:04 UTC"), long, n, strings.Join(why, ", "))
}

// refusal is the rule that keeps a number, of which nothing is known, from being
// called at some time from a moment on to another; "": none does.
func refusal(campaign dialer.Campaign, e164 string, from, to time.Time) string {
	for now := from; ; {
		v := compliance.Check(compliance.Ask(dialer.Lead{E164: e164}, campaign, false, &compliance.History{}, now))
		switch {
		case !v.Allowed:
			return v.Rule
		case v.Until.IsZero() || !v.Until.Before(to):
			return ""
		case !v.Until.After(now):
			return "a verdict that ends before it begins"
		}
		now = v.Until
	}
}

// TestCrowdIsCallable: there are a hundred customers at every hour, on days on
// which clocks change and on holidays, too.
func TestCrowdIsCallable(t *testing.T) {
	campaign := campaignOf("CROWD", dialer.RecordNever)
	for _, day := range []time.Time{
		time.Date(2026, time.March, 7, 0, 0, 0, 0, time.UTC), time.Date(2026, time.March, 8, 0, 0, 0, 0, time.UTC), time.Date(2026, time.March, 9, 0, 0, 0, 0, time.UTC),
		time.Date(2026, time.October, 31, 0, 0, 0, 0, time.UTC), time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, time.November, 2, 0, 0, 0, 0, time.UTC),
		time.Date(2026, time.July, 4, 0, 0, 0, 0, time.UTC), time.Date(2026, time.November, 29, 0, 0, 0, 0, time.UTC), time.Date(2026, time.December, 25, 0, 0, 0, 0, time.UTC),
	} {
		for hour := range 24 {
			from := day.Add(time.Duration(hour)*time.Hour + 53*time.Minute)
			numbers, err := callable(campaign, crowdLine, from, crowdFor, upgraded)
			if err != nil {
				t.Error(err)
				continue
			}
			slices.Sort(numbers)
			if distinct := slices.Compact(numbers); len(distinct) != upgraded {
				t.Errorf("%s: %d different numbers", from, len(distinct))
			}
			for _, number := range numbers {
				for now := from; !now.After(from.Add(crowdFor)); now = now.Add(5 * time.Minute) {
					v := compliance.Check(compliance.Ask(dialer.Lead{E164: "+1" + number}, campaign, false, &compliance.History{}, now))
					if !v.Allowed {
						t.Errorf("%s at %s: %s", number, now, v.Reason)
					}
				}
			}
		}
	}
}

// TestTooFewAreCallable: at night nobody's own number may be called, nor in a
// quarter of an hour in which a window shuts; whoever asks is told which rules say
// so.
func TestTooFewAreCallable(t *testing.T) {
	campaign := campaignOf("CROWD", dialer.RecordNever)
	eastern, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	night := time.Date(2026, time.November, 29, 3, 0, 0, 0, eastern)
	if _, err := callable(campaign, "2345678", night, crowdFor, upgraded); err == nil || !strings.Contains(err.Error(), " 29 November 08:00 UTC on for 15m0s, and 100 are asked for") || !strings.Contains(err.Error(), "closed by US-1") {
		t.Errorf("at night: %v", err)
	}
	campaign.CallTo = 21 * 60
	for minute, want := range map[int]string{44: "", 45: "", 46: compliance.RuleCampaignHours} {
		from := time.Date(2026, time.November, 28, 20, minute, 0, 0, eastern)
		if got := refusal(campaign, "+1212"+crowdLine, from, from.Add(crowdFor)); got != want {
			t.Errorf("from %s on: %q, want %q", from, got, want)
		}
	}
}
