/** The queue, in order: what waits, for how long, and why. */
import { Stack, Text } from "@chakra-ui/react";
import { useMemo, useState } from "react";
import { FiInbox } from "react-icons/fi";

import { fetchWorkItems, type WorkQuery } from "../api/operations";
import type { WorkItemView } from "../api/types";
import { KIND_OPTIONS } from "../agents/kinds";
import { Age } from "../components/Age";
import type { Column } from "../components/DataTable";
import { EmptyNotice } from "../components/EmptyNotice";
import { LIMIT, ListPage } from "../components/ListPage";
import { TaskLink } from "../components/TaskLink";
import { useTableState } from "../components/useTableState";
import { useRights } from "../live/SummaryContext";
import { useLiveTable } from "../live/useLiveTable";
import { Needs } from "./Needs";
import { PriorityValue } from "./PriorityValue";
import { WorkActions } from "./WorkActions";
import { WorkPanel } from "./WorkPanel";

const FILTERS = [
  { label: "Search Dag, run, task or subject", name: "q" },
  { allLabel: "All kinds", label: "Kind of agent", name: "kind", options: KIND_OPTIONS },
  { label: "Skill", maxW: "170px", name: "skill" },
];

export const QueueTab = () => {
  const { can_change } = useRights();
  const table = useTableState("queue");
  const [shown, setShown] = useState<string>();
  const columns = useMemo(() => columnsFor(setShown, can_change), [can_change]);
  const queue = useLiveTable(`queue?${table.key}`, (signal) =>
    fetchWorkItems(
      {
        kind: (table.filter("kind") || undefined) as WorkQuery["kind"],
        limit: LIMIT,
        offset: table.offset,
        order_by: table.order as WorkQuery["order_by"],
        q: table.filter("q") || undefined,
        skill: table.filter("skill") || undefined,
        state: "queued",
      },
      signal,
    ),
  );

  return (
    <>
      <ListPage
        columns={columns}
        empty={
          <EmptyNotice
            description="Work comes here when a task asks for an agent, and leaves as soon as one is free. See the tab Assignments for what is being done."
            icon={<FiInbox />}
            title="Nothing waits"
          />
        }
        failure="The queue could not be loaded"
        filters={FILTERS}
        icon={<FiInbox />}
        label="Queue"
        live={queue}
        nothingMatches="Nothing that waits matches"
        noun="waiting"
        rowKey={(item) => item.id}
        table={table}
      />
      {shown === undefined ? undefined : <WorkPanel id={shown} onClose={() => setShown(undefined)} />}
    </>
  );
};

const columnsFor = (onShow: (id: string) => void, canChange: boolean): Array<Column<WorkItemView>> => [
  {
    cell: (item) => (
      <Text color="fg.muted" fontVariantNumeric="tabular-nums">
        {item.position?.toLocaleString()}
      </Text>
    ),
    header: "#",
    isNumeric: true,
    key: "position",
    order: "queue",
    width: "60px",
  },
  {
    cell: (item) => <TaskLink subject={item.subject} task={item} />,
    header: "Work",
    key: "work",
    order: "task_id",
  },
  { cell: (item) => <Needs item={item} />, header: "Needs", hideBelow: "lg", key: "needs" },
  {
    cell: (item) => <PriorityValue item={item} />,
    header: "Priority",
    hideBelow: "sm",
    key: "priority",
    order: "priority",
    width: "90px",
  },
  {
    cell: (item) => <Age since={item.requested_at} />,
    header: "Age",
    key: "age",
    order: "requested_at",
    width: "90px",
  },
  {
    cell: (item) => (
      <Stack gap={0} maxW="420px" minW="160px">
        <Text>{item.reason}</Text>
        {item.seats > 1 ? (
          <Text color="fg.muted" fontSize="xs">
            {item.open_seats} of {item.seats} seats open
          </Text>
        ) : undefined}
      </Stack>
    ),
    header: "Why it waits",
    key: "reason",
  },
  {
    cell: (item) => <WorkActions canChange={canChange} item={item} onShow={() => onShow(item.id)} />,
    header: "Actions",
    isHeaderHidden: true,
    isNumeric: true,
    key: "actions",
    width: "50px",
  },
];
