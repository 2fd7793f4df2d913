// What an agent has typed of the call on the desk and not saved: the outcome that
// is chosen, the note, the time of a callback. The server keeps it for the desk
// that is opened next, on whatever computer; until the server has it, this
// browser does.
import { page, send } from "./link";

export interface Typed {
  status: string;
  note: string;
  at: string; // of the callback, as its field writes it; "": not chosen by the agent
  mine: boolean; // the agent calls back
}

// Kept is what the server holds; each writing gives it another version.
export interface Kept extends Typed {
  call: string;
  version: string;
}

const nothing: Typed = { status: "", note: "", at: "", mine: false };
const first = 300; // from the first key to its writing, in ms
const rest = 1500; // between two writings while somebody types
const restAway = 3000; // before it is tried again where nobody answers
const key = (call: string) => `draft ${call}`;

export class Draft {
  typed = nothing;
  private call = "";
  private version = ""; // of what the server holds, as far as this browser knows
  private newer = false; // what is typed is not with the server yet
  private known = false; // what the server holds has been looked at
  private saved = false; // all of it was sent to be saved
  private timer?: number;
  private going = false;
  private wrote = -rest; // when it was last sent

  // came tells that what is typed is another now, because it came from elsewhere.
  constructor(private readonly came: () => void) {
    addEventListener("pagehide", () => void this.write(true));
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
    this.typed = { status: held.status, note: held.note, at: held.at, mine: held.mine };
  }

  // end lets go of the call without forgetting what was typed.
  end(): void {
    clearTimeout(this.timer);
    [this.timer, this.call, this.version, this.newer, this.known, this.saved, this.typed] = [undefined, "", "", false, false, false, nothing];
  }

  // told takes what the server holds, once for a call. Where both have something
  // that the other has not, both notes stay: nobody knows which was meant.
  told(call: string, kept: Kept | null): void {
    if (call !== this.call || this.known) return;
    this.known = true;
    if (kept && kept.call === call && kept.version !== this.version) {
      this.version = kept.version;
      const mine = this.newer ? this.typed : nothing;
      this.typed = {
        status: mine.status || kept.status,
        note: kept.note.includes(mine.note) ? kept.note : mine.note.includes(kept.note) ? mine.note : `${kept.note}\n${mine.note}`,
        at: mine.at || kept.at,
        mine: mine.at ? mine.mine : kept.mine,
      };
      this.hold();
      this.came();
    }
    if (!kept && this.version) this.newer = true; // it has lost it
    if (this.newer) this.soon(0);
  }

  // set takes what was typed or chosen.
  set(part: Partial<Typed>): void {
    if (!this.call) return;
    this.typed = { ...this.typed, ...part };
    [this.newer, this.saved] = [true, false];
    this.hold();
    this.soon(Math.max(first, this.wrote + rest - performance.now()));
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

  // write sends what is typed, if the server has something else; leaving: though
  // the page goes meanwhile.
  private async write(leaving = false): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.newer || !this.known || (this.going && !leaving)) return;
    const { call, typed } = this;
    this.going = true;
    this.wrote = performance.now();
    const form = { call, page: String(page), status: typed.status, note: typed.note, at: typed.at, mine: typed.mine ? "1" : "" };
    const answer = await send("/desk/draft", form, leaving);
    this.going = false;
    if (this.call !== call || this.saved) return;
    if (answer.away) return this.soon(restAway);
    if (answer.sentence) return; // the desk is elsewhere, the call is over, or the browser alone takes it
    this.version = (answer.value as { version: string }).version;
    this.newer = this.typed !== typed;
    this.hold();
    if (this.newer) this.soon(rest);
  }
}
