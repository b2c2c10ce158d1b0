/** A work item with those who hold it, as far as giving it to others goes. */
import type { AgentKind, AssignmentView } from "../api/types";

export interface HeldWork {
  /** The assignments that are meant; one can be chosen where there are several. */
  readonly held: ReadonlyArray<Pick<AssignmentView, "agent" | "id">>;
  readonly id: string;
  readonly kind: AgentKind;
  readonly task_id: string;
}
