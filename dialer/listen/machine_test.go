package listen

import (
	"testing"
	"time"

	"trunkline/dialer"
)

func TestMachines(t *testing.T) {
	type end struct {
		agent   bool
		message bool
		status  dialer.Status // of a call that no agent got
	}
	talk := end{agent: true}
	for mode, want := range map[dialer.AMDMode]map[string]end{
		dialer.AMDOff:     {"": talk},
		dialer.AMDDrop:    {"HUMAN": talk, "NOTSURE": talk, "MACHINE": {status: "A"}, "SILENCE": {status: "ADAIR"}, "FAX": {status: "AFAX"}},
		dialer.AMDMessage: {"HUMAN": talk, "NOTSURE": talk, "MACHINE": {status: "AL", message: true}, "SILENCE": {status: "ADAIR"}, "FAX": {status: "AFAX"}},
		dialer.AMDAgent:   {"HUMAN": talk, "NOTSURE": talk, "MACHINE": talk, "SILENCE": talk, "FAX": {status: "AFAX"}},
	} {
		for verdict, want := range want {
			t.Run(string(mode)+" "+verdict, func(t *testing.T) {
				run(t, func(f *floor) { f.campaign.AMD, f.campaign.Voicemail = mode, "our-message" }, func(f *floor) {
					f.login(7)
					f.dial(100)
					f.tell(dialer.LegAnswered, "tl-c-100")
					amd, cause := verdict, "LONGGREETING-1500-1500"
					if verdict == "SILENCE" {
						amd, cause = "MACHINE", "INITIALSILENCE-2500-2500"
					}
					f.arrive("tl-c-100", amd, cause)
					c := f.last(100)
					if c.AMD != amd || c.AMDCause != cause {
						t.Errorf("the verdict is not kept: %q %q", c.AMD, c.AMDCause)
					}
					if want.agent {
						f.agent(7, dialer.AgentInCall)
						return
					}
					f.agent(7, dialer.AgentReady)
					if want.message {
						if c.State != dialer.CallMessage || len(f.played) != 1 || f.played[0] != "our-message" {
							t.Fatalf("%s, played %v", c.State, f.played)
						}
						f.tell(dialer.LegPlayed, "tl-c-100")
						c = f.last(100)
					}
					if c.State != dialer.CallEnded || c.Status != want.status || c.EndedBy != dialer.ByDialer {
						t.Errorf("%+v", c)
					}
				})
			})
		}
	}
}

func TestMessageThatIsNotHeard(t *testing.T) {
	for name, tc := range map[string]struct {
		ends func(*floor)
		want dialer.Status
	}{
		"hung up in it": {func(f *floor) { f.gone("tl-c-100", 16, 0) }, dialer.StatusMessageCut},
		"no such sound": {func(f *floor) {
			f.l.Leg(dialer.LegEvent{Kind: dialer.LegPlayed, Channel: "tl-c-100", At: time.Now(), Args: []string{dialer.PlayFailed}})
		}, dialer.StatusMessageCut},
		"it never ends":    {func(f *floor) { f.settle(4 * time.Minute) }, dialer.StatusMessageCut},
		"heard to the end": {func(f *floor) { f.tell(dialer.LegPlayed, "tl-c-100") }, dialer.StatusMessage},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(f *floor) { f.campaign.AMD, f.campaign.Voicemail = dialer.AMDMessage, "our-message" }, func(f *floor) {
				f.dial(100)
				f.tell(dialer.LegAnswered, "tl-c-100")
				f.arrive("tl-c-100", "MACHINE", "LONGGREETING-1500-1500")
				f.settle(time.Second)
				tc.ends(f)
				if c := f.last(100); c.State != dialer.CallEnded || c.Status != tc.want {
					t.Errorf("%s %s, want %s", c.State, c.Status, tc.want)
				}
			})
		})
	}
}
