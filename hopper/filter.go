package hopper

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"trunkline/dialer"
)

// Filter narrows a campaign to the leads that meet its conditions: data, never
// SQL. The zero Filter lets every lead through.
type Filter struct {
	Any   bool        `json:"any,omitempty"` // one condition is enough; else all must hold
	Where []Condition `json:"where"`
}

// Condition is one test of one field, or a Filter within the filter.
type Condition struct {
	Field  string   `json:"field,omitempty"` // of Fields, or custom.NAME
	Op     Op       `json:"op,omitempty"`
	Values []string `json:"values,omitempty"`
	Group  *Filter  `json:"group,omitempty"` // in place of the other three
}

// Op is what a condition tests.
type Op string

// The tests. Text is compared without regard to case; a field without a value is
// an empty text, and neither a number nor a date.
const (
	OpIs       Op = "is" // one of the values
	OpIsNot    Op = "is not"
	OpStarts   Op = "starts with"
	OpContains Op = "contains"
	OpEmpty    Op = "is empty"
	OpFilled   Op = "is filled"
	OpLess     Op = "less than"
	OpMore     Op = "more than"
	OpBetween  Op = "between"            // both ends count
	OpBefore   Op = "before"             // a day, YYYY-MM-DD, UTC
	OpAfter    Op = "on or after"        // likewise
	OpOlder    Op = "more than days ago" // 24 hours each, or never
	OpNewer    Op = "at most days ago"
)

// FieldKind is what a field holds.
type FieldKind string

// The kinds of field.
const (
	FieldText   FieldKind = "text"
	FieldNumber FieldKind = "number"
	FieldTime   FieldKind = "time"
	FieldGroup  FieldKind = "group" // a status group, by its id
)

// FieldStatusGroup is the group of a lead's status. It is no column: Resolved
// puts the statuses of the group in its place.
const FieldStatusGroup = "status_group"

// filterable are the lead's own filterable by their column names; all else is refused.
var filterable = map[string]FieldKind{
	"vendor_lead_code": FieldText, "source_id": FieldText, "phone_code": FieldText, "phone_number": FieldText,
	"title": FieldText, "first_name": FieldText, "middle_initial": FieldText, "last_name": FieldText,
	"address1": FieldText, "address2": FieldText, "address3": FieldText, "city": FieldText, "state": FieldText,
	"province": FieldText, "postal_code": FieldText, "country_code": FieldText, "gender": FieldText,
	"date_of_birth": FieldText, "alt_phone": FieldText, "email": FieldText, "security_phrase": FieldText,
	"comments": FieldText, "owner": FieldText, "status": FieldText, FieldStatusGroup: FieldGroup,
	"list_id": FieldNumber, "lead_rank": FieldNumber, "called_count": FieldNumber,
	"created_at": FieldTime, "last_called_at": FieldTime,
}

