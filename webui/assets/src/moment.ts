// Moments as the agent's own clock shows them: the server names them in UTC, since
// an agent at home may be in another zone than the office.

const parts = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

function of(at: string): Record<string, string> {
  return Object.fromEntries(parts.formatToParts(Date.parse(at)).map((p) => [p.type, p.value]));
}

// timeOf is the time of day: 15:04.
export function timeOf(at: string): string {
  const { hour, minute } = of(at);
  return `${hour}:${minute}`;
}

// dayOf is the day: Mon 2 Jan.
export function dayOf(at: string): string {
  const { weekday, day, month } = of(at);
  return `${weekday} ${day} ${month}`;
}
