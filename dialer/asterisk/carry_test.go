package asterisk

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"trunkline/ami"
	"trunkline/dialer"
)

func TestCarriedIntents(t *testing.T) {
	for name, c := range map[string]struct {
		in    dialer.Intent
		whole bool
	}{
		"a hang-up":     {dialer.Intent{ID: 5, SessionID: 7, Kind: dialer.IntentHangup, Args: dialer.IntentArgs{CallID: 100}}, true},
		"an outcome":    {dialer.Intent{ID: 5, SessionID: 7, Kind: dialer.IntentDispose, Args: dialer.IntentArgs{CallID: 100, Status: "SALE", Pause: true}}, true},
		"a pause":       {dialer.Intent{ID: 5, SessionID: 7, Kind: dialer.IntentPause, Args: dialer.IntentArgs{Code: "Mittag \r\n\"ß\""}}, true},
		"a watch":       {dialer.Intent{ID: 5, Kind: dialer.IntentWatch, Args: dialer.IntentArgs{Watch: 3, Mode: "listen"}}, true},
		"a note":        {dialer.Intent{ID: 5, SessionID: 7, Kind: dialer.IntentDispose, Args: dialer.IntentArgs{CallID: 100, Status: "SALE", Comments: "rude"}}, false},
		"digits":        {dialer.Intent{ID: 5, SessionID: 7, Kind: dialer.IntentDigits, Args: dialer.IntentArgs{Digits: "4111"}}, false},
		"a number":      {dialer.Intent{ID: 5, SessionID: 7, Kind: dialer.IntentDial, Args: dialer.IntentArgs{Number: "+12125550100"}}, false},
		"what is long":  {dialer.Intent{ID: 5, SessionID: 7, Kind: dialer.IntentPause, Args: dialer.IntentArgs{Code: strings.Repeat("x", 600)}}, false},
		"without an id": {dialer.Intent{SessionID: 7, Kind: dialer.IntentReady}, false},
	} {
		var headers []ami.Header
		for k, v := range carry(c.in) {
			if strings.ContainsAny(v, "\r\n\x00") {
				t.Errorf("%s: %s %q breaks out of its header", name, k, v)
			}
			if !c.whole && k != carriedID && c.in.ID != 0 {
				t.Errorf("%s: %s goes by AMI", name, k)
			}
			headers = append(headers, ami.Header{Name: k, Value: v})
		}
		got, whole := carried(ami.NewEvent("UserEvent", headers...))
		if whole != c.whole {
			t.Errorf("%s: whole %t", name, whole)
		}
		if diff := cmp.Diff(c.in, got); whole && diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
