package asterisk

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"trunkline/dialer"
)

// TestNote reads what Asterisk 22 wrote of calls to the simulated carrier.
func TestNote(t *testing.T) {
	at := func(ms int64) time.Time { return time.UnixMilli(ms) }
	for name, c := range map[string]struct {
		text string
		want dialer.Note
	}{
		"made":       {"made", dialer.Note{}},
		"sent":       {"sent", dialer.Note{Sent: true}},
		"not dialed": {"made|1795859739.106|Down|16|||||", dialer.Note{Ended: true, EndedAt: at(1795859739106), Cause: 16}},
		"busy":       {"sent|1795859739.106|Down|17|486||||", dialer.Note{Sent: true, Ended: true, EndedAt: at(1795859739106), FarEnd: true, Cause: 17, SIPCode: 486}},
		"rang out":   {"sent|1795859742.854|Ringing|19|180||||", dialer.Note{Sent: true, Ended: true, EndedAt: at(1795859742854), Rang: true, Cause: 19}},
		"480 after ringing": {
			"sent|1795859739.861|Ringing|19|480||||",
			dialer.Note{Sent: true, Ended: true, EndedAt: at(1795859739861), Rang: true, FarEnd: true, Cause: 19, SIPCode: 480},
		},
		"early media":     {"sent|1795859743.028|Down|19|183||||", dialer.Note{Sent: true, Ended: true, EndedAt: at(1795859743028), Rang: true, Cause: 19}},
		"nothing but 100": {"sent|1795859742.856|Down|19|100||||", dialer.Note{Sent: true, Ended: true, EndedAt: at(1795859742856), Cause: 19}},
		"answered, judged, asked": {
			"sent|1795859743.036|Up|16|200|1795859739.853|1795859742.316|HUMAN|HUMAN-800-800",
			dialer.Note{
				Sent: true, Ended: true, EndedAt: at(1795859743036), Answered: true, UpAt: at(1795859739853), AskedAt: at(1795859742316),
				AMD: "HUMAN", AMDCause: "HUMAN-800-800", Cause: 16,
			},
		},
		"with its agent": {
			"sent|1795859743.036|Up|16|200|1795859739.853|1795859739.853|||tl-a-7-1795859700000|",
			dialer.Note{
				Sent: true, Ended: true, EndedAt: at(1795859743036), Answered: true, UpAt: at(1795859739853), AskedAt: at(1795859739853),
				Joined: true, Session: 7, Cause: 16,
			},
		},
		"opted out": {
			"sent|1795859743.036|Up|16|200|1795859739.853|1795859739.853|||tl-c-100|9",
			dialer.Note{
				Sent: true, Ended: true, EndedAt: at(1795859743036), Answered: true, UpAt: at(1795859739853), AskedAt: at(1795859739853),
				OptedOut: true, Cause: 16,
			},
		},
		"with nobody":           {"sent|1795859739.106|Down|17|486|||||tl-c-100|", dialer.Note{Sent: true, Ended: true, EndedAt: at(1795859739106), FarEnd: true, Cause: 17, SIPCode: 486}},
		"by hand":               {"sent|1795859743.036|Up|16|200||||", dialer.Note{Sent: true, Ended: true, EndedAt: at(1795859743036), Answered: true, Cause: 16}},
		"Asterisk went down":    {"sent|1795859743.036|Ringing|0|180||||", dialer.Note{Sent: true, Ended: true, EndedAt: at(1795859743036), Rang: true}},
		"its beginning is lost": {"|1795859739.106|Down|17|486||||", dialer.Note{Sent: true, Ended: true, EndedAt: at(1795859739106), FarEnd: true, Cause: 17, SIPCode: 486}},
		"rubbish":               {"x|y|z", dialer.Note{Sent: true}},
	} {
		if diff := cmp.Diff(c.want, note(100, c.text)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
