package hopper

import (
	"fmt"
	"slices"
	"strings"

	"trunkline/dialer"
)

// Key is what leads are put in order by.
type Key string

// The keys, by VICIdial's names. By lead is by id, the order in which they came.
const (
	ByLead     Key = ""
	ByRank     Key = "RANK"
	ByCount    Key = "COUNT"          // calls, ever
	ByCall     Key = "LAST CALL TIME" // never called comes first
	ByTimezone Key = "TIMEZONE"       // from east to west, or back, as the clocks stand now
	ByLastName Key = "LAST NAME"
	ByPhone    Key = "PHONE"
	ByOwner    Key = "OWNER"
	ByVendor   Key = "VENDOR" // as second order only
	ByRandom   Key = "RANDOM"
)

// Order is the order in which a campaign dials its leads. Its text is VICIdial's
// name of it: DOWN is from the least to the greatest (DOWN alone: the oldest
// lead first), UP from the greatest to the least (UP RANK: the best first).
type Order struct {
	Key      Key
	Up       bool
	NewEvery int // every so-manieth lead is one of status NEW, 2 to 6; 0: as they come

	Then   Key  // among leads that are equal by Key: ByLead, ByCall, ByVendor or ByRandom
	ThenUp bool // descending
}

// keys in the order of the settings page.
var keys = []Key{ByLead, ByRank, ByCount, ByCall, ByLastName, ByPhone, ByOwner, ByTimezone, ByRandom}

// thens are the second orders by VICIdial's names.
var thens = []struct {
	name string
	key  Key
	up   bool
}{
	{"LEAD_ASCEND", ByLead, false}, {"LEAD_DESCEND", ByLead, true},
	{"CALLTIME_ASCEND", ByCall, false}, {"CALLTIME_DESCEND", ByCall, true},
	{"VENDOR_ASCEND", ByVendor, false}, {"VENDOR_DESCEND", ByVendor, true},
	{"RANDOM", ByRandom, false},
}

// ParseOrder reads an order (DOWN, UP RANK, DOWN COUNT 2nd NEW, RANDOM) and a
// second one (LEAD_ASCEND; "" is that). What it cannot read is dialer.ErrInvalid
// with a sentence.
func ParseOrder(order, then string) (Order, error) {
	o := Order{Key: ByLead, Then: ByLead}
	rest := strings.ToUpper(strings.Join(strings.Fields(order), " "))
	if before, ok := strings.CutSuffix(rest, " NEW"); ok {
		i := strings.LastIndexByte(before, ' ')
		o.NewEvery = 2 + slices.Index([]string{"2ND", "3RD", "4TH", "5TH", "6TH"}, before[i+1:])
		if o.NewEvery < 2 || i < 0 {
			return o, dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("%q is no lead order: before NEW stands 2nd, 3rd, 4th, 5th or 6th.", order))
		}
		rest = before[:i]
	}
	direction, key, _ := strings.Cut(rest, " ")
	switch {
	case rest == string(ByRandom):
		o.Key = ByRandom
	case direction != "UP" && direction != "DOWN":
		return o, dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("%q is no lead order: it begins with UP or DOWN, or is RANDOM.", order))
	case key != "":
		o.Key = Key(key)
		if !slices.Contains(keys, o.Key) || o.Key == ByRandom || o.Key == ByLead {
			return o, dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("%q is no lead order: leads have no %s to be put in order by.", order, strings.ToLower(key)))
		}
	}
	o.Up = direction == "UP"
	if then == "" {
		return o, nil
	}
	for _, t := range thens {
		if strings.EqualFold(then, t.name) {
			o.Then, o.ThenUp = t.key, t.up
			return o, nil
		}
	}
	return o, dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("%q is no second order; it may be LEAD_ASCEND, LEAD_DESCEND, CALLTIME_ASCEND, CALLTIME_DESCEND, VENDOR_ASCEND, VENDOR_DESCEND or RANDOM.", then))
}

// String is the order's name, which ParseOrder reads.
func (o Order) String() string {
	name := "DOWN"
	switch {
	case o.Key == ByRandom:
		name = "RANDOM"
	case o.Up:
		name = "UP"
	}
	if o.Key != ByLead && o.Key != ByRandom {
		name += " " + string(o.Key)
	}
	if o.NewEvery > 0 {
		name += " " + []string{"2nd", "3rd", "4th", "5th", "6th"}[o.NewEvery-2] + " NEW"
	}
	return name
}

// Orders are the names of all orders, for a page to choose from.
func Orders() []string {
	var all []string
	for every := range 6 {
		if every == 1 {
			continue // there is no first NEW
		}
		for _, key := range keys {
			for _, up := range []bool{false, true} {
				if key == ByRandom && up {
					continue
				}
				o := Order{Key: key, Up: up}
				if every > 1 {
					o.NewEvery = every
				}
				all = append(all, o.String())
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Sorts tells whether no index serves the order, so that the leads that may be
// dialed are sorted as a whole: once for some thousand calls, but in a campaign
// of many million leads that takes a while.
func (o Order) Sorts() bool {
	switch o.Key {
	case ByLastName, ByPhone, ByOwner:
		return true
	case ByLead, ByRandom:
		return false // no two are equal
	}
	return o.Then != ByLead
}
