// The agent's screen. One snapshot says how things stand; everything on the page
// follows from it, and a click only asks the server for a change.
import { themeSwitch } from "./theme";
import { Link, post } from "./link";
import { Phone, type Account } from "./phone";
import { keyboard } from "./keys";
import * as view from "./view";
import * as callback from "./callback";
import { About, formKeys } from "./about";
import { Draft } from "./draft";
import { day, promises } from "./day";
import { Quality, Silence, judge } from "./quality";
import { $ } from "./view";
import type { Snapshot } from "./snapshot";
import { Actions } from "./actions";
import { timeOf } from "./moment";

let snap: Snapshot | undefined;
let snapAt = 0;
let phone: Phone | undefined;
let shownCall = ""; // the call that the page shows
let shownRefusal = "";
let leaving = false;
let stale = ""; // why what the page shows may be old
let unheard = ""; // why the server would not send a call here

// trunkline is a hook for tests and for support: the page's phone, its peer
// connection and what it hears.
Object.defineProperty(window, "trunkline", {
  value: {
    get phone() {
      return phone;
    },
    get pc() {
      return phone?.pc;
    },
    get remoteStream() {
      return phone?.remoteStream;
    },
    get snapshot() {
      return snap;
    },
  },
});

// Toast --------------------------------------------------------------------

let toastTimer: number | undefined;

function toast(sentence: string, stays = false): void {
  clearTimeout(toastTimer);
  const box = $("toast");
  $("toast-text").textContent = sentence;
  box.hidden = sentence === "";
  if (sentence && !stays) toastTimer = window.setTimeout(() => (box.hidden = true), 9000);
}

$("toast-close").addEventListener("click", () => toast(""));

// Rendering ----------------------------------------------------------------

// serverTurned says that the telephony server has gone, or is back.
function serverTurned(s: Snapshot): string {
  if (s.server.up) return `The telephony server ${s.server.name} is back.`;
  const call = s.call ? "The call on the line goes on if you still hear each other. " : "";
  return `The telephony server ${s.server.name} does not answer. ${call}No new call comes to you until it is back, or until you continue on another server: what you have chosen and typed goes along.`;
}

function received(next: Snapshot): void {
  const before = snap;
  about.card.again();
  snap = next;
  snapAt = performance.now();
  if (next.call && next.call.id !== before?.call?.id) {
    arrived(next);
    // Whom the last customer was not to hear, the next one is: a reload is no new call.
    if (before && (phone ? phone.muted : next.muted)) doings.mute();
  }
  if (next.refusal && next.refusal.intent !== shownRefusal) {
    shownRefusal = next.refusal.intent;
    leaving = false;
    draft.refused();
    toast(next.refusal.sentence);
  }
  // What a supervisor has said stays until it is closed, and is said once.
  if (next.notice && sessionStorage.getItem("notice") !== next.notice.id) {
    sessionStorage.setItem("notice", next.notice.id);
    toast(next.notice.sentence, true);
  }
  if (draft.wrote(next.draft)) about.again();
  if (before && before.server.up !== next.server.up) toast(serverTurned(next), !next.server.up);
  if (next.state === "OUT" && leaving) signOut();
  render();
  ensureLeg();
}

// arrived is the screen pop.
function arrived(s: Snapshot): void {
  const call = s.call!;
  shownCall = call.id;
  draft.begin(call.id);
  showTyped();
  // A digit is an outcome from now on, also after a pause that a key has chosen.
  const at = document.activeElement;
  if (at instanceof HTMLElement && $("pause").contains(at)) at.blur();
  if (s.state === "INCALL") $("announce").textContent = `Call: ${view.caller(call)}`;
}

// showTyped shows what was typed of the call before: in this page, this browser, or
// on another computer.
function showTyped(): void {
  $<HTMLTextAreaElement>("note").value = draft.typed.note;
  callback.again();
  noteHelp();
}

const setText = (id: string, text: string) => {
  const e = $(id);
  if (e.textContent !== text) e.textContent = text; // live regions speak only what changes
};

