// The page's own phone: it registers at the telephony server over WebSocket and
// answers the one caller there is, our server, which leads it into the agent's
// bridge for the whole shift.
import * as JsSIP from "jssip";
import type { UA } from "jssip/lib/UA";
import type { RTCSession } from "jssip/lib/RTCSession";

export interface Account {
  kind: string;
  login: string;
  secret: string;
  ws_url: string;
  domain: string;
  server: string;
}

export type PhoneState = "off" | "microphone" | "registering" | "registered" | "connecting" | "connected" | "failed";

// gatherFor is how long ICE may gather when no candidate has come: waiting for
// all of them takes tens of seconds on a machine with VPN adapters.
const gatherFor = 500;
// socketFor is how long the WebSocket may take to open; JsSIP itself waits for
// ever.
const socketFor = 8000;
// pathFor is how long the voice's path may be interrupted before another one is
// made: Wi-Fi drops out for a second or two now and then.
const pathFor = 4000;

export class Phone {
  state: PhoneState = "off";
  problem = "";
  session?: RTCSession;
  pc?: RTCPeerConnection;
  remoteStream?: MediaStream;
  private ua?: UA;
  private mic?: MediaStream;
  private watchdog?: number;
  // unheard is set while there is no microphone any more, though there was one.
  private unheard = false;
  private stopped = false;
  // silenced is what the agent wants: a line that is rung anew, after a reload or on
  // another network, does not carry what they keep to themselves.
  private silenced = sessionStorage.getItem("muted") !== null;

  constructor(
    private readonly account: Account,
    private readonly audio: HTMLAudioElement,
    private readonly changed: () => void,
    private readonly say: (sentence: string) => void = () => {},
  ) {
    // A headset that is plugged in again needs no click.
    navigator.mediaDevices?.addEventListener("devicechange", () => this.unheard && !this.stopped && void this.plug());
  }

  // noMicrophone tells whether the microphone has gone and no other was found.
  get noMicrophone(): boolean {
    return this.unheard;
  }

  get registered(): boolean {
    return this.state === "registered" || this.state === "connecting" || this.state === "connected";
  }

  get inCall(): boolean {
    return this.session !== undefined;
  }

  get muted(): boolean {
    return this.inCall && this.silenced;
  }

  async start(): Promise<void> {
    this.stopped = false;
    if (this.unheard) return void (await this.plug());
    if (await this.microphone()) this.again();
  }

  // hangUp gives the call up: nobody may be sent to a phone that cannot talk.
  hangUp(): void {
    if (this.pc) this.leave(this.pc);
  }

  // stop hangs up and signs off, as far as a page that closes still can.
  stop(): void {
    this.stopped = true;
    clearTimeout(this.watchdog);
    this.ua?.stop();
    this.mic?.getTracks().forEach((t) => t.stop());
    this.mic = undefined;
    this.set("off");
  }

  mute(on: boolean): void {
    this.silenced = on;
    if (on) sessionStorage.setItem("muted", "yes");
    else sessionStorage.removeItem("muted");
    this.carry();
    this.changed();
  }

  // carry lets the line carry the microphone, or not: JsSIP knows of its present call
  // alone, and the microphone's tracks outlive it.
  private carry(): void {
    for (const track of this.mic?.getAudioTracks() ?? []) track.enabled = !this.silenced;
    if (!this.session?.isEstablished()) return;
    if (this.silenced) this.session.mute({ audio: true });
    else this.session.unmute({ audio: true });
  }

  tone(key: string): void {
    // JsSIP's default is SIP INFO, which the customer's side never hears.
    this.session?.sendDTMF(key, { transportType: "RFC2833" as never, duration: 120 });
  }

  private async microphone(): Promise<boolean> {
    if (this.mic?.active) return true;
    this.set("microphone");
    if (!navigator.mediaDevices) {
      this.fail("The browser gives no microphone to pages without https. Open this page by its https address.");
      return false;
    }
    try {
      this.mic = await navigator.mediaDevices.getUserMedia({ audio: true });
      for (const track of this.mic.getTracks()) track.addEventListener("ended", () => void this.unplugged());
    } catch (e) {
      const name = (e as DOMException).name;
      this.fail(
        name === "NotAllowedError"
          ? "The browser may not use the microphone. Allow it beside the address, then press Connect phone."
          : this.unheard
            ? "Your microphone is gone: nobody hears you. Plug the headset in again, or press Connect phone."
            : "No microphone was found. Plug in your headset, then press Connect phone.",
      );
      return false;
    }
    return true;
  }

  // unplugged goes on with another microphone, and says so.
  private async unplugged(): Promise<void> {
    if (this.stopped) return;
    this.mic = undefined;
    this.unheard = true;
    await this.plug();
    if (this.unheard) this.say(this.problem);
  }

