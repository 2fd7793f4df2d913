// The supervisors' live board: the server draws its parts, this file puts them
// in place, counts the times, keeps the order that was asked for, and carries
// the supervisor's clicks.
import { Chart } from "./chart";
import { dialogs, sendOnce } from "./dialog";
import type { Ear } from "./ear";
import { shows } from "./live";
import { forget, heard, type Message, place, serverNow, tickIn } from "./parts";
import { Stream } from "./stream";
import { navGroups } from "./nav";
import { themeSwitch } from "./theme";
import { $ } from "./view";

themeSwitch();
navGroups();
dialogs();
sendOnce();

const isRow = (id: string) => id.startsWith("a-");
const look = $<HTMLTableSectionElement>("look");
const rest = $<HTMLTableSectionElement>("rest");
const chart = new Chart(document.querySelector<HTMLElement>("[data-chart]")!);

// Parts ------------------------------------------------------------------------

function received(m: Message): void {
  heard(m.now);
  const trouble = $("trouble");
  trouble.hidden = !m.trouble;
  trouble.textContent = m.trouble ?? "";
  if (m.trouble && !Object.keys(m.set ?? {}).length) return;
  const set = m.set ?? {};
  for (const [id, html] of Object.entries(set)) place(id, html, (e) => isRow(id) && rest.append(e));
  for (const id of m.gone ?? []) forget(id);
  if (m.all) for (const row of rows()) if (!(row.id in set)) forget(row.id);
  tickIn(document);
  arrange();
  if (set["b-hour"]) chart.draw();
  if (open) shownAgent();
}

// Order --------------------------------------------------------------------------

type Key = "name" | "state" | "since";
let sort: Key = "name";
let down = false;

const rows = () => [...document.querySelectorAll<HTMLTableRowElement>("#agents tr[data-name]")];
const sinceOf = (r: HTMLElement) => Number(r.querySelector<HTMLElement>("time")!.dataset.since);
const order = ["ready", "ringing", "call", "hold", "wrapup", "paused"];

function compare(a: HTMLElement, b: HTMLElement): number {
  const byName = a.dataset.name!.localeCompare(b.dataset.name!);
  const by = sort === "since" ? sinceOf(a) - sinceOf(b) : sort === "state" ? order.indexOf(a.dataset.class!) - order.indexOf(b.dataset.class!) : byName;
  return (down ? -by : by) || byName;
}

const needsALook = (r: HTMLElement) => r.dataset.alarm !== undefined || r.querySelector<HTMLElement>("time")!.dataset.mark === "over";

