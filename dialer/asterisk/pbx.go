// Package asterisk is the only translator between our words and Asterisk's:
// AMI to place and to record calls, ARI for everything after the answer, the
// event stream, the hands of the web role, and the configuration files.
package asterisk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"trunkline/ami"
	"trunkline/ami/ari"
	"trunkline/dialer"
)

// App is the Stasis application that every leg enters.
const App = "trunkline"

// The dialplan contexts of asterisk-conf, and the user events between the web
// role and listen.
const (
	contextOut   = "trunkline-out"
	contextAgent = "trunkline-agent"
	eventIntent  = "TrunklineIntent" // web to listen: an intent, or a hint to look at them
	eventWake    = "TrunklineWake"   // listen to web: events were written
)

// PBX commands one Asterisk for its listen.
type PBX struct {
	ami *ami.Client
	ari *ari.Client
	log *slog.Logger

	// Sounds is the folder of our own sounds, as Asterisk sees it.
	Sounds string

	mu         sync.Mutex
	subscribed map[string]bool // carriers whose calls' events we get
	attached   int             // event streams so far: each begins without subscriptions
	notes      bool            // Asterisk takes notes of calls
}

// NewPBX makes a PBX of both connections.
func NewPBX(a *ami.Client, r *ari.Client, log *slog.Logger) *PBX {
	return &PBX{ami: a, ari: r, log: log, subscribed: map[string]bool{}}
}

// unsubscribed: the event stream came up, and an Asterisk that was restarted has
// forgotten the subscriptions.
func (p *PBX) unsubscribed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.subscribed = map[string]bool{}
	p.attached++
}

// Attached prepares the application after its event stream came up: a
// restarted Asterisk has forgotten its filter, and may take no notes.
func (p *PBX) Attached(ctx context.Context) error {
	err := p.ProbeNotes(ctx)
	if err != nil {
		return err
	}
	return p.ari.SetEventFilter(ctx, App, ari.EventFilter{Disallowed: Unread})
}

// Unread are the kinds of events that nothing of ours reads: more than half of
// all there are. A carrier's EndpointStateChange names all its channels, twice a
// call.
var Unread = []string{"ChannelVarset", "ChannelDialplan", "ChannelUserevent", "ChannelConnectedLine", "EndpointStateChange"}

// Reachable tells whether Asterisk takes commands now.
func (p *PBX) Reachable() bool { return p.ami.Connected() }

// Originate places a call. It is sent once: AMI has no idempotency, so when no
// answer comes the call is in doubt (dialer.ErrInDoubt), and its channel or its
// note tells.
func (p *PBX) Originate(ctx context.Context, o dialer.Origin) error {
	err := p.subscribe(ctx, o.Carrier.Name)
	if err != nil {
		return err
	}
	number := o.Carrier.DialPrefix + strings.TrimPrefix(o.E164, "+")
	if !digits(number) {
		return fmt.Errorf("%q is no number to dial", number)
	}
	vars := []ami.Variable{
		{Name: "TL_CALL", Value: o.Call.String()},
		{Name: "PJSIP_HEADER(add,X-Trunkline-Call)", Value: o.Call.String()},
	}
	vars = append(vars, noteOf(o.Call)...)
	if o.AMD {
		vars = append(vars, ami.Variable{Name: "TL_AMD", Value: "1"})
	}
	if o.AMDParams != "" {
		vars = append(vars, ami.Variable{Name: "TL_AMD_ARGS", Value: o.AMDParams})
	}
	if o.AMDWait {
		vars = append(vars, ami.Variable{Name: "TL_AMD_WAIT", Value: "1"})
	}
	if o.SafeHarbour != "" {
		vars = append(vars, ami.Variable{Name: "TL_SAFE_HARBOUR", Value: strings.Join(p.sounds(o.SafeHarbour), "&")})
	}
	_, err = p.ami.Originate(ctx, ami.Originate{
		ActionID:  o.Call.Channel(), // comes back in OriginateResponse, whose Uniqueid cannot be trusted
		Channel:   "PJSIP/" + number + "@" + o.Carrier.Name,
		Context:   contextOut,
		Exten:     "s",
		Priority:  1,
		Timeout:   o.Timeout,
		CallerID:  o.CallerID,
		Variables: vars,
		ChannelID: o.Call.Channel(),
	})
	if err != nil && ami.InDoubt(err) {
		return fmt.Errorf("%w: %w", dialer.ErrInDoubt, err)
	}
	return err
}

