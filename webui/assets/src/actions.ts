// What an agent can do with a call beside talking: record, dial, transfer, park,
// leave a message. Each is a request; the next snapshot shows what came of it.
import { $, clock, phoneNumber } from "./view";
import type { Snapshot } from "./snapshot";

type Ask = (button: HTMLElement | null, path: string, form?: Record<string, string>) => Promise<boolean>;

export class Actions {
  private shownThird = "";

  constructor(
    private readonly snap: () => Snapshot | undefined,
    private readonly ask: Ask,
  ) {
    for (const b of document.querySelectorAll<HTMLElement>("[data-third]")) b.addEventListener("click", () => void this.third(b));
    for (const b of document.querySelectorAll<HTMLElement>("[data-hand]")) b.addEventListener("click", () => void this.hand(b));
    for (const [panel, field] of [["transfer", "third-number"], ["dial", "dial-number"]])
      $(panel).addEventListener("toggle", () => $(panel).matches(":popover-open") && $(field).focus());
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
      dial: s.state === "PAUSED" || s.state === "READY",
    };
  }

  record(): void {
    const call = this.snap()?.call;
    if (call) void this.ask($("do-record"), call.recording ? "/desk/record/pause" : "/desk/record", { call: call.id });
  }

  onCall(button: HTMLElement, path: string): void {
    const call = this.snap()?.call;
    if (call) void this.ask(button, `/desk/${path}`, { call: call.id });
  }

  panels(s: Snapshot): void {
    const third = s.call?.third;
    const there = !!third && third.state !== "ENDED";
    $("third-new").hidden = there;
    $("third-there").hidden = !there;
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
    const lead = s.preview;
    const text = lead ? `Next: ${lead.name || "no name"}, +${lead.phone_code} ${lead.phone_number}${lead.city ? `, ${lead.city}` : ""}${lead.local_time ? `, ${lead.local_time} there` : ""}. ${lead.comments}` : "A number, or the next lead.";
    if ($("preview").textContent !== text) $("preview").textContent = text;
    document.querySelector<HTMLElement>("[data-hand=skip]")!.hidden = !lead;
    document.querySelector<HTMLElement>("[data-hand=preview]")!.hidden = !!lead;
    const box = $("parked");
    const ids = s.parked.map((p) => p.id).join(" ");
    if (box.dataset.ids === ids) return;
    box.dataset.ids = ids;
    box.replaceChildren(
      ...s.parked.map((p) => {
        const b = document.createElement("button");
        b.className = "btn";
        b.type = "button";
        b.textContent = `Take back ${p.name || phoneNumber(p.number)}, parked`;
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
    const field = $<HTMLInputElement>("dial-number");
    const form: Record<string, string> = what === "dial" ? { number: field.value } : {};
    if ((await this.ask(b, `/desk/${what}`, form)) && what === "dial") field.value = "";
  }
}

function hide(id: string): void {
  if ($(id).matches(":popover-open")) $(id).hidePopover();
}

