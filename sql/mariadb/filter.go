package mariadb

import (
	"strings"

	"trunkline/hopper"
)

// filterColumns are the columns that a filter may name; nothing else gets into a
// statement.
var filterColumns = func() map[string]string {
	columns := map[string]string{}
	for _, f := range hopper.Fields() {
		if f != hopper.FieldStatusGroup {
			columns[f] = "l." + f
		}
	}
	return columns
}()

// leadCustomJoin brings a lead's custom fields.
const leadCustomJoin = "\nLEFT JOIN lead_custom lc ON lc.lead_id = l.id"

// filteredSQL puts the filter into a statement that says FALSE AS filtered of
// leads l. The arguments are the first of the statement.
func filteredSQL(query string, f hopper.Filter) (string, []any) {
	text, args, custom := filterSQL(f)
	if text == "" {
		return query, nil
	}
	query = strings.Replace(query, "FALSE AS filtered", "NOT COALESCE("+text+", FALSE) AS filtered", 1)
	if custom {
		query = strings.Replace(query, "\nWHERE ", leadCustomJoin+"\nWHERE ", 1)
	}
	return query, args
}

// passingSQL puts the filter into a statement on leads l that says AND TRUE at the
// end of its condition. The arguments are the last of the statement.
func passingSQL(query string, f hopper.Filter) (string, []any) {
	text, args, custom := filterSQL(f)
	if text == "" {
		return query, nil
	}
	query = strings.Replace(query, " AND TRUE\n", " AND "+text+"\n", 1)
	if custom && !strings.Contains(query, "lead_custom lc") {
		query = strings.Replace(query, "\nWHERE ", leadCustomJoin+"\nWHERE ", 1)
	}
	return query, args
}

// wantsOwn tells whether only a lead with fields of its list's own can pass.
func wantsOwn(f hopper.Filter) bool {
	some, all := false, true
	for _, c := range f.Where {
		wants := strings.HasPrefix(c.Field, "custom.") && c.Op != hopper.OpEmpty && c.Op != hopper.OpIsNot
		if c.Group != nil {
			if text, _, _ := filterSQL(*c.Group); text == "" {
				continue // it is as if it were not there
			}
			wants = wantsOwn(*c.Group)
		}
		some, all = some || wants, all && wants
	}
	if f.Any {
		return some && all
	}
	return some
}

// filterSQL is a checked filter as a condition on leads l, with its arguments,
// and whether it asks for custom fields; "" for the filter that lets all through.
func filterSQL(f hopper.Filter) (text string, args []any, custom bool) {
	var parts []string
	for _, c := range f.Where {
		var part string
		var with []any
		more := strings.HasPrefix(c.Field, "custom.")
		if c.Group != nil {
			part, with, more = filterSQL(*c.Group)
		} else {
			part, with = conditionSQL(c)
		}
		if part == "" {
			continue
		}
		parts, args, custom = append(parts, part), append(args, with...), custom || more
	}
	if len(parts) == 0 {
		return "", nil, false
	}
	word := " AND "
	if f.Any {
		word = " OR "
	}
	return "(" + strings.Join(parts, word) + ")", args, custom
}

func conditionSQL(c hopper.Condition) (string, []any) {
	column := filterColumns[c.Field]
	var args []any
	kind, _ := hopper.Kind(c.Field)
	if name, ok := strings.CutPrefix(c.Field, "custom."); ok {
		column = ownColumn(c.Op)
		args = append(args, "$."+name, "$."+name)
	}
	if column == "" { // a field that Check lets pass has one
		return "FALSE", nil
	}
	values := make([]any, len(c.Values))
	for i, v := range c.Values {
		values[i] = v
	}
	switch c.Op {
	case hopper.OpIs:
		if len(c.Values) == 0 { // the statuses of a group without any
			return "FALSE", nil
		}
		return column + " IN (?)", append(args, c.Values)
	case hopper.OpIsNot:
		if len(c.Values) == 0 {
			return "TRUE", nil
		}
		return column + " NOT IN (?)", append(args, c.Values)
	case hopper.OpStarts:
		return column + " LIKE CONCAT(?, '%')", append(args, escapeLike(c.Values[0]))
	case hopper.OpContains:
		return column + " LIKE CONCAT('%', ?, '%')", append(args, escapeLike(c.Values[0]))
	case hopper.OpEmpty:
		if kind == hopper.FieldTime {
			return column + " IS NULL", nil
		}
		return column + " = ''", args
	case hopper.OpFilled:
		if kind == hopper.FieldTime {
			return column + " IS NOT NULL", nil
		}
		return column + " <> ''", args
	case hopper.OpLess:
		return column + " < CAST(? AS DECIMAL(20,4))", append(args, values...)
	case hopper.OpMore:
		return column + " > CAST(? AS DECIMAL(20,4))", append(args, values...)
	case hopper.OpBetween:
		return column + " BETWEEN CAST(? AS DECIMAL(20,4)) AND CAST(? AS DECIMAL(20,4))", append(args, values...)
	case hopper.OpBefore:
		return column + " < ?", values
	case hopper.OpAfter:
		return column + " >= ?", values
	case hopper.OpOlder:
		return "(" + column + " IS NULL OR " + column + " < UTC_TIMESTAMP(3) - INTERVAL ? DAY)", values
	case hopper.OpNewer:
		return column + " >= UTC_TIMESTAMP(3) - INTERVAL ? DAY", values
	}
	return "FALSE", nil
}

// ownColumn is a field of the lists' own, whose path in the leads' JSON is the
// argument, given twice, for a test. JSON_VALUE takes two thirds of the time of the
// other, but MySQL's has NULL for a text of more than 512 characters. A lead without it has an empty text, but where that could
// not pass: there NULL does as well, and the database can begin with the fields and
// look for those leads alone that have the right one.
func ownColumn(op hopper.Op) string {
	const value = "COALESCE(JSON_VALUE(lc.vals, ?), JSON_UNQUOTE(JSON_EXTRACT(lc.vals, ?))) COLLATE utf8mb4_general_ci"
	switch op {
	case hopper.OpLess, hopper.OpMore, hopper.OpBetween:
		// What is no number is none, not nought. No question mark in here: it would
		// be taken for an argument's place.
		return "CAST(NULLIF(REGEXP_SUBSTR(" + value + ", '^-{0,1}[0-9]+([.][0-9]+){0,1}$'), '') AS DECIMAL(20,4))"
	case hopper.OpEmpty, hopper.OpIsNot:
		return "COALESCE(" + value + ", '')"
	}
	return value
}

// escapeLike takes LIKE's wildcards for what they are.
func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}
