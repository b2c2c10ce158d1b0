/** The API's forms as answers hold them: what has a default is always there. */
import type * as schema from "./schema";

export type { AgentKind, AgentStatus, EndReason, EngineState, ImportBody, ImportResult } from "./schema";
export type { Rights, Summary, WorkItemView, AssignmentView } from "./schema";

export type AgentBody = Required<schema.AgentBody>;
export type AgentView = Required<schema.AgentView>;
export type Absence = Required<schema.AbsenceBody>;
export type WorkingHours = schema.WorkingHoursBody;
