// The customer's card: the fields of the lead, each saved as the agent leaves it.
// What could not be saved stays as typed, with the sentence beside it.
import { $ } from "./view";
import { send } from "./link";
import { timeOf } from "./moment";
import type { Fields } from "./draft";

export interface Field {
  name: string;
  label: string;
  kind: "text" | "area" | "select" | "multi" | "check" | "date" | "time" | "number" | "email" | "tel" | "fixed";
  value: string;
  options?: string[];
  needed?: boolean;
  most?: number;
  wide?: boolean;
  rare?: boolean;
}

export class Card {
  private lead = "";
  private readonly stands = new Map<string, string>(); // what the server holds, by field
  private readonly waiting = new Map<string, () => Promise<void>>(); // not saved: nobody answered
  private readonly going = new Set<Promise<void>>();
  private readonly turns = new Map<string, Promise<void>>(); // the newest save that is on its way, by field
  private wrong = new Set<string>();
  private left = false; // another page has the desk
  private typed: Fields = {}; // and not saved: outlasts the page

  // changed is told of every field that was saved, typing of what is typed and is not.
  constructor(
    private readonly changed: () => void,
    private readonly typing: (fields: Fields) => void,
  ) {}

  show(lead: string, fields: Field[]): void {
    this.clear();
    this.lead = lead;
    this.says("", "mute");
    const rare = $("lead-rare");
    for (const f of fields) {
      this.stands.set(f.name, f.value);
      if (f.kind === "fixed") $("lead").append(...fixed(f));
      else (f.rare && !f.value ? rare : $("lead-fields")).append(this.control(f));
    }
    $("lead").hidden = $("lead").childElementCount === 0;
    $("lead-fields").hidden = false;
    $("lead-more").hidden = rare.childElementCount === 0;
    $("lead-none").hidden = true;
    this.restore();
  }

  // restore types again what was typed before the page was left, and not saved.
  private restore(): void {
    const held = JSON.parse(sessionStorage.getItem(`typed ${this.lead}`) ?? "{}") as Fields;
    this.typed = {};
    this.take(held);
  }

  // take types what was typed elsewhere, or before the page was left, and is not saved
  // yet; what is being typed here stays.
  take(fields: Fields): void {
    for (const [name, { was, values }] of Object.entries(fields)) {
      const control = document.getElementById(`f-${name}`);
      if (!control || name in this.typed || !this.stands.has(name) || this.stands.get(name) === values.join(",")) continue;
      this.stands.set(name, was);
      if ("value" in control) (control as HTMLInputElement).value = values[0];
      else for (const b of control.querySelectorAll<HTMLInputElement>("input")) b.checked = values.includes(b.value);
      control.dispatchEvent(new Event("change"));
    }
  }

  private keep(): void {
    if (Object.keys(this.typed).length) sessionStorage.setItem(`typed ${this.lead}`, JSON.stringify(this.typed));
    else sessionStorage.removeItem(`typed ${this.lead}`);
    this.typing({ ...this.typed });
  }

  // leave saves nothing from now on: another page has the desk, and what is typed in
  // a field goes there.
  leave(): void {
    this.left = true;
  }

  // handedOver forgets what another page has now: it would be typed again here after
  // that one has saved it.
  handedOver(): void {
    sessionStorage.removeItem(`typed ${this.lead}`);
  }

  // types keeps a field while it is typed in: nobody knows whether it will be left.
  private types(name: string, value: string): void {
    const was = this.stands.get(name) ?? "";
    if (value === was) delete this.typed[name];
    else this.typed[name] = { was, values: [value] };
    this.keep();
  }

  // trouble says in a word that there is nothing to be shown yet.
  trouble(word: string): void {
    this.says(word, "watch");
  }

  clear(): void {
    this.lead = "";
    this.typed = {};
    this.stands.clear();
    this.turns.clear();
    this.waiting.clear();
    this.wrong.clear();
    for (const id of ["lead", "lead-fields", "lead-rare"]) $(id).replaceChildren();
    for (const id of ["lead", "lead-fields", "lead-more", "lead-saved"]) $(id).hidden = true;
    $<HTMLDetailsElement>("lead-more").open = false;
    $("lead-none").hidden = false;
  }

