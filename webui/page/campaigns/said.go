package campaigns

import "trunkline/webui/ui"

// Said is a stored setting as its page has it: its label, and its value in words,
// with its unit; "" stays "". Known is false for what is no setting.
func Said(name, stored string) (label, value string, known bool) {
	for _, s := range columns(settings) {
		if s.Name != name {
			continue
		}
		switch {
		case stored == "":
			return s.Label, "", true
		case s.Show != nil:
			stored = s.Show(stored)
		case s.Kind == ui.Check && stored == "1":
			stored = "yes"
		case s.Kind == ui.Check && stored == "0":
			stored = "no"
		}
		return s.Label, s.Word(stored), true
	}
	return "", "", false
}
