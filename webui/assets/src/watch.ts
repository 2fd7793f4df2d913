// The supervisor's page: its phone is the browser's own, as the desk's is; each
// click asks the server, whose listen moves the phone.
import { themeSwitch } from "./theme";
import { post } from "./link";
import { Phone, type Account } from "./phone";
import { $ } from "./view";

let phone: Phone | undefined;
let session = "";
let watch = "";

themeSwitch();

function say(text: string): void {
  $("watch-state").textContent = text;
}

async function answer<T>(path: string, init?: RequestInit): Promise<T> {
  const a = await fetch(path, init);
  const body = await a.json();
  if (!a.ok) throw new Error(body.error);
  return body;
}

// ready resolves once the phone is registered, or says why it is not.
function ready(account: Account): Promise<void> {
  phone?.stop();
  return new Promise((resolve, reject) => {
    phone = new Phone(account, $<HTMLAudioElement>("remote-audio"), () => {
      if (phone?.registered) resolve();
      else if (phone?.problem) reject(new Error(phone.problem));
      if (watch && phone && !phone.inCall && phone.registered) over();
    });
    void phone.start();
  });
}

let wasUp = false;

function over(): void {
  if (!wasUp) {
    wasUp = phone?.inCall === true;
    return;
  }
  wasUp = false;
  watch = "";
  $("watch-do").hidden = true;
  say("That is over. Choose an agent.");
}
setInterval(() => {
  if (watch && phone?.inCall) wasUp = true;
}, 200);

async function begin(b: HTMLElement): Promise<void> {
  try {
    if (watch) await post(`/watch/${watch}/end`);
    session = b.dataset.session!;
    say("Your phone connects.");
    const account = await answer<Account>(`/watch/phone?session=${session}`);
    if (account.kind === "webrtc") await ready(account);
    const begun = await answer<{ watch: string }>("/watch", { method: "POST", body: new URLSearchParams({ session, mode: "listen" }) });
    watch = begun.watch;
    wasUp = false;
    $("watch-do").hidden = false;
    say("You hear the agent and the customer. Nobody hears you.");
  } catch (e) {
    say((e as Error).message);
  }
}

const told: Record<string, string> = {
  listen: "You hear the agent and the customer. Nobody hears you.",
  whisper: "The agent hears you. The customer does not.",
  barge: "Everybody hears everybody.",
  takeover: "The customer is yours. The agent is free.",
};

for (const b of document.querySelectorAll<HTMLElement>("[data-session]")) b.addEventListener("click", () => void begin(b));
for (const b of document.querySelectorAll<HTMLElement>("[data-mode]"))
  b.addEventListener("click", async () => {
    const mode = b.dataset.mode!;
    say((await post(`/watch/${watch}/mode`, { mode })) || told[mode]);
  });
$("watch-end").addEventListener("click", async () => {
  await post(`/watch/${watch}/end`);
  wasUp = true;
  over();
});
addEventListener("pagehide", () => phone?.stop());
