/** The status of an agent, and in a second line why it is given no work although it is available. */
import { Badge, Stack, Text } from "@chakra-ui/react";

import type { AgentView } from "../api/schema";
import { STATUSES } from "./statuses";

export const AgentStatusBadge = ({ agent }: { readonly agent: AgentView }) => {
  const note =
    agent.status_reason === "" ? (agent.status === "available" ? agent.hindrance : null) : agent.status_reason;

  return (
    <Stack align="start" gap={0.5}>
      <Badge colorPalette={STATUSES[agent.status].palette} variant="subtle">
        {STATUSES[agent.status].label}
      </Badge>
      {note === null ? undefined : (
        <Text color="fg.muted" fontSize="xs" lineClamp={2} maxW="220px" title={note}>
          {note}
        </Text>
      )}
    </Stack>
  );
};
