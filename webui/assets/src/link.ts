// The stream of snapshots, and the requests that carry the agent's clicks.
import type { Snapshot } from "./snapshot";

export interface LinkEvents {
  snapshot(s: Snapshot): void;
  // trouble says what is wrong, and the word for it, or "" once it is over.
  trouble(sentence: string, word?: string): void;
  // unheard says that the server sends, and does not hear the page; "" once it does.
  unheard(sentence: string): void;
  // ages are how old now is what the last snapshot showed.
  ages(ages: { since_ms?: number; call_ms?: number; preview_ms?: number }): void;
  // session is the one that the page shows, or "".
  session(): string;
  // taken: another page has the desk now, since a moment. The stream is over.
  taken(at: string): void;
}

// page is this page's own number, by which the server knows which of several
// has the desk.
export const page = crypto.getRandomValues(new Uint32Array(2)).reduce((n, part) => n * 0x100000 + (part & 0xfffff), 1);

// silentFor is how long the stream may be silent: it pings every 2 s.
const silentFor = 6000;
// againAfter is when a stream that has failed is opened again.
const againAfter = 1000;
const lost = "No word from the server. A call on the line goes on; this screen connects again by itself.";
const away = "The web server does not answer. A call on the line goes on; this screen comes back by itself.";
// unheardAfter is how many beats in a row may fail: they follow the pings.
const unheardAfter = 3;
const unheard = "The server gets no word from this page, so new calls go to other agents. A call on the line goes on, and the page tries again by itself. Reload it if this stays.";

export class Link {
  private source?: EventSource;
  private quiet?: number;
  private heard = 0;
  private took = false; // this page has said that it has the desk
  private failed = 0; // beats in a row

  constructor(private readonly on: LinkEvents) {
    setInterval(() => this.watch(silentFor, lost), 1000);
    // A machine that has slept, or a network that is back: at once.
    addEventListener("online", () => this.watch(0));
    document.addEventListener("resume", () => this.watch(silentFor / 2));
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.watch(silentFor / 2));
  }

  // watch opens the stream again if it has been silent for too long: a socket
  // whose other end has gone looks open for minutes.
  private watch(silent: number, sentence = ""): void {
    if (!this.source || performance.now() - this.heard < silent) return;
    if (sentence) this.on.trouble(sentence, "Reconnecting");
    this.open();
  }

  open(): void {
    this.source?.close();
    const source = new EventSource(`/desk/events?beat=1&page=${page}${this.took ? "" : "&take=1"}`);
    this.source = source;
    this.heard = performance.now();
    source.addEventListener("desk", (e) => {
      this.calm();
      this.took = true;
      this.on.trouble("");
      this.on.snapshot(JSON.parse((e as MessageEvent<string>).data));
    });
    source.addEventListener("trouble", (e) => {
      this.calm();
      this.on.trouble(JSON.parse((e as MessageEvent<string>).data).sentence);
    });
    source.addEventListener("ping", (e) => {
      this.calm();
      this.on.ages(JSON.parse((e as MessageEvent<string>).data));
      this.beat();
    });
    source.addEventListener("taken", (e) => {
      this.close();
      this.on.taken(JSON.parse((e as MessageEvent<string>).data).at);
    });
    source.addEventListener("signedout", () => location.assign("/login"));
    source.onerror = () => {
      // A restart of the server is over within a second or two: nothing to say.
      this.quiet ??= window.setTimeout(() => this.on.trouble(away, "Reconnecting"), 2500);
      // A refusal ends a stream for good. Where nobody answers the browser would try
      // again, but only one that was answered before knows our "retry": each other
      // waits for 3 s, or 5.
      if (source.readyState === EventSource.CLOSED) void this.refused(source);
      else this.again(source);
    };
  }

  close(): void {
    this.source?.close();
    this.source = undefined;
    clearTimeout(this.quiet);
    this.quiet = undefined;
  }

  // beat says that the page is there. It answers a ping, and no timer, since
  // browsers slow the timers of pages that nobody looks at.
  private beat(): void {
    const session = this.on.session();
    if (!session) return;
    fetch("/desk/beat", { method: "POST", body: new URLSearchParams({ session }), signal: AbortSignal.timeout(4000) })
      .then((answer) => answer.ok, () => false)
      .then((ok) => {
        this.failed = ok ? 0 : this.failed + 1;
        // Without beats no call comes here, however well the stream may be.
        if (this.source) this.on.unheard(this.failed < unheardAfter ? "" : unheard);
      });
  }

  private calm(): void {
    this.heard = performance.now();
    clearTimeout(this.quiet);
    this.quiet = undefined;
  }

  // refused asks why the stream was refused: signed out, no shift, or a server
  // that is not well yet.
  private async refused(source: EventSource): Promise<void> {
    try {
      const answer = await fetch("/desk/phone", { signal: AbortSignal.timeout(4000) });
      if (answer.status === 401 || answer.status === 409) {
        location.assign("/login");
        return;
      }
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

// Answer is what came of a request: a sentence where it failed, and the answer's
// JSON. away tells that nobody answered, so that the same may
// be sent again.
export interface Answer {
  sentence: string;
  away: boolean;
  value?: unknown;
}

// send sends a form. One that is to arrive even if the page is left meanwhile
// (keepalive) may be of 64 KiB at most.
export async function send(path: string, form: Record<string, string> | URLSearchParams, keepalive = false): Promise<Answer> {
  let answer: Response;
  try {
    answer = await fetch(path, { method: "POST", body: new URLSearchParams(form), signal: AbortSignal.timeout(10000), keepalive });
  } catch {
    return { sentence: "The web server does not answer, so that was not done. Try again in a moment.", away: true };
  }
  if (answer.status === 401) {
    location.assign("/login");
    return { sentence: "", away: false };
  }
  try {
    const value: unknown = answer.status === 204 ? undefined : await answer.json();
    if (answer.ok) return { sentence: "", away: false, value };
    return { sentence: (value as { error: string }).error, away: answer.status === 503, value };
  } catch {
    return { sentence: answer.ok ? "" : "That did not work. Try again, and tell your supervisor if it stays so.", away: false };
  }
}

// post sends a click. It gives "" or the sentence that says why not.
export async function post(path: string, form: Record<string, string> = {}, keepalive = false): Promise<string> {
  return (await send(path, form, keepalive)).sentence;
}

// get asks for JSON; an error where there is none to be had.
export async function get<T>(path: string): Promise<T> {
  const answer = await fetch(path, { signal: AbortSignal.timeout(10000) });
  if (!answer.ok || answer.status === 204) throw new Error(String(answer.status));
  return answer.json();
}
