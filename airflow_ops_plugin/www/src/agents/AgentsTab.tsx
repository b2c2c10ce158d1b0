/** The register of agents: who can work, how loaded, and why one is given nothing. */
import { Flex, Link, Spacer, Stack, Text } from "@chakra-ui/react";
import { useState } from "react";
import { FiUsers } from "react-icons/fi";

import { type AgentQuery, fetchAgents } from "../api/operations";
import type { AgentView, Rights } from "../api/types";
import { type Column, DataTable } from "../components/DataTable";
import { EmptyNotice } from "../components/EmptyNotice";
import { ErrorNotice } from "../components/ErrorNotice";
import { FilterSelect } from "../components/FilterSelect";
import { LoadBar } from "../components/LoadBar";
import { Pager } from "../components/Pager";
import { SearchBox } from "../components/SearchBox";
import { SkillBadges } from "../components/SkillBadges";
import { useTableState } from "../components/useTableState";
import { useRights } from "../live/SummaryContext";
import { useLiveTable } from "../live/useLiveTable";
import { AgentActions } from "./AgentActions";
import { AgentButtons } from "./AgentButtons";
import { AgentDialog, type OpenDialog } from "./AgentDialog";
import { AgentStatusBadge } from "./AgentStatusBadge";
import { formatHours } from "./formatHours";
import { KindLabel } from "./KindLabel";
import { KIND_OPTIONS } from "./kinds";
import { NoAgents } from "./NoAgents";
import { STATUS_OPTIONS } from "./statuses";

const LIMIT = 25;

export const AgentsTab = () => {
  const rights = useRights();
  const table = useTableState("name");
  const [open, setOpen] = useState<OpenDialog>();
  const agents = useLiveTable(`agents?${table.key}`, (signal) =>
    fetchAgents(
      {
        kind: (table.filter("kind") || undefined) as AgentQuery["kind"],
        limit: LIMIT,
        offset: table.offset,
        order_by: table.order as AgentQuery["order_by"],
        q: table.filter("q") || undefined,
        skill: table.filter("skill") || undefined,
        status: (table.filter("status") || undefined) as AgentQuery["status"],
      },
      signal,
    ),
  );
  const rows = agents.data?.items as Array<AgentView> | undefined;
  const isFiltered = ["kind", "q", "skill", "status"].some((name) => table.filter(name) !== "");

  return (
    <>
      <Flex gap={2} wrap="wrap">
        <SearchBox label="Search agents" onChange={(text) => table.setFilter("q", text)} value={table.filter("q")} />
        <FilterSelect
          allLabel="All kinds"
          label="Kind"
          onChange={(value) => table.setFilter("kind", value)}
          options={KIND_OPTIONS}
          value={table.filter("kind")}
        />
        <FilterSelect
          allLabel="All statuses"
          label="Status"
          onChange={(value) => table.setFilter("status", value)}
          options={STATUS_OPTIONS}
          value={table.filter("status")}
        />
        <SearchBox
          label="Skill"
          maxW="170px"
          onChange={(text) => table.setFilter("skill", text)}
          value={table.filter("skill")}
        />
        <Spacer />
        <AgentButtons canConfigure={rights.can_configure} onOpen={(kind) => setOpen({ kind })} />
      </Flex>
      {agents.error === undefined ? undefined : (
        <ErrorNotice error={agents.error} onRetry={agents.refresh} title="The agents could not be loaded" />
      )}
      {rows === undefined && agents.error !== undefined ? undefined : (
        <DataTable
          columns={columnsFor(setOpen, rights)}
          empty={
            isFiltered ? (
              <EmptyNotice description="Clear a filter to see more." icon={<FiUsers />} title="No agent matches" />
            ) : (
              <NoAgents canConfigure={rights.can_configure} onOpen={(kind) => setOpen({ kind })} />
            )
          }
          isLoading={agents.isLoading}
          label="Agents"
          onOrder={table.setOrder}
          order={table.order}
          rowKey={(agent) => agent.id}
          rows={rows}
        />
      )}
      <Pager
        limit={LIMIT}
        noun="agents"
        offset={table.offset}
        onOffset={table.setOffset}
        total={agents.data?.total ?? 0}
      />
      <AgentDialog onClose={() => setOpen(undefined)} open={open} />
    </>
  );
};

const columnsFor = (
  onOpen: (open: OpenDialog) => void,
  { can_change, can_configure }: Rights,
): Array<Column<AgentView>> => [
  {
    cell: (agent) => (
      <Stack align="start" gap={0} maxW="260px">
        <Link as="button" color="fg.info" fontWeight="medium" onClick={() => onOpen({ agent, kind: "show" })}>
          {agent.name}
        </Link>
        <Text color="fg.muted" fontSize="xs" maxW="full" title={agent.description} truncate>
          {agent.description}
        </Text>
      </Stack>
    ),
    header: "Agent",
    key: "name",
    order: "name",
  },
  {
    cell: (agent) => (
      <Stack gap={0}>
        <KindLabel kind={agent.kind} />
        <Text color="fg.muted" fontSize="xs" maxW="180px" title={agent.address} truncate>
          {agent.address}
        </Text>
      </Stack>
    ),
    header: "Kind",
    hideBelow: "md",
    key: "kind",
    order: "kind",
  },
  { cell: (agent) => <AgentStatusBadge agent={agent} />, header: "Status", key: "status", order: "status" },
  {
    cell: (agent) => <LoadBar capacity={agent.capacity} label={`Load of ${agent.name}`} load={agent.load} />,
    header: "Load",
    key: "load",
    order: "load",
    width: "160px",
  },
  { cell: (agent) => <SkillBadges skills={agent.skills} />, header: "Skills", hideBelow: "lg", key: "skills" },
  {
    cell: (agent) => (
      <Stack gap={0} maxW="200px">
        <Text>{formatHours(agent.working_hours)}</Text>
        {agent.working_hours.length === 0 ? undefined : (
          <Text color="fg.muted" fontSize="xs">
            {agent.time_zone} · {agent.is_on_duty ? "on duty" : "off duty"}
          </Text>
        )}
      </Stack>
    ),
    header: "Working hours",
    hideBelow: "xl",
    key: "hours",
  },
  ...(can_change || can_configure
    ? [
        {
          cell: (agent: AgentView) => <AgentActions agent={agent} canConfigure={can_configure} onOpen={onOpen} />,
          header: "Actions",
          isHeaderHidden: true,
          isNumeric: true,
          key: "actions",
          width: "50px",
        },
      ]
    : []),
];
