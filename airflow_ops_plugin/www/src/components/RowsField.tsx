/** A list of rows that can be added to and removed from. */
import { Button, Fieldset, HStack, IconButton, Stack, Text } from "@chakra-ui/react";
import type { ReactNode } from "react";
import { FiPlus, FiX } from "react-icons/fi";

interface Props<Row> {
  readonly addLabel: string;
  readonly empty: string;
  readonly label: string;
  readonly newRow: () => Row;
  readonly onChange: (rows: ReadonlyArray<Row>) => void;
  readonly render: (row: Row, change: (changes: Partial<Row>) => void, number: number) => ReactNode;
  readonly rows: ReadonlyArray<Row>;
}

export const RowsField = <Row,>({ addLabel, empty, label, newRow, onChange, render, rows }: Props<Row>) => (
  <Fieldset.Root>
    <Fieldset.Legend fontSize="sm" fontWeight="medium">
      {label}
    </Fieldset.Legend>
    <Stack gap={2} mt={2}>
      {rows.length === 0 ? (
        <Text color="fg.muted" fontSize="sm">
          {empty}
        </Text>
      ) : undefined}
      {rows.map((row, index) => (
        // A row has no identity but its place.
        <HStack align="center" gap={2} key={index}>
          {render(
            row,
            (changes) => onChange(rows.map((one, at) => (at === index ? { ...one, ...changes } : one))),
            index + 1,
          )}
          <IconButton
            aria-label={`Remove row ${index + 1} of ${label.toLowerCase()}`}
            onClick={() => onChange(rows.filter((_, at) => at !== index))}
            size="xs"
            type="button"
            variant="ghost"
          >
            <FiX />
          </IconButton>
        </HStack>
      ))}
      <Button alignSelf="start" onClick={() => onChange([...rows, newRow()])} size="xs" type="button" variant="outline">
        <FiPlus /> {addLabel}
      </Button>
    </Stack>
  </Fieldset.Root>
);
