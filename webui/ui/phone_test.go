package ui

import "testing"

func TestPhoneNumbersAsPeopleReadThem(t *testing.T) {
	for e164, want := range map[string]string{
		"+16145550142": "(614) 555-0142", "+442079460018": "+442079460018", "+1614555014": "+1614555014", "+161455501420": "+161455501420",
		"+1999*": "+1999*", "+161455x0142": "+161455x0142", "+1١١١١١": "+1١١١١١", "": "", "(614) 555-0142": "(614) 555-0142",
	} {
		if got := Phone(e164); got != want {
			t.Errorf("%q is shown as %q, want %q", e164, got, want)
		}
	}
}
