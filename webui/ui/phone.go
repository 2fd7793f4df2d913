package ui

import "regexp"

var nanp = regexp.MustCompile(`^\+1(\d{3})(\d{3})(\d{4})$`)

// Phone is an E.164 number as people read it, on every page alike: of North
// America in groups, (614) 555-0142; of elsewhere with its country's code, as it
// is. What is not such a number, as a pattern of a do-not-call list, stays. The
// desk's script writes them the same way (phoneNumber in view.ts). Files and the
// API have E.164.
func Phone(e164 string) string {
	return nanp.ReplaceAllString(e164, "($1) $2-$3")
}
