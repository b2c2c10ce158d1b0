/** Every request that the pages make. */
import { client, dataOf } from "./client";
import type { AgentBody, ImportBody, operations, PriorityBody, ReassignBody, ReleaseBody, StatusBody } from "./schema";
import type { AgentView } from "./types";

type Query<Operation extends keyof operations> = NonNullable<operations[Operation]["parameters"]["query"]>;

export type AgentQuery = Query<"list_agents">;
export type AssignmentQuery = Query<"list_assignments">;
export type WorkQuery = Query<"list_work_items">;

export const fetchSummary = (signal?: AbortSignal) => dataOf(client.GET("/ui/summary", { signal }));

export const fetchAgents = async (query: AgentQuery, signal?: AbortSignal) => {
  const { items, total } = await dataOf(client.GET("/v1/agents", { params: { query }, signal }));

  return { items: items as Array<AgentView>, total };
};

export const fetchAgent = (name: string, signal?: AbortSignal) =>
  dataOf(client.GET("/v1/agents/{name}", { params: { path: { name } }, signal }));

export const fetchAgentEvents = (name: string, signal?: AbortSignal) =>
  dataOf(client.GET("/v1/agents/{name}/events", { params: { path: { name }, query: { limit: 20 } }, signal }));

export const createAgent = (body: AgentBody) => dataOf(client.POST("/v1/agents", { body }));

export const changeAgent = (name: string, body: AgentBody) =>
  dataOf(client.PUT("/v1/agents/{name}", { body, params: { path: { name } } }));

export const removeAgent = (name: string) => dataOf(client.DELETE("/v1/agents/{name}", { params: { path: { name } } }));

export const setAgentStatus = (name: string, body: StatusBody) =>
  dataOf(client.POST("/v1/agents/{name}/status", { body, params: { path: { name } } }));

export const exportAgents = () => dataOf(client.GET("/v1/agents/export"));

export const importAgents = (body: ImportBody) => dataOf(client.POST("/v1/agents/import", { body }));

export const fetchWorkItems = (query: WorkQuery, signal?: AbortSignal) =>
  dataOf(client.GET("/v1/work-items", { params: { query }, signal }));

export const fetchWorkItem = (id: string, signal?: AbortSignal) =>
  dataOf(client.GET("/v1/work-items/{item_id}", { params: { path: { item_id: id } }, signal }));

export const fetchWorkOfRun = (dagId: string, runId: string, signal?: AbortSignal) =>
  dataOf(
    client.GET("/ui/dags/{dag_id}/runs/{run_id}/work-items", {
      params: { path: { dag_id: dagId, run_id: runId }, query: { limit: 500 } },
      signal,
    }),
  );

export const setPriority = (id: string, body: PriorityBody) =>
  dataOf(client.POST("/v1/work-items/{item_id}/priority", { body, params: { path: { item_id: id } } }));

export const reassign = (id: string, body: ReassignBody) =>
  dataOf(client.POST("/v1/work-items/{item_id}/reassign", { body, params: { path: { item_id: id } } }));

export const release = (id: string, body: ReleaseBody) =>
  dataOf(client.POST("/v1/work-items/{item_id}/release", { body, params: { path: { item_id: id } } }));

export const fetchAssignments = (query: AssignmentQuery, signal?: AbortSignal) =>
  dataOf(client.GET("/v1/assignments", { params: { query }, signal }));
