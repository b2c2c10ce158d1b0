/** Who does what, now and in the past, each with the reason for the choice. */
import { HStack, IconButton, Stack, Table, Text } from "@chakra-ui/react";
import { useMemo, useState } from "react";
import { FiChevronDown, FiChevronRight, FiUserCheck } from "react-icons/fi";

import { KINDS } from "../agents/kinds";
import { type AssignmentQuery, fetchAssignments } from "../api/operations";
import type { AssignmentDetail } from "../api/schema";
import { Age } from "../components/Age";
import type { Column } from "../components/DataTable";
import { EmptyNotice } from "../components/EmptyNotice";
import { LIMIT, ListPage } from "../components/ListPage";
import { Moment } from "../components/Moment";
import { TaskLink } from "../components/TaskLink";
import { useTableState } from "../components/useTableState";
import { formatDuration } from "../live/duration";
import { useRights } from "../live/SummaryContext";
import { useLiveTable } from "../live/useLiveTable";
import { AssignmentActions } from "./AssignmentActions";
import { EndingBadge } from "./EndingBadge";
import { ENDING_OPTIONS } from "./endings";
import { Explanation } from "./Explanation";
import { formatActor } from "./formatActor";

const WHEN_OPTIONS = [
  { label: "Now", value: "now" },
  { label: "Past", value: "past" },
];

const FILTERS = [
  { label: "Search agent, Dag, run or task", name: "q" },
  { allLabel: "Now and past", label: "When", name: "when", options: WHEN_OPTIONS },
  { allLabel: "Any ending", label: "Ending", name: "end", options: ENDING_OPTIONS },
];

export const AssignmentsTab = () => {
  const { can_change } = useRights();
  const table = useTableState("-assigned_at");
  const [expanded, setExpanded] = useState<ReadonlySet<number>>(new Set());
  const when = table.filter("when");
  const assignments = useLiveTable(`assignments?${table.key}`, (signal) =>
    fetchAssignments(
      {
        end_reason: (table.filter("end") || undefined) as AssignmentQuery["end_reason"],
        is_active: when === "" ? undefined : when === "now",
        limit: LIMIT,
        offset: table.offset,
        order_by: table.order as AssignmentQuery["order_by"],
        q: table.filter("q") || undefined,
      },
      signal,
    ),
  );
  const columns = useMemo(() => columnsFor(expanded, toggleIn(setExpanded), can_change), [can_change, expanded]);

  return (
    <ListPage
      columns={columns}
      empty={
        <EmptyNotice
          description="As soon as a task asks for an agent and one is free, it appears here, with the reason for the choice. Name skills in a template, and register agents that have them."
          icon={<FiUserCheck />}
          title="No assignments yet"
        />
      }
      failure="The assignments could not be loaded"
      filters={FILTERS}
      icon={<FiUserCheck />}
      label="Assignments"
      live={assignments}
      nothingMatches="No assignment matches"
      noun="assignments"
      renderBelow={(one) =>
        expanded.has(one.id) ? (
          <Table.Row bg="bg.subtle">
            <Table.Cell colSpan={columns.length} id={`ops-explanation-${one.id}`} ps={12} py={4}>
              <Explanation chosen={one.agent.name} explanation={one.explanation} />
            </Table.Cell>
          </Table.Row>
        ) : undefined
      }
      rowKey={(one) => String(one.id)}
      table={table}
    />
  );
};

const toggleIn =
  (set: (change: (before: ReadonlySet<number>) => ReadonlySet<number>) => void) =>
  (id: number): void =>
    set((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);

      return after;
    });

const columnsFor = (
  expanded: ReadonlySet<number>,
  onToggle: (id: number) => void,
  canChange: boolean,
): Array<Column<AssignmentDetail>> => [
  {
    cell: (one) => {
      const isOpen = expanded.has(one.id);

      return (
        <IconButton
          aria-controls={isOpen ? `ops-explanation-${one.id}` : undefined}
          aria-expanded={isOpen}
          aria-label={`Why ${one.agent.name} was chosen for ${one.task_id}`}
          onClick={() => onToggle(one.id)}
          size="xs"
          variant="ghost"
        >
          {isOpen ? <FiChevronDown /> : <FiChevronRight />}
        </IconButton>
      );
    },
    header: "Explanation",
    isHeaderHidden: true,
    key: "expand",
    width: "40px",
  },
  {
    cell: (one) => (
      <HStack gap={2}>
        <Text aria-label={KINDS[one.agent.kind].label} as="span" color="fg.muted" role="img">
          {KINDS[one.agent.kind].icon}
        </Text>
        <Text fontWeight="medium">{one.agent.name}</Text>
      </HStack>
    ),
    header: "Agent",
    key: "agent",
    order: "agent",
  },
  { cell: (one) => <TaskLink subject={one.subject} task={one} />, header: "Work", key: "work", order: "dag_id" },
  {
    cell: (one) => (
      <Stack align="start" gap={0.5}>
        <EndingBadge assignment={one} />
        {one.outcome === null && one.note === "" ? undefined : (
          <Text color="fg.muted" fontSize="xs" lineClamp={2} maxW="200px">
            {[one.outcome, one.note].filter(Boolean).join(": ")}
          </Text>
        )}
      </Stack>
    ),
    header: "State",
    key: "state",
  },
  {
    cell: (one) => (
      <Stack gap={0}>
        <Moment at={one.assigned_at} />
        <Text color="fg.muted" fontSize="xs">
          {formatActor(one.assigned_by)}
        </Text>
      </Stack>
    ),
    header: "Assigned",
    hideBelow: "md",
    key: "assigned",
    order: "assigned_at",
  },
  {
    cell: (one) =>
      one.ended_at === null ? (
        <Age since={one.assigned_at} />
      ) : (
        formatDuration((Date.parse(one.ended_at) - Date.parse(one.assigned_at)) / 1000)
      ),
    header: "Held for",
    hideBelow: "sm",
    key: "held",
    width: "100px",
  },
  ...(canChange
    ? [
        {
          cell: (one: AssignmentDetail) => (one.ended_at === null ? <AssignmentActions assignment={one} /> : undefined),
          header: "Actions",
          isHeaderHidden: true,
          isNumeric: true,
          key: "actions",
          width: "50px",
        },
      ]
    : []),
];
