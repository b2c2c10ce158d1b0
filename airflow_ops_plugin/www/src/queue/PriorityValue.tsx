/** A priority, and what it has grown to by waiting. */
import { Stack, Text } from "@chakra-ui/react";

import type { WorkItemView } from "../api/types";

export const PriorityValue = ({ item }: { readonly item: WorkItemView }) => (
  <Stack gap={0} title="With ageing: it grows while the work waits, so that nothing starves.">
    <Text fontVariantNumeric="tabular-nums">{item.priority}</Text>
    {item.effective_priority - item.priority >= 0.1 ? (
      <Text color="fg.muted" fontSize="xs" whiteSpace="nowrap">
        now {item.effective_priority.toFixed(1)}
      </Text>
    ) : undefined}
  </Stack>
);
