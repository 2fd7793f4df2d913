// When the outcome is a callback its time is asked for, in the customer's zone.
import { $ } from "./view";

let zone = ""; // of the customer for whom the fields stand

// show asks for the callback's time while that outcome is chosen.
export function show(chosen: string, zones: string): void {
  const box = $("callback");
  box.hidden = chosen !== "CALLBK";
  if (box.hidden) {
    zone = "";
    return;
  }
  const first = zones.split(",")[0].trim();
  if (zone === (first || "UTC")) return;
  zone = first || "UTC";
  $("callback-zone").textContent = `(${zone.replace(/_/g, " ")} time)`;
  const at = $<HTMLInputElement>("callback-at");
  at.min = there(Date.now());
  at.value = `${there(Date.now() + 24 * 3600_000).slice(0, 13)}:00`;
  soon(at);
  says();
  $<HTMLInputElement>("callback-mine").checked = false;
}

// there is a moment as the customer's clock shows it, as the field writes it.
function there(ms: number): string {
  const options = { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" } as const;
  return new Intl.DateTimeFormat("sv-SE", options).format(ms).replace(" ", "T");
}

// soon offers the times that customers ask for most.
function soon(at: HTMLInputElement): void {
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
      b.addEventListener("click", () => {
        at.value = value;
        says();
      });
      return b;
    }),
  );
}

// says gives the weekday, and what the agent's own clock will show.
function says(): void {
  const value = $<HTMLInputElement>("callback-at").value;
  const at = moment(value);
  const text = Number.isNaN(at)
    ? "Choose the day and the time."
    : `${new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", timeZone: zone }).format(at)}, ${value.slice(11, 16)} there, ${new Intl.DateTimeFormat("en-GB", { weekday: "short", hour: "2-digit", minute: "2-digit" }).format(at)} for you.`;
  if ($("callback-says").textContent !== text) $("callback-says").textContent = text;
}
$("callback-at").addEventListener("input", says);

// moment is when the customer's clock shows a value; twice corrected, since the
// zone's offset is known only of a moment.
function moment(value: string): number {
  const wanted = Date.parse(`${value}:00Z`);
  let at = wanted;
  if (Number.isNaN(at)) return at;
  for (let i = 0; i < 2; i++) at += wanted - Date.parse(`${there(at)}:00Z`);
  return at;
}

// form is what is sent with the outcome.
export function form(chosen: string): Record<string, string> {
  if (chosen !== "CALLBK") return {};
  return {
    callback_at: $<HTMLInputElement>("callback-at").value,
    callback_zone: zone,
    callback_kind: $<HTMLInputElement>("callback-mine").checked ? "USERONLY" : "ANYONE",
  };
}