function render(): void {
  if (!snap) return;
  const s = snap;
  // Nothing that may be old looks calm, nor one who is sent no calls.
  const look = view.look(s);
  const shown = stale ? { word: "Not live", className: "watch" } : unheard && !s.call ? { ...look, className: "watch" } : look;
  const band = $("band");
  band.className = `band ${shown.className}`;
  band.dataset.state = s.state;
  setText("state", shown.word);
  document.title = `${shown.word} · Desk · Trunkline`;
  const b = view.band(s, phone);
  if (stale) b.about = [`Last known: ${look.word.toLowerCase()}. ${stale}`];
  else if (unheard) b.about = s.call || s.preview ? [{ strong: `${unheard} ` }, ...b.about] : [unheard];
  setText("who", b.who);
  $("about").replaceChildren(
    ...b.about.map((part) => {
      if (typeof part === "string") return document.createTextNode(part);
      const strong = document.createElement("b");
      strong.textContent = part.strong;
      return strong;
    }),
  );
  controls(s);
  cards(s);
  phoneState(s);
  for (const e of document.querySelectorAll("[data-campaign-name]")) e.textContent = s.campaign.name;
  setText("campaign", s.campaign.name);
  setText("today-calls", String(s.today.calls));
  setText("today-calls-word", s.today.calls === 1 ? "call" : "calls");
  setText("today-sales", String(s.today.sales));
  setText("today-sales-word", s.today.sales === 1 ? "sale" : "sales");
  setText("today-talk", hours(s.today.talk_s));
  setText("server", s.server.up ? s.server.name : `${s.server.name} is down`);
  setText("sound-server", s.server.up ? s.server.name : `${s.server.name}, down`);
  idle(s);
  tick();
}

let idleState = "";

// idle brings what stands there between calls up to date when the agent's state
// has changed: nobody asks the server by the clock.
function idle(s: Snapshot): void {
  if (s.state === idleState) return;
  idleState = s.state;
  if (s.state !== "PAUSED" && s.state !== "READY") return;
  void day(s.state);
  void promises((button, path, form) => void ask(button, path, form));
}

const hours = (s: number) => `${Math.floor(s / 3600)}:${String(Math.floor(s / 60) % 60).padStart(2, "0")}:${String(s % 60).padStart(2, "0")}`;

function controls(s: Snapshot): void {
  const talking = s.state === "INCALL";
  const held = talking && s.call?.state === "HELD";
  const bridged = talking && (held || s.call?.state === "TALKING");
  const shown: Record<string, boolean> = {
    hold: bridged,
    mute: talking && (phone?.inCall === true || s.phone.kind !== "webrtc"),
    keypad: talking && (phone?.inCall === true || s.phone.kind !== "webrtc"),
    hangup: talking,
    ...actions.controls(s),
    pause: s.state === "READY",
    ready: s.state === "PAUSED",
    "save-pause": s.state === "WRAPUP",
    save: s.state === "WRAPUP",
  };
  for (const [name, visible] of Object.entries(shown)) $(`do-${name}`).hidden = !visible;
  $("do-ready").classList.toggle("main", !s.preview); // who is looked at is dialed first
  if (!shown.keypad && $("keypad").matches(":popover-open")) $("keypad").hidePopover(); // digits are outcomes again
  word("hold", held ? "Resume" : "Hold");
  $("do-hold").setAttribute("aria-pressed", String(held));
  const muted = phone ? phone.muted : s.muted;
  word("mute", muted ? "Unmute" : "Mute");
  $("do-mute").setAttribute("aria-pressed", String(muted));
  word("record", s.call?.recording ? (s.record === "forced" ? "Recording" : "Pause recording") : s.call?.recording_paused ? "Go on recording" : "Record");
  actions.panels(s);
  for (const name of ["save", "save-pause"]) $(`do-${name}`).setAttribute("aria-disabled", String(chosen() === ""));
}

function word(name: string, text: string): void {
  const e = $(`do-${name}`).querySelector("[data-word]")!;
  if (e.textContent !== text) e.textContent = text;
}

