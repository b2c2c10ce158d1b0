/** The queue, in order: what waits, for how long, and why. */
import { Flex, Stack, Text } from "@chakra-ui/react";
import { useState } from "react";
import { FiInbox } from "react-icons/fi";

import { fetchWorkItems, type WorkQuery } from "../api/operations";
import type { WorkItemView } from "../api/types";
import { KIND_OPTIONS } from "../agents/kinds";
import { Age } from "../components/Age";
import { type Column, DataTable } from "../components/DataTable";
import { EmptyNotice } from "../components/EmptyNotice";
import { ErrorNotice } from "../components/ErrorNotice";
import { FilterSelect } from "../components/FilterSelect";
import { Pager } from "../components/Pager";
import { SearchBox } from "../components/SearchBox";
import { TaskLink } from "../components/TaskLink";
import { useTableState } from "../components/useTableState";
import { useRights } from "../live/SummaryContext";
import { useLiveTable } from "../live/useLiveTable";
import { Needs } from "./Needs";
import { PriorityValue } from "./PriorityValue";
import { WorkActions } from "./WorkActions";
import { WorkPanel } from "./WorkPanel";

const LIMIT = 25;

export const QueueTab = () => {
  const { can_change } = useRights();
  const table = useTableState("queue");
  const [shown, setShown] = useState<string>();
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
  const isFiltered = ["kind", "q", "skill"].some((name) => table.filter(name) !== "");

  return (
    <>
      <Flex gap={2} wrap="wrap">
        <SearchBox
          label="Search Dag, run, task or subject"
          onChange={(text) => table.setFilter("q", text)}
          value={table.filter("q")}
        />
        <FilterSelect
          allLabel="All kinds"
          label="Kind of agent"
          onChange={(value) => table.setFilter("kind", value)}
          options={KIND_OPTIONS}
          value={table.filter("kind")}
        />
        <SearchBox
          label="Skill"
          maxW="170px"
          onChange={(text) => table.setFilter("skill", text)}
          value={table.filter("skill")}
        />
      </Flex>
      {queue.error === undefined ? undefined : (
        <ErrorNotice error={queue.error} onRetry={queue.refresh} title="The queue could not be loaded" />
      )}
      {queue.data === undefined && queue.error !== undefined ? undefined : (
        <DataTable
          columns={columnsFor(setShown, can_change)}
          empty={
            isFiltered ? (
              <EmptyNotice
                description="Clear a filter to see more."
                icon={<FiInbox />}
                title="Nothing that waits matches"
              />
            ) : (
              <EmptyNotice
                description="Work comes here when a task asks for an agent, and leaves as soon as one is free. See the tab Assignments for what is being done."
                icon={<FiInbox />}
                title="Nothing waits"
              />
            )
          }
          isLoading={queue.isLoading}
          label="Queue"
          onOrder={table.setOrder}
          order={table.order}
          rowKey={(item) => item.id}
          rows={queue.data?.items}
        />
      )}
      <Pager
        limit={LIMIT}
        noun="waiting"
        offset={table.offset}
        onOffset={table.setOffset}
        total={queue.data?.total ?? 0}
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
