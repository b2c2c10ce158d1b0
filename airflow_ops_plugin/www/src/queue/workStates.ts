/** The states of work items: their names, and colours of Airflow's theme. */
import type { WorkItemView } from "../api/types";

interface State {
  readonly label: string;
  readonly palette: string;
}

export const WORK_STATES: Record<WorkItemView["state"], State> = {
  closed: { label: "Done", palette: "success" },
  leased: { label: "Assigned", palette: "running" },
  queued: { label: "Waiting", palette: "queued" },
};