// Fields are the names of what a filter may test, besides custom.NAME.
func Fields() []string {
	var names []string
	for name := range filterable {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// customName is a custom field's name within a filter.
var customName = regexp.MustCompile(`^custom\.[a-z][a-z0-9_]{0,39}$`)

// Own are the names of the lists' own fields that the filter asks for, each once.
func (f Filter) Own() []string {
	var names []string
	for _, c := range f.Where {
		if c.Group != nil {
			names = append(names, c.Group.Own()...)
		} else if name, ok := strings.CutPrefix(c.Field, "custom."); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Kind is what the field holds; ok is false for one that no filter may test. A
// custom field is text, and a number where it is compared with one.
func Kind(field string) (kind FieldKind, ok bool) {
	if customName.MatchString(field) {
		return FieldText, true
	}
	kind, ok = filterable[field]
	return kind, ok
}

// Ops are the tests of a field.
func Ops(field string) []Op {
	kind, ok := Kind(field)
	switch {
	case !ok:
		return nil
	case strings.HasPrefix(field, "custom."):
		return []Op{OpIs, OpIsNot, OpStarts, OpContains, OpEmpty, OpFilled, OpLess, OpMore, OpBetween}
	case kind == FieldNumber:
		return []Op{OpIs, OpIsNot, OpLess, OpMore, OpBetween}
	case kind == FieldTime:
		return []Op{OpBefore, OpAfter, OpOlder, OpNewer, OpEmpty, OpFilled}
	case kind == FieldGroup:
		return []Op{OpIs, OpIsNot, OpEmpty, OpFilled}
	}
	return []Op{OpIs, OpIsNot, OpStarts, OpContains, OpEmpty, OpFilled}
}

// Bounds of a filter.
const (
	maxConditions = 50
	maxValues     = 1000
	maxDepth      = 3
)

// ParseFilter reads and checks a filter's JSON; "" is the zero Filter.
func ParseFilter(text string) (Filter, error) {
	var f Filter
	if strings.TrimSpace(text) == "" {
		return f, nil
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields() // a condition that nobody looks at would let leads through
	if err := dec.Decode(&f); err != nil {
		return f, dialer.Explain(dialer.ErrInvalid, "The filter cannot be read: "+err.Error())
	}
	if dec.More() {
		return f, dialer.Explain(dialer.ErrInvalid, "The filter cannot be read: it goes on after its end.")
	}
	return f, f.Check()
}

// Check refuses a filter that cannot be applied, with dialer.ErrInvalid and a
// sentence that names the condition.
func (f Filter) Check() error {
	n := 0
	return f.check(1, &n)
}

func (f Filter) check(depth int, n *int) error {
	if depth > maxDepth {
		return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("A filter has groups in groups at most %d deep.", maxDepth))
	}
	for _, c := range f.Where {
		if *n++; *n > maxConditions {
			return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("A filter has at most %d conditions.", maxConditions))
		}
		err := c.check()
		if c.Group != nil && err == nil {
			err = c.Group.check(depth+1, n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c Condition) check() error {
	if c.Group != nil {
		if c.Field != "" || c.Op != "" || len(c.Values) > 0 {
			return dialer.Explain(dialer.ErrInvalid, "A group of conditions tests no field of its own.")
		}
		return nil
	}
	ops := Ops(c.Field)
	switch {
	case ops == nil:
		return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("Leads have no field %q to filter by. Those there are: %s; and custom.NAME, a list's own.", c.Field, strings.Join(Fields(), ", ")))
	case !slices.Contains(ops, c.Op):
		return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("%s cannot be tested by %q.", c.Field, c.Op))
	}
	want, many := 1, false
	switch c.Op {
	case OpEmpty, OpFilled:
		want = 0
	case OpBetween:
		want = 2
	case OpIs, OpIsNot:
		many = true
	}
	switch {
	case many && (len(c.Values) == 0 || len(c.Values) > maxValues):
		return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("%s %s takes 1 to %d values.", c.Field, c.Op, maxValues))
	case !many && len(c.Values) != want:
		return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("%s %s takes %d values, not %d.", c.Field, c.Op, want, len(c.Values)))
	}
	kind, _ := Kind(c.Field)
	for _, v := range c.Values {
		ok := true
		switch {
		case c.Op == OpBefore, c.Op == OpAfter:
			_, err := time.Parse(time.DateOnly, v)
			ok = err == nil
		case c.Op == OpOlder, c.Op == OpNewer:
			n, err := strconv.Atoi(v)
			ok = err == nil && n >= 0 && n <= 36500
		case c.Op == OpLess, c.Op == OpMore, c.Op == OpBetween, kind == FieldNumber:
			ok = number.MatchString(v)
		case v == "":
			return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("%s %s nothing: test whether it is empty instead.", c.Field, c.Op))
		}
		if !ok {
			return dialer.Explain(dialer.ErrInvalid, fmt.Sprintf("%s %s cannot take %q.", c.Field, c.Op, v))
		}
	}
	return nil
}

// number is what MariaDB reads as a number in the same way as people do.
var number = regexp.MustCompile(`^-?[0-9]{1,12}(\.[0-9]{1,4})?$`)

// Resolved is the filter with statuses in place of status groups: of are the
// statuses of each group by its id. A group without statuses, or one that is gone,
// is one that no lead is in.
func (f Filter) Resolved(of map[string][]string) Filter {
	r := Filter{Any: f.Any}
	for _, c := range f.Where {
		switch {
		case c.Group != nil:
			group := c.Group.Resolved(of)
			c.Group = &group
		case c.Field == FieldStatusGroup:
			c = c.resolved(of)
		}
		r.Where = append(r.Where, c)
	}
	return r
}

func (c Condition) resolved(of map[string][]string) Condition {
	groups, op := c.Values, c.Op
	switch c.Op {
	case OpEmpty:
		groups, op = slices.Collect(maps.Keys(of)), OpIsNot
	case OpFilled:
		groups, op = slices.Collect(maps.Keys(of)), OpIs
	}
	statuses := []string{}
	for _, id := range groups {
		statuses = append(statuses, of[id]...)
	}
	slices.Sort(statuses)
	return Condition{Field: "status", Op: op, Values: slices.Compact(statuses)}
}

// Renamed is the filter with the values of its conditions on status groups
// changed by to; what to refuses is the error.
func (f Filter) Renamed(to func(string) (string, error)) (Filter, error) {
	r := Filter{Any: f.Any}
	for _, c := range f.Where {
		switch {
		case c.Group != nil:
			group, err := c.Group.Renamed(to)
			if err != nil {
				return f, err
			}
			c.Group = &group
		case c.Field == FieldStatusGroup:
			c.Values = slices.Clone(c.Values)
			for i, v := range c.Values {
				other, err := to(v)
				if err != nil {
					return f, err
				}
				c.Values[i] = other
			}
		}
		r.Where = append(r.Where, c)
	}
	return r, nil
}
