package call

import (
	"errors"
	"os"
	"strings"
	"testing"

	"trunkline/dialer"
)

// TestEveryPair holds the whole table: what is not listed here is refused.
func TestEveryPair(t *testing.T) {
	const no = dialer.CallState("")
	want := map[dialer.CallState][12]dialer.CallState{
		//                 Rings, Answers, Arrives, Connects, Holds, Resumes, FindsNone, GetsMessage, Parks, Passes, Bereaved, Ends
		dialer.CallPlaced:   {"RINGING", "ANSWERED", "WAITING", no, no, no, no, no, no, no, no, "ENDED"},
		dialer.CallRinging:  {"RINGING", "ANSWERED", "WAITING", no, no, no, no, no, no, no, no, "ENDED"},
		dialer.CallAnswered: {no, "ANSWERED", "WAITING", "TALKING", no, no, "DROPPING", "MESSAGE", no, no, no, "ENDED"},
		dialer.CallWaiting:  {no, "WAITING", no, "TALKING", no, no, "DROPPING", no, no, no, "WAITING", "ENDED"},
		dialer.CallTalking:  {no, no, no, no, "HELD", no, no, "MESSAGE", "PARKED", "XFER", "WAITING", "ENDED"},
		dialer.CallHeld:     {no, no, no, no, no, "TALKING", no, "MESSAGE", "PARKED", "XFER", "WAITING", "ENDED"},
		dialer.CallParked:   {no, no, no, "TALKING", no, no, no, no, no, no, "WAITING", "ENDED"},
		dialer.CallPassed:   {no, no, no, no, no, no, no, no, no, no, no, "ENDED"},
		dialer.CallMessage:  {no, no, no, no, no, no, no, no, no, no, no, "ENDED"},
		dialer.CallDropping: {no, no, no, no, no, no, no, no, no, no, no, "ENDED"},
		dialer.CallEnded:    {no, no, no, no, no, no, no, no, no, no, no, no},
	}
	if len(want) != len(States) {
		t.Fatalf("%d states in the table, %d named", len(want), len(States))
	}
	for _, s := range States {
		for i, e := range Events {
			got, err := Next(s, e)
			if w := want[s][i]; w != no {
				if err != nil || got != w {
					t.Errorf("%s %q: got %s, %v; want %s", s, e, got, err, w)
				}
				continue
			}
			var te *TransitionError
			if got != s || !errors.As(err, &te) || te.State != s || te.Event != e {
				t.Errorf("%s %q: got %s, %v; want a refusal that keeps the state", s, e, got, err)
			}
		}
	}
}

