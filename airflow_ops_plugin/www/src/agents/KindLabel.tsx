/** The kind of an agent as icon and word. */
import { HStack, Text } from "@chakra-ui/react";

import type { AgentKind } from "../api/schema";
import { KINDS } from "./kinds";

export const KindLabel = ({ kind }: { readonly kind: AgentKind }) => (
  <HStack color="fg.muted" gap={1.5} whiteSpace="nowrap">
    {KINDS[kind].icon}
    <Text as="span" color="fg">
      {KINDS[kind].label}
    </Text>
  </HStack>
);
