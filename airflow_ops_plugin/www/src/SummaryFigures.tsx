/** The state of things in four figures. */
import { Card, SimpleGrid, Skeleton, Text } from "@chakra-ui/react";
import type { ReactNode } from "react";

import type { Summary } from "./api/types";
import { LoadBar } from "./components/LoadBar";
import { formatDuration } from "./live/duration";

export const SummaryFigures = ({ summary }: { readonly summary: Summary | undefined }) => {
  if (summary === undefined) return <Skeleton height="86px" />;
  const agents = Object.values(summary.agents_by_status).reduce((sum, count) => sum + count, 0);
  const oldest = summary.oldest_queued_seconds;

  return (
    <SimpleGrid columns={{ base: 2, lg: 4 }} gap={3}>
      <Figure
        label="Agents available"
        value={`${(summary.agents_by_status.available ?? 0).toLocaleString()} of ${agents.toLocaleString()}`}
      >
        {formatOthers(summary.agents_by_status)}
      </Figure>
      <Figure label="Capacity in use" value={share(summary.load, summary.capacity)}>
        <LoadBar capacity={summary.capacity} label="Capacity in use" load={summary.load} />
      </Figure>
      <Figure label="Waiting" value={summary.queued.toLocaleString()}>
        {oldest === null ? "The queue is empty" : `The oldest for ${formatDuration(oldest)}`}
      </Figure>
      <Figure label="Assigned now" value={summary.leased.toLocaleString()}>
        Strategy {summary.default_strategy}
      </Figure>
    </SimpleGrid>
  );
};

interface Props {
  readonly children: ReactNode;
  readonly label: string;
  readonly value: string;
}

const Figure = ({ children, label, value }: Props) => (
  <Card.Root size="sm">
    <Card.Body gap={0.5} px={4} py={2.5}>
      <Text color="fg.muted" fontSize="xs">
        {label}
      </Text>
      <Text fontSize="xl" fontVariantNumeric="tabular-nums" fontWeight="semibold" lineHeight="short">
        {value}
      </Text>
      <Text as="div" color="fg.muted" fontSize="xs">
        {children}
      </Text>
    </Card.Body>
  </Card.Root>
);

const share = (load: number, capacity: number): string =>
  capacity === 0 ? "—" : `${Math.round((100 * load) / capacity)} %`;

const formatOthers = (byStatus: Record<string, number>): string =>
  (["draining", "maintenance", "offline"] as const)
    .filter((status) => (byStatus[status] ?? 0) > 0)
    .map((status) => `${byStatus[status]} ${status === "maintenance" ? "in maintenance" : status}`)
    .join(", ") || "None draining, in maintenance or offline";
