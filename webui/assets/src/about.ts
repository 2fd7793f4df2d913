// What is known of the customer on the desk, and what to say: the script, the web
// forms, the earlier calls, the customer's card. The customer is the one on the
// line, or the one whom the agent looks at before dialing.
import { $, history, type PastCall } from "./view";
import { Card, type Field } from "./customer";
import { get } from "./link";
import type { Fields, Kept } from "./draft";
import type { Lead } from "./snapshot";

interface Form {
  name: string;
  url: string;
  by_itself: boolean;
}

interface Known {
  fields: Field[];
  history: PastCall[];
  script: string;
  forms: Form[];
  draft: Kept | null; // of the call on the line
}

// formKeys open the first web forms.
export const formKeys = ["W", "E", "F"];

export class About {
  readonly card: Card;
  private shown = ""; // the call and the lead that are shown
  private lead = "";

  // say tells the agent what went wrong. typed is told what the server holds of a call
  // that is not saved yet, and gives the fields that are typed in; typing, which ones
  // are here.
  constructor(
    private readonly say: (sentence: string) => void,
    private readonly typed: (call: string, kept: Kept | null) => Fields,
    typing: (fields: Fields) => void,
  ) {
    this.card = new Card(() => void this.ask(false), typing);
  }

  // again asks for what the server holds: another page has written.
  again(): void {
    if (this.shown) void this.ask(false);
  }

  // show shows a customer; call is "" for one who is looked at before dialing.
  show(lead: Lead | null, call: string): void {
    const now = lead ? `${call} ${lead.lead_id}` : "";
    if (this.shown === now) return;
    this.shown = now;
    const same = lead !== null && this.lead === lead.lead_id;
    this.lead = (lead?.lead_id as string | undefined) ?? "";
    if (!lead) return this.clear();
    $("script-name").textContent = lead.name;
    $("script-known").hidden = !lead.name;
    if (!same) {
      this.clear();
      $("history-none").textContent = "Looking for earlier calls.";
    }
    void this.ask(!same); // who was looked at may be on the line now: the card stays
  }

  private clear(): void {
    this.card.clear();
    $("script-own").hidden = true;
    $("script-opening").hidden = false;
    $("forms").hidden = true;
    $("forms").replaceChildren();
    $("history-table").hidden = true;
    $("history-none").hidden = false;
    $("history-none").textContent = "Earlier calls to the customer stand here.";
    $("history-count").textContent = "";
  }

  // ask asks for what is known; without whole only for what holds the customer's
  // data in other words: the script and the web forms.
  private async ask(whole: boolean): Promise<void> {
    const shown = this.shown;
    let known: Known;
    try {
      known = await get<Known>(`/desk/about?lead=${this.lead}`);
    } catch {
      if (this.shown !== shown || !shown) return;
      if (whole) {
        this.card.trouble("Not read yet");
        $("history-none").textContent = "The customer's data and the earlier calls could not be read. They are asked for again.";
      }
      setTimeout(() => this.shown === shown && void this.ask(whole), 3000);
      return;
    }
    if (this.shown !== shown) return;
    const fields = this.typed(shown.split(" ")[0], known.draft);
    // The server has filled the script in and cleaned it; without one the
    // built-in opening stays.
    $("script-own").innerHTML = known.script;
    $("script-own").hidden = known.script === "";
    $("script-opening").hidden = known.script !== "";
    $("forms").hidden = known.forms.length === 0;
    $("forms").replaceChildren(...known.forms.map(link));
    for (const f of known.forms) if (f.by_itself) this.open(f);
    if (whole) this.card.show(this.lead, known.fields);
    this.card.take(fields);
    if (!whole) return;
    this.history(known.history);
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

  private history(past: PastCall[]): void {
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
