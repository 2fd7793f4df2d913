// A month of a customer's days with the hours at which they may be called. Times
// are texts of the customer's clock, 2006-01-02T15:04.
import { $ } from "./view";

export interface Span {
  from: number; // minutes of the day
  to: number;
  why?: string; // why nobody may call then
}

export interface Month {
  zone: string;
  now: string;
  last: string; // the last day that may be promised
  days: { day: string; spans: Span[] | null }[];
}

const names = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
const monthName = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });
const step = 30; // minutes between the times that are offered

const clock = (minutes: number) => `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
const minutesOf = (value: string) => Number(value.slice(11, 13)) * 60 + Number(value.slice(14, 16));
const utc = (day: string) => Date.parse(`${day}T00:00:00Z`);
const dayAfter = (day: string, days: number) => new Date(utc(day) + days * 24 * 3600_000).toISOString().slice(0, 10);

// monthAfter is the month so many after one; day is kept within it.
function monthAfter(day: string, months: number): string {
  const first = new Date(utc(`${day.slice(0, 7)}-01`));
  first.setUTCMonth(first.getUTCMonth() + months);
  const month = first.toISOString().slice(0, 7);
  const length = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return `${month}-${String(Math.min(Number(day.slice(8)), length)).padStart(2, "0")}`;
}

export class Calendar {
  private days = new Map<string, Span[]>();
  private months = new Map<string, Promise<void>>();
  private first = ""; // the customer's today
  private last = "";
  private value = "";
  private shown = ""; // the month on the screen
  private trouble = false;
  private begun = 0;

  constructor(
    private readonly read: (month: string) => Promise<Month>,
    private readonly chosen: (value: string) => void,
  ) {
    $("callback-prev").addEventListener("click", () => void this.turn(-1));
    $("callback-next").addEventListener("click", () => void this.turn(1));
    $("callback-days").addEventListener("click", (e) => {
      const b = (e.target as HTMLElement).closest<HTMLElement>("[data-day]");
      if (b) this.pick(b.dataset.day!);
    });
    $("callback-days").addEventListener("keydown", (e) => void this.key(e));
    $<HTMLSelectElement>("callback-time").addEventListener("change", (e) =>
      this.chosen(`${this.value.slice(0, 10)}T${(e.target as HTMLSelectElement).value}`),
    );
  }

  // begin forgets the customer before, and reads the month of a time.
  begin(value: string): Promise<void> {
    this.begun++;
    this.days.clear();
    this.months.clear();
    this.first = this.last = "";
    this.trouble = false;
    return this.choose(value);
  }

  // choose shows a time as the chosen one.
  async choose(value: string): Promise<void> {
    this.value = value;
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value)) return this.draw();
    this.shown = value.slice(0, 7);
    await this.load(this.shown);
    this.draw();
  }

  // why is the sentence on why nobody may call at a time; "": they may, or it is
  // not known yet.
  why(value: string): string {
    const at = minutesOf(value);
    return this.days.get(value.slice(0, 10))?.find((s) => s.from <= at && at < s.to)?.why ?? "";
  }

  // firstOpen is the first open time from one on, in its month or the next.
  async firstOpen(value: string): Promise<string | undefined> {
    const begun = this.begun;
    await this.load(value.slice(0, 7));
    const open = this.openFrom(value);
    if (open || begun !== this.begun) return open;
    await this.load(monthAfter(value.slice(0, 10), 1).slice(0, 7));
    return begun === this.begun ? this.openFrom(value) : undefined;
  }

  // openFrom is the first open time from one on in what is known.
  private openFrom(value: string): string | undefined {
    for (const day of [...this.days.keys()].filter((d) => d >= value.slice(0, 10)).sort()) {
      const least = day === value.slice(0, 10) ? minutesOf(value) : 0;
      for (const s of this.days.get(day)!) {
        const at = Math.max(s.from, least);
        if (!s.why && at < s.to) return `${day}T${clock(Math.min(Math.ceil(at / step) * step, s.to - 1))}`;
      }
    }
    return undefined;
  }

  private load(month: string): Promise<void> {
    if (this.first && (month < this.first.slice(0, 7) || month > this.last.slice(0, 7))) return Promise.resolve();
    let loading = this.months.get(month);
    if (!loading) {
      const begun = this.begun;
      loading = this.read(month).then(
        (m) => {
          if (begun !== this.begun) return; // of the customer before
          this.trouble = false;
          [this.first, this.last] = [m.now.slice(0, 10), m.last];
          for (const d of m.days) this.days.set(d.day, d.spans ?? []);
        },
        () => {
          if (begun !== this.begun) return;
          this.months.delete(month); // asked for again
          this.trouble = true;
        },
      );
      this.months.set(month, loading);
    }
    return loading;
  }

  private async turn(months: number): Promise<void> {
    this.shown = monthAfter(`${this.shown}-01`, months).slice(0, 7);
    await this.load(this.shown);
    this.draw();
  }

  // shut is why a whole day is closed; "": it is open at some hour.
  private shut(day: string): string {
    if (this.last && day > this.last) return "A callback is at most a year ahead. Choose an earlier day.";
    const spans = this.days.get(day);
    if (!spans || spans.length === 0 || spans.some((s) => !s.why)) return "";
    return spans[spans.length - 1].why!;
  }

  private pick(day: string): void {
    const why = this.shut(day);
    if (why) {
      $("callback-says").textContent = why;
      this.focus(day);
      return;
    }
    const wanted = `${day}T${this.value.slice(11, 16) || "10:00"}`;
    const open = this.why(wanted) ? this.openFrom(`${day}T00:00`) : wanted;
    this.chosen(open?.startsWith(day) ? open : wanted);
    this.focus(day);
  }

  private async key(e: KeyboardEvent): Promise<void> {
    const day = (e.target as HTMLElement).dataset.day;
    const weekday = day ? (new Date(utc(day)).getUTCDay() + 6) % 7 : 0;
    const to: Record<string, (d: string) => string> = {
      ArrowLeft: (d) => dayAfter(d, -1),
      ArrowRight: (d) => dayAfter(d, 1),
      ArrowUp: (d) => dayAfter(d, -7),
      ArrowDown: (d) => dayAfter(d, 7),
      Home: (d) => dayAfter(d, -weekday),
      End: (d) => dayAfter(d, 6 - weekday),
      PageUp: (d) => monthAfter(d, -1),
      PageDown: (d) => monthAfter(d, 1),
    };
    if (!day || !to[e.key]) return;
    e.preventDefault();
    let next = to[e.key](day);
    if (this.first && next < this.first) next = this.first;
    if (this.last && next > this.last) next = this.last;
    if (next.slice(0, 7) !== this.shown) {
      this.shown = next.slice(0, 7);
      await this.load(this.shown);
      this.draw();
    }
    this.focus(next);
  }

  private focus(day: string): void {
    for (const b of $("callback-days").querySelectorAll<HTMLElement>("[data-day]")) b.tabIndex = b.dataset.day === day ? 0 : -1;
    $("callback-days").querySelector<HTMLElement>(`[data-day="${day}"]`)?.focus();
  }

  private draw(): void {
    $("callback-calendar").hidden = this.trouble;
    $("callback-time").hidden = this.trouble || this.days.size === 0;
    if (this.trouble || !this.shown) return;
    $("callback-month").textContent = monthName.format(utc(`${this.shown}-01`));
    $<HTMLButtonElement>("callback-prev").disabled = this.first !== "" && this.shown <= this.first.slice(0, 7);
    $<HTMLButtonElement>("callback-next").disabled = this.last !== "" && this.shown >= this.last.slice(0, 7);
    const had = (document.activeElement as HTMLElement | null)?.dataset.day;
    const begins = dayAfter(`${this.shown}-01`, -((new Date(utc(`${this.shown}-01`)).getUTCDay() + 6) % 7));
    const today = this.value.slice(0, 10);
    const stop = today.startsWith(this.shown) ? today : `${this.shown}-01`;
    const rows: HTMLElement[] = [];
    for (let week = begins; week.slice(0, 7) <= this.shown; week = dayAfter(week, 7)) {
      const row = document.createElement("tr");
      for (let i = 0; i < 7; i++) row.append(this.cell(dayAfter(week, i), stop));
      rows.push(row);
    }
    $("callback-days").replaceChildren(...rows);
    if (had) this.focus(had);
    this.times();
  }

  private cell(day: string, stop: string): HTMLElement {
    const td = document.createElement("td");
    if (!day.startsWith(this.shown)) return td;
    const b = document.createElement("button");
    const why = this.shut(day);
    b.type = "button";
    b.dataset.day = day;
    b.textContent = String(Number(day.slice(8)));
    b.tabIndex = day === stop ? 0 : -1;
    b.setAttribute("aria-label", names.format(utc(day)) + (why ? `, closed: ${why}` : ""));
    b.setAttribute("aria-pressed", String(day === this.value.slice(0, 10)));
    if (why) {
      b.setAttribute("aria-disabled", "true");
      b.title = why;
    }
    td.append(b);
    return td;
  }

  // times offers the chosen day's hours, those that are closed under the reason.
  private times(): void {
    const list = $<HTMLSelectElement>("callback-time");
    const spans = this.days.get(this.value.slice(0, 10)) ?? [];
    const now = this.value.slice(11, 16);
    const parts: HTMLElement[] = [];
    for (const s of spans) {
      const all: HTMLElement[] = [];
      const times: number[] = [];
      for (let at = Math.ceil(s.from / step) * step; at < s.to; at += step) times.push(at);
      const mine = minutesOf(this.value);
      if (s.from <= mine && mine < s.to && !times.includes(mine)) times.push(mine);
      for (const at of times.sort((a, b) => a - b)) {
        const o = document.createElement("option");
        o.value = o.textContent = clock(at);
        o.selected = o.value === now;
        o.disabled = !!s.why;
        all.push(o);
      }
      if (all.length === 0) continue;
      if (!s.why) {
        parts.push(...all);
        continue;
      }
      const closed = document.createElement("optgroup");
      closed.label = `Closed. ${s.why}`;
      closed.append(...all);
      parts.push(closed);
    }
    list.replaceChildren(...parts);
  }
}
