/** Answers of the API to build test cases from. */
import type { AssignmentDetail, ExplanationView, WorkItemDetail } from "../api/schema";
import type { AgentView, Summary, WorkItemView } from "../api/types";

export const SUMMARY: Summary = {
  ageing_seconds: 600,
  agents_by_status: { available: 1 },
  capacity: 2,
  default_strategy: "skill_weighted",
  engine: { engines: [], is_alive: true, last_heartbeat_at: "2026-11-25T12:00:00Z", message: "" },
  leased: 1,
  load: 1,
  oldest_queued_seconds: 90,
  queued: 1,
  rights: { can_change: true, can_configure: true, user_id: "anna", user_name: "anna" },
  version: "1",
};

export const summaryFor = (role: "admin" | "op" | "viewer"): Summary => ({
  ...SUMMARY,
  rights: { ...SUMMARY.rights, can_change: role !== "viewer", can_configure: role === "admin" },
});

export const NINA: AgentView = {
  absences: [],
  address: "nina",
  capacity: 2,
  created_at: "2026-11-20T12:00:00Z",
  dag_ids: [],
  description: "Network operations",
  heartbeat_at: null,
  heartbeat_timeout_seconds: null,
  hindrance: null,
  id: "00000000-0000-0000-0000-000000000001",
  idle_since: "2026-11-25T12:00:00Z",
  is_assignable: true,
  is_on_duty: true,
  kind: "person",
  labels: ["network"],
  load: 1,
  login: null,
  name: "nina",
  skills: { linux: 2, netops: 3 },
  status: "available",
  status_reason: "",
  time_zone: "Europe/Berlin",
  updated_at: "2026-11-25T12:00:00Z",
  weight: 1,
  working_hours: [{ days: ["mon", "tue", "wed"], end: "17:00:00", start: "09:00:00" }],
};

export const EXPLANATION: ExplanationView = {
  considered: 12,
  eligible: 2,
  filtered: [
    { count: 7, examples: ["omar", "petra"], reason: "lack skill netops>=3" },
    { count: 3, examples: ["rosa"], reason: "full" },
  ],
  note: "",
  ranked: [
    { agent: "nina", capacity: 2, load: 0, parts: { priority: 0.3, skill: 0.4, workload: 0.3 }, score: 1 },
    { agent: "sven", capacity: 2, load: 1, parts: { priority: 0.3, skill: 0.2, workload: 0.15 }, score: 0.65 },
  ],
  strategy: "skill_weighted",
  summary: "2 of 12 eligible: 7 lack skill netops>=3, 3 full",
};

export const WAITING: WorkItemView = {
  age_seconds: 90,
  any_label: [],
  assignments: [],
  close_reason: null,
  closed_at: null,
  completed: 0,
  dag_id: "network_change",
  effective_priority: 5.4,
  exclude: ["requester"],
  id: "00000000-0000-0000-0000-0000000000a1",
  kind: "person",
  leased_at: null,
  map_index: -1,
  only_agents: [],
  open_seats: 1,
  position: 1,
  prefer_labels: ["network"],
  priority: 5,
  quorum: 1,
  reason: "0 of 12 eligible: 8 lack skill netops>=3, 4 full",
  requested_at: "2026-11-25T12:00:00Z",
  requester: "rita",
  run_id: "manual__1",
  seats: 1,
  skills: { netops: 3 },
  state: "queued",
  strategy: "skill_weighted",
  subject: "Replace the line card",
  task_id: "approve",
  try_number: 1,
};

export const HELD: AssignmentDetail = {
  agent: { address: "nina", id: NINA.id, kind: "person", login: null, name: "nina" },
  assigned_at: "2026-11-25T12:00:00Z",
  assigned_by: "assignment",
  dag_id: "network_change",
  end_reason: null,
  ended_at: null,
  ended_by: null,
  expires_at: null,
  explanation: EXPLANATION,
  id: 7,
  map_index: -1,
  note: "",
  outcome: null,
  run_id: "manual__1",
  seat: 0,
  subject: "Replace the line card",
  task_id: "approve",
  work_item_id: WAITING.id,
};

export const WAITING_DETAIL: WorkItemDetail = {
  ...WAITING,
  history: [],
  waiting: { ...EXPLANATION, eligible: 0, ranked: [], summary: WAITING.reason! },
};

export const pageOf = <T>(...items: Array<T>): { items: Array<T>; total: number } => ({ items, total: items.length });