// arrange moves only what is not in its place: a row under the pointer or the
// focus stays.
function arrange(): void {
  const all = rows().sort(compare);
  const groups: [HTMLTableSectionElement, HTMLTableRowElement[]][] = [
    [look, all.filter(needsALook)],
    [rest, all.filter((r) => !needsALook(r))],
  ];
  const focused = document.activeElement;
  for (const [body, wanted] of groups) {
    let before: Element = body.rows[0];
    for (const row of wanted) {
      if (before.nextElementSibling !== row) before.after(row);
      before = row;
    }
  }
  if (focused instanceof HTMLElement && focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
  count("look-n", groups[0][1].length);
  count("rest-n", groups[1][1].length);
  $("look-head").hidden = groups[0][1].length === 0;
  $("nobody").hidden = all.length > 0;
  $("agents-wrap").hidden = all.length === 0;
}

function count(id: string, n: number): void {
  if ($(id).textContent === String(n)) return;
  $(id).textContent = String(n);
  if (id === "look-n") $("announce").textContent = n ? `Agents who need a look: ${n}` : "";
}

for (const b of document.querySelectorAll<HTMLElement>("[data-sort]"))
  b.addEventListener("click", () => {
    const key = b.dataset.sort as Key;
    down = sort === key ? !down : false;
    sort = key;
    for (const other of document.querySelectorAll<HTMLElement>("[data-sort]")) other.closest("th")!.removeAttribute("aria-sort");
    b.closest("th")!.setAttribute("aria-sort", down ? "descending" : "ascending");
    arrange();
  });

// Time ---------------------------------------------------------------------------

setInterval(() => {
  tickIn(document);
  arrange();
  $("clock").textContent = new Date(serverNow()).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
  if (open) shownAgent();
}, 1000);

// The campaigns ------------------------------------------------------------------

$("campaign").addEventListener("change", () => $<HTMLFormElement>("choose").submit());

// One agent ----------------------------------------------------------------------

let open = "";
const dialog = $<HTMLDialogElement>("agent");
const ask = $<HTMLFormElement>("agent-ask");

const rowOf = (session: string) => document.getElementById(`a-${session}`) as HTMLTableRowElement | null;

document.addEventListener("click", (e) => {
  const b = e.target instanceof Element ? e.target.closest<HTMLElement>("[data-agent]") : null;
  if (!b) return;
  open = b.dataset.agent!;
  problem("");
  sure(false);
  $<HTMLInputElement>("says").value = "";
  const campaign = rowOf(open)?.dataset.campaign ?? "";
  const code = $<HTMLSelectElement>("code");
  for (const o of code.options) o.hidden = o.disabled = o.dataset.campaign !== "" && o.dataset.campaign !== campaign;
  code.value = [...code.options].find((o) => !o.disabled)?.value ?? "";
  shownAgent();
  dialog.showModal();
});
dialog.addEventListener("close", () => (open = ""));

function shownAgent(): void {
  const row = rowOf(open);
  const text = (id: string, s: string) => $(id).textContent !== s && ($(id).textContent = s);
  if (!row) return void text("agent-about", "Not on shift any more.");
  text("agent-title", row.dataset.name!);
  text("agent-about", `${row.cells[1].textContent!.trim()}, ${row.querySelector("time")!.textContent}. ${row.cells[3].textContent!.replace(/\s+/g, " ").trim()}`);
  const onCall = row.dataset.class === "call" || row.dataset.class === "hold";
  for (const b of dialog.querySelectorAll<HTMLButtonElement>('[data-begin="barge"], [data-begin="takeover"]')) b.disabled = !onCall;
}

function problem(sentence: string): void {
  $("agent-error").hidden = !sentence;
  $("agent-error").textContent = sentence;
}

function sure(on: boolean): void {
  $("agent-sure").hidden = !on;
  ask.hidden = on;
}

let doing = "";
ask.addEventListener("submit", (e) => {
  e.preventDefault();
  doing = (e.submitter as HTMLButtonElement).value;
  problem("");
  const name = $("agent-title").textContent;
  $("agent-question").textContent = `${doing === "pause" ? `Pause ${name}` : `End ${name}'s shift`}? The agent is shown your name and: ${$<HTMLInputElement>("says").value.trim()}`;
  sure(true);
  $("agent-yes").focus();
});
$("agent-no").addEventListener("click", () => sure(false));
$("agent-yes").addEventListener("click", async () => {
  const yes = $<HTMLButtonElement>("agent-yes");
  yes.disabled = true;
  try {
    const body = new URLSearchParams({ says: $<HTMLInputElement>("says").value, code: $<HTMLSelectElement>("code").value });
    const answer = await fetch(`/board/agents/${open}/${doing}`, { method: "POST", body, signal: AbortSignal.timeout(10000) });
    const text = await answer.json();
    sure(false);
    if (!answer.ok) return problem(text.error);
    dialog.close();
    $("announce").textContent = text.says;
    note(text.says);
  } catch {
    sure(false);
    problem("The web server does not answer, so that was not done. Try again in a moment.");
  } finally {
    yes.disabled = false;
  }
});

// note says for a while what was done.
let noteTimer: number | undefined;
function note(sentence: string): void {
  let box = document.getElementById("note");
  if (!box) {
    box = document.createElement("div");
    box.id = "note";
    box.className = "toast";
    document.body.append(box);
  }
  box.textContent = sentence;
  box.hidden = false;
  clearTimeout(noteTimer);
  noteTimer = window.setTimeout(() => (box.hidden = true), 9000);
}

// Listening in -------------------------------------------------------------------

let ear: Ear | undefined;

async function theEar(): Promise<Ear> {
  if (ear) return ear;
  const bundle = (await import($("board").dataset.ear!)) as typeof import("./ear");
  ear = new bundle.Ear($<HTMLAudioElement>("remote-audio"), {
    say: (sentence) => ($("ear-state").textContent = sentence),
    open: (on) => {
      for (const b of $("ear").querySelectorAll<HTMLElement>("[data-ear-mode], #ear-end")) b.hidden = !on;
      if (!on) pressed("");
    },
  });
  return ear;
}

function pressed(mode: string): void {
  for (const b of document.querySelectorAll<HTMLElement>("[data-ear-mode]")) b.setAttribute("aria-pressed", String(b.dataset.earMode === mode));
}

for (const b of document.querySelectorAll<HTMLElement>("[data-begin]"))
  b.addEventListener("click", async () => {
    const session = open;
    const mode = b.dataset.begin!;
    $("ear").hidden = false;
    $("ear-who").textContent = $("agent-title").textContent;
    dialog.close();
    $("ear").scrollIntoView({ block: "nearest" });
    try {
      const it = await theEar();
      // A call is taken over by a phone that is there already.
      const first = mode === "takeover" ? "listen" : mode;
      if (!(await it.begin(session, first))) return;
      pressed(first);
      if (mode === "takeover" && (await it.mode(mode))) pressed(mode);
    } catch {
      $("ear-state").textContent = "The page's phone could not be loaded. Load the page again, then try again.";
    }
  });
for (const b of document.querySelectorAll<HTMLElement>("[data-ear-mode]"))
  b.addEventListener("click", async () => {
    if (await ear?.mode(b.dataset.earMode!)) pressed(b.dataset.earMode!);
  });
$("ear-end").addEventListener("click", async () => {
  await ear?.end();
  $("ear").hidden = true;
});

// Start ----------------------------------------------------------------------------

tickIn(document);
arrange();
chart.draw();
new Stream(
  $("board").dataset.stream!,
  {
    message: received,
    live: (on) => shows(on, "st plain small"),
  },
  () => !$("ear").hidden,
);
