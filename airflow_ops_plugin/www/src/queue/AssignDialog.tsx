/** Gives work to another agent: a named one or, where somebody has it already, whom the strategy chooses. */
import { Field, Input, NativeSelect } from "@chakra-ui/react";
import { useState } from "react";

import { reassign } from "../api/operations";
import { FormDialog } from "../components/FormDialog";
import { useAction } from "../live/useAction";
import { AgentPicker, STRATEGY_CHOICE } from "./AgentPicker";
import type { HeldWork } from "./heldWork";

interface Props {
  readonly onClose: () => void;
  readonly work: HeldWork;
}

export const AssignDialog = ({ onClose, work }: Props) => {
  const isHeld = work.held.length > 0;
  const [agent, setAgent] = useState(isHeld ? STRATEGY_CHOICE : "");
  const [assignmentId, setAssignmentId] = useState(work.held[0]?.id ?? null);
  const [reason, setReason] = useState("");
  const act = useAction();
  const holder = work.held.find(({ id }) => id === assignmentId)?.agent.name;

  const submit = () => {
    const name = agent === STRATEGY_CHOICE ? null : agent;
    const done = name === null ? `${work.task_id} was reassigned` : `${work.task_id} was given to ${name}`;

    return act(reassign(work.id, { agent: name, assignment_id: assignmentId, reason }), done);
  };

  return (
    <FormDialog
      isSubmitDisabled={agent === ""}
      onClose={onClose}
      onSubmit={submit}
      submitLabel={isHeld ? "Reassign" : "Assign"}
      title={isHeld ? `Reassign ${work.task_id}` : `Assign ${work.task_id}`}
    >
      {work.held.length > 1 ? (
        <Field.Root>
          <Field.Label>Take it from</Field.Label>
          <NativeSelect.Root size="sm">
            <NativeSelect.Field
              onChange={(event) => setAssignmentId(Number(event.target.value))}
              value={String(assignmentId)}
            >
              {work.held.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.agent.name}
                </option>
              ))}
            </NativeSelect.Field>
            <NativeSelect.Indicator />
          </NativeSelect.Root>
        </Field.Root>
      ) : undefined}
      <AgentPicker exclude={holder} hasStrategyChoice={isHeld} kind={work.kind} onChange={setAgent} value={agent} />
      <Field.Root>
        <Field.Label>Reason</Field.Label>
        <Input maxLength={2000} onChange={(event) => setReason(event.target.value)} size="sm" value={reason} />
      </Field.Root>
    </FormDialog>
  );
};
