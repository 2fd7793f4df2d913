// How a page that is pushed shows whether what is on it is of now: by a word,
// and by greying what may have changed since.
import { serverNow } from "./parts";
import { $ } from "./view";

let since = "";

// shows brings the chip and the page into line; style is the chip's own.
export function shows(live: boolean, style: string): void {
  if (live) since = "";
  else since ||= new Date(serverNow()).toTimeString().slice(0, 8);
  document.body.classList.toggle("stale", !live);
  const chip = $("live");
  chip.className = `${style} ${live ? "good" : "bad"}`;
  const text = live ? "Live" : `Not live since ${since}: connecting`;
  if (chip.textContent !== text) chip.textContent = text;
}
