package mariadb_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"trunkline/dialer"
	"trunkline/hopper"
)

// The choice of a fill equals that of the plainest reference: read every lead,
// keep those that may be dialed, sort them, take the first.

// choiceLead is a lead as the reference sees it.
type choiceLead struct {
	ID        int64      `db:"id"`
	List      int        `db:"list_id"`
	Status    string     `db:"status"`
	Round     int        `db:"called_since_reset"`
	Calls     int        `db:"called_count"`
	LastCall  *time.Time `db:"last_called_at"`
	Zone      string     `db:"zones"`
	E164      string     `db:"e164"`
	LastName  string     `db:"last_name"`
	Vendor    string     `db:"vendor_lead_code"`
	Owner     string     `db:"owner"`
	State     string     `db:"state"`
	Rank      int        `db:"lead_rank"`
	Color     string     `db:"color"`
	Promised  bool       `db:"promised"`
	PromiseAt *time.Time `db:"due_at"`
}

// choice is one random world: what the campaign is set to, and how the reference
// takes each setting.
type choice struct {
	order    hopper.Order
	level    int
	dial     []string
	recycles []hopper.Recycle
	filter   func(choiceLead) bool
	filterAs hopper.Filter
	mix      []hopper.Step
	method   hopper.MixMethod
}

func TestFillEqualsThePlainReference(t *testing.T) {
	h := newHopperDB(t)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 1))
	orders := hopper.Orders()
	random.Shuffle(len(orders), func(i, j int) { orders[i], orders[j] = orders[j], orders[i] })
	for i, name := range orders {
		c := h.randomWorld(random, name)
		r := hopper.RulesAt(h.state("C1", noonEast), h.sets(), noonEast)
		if r.Broken != nil {
			t.Fatal(r.Broken)
		}
		if i%4 == 0 {
			h.compareCensus(r, c)
		}
		f, err := hopper.Fill(t.Context(), h.store, r, hopper.Fence{}, nil)
		if err != nil {
			t.Fatalf("seed %d, case %d, %s: %v", seed, i, name, err)
		}
		var got []int64
		if err := h.raw.Select(&got, `SELECT lead_id FROM hopper ORDER BY priority DESC, id`); err != nil {
			t.Fatal(err)
		}
		if f.Inserted != len(got) {
			t.Errorf("seed %d, case %d: %d rows inserted, says %d", seed, i, len(got), f.Inserted)
		}
		if wrong := c.compare(h.choiceLeads(), got); wrong != "" {
			t.Fatalf("seed %d, case %d, order %s then %v, level %d, dial %v, recycles %v, filter %+v, mix %s %+v: %s\nfilled %+v",
				seed, i, name, c.order.Then, c.level, c.dial, c.recycles, c.filterAs, c.method, c.mix, wrong, f)
		}
	}
}

// compareCensus counts the leads at once and one by one.
func (h hopperDB) compareCensus(r *hopper.Rules, c choice) {
	h.Helper()
	view := func(read func(hopper.View) error) {
		h.Helper()
		if err := h.store.View(h.Context(), read); err != nil {
			h.Fatal(err)
		}
	}
	var ids []dialer.LeadID
	if err := h.raw.Select(&ids, `SELECT l.id FROM leads l JOIN lists li ON li.id = l.list_id WHERE li.campaign_id = 'C1'`); err != nil {
		h.Fatal(err)
	}
	// Some are in a hopper, and some numbers were called lately: on a do-not-call list
	// or on none.
	h.exec(`INSERT INTO hopper (campaign_id, lead_id, list_id, priority, added_at, source, status, called_since_reset, e164, zone_set)
		SELECT 'C1', id, list_id, 0, NOW(), 'S', status, called_since_reset, e164, zone_set FROM leads WHERE id % 9 = 0`)
	h.exec(`INSERT INTO calls (id, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, placed_at, ended_at, status, sent)
		SELECT id, 'ENDED', 'C1', list_id, id, e164, 1, 1, ?, ?, 'NA', 1 FROM leads WHERE id % 6 = 0`, noonEast.AddDate(0, 0, -2), noonEast.AddDate(0, 0, -2))
	defer h.exec("DELETE FROM hopper")
	defer h.exec("DELETE FROM calls")
	want := map[hopper.Reason]int{}
	view(func(v hopper.View) error {
		for _, id := range ids {
			a, err := r.Ask(h.Context(), v, id)
			if err != nil {
				return err
			}
			want[a.Reason]++
		}
		return nil
	})
	// A filter's leads are read by the index; in runs where they lie close together;
	// and in runs from the first to the last.
	for _, share := range []int{0, 2, 1000} {
		h.store.ReadRuns(share)
		view(func(v hopper.View) error {
			census, err := r.Count(h.Context(), v)
			if err != nil {
				return err
			}
			got := map[hopper.Reason]int{}
			for _, n := range census.Counts {
				got[n.Reason] = n.Leads
			}
			if census.Dialable > 0 {
				got[hopper.Dialable] = census.Dialable
			}
			if census.Leads != len(ids) || !maps.Equal(got, want) {
				h.Errorf("the census counts %d leads as %v; one by one %d are %v; filter %+v, runs of one in %d", census.Leads, got, len(ids), want, c.filterAs, share)
			}
			free := slices.DeleteFunc(h.choiceLeads(), func(l choiceLead) bool { return l.ID%9 == 0 })
			if all := len(c.line(free, []int{101, 102, 103}, c.dial, true)); len(c.mix) == 0 && all != census.Dialable {
				h.Errorf("the census has %d dialable leads, the reference %d", census.Dialable, all)
			}
			return nil
		})
	}
}

