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

// place makes what stands there what the server has drawn, and keeps its nodes,
// with their focus, their scrolling and what was opened: a button that is replaced
// between a pointer's press and its release never hears of the click. add is asked
// where a part goes that is new.
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
  const focused = old.contains(document.activeElement) ? [...old.querySelectorAll(focusable)].indexOf(document.activeElement!) : -1;
  become(old, fresh);
  const there = document.getElementById(id)!;
  if (focused >= 0 && !there.contains(document.activeElement)) (there.querySelectorAll(focusable)[focused] as HTMLElement | undefined)?.focus({ preventScroll: true });
}

// become makes a node like another, node by node; what is of another kind, or has
// another id, is replaced.
function become(old: ChildNode, fresh: ChildNode): void {
  if (old.nodeName !== fresh.nodeName || (old as Partial<Element>).id !== (fresh as Partial<Element>).id) return old.replaceWith(fresh);
  if (!(old instanceof Element && fresh instanceof Element)) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  const opened = (name: string) => name === "open" && old instanceof HTMLDetailsElement;
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !opened(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value && !opened(name)) old.setAttribute(name, value);
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  before.slice(after.length).forEach((child) => child.remove());
  after.forEach((child, i) => (before[i] ? become(before[i], child) : old.append(child)));
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
