package asterisk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"trunkline/ami"
	"trunkline/ami/ari"
	"trunkline/dialer"
)

// MixMonitor hears a channel through a decoder of its own, one for each
// direction, and it loses its hearing when what the channel hears changes.
// Debian's Asterisk carries a patch for Opus (2016_opus_plc.patch, 22.10.1),
// by which every decoder drops a packet whose RTP sequence number is up to
// 32768 behind the one before: a late one, it holds. Numbers begin anywhere, so
// after music, or with another agent, every other recording would go on
// without that side until the numbers have caught up, for up to 11 minutes,
// while both parties hear each other well. So a recorder is stopped where the
// sound's source changes, and begins anew at the end of the same file, with new
// decoders.

// The channel variables in which a recording's state outlives listen.
const (
	varFile   = "MIXMONITOR_FILENAME" // MixMonitor's own; empty while nothing records
	varSilent = "TL_RECORD_SILENT"    // one of the following, or empty
	silentNow = "1"
	silentOld = "2" // the source has changed in the silence
)

// deaf is how long a recorder is away: Asterisk throws its decoders away with
// the first packet, of either direction, after its end; packets hold 20 ms.
const deaf = 60 * time.Millisecond

// Record starts recording a channel, both sides, into a file below Asterisk's
// monitor folder, unless it is being recorded. A file that is there goes on. A
// channel that is gone is ErrNotFound.
// MixMonitor costs less than a recorded bridge.
func (p *PBX) Record(ctx context.Context, channel, file string) error {
	// Two MixMonitors would write over each other's file.
	running, err := p.ari.Variable(ctx, channel, varFile)
	if err != nil || running != "" {
		return kind(err)
	}
	// Whoever was killed between the two steps of breakOff has left one running.
	var none *ami.ActionError
	err = p.ami.StopMixMonitor(ctx, channel, "")
	if err != nil && !errors.As(err, &none) {
		return fmt.Errorf("%w: %w", dialer.ErrUnavailable, err)
	}
	err = p.mixMonitor(ctx, channel, file)
	if errors.As(err, &none) {
		// AMI has one answer for all that it refuses.
		if _, gone := p.ari.Variable(ctx, channel, varFile); ari.IsNotFound(gone) {
			return kind(gone)
		}
	}
	return err
}

func (p *PBX) mixMonitor(ctx context.Context, channel, file string) error {
	_, err := p.ami.MixMonitor(ctx, channel, file, "a")
	var refused *ami.ActionError
	if err == nil || errors.As(err, &refused) {
		return err
	}
	return fmt.Errorf("%w: %w", dialer.ErrUnavailable, err)
}

// Recorded tells whether a recording of the channel was started and goes on:
// MixMonitor leaves its file's name on the channel, and breakOff takes it away.
func (p *PBX) Recorded(ctx context.Context, channel string) (bool, error) {
	file, err := p.ari.Variable(ctx, channel, varFile)
	return file != "", kind(err)
}

// SilenceRecording replaces both directions of a channel's recording by
// silence, or lets the sound through again. The file keeps its length.
func (p *PBX) SilenceRecording(ctx context.Context, channel string, silent bool) error {
	if silent {
		// First the note: with it no recorder begins anew, which would hear.
		err := p.setVariable(ctx, channel, varSilent, silentNow)
		if err != nil {
			return err
		}
		return p.ami.MixMonitorMute(ctx, channel, "both", true)
	}
	was, err := p.ari.Variable(ctx, channel, varSilent)
	if err != nil {
		return kind(err)
	}
	err = p.ami.MixMonitorMute(ctx, channel, "both", false)
	if err != nil || was == "" {
		return err
	}
	err = p.setVariable(ctx, channel, varSilent, "")
	if err != nil || was != silentOld {
		return err
	}
	return p.FollowSound(ctx, channel)
}

// FollowSound has a channel's recording hear a source of sound that is new: a
// third party, another phone of the agent's. It costs the file 60 ms.
func (p *PBX) FollowSound(ctx context.Context, channel string) error {
	return p.recorded(ctx, channel, func() error { return nil })
}

// recorded moves a channel, which is perhaps being recorded, to another source
// of sound.
func (p *PBX) recorded(ctx context.Context, channel string, move func() error) error {
	file := p.breakOff(ctx, channel)
	began := time.Now()
	err := move()
	if file == "" {
		return err
	}
	select {
	case <-time.After(deaf - time.Since(began)):
	case <-ctx.Done(): // the recording must go on all the same
	}
	rest, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	again := p.mixMonitor(rest, channel, file)
	if again != nil && rest.Err() == nil {
		_, gone := p.ari.Variable(rest, channel, varFile)
		if !errors.Is(kind(gone), dialer.ErrNotFound) {
			p.log.Error("a recording has not gone on", "channel", channel, "file", file, "err", again)
		}
	}
	return err
}

// breakOff ends a channel's recorder and gives the file in which it must go on,
// or none: nothing is recorded, or it is silent and needs no ears. First it
// takes the name away: a listen that is killed after that finds a channel that
// is not being recorded, and begins again.
func (p *PBX) breakOff(ctx context.Context, channel string) string {
	file, err := p.ari.Variable(ctx, channel, varFile)
	if err != nil || file == "" {
		return ""
	}
	silent, err := p.ari.Variable(ctx, channel, varSilent)
	if err == nil && silent != "" {
		err = p.setVariable(ctx, channel, varSilent, silentOld)
		if err != nil {
			p.log.Warn("a recording may lose one side after its pause", "channel", channel, "err", err)
		}
		return ""
	}
	if err == nil {
		err = p.setVariable(ctx, channel, varFile, "")
	}
	if err == nil {
		err = p.ami.StopMixMonitor(ctx, channel, "")
		var refused *ami.ActionError
		if err == nil || errors.As(err, &refused) {
			return file
		}
		_ = p.setVariable(ctx, channel, varFile, file) // it goes on, as well as it can
	}
	p.log.Warn("a recording may lose one side", "channel", channel, "err", err)
	return ""
}