// randomWorld writes leads and settings, all by lot.
func (h hopperDB) randomWorld(random *rand.Rand, order string) choice {
	h.Helper()
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	for _, table := range []string{"hopper", "leads", "lists", "dnc", "callbacks", "lead_custom", "lead_recycles", "lead_recycle_groups", "lead_filters", "list_mix"} {
		h.exec("DELETE FROM " + table)
	}
	h.exec(`INSERT IGNORE INTO zone_sets (id, zones) VALUES (1, 'America/New_York;US'), (2, 'America/Los_Angeles;US'), (3, 'Pacific/Honolulu;US'), (4, 'America/Chicago;US')`)
	h.exec(`INSERT INTO lists (id, campaign_id, name, active, expires_on, call_from_min, created_at) VALUES (101, 'C1', 'a', TRUE, NULL, NULL, NOW()),
		(102, 'C1', 'b', TRUE, ?, ?, NOW()), (103, 'C1', 'c', ?, NULL, NULL, NOW()), (104, 'C2', 'd', TRUE, NULL, NULL, NOW())`,
		[]any{nil, noonEast, noonEast.AddDate(0, 0, -3)}[random.IntN(3)], []any{nil, 10 * 60}[random.IntN(2)], random.IntN(3) > 0)
	// In a third of the worlds, some lists' call time closes Illinois and Texas, of
	// which the law says nothing: for numbers there and for addresses there.
	h.exec(`REPLACE INTO call_times (id, name, states, campaigns, hours, changed_at) VALUES ('T', 'T', '', '', 'Mon 0:00-24:00\nIL closed\nTX Mon 0:00-9:00', NOW())`)
	if random.IntN(3) == 0 {
		h.exec(`UPDATE lists SET call_time_id = 'T' WHERE id <> 102`)
	}
	npa := map[int]string{1: "212", 2: "310", 3: "808", 4: "312"}
	n := 40 + random.IntN(200)
	ranks := 1 + random.IntN(20)
	id := 1000
	var rows []string
	var args []any
	for i := range n {
		id += 1 + random.IntN(3)
		status := pick("NEW", "NEW", "NEW", "NA", "NA", "B", "SALE", "QUEUE")
		calls, round := 0, 0
		var last any
		if status != "NEW" {
			calls = 1 + random.IntN(4)
			round = random.IntN(min(calls, 3) + 1)
			last = noonEast.Add(-time.Duration(random.IntN(40)) * 5 * time.Minute)
		}
		zone := 1 + random.IntN(4)
		e164 := fmt.Sprintf("+1%s%07d", npa[zone], 2340000+i)
		rows = append(rows, "(?, ?, ?, ?, ?, ?, ?, ?, '1', '', ?, ?, ?, ?, ?, NOW())")
		args = append(args, id, 101+random.IntN(4), status, round, calls, last, zone, e164,
			pick("Smith", "Jones", "Garcia", "lopez"), fmt.Sprint("V", random.IntN(9)), pick("", "ann", "bob"), pick("NY", "CA", "TX", "tx"), random.IntN(ranks)-ranks/2)
		for _, of := range []string{"", "C1", "C2"} {
			if random.IntN(10) == 0 {
				h.exec(`INSERT INTO dnc (campaign_id, e164, source, added_at) VALUES (?, ?, 'import', NOW())`, of, e164)
			}
		}
	}
	h.exec(`INSERT INTO leads (id, list_id, status, called_since_reset, called_count, last_called_at, zone_set, e164, phone_code, phone_number,
		last_name, vendor_lead_code, owner, state, lead_rank, created_at) VALUES `+strings.Join(rows, ","), args...)
	if random.IntN(3) == 0 {
		h.exec(`INSERT INTO dnc (campaign_id, e164, source, added_at) VALUES (?, '+1312*', 'import', NOW())`, pick("", "C1"))
	}
	h.exec(`INSERT INTO lead_custom (lead_id, vals) SELECT id, CONCAT('{"color":"', ELT(1 + id % 3, 'Red', 'green', ''), '","size":"', id % 7, '"}') FROM leads WHERE id % 4 > 0`)
	h.exec(`INSERT INTO callbacks (open, campaign_id, lead_id, kind, due_at, zone, state, made_by, created_at, changed_at)
		SELECT 1, 'C1', id, IF(id % 2, 'ANYONE', 'USERONLY'), ? + INTERVAL (CAST(id % 5 AS SIGNED) - 2) MINUTE, 'America/New_York', 'ACTIVE', 1, NOW(), NOW() FROM leads WHERE id % 11 = 0`, noonEast)
	c := choice{level: 1 + random.IntN(n), dial: []string{"NEW", "NA"}, filter: func(choiceLead) bool { return true }}
	if random.IntN(4) == 0 {
		c.dial = []string{pick("NEW", "NA", "B"), "B"}
	}
	for _, status := range []string{"NA", "B"} {
		if random.IntN(2) == 0 {
			rc := hopper.Recycle{Status: dialer.Status(status), Delay: time.Duration(1+random.IntN(4)) * 30 * time.Minute, MaxAttempts: 1 + random.IntN(2)}
			c.recycles = append(c.recycles, rc)
			h.exec(`INSERT INTO lead_recycles (campaign_id, status, delay_s, max_attempts) VALUES ('C1', ?, ?, ?)`, rc.Status, rc.Delay.Seconds(), rc.MaxAttempts)
		}
	}
	// NA and B are in it.
	var group string
	if err := h.raw.Get(&group, `SELECT id FROM status_groups WHERE name = 'Not reached'`); err != nil {
		h.Fatal(err)
	}
	if random.IntN(3) == 0 {
		for _, status := range []dialer.Status{"NA", "B"} {
			if !slices.ContainsFunc(c.recycles, func(r hopper.Recycle) bool { return r.Status == status }) {
				c.recycles = append(c.recycles, hopper.Recycle{Status: status, Delay: 45 * time.Minute, MaxAttempts: 1})
			}
		}
		h.exec(`INSERT INTO lead_recycle_groups (campaign_id, group_id, delay_s, max_attempts) VALUES ('C1', ?, 2700, 1)`, group)
	}
	c.randomFilter(random, group)
	filter := ""
	if len(c.filterAs.Where) > 0 {
		filter = "F"
		text, err := json.Marshal(c.filterAs)
		if err != nil {
			h.Fatal(err)
		}
		h.exec(`INSERT INTO lead_filters (id, conditions, changed_at) VALUES ('F', ?, NOW())`, text)
	}
	then := pick("LEAD_ASCEND", "LEAD_ASCEND", "LEAD_DESCEND", "CALLTIME_DESCEND", "VENDOR_ASCEND")
	var err error
	if c.order, err = hopper.ParseOrder(order, then); err != nil {
		h.Fatal(err)
	}
	if random.IntN(3) == 0 {
		c.method = hopper.MixMethod(pick("EVEN", "IN_ORDER", "RANDOM"))
		own := dialer.Status("B")
		if slices.Contains(c.dial, "B") {
			own = "SALE" // a lead that two steps may give belongs to neither, and compare could not tell
		}
		c.mix = []hopper.Step{{N: 1, List: 101, Percent: 50, Order: c.order}, {N: 2, List: 102, Percent: 30, Order: c.order}, {N: 3, List: 101, Percent: 20, Order: c.order, Statuses: []dialer.Status{own}}}
		for _, s := range c.mix {
			var words []string
			for _, st := range s.Statuses {
				words = append(words, string(st))
			}
			h.exec(`INSERT INTO list_mix (campaign_id, n, list_id, percent, lead_order, statuses) VALUES ('C1', ?, ?, ?, ?, ?)`, s.N, s.List, s.Percent, order, strings.Join(words, " "))
		}
	}
	h.exec(`UPDATE campaigns SET hopper_level = ?, dial_statuses = ?, lead_order = ?, order_then = ?, lead_filter = ?, mix_method = ?`,
		c.level, strings.Join(c.dial, " "), order, then, filter, c.method)
	return c
}