function cards(s: Snapshot): void {
  const withCall = (s.state === "INCALL" || s.state === "WRAPUP") && s.call !== null;
  const lead = withCall ? s.call!.lead : (s.state === "PAUSED" || s.state === "READY") && s.preview ? s.preview : null;
  about.show(lead, withCall ? s.call!.id : "");
  $("outcome").hidden = !withCall;
  $("sound").hidden = withCall;
  $("script-call").hidden = !lead;
  $("script-idle").hidden = !!lead;
  $("history").hidden = !lead;
  $("promises").hidden = $("day").hidden = !!lead || s.state === "OUT";
  setText("lead-id", lead ? `Lead ${lead.lead_id}` : "");
  $("recording").hidden = !(withCall && s.call!.recording);
  const note = $<HTMLTextAreaElement>("note");
  note.disabled = !withCall;
  if (!withCall && note.value) {
    note.value = "";
    noteHelp();
  }
  if (!withCall && shownCall) {
    shownCall = "";
    draft.end();
    // What was typed into goes with the call: the single keys work again at once.
    const at = document.activeElement;
    if (at instanceof HTMLElement && at.closest("#outcome, #callback, #notes, #customer")) at.blur();
  }
  $("pause").hidden = s.state === "OUT" || s.state === "CONNECT";
  const target = withCall ? "outcome" : $("pause").hidden ? "band" : "pause";
  $<HTMLAnchorElement>("skip").href = `#${target}`;
  setText("skip", { outcome: "Skip to outcome", pause: "Skip to the reasons to pause", band: "Skip to your state" }[target]!);
  $("pause").classList.toggle("after", withCall);
  $("pause").classList.toggle("saving", s.state === "WRAPUP");
  setText("pause-hint", withCall ? "After this call" : s.state === "PAUSED" ? "Change the reason" : "At once");
  setText("outcome-hint", s.state === "INCALL" ? "Saved after the call" : "One key chooses");
  for (const p of document.querySelectorAll<HTMLElement>("[data-code]")) {
    const on = withCall ? p.dataset.code === s.pause_next : s.state === "PAUSED" && p.dataset.code === s.pause_code;
    p.setAttribute("aria-pressed", String(on));
  }
  let chosenName = "";
  offerLine();
  const picks = [...document.querySelectorAll<HTMLElement>("[data-status]:not([hidden])")];
  for (const [i, p] of picks.entries()) {
    const on = p.dataset.status === chosen();
    p.setAttribute("aria-checked", String(on));
    p.tabIndex = on || (chosen() === "" && i === 0) ? 0 : -1;
    if (on) chosenName = p.dataset.name ?? chosen();
  }
  callback.show(chosen(), s.call?.lead.zone ?? "", String(s.call?.lead.lead_id ?? ""), draft.typed.at, draft.typed.mine);
  setText("outcome-chosen", chosenName ? `Chosen: ${chosenName} (${chosen()}).` : "Nothing chosen yet.");
  for (const a of document.querySelectorAll<HTMLElement>("[data-for]")) a.hidden = $(a.dataset.for!).hidden;
}

function phoneState(s: Snapshot): void {
  const chip = $("phone-state");
  let text = "Phone connects";
  let look = "watch";
  if (phone?.noMicrophone) [text, look] = ["No microphone", "bad"];
  else if (s.phone.connected && (s.phone.kind !== "webrtc" || phone?.inCall)) [text, look] = ["Phone connected", "good"];
  else if (phone?.state === "failed") [text, look] = ["Phone needs you", "bad"];
  else if (!s.server.up) [text, look] = ["Server is down", "bad"];
  if (chip.textContent !== text) chip.textContent = text;
  chip.className = `st ${look}`;
  const manual = s.phone.kind !== "webrtc" ? !s.phone.connected : phone?.state === "failed";
  $("phone-connect").hidden = !manual || s.state === "OUT" || !s.server.up;
  $("server-move").hidden = s.server.up || s.state === "OUT";
  setText("sound-phone", s.phone.kind === "webrtc" ? "This browser" : s.phone.kind === "sip" ? "SIP phone" : "Fixed phone");
  setText("sound-mic", phone ? (phone.state === "failed" ? "Not in use" : phone.muted ? "Muted" : phone.inCall ? "On" : "Off") : "On the phone");
}

