/** A time away, in the browser's time zone. */
import { HStack, Input, Text } from "@chakra-ui/react";

import type { AgentDraft } from "./agentDraft";

type Absence = AgentDraft["absences"][number];

interface Props {
  readonly absence: Absence;
  readonly number: number;
  readonly onChange: (changes: Partial<Absence>) => void;
}

export const AbsenceFields = ({ absence, number, onChange }: Props) => (
  <HStack flex={1} flexWrap="wrap" gap={2}>
    <Input
      aria-label={`Start of absence ${number}`}
      onChange={(event) => onChange({ start: event.target.value })}
      required
      size="xs"
      type="datetime-local"
      value={absence.start}
      width="auto"
    />
    <Text color="fg.muted">–</Text>
    <Input
      aria-label={`End of absence ${number}`}
      onChange={(event) => onChange({ end: event.target.value })}
      required
      size="xs"
      type="datetime-local"
      value={absence.end}
      width="auto"
    />
    <Input
      aria-label={`Note of absence ${number}`}
      flex={1}
      minW="100px"
      onChange={(event) => onChange({ note: event.target.value })}
      placeholder="Note"
      size="xs"
      value={absence.note}
    />
  </HStack>
);
