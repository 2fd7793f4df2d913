package asterisk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	arilib "github.com/CyCoreSystems/ari/v6"

	"trunkline/ami/ari"
	"trunkline/dialer"
)

// enterLimit is how long a created channel may take to enter the application.
const enterLimit = 3 * time.Second

// Call makes a leg, puts it into its bridge and dials it, so that the bridge
// hears it ring, its early media and its announcements (an AMI originate
// reaches us only at the answer). A leg that cannot be dialed does not stay.
func (p *PBX) Call(ctx context.Context, o dialer.Outgoing) error {
	number := o.Carrier.DialPrefix + strings.TrimPrefix(o.E164, "+")
	if !digits(number) {
		return fmt.Errorf("%q is no number to dial", number)
	}
	vars := map[string]string{
		"TL_CALL":                            o.Call.String(),
		"PJSIP_HEADER(add,X-Trunkline-Call)": o.Call.String(),
		// A created channel's From is its connected line's.
		"CONNECTEDLINE(num,i)": o.CallerID,
		"CALLERID(num)":        o.CallerID,
	}
	noting := o.Channel == o.Call.Channel() // and not a third party, who has no note
	if noting {
		err := p.takeNote(ctx, o.Call, noteMade)
		if err != nil {
			return err
		}
		vars[pushNote] = noteHandler
	}
	_, err := p.ari.CreateChannel(ctx, ari.CreateRequest{
		ChannelCreateRequest: arilib.ChannelCreateRequest{
			Endpoint: "PJSIP/" + number + "@" + o.Carrier.Name, App: App,
			AppArgs: o.Role + "," + o.Call.String(), ChannelID: o.Channel,
		},
		Variables: vars,
	})
	if err != nil {
		return kind(err)
	}
	err = p.joinCreated(ctx, o.Bridge, o.Channel)
	if err == nil && noting {
		err = p.takeNote(ctx, o.Call, noteSent)
	}
	if err == nil {
		err = kind(p.ari.Dial(ctx, o.Channel, "", o.Timeout))
	}
	if err != nil {
		return errors.Join(err, p.Hangup(ctx, o.Channel, 0))
	}
	return nil
}

// joinCreated joins a channel that was created just now: it enters the
// application in a thread of its own, and until then Asterisk answers 422
// ("Channel not in Stasis application").
func (p *PBX) joinCreated(ctx context.Context, bridge, channel string) error {
	ctx, cancel := context.WithTimeout(ctx, enterLimit)
	defer cancel()
	for pause := 2 * time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		err := p.ari.AddChannel(ctx, bridge, ari.AddOptions{}, channel)
		var e *ari.Error
		if err == nil || !errors.As(err, &e) || e.Status != http.StatusUnprocessableEntity {
			return kind(err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// Ring calls an agent's phone, which is handed to listen when it has answered.
func (p *PBX) Ring(ctx context.Context, session dialer.SessionID, channel, login string) error {
	_, err := p.ami.Originate(ctx, ringing(channel, session.String(), login))
	return err
}

// Mute silences what a channel sends.
func (p *PBX) Mute(ctx context.Context, channel string, on bool) error {
	if on {
		return kind(p.ari.Mute(ctx, channel, ari.In))
	}
	return kind(p.ari.Unmute(ctx, channel, ari.In))
}

// Music plays music on hold to a channel that is in no bridge: a sound of ours,
// over and over, or a class; "" is the default.
func (p *PBX) Music(ctx context.Context, channel, music string) error {
	return kind(p.ari.StartMOH(ctx, channel, musicClass(music)))
}

// greetPlayback begins the name of what Greet plays.
const greetPlayback = "tl-g-"

// Greet plays a sound to a channel that may be taken from it: see Hush.
func (p *PBX) Greet(ctx context.Context, channel, sound string) error {
	_, err := p.ari.Play(ctx, channel, greetPlayback+channel, p.media(sound)...)
	return kind(err)
}

// Hush ends what Greet plays, if it is not over yet, and music. Until a sound is
// over its channel does nothing else, entering a bridge included.
func (p *PBX) Hush(ctx context.Context, channel string) error {
	err := p.ari.StopPlayback(ctx, greetPlayback+channel)
	if ari.IsNotFound(err) {
		err = nil // it is over, or nothing was played
	}
	return kind(errors.Join(err, p.ari.StopMOH(ctx, channel)))
}

// Digits sends tones to a channel's far end (RFC 4733 on our endpoints).
func (p *PBX) Digits(ctx context.Context, channel, digits string) error {
	return kind(p.ari.SendDTMF(ctx, channel, digits, ari.DTMFOptions{}))
}

// TakeOut takes a channel out of its bridge, or from its music on hold.
func (p *PBX) TakeOut(ctx context.Context, bridge, channel string, held bool) error {
	return p.recorded(ctx, channel, func() error {
		if held {
			return kind(p.ari.StopMOH(ctx, channel))
		}
		return kind(p.ari.RemoveChannel(ctx, bridge, channel))
	})
}

// Announce plays sounds, joined by "&", to everybody in a bridge.
func (p *PBX) Announce(ctx context.Context, bridge, sound string) error {
	_, err := p.ari.PlayToBridge(ctx, bridge, "tl-p-"+bridge, p.media(sound)...)
	return kind(err)
}

// Notice plays sounds to everybody in a bridge, as Announce does, on behalf of a
// channel in it, whose name the playback bears: events find the channel by it.
func (p *PBX) Notice(ctx context.Context, bridge, channel, sound string) error {
	_, err := p.ari.PlayToBridge(ctx, bridge, noticePlayback+channel, p.media(sound)...)
	return kind(err)
}

const noticePlayback = "tl-n-"

// Snoop makes a channel that hears both sides of another. Whispering, it is
// heard by the party at that channel's far end and by nobody in its bridge.
func (p *PBX) Snoop(ctx context.Context, channel, snoop string, whisper bool) error {
	o := ari.SnoopOptions{App: App, AppArgs: "snoop," + snoop, Spy: ari.Both, Whisper: ari.None}
	if whisper {
		o.Whisper = ari.Out
	}
	_, err := p.ari.Snoop(ctx, channel, snoop, o)
	return kind(err)
}

// Received is how many packets of sound have come from a channel's far end.
func (p *PBX) Received(ctx context.Context, channel string) (int, error) {
	s, err := p.ari.RTPStatistics(ctx, channel)
	return s.Received, kind(err)
}
