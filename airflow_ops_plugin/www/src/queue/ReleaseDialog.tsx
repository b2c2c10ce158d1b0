/** Takes work from its agent and puts it back into the queue. */
import { Field, Input, Text } from "@chakra-ui/react";
import { useState } from "react";

import { release } from "../api/operations";
import { FormDialog } from "../components/FormDialog";
import { useAction } from "../live/useAction";
import type { HeldWork } from "./heldWork";

interface Props {
  readonly onClose: () => void;
  readonly work: HeldWork;
}

export const ReleaseDialog = ({ onClose, work }: Props) => {
  const [reason, setReason] = useState("");
  const act = useAction();
  const names = work.held.map(({ agent }) => agent.name).join(", ");
  const assignmentId = work.held.length === 1 ? work.held[0]!.id : null;

  return (
    <FormDialog
      isDangerous
      onClose={onClose}
      onSubmit={() =>
        act(release(work.id, { assignment_id: assignmentId, reason }), `${work.task_id} was taken from ${names}`)
      }
      submitLabel="Release"
      title={`Release ${work.task_id}?`}
    >
      <Text>It is taken from {names} and goes back to the queue, to be given to whoever suits best then.</Text>
      <Field.Root>
        <Field.Label>Reason</Field.Label>
        <Input maxLength={2000} onChange={(event) => setReason(event.target.value)} value={reason} />
      </Field.Root>
    </FormDialog>
  );
};
