/** Everything about one agent: its description, what it holds, what happened to it. */
import { Badge, HStack, Skeleton, Stack, Text } from "@chakra-ui/react";

import { fetchAgent, fetchAgentEvents, fetchAssignments } from "../api/operations";
import type { AgentView } from "../api/types";
import { Age } from "../components/Age";
import { ErrorNotice } from "../components/ErrorNotice";
import { type Fact, Facts } from "../components/Facts";
import { LoadBar } from "../components/LoadBar";
import { Moment } from "../components/Moment";
import { PanelSection } from "../components/PanelSection";
import { SidePanel } from "../components/SidePanel";
import { SkillBadges } from "../components/SkillBadges";
import { TaskLink } from "../components/TaskLink";
import { useLiveTable } from "../live/useLiveTable";
import { AgentStatusBadge } from "./AgentStatusBadge";
import { formatHours } from "./formatHours";
import { KindLabel } from "./KindLabel";
import { KINDS } from "./kinds";

const SHOWN = 20;

interface Props {
  readonly name: string;
  readonly onClose: () => void;
}

export const AgentPanel = ({ name, onClose }: Props) => {
  const { data, error, refresh } = useLiveTable(`agent:${name}`, async (signal) => {
    const [agent, events, held] = await Promise.all([
      fetchAgent(name, signal),
      fetchAgentEvents(name, signal),
      fetchAssignments({ agent: name, is_active: true, limit: SHOWN }, signal),
    ]);

    return { agent: agent as AgentView, events: events.items, held };
  });

  return (
    <SidePanel onClose={onClose} title={name}>
      {error === undefined ? undefined : (
        <ErrorNotice error={error} onRetry={refresh} title="The agent could not be loaded" />
      )}
      {data === undefined ? (
        error === undefined ? (
          <Skeleton height="300px" />
        ) : undefined
      ) : (
        <>
          <Facts facts={factsOf(data.agent)} />
          <PanelSection title={`Holds now (${data.held.total})`}>
            {data.held.items.length === 0 ? <Text color="fg.muted">Nothing.</Text> : undefined}
            {data.held.items.map((one) => (
              <HStack align="start" justify="space-between" key={one.id}>
                <TaskLink subject={one.subject} task={one} />
                <Text color="fg.muted" fontSize="xs">
                  for <Age since={one.assigned_at} />
                </Text>
              </HStack>
            ))}
            {data.held.total > SHOWN ? <Text color="fg.muted">and {data.held.total - SHOWN} more</Text> : undefined}
          </PanelSection>
          <PanelSection title="What happened">
            {data.events.map((event) => (
              <HStack align="start" gap={3} key={event.id}>
                <Text color="fg.muted" flexShrink={0} fontSize="xs" pt={0.5}>
                  <Moment at={event.at} />
                </Text>
                <Text>
                  {event.message}{" "}
                  <Text as="span" color="fg.muted">
                    by {event.actor}
                  </Text>
                </Text>
              </HStack>
            ))}
          </PanelSection>
        </>
      )}
    </SidePanel>
  );
};

const factsOf = (agent: AgentView): Array<Fact> => [
  ...when(agent.description !== "", "Description", agent.description),
  ["Status", <AgentStatusBadge agent={agent} key="status" />],
  ["Load", <LoadBar capacity={agent.capacity} key="load" label={`Load of ${agent.name}`} load={agent.load} />],
  ["Kind", <KindLabel key="kind" kind={agent.kind} />],
  [KINDS[agent.kind].addressLabel, agent.address],
  ...when(agent.login !== null, "Login", agent.login),
  ["Skills", <SkillBadges key="skills" shown={100} skills={agent.skills} />],
  ["Labels", <Labels key="labels" labels={agent.labels} />],
  ["Weight", agent.weight],
  ["Dags", agent.dag_ids.length === 0 ? "All" : agent.dag_ids.join(", ")],
  [
    "Working hours",
    `${formatHours(agent.working_hours)}${agent.working_hours.length === 0 ? "" : ` ${agent.time_zone}`}`,
  ],
  ["On duty", agent.is_on_duty ? "Yes" : "No"],
  ...when(
    agent.absences.length > 0,
    "Absences",
    <Stack gap={1}>
      {agent.absences.map(({ end, note, start }) => (
        <Text key={start}>
          <Moment at={start} /> – <Moment at={end} /> {note}
        </Text>
      ))}
    </Stack>,
  ),
  ...when(
    agent.heartbeat_at !== null,
    "Last heartbeat",
    agent.heartbeat_at === null ? "" : <Moment at={agent.heartbeat_at} />,
  ),
  ["Idle since", <Moment at={agent.idle_since} key="idle" />],
];

const when = (condition: boolean, ...fact: Fact): Array<Fact> => (condition ? [fact] : []);

const Labels = ({ labels }: { readonly labels: ReadonlyArray<string> }) =>
  labels.length === 0 ? (
    <Text color="fg.muted">—</Text>
  ) : (
    <HStack flexWrap="wrap" gap={1}>
      {labels.map((label) => (
        <Badge key={label} variant="outline">
          {label}
        </Badge>
      ))}
    </HStack>
  );
