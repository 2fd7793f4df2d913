// The keys of the desk: single letters while no field has the focus, the same
// with Alt everywhere.
import { $ } from "./view";

export interface Keys {
  act(control: string): boolean;
  choose(status: string): void;
  pauseWith(code: string): void;
  save(): void;
  tone(key: string): void;
  preset(key: string): boolean;
  form(key: string): boolean;
  // quick hangs up and saves that outcome.
  quick(status: string): void;
  state(): string | undefined;
}

const controls: Record<string, string[]> = {
  h: ["hold"],
  m: ["mute"],
  k: ["keypad"],
  x: ["hangup", "give-back"],
  r: ["record"],
  t: ["transfer"],
  v: ["message"],
  d: ["call-lead", "dial"],
  "/": ["dial"],
  g: ["ready"],
  p: ["pause", "save-pause"],
};

const places: Record<string, string> = { s: "script", c: "customer", n: "note", o: "outcome", b: "promises" };

let begun = ""; // the first of an outcome's two keys, while the second may follow

export function keyboard(keys: Keys): void {
  document.addEventListener("keydown", (e) => {
    const first = begun;
    begun = "";
    if (e.defaultPrevented || e.isComposing || e.metaKey) return;
    const target = e.target as HTMLElement;
    const field = target.matches("input:not([type=radio]), textarea, select, [contenteditable]");
    if (e.key === "Escape") {
      // Out of a field or a card: the single keys work again, and Enter saves.
      if (field || target.closest("#outcome, #callback, #pause")) target.blur();
      if (!document.querySelector(":popover-open, dialog[open]")) $("toast-close").click();
      return;
    }
    if (e.key === "Enter") {
      if (enter(e, target, field, keys)) e.preventDefault();
      return;
    }
    if (target.matches(".pick") && e.key.startsWith("Arrow")) {
      arrow(target, e.key === "ArrowDown" || e.key === "ArrowRight" ? 1 : -1, keys);
      e.preventDefault();
      return;
    }
    if (e.ctrlKey || (field && !e.altKey)) return;
    if (e.shiftKey && e.code.startsWith("Digit") && !open("keypad")) {
      // Shift makes another character of a digit on most keyboards: its place counts.
      const pick = document.querySelector<HTMLElement>(`#outcome:not([hidden]) [data-key="${e.code.slice(5)}"]`);
      if (pick) keys.quick(pick.dataset.status!);
      return e.preventDefault();
    }
    // With Alt some layouts give another character: the key's place counts then.
    const place = e.altKey ? /^(?:Key|Digit)(.)$/.exec(e.code)?.[1] : undefined;
    const key = (place ?? e.key).toLowerCase();
    if (first && outcomeKey(first + key.toUpperCase(), keys)) return e.preventDefault();
    if (press(key, keys)) e.preventDefault();
  });
}

const open = (panel: string) => $(panel).matches(":popover-open");

// panelKey presses the button of the open panel that has the key.
function panelKey(key: string): boolean {
  const all = /^[a-z]$/.test(key) ? document.querySelectorAll<HTMLElement>(`:popover-open [data-hot="${key.toUpperCase()}"]`) : [];
  const b = [...all].find((e) => e.checkVisibility());
  b?.click();
  return b !== undefined;
}

// line presses what brings the phone's line back, where there is such a button.
function line(): boolean {
  const b = ["phone-connect", "server-move"].map((id) => $(id)).find((e) => !e.hidden);
  b?.click();
  return b !== undefined;
}

function press(key: string, keys: Keys): boolean {
  if (open("keypad") && /^[0-9*#]$/.test(key)) {
    keys.tone(key);
    return true;
  }
  if (panelKey(key)) return true;
  if (/^[0-9]$/.test(key)) return keys.preset(key) || digit(key, keys);
  if (key === "?") {
    $("keymap").togglePopover();
    return true;
  }
  for (const control of controls[key] ?? []) if (keys.act(control)) return true;
  if (key === "l") return line();
  if (key === "q") {
    $("me").togglePopover();
    if (open("me")) $("me").querySelector<HTMLElement>("#sign-out button")!.focus();
    return true;
  }
  if (key === "p" && !$("pause").hidden) {
    document.querySelector<HTMLElement>("#pause .pick")?.focus();
    return true;
  }
  if (keys.form(key.toUpperCase())) return true;
  const place = key === "b" && !$("callback").hidden ? "callback" : places[key];
  if (!place || $(place).hidden) return outcomeKey(key.toUpperCase(), keys);
  if (key === "o") begun = "O";
  const e = $(place);
  (e.matches("textarea") ? e : (e.querySelector<HTMLElement>('[tabindex="0"]') ?? e)).focus();
  return true;
}

// digit chooses a reason to pause while the focus is there or there is nothing
// else to choose, and an outcome otherwise.
function digit(key: string, keys: Keys): boolean {
  const pausing = $("outcome").hidden || $("pause").contains(document.activeElement);
  const pick = document.querySelector<HTMLElement>(`${pausing ? "#pause" : "#outcome"}:not([hidden]) [data-key="${key}"]`);
  if (!pick) return false;
  if (pausing) {
    keys.pauseWith(pick.dataset.code!);
    // The next digit is an outcome again.
    if (!$("outcome").hidden && document.activeElement instanceof HTMLElement) document.activeElement.blur();
  } else keys.choose(pick.dataset.status!);
  return true;
}

// outcomeKey chooses an outcome that has a letter, or O and a letter.
function outcomeKey(key: string, keys: Keys): boolean {
  const pick = /^O?[A-Z]$/.test(key) ? document.querySelector<HTMLElement>(`#outcome:not([hidden]) [data-key="${key}"]`) : null;
  if (pick) keys.choose(pick.dataset.status!);
  return pick !== null;
}

// enter saves; on a button or a link it does what that does.
function enter(e: KeyboardEvent, target: HTMLElement, field: boolean, keys: Keys): boolean {
  if (keys.state() !== "WRAPUP") return false;
  const chosen = target.matches('[data-status][aria-checked="true"]');
  if (!e.ctrlKey && !chosen && (field || target.closest("button, a, summary, [popover]"))) return false;
  keys.save();
  return true;
}

function arrow(from: HTMLElement, step: number, keys: Keys): void {
  const all = [...from.parentElement!.querySelectorAll<HTMLElement>(".pick:not([hidden])")];
  const to = all[(all.indexOf(from) + step + all.length) % all.length];
  if (to.dataset.status) keys.choose(to.dataset.status);
  to.focus();
}
