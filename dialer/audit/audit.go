// Package audit says what a change of a record is: which fields were what
// before and after, who changed them, and how two people's edits of one record
// come together without either being lost. It is pure.
package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"trunkline/dialer"
)

// By is who changes something, from where and when (the database's clock).
type By struct {
	User dialer.UserID
	IP   string // "" from the command line
	At   time.Time
}

// Entry is one audited change.
type Entry struct {
	ID     int64         `db:"id"`
	N      int           `db:"n"` // the object's changes counted from 1
	At     time.Time     `db:"at"`
	User   dialer.UserID `db:"user_id"` // 0: the command line
	Who    string        `db:"who"`     // how the user is called
	Action string        `db:"action"`  // such as carrier.create
	Object string        `db:"object"`  // such as carrier/12
	Before Fields        `db:"before_"`
	After  Fields        `db:"after_"`
	IP     string        `db:"ip"`
}

// Fields are fields of a record by name, each as JSON. In an entry only those
// that changed are there.
type Fields map[string]json.RawMessage

// FieldsOf gives a record's fields as encoding/json names them. A secret is
// kept out of the audit log by the tag `json:"-"`.
func FieldsOf(record any) (Fields, error) {
	text, err := json.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("a record for the audit log: %w", err)
	}
	var f Fields
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("a record for the audit log: %w", err)
	}
	return f, nil
}

// Scan reads fields from their column. What is no JSON object has no fields.
func (f *Fields) Scan(column any) error {
	*f = nil
	switch text := column.(type) {
	case []byte:
		_ = json.Unmarshal(text, f)
	case string:
		_ = json.Unmarshal([]byte(text), f)
	}
	return nil
}

// Names are the fields' names in order.
func (f Fields) Names() []string { return slices.Sorted(maps.Keys(f)) }

// Text is a field as a reader would write it; "" for what is not there.
func (f Fields) Text(name string) string { return Text(f[name]) }

// Text is a JSON value as a reader would write it.
func Text(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return string(raw)
	}
	return words(v)
}

// words is a decoded value without JSON's signs; what lies within another value
// and is more than a word stands in parentheses.
func words(v any) string {
	within := func(v any) string {
		if _, more := v.(map[string]any); more {
			return "(" + words(v) + ")"
		}
		return words(v)
	}
	var said []string
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case []any:
		for _, one := range v {
			said = append(said, within(one))
		}
		return strings.Join(said, ", ")
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			said = append(said, name+": "+within(v[name]))
		}
		return strings.Join(said, "; ")
	}
	return fmt.Sprint(v)
}

// Diff gives what differs between two states of a record. A nil before is a new
// record, a nil after one that is deleted: all its fields differ.
func Diff(before, after Fields) (was, is Fields) {
	was, is = Fields{}, Fields{}
	for name, old := range before {
		if now, there := after[name]; !there || !bytes.Equal(old, now) {
			was[name] = old
		}
	}
	for name, now := range after {
		if old, there := before[name]; !there || !bytes.Equal(old, now) {
			is[name] = now
		}
	}
	return was, is
}

// Edit asks for a record to become what somebody typed into a form.
type Edit[T any] struct {
	By     By
	Seen   int // how many changes the record had seen when the form was drawn
	Record T
	// Shown is what the form showed, of a record that changes without entries too,
	// as a lead does by each call; nil: the entries tell.
	Shown Fields
}

// Record is a record with the number of changes it has seen, which the form
// that edits it carries along (form.Seen).
type Record[T any] struct {
	Value T
	Seen  int
}

// Clash is a field that two people changed at the same time to two things.
type Clash struct {
	Field  string
	Entry  Entry           // the change that came first; zero: one that has no entry
	Theirs json.RawMessage // what it is now
	Yours  json.RawMessage // what was typed
}

// Conflict is the error of an edit that would have undone what somebody else
// has saved meanwhile. It is a dialer.ErrConflict. Nothing was written.
type Conflict struct {
	Seen    int // the changes seen with those in Clashes: an edit that knows them may go on
	Clashes []Clash
}

// Error names the fields.
func (c *Conflict) Error() string {
	var names []string
	for _, clash := range c.Clashes {
		names = append(names, clash.Field)
	}
	return fmt.Sprintf("changed by somebody else meanwhile: %v", names)
}

// Unwrap is the kind.
func (c *Conflict) Unwrap() error { return dialer.ErrConflict }

// Merge brings together what a record is now, the entries since the form was
// drawn, what it showed (Edit.Shown) and what was typed. What only one side changed
// is taken from that side; what both changed differently is a clash, and then
// nothing may be written.
func Merge[T any](now T, since []Entry, showed Fields, typed T) (merged T, clashes []Clash, err error) {
	current, err := FieldsOf(now)
	if err != nil {
		return merged, nil, err
	}
	wanted, err := FieldsOf(typed)
	if err != nil {
		return merged, nil, err
	}
	// What the form showed is what stood before the first change since.
	shown, last := maps.Clone(current), map[string]Entry{}
	for _, e := range slices.Backward(since) {
		for name, was := range e.Before {
			if _, ours := current[name]; ours {
				shown[name] = was
				if _, later := last[name]; !later {
					last[name] = e
				}
			}
		}
	}
	for name, was := range showed {
		if _, ours := current[name]; ours {
			shown[name] = was
		}
	}
	result := maps.Clone(current)
	for _, name := range wanted.Names() {
		switch {
		case bytes.Equal(wanted[name], shown[name]): // not touched in the form
		case bytes.Equal(current[name], shown[name]), bytes.Equal(current[name], wanted[name]):
			result[name] = wanted[name]
		default:
			clashes = append(clashes, Clash{name, last[name], current[name], wanted[name]})
		}
	}
	if len(clashes) > 0 {
		return now, clashes, nil
	}
	text, err := json.Marshal(result)
	if err != nil {
		return merged, nil, err
	}
	if reflect.ValueOf(now).Kind() != reflect.Map { // which the two would share
		merged = now // what has no JSON name stays
	}
	return merged, nil, json.Unmarshal(text, &merged)
}