  // again saves what found nobody to answer.
  again(): void {
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const save of all) this.track(save());
  }

  // settled waits until nothing is on its way, and gives false with the focus at a
  // field that could not be saved.
  async settled(): Promise<boolean> {
    const at = document.activeElement;
    if (at instanceof HTMLElement && $("customer").contains(at)) at.blur(); // its change is sent
    await Promise.all(this.going);
    const first = [...this.wrong, ...this.waiting.keys()][0];
    if (!first) return true;
    document.getElementById(`f-${first}`)?.focus();
    return false;
  }

  private control(f: Field): HTMLElement {
    const id = `f-${f.name}`;
    const box = document.createElement("div");
    box.className = f.wide ? "field all" : "field";
    const error = document.createElement("span");
    error.className = "error";
    error.id = `${id}-error`;
    error.hidden = true;
    if (f.kind === "multi" || f.kind === "check") {
      box.append(...this.boxes(f, id, error));
      return box;
    }
    const label = document.createElement("label");
    label.htmlFor = id;
    label.textContent = f.label;
    const input = f.kind === "area" ? document.createElement("textarea") : f.kind === "select" ? document.createElement("select") : document.createElement("input");
    input.id = id;
    input.className = "input";
    input.dataset.testid = `lead-${f.name}`;
    input.setAttribute("autocomplete", "off");
    if (f.needed) input.setAttribute("aria-required", "true");
    if (input instanceof HTMLSelectElement) input.append(...options(f));
    else if (f.most) input.maxLength = f.most;
    if (input instanceof HTMLInputElement) {
      input.type = { email: "email", tel: "tel", date: "date", time: "time" }[f.kind as string] ?? "text";
      if (f.kind === "number") input.inputMode = "decimal";
    }
    input.value = f.value;
    input.addEventListener("input", () => this.types(f.name, input.value));
    input.addEventListener("change", () => this.track(this.save(f.name, input, error, [input.value])));
    // What was refused may be meant all the same: there is no change to leave then.
    if (input instanceof HTMLInputElement)
      input.addEventListener("keydown", (e) => {
        if (e.key === "Enter" && !e.ctrlKey && this.wrong.has(f.name)) this.track(this.save(f.name, input, error, [input.value]));
      });
    box.append(label, input, error);
    return box;
  }

  private boxes(f: Field, id: string, error: HTMLElement): Node[] {
    const group = document.createElement("fieldset");
    group.id = id;
    group.tabIndex = -1;
    group.className = "stack";
    group.dataset.testid = `lead-${f.name}`;
    const legend = document.createElement("legend");
    legend.className = "label";
    legend.textContent = f.label;
    const chosen = f.value.split(",");
    const choices = f.kind === "check" ? ["1"] : (f.options ?? []);
    group.append(legend);
    for (const value of choices) {
      const label = document.createElement("label");
      label.className = "check";
      const box = document.createElement("input");
      box.type = "checkbox";
      box.value = value;
      box.checked = f.kind === "check" ? f.value !== "" : chosen.includes(value);
      label.append(box, document.createTextNode(f.kind === "check" ? "Yes" : value));
      group.append(label);
    }
    group.addEventListener("change", () => {
      const on = [...group.querySelectorAll<HTMLInputElement>("input:checked")].map((b) => b.value);
      this.track(this.save(f.name, group, error, on.length ? on : [""]));
    });
    return [group, error];
  }

  private track(one: Promise<void>): void {
    this.going.add(one);
    void one.finally(() => this.going.delete(one));
  }

  // save sends a field, behind what is on its way of the same field: an agent who is
  // fast must not be told to have been overtaken by nobody else.
  private save(name: string, control: HTMLElement, error: HTMLElement, values: string[]): Promise<void> {
    if (this.left) return Promise.resolve();
    const lead = this.lead;
    const ahead = this.turns.get(name);
    const seen = this.stands.get(name) ?? "";
    const turn = ahead
      ? // What the one ahead was refused for, the agent has not seen as this was typed.
        ahead.then(() => this.send(lead, name, control, error, values, this.wrong.has(name) ? seen : this.stands.get(name) ?? ""))
      : this.send(lead, name, control, error, values, seen);
    this.turns.set(name, turn);
    void turn.finally(() => this.turns.get(name) === turn && this.turns.delete(name));
    return turn;
  }

  private async send(lead: string, name: string, control: HTMLElement, error: HTMLElement, values: string[], was: string): Promise<void> {
    if (this.lead !== lead) return; // somebody else is on the desk
    if (values.join(",") === was && !this.wrong.has(name) && !this.waiting.has(name)) return;
    this.says("Saving", "mute");
    this.typed[name] = { was, values };
    this.keep();
    const form = new URLSearchParams({ lead, field: name, was });
    for (const v of values) form.append("value", v);
    const answer = await send("/desk/customer", form);
    if (this.lead !== lead) return; // somebody else is on the desk
    error.textContent = answer.away ? "Not saved yet: nobody answers. It is sent again." : answer.sentence;
    error.hidden = answer.sentence === "";
    control.setAttribute("aria-invalid", String(answer.sentence !== ""));
    if (answer.sentence) control.setAttribute("aria-describedby", error.id);
    else control.removeAttribute("aria-describedby");
    if (answer.away) {
      this.waiting.set(name, () => this.save(name, control, error, values));
      return this.says("Not saved yet", "watch");
    }
    if (answer.sentence) {
      this.wrong.add(name);
      const { stands } = (answer.value ?? {}) as { stands?: string };
      if (stands !== undefined) this.stands.set(name, stands); // somebody else's
      return this.says("Not saved", "bad");
    }
    this.wrong.delete(name);
    const kept = answer.value as { value: string; at: string };
    this.stands.set(name, kept.value);
    // The agent may type on in it meanwhile.
    if (this.typed[name]?.values.join(",") === values.join(",")) delete this.typed[name];
    else if (this.typed[name]) this.typed[name].was = kept.value;
    this.keep();
    // As the server keeps it, unless the agent types on in it.
    if ("value" in control && control.value === values[0]) control.value = kept.value;
    this.says(this.wrong.size || this.waiting.size ? "Not all saved" : `Saved ${timeOf(kept.at)}`, this.wrong.size || this.waiting.size ? "bad" : "good");
    this.changed();
  }

  private says(text: string, look: string): void {
    const chip = $("lead-saved");
    chip.hidden = text === "";
    if (chip.textContent !== text) chip.textContent = text;
    chip.className = `st plain ${look}`;
  }
}

function fixed(f: Field): Node[] {
  const dt = document.createElement("dt");
  const dd = document.createElement("dd");
  dt.textContent = f.label;
  dd.textContent = f.value;
  return [dt, dd];
}

function options(f: Field): HTMLOptionElement[] {
  const known = ["", ...(f.options ?? [])];
  if (!known.includes(f.value)) known.push(f.value); // as it was imported
  return known.map((o) => {
    const option = document.createElement("option");
    option.value = o;
    option.textContent = o || "Not known";
    return option;
  });
}
