// The agent's own statistics of the day, and the callbacks that the agent has
// promised: both are asked for while nobody is on the line.
import { $, phoneNumber } from "./view";
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

export async function day(): Promise<void> {
  let d: Day;
  try {
    d = await get<Day>("/desk/day");
  } catch {
    return; // what stands there stays
  }
  const wait = d.calls ? `${Math.round(d.waiting_s / d.calls)} s` : "–";
  const rows: [string, string][] = [
    ["Calls taken", String(d.calls)],
    ["Sales", d.sales ? `${d.sales}, one in ${Math.round(d.calls / d.sales)} calls` : "0"],
    ["Talk", hours(d.talk_s)],
    ["On calls", hours(d.in_call_s)],
    ["Waiting", hours(d.waiting_s)],
    ["Average wait for a call", wait],
    ["Wrap-up", hours(d.wrap_up_s)],
    ["Paused", hours(d.paused_s)],
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
  $("day-signed").textContent = `Signed in for ${hours(d.signed_in_s)}`;
}

interface Promised {
  id: string;
  lead: string;
  name: string;
  number: string;
  when: string;
  there: string;
  due: boolean;
  comments: string;
}

// promises fills the list of the agent's own callbacks; each is looked at before
// it is dialed, or dialed at once.
export async function promises(act: (button: HTMLElement, path: string, form: Record<string, string>) => void): Promise<void> {
  let all: Promised[];
  try {
    all = await get<Promised[]>("/desk/callbacks");
  } catch {
    $("promises-none").textContent = "Your callbacks cannot be shown just now. They are asked for again in a minute.";
    $("promises-none").hidden = $("promises-table").hidden === false;
    return;
  }
  const due = all.filter((c) => c.due).length;
  $("promises-count").textContent = all.length ? `${all.length}${due ? `, ${due} due` : ""}` : "";
  $("promises-table").hidden = all.length === 0;
  $("promises-none").hidden = all.length > 0;
  $("promises-none").textContent = "What you promise a customer to call back yourself stands here.";
  $("promises-rows").replaceChildren(...all.map((c) => row(c, act)));
}

function row(c: Promised, act: (button: HTMLElement, path: string, form: Record<string, string>) => void): HTMLElement {
  const tr = document.createElement("tr");
  const cell = (className: string, ...parts: (string | Node)[]) => {
    const td = document.createElement("td");
    td.className = className;
    td.append(...parts);
    tr.append(td);
    return td;
  };
  const when = cell("", c.when);
  if (c.there) when.append(small(`${c.there} there`));
  if (c.due) {
    const chip = document.createElement("span");
    chip.className = "st watch plain";
    chip.textContent = "Due";
    when.append(" ", chip);
  }
  cell("", c.name || phoneNumber(c.number), ...(c.name ? [small(phoneNumber(c.number))] : []));
  cell("wide", c.comments);
  const look = button("Look first", `callback-look-${c.id}`);
  look.addEventListener("click", () => act(look, "/desk/preview", { lead: c.lead }));
  const dial = button("Call", `callback-${c.id}`);
  dial.className = c.due ? "btn tiny main" : "btn tiny";
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
