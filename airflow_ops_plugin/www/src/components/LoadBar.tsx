/** How much of a capacity is in use, as a bar and as numbers. */
import { Box, HStack, Text } from "@chakra-ui/react";

interface Props {
  readonly capacity: number;
  readonly label: string;
  readonly load: number;
}

/** Two boxes: the progress bar of Chakra is a state machine, and a page shows one in each row. */
export const LoadBar = ({ capacity, label, load }: Props) => (
  <HStack gap={2} minW="110px">
    <Box
      aria-label={label}
      aria-valuemax={Math.max(capacity, 1)}
      aria-valuemin={0}
      aria-valuenow={Math.min(load, capacity)}
      bg="bg.muted"
      borderRadius="full"
      flex={1}
      height={2}
      overflow="hidden"
      role="progressbar"
    >
      <Box
        bg={load >= capacity ? "warning.solid" : "success.solid"}
        height="full"
        style={{ width: `${(100 * Math.min(load, capacity)) / Math.max(capacity, 1)}%` }}
      />
    </Box>
    <Text color={load === 0 ? "fg.muted" : "fg"} fontSize="xs" fontVariantNumeric="tabular-nums" whiteSpace="nowrap">
      {load.toLocaleString()} / {capacity.toLocaleString()}
    </Text>
  </HStack>
);
