// The calls that customers were promised: when the outcome is a callback its time
// is asked for, in the customer's zone; the agent's own stand in the dial panel.
import { $, phoneNumber } from "./view";

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
  $<HTMLInputElement>("callback-mine").checked = false;
}

// there is a moment as the customer's clock shows it, as the field writes it.
function there(ms: number): string {
  const options = { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" } as const;
  return new Intl.DateTimeFormat("sv-SE", options).format(ms).replace(" ", "T");
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

interface Promised {
  id: string;
  name: string;
  number: string;
  when: string;
  there: string;
  due: boolean;
  comments: string;
}

// list fills the dial panel with the agent's own callbacks.
export async function list(dial: (button: HTMLElement, number: string) => void): Promise<void> {
  const box = $("callbacks");
  let all: Promised[];
  try {
    const answer = await fetch("/desk/callbacks");
    if (!answer.ok) throw new Error();
    all = await answer.json();
  } catch {
    box.textContent = "Your callbacks cannot be shown just now.";
    return;
  }
  const heading = document.createElement("h3");
  heading.textContent = "Your callbacks";
  box.replaceChildren(
    ...(all.length ? [heading] : []),
    ...all.map((c) => {
      const b = document.createElement("button");
      b.className = c.due ? "btn main" : "btn";
      b.type = "button";
      b.dataset.testid = `callback-${c.id}`;
      b.textContent = `${c.name || phoneNumber(c.number)}, ${c.due ? "due since " : ""}${c.when}${c.there ? `, ${c.there} there` : ""}`;
      b.title = c.comments;
      b.addEventListener("click", () => dial(b, c.number));
      return b;
    }),
  );
}
