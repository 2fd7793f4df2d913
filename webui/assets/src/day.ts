// The agent's own statistics of the day, and the callbacks that the agent has
// promised: both are asked for while nobody is on the line.
import { $, phoneNumber } from "./view";
import { dayOf, timeOf } from "./moment";
import { get } from "./link";

interface Day {
  calls: number;
  sales: number;
  talk_s: number;
  waiting_s: number;
  in_call_s: number;
  wrap_up_s: number;
  paused_s: number;
  signed_in_s: number;
  promised: number;
  kept: number;
}

const hours = (s: number) => `${Math.floor(s / 3600)}:${String(Math.floor(s / 60) % 60).padStart(2, "0")}:${String(s % 60).padStart(2, "0")}`;

let shown: { day: Day; state: string; at: number } | undefined;

// day asks for the day as the agent's state changes; from then on this page's own
// clock moves it.
export async function day(state: string): Promise<void> {
  try {
    shown = { day: await get<Day>("/desk/day"), state, at: performance.now() };
  } catch {
    return; // what stands there stays
  }
  drawDay();
}

function drawDay(): void {
  if (!shown) return;
  const d = shown.day;
  const more = Math.floor((performance.now() - shown.at) / 1000);
  const waiting = d.waiting_s + (shown.state === "READY" ? more : 0);
  const paused = d.paused_s + (shown.state === "PAUSED" ? more : 0);
  const rows: [string, string][] = [
    ["Calls taken", String(d.calls)],
    ["Sales", d.sales ? `${d.sales}, one in ${Math.round(d.calls / d.sales)} calls` : "0"],
    ["Talk", hours(d.talk_s)],
    ["On calls", hours(d.in_call_s)],
    ["Waiting", hours(waiting)],
    ["Average wait for a call", d.calls ? `${Math.round(waiting / d.calls)} s` : "–"],
    ["Wrap-up", hours(d.wrap_up_s)],
    ["Paused", hours(paused)],
    ["Callbacks kept", d.promised ? `${d.kept} of ${d.promised} due` : "none due yet"],
  ];
  $("day-list").replaceChildren(
    ...rows.flatMap(([name, value]) => {
      const dt = document.createElement("dt");
      const dd = document.createElement("dd");
      dt.textContent = name;
      dd.textContent = value;
      return [dt, dd];
    }),
  );
  $("day-signed").textContent = `Signed in for ${hours(d.signed_in_s + more)}`;
}

interface Promised {
  id: string;
  lead: string;
  name: string;
  number: string;
  when: string;
  there: string;
  in_s: number;
  comments: string;
}

type Act = (button: HTMLElement, path: string, form: Record<string, string>) => void;

let promised: { all: Promised[]; at: number; due: number; act: Act } | undefined;

// promises asks for the agent's own callbacks as the state changes; that one has
// come due this page sees by itself.
export async function promises(act: Act): Promise<void> {
  try {
    promised = { all: await get<Promised[]>("/desk/callbacks"), at: performance.now(), due: -1, act };
  } catch {
    $("promises-none").textContent = "Your callbacks cannot be shown just now. They are asked for again with your next pause or call.";
    return;
  }
  drawPromises();
}

// drawPromises draws the list when another callback has come due.
function drawPromises(): void {
  if (!promised) return;
  const past = (performance.now() - promised.at) / 1000;
  const isDue = (c: Promised) => c.in_s <= past;
  const { all, act } = promised;
  const due = all.filter(isDue).length;
  if (due === promised.due) return;
  promised.due = due;
  $("promises-count").textContent = all.length ? `${all.length}${due ? `, ${due} due` : ""}` : "";
  $("promises-table").hidden = all.length === 0;
  $("promises-none").hidden = all.length > 0;
  $("promises-none").textContent = "What you promise a customer to call back yourself stands here.";
  $("promises-rows").replaceChildren(...all.map((c) => row(c, isDue(c), act)));
}

setInterval(() => {
  drawDay();
  drawPromises();
}, 10_000);

function row(c: Promised, due: boolean, act: Act): HTMLElement {
  const tr = document.createElement("tr");
  const cell = (className: string, ...parts: (string | Node)[]) => {
    const td = document.createElement("td");
    td.className = className;
    td.append(...parts);
    tr.append(td);
    return td;
  };
  const mine = timeOf(c.when);
  const when = cell("nowrap", `${dayOf(c.when)}, ${mine}`);
  if (c.there && c.there !== mine) when.append(small(`${c.there} there`));
  if (due) {
    const chip = document.createElement("span");
    chip.className = "st watch plain";
    chip.textContent = "Due";
    when.append(" ", chip);
  }
  const number = small(phoneNumber(c.number));
  number.classList.add("nowrap");
  cell("", ...(c.name ? [c.name, number] : [number]));
  cell("wide", c.comments);
  const look = button("Look first", `callback-look-${c.id}`);
  look.addEventListener("click", () => act(look, "/desk/preview", { lead: c.lead }));
  const dial = button("Call", `callback-${c.id}`);
  dial.className = due ? "btn tiny main" : "btn tiny";
  dial.addEventListener("click", () => act(dial, "/desk/dial", { number: c.number }));
  for (const b of [look, dial]) b.setAttribute("aria-label", `${b.textContent} ${c.name || phoneNumber(c.number)}`);
  cell("nowrap", look, " ", dial);
  return tr;
}

function small(text: string): HTMLElement {
  const s = document.createElement("div");
  s.className = "small muted";
  s.textContent = text;
  return s;
}

function button(text: string, testid: string): HTMLButtonElement {
  const b = document.createElement("button");
  b.type = "button";
  b.className = "btn tiny";
  b.textContent = text;
  b.dataset.testid = testid;
  return b;
}
