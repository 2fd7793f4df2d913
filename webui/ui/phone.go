package ui

import "strings"

// Phone is an E.164 number as people read it, on every page alike: of North
// America in groups, (614) 555-0142; of elsewhere with its country's code, as it
// is. What is not such a number, as a pattern of a do-not-call list, stays. The
// desk's script writes them the same way (phoneNumber in view.ts). Files and the
// API have E.164. The live board writes thousands of them twenty times a second,
// hence no regexp.
func Phone(e164 string) string {
	n, american := strings.CutPrefix(e164, "+1")
	if !american || len(n) != 10 || strings.Trim(n, "0123456789") != "" {
		return e164
	}
	return "(" + n[:3] + ") " + n[3:6] + "-" + n[6:]
}
