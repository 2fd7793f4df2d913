// The supervisor's ear: its phone is the browser's own, as the desk's is; each
// click asks the server, whose listen moves the phone. It is a bundle of its own,
// with the phone in it, which a board loads when somebody listens.
import { post } from "./link";
import { Phone, type Account } from "./phone";

export interface EarEvents {
  say(sentence: string): void;
  // open tells whether somebody is being listened to.
  open(on: boolean): void;
}

const told: Record<string, string> = {
  listen: "You hear the agent, and the customer while there is one. Nobody hears you.",
  whisper: "The agent hears you. A customer does not.",
  barge: "Everybody on the line hears everybody.",
  takeover: "The customer is yours. The agent is free.",
};

async function answer<T>(path: string, init?: RequestInit): Promise<T> {
  const a = await fetch(path, init);
  const body = await a.json();
  if (!a.ok) throw new Error(body.error);
  return body;
}

export class Ear {
  private phone?: Phone;
  private watch = "";
  private rang = false; // the phone has been called since it was registered

  constructor(
    private readonly audio: HTMLAudioElement,
    private readonly on: EarEvents,
  ) {
    // Nobody stays at an agent's ear from a page that is gone: the phone's own
    // goodbye may not get out of it any more.
    addEventListener("pagehide", () => {
      if (this.watch) this.leave();
      this.phone?.stop();
    });
  }

  // begin listens to an agent, in whatever mode may be begun with.
  async begin(session: string, mode = "listen"): Promise<boolean> {
    try {
      if (this.watch) await post(`/watch/${this.watch}/end`);
      this.on.say("Your phone connects.");
      const account = await answer<Account>(`/watch/phone?session=${session}`);
      if (account.kind === "webrtc") await this.ready(account);
      const begun = await answer<{ watch: string }>("/watch", { method: "POST", body: new URLSearchParams({ session, mode }) });
      this.watch = begun.watch;
      this.on.open(true);
      this.on.say(told[mode]);
      this.look(); // the call may have come and gone before the answer
      return this.watch !== "";
    } catch (e) {
      this.on.say((e as Error).message);
      return false;
    }
  }

  async mode(mode: string): Promise<boolean> {
    const wrong = await post(`/watch/${this.watch}/mode`, { mode });
    if (!this.watch) return false; // it has ended meanwhile, and that was said
    this.on.say(wrong || told[mode]);
    return !wrong;
  }

  async end(): Promise<void> {
    await this.leave();
    this.over();
  }

  // leave asks for the end, and is heard even if the page goes right after it.
  private leave(): Promise<string> {
    return post(`/watch/${this.watch}/end`, {}, true);
  }

  // ready resolves once the phone is registered, or says why it is not.
  private ready(account: Account): Promise<void> {
    this.phone?.stop();
    this.rang = false;
    return new Promise((resolve, reject) => {
      this.phone = new Phone(account, this.audio, () => {
        const phone = this.phone;
        if (phone?.registered) resolve();
        else if (phone?.problem) reject(new Error(phone.problem));
        if (phone?.inCall) this.rang = true;
        this.look();
      });
      void this.phone.start();
    });
  }

  // look finds out whether the server has hung up.
  private look(): void {
    if (this.watch && this.rang && !this.phone?.inCall && this.phone?.registered) this.over();
  }

  private over(): void {
    this.watch = "";
    this.on.open(false);
    this.on.say("That is over. Choose an agent.");
  }
}
