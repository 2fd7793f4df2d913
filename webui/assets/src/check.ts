// The check before a shift: whether this browser hears its user, reaches the
// telephony servers, and lets voice through.
import { themeSwitch } from "./theme";
import { $ } from "./view";

type Look = "good" | "watch" | "bad" | "mute";

// line is one of the things that are checked.
class Line {
  constructor(private readonly at: HTMLElement) {}

  say(look: Look, word: string, sentence: string): Look {
    const chip = this.at.querySelector<HTMLElement>("[data-word]")!;
    chip.className = `st ${look}`;
    chip.textContent = word;
    this.at.querySelector<HTMLElement>("[data-says]")!.textContent = sentence;
    return look;
  }
}

const line = (id: string) => new Line($(`check-${id}`));
const within = <T>(ms: number, what: Promise<T>): Promise<T> => Promise.race([what, new Promise<never>((_, no) => setTimeout(() => no(new Error("too slow")), ms))]);
const median = (all: number[]) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)];

async function web(): Promise<Look> {
  const to = line("web");
  to.say("mute", "Looking", "How long the pages take to answer.");
  const took: number[] = [];
  try {
    for (let i = 0; i < 5; i++) {
      const began = performance.now();
      await within(4000, fetch("/healthz", { cache: "no-store" }));
      took.push(performance.now() - began);
    }
  } catch {
    return to.say("bad", "No answer", "The site answers too slowly or not at all. Look whether other sites open, then tell your administrator.");
  }
  const ms = Math.round(median(took));
  return ms < 300 ? to.say("good", "Good", `Answers within ${ms} ms.`) : to.say("watch", "Slow", `Answers within ${ms} ms. The screen will lag behind the calls; a VPN or a busy line may be in the way.`);
}

let stream: MediaStream | undefined;

async function microphone(): Promise<Look> {
  const to = line("mic");
  to.say("mute", "Listening", "Say a few words.");
  if (!navigator.mediaDevices) return to.say("bad", "Not allowed", "The browser gives no microphone to pages without https. Open this page by its https address.");
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch (e) {
    return (e as DOMException).name === "NotAllowedError"
      ? to.say("bad", "Not allowed", "The browser may not use the microphone. Allow it beside the address, then press Check again.")
      : to.say("bad", "None found", "No microphone was found. Plug in your headset, then press Check again.");
  }
  const name = stream.getAudioTracks()[0]?.label || "A microphone";
  const context = new AudioContext();
  await context.resume();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(analyser);
  const wave = new Float32Array(analyser.fftSize);
  const meter = $<HTMLMeterElement>("level");
  meter.hidden = false;
  let loudest = 0;
  const until = performance.now() + 6000;
  while (performance.now() < until && loudest < 0.05) {
    await new Promise((on) => setTimeout(on, 80));
    analyser.getFloatTimeDomainData(wave);
    const level = Math.sqrt(wave.reduce((sum, v) => sum + v * v, 0) / wave.length);
    meter.value = Math.min(1, level * 4);
    loudest = Math.max(loudest, level);
  }
  meter.hidden = true;
  await context.close();
  if (loudest < 0.0008) return to.say("bad", "Silent", `${name} gives no sound at all. Look for a mute switch on the headset, and whether the browser uses the right microphone.`);
  if (loudest < 0.01) return to.say("watch", "Quiet", `${name} is heard, but faintly. Move it nearer to your mouth, or turn it up in the system's settings.`);
  return to.say("good", "Heard", `${name} is heard.`);
}

// options is a SIP request that asks for nothing but an answer, whatever it is.
function options(domain: string, n: number): string {
  const id = crypto.randomUUID();
  return [
    `OPTIONS sip:${domain} SIP/2.0`, `Via: SIP/2.0/WSS check.invalid;branch=z9hG4bK${id}`, "Max-Forwards: 70", `From: <sip:check@${domain}>;tag=${id.slice(0, 8)}`, `To: <sip:${domain}>`,
    `Call-ID: ${id}`, `CSeq: ${n} OPTIONS`, "User-Agent: Trunkline check", "Content-Length: 0", "", "",
  ].join("\r\n");
}

