/** The dialog or panel about agents that is open, if any. */
import type { AgentStatus, AgentView } from "../api/types";
import { AgentForm } from "./AgentForm";
import { AgentPanel } from "./AgentPanel";
import { ImportDialog } from "./ImportDialog";
import { RemoveDialog } from "./RemoveDialog";
import { StatusDialog } from "./StatusDialog";

export type OpenDialog =
  | { readonly agent: AgentView; readonly kind: "edit" | "remove" | "show" }
  | { readonly agent: AgentView; readonly kind: "status"; readonly status: AgentStatus }
  | { readonly kind: "import" | "register" };

interface Props {
  readonly onClose: () => void;
  readonly open: OpenDialog | undefined;
}

export const AgentDialog = ({ onClose, open }: Props) => {
  switch (open?.kind) {
    case "edit":
      return <AgentForm agent={open.agent} onClose={onClose} />;
    case "import":
      return <ImportDialog onClose={onClose} />;
    case "register":
      return <AgentForm onClose={onClose} />;
    case "remove":
      return <RemoveDialog agent={open.agent} onClose={onClose} />;
    case "show":
      return <AgentPanel name={open.agent.name} onClose={onClose} />;
    case "status":
      return <StatusDialog agent={open.agent} onClose={onClose} status={open.status} />;
    case undefined:
      return undefined;
  }
};