func (c *choice) randomFilter(random *rand.Rand, group string) {
	unreached := func(l choiceLead) bool { return l.Status == "NA" || l.Status == "B" }
	all := []struct {
		as hopper.Condition
		is func(choiceLead) bool
	}{
		{hopper.Condition{Field: "state", Op: hopper.OpIs, Values: []string{"ny", "TX"}}, func(l choiceLead) bool { return l.State != "CA" }},
		{hopper.Condition{Field: "last_name", Op: hopper.OpStarts, Values: []string{"l"}}, func(l choiceLead) bool { return l.LastName == "lopez" }},
		{hopper.Condition{Field: "last_name", Op: hopper.OpContains, Values: []string{"%"}}, func(choiceLead) bool { return false }},
		{hopper.Condition{Field: "status_group", Op: hopper.OpIs, Values: []string{group}}, unreached},
		{hopper.Condition{Field: "status_group", Op: hopper.OpIsNot, Values: []string{group}}, func(l choiceLead) bool { return !unreached(l) }},
		{hopper.Condition{Field: "status_group", Op: hopper.OpIs, Values: []string{"99999"}}, func(choiceLead) bool { return false }},
		{hopper.Condition{Field: "status_group", Op: hopper.OpIsNot, Values: []string{"99999"}}, func(choiceLead) bool { return true }},
		{hopper.Condition{Field: "owner", Op: hopper.OpEmpty}, func(l choiceLead) bool { return l.Owner == "" }},
		{hopper.Condition{Field: "lead_rank", Op: hopper.OpMore, Values: []string{"-3"}}, func(l choiceLead) bool { return l.Rank > -3 }},
		{hopper.Condition{Field: "called_count", Op: hopper.OpBetween, Values: []string{"0", "2"}}, func(l choiceLead) bool { return l.Calls <= 2 }},
		{hopper.Condition{Field: "last_called_at", Op: hopper.OpEmpty}, func(l choiceLead) bool { return l.LastCall == nil }},
		{hopper.Condition{Field: "custom.color", Op: hopper.OpIs, Values: []string{"red"}}, func(l choiceLead) bool { return l.Color == "Red" }},
		{hopper.Condition{Field: "custom.color", Op: hopper.OpIsNot, Values: []string{"red"}}, func(l choiceLead) bool { return l.Color != "Red" }},
		{hopper.Condition{Field: "custom.size", Op: hopper.OpLess, Values: []string{"5"}}, func(l choiceLead) bool { return l.Color != "none" && l.ID%7 < 5 }},
	}
	if random.IntN(2) == 0 {
		return
	}
	a, b := all[random.IntN(len(all))], all[random.IntN(len(all))]
	c.filterAs = hopper.Filter{Any: random.IntN(2) == 0, Where: []hopper.Condition{a.as, {Group: &hopper.Filter{Where: []hopper.Condition{b.as}}}}}
	c.filter = func(l choiceLead) bool { return a.is(l) && b.is(l) }
	if c.filterAs.Any {
		c.filter = func(l choiceLead) bool { return a.is(l) || b.is(l) }
	}
}

