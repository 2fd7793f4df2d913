// What the desk shows, as a function of the snapshot, the phone, and what the
// agent has chosen but not saved.
import type { Call, Lead, Snapshot } from "./snapshot";
import type { Phone } from "./phone";
import { dayOf, timeOf } from "./moment";

export const $ = <T extends HTMLElement>(id: string): T => {
  const e = document.getElementById(id);
  if (!e) throw new Error(`the page has no #${id}`);
  return e as T;
};

const words: Record<Snapshot["state"], [word: string, look: string]> = {
  CONNECT: ["Connecting", "ringing"],
  PAUSED: ["Paused", "paused"],
  READY: ["Ready", "ready"],
  INCALL: ["On call", "call"],
  WRAPUP: ["Wrap-up", "wrapup"],
  OUT: ["Signed out", "offline"],
};

const enders: Record<string, string> = {
  lead: "The customer hung up",
  agent: "You hung up",
  dialer: "The call was ended",
  carrier: "The line was lost",
};

export function clock(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(s / 3600);
  return (hours ? `${hours}:` : "") + `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

export function look(s: Snapshot): { word: string; className: string } {
  if (s.state === "INCALL" && s.call?.state === "HELD") return { word: "On hold", className: "hold" };
  if (s.state === "INCALL" && s.call?.state === "PLACED") return { word: "Dialing", className: "ringing" };
  if (s.state === "INCALL" && s.call?.state === "RINGING") return { word: "Ringing", className: "ringing" };
  const [word, className] = words[s.state] ?? [s.state, "mute"];
  if (s.state === "PAUSED" && s.pause_code) return { word: `Paused, ${pauseName(s.pause_code).toLowerCase()}`, className };
  return { word, className };
}

// own are the pauses that nobody chooses.
const own: Record<string, string> = { PARK: "customer parked", PHONE: "phone was away", LAGGED: "page was away" };

export function pauseName(code: string): string {
  const pick = document.querySelector<HTMLElement>(`[data-code="${CSS.escape(code)}"]`);
  return pick?.dataset.name ?? own[code] ?? code;
}

export function caller(call: Call): string {
  return call.lead.name || number(call);
}

// number is the customer's number, everywhere in one form.
function number(call: Call): string {
  return phoneOf(call.lead) || phoneNumber(call.number);
}

// phoneNumber is an E.164 number as people read it: of North America in groups.
export function phoneNumber(e164: string): string {
  const [, area, exchange, line] = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(e164) ?? [];
  return line ? `(${area}) ${exchange}-${line}` : e164;
}

const phoneOf = (l: Lead) => (!l.phone_number ? "" : l.phone_code === "1" ? phoneNumber(`+1${l.phone_number}`) : `+${l.phone_code}${l.phone_number}`);

function place(lead: Lead): string {
  return [lead.city, lead.state || lead.province].filter(Boolean).join(" ");
}

// band is the strip: who, and a line about it.
export function band(s: Snapshot, phone: Phone | undefined): { who: string; about: (string | { strong: string })[] } {
  const call = s.call;
  switch (s.state) {
    case "CONNECT":
      return { who: "Your phone connects", about: [connecting(s, phone)] };
    case "PAUSED":
      if (s.preview) return looking(s);
      return { who: "You get no calls", about: ["Go ready when you want to be called.", ...parked(s)] };
    case "READY":
      if (s.preview) return looking(s);
      return { who: "Waiting for a call", about: ["When somebody answers, they are with you at once.", ...parked(s)] };
    case "INCALL":
      if (!call) return { who: "On the line", about: ["The customer's data follows."] };
      return { who: caller(call), about: [...progress(s, phone), ...queue(call), ...aboutCall(call, s)] };
    case "WRAPUP":
      if (!call) return { who: "Call ended", about: ["Choose an outcome and save it."] };
      if (call.third?.purpose === "transfer" && call.third.reason)
        return { who: caller(call), about: [{ strong: `${phoneNumber(call.third.number)}: ${call.third.reason}` }, " They were not reached, and the customer's call has ended. Choose an outcome, then save."] };
      return {
        who: caller(call),
        about: call.reason ? [{ strong: call.reason }, call.status ? " Save it as that, or choose another outcome." : " Choose an outcome, then save."] : call.state === "XFER" ? ["The customer goes on without you. Choose an outcome, then save."] : [`${enders[call.ended_by] ?? "The call ended"} after `, { strong: clock(call.talk_s) }, ". Choose an outcome, then save."],
      };
    case "OUT":
      return { who: "Your shift has ended", about: ["Sign in again to go on."] };
  }
}

// looking is a lead that is looked at before it is dialed.
function looking(s: Snapshot): { who: string; about: (string | { strong: string })[] } {
  const lead = s.preview!;
  const parts: (string | { strong: string })[] = [phoneOf(lead)];
  const where = place(lead);
  if (where) parts.push(` · ${where}`);
  if (lead.local_time) parts.push(", ", { strong: lead.local_time }, " there");
  parts.push(s.preview_s ? ". Not called yet: read, then give back, or they are dialed as the time runs out." : ". Not called yet: look, then dial or give back.");
  return { who: lead.name || phoneOf(lead), about: parts };
}

// parked is who waits for somebody to take them back.
function parked(s: Snapshot): string[] {
  const [first] = s.parked;
  if (!first) return [];
  const who = s.parked.length === 1 ? `${first.name || phoneNumber(first.number)} is parked` : `${s.parked.length} customers are parked`;
  return [` ${who}: Dial takes ${s.parked.length === 1 ? "them" : "one of them"} back.`];
}

// queue is the in-group in which the caller has waited.
function queue(call: Call): (string | { strong: string })[] {
  return call.in_group ? ["In-group ", { strong: call.in_group }, ": has waited for you. "] : [];
}

// progress is what is wrong with what the agent hears.
function progress(s: Snapshot, phone: Phone | undefined): (string | { strong: string })[] {
  if (phone?.noMicrophone && phone.problem) return [{ strong: `${phone.problem} ` }];
  if (phone ? phone.muted : s.muted) return [{ strong: "You are muted. " }];
  if (s.no_sound === "phone") return [{ strong: "No sound comes from your phone. Check its microphone. " }];
  if (s.no_sound === "customer") return [{ strong: "No sound comes from the customer's line. " }];
  return [];
}

function aboutCall(call: Call, s: Snapshot): (string | { strong: string })[] {
  const parts: (string | { strong: string })[] = [];
  if (call.lead.name) parts.push(number(call));
  const where = place(call.lead);
  if (where) parts.push((parts.length ? " · " : "") + where);
  if (call.lead.local_time) parts.push(parts.length ? ", " : "", { strong: call.lead.local_time }, " there");
  const third = call.third;
  if (third && third.state !== "ENDED") parts.push(parts.length ? " · " : "", `${phoneNumber(third.number)} ${third.state === "TALKING" ? "is on the line, too" : "is called"}`);
  if (s.pause_next) parts.push(` · then ${pauseName(s.pause_next).toLowerCase()}`);
  return parts;
}

function connecting(s: Snapshot, phone: Phone | undefined): string {
  if (!s.server.up) return `The telephony server ${s.server.name} is not up. Continue on another server, or wait until it is back.`;
  if (s.phone.kind !== "webrtc") return "Pick up your phone when it rings. It stays connected for the whole shift.";
  if (phone?.problem) return phone.problem;
  if (phone?.state === "microphone") return "Allow the microphone when the browser asks.";
  if (phone?.state === "registering") return `This browser's phone registers at ${s.server.name}.`;
  return "The server calls this browser's phone. It answers by itself.";
}

export interface PastCall {
  when: string;
  status: string;
  name: string;
  agent: string;
  talk_s: number;
  note: string;
}

// history fills the table of earlier calls.
export function history(rows: HTMLElement, past: PastCall[]): void {
  rows.replaceChildren(
    ...past.map((p) => {
      const tr = document.createElement("tr");
      const cell = (text: string, className = "") => {
        const td = document.createElement("td");
        td.textContent = text;
        td.className = className;
        tr.append(td);
        return td;
      };
      cell(`${dayOf(p.when)}, ${timeOf(p.when)}`, "nowrap");
      const outcome = cell(`${p.name} `);
      const code = document.createElement("code");
      code.className = "faint";
      code.textContent = p.status;
      outcome.append(code);
      cell(p.agent || "none", p.agent ? "wide" : "wide faint");
      cell(p.talk_s ? clock(p.talk_s) : "–", "n wide");
      cell(p.note, "break");
      return tr;
    }),
  );
}
