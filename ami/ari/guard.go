package ari

import "strings"

// maxID is the longest id that Asterisk takes for a channel
// (AST_MAX_PUBLIC_UNIQUEID less its end).
const maxID = 149

// checkID refuses what could leave its place in the path. Asterisk decodes
// escapes in paths, so escaping would not keep a slash or a question mark out.
func checkID(id string) error {
	if id == "" || len(id) > maxID {
		return &ValueError{Name: "id", Reason: "is empty or longer than 149 bytes"}
	}
	for _, r := range []byte(id) {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9',
			strings.IndexByte("._:-", r) >= 0:
		default:
			return &ValueError{Name: "id", Reason: "holds other than letters, digits and ._:-"}
		}
	}
	if strings.Trim(id, ".") == "" {
		return &ValueError{Name: "id", Reason: "is all dots"}
	}
	return nil
}

func checkIDs(ids ...string) error {
	for _, id := range ids {
		if err := checkID(id); err != nil {
			return err
		}
	}
	return nil
}

// checkText refuses line ends: caller ids, headers and variables of a call
// end up in SIP messages.
func checkText(name, value string) error {
	if strings.ContainsAny(value, "\r\n\x00") {
		return &ValueError{Name: name, Reason: "holds CR, LF or NUL"}
	}
	return nil
}

// checkJSON looks for the same in an encoded body, where they can only appear
// as escapes: one place for every string of every request, whatever its type.
func checkJSON(b []byte) error {
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			continue
		}
		i++
		if i < len(b) && (b[i] == 'r' || b[i] == 'n') ||
			strings.HasPrefix(string(b[i:min(i+5, len(b))]), "u0000") {
			return &ValueError{Name: "body", Reason: "a value holds CR, LF or NUL"}
		}
	}
	return nil
}
