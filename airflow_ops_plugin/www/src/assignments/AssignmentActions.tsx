/** What can be done with an active assignment: give it to another agent, or take it back. */
import { Menu } from "@chakra-ui/react";
import { useState } from "react";

import type { AssignmentDetail } from "../api/schema";
import { ActionsMenu } from "../components/ActionsMenu";
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
      <ActionsMenu subject={assignment.task_id}>
        <Menu.Item onSelect={() => setOpen("reassign")} value="reassign">
          Reassign…
        </Menu.Item>
        <Menu.Item onSelect={() => setOpen("release")} value="release">
          Release…
        </Menu.Item>
      </ActionsMenu>
      {open === "reassign" ? <AssignDialog onClose={close} work={work} /> : undefined}
      {open === "release" ? <ReleaseDialog onClose={close} work={work} /> : undefined}
    </>
  );
};
