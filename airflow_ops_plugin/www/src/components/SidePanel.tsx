/** A panel at the side with the details of one thing, while the table stays in view. */
import { CloseButton, Drawer, Portal } from "@chakra-ui/react";
import type { ReactNode } from "react";

interface Props {
  readonly children: ReactNode;
  readonly onClose: () => void;
  readonly title: ReactNode;
}

export const SidePanel = ({ children, onClose, title }: Props) => (
  <Drawer.Root onOpenChange={({ open }) => (open ? undefined : onClose())} open size="lg">
    <Portal>
      <Drawer.Backdrop />
      <Drawer.Positioner>
        <Drawer.Content>
          <Drawer.Header>
            <Drawer.Title overflowWrap="anywhere">{title}</Drawer.Title>
          </Drawer.Header>
          <Drawer.Body display="flex" flexDirection="column" gap={5} pb={6}>
            {children}
          </Drawer.Body>
          <Drawer.CloseTrigger asChild>
            <CloseButton size="sm" />
          </Drawer.CloseTrigger>
        </Drawer.Content>
      </Drawer.Positioner>
    </Portal>
  </Drawer.Root>
);
