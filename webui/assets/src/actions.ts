// What an agent can do with a call beside talking: record, dial, transfer, park,
// leave a message. Each is a request; the next snapshot shows what came of it.
import { $, clock, phoneNumber } from "./view";
import { get } from "./link";
import { dayOf, timeOf } from "./moment";
import type { Snapshot } from "./snapshot";

type Ask = (button: HTMLElement | null, path: string, form?: Record<string, string>) => Promise<boolean>;

interface Found {
  id: string;
  name: string;
  number: string;
  place: string;
  status: string;
  last: string | null;
}

export class Actions {
  private shownThird = "";
  private typing?: number;
  private previewed = ""; // the lead that is looked at
  private dialAgain = 0; // not before, by performance.now()

  constructor(
    private readonly snap: () => Snapshot | undefined,
    private readonly ask: Ask,
    private readonly old: () => number, // of the snapshot, in ms
    private readonly voice: () => boolean, // the page's phone is on the line, or another phone is
  ) {
    for (const b of document.querySelectorAll<HTMLElement>("[data-third]")) b.addEventListener("click", () => void this.third(b));
    for (const b of document.querySelectorAll<HTMLElement>("[data-hand]")) b.addEventListener("click", () => void this.hand(b));
    for (const b of document.querySelectorAll<HTMLElement>("[data-preset]")) b.addEventListener("click", () => this.preset(b));
    $("dial-number").addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = window.setTimeout(() => void this.search(), 250);
    });
    // Down and up go through what was found.
    $("dial").addEventListener("keydown", (e) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
      const stops = [$("dial-number"), ...$("found").querySelectorAll<HTMLElement>("button")];
      const to = step && stops[stops.indexOf(document.activeElement as HTMLElement) + step];
      if (!to) return;
      e.preventDefault();
      to.focus();
    });
    setInterval(() => this.countdown(), 250);
    for (const [field, button] of [["third-number", "[data-third=consult]"], ["dial-number", "[data-hand=dial]"]]) {
      $(field).addEventListener("keydown", (e) => {
        if (e.key !== "Enter") return;
        e.preventDefault();
        document.querySelector<HTMLElement>(button)!.click();
      });
    }
  }

  // controls says which of the band's buttons there are.
  controls(s: Snapshot): Record<string, boolean> {
    const bridged = s.state === "INCALL" && (s.call?.state === "TALKING" || s.call?.state === "HELD");
    return {
      record: bridged && s.record !== "never",
      transfer: bridged,
      message: bridged && s.message,
      dial: !s.preview && (s.state === "PAUSED" || s.state === "READY"),
      "call-lead": !!s.preview && (s.state === "PAUSED" || s.state === "READY"),
      "give-back": !!s.preview && (s.state === "PAUSED" || s.state === "READY"),
    };
  }

  // preset puts somebody's number where the buttons below take it.
  private preset(b: HTMLElement): void {
    $<HTMLInputElement>("third-number").value = phoneNumber(b.dataset.preset!);
    for (const other of document.querySelectorAll<HTMLElement>("[data-preset]")) other.setAttribute("aria-pressed", String(other === b));
    document.querySelector<HTMLElement>("[data-third=consult]")!.focus();
  }

  // presetKey chooses a preset while the panel is open.
  presetKey(key: string): boolean {
    const b = document.querySelector<HTMLElement>(`[data-preset][data-key="${key}"]`);
    if (!b || !$("transfer").matches(":popover-open") || $("third-new").hidden) return false;
    this.preset(b);
    return true;
  }

  // search lists the campaign's leads of what is typed.
  private async search(): Promise<void> {
    const q = $<HTMLInputElement>("dial-number").value.trim();
    const says = $("found-says");
    if (q.length < 3) {
      $("found").replaceChildren();
      says.textContent = "";
      return;
    }
    let all: Found[];
    try {
      all = await get<Found[]>(`/desk/search?q=${encodeURIComponent(q)}`);
    } catch {
      says.textContent = "The leads cannot be searched just now. A number can still be called.";
      return;
    }
    if ($<HTMLInputElement>("dial-number").value.trim() !== q) return;
    says.textContent = all.length ? `${all.length === 12 ? "The first 12" : all.length} in this campaign.` : "Nobody in this campaign's lists has this last name, number or customer code.";
    $("found").replaceChildren(...all.map((l) => this.found(l)));
  }

  // toFound goes on from a name to whom it has found: only a number is called.
  private async toFound(): Promise<boolean> {
    if (!/[^\s0-9()+./-]/.test($<HTMLInputElement>("dial-number").value)) return false;
    clearTimeout(this.typing);
    await this.search();
    const first = $("found").querySelector("button");
    first?.focus();
    return first !== null;
  }

  private found(l: Found): HTMLElement {
    const li = document.createElement("li");
    const who = document.createElement("div");
    const more = document.createElement("div");
    more.className = "small muted";
    who.textContent = l.name || phoneNumber(l.number);
    more.textContent = [l.name ? phoneNumber(l.number) : "", l.place, l.status, l.last ? `last called ${dayOf(l.last)}, ${timeOf(l.last)}` : "never called"].filter(Boolean).join(" · ");
    const text = document.createElement("div");
    text.append(who, more);
    const look = document.createElement("button");
    look.type = "button";
    look.className = "btn tiny";
    look.textContent = "Look first";
    look.setAttribute("aria-label", `Look at ${who.textContent} first`);
    look.dataset.testid = `found-${l.id}`;
    look.addEventListener("click", async () => {
      if (await this.ask(look, "/desk/preview", { lead: l.id })) this.close();
    });
    li.append(text, look);
    return li;
  }

  private close(): void {
    $<HTMLInputElement>("dial-number").value = "";
    $("found").replaceChildren();
    $("found-says").textContent = "";
    hide("dial");
  }

  // callLead dials the lead that is looked at; giveBack leaves it to others.
  callLead(): void {
    void this.ask($("do-call-lead"), "/desk/dial");
  }

  giveBack(): void {
    void this.ask($("do-give-back"), "/desk/skip");
  }

  // countdown dials the lead that is looked at once its time is over. Since when
  // the agent looks is the server's to know: a reload gives no more time.
  private countdown(): void {
    const s = this.snap();
    const word = $("do-call-lead").querySelector("[data-word]")!;
    const looking = !!s?.preview && this.controls(s)["call-lead"];
    if (!looking || !s.preview_s) {
      if (word.textContent !== "Dial them") word.textContent = "Dial them";
      if (!looking) this.previewed = "";
      return;
    }
    if (this.previewed !== s.preview!.lead_id) {
      this.previewed = s.preview!.lead_id as string;
      this.dialAgain = 0;
    }
    const now = performance.now();
    const left = Math.max(s.preview_s - (s.preview_ms + this.old()) / 1000, (this.dialAgain - now) / 1000);
    const text = left > 0 ? `Dial them in ${Math.ceil(left)} s` : this.voice() ? "Dialing" : "Dial them";
    if (word.textContent !== text) word.textContent = text;
    if (left > 0 || !this.voice()) return;
    this.dialAgain = now + 5000 + s.preview_s * 1000; // once; what refuses it says why, and it is tried again later
    this.callLead();
  }

  record(): void {
    const call = this.snap()?.call;
    if (call) void this.ask($("do-record"), call.recording ? "/desk/record/pause" : "/desk/record", { call: call.id });
  }

  async onCall(button: HTMLElement, path: string): Promise<boolean> {
    const call = this.snap()?.call;
    return !!call && this.ask(button, `/desk/${path}`, { call: call.id });
  }

  panels(s: Snapshot): void {
    const third = s.call?.third;
    const there = !!third && third.state !== "ENDED";
    const at = document.activeElement;
    $("third-new").hidden = there;
    $("third-there").hidden = !there;
    document.querySelector<HTMLElement>("[data-third=join]")!.hidden = s.call?.state !== "HELD"; // else all three talk
    if (at && $("transfer").contains(at) && !at.checkVisibility()) $("transfer").focus(); // not lost with the button that had it
    const text = !third
      ? "The customer's call, and somebody else."
      : there
        ? `${phoneNumber(third.number)} ${third.state === "TALKING" ? "is on the line" : third.state === "RINGING" ? "rings" : "is being called"}${s.call!.state === "HELD" ? "; the customer hears music." : "."}`
        : third.reason
          ? `${phoneNumber(third.number)}: ${third.reason}${s.call!.state === "HELD" ? " Take the customer off hold." : ""}`
          : `${phoneNumber(third.number)} has left.`;
    if (text !== this.shownThird) $("third").textContent = this.shownThird = text;
    if (!this.controls(s).transfer) hide("transfer");
    if (!this.controls(s).dial) hide("dial");
    this.dialPanel(s);
  }

  private dialPanel(s: Snapshot): void {
    const box = $("parked");
    const ids = s.parked.map((p) => p.id).join(" ");
    if (box.dataset.ids === ids) return;
    box.dataset.ids = ids;
    box.replaceChildren(
      ...s.parked.map((p, i) => {
        const b = document.createElement("button");
        b.className = "btn";
        b.type = "button";
        b.textContent = `Take back ${p.name || phoneNumber(p.number)}, parked`;
        if (i === 0) {
          b.dataset.hot = "B";
          const kbd = document.createElement("kbd");
          kbd.textContent = "Alt B";
          b.append(" ", kbd);
        }
        b.title = `On the line for ${clock(p.since_ms / 1000)}`;
        b.addEventListener("click", () => void this.ask(b, "/desk/takeback", { call: p.id }));
        return b;
      }),
    );
  }

  private async third(b: HTMLElement): Promise<void> {
    const call = this.snap()?.call;
    if (!call) return;
    const what = b.dataset.third!;
    const form: Record<string, string> = { call: call.id };
    if (what === "consult" || what === "invite" || what === "transfer") form.number = $<HTMLInputElement>("third-number").value;
    if ((await this.ask(b, `/desk/${what}`, form)) && form.number) $<HTMLInputElement>("third-number").value = "";
  }

  private async hand(b: HTMLElement): Promise<void> {
    const what = b.dataset.hand!;
    if (what === "dial" && (await this.toFound())) return;
    const form: Record<string, string> = what === "dial" ? { number: $<HTMLInputElement>("dial-number").value } : {};
    if (await this.ask(b, `/desk/${what}`, form)) this.close();
  }
}

function hide(id: string): void {
  if ($(id).matches(":popover-open")) $(id).hidePopover();
}

