// What an agent has typed of the call on the desk and not saved: the outcome that
// is chosen, the note, the time of a callback, fields of the customer. The server keeps it for the desk
// that is opened next, on whatever computer; until the server has it, this
// browser does.
import { page, send } from "./link";

// Fields are those of the customer that are typed in and not saved: what stood there
// before, and what stands there now.
export type Fields = Record<string, { was: string; values: string[] }>;

export interface Typed {
  status: string;
  note: string;
  at: string; // of the callback, as its field writes it; "": not chosen by the agent
  mine: boolean; // the agent calls back
  fields: Fields;
}

// Kept is what the server holds; each writing gives it another version.
export interface Kept extends Omit<Typed, "fields"> {
  call: string;
  version: string;
  fields: Fields | null;
}

const nothing: Typed = { status: "", note: "", at: "", mine: false, fields: {} };
const first = 300; // from the first key to its writing, in ms
const rest = 1500; // between two writings while somebody types
const restAway = 3000; // before it is tried again where nobody answers
const fieldsMost = 8000; // what the server keeps of them, in characters
const key = (call: string) => `draft ${call}`;

export class Draft {
  typed = nothing;
  private call = "";
  private version = ""; // of what the server holds, as far as this browser knows
  private newer = false; // what is typed is not with the server yet
  private known = false; // what the server holds has been looked at
  private saved = false; // all of it was sent to be saved
  private timer?: number;
  private going?: Promise<void>;
  private elsewhere = ""; // the version of what another page wrote, to be looked at
  private sent = -rest; // when it was last written

  // came tells that what is typed is another now, because it came from elsewhere.
  constructor(private readonly came: () => void) {
    addEventListener("pagehide", () => void this.write(true));
    // Who looks away may be on the way to another computer.
    addEventListener("blur", () => void this.write());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && void this.write(true));
  }

  // begin shows a call: what this browser holds of it, until the server has told.
  begin(call: string): void {
    this.end();
    this.call = call;
    for (const k of Object.keys(localStorage)) if (k.startsWith("draft ") && k !== key(call)) localStorage.removeItem(k);
    const held = JSON.parse(localStorage.getItem(key(call)) ?? "null") as (Typed & { version: string; newer: boolean }) | null;
    if (!held) return;
    ({ version: this.version, newer: this.newer } = held);
    this.typed = { status: held.status, note: held.note, at: held.at, mine: held.mine, fields: held.fields ?? {} };
  }

  // end lets go of the call without forgetting what was typed.
  end(): void {
    clearTimeout(this.timer);
    [this.timer, this.call, this.version, this.elsewhere, this.newer, this.known, this.saved, this.typed] = [undefined, "", "", "", false, false, false, nothing];
  }

  // wrote tells whether another page has written what this one has not read: the
  // desk was taken from it in the middle of a word. Then what the server holds is
  // to be told.
  wrote(version: string): boolean {
    if (!this.call || !this.known || this.saved || version === "" || version === this.version || version === this.elsewhere) return false;
    this.elsewhere = version;
    return true;
  }

  // told takes what the server holds, once for a call, and when another page wrote.
  // Where both have something that the other has not, both notes stay: nobody knows
  // which was meant. It gives the fields that are typed in and not saved.
  told(call: string, kept: Kept | null): Fields {
    if (call !== this.call || this.saved) return {};
    if (this.known && (!kept || kept.version !== this.elsewhere)) return this.typed.fields;
    this.known = true;
    if (kept && kept.call === call && kept.version !== this.version) {
      this.version = kept.version;
      const mine = this.newer ? this.typed : nothing;
      this.typed = {
        status: mine.status || kept.status,
        note: kept.note.includes(mine.note) ? kept.note : mine.note.includes(kept.note) ? mine.note : `${kept.note}\n${mine.note}`,
        at: mine.at || kept.at,
        mine: mine.at ? mine.mine : kept.mine,
        fields: { ...kept.fields, ...mine.fields },
      };
      this.hold();
      this.came();
    }
    if (!kept && this.version) this.newer = true; // it has lost it
    if (this.newer) this.soon(0);
    return this.typed.fields;
  }

  // set takes what was typed or chosen.
  set(part: Partial<Typed>): void {
    if (!this.call) return;
    this.typed = { ...this.typed, ...part };
    [this.newer, this.saved] = [true, false];
    this.hold();
    this.soon(Math.max(first, this.sent + rest - performance.now()));
  }

  // forget: it was sent to be saved. It stays in the page until the call goes.
  forget(call: string): void {
    localStorage.removeItem(key(call));
    if (call !== this.call) return;
    clearTimeout(this.timer);
    [this.timer, this.newer, this.saved] = [undefined, false, true];
  }

  // refused: something was not done; if it was the saving, all is kept as before.
  refused(): void {
    if (this.typed !== nothing) this.set({});
  }

  private hold(): void {
    localStorage.setItem(key(this.call), JSON.stringify({ ...this.typed, version: this.version, newer: this.newer }));
  }

  private soon(ms: number): void {
    this.timer ??= window.setTimeout(() => void this.write(), ms);
  }

  // handOver sends what is typed to the page that has the desk now, and gives true
  // if nothing is left that only this page has.
  async handOver(): Promise<boolean> {
    await this.going;
    await this.write(true);
    return !this.newer;
  }

  // write sends what is typed, if the server has something else; leaving: though
  // the page goes meanwhile.
  private write(leaving = false): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.newer || !this.known || (this.going && !leaving)) return Promise.resolve();
    const going = this.post(leaving).finally(() => this.going === going && (this.going = undefined));
    return (this.going = going);
  }

  private async post(leaving: boolean): Promise<void> {
    const { call, typed } = this;
    this.sent = performance.now();
    const fields = Object.keys(typed.fields).length ? JSON.stringify(typed.fields) : "";
    const form = {
      call, page: String(page), was: this.version, status: typed.status, note: typed.note, at: typed.at, mine: typed.mine ? "1" : "",
      fields: fields.length > fieldsMost ? "" : fields,
    };
    const answer = await send("/desk/draft", form, leaving);
    if (this.call !== call || this.saved) return;
    if (answer.away) return this.soon(restAway);
    if (answer.sentence) return; // this browser alone takes it
    const { version } = answer.value as { version: string };
    if (!version) return; // the desk is elsewhere, or the call is over
    this.version = version;
    this.newer = this.typed !== typed;
    this.hold();
    if (this.newer) this.soon(rest);
  }
}
