package mariadb_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/autodial"
	"trunkline/dialer/compliance"
	"trunkline/sql/mariadb"
)

// together is a server's hopper that answers what is known of numbers only when
// the other server has read it as well: neither can know of the other's call.
type together struct {
	*mariadb.HopperStore
	both *sync.WaitGroup
}

func (h together) Known(ctx context.Context, campaign dialer.CampaignID, e164s []string, now time.Time) (map[string]bool, map[string]*compliance.History, error) {
	dnc, known, err := h.HopperStore.Known(ctx, campaign, e164s, now)
	h.both.Done()
	h.both.Wait()
	return dnc, known, err
}

// TestTwoServersShareANumbersLimit: two campaigns on two servers have leads with
// the same numbers, which may be called once a day, and both ask before either has
// written. Each number is called once all the same.
func TestTwoServersShareANumbersLimit(t *testing.T) {
	t.Parallel()
	db, first := stocked(t, 20, "+121255501%02d")
	second, err := mariadb.NewServers(db).Join(t.Context(), dialer.Server{Name: "tel2", AMIAddr: "127.0.0.1:5039", AMIUser: "web", AMISecret: "s", WSURL: "ws://b/ws"})
	if err != nil || second.ID == first.ID {
		t.Fatalf("%+v, %v", second, err)
	}
	for _, query := range []string{
		`INSERT INTO campaigns (id, name, active, dial_method, dial_level, carrier_id, caller_id, call_from_min, call_to_min, dial_statuses, changed_at)
			SELECT 'C2', name, active, dial_method, dial_level, carrier_id, caller_id, call_from_min, call_to_min, dial_statuses, changed_at FROM campaigns WHERE id = 'C1'`,
		`UPDATE campaigns SET max_per_day = 1`,
		`UPDATE servers SET cps = 200`,
		`INSERT INTO lists (id, campaign_id, name, active, created_at) VALUES (2, 'C2', 'other', TRUE, NOW())`,
		`INSERT INTO leads (id, list_id, zone_set, e164, phone_code, phone_number, created_at) SELECT id + 100, 2, zone_set, e164, phone_code, phone_number, NOW() FROM leads`,
		`INSERT INTO hopper (campaign_id, lead_id, list_id, added_at, status, e164, zone_set) SELECT 'C2', lead_id + 100, 2, NOW(), status, e164, zone_set FROM hopper`,
	} {
		if err := db.Exec(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	both := new(sync.WaitGroup)
	both.Add(2)
	var done sync.WaitGroup
	counters := []*counter{newCounter(20), newCounter(20)}
	for i, server := range []dialer.Server{first, second} {
		a := autodial.New(autodial.Config{
			Server: server.ID, Hopper: together{mariadb.NewHopperStore(db), both}, Books: onlyCampaign{mariadb.NewCalls(db), []dialer.CampaignID{"C1", "C2"}[i]},
			Floor: counters[i], Originator: counters[i], IDs: dialer.NewIDs(server.ID), Clock: new(dialer.Clock), Log: slog.New(slog.DiscardHandler),
		})
		done.Go(func() {
			if err := a.Step(t.Context(), noon); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	if n := count(t, db, `SELECT COUNT(*) FROM calls`); n != 20 {
		t.Errorf("%d calls are in the books, want one for each of 20 numbers", n)
	}
	if n := count(t, db, `SELECT COUNT(DISTINCT e164) FROM calls`); n != 20 {
		t.Errorf("%d numbers were called, want all 20", n)
	}
	if n := len(counters[0].sent) + len(counters[1].sent); n != 20 {
		t.Errorf("%d calls were sent", n)
	}
	// Who came second gave its leads back; judged again, they are refused.
	if n := count(t, db, `SELECT COUNT(*) FROM hopper WHERE claim IS NULL`); n != 20 {
		t.Errorf("%d leads are free again, want the 20 of whoever came second", n)
	}
}

// onlyCampaign are books that know of one active campaign.
type onlyCampaign struct {
	*mariadb.Calls
	id dialer.CampaignID
}

func (b onlyCampaign) ActiveCampaigns(ctx context.Context) ([]dialer.Campaign, error) {
	all, err := b.Calls.ActiveCampaigns(ctx)
	for _, c := range all {
		if c.ID == b.id {
			return []dialer.Campaign{c}, err
		}
	}
	return nil, err
}

// TestTheListsNumberIsShown: the originate carries the list's caller id, where it
// has one.
func TestTheListsNumberIsShown(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		want string
		set  []string
	}{
		{"12125550100", []string{`UPDATE leads SET security_phrase = '+16145550102'`}},
		{"13105550101", []string{`UPDATE lists SET caller_id = '+13105550101'`}},
		{"16145550102", []string{`UPDATE campaigns SET custom_caller_id = TRUE`, `UPDATE leads SET security_phrase = '+16145550102'`}},
	} {
		db, server := stocked(t, 1, "+121255501%02d")
		for _, query := range test.set {
			if err := db.Exec(t.Context(), query); err != nil {
				t.Fatal(err)
			}
		}
		c := newCounter(1)
		if err := autodialOf(db, server.ID, c).Step(t.Context(), noon); err != nil {
			t.Fatal(err)
		}
		if len(c.sent) != 1 || c.sent[0].CallerID != test.want {
			t.Errorf("%s: sent %+v", test.set, c.sent)
		}
		if n := count(t, db, `SELECT COUNT(*) FROM calls k JOIN verdicts v ON v.id = k.verdict_id WHERE v.inputs LIKE ?`, `%"caller_id":"`+test.want+`"%`); n != 1 {
			t.Errorf("%s: the verdict was not of that caller id", test.set)
		}
	}
}
