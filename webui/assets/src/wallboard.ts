// The wallboard: nobody touches it, so it does everything by itself.
import { Chart } from "./chart";
import { shows } from "./live";
import { heard, place, serverNow, tickIn } from "./parts";
import { Stream } from "./stream";
import { $ } from "./view";

const chart = new Chart(document.querySelector<HTMLElement>("[data-chart]")!);
chart.draw();

new Stream($("board").dataset.stream!, {
  message: (m) => {
    heard(m.now);
    $("trouble").textContent = m.trouble ?? "";
    for (const [id, html] of Object.entries(m.set ?? {})) place(id, html, () => {});
    if (m.set?.["w-hour"]) chart.draw();
  },
  live: (on) => shows(on, "st"),
});

setInterval(() => {
  tickIn(document);
  $("clock").textContent = new Date(serverNow()).toTimeString().slice(0, 5);
}, 1000);

// A screen that nobody touches would go dark.
async function stayAwake(): Promise<void> {
  if (document.visibilityState !== "visible") return;
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // not allowed here: the machine's own settings decide
  }
}
document.addEventListener("visibilitychange", () => void stayAwake());
void stayAwake();
