package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"trunkline/ami/ari"
	"trunkline/dialer"
)

// keepCalls has a page remember its calls, and how each came about, for voices.
const keepCalls = `(() => {
  const calls = window.keptCalls = [];
  const Real = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    constructor(...of) {
      super(...of);
      calls.push(this);
      const began = performance.now(), way = this.way = [];
      const step = word => way.push(word + " after " + Math.round(performance.now() - began) + " ms");
      for (const [event, word] of Object.entries({
        signalingstatechange: () => this.signalingState, icegatheringstatechange: () => "gathering " + this.iceGatheringState,
        iceconnectionstatechange: () => "ICE " + this.iceConnectionState, connectionstatechange: () => this.connectionState,
        icecandidate: e => "candidate " + (e.candidate ? e.candidate.protocol + " " + e.candidate.address : "none more"),
      })) this.addEventListener(event, e => step(word(e)));
    }
  };
})()`

// voices looks for a second at what a page's calls send and hear: a microphone
// that is dead, or taken for noise, has no level.
const voices = `(async () => {
  const calls = (window.keptCalls ?? []).slice(-3), lines = calls.map(() => ({sent: 0, heard: 0}));
  const look = async (pc, line) => {
    (await pc.getStats()).forEach(s => {
      if (s.type === "media-source") line.sent = Math.max(line.sent, s.audioLevel ?? 0), line.energy = s.totalAudioEnergy, line.spoken = s.totalSamplesDuration;
      if (s.type === "outbound-rtp") line.out = s.packetsSent;
      if (s.type === "inbound-rtp") line.heard = Math.max(line.heard, s.audioLevel ?? 0), line.in = s.packetsReceived;
    });
  };
  for (let n = 0; n < 20; n++) {
    for (const [i, pc] of calls.entries()) if (pc.connectionState !== "closed") await look(pc, lines[i]);
    await new Promise(r => setTimeout(r, 50));
  }
  return calls.map((pc, i) => {
    const t = pc.getSenders()[0]?.track, l = lines[i];
    return (pc.way ?? []).join(", ") + "; " + pc.connectionState + ", microphone " + (t ? t.readyState + (t.enabled ? "" : " off") + (t.muted ? " muted" : "") : "none") +
      ", sends level " + l.sent.toFixed(4) + " (" + l.out + " packets, energy " + (l.energy ?? 0).toFixed(3) + " in " + (l.spoken ?? 0).toFixed(1) + " s), hears level " + l.heard.toFixed(4) + " (" + l.in + " packets)";
  });
})()`

// voices tells, a line each, of the page's calls.
func (p *page) voices() {
	calls, err := ask[[]string](p, voices)
	p.t.Logf("the page's calls (%v): %s", err, strings.Join(calls, "; "))
}

// floor tells, a line each, who sits in which of Asterisk's bridges and how much
// sound each supervisor's and agent's phone has sent and been sent.
func (s *stage) floor(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	a := s.cfg.Asterisk
	c, err := ari.New(ari.Options{URL: a.ARI, User: a.ARIUser, Password: a.ARISecret})
	if err != nil {
		t.Log(err)
		return
	}
	bridges, err := c.Bridges(ctx)
	var lines []string
	in := map[string]bool{}
	for _, b := range bridges {
		lines = append(lines, fmt.Sprintf("%s (%s): %s", b.ID, b.Technology, strings.Join(b.ChannelIDs, " ")))
		for _, channel := range b.ChannelIDs {
			in[channel] = true
		}
	}
	channels, listed := c.Channels(ctx)
	for _, ch := range channels {
		line := ch.ID + " " + ch.State
		if !in[ch.ID] {
			line += ", in no bridge"
		}
		if _, snoop, watcher := dialer.WatchOfChannel(ch.ID); !watcher || !snoop {
			rtp, err := c.RTPStatistics(ctx, ch.ID)
			line += fmt.Sprintf(", %d packets from it and %d to it (%v)", rtp.Received, rtp.Sent, err)
		}
		lines = append(lines, line)
	}
	t.Logf("who is on the line (%v, %v):\n%s", err, listed, strings.Join(lines, "\n"))
}