// subscribe makes the application hear of a carrier's calls before their
// answer: ringing, progress, and failures with their SIP code.
func (p *PBX) subscribe(ctx context.Context, carrier string) error {
	p.mu.Lock()
	done, stream := p.subscribed[carrier], p.attached
	p.mu.Unlock()
	if done {
		return nil
	}
	_, err := p.ari.Subscribe(ctx, App, "endpoint:PJSIP/"+carrier)
	if err != nil {
		return fmt.Errorf("subscribing to carrier %s: %w", carrier, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.attached == stream { // else it may have been the Asterisk before that was asked
		p.subscribed[carrier] = true
	}
	return nil
}

// Hangup ends a channel with a Q.850 cause.
func (p *PBX) Hangup(ctx context.Context, channel string, cause int) error {
	return kind(p.ari.Hangup(ctx, channel, cause))
}

// Play plays sounds, joined by "&" as the dialplan writes them, to a channel.
func (p *PBX) Play(ctx context.Context, channel, sound string) error {
	_, err := p.ari.Play(ctx, channel, playback+channel, p.media(sound)...)
	return kind(err)
}

// playback is before the channel's id in the id of what Play plays.
const playback = "tl-p-"

// Playing tells whether what Play began goes on.
func (p *PBX) Playing(ctx context.Context, channel string) (bool, error) {
	_, err := p.ari.Playback(ctx, playback+channel)
	if ari.IsNotFound(err) {
		return false, nil
	}
	return err == nil, kind(err)
}

func (p *PBX) media(sound string) []string {
	all := p.sounds(sound)
	for i := range all {
		all[i] = "sound:" + all[i]
	}
	return all
}

// sounds are the names by which Asterisk finds sounds: our own are files in a
// folder of ours, and all others its own.
func (p *PBX) sounds(joined string) []string {
	all := strings.Split(joined, "&")
	for i, name := range all {
		if ours, ok := strings.CutPrefix(name, dialer.SoundPrefix); ok && p.Sounds != "" {
			all[i] = p.Sounds + "/" + ours
		}
	}
	return all
}

// Bridge makes an agent's bridge, unless it is there from the phone before. With
// dtmf_events each leg keeps one SSRC through hold and transfer. Plain mixing is
// native_rtp between two SIP phones that nobody records, for 0.6 of the
// processor: it hands on the other party's SSRC and sequence numbers, which jump
// with every change of party. What Asterisk 22.10 sends is right all the same,
// and a phone hears it; but a far end that is Debian's Asterisk and decodes it
// (to record, or to transcode) drops what is numbered behind the packet before,
// for minutes: see MixMonitor in recording.go.
func (p *PBX) Bridge(ctx context.Context, bridge string) error {
	_, err := p.ari.CreateBridge(ctx, bridge, "mixing,dtmf_events", bridge)
	if ari.IsConflict(err) {
		return nil
	}
	return kind(err)
}

// Join puts a channel into a bridge. A channel that is gone is ErrNotFound, a
// bridge that is gone ErrConflict: to addChannel Asterisk answers 400 for the
// one (422 once it has left the application) and 404 for the other.
func (p *PBX) Join(ctx context.Context, bridge, channel string) error {
	err := p.ari.AddChannel(ctx, bridge, ari.AddOptions{}, channel)
	var e *ari.Error
	if errors.As(err, &e) {
		switch e.Status {
		case 400, 422:
			return fmt.Errorf("%w: %w", dialer.ErrNotFound, err)
		case 404:
			return fmt.Errorf("%w: %w", dialer.ErrConflict, err)
		}
	}
	return kind(err)
}

// Hold takes a channel out of its bridge and plays music to it, as Music does.
func (p *PBX) Hold(ctx context.Context, bridge, channel, music string) error {
	return p.recorded(ctx, channel, func() error {
		err := p.ari.RemoveChannel(ctx, bridge, channel)
		if err != nil {
			return kind(err)
		}
		return kind(p.ari.StartMOH(ctx, channel, musicClass(music)))
	})
}

// Resume takes a channel back from hold.
func (p *PBX) Resume(ctx context.Context, bridge, channel string) error {
	return p.recorded(ctx, channel, func() error {
		err := p.ari.StopMOH(ctx, channel)
		if err != nil {
			return kind(err)
		}
		return p.Join(ctx, bridge, channel)
	})
}

// Destroy ends a bridge; one that is gone is as wanted.
func (p *PBX) Destroy(ctx context.Context, bridge string) error {
	err := p.ari.DeleteBridge(ctx, bridge)
	if ari.IsNotFound(err) {
		return nil
	}
	return kind(err)
}

// Survey lists the legs and bridges there are, ours or not.
func (p *PBX) Survey(ctx context.Context) (dialer.Survey, error) {
	info, err := p.ari.Info(ctx)
	if err != nil {
		return dialer.Survey{}, kind(err)
	}
	channels, err := p.ari.Channels(ctx)
	if err != nil {
		return dialer.Survey{}, kind(err)
	}
	bridges, err := p.ari.Bridges(ctx)
	if err != nil {
		return dialer.Survey{}, kind(err)
	}
	notes, err := p.readNotes(ctx) // after the channels: one that has gone has left its end
	if err != nil {
		return dialer.Survey{}, err
	}
	s := dialer.Survey{Started: ari.StartedAt(info), Notes: notes}
	in := map[string]string{}
	for _, b := range bridges {
		s.Bridges = append(s.Bridges, b.ID)
		for _, c := range b.ChannelIDs {
			in[c] = b.ID
		}
	}
	for _, c := range channels {
		leg := dialer.Leg{
			Channel: c.ID, Up: c.State == "Up", Ringing: c.State == "Ringing", Bridge: in[c.ID],
			UpAt: moment(c.ChannelVars["TL_UP"]), AskedAt: moment(c.ChannelVars["TL_ASKED"]),
		}
		if d := c.Dialplan; d != nil {
			leg.Args, leg.Arrived = stasisArgs(d.AppName, d.AppData)
			if leg.Arrived {
				leg.Guest = guest(strings.Split(d.AppData, ",")[1:])
			}
		}
		s.Legs = append(s.Legs, leg)
	}
	return s, nil
}

// stasisArgs are the arguments that LegArrived would tell, for a channel that is
// in our application.
func stasisArgs(app, data string) (args []string, ours bool) {
	all := strings.Split(data, ",")
	if app != "Stasis" || all[0] != App || len(all) < 3 {
		return nil, false
	}
	return all[3:], true
}

// Wake hints every web role that events were written.
func (p *PBX) Wake(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_ = p.ami.UserEvent(ctx, eventWake, nil) // a hint: the next look comes anyway
}

// kind gives an error of ARI one of our kinds.
func kind(err error) error {
	var e *ari.Error
	switch {
	case err == nil:
		return nil
	case ari.IsNotFound(err):
		return fmt.Errorf("%w: %w", dialer.ErrNotFound, err)
	case errors.As(err, &e) && (e.Status == 409 || e.Status == 412):
		return fmt.Errorf("%w: %w", dialer.ErrConflict, err)
	case errors.As(err, &e):
		return err
	}
	return fmt.Errorf("%w: %w", dialer.ErrUnavailable, err)
}

func digits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}