// choiceLeads are the leads of active lists whose number is on no DNC.
func (h hopperDB) choiceLeads() []choiceLead {
	h.Helper()
	var all []choiceLead
	err := h.raw.Select(&all, `SELECT l.id, l.list_id, l.status, l.called_since_reset, l.called_count, l.last_called_at, z.zones, l.e164, l.last_name,
		l.vendor_lead_code, l.owner, l.state, l.lead_rank, IF(lc.lead_id IS NULL, 'none', JSON_VALUE(lc.vals, '$.color')) AS color,
		b.lead_id IS NOT NULL AS promised, IF(b.kind = 'ANYONE', b.due_at, NULL) AS due_at
		FROM leads l JOIN zone_sets z ON z.id = l.zone_set JOIN lists li ON li.id = l.list_id AND li.campaign_id = 'C1' AND li.active
		LEFT JOIN lead_custom lc ON lc.lead_id = l.id LEFT JOIN callbacks b ON b.lead_id = l.id AND b.open = 1
		WHERE (li.expires_on IS NULL OR li.expires_on >= DATE(?)) AND NOT EXISTS (SELECT 1 FROM dnc d WHERE d.campaign_id IN ('', 'C1') AND (d.e164 = l.e164 OR l.e164 LIKE REPLACE(d.e164, '*', '%')))
		AND z.zones <> 'Pacific/Honolulu;US' AND (li.call_from_min IS NULL OR z.zones <> 'America/Los_Angeles;US') AND l.status NOT IN ('QUEUE')
		AND (li.call_time_id = '' OR l.e164 NOT LIKE '+1312%' AND l.state <> 'TX')`, noonEast)
	if err != nil {
		h.Fatal(err)
	}
	return all
}

