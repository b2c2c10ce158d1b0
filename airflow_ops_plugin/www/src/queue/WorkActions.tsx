/** What can be done with a work item: look, change its priority, give it to an agent, take it back. */
import { Menu } from "@chakra-ui/react";
import { useState } from "react";

import type { WorkItemView } from "../api/types";
import { ActionsMenu } from "../components/ActionsMenu";
import { AssignDialog } from "./AssignDialog";
import { PriorityDialog } from "./PriorityDialog";
import { ReleaseDialog } from "./ReleaseDialog";

interface Props {
  readonly canChange: boolean;
  readonly item: WorkItemView;
  readonly onShow: () => void;
}

export const WorkActions = ({ canChange, item, onShow }: Props) => {
  const [open, setOpen] = useState<"assign" | "priority" | "release">();
  const close = () => setOpen(undefined);
  const isOpenWork = item.state !== "closed";

  return (
    <>
      <ActionsMenu subject={item.task_id}>
        <Menu.Item onSelect={onShow} value="details">
          Details
        </Menu.Item>
        {canChange && isOpenWork ? (
          <>
            <Menu.Item onSelect={() => setOpen("priority")} value="priority">
              Change priority…
            </Menu.Item>
            <Menu.Item onSelect={() => setOpen("assign")} value="assign">
              {item.assignments.length === 0 ? "Assign…" : "Reassign…"}
            </Menu.Item>
            {item.assignments.length === 0 ? undefined : (
              <Menu.Item onSelect={() => setOpen("release")} value="release">
                Release…
              </Menu.Item>
            )}
          </>
        ) : undefined}
      </ActionsMenu>
      {open === "priority" ? <PriorityDialog item={item} onClose={close} /> : undefined}
      {open === "assign" ? <AssignDialog onClose={close} work={{ ...item, held: item.assignments }} /> : undefined}
      {open === "release" ? <ReleaseDialog onClose={close} work={{ ...item, held: item.assignments }} /> : undefined}
    </>
  );
};
