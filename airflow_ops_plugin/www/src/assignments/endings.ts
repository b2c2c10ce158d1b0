/** How assignments end: in words, and in colours of Airflow's theme. */
import type { EndReason } from "../api/schema";

interface Ending {
  readonly label: string;
  readonly palette: string;
}

export const ENDINGS: Record<EndReason, Ending> = {
  agent_lost: { label: "Agent lost", palette: "failed" },
  completed: { label: "Completed", palette: "success" },
  declined: { label: "Declined", palette: "warning" },
  not_needed: { label: "Not needed", palette: "none" },
  reassigned: { label: "Reassigned", palette: "deferred" },
  released: { label: "Released", palette: "deferred" },
  task_ended: { label: "Task ended", palette: "none" },
  unanswered: { label: "Unanswered", palette: "warning" },
};

export const ENDING_OPTIONS = (Object.keys(ENDINGS) as Array<EndReason>).map((value) => ({
  label: ENDINGS[value].label,
  value,
}));
