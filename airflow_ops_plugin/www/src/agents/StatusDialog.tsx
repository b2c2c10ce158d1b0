/** Asks for confirmation, and a reason, before an agent is drained, maintained, taken offline or made available. */
import { Field, Input, Text } from "@chakra-ui/react";
import { useState } from "react";

import { setAgentStatus } from "../api/operations";
import type { AgentStatus, AgentView } from "../api/types";
import { FormDialog } from "../components/FormDialog";
import { useAction } from "../live/useAction";
import { STATUSES } from "./statuses";

interface Props {
  readonly agent: AgentView;
  readonly onClose: () => void;
  readonly status: AgentStatus;
}

export const StatusDialog = ({ agent, onClose, status }: Props) => {
  const [reason, setReason] = useState("");
  const act = useAction();
  const { action, effect, label, question } = STATUSES[status];

  return (
    <FormDialog
      isDangerous={status === "offline"}
      onClose={onClose}
      onSubmit={() => act(setAgentStatus(agent.name, { reason, status }), `${agent.name}: ${label.toLowerCase()}`)}
      submitLabel={action}
      title={question(agent.name)}
    >
      <Text>
        {effect} {agent.load === 0 ? "It holds nothing now." : `It holds ${agent.load} of ${agent.capacity} now.`}
      </Text>
      {status === "available" ? undefined : (
        <Field.Root>
          <Field.Label>Reason</Field.Label>
          <Input maxLength={2000} onChange={(event) => setReason(event.target.value)} value={reason} />
          <Field.HelperText>Shown to everybody beside the status.</Field.HelperText>
        </Field.Root>
      )}
    </FormDialog>
  );
};