func TestOutcome(t *testing.T) {
	const placed, ringing = dialer.CallPlaced, dialer.CallRinging
	for name, tc := range map[string]struct {
		end  End
		want dialer.Status
	}{
		"busy":                                 {End{State: placed, SIPCode: 486, Cause: 17, FarEnd: true}, "B"},
		"busy everywhere":                      {End{State: placed, SIPCode: 600, Cause: 17, FarEnd: true}, "B"},
		"our timeout while it rang":            {End{State: ringing, SIPCode: 480, Cause: 19, Rang: true}, "NA"},
		"our timeout, trunk dead":              {End{State: placed, SIPCode: 480, Cause: 19}, "ADC"},
		"our timeout, no code":                 {End{State: ringing, Cause: 19, Rang: true}, "NA"},
		"480 of the far end":                   {End{State: placed, SIPCode: 480, Cause: 19, FarEnd: true}, "NA"},
		"408":                                  {End{State: placed, SIPCode: 408, Cause: 18, FarEnd: true}, "NA"},
		"503":                                  {End{State: placed, SIPCode: 503, Cause: 34, FarEnd: true}, "ADC"},
		"500":                                  {End{State: placed, SIPCode: 500, Cause: 41, FarEnd: true}, "ADC"},
		"404":                                  {End{State: placed, SIPCode: 404, Cause: 1, FarEnd: true}, "DC"},
		"404 after early media":                {End{State: ringing, SIPCode: 404, Cause: 1, Rang: true, FarEnd: true}, "DC"},
		"410":                                  {End{State: placed, SIPCode: 410, Cause: 22, FarEnd: true}, "DC"},
		"484":                                  {End{State: placed, SIPCode: 484, Cause: 28, FarEnd: true}, "DC"},
		"403":                                  {End{State: placed, SIPCode: 403, Cause: 21, FarEnd: true}, "CR"},
		"603":                                  {End{State: placed, SIPCode: 603, Cause: 21, FarEnd: true}, "CR"},
		"SIP code before cause":                {End{State: placed, SIPCode: 486, Cause: 34, FarEnd: true}, "B"},
		"SIP code before a cause that we know": {End{State: placed, SIPCode: 404, Cause: 17, FarEnd: true}, "DC"},
		"cause when there is no code":          {End{State: placed, Cause: 17, FarEnd: true}, "B"},
		"answered, gone before routing":        {End{State: dialer.CallAnswered, Cause: 16}, "PDROP"},
		"machine, hung up by us":               {End{State: dialer.CallAnswered, Cause: 16, AMD: "MACHINE"}, "A"},
		"fax":                                  {End{State: dialer.CallAnswered, Cause: 16, AMD: "FAX"}, "AFAX"},
		"nothing is said":                      {End{State: dialer.CallAnswered, Cause: 16, AMD: "MACHINE", AMDCause: "INITIALSILENCE-2500-2500"}, "ADAIR"},
		"not sure, gone before routing":        {End{State: dialer.CallAnswered, Cause: 16, AMD: "NOTSURE", AMDCause: "TOOLONG-5000"}, "PDROP"},
		"hung up in the message":               {End{State: dialer.CallMessage, Cause: 16}, "AM"},
		"heard the message":                    {End{State: dialer.CallMessage, Cause: 16, Original: "AL"}, "AL"},
		"lost its agent, gone before the next": {End{State: dialer.CallWaiting, Cause: 16, Talked: true}, ""},
		"lost its agent, and no other came":    {End{State: dialer.CallDropping, Cause: 16, Talked: true}, "ERI"},
		"hung up while parked":                 {End{State: dialer.CallParked, Cause: 16}, "PARKED"},
		"passed on":                            {End{State: dialer.CallPassed, Cause: 16}, ""},
		"the carrier's word for a code":        {End{State: placed, SIPCode: 503, Cause: 34, FarEnd: true, Carrier: Table{SIP: map[int]dialer.Status{503: "DC"}}}, "DC"},
		"the carrier's word for a cause":       {End{State: placed, SIPCode: 404, Cause: 1, FarEnd: true, Carrier: Table{Cause: map[int]dialer.Status{1: "NA"}}}, "NA"},
		"the carrier says nothing of it":       {End{State: placed, SIPCode: 486, Cause: 17, FarEnd: true, Carrier: Table{SIP: map[int]dialer.Status{503: "DC"}}}, "B"},
		"our own timeout is not its word":      {End{State: ringing, SIPCode: 480, Cause: 19, Rang: true, Carrier: Table{SIP: map[int]dialer.Status{480: "DC"}}}, "NA"},
		"a code that nobody knows":             {End{State: placed, SIPCode: 488, FarEnd: true}, "ADC"},
		"hung up while waiting":                {End{State: dialer.CallWaiting, Cause: 16}, "DROP"},
		"no agent":                             {End{State: dialer.CallDropping, Cause: 16}, "DROP"},
		"talked":                               {End{State: dialer.CallTalking, Cause: 16}, ""},
		"disposed of before it ended":          {End{State: dialer.CallTalking, Cause: 16, Original: "SALE"}, "SALE"},
		"502 locally made for dead route":      {End{State: placed, SIPCode: 502, Cause: 0}, "ADC"},
	} {
		if got := Outcome(tc.end); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

func TestDiagramIsInTheDocs(t *testing.T) {
	doc, err := os.ReadFile("../../docs/states.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := "```mermaid\n" + Diagram() + "```"; !strings.Contains(string(doc), want) {
		t.Errorf("docs/states.md does not hold the table's diagram:\n%s", want)
	}
}
