// A board's stream: it begins with everything, goes on with what changes, and
// comes back by itself after a sleep, a restart or another network.
import type { Message } from "./parts";

export interface StreamEvents {
  message(m: Message): void;
  // live tells whether what the page shows is of now.
  live(on: boolean): void;
}

// silentFor is how long the stream may be silent: it pings every 2 s.
const silentFor = 6000;
// againAfter is when a stream that has failed is opened again.
const againAfter = 1000;

export class Stream {
  private source?: EventSource;
  private heard = 0;
  private broken = false;

  constructor(
    private readonly url: string,
    private readonly on: StreamEvents,
    // stays: a page that must not be loaded again just now.
    private readonly stays: () => boolean = () => false,
  ) {
    setInterval(() => this.watch(silentFor), 1000);
    addEventListener("online", () => this.watch(0));
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.watch(silentFor / 2));
    addEventListener("pageshow", (e) => e.persisted && location.reload());
    this.open();
  }

  private watch(silent: number): void {
    if (!this.source || performance.now() - this.heard < silent) return;
    this.lost();
    this.open();
  }

  private open(): void {
    this.source?.close();
    const source = new EventSource(this.url);
    this.source = source;
    this.heard = performance.now();
    source.addEventListener("board", (e) => {
      this.alive();
      const m: Message = JSON.parse((e as MessageEvent<string>).data);
      this.on.message(m);
      this.on.live(!m.trouble);
    });
    source.addEventListener("ping", () => this.alive());
    source.addEventListener("signedout", () => location.assign("/login"));
    source.onerror = () => {
      this.lost();
      // A refusal ends a stream for good. Where nobody answers the browser would try
      // again, but only one that was answered before knows our "retry": each other
      // waits for 3 s, or 5.
      if (source.readyState === EventSource.CLOSED) void this.refused(source);
      else this.again(source);
    };
  }

  private alive(): void {
    this.heard = performance.now();
    if (!this.broken) return;
    this.broken = false;
    void this.renewed();
  }

  private lost(): void {
    this.broken = true;
    this.on.live(false);
  }

  // renewed loads the page again if the server has another version of it since.
  private async renewed(): Promise<void> {
    const script = document.querySelector<HTMLScriptElement>("script[type=module]")?.getAttribute("src");
    try {
      const page = await (await fetch(location.href, { signal: AbortSignal.timeout(5000) })).text();
      if (script && !page.includes(script) && !this.stays()) location.reload();
    } catch {
      // it has gone again: the next time
    }
  }

  // refused asks why: signed out, or a server that is not well yet.
  private async refused(source: EventSource): Promise<void> {
    try {
      const answer = await fetch(this.url, { signal: AbortSignal.timeout(4000) });
      void answer.body?.cancel();
      if (answer.status === 401 || answer.status === 403) return location.reload();
    } catch {
      // not there yet
    }
    this.again(source);
  }

  private again(source: EventSource): void {
    source.close();
    setTimeout(() => this.source === source && this.open(), againAfter);
  }
}
