package main

import (
	"strings"
	"testing"
)

func TestTypedNumber(t *testing.T) {
	for text, want := range map[string]string{
		"+12125550123": "+12125550123", "212-555-0123": "+12125550123", "(212) 555 0123": "+12125550123", "1 212 555 0123": "+12125550123",
		"+44 20 7946 0123": "+442079460123", "+19992340000": "+19992340000",
		"": "", "soon": "", "+": "", "+1 212 call me": "", "020 7946 0123": "", "+0123456789": "",
	} {
		got, err := typedNumber(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q became %q, %v", text, got, err)
		}
		if err != nil && !strings.Contains(err.Error(), "write it as +12125550123") {
			t.Errorf("%q: %v does not say how to write it", text, err)
		}
	}
}
