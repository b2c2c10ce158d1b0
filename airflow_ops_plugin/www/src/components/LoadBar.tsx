/** How much of a capacity is in use, as a bar and as numbers. */
import { HStack, Progress, Text } from "@chakra-ui/react";

interface Props {
  readonly capacity: number;
  readonly label: string;
  readonly load: number;
}

export const LoadBar = ({ capacity, label, load }: Props) => {
  return (
    <HStack gap={2} minW="110px">
      <Progress.Root
        colorPalette={load >= capacity ? "warning" : "success"}
        flex={1}
        max={Math.max(capacity, 1)}
        size="sm"
        value={Math.min(load, capacity)}
      >
        <Progress.Track aria-label={label} borderRadius="full">
          <Progress.Range />
        </Progress.Track>
      </Progress.Root>
      <Text color={load === 0 ? "fg.muted" : "fg"} fontSize="xs" fontVariantNumeric="tabular-nums" whiteSpace="nowrap">
        {load.toLocaleString()} / {capacity.toLocaleString()}
      </Text>
    </HStack>
  );
};
