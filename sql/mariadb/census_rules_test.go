package mariadb_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/compliance"
	"trunkline/hopper"
	"trunkline/sql/mariadb"
)

// rulesNotInACensus are those by which Check refuses a question that a census
// never asks.
var rulesNotInACensus = map[string]string{
	compliance.RuleHistory: "a census looks every number up",
}

// TestCensusHasARowForEveryRule: each rule by which Check may refuse a call, those
// of the packs by their own cases, holds back one lead of three; the census says
// so by the rule's id, and so does the question about that lead.
func TestCensusHasARowForEveryRule(t *testing.T) {
	h := newHopperDB(t)
	for _, rule := range compliance.Refusals() {
		if why := rulesNotInACensus[rule]; why != "" {
			continue
		}
		now := noonEast
		h.fresh()
		if break_, ok := h.brokenRules()[rule]; ok {
			h.lead(1, "+12122340001", "", "America/New_York;US", 0)
			break_()
		} else {
			now = h.brokenByItsCase(rule)
		}
		// Neither of these is the rule's affair.
		h.lead(2, "+442079460001", "", ";AQ", 0)
		h.exec(`UPDATE leads SET status = 'SALE' WHERE id = 2`)
		h.lead(3, "+12122340003", "", "America/New_York;US", 0)
		h.exec(`INSERT INTO dnc (campaign_id, e164, source, added_at) VALUES ('C2', '+12122340003', 'admin', NOW())`)
		h.exec(`INSERT INTO hopper (campaign_id, lead_id, list_id, priority, added_at, source, status, called_since_reset, e164, zone_set)
			SELECT 'C1', id, list_id, 0, NOW(), 'S', status, 0, e164, zone_set FROM leads WHERE id = 3`)
		h.explained(rule, now)
	}
}

// fresh is the campaign C1 with its list and nothing else.
func (h hopperDB) fresh() {
	h.Helper()
	for _, table := range []string{"hopper", "leads", "dnc", "calls", "consents", "zone_sets"} {
		h.exec("DELETE FROM " + table)
	}
	h.exec(`UPDATE consent_head SET n = 0, hash = ''`)
	h.exec(`UPDATE campaigns SET call_from_min = 0, call_to_min = 1440, caller_id = '12125550100', dial_timeout_s = 26, debt = 0, amd = 'OFF', voicemail = '',
		max_attempts = 0, max_per_day = 0, max_per_24h = 0, max_by_state = '', drop_lockout_h = 0`)
}

func (h hopperDB) lead(id int, e164, state, set string, calls int) {
	h.Helper()
	h.exec(`INSERT IGNORE INTO zone_sets (zones) VALUES (?)`, set)
	h.exec(`INSERT INTO leads (id, list_id, status, called_count, zone_set, e164, phone_code, phone_number, state, created_at)
		SELECT ?, 101, 'NEW', ?, id, ?, '1', '', ?, NOW() FROM zone_sets WHERE zones = ?`, id, calls, e164, state, set)
}

// call is one to a number, of another lead; ended or still up.
func (h hopperDB) call(id int, e164 string, at time.Time, up bool, set string) {
	h.Helper()
	live, ended := any(nil), any(at)
	if up {
		live, ended = 1, nil
	}
	h.exec(`INSERT INTO calls (id, live, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, placed_at, ended_at, status, sent)
		VALUES (?, ?, ?, 'C1', 101, 99, ?, 1, 1, ?, ?, 'NA', 1)`, id, live, map[bool]string{true: "DIALING", false: "ENDED"}[up], e164, at, ended)
	if set != "" {
		h.exec("UPDATE calls SET "+set+" WHERE id = ?", id)
	}
}