// tick moves the timer: it counts on from the age that the server gave.
function tick(): void {
  if (!snap) return;
  const s = snap;
  const timed = s.state === "INCALL" && s.call ? s.call.since_ms : s.since_ms;
  const text = view.clock((timed + performance.now() - snapAt) / 1000);
  const timer = $("timer");
  if (timer.textContent !== text) timer.textContent = text;
}
setInterval(tick, 250);

// The phone's leg ------------------------------------------------------------

let askedAt = -Infinity;
let staleSince = 0;

// ensureLeg has the server ring the page's phone whenever it is registered and
// has no call. After a reload the server may still hold the leg of the page that
// was: then it is told that this one is lost.
function ensureLeg(): void {
  if (!snap || !phone || snap.state === "OUT" || snap.phone.kind !== "webrtc") return;
  // Whoever has no microphone is sent no customers, from the moment that the one on the
  // line has gone.
  if (phone.noMicrophone && phone.inCall && ["WRAPUP", "READY", "PAUSED"].includes(snap.state)) phone.hangUp();
  if (!phone.registered || phone.inCall || leaving) {
    staleSince = 0;
    return;
  }
  const now = performance.now();
  if (now - askedAt < 6000) return;
  const lost = snap.phone.connected;
  if (lost) {
    // The old leg's end may be on its way.
    staleSince ||= now;
    if (now - staleSince < 700) return;
  }
  askedAt = now;
  void post("/desk/connect", lost ? { lost: "1" } : {}).then((sentence) => {
    if (!sentence) return;
    askedAt = performance.now() - 3000; // the next try may come sooner
    if (!stale) toast(sentence); // else the band says what is wrong, and nobody has pressed anything
  });
}
setInterval(ensureLeg, 500);

async function startPhone(): Promise<void> {
  let account: Account;
  try {
    const answer = await fetch("/desk/phone");
    if (!answer.ok) {
      if (answer.status === 401 || answer.status === 409) return location.assign("/login");
      throw new Error((await answer.json()).error);
    }
    account = await answer.json();
  } catch {
    setTimeout(() => void startPhone(), 3000);
    return;
  }
  if (account.kind !== "webrtc") return;
  phone = new Phone(
    account,
    $<HTMLAudioElement>("remote-audio"),
    () => {
      render();
      ensureLeg();
    },
    toast,
  );
  await phone.start();
}

$("phone-connect").addEventListener("click", () => {
  if (phone) void phone.start();
  else void post("/desk/connect").then((sentence) => sentence && toast(sentence));
});

// A shift whose server is down goes on on another one. The page begins again
// there: its phone has another account. A call is wrapped up there, with all that
// was chosen and typed; a field that is being typed is saved, or kept, before.
const savedIn = 1500; // of a web server that is well

$("server-move").addEventListener("click", async () => {
  await Promise.race([about.card.settled(), new Promise((over) => setTimeout(over, savedIn))]);
  if (await ask($("server-move"), "/desk/move")) location.assign("/desk");
});

// Clicks ---------------------------------------------------------------------

// asking is what a button has asked for last and has no answer to.
const asking = new Map<HTMLElement, string>();

async function ask(button: HTMLElement | null, path: string, form: Record<string, string> = {}): Promise<boolean> {
  if (button && asking.get(button) === path) return false; // the same click twice
  // What came of a click may be on the screen before its answer is here: then the
  // button asks for the opposite already, and that is no second click.
  if (button) asking.set(button, path);
  button?.setAttribute("aria-busy", "true");
  const sentence = await post(path, form);
  if (button && asking.get(button) === path) {
    asking.delete(button);
    button.removeAttribute("aria-busy");
  }
  if (sentence) toast(sentence);
  return sentence === "";
}

const actions = new Actions(
  () => snap,
  ask,
  () => performance.now() - snapAt,
  () => !!snap?.phone.connected && (snap.phone.kind !== "webrtc" || phone?.inCall === true),
);
const draft = new Draft(() => {
  showTyped();
  render();
});
callback.onChange((at, mine) => draft.set({ at, mine }));
const about = new About(
  toast,
  (call, kept) => draft.told(call, kept),
  (fields) => {
    if (Object.keys(fields).length || Object.keys(draft.typed.fields).length) draft.set({ fields });
  },
);

