package ami

import (
	"fmt"
	"reflect"
	"strings"
)

// Args names every value that a call puts into its action, so that [Do] can
// check them before goami encodes them. Values may be strings, numbers,
// bools, slices, maps, structs with goami's ami tags, and pointers to those.
type Args map[string]any

const badBytes = "\r\n\x00"

const reasonBadBytes = "holds CR, LF or NUL"

// checkArgs walks all values. It runs before the encoding because afterwards
// an injected header looks like any other.
func checkArgs(args Args) error {
	for name, v := range args {
		if err := checkValue(name, reflect.ValueOf(v), 0); err != nil {
			return err
		}
	}
	return nil
}

func checkValue(name string, v reflect.Value, depth int) error {
	if depth > 16 {
		return &HeaderError{Name: name, Reason: "is nested too deeply"}
	}
	switch v.Kind() {
	case reflect.String:
		return checkText(name, v.String())
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return checkValue(name, v.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if err := checkValue(name, v.Index(i), depth+1); err != nil {
				return err
			}
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			key := fmt.Sprint(it.Key())
			if err := checkName(key); err != nil {
				return err
			}
			if err := checkValue(key, it.Value(), depth+1); err != nil {
				return err
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("ami"), ",")
			if tag == "-" {
				continue
			}
			if tag == "" {
				tag = v.Type().Field(i).Name
			}
			if err := checkValue(tag, v.Field(i), depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkText(name, value string) error {
	if strings.ContainsAny(value, badBytes) {
		return &HeaderError{Name: name, Reason: reasonBadBytes}
	}
	return nil
}

// checkName refuses header names that would be read as something else, or as
// a second Action or ActionID.
func checkName(name string) error {
	switch {
	case name == "" || strings.TrimSpace(name) != name:
		return &HeaderError{Name: name, Reason: "is not a header name"}
	case strings.ContainsAny(name, badBytes+":"):
		return &HeaderError{Name: name, Reason: "the name holds CR, LF, NUL or a colon"}
	case strings.EqualFold(name, "Action"), strings.EqualFold(name, "ActionID"):
		return &HeaderError{Name: name, Reason: "is set by the client"}
	}
	return nil
}

// checkWire is the second fence, for calls that named too few of their
// values: one blank line, at the end; one Action and one ActionID; no stray
// control bytes.
func checkWire(message, actionID string) error {
	body, ok := strings.CutSuffix(message, "\r\n\r\n")
	if !ok {
		return &HeaderError{Name: "Action", Reason: "the message has no end"}
	}
	actions, ids := 0, 0
	for line := range strings.SplitSeq(body, "\r\n") {
		if line == "" {
			return &HeaderError{Name: "Action", Reason: "an empty line inside the message"}
		}
		name, value, _ := strings.Cut(line, ":")
		name = strings.TrimSpace(name)
		if strings.ContainsAny(line, badBytes) {
			return &HeaderError{Name: name, Reason: reasonBadBytes}
		}
		switch {
		case strings.EqualFold(name, "Action"):
			actions++
		case strings.EqualFold(name, "ActionID"):
			if strings.TrimSpace(value) != actionID {
				return &HeaderError{Name: "ActionID", Reason: "is not the one of this call"}
			}
			ids++
		}
	}
	if actions != 1 || ids != 1 {
		return &HeaderError{Name: "Action", Reason: "the message needs exactly one Action and one ActionID"}
	}
	return nil
}
