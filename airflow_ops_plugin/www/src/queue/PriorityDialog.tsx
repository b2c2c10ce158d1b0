/** Changes the priority of a work item. */
import { Field, NumberInput, Text } from "@chakra-ui/react";
import { useState } from "react";

import { setPriority } from "../api/operations";
import type { WorkItemView } from "../api/types";
import { FormDialog } from "../components/FormDialog";
import { useAction } from "../live/useAction";

const MAX = 10;

interface Props {
  readonly item: WorkItemView;
  readonly onClose: () => void;
}

export const PriorityDialog = ({ item, onClose }: Props) => {
  const [value, setValue] = useState(String(Math.min(MAX, item.priority + 1)));
  const priority = Number(value);
  const act = useAction();

  return (
    <FormDialog
      isSubmitDisabled={value === "" || !Number.isInteger(priority) || priority < 0 || priority > MAX}
      onClose={onClose}
      onSubmit={() => act(setPriority(item.id, { priority }), `${item.task_id} has priority ${priority}`)}
      submitLabel="Change"
      title={`Priority of ${item.task_id}`}
    >
      <Text>It has {item.priority} now. The higher, the earlier its turn; the time that it has waited counts on.</Text>
      <Field.Root>
        <Field.Label>Priority, 0 to {MAX}</Field.Label>
        <NumberInput.Root
          max={MAX}
          min={0}
          onValueChange={({ value: next }) => setValue(next)}
          value={value}
          width="120px"
        >
          <NumberInput.Control />
          <NumberInput.Input />
        </NumberInput.Root>
      </Field.Root>
    </FormDialog>
  );
};
