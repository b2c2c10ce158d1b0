/** A headed part of a side panel. */
import { Heading, Stack } from "@chakra-ui/react";
import type { ReactNode } from "react";

interface Props {
  readonly children: ReactNode;
  readonly title: string;
}

export const PanelSection = ({ children, title }: Props) => (
  <Stack as="section" gap={2}>
    <Heading as="h3" size="sm">
      {title}
    </Heading>
    {children}
  </Stack>
);
