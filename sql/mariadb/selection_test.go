package mariadb_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/dialer/audit"
	"trunkline/hopper"
	"trunkline/sql/mariadb"
)

func TestSelectionIsSetWithItsAuditRows(t *testing.T) {
	h := newHopperDB(t)
	s, by := mariadb.NewSelection(h.db), audit.By{At: noonEast}
	for _, err := range []error{
		s.SetRecycle(t.Context(), by, "C1", hopper.Recycle{Status: "NA", Delay: time.Hour, MaxAttempts: 3}),
		s.SetRecycle(t.Context(), by, "C1", hopper.Recycle{Status: "B", Delay: 5 * time.Minute, MaxAttempts: 2}),
		s.RemoveRecycle(t.Context(), by, "C1", "B"),
		s.SetFilter(t.Context(), by, "TX", hopper.Filter{Where: []hopper.Condition{{Field: "state", Op: hopper.OpIs, Values: []string{"TX"}}}}),
		s.UseFilter(t.Context(), by, "C1", "TX"),
		s.SetThen(t.Context(), by, "C1", "VENDOR_ASCEND"),
		s.SetMix(t.Context(), by, "C1", hopper.MixEven, []mariadb.MixStep{{List: 101, Percent: 100, Order: "UP RANK"}}),
		s.SetAlternates(t.Context(), by, "C1", hopper.AltAll, "NA B"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	c := h.state("C1", noonEast)
	if c.Broken != nil || len(c.Recycles) != 1 || c.Recycles[0].MaxAttempts != 3 || len(c.Filter.Where) != 1 || c.Order.Then != hopper.ByVendor ||
		len(c.Mix) != 1 || c.Mix[0].Order.Key != hopper.ByRank || c.AutoAlt != "ALL" {
		t.Errorf("the campaign came as %+v", c)
	}
	if n := h.count(`SELECT COUNT(*) FROM audit`); n != 8 {
		t.Errorf("%d audit rows, want 8", n)
	}
	for what, err := range map[string]error{
		"a filter that is not there":      s.UseFilter(t.Context(), by, "C1", "NONE"),
		"a field that is none":            s.SetFilter(t.Context(), by, "X", hopper.Filter{Where: []hopper.Condition{{Field: "id) OR 1=1 --", Op: hopper.OpIs, Values: []string{"1"}}}}),
		"a custom field's name with a \"": s.SetFilter(t.Context(), by, "X", hopper.Filter{Where: []hopper.Condition{{Field: `custom.a"b`, Op: hopper.OpEmpty}}}),
		"a mix of 90 per cent":            s.SetMix(t.Context(), by, "C1", hopper.MixEven, []mariadb.MixStep{{List: 101, Percent: 90}}),
		"a delay of nothing":              s.SetRecycle(t.Context(), by, "C1", hopper.Recycle{Status: "NA", MaxAttempts: 3}),
	} {
		if !errors.Is(err, dialer.ErrInvalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	// A list's own field: as some list has it, else those there are, also in a group.
	tariff := hopper.Filter{Where: []hopper.Condition{{Field: "custom.tarif", Op: hopper.OpFilled}}}
	if err := s.SetFilter(t.Context(), by, "X", tariff); !errors.Is(err, dialer.ErrInvalid) || !strings.Contains(err.Error(), `There is no field "tarif": no list has fields of its own yet. The page Custom fields`) {
		t.Errorf("a field that no list has: %v", err)
	}
	h.exec(`INSERT INTO custom_fields (list_id, name, label, type) VALUES (101, 'tariff', 'Tariff', 'TEXT'), (102, 'meter', 'Meter', 'TEXT'), (102, 'tariff', 'Tariff', 'TEXT')`)
	if err := s.SetFilter(t.Context(), by, "X", hopper.Filter{Where: []hopper.Condition{{Group: &tariff}}}); !errors.Is(err, dialer.ErrInvalid) || !strings.Contains(err.Error(), "meter, tariff.") {
		t.Errorf("a field that no list has, in a group: %v", err)
	}
	tariff.Where[0].Field = "custom.tariff"
	if err := s.SetFilter(t.Context(), by, "X", hopper.Filter{Where: []hopper.Condition{{Group: &tariff}}}); err != nil {
		t.Errorf("a field that lists have: %v", err)
	}
	if err := s.UseFilter(t.Context(), by, "NOPE", ""); !errors.Is(err, dialer.ErrNotFound) {
		t.Errorf("a campaign that is not there: %v", err)
	}
	// A filter that cannot be applied any more stops its campaign, with the reason.
	h.exec(`UPDATE lead_filters SET conditions = '{"where": [{"field": "shoe", "op": "is", "values": ["9"]}]}'`)
	if _, err := hopper.Fill(t.Context(), h.store, hopper.RulesAt(h.state("C1", noonEast), h.sets(), noonEast), hopper.Fence{}, nil); !errors.Is(err, dialer.ErrInvalid) {
		t.Errorf("a broken filter let the fill go on: %v", err)
	}
}

// A lead with three numbers: each is dialed once after the one before reached
// nobody, and then it rests.
func TestFurtherNumbersFollow(t *testing.T) {
	h := newHopperDB(t)
	h.add(101, numbers(212, 2)...)
	h.exec(`UPDATE campaigns SET auto_alt = 'ALL', auto_alt_statuses = 'NA B', dial_statuses = 'NEW'`)
	h.exec(`INSERT INTO lead_phones (lead_id, n, e164, phone_code, phone_number, zone_set) VALUES (1, 1, '+13102340001', '1', '', 1), (1, 3, '+13122340002', '1', '', 1), (1, 4, '+13132340003', '1', '', 1)`)
	h.exec(`INSERT INTO dnc (campaign_id, e164, source, added_at) VALUES ('', '+13132340003', 'key', NOW())`)
	now := noonEast
	called := 0
	call := func(e164, status string) {
		t.Helper()
		h.exec(`DELETE FROM hopper WHERE lead_id = 1`)
		called++
		h.exec(`INSERT INTO calls (id, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, placed_at, ended_at, status) VALUES (?, 'ENDED', 'C1', 101, 1, ?, 1, 1, ?, ?, ?)`,
			called, e164, now, now.Add(20*time.Second), status)
		h.exec(`UPDATE leads SET status = ?, called_count = ?, called_since_reset = ?, last_called_at = ? WHERE id = 1`, status, called, called, now)
		now = now.Add(30 * time.Second)
	}
	in := func(want ...string) {
		t.Helper()
		h.fill("C1", now)
		h.sweep(now)
		var got []string
		if err := h.raw.Select(&got, `SELECT CONCAT(source, e164, '/', phone_n) FROM hopper WHERE lead_id = 1`); err != nil || !slices.Equal(got, want) {
			t.Errorf("the hopper has %v of the lead, want %v; %v", got, want, err)
		}
	}
	in("S+12122340000/0")
	call("+12122340000", "NA")
	in("A+13102340001/1")
	leads, err := h.store.Claim(t.Context(), "C1", 1, 1, now)
	if err != nil || len(leads) != 1 || leads[0].ID != 1 || leads[0].E164 != "+13102340001" {
		t.Errorf("claimed %+v, %v; want the further number before anything else", leads, err)
	}
	call("+13102340001", "B")
	in("A+13122340002/3")
	call("+13122340002", "SALE")
	in()
	call("+13122340002", "NA") // only one on the do-not-call list is left
	in()
}

// A census may begin with the lists' own fields where no lead without them passes.
func TestFilterThatWantsOwnFields(t *testing.T) {
	color := hopper.Condition{Field: "custom.color", Op: hopper.OpIs, Values: []string{"red"}}
	size := hopper.Condition{Field: "custom.size", Op: hopper.OpMore, Values: []string{"3"}}
	none := hopper.Condition{Field: "custom.color", Op: hopper.OpEmpty}
	other := hopper.Condition{Field: "custom.color", Op: hopper.OpIsNot, Values: []string{"red"}}
	state := hopper.Condition{Field: "state", Op: hopper.OpIs, Values: []string{"TX"}}
	all := func(c ...hopper.Condition) hopper.Filter { return hopper.Filter{Where: c} }
	some := func(c ...hopper.Condition) hopper.Filter { return hopper.Filter{Any: true, Where: c} }
	in := func(f hopper.Filter) hopper.Condition { return hopper.Condition{Group: &f} }
	for i, c := range []struct {
		f    hopper.Filter
		want bool
	}{
		{all(), false}, {all(state), false}, {all(color), true}, {all(state, color), true}, {all(none, color), true}, {all(none), false}, {all(other), false},
		{some(), false}, {some(color, size), true}, {some(color, state), false}, {some(color, none), false},
		{all(state, in(some(color, size))), true}, {all(state, in(some(color, state))), false}, {some(in(all(state, color)), size), true},
		{some(color, in(all())), true}, {some(in(all())), false}, {all(in(some())), false},
	} {
		if got := mariadb.WantsOwn(c.f); got != c.want {
			t.Errorf("%d: %+v: %t", i, c.f, got)
		}
	}
}
