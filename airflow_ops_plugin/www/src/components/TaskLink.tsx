/** A task instance: what it is about, and the way to it. */
import { Link, Stack, Text } from "@chakra-ui/react";
import { Link as RouterLink } from "react-router-dom";

import { addressOf, type TaskKey } from "./taskAddress";

interface Props {
  /** Whether the Dag and the run need not be said. */
  readonly isRunKnown?: boolean;
  readonly subject: string;
  readonly task: TaskKey;
}

export const TaskLink = ({ isRunKnown = false, subject, task }: Props) => {
  const name = task.map_index < 0 ? task.task_id : `${task.task_id} [${task.map_index}]`;
  const lines = [...(isRunKnown ? [] : [`${task.dag_id} · ${task.run_id}`]), ...(subject === "" ? [] : [subject])];

  return (
    <Stack gap={0} maxW={{ base: "190px", md: "340px" }}>
      <Link asChild color="fg.info" fontWeight="medium">
        <RouterLink to={addressOf(task)}>{name}</RouterLink>
      </Link>
      {lines.map((line) => (
        <Text color="fg.muted" fontSize="xs" key={line} title={line} truncate>
          {line}
        </Text>
      ))}
    </Stack>
  );
};
