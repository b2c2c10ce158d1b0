/** Hours on some days of the week. */
import { Button, ButtonGroup, HStack, Input, Text } from "@chakra-ui/react";

import type { WorkingHours } from "../api/types";
import { DAY_NAMES, DAYS } from "./formatHours";

interface Props {
  readonly hours: WorkingHours;
  readonly number: number;
  readonly onChange: (changes: Partial<WorkingHours>) => void;
}

export const WorkingHoursFields = ({ hours, number, onChange }: Props) => (
  <HStack flex={1} flexWrap="wrap" gap={2}>
    <ButtonGroup aria-label={`Days of hours ${number}`} attached role="group" size="xs">
      {DAYS.map((day) => {
        const isOn = hours.days.includes(day);

        return (
          <Button
            aria-pressed={isOn}
            key={day}
            onClick={() => onChange({ days: DAYS.filter((one) => (one === day ? !isOn : hours.days.includes(one))) })}
            px={2}
            type="button"
            variant={isOn ? "solid" : "outline"}
          >
            {DAY_NAMES[day]}
          </Button>
        );
      })}
    </ButtonGroup>
    <HStack gap={1}>
      <Input
        aria-label={`Start of hours ${number}`}
        onChange={(event) => onChange({ start: event.target.value })}
        required
        size="xs"
        type="time"
        value={hours.start}
      />
      <Text color="fg.muted">–</Text>
      <Input
        aria-label={`End of hours ${number}`}
        onChange={(event) => onChange({ end: event.target.value })}
        required
        size="xs"
        type="time"
        value={hours.end}
      />
    </HStack>
  </HStack>
);
