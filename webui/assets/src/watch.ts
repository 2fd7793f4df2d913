// The page Listen in.
import { navGroups } from "./nav";
import { themeSwitch } from "./theme";
import { Ear } from "./ear";
import { $ } from "./view";

themeSwitch();
navGroups();

// pressed marks who is listened to, and how.
function pressed(of: "session" | "mode", chosen = ""): void {
  for (const b of document.querySelectorAll<HTMLElement>(`[data-${of}]`)) b.setAttribute("aria-pressed", String(b.dataset[of] === chosen));
}

const ear = new Ear($<HTMLAudioElement>("remote-audio"), {
  say: (sentence) => ($("watch-state").textContent = sentence),
  open: (on) => {
    $("watch-do").hidden = !on;
    if (!on) pressed("session");
  },
});

for (const b of document.querySelectorAll<HTMLElement>("[data-session]"))
  b.addEventListener("click", async () => {
    if (!(await ear.begin(b.dataset.session!))) return;
    pressed("session", b.dataset.session);
    pressed("mode", "listen");
  });
for (const b of document.querySelectorAll<HTMLElement>("[data-mode]"))
  b.addEventListener("click", async () => {
    if (await ear.mode(b.dataset.mode!)) pressed("mode", b.dataset.mode);
  });
$("watch-end").addEventListener("click", () => void ear.end());
