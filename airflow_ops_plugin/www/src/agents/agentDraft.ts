/** An agent as its form holds it: texts that may not be right yet. */
import type { AgentBody, WorkingHours } from "../api/types";

export interface AgentDraft {
  readonly absences: ReadonlyArray<{ readonly end: string; readonly note: string; readonly start: string }>;
  readonly address: string;
  readonly capacity: string;
  readonly dagIds: string;
  readonly description: string;
  readonly heartbeatTimeout: string;
  readonly hours: ReadonlyArray<WorkingHours>;
  readonly kind: AgentBody["kind"];
  readonly labels: string;
  readonly login: string;
  readonly name: string;
  readonly skills: ReadonlyArray<{ readonly level: string; readonly name: string }>;
  readonly timeZone: string;
  readonly weight: string;
}

export const emptyDraft = (): AgentDraft => ({
  absences: [],
  address: "",
  capacity: "1",
  dagIds: "",
  description: "",
  heartbeatTimeout: "",
  hours: [],
  kind: "person",
  labels: "",
  login: "",
  name: "",
  skills: [],
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC",
  weight: "1",
});

export const draftOf = (agent: AgentBody): AgentDraft => ({
  absences: agent.absences.map(({ end, note, start }) => ({
    end: localOf(end),
    note: note ?? "",
    start: localOf(start),
  })),
  address: agent.address,
  capacity: String(agent.capacity),
  dagIds: agent.dag_ids.join(", "),
  description: agent.description,
  heartbeatTimeout: agent.heartbeat_timeout_seconds === null ? "" : String(agent.heartbeat_timeout_seconds),
  hours: agent.working_hours.map((span) => ({ ...span, end: span.end.slice(0, 5), start: span.start.slice(0, 5) })),
  kind: agent.kind,
  labels: agent.labels.join(", "),
  login: agent.login ?? "",
  name: agent.name,
  skills: Object.entries(agent.skills).map(([name, level]) => ({ level: String(level), name })),
  timeZone: agent.time_zone,
  weight: String(agent.weight),
});

/** What the server is sent; it has the last word on whether that is right. */
export const bodyOf = (draft: AgentDraft): AgentBody => ({
  absences: draft.absences.map(({ end, note, start }) => ({ end: isoOf(end), note, start: isoOf(start) })),
  address: draft.address.trim(),
  capacity: Number(draft.capacity),
  dag_ids: listOf(draft.dagIds),
  description: draft.description.trim(),
  heartbeat_timeout_seconds: draft.heartbeatTimeout.trim() === "" ? null : Number(draft.heartbeatTimeout),
  kind: draft.kind,
  labels: listOf(draft.labels),
  login: draft.kind === "person" && draft.login.trim() !== "" ? draft.login.trim() : null,
  name: draft.name.trim(),
  skills: Object.fromEntries(
    draft.skills.filter(({ name }) => name.trim() !== "").map(({ level, name }) => [name.trim(), Number(level)]),
  ),
  time_zone: draft.timeZone.trim(),
  weight: Number(draft.weight),
  working_hours: draft.hours.map((span) => ({ ...span })),
});

const listOf = (text: string): Array<string> =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");

/** The value of a `datetime-local` field, in the browser's time zone. */
const localOf = (iso: string): string => {
  const moment = new Date(iso);

  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};

const isoOf = (local: string): string => new Date(local).toISOString();
