// When the outcome is a callback its time is asked for, in the customer's zone.
// Days and hours at which nobody may call them are shown as closed, with the
// sentence by which the server would refuse them.
import { Calendar, type Month } from "./calendar";
import { get } from "./link";
import { $ } from "./view";

let zone = ""; // of the customer for whom the fields stand
let lead = "";
let own = false; // the agent has chosen a time, which stays

const field = () => $<HTMLInputElement>("callback-at");
const calendar = new Calendar(
  (month) => get<Month>(`/desk/callable?lead=${encodeURIComponent(lead)}&month=${month}`),
  (value) => {
    own = true;
    set(value);
    keep();
  },
);

// A time that the agent has chosen outlasts the page: changed is told of it.
let changed: (at: string, mine: boolean) => void = () => {};

export function onChange(tell: typeof changed): void {
  changed = tell;
}

const mine = () => $<HTMLInputElement>("callback-mine");
const keep = () => changed(own ? field().value : "", mine().checked);

// again shows what came from elsewhere: the next show begins anew.
export function again(): void {
  zone = "";
}

// show asks for the callback's time while that outcome is chosen; at and callsBack
// are what the agent has chosen before.
export function show(chosen: string, zones: string, customer: string, at: string, callsBack: boolean): void {
  const box = $("callback");
  box.hidden = chosen !== "CALLBK";
  if (box.hidden) {
    zone = "";
    return;
  }
  const first = zones.split(",")[0].trim() || "UTC";
  if (zone === first && lead === customer) return;
  [zone, lead, own] = [first, customer, false];
  $("callback-zone").textContent = `${zone.replace(/_/g, " ")} time`;
  field().min = there(Date.now());
  own = at !== "";
  mine().checked = callsBack;
  const wanted = at || `${there(Date.now() + 24 * 3600_000).slice(0, 13)}:00`;
  field().value = wanted;
  const known = calendar.begin(wanted);
  soon();
  says();
  void known.then(async () => {
    const open = await calendar.firstOpen(wanted);
    if (lead !== customer || zone === "") return; // the next one, or another outcome
    soon();
    set(own ? field().value : (open ?? wanted));
  });
}

// there is a moment as the customer's clock shows it, as the field writes it.
function there(ms: number): string {
  const options = { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" } as const;
  return new Intl.DateTimeFormat("sv-SE", options).format(ms).replace(" ", "T");
}

// set puts a time into the field, and shows it in the calendar.
function set(value: string): void {
  field().value = value;
  says();
  void calendar.choose(value).then(says);
}

// soon offers the times that customers ask for most.
function soon(): void {
  const day = (days: number) => there(Date.now() + days * 24 * 3600_000).slice(0, 10);
  const now = there(Date.now());
  const times: [string, string][] = [
    ["In an hour", there(Date.now() + 3600_000)],
    ["Today 18:00", `${day(0)}T18:00`],
    ["Tomorrow 10:00", `${day(1)}T10:00`],
    ["In a week", `${day(7)}T${now.slice(11, 13)}:00`],
  ];
  $("callback-soon").replaceChildren(
    ...times.filter(([, value]) => value > now).map(([name, value]) => {
      const b = document.createElement("button");
      b.type = "button";
      b.className = "btn tiny";
      b.textContent = name;
      const why = closed(value);
      if (why) {
        b.setAttribute("aria-disabled", "true");
        b.title = why;
      }
      b.addEventListener("click", () => {
        if (why) return tell(why);
        own = true;
        set(value);
        keep();
      });
      return b;
    }),
  );
}

function tell(text: string): void {
  if ($("callback-says").textContent !== text) $("callback-says").textContent = text;
}

// says gives the weekday, and what the agent's own clock will show; of a time at
// which nobody may call, why not.
function says(): void {
  const value = field().value;
  const why = closed(value);
  if (why) field().setAttribute("aria-invalid", "true");
  else field().removeAttribute("aria-invalid");
  if (why) return tell(why);
  const at = moment(value);
  tell(
    Number.isNaN(at)
      ? "Choose the day and the time."
      : `${new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", timeZone: zone }).format(at)}, ${value.slice(11, 16)} there, ${new Intl.DateTimeFormat("en-GB", { weekday: "short", hour: "2-digit", minute: "2-digit" }).format(at)} for you.`,
  );
}
$("callback-mine").addEventListener("change", keep);
$("callback-at").addEventListener("input", () => {
  own = true;
  says();
  keep();
  void calendar.choose(field().value).then(says);
});

// moment is when the customer's clock shows a value; twice corrected, since the
// zone's offset is known only of a moment.
function moment(value: string): number {
  const wanted = Date.parse(`${value}:00Z`);
  let at = wanted;
  if (Number.isNaN(at)) return at;
  for (let i = 0; i < 2; i++) at += wanted - Date.parse(`${there(at)}:00Z`);
  return at;
}

// closed is why a time cannot be promised: nobody may call then, or the customer's
// clock never shows it.
function closed(value: string): string {
  const at = zone ? moment(value) : NaN;
  if (!Number.isNaN(at) && there(at) !== value.slice(0, 16)) return `The customer's clock goes forward that day, and skips ${value.slice(11, 16)}. Choose another time.`;
  return calendar.why(value);
}

// wrong is why the chosen time cannot be promised, as far as the page knows; "":
// it can, or another outcome is chosen.
export function wrong(chosen: string): string {
  return chosen === "CALLBK" ? closed(field().value) : "";
}

// form is what is sent with the outcome.
export function form(chosen: string): Record<string, string> {
  if (chosen !== "CALLBK") return {};
  return {
    callback_at: field().value,
    callback_zone: zone,
    callback_kind: mine().checked ? "USERONLY" : "ANYONE",
  };
}
