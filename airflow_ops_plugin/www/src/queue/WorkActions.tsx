/** What can be done with a work item: look, change its priority, give it to an agent, take it back. */
import { IconButton, Menu, Portal } from "@chakra-ui/react";
import { useState } from "react";
import { FiMoreVertical } from "react-icons/fi";

import type { WorkItemView } from "../api/types";
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
      <Menu.Root lazyMount positioning={{ placement: "bottom-end" }} unmountOnExit>
        <Menu.Trigger asChild>
          <IconButton aria-label={`Actions for ${item.task_id}`} size="xs" variant="ghost">
            <FiMoreVertical />
          </IconButton>
        </Menu.Trigger>
        <Portal>
          <Menu.Positioner>
            <Menu.Content>
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
            </Menu.Content>
          </Menu.Positioner>
        </Portal>
      </Menu.Root>
      {open === "priority" ? <PriorityDialog item={item} onClose={close} /> : undefined}
      {open === "assign" ? <AssignDialog onClose={close} work={{ ...item, held: item.assignments }} /> : undefined}
      {open === "release" ? <ReleaseDialog onClose={close} work={{ ...item, held: item.assignments }} /> : undefined}
    </>
  );
};
