// How the talk sounds: what the browser counts of the voice in both directions,
// judged by the E-model (ITU-T G.107, in its usual short form for G.711).

export interface Sound {
  loss?: number; // percent, of the worse direction
  jitter: number; // ms
  rtt?: number; // ms to the server and back
  mic?: number; // level of the microphone, 0 to 1
  score?: number; // expected opinion, 1 to 5
}

interface Counted {
  lost: number;
  received: number;
}

const every = 2000;
// rttLooks span more than the 5 s between two reports of RTCP.
const rttLooks = 4;

export class Quality {
  private before?: { pc: RTCPeerConnection } & Counted;
  private share?: number; // lost in the look before
  private jitter = 0; // in the look before, ms
  private rtts: number[] = []; // in the last looks, ms

  // heard is told what was measured, undefined while no phone is connected.
  constructor(
    private readonly pc: () => RTCPeerConnection | undefined,
    private readonly heard: (s: Sound | undefined) => void,
  ) {
    setInterval(() => void this.look(), every);
  }

  private async look(): Promise<void> {
    const pc = this.pc();
    if (!pc || pc.connectionState !== "connected") {
      this.before = this.share = undefined;
      this.jitter = 0;
      this.rtts = [];
      return this.heard(undefined);
    }
    const now: Counted = { lost: 0, received: 0 };
    const s: Sound = { jitter: 0 };
    let theirs: number | undefined;
    for (const r of (await pc.getStats()).values()) {
      if (r.type === "inbound-rtp" && r.kind === "audio") {
        now.lost = r.packetsLost ?? 0;
        now.received = r.packetsReceived ?? 0;
        s.jitter = Math.round((r.jitter ?? 0) * 1000);
      } else if (r.type === "remote-inbound-rtp" && r.kind === "audio") {
        theirs = r.fractionLost;
        if (r.roundTripTime !== undefined) s.rtt = Math.round(r.roundTripTime * 1000);
      } else if (r.type === "media-source" && r.kind === "audio") {
        s.mic = r.audioLevel;
      } else if (r.type === "candidate-pair" && r.nominated && r.currentRoundTripTime !== undefined) {
        s.rtt ??= Math.round(r.currentRoundTripTime * 1000);
      }
    }
    const before = this.before?.pc === pc ? this.before : undefined;
    this.before = { pc, ...now };
    const packets = before ? now.received + now.lost - before.received - before.lost : 0;
    const ours = before && packets > 0 ? Math.max(0, now.lost - before.lost) / packets : undefined;
    // A hold or a third party makes a jump in the numbers of the packets, which
    // counts as a loss, and one in their times, which counts as jitter (RFC 3550, 6.4.1,
    // takes a second to forget it). A laptop that wakes has waited for an answer as long
    // as it slept, which stands there until the next report of RTCP. Only what goes on
    // is told.
    const share = ours === undefined && theirs === undefined ? undefined : Math.max(ours ?? 0, theirs ?? 0);
    if (share !== undefined) s.loss = Math.round(Math.min(share, this.share ?? 0) * 1000) / 10;
    this.share = share;
    if (s.rtt !== undefined) {
      this.rtts = [...this.rtts, s.rtt].slice(-rttLooks);
      s.rtt = Math.min(...this.rtts);
    }
    [s.jitter, this.jitter] = [Math.min(s.jitter, this.jitter), s.jitter];
    s.score = score(s);
    this.heard(s);
  }
}

// score is the expected mean opinion of a talk; undefined before anything was
// counted.
export function score(s: Sound): number | undefined {
  if (s.loss === undefined && s.rtt === undefined) return undefined;
  const delay = (s.rtt ?? 0) / 2 + 2 * s.jitter + 10; // one way, with the jitter buffer
  const r = 93.2 - (delay < 160 ? delay / 40 : (delay - 120) / 10) - 2.5 * (s.loss ?? 0);
  const mos = r <= 0 ? 1 : 1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r);
  return Math.round(Math.min(4.5, Math.max(1, mos)) * 10) / 10;
}

// judge is a word for it, its look, and what to do where something is wrong.
export function judge(s: Sound): { word: string; look: "good" | "watch" | "bad"; advice: string } {
  const mos = s.score ?? 4.4;
  const lossy = (s.loss ?? 0) >= 3;
  const slow = (s.rtt ?? 0) >= 300;
  const advice = lossy
    ? `Of the voice ${s.loss} % is lost on the way. Plug in a network cable or move nearer to the Wi-Fi, and stop downloads.`
    : slow
      ? `The voice takes ${s.rtt} ms to the server and back. A VPN or a busy line may be in the way.`
      : s.jitter >= 60
        ? `The voice arrives unevenly (${s.jitter} ms). Something else may be using your line.`
        : "";
  if (mos < 3.6) return { word: "Audio poor", look: "bad", advice };
  if (mos < 4 || advice) return { word: "Audio fair", look: "watch", advice };
  return { word: "Audio good", look: "good", advice };
}

// Silence notices a microphone that gives nothing.
export class Silence {
  private since?: number;

  // after tells whether nothing has come for that long while something should.
  after(seconds: number, level: number | undefined, expected: boolean): boolean {
    if (!expected || level === undefined || level > 0.0008) this.since = undefined;
    else this.since ??= performance.now();
    return this.since !== undefined && performance.now() - this.since > seconds * 1000;
  }
}