  // plug puts a microphone in place of the one that has gone, in the call that is up.
  private async plug(): Promise<void> {
    if (this.state === "microphone" || !(await this.microphone())) return;
    this.unheard = false;
    const [track] = (this.mic as MediaStream | undefined)?.getAudioTracks() ?? [];
    const sender = this.pc?.getSenders().find((s) => s.track?.kind === "audio" || s.track === null);
    if (track) track.enabled = !this.silenced;
    if (sender && track) await sender.replaceTrack(track).catch(() => {});
    this.set(this.session ? "connected" : this.ua?.isRegistered() ? "registered" : "registering");
    this.say(`The microphone has changed: ${track?.label || "another one"} is in use now. Say a few words, to be sure that you are heard.`);
  }

  private register(): void {
    this.set("registering");
    const ua = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(this.account.ws_url)],
      uri: `sip:${this.account.login}@${this.account.domain}`,
      authorization_user: this.account.login,
      password: this.account.secret,
      register: true,
      register_expires: 120,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 8,
      user_agent: "Trunkline desk",
    });
    this.ua = ua;
    ua.on("connecting", () => {
      clearTimeout(this.watchdog);
      this.watchdog = window.setTimeout(() => this.again(), socketFor);
    });
    ua.on("connected", () => clearTimeout(this.watchdog));
    ua.on("disconnected", () => {
      if (!this.stopped && !this.unheard) this.set(this.inCall ? this.state : "registering");
    });
    ua.on("registered", () => this.unheard || this.set(this.inCall ? "connected" : "registered"));
    ua.on("registrationFailed", (e) => {
      if (this.stopped) return;
      const refused = e.response?.status_code === 401 || e.response?.status_code === 403;
      this.fail(
        refused
          ? `The server ${this.account.server} refuses this phone. Tell your administrator.`
          : `The server ${this.account.server} does not take the phone yet. The page tries again.`,
      );
      window.setTimeout(() => !this.stopped && this.ua === ua && !ua.isRegistered() && ua.register(), 3000);
    });
    ua.on("newRTCSession", (e: { originator: string; session: RTCSession }) => {
      if (e.originator === "remote") this.answer(e.session);
    });
    ua.start();
  }

  // again replaces a user agent whose socket hangs.
  private again(): void {
    const old = this.ua;
    this.ua = undefined;
    (old as unknown as { removeAllListeners(): void } | undefined)?.removeAllListeners(); // its types leave that out
    old?.stop();
    if (!this.stopped) this.register();
  }

  private answer(session: RTCSession): void {
    if (this.session) {
      session.terminate({ status_code: 486 });
      return;
    }
    this.session = session;
    this.set("connecting");
    this.carry();
    session.on("peerconnection", (e) => this.watch(e.peerconnection));
    let ready: (() => void) | undefined;
    session.on("icecandidate", (e) => {
      if (!ready) window.setTimeout(e.ready, gatherFor);
      ready = e.ready;
      // One address of our own is enough between this browser and our server.
      if (e.candidate.type === "host" || e.candidate.type === "srflx") e.ready();
    });
    session.on("confirmed", () => {
      if (this.session !== session) return;
      this.carry();
      this.set("connected");
    });
    const over = () => {
      if (this.session === session) this.ended();
    };
    session.on("ended", over);
    session.on("failed", over);
    session.answer({
      mediaStream: this.mic,
      mediaConstraints: { audio: true, video: false },
      pcConfig: { iceServers: [], bundlePolicy: "max-bundle" },
    });
  }

  private watch(pc: RTCPeerConnection): void {
    this.pc = pc;
    // On another network the old path leads nowhere: the call is left, and the
    // server rings again, over a new one. The customer stays in the bridge.
    pc.addEventListener("connectionstatechange", () => {
      if (pc === this.pc && pc.connectionState === "failed") this.leave(pc);
      if (pc.connectionState === "disconnected") window.setTimeout(() => pc.connectionState === "disconnected" && this.leave(pc), pathFor);
    });
    pc.addEventListener("track", (e) => {
      this.remoteStream = e.streams[0] ?? new MediaStream([e.track]);
      this.audio.srcObject = this.remoteStream;
      this.audio.play().catch(() => {
        this.problem = "The browser holds the sound back until you click somewhere on this page.";
        document.addEventListener("click", () => void this.audio.play(), { once: true });
        this.changed();
      });
    });
  }

  // leave gives up a call whose path is gone.
  private leave(pc: RTCPeerConnection): void {
    if (pc !== this.pc || !this.session) return;
    const session = this.session;
    this.ended();
    try {
      session.terminate();
    } catch {
      // it has ended already
    }
  }

  private ended(): void {
    this.session = undefined;
    this.pc = undefined;
    this.remoteStream = undefined;
    this.audio.srcObject = null;
    if (this.unheard) this.changed();
    else if (!this.stopped) this.set(this.ua?.isRegistered() ? "registered" : "registering");
  }

  private fail(problem: string): void {
    this.problem = problem;
    this.state = "failed";
    this.changed();
  }

  private set(state: PhoneState): void {
    this.state = state;
    this.problem = "";
    this.changed();
  }
}
