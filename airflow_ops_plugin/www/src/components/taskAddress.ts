/** Where Airflow's UI shows a task instance, relative to the router's base. */
export interface TaskKey {
  readonly dag_id: string;
  readonly map_index: number;
  readonly run_id: string;
  readonly task_id: string;
}

export const addressOf = ({ dag_id, map_index, run_id, task_id }: TaskKey): string => {
  const task = `/dags/${encodeURIComponent(dag_id)}/runs/${encodeURIComponent(run_id)}/tasks/${encodeURIComponent(task_id)}`;

  return map_index < 0 ? task : `${task}/mapped/${map_index}`;
};