// brokenRules break the rules that are no row of a pack for lead 1.
func (h hopperDB) brokenRules() map[string]func() {
	const number = "+12122340001"
	return map[string]func(){
		compliance.RuleNumber: func() {
			h.exec(`UPDATE leads SET e164 = '+1' WHERE id = 1`)
			h.call(1, "+1", noonEast.Add(-time.Hour), false, "")
		},
		compliance.RuleClock: func() { h.call(1, number, noonEast.Add(time.Hour), false, "") },
		compliance.RuleDNC: func() {
			h.exec(`INSERT INTO dnc (campaign_id, e164, source, added_at) VALUES ('', '+1212*', 'admin', NOW())`)
		},
		compliance.RuleCampaignDNC: func() {
			h.exec(`INSERT INTO dnc (campaign_id, e164, source, added_at) VALUES ('C1', ?, 'admin', NOW())`, number)
		},
		compliance.RuleRevoked: func() {
			err := mariadb.NewConsents(h.db).Add(h.Context(), compliance.ConsentRow{At: noonEast, E164: number, Kind: compliance.SaidRevoke, Source: "cli"})
			if err != nil {
				h.Fatal(err)
			}
			h.exec(`DELETE FROM dnc`) // somebody took it off that list
		},
		compliance.RuleAttempts: func() {
			h.exec(`UPDATE campaigns SET max_attempts = 3`)
			h.exec(`UPDATE leads SET called_count = 3 WHERE id = 1`)
		},
		compliance.RuleZoneUnknown: func() {
			h.exec(`INSERT INTO zone_sets (zones) VALUES (';AQ')`)
			h.exec(`UPDATE leads SET zone_set = (SELECT id FROM zone_sets WHERE zones = ';AQ') WHERE id = 1`)
		},
		compliance.RuleCampaignHours: func() { h.exec(`UPDATE campaigns SET call_from_min = 13 * 60`) },
		compliance.RuleCalledNow:     func() { h.call(1, number, noonEast.Add(-time.Minute), true, "") },
		compliance.RulePer24h: func() {
			h.exec(`UPDATE campaigns SET max_per_24h = 1`)
			h.call(1, number, noonEast.Add(-time.Hour), false, "")
		},
		compliance.RulePerDay: func() {
			h.exec(`UPDATE campaigns SET max_per_day = 1`)
			h.call(1, number, noonEast.Add(-time.Hour), false, "")
		},
		compliance.RuleLockout: func() {
			h.exec(`UPDATE campaigns SET drop_lockout_h = 2`)
			h.call(1, number, noonEast.Add(-time.Hour), false, "dropped_at = placed_at")
		},
	}
}

// brokenByItsCase arranges the first case of a pack's rule in which it refuses a
// call that the dialer places, and says at what time that is.
func (h hopperDB) brokenByItsCase(rule string) time.Time {
	h.Helper()
	r, _ := compliance.RuleOf(rule)
	i := slices.IndexFunc(r.Vectors, func(v compliance.Vector) bool { return !v.Allowed && v.Rule == rule && !v.LiveAgent })
	if i < 0 {
		h.Fatalf("rule %s has no case in which it refuses a call by its own id", rule)
	}
	v := r.Vectors[i]
	zone, err := time.LoadLocation(v.Zone)
	if err != nil {
		h.Fatal(err)
	}
	now, err := time.ParseInLocation("2006-01-02 15:04:05.999", v.At, zone)
	if err != nil {
		h.Fatal(err)
	}
	now = now.UTC()
	h.lead(1, v.Number, v.State, string(compliance.SetOf(v.Number, v.State)), 0)
	if v.Ring != nil {
		h.exec(`UPDATE campaigns SET dial_timeout_s = ?`, *v.Ring)
	}
	if v.NoCallerID || v.CallerID != "" {
		h.exec(`UPDATE campaigns SET caller_id = ?`, v.CallerID)
	}
	if v.Debt {
		h.exec(`UPDATE campaigns SET debt = 1`)
	}
	if v.RecordedVoice {
		h.exec(`UPDATE campaigns SET amd = ?, voicemail = 'message'`, dialer.AMDMessage)
	}
	if v.Consent != "" {
		err := mariadb.NewConsents(h.db).Add(h.Context(), compliance.ConsentRow{At: now.Add(-time.Hour), E164: v.Number, Kind: compliance.SaidConsent, Level: v.Consent, Source: "cli", Evidence: "a form"})
		if err != nil {
			h.Fatal(err)
		}
	}
	was := map[string]string{"": "", "talk": "bridged_at = placed_at, status = 'NI'", "drop": "dropped_at = placed_at", "machine": "amd = 'MACHINE'"}
	for i, text := range v.Attempts {
		ago, what, _ := strings.Cut(text, " ")
		d, err := time.ParseDuration(ago)
		if err != nil {
			h.Fatal(err)
		}
		h.call(i+1, v.Number, now.Add(d), false, was[what])
	}
	return now
}

