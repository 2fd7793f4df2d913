// What a board's page is made of: parts that the server draws and sends again
// when they have changed, and times that are counted here. The server sends
// moments by its own clock; how far that is from this one comes with every
// message.

export interface Message {
  all?: boolean;
  now: number;
  trouble?: string;
  set?: Record<string, string>;
  gone?: string[];
}

const known = new Map<string, string>();
const focusable = "a[href], button, input, select, summary, [tabindex]";

// ahead is how far the server's clock is ahead of ours, ms: the largest that was
// seen of late, since what is on its way makes it look less.
let ahead = -Infinity;

export function heard(now: number): void {
  const by = now - Date.now();
  ahead = by > ahead || ahead - by > 2000 ? by : ahead;
}

export function serverNow(): number {
  return Date.now() + (ahead === -Infinity ? 0 : ahead);
}

// place puts a part in the place of what stood there, and keeps the focus and
// what was opened. add is asked where a part goes that is new.
export function place(id: string, html: string, add: (e: HTMLElement) => void): void {
  if (known.get(id) === html) return;
  known.set(id, html);
  const frame = document.createElement("template");
  frame.innerHTML = html;
  const fresh = frame.content.firstElementChild as HTMLElement | null;
  if (!fresh) return;
  tickIn(fresh);
  const old = document.getElementById(id);
  if (!old) return add(fresh);
  if (old instanceof HTMLDetailsElement && fresh instanceof HTMLDetailsElement) fresh.open = old.open;
  const scrolled = [...old.querySelectorAll(".wrap")].map((w) => w.scrollTop);
  const focused = old.contains(document.activeElement) ? [...old.querySelectorAll(focusable)].indexOf(document.activeElement!) : -1;
  old.replaceWith(fresh);
  fresh.querySelectorAll(".wrap").forEach((w, i) => (w.scrollTop = scrolled[i] ?? 0));
  if (focused >= 0) (fresh.querySelectorAll(focusable)[focused] as HTMLElement | undefined)?.focus({ preventScroll: true });
}

export function forget(id: string): void {
  known.delete(id);
  document.getElementById(id)?.remove();
}

export function clock(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(s / 3600);
  return hours ? `${hours}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

// tickIn counts the times within an element, and marks those that have become
// worth a look, or too long.
export function tickIn(root: ParentNode): void {
  const now = serverNow();
  for (const t of root.querySelectorAll<HTMLElement>("time[data-since]")) {
    const age = now - Number(t.dataset.since);
    const text = clock(age);
    if (t.textContent !== text) t.textContent = text;
    const look = Number(t.dataset.look);
    const over = Number(t.dataset.over);
    const mark = over && age >= over * 1000 ? "over" : look && age >= look * 1000 ? "late" : "";
    if (t.dataset.mark !== mark) {
      t.dataset.mark = mark;
      t.className = `timer ${mark}`.trim();
    }
  }
}
