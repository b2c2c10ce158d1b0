/** Why a decision went as it did: who was left out and why, and the scores of the rest. */
import { Badge, HStack, Stack, Table, Text } from "@chakra-ui/react";

import type { ExplanationView } from "../api/schema";
import { LoadBar } from "../components/LoadBar";

interface Props {
  /** The agent that was taken, to mark its line. */
  readonly chosen?: string;
  readonly explanation: ExplanationView;
}

export const Explanation = ({ chosen, explanation }: Props) => {
  const { filtered, note, ranked, strategy, summary } = explanation;

  return (
    <Stack gap={3}>
      <Text>
        {capitalized(summary)}.{" "}
        <Text as="span" color="fg.muted">
          Strategy {strategy}.
        </Text>
      </Text>
      {note === "" ? undefined : <Text color="fg.muted">{note}</Text>}
      {filtered.length > 0 ? (
        <Section title="Left out">
          <Stack as="ul" gap={1} listStyleType="none">
            {filtered.map(({ count, examples, reason }) => (
              <HStack align="baseline" as="li" gap={2} key={reason}>
                <Badge minW={8} justifyContent="center">
                  {count.toLocaleString()}
                </Badge>
                <Text>
                  {reason}
                  <Text as="span" color="fg.muted">
                    {examples.length === 0 ? "" : `: ${examples.join(", ")}${count > examples.length ? ", …" : ""}`}
                  </Text>
                </Text>
              </HStack>
            ))}
          </Stack>
        </Section>
      ) : undefined}
      {ranked.length > 0 ? (
        <Section
          title={explanation.eligible > ranked.length ? `Best ${ranked.length} of the rest` : "Scores of the rest"}
        >
          <Table.ScrollArea maxW="4xl">
            <Table.Root aria-label="Scores" size="sm">
              <Table.Header>
                <Table.Row bg="transparent">
                  <Table.ColumnHeader>Agent</Table.ColumnHeader>
                  <Table.ColumnHeader textAlign="end">Score</Table.ColumnHeader>
                  <Table.ColumnHeader>Made of</Table.ColumnHeader>
                  <Table.ColumnHeader>Load then</Table.ColumnHeader>
                </Table.Row>
              </Table.Header>
              <Table.Body>
                {ranked.map((one) => (
                  <Table.Row
                    bg="transparent"
                    fontWeight={one.agent === chosen ? "semibold" : undefined}
                    key={one.agent}
                  >
                    <Table.Cell>
                      {one.agent} {one.agent === chosen ? <Badge colorPalette="success">chosen</Badge> : undefined}
                    </Table.Cell>
                    <Table.Cell fontVariantNumeric="tabular-nums" textAlign="end">
                      {one.score.toFixed(3)}
                    </Table.Cell>
                    <Table.Cell color="fg.muted" fontWeight="normal">
                      {formatParts(one.parts ?? {})}
                    </Table.Cell>
                    <Table.Cell fontWeight="normal">
                      <LoadBar capacity={one.capacity} label={`Load of ${one.agent} then`} load={one.load} />
                    </Table.Cell>
                  </Table.Row>
                ))}
              </Table.Body>
            </Table.Root>
          </Table.ScrollArea>
        </Section>
      ) : undefined}
    </Stack>
  );
};

const Section = ({ children, title }: { readonly children: React.ReactNode; readonly title: string }) => (
  <Stack gap={1}>
    <Text fontSize="sm" fontWeight="semibold">
      {title}
    </Text>
    {children}
  </Stack>
);

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const formatParts = (parts: Record<string, number>): string =>
  Object.entries(parts)
    .map(([name, value]) => `${name} ${value.toFixed(2)}`)
    .join(" + ");
