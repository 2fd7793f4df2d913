// What the server's stream sends: how the agent's shift stands. Nothing else
// decides what the page shows.
export interface Snapshot {
  session: string;
  state: "CONNECT" | "PAUSED" | "READY" | "INCALL" | "WRAPUP" | "OUT";
  pause_code: string;
  pause_next: string;
  since_ms: number;
  user: { id: string; username: string; name: string };
  campaign: { id: string; name: string };
  phone: { kind: "webrtc" | "sip" | "static"; connected: boolean };
  muted: boolean;
  no_sound: "" | "phone" | "customer";
  record: "never" | "demand" | "all" | "forced";
  message: boolean;
  preview: Lead | null;
  preview_s: number;
  preview_ms: number; // for how long it has been looked at
  parked: { id: string; number: string; name: string; since_ms: number }[];
  call: Call | null;
  today: { calls: number; sales: number; talk_s: number };
  notice: { id: string; sentence: string } | null;
  draft: string; // the version of what another page wrote of the call; "": nothing
  refusal: { intent: string; sentence: string } | null;
  server: { name: string; up: boolean };
}

export interface Call {
  id: string;
  state: "PLACED" | "RINGING" | "ANSWERED" | "WAITING" | "TALKING" | "HELD" | "PARKED" | "XFER" | "MESSAGE" | "DROPPING" | "ENDED";
  since_ms: number;
  talk_s: number;
  ended_by: string;
  number: string;
  recording: boolean;
  recording_paused: boolean;
  manual: boolean;
  in_group: string;
  status: string;
  outcome: string; // the name of the status
  reason: string;
  third: { number: string; state: string; purpose: string; reason: string } | null;
  lead: Lead;
}

export interface Lead {
  lead_id: string;
  name: string;
  local_time: string;
  zone: string;
  [field: string]: string | number;
}