// chosen is the outcome, not saved yet, if the page still offers it; of a call that
// nobody has answered, what the line said.
function chosen(): string {
  const known = draft.typed.status !== "" && document.querySelector(`[data-status="${CSS.escape(draft.typed.status)}"]`);
  return known ? draft.typed.status : lineSaid();
}

const lineSaid = () => (snap?.state === "WRAPUP" && snap.call?.reason ? snap.call.status : "");

// offerLine puts what the line said among the outcomes, unless it is one of them.
function offerLine(): void {
  const pick = $("line-said");
  const status = lineSaid();
  const one = [...document.querySelectorAll<HTMLElement>("[data-status]")].some((p) => p !== pick && p.dataset.status === status);
  $("line-head").hidden = pick.hidden = status === "" || one;
  [pick.dataset.status, pick.dataset.name] = pick.hidden ? ["", ""] : [status, snap!.call!.outcome];
  if (pick.textContent !== pick.dataset.name) pick.textContent = pick.dataset.name ?? "";
}

// quick hangs up and saves an outcome with one key. A callback still wants its
// time, so that it is only chosen.
async function quick(status: string): Promise<void> {
  if (!snap?.call) return;
  const call = snap.call.id;
  choose(status);
  if (status === "CALLBK") return $("callback-at").focus();
  if (snap.state === "WRAPUP") return save(false);
  if (snap.state !== "INCALL" || noteHelp() || !(await about.card.settled())) return;
  if (!(await ask($("do-hangup"), "/desk/dispose", outcome(call, false)))) return;
  draft.forget(call);
  await ask($("do-hangup"), "/desk/hangup", { call });
}

const outcome = (call: string, pause: boolean) => ({
  call,
  status: chosen(),
  comments: $<HTMLTextAreaElement>("note").value,
  ...callback.form(chosen()),
  then: pause ? "pause" : "ready",
});

async function save(pause: boolean): Promise<void> {
  if (snap?.state !== "WRAPUP" || !snap.call) return;
  if (!chosen()) {
    toast("Choose an outcome first: its key stands on it.");
    $("outcome").focus();
    return;
  }
  const id = snap.call.id;
  const closed = callback.wrong(chosen());
  if (closed) {
    toast(closed);
    $("callback-at").focus();
    return;
  }
  if (noteHelp()) {
    $("note").focus();
    return;
  }
  if (!(await about.card.settled())) return toast("A field of the customer is not saved. Correct it, or type what stood there before; then save the outcome.");
  if (!(await ask($(pause ? "do-save-pause" : "do-save"), "/desk/dispose", outcome(id, pause)))) return;
  draft.forget(id);
}

// panel opens a panel with the focus in its field at once, or closes it: a digit
// that is typed behind its key is none of the desk's any more.
function panel(id: string, field: string): void {
  // A panel that closes gives the focus back to where it was. That must not be a
  // reason to pause: the call may be there before the panel closes, and then a digit
  // is an outcome.
  const at = document.activeElement;
  if (at instanceof HTMLElement && $("pause").contains(at)) at.blur();
  $(id).togglePopover();
  if ($(id).matches(":popover-open")) $(field).focus();
}

const doings: Record<string, () => void> = {
  hold: () => {
    if (snap?.call) void ask($("do-hold"), snap.call.state === "HELD" ? "/desk/resume" : "/desk/hold", { call: snap.call.id });
  },
  mute: () => (phone ? phone.mute(!phone.muted) : void ask($("do-mute"), snap?.muted ? "/desk/unmute" : "/desk/mute")),
  record: () => actions.record(),
  message: () => {
    const who = snap?.call ? view.caller(snap.call) : "";
    void actions.onCall($("do-message"), "message").then((done) => done && toast(`The message is left with ${who}: you need not wait for it.`));
  },
  transfer: () => panel("transfer", "third-number"),
  dial: () => panel("dial", "dial-number"),
  "call-lead": () => actions.callLead(),
  "give-back": () => actions.giveBack(),
  keypad: () => $("keypad").togglePopover(),
  hangup: () => {
    if (snap?.call) void ask($("do-hangup"), "/desk/hangup", { call: snap.call.id });
  },
  ready: () => void ask($("do-ready"), "/desk/ready"),
  pause: () => document.querySelector<HTMLElement>("#pause .pick")?.focus(),
  save: () => void save(false),
  "save-pause": () => void save(true),
};

