/** The tab "Who does what" of a Dag run: its work items, and the agents that have or had them. */
import { Badge, HStack, Link, Stack, Text } from "@chakra-ui/react";
import { useMemo, useState } from "react";
import { FiUsers } from "react-icons/fi";

import { fetchAssignments, fetchWorkOfRun } from "../api/operations";
import type { AssignmentView, WorkItemView } from "../api/types";
import { EndingBadge } from "../assignments/EndingBadge";
import { Age } from "../components/Age";
import { type Column, DataTable } from "../components/DataTable";
import { EmptyNotice } from "../components/EmptyNotice";
import { ErrorNotice } from "../components/ErrorNotice";
import { TaskLink } from "../components/TaskLink";
import { Toaster } from "../components/toaster";
import { EngineBanner } from "../EngineBanner";
import { formatDuration } from "../live/duration";
import { SummaryProvider, useRights, useSummary } from "../live/SummaryContext";
import { useLiveTable } from "../live/useLiveTable";
import { Needs } from "../queue/Needs";
import { WorkActions } from "../queue/WorkActions";
import { WorkPanel } from "../queue/WorkPanel";
import { WORK_STATES } from "../queue/workStates";

const LIMIT = 500;

interface Props {
  readonly dagId: string;
  readonly runId: string;
}

export const WhoDoesWhat = (props: Props) => (
  <SummaryProvider>
    <Content {...props} />
    <Toaster />
  </SummaryProvider>
);

interface Row extends WorkItemView {
  /** All that anybody had of it, the latest first. */
  readonly past: ReadonlyArray<AssignmentView>;
}

const Content = ({ dagId, runId }: Props) => {
  const { can_change } = useRights();
  const { data: summary } = useSummary();
  const [shown, setShown] = useState<string>();
  const columns = useMemo(() => columnsFor(setShown, can_change), [can_change]);
  const { data, error, isLoading, refresh } = useLiveTable(`run:${dagId}:${runId}`, async (signal) => {
    const [work, assignments] = await Promise.all([
      fetchWorkOfRun(dagId, runId, signal),
      fetchAssignments({ dag_id: dagId, limit: LIMIT, run_id: runId }, signal),
    ]);

    return { rows: rowsOf(work.items, assignments.items), total: work.total };
  });

  return (
    <Stack gap={3} p={2}>
      {summary === undefined ? undefined : <EngineBanner engine={summary.engine} />}
      {error === undefined ? undefined : (
        <ErrorNotice error={error} onRetry={refresh} title="Who does what could not be loaded" />
      )}
      {data === undefined && error !== undefined ? undefined : (
        <DataTable
          columns={columns}
          empty={
            <EmptyNotice
              description="A task appears here when it asks for an agent. Name skills in its template to have one chosen."
              icon={<FiUsers />}
              title="No task of this run has asked for an agent"
            />
          }
          isLoading={isLoading}
          label="Who does what"
          rowKey={(row) => row.id}
          rows={data?.rows}
        />
      )}
      {(data?.total ?? 0) > LIMIT ? (
        <Text color="fg.muted">
          The first {LIMIT} of {data?.total.toLocaleString()}.
        </Text>
      ) : undefined}
      {shown === undefined ? undefined : <WorkPanel id={shown} onClose={() => setShown(undefined)} />}
    </Stack>
  );
};

const rowsOf = (items: ReadonlyArray<WorkItemView>, assignments: ReadonlyArray<AssignmentView>): Array<Row> =>
  items.map((item) => ({ ...item, past: assignments.filter(({ work_item_id }) => work_item_id === item.id) }));

const columnsFor = (onShow: (id: string) => void, canChange: boolean): Array<Column<Row>> => [
  { cell: (row) => <TaskLink isRunKnown subject={row.subject} task={row} />, header: "Work", key: "work" },
  {
    cell: (row) => (
      <Badge colorPalette={WORK_STATES[row.state].palette} variant="subtle">
        {WORK_STATES[row.state].label}
      </Badge>
    ),
    header: "State",
    key: "state",
  },
  { cell: (row) => <Who onShow={() => onShow(row.id)} row={row} />, header: "Who", key: "who" },
  { cell: (row) => <Needs item={row} />, header: "Needs", hideBelow: "2xl", key: "needs" },
  {
    cell: (row) => (row.closed_at === null ? <Age since={row.requested_at} /> : formatDuration(row.age_seconds)),
    header: "Age",
    hideBelow: "sm",
    key: "age",
  },
  {
    cell: (row) => <WorkActions canChange={canChange} item={row} onShow={() => onShow(row.id)} />,
    header: "Actions",
    isHeaderHidden: true,
    isNumeric: true,
    key: "actions",
    width: "50px",
  },
];

const Who = ({ onShow, row }: { readonly onShow: () => void; readonly row: Row }) => {
  const held = row.past.filter(({ end_reason }) => end_reason === null || end_reason === "completed");
  const lost = row.past.length - held.length;

  return (
    <Stack gap={1}>
      {held.map((one) => (
        <HStack gap={2} key={one.id}>
          <Text fontWeight="medium">{one.agent.name}</Text>
          <EndingBadge assignment={one} />
          {one.outcome === null ? undefined : <Text color="fg.muted">{one.outcome}</Text>}
        </HStack>
      ))}
      {row.reason === null ? undefined : (
        <Text color="fg.muted" maxW="380px">
          {row.reason}
        </Text>
      )}
      <Link alignSelf="start" as="button" color="fg.info" fontSize="xs" onClick={onShow}>
        {lost === 0 ? "Why" : `Why, and who had it before (${lost})`}
      </Link>
    </Stack>
  );
};