// sort puts leads in an order as a person would.
func (c choice) sort(leads []choiceLead, o hopper.Order) {
	when := func(l choiceLead) int64 {
		if l.LastCall == nil {
			return -1
		}
		return l.LastCall.UnixMilli()
	}
	by := func(key hopper.Key, a, b choiceLead) int {
		switch key {
		case hopper.ByRank:
			return cmp.Compare(a.Rank, b.Rank)
		case hopper.ByCount:
			return cmp.Compare(a.Calls, b.Calls)
		case hopper.ByCall:
			return cmp.Compare(when(a), when(b))
		case hopper.ByLastName:
			return cmp.Compare(strings.ToLower(a.LastName), strings.ToLower(b.LastName))
		case hopper.ByPhone:
			return cmp.Compare(a.E164, b.E164)
		case hopper.ByOwner:
			return cmp.Compare(a.Owner, b.Owner)
		case hopper.ByVendor:
			return cmp.Compare(a.Vendor, b.Vendor)
		case hopper.ByTimezone:
			west := map[string]int{"America/New_York;US": 3, "America/Chicago;US": 2, "America/Los_Angeles;US": 1}
			return cmp.Compare(west[a.Zone], west[b.Zone])
		}
		return cmp.Compare(a.ID, b.ID)
	}
	sign := map[bool]int{true: -1, false: 1}
	slices.SortFunc(leads, func(a, b choiceLead) int {
		return cmp.Or(sign[o.Up]*by(o.Key, a, b), sign[o.ThenUp]*by(o.Then, a, b), cmp.Compare(a.ID, b.ID))
	})
}

// line is all that may be dialed of some lists and statuses, in its order.
func (c choice) line(all []choiceLead, lists []int, dial []string, recycles bool) []choiceLead {
	var due, fresh, others []choiceLead
	for _, l := range all {
		if !slices.Contains(lists, l.List) || l.Promised || !c.filter(l) {
			continue
		}
		i := slices.IndexFunc(c.recycles, func(r hopper.Recycle) bool { return string(r.Status) == l.Status })
		switch {
		case l.Round == 0 && slices.Contains(dial, l.Status):
			if c.order.NewEvery > 0 && l.Status == "NEW" {
				fresh = append(fresh, l)
			} else {
				others = append(others, l)
			}
		case l.Round > 0 && recycles && i >= 0 && l.Round <= c.recycles[i].MaxAttempts && !l.LastCall.After(noonEast.Add(-c.recycles[i].Delay)):
			due = append(due, l)
		}
	}
	slices.SortFunc(due, func(a, b choiceLead) int {
		ready := func(l choiceLead) time.Time {
			i := slices.IndexFunc(c.recycles, func(r hopper.Recycle) bool { return string(r.Status) == l.Status })
			return l.LastCall.Add(c.recycles[i].Delay)
		}
		return cmp.Or(ready(a).Compare(ready(b)), cmp.Compare(a.ID, b.ID))
	})
	c.sort(fresh, c.order)
	c.sort(others, c.order)
	line := due
	for turn := 0; len(fresh)+len(others) > 0; turn++ {
		from := &others
		if len(others) == 0 || len(fresh) > 0 && turn%c.order.NewEvery == c.order.NewEvery-1 {
			from = &fresh
		}
		line = append(line, (*from)[0])
		*from = (*from)[1:]
	}
	return line
}

