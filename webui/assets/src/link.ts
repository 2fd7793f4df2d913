// The stream of snapshots, and the requests that carry the agent's clicks.
import type { Snapshot } from "./snapshot";

export interface LinkEvents {
  snapshot(s: Snapshot): void;
  // trouble says what is wrong, or "" once it is over.
  trouble(sentence: string): void;
}

const away = "The web server does not answer. A call on the line goes on; this screen comes back by itself.";

export class Link {
  private source?: EventSource;
  private quiet?: number;

  constructor(private readonly on: LinkEvents) {}

  open(): void {
    this.source?.close();
    const source = new EventSource("/desk/events");
    this.source = source;
    source.addEventListener("desk", (e) => {
      this.calm();
      this.on.trouble("");
      this.on.snapshot(JSON.parse((e as MessageEvent<string>).data));
    });
    source.addEventListener("trouble", (e) => {
      this.calm();
      this.on.trouble(JSON.parse((e as MessageEvent<string>).data).sentence);
    });
    source.addEventListener("signedout", () => location.assign("/login"));
    source.onerror = () => {
      // A restart of the server is over within a second or two: nothing to say.
      this.quiet ??= window.setTimeout(() => this.on.trouble(away), 2500);
      // The browser tries again by itself, but not after a refusal.
      if (source.readyState === EventSource.CLOSED && source === this.source) void this.refused();
    };
  }

  close(): void {
    this.source?.close();
    this.source = undefined;
    this.calm();
  }

  private calm(): void {
    clearTimeout(this.quiet);
    this.quiet = undefined;
  }

  // refused asks why the stream was refused: signed out, no shift, or a server
  // that is not well yet.
  private async refused(): Promise<void> {
    try {
      const answer = await fetch("/desk/phone");
      if (answer.status === 401 || answer.status === 409) {
        location.assign("/login");
        return;
      }
    } catch {
      // not there yet
    }
    setTimeout(() => this.source && this.open(), 1500);
  }
}

// post sends a click. It gives "" or the sentence that says why not.
export async function post(path: string, form: Record<string, string> = {}): Promise<string> {
  let answer: Response;
  try {
    answer = await fetch(path, { method: "POST", body: new URLSearchParams(form), signal: AbortSignal.timeout(10000) });
  } catch {
    return "The web server does not answer, so that was not done. Try again in a moment.";
  }
  if (answer.ok) return "";
  if (answer.status === 401) {
    location.assign("/login");
    return "";
  }
  try {
    return (await answer.json()).error;
  } catch {
    return "That did not work. Try again, and tell your supervisor if it stays so.";
  }
}
