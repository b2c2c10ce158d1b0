/** Asks for confirmation before an agent is removed. */
import { Text } from "@chakra-ui/react";

import { removeAgent } from "../api/operations";
import type { AgentView } from "../api/types";
import { FormDialog } from "../components/FormDialog";
import { useAction } from "../live/useAction";

interface Props {
  readonly agent: AgentView;
  readonly onClose: () => void;
}

export const RemoveDialog = ({ agent, onClose }: Props) => {
  const act = useAction();

  return (
    <FormDialog
      isDangerous
      isSubmitDisabled={agent.load > 0}
      onClose={onClose}
      onSubmit={() => act(removeAgent(agent.name), `${agent.name} was removed`)}
      submitLabel="Remove"
      title={`Remove ${agent.name}?`}
    >
      <Text>
        {agent.load > 0
          ? `It still holds ${agent.load} assignments. Drain it and wait, or take it offline to give them back.`
          : "It is given no more work. The history of what it did stays."}
      </Text>
    </FormDialog>
  );
};