async function phoneLine(at: HTMLElement): Promise<Look> {
  const to = new Line(at);
  const { server = "", name = "" } = at.dataset;
  to.say("mute", "Connecting", "The secure connection for calls (WSS), and its round trip.");
  const began = performance.now();
  const socket = new WebSocket(server, "sip");
  const opened = new Promise<void>((yes, no) => {
    socket.onopen = () => yes();
    socket.onerror = () => no(new Error("refused"));
  });
  let answers = false;
  try {
    await within(8000, opened);
    answers = true;
    const open = Math.round(performance.now() - began);
    const domain = new URL(server).hostname;
    const took: number[] = [];
    for (let n = 1; n <= 5; n++) {
      const sent = performance.now();
      const answered = new Promise<void>((yes) => (socket.onmessage = () => yes()));
      socket.send(options(domain, n));
      await within(4000, answered);
      took.push(performance.now() - sent);
    }
    const worst = Math.round(Math.max(...took));
    const ms = Math.round(median(took));
    if (ms > 300) return to.say("watch", "Slow", `Connected in ${open} ms, but a round trip takes ${ms} ms. You and the customer will talk into each other; a VPN may be in the way.`);
    return to.say("good", "Good", `Connected in ${open} ms; a round trip takes ${ms} ms, at most ${worst} ms.`);
  } catch {
    if (answers) return to.say("bad", "No answer", `The phone line to ${name} opens, but nobody answers there. Tell your administrator that Asterisk on ${name} is not well.`);
    return to.say("bad", "Not reached", `The phone line to ${name} does not open. A firewall may block ${new URL(server).host}, or its certificate is not trusted here: show this to your administrator.`);
  } finally {
    socket.onopen = socket.onerror = socket.onmessage = null;
    socket.close();
  }
}

// voice connects this browser with itself, which needs all that a call needs of
// it: WebRTC that nobody has switched off, and an address for the voice.
async function voice(): Promise<Look> {
  const to = line("ice");
  to.say("mute", "Looking", "Whether this browser and its network let voice through (WebRTC, ICE).");
  if (!("RTCPeerConnection" in window)) return to.say("bad", "Switched off", "This browser has no WebRTC, or an extension has switched it off. Use a current Chrome, Edge, Firefox or Safari.");
  const began = performance.now();
  const [a, b] = [new RTCPeerConnection(), new RTCPeerConnection()];
  const kinds = new Set<string>();
  try {
    a.onicecandidate = (e) => {
      if (e.candidate?.candidate) kinds.add(e.candidate.protocol ?? "");
      if (e.candidate) void b.addIceCandidate(e.candidate).catch(() => {});
    };
    b.onicecandidate = (e) => void (e.candidate && a.addIceCandidate(e.candidate).catch(() => {}));
    const connected = new Promise<void>((yes, no) => {
      b.onconnectionstatechange = () => (b.connectionState === "connected" ? yes() : b.connectionState === "failed" && no(new Error("failed")));
    });
    if (stream) for (const track of stream.getAudioTracks()) a.addTrack(track, stream);
    else a.addTransceiver("audio");
    await a.setLocalDescription();
    await b.setRemoteDescription(a.localDescription!);
    await b.setLocalDescription();
    await a.setRemoteDescription(b.localDescription!);
    await within(8000, connected);
    return to.say("good", "Good", `The browser lets voice through, and found its way in ${Math.round(performance.now() - began)} ms. The way to the server is tried as you sign in.`);
  } catch {
    return kinds.size === 0
      ? to.say("bad", "Blocked", "The browser offers no address for voice. A VPN or privacy extension may hide it: switch it off for this site.")
      : to.say("bad", "Blocked", "Voice does not get through, although the browser offers an address. A firewall on this computer may block it: show this to your administrator.");
  } finally {
    a.close();
    b.close();
  }
}

async function check(): Promise<void> {
  const button = $<HTMLButtonElement>("start");
  button.disabled = true;
  $("verdict").textContent = "";
  const servers = [...document.querySelectorAll<HTMLElement>("[data-server]")];
  const [mic, ...others] = await Promise.all([microphone(), web(), ...servers.map(phoneLine)]);
  const all = [mic, ...others, await voice()];
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = undefined;
  const bad = all.filter((l) => l === "bad").length;
  $("verdict").textContent = bad ? `${bad} of ${all.length} ${bad === 1 ? "needs" : "need"} a look before you take calls: see above.` : all.includes("watch") ? "You can take calls. See above what may be heard." : "All is well. You can take calls.";
  button.disabled = false;
  if (document.activeElement === document.body) button.focus(); // a button that is disabled loses the focus
  button.textContent = "Check again";
}

themeSwitch();
$("start").addEventListener("click", () => void check());