func ids(leads []choiceLead) []int64 {
	all := make([]int64, len(leads))
	for i, l := range leads {
		all[i] = l.ID
	}
	return all
}

// compare says what is wrong with a choice; "": nothing.
func (c choice) compare(all []choiceLead, got []int64) string {
	var promised []choiceLead
	for _, l := range all {
		if l.PromiseAt != nil && !l.PromiseAt.After(noonEast) && (l.LastCall == nil || l.LastCall.Before(*l.PromiseAt)) {
			promised = append(promised, l)
		}
	}
	slices.SortStableFunc(promised, func(a, b choiceLead) int { return a.PromiseAt.Compare(*b.PromiseAt) })
	if len(got) < len(promised) {
		return fmt.Sprintf("%d callbacks are due, %d rows", len(promised), len(got))
	}
	first := slices.Sorted(slices.Values(got[:len(promised)]))
	if want := slices.Sorted(slices.Values(ids(promised))); !slices.Equal(first, want) {
		return fmt.Sprintf("the callbacks are %v, want %v; all %+v", first, want, all)
	}
	got = got[len(promised):]
	need := max(0, c.level-len(promised))
	if len(c.mix) == 0 {
		want := ids(c.line(all, []int{101, 102, 103}, c.dial, true))
		if len(want) < need {
			need = len(want)
		}
		if c.order.Key == hopper.ByRandom {
			return sameByLot(c, all, want, got, need)
		}
		if !slices.Equal(got, want[:need]) {
			return fmt.Sprintf("got\n%v, want\n%v", got, want[:need])
		}
		return ""
	}
	// Of a mix, each step gives the first of its own line, and as much as its share
	// while it can.
	owner := map[int64]int{}
	supply := 0
	lines := make([][]int64, len(c.mix))
	for i, s := range c.mix {
		dial := c.dial
		if len(s.Statuses) > 0 {
			dial = []string{string(s.Statuses[0])}
		}
		for _, l := range c.line(all, []int{int(s.List)}, dial, i < 2) {
			if _, taken := owner[l.ID]; taken {
				continue // of a list in two steps; the dial statuses here never are
			}
			owner[l.ID] = i
			lines[i] = append(lines[i], l.ID)
		}
		supply += len(lines[i])
	}
	of := make([][]int64, len(c.mix))
	for _, id := range got {
		i, ok := owner[id]
		if !ok {
			return fmt.Sprintf("lead %d may not be dialed", id)
		}
		of[i] = append(of[i], id)
	}
	if len(got) != min(need, supply) {
		return fmt.Sprintf("%d rows, want %d of %d", len(got), need, supply)
	}
	for i, s := range c.mix {
		share := float64(s.Percent) * float64(len(got)) / 100
		if float64(len(of[i])) < min(share-1, float64(len(lines[i]))) {
			return fmt.Sprintf("step %d has %d rows of %d and could have %d", s.N, len(of[i]), len(got), len(lines[i]))
		}
		if c.method != hopper.MixRandom && c.order.Key != hopper.ByRandom && !slices.Equal(of[i], lines[i][:len(of[i])]) {
			return fmt.Sprintf("step %d has\n%v, want\n%v", s.N, of[i], lines[i][:len(of[i])])
		}
	}
	return ""
}

// sameByLot compares a choice by lot: what is recycled has its order, and all
// else may come as it likes, the NEW leads in their turn.
func sameByLot(c choice, all []choiceLead, want, got []int64, need int) string {
	if len(got) != need {
		return fmt.Sprintf("%d rows, want %d", len(got), need)
	}
	status := map[int64]string{}
	for _, l := range all {
		status[l.ID] = l.Status
		if l.Round > 0 {
			status[l.ID] = fmt.Sprint("recycled ", l.ID)
		}
	}
	seen := map[int64]bool{}
	for i, id := range got {
		if seen[id] || !slices.Contains(want, id) {
			return fmt.Sprintf("lead %d may not be dialed, or twice", id)
		}
		seen[id] = true
		isNew := func(id int64) string {
			switch s := status[id]; {
			case strings.HasPrefix(s, "recycled"), c.order.NewEvery > 0 && s == "NEW":
				return s
			}
			return "other"
		}
		if isNew(id) != isNew(want[i]) {
			return fmt.Sprintf("row %d is %s, want %s", i, isNew(id), isNew(want[i]))
		}
	}
	return ""
}