// act does what a control does, if the control is there now.
function act(name: string): boolean {
  const button = $(`do-${name}`);
  if (button.hidden) return false;
  doings[name]();
  return true;
}

function choose(status: string): void {
  if (!snap?.call || $("outcome").hidden) return;
  draft.set({ status });
  render();
  if (status === "CALLBK") $("callback").scrollIntoView({ block: "nearest" }); // on a phone it is far from the outcomes
}

function pauseWith(code: string): void {
  const pick = document.querySelector<HTMLElement>(`[data-code="${CSS.escape(code)}"]`);
  const again = snap?.pause_next === code && (snap.state === "INCALL" || snap.state === "WRAPUP");
  // The same reason again takes a pause after the call back.
  void ask(pick, again ? "/desk/ready" : "/desk/pause", again ? {} : { code });
}

for (const b of document.querySelectorAll<HTMLElement>("[data-do]")) b.addEventListener("click", () => act(b.dataset.do!));
for (const b of document.querySelectorAll<HTMLElement>("[data-status]")) b.addEventListener("click", () => choose(b.dataset.status!));
for (const b of document.querySelectorAll<HTMLElement>("[data-code]")) b.addEventListener("click", () => pauseWith(b.dataset.code!));
for (const b of document.querySelectorAll<HTMLElement>("[data-tone]")) b.addEventListener("click", () => tone(b.dataset.tone!));

const sent: string[] = [];

function tone(key: string): void {
  if (phone) phone.tone(key);
  else if (snap?.call) void ask(null, "/desk/digits", { call: snap.call.id, digits: key });
  sent.push(key);
  setText("keypad-sent", `Sent: ${sent.slice(-16).join(" ")}`);
}
// Before, not after: the first key may be faster than the word that it is open.
$("keypad").addEventListener("beforetoggle", () => {
  sent.length = 0;
  setText("keypad-sent", "The tones go to the customer's line.");
});

// What the customer's record holds of a note, as the database counts it.
const noteMost = 255;
const noteFull = `A note holds ${noteMost} characters. Shorten this one, then save again.`;
const noteRoom = () => noteMost - [...$<HTMLTextAreaElement>("note").value.trim()].length;

// noteHelp says how much room there is, and gives true when there is too little.
function noteHelp(): boolean {
  const room = noteRoom();
  setText("note-help", room < 0 ? noteFull : room <= 40 ? `Room for ${room} more ${room === 1 ? "character" : "characters"}.` : "");
  $("note-help").className = room < 0 ? "error" : "help";
  $("note").setAttribute("aria-invalid", String(room < 0));
  return room < 0;
}

$("note").addEventListener("input", () => {
  noteHelp();
  draft.set({ note: $<HTMLTextAreaElement>("note").value });
});

// Leaving: the shift ends first, so that a refusal can be shown; a server that
// says nothing does not keep anybody.
const signOutForm = $<HTMLFormElement>("sign-out");

function signOut(): void {
  phone?.stop();
  // What was not saved is not for whoever signs in next.
  draft.end();
  for (const key of Object.keys(localStorage)) if (key.startsWith("draft ")) localStorage.removeItem(key);
  for (const key of Object.keys(sessionStorage)) if (key.startsWith("typed ")) sessionStorage.removeItem(key);
  signOutForm.submit();
}

signOutForm.addEventListener("submit", (e) => {
  e.preventDefault();
  if (!snap || snap.state === "OUT") return signOut();
  leaving = true;
  void post("/desk/logout").then((sentence) => {
    if (sentence) return signOut();
    window.setTimeout(() => leaving && signOut(), 4000);
  });
});

// Start ----------------------------------------------------------------------

themeSwitch();
keyboard({
  act,
  choose,
  pauseWith,
  save: () => void save(false),
  tone,
  preset: (key) => actions.presetKey(key),
  form: (key) => {
    const a = formKeys.includes(key) ? document.querySelector<HTMLElement>(`[data-form="${key}"]`) : null;
    a?.click();
    return a !== null;
  },
  quick: (status) => void quick(status),
  state: () => snap?.state,
});

