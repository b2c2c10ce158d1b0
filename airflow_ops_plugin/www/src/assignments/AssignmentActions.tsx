/** What can be done with an active assignment: give it to another agent, or take it back. */
import { IconButton, Menu, Portal } from "@chakra-ui/react";
import { useState } from "react";
import { FiMoreVertical } from "react-icons/fi";

import type { AssignmentDetail } from "../api/schema";
import { AssignDialog } from "../queue/AssignDialog";
import type { HeldWork } from "../queue/heldWork";
import { ReleaseDialog } from "../queue/ReleaseDialog";

export const AssignmentActions = ({ assignment }: { readonly assignment: AssignmentDetail }) => {
  const [open, setOpen] = useState<"reassign" | "release">();
  const close = () => setOpen(undefined);
  const work: HeldWork = {
    held: [assignment],
    id: assignment.work_item_id,
    kind: assignment.agent.kind,
    task_id: assignment.task_id,
  };

  return (
    <>
      <Menu.Root lazyMount positioning={{ placement: "bottom-end" }} unmountOnExit>
        <Menu.Trigger asChild>
          <IconButton aria-label={`Actions for ${assignment.task_id}`} size="xs" variant="ghost">
            <FiMoreVertical />
          </IconButton>
        </Menu.Trigger>
        <Portal>
          <Menu.Positioner>
            <Menu.Content>
              <Menu.Item onSelect={() => setOpen("reassign")} value="reassign">
                Reassign…
              </Menu.Item>
              <Menu.Item onSelect={() => setOpen("release")} value="release">
                Release…
              </Menu.Item>
            </Menu.Content>
          </Menu.Positioner>
        </Portal>
      </Menu.Root>
      {open === "reassign" ? <AssignDialog onClose={close} work={work} /> : undefined}
      {open === "release" ? <ReleaseDialog onClose={close} work={work} /> : undefined}
    </>
  );
};
