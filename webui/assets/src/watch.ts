// The page Listen in.
import { navGroups } from "./nav";
import { themeSwitch } from "./theme";
import { Ear } from "./ear";
import { $ } from "./view";

themeSwitch();
navGroups();

const ear = new Ear($<HTMLAudioElement>("remote-audio"), {
  say: (sentence) => ($("watch-state").textContent = sentence),
  open: (on) => ($("watch-do").hidden = !on),
});

for (const b of document.querySelectorAll<HTMLElement>("[data-session]")) b.addEventListener("click", () => void ear.begin(b.dataset.session!));
for (const b of document.querySelectorAll<HTMLElement>("[data-mode]")) b.addEventListener("click", () => void ear.mode(b.dataset.mode!));
$("watch-end").addEventListener("click", () => void ear.end());
