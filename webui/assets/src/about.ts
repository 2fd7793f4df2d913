// What is known of the customer on the desk, and what to say: the script, the web
// forms, the earlier calls, the customer's card. The customer is the one on the
// line, or the one whom the agent looks at before dialing.
import { $, history, type PastCall } from "./view";
import { Card } from "./customer";
import { get } from "./link";
import type { Lead } from "./snapshot";

interface Form {
  name: string;
  url: string;
  by_itself: boolean;
}

// formKeys open the first web forms.
export const formKeys = ["W", "E", "F"];

export class About {
  readonly card = new Card(() => void this.words());
  private shown = ""; // the call and the lead that are shown
  private lead = "";

  // say tells the agent what went wrong.
  constructor(private readonly say: (sentence: string) => void) {}

  // show shows a customer; call is "" for one who is looked at before dialing.
  show(lead: Lead | null, call: string): void {
    const now = lead ? `${call} ${lead.lead_id}` : "";
    if (this.shown === now) return;
    this.shown = now;
    const same = lead !== null && this.lead === lead.lead_id;
    this.lead = lead?.lead_id ?? "";
    if (!lead) return this.clear();
    $("script-name").textContent = lead.name;
    $("script-known").hidden = !lead.name;
    if (same) return void this.words(); // who was looked at is on the line now
    this.clear();
    $("history-none").textContent = "Looking for earlier calls.";
    void this.card.load(lead.lead_id);
    void this.history();
    void this.words();
  }

  private clear(): void {
    if (!this.lead) this.card.clear();
    $("script-own").hidden = true;
    $("script-opening").hidden = false;
    $("forms").hidden = true;
    $("forms").replaceChildren();
    $("history-table").hidden = true;
    $("history-none").hidden = false;
    $("history-none").textContent = "Earlier calls to the customer stand here.";
    $("history-count").textContent = "";
  }

  // words asks for the script and the web forms, which hold the customer's data.
  private async words(): Promise<void> {
    await Promise.all([this.script(), this.forms()]);
  }

  // script shows the campaign's own script, which the server has filled in and
  // cleaned; without one, or while it cannot be read, the built-in opening stays.
  private async script(): Promise<void> {
    const shown = this.shown;
    try {
      const answer = await fetch(`/desk/script?lead=${this.lead}`);
      if (answer.status !== 200) return;
      const html = await answer.text();
      if (this.shown !== shown) return;
      $("script-own").innerHTML = html;
      $("script-own").hidden = false;
      $("script-opening").hidden = true;
    } catch {
      // the opening stays
    }
  }

  private async forms(): Promise<void> {
    const shown = this.shown;
    let all: Form[];
    try {
      all = await get<Form[]>(`/desk/forms?lead=${this.lead}`);
    } catch {
      return; // those that are there stay
    }
    if (this.shown !== shown) return;
    $("forms").hidden = all.length === 0;
    $("forms").replaceChildren(...all.map(link));
    for (const f of all) if (f.by_itself) this.open(f);
  }

  // open opens a web form by itself, once for a call: not after a reload.
  private open(f: Form): void {
    const [call] = this.shown.split(" ");
    const once = `opened ${call} ${f.name}`;
    if (!call || sessionStorage.getItem(once)) return;
    sessionStorage.setItem(once, "yes");
    const tab = window.open("", "_blank");
    if (!tab) return this.say(`The browser kept ${f.name} from opening. Allow this site to open windows beside the address, or open it below the script.`);
    tab.opener = null;
    tab.location.href = f.url;
  }

  private async history(): Promise<void> {
    const shown = this.shown;
    let past: PastCall[] = [];
    try {
      past = await get<PastCall[]>(`/desk/history?lead=${this.lead}`);
    } catch {
      if (this.shown === shown) $("history-none").textContent = "The earlier calls could not be read. Reload the page to try again; a call on the line stays.";
      return;
    }
    if (this.shown !== shown) return;
    history($("history-rows"), past);
    $("history-table").hidden = past.length === 0;
    $("history-none").hidden = past.length > 0;
    $("history-none").textContent = "This is the first call to this customer.";
    const talks = past.filter((p) => p.talk_s > 0).length;
    $("history-count").textContent = past.length ? `${past.length} ${past.length === 1 ? "call" : "calls"}, ${talks} with an agent` : "";
  }
}

function link(f: Form, i: number): HTMLElement {
  const a = document.createElement("a");
  a.className = "btn";
  a.href = f.url;
  a.target = "_blank";
  a.rel = "noopener noreferrer";
  a.dataset.form = formKeys[i] ?? "";
  a.textContent = f.name;
  if (formKeys[i]) {
    const kbd = document.createElement("kbd");
    kbd.textContent = formKeys[i];
    a.append(" ", kbd);
  }
  return a;
}