// explained looks for the rule in the census and in the answer about lead 1.
func (h hopperDB) explained(rule string, now time.Time) {
	h.Helper()
	r := hopper.RulesAt(h.state("C1", now), h.sets(), now)
	err := h.store.View(h.Context(), func(v hopper.View) error {
		c, err := r.Count(h.Context(), v)
		if err != nil {
			return err
		}
		sum, under := c.Dialable, hopper.Dialable
		for _, n := range c.Counts {
			sum += n.Leads
			of := 0
			for _, by := range n.Rules {
				of += by.Leads
				if by.Rule == rule && by.Leads == 1 {
					under = n.Reason
				}
			}
			if len(n.Rules) > 0 && of != n.Leads {
				h.Errorf("%s: the rules of %s hold back %d leads, the reason %d: %+v", rule, n.Reason, of, n.Leads, n.Rules)
			}
		}
		if c.Leads != 3 || sum != 3 || under == hopper.Dialable {
			h.Errorf("%s: the census of 3 leads has %d, counts %d, and no row of the rule: %+v", rule, c.Leads, sum, c)
		}
		a, err := r.Ask(h.Context(), v, 1)
		if err != nil {
			return err
		}
		if a.Reason != under || a.Says == "" || a.Rule != "" && a.Rule != rule || a.Rule == "" && !slices.Contains([]hopper.Reason{hopper.OnDNC, hopper.OnOwnDNC, hopper.LimitUsed}, a.Reason) {
			h.Errorf("%s: of lead 1 it is said %+v; the census has it under %s", rule, a, under)
		}
		return nil
	})
	if err != nil {
		h.Fatal(fmt.Errorf("%s: %w", rule, err))
	}
}

// TestCensusKnowsWhoConsented: where a rule asks for consent, or for a caller id
// that a lead may bring itself, the leads that have it are counted apart.
func TestCensusKnowsWhoConsented(t *testing.T) {
	h := newHopperDB(t)
	h.fresh()
	for i := range 4 {
		h.lead(i+1, fmt.Sprintf("+1212234000%d", i+1), "", "America/New_York;US", 0)
	}
	h.exec(`UPDATE campaigns SET amd = ?, voicemail = 'message'`, dialer.AMDMessage)
	for number, level := range map[string]compliance.Level{"+12122340001": compliance.LevelWritten, "+12122340002": compliance.LevelExpress} {
		err := mariadb.NewConsents(h.db).Add(h.Context(), compliance.ConsentRow{At: noonEast.Add(-time.Hour), E164: number, Kind: compliance.SaidConsent, Level: level, Source: "cli", Evidence: "a form"})
		if err != nil {
			h.Fatal(err)
		}
	}
	counts := func(dialable, held int, rule string) {
		t.Helper()
		err := h.store.View(h.Context(), func(v hopper.View) error {
			c, err := hopper.RulesAt(h.state("C1", noonEast), h.sets(), noonEast).Count(h.Context(), v)
			if err == nil && (c.Dialable != dialable || len(c.Counts) != 1 || c.Counts[0].Leads != held || c.Counts[0].Rules[0].Rule != rule) {
				t.Errorf("%+v; want %d dialable, %d held by %s", c, dialable, held, rule)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	counts(1, 3, "US-10")
	h.exec(`UPDATE campaigns SET amd = 'OFF', voicemail = '', caller_id = '', custom_caller_id = 1`)
	h.exec(`UPDATE leads SET security_phrase = '(212) 555-0100' WHERE id IN (2, 3)`)
	counts(2, 2, "US-9")
	// Where one state asks for it, its leads alone are asked about.
	h.exec(`UPDATE campaigns SET caller_id = '12125550100', custom_caller_id = 0`)
	for i, number := range []string{"+14052340001", "+14052340002"} {
		h.lead(i+5, number, "", string(compliance.SetOf(number, "")), 0)
	}
	err := mariadb.NewConsents(h.db).Add(h.Context(), compliance.ConsentRow{At: noonEast.Add(-time.Hour), E164: "+14052340002", Kind: compliance.SaidConsent, Level: compliance.LevelWritten, Source: "cli", Evidence: "a form"})
	if err != nil {
		t.Fatal(err)
	}
	counts(5, 1, "US-OK-CONSENT")
}
