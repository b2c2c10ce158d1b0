/** The register of agents: who can work, how loaded, and why one is given nothing. */
import { Link, Spacer, Stack, Text } from "@chakra-ui/react";
import { useMemo, useState } from "react";
import { FiUsers } from "react-icons/fi";

import { type AgentQuery, fetchAgents } from "../api/operations";
import type { AgentView } from "../api/types";
import type { Column } from "../components/DataTable";
import { LIMIT, ListPage } from "../components/ListPage";
import { LoadBar } from "../components/LoadBar";
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

const FILTERS = [
  { label: "Search agents", name: "q" },
  { allLabel: "All kinds", label: "Kind", name: "kind", options: KIND_OPTIONS },
  { allLabel: "All statuses", label: "Status", name: "status", options: STATUS_OPTIONS },
  { label: "Skill", maxW: "170px", name: "skill" },
];

export const AgentsTab = () => {
  const { can_change, can_configure } = useRights();
  const table = useTableState("name");
  const [open, setOpen] = useState<OpenDialog>();
  const columns = useMemo(() => columnsFor(setOpen, can_change, can_configure), [can_change, can_configure]);
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

  return (
    <>
      <ListPage
        columns={columns}
        empty={<NoAgents canConfigure={can_configure} onOpen={(kind) => setOpen({ kind })} />}
        failure="The agents could not be loaded"
        filters={FILTERS}
        icon={<FiUsers />}
        label="Agents"
        live={agents}
        nothingMatches="No agent matches"
        noun="agents"
        rowKey={(agent) => agent.id}
        table={table}
      >
        <Spacer />
        <AgentButtons canConfigure={can_configure} onOpen={(kind) => setOpen({ kind })} />
      </ListPage>
      <AgentDialog onClose={() => setOpen(undefined)} open={open} />
    </>
  );
};

const columnsFor = (
  onOpen: (open: OpenDialog) => void,
  canChange: boolean,
  canConfigure: boolean,
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
  ...(canChange || canConfigure
    ? [
        {
          cell: (agent: AgentView) => <AgentActions agent={agent} canConfigure={canConfigure} onOpen={onOpen} />,
          header: "Actions",
          isHeaderHidden: true,
          isNumeric: true,
          key: "actions",
          width: "50px",
        },
      ]
    : []),
];
