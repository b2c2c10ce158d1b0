/** The menu at the end of a row. Most are never opened, so that a row has only a button until its menu is wanted. */
import { IconButton, Menu, Portal } from "@chakra-ui/react";
import { type ReactNode, useState } from "react";
import { FiMoreVertical } from "react-icons/fi";

interface Props {
  /** The menu's items. */
  readonly children: ReactNode;
  /** What the actions are for, as screen readers name it. */
  readonly subject: string;
}

export const ActionsMenu = ({ children, subject }: Props) => {
  const [isWanted, setWanted] = useState(false);
  const button = {
    "aria-label": `Actions for ${subject}`,
    children: <FiMoreVertical />,
    size: "xs",
    variant: "ghost",
  } as const;
  if (!isWanted) {
    return (
      <IconButton
        {...button}
        aria-expanded={false}
        aria-haspopup="menu"
        onClick={() => setWanted(true)}
        onKeyDown={({ key }) => setWanted(key === "ArrowDown" || key === "ArrowUp")}
      />
    );
  }

  return (
    <Menu.Root defaultOpen lazyMount positioning={{ placement: "bottom-end" }} unmountOnExit>
      <Menu.Trigger asChild>
        <IconButton {...button} />
      </Menu.Trigger>
      <Portal>
        <Menu.Positioner>
          <Menu.Content>{children}</Menu.Content>
        </Menu.Positioner>
      </Portal>
    </Menu.Root>
  );
};