let staleWord = "Connecting";

// linkState tells what is wrong with the way between the page and the server: what
// does not come goes before what does not get there.
function linkState(): void {
  const word = stale ? staleWord : unheard ? "Not heard" : "Connected";
  setText("link", word);
  $("link").className = `push st plain ${word === "Connected" ? "good" : "bad"}`;
  $("announce").textContent = stale || unheard;
  if (snap) return render();
  if (stale) setText("about", stale);
}

const link = new Link({
  snapshot: received,
  trouble: (sentence, word = "Not connected") => {
    if (stale === sentence && staleWord === word) return;
    [stale, staleWord] = [sentence, word];
    linkState();
  },
  unheard: (sentence) => {
    if (unheard === sentence) return;
    unheard = sentence;
    linkState();
  },
  ages: (ages) => {
    if (!snap || ages.since_ms === undefined) return;
    snap.since_ms = ages.since_ms;
    if (snap.call && ages.call_ms !== undefined) snap.call.since_ms = ages.call_ms;
    if (snap.preview && ages.preview_ms !== undefined) snap.preview_ms = ages.preview_ms;
    snapAt = performance.now();
    tick();
  },
  session: () => (snap && snap.state !== "OUT" ? snap.session : ""),
  // One desk at a time: two pages would take the phone from each other for ever.
  taken: (at) => {
    phone?.stop();
    about.card.leave(); // the dialog takes the focus out of its field
    stale = "This page no longer follows.";
    render();
    for (const id of ["link", "phone-state"]) setText(id, "Open elsewhere");
    $("link").className = "push st plain watch";
    setText("taken-says", `At ${timeOf(at)} it was opened in another window or on another computer. The phone went there, and so did a call that was on the line. Was that not you? Take it back, and tell your supervisor.`);
    $<HTMLDialogElement>("taken").showModal();
    void draft.handOver().then((over) => over && about.card.handedOver());
  },
});
$("taken").addEventListener("cancel", (e) => e.preventDefault());
$("taken-back").addEventListener("click", () => location.reload());

// How the talk sounds ----------------------------------------------------------

const silence = new Silence();
let advised = "";

new Quality(
  () => phone?.pc,
  (measured) => {
    const chip = $("audio");
    const sound = phone?.noMicrophone ? undefined : measured; // half of a talk is no good sound
    chip.hidden = !sound;
    if (!sound) {
      setText("audio-figures", "");
      for (const id of ["sound-path", "sound-jitter", "sound-score"]) setText(id, "–");
      return;
    }
    const talking = snap?.state === "INCALL" && snap.call?.state === "TALKING" && phone?.muted === false;
    const mute = silence.after(12, sound.mic, talking);
    const found = mute
      ? { word: "No microphone", look: "bad", advice: "Your microphone gives no sound. Look for a mute switch on the headset, and whether the browser uses the right microphone." }
      : judge(sound);
    setText("audio", found.word);
    chip.className = `st ${found.look} ${found.look === "good" ? "wide" : ""}`; // what is wrong stands on a phone, too
    const path = [sound.rtt === undefined ? "" : `${sound.rtt} ms`, sound.loss === undefined ? "" : `loss ${sound.loss} %`].filter(Boolean).join(" · ");
    setText("audio-figures", path);
    setText("sound-path", path || "–");
    setText("sound-jitter", `${sound.jitter} ms`);
    setText("sound-score", sound.score === undefined ? "–" : `${sound.score} of 5`);
    $("sound-says").hidden = found.advice === "";
    setText("sound-says", found.advice);
    if (found.advice && found.word !== advised) toast(found.advice);
    advised = found.advice ? found.word : "";
  },
);

addEventListener("pagehide", () => phone?.stop());
addEventListener("pageshow", (e) => {
  if (e.persisted) location.reload(); // from the back/forward cache: phone and stream are gone
});

// What the address says is told once, not after a reload.
if (location.search) window.history.replaceState(null, "", location.pathname);
link.open();
void startPhone();
