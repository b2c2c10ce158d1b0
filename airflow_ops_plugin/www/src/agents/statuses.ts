/** The states of agents: their names, colours of Airflow's theme, and what choosing one does. */
import type { AgentStatus } from "../api/schema";

interface Status {
  readonly action: string;
  readonly effect: string;
  readonly label: string;
  readonly palette: string;
  readonly question: (name: string) => string;
}

export const STATUSES: Record<AgentStatus, Status> = {
  available: {
    action: "Make available",
    effect: "It is given work again as soon as it is on duty and has capacity free.",
    label: "Available",
    palette: "success",
    question: (name) => `Make ${name} available?`,
  },
  draining: {
    action: "Drain",
    effect: "It finishes what it holds and is given nothing new.",
    label: "Draining",
    palette: "warning",
    question: (name) => `Drain ${name}?`,
  },
  maintenance: {
    action: "Set to maintenance",
    effect: "It is given nothing new while it is worked on; what it holds stays with it.",
    label: "Maintenance",
    palette: "deferred",
    question: (name) => `Set ${name} to maintenance?`,
  },
  offline: {
    action: "Take offline",
    effect: "Everything it holds goes back to the queue at once, and is given to others.",
    label: "Offline",
    palette: "failed",
    question: (name) => `Take ${name} offline?`,
  },
};

export const STATUS_OPTIONS = (["available", "draining", "maintenance", "offline"] as const).map((value) => ({
  label: STATUSES[value].label,
  value,
}));
